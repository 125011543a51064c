/* A device's one component and its F-states, as the system would set them (S18.16 to S18.19). */
#include <stdio.h>
#include <string.h>

#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/device/device.h"
#include "holding.h"
#include "unit.h"

static char trace[512];
static const char *failing; /* the event that returns STATUS_UNSUCCESSFUL; NULL: none */
static POHANDLE po_handle;

static NTSTATUS note(const char *event)
{
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s ", event);
    return failing != NULL && strcmp(failing, event) == 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

static NTSTATUS note_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    return note("Entry");
}

static NTSTATUS note_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    return note("Exit");
}

static NTSTATUS note_release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Translated);
    return note("Release");
}

static NTSTATUS note_registered(WDFDEVICE Device, POHANDLE PoHandle)
{
    UNREFERENCED_PARAMETER(Device);
    po_handle = PoHandle;
    PoFxSetComponentLatency(PoHandle, 0, 1);
    PoFxSetComponentResidency(PoHandle, 0, 1);
    PoFxSetComponentWake(PoHandle, 0, FALSE);
    PoFxSetDeviceIdleTimeout(PoHandle, 1);
    return note("Registered");
}

static VOID note_unregistered(WDFDEVICE Device, POHANDLE PoHandle)
{
    UNREFERENCED_PARAMETER(Device);
    ck_assert_ptr_eq(PoHandle, po_handle);
    note("Unregistered");
}

static VOID note_active(PVOID Context, ULONG Component)
{
    ck_assert_ptr_eq(Context, trace);
    ck_assert_uint_eq(Component, 0);
    note("Active");
}

static VOID note_idle(PVOID Context, ULONG Component)
{
    ck_assert_ptr_eq(Context, trace);
    note("Idle");
    PoFxCompleteIdleCondition(po_handle, Component);
}

static VOID note_f_state(PVOID Context, ULONG Component, ULONG State)
{
    char text[8];
    ck_assert_ptr_eq(Context, trace);
    snprintf(text, sizeof(text), "F%u", State);
    note(text);
    PoFxCompleteIdleState(po_handle, Component);
}

static VOID listen(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = note_entry;
    callbacks.EvtDeviceD0Exit = note_exit;
    callbacks.EvtDeviceReleaseHardware = note_release;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

static WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
static WDF_POWER_FRAMEWORK_SETTINGS settings;
static PO_FX_COMPONENT component;
static PO_FX_COMPONENT_IDLE_STATE states[3];

static VOID assign(WDFDEVICE Device)
{
    ck_status_eq(WdfDeviceAssignS0IdleSettings(Device, &idle), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceWdmAssignPowerFrameworkSettings(Device, &settings), STATUS_SUCCESS);
}

static void setup(void)
{
    trace[0] = '\0';
    failing = NULL;
    prepare_init = listen;
    prepare_device = assign;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
    idle.IdleTimeout = 100;
    idle.IdleTimeoutType = SystemManagedIdleTimeoutWithHint;
    component = (PO_FX_COMPONENT){.IdleStateCount = RTL_NUMBER_OF(states), .IdleStates = states};
    WDF_POWER_FRAMEWORK_SETTINGS_INIT(&settings);
    settings.EvtDeviceWdmPostPoFxRegisterDevice = note_registered;
    settings.EvtDeviceWdmPrePoFxUnregisterDevice = note_unregistered;
    settings.Component = &component;
    settings.ComponentActiveConditionCallback = note_active;
    settings.ComponentIdleConditionCallback = note_idle;
    settings.ComponentIdleStateCallback = note_f_state;
    settings.PoFxDeviceContext = trace;
}

static void start(void)
{
    start_queue(WdfIoQueueDispatchSequential);
    WdfuseInprocWaitForWorkers();
    trace[0] = '\0';
}

/* S18.18 */
START_TEST(the_component_is_registered_in_d0_and_until_removal)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_assert_str_eq(trace, "Entry Registered Active ");
    trace[0] = '\0';
    holding_stop();
    ck_assert_str_eq(trace, "Exit Release Unregistered ");
}
END_TEST

/* S18.17 */
START_TEST(an_idle_component_goes_to_its_deepest_state_before_the_device_leaves_d0)
{
    start();
    advance_ms(100);
    ck_assert_str_eq(trace, "Idle F2 Exit ");
    trace[0] = '\0';
    WDFUSEIO read = begin_read(open_file(), 1);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "Entry F0 Active ");
    complete_held(STATUS_SUCCESS);
    answer(read, STATUS_SUCCESS);
}
END_TEST

/* S18.19: a missing callback counts as an acknowledgement. */
START_TEST(callbacks_that_are_not_there_are_not_awaited)
{
    settings.ComponentActiveConditionCallback = NULL;
    settings.ComponentIdleConditionCallback = NULL;
    settings.ComponentIdleStateCallback = NULL;
    start();
    advance_ms(100);
    ck_assert_str_eq(trace, "Exit ");
}
END_TEST

/* S18.17 */
START_TEST(a_component_of_one_state_does_not_change_it)
{
    settings.Component = NULL;
    start();
    advance_ms(100);
    ck_assert_str_eq(trace, "Idle Exit ");
}
END_TEST

static WDFUSEIO read_in_time;

static VOID complete_late(PVOID Context, ULONG Component)
{
    UNREFERENCED_PARAMETER(Context);
    note("Idle");
    read_in_time = begin_read(open_file(), 1);
    PoFxCompleteIdleCondition(po_handle, Component);
}

/* S18.11: it is needed before it has left D0. */
START_TEST(a_request_in_time_brings_the_component_back)
{
    settings.ComponentIdleConditionCallback = complete_late;
    start();
    advance_ms(100);
    ck_assert_str_eq(trace, "Idle F2 F0 Active ");
    complete_held(STATUS_SUCCESS);
    answer(read_in_time, STATUS_SUCCESS);
}
END_TEST

/* S18.18, S18.48 */
START_TEST(a_driver_that_does_not_want_it_fails_the_start)
{
    failing = "Registered";
    describe_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(try_start_device(), STATUS_DEVICE_POWER_FAILURE);
    ck_assert_str_eq(trace, "Entry Registered Unregistered Exit Release ");
}
END_TEST

/* S18.17 */
START_TEST(settings_of_a_device_that_times_itself_are_ignored)
{
    idle.IdleTimeoutType = DriverManagedIdleTimeout;
    start();
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.17"));
    advance_ms(100);
    ck_assert_str_eq(trace, "Exit ");
}
END_TEST

/* S18.16 */
START_TEST(settings_are_assigned_once)
{
    start();
    ck_status_eq(WdfDeviceWdmAssignPowerFrameworkSettings(wdf_device(), &settings),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.16"));
}
END_TEST

/* S18.16: the start has frozen them. */
START_TEST(settings_come_before_the_start)
{
    prepare_device = NULL;
    start();
    ck_status_eq(WdfDeviceWdmAssignPowerFrameworkSettings(wdf_device(), &settings),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

static NTSTATUS bad_status;

static VOID assign_badly(WDFDEVICE Device)
{
    bad_status = WdfDeviceWdmAssignPowerFrameworkSettings(Device, &settings);
}

/* S18.16 */
START_TEST(wrong_settings_are_refused)
{
    prepare_device = assign_badly;
    settings.Size--;
    start_device();
    ck_status_eq(bad_status, STATUS_INFO_LENGTH_MISMATCH);
    device_stop();
    settings.Size++;
    component.IdleStateCount = 0;
    start_device();
    ck_status_eq(bad_status, STATUS_INVALID_PARAMETER);
    device_stop();
    component.IdleStateCount = 1;
    component.IdleStates = NULL;
    start_device();
    ck_status_eq(bad_status, STATUS_INVALID_PARAMETER);
}
END_TEST

/* S18.19 */
START_TEST(what_nobody_waits_for_is_not_completed)
{
    start();
    PoFxCompleteIdleCondition(po_handle, 0);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.19"));
    PoFxCompleteIdleState(po_handle, 0);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.19"));
}
END_TEST

/* S11.19, S18.18 */
START_TEST(a_device_is_removed_from_dx)
{
    start();
    advance_ms(100);
    trace[0] = '\0';
    holding_stop();
    ck_assert_str_eq(trace, "Entry Exit Release Unregistered ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("powerframework");
    TCase *tests = tcase_create("powerframework");
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_add_test(tests, the_component_is_registered_in_d0_and_until_removal);
    tcase_add_test(tests, an_idle_component_goes_to_its_deepest_state_before_the_device_leaves_d0);
    tcase_add_test(tests, callbacks_that_are_not_there_are_not_awaited);
    tcase_add_test(tests, a_component_of_one_state_does_not_change_it);
    tcase_add_test(tests, a_request_in_time_brings_the_component_back);
    tcase_add_test(tests, a_driver_that_does_not_want_it_fails_the_start);
    tcase_add_test(tests, settings_of_a_device_that_times_itself_are_ignored);
    tcase_add_test(tests, settings_are_assigned_once);
    tcase_add_test(tests, settings_come_before_the_start);
    tcase_add_test(tests, wrong_settings_are_refused);
    tcase_add_test(tests, what_nobody_waits_for_is_not_completed);
    tcase_add_test(tests, a_device_is_removed_from_dx);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
