/* What a queue presents, when, and to which callback (S6.28-S6.36). */
#include <string.h>

#include "holding.h"
#include "unit.h"

/* ---- when ---- */

static WDFUSEIO marked[4];

static void begin_four(void)
{
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 4; i++)
        marked[i] = begin_marked_write(file, (char)('A' + i));
}

/* S6.30 */
START_TEST(a_sequential_queue_gives_the_driver_one_request_at_a_time)
{
    start_queue(WdfIoQueueDispatchSequential);
    begin_four();
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

/* S6.29 */
START_TEST(a_sequential_queue_presents_in_the_order_of_arrival)
{
    start_queue(WdfIoQueueDispatchSequential);
    begin_four();
    char order[5] = "";
    for (unsigned i = 0; i < 4; i++) {
        order[i] = mark_of(held());
        complete_held(STATUS_SUCCESS);
    }
    ck_assert_str_eq(order, "ABCD");
}
END_TEST

/* S6.30 */
START_TEST(a_sequential_queue_goes_on_when_its_request_is_forwarded)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    begin_four();
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

/* S6.31 */
START_TEST(a_parallel_queue_presents_everything_without_a_limit)
{
    start_queue(WdfIoQueueDispatchParallel);
    begin_four();
    ck_queue(queue, 0, 4);
}
END_TEST

static void start_parallel(ULONG limit)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.Settings.Parallel.NumberOfPresentedRequests = limit;
    start_device();
}

/* S6.31 */
START_TEST(a_parallel_queue_presents_no_more_than_its_limit)
{
    start_parallel(2);
    begin_four();
    ck_queue(queue, 2, 2);
}
END_TEST

/* S6.31 */
START_TEST(a_parallel_queue_at_its_limit_goes_on_when_one_is_completed)
{
    start_parallel(2);
    begin_four();
    complete_held(STATUS_SUCCESS);
    ck_queue(queue, 1, 2);
}
END_TEST

/* S6.2 */
START_TEST(a_parallel_queue_with_a_limit_of_none_never_dispatches)
{
    start_parallel(0);
    begin_four();
    ck_queue(queue, 4, 0);
}
END_TEST

/* S6.32 */
START_TEST(a_manual_queue_keeps_everything_until_it_is_retrieved)
{
    start_queue(WdfIoQueueDispatchManual);
    begin_four();
    ck_queue(queue, 4, 0);
}
END_TEST

/* S6.29: the head is presented; the newcomer waits behind it. */
START_TEST(a_request_never_overtakes_one_that_waits)
{
    start_parallel(1);
    begin_four();
    WdfIoQueueStop(queue, NULL, NULL);
    complete_held(STATUS_SUCCESS);
    WDFUSEFILE file = open_file();
    begin_marked_write(file, 'E');
    WdfIoQueueStart(queue);
    ck_assert_int_eq(mark_of(held()), 'B');
}
END_TEST

/* S6.35: nothing is dispatched inside a completion that is made inside a callback. */
static unsigned depth, deepest;

static VOID complete_at_once(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    depth++;
    deepest = depth > deepest ? depth : deepest;
    WdfRequestComplete(Request, STATUS_SUCCESS);
    depth--;
}

/* S6.35 */
START_TEST(completing_inside_a_callback_does_not_call_back_again_inside)
{
    deepest = 0;
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = complete_at_once;
    start_device();
    WdfIoQueueStop(queue, NULL, NULL);
    begin_four();
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(deepest, 1);
}
END_TEST

/* ---- which callback ---- */

static struct {
    const char *name;
    WDFQUEUE queue;
    size_t first, second;
    ULONG code;
} call;

static VOID note_default(WDFQUEUE Queue, WDFREQUEST Request)
{
    call.name = "default";
    call.queue = Queue;
    hold(Request);
}

static VOID note_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    call.name = "read";
    call.queue = Queue;
    call.first = Length;
    hold(Request);
}

static VOID note_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    note_read(Queue, Request, Length);
    call.name = "write";
}

static VOID note_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                         size_t InputBufferLength, ULONG IoControlCode)
{
    call.name = "control";
    call.queue = Queue;
    call.first = OutputBufferLength;
    call.second = InputBufferLength;
    call.code = IoControlCode;
    hold(Request);
}

static void start_with_handlers(bool has_default, bool has_specific)
{
    memset(&call, 0, sizeof(call));
    call.name = "none";
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = has_default ? note_default : NULL;
    queue_config.EvtIoRead = has_specific ? note_read : NULL;
    queue_config.EvtIoWrite = has_specific ? note_write : NULL;
    queue_config.EvtIoDeviceControl = has_specific ? note_control : NULL;
    start_device();
}

static WDFUSEIO begin_of_type(WDF_REQUEST_TYPE type)
{
    WDFUSEFILE file = open_file();
    if (type == WdfRequestTypeRead)
        return begin_read(file, 11);
    if (type == WdfRequestTypeWrite)
        return begin_write(file, 12);
    return begin_control(file, 0x80041234, 13, 14);
}

static const struct {
    WDF_REQUEST_TYPE type;
    bool has_default, has_specific;
    const char *expected;
} choices[] = {
    {WdfRequestTypeRead, true, true, "read"},
    {WdfRequestTypeRead, true, false, "default"},
    {WdfRequestTypeRead, false, true, "read"},
    {WdfRequestTypeWrite, true, true, "write"},
    {WdfRequestTypeWrite, true, false, "default"},
    {WdfRequestTypeWrite, false, true, "write"},
    {WdfRequestTypeDeviceControl, true, true, "control"},
    {WdfRequestTypeDeviceControl, true, false, "default"},
    {WdfRequestTypeDeviceControl, false, true, "control"},
};

/* S6.33 */
START_TEST(the_specific_callback_is_chosen_before_the_default_one)
{
    start_with_handlers(choices[_i].has_default, choices[_i].has_specific);
    begin_of_type(choices[_i].type);
    ck_assert_str_eq(call.name, choices[_i].expected);
}
END_TEST

/* S6.33 */
START_TEST(a_request_without_a_callback_for_it_is_an_invalid_device_request)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = NULL;
    queue_config.EvtIoRead = note_read;
    start_device();
    WDFUSEIO io = begin_write(open_file(), 8);
    answer(io, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.34 */
START_TEST(a_read_callback_gets_its_queue_and_the_length)
{
    start_with_handlers(false, true);
    begin_of_type(WdfRequestTypeRead);
    ck_assert(call.queue == queue && call.first == 11);
}
END_TEST

/* S6.34 */
START_TEST(a_write_callback_gets_its_queue_and_the_length)
{
    start_with_handlers(false, true);
    begin_of_type(WdfRequestTypeWrite);
    ck_assert(call.queue == queue && call.first == 12);
}
END_TEST

/* S6.34 */
START_TEST(a_control_callback_gets_output_length_then_input_length_then_the_code)
{
    start_with_handlers(false, true);
    begin_of_type(WdfRequestTypeDeviceControl);
    ck_assert(call.queue == queue && call.first == 14 && call.second == 13 &&
              call.code == 0x80041234);
}
END_TEST

static TCase *dispatch_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    return tests;
}

static TCase *dispatching_tests(void)
{
    TCase *tests = dispatch_case("dispatching");
    tcase_add_test(tests, a_sequential_queue_gives_the_driver_one_request_at_a_time);
    tcase_add_test(tests, a_sequential_queue_presents_in_the_order_of_arrival);
    tcase_add_test(tests, a_sequential_queue_goes_on_when_its_request_is_forwarded);
    tcase_add_test(tests, a_parallel_queue_presents_everything_without_a_limit);
    tcase_add_test(tests, a_parallel_queue_presents_no_more_than_its_limit);
    tcase_add_test(tests, a_parallel_queue_at_its_limit_goes_on_when_one_is_completed);
    tcase_add_test(tests, a_parallel_queue_with_a_limit_of_none_never_dispatches);
    tcase_add_test(tests, a_manual_queue_keeps_everything_until_it_is_retrieved);
    tcase_add_test(tests, a_request_never_overtakes_one_that_waits);
    tcase_add_test(tests, completing_inside_a_callback_does_not_call_back_again_inside);
    return tests;
}

static TCase *callbacks_tests(void)
{
    TCase *tests = dispatch_case("callbacks");
    tcase_add_loop_test(tests, the_specific_callback_is_chosen_before_the_default_one, 0,
                        RTL_NUMBER_OF(choices));
    tcase_add_test(tests, a_request_without_a_callback_for_it_is_an_invalid_device_request);
    tcase_add_test(tests, a_read_callback_gets_its_queue_and_the_length);
    tcase_add_test(tests, a_write_callback_gets_its_queue_and_the_length);
    tcase_add_test(tests, a_control_callback_gets_output_length_then_input_length_then_the_code);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("queue dispatch");
    suite_add_tcase(suite, dispatching_tests());
    suite_add_tcase(suite, callbacks_tests());
    return unit_run(suite);
}
