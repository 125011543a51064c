/* Routing: which queue a request goes to, zero lengths, and the removal of the device (S5.5-S5.25,
 * S11.17). */
#include <fcntl.h>

#include "holding.h"
#include "port/thread.h"
#include "unit.h"

static VOID hold_transfer(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    hold_request(Queue, Request);
}

static VOID hold_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                         size_t InputBufferLength, ULONG IoControlCode)
{
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
    hold_request(Queue, Request);
}

static const WDF_REQUEST_TYPE types[] = {WdfRequestTypeRead, WdfRequestTypeWrite,
                                         WdfRequestTypeDeviceControl};

static WDFUSEIO begin_of_type(WDFUSEFILE file, WDF_REQUEST_TYPE type, size_t length)
{
    if (type == WdfRequestTypeRead)
        return begin_read(file, length);
    if (type == WdfRequestTypeWrite)
        return begin_write(file, length);
    return begin_control(file, 0x1234, length, length);
}

/* ---- configuration ---- */

static WDFQUEUE second;
static NTSTATUS configured;
static VOID (*configure)(WDFDEVICE Device);

/* A second queue before the device starts: a manual one. */
static VOID create_second(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    ck_status_eq(WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &second),
                 STATUS_SUCCESS);
    configure(Device);
}

static WDF_REQUEST_TYPE type_of_second;

static VOID configure_type(WDFDEVICE Device)
{
    configured = WdfDeviceConfigureRequestDispatching(Device, second, type_of_second);
}

static VOID configure_default_queue(WDFDEVICE Device)
{
    configured = WdfDeviceConfigureRequestDispatching(Device, queue, WdfRequestTypeRead);
}

static void start_with_second(VOID (*how)(WDFDEVICE), WDF_REQUEST_TYPE type)
{
    configure = how;
    type_of_second = type;
    prepare_device = create_second;
    start_queue(WdfIoQueueDispatchParallel);
}

static const struct {
    WDF_REQUEST_TYPE type;
    NTSTATUS expected;
} configurations[] = {
    {WdfRequestTypeCreate, STATUS_SUCCESS},
    {WdfRequestTypeRead, STATUS_SUCCESS},
    {WdfRequestTypeWrite, STATUS_SUCCESS},
    {WdfRequestTypeDeviceControl, STATUS_SUCCESS},
    {WdfRequestTypeDeviceControlInternal, STATUS_SUCCESS},
    {WdfRequestTypeClose, STATUS_INVALID_PARAMETER},
    {WdfRequestTypeCleanup, STATUS_INVALID_PARAMETER},
    {(WDF_REQUEST_TYPE)0x7FFF, STATUS_INVALID_PARAMETER},
};

/* S5.6 */
START_TEST(five_types_of_request_can_be_given_to_a_queue)
{
    start_with_second(configure_type, configurations[_i].type);
    ck_status_eq(configured, configurations[_i].expected);
}
END_TEST

/* S5.6 */
START_TEST(the_default_queue_is_not_given_a_type)
{
    start_with_second(configure_default_queue, WdfRequestTypeRead);
    ck_status_eq(configured, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S1.35, S6.80 */
START_TEST(a_queue_that_was_given_a_type_cannot_be_deleted)
{
    start_with_second(configure_type, WdfRequestTypeRead);
    WdfObjectDelete(second);
    begin_read(open_file(), 8);
    ck_queue(second, 1, 0);
}
END_TEST

/* ---- routing ---- */

/* S5.5 */
START_TEST(the_default_queue_gets_every_type_that_no_other_was_given)
{
    start_queue(WdfIoQueueDispatchManual);
    begin_of_type(open_file(), types[_i], 8);
    ck_queue(queue, 1, 0);
}
END_TEST

/* S5.12 */
START_TEST(a_request_that_no_queue_takes_is_an_invalid_device_request)
{
    start_device();
    WDFUSEIO io = begin_of_type(open_file(), types[_i], 8);
    ck_assert_uint_eq(answer(io, STATUS_INVALID_DEVICE_REQUEST), 0);
}
END_TEST

static void start_with_reads_only(void)
{
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = NULL;
    queue_config.EvtIoRead = hold_transfer;
    start_device();
}

/* S5.12, S5.13, S15.20 */
START_TEST(a_request_without_a_callback_is_answered_when_it_would_be_dispatched)
{
    start_with_reads_only();
    WdfIoQueueStop(queue, NULL, NULL);
    WDFUSEIO io = begin_control(open_file(), 0x1234, 8, 8);
    ck_pending(io);
    WdfIoQueueStart(queue);
    answer(io, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S5.13 */
START_TEST(a_request_without_a_callback_waits_while_a_sequential_queue_is_busy)
{
    start_with_reads_only();
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    WDFUSEIO io = begin_write(file, 8);
    ck_pending(io);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- zero length ---- */

static WDFUSEIO start_and_begin_empty(bool allows, WDF_REQUEST_TYPE type)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.AllowZeroLengthRequests = allows;
    start_device();
    return begin_of_type(open_file(), type, 0);
}

/* S5.21, S5.23, S15.32 */
START_TEST(a_transfer_of_no_bytes_succeeds_without_a_callback)
{
    WDFUSEIO io = start_and_begin_empty(false, types[_i]);
    ck_assert_uint_eq(answer(io, STATUS_SUCCESS), 0);
    ck_assert_uint_eq(counts.presented, 0);
}
END_TEST

/* S5.21, S15.32 */
START_TEST(a_read_of_no_bytes_keeps_its_place_in_order)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    WDFUSEIO empty = begin_read(file, 0);
    ck_pending(empty);
    complete_held(STATUS_SUCCESS);
    answer(empty, STATUS_SUCCESS);
}
END_TEST

/* S5.23, S15.33 */
START_TEST(a_control_of_no_bytes_is_presented)
{
    start_and_begin_empty(false, WdfRequestTypeDeviceControl);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

/* S5.23 */
START_TEST(a_read_of_no_bytes_without_a_callback_is_an_invalid_device_request)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = NULL;
    queue_config.EvtIoDeviceControl = hold_control;
    start_device();
    WDFUSEIO io = begin_read(open_file(), 0);
    answer(io, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S5.24 */
START_TEST(a_transfer_of_no_bytes_is_presented_to_a_queue_that_allows_it)
{
    start_and_begin_empty(true, types[_i]);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

/* S5.24, S15.32 */
START_TEST(a_read_of_no_bytes_has_no_buffer)
{
    start_and_begin_empty(true, WdfRequestTypeRead);
    PVOID output;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 0, &output, NULL), STATUS_BUFFER_TOO_SMALL);
}
END_TEST

/* ---- removal ---- */

static struct port_thread remover;
static _Atomic(bool) is_removed;

static void stop_device(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    WdfuseInprocStop(device);
    is_removed = true;
}

/* The removal waits for files to be closed, so a test closes them while it is under way. */
static void begin_removal(void)
{
    is_removed = false;
    ck_assert_int_eq(port_thread_start(&remover, "remover", stop_device, NULL), 0);
}

static void end_removal(WDFUSEFILE file)
{
    close_file(file);
    port_thread_join(&remover);
    device = NULL;
}

static bool state_has(unsigned bit)
{
    return ((unsigned)WdfIoQueueGetState(queue, NULL, NULL) & bit) != 0;
}

/* Removal with one request that the driver has and one that waits. */
static WDFUSEIO owned_io, queued_io;

static WDFUSEFILE begin_removal_with_two(WDF_TRI_STATE power_managed)
{
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.PowerManaged = power_managed;
    start_device();
    WDFUSEFILE file = open_file();
    owned_io = begin_read(file, 8);
    queued_io = begin_read(file, 8);
    begin_removal();
    return file;
}

static const WDF_TRI_STATE managements[] = {WdfTrue, WdfFalse};

/* S6.71, S11.17 */
START_TEST(removal_cancels_what_waits)
{
    WDFUSEFILE file = begin_removal_with_two(managements[_i]);
    eventually(WdfuseInprocIsComplete(queued_io));
    answer(queued_io, STATUS_CANCELLED);
    complete_held(STATUS_SUCCESS);
    end_removal(file);
}
END_TEST

/* S6.71, S11.24 */
START_TEST(removal_waits_for_what_the_driver_owns)
{
    WDFUSEFILE file = begin_removal_with_two(managements[_i]);
    eventually(WdfuseInprocIsComplete(queued_io));
    ck_assert(!is_removed);
    complete_held(STATUS_SUCCESS);
    answer(owned_io, STATUS_SUCCESS);
    end_removal(file);
}
END_TEST

static _Atomic(unsigned) cancels;

static VOID count_cancel(WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    cancels++;
}

/* S6.71, S7.31 */
START_TEST(removal_cancels_the_cancelable_requests_of_the_driver)
{
    cancels = 0;
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.PowerManaged = managements[_i];
    start_device();
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    ck_status_eq(WdfRequestMarkCancelableEx(held(), count_cancel), STATUS_SUCCESS);
    begin_removal();
    eventually(cancels == 1);
    complete_held(STATUS_CANCELLED);
    end_removal(file);
}
END_TEST

/* S11.18 */
START_TEST(a_request_that_meets_a_device_on_its_way_down_waits_and_is_cancelled)
{
    WDFUSEFILE file = begin_removal_with_two(WdfTrue);
    eventually(state_has(WdfIoQueuePnpHeld));
    WDFUSEIO late = begin_read(file, 8);
    ck_pending(late);
    complete_held(STATUS_SUCCESS);
    eventually(WdfuseInprocIsComplete(late));
    answer(late, STATUS_CANCELLED);
    end_removal(file);
}
END_TEST

/* S6.71, S11.18 */
START_TEST(a_request_that_meets_a_purged_queue_at_removal_is_an_invalid_device_state)
{
    WDFUSEFILE file = begin_removal_with_two(WdfFalse);
    eventually(!state_has(WdfIoQueueAcceptRequests));
    WDFUSEIO late = begin_read(file, 8);
    answer(late, STATUS_INVALID_DEVICE_STATE);
    complete_held(STATUS_SUCCESS);
    end_removal(file);
}
END_TEST

static VOID hold_in_callers_context(WDFDEVICE Device, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Device);
    counts.presented++;
    hold(Request);
}

static VOID register_caller_context(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, hold_in_callers_context);
}

/* S11.18: clients that keep sending requests do not delay the end. */
START_TEST(a_request_during_removal_is_not_seen_in_the_callers_context)
{
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.PowerManaged = WdfFalse;
    prepare_init = register_caller_context;
    start_device();
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    begin_removal();
    eventually(!state_has(WdfIoQueueAcceptRequests));
    answer(begin_read(file, 8), STATUS_INVALID_DEVICE_STATE);
    ck_assert_uint_eq(counts.presented, 1);
    complete_held(STATUS_SUCCESS);
    end_removal(file);
}
END_TEST

/* A device that is being removed cannot be opened (lifecycle.h). */
START_TEST(an_open_during_removal_finds_the_device_removed)
{
    WDFUSEFILE file = begin_removal_with_two(WdfFalse);
    eventually(!state_has(WdfIoQueueAcceptRequests));
    WDFUSEFILE late;
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &late), STATUS_DEVICE_REMOVED);
    complete_held(STATUS_SUCCESS);
    end_removal(file);
}
END_TEST

/* S6.8 */
START_TEST(a_queue_does_not_accept_again_during_removal)
{
    WDFUSEFILE file = begin_removal_with_two(WdfFalse);
    eventually(!state_has(WdfIoQueueAcceptRequests));
    WdfIoQueueStart(queue);
    bool accepts_after_start = state_has(WdfIoQueueAcceptRequests);
    WdfIoQueueStop(queue, NULL, NULL);
    bool accepts_after_stop = state_has(WdfIoQueueAcceptRequests);
    complete_held(STATUS_SUCCESS);
    end_removal(file);
    ck_assert(!accepts_after_start && !accepts_after_stop);
}
END_TEST

/* S6.5 */
START_TEST(a_queue_that_is_created_during_removal_does_not_accept)
{
    WDFUSEFILE file = begin_removal_with_two(WdfFalse);
    eventually(!state_has(WdfIoQueueAcceptRequests));
    WDFQUEUE late = create_queue(WdfIoQueueDispatchManual);
    unsigned state = (unsigned)WdfIoQueueGetState(late, NULL, NULL);
    complete_held(STATUS_SUCCESS);
    end_removal(file);
    ck_assert((state & WdfIoQueueAcceptRequests) == 0);
}
END_TEST

/* The file outlives the device's services (lifecycle.h). */
START_TEST(a_request_after_removal_finds_the_device_removed)
{
    start_device();
    WDFUSEFILE file = open_file();
    begin_removal();
    char byte;
    eventually(WdfuseInprocRead(file, &byte, 1, NULL) == STATUS_DEVICE_REMOVED);
    end_removal(file);
}
END_TEST

static TCase *dispatch_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    return tests;
}

static TCase *configuration_tests(void)
{
    TCase *tests = dispatch_case("configuration");
    tcase_add_loop_test(tests, five_types_of_request_can_be_given_to_a_queue, 0,
                        RTL_NUMBER_OF(configurations));
    tcase_add_test(tests, the_default_queue_is_not_given_a_type);
    tcase_add_test(tests, a_queue_that_was_given_a_type_cannot_be_deleted);
    return tests;
}

static TCase *routing_tests(void)
{
    TCase *tests = dispatch_case("routing");
    tcase_add_loop_test(tests, the_default_queue_gets_every_type_that_no_other_was_given, 0,
                        RTL_NUMBER_OF(types));
    tcase_add_loop_test(tests, a_request_that_no_queue_takes_is_an_invalid_device_request, 0,
                        RTL_NUMBER_OF(types));
    tcase_add_test(tests, a_request_without_a_callback_is_answered_when_it_would_be_dispatched);
    tcase_add_test(tests, a_request_without_a_callback_waits_while_a_sequential_queue_is_busy);
    return tests;
}

static TCase *zero_length_tests(void)
{
    TCase *tests = dispatch_case("zero length");
    tcase_add_loop_test(tests, a_transfer_of_no_bytes_succeeds_without_a_callback, 0, 2);
    tcase_add_test(tests, a_read_of_no_bytes_keeps_its_place_in_order);
    tcase_add_test(tests, a_control_of_no_bytes_is_presented);
    tcase_add_test(tests, a_read_of_no_bytes_without_a_callback_is_an_invalid_device_request);
    tcase_add_loop_test(tests, a_transfer_of_no_bytes_is_presented_to_a_queue_that_allows_it, 0, 2);
    tcase_add_test(tests, a_read_of_no_bytes_has_no_buffer);
    return tests;
}

static TCase *removal_tests(void)
{
    TCase *tests = dispatch_case("removal");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, removal_cancels_what_waits, 0, 2);
    tcase_add_loop_test(tests, removal_waits_for_what_the_driver_owns, 0, 2);
    tcase_add_loop_test(tests, removal_cancels_the_cancelable_requests_of_the_driver, 0, 2);
    tcase_add_test(tests, a_request_that_meets_a_device_on_its_way_down_waits_and_is_cancelled);
    tcase_add_test(tests,
                   a_request_that_meets_a_purged_queue_at_removal_is_an_invalid_device_state);
    tcase_add_test(tests, a_request_during_removal_is_not_seen_in_the_callers_context);
    tcase_add_test(tests, an_open_during_removal_finds_the_device_removed);
    tcase_add_test(tests, a_queue_does_not_accept_again_during_removal);
    tcase_add_test(tests, a_queue_that_is_created_during_removal_does_not_accept);
    tcase_add_test(tests, a_request_after_removal_finds_the_device_removed);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("dispatch");
    suite_add_tcase(suite, configuration_tests());
    suite_add_tcase(suite, routing_tests());
    suite_add_tcase(suite, zero_length_tests());
    suite_add_tcase(suite, removal_tests());
    return unit_run(suite);
}
