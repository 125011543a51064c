/* Readiness of open files, and poll. See readiness.h. */
#include "framework/io/readiness.h"

#include <wdf.h>
#include <wdfuse/poll.h>

#include "framework/io/iodevice.h"
#include "framework/io/fileobject.h"
#include "framework/object/verifier.h"

#define KNOWN_EVENTS                                                                               \
    ((ULONG)(WdfusePollIn | WdfusePollPriority | WdfusePollOut | WdfusePollError |                 \
             WdfusePollHangup))

/* As of a terminal that was hung up: nothing would wait, and everything fails. */
#define EVENTS_OF_REMOVED                                                                          \
    ((ULONG)(WdfusePollIn | WdfusePollOut | WdfusePollError | WdfusePollHangup))

void device_readiness_init(struct device_readiness *readiness)
{
    InitializeListHead(&readiness->polled);
    readiness->events = WDFUSE_POLL_BY_TRYING;
}

/* ---- looking ---- */

void readiness_ask(const struct io_file *file)
{
    if (file->device->readiness.asked != NULL && file->object != NULL)
        file->device->readiness.asked(file_handle(file));
}

ULONG readiness_of_driver_locked(const struct io_file *file)
{
    const struct device_readiness *device = &file->device->readiness;
    return file->readiness.said_at > device->said_at ? file->readiness.events : device->events;
}

static ULONG look_locked(struct io_file *file) REQUIRES(io_lock)
{
    if (io_device_is_closing_locked(file->device))
        return EVENTS_OF_REMOVED;
    return overlapped_events_locked(file, readiness_of_driver_locked(file));
}

/*
 * False: the file has a handle already, which stands for the same open file; or nothing will change
 * any more, and the removal of the device has woken all pollers.
 */
static bool leave_handle_locked(struct io_file *file, const struct io_transport *transport,
                                void *handle) REQUIRES(io_lock)
{
    if (file->readiness.handle != NULL || io_device_is_closing_locked(file->device))
        return false;
    file->readiness.handle = handle;
    file->readiness.transport = transport;
    InsertTailList(&file->device->readiness.polled, &file->readiness.entry);
    return true;
}

uint32_t io_file_poll(struct io_file *file, const struct io_transport *transport, void *handle)
{
    struct io_device *device = file->device;
    readiness_ask(file);
    io_lock(device->domain);
    bool is_kept = handle == NULL || leave_handle_locked(file, transport, handle);
    ULONG events = look_locked(file);
    io_unlock(device->domain);
    if (!is_kept)
        transport->forget_poller(handle);
    return events;
}

/* ---- waking ---- */

struct poll_waiter readiness_take_locked(struct io_file *file)
{
    struct poll_waiter waiter = {.handle = file->readiness.handle,
                                 .transport = file->readiness.transport};
    if (waiter.handle != NULL)
        RemoveEntryList(&file->readiness.entry);
    file->readiness.handle = NULL;
    return waiter;
}

void readiness_wake(struct poll_waiter waiter)
{
    if (waiter.handle != NULL)
        waiter.transport->wake_poller(waiter.handle);
}

void readiness_forget(struct poll_waiter waiter)
{
    if (waiter.handle != NULL)
        waiter.transport->forget_poller(waiter.handle);
}

/*
 * While a transport is being told, the device counts as having something outstanding: the transport
 * is not closed before that is over.
 */
static void begin_waking_locked(struct io_device *device) REQUIRES(io_lock)
{
    object_reference(&device->object);
    device->outstanding++;
}

static void end_waking_locked(struct io_device *device) REQUIRES(io_lock)
{
    device->outstanding--;
    io_changed_locked(device);
}

/* From the device's list to another one. */
static void move_polled_locked(struct io_file *file, LIST_ENTRY *chosen) REQUIRES(io_lock)
{
    RemoveEntryList(&file->readiness.entry);
    InsertTailList(chosen, &file->readiness.entry);
}

typedef bool choice(struct io_file *file, ULONG events);

/* Those of the device for which that is true, in order. */
static void choose_polled_locked(struct io_device *device, LIST_ENTRY *chosen, choice *is_chosen,
                                 ULONG events) REQUIRES(io_lock)
{
    InitializeListHead(chosen);
    LIST_ENTRY *entry = device->readiness.polled.Flink;
    while (entry != &device->readiness.polled) {
        struct io_file *file = CONTAINING_RECORD(entry, struct io_file, readiness.entry);
        entry = entry->Flink;
        if (is_chosen(file, events))
            move_polled_locked(file, chosen);
    }
}

/* Drops the lock meanwhile. Whoever is woken may poll again at once: such a handle goes to the
 * device's list, not to the one that is worked off here. */
static void wake_chosen_locked(struct io_device *device, LIST_ENTRY *chosen) REQUIRES(io_lock)
{
    while (!IsListEmpty(chosen)) {
        struct io_file *file = CONTAINING_RECORD(chosen->Flink, struct io_file, readiness.entry);
        struct poll_waiter waiter = readiness_take_locked(file);
        io_unlock(device->domain);
        readiness_wake(waiter);
        io_lock(device->domain);
    }
}

static void wake_by_choice(struct io_device *device, choice *is_chosen)
{
    LIST_ENTRY chosen;
    io_lock(device->domain);
    begin_waking_locked(device);
    choose_polled_locked(device, &chosen, is_chosen, 0);
    wake_chosen_locked(device, &chosen);
    end_waking_locked(device);
    io_unlock(device->domain);
    object_release(&device->object);
}

static bool is_any(struct io_file *file, ULONG events)
{
    UNREFERENCED_PARAMETER(file);
    UNREFERENCED_PARAMETER(events);
    return true;
}

void readiness_wake_all(struct io_device *device)
{
    wake_by_choice(device, is_any);
}

static bool was_awaiting_room(struct io_file *file, ULONG events)
{
    UNREFERENCED_PARAMETER(events);
    bool awaits_room = file->overlapped.awaits_room;
    file->overlapped.awaits_room = false;
    return awaits_room;
}

void readiness_wake_for_room(struct io_device *device)
{
    wake_by_choice(device, was_awaiting_room);
}

/* ---- what the driver says ---- */

static ULONG check_events(ULONG events, const char *function)
{
    if ((events & ~KNOWN_EVENTS) != 0)
        verifier_break(function, "<wdfuse/poll.h>",
                       "Events 0x%x holds bits that are no poll events", events);
    return events & KNOWN_EVENTS;
}

static bool is_news(ULONG before, ULONG now)
{
    return (now & ~before) != 0 || now == before;
}

VOID WdfuseFileObjectSetPollEvents(WDFFILEOBJECT FileObject, ULONG Events)
{
    struct wdf_file_object *object = file_object_from_handle(FileObject);
    struct io_device *device = object->device;
    ULONG events = check_events(Events, __func__);

    io_lock(device->domain);
    struct io_file *file = object->open_file;
    struct poll_waiter waiter = {0};
    if (file != NULL) {
        if (is_news(readiness_of_driver_locked(file), events))
            waiter = readiness_take_locked(file);
        file->readiness.events = events;
        file->readiness.said_at = ++device->readiness.now;
    }
    if (waiter.handle != NULL)
        begin_waking_locked(device);
    io_unlock(device->domain);
    if (waiter.handle == NULL)
        return;

    readiness_wake(waiter);
    io_lock(device->domain);
    end_waking_locked(device);
    io_unlock(device->domain);
    object_release(&device->object);
}

/* The driver speaks of every file: what that is to one of them, of which it may have said something
 * else before. */
static bool is_news_to_locked(struct io_file *file, ULONG events) REQUIRES(io_lock)
{
    return is_news(readiness_of_driver_locked(file), events);
}

VOID WdfuseDeviceSetPollEvents(WDFDEVICE Device, ULONG Events)
{
    struct io_device *device = io_device_from_handle(Device);
    struct device_readiness *readiness = &device->readiness;
    ULONG events = check_events(Events, __func__);
    LIST_ENTRY chosen;

    io_lock(device->domain);
    begin_waking_locked(device);
    choose_polled_locked(device, &chosen, is_news_to_locked, events);
    readiness->events = events;
    readiness->said_at = ++readiness->now;
    wake_chosen_locked(device, &chosen);
    end_waking_locked(device);
    io_unlock(device->domain);
    object_release(&device->object);
}
