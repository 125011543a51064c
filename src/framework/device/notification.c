/* What drivers hear of devices. See notification.h. */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/device/notification.h"

#include <stdlib.h>
#include <string.h>

#include <cfgmgr32.h>

#include "framework/device/device.h"
#include "framework/device/name.h"
#include "framework/device/interfacelist.h"
#include "framework/device/opentarget.h"
#include "framework/device/registration.h"
#include "framework/device/wdm.h"
#include "framework/io/fileobject.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "nt/utf.h"
#include "port/log.h"

/* As <wdmguid.h> has them: the last bytes of all are the same. */
#define EVENT(number)                                                                              \
    {                                                                                              \
        0xcb3a4000 + (number), 0x46f0, 0x11d0,                                                     \
        {                                                                                          \
            0xb0, 0x8f, 0, 0x60, 0x97, 0x13, 5, 0x3f                                               \
        }                                                                                          \
    }
static const GUID interface_arrival = EVENT(4), interface_removal = EVENT(5);

/* What a worker is to tell. */
struct event {
    LIST_ENTRY entry;
    bool has_come;
    GUID class;
    UNICODE_STRING name; /* its buffer is the event's own */
    /* Of WdfDevicePostEvent: `class` says which event it is, and there is no name. */
    bool is_custom;
    ULONG size;
    unsigned char data[];
};

struct port_mutex notifications_lock = PORT_MUTEX_INITIALIZER;
static struct port_condition call_returned = PORT_CONDITION_INITIALIZER;
static LIST_ENTRY registrations GUARDED_BY(notifications_lock) = {&registrations, &registrations};
static uint64_t last_serial GUARDED_BY(notifications_lock);

/* ---- events ---- */

static struct event *event_create(const GUID *class, const char *name, bool has_come)
{
    struct event *event = calloc(1, sizeof(*event));
    if (event == NULL)
        return NULL;
    event->has_come = has_come;
    event->class = *class;
    if (unicode_string_from_utf8(&event->name, name))
        return event;
    free(event);
    return NULL;
}

static void event_free(struct event *event)
{
    free(event->name.Buffer);
    free(event);
}

static struct event *event_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct event, entry);
}

/* ---- users ---- */

void registration_drop(struct registration *registration)
{
    port_mutex_lock(&notifications_lock);
    bool is_last = --registration->users == 0;
    port_mutex_unlock(&notifications_lock);
    if (!is_last)
        return;
    port_mutex_is_held(&notifications_lock); /* nobody knows it any more */
    while (!IsListEmpty(&registration->events))
        event_free(event_from_entry(RemoveHeadList(&registration->events)));
    if (registration->device != NULL)
        object_release(&registration->device->io.object);
    free(registration);
}

/* ---- calling ---- */

static bool is_called_by_me_locked(const struct registration *registration)
    REQUIRES(notifications_lock)
{
    return registration->calls > 0 && registration->caller == port_thread_self();
}

/* Until no other thread is in the callback. */
static void await_callback_locked(struct registration *registration) REQUIRES(notifications_lock)
{
    struct port_patience patience = {0};
    while (registration->calls > 0 && !is_called_by_me_locked(registration)) {
        if (!port_condition_wait_aloud(&call_returned, &notifications_lock, &patience))
            continue;
        log_warning("driver %s: its callback of a PnP notification is awaited",
                    driver_name(registration->driver));
    }
}

static bool begin_call(struct registration *registration)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    await_callback_locked(registration);
    if (registration->is_over)
        return false;
    registration->calls++;
    registration->caller = port_thread_self();
    return true;
}

static void end_call(struct registration *registration)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    if (--registration->calls == 0)
        port_condition_broadcast(&call_returned);
}

static void tell_routine(struct registration *registration, const struct event *event)
{
    UNICODE_STRING name = event->name;
    DEVICE_INTERFACE_CHANGE_NOTIFICATION notification = {
        .Version = 1,
        .Size = sizeof(notification),
        .Event = event->has_come ? interface_arrival : interface_removal,
        .InterfaceClassGuid = event->class,
        .SymbolicLinkName = &name,
    };
    (void)registration->routine(&notification, registration->context);
}

static void tell_callback(struct registration *registration, const struct event *event)
{
    size_t size = sizeof(CM_NOTIFY_EVENT_DATA) + event->name.Length + sizeof(WCHAR);
    CM_NOTIFY_EVENT_DATA *data = calloc(1, size);
    if (data == NULL) {
        log_error("driver %s: no memory to tell it of a device interface",
                  driver_name(registration->driver));
        return;
    }
    data->FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE;
    data->u.DeviceInterface.ClassGuid = event->class;
    memcpy(data->u.DeviceInterface.SymbolicLink, event->name.Buffer, event->name.Length);
    (void)registration->callback((HCMNOTIFICATION)registration, registration->context,
                                 event->has_come ? CM_NOTIFY_ACTION_DEVICEINTERFACEARRIVAL
                                                 : CM_NOTIFY_ACTION_DEVICEINTERFACEREMOVAL,
                                 data, (DWORD)size);
    free(data);
}

/* What the device's driver has posted. */
static void tell_custom(struct registration *registration, const struct event *event)
{
    size_t size = sizeof(CM_NOTIFY_EVENT_DATA) + event->size;
    CM_NOTIFY_EVENT_DATA *data = calloc(1, size);
    if (data == NULL) {
        log_error("driver %s: no memory to tell it of an event", driver_name(registration->driver));
        return;
    }
    data->FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE;
    data->u.DeviceHandle.EventGuid = event->class;
    data->u.DeviceHandle.NameOffset = -1;
    data->u.DeviceHandle.DataSize = event->size;
    memcpy(data->u.DeviceHandle.Data, event->data, event->size);
    (void)registration->callback((HCMNOTIFICATION)registration, registration->context,
                                 CM_NOTIFY_ACTION_DEVICECUSTOMEVENT, data, (DWORD)size);
    free(data);
}

static void tell(struct registration *registration, const struct event *event)
{
    struct callback callback;
    if (!begin_call(registration))
        return;
    callback_enter(&callback, "the callback of a PnP notification", registration->driver->object);
    if (registration->routine != NULL)
        tell_routine(registration, event);
    else if (event->is_custom)
        tell_custom(registration, event);
    else
        tell_callback(registration, event);
    callback_leave(&callback);
    end_call(registration);
}

/* ---- interfaces ---- */

static struct event *take_event(struct registration *registration)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    if (!registration->is_over && !IsListEmpty(&registration->events))
        return event_from_entry(RemoveHeadList(&registration->events));
    registration->has_work = false;
    return NULL;
}

static void tell_events(struct work *work)
{
    struct registration *registration = CONTAINING_RECORD(work, struct registration, work);
    struct event *event;
    while ((event = take_event(registration)) != NULL) {
        tell(registration, event);
        event_free(event);
    }
    registration_drop(registration);
}

static void submit_locked(struct registration *registration) REQUIRES(notifications_lock)
{
    if (registration->has_work || registration->is_held || registration->is_over ||
        IsListEmpty(&registration->events))
        return;
    registration->has_work = true;
    registration->users++;
    work_submit(&registration->work);
}

static bool hears_of_locked(const struct registration *registration, const GUID *class)
    REQUIRES(notifications_lock)
{
    return registration->kind == OF_INTERFACES && !registration->is_over &&
           (registration->has_every_class || IsEqualGUID(&registration->class, class));
}

void notification_post(const GUID *class, const char *name, bool has_come)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    for (LIST_ENTRY *entry = registrations.Flink; entry != &registrations; entry = entry->Flink) {
        struct registration *registration = CONTAINING_RECORD(entry, struct registration, entry);
        if (!hears_of_locked(registration, class))
            continue;
        struct event *event = event_create(class, name, has_come);
        if (event == NULL) {
            log_error("driver %s: no memory to tell it of the device interface %s",
                      driver_name(registration->driver), name);
            continue;
        }
        InsertTailList(&registration->events, &event->entry);
        submit_locked(registration);
    }
}

static struct event *custom_event_create(const GUID *guid, const void *data, ULONG size)
{
    struct event *event = calloc(1, sizeof(*event) + size);
    if (event == NULL)
        return NULL;
    event->is_custom = true;
    event->class = *guid;
    event->size = size;
    if (size > 0)
        memcpy(event->data, data, size);
    return event;
}

/* To those who have the stack open, and have asked by their handle. */
static NTSTATUS post_custom(const struct wdf_device *device, const GUID *guid, const void *data,
                            ULONG size)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    for (LIST_ENTRY *entry = registrations.Flink; entry != &registrations; entry = entry->Flink) {
        struct registration *registration = CONTAINING_RECORD(entry, struct registration, entry);
        if (registration->kind != OF_REMOVAL || registration->callback == NULL ||
            registration->has_gone || device_lowest(registration->device) != device_lowest(device))
            continue;
        struct event *event = custom_event_create(guid, data, size);
        if (event == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        InsertTailList(&registration->events, &event->entry);
        submit_locked(registration);
    }
    return STATUS_SUCCESS;
}

NTSTATUS WdfDevicePostEvent(WDFDEVICE Device, REFGUID EventGuid, WDF_EVENT_TYPE WdfEventType,
                            BYTE *Data, ULONG DataSizeCb)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(EventGuid);
    if (DataSizeCb > 0)
        REQUIRE_PARAMETER(Data);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdevice.h");
    if (WdfEventType != WdfEventBroadcast)
        return API_RESULT(STATUS_INVALID_PARAMETER, "wdfdevice.h");
    return API_RESULT(post_custom(device, EventGuid, Data, DataSizeCb), "wdfdevice.h");
}

/* ---- what is there ---- */

/* One that has come since the registration is told by the worker. */
static bool is_queued(struct registration *registration, const struct event *event)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    for (LIST_ENTRY *entry = registration->events.Flink; entry != &registration->events;
         entry = entry->Flink) {
        const struct event *other = event_from_entry(entry);
        if (other->has_come && RtlEqualUnicodeString(&other->name, &event->name, TRUE))
            return true;
    }
    return false;
}

static void tell_existing(struct registration *registration)
{
    struct interface_list list;
    struct interface_name *name;
    interface_list_take(&list, &registration->class, false, NULL);
    while ((name = interface_list_remove_first(&list)) != NULL) {
        const struct event event = {
            .has_come = true, .class = registration->class, .name = name->name};
        if (!is_queued(registration, &event))
            tell(registration, &event);
        interface_name_free(name);
    }
    if (list.is_out_of_memory)
        log_error("driver %s: no memory to tell it of all device interfaces",
                  driver_name(registration->driver));
}

/* ---- the removal of a device ---- */

enum removal_step { REMOVAL_ASKED, REMOVAL_CANCELED, REMOVAL_DONE };

static struct registration *next_of(const struct wdf_device *removed, uint64_t *serial,
                                    uint64_t last, enum removal_step step)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    for (LIST_ENTRY *entry = registrations.Flink; entry != &registrations; entry = entry->Flink) {
        struct registration *registration = CONTAINING_RECORD(entry, struct registration, entry);
        if (registration->kind != OF_REMOVAL || registration->serial <= *serial ||
            registration->serial > last || registration->has_gone ||
            (step == REMOVAL_CANCELED && !registration->was_asked) ||
            !device_falls_with(registration->device, removed))
            continue;
        *serial = registration->serial;
        registration->was_asked = step == REMOVAL_ASKED;
        registration->has_gone = step == REMOVAL_DONE;
        registration->users++;
        return registration;
    }
    return NULL;
}

/* A device that has gone is not kept until its listener unregisters. */
static void detach(struct registration *registration)
{
    port_mutex_lock(&notifications_lock);
    struct wdf_device *device = registration->device;
    registration->device = NULL;
    port_mutex_unlock(&notifications_lock);
    object_release(&device->io.object);
}

static uint64_t serial_of_last(void)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    return last_serial;
}

static bool ask_routine(struct registration *registration, const GUID *event)
{
    TARGET_DEVICE_REMOVAL_NOTIFICATION notification = {
        .Version = 1,
        .Size = sizeof(notification),
        .Event = *event,
        .FileObject = registration->file,
    };
    return NT_SUCCESS(registration->routine(&notification, registration->context));
}

static bool ask_callback(struct registration *registration, enum removal_step step)
{
    static const CM_NOTIFY_ACTION actions[] = {
        [REMOVAL_ASKED] = CM_NOTIFY_ACTION_DEVICEQUERYREMOVE,
        [REMOVAL_CANCELED] = CM_NOTIFY_ACTION_DEVICEQUERYREMOVEFAILED,
        [REMOVAL_DONE] = CM_NOTIFY_ACTION_DEVICEREMOVECOMPLETE,
    };
    CM_NOTIFY_EVENT_DATA data = {.FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE,
                                 .u.DeviceHandle.NameOffset = -1};
    return registration->callback((HCMNOTIFICATION)registration, registration->context,
                                  actions[step], &data, sizeof(data)) == 0;
}

/* Returns whether it agrees. */
static bool tell_removal(struct registration *registration, enum removal_step step)
{
    static const GUID events[] = {
        [REMOVAL_ASKED] = EVENT(6), [REMOVAL_CANCELED] = EVENT(7), [REMOVAL_DONE] = EVENT(8)};
    struct callback callback;
    if (!begin_call(registration))
        return true;
    callback_enter(&callback, "the callback of a PnP notification", registration->driver->object);
    bool agrees = registration->routine != NULL ? ask_routine(registration, &events[step])
                                                : ask_callback(registration, step);
    callback_leave(&callback);
    end_call(registration);
    if (step == REMOVAL_ASKED && !agrees)
        log_info("driver %s objects to the removal of a device that it has open",
                 driver_name(registration->driver));
    return agrees;
}

static bool tell_all(struct wdf_device *device, enum removal_step step)
{
    uint64_t serial = 0, last = serial_of_last();
    struct registration *registration;
    bool agree = true;
    while ((agree || step != REMOVAL_ASKED) &&
           (registration = next_of(device, &serial, last, step)) != NULL) {
        agree = tell_removal(registration, step);
        if (step == REMOVAL_DONE)
            detach(registration);
        registration_drop(registration);
    }
    return agree;
}

bool notifications_allow_removal(struct wdf_device *device)
{
    return tell_all(device, REMOVAL_ASKED);
}

void notifications_removal_canceled(struct wdf_device *device)
{
    (void)tell_all(device, REMOVAL_CANCELED);
}

void notifications_removed(struct wdf_device *device)
{
    (void)tell_all(device, REMOVAL_DONE);
}

/* ---- registering ---- */

struct registration *registration_create(enum registration_kind kind, struct driver *driver,
                                         PVOID context)
{
    struct registration *registration = calloc(1, sizeof(*registration));
    if (registration == NULL)
        return NULL;
    port_mutex_is_held(&notifications_lock); /* nobody knows it yet */
    registration->kind = kind;
    registration->driver = driver;
    registration->context = context;
    registration->users = 1;
    InitializeListHead(&registration->events);
    work_init(&registration->work, tell_events, driver_works(driver));
    return registration;
}

/* Of whom the file is; false: it is no open file of a driver's device. */
bool registration_watch_file(struct registration *registration, PVOID file)
{
    struct wdf_object *object = file;
    if (!object_is_of_class(object, &file_object_class))
        return false;
    struct io_device *io = file_object_from_handle(object)->device;
    if (io->object.class != &device_class)
        return false;
    port_mutex_is_held(&notifications_lock); /* nobody knows it yet */
    registration->file = file;
    registration->device = CONTAINING_RECORD(io, struct wdf_device, io);
    object_reference(&io->object);
    return true;
}

static void list(struct registration *registration, bool is_held)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    registration->serial = ++last_serial;
    registration->is_held = is_held;
    if (is_held)
        registration->users++; /* who tells it keeps it: its callback may unregister */
    InsertTailList(&registrations, &registration->entry);
}

static void let_go(struct registration *registration)
{
    port_mutex_lock(&notifications_lock);
    registration->is_held = false;
    submit_locked(registration);
    port_mutex_unlock(&notifications_lock);
    registration_drop(registration);
}

/* Events that come while it looks at what is there wait until it has told of that. */
void registration_begin(struct registration *registration, bool has_existing)
{
    list(registration, has_existing);
    if (!has_existing)
        return;
    tell_existing(registration);
    let_go(registration);
}

/* True: the caller ends it, and drops it for the driver. */
static bool claim_locked(struct registration *registration) REQUIRES(notifications_lock)
{
    if (registration->is_over)
        return false;
    registration->is_over = true;
    RemoveEntryList(&registration->entry);
    return true;
}

static void end_claimed(struct registration *registration)
{
    port_mutex_lock(&notifications_lock);
    await_callback_locked(registration);
    port_mutex_unlock(&notifications_lock);
    registration_drop(registration);
}

/* The driver may be unloaded in the same moment, and ends it then. */
void registration_finish(struct registration *registration)
{
    port_mutex_lock(&notifications_lock);
    bool is_mine = claim_locked(registration);
    port_mutex_unlock(&notifications_lock);
    if (is_mine)
        end_claimed(registration);
}

static struct registration *claim_next_of_driver(const struct driver *driver)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    for (LIST_ENTRY *entry = registrations.Flink; entry != &registrations; entry = entry->Flink) {
        struct registration *registration = CONTAINING_RECORD(entry, struct registration, entry);
        if (registration->driver == driver && claim_locked(registration))
            return registration;
    }
    return NULL;
}

void notifications_forget(struct driver *driver)
{
    struct registration *registration;
    while ((registration = claim_next_of_driver(driver)) != NULL) {
        log_warning("driver %s: it has not unregistered from PnP notifications",
                    driver_name(driver));
        end_claimed(registration);
    }
}

bool registration_is_called_by_me(struct registration *registration)
{
    PORT_LOCK_SCOPE(&notifications_lock);
    return is_called_by_me_locked(registration);
}
