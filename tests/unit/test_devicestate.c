/* The state of a device, what its driver reports of it, and several devices of one driver (S3.18,
 * S11.15, S11.34-S11.37). */
#include <fcntl.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "holding.h"
#include "unit.h"

static char trace[64];

static void note(char what)
{
    size_t length = strlen(trace);
    trace[length] = what;
    trace[length + 1] = '\0';
}

static void setup(void)
{
    trace[0] = '\0';
}

static void expect_break(const char *rule)
{
    const char *message = last_verifier_message();
    ck_assert_msg(strstr(message, rule) != NULL, "no break of %s but '%s'", rule, message);
}

/* ---- WdfDeviceSetFailed, removal ---- */

static VOID note_surprise(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    note('S');
}

static NTSTATUS note_query_remove(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    note('Q');
    return STATUS_SUCCESS;
}

static WDF_DEVICE_PNP_STATE seen_pnp_state;
static WDF_DEVICE_POWER_STATE seen_power_state;
static POWER_ACTION seen_action;

static NTSTATUS look_at_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(PreviousState);
    seen_pnp_state = WdfDeviceGetDevicePnpState(Device);
    seen_power_state = WdfDeviceGetDevicePowerState(Device);
    seen_action = WdfDeviceGetSystemPowerAction(Device);
    return STATUS_SUCCESS;
}

static NTSTATUS look_at_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    note('X');
    return look_at_entry(Device, TargetState);
}

static VOID watch_pnp(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSurpriseRemoval = note_surprise;
    callbacks.EvtDeviceQueryRemove = note_query_remove;
    callbacks.EvtDeviceD0Entry = look_at_entry;
    callbacks.EvtDeviceD0Exit = look_at_exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

static void start_watched(void)
{
    prepare_init = watch_pnp;
    start_device();
}

static void end_device(void)
{
    device_end(device_from_handle(wdf_device()));
}

static const WDF_DEVICE_FAILED_ACTION failed_actions[] = {WdfDeviceFailedAttemptRestart,
                                                          WdfDeviceFailedNoRestart};

/* S11.34, S11.20 */
START_TEST(a_device_that_is_given_up_is_removed_by_surprise)
{
    start_watched();
    WdfDeviceSetFailed(wdf_device(), failed_actions[_i]);
    ck_assert(WdfuseInprocHasFailed(device));
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), WdfDevStatePnpStarted);
    ck_assert_str_eq(trace, "");
    end_device();
    ck_assert_str_eq(trace, "SX");
}
END_TEST

/* S11.34 */
START_TEST(another_failed_action_is_ignored)
{
    start_watched();
    WdfDeviceSetFailed(wdf_device(), WdfDeviceFailedUndefined);
    expect_break("S11.34");
    ck_assert(!WdfuseInprocHasFailed(device));
}
END_TEST

static unsigned failures_heard;

static void count_failure(void *context, struct wdf_device *of)
{
    (void)context;
    (void)of;
    failures_heard++;
}

static void ignore_device(void *context, struct wdf_device *of)
{
    (void)context;
    (void)of;
}

START_TEST(the_host_hears_of_a_failure_once)
{
    static const struct node_listener listener = {
        .came = ignore_device, .went = ignore_device, .failed = count_failure};
    failures_heard = 0;
    start_watched();
    driver_listen_to_nodes(&listener);
    WdfDeviceSetFailed(wdf_device(), WdfDeviceFailedNoRestart);
    WdfDeviceSetFailed(wdf_device(), WdfDeviceFailedNoRestart);
    ck_assert_uint_eq(failures_heard, 1);
    driver_listen_to_nodes(NULL);
}
END_TEST

/* S11.34: nobody listens while devices start. */
static NTSTATUS give_up_at_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(PreviousState);
    WdfDeviceSetFailed(Device, WdfDeviceFailedNoRestart);
    return STATUS_SUCCESS;
}

static VOID give_up_in_the_start(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = give_up_at_entry;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

START_TEST(the_host_hears_of_a_failure_from_before_it_listened_once)
{
    static const struct node_listener listener = {
        .came = ignore_device, .went = ignore_device, .failed = count_failure};
    failures_heard = 0;
    prepare_init = give_up_in_the_start;
    start_device();
    driver_listen_to_nodes(&listener);
    ck_assert_uint_eq(failures_heard, 1);
    WdfDeviceSetFailed(wdf_device(), WdfDeviceFailedNoRestart);
    driver_listen_to_nodes(&listener);
    ck_assert_uint_eq(failures_heard, 1);
    driver_listen_to_nodes(NULL);
}
END_TEST

/* S18.47: the suspending thread gets the status. */
static NTSTATUS refuse_to_leave_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    return STATUS_UNSUCCESSFUL;
}

static VOID fail_when_suspended(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Exit = refuse_to_leave_d0;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

START_TEST(of_a_failed_suspend_only_a_host_hears_that_listens_later)
{
    static const struct node_listener listener = {
        .came = ignore_device, .went = ignore_device, .failed = count_failure};
    failures_heard = 0;
    prepare_init = fail_when_suspended;
    start_device();
    driver_listen_to_nodes(&listener);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_UNSUCCESSFUL);
    ck_assert_uint_eq(failures_heard, 0);
    driver_listen_to_nodes(&listener);
    ck_assert_uint_eq(failures_heard, 1);
    driver_listen_to_nodes(NULL);
}
END_TEST

/* S11.15, S11.36 */
START_TEST(a_device_that_must_not_be_stopped_is_not_asked)
{
    start_watched();
    WdfDeviceSetStaticStopRemove(wdf_device(), FALSE);
    end_device();
    ck_assert_str_eq(trace, "SX");
}
END_TEST

/* S11.36 */
START_TEST(permission_to_stop_is_counted)
{
    start_watched();
    WdfDeviceSetStaticStopRemove(wdf_device(), FALSE);
    WdfDeviceSetStaticStopRemove(wdf_device(), FALSE);
    WdfDeviceSetStaticStopRemove(wdf_device(), TRUE);
    ck_assert(!device_query_remove(device_from_handle(wdf_device())));
    WdfDeviceSetStaticStopRemove(wdf_device(), TRUE);
    end_device();
    ck_assert_str_eq(trace, "QX");
    WdfDeviceSetStaticStopRemove(wdf_device(), TRUE);
    expect_break("S11.36");
}
END_TEST

/* ---- WDF_DEVICE_STATE (S11.35) ---- */

/* S11.35 */
START_TEST(the_state_is_what_the_driver_has_said)
{
    start_device();
    WDF_DEVICE_STATE state;
    WDF_DEVICE_STATE_INIT(&state);
    WdfDeviceGetDeviceState(wdf_device(), &state);
    ck_assert_int_eq(state.Disabled, WdfUseDefault);
    ck_assert_int_eq(state.Failed, WdfUseDefault);
    state.DontDisplayInUI = WdfTrue;
    state.NotDisableable = WdfFalse;
    WdfDeviceSetDeviceState(wdf_device(), &state);
    WDF_DEVICE_STATE_INIT(&state);
    WdfDeviceGetDeviceState(wdf_device(), &state);
    ck_assert_int_eq(state.DontDisplayInUI, WdfTrue);
    ck_assert_int_eq(state.NotDisableable, WdfFalse);
    ck_assert(!WdfuseInprocHasFailed(device));
}
END_TEST

static void wrong_size(WDF_DEVICE_STATE *state)
{
    state->Size--;
}

static void wrong_value(WDF_DEVICE_STATE *state)
{
    state->AssignedToGuest = (WDF_TRI_STATE)3;
}

static void (*const state_errors[])(WDF_DEVICE_STATE *state) = {wrong_size, wrong_value};

/* S11.35 */
START_TEST(a_state_with_an_error_is_ignored_as_a_whole)
{
    start_device();
    WDF_DEVICE_STATE state;
    WDF_DEVICE_STATE_INIT(&state);
    state.Disabled = WdfTrue;
    state.Failed = WdfTrue;
    state_errors[_i](&state);
    WdfDeviceSetDeviceState(wdf_device(), &state);
    expect_break("S11.35");
    WDF_DEVICE_STATE_INIT(&state);
    WdfDeviceGetDeviceState(wdf_device(), &state);
    ck_assert_int_eq(state.Disabled, WdfUseDefault);
    ck_assert(!WdfuseInprocHasFailed(device));
}
END_TEST

/* S11.35 */
START_TEST(a_state_of_another_size_is_not_filled_in)
{
    start_device();
    WDF_DEVICE_STATE state;
    memset(&state, 0x55, sizeof(state));
    WDF_DEVICE_STATE before = state;
    WdfDeviceGetDeviceState(wdf_device(), &state);
    expect_break("S11.35");
    ck_assert_mem_eq(&state, &before, sizeof(state));
}
END_TEST

static void say_failed(WDF_DEVICE_STATE *state)
{
    state->Failed = WdfTrue;
}

static void say_removed(WDF_DEVICE_STATE *state)
{
    state->Removed = WdfTrue;
}

static void (*const ends[])(WDF_DEVICE_STATE *state) = {say_failed, say_removed};

/* S11.35, S17.47 */
START_TEST(a_device_that_is_said_to_have_failed_is_given_up)
{
    start_device();
    WDF_DEVICE_STATE state;
    WDF_DEVICE_STATE_INIT(&state);
    ends[_i](&state);
    WdfDeviceSetDeviceState(wdf_device(), &state);
    ck_assert(WdfuseInprocHasFailed(device));
}
END_TEST

/* ---- WDF_DEVICE_PNP_CAPABILITIES ---- */

/* S17.43 */
START_TEST(capabilities_are_kept_or_ignored_as_a_whole)
{
    start_device();
    WDF_DEVICE_PNP_CAPABILITIES capabilities;
    WDF_DEVICE_PNP_CAPABILITIES_INIT(&capabilities);
    ck_assert_uint_eq(capabilities.UINumber, (ULONG)-1);
    capabilities.SurpriseRemovalOK = WdfTrue;
    WdfDeviceSetPnpCapabilities(wdf_device(), &capabilities);
    struct wdf_device *of = device_from_handle(wdf_device());
    port_lock_is_not_needed(io_lock); /* this is the only thread */
    ck_assert_int_eq(of->pnp_capabilities.SurpriseRemovalOK, WdfTrue);
    capabilities.SurpriseRemovalOK = WdfFalse;
    capabilities.Removable = (WDF_TRI_STATE)7;
    WdfDeviceSetPnpCapabilities(wdf_device(), &capabilities);
    expect_break("S17.43");
    ck_assert_int_eq(of->pnp_capabilities.SurpriseRemovalOK, WdfTrue);
}
END_TEST

/* ---- the device's power state and action (S11.37) ---- */

/* S11.37 */
START_TEST(the_machine_states_follow_the_device)
{
    start_watched();
    ck_assert_int_eq(seen_pnp_state, WdfDevStatePnpHardwareAvailable);
    ck_assert_int_eq(seen_power_state, WdfDevStatePowerD0Starting);
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), 0x119);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), 0x307);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), 0x119);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), 0x31F);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), 0x307);
    end_device();
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()),
                     WdfDevStatePnpRemovedChildrenRemoved);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), WdfDevStatePowerFinal);
}
END_TEST

static const struct {
    VOID (*set)(PWDFDEVICE_INIT DeviceInit);
    bool is_np;
} pageables[] = {
    {NULL, false},
    {WdfDeviceInitSetPowerPageable, false},
    {WdfDeviceInitSetPowerNotPageable, true},
    {WdfDeviceInitSetPowerInrush, true},
};

/* S3.10 */
START_TEST(a_power_state_tells_whether_the_device_is_pageable)
{
    prepare_init = pageables[_i].set;
    start_device();
    WDF_DEVICE_POWER_STATE state = WdfDeviceGetDevicePowerState(wdf_device());
    ck_assert(WdfDevStateIsNP(state) == pageables[_i].is_np);
    ck_assert_int_eq(state, pageables[_i].is_np ? WdfDevStatePowerD0NP : WdfDevStatePowerD0);
}
END_TEST

START_TEST(the_system_sleeps_while_the_device_is_suspended)
{
    start_watched();
    ck_assert_int_eq(seen_action, PowerActionNone);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_int_eq(seen_action, PowerActionSleep);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_int_eq(seen_action, PowerActionSleep); /* in EvtDeviceD0Entry it is still waking */
    ck_assert_int_eq(WdfDeviceGetSystemPowerAction(wdf_device()), PowerActionNone);
    end_device();
    ck_assert_int_eq(seen_action, PowerActionShutdown);
}
END_TEST

START_TEST(the_alignment_is_the_drivers)
{
    start_device();
    ck_assert_uint_eq(WdfDeviceGetAlignmentRequirement(wdf_device()), 0);
    WdfDeviceSetAlignmentRequirement(wdf_device(), 0xf);
    ck_assert_uint_eq(WdfDeviceGetAlignmentRequirement(wdf_device()), 0xf);
}
END_TEST

/* ---- names and pointers ---- */

static VOID name_it(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\Named");
    ck_status_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
}

static NTSTATUS retrieve_name(UNICODE_STRING *name)
{
    WDFSTRING string;
    ck_status_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    NTSTATUS status = WdfDeviceRetrieveDeviceName(wdf_device(), string);
    WdfStringGetUnicodeString(string, name);
    return status;
}

/* S3.18 */
START_TEST(a_device_knows_its_name)
{
    DECLARE_CONST_UNICODE_STRING(expected, L"\\Device\\Named");
    UNICODE_STRING name;
    prepare_init = name_it;
    start_device();
    ck_status_eq(retrieve_name(&name), STATUS_SUCCESS);
    ck_assert(RtlEqualUnicodeString(&name, &expected, FALSE));
}
END_TEST

/* S3.18 */
START_TEST(a_device_without_a_name_has_none_to_tell)
{
    UNICODE_STRING name;
    start_device();
    ck_status_eq(retrieve_name(&name), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(pointers_of_the_system_lead_back_to_the_handles)
{
    start_device();
    PDEVICE_OBJECT object = WdfDeviceWdmGetDeviceObject(wdf_device());
    ck_assert_ptr_eq(WdfWdmDeviceGetWdfDeviceHandle(object), wdf_device());
    PDRIVER_OBJECT driver = WdfDriverWdmGetDriverObject(WdfGetDriver());
    ck_assert_ptr_eq(WdfWdmDriverGetWdfDriverHandle(driver), WdfGetDriver());
    DRIVER_OBJECT other;
    ck_assert_ptr_null(WdfWdmDriverGetWdfDriverHandle(&other));
}
END_TEST

static VOID want_class(PWDFDEVICE_INIT init)
{
    static const GUID class = {1, 2, 3, {4}};
    WdfDeviceInitSetDeviceClass(init, &class);
}

/* S3.13 */
START_TEST(a_device_class_needs_a_name)
{
    prepare_init = want_class;
    ck_status_eq(try_start_device(), STATUS_INVALID_SECURITY_DESCR);
}
END_TEST

static VOID want_class_and_name(PWDFDEVICE_INIT init)
{
    want_class(init);
    name_it(init);
}

/* S3.13 */
START_TEST(a_named_device_may_have_a_class)
{
    prepare_init = want_class_and_name;
    start_device();
}
END_TEST

/* ---- several devices of one driver ---- */

/* S3.1 */
START_TEST(each_device_of_a_driver_has_queues_of_its_own)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFQUEUE first_queue = queue;
    WDFUSEDEVICE second;
    ck_status_eq(WdfuseInprocAddDevice(device, "second", &second), STATUS_SUCCESS);
    ck_assert_ptr_ne(queue, first_queue);
    WDFUSEFILE file = open_file(), other;
    ck_status_eq(WdfuseInprocOpenNode("second", O_RDWR, &other), STATUS_SUCCESS);

    /* Each sequential queue has one in the driver. */
    WDFUSEIO first_read = begin_read(file, 1), second_read = begin_read(other, 1);
    ck_queue(first_queue, 0, 1);
    ck_queue(queue, 0, 1);
    complete_held(STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    answer(first_read, STATUS_SUCCESS);
    answer(second_read, STATUS_SUCCESS);
    WdfuseInprocClose(other);
}
END_TEST

START_TEST(each_device_is_suspended_by_itself)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEDEVICE second;
    ck_status_eq(WdfuseInprocAddDevice(device, "second", &second), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSuspend(second), STATUS_SUCCESS);
    WDFUSEFILE file = open_file();
    WDFUSEIO io = begin_read(file, 1);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

START_TEST(two_devices_do_not_have_one_node)
{
    start_device();
    WDFUSEDEVICE second;
    ck_status_eq(WdfuseInprocAddDevice(device, "test", &second), STATUS_OBJECT_NAME_COLLISION);
}
END_TEST

/* S3.13: neither may two devices have the same name from the driver. */
START_TEST(two_devices_do_not_have_one_name)
{
    prepare_init = name_it;
    start_device();
    WDFUSEDEVICE second;
    ck_status_eq(WdfuseInprocAddDevice(device, "second", &second), STATUS_OBJECT_NAME_COLLISION);
}
END_TEST

static WDFDEVICE first_device;

static VOID note_cleanup(WDFOBJECT Object)
{
    note(Object == first_device ? '1' : '2');
}

/* S3.5: one after another. */
START_TEST(devices_go_in_the_order_in_which_they_came)
{
    WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
    device_attributes.EvtCleanupCallback = note_cleanup;
    start_device();
    first_device = wdf_device();
    WDFUSEDEVICE second;
    ck_status_eq(WdfuseInprocAddDevice(device, "second", &second), STATUS_SUCCESS);
    device_stop();
    ck_assert_str_eq(trace, "12");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devicestate");
    TCase *tests = tcase_create("devicestate");
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_add_loop_test(tests, a_device_that_is_given_up_is_removed_by_surprise, 0,
                        RTL_NUMBER_OF(failed_actions));
    tcase_add_test(tests, another_failed_action_is_ignored);
    tcase_add_test(tests, the_host_hears_of_a_failure_once);
    tcase_add_test(tests, the_host_hears_of_a_failure_from_before_it_listened_once);
    tcase_add_test(tests, of_a_failed_suspend_only_a_host_hears_that_listens_later);
    tcase_add_test(tests, a_device_that_must_not_be_stopped_is_not_asked);
    tcase_add_test(tests, permission_to_stop_is_counted);
    tcase_add_test(tests, the_state_is_what_the_driver_has_said);
    tcase_add_loop_test(tests, a_state_with_an_error_is_ignored_as_a_whole, 0,
                        RTL_NUMBER_OF(state_errors));
    tcase_add_test(tests, a_state_of_another_size_is_not_filled_in);
    tcase_add_loop_test(tests, a_device_that_is_said_to_have_failed_is_given_up, 0,
                        RTL_NUMBER_OF(ends));
    tcase_add_test(tests, capabilities_are_kept_or_ignored_as_a_whole);
    tcase_add_test(tests, the_machine_states_follow_the_device);
    tcase_add_loop_test(tests, a_power_state_tells_whether_the_device_is_pageable, 0,
                        RTL_NUMBER_OF(pageables));
    tcase_add_test(tests, the_system_sleeps_while_the_device_is_suspended);
    tcase_add_test(tests, the_alignment_is_the_drivers);
    tcase_add_test(tests, a_device_knows_its_name);
    tcase_add_test(tests, a_device_without_a_name_has_none_to_tell);
    tcase_add_test(tests, pointers_of_the_system_lead_back_to_the_handles);
    tcase_add_test(tests, a_device_class_needs_a_name);
    tcase_add_test(tests, a_named_device_may_have_a_class);
    tcase_add_test(tests, each_device_of_a_driver_has_queues_of_its_own);
    tcase_add_test(tests, each_device_is_suspended_by_itself);
    tcase_add_test(tests, two_devices_do_not_have_one_node);
    tcase_add_test(tests, two_devices_do_not_have_one_name);
    tcase_add_test(tests, devices_go_in_the_order_in_which_they_came);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
