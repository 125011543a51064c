/* Opening I/O targets. See opentarget.h. */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/device/opentarget.h"

#include <fcntl.h>
#include <stdlib.h>

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/find.h"
#include "framework/device/notification.h"
#include "framework/device/wdm.h"
#include "framework/io/fileobject.h"
#include "framework/object/apiresult.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"
#include "framework/target/target.h"
#include "nt/status.h"
#include "nt/utf.h"
#include "port/log.h"

/* A leaf. */
static struct port_mutex openings_lock = PORT_MUTEX_INITIALIZER;

/* The targets that are told of their device's removal, in the order in which they were opened. */
static LIST_ENTRY openings GUARDED_BY(openings_lock) = {&openings, &openings};

/* What a target was last opened with. */
struct opening {
    struct target_opening base;
    struct wdf_target *target;

    /* For the thread that opens it, one at a time; constant while it is listed. */
    char *name; /* NULL: it was not opened by name */
    ACCESS_MASK access;
    PFN_WDF_IO_TARGET_QUERY_REMOVE evt_query_remove;
    PFN_WDF_IO_TARGET_REMOVE_CANCELED evt_remove_canceled;
    PFN_WDF_IO_TARGET_REMOVE_COMPLETE evt_remove_complete;

    struct wdf_device *device GUARDED_BY(openings_lock); /* with a reference; NULL: not listed */
    LIST_ENTRY entry GUARDED_BY(openings_lock);
    uint64_t serial GUARDED_BY(openings_lock);
    bool is_open GUARDED_BY(openings_lock);   /* not only being opened */
    bool was_asked GUARDED_BY(openings_lock); /* whether its device may be removed */
};

/* ---- the list ---- */

static uint64_t last_serial GUARDED_BY(openings_lock);

static void list(struct opening *opening, struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&openings_lock);
    object_reference(&device->io.object);
    opening->device = device;
    opening->serial = ++last_serial;
    opening->is_open = opening->was_asked = false;
    InsertTailList(&openings, &opening->entry);
}

static void note_open(struct opening *opening)
{
    PORT_LOCK_SCOPE(&openings_lock);
    opening->is_open = true;
}

static void unlist(struct opening *opening)
{
    port_mutex_lock(&openings_lock);
    struct wdf_device *device = opening->device;
    if (device != NULL)
        RemoveEntryList(&opening->entry);
    opening->device = NULL;
    port_mutex_unlock(&openings_lock);
    if (device != NULL)
        object_release(&device->io.object);
}

/* S10.4: a target that was closed for a query-remove is told how that has ended. */
static void closed(struct target_opening *base, WDF_IO_TARGET_STATE state)
{
    if (state != WdfIoTargetClosedForQueryRemove)
        unlist(CONTAINING_RECORD(base, struct opening, base));
}

static void free_opening(struct target_opening *base)
{
    struct opening *opening = CONTAINING_RECORD(base, struct opening, base);
    free(opening->name);
    free(opening);
}

static struct opening *opening_of(struct wdf_target *target)
{
    if (target->opening != NULL)
        return CONTAINING_RECORD(target->opening, struct opening, base);
    struct opening *opening = calloc(1, sizeof(*opening));
    if (opening == NULL)
        return NULL;
    opening->base.closed = closed;
    opening->base.free = free_opening;
    opening->target = target;
    target->opening = &opening->base;
    return opening;
}

/* ---- the create ---- */

/* A leaf. */
PORT_LOCK_KIND(wait_lock);

/* The thread that waits for it. */
struct open_wait {
    struct port_mutex wait_lock;
    struct port_condition done;
    bool is_done GUARDED_BY(wait_lock);
    NTSTATUS status GUARDED_BY(wait_lock);
    struct io_file *file GUARDED_BY(wait_lock);
};

static struct open_wait **wait_of(struct io_request *io)
{
    return io_request_client(io);
}

static void complete(struct io_request *io, NTSTATUS status, size_t information)
{
    (void)information;
    struct open_wait *wait = *wait_of(io);
    PORT_LOCK_SCOPE_OF(wait, wait_lock);
    wait->status = status;
    wait->file = NT_SUCCESS(status) ? io->file->opened : NULL; /* of the device that was opened */
    wait->is_done = true;
    port_condition_broadcast(&wait->done);
}

static void forget_poller(void *handle)
{
    (void)handle;
}

static const struct io_transport opening_transport = {
    .name = "I/O target",
    .complete = complete,
    .wake_poller = forget_poller,
    .forget_poller = forget_poller,
};

static NTSTATUS await(struct open_wait *wait, struct wdf_target *target, struct io_file **file)
{
    struct port_patience patience = {0};
    PORT_LOCK_SCOPE_OF(wait, wait_lock);
    while (!wait->is_done) {
        if (!port_condition_wait_aloud(&wait->done, &wait->wait_lock, &patience))
            continue;
        port_unlock_of(wait, wait_lock);
        log_warning("I/O target %p waits: the driver of its device has not answered the create",
                    (void *)&target->object);
        port_lock_of(wait, wait_lock);
    }
    *file = wait->file;
    return wait->status;
}

/* Its access is not checked again: a driver has the kernel's own rights. */
static uint32_t flags_of_access(ACCESS_MASK access)
{
    bool reads = (access & (GENERIC_READ | GENERIC_ALL | FILE_READ_DATA)) != 0;
    bool writes =
        (access & (GENERIC_WRITE | GENERIC_ALL | FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
    if (reads == writes)
        return O_RDWR;
    return reads ? O_RDONLY : O_WRONLY;
}

/* An open of the target's own. */
static NTSTATUS open_file(struct wdf_target *target, struct io_device *device, ACCESS_MASK access,
                          struct io_file **file)
{
    struct io_request *io = io_request_create(device, &opening_transport);
    if (io == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct open_wait wait = {.is_done = false};
    port_mutex_init(&wait.wait_lock);
    port_condition_init(&wait.done);
    io->type = WdfRequestTypeCreate;
    io->open_flags = flags_of_access(access);
    io->is_from_driver = true;
    *wait_of(io) = &wait;
    io_request_submit(io);
    NTSTATUS status = await(&wait, target, file);
    port_condition_destroy(&wait.done);
    port_mutex_destroy(&wait.wait_lock);
    return status;
}

/* ---- WdfIoTargetOpen ---- */

static bool has_callbacks(const WDF_IO_TARGET_OPEN_PARAMS *params)
{
    return params->EvtIoTargetQueryRemove != NULL || params->EvtIoTargetRemoveCanceled != NULL ||
           params->EvtIoTargetRemoveComplete != NULL;
}

/* S10.3 */
static NTSTATUS check_params(const WDF_IO_TARGET_OPEN_PARAMS *params, bool is_umdf)
{
    bool is_good;
    if (params->Size != sizeof(*params))
        return STATUS_INFO_LENGTH_MISMATCH;
    switch (params->Type) {
    case WdfIoTargetOpenUseExistingDevice:
        is_good = !is_umdf && params->TargetDeviceObject != NULL &&
                  (params->TargetFileObject != NULL || !has_callbacks(params));
        break;
    case WdfIoTargetOpenByName:
        is_good = params->TargetDeviceName.Buffer != NULL && params->TargetDeviceName.Length > 0 &&
                  params->TargetDeviceName.MaximumLength > 0;
        break;
    case WdfIoTargetOpenLocalTargetByFile:
        is_good = is_umdf && !has_callbacks(params);
        break;
    default:
        is_good = params->Type == WdfIoTargetOpenReopen;
        break;
    }
    return is_good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS open_by_name(struct opening *opening, struct target_place *place)
{
    struct wdf_device *device = device_find(opening->name);
    if (device == NULL) {
        log_info("I/O target %p: there is no device '%s'", (void *)&opening->target->object,
                 opening->name);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    place->device = &device->io;
    place->file_kind = TARGET_FILE_OPENED;
    /* Before the create: a removal that overtakes it must find the target. */
    list(opening, device);
    NTSTATUS status = open_file(opening->target, &device->io, opening->access, &place->file);
    if (NT_SUCCESS(status)) {
        note_open(opening);
    } else {
        unlist(opening);
        object_release(&device->io.object);
    }
    return status;
}

/* The device of the stack that was given, not the uppermost (S10.2). */
static NTSTATUS open_existing(struct opening *opening, const WDF_IO_TARGET_OPEN_PARAMS *params,
                              struct target_place *place)
{
    struct wdf_device *device = wdm_device_of(params->TargetDeviceObject);
    if (device == NULL)
        return STATUS_SUCCESS; /* the bus driver's device, where nothing is */
    NTSTATUS status = io_device_prepare_no_file(&device->io);
    if (!NT_SUCCESS(status))
        return status;
    place->file = device->io.no_file;
    place->file_kind = TARGET_FILE_LENT;
    if (params->TargetFileObject != NULL) {
        struct wdf_file_object *object = file_object_from_handle(params->TargetFileObject);
        if (object->device != &device->io)
            return STATUS_INVALID_PARAMETER;
        place->file = file_hold(object);
        place->file_kind = TARGET_FILE_HELD;
        if (place->file == NULL)
            return STATUS_FILE_CLOSED;
        list(opening, device);
        note_open(opening);
    }
    object_reference(&device->io.object);
    place->device = &device->io;
    return STATUS_SUCCESS;
}

/* An open of its own of the device below, which is removed later than the target's owner. */
static NTSTATUS open_local(struct opening *opening, struct target_place *place)
{
    struct io_device *lower = opening->target->owner->lower;
    if (lower == NULL)
        return STATUS_INVALID_DEVICE_REQUEST; /* S5.2: there is no device to take it */
    place->file_kind = TARGET_FILE_OPENED;
    NTSTATUS status = open_file(opening->target, lower, GENERIC_READ | GENERIC_WRITE, &place->file);
    if (!NT_SUCCESS(status))
        return status;
    object_reference(&lower->object);
    place->device = lower;
    return STATUS_SUCCESS;
}

static NTSTATUS note_params(struct opening *opening, const WDF_IO_TARGET_OPEN_PARAMS *params)
{
    char *name = NULL;
    if (params->Type == WdfIoTargetOpenByName) {
        name = utf8_duplicate(&params->TargetDeviceName);
        if (name == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    free(opening->name);
    opening->name = name;
    opening->access = params->DesiredAccess;
    opening->evt_query_remove = params->EvtIoTargetQueryRemove;
    opening->evt_remove_canceled = params->EvtIoTargetRemoveCanceled;
    opening->evt_remove_complete = params->EvtIoTargetRemoveComplete;
    return STATUS_SUCCESS;
}

/* For the thread that opens it. */
static NTSTATUS find_place(struct wdf_target *target, WDF_IO_TARGET_OPEN_PARAMS *params,
                           struct target_place *place)
{
    struct opening *opening = opening_of(target);
    if (opening == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    bool is_again = params->Type == WdfIoTargetOpenReopen;
    if (is_again && opening->name == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    unlist(opening); /* it may have been closed for a query-remove */
    NTSTATUS status = is_again ? STATUS_SUCCESS : note_params(opening, params);
    if (!NT_SUCCESS(status))
        return status;
    if (params->Type == WdfIoTargetOpenUseExistingDevice)
        return open_existing(opening, params, place);
    if (params->Type == WdfIoTargetOpenLocalTargetByFile)
        return open_local(opening, place);
    status = open_by_name(opening, place);
    params->FileInformation = NT_SUCCESS(status) ? FILE_OPENED : 0;
    return status;
}

static NTSTATUS open_target(struct wdf_target *target, WDF_IO_TARGET_OPEN_PARAMS *params)
{
    if (!target_begin_opening(target))
        return STATUS_INVALID_DEVICE_STATE;
    struct target_place place = {0};
    NTSTATUS status = find_place(target, params, &place);
    target_end_opening(target, NT_SUCCESS(status) ? &place : NULL);
    return status;
}

NTSTATUS WdfIoTargetOpen(WDFIOTARGET IoTarget, PWDF_IO_TARGET_OPEN_PARAMS OpenParams)
{
    struct wdf_target *target = target_from_handle(IoTarget);
    REQUIRE_PARAMETER(OpenParams);
    if (target->is_default)
        verifier_bugcheck(WDF_INVALID_HANDLE, __func__,
                          "WDFIOTARGET %p is a device's default target: it is never opened (S10.2)",
                          (void *)&target->object);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S10.3");
    NTSTATUS status = check_params(OpenParams, target->owner->is_umdf);
    if (NT_SUCCESS(status))
        status = open_target(target, OpenParams);
    return API_RESULT(status, "S10.3");
}

struct wdf_device *target_reference_device(struct wdf_target *target)
{
    if (target->is_default) {
        struct wdf_device *device = CONTAINING_RECORD(target->owner, struct wdf_device, io);
        object_reference(&device->io.object);
        return device;
    }
    PORT_LOCK_SCOPE_OF(target, target_lock);
    struct io_device *io = target->place.device;
    if (io == NULL || io->object.class != &device_class)
        return NULL;
    object_reference(&io->object);
    return CONTAINING_RECORD(io, struct wdf_device, io);
}

/* ---- the removal of its device ---- */

static bool is_in_stack(const struct wdf_device *device, const struct wdf_device *uppermost)
{
    while (uppermost != NULL && uppermost != device)
        uppermost = uppermost->init.lower;
    return uppermost != NULL;
}

bool device_falls_with(const struct wdf_device *device, const struct wdf_device *removed)
{
    for (; device != NULL; device = device->init.lower) {
        const struct wdf_device *parent = device->family.parent;
        if (is_in_stack(device, removed) || (parent != NULL && device_falls_with(parent, removed)))
            return true;
    }
    return false;
}

enum removal_step { REMOVAL_ASKED, REMOVAL_CANCELED, REMOVAL_DONE };

/* A target that is being opened is not asked: that could take as long as the create. */
static bool hears_locked(const struct opening *opening, enum removal_step step)
    REQUIRES(openings_lock)
{
    if (step == REMOVAL_ASKED)
        return opening->is_open;
    return step == REMOVAL_DONE || opening->was_asked;
}

/* The next after *serial, of those that were there at the beginning: its target has a reference
 * for the caller. */
static struct opening *next_of(const struct wdf_device *removed, uint64_t *serial, uint64_t last,
                               enum removal_step step)
{
    PORT_LOCK_SCOPE(&openings_lock);
    for (LIST_ENTRY *entry = openings.Flink; entry != &openings; entry = entry->Flink) {
        struct opening *opening = CONTAINING_RECORD(entry, struct opening, entry);
        if (opening->serial <= *serial || opening->serial > last || !hears_locked(opening, step) ||
            !device_falls_with(opening->device, removed))
            continue;
        *serial = opening->serial;
        opening->was_asked = step == REMOVAL_ASKED;
        object_reference(&opening->target->object);
        return opening;
    }
    return NULL;
}

static uint64_t serial_of_last(void)
{
    PORT_LOCK_SCOPE(&openings_lock);
    return last_serial;
}

static bool allows_removal(struct opening *opening)
{
    struct wdf_target *target = opening->target;
    if (opening->evt_query_remove == NULL) {
        target_close(target, WdfIoTargetClosedForQueryRemove);
        return true;
    }
    struct callback callback;
    callback_enter(&callback, "EvtIoTargetQueryRemove", &target->object);
    NTSTATUS status = opening->evt_query_remove(target_handle(target));
    callback_leave(&callback);
    if (!NT_SUCCESS(status))
        log_info("EvtIoTargetQueryRemove of I/O target %p objects to the removal: %s",
                 (void *)&target->object, nt_status_name(status));
    return NT_SUCCESS(status);
}

bool targets_allow_removal(struct wdf_device *device)
{
    uint64_t serial = 0, last = serial_of_last();
    bool is_allowed = true;
    struct opening *opening;
    while (is_allowed && (opening = next_of(device, &serial, last, REMOVAL_ASKED)) != NULL) {
        is_allowed = allows_removal(opening);
        object_release(&opening->target->object);
    }
    return is_allowed && notifications_allow_removal(device);
}

static void reopen(struct wdf_target *target)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(&params);
    NTSTATUS status = open_target(target, &params);
    if (!NT_SUCCESS(status))
        log_warning("I/O target %p is not opened again, though its device stays: %s",
                    (void *)&target->object, nt_status_name(status));
}

static void tell_canceled(struct opening *opening)
{
    struct wdf_target *target = opening->target;
    if (opening->evt_remove_canceled == NULL) {
        if (!target_is_open(target))
            reopen(target);
        return;
    }
    struct callback callback;
    callback_enter(&callback, "EvtIoTargetRemoveCanceled", &target->object);
    opening->evt_remove_canceled(target_handle(target));
    callback_leave(&callback);
}

void targets_removal_canceled(struct wdf_device *device)
{
    uint64_t serial = 0, last = serial_of_last();
    struct opening *opening;
    while ((opening = next_of(device, &serial, last, REMOVAL_CANCELED)) != NULL) {
        tell_canceled(opening);
        object_release(&opening->target->object);
    }
    notifications_removal_canceled(device);
}

/* It still leads to the removed device. */
static bool is_listed(struct opening *opening, uint64_t serial)
{
    PORT_LOCK_SCOPE(&openings_lock);
    return opening->device != NULL && opening->serial == serial;
}

static void tell_removed(struct opening *opening, uint64_t serial)
{
    struct wdf_target *target = opening->target;
    target_await_opening(target); /* the create is answered: the device has no request any more */
    if (is_listed(opening, serial) && opening->evt_remove_complete != NULL) {
        struct callback callback;
        callback_enter(&callback, "EvtIoTargetRemoveComplete", &target->object);
        opening->evt_remove_complete(target_handle(target));
        callback_leave(&callback);
        if (is_listed(opening, serial) && target_is_open(target))
            verifier_break("EvtIoTargetRemoveComplete", "S10.4",
                           "WDFIOTARGET %p is still open, though its device is gone: it is closed",
                           (void *)&target->object);
    }
    if (is_listed(opening, serial))
        target_close(target, WdfIoTargetClosed);
}

void targets_removed(struct wdf_device *device)
{
    uint64_t serial = 0, last = serial_of_last();
    struct opening *opening;
    while ((opening = next_of(device, &serial, last, REMOVAL_DONE)) != NULL) {
        tell_removed(opening, serial);
        object_release(&opening->target->object);
    }
    notifications_removed(device);
}
