/* Start, stop, purge, drain and their completion (S6.11-S6.25). */
#include <signal.h>

#include "holding.h"
#include "unit.h"

static unsigned state_of(WDFQUEUE of)
{
    return (unsigned)WdfIoQueueGetState(of, NULL, NULL);
}

static unsigned gate_of(WDFQUEUE of)
{
    return state_of(of) & (WdfIoQueueAcceptRequests | WdfIoQueueDispatchRequests);
}

static WDFUSEIO ios[4];

/* Three requests on a sequential queue: the driver has one, two wait. */
static void start_with_one_owned_and_two_queued(void)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 3; i++)
        ios[i] = begin_read(file, 8);
}

/* ---- the table of S6.11 ---- */

static VOID stop(WDFQUEUE of)
{
    WdfIoQueueStop(of, note_state, NULL);
}

static VOID stop_and_purge(WDFQUEUE of)
{
    WdfIoQueueStopAndPurge(of, note_state, NULL);
}

static VOID purge(WDFQUEUE of)
{
    WdfIoQueuePurge(of, note_state, NULL);
}

static VOID drain(WDFQUEUE of)
{
    WdfIoQueueDrain(of, note_state, NULL);
}

#define ACCEPT   WdfIoQueueAcceptRequests
#define DISPATCH WdfIoQueueDispatchRequests

static const struct {
    VOID (*operate)(WDFQUEUE of);
    VOID (*operate_synchronously)(WDFQUEUE of);
    unsigned gate;         /* after it, on a running queue */
    bool cancels;          /* queued requests, and owned cancelable ones */
    bool waits_for_queued; /* before it is complete */
} operations[] = {
    {stop, WdfIoQueueStopSynchronously, ACCEPT, false, false},
    {stop_and_purge, WdfIoQueueStopAndPurgeSynchronously, ACCEPT, true, false},
    {purge, WdfIoQueuePurgeSynchronously, DISPATCH, true, true},
    {drain, WdfIoQueueDrainSynchronously, DISPATCH, false, true},
};

/* S6.11 */
START_TEST(each_operation_leaves_the_gates_as_the_table_says)
{
    start_queue(WdfIoQueueDispatchSequential);
    operations[_i].operate(queue);
    ck_assert_uint_eq(gate_of(queue), operations[_i].gate);
}
END_TEST

/* S6.11 */
START_TEST(each_synchronous_operation_leaves_the_gates_as_the_table_says)
{
    start_queue(WdfIoQueueDispatchSequential);
    operations[_i].operate_synchronously(queue);
    ck_assert_uint_eq(gate_of(queue), operations[_i].gate);
}
END_TEST

/* S6.18 */
START_TEST(each_operation_on_an_idle_queue_is_complete_when_it_returns)
{
    start_queue(WdfIoQueueDispatchSequential);
    operations[_i].operate(queue);
    ck_assert_uint_eq(counts.states, 1);
}
END_TEST

/* S6.11, S6.15, S15.24 */
START_TEST(each_operation_waits_for_what_the_driver_owns)
{
    start_with_one_owned_and_two_queued();
    operations[_i].operate(queue);
    ck_assert_uint_eq(counts.states, 0);
}
END_TEST

/* S6.11, S6.14 */
START_TEST(the_purging_operations_cancel_what_is_queued_and_the_others_do_not)
{
    start_with_one_owned_and_two_queued();
    operations[_i].operate(queue);
    ck_queue(queue, operations[_i].cancels ? 0 : 2, 1);
}
END_TEST

/* S6.11, S15.23 */
START_TEST(the_stopping_operations_are_complete_when_the_driver_owns_nothing)
{
    start_with_one_owned_and_two_queued();
    operations[_i].operate(queue);
    complete_held(STATUS_SUCCESS);
    /* A drain goes on with the next one. */
    bool is_drain = operations[_i].waits_for_queued && !operations[_i].cancels;
    ck_assert_uint_eq(counts.states, is_drain ? 0 : 1);
}
END_TEST

/* S6.11, S7.31 */
START_TEST(the_purging_operations_cancel_the_cancelable_requests_of_the_driver)
{
    start_with_one_owned_and_two_queued();
    ck_status_eq(WdfRequestMarkCancelableEx(held(), note_cancel), STATUS_SUCCESS);
    operations[_i].operate(queue);
    ck_assert_uint_eq(counts.cancelled, operations[_i].cancels ? 1 : 0);
}
END_TEST

/* S6.11: two completed requests have no further effect; nothing is called twice. */
START_TEST(each_operation_calls_back_exactly_once)
{
    start_with_one_owned_and_two_queued();
    operations[_i].operate(queue);
    complete_held(STATUS_SUCCESS);
    WdfIoQueueStart(queue);
    for (unsigned left = operations[_i].cancels ? 0 : 2; left > 0; left--)
        complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(counts.states, 1);
}
END_TEST

/* S6.18 */
START_TEST(each_operation_works_without_a_callback)
{
    static VOID (*const without[])(WDFQUEUE, PFN_WDF_IO_QUEUE_STATE, WDFCONTEXT) = {
        WdfIoQueueStop, WdfIoQueueStopAndPurge, WdfIoQueuePurge, WdfIoQueueDrain};
    start_with_one_owned_and_two_queued();
    without[_i](queue, NULL, NULL);
    ck_assert_uint_eq(gate_of(queue), operations[_i].gate);
}
END_TEST

static struct {
    WDFQUEUE queue;
    WDFCONTEXT context;
} state_call;

static VOID keep_arguments(WDFQUEUE Queue, WDFCONTEXT Context)
{
    state_call.queue = Queue;
    state_call.context = Context;
}

/* S6.18 */
START_TEST(the_completion_callback_gets_its_queue_and_context)
{
    start_queue(WdfIoQueueDispatchSequential);
    WdfIoQueueStop(queue, keep_arguments, &ios);
    ck_assert(state_call.queue == queue && state_call.context == &ios);
}
END_TEST

/* ---- start ---- */

static unsigned gate_after_start(VOID (*operate)(WDFQUEUE))
{
    operate(queue);
    WdfIoQueueStart(queue);
    return gate_of(queue);
}

/* S6.13 */
START_TEST(start_after_each_operation_accepts_and_dispatches_again)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_assert_uint_eq(gate_after_start(operations[_i].operate), ACCEPT | DISPATCH);
}
END_TEST

/* S6.11, S6.13 */
START_TEST(start_dispatches_what_waited)
{
    start_queue(WdfIoQueueDispatchSequential);
    WdfIoQueueStop(queue, NULL, NULL);
    begin_read(open_file(), 8);
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

/* S6.13 */
START_TEST(start_of_a_running_queue_has_no_effect)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueueStart(queue);
    ck_queue(queue, 2, 1);
}
END_TEST

/* ---- stop ---- */

/* S6.11, S6.27 */
START_TEST(a_stopped_queue_keeps_what_arrives)
{
    start_queue(WdfIoQueueDispatchParallel);
    WdfIoQueueStop(queue, NULL, NULL);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_pending(io);
}
END_TEST

/* S6.12, S15.22 */
START_TEST(stop_after_purge_makes_the_queue_accept_again)
{
    start_queue(WdfIoQueueDispatchSequential);
    WdfIoQueuePurge(queue, NULL, NULL);
    WdfIoQueueStop(queue, NULL, NULL);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_pending(io);
}
END_TEST

/* S6.11, S15.27 */
START_TEST(stop_and_purge_keeps_what_arrives_later)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueueStopAndPurge(queue, NULL, NULL);
    begin_read(open_file(), 8);
    ck_queue(queue, 1, 1);
}
END_TEST

/* S6.11 */
START_TEST(stop_and_purge_answers_what_is_queued_with_cancelled)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueueStopAndPurge(queue, NULL, NULL);
    ck_assert_uint_eq(answer(ios[2], STATUS_CANCELLED), 0);
}
END_TEST

/* ---- drain ---- */

/* S6.11, S15.25 */
START_TEST(drain_presents_everything_and_then_calls_back)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueueDrain(queue, note_state, NULL);
    complete_held(STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    unsigned before = counts.states;
    complete_held(STATUS_SUCCESS);
    ck_assert(before == 0 && counts.states == 1);
}
END_TEST

/* S6.25, S15.25 */
START_TEST(a_draining_queue_refuses_what_arrives)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueueDrain(queue, NULL, NULL);
    WDFUSEIO late = begin_read(open_file(), 8);
    answer(late, STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* S6.16, S15.26 */
START_TEST(drain_of_a_stopped_queue_waits_for_start)
{
    start_queue(WdfIoQueueDispatchSequential);
    WdfIoQueueStop(queue, NULL, NULL);
    begin_read(open_file(), 8);
    WdfIoQueueDrain(queue, note_state, NULL);
    unsigned before = counts.states;
    WdfIoQueueStart(queue);
    complete_held(STATUS_SUCCESS);
    ck_assert(before == 0 && counts.states == 1);
}
END_TEST

/* S6.49 */
START_TEST(a_manual_queue_is_drained_by_retrieving)
{
    start_queue(WdfIoQueueDispatchManual);
    begin_read(open_file(), 8);
    WdfIoQueueDrain(queue, note_state, NULL);
    WdfRequestComplete(retrieve(queue), STATUS_SUCCESS);
    ck_assert_uint_eq(counts.states, 1);
}
END_TEST

/* ---- completion ---- */

static unsigned states_inside;

static VOID complete_and_stop(WDFQUEUE Queue, WDFREQUEST Request)
{
    WdfRequestComplete(Request, STATUS_SUCCESS);
    WdfIoQueueStop(Queue, note_state, NULL);
    states_inside = counts.states;
}

/* S6.19 */
START_TEST(the_completion_callback_waits_until_the_request_callback_has_returned)
{
    states_inside = 9;
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = complete_and_stop;
    start_device();
    begin_read(open_file(), 8);
    WdfuseInprocWaitForWorkers();
    ck_assert(states_inside == 0 && counts.states == 1);
}
END_TEST

/* S6.21 */
START_TEST(a_stop_and_a_purge_may_both_be_outstanding)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueueStop(queue, note_state, NULL);
    WdfIoQueuePurge(queue, note_state, NULL);
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(counts.states, 2);
}
END_TEST

/* S6.20: only a callback can be outstanding. */
START_TEST(a_second_stop_without_a_callback_keeps_the_first_ones)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueueStop(queue, note_state, NULL);
    WdfIoQueueStop(queue, NULL, NULL);
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(counts.states, 1);
}
END_TEST

static WDFUSEFILE late_file;
static WDFUSEIO late_io;

/* What a client sends while the queue calls back, as another thread could do. */
static VOID begin_late(WDFQUEUE Queue, WDFCONTEXT Context)
{
    note_state(Queue, Context);
    late_io = begin_read(late_file, 8);
}

/* S6.18 */
START_TEST(a_request_that_arrives_in_the_completion_callback_is_queued)
{
    start_queue(WdfIoQueueDispatchSequential);
    late_file = open_file();
    WdfIoQueueStop(queue, begin_late, NULL);
    ck_queue(queue, 1, 0);
}
END_TEST

static VOID start_again(WDFQUEUE Queue, WDFCONTEXT Context)
{
    note_state(Queue, Context);
    WdfIoQueueStart(Queue);
}

/* S6.13, S6.18 */
START_TEST(the_completion_callback_may_start_the_queue)
{
    start_with_one_owned_and_two_queued();
    WdfIoQueueStop(queue, start_again, NULL);
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

/* ---- synchronous ---- */

/* S6.22 */
START_TEST(the_synchronous_operations_do_nothing_above_passive_level)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    operations[_i].operate_synchronously(queue);
    WdfSpinLockRelease(lock);
    ck_assert_uint_eq(gate_of(queue), ACCEPT | DISPATCH);
}
END_TEST

/* ---- fatal ---- */

/* S6.20, S15.29 */
START_TEST(two_outstanding_callbacks_of_a_kind_are_a_bug_check)
{
    start_with_one_owned_and_two_queued();
    operations[_i].operate(queue);
    operations[_i].operate(queue);
}
END_TEST

/* S6.20 */
START_TEST(an_operation_on_a_deleted_queue_is_a_bug_check)
{
    start_device();
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WdfObjectReference(other);
    WdfObjectDelete(other);
    operations[_i].operate(other);
}
END_TEST

static TCase *state_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    return tests;
}

#define OPERATIONS RTL_NUMBER_OF(operations)

static TCase *table_tests(void)
{
    TCase *tests = state_case("table");
    tcase_add_loop_test(tests, each_operation_leaves_the_gates_as_the_table_says, 0, OPERATIONS);
    tcase_add_loop_test(tests, each_synchronous_operation_leaves_the_gates_as_the_table_says, 0,
                        OPERATIONS);
    tcase_add_loop_test(tests, each_operation_on_an_idle_queue_is_complete_when_it_returns, 0,
                        OPERATIONS);
    tcase_add_loop_test(tests, each_operation_waits_for_what_the_driver_owns, 0, OPERATIONS);
    tcase_add_loop_test(tests, the_purging_operations_cancel_what_is_queued_and_the_others_do_not,
                        0, OPERATIONS);
    tcase_add_loop_test(tests, the_stopping_operations_are_complete_when_the_driver_owns_nothing, 0,
                        OPERATIONS);
    tcase_add_loop_test(tests, the_purging_operations_cancel_the_cancelable_requests_of_the_driver,
                        0, OPERATIONS);
    tcase_add_loop_test(tests, each_operation_calls_back_exactly_once, 0, OPERATIONS);
    tcase_add_loop_test(tests, each_operation_works_without_a_callback, 0, OPERATIONS);
    tcase_add_test(tests, the_completion_callback_gets_its_queue_and_context);
    tcase_add_loop_test(tests, start_after_each_operation_accepts_and_dispatches_again, 0,
                        OPERATIONS);
    tcase_add_loop_test(tests, the_synchronous_operations_do_nothing_above_passive_level, 0,
                        OPERATIONS);
    return tests;
}

static TCase *stop_tests(void)
{
    TCase *tests = state_case("start and stop");
    tcase_add_test(tests, start_dispatches_what_waited);
    tcase_add_test(tests, start_of_a_running_queue_has_no_effect);
    tcase_add_test(tests, a_stopped_queue_keeps_what_arrives);
    tcase_add_test(tests, stop_after_purge_makes_the_queue_accept_again);
    tcase_add_test(tests, stop_and_purge_keeps_what_arrives_later);
    tcase_add_test(tests, stop_and_purge_answers_what_is_queued_with_cancelled);
    return tests;
}

static TCase *drain_tests(void)
{
    TCase *tests = state_case("drain");
    tcase_add_test(tests, drain_presents_everything_and_then_calls_back);
    tcase_add_test(tests, a_draining_queue_refuses_what_arrives);
    tcase_add_test(tests, drain_of_a_stopped_queue_waits_for_start);
    tcase_add_test(tests, a_manual_queue_is_drained_by_retrieving);
    return tests;
}

static TCase *completion_tests(void)
{
    TCase *tests = state_case("completion");
    tcase_add_test(tests, the_completion_callback_waits_until_the_request_callback_has_returned);
    tcase_add_test(tests, a_stop_and_a_purge_may_both_be_outstanding);
    tcase_add_test(tests, a_second_stop_without_a_callback_keeps_the_first_ones);
    tcase_add_test(tests, a_request_that_arrives_in_the_completion_callback_is_queued);
    tcase_add_test(tests, the_completion_callback_may_start_the_queue);
    return tests;
}

static TCase *bug_check_tests(void)
{
    TCase *tests = unit_ends(state_case("bug checks"));
    tcase_add_loop_test_raise_signal(tests, two_outstanding_callbacks_of_a_kind_are_a_bug_check,
                                     SIGABRT, 0, OPERATIONS);
    tcase_add_loop_test_raise_signal(tests, an_operation_on_a_deleted_queue_is_a_bug_check, SIGABRT,
                                     0, OPERATIONS);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("queue state");
    suite_add_tcase(suite, table_tests());
    suite_add_tcase(suite, stop_tests());
    suite_add_tcase(suite, drain_tests());
    suite_add_tcase(suite, completion_tests());
    suite_add_tcase(suite, bug_check_tests());
    return unit_run(suite);
}
