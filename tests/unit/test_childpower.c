/* PnP and power of a parent with its children: who gets which event, in which order (S11). */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "occupied.h"
#include "port/thread.h"
#include "unit.h"

/* Events, each with the device that gets it: P the parent, 0 and 1 the children. */
static char trace[512];
static const char *failing; /* returns STATUS_UNSUCCESSFUL; NULL: none */

static char who(WDFDEVICE of)
{
    for (unsigned i = 0; i < CHILDREN_MAX; i++) {
        if (children[i] == of)
            return (char)('0' + i);
    }
    return 'P';
}

static NTSTATUS note(WDFDEVICE of, const char *event)
{
    char text[32];
    snprintf(text, sizeof(text), "%c%s", who(of), event);
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s%s", length > 0 ? " " : "", text);
    return failing != NULL && strcmp(failing, text) == 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

static NTSTATUS prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    return note(Device, "Prepare");
}

static NTSTATUS release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Translated);
    return note(Device, "Release");
}

static NTSTATUS d0_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(PreviousState);
    return note(Device, "Entry");
}

static NTSTATUS d0_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(TargetState);
    return note(Device, "Exit");
}

static NTSTATUS query_remove(WDFDEVICE Device)
{
    return note(Device, "Query");
}

static NTSTATUS io_init(WDFDEVICE Device)
{
    return note(Device, "Init");
}

static VOID io_flush(WDFDEVICE Device)
{
    note(Device, "Flush");
}

static VOID io_cleanup(WDFDEVICE Device)
{
    note(Device, "Cleanup");
}

static VOID surprise(WDFDEVICE Device)
{
    note(Device, "Surprise");
}

static VOID reported_missing(WDFDEVICE Device)
{
    note(Device, "Missing");
}

static VOID device_cleanup(WDFOBJECT Object)
{
    note((WDFDEVICE)Object, "Gone");
}

static bool is_terse = true; /* without what only one device gets */

static VOID listen(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = d0_entry;
    callbacks.EvtDeviceD0Exit = d0_exit;
    callbacks.EvtDeviceSurpriseRemoval = surprise;
    if (!is_terse) {
        callbacks.EvtDevicePrepareHardware = prepare;
        callbacks.EvtDeviceReleaseHardware = release;
        callbacks.EvtDeviceQueryRemove = query_remove;
        callbacks.EvtDeviceSelfManagedIoInit = io_init;
        callbacks.EvtDeviceSelfManagedIoFlush = io_flush;
        callbacks.EvtDeviceSelfManagedIoCleanup = io_cleanup;
    }
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

static VOID listen_to_child(PWDFDEVICE_INIT init)
{
    WDF_PDO_EVENT_CALLBACKS callbacks;
    WDF_PDO_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceReportedMissing = reported_missing;
    listen(init);
    WdfPdoInitSetEventCallbacks(init, &callbacks);
}

static void start_listening(unsigned count)
{
    prepare_init = listen;
    prepare_child_init = listen_to_child;
    if (!is_terse) {
        WDF_OBJECT_ATTRIBUTES_INIT(&child_attributes);
        child_attributes.EvtCleanupCallback = device_cleanup;
        device_attributes = child_attributes;
    }
    start_bus(count);
}

#define ck_trace(expected)                                                                         \
    do {                                                                                           \
        ck_assert_str_eq(trace, expected);                                                         \
        trace[0] = '\0';                                                                           \
    } while (0)

static struct wdf_device *parent(void)
{
    return device_from_handle(wdf_device());
}

static void mark_missing(unsigned number)
{
    ck_status_eq(WdfPdoMarkMissing(children[number]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

/* ---- up ---- */

/* S11.1: a child starts like any device, after its parent. */
START_TEST(children_start_after_their_parent)
{
    is_terse = false;
    start_listening(2);
    ck_trace("PPrepare PEntry PInit 0Prepare 0Entry 0Init 1Prepare 1Entry 1Init");
}
END_TEST

static NTSTATUS add_in_d0_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    if (Device != children[0] && children[0] == NULL) {
        PWDFDEVICE_INIT init = describe_child(Device, 0);
        ck_status_eq(try_create_child(init, 0), STATUS_SUCCESS);
        ck_status_eq(WdfFdoAddStaticChild(Device, children[0]), STATUS_SUCCESS);
    }
    return d0_entry(Device, PreviousState);
}

static VOID add_when_powered(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = add_in_d0_entry;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

START_TEST(a_child_found_in_d0_entry_is_started_after_it)
{
    prepare_init = add_when_powered;
    prepare_child_init = listen_to_child;
    start_bus(0);
    ck_trace("PEntry 0Entry");
    ck_status_eq(try_open_child(0), STATUS_SUCCESS);
}
END_TEST

/* S11.5, S11.7: it fails alone, and stays until it is removed. */
START_TEST(a_child_that_does_not_start_leaves_the_others_alone)
{
    is_terse = false;
    failing = "0Entry";
    start_listening(2);
    ck_trace("PPrepare PEntry PInit 0Prepare 0Entry 0Release 1Prepare 1Entry 1Init");
    ck_status_eq(try_open_child(0), STATUS_NO_SUCH_DEVICE);
    ck_status_eq(try_open_child(1), STATUS_SUCCESS);
    mark_missing(0);
    ck_trace("0Missing 0Surprise 0Gone");
}
END_TEST

/* S3.7, S11.5: what was reported goes with a parent that does not start. */
START_TEST(the_children_of_a_parent_that_does_not_start_are_deleted)
{
    WDF_OBJECT_ATTRIBUTES_INIT(&child_attributes);
    child_attributes.EvtCleanupCallback = device_cleanup;
    failing = "PEntry";
    prepare_init = add_when_powered;
    prepare_child_init = listen_to_child;
    describe_queue(WdfIoQueueDispatchManual);
    ck_status_eq(try_start_device(), STATUS_DEVICE_POWER_FAILURE);
    ck_trace("PEntry 0Gone");
}
END_TEST

/* ---- down and up again ---- */

/* S11.8 */
START_TEST(children_are_suspended_before_their_parent_and_resumed_after_it)
{
    start_listening(2);
    ck_trace("PEntry 0Entry 1Entry");
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("0Exit 1Exit PExit");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_trace("PEntry 0Entry 1Entry");
}
END_TEST

/* S6.63: a child's queue is power-managed like any other. */
START_TEST(requests_of_a_suspended_child_wait)
{
    start_bus(1);
    WDFUSEFILE file = open_child(0);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    WDFUSEIO io = begin_read(file, 8);
    ck_assert_uint_eq(counts.presented, 0);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

static VOID keep_stopped(WDFQUEUE from, WDFREQUEST request, ULONG flags)
{
    UNREFERENCED_PARAMETER(flags);
    note(WdfIoQueueGetDevice(from), "Stop");
    WdfRequestStopAcknowledge(request, FALSE);
}

static VOID note_resumed(WDFQUEUE from, WDFREQUEST request)
{
    UNREFERENCED_PARAMETER(request);
    note(WdfIoQueueGetDevice(from), "Resume");
}

/* S6.64, S6.70: a forwarded request is the parent's, also for EvtIoStop. */
START_TEST(the_parents_stop_callback_is_called_for_a_forwarded_request)
{
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoStop = keep_stopped;
    queue_config.EvtIoResume = note_resumed;
    start_bus(1);
    WDFUSEIO io = begin_read(open_child(0), 8);
    forward_held(queue);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("PStop");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_trace("PResume");
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* S11.12, S18.47: it goes alone. */
START_TEST(a_child_that_does_not_resume_is_removed_by_surprise)
{
    start_listening(2);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    failing = "0Entry";
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_trace("PEntry 0Entry 0Surprise 1Entry");
    ck_status_eq(try_open_child(0), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(try_open_child(1), STATUS_SUCCESS);
}
END_TEST

/* S18.47 */
START_TEST(a_child_that_does_not_suspend_is_removed_by_surprise)
{
    start_listening(2);
    trace[0] = '\0';
    failing = "0Exit";
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_trace("0Exit 0Surprise 1Exit PExit");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_trace("PEntry 1Entry");
    ck_status_eq(try_open_child(0), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(try_open_child(1), STATUS_SUCCESS);
}
END_TEST

/* S18.47: the hardware is released while children still exist. */
START_TEST(a_parent_that_does_not_suspend_is_removed_by_surprise_after_its_children)
{
    is_terse = false;
    start_listening(1);
    trace[0] = '\0';
    failing = "PExit";
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_UNSUCCESSFUL);
    ck_trace("0Exit PExit PRelease PFlush");
    device_stop();
    ck_trace("0Surprise 0Release 0Flush 0Cleanup 0Gone PSurprise PCleanup PGone");
}
END_TEST

static NTSTATUS refuse_state(WDFDEVICE Device, WDF_POWER_DEVICE_STATE State)
{
    UNREFERENCED_PARAMETER(Device);
    return State == WdfPowerDeviceD3 ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS;
}

static VOID refuse_to_resume(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = refuse_state;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

/* That status is also that of a child that is not suspended. */
START_TEST(a_child_may_fail_with_any_status)
{
    prepare_child_init = refuse_to_resume;
    start_bus(1);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_status_eq(try_open_child(0), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* S11.12 */
START_TEST(children_stay_suspended_if_their_parent_does_not_resume)
{
    start_listening(1);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    failing = "PEntry";
    ck_status_eq(WdfuseInprocResume(device), STATUS_UNSUCCESSFUL);
    ck_trace("PEntry");
}
END_TEST

START_TEST(a_child_of_a_suspended_parent_is_started_when_that_is_resumed)
{
    start_listening(0);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    add_child(0);
    ck_trace("");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_trace("PEntry 0Entry");
}
END_TEST

/* S11.20: it is neither powered up, nor down a second time. */
START_TEST(a_suspended_child_may_be_missing)
{
    is_terse = false;
    start_listening(1);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    mark_missing(0);
    ck_trace("0Missing 0Surprise 0Release 0Flush 0Cleanup 0Gone");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_trace("PEntry");
}
END_TEST

START_TEST(what_is_not_started_is_neither_suspended_nor_resumed)
{
    failing = "0Entry";
    start_listening(1);
    ck_trace("PEntry 0Entry");
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_trace("PExit PEntry");
}
END_TEST

/* ---- away ---- */

/* S11.20 */
START_TEST(a_missing_child_is_removed_by_surprise)
{
    is_terse = false;
    start_listening(1);
    trace[0] = '\0';
    mark_missing(0);
    ck_trace("0Missing 0Surprise 0Exit 0Release 0Flush 0Cleanup 0Gone");
}
END_TEST

/* S11.17: the children first, in each step that concerns them. */
START_TEST(children_are_removed_before_their_parent)
{
    is_terse = false;
    start_listening(2);
    trace[0] = '\0';
    bus_stop();
    ck_trace("0Exit 0Release 0Flush 0Cleanup 0Gone 1Exit 1Release 1Flush 1Cleanup 1Gone "
             "PExit PRelease PFlush PCleanup PGone");
}
END_TEST

/* Even before the framework has come to look. */
START_TEST(a_missing_child_is_removed_by_surprise_with_its_parent_too)
{
    start_listening(2);
    trace[0] = '\0';
    occupy_workers();
    ck_status_eq(WdfPdoMarkMissing(children[1]), STATUS_SUCCESS);
    device_remove(parent());
    free_workers();
    ck_trace("0Exit 1Missing 1Surprise 1Exit PExit");
}
END_TEST

/* S11.20 */
START_TEST(a_parent_that_has_vanished_takes_its_children_along)
{
    start_listening(1);
    trace[0] = '\0';
    WdfuseInprocSurpriseStop(device);
    device = NULL;
    ck_trace("0Surprise 0Exit PSurprise PExit");
}
END_TEST

/* S11.15: one objection is enough, and the parent is not even asked. */
START_TEST(a_child_may_object_to_the_removal)
{
    is_terse = false;
    start_listening(2);
    trace[0] = '\0';
    failing = "1Query";
    ck_assert(!device_query_remove(parent()));
    ck_trace("0Query 1Query");
    failing = NULL;
    ck_assert(device_query_remove(parent()));
    ck_trace("0Query 1Query PQuery");
}
END_TEST

/* S11.34: its parent goes on. */
START_TEST(a_child_that_is_given_up_goes_alone)
{
    start_listening(2);
    trace[0] = '\0';
    WdfDeviceSetFailed(children[0], WdfDeviceFailedNoRestart);
    WdfuseInprocWaitForWorkers();
    ck_trace("0Surprise 0Exit");
    ck_assert(!device_has_failed(parent()));
    ck_status_eq(try_open_child(1), STATUS_SUCCESS);
    ck_assert(!NT_SUCCESS(try_open_child(0)));
    bus_stop();
    ck_trace("1Exit PExit");
}
END_TEST

/* S11.34: even if another device sleeps meanwhile. */
START_TEST(a_child_that_is_given_up_while_it_sleeps_goes_alone)
{
    start_listening(1);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    trace[0] = '\0';
    WdfDeviceSetFailed(children[0], WdfDeviceFailedNoRestart);
    WdfuseInprocWaitForWorkers();
    ck_trace("0Surprise");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert(!device_has_failed(parent()));
}
END_TEST

/* ---- who waits for whom ---- */

static atomic_bool is_removed;

static void remove_parent(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    device_remove(parent());
    is_removed = true;
}

static bool list_is_closed(void)
{
    IO_LOCK_SCOPE(parent()->io.domain);
    return parent()->family.is_closed;
}

/* During an iteration the driver has handles of children. */
START_TEST(removal_of_the_parent_waits_for_the_iteration)
{
    start_listening(1);
    trace[0] = '\0';
    struct port_thread thread;
    WdfFdoLockStaticChildListForIteration(wdf_device());
    ck_assert_int_eq(port_thread_start(&thread, "remover", remove_parent, NULL), 0);
    eventually(list_is_closed());
    ck_assert_str_eq(trace, "");
    ck_assert_ptr_eq(WdfFdoRetrieveNextStaticChild(wdf_device(), NULL, WdfRetrieveAllChildren),
                     children[0]);
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
    eventually(is_removed);
    port_thread_join(&thread);
    ck_trace("0Exit PExit");
}
END_TEST

static atomic_bool is_leaving, may_leave;

static NTSTATUS slow_d0_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    is_leaving = true;
    eventually(may_leave);
    return d0_exit(Device, TargetState);
}

static VOID leave_slowly(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Exit = slow_d0_exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

/* A handle from an iteration must be valid until the list is unlocked. */
START_TEST(a_child_that_is_being_removed_is_in_no_list)
{
    prepare_child_init = leave_slowly;
    start_bus(1);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    eventually(is_leaving);
    WdfFdoLockStaticChildListForIteration(wdf_device());
    ck_assert_ptr_null(WdfFdoRetrieveNextStaticChild(wdf_device(), NULL, WdfRetrieveAllChildren));
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_NO_SUCH_DEVICE);
    may_leave = true;
    WdfuseInprocWaitForWorkers();
    ck_trace("0Exit");
}
END_TEST

static atomic_bool is_entering, may_enter;

static NTSTATUS slow_d0_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    is_entering = true;
    eventually(may_enter);
    return d0_entry(Device, PreviousState);
}

static VOID be_slow(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = slow_d0_entry;
    callbacks.EvtDeviceD0Exit = d0_exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

static atomic_bool is_suspended;

static void suspend_parent(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    ck_status_eq(device_suspend(parent(), PowerSystemSleeping3), STATUS_SUCCESS);
    is_suspended = true;
}

static bool somebody_waits(void)
{
    return turn_waiters() > 0;
}

/* PnP callbacks of a family do not overlap: a suspend waits until a child has started, and then
 * suspends it. */
START_TEST(suspending_waits_for_a_child_that_is_starting)
{
    start_listening(0);
    trace[0] = '\0';
    prepare_child_init = be_slow;
    create_child(0);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_SUCCESS);
    eventually(is_entering);
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "suspender", suspend_parent, NULL), 0);
    eventually(somebody_waits());
    ck_assert(!is_suspended);
    may_enter = true;
    eventually(is_suspended);
    port_thread_join(&thread);
    ck_trace("0Entry 0Exit PExit");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
}
END_TEST

static void setup(void)
{
    trace[0] = '\0';
    failing = NULL;
    is_terse = true;
    is_removed = is_suspended = is_entering = may_enter = false;
}

static TCase *power_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, bus_stop);
    tcase_set_timeout(tests, 60);
    return tests;
}

static TCase *up_tests(void)
{
    TCase *tests = power_case("up");
    tcase_add_test(tests, children_start_after_their_parent);
    tcase_add_test(tests, a_child_found_in_d0_entry_is_started_after_it);
    tcase_add_test(tests, a_child_that_does_not_start_leaves_the_others_alone);
    tcase_add_test(tests, the_children_of_a_parent_that_does_not_start_are_deleted);
    return tests;
}

static TCase *suspend_tests(void)
{
    TCase *tests = power_case("suspend");
    tcase_add_test(tests, children_are_suspended_before_their_parent_and_resumed_after_it);
    tcase_add_test(tests, requests_of_a_suspended_child_wait);
    tcase_add_test(tests, the_parents_stop_callback_is_called_for_a_forwarded_request);
    tcase_add_test(tests, a_child_that_does_not_resume_is_removed_by_surprise);
    tcase_add_test(tests, a_child_that_does_not_suspend_is_removed_by_surprise);
    tcase_add_test(tests, a_parent_that_does_not_suspend_is_removed_by_surprise_after_its_children);
    tcase_add_test(tests, a_child_may_fail_with_any_status);
    tcase_add_test(tests, children_stay_suspended_if_their_parent_does_not_resume);
    tcase_add_test(tests, a_child_of_a_suspended_parent_is_started_when_that_is_resumed);
    tcase_add_test(tests, a_suspended_child_may_be_missing);
    tcase_add_test(tests, what_is_not_started_is_neither_suspended_nor_resumed);
    return tests;
}

static TCase *removal_tests(void)
{
    TCase *tests = power_case("removal");
    tcase_add_test(tests, a_missing_child_is_removed_by_surprise);
    tcase_add_test(tests, children_are_removed_before_their_parent);
    tcase_add_test(tests, a_missing_child_is_removed_by_surprise_with_its_parent_too);
    tcase_add_test(tests, a_parent_that_has_vanished_takes_its_children_along);
    tcase_add_test(tests, a_child_may_object_to_the_removal);
    tcase_add_test(tests, a_child_that_is_given_up_goes_alone);
    tcase_add_test(tests, a_child_that_is_given_up_while_it_sleeps_goes_alone);
    return tests;
}

static TCase *waiting_tests(void)
{
    TCase *tests = power_case("waiting");
    tcase_add_test(tests, removal_of_the_parent_waits_for_the_iteration);
    tcase_add_test(tests, a_child_that_is_being_removed_is_in_no_list);
    tcase_add_test(tests, suspending_waits_for_a_child_that_is_starting);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("childpower");
    suite_add_tcase(suite, up_tests());
    suite_add_tcase(suite, suspend_tests());
    suite_add_tcase(suite, removal_tests());
    suite_add_tcase(suite, waiting_tests());
    return unit_run(suite);
}
