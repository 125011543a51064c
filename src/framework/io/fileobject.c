/* Open files and WDFFILEOBJECT. See fileobject.h. */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/io/fileobject.h"

#include <fcntl.h>
#include <stdlib.h>

#include <wdf.h>

#include "framework/io/iodevice.h"
#include "framework/io/queue.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"

static const struct constraints *file_object_constraints(struct wdf_object *object)
{
    return &CONTAINING_RECORD(object, struct wdf_file_object, object)->device->file_constraints;
}

const struct object_class file_object_class = {
    .name = "WDFFILEOBJECT",
    .constraints = file_object_constraints,
    .disposes_at_passive = true,
    .is_framework_owned = true,
};

WDFFILEOBJECT file_handle(const struct io_file *file)
{
    return file != NULL && file->object != NULL ? (WDFFILEOBJECT)&file->object->object : NULL;
}

/* ---- create ---- */

static struct wdf_file_object *create_object(struct io_device *device, struct io_file *file)
{
    const WDF_OBJECT_ATTRIBUTES *attributes =
        device->settings.has_file_attributes ? &device->settings.file_attributes : NULL;
    struct wdf_file_object *object =
        object_allocate(sizeof(*object), &file_object_class, attributes);
    if (object == NULL)
        return NULL;
    object->device = device;
    object->serial = file->serial;
    object->open_file = file;
    object->open_flags = file->open_flags;
    object->opener_pid = file->opener_pid;
    if (NT_SUCCESS(object_attach(&object->object, &device->object)))
        return object;
    object_discard(&object->object);
    return NULL;
}

static void close_file(struct work *work);
static void clean_up(struct work *work);

static struct io_file *allocate_file(struct io_device *device, uint32_t open_flags,
                                     pid_t opener_pid)
{
    static _Atomic(uint64_t) last_serial;
    struct io_file *file = calloc(1, sizeof(*file));
    if (file == NULL)
        return NULL;
    file->serial = ++last_serial;
    file->device = device;
    InitializeListHead(&file->entry_of_device);
    file->entry = file->opened = file;
    file->open_flags = open_flags;
    file->opener_pid = opener_pid;
    overlapped_init(file);
    work_init(&file->close_work, close_file, device->works);
    work_init(&file->cleanup_work, clean_up, device->works);
    return file;
}

struct io_file *file_create_none(struct io_device *device)
{
    return allocate_file(device, O_RDWR, 0);
}

void file_free_none(struct io_file *file)
{
    free(file);
}

/* Into the list of its device, and out of it. */
static struct io_file *enter(struct io_file *file)
{
    IO_LOCK_SCOPE(file->device->domain);
    InsertTailList(&file->device->files, &file->entry_of_device);
    return file;
}

static void free_file(struct io_file *file)
{
    io_lock(file->device->domain);
    RemoveEntryList(&file->entry_of_device);
    io_unlock(file->device->domain);
    free(file);
}

struct io_file *file_create(struct io_device *device, uint32_t open_flags, pid_t opener_pid)
{
    struct io_file *file = allocate_file(device, open_flags, opener_pid);
    if (file == NULL)
        return NULL;
    if (device->settings.file_class == WdfFileObjectNotRequired)
        return enter(file);
    file->object = create_object(device, file);
    if (file->object != NULL)
        return enter(file);
    free(file);
    return NULL;
}

static void forget_open_file(struct io_file *file)
{
    IO_LOCK_SCOPE(file->device->domain);
    file->object->open_file = NULL;
}

static void release_lower(struct io_file *file);

void file_destroy_after_failed_create(struct io_file *file, bool was_presented)
{
    release_lower(file);
    quota_close(file->device, &file->quota);
    if (file->object != NULL)
        forget_open_file(file);
    if (file->object != NULL && was_presented)
        object_delete(&file->object->object);
    else if (file->object != NULL)
        object_discard(&file->object->object);
    free_file(file);
}

/* ---- cleanup and close ---- */

static void close_lower(struct io_file *file);

static void call_back(struct io_file *file, VOID (*evt_callback)(WDFFILEOBJECT), const char *name)
{
    struct io_device *device = file->device;
    if (evt_callback == NULL)
        return;
    callback_lock_acquire(device->file_constraints.presentation_lock, &device->object);
    struct callback callback;
    callback_enter(&callback, name, file->object != NULL ? &file->object->object : &device->object);
    evt_callback(file_handle(file));
    callback_leave(&callback);
    callback_lock_release(device->file_constraints.presentation_lock, &device->object);
}

/* S4.20: nothing of the file is outstanding any more. */
static void close_file(struct work *work)
{
    struct io_file *file = CONTAINING_RECORD(work, struct io_file, close_work);
    struct io_device *device = file->device;
    call_back(file, device->settings.evt_file_close, "EvtFileClose");
    if (file->object != NULL) {
        forget_open_file(file);
        object_delete(&file->object->object);
    }
    close_lower(file);
    quota_close(device, &file->quota);
    free_file(file);
    io_device_file_closed(device);
}

void file_close_later(struct io_file *file)
{
    work_submit(&file->close_work);
}

static void cancel_queued_of_file_locked(struct io_file *file, struct io_device *device)
    REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        /* Inside for the time being, so that the queue is still in the list when the lock comes
         * back. */
        queue->active++;
        queue_cancel_queued_locked(queue, file);
        queue->active--;
        queue_dispatch_step_locked(queue, QUEUE_ENTER_IF_NOBODY_INSIDE);
    }
}

static void clean_up_file(struct io_file *file)
{
    struct io_device *device = file->device;
    /* S4.18: before its requests are cancelled. */
    call_back(file, device->settings.evt_file_cleanup, "EvtFileCleanup");

    io_lock(device->domain);
    cancel_queued_of_file_locked(file, device);
    if (device->parent != NULL)
        cancel_queued_of_file_locked(file, device->parent); /* S6.62 */
    io_unlock(device->domain);
    if (file->lower != NULL && device->settings.forwards_closes)
        clean_up_file(file->lower); /* S17.17 */
}

/* It is closed as soon as nothing of it is outstanding. */
static void release(struct io_file *file)
{
    struct io_device *device = file->device;
    io_lock(device->domain);
    file->is_released = true;
    bool is_closable = file->outstanding == 0;
    io_unlock(device->domain);
    if (is_closable)
        close_file(&file->close_work);
}

/* S17.17: a driver that forwards creates forwards their ends. From one that does not, the device
 * below would never hear of the end; here it does, or it could not be removed. */
static void close_lower(struct io_file *file)
{
    if (file->lower == NULL)
        return;
    if (!file->device->settings.forwards_closes) {
        verifier_break("AutoForwardCleanupClose", "S17.17",
                       "the create of WDFFILEOBJECT %p was sent to the device below, its cleanup "
                       "and close are not forwarded",
                       (const void *)file->object);
        clean_up_file(file->lower);
    }
    release(file->lower);
}

/* Of an open that fails after all, or is sent down once more. */
static void release_lower(struct io_file *file)
{
    if (file->lower == NULL)
        return;
    clean_up_file(file->lower);
    release(file->lower);
    file->lower = NULL;
}

void file_adopt_lower(struct io_file *file, struct io_file *lower)
{
    release_lower(file);
    file->lower = lower->opened;
}

struct io_file *file_choose_entry(struct io_file *file)
{
    if (file->lower == NULL || !io_device_only_passes(file->device))
        return file;
    file->entry = file->lower->entry;
    file->entry->opened = file;
    quota_enter(file->entry->device, &file->quota, &file->entry->quota);
    return file->entry;
}

static void clean_up(struct work *work)
{
    struct io_file *file = CONTAINING_RECORD(work, struct io_file, cleanup_work);
    clean_up_file(file);
    release(file);
}

void file_clean_up_later(struct io_file *file)
{
    work_submit(&file->opened->cleanup_work);
}

void io_file_release(struct io_file *file)
{
    if (!overlapped_end(file))
        clean_up(&file->opened->cleanup_work);
}

struct io_device *io_file_device(const struct io_file *file)
{
    return file->device;
}

struct io_file *file_hold(struct wdf_file_object *object)
{
    IO_LOCK_SCOPE(object->device->domain);
    struct io_file *file = object->open_file;
    if (file == NULL || file->is_released)
        return NULL;
    file->outstanding++;
    return file;
}

void file_let_go(struct io_file *file)
{
    struct io_domain *domain = file->device->domain;
    io_lock(domain);
    bool is_last = file_request_answered_locked(file);
    io_unlock(domain);
    if (is_last)
        file_close_later(file);
}

/* ---- WdfFileObject* ---- */

WDFDEVICE WdfFileObjectGetDevice(WDFFILEOBJECT FileObject)
{
    return io_device_handle(file_object_from_handle(FileObject)->device);
}

ULONG WdfFileObjectGetFlags(WDFFILEOBJECT FileObject)
{
    /* S4.23: FO_SYNCHRONOUS_IO is what a Linux client calls blocking. */
    const ULONG synchronous_io = 0x2;
    return (file_object_from_handle(FileObject)->open_flags & O_NONBLOCK) ? 0 : synchronous_io;
}

PUNICODE_STRING WdfFileObjectGetFileName(WDFFILEOBJECT FileObject)
{
    /* S4.23: a node has nothing behind its name. --file-name can give one at the start. */
    struct wdf_file_object *file = file_object_from_handle(FileObject);
    return verifier_irql_is_at_most(PASSIVE_LEVEL, __func__)
               ? &object_driver(&file->object)->file_name
               : NULL;
}

ULONG WdfFileObjectGetInitiatorProcessId(WDFFILEOBJECT FileObject)
{
    return (ULONG)file_object_from_handle(FileObject)->opener_pid;
}

/* A handle is a pointer that leads back to its object and to nothing else: so is what the I/O
 * manager would have. */
PFILE_OBJECT WdfFileObjectWdmGetFileObject(WDFFILEOBJECT FileObject)
{
    return (PFILE_OBJECT)&file_object_from_handle(FileObject)->object;
}

WDFFILEOBJECT WdfDeviceGetFileObject(WDFDEVICE Device, PFILE_OBJECT FileObject)
{
    struct io_device *device = io_device_from_handle(Device);
    REQUIRE_PARAMETER(FileObject);
    struct wdf_file_object *file = file_object_from_handle(FileObject);
    return file->device == device ? (WDFFILEOBJECT)&file->object : NULL;
}

WDFFILEOBJECT WdfFileObjectGetRelatedFileObject(WDFFILEOBJECT FileObject)
{
    /* S4.23: on Linux a path is walked by the kernel; the device sees an open of the node
     * itself. */
    (void)file_object_from_handle(FileObject);
    return NULL;
}
