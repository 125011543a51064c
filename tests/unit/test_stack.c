/* Filters: what a stack does without their help (S5.12, S4.6, S17.1-S17.17). */
#include "stack.h"

#include <fcntl.h>
#include <string.h>

#include <wdfuse/poll.h>
#include <wdmsec.h>

#include "framework/device/device.h"
#include "unit.h"

static WDFREQUEST held;
static WDFQUEUE bottom_queue;
static unsigned presented;
static char written[64];
static WDFFILEOBJECT seen_file;
static char history[256];

static void note(const char *what)
{
    strncat(history, what, sizeof(history) - strlen(history) - 1);
    strncat(history, " ", sizeof(history) - strlen(history) - 1);
}

/* The function driver at the bottom: answers reads with "ok", keeps writes' data. */
static VOID serve(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    presented++;
    seen_file = WdfRequestGetFileObject(Request);
    PVOID buffer;
    size_t length;
    switch (parameters.Type) {
    case WdfRequestTypeRead:
        ck_status_eq(WdfRequestRetrieveOutputBuffer(Request, 2, &buffer, NULL), STATUS_SUCCESS);
        memcpy(buffer, "ok", 2);
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, 2);
        return;
    case WdfRequestTypeWrite:
        ck_status_eq(WdfRequestRetrieveInputBuffer(Request, 1, &buffer, &length), STATUS_SUCCESS);
        memcpy(written, buffer, length);
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, length);
        return;
    default:
        ck_status_eq(WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, &length), STATUS_SUCCESS);
        for (size_t i = 0; i < length; i++)
            ((char *)buffer)[i]++;
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, length);
    }
}

static NTSTATUS function_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    bottom_queue =
        create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, serve);
    return STATUS_SUCCESS;
}

static VOID hold(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    presented++;
    held = Request;
}

static NTSTATUS holding_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    bottom_queue = create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, hold);
    return STATUS_SUCCESS;
}

static NTSTATUS manual_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    bottom_queue = create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchManual, NULL);
    return STATUS_SUCCESS;
}

static void setup(void)
{
    held = NULL;
    presented = 0;
    seen_file = NULL;
    memset(history, 0, sizeof(history));
    memset(written, 0, sizeof(written));
}

#define CONTROL CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

static void check_that_all_is_served(void)
{
    WDFUSEFILE file = open_file();
    char buffer[8] = "";
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(buffer), &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(buffer, "ok");
    ck_status_eq(WdfuseInprocWrite(file, "hello", 5, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 5);
    ck_assert_str_eq(written, "hello");
    ck_status_eq(WdfuseInprocIoctl(file, CONTROL, "abc", 3, buffer, 3, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 3);
    ck_assert_mem_eq(buffer, "bcd", 3);
    ck_assert_uint_eq(presented, 3);
    close_file(file);
}

START_TEST(a_filter_without_queues_passes_everything)
{
    stack_start(function_driver, bare_filter); /* S5.12, S10.34 */
    check_that_all_is_served();
}
END_TEST

START_TEST(twenty_filters_pass_everything)
{
    PFN_WDF_DRIVER_DEVICE_ADD layers[22] = {function_driver};
    for (unsigned i = 1; i < 21; i++)
        layers[i] = bare_filter;
    stack_start_layers(layers);
    check_that_all_is_served();
}
END_TEST

static VOID note_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    note("read");
    WdfRequestComplete(Request, STATUS_UNSUCCESSFUL);
}

static NTSTATUS read_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE of = create_filter(DeviceInit);
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = note_read;
    ck_status_eq(WdfIoQueueCreate(of, &config, WDF_NO_OBJECT_ATTRIBUTES, NULL), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

START_TEST(what_the_default_queue_has_no_handler_for_is_passed)
{
    stack_start(function_driver, read_filter); /* S5.12, the fourth row */
    WDFUSEFILE file = open_file();
    size_t count;
    char buffer[4];
    ck_status_eq(WdfuseInprocWrite(file, "x", 1, &count), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(buffer), &count), STATUS_UNSUCCESSFUL);
    ck_assert_str_eq(history, "read ");
    close_file(file);
}
END_TEST

static NTSTATUS function_without_queues(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    create_layer(DeviceInit);
    return STATUS_SUCCESS;
}

START_TEST(what_nobody_takes_is_refused)
{
    stack_start(function_without_queues, bare_filter); /* S5.2 */
    WDFUSEFILE file = open_file();
    size_t count;
    ck_status_eq(WdfuseInprocWrite(file, "x", 1, &count), STATUS_INVALID_DEVICE_REQUEST);
    close_file(file);
}
END_TEST

START_TEST(a_filter_at_the_bottom_has_nobody_to_ask)
{
    stack_start(bare_filter);
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &file), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- files ---- */

static VOID note_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    ck_assert_ptr_eq(WdfFileObjectGetDevice(FileObject), Device);
    note("create");
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID note_cleanup(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    note("cleanup");
}

static VOID note_close(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    note("close");
}

static VOID note_upper_cleanup(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    note("CLEANUP");
}

static VOID note_upper_close(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    note("CLOSE");
}

static NTSTATUS file_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, note_create, note_close, note_cleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
    bottom_queue =
        create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, serve);
    return STATUS_SUCCESS;
}

static NTSTATUS file_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, note_upper_close, note_upper_cleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
    create_filter(DeviceInit);
    return STATUS_SUCCESS;
}

START_TEST(create_cleanup_and_close_go_down)
{
    stack_start(file_driver, file_filter); /* S4.6, S4.18, S4.20, S10.35, S17.17 */
    WDFUSEFILE file = open_file();
    ck_assert_str_eq(history, "create ");
    size_t count;
    ck_status_eq(WdfuseInprocWrite(file, "x", 1, &count), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(seen_file);
    ck_assert_ptr_eq(WdfFileObjectGetDevice(seen_file), layer_devices[0]);
    close_file(file);
    ck_assert_str_eq(history, "create CLEANUP cleanup CLOSE close ");
}
END_TEST

static VOID refuse_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    WdfRequestComplete(Request, STATUS_ACCESS_DENIED);
}

static NTSTATUS refusing_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, refuse_create, note_close, note_cleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
    create_layer(DeviceInit);
    return STATUS_SUCCESS;
}

START_TEST(a_create_that_fails_below_fails)
{
    stack_start(refusing_driver, file_filter, bare_filter);
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &file), STATUS_ACCESS_DENIED);
    ck_assert_str_eq(history, "");
}
END_TEST

static NTSTATUS keeping_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, note_upper_close, note_upper_cleanup);
    config.AutoForwardCleanupClose = WdfFalse;
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
    create_filter(DeviceInit);
    return STATUS_SUCCESS;
}

START_TEST(files_end_at_a_filter_that_does_not_forward)
{
    stack_start(file_driver, keeping_filter); /* S4.6: WdfFalse */
    WDFUSEFILE file = open_file();
    size_t count;
    ck_status_eq(WdfuseInprocWrite(file, "x", 1, &count), STATUS_SUCCESS);
    ck_assert_ptr_null(seen_file); /* the device below never knew of it */
    close_file(file);
    ck_assert_str_eq(history, "CLEANUP CLOSE ");
}
END_TEST

START_TEST(cleanup_cancels_what_is_queued_below)
{
    stack_start(manual_driver, bare_filter); /* S4.18 */
    WDFUSEFILE file = open_file();
    char buffer[4];
    WDFUSEIO io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    close_file(file);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

/* ---- cancelling, removal ---- */

START_TEST(a_client_that_gives_up_is_heard_below)
{
    stack_start(manual_driver, bare_filter, bare_filter);
    WDFUSEFILE file = open_file();
    char buffer[4];
    WDFUSEIO io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    ck_assert(!WdfuseInprocIsComplete(io));
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(removal_cancels_what_waits_below)
{
    stack_start(manual_driver, bare_filter);
    WDFUSEFILE file = open_file();
    char buffer[4];
    WDFUSEIO io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    close_file(file);
    device_stop();
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(requests_at_the_bottom_are_answered_at_the_top)
{
    stack_start(holding_driver, bare_filter);
    WDFUSEFILE file = open_file();
    char buffer[4] = "";
    WDFUSEIO io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    ck_assert_uint_eq(presented, 1);
    WdfuseInprocCancel(io);
    ck_assert(!WdfuseInprocIsComplete(io)); /* the driver has not made it cancelable */
    ck_assert(WdfRequestIsCanceled(held));
    PVOID memory;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(held, 4, &memory, NULL), STATUS_SUCCESS);
    memcpy(memory, "late", 4);
    WdfRequestCompleteWithInformation(held, STATUS_SUCCESS, 4);
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 4);
    ck_assert_mem_eq(buffer, "late", 4);
    close_file(file);
}
END_TEST

/* ---- PnP and power ---- */

static NTSTATUS enter_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(PreviousState);
    note(Device == layer_devices[0] ? "D0" : "d0");
    return STATUS_SUCCESS;
}

static NTSTATUS exit_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(TargetState);
    note(Device == layer_devices[0] ? "DX" : "dx");
    return STATUS_SUCCESS;
}

static NTSTATUS query_remove(WDFDEVICE Device)
{
    note(Device == layer_devices[0] ? "QUERY" : "query");
    return STATUS_SUCCESS;
}

static NTSTATUS fail_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    (void)enter_d0(Device, PreviousState);
    return STATUS_IO_DEVICE_ERROR;
}

static PFN_WDF_DEVICE_D0_ENTRY filter_d0_entry;

static NTSTATUS add_with_power(PWDFDEVICE_INIT DeviceInit, PFN_WDF_DEVICE_D0_ENTRY entry)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = entry;
    callbacks.EvtDeviceD0Exit = exit_d0;
    callbacks.EvtDeviceQueryRemove = query_remove;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    create_layer(DeviceInit);
    return STATUS_SUCCESS;
}

static NTSTATUS power_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    return add_with_power(DeviceInit, enter_d0);
}

static NTSTATUS power_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WdfFdoInitSetFilter(DeviceInit);
    return add_with_power(DeviceInit, filter_d0_entry);
}

START_TEST(up_from_the_bottom_and_down_from_the_top)
{
    filter_d0_entry = enter_d0;
    stack_start(power_driver, power_filter); /* S17.11 */
    ck_assert_str_eq(history, "D0 d0 ");
    history[0] = '\0';
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_str_eq(history, "dx DX ");
    history[0] = '\0';
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(history, "D0 d0 ");
    history[0] = '\0';
    device_stop();
    ck_assert_str_eq(history, "dx DX ");
}
END_TEST

START_TEST(a_start_that_fails_above_takes_those_below_with_it)
{
    filter_d0_entry = fail_d0;
    const PFN_WDF_DRIVER_DEVICE_ADD layers[] = {power_driver, power_filter, bare_filter, NULL};
    ck_status_eq(stack_try_start_layers(layers), STATUS_DEVICE_POWER_FAILURE); /* S17.13 */
    ck_assert_str_eq(history, "D0 d0 DX ");
}
END_TEST

static NTSTATUS failing_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    create_filter(DeviceInit);
    return STATUS_NO_SUCH_DEVICE;
}

static NTSTATUS absent_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(DeviceInit);
    return STATUS_SUCCESS;
}

static NTSTATUS failing_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    create_layer(DeviceInit);
    return STATUS_NO_SUCH_DEVICE;
}

START_TEST(a_stack_is_built_without_a_filter_that_fails)
{
    stack_start(function_driver, failing_filter, absent_driver, bare_filter); /* S17.4, S17.5 */
    check_that_all_is_served();
}
END_TEST

START_TEST(a_function_driver_that_fails_ends_the_stack)
{
    const PFN_WDF_DRIVER_DEVICE_ADD layers[] = {bare_filter, failing_driver, NULL};
    ck_status_eq(stack_try_start_layers(layers), STATUS_NO_SUCH_DEVICE); /* S17.4 */
}
END_TEST

static NTSTATUS direct_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WdfDeviceInitSetDeviceType(DeviceInit, FILE_DEVICE_SERIAL_PORT);
    WdfDeviceInitSetCharacteristics(DeviceInit, FILE_REMOVABLE_MEDIA, TRUE);
    WdfDeviceInitSetIoType(DeviceInit, WdfDeviceIoDirect);
    create_layer(DeviceInit);
    return STATUS_SUCCESS;
}

/* ---- clients that do not wait ---- */

/* What a filter only passes on enters below it, so poll returns what the driver there reports. */
START_TEST(poll_is_answered_by_the_device_that_is_asked)
{
    stack_start(function_driver, bare_filter, bare_filter); /* <wdfuse/poll.h> */
    WDFUSEFILE file = open_file();
    ck_assert_uint_eq(WdfuseInprocPoll(file), WdfusePollIn | WdfusePollOut);
    WdfuseDeviceSetPollEvents(layer_devices[0], WdfusePollOut);
    ck_assert_uint_eq(WdfuseInprocPoll(file), WdfusePollOut);
    char byte;
    size_t count;
    WdfuseInprocSetFlags(file, O_NONBLOCK);
    ck_status_eq(WdfuseInprocRead(file, &byte, 1, &count), STATUS_CANT_WAIT);
    ck_assert_uint_eq(presented, 0);
}
END_TEST

static NTSTATUS holding_files_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, note_close, note_cleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
    create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, hold);
    return STATUS_SUCCESS;
}

/* The cleanup of all layers waits for a write that was accepted below. */
START_TEST(an_accepted_write_outlives_its_file)
{
    stack_start(holding_files_driver, bare_filter, bare_filter);
    WDFUSEFILE file = open_file();
    size_t count;
    WdfuseInprocSetFlags(file, O_NONBLOCK);
    ck_status_eq(WdfuseInprocWrite(file, "x", 1, &count), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(held);
    close_file(file);
    ck_assert_str_eq(history, "");
    WdfRequestCompleteWithInformation(held, STATUS_SUCCESS, 1);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(history, "cleanup close ");
}
END_TEST

/* What enters below is cancelled when that device is removed, and not earlier. */
START_TEST(removal_cancels_what_has_entered_below)
{
    stack_start(manual_driver, bare_filter, bare_filter); /* S11.17 */
    char buffer[4];
    WDFUSEIO io = WdfuseInprocBeginRead(open_file(), buffer, sizeof(buffer));
    device_remove(
        CONTAINING_RECORD(io_device_from_handle(layer_devices[2]), struct wdf_device, io));
    ck_assert(WdfuseInprocIsComplete(io));
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

/* S17.7: all bits but one are replaced. */
START_TEST(characteristics_can_be_replaced)
{
    stack_start(direct_driver, bare_filter);
    WdfDeviceSetCharacteristics(layer_devices[0], FILE_READ_ONLY_DEVICE);
    ck_assert_uint_eq(WdfDeviceGetCharacteristics(layer_devices[0]),
                      FILE_READ_ONLY_DEVICE | FILE_DEVICE_SECURE_OPEN);
    ck_assert_uint_ne(WdfDeviceGetCharacteristics(layer_devices[1]) & FILE_REMOVABLE_MEDIA, 0);
}
END_TEST

/* S17.2 */
START_TEST(only_what_is_added_can_be_a_filter)
{
    stack_start(function_driver);
    PWDFDEVICE_INIT init = WdfControlDeviceInitAllocate(WdfGetDriver(), &SDDL_DEVOBJ_SYS_ALL);
    WdfFdoInitSetFilter(init);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "can be a filter's"));
    WdfDeviceInitFree(init);
}
END_TEST

START_TEST(a_filter_is_what_the_device_below_is)
{
    stack_start(direct_driver, bare_filter); /* S3.15, S17.3, S17.6 */
    ck_assert_int_eq(io_device_from_handle(layer_devices[1])->settings.transfer_type,
                     WdfDeviceIoDirect);
    ck_assert_uint_ne(WdfDeviceGetCharacteristics(layer_devices[1]) & FILE_REMOVABLE_MEDIA, 0);
}
END_TEST

static WDFQUEUE of_function;
static WDFQUEUE of_filter[3]; /* WdfUseDefault, WdfTrue, WdfFalse */

static WDFQUEUE create_manual_queue(WDFDEVICE of, WDF_TRI_STATE power_managed)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.PowerManaged = power_managed;
    WDFQUEUE queue;
    ck_status_eq(WdfIoQueueCreate(of, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue), STATUS_SUCCESS);
    return queue;
}

static NTSTATUS function_driver_with_queue(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    of_function = create_manual_queue(create_layer(DeviceInit), WdfUseDefault);
    return STATUS_SUCCESS;
}

static NTSTATUS filter_with_queues(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created = create_filter(DeviceInit);
    of_filter[0] = create_manual_queue(created, WdfUseDefault);
    of_filter[1] = create_manual_queue(created, WdfTrue);
    of_filter[2] = create_manual_queue(created, WdfFalse);
    return STATUS_SUCCESS;
}

static bool is_held_by_pnp(WDFQUEUE queue)
{
    return (WdfIoQueueGetState(queue, NULL, NULL) & WdfIoQueuePnpHeld) != 0;
}

/* S6.4: otherwise a filter's requests that wait below would delay every suspend. */
START_TEST(a_filters_queue_is_power_managed_only_if_it_says_so)
{
    stack_start(function_driver_with_queue, filter_with_queues);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert(is_held_by_pnp(of_function));
    ck_assert(!is_held_by_pnp(of_filter[0]));
    ck_assert(is_held_by_pnp(of_filter[1]));
    ck_assert(!is_held_by_pnp(of_filter[2]));
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stack");
    TCase *tcase = tcase_create("stack");
    tcase_add_checked_fixture(tcase, setup, device_stop);
    tcase_add_test(tcase, a_filter_without_queues_passes_everything);
    tcase_add_test(tcase, twenty_filters_pass_everything);
    tcase_add_test(tcase, what_the_default_queue_has_no_handler_for_is_passed);
    tcase_add_test(tcase, what_nobody_takes_is_refused);
    tcase_add_test(tcase, a_filter_at_the_bottom_has_nobody_to_ask);
    tcase_add_test(tcase, create_cleanup_and_close_go_down);
    tcase_add_test(tcase, a_create_that_fails_below_fails);
    tcase_add_test(tcase, files_end_at_a_filter_that_does_not_forward);
    tcase_add_test(tcase, cleanup_cancels_what_is_queued_below);
    tcase_add_test(tcase, a_client_that_gives_up_is_heard_below);
    tcase_add_test(tcase, removal_cancels_what_waits_below);
    tcase_add_test(tcase, requests_at_the_bottom_are_answered_at_the_top);
    tcase_add_test(tcase, up_from_the_bottom_and_down_from_the_top);
    tcase_add_test(tcase, a_start_that_fails_above_takes_those_below_with_it);
    tcase_add_test(tcase, a_stack_is_built_without_a_filter_that_fails);
    tcase_add_test(tcase, a_function_driver_that_fails_ends_the_stack);
    tcase_add_test(tcase, poll_is_answered_by_the_device_that_is_asked);
    tcase_add_test(tcase, an_accepted_write_outlives_its_file);
    tcase_add_test(tcase, removal_cancels_what_has_entered_below);
    tcase_add_test(tcase, characteristics_can_be_replaced);
    tcase_add_test(tcase, only_what_is_added_can_be_a_filter);
    tcase_add_test(tcase, a_filter_is_what_the_device_below_is);
    tcase_add_test(tcase, a_filters_queue_is_power_managed_only_if_it_says_so);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
