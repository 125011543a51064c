/*
 * PnP notifications (wdm.h, cfgmgr32.h): a driver is told of the interfaces of another driver's
 * devices, and of the removal of a device that it has open.
 */
/* This includes functions of the user-mode framework: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <initguid.h>

#include <cfgmgr32.h>
#include <wdmguid.h>

#include "bus.h"
#include "framework/device/device.h"
#include "framework/device/notification.h"
#include "nt/utf.h"
#include "unit.h"
#include "warnings.h"

static GUID toast = {0x11223344, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}};
static GUID other = {0x55223344, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}};

/* ---- listeners ---- */

static struct {
    unsigned arrivals, removals, asked, canceled, removed;
    char names[512];
    NTSTATUS answer;
    bool opens; /* the new interface, like Microsoft's toastmon */
    NTSTATUS open_status;
    bool ends;         /* its own registration, inside the callback */
    bool is_forgotten; /* before that, as by an unload */
    PVOID entry;
} heard;

static void open_and_close(PUNICODE_STRING name)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDFIOTARGET target;
    ck_status_eq(WdfIoTargetCreate(wdf_device(), WDF_NO_OBJECT_ATTRIBUTES, &target),
                 STATUS_SUCCESS);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, name, STANDARD_RIGHTS_ALL);
    heard.open_status = WdfIoTargetOpen(target, &params);
    WdfObjectDelete(target);
}

/* Freed memory is garbage from now on. */
static void spoil_free_memory(void)
{
    for (size_t size = 16; size <= 1024; size += 16) {
        void *volatile block = malloc(size);
        memset(block, 0x5a, size);
        free(block);
    }
}

static NTSTATUS hear_interface(PVOID NotificationStructure, PVOID Context)
{
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION notification = NotificationStructure;
    ck_assert_ptr_eq(Context, &heard);
    ck_assert_uint_eq(notification->Version, 1);
    ck_assert_uint_eq(notification->Size, sizeof(*notification));
    ck_assert(IsEqualGUID(&notification->InterfaceClassGuid, &toast));
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    bool has_come = IsEqualGUID(&notification->Event, &GUID_DEVICE_INTERFACE_ARRIVAL);
    if (has_come)
        heard.arrivals++;
    else
        heard.removals++;
    char *name = utf8_duplicate(notification->SymbolicLinkName);
    strcat(heard.names, has_come ? "+" : "-");
    strcat(heard.names, strrchr(name, '/') + 1);
    free(name);
    if (heard.opens && has_come)
        open_and_close(notification->SymbolicLinkName);
    if (heard.is_forgotten)
        notifications_forget(device_from_handle(wdf_device())->init.driver);
    if (heard.ends) {
        ck_status_eq(IoUnregisterPlugPlayNotification(heard.entry), STATUS_SUCCESS);
        spoil_free_memory();
    }
    return heard.answer;
}

static NTSTATUS hear_removal(PVOID NotificationStructure, PVOID Context)
{
    PTARGET_DEVICE_REMOVAL_NOTIFICATION notification = NotificationStructure;
    ck_assert_ptr_eq(Context, &heard);
    ck_assert_ptr_nonnull(notification->FileObject);
    if (IsEqualGUID(&notification->Event, &GUID_TARGET_DEVICE_QUERY_REMOVE))
        heard.asked++;
    else if (IsEqualGUID(&notification->Event, &GUID_TARGET_DEVICE_REMOVE_CANCELLED))
        heard.canceled++;
    else if (IsEqualGUID(&notification->Event, &GUID_TARGET_DEVICE_REMOVE_COMPLETE))
        heard.removed++;
    return heard.answer;
}

static NTSTATUS listen(ULONG flags)
{
    return IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, flags, &toast,
                                          WdfDriverWdmGetDriverObject(WdfGetDriver()),
                                          hear_interface, &heard, &heard.entry);
}

static void stop_listening(void)
{
    ck_status_eq(IoUnregisterPlugPlayNotificationEx(heard.entry), STATUS_SUCCESS);
    heard.entry = NULL;
}

static void setup(void)
{
    memset(&heard, 0, sizeof(heard));
    start_bus(0);
}

/* A child with an interface of that class. */
static void add_toaster(unsigned number)
{
    create_child(number);
    ck_status_eq(WdfDeviceCreateDeviceInterface(children[number], &toast, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceCreateDeviceInterface(children[number], &other, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[number]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

static void remove_toaster(unsigned number)
{
    ck_status_eq(WdfPdoMarkMissing(children[number]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

/* ---- interfaces ---- */

/* wdm.h: of the class alone, in order. */
START_TEST(a_driver_hears_of_interfaces_that_come_and_go)
{
    ck_status_eq(listen(0), STATUS_SUCCESS);
    add_toaster(0);
    ck_assert_str_eq(heard.names, "+test.0");
    add_toaster(1);
    remove_toaster(0);
    ck_assert_str_eq(heard.names, "+test.0+test.1-test.0");
    WdfDeviceSetDeviceInterfaceState(children[1], &toast, NULL, FALSE);
    WdfDeviceSetDeviceInterfaceState(children[1], &toast, NULL, FALSE);
    WdfDeviceSetDeviceInterfaceState(children[1], &toast, NULL, TRUE);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(heard.names, "+test.0+test.1-test.0-test.1+test.1");
    stop_listening();
    remove_toaster(1);
    ck_assert_uint_eq(heard.removals, 2);
}
END_TEST

/* A new interface can be opened at once by its name. */
START_TEST(what_has_come_can_be_opened)
{
    heard.opens = true;
    heard.open_status = STATUS_UNSUCCESSFUL;
    ck_status_eq(listen(0), STATUS_SUCCESS);
    add_toaster(0);
    ck_assert_uint_eq(heard.arrivals, 1);
    ck_status_eq(heard.open_status, STATUS_SUCCESS);
    stop_listening();
}
END_TEST

/* PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES: before the function returns. */
START_TEST(what_is_there_is_told_of_when_it_is_asked_for)
{
    add_toaster(0);
    ck_status_eq(listen(0), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(heard.arrivals, 0);
    stop_listening();
    ck_status_eq(listen(PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES), STATUS_SUCCESS);
    ck_assert_str_eq(heard.names, "+test.0");
    add_toaster(1);
    ck_assert_str_eq(heard.names, "+test.0+test.1");
    stop_listening();
}
END_TEST

static unsigned looks, shown;

static VOID look_for_interfaces(WDFDEVICE Device)
{
    PWSTR list;
    WdfDeviceSetDeviceInterfaceState(Device, &toast, NULL, TRUE);
    ck_status_eq(IoGetDeviceInterfaces(&toast, NULL, 0, &list), STATUS_SUCCESS);
    looks++;
    shown += list[0] != 0;
    ExFreePool(list);
}

static NTSTATUS begin_io(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

static VOID with_flush(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoInit = begin_io;
    callbacks.EvtDeviceSelfManagedIoFlush = look_for_interfaces;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

/* S3.20: nor are they announced. */
START_TEST(a_device_that_is_removed_has_no_interfaces)
{
    bus_stop();
    looks = shown = 0;
    prepare_init = with_flush;
    start_bus(0);
    ck_status_eq(WdfDeviceCreateDeviceInterface(wdf_device(), &toast, NULL), STATUS_SUCCESS);
    look_for_interfaces(wdf_device());
    ck_assert_uint_eq(shown, 1);
    ck_status_eq(listen(0), STATUS_SUCCESS);
    WdfuseInprocSurpriseRemove(device);
    WdfuseInprocWaitForWorkers();
    stop_listening();
    ck_assert_uint_eq(heard.arrivals, 0);
    ck_assert_uint_eq(heard.removals, 1);
    ck_assert_uint_eq(looks, 2);
    ck_assert_uint_eq(shown, 1);
}
END_TEST

/* S3.22, S18.52: the driver says when an interface may be found. */
START_TEST(an_interface_that_its_driver_holds_back_is_not_announced_by_the_start)
{
    ck_status_eq(listen(0), STATUS_SUCCESS);
    create_child(0);
    ck_status_eq(WdfDeviceCreateDeviceInterface(children[0], &toast, NULL), STATUS_SUCCESS);
    WdfDeviceSetDeviceInterfaceStateEx(children[0], &toast, NULL, FALSE);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(heard.arrivals, 0);
    WdfDeviceSetDeviceInterfaceStateEx(children[0], &toast, NULL, TRUE);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(heard.arrivals, 1);
    stop_listening();
}
END_TEST

/* S18.52 */
START_TEST(a_control_device_has_no_interface_to_be_held_back)
{
    DECLARE_CONST_UNICODE_STRING(everybody, L"D:P(A;;GA;;;WD)");
    WDFDEVICE control;
    PWDFDEVICE_INIT init =
        WdfControlDeviceInitAllocate(WdfDeviceGetDriver(wdf_device()), &everybody);
    ck_status_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &control), STATUS_SUCCESS);
    last_verifier_message();
    WdfDeviceSetDeviceInterfaceStateEx(control, &toast, NULL, FALSE);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.52"));
    WdfObjectDelete(control);
}
END_TEST

/* One that has ended hears nothing more, and may end itself. */
START_TEST(a_registration_may_end_in_its_own_callback)
{
    heard.ends = true;
    ck_status_eq(listen(0), STATUS_SUCCESS);
    add_toaster(0);
    add_toaster(1);
    ck_assert_uint_eq(heard.arrivals, 1);
}
END_TEST

/* Even while it is told of existing interfaces. */
START_TEST(a_registration_may_end_while_it_hears_of_what_is_there)
{
    add_toaster(0);
    add_toaster(1);
    heard.ends = true;
    ck_status_eq(listen(PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES), STATUS_SUCCESS);
    ck_assert_uint_eq(heard.arrivals, 1);
    add_toaster(2);
    ck_assert_uint_eq(heard.arrivals, 1);
}
END_TEST

/* The unload has ended it before its callback does. */
START_TEST(a_registration_ends_once)
{
    add_toaster(0);
    add_toaster(1);
    heard.ends = heard.is_forgotten = true;
    ck_status_eq(listen(PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES), STATUS_SUCCESS);
    ck_assert_uint_eq(heard.arrivals, 1);
}
END_TEST

static NTSTATUS forgetful_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, NULL);
    config.DriverInitFlags = WdfDriverInitNonPnpDriver;
    ck_status_eq(WdfDriverCreate(DriverObject, RegistryPath, NULL, &config, NULL), STATUS_SUCCESS);
    return IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, &toast,
                                          DriverObject, hear_interface, &heard, &heard.entry);
}

/* The driver that forgets it is told so, and nothing is left behind. */
START_TEST(what_is_not_unregistered_ends_with_the_driver)
{
    WDFUSEDEVICE second;
    ck_status_eq(WdfuseInprocStart(forgetful_driver, "forgetful", &second), STATUS_SUCCESS);
    listen_to_warnings();
    WdfuseInprocStop(second);
    log_set_sink(NULL);
    ck_says("driver forgetful: it has not unregistered from PnP notifications");
    add_toaster(0);
    ck_assert_uint_eq(heard.arrivals, 0);
}
END_TEST

START_TEST(interfaces_are_listed)
{
    PWSTR list;
    ck_status_eq(IoGetDeviceInterfaces(&toast, NULL, 0, &list), STATUS_SUCCESS);
    ck_assert_uint_eq(list[0], 0);
    ExFreePool(list);
    add_toaster(0);
    add_toaster(1);
    WdfDeviceSetDeviceInterfaceState(children[1], &toast, NULL, FALSE);
    ck_status_eq(IoGetDeviceInterfaces(&toast, NULL, 0, &list), STATUS_SUCCESS);
    size_t length = utf16_length(list, 400);
    ck_assert_uint_gt(length, 40);
    ck_assert_uint_eq(list[length + 1], 0);
    ck_assert(memcmp(list + length - 6, L"test.0", 12) == 0);
    ExFreePool(list);
    ck_status_eq(IoGetDeviceInterfaces(&toast, WdfDeviceWdmGetPhysicalDevice(children[1]),
                                       DEVICE_INTERFACE_INCLUDE_NONACTIVE, &list),
                 STATUS_SUCCESS);
    length = utf16_length(list, 400);
    ck_assert(memcmp(list + length - 6, L"test.1", 12) == 0);
    ck_assert_uint_eq(list[length + 1], 0);
    ExFreePool(list);
}
END_TEST

/* wdm.h: also of a stack whose PDO belongs to no driver. */
START_TEST(interfaces_are_listed_of_one_stack)
{
    PWSTR list;
    add_toaster(0);
    PDEVICE_OBJECT physical = WdfDeviceWdmGetPhysicalDevice(wdf_device());
    ck_status_eq(IoGetDeviceInterfaces(&toast, physical, DEVICE_INTERFACE_INCLUDE_NONACTIVE, &list),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(list[0], 0);
    ExFreePool(list);
    ck_status_eq(WdfDeviceCreateDeviceInterface(wdf_device(), &toast, NULL), STATUS_SUCCESS);
    ck_status_eq(IoGetDeviceInterfaces(&toast, physical, DEVICE_INTERFACE_INCLUDE_NONACTIVE, &list),
                 STATUS_SUCCESS);
    size_t length = utf16_length(list, 400);
    ck_assert(memcmp(list + length - 5, L"/test", 10) == 0);
    ck_assert_uint_eq(list[length + 1], 0);
    ExFreePool(list);
}
END_TEST

/* wdm.h */
START_TEST(a_registration_that_makes_no_sense_is_refused)
{
    PDRIVER_OBJECT driver = WdfDriverWdmGetDriverObject(WdfGetDriver());
    PVOID entry = &entry;
    ck_status_eq(IoRegisterPlugPlayNotification(EventCategoryReserved, 0, &toast, driver,
                                                hear_interface, NULL, &entry),
                 STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(entry);
    ck_status_eq(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0, NULL, driver,
                                                hear_interface, NULL, &entry),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0,
                                                WdfDeviceWdmGetDeviceObject(wdf_device()), driver,
                                                hear_removal, NULL, &entry),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(IoRegisterPlugPlayNotification(EventCategoryHardwareProfileChange, 0, NULL, driver,
                                                hear_removal, NULL, &entry),
                 STATUS_SUCCESS);
    ck_status_eq(IoUnregisterPlugPlayNotification(entry), STATUS_SUCCESS);
}
END_TEST

/* ---- the removal of a device ---- */

static WDFIOTARGET target;

/* A target that hears nothing itself, and is not closed for the query. */
static NTSTATUS agree(WDFIOTARGET IoTarget)
{
    UNREFERENCED_PARAMETER(IoTarget);
    return STATUS_SUCCESS;
}

static VOID note(WDFIOTARGET IoTarget)
{
    UNREFERENCED_PARAMETER(IoTarget);
}

static VOID close_target(WDFIOTARGET IoTarget)
{
    WdfIoTargetClose(IoTarget);
}

static VOID with_files(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

static void open_child_by_target(void)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\test.0");
    prepare_child_init = with_files;
    add_toaster(0);
    ck_status_eq(WdfIoTargetCreate(wdf_device(), WDF_NO_OBJECT_ATTRIBUTES, &target),
                 STATUS_SUCCESS);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &name, GENERIC_READ);
    params.EvtIoTargetQueryRemove = agree;
    params.EvtIoTargetRemoveCanceled = note;
    params.EvtIoTargetRemoveComplete = close_target;
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
}

START_TEST(a_driver_is_asked_whether_a_device_may_go)
{
    open_child_by_target();
    ck_status_eq(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0,
                                                WdfIoTargetWdmGetTargetFileObject(target),
                                                WdfDriverWdmGetDriverObject(WdfGetDriver()),
                                                hear_removal, &heard, &heard.entry),
                 STATUS_SUCCESS);
    heard.answer = STATUS_DEVICE_BUSY;
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    ck_assert_uint_eq(heard.asked, 1);
    ck_assert_uint_eq(heard.canceled, 1);
    ck_assert_uint_eq(heard.removed, 0);
    heard.answer = STATUS_SUCCESS;
    remove_toaster(0);
    ck_assert_uint_eq(heard.removed, 1);
    ck_status_eq(IoUnregisterPlugPlayNotification(heard.entry), STATUS_SUCCESS);
    WdfObjectDelete(target);
}
END_TEST

static NTSTATUS listen_to_removal(PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine)
{
    return IoRegisterPlugPlayNotification(
        EventCategoryTargetDeviceChange, 0, WdfIoTargetWdmGetTargetFileObject(target),
        WdfDriverWdmGetDriverObject(WdfGetDriver()), routine, &heard, &heard.entry);
}

static unsigned destroyed;

static VOID note_destruction(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroyed++;
}

/* GUID_TARGET_DEVICE_REMOVE_COMPLETE: the last event; nothing is kept after it. */
START_TEST(a_driver_hears_once_that_a_device_has_gone)
{
    destroyed = 0;
    WDF_OBJECT_ATTRIBUTES_INIT(&child_attributes);
    child_attributes.EvtDestroyCallback = note_destruction;
    open_child_by_target();
    ck_status_eq(listen_to_removal(hear_removal), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(heard.asked, 1);
    ck_assert_uint_eq(heard.canceled, 0);
    ck_assert_uint_eq(heard.removed, 1);
    WdfObjectDelete(target);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(destroyed, 1);
    ck_status_eq(IoUnregisterPlugPlayNotification(heard.entry), STATUS_SUCCESS);
}
END_TEST

static atomic_uint inside, most_inside;

/* Gives another thread time to enter, too. */
static NTSTATUS linger(PVOID NotificationStructure, PVOID Context)
{
    UNREFERENCED_PARAMETER(NotificationStructure);
    UNREFERENCED_PARAMETER(Context);
    unsigned now = atomic_fetch_add(&inside, 1) + 1;
    if (now > atomic_load(&most_inside))
        atomic_store(&most_inside, now);
    for (unsigned i = 0; i < 50 && atomic_load(&most_inside) < 2; i++)
        usleep(1000);
    atomic_fetch_sub(&inside, 1);
    return STATUS_DEVICE_BUSY;
}

static void *query(void *unused)
{
    (void)unused;
    return (void *)(uintptr_t)NT_SUCCESS(WdfuseInprocQueryRemove(device));
}

/* Unregistering waits for the callback, which must not run a second time meanwhile. */
START_TEST(a_callback_runs_in_one_thread_at_a_time)
{
    pthread_t thread;
    void *agreed;
    atomic_store(&inside, 0);
    atomic_store(&most_inside, 0);
    open_child_by_target();
    ck_status_eq(listen_to_removal(linger), STATUS_SUCCESS);
    ck_assert_int_eq(pthread_create(&thread, NULL, query, NULL), 0);
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_UNSUCCESSFUL);
    ck_assert_int_eq(pthread_join(thread, &agreed), 0);
    ck_assert_ptr_null(agreed);
    ck_assert_uint_eq(atomic_load(&most_inside), 1);
    ck_status_eq(IoUnregisterPlugPlayNotification(heard.entry), STATUS_SUCCESS);
    WdfObjectDelete(target);
}
END_TEST

/* ---- user mode ---- */

static unsigned actions[CM_NOTIFY_ACTION_MAX];
static WCHAR last_link[300];
static HCMNOTIFICATION handle;
static DWORD handle_answer;

static char posted[16];

static DWORD hear_cm(HCMNOTIFICATION hNotify, PVOID Context, CM_NOTIFY_ACTION Action,
                     PCM_NOTIFY_EVENT_DATA EventData, DWORD EventDataSize)
{
    ck_assert_ptr_eq(hNotify, handle);
    ck_assert_ptr_eq(Context, actions);
    actions[Action]++;
    if (EventData->FilterType == CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE) {
        size_t room =
            (EventDataSize - offsetof(CM_NOTIFY_EVENT_DATA, u.DeviceInterface.SymbolicLink)) / 2;
        size_t length = utf16_length(EventData->u.DeviceInterface.SymbolicLink, room);
        ck_assert_uint_lt(length, room);
        memcpy(last_link, EventData->u.DeviceInterface.SymbolicLink, (length + 1) * 2);
        ck_assert_uint_eq(CM_Unregister_Notification(hNotify), CR_FAILURE);
    }
    if (Action == CM_NOTIFY_ACTION_DEVICECUSTOMEVENT) {
        ck_assert(IsEqualGUID(&EventData->u.DeviceHandle.EventGuid, &other));
        memcpy(posted, EventData->u.DeviceHandle.Data, EventData->u.DeviceHandle.DataSize);
    }
    return handle_answer;
}

static CM_NOTIFY_FILTER filter_of(CM_NOTIFY_FILTER_TYPE type)
{
    return (CM_NOTIFY_FILTER){.cbSize = sizeof(CM_NOTIFY_FILTER), .FilterType = type};
}

START_TEST(a_user_mode_driver_hears_of_interfaces)
{
    CM_NOTIFY_FILTER filter = filter_of(CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE);
    ULONG length = 0;
    WCHAR list[300];
    filter.u.DeviceInterface.ClassGuid = toast;
    ck_assert_uint_eq(CM_Register_Notification(&filter, actions, hear_cm, &handle), CR_SUCCESS);
    add_toaster(0);
    ck_assert_uint_eq(actions[CM_NOTIFY_ACTION_DEVICEINTERFACEARRIVAL], 1);
    ck_assert_uint_eq(CM_Get_Device_Interface_List_Size(&length, &toast, NULL, 0), CR_SUCCESS);
    ck_assert_uint_eq(length, utf16_length(last_link, 300) + 2);
    ck_assert_uint_eq(CM_Get_Device_Interface_List(&toast, NULL, list, length - 1, 0),
                      CR_BUFFER_SMALL);
    ck_assert_uint_eq(CM_Get_Device_Interface_List(&toast, NULL, list, length, 0), CR_SUCCESS);
    ck_assert(memcmp(list, last_link, (length - 1) * sizeof(WCHAR)) == 0);
    remove_toaster(0);
    ck_assert_uint_eq(actions[CM_NOTIFY_ACTION_DEVICEINTERFACEREMOVAL], 1);
    ck_assert_uint_eq(CM_Unregister_Notification(handle), CR_SUCCESS);
    /* For each class: two of them arrive. */
    filter.Flags = CM_NOTIFY_FILTER_FLAG_ALL_INTERFACE_CLASSES;
    ck_assert_uint_eq(CM_Register_Notification(&filter, actions, hear_cm, &handle), CR_SUCCESS);
    add_toaster(1);
    ck_assert_uint_eq(actions[CM_NOTIFY_ACTION_DEVICEINTERFACEARRIVAL], 3);
    ck_assert_uint_eq(CM_Unregister_Notification(handle), CR_SUCCESS);
}
END_TEST

START_TEST(a_user_mode_driver_is_asked_by_the_handle_that_it_has)
{
    CM_NOTIFY_FILTER filter = filter_of(CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE);
    open_child_by_target();
    filter.u.DeviceHandle.hTarget = WdfIoTargetWdmGetTargetFileHandle(target);
    ck_assert_uint_eq(CM_Register_Notification(&filter, actions, hear_cm, &handle), CR_SUCCESS);
    handle_answer = 5;
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    ck_assert_uint_eq(actions[CM_NOTIFY_ACTION_DEVICEQUERYREMOVE], 1);
    ck_assert_uint_eq(actions[CM_NOTIFY_ACTION_DEVICEQUERYREMOVEFAILED], 1);
    remove_toaster(0);
    ck_assert_uint_eq(actions[CM_NOTIFY_ACTION_DEVICEREMOVECOMPLETE], 1);
    ck_assert_uint_eq(CM_Unregister_Notification(handle), CR_SUCCESS);
    WdfObjectDelete(target);
}
END_TEST

/* WdfDevicePostEvent */
START_TEST(what_a_device_posts_comes_to_who_has_it_open)
{
    BYTE data[] = "toast";
    CM_NOTIFY_FILTER filter = filter_of(CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE);
    open_child_by_target();
    filter.u.DeviceHandle.hTarget = WdfIoTargetWdmGetTargetFileHandle(target);
    ck_assert_uint_eq(CM_Register_Notification(&filter, actions, hear_cm, &handle), CR_SUCCESS);
    ck_status_eq(WdfDevicePostEvent(wdf_device(), &other, WdfEventBroadcast, data, sizeof(data)),
                 STATUS_SUCCESS); /* of another device */
    ck_status_eq(WdfDevicePostEvent(children[0], &other, WdfEventReserved, data, sizeof(data)),
                 STATUS_INVALID_PARAMETER);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(actions[CM_NOTIFY_ACTION_DEVICECUSTOMEVENT], 0);
    ck_status_eq(WdfDevicePostEvent(children[0], &other, WdfEventBroadcast, data, sizeof(data)),
                 STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(actions[CM_NOTIFY_ACTION_DEVICECUSTOMEVENT], 1);
    ck_assert_str_eq(posted, "toast");
    ck_assert_uint_eq(CM_Unregister_Notification(handle), CR_SUCCESS);
    WdfObjectDelete(target);
}
END_TEST

START_TEST(a_filter_that_makes_no_sense_is_refused)
{
    CM_NOTIFY_FILTER filter = filter_of(CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE);
    ck_assert_uint_eq(CM_Register_Notification(NULL, NULL, hear_cm, &handle), CR_INVALID_POINTER);
    filter.Flags = 8;
    ck_assert_uint_eq(CM_Register_Notification(&filter, NULL, hear_cm, &handle), CR_INVALID_FLAG);
    filter.Flags = 0;
    filter.cbSize--;
    ck_assert_uint_eq(CM_Register_Notification(&filter, NULL, hear_cm, &handle), CR_INVALID_DATA);
    filter = filter_of(CM_NOTIFY_FILTER_TYPE_DEVICEINSTANCE);
    ck_assert_uint_eq(CM_Register_Notification(&filter, NULL, hear_cm, &handle), CR_INVALID_DATA);
}
END_TEST

static Suite *notification_suite(void)
{
    Suite *suite = suite_create("notification");
    TCase *tests = tcase_create("notification");
    tcase_add_checked_fixture(tests, setup, bus_stop);
    tcase_add_test(tests, a_driver_hears_of_interfaces_that_come_and_go);
    tcase_add_test(tests, what_has_come_can_be_opened);
    tcase_add_test(tests, what_is_there_is_told_of_when_it_is_asked_for);
    tcase_add_test(tests, an_interface_that_its_driver_holds_back_is_not_announced_by_the_start);
    tcase_add_test(tests, a_control_device_has_no_interface_to_be_held_back);
    tcase_add_test(tests, a_device_that_is_removed_has_no_interfaces);
    tcase_add_test(tests, a_registration_may_end_in_its_own_callback);
    tcase_add_test(tests, a_registration_may_end_while_it_hears_of_what_is_there);
    tcase_add_test(tests, a_registration_ends_once);
    tcase_add_test(tests, what_is_not_unregistered_ends_with_the_driver);
    tcase_add_test(tests, interfaces_are_listed);
    tcase_add_test(tests, interfaces_are_listed_of_one_stack);
    tcase_add_test(tests, a_registration_that_makes_no_sense_is_refused);
    tcase_add_test(tests, a_driver_is_asked_whether_a_device_may_go);
    tcase_add_test(tests, a_driver_hears_once_that_a_device_has_gone);
    tcase_add_test(tests, a_callback_runs_in_one_thread_at_a_time);
    tcase_add_test(tests, a_user_mode_driver_hears_of_interfaces);
    tcase_add_test(tests, a_user_mode_driver_is_asked_by_the_handle_that_it_has);
    tcase_add_test(tests, what_a_device_posts_comes_to_who_has_it_open);
    tcase_add_test(tests, a_filter_that_makes_no_sense_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(notification_suite());
}
