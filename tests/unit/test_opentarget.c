/*
 * I/O targets that are opened: by name, by device, again; and what happens to them when the device
 * is removed (S10.2-S10.4, S17.9). Two drivers: the peer, whose device is opened, and the device
 * under test (device.h), which sends.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "device.h"
#include "framework/device/device.h"
#include "stack.h"
#include "unit.h"

#define CONTROL CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_READ_ACCESS)

static const GUID class = {
    0x01234567, 0x89ab, 0xcdef, {1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
#define CLASS_FOLDER "by-interface/{01234567-89ab-cdef-0123-456789abcdef}/"

/* ---- the peer ---- */

static WDFUSEDEVICE peer;
static WDFREQUEST held;
static _Atomic(WDFREQUEST) held_create;
static WDFFILEOBJECT file_of_peer; /* the last one */
static bool holds, holds_creates, objects_to_removal;
static NTSTATUS create_status;
static unsigned creates, cleanups, closes;

static VOID on_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    creates++;
    file_of_peer = FileObject;
    held_create = Request;
    if (!holds_creates)
        WdfRequestComplete(Request, create_status);
}

static VOID on_cleanup(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    cleanups++;
}

static VOID on_close(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    closes++;
}

static VOID let_go(WDFREQUEST Request)
{
    held = NULL;
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID on_io(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    if (!holds) {
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, 0);
        return;
    }
    held = Request;
    ck_status_eq(WdfRequestMarkCancelableEx(Request, let_go), STATUS_SUCCESS);
}

static NTSTATUS on_query_remove(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return objects_to_removal ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

static NTSTATUS peer_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG files;
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_IO_QUEUE_CONFIG queue;
    WDFDEVICE created;
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\Peer0");
    DECLARE_CONST_UNICODE_STRING(link, L"\\DosDevices\\Peer");
    WDF_FILEOBJECT_CONFIG_INIT(&files, on_create, on_close, on_cleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDeviceQueryRemove = on_query_remove;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &pnp);
    ck_status_eq(WdfDeviceInitAssignName(DeviceInit, &name), STATUS_SUCCESS);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
    if (!NT_SUCCESS(status))
        return status;
    ck_status_eq(WdfDeviceCreateSymbolicLink(created, &link), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceCreateDeviceInterface(created, &class, NULL), STATUS_SUCCESS);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchParallel);
    queue.EvtIoDefault = on_io;
    return WdfIoQueueCreate(created, &queue, WDF_NO_OBJECT_ATTRIBUTES, NULL);
}

static NTSTATUS peer_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, peer_add);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, NULL);
}

static void start_peer(void)
{
    ck_status_eq(WdfuseInprocStart(peer_entry, "peer", &peer), STATUS_SUCCESS);
}

static void stop_peer(void)
{
    WdfuseInprocStop(peer);
    peer = NULL;
}

static void pull_peer(void)
{
    WdfuseInprocSurpriseStop(peer);
    peer = NULL;
}

/* ---- the driver that opens it ---- */

static WDFIOTARGET target;
static NTSTATUS opened_at_start; /* of opens in EvtDriverDeviceAdd, then in D0Entry */
static PCSTR opens_at_start;
static unsigned asked, canceled, completed;
static NTSTATUS remove_answer;
static bool closes_when_asked, reopens_when_canceled, closes_when_complete;

static void open_params(WDF_IO_TARGET_OPEN_PARAMS *params, UNICODE_STRING *name, WCHAR *buffer,
                        PCSTR text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i <= length; i++)
        buffer[i] = (WCHAR)text[i];
    RtlInitUnicodeString(name, buffer);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(params, name, GENERIC_READ);
}

static NTSTATUS open_named(PCSTR text)
{
    WCHAR buffer[200];
    UNICODE_STRING name;
    WDF_IO_TARGET_OPEN_PARAMS params;
    open_params(&params, &name, buffer, text);
    NTSTATUS status = WdfIoTargetOpen(target, &params);
    ck_assert_uint_eq(params.FileInformation, NT_SUCCESS(status) ? FILE_OPENED : 0);
    return status;
}

static NTSTATUS reopen(void)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(&params);
    return WdfIoTargetOpen(target, &params);
}

static NTSTATUS may_go(WDFIOTARGET IoTarget)
{
    ck_assert_ptr_eq(IoTarget, target);
    asked++;
    if (closes_when_asked)
        WdfIoTargetCloseForQueryRemove(IoTarget);
    return remove_answer;
}

static VOID stays(WDFIOTARGET IoTarget)
{
    ck_assert_ptr_eq(IoTarget, target);
    canceled++;
    if (reopens_when_canceled)
        ck_status_eq(reopen(), STATUS_SUCCESS);
}

static VOID has_gone(WDFIOTARGET IoTarget)
{
    ck_assert_ptr_eq(IoTarget, target);
    completed++;
    if (closes_when_complete)
        WdfIoTargetClose(IoTarget);
}

static NTSTATUS open_listening(void)
{
    WCHAR buffer[200];
    UNICODE_STRING name;
    WDF_IO_TARGET_OPEN_PARAMS params;
    open_params(&params, &name, buffer, "\\Device\\Peer0");
    params.EvtIoTargetQueryRemove = may_go;
    params.EvtIoTargetRemoveCanceled = stays;
    params.EvtIoTargetRemoveComplete = has_gone;
    return WdfIoTargetOpen(target, &params);
}

static void open_at_start(void)
{
    opened_at_start = opens_at_start != NULL ? open_named(opens_at_start) : STATUS_SUCCESS;
}

static NTSTATUS on_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    open_at_start();
    return STATUS_SUCCESS;
}

static NTSTATUS opener_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDFDEVICE created;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDeviceD0Entry = on_entry;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &pnp);
    ck_status_eq(WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created), STATUS_SUCCESS);
    create_default_queue(created, WdfIoQueueDispatchParallel, on_io);
    ck_status_eq(WdfIoTargetCreate(created, WDF_NO_OBJECT_ATTRIBUTES, &target), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

static void setup(void)
{
    holds = holds_creates = objects_to_removal = false;
    create_status = remove_answer = STATUS_SUCCESS;
    creates = cleanups = closes = asked = canceled = completed = 0;
    closes_when_asked = reopens_when_canceled = closes_when_complete = true;
    opens_at_start = NULL;
    held = NULL;
    held_create = NULL;
    device_start_with(opener_add);
    start_peer();
}

static void teardown(void)
{
    if (peer != NULL)
        stop_peer();
    if (device != NULL)
        device_stop();
}

static NTSTATUS send_control(void)
{
    return WdfIoTargetSendIoctlSynchronously(target, NULL, CONTROL, NULL, NULL, NULL, NULL);
}

static WDFDEVICE peer_device(void)
{
    return WdfuseInprocGetDevice(peer);
}

static bool may_peer_be_removed(void)
{
    return device_query_remove(device_from_handle(peer_device()));
}

/* ---- by name ---- */

static const char *const names[] = {
    "\\Device\\Peer0",
    "\\DEVICE\\peer0",
    "\\Device\\peer", /* the node's */
    "\\DosDevices\\Peer",
    "\\DosDevices\\Global\\Peer",
    "\\??\\PEER",
    "\\Global??\\Peer",
    "\\\\.\\Peer",
    "\\\\?\\Peer",
    CLASS_FOLDER,
    CLASS_FOLDER "peer",
    "\\??\\" CLASS_FOLDER "peer",
};

/* S10.2: each name leads to the device, where a create request arrives. */
START_TEST(a_target_is_opened_by_any_of_the_devices_names)
{
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    ck_status_eq(open_named(names[_i]), STATUS_SUCCESS);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted);
    ck_assert_uint_eq(creates, 1);
    ck_status_eq(send_control(), STATUS_SUCCESS);
    WdfIoTargetClose(target);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 1);
    ck_status_eq(send_control(), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

static const char *const unknown_names[] = {
    "Peer",
    "Peer0",
    "\\",
    "\\Peer",
    "\\Device\\Peer1",
    "\\Device\\Peer0\\",
    "\\DosDevices\\Peer0x",
    "\\??\\",
    "\\\\.\\",
    "by-interface/",
    CLASS_FOLDER "x",
    "\\??\\by-name/Peer",
};

/* S10.3: the status of the open. */
START_TEST(an_unknown_name_opens_nothing)
{
    ck_status_eq(open_named(unknown_names[_i]), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    ck_assert_uint_eq(creates, 0);
}
END_TEST

/* S3.23: the string of an interface is unique, and opens its device. */
START_TEST(the_string_of_an_interface_opens_its_device)
{
    WDFSTRING string;
    UNICODE_STRING text;
    WDF_IO_TARGET_OPEN_PARAMS params;
    ck_status_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceRetrieveDeviceInterfaceString(peer_device(), &class, NULL, string),
                 STATUS_SUCCESS);
    WdfStringGetUnicodeString(string, &text);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &text, STANDARD_RIGHTS_ALL);
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
    WdfIoTargetClose(target);
    WdfDeviceSetDeviceInterfaceState(peer_device(), &class, NULL, FALSE);
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* S10.3 */
START_TEST(what_the_create_is_refused_with_is_the_answer)
{
    create_status = STATUS_ACCESS_DENIED;
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_ACCESS_DENIED);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    create_status = STATUS_SUCCESS;
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
}
END_TEST

/* S10.3 */
START_TEST(bad_parameters_are_refused)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    UNICODE_STRING none = {0};
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &none, GENERIC_READ);
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_INVALID_PARAMETER);
    params.Size--;
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_INFO_LENGTH_MISMATCH);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params, NULL);
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_INVALID_PARAMETER);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params,
                                                   WdfDeviceWdmGetDeviceObject(peer_device()));
    params.EvtIoTargetQueryRemove = may_go; /* without a file */
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_INVALID_PARAMETER);
    params.Type = WdfIoTargetOpenUndefined;
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_INVALID_PARAMETER);
    params.Type = WdfIoTargetOpenLocalTargetByFile; /* of the user-mode framework */
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_INVALID_PARAMETER);
    ck_status_eq(reopen(), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S10.3 */
START_TEST(an_open_target_is_not_opened_again)
{
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_INVALID_DEVICE_STATE);
    ck_status_eq(reopen(), STATUS_INVALID_DEVICE_STATE);
    WdfIoTargetStop(target, WdfIoTargetCancelSentIo);
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_INVALID_DEVICE_STATE);
    ck_assert_uint_eq(creates, 1);
}
END_TEST

/* S10.4 */
START_TEST(a_closed_target_is_reopened_by_its_name)
{
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
    WdfIoTargetCloseForQueryRemove(target);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosedForQueryRemove);
    ck_assert_uint_eq(closes, 1);
    ck_status_eq(reopen(), STATUS_SUCCESS);
    ck_status_eq(send_control(), STATUS_SUCCESS);
    WdfIoTargetClose(target);
    WdfIoTargetCloseForQueryRemove(target); /* it is closed: nothing happens */
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    ck_status_eq(reopen(), STATUS_SUCCESS);
    ck_assert_uint_eq(creates, 3);
}
END_TEST

/* S10.4 */
START_TEST(closing_cancels_what_was_sent)
{
    WDFREQUEST request;
    holds = true;
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
    ck_status_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, target, &request), STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetFormatRequestForIoctl(target, request, CONTROL, NULL, NULL, NULL, NULL),
                 STATUS_SUCCESS);
    ck_assert(WdfRequestSend(request, target, WDF_NO_SEND_OPTIONS));
    ck_assert_ptr_nonnull(held);
    WdfIoTargetClose(target);
    ck_assert_ptr_null(held);
    ck_status_eq(WdfRequestGetStatus(request), STATUS_CANCELLED);
    ck_assert_uint_eq(closes, 1);
    WdfObjectDelete(request);
}
END_TEST

/* S10.4, S1.35: deletion closes. */
START_TEST(a_deleted_target_has_closed_its_file)
{
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
    WdfObjectDelete(target);
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* S10.11: so does the removal of its owner, which does not affect the other device. */
START_TEST(the_owners_removal_closes_the_target)
{
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
    device_stop();
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* ---- at the start ---- */

static const char *const names_at_start[] = {"\\Device\\Peer0", "\\Device\\test"};

/* A device that starts later can open one that has started. It can't open itself: its queues do not
 * run yet, so nobody could answer. */
START_TEST(a_device_is_opened_by_another_ones_start_but_not_by_its_own)
{
    device_stop();
    opens_at_start = names_at_start[_i];
    device_start_with(opener_add);
    ck_status_eq(opened_at_start, _i == 0 ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(a_device_can_open_itself_once_it_has_started)
{
    ck_status_eq(open_named("\\Device\\test"), STATUS_SUCCESS);
    ck_status_eq(send_control(), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetDeviceObject(target),
                     WdfDeviceWdmGetDeviceObject(WdfuseInprocGetDevice(device)));
    device_stop();
}
END_TEST

/* ---- an existing device ---- */

/* S10.2, S17.9 */
START_TEST(an_existing_device_is_a_target_without_a_create)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    PDEVICE_OBJECT object = WdfDeviceWdmGetDeviceObject(peer_device());
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params, object);
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
    ck_assert_uint_eq(creates, 0);
    ck_status_eq(send_control(), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetDeviceObject(target), object);
    ck_assert_ptr_null(WdfIoTargetWdmGetTargetFileObject(target));
    pull_peer();
    ck_status_eq(send_control(), STATUS_DEVICE_REMOVED);
    WdfIoTargetClose(target);
    ck_status_eq(reopen(), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

static NTSTATUS open_existing_with(WDFFILEOBJECT file)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params,
                                                   WdfDeviceWdmGetDeviceObject(peer_device()));
    params.TargetFileObject = WdfFileObjectWdmGetFileObject(file);
    params.EvtIoTargetRemoveComplete = has_gone;
    return WdfIoTargetOpen(target, &params);
}

/* The lent file is not closed before the target is. */
START_TEST(an_existing_device_may_come_with_an_open_file)
{
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpen(peer, O_RDWR, &file), STATUS_SUCCESS);
    ck_status_eq(open_existing_with(file_of_peer), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetFileObject(target),
                     WdfFileObjectWdmGetFileObject(file_of_peer));
    WdfuseInprocClose(file);
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 0);
    ck_status_eq(send_control(), STATUS_SUCCESS);
    if (_i == 0)
        WdfIoTargetClose(target);
    else
        pull_peer();
    ck_assert_uint_eq(completed, _i);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* S17.9: without a bus driver below, its device can be compared, but does not answer. */
START_TEST(the_bus_drivers_device_is_a_target_that_answers_nothing)
{
    WDFDEVICE own = WdfuseInprocGetDevice(device);
    PDEVICE_OBJECT physical = WdfDeviceWdmGetPhysicalDevice(own);
    WDF_IO_TARGET_OPEN_PARAMS params;
    ck_assert_ptr_nonnull(physical);
    ck_assert_ptr_eq(physical, WdfDeviceWdmGetAttachedDevice(own));
    ck_assert_ptr_ne(physical, WdfDeviceWdmGetPhysicalDevice(peer_device()));
    ck_assert_ptr_ne(physical, WdfDeviceWdmGetDeviceObject(own));
    ck_assert_ptr_null(WdfWdmDeviceGetWdfDeviceHandle(physical));
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetDeviceObject(WdfDeviceGetIoTarget(own)), physical);
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetPhysicalDevice(WdfDeviceGetIoTarget(own)), physical);
    ck_assert_ptr_null(WdfIoTargetWdmGetTargetDeviceObject(target));
    ck_assert_ptr_null(WdfIoTargetWdmGetTargetPhysicalDevice(target));
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params, physical);
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
    ck_status_eq(send_control(), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- removal of the other device ---- */

/* S10.4: closed when its device is queried, closed for good when that has gone. */
START_TEST(a_target_without_callbacks_closes_itself)
{
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
    stop_peer();
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    ck_assert_uint_eq(closes, 1);
    ck_status_eq(reopen(), STATUS_OBJECT_NAME_NOT_FOUND);
    start_peer();
    ck_status_eq(reopen(), STATUS_SUCCESS);
}
END_TEST

START_TEST(the_driver_hears_of_the_removal)
{
    ck_status_eq(open_listening(), STATUS_SUCCESS);
    ck_assert(may_peer_be_removed());
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosedForQueryRemove);
    stop_peer();
    ck_assert_uint_eq(asked, 1);
    ck_assert_uint_eq(completed, 1);
    ck_assert_uint_eq(canceled, 0);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
}
END_TEST

START_TEST(a_device_that_vanishes_is_not_asked_about)
{
    holds = true;
    ck_status_eq(open_listening(), STATUS_SUCCESS);
    pull_peer();
    ck_assert_uint_eq(asked, 0);
    ck_assert_uint_eq(completed, 1);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
}
END_TEST

/* EvtIoTargetQueryRemove refuses: the device's own driver is not asked, and the target is told. */
START_TEST(a_target_can_object)
{
    remove_answer = STATUS_UNSUCCESSFUL;
    closes_when_asked = reopens_when_canceled = false;
    ck_status_eq(open_listening(), STATUS_SUCCESS);
    ck_assert(!may_peer_be_removed());
    ck_assert_uint_eq(asked, 1);
    ck_assert_uint_eq(canceled, 1);
    ck_status_eq(send_control(), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_removal_that_is_canceled_reopens_the_target)
{
    objects_to_removal = true;
    ck_status_eq(open_listening(), STATUS_SUCCESS);
    ck_assert(!may_peer_be_removed());
    ck_assert_uint_eq(asked, 1);
    ck_assert_uint_eq(canceled, 1);
    ck_assert_uint_eq(creates, 2);
    ck_status_eq(send_control(), STATUS_SUCCESS);
    ck_assert(!may_peer_be_removed()); /* it is told each time */
    ck_assert_uint_eq(asked, 2);
    ck_assert_uint_eq(canceled, 2);
}
END_TEST

START_TEST(without_callbacks_it_is_reopened_by_itself)
{
    objects_to_removal = true;
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
    ck_assert(!may_peer_be_removed());
    ck_assert_uint_eq(creates, 2);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted);
    ck_status_eq(send_control(), STATUS_SUCCESS);
}
END_TEST

static void *open_in_thread(void *unused)
{
    (void)unused;
    ck_status_eq(open_named("\\Device\\Peer0"), STATUS_SUCCESS);
    return NULL;
}

#define RACES 200

/* The removal sees the open, however far it has come: a file left open afterwards would delay the
 * deletion of the device for ever. */
START_TEST(an_open_meets_the_removal)
{
    holds_creates = true;
    for (unsigned i = 0; i < RACES; i++) {
        pthread_t thread;
        held_create = NULL;
        ck_assert_int_eq(pthread_create(&thread, NULL, open_in_thread, NULL), 0);
        eventually(held_create != NULL);
        WdfRequestComplete(held_create, STATUS_SUCCESS);
        pull_peer();
        pthread_join(thread, NULL);
        ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
        start_peer();
    }
}
END_TEST

/* Nobody hangs because a driver forgets to close. */
START_TEST(a_target_that_is_left_open_is_closed_with_a_break)
{
    closes_when_asked = closes_when_complete = false;
    ck_status_eq(open_listening(), STATUS_SUCCESS);
    stop_peer();
    ck_assert_uint_eq(completed, 1);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "is still open"));
}
END_TEST

/* S10.2: the default target belongs to the framework. */
START_TEST(a_default_target_is_never_opened)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(&params);
    WdfIoTargetOpen(WdfDeviceGetIoTarget(WdfuseInprocGetDevice(device)), &params);
    ck_abort_msg("it was opened");
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *suite = suite_create("opentarget");
    TCase *open = tcase_create("open");
    tcase_add_checked_fixture(open, setup, teardown);
    tcase_add_loop_test(open, a_target_is_opened_by_any_of_the_devices_names, 0, COUNT(names));
    tcase_add_loop_test(open, an_unknown_name_opens_nothing, 0, COUNT(unknown_names));
    tcase_add_test(open, the_string_of_an_interface_opens_its_device);
    tcase_add_test(open, what_the_create_is_refused_with_is_the_answer);
    tcase_add_test(open, bad_parameters_are_refused);
    tcase_add_test(open, an_open_target_is_not_opened_again);
    tcase_add_test(open, a_closed_target_is_reopened_by_its_name);
    tcase_add_test(open, closing_cancels_what_was_sent);
    tcase_add_test(open, a_deleted_target_has_closed_its_file);
    tcase_add_test(open, the_owners_removal_closes_the_target);
    tcase_add_loop_test(open, a_device_is_opened_by_another_ones_start_but_not_by_its_own, 0,
                        COUNT(names_at_start));
    tcase_add_test(open, a_device_can_open_itself_once_it_has_started);
    tcase_add_test(open, an_existing_device_is_a_target_without_a_create);
    tcase_add_loop_test(open, an_existing_device_may_come_with_an_open_file, 0, 2);
    tcase_add_test(open, the_bus_drivers_device_is_a_target_that_answers_nothing);
    suite_add_tcase(suite, open);

    TCase *removal = tcase_create("removal");
    tcase_add_checked_fixture(removal, setup, teardown);
    tcase_add_test(removal, a_target_without_callbacks_closes_itself);
    tcase_add_test(removal, the_driver_hears_of_the_removal);
    tcase_add_test(removal, a_device_that_vanishes_is_not_asked_about);
    tcase_add_test(removal, a_target_can_object);
    tcase_add_test(removal, a_removal_that_is_canceled_reopens_the_target);
    tcase_add_test(removal, without_callbacks_it_is_reopened_by_itself);
    tcase_add_test(removal, an_open_meets_the_removal);
    tcase_add_test(removal, a_target_that_is_left_open_is_closed_with_a_break);
    suite_add_tcase(suite, removal);

    TCase *ends = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(ends, setup, teardown);
    tcase_add_test_raise_signal(ends, a_default_target_is_never_opened, SIGABRT);
    suite_add_tcase(suite, ends);
    return unit_run(suite);
}
