/* Power-managed queues: EvtIoStop, EvtIoResume and a driver's answers to them (S6.63 to S6.75,
 * S11.33). */
#include <string.h>

#include "device.h"
#include "port/thread.h"
#include "unit.h"

/* What EvtIoStop does with its request. */
enum stop_answer { KEEP, REQUEUE, COMPLETE, FORWARD, NOTHING, UNMARK_AND_REQUEUE };

static enum stop_answer stop_answer;
static bool marks_cancelable;
static bool has_stop;
static WDFQUEUE queue;
static WDFQUEUE parking; /* not power-managed */
static WDFREQUEST owned;
static unsigned read_count, stop_count, resume_count, cancel_count;
static ULONG stop_flags;

static VOID evt_cancel(WDFREQUEST Request)
{
    cancel_count++;
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID evt_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    read_count++;
    owned = Request;
    if (marks_cancelable)
        WdfRequestMarkCancelable(Request, evt_cancel);
}

static void (*during_stop)(void);

static VOID evt_stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    stop_count++;
    stop_flags = ActionFlags;
    if (during_stop != NULL)
        during_stop();
    switch (stop_answer) {
    case KEEP:
        WdfRequestStopAcknowledge(Request, FALSE);
        break;
    case REQUEUE:
        WdfRequestStopAcknowledge(Request, TRUE);
        break;
    case UNMARK_AND_REQUEUE:
        ck_status_eq(WdfRequestUnmarkCancelable(Request), STATUS_SUCCESS);
        WdfRequestStopAcknowledge(Request, TRUE);
        break;
    case COMPLETE:
        WdfRequestComplete(Request, STATUS_DEVICE_NOT_READY);
        break;
    case FORWARD:
        ck_status_eq(WdfRequestForwardToIoQueue(Request, parking), STATUS_SUCCESS);
        break;
    case NOTHING:
        break;
    }
}

static VOID evt_resume(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    ck_assert_ptr_eq(Request, owned);
    resume_count++;
}

static NTSTATUS add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = evt_read;
    if (has_stop)
        config.EvtIoStop = evt_stop;
    config.EvtIoResume = evt_resume;
    status = WdfIoQueueCreate(created, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.PowerManaged = WdfFalse;
    return WdfIoQueueCreate(created, &config, WDF_NO_OBJECT_ATTRIBUTES, &parking);
}

static char buffer[8];
static WDFUSEIO reading;

static void setup(void)
{
    stop_answer = KEEP;
    marks_cancelable = false;
    has_stop = true;
    during_stop = NULL;
    read_count = stop_count = resume_count = cancel_count = 0;
    stop_flags = 0;
}

/* A started device whose driver has one request. */
static void own_one_request(void)
{
    device_start_with(add);
    reading = WdfuseInprocBeginRead(open_file(), buffer, sizeof(buffer));
    ck_assert_uint_eq(read_count, 1);
}

static void suspend_and_resume(void)
{
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
}

static void finish_owned(void)
{
    WdfRequestComplete(owned, STATUS_SUCCESS);
    finish_with(reading, STATUS_SUCCESS);
}

/* S6.64, S6.65 */
START_TEST(evt_io_stop_is_called_for_a_request_that_the_driver_has)
{
    own_one_request();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_uint_eq(stop_count, 1);
    ck_assert_uint_eq(stop_flags, WdfRequestStopActionSuspend);
    finish_owned();
}
END_TEST

/* S6.66, S6.70 */
START_TEST(a_request_that_is_kept_gets_evt_io_resume)
{
    own_one_request();
    suspend_and_resume();
    ck_assert_uint_eq(resume_count, 1);
    ck_assert_uint_eq(read_count, 1);
    finish_owned();
}
END_TEST

/* S6.70 */
START_TEST(a_kept_request_that_is_cancelled_meanwhile_gets_no_evt_io_resume)
{
    own_one_request();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    WdfuseInprocCancel(reading);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_uint_eq(resume_count, 0);
    finish_owned();
}
END_TEST

static unsigned cancelled_during_stop;

static void cancel_during_stop(void)
{
    WdfuseInprocCancel(reading);
    cancelled_during_stop = cancel_count;
}

/* S6.37, S7.29 */
START_TEST(a_cancellation_waits_until_evt_io_stop_is_over)
{
    marks_cancelable = true;
    own_one_request();
    during_stop = cancel_during_stop;
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert(cancelled_during_stop == 0 && cancel_count == 1);
    finish_with(reading, STATUS_CANCELLED);
}
END_TEST

/* S6.24, S6.63 */
START_TEST(a_queue_dispatches_when_neither_the_driver_nor_power_stops_it)
{
    device_start_with(add);
    WdfIoQueueStop(queue, NULL, NULL);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    reading = WdfuseInprocBeginRead(open_file(), buffer, sizeof(buffer));
    if (_i == 0) {
        WdfIoQueueStart(queue);
        ck_assert_uint_eq(read_count, 0);
        ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    } else {
        ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
        ck_assert_uint_eq(read_count, 0);
        WdfIoQueueStart(queue);
    }
    ck_assert_uint_eq(read_count, 1);
    finish_owned();
}
END_TEST

/* S6.69 */
START_TEST(a_request_that_is_put_back_is_presented_again_after_resume)
{
    stop_answer = REQUEUE;
    own_one_request();
    suspend_and_resume();
    ck_assert_uint_eq(resume_count, 0);
    ck_assert_uint_eq(read_count, 2);
    finish_owned();
}
END_TEST

/* S6.69: to the head of the queue. */
START_TEST(a_request_that_is_put_back_comes_before_those_that_wait)
{
    stop_answer = REQUEUE;
    own_one_request();
    WDFREQUEST first = owned;
    WDFUSEIO second = WdfuseInprocBeginRead(open_file(), buffer, sizeof(buffer));
    suspend_and_resume();
    ck_assert_ptr_eq(owned, first);
    finish_owned();
    WdfRequestComplete(owned, STATUS_SUCCESS);
    finish_with(second, STATUS_SUCCESS);
}
END_TEST

/* S7.50 */
START_TEST(completing_in_evt_io_stop_takes_the_place_of_an_acknowledgement)
{
    stop_answer = COMPLETE;
    own_one_request();
    suspend_and_resume();
    finish_with(reading, STATUS_DEVICE_NOT_READY);
    ck_assert_uint_eq(resume_count, 0);
}
END_TEST

/* S6.66, S6.74: here the queue only releases its power reference; an idle device does not power
 * down. */
START_TEST(a_request_that_is_moved_to_a_queue_without_power_does_not_hold_the_transition)
{
    stop_answer = FORWARD;
    own_one_request();
    suspend_and_resume();
    ck_assert_uint_eq(resume_count, 0);
    ck_status_eq(WdfIoQueueRetrieveNextRequest(parking, &owned), STATUS_SUCCESS);
    finish_owned();
}
END_TEST

/* S6.65 */
START_TEST(the_flags_say_that_a_request_is_cancelable)
{
    marks_cancelable = true;
    own_one_request();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_uint_eq(stop_flags,
                      (ULONG)WdfRequestStopActionSuspend | WdfRequestStopRequestCancelable);
    WdfuseInprocCancel(reading);
    finish_with(reading, STATUS_CANCELLED);
}
END_TEST

/* S6.68 */
START_TEST(a_cancelable_request_can_be_put_back_once_it_is_unmarked)
{
    marks_cancelable = true;
    stop_answer = UNMARK_AND_REQUEUE;
    own_one_request();
    suspend_and_resume();
    ck_assert_uint_eq(read_count, 2);
    WdfuseInprocCancel(reading);
    finish_with(reading, STATUS_CANCELLED);
}
END_TEST

/* S6.75, S7.48 */
START_TEST(an_acknowledgement_outside_of_evt_io_stop_is_ignored_with_a_break)
{
    own_one_request();
    WdfRequestStopAcknowledge(owned, TRUE);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S6.75"));
    finish_owned();
}
END_TEST

/* S7.49: the kept request may be completed in Dx. */
START_TEST(a_kept_request_can_be_completed_while_suspended)
{
    own_one_request();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    finish_owned();
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_uint_eq(resume_count, 0);
}
END_TEST

/* S6.7, S6.47 */
START_TEST(a_suspended_queue_is_held_and_gives_nothing_out)
{
    own_one_request();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert(WdfIoQueueGetState(queue, NULL, NULL) & WdfIoQueuePnpHeld);
    WDFREQUEST request;
    ck_status_eq(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_WDF_PAUSED);
    finish_owned();
}
END_TEST

/* S6.4: with PowerManaged FALSE. */
START_TEST(a_queue_without_power_goes_on_while_suspended)
{
    own_one_request();
    ck_status_eq(WdfRequestForwardToIoQueue(owned, parking), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_uint_eq(stop_count, 0);
    ck_status_eq(WdfIoQueueRetrieveNextRequest(parking, &owned), STATUS_SUCCESS);
    finish_owned();
}
END_TEST

static _Atomic(bool) is_suspended;

static void suspend_in_a_thread(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    WdfuseInprocSuspend(device);
    is_suspended = true;
}

/* S6.66, S6.67: with an EvtIoStop that does nothing (0), and without EvtIoStop (1). */
START_TEST(a_request_without_an_answer_holds_the_transition_until_it_is_completed)
{
    stop_answer = NOTHING;
    has_stop = _i == 0;
    is_suspended = false;
    own_one_request();
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "suspend", suspend_in_a_thread, NULL), 0);
    eventually(WdfIoQueueGetState(queue, NULL, NULL) & WdfIoQueuePnpHeld);
    ck_assert(!is_suspended);
    finish_owned();
    port_thread_join(&thread);
    ck_assert(is_suspended);
}
END_TEST

static void complete_when_asked_to_purge(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    eventually(!(WdfIoQueueGetState(queue, NULL, NULL) & WdfIoQueueAcceptRequests));
    WdfRequestComplete(owned, STATUS_SUCCESS);
}

/* S6.65, S6.71 */
START_TEST(removal_asks_with_the_purge_flag_and_waits_for_the_driver)
{
    own_one_request();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "complete", complete_when_asked_to_purge, NULL), 0);
    device_stop();
    port_thread_join(&thread);
    ck_assert_uint_eq(stop_flags, WdfRequestStopActionPurge);
    finish_with(reading, STATUS_SUCCESS);
}
END_TEST

/* S7.31 */
START_TEST(removal_cancels_a_cancelable_request)
{
    marks_cancelable = true;
    own_one_request();
    device_stop();
    ck_assert_uint_eq(cancel_count, 1);
    finish_with(reading, STATUS_CANCELLED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queuepower");
    TCase *stop = tcase_create("stop and resume");
    tcase_add_checked_fixture(stop, setup, device_stop);
    tcase_add_test(stop, evt_io_stop_is_called_for_a_request_that_the_driver_has);
    tcase_add_test(stop, a_request_that_is_kept_gets_evt_io_resume);
    tcase_add_test(stop, a_kept_request_that_is_cancelled_meanwhile_gets_no_evt_io_resume);
    tcase_add_test(stop, a_cancellation_waits_until_evt_io_stop_is_over);
    tcase_add_loop_test(stop, a_queue_dispatches_when_neither_the_driver_nor_power_stops_it, 0, 2);
    tcase_add_test(stop, a_request_that_is_put_back_is_presented_again_after_resume);
    tcase_add_test(stop, a_request_that_is_put_back_comes_before_those_that_wait);
    tcase_add_test(stop, completing_in_evt_io_stop_takes_the_place_of_an_acknowledgement);
    tcase_add_test(stop,
                   a_request_that_is_moved_to_a_queue_without_power_does_not_hold_the_transition);
    tcase_add_test(stop, the_flags_say_that_a_request_is_cancelable);
    tcase_add_test(stop, a_cancelable_request_can_be_put_back_once_it_is_unmarked);
    tcase_add_test(stop, an_acknowledgement_outside_of_evt_io_stop_is_ignored_with_a_break);
    tcase_add_test(stop, a_kept_request_can_be_completed_while_suspended);
    tcase_add_test(stop, a_suspended_queue_is_held_and_gives_nothing_out);
    tcase_add_test(stop, a_queue_without_power_goes_on_while_suspended);
    tcase_add_loop_test(
        stop, a_request_without_an_answer_holds_the_transition_until_it_is_completed, 0, 2);
    suite_add_tcase(suite, stop);

    TCase *removal = tcase_create("removal");
    tcase_add_checked_fixture(removal, setup, device_stop);
    tcase_add_test(removal, removal_asks_with_the_purge_flag_and_waits_for_the_driver);
    tcase_add_test(removal, removal_cancels_a_cancelable_request);
    suite_add_tcase(suite, removal);
    return unit_run(suite);
}
