/* A device that goes to Dx when it is idle, and returns when it is needed (S11.25 to S11.32, S18.1
 * to S18.15). */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/inspect.h"
#include "holding.h"
#include "port/thread.h"
#include "stack.h"
#include "unit.h"
#include "warnings.h"

static char trace[512];
static const char *failing; /* the event that returns STATUS_UNSUCCESSFUL; NULL: none */

static NTSTATUS note(const char *event)
{
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s ", event);
    return failing != NULL && strcmp(failing, event) == 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

static void (*in_entry)(WDFDEVICE Device);

static NTSTATUS note_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    char text[16];
    snprintf(text, sizeof(text), "Entry%d", (int)PreviousState);
    if (in_entry != NULL)
        in_entry(Device);
    return note(text);
}

static NTSTATUS note_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    char text[16];
    snprintf(text, sizeof(text), "Exit%d", (int)TargetState);
    return note(text);
}

static void (*in_suspend)(void);

static NTSTATUS note_suspend(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    if (in_suspend != NULL)
        in_suspend();
    return note("Suspend");
}

static NTSTATUS note_restart(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return note("Restart");
}

static NTSTATUS note_query_stop(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return note("QueryStop");
}

static NTSTATUS note_query_remove(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return note("QueryRemove");
}

static NTSTATUS note_prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    return note("Prepare");
}

static NTSTATUS note_release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Translated);
    return note("Release");
}

static VOID note_surprise(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    note("Surprise");
}

static VOID listen(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = note_prepare;
    callbacks.EvtDeviceReleaseHardware = note_release;
    callbacks.EvtDeviceD0Entry = note_entry;
    callbacks.EvtDeviceD0Exit = note_exit;
    callbacks.EvtDeviceSelfManagedIoSuspend = note_suspend;
    callbacks.EvtDeviceSelfManagedIoRestart = note_restart;
    callbacks.EvtDeviceSurpriseRemoval = note_surprise;
    callbacks.EvtDeviceQueryRemove = note_query_remove;
    callbacks.EvtDeviceQueryStop = note_query_stop;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

static WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings;

static void setup(void)
{
    trace[0] = '\0';
    failing = NULL;
    in_entry = NULL;
    in_suspend = NULL;
    prepare_device = NULL;
    prepare_init = listen;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&settings, IdleCannotWakeFromS0);
    settings.IdleTimeout = 100;
}

static NTSTATUS assign(void)
{
    return WdfDeviceAssignS0IdleSettings(wdf_device(), &settings);
}

/* A started device with a queue of that kind that idles out after 100 ms. */
static void start_idling(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    start_queue(type);
    ck_status_eq(assign(), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    trace[0] = '\0';
}

#define DOWN "Suspend Exit4 "
#define UP   "Entry4 Restart "

/* ---- idling out and coming back ---- */

/* S11.27, S11.8, S11.11, S18.45 */
START_TEST(an_idle_device_goes_to_dx_when_its_time_is_over)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(99);
    ck_assert_str_eq(trace, "");
    advance_ms(1);
    ck_assert_str_eq(trace, DOWN);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), WdfDevStatePowerDx);
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()),
                     WdfDevStatePwrPolWaitingUnarmed);
}
END_TEST

/* S11.26: without settings it never idles. */
START_TEST(a_device_without_settings_stays_in_d0)
{
    start_queue(WdfIoQueueDispatchSequential);
    trace[0] = '\0';
    advance_ms(3600000);
    ck_assert_str_eq(trace, "");
}
END_TEST

#define DEFAULT(value) "\"WdfDefaultIdleInWorkingState\": " #value
#define WITH(value)    ", \"IdleInWorkingState\": " #value

/* The registry says so before the device exists; the driver may or may not allow user control. */
static const struct {
    const char *registry;
    WDF_POWER_POLICY_S0_IDLE_USER_CONTROL control;
    WDF_TRI_STATE enabled;
    bool idles;
} defaults[] = {
    {"", IdleAllowUserControl, WdfUseDefault, true},
    {DEFAULT(0), IdleAllowUserControl, WdfUseDefault, false},
    {DEFAULT(1), IdleAllowUserControl, WdfUseDefault, true},
    {DEFAULT(0) WITH(1), IdleAllowUserControl, WdfUseDefault, true},
    {DEFAULT(1) WITH(0), IdleAllowUserControl, WdfUseDefault, false},
    {DEFAULT(1) WITH(0), IdleDoNotAllowUserControl, WdfUseDefault, true},
    {DEFAULT(0) WITH(0), IdleAllowUserControl, WdfTrue, true},
    {DEFAULT(1) WITH(1), IdleAllowUserControl, WdfFalse, false},
};

/* S18.6 */
START_TEST(the_default_is_the_registrys_and_the_users)
{
    char text[256];
    snprintf(text, sizeof(text), "{\"Device Parameters\": {\"WDF\": {%s}}}", defaults[_i].registry);
    ck_status_eq(WdfuseInprocSetConfiguration(text, strlen(text)), STATUS_SUCCESS);
    settings.UserControlOfIdleSettings = defaults[_i].control;
    settings.Enabled = defaults[_i].enabled;
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    ck_assert_str_eq(trace, defaults[_i].idles ? DOWN : "");
    holding_stop();
    ck_status_eq(WdfuseInprocSetConfiguration(NULL, 0), STATUS_SUCCESS);
}
END_TEST

/* S18.9 */
START_TEST(no_timeout_is_five_seconds)
{
    settings.IdleTimeout = IdleTimeoutDefaultValue;
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(4999);
    ck_assert_str_eq(trace, "");
    advance_ms(1);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* S18.10, S11.10 */
START_TEST(the_state_is_the_one_that_the_driver_has_chosen)
{
    settings.DxState = PowerDeviceD2;
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    ck_assert_str_eq(trace, "Suspend Exit3 ");
}
END_TEST

/* S11.28, S6.73, S11.8 step 3: it waits, and is presented before SelfManagedIoRestart returns. */
START_TEST(a_request_brings_an_idle_device_back)
{
    start_idling(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    advance_ms(100);
    trace[0] = '\0';
    WDFUSEIO read = begin_read(file, 1);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, UP);
    ck_queue(queue, 0, 1);
    complete_held(STATUS_SUCCESS);
    answer(read, STATUS_SUCCESS);
}
END_TEST

/* S11.28: in order of arrival. The system's sleep makes all of them wait. */
START_TEST(requests_that_wait_for_power_come_in_their_order)
{
    start_idling(WdfIoQueueDispatchParallel);
    WDFUSEFILE file = open_file();
    advance_ms(100);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    WDFUSEIO reads[3];
    for (unsigned i = 0; i < RTL_NUMBER_OF(reads); i++)
        reads[i] = begin_read(file, i + 1);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_queue(queue, 0, RTL_NUMBER_OF(reads));
    for (unsigned i = 0; i < RTL_NUMBER_OF(reads); i++) {
        WDFREQUEST request = take_held();
        WDF_REQUEST_PARAMETERS parameters;
        WDF_REQUEST_PARAMETERS_INIT(&parameters);
        WdfRequestGetParameters(request, &parameters);
        ck_assert_uint_eq(parameters.Parameters.Read.Length, i + 1);
        WdfRequestComplete(request, STATUS_SUCCESS);
        answer(reads[i], STATUS_SUCCESS);
    }
}
END_TEST

/* S6.74: a request that the driver has holds a reference. */
START_TEST(a_device_does_not_idle_while_its_driver_has_a_request)
{
    start_idling(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    WDFUSEIO read = begin_read(file, 1);
    advance_ms(1000);
    ck_assert_str_eq(trace, "");
    complete_held(STATUS_SUCCESS);
    answer(read, STATUS_SUCCESS);
    advance_ms(99);
    ck_assert_str_eq(trace, ""); /* S18.9: from the full value */
    advance_ms(1);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* S6.72: also one that was cancelled in the queue. */
START_TEST(a_request_that_is_cancelled_keeps_nothing)
{
    start_idling(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    WDFUSEIO read = begin_read(file, 1);
    WdfuseInprocCancel(read);
    answer(read, STATUS_CANCELLED);
    advance_ms(100);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* S18.8 */
START_TEST(changed_settings_bring_the_device_up_and_count_anew)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    trace[0] = '\0';
    settings.Enabled = WdfFalse;
    ck_status_eq(assign(), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, UP);
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()), WdfDevStatePwrPolStarted);
    advance_ms(1000);
    ck_assert_str_eq(trace, UP);
}
END_TEST

/* ---- WdfDeviceStopIdle ---- */

/* S11.29, S11.30 */
START_TEST(a_reference_keeps_the_device_in_d0)
{
    start_idling(WdfIoQueueDispatchSequential);
    ck_status_eq(WdfDeviceStopIdle(wdf_device(), FALSE), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceStopIdleWithTag(wdf_device(), TRUE, trace), STATUS_SUCCESS);
    advance_ms(1000);
    WdfDeviceResumeIdleWithTag(wdf_device(), trace);
    advance_ms(1000);
    ck_assert_str_eq(trace, "");
    WdfDeviceResumeIdle(wdf_device());
    advance_ms(100);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* S11.29 */
START_TEST(a_reference_in_dx_brings_the_device_up)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    trace[0] = '\0';
    ck_status_eq(WdfDeviceStopIdleNoTrack(wdf_device(), FALSE), STATUS_PENDING);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, UP);
    WdfDeviceResumeIdleNoTrack(wdf_device());
}
END_TEST

/* S11.29 */
START_TEST(a_reference_may_be_waited_for)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    ck_status_eq(WdfDeviceStopIdle(wdf_device(), TRUE), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), WdfDevStatePowerD0);
    WdfDeviceResumeIdle(wdf_device());
}
END_TEST

/* S11.29, S11.12 */
START_TEST(a_power_up_that_fails_gives_no_reference)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    failing = "Entry4";
    ck_status_eq(WdfDeviceStopIdle(wdf_device(), TRUE), STATUS_POWER_STATE_INVALID);
    WdfuseInprocWaitForWorkers();
    failing = NULL;
    ck_assert(WdfuseInprocHasFailed(device));
    ck_status_eq(WdfDeviceStopIdle(wdf_device(), FALSE), STATUS_POWER_STATE_INVALID);
    WdfDeviceResumeIdle(wdf_device());
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S11.30"));
}
END_TEST

/* S11.12: requests that wait for power are cancelled if it does not come. */
START_TEST(a_request_that_waits_is_cancelled_if_the_device_does_not_come_back)
{
    start_idling(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    advance_ms(100);
    failing = "Entry4";
    WDFUSEIO read = begin_read(file, 1);
    WdfuseInprocWaitForWorkers();
    answer(read, STATUS_CANCELLED);
    failing = NULL;
    ck_assert(WdfuseInprocHasFailed(device));
}
END_TEST

/* S11.30 */
START_TEST(giving_back_too_often_is_a_break)
{
    start_idling(WdfIoQueueDispatchSequential);
    WdfDeviceResumeIdle(wdf_device());
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S11.30"));
    advance_ms(100);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

#define TAG(number) ((PVOID)(ULONG_PTR)(number))

static unsigned references_of(const void *tag)
{
    struct inspect_power_reference references[POWER_TAGS_MAX];
    unsigned found = 0;
    unsigned count = inspect_power_references(
        CONTAINING_RECORD(wdf_device(), struct wdf_device, io.object), references, POWER_TAGS_MAX);
    for (unsigned i = 0; i < count; i++) {
        ck_assert_uint_gt(references[i].count, 0);
        ck_assert(references[i].file == NULL ||
                  (strcmp(references[i].file, "test_idle.c") == 0 && references[i].line > 0));
        found += references[i].tag == tag ? references[i].count : 0;
    }
    return found;
}

/* S18.14 */
START_TEST(who_keeps_the_device_in_d0_can_be_seen)
{
    start_idling(WdfIoQueueDispatchSequential);
    for (unsigned i = 0; i < 3; i++)
        ck_status_eq(WdfDeviceStopIdleWithTag(wdf_device(), FALSE, TAG(1)), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceStopIdleWithTag(wdf_device(), FALSE, TAG(1)), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceStopIdleWithTag(wdf_device(), FALSE, TAG(2)), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceStopIdleNoTrack(wdf_device(), FALSE), STATUS_SUCCESS);
    ck_assert_uint_eq(references_of(TAG(1)), 4);
    ck_assert_uint_eq(references_of(TAG(2)), 1);
    ck_assert_uint_eq(references_of(NULL), 1);
    WdfDeviceResumeIdleWithTag(wdf_device(), TAG(2));
    WdfDeviceResumeIdleNoTrack(wdf_device());
    for (unsigned i = 0; i < 4; i++)
        WdfDeviceResumeIdleWithTag(wdf_device(), TAG(1));
    ck_assert_uint_eq(references_of(TAG(1)) + references_of(TAG(2)) + references_of(NULL), 0);
    ck_assert_str_eq(last_verifier_message(), "");
    advance_ms(100);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* S18.14: the reference is released all the same. */
START_TEST(a_wrong_tag_is_a_break_that_names_the_right_ones)
{
    start_idling(WdfIoQueueDispatchSequential);
    ck_status_eq(WdfDeviceStopIdleWithTag(wdf_device(), FALSE, TAG(0x1234)), STATUS_SUCCESS);
    WdfDeviceResumeIdleWithTag(wdf_device(), TAG(0x4321));
    const char *message = last_verifier_message();
    ck_assert_ptr_nonnull(strstr(message, "S18.14"));
    ck_assert_ptr_nonnull(strstr(message, "0x4321"));
    ck_assert_ptr_nonnull(strstr(message, "tag 0x1234, test_idle.c:"));
    advance_ms(100);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* S18.14: more tags than there are rows are counted, and any tag may be one of those. */
START_TEST(many_tags_are_counted)
{
    start_idling(WdfIoQueueDispatchSequential);
    for (unsigned i = 1; i <= 3 * POWER_TAGS_MAX; i++)
        ck_status_eq(WdfDeviceStopIdleWithTag(wdf_device(), FALSE, TAG(i)), STATUS_SUCCESS);
    for (unsigned i = 1; i <= 3 * POWER_TAGS_MAX; i++)
        WdfDeviceResumeIdleWithTag(wdf_device(), TAG(i));
    ck_assert_str_eq(last_verifier_message(), "");
    advance_ms(100);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* S18.14 */
START_TEST(references_that_are_forgotten_are_told_when_the_device_goes)
{
    start_idling(WdfIoQueueDispatchSequential);
    ck_status_eq(WdfDeviceStopIdleWithTag(wdf_device(), FALSE, TAG(0x77)), STATUS_SUCCESS);
    listen_to_warnings();
    holding_stop();
    ck_assert_uint_eq(warnings, 1);
    ck_says("1 references of WdfDeviceStopIdle were not given back: tag 0x77, test_idle.c:");
    log_set_sink(NULL);
}
END_TEST

static NTSTATUS seen_status, seen_waiting_status;

static void stop_idle_in_entry(WDFDEVICE Device)
{
    seen_status = WdfDeviceStopIdle(Device, FALSE);
    seen_waiting_status = WdfDeviceStopIdle(Device, TRUE);
}

/* S11.32, S11.31: reported at once. */
START_TEST(in_the_first_entry_a_reference_is_pending_and_cannot_be_waited_for)
{
    in_entry = stop_idle_in_entry;
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(seen_status, STATUS_PENDING);
    ck_status_eq(seen_waiting_status, STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S11.31"));
    WdfDeviceResumeIdle(wdf_device());
}
END_TEST

static VOID be_no_owner(PWDFDEVICE_INIT init)
{
    listen(init);
    WdfDeviceInitSetPowerPolicyOwnership(init, FALSE);
}

/* S17.15, S11.25, S11.29, S18.14, S18.22 */
START_TEST(who_does_not_own_the_policy_has_no_say)
{
    prepare_init = be_no_owner;
    start_queue(WdfIoQueueDispatchSequential);
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wake);
    ck_status_eq(assign(), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wake), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfDeviceStopIdle(wdf_device(), FALSE), STATUS_INVALID_DEVICE_STATE);
    WdfDeviceResumeIdle(wdf_device());
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(wdf_device()), WdfDevStatePwrPolStarted);
}
END_TEST

/* ---- settings ---- */

static void small(void)
{
    settings.Size--;
}

static void d0(void)
{
    settings.DxState = PowerDeviceD0;
}

static void bad_caps(void)
{
    settings.IdleCaps = (WDF_POWER_POLICY_S0_IDLE_CAPABILITIES)4;
}

static void bad_control(void)
{
    settings.UserControlOfIdleSettings = IdleUserControlInvalid;
}

static void bad_enabled(void)
{
    settings.Enabled = (WDF_TRI_STATE)3;
}

static void bad_type(void)
{
    settings.IdleTimeoutType = (WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE)3;
}

static void wake_and_power_up(void)
{
    settings.IdleCaps = IdleCanWakeFromS0;
    settings.PowerUpIdleDeviceOnSystemWake = WdfTrue;
}

static void wake(void)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&settings, IdleCanWakeFromS0);
}

static void managed_by_system(void)
{
    settings.IdleTimeoutType = SystemManagedIdleTimeout;
}

static const struct {
    void (*change)(void);
    NTSTATUS status;
} bad_settings[] = {
    {small, STATUS_INFO_LENGTH_MISMATCH},
    {d0, STATUS_INVALID_PARAMETER},
    {bad_caps, STATUS_INVALID_PARAMETER},
    {bad_control, STATUS_INVALID_PARAMETER},
    {bad_enabled, STATUS_INVALID_PARAMETER},
    {bad_type, STATUS_INVALID_PARAMETER},
    {wake, STATUS_POWER_STATE_INVALID},
    {wake_and_power_up, STATUS_INVALID_PARAMETER},
    {managed_by_system, STATUS_INVALID_DEVICE_REQUEST},
};

/* S11.25, S18.5, S18.11 */
START_TEST(settings_with_an_error_are_refused)
{
    start_queue(WdfIoQueueDispatchSequential);
    trace[0] = '\0';
    bad_settings[_i].change();
    ck_status_eq(assign(), bad_settings[_i].status);
    advance_ms(10000);
    ck_assert_str_eq(trace, "");
}
END_TEST

/* S11.25 */
START_TEST(the_kind_of_timeout_cannot_change)
{
    start_idling(WdfIoQueueDispatchSequential);
    managed_by_system();
    ck_status_eq(assign(), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S18.6 */
START_TEST(the_default_keeps_what_was_said)
{
    start_idling(WdfIoQueueDispatchSequential);
    settings.Enabled = WdfFalse;
    ck_status_eq(assign(), STATUS_SUCCESS);
    settings.Enabled = WdfUseDefault;
    ck_status_eq(assign(), STATUS_SUCCESS);
    advance_ms(1000);
    ck_assert_str_eq(trace, "");
}
END_TEST

/* S18.22, S18.5 */
START_TEST(no_device_wakes_the_system)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wanted;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wanted);
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wanted), STATUS_POWER_STATE_INVALID);
    wanted.DxState = PowerDeviceD0;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wanted), STATUS_INVALID_PARAMETER);
    wanted.Size--;
    ck_status_eq(WdfDeviceAssignSxWakeSettings(wdf_device(), &wanted), STATUS_INFO_LENGTH_MISMATCH);
}
END_TEST

/* S18.26 */
START_TEST(nobody_waits_for_a_wake_status)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(WdfDeviceIndicateWakeStatus(wdf_device(), STATUS_PENDING),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceIndicateWakeStatus(wdf_device(), STATUS_CANCELLED),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceIndicateWakeStatus(wdf_device(), STATUS_SUCCESS),
                 STATUS_INVALID_DEVICE_STATE);
}
END_TEST

static void cap_size(WDF_DEVICE_POWER_CAPABILITIES *capabilities)
{
    capabilities->Size--;
}

static void cap_tri_state(WDF_DEVICE_POWER_CAPABILITIES *capabilities)
{
    capabilities->WakeFromD2 = (WDF_TRI_STATE)3;
}

static void cap_state(WDF_DEVICE_POWER_CAPABILITIES *capabilities)
{
    capabilities->DeviceState[2] = (DEVICE_POWER_STATE)6;
}

static void cap_ideal(WDF_DEVICE_POWER_CAPABILITIES *capabilities)
{
    capabilities->IdealDxStateForSx = PowerDeviceD0;
}

static void (*const capability_errors[])(WDF_DEVICE_POWER_CAPABILITIES *capabilities) = {
    cap_size, cap_tri_state, cap_state, cap_ideal};

/* S18.1, S18.2, S18.29, S18.5: the stack below a device allows no state above D3. */
START_TEST(capabilities_are_kept_or_ignored_as_a_whole)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDF_DEVICE_POWER_CAPABILITIES capabilities;
    WDF_DEVICE_POWER_CAPABILITIES_INIT(&capabilities);
    capabilities.IdealDxStateForSx = PowerDeviceD1;
    WdfDeviceSetPowerCapabilities(wdf_device(), &capabilities);
    capabilities.IdealDxStateForSx = PowerDeviceD2;
    capability_errors[_i](&capabilities);
    WdfDeviceSetPowerCapabilities(wdf_device(), &capabilities);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S18.1"));
    struct wdf_device *of = device_from_handle(wdf_device());
    port_lock_is_not_needed(io_lock); /* this is the only thread */
    ck_assert_int_eq(of->idle.capabilities.IdealDxStateForSx, PowerDeviceD1);
    trace[0] = '\0';
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* ---- the system's sleep, and PnP ---- */

/* S18.30, S18.54 */
START_TEST(an_idle_device_sleeps_on_when_the_system_wakes)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, DOWN);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), WdfDevStatePowerDx);
}
END_TEST

/* S18.30, S18.54 */
START_TEST(an_idle_device_wakes_with_the_system_if_its_driver_wants_that)
{
    settings.PowerUpIdleDeviceOnSystemWake = WdfTrue;
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, DOWN UP);
}
END_TEST

/* S18.15, S18.30: a reference does not prevent the sleep, and brings the device back. */
START_TEST(a_request_that_comes_while_the_system_sleeps_waits_for_it)
{
    start_idling(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    advance_ms(100);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    WDFUSEIO read = begin_read(file, 1);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, DOWN);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, DOWN UP);
    complete_held(STATUS_SUCCESS);
    answer(read, STATUS_SUCCESS);
}
END_TEST

/* S11.19, S15.70 */
START_TEST(an_idle_device_is_powered_up_for_its_removal)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    trace[0] = '\0';
    holding_stop();
    ck_assert_str_eq(trace, UP "Suspend Exit5 Release ");
}
END_TEST

/* S11.20, S15.70 */
START_TEST(an_idle_device_that_has_vanished_is_not_powered_up)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    trace[0] = '\0';
    WdfuseInprocSurpriseStop(device);
    device = NULL;
    ck_assert_str_eq(trace, "Surprise Release ");
}
END_TEST

/* S11.15 */
START_TEST(a_removal_that_is_asked_for_keeps_the_device_awake_until_it_is_cancelled)
{
    start_idling(WdfIoQueueDispatchSequential);
    advance_ms(100);
    trace[0] = '\0';
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "QueryRemove " UP);
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), WdfDevStatePnpQueryRemovePending);
    advance_ms(1000);
    ck_assert_str_eq(trace, "QueryRemove " UP);
    WdfuseInprocCancelRemove(device);
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), WdfDevStatePnpStarted);
    advance_ms(100);
    ck_assert_str_eq(trace, "QueryRemove " UP DOWN);
}
END_TEST

/* S11.15 */
START_TEST(a_driver_may_object_to_its_removal)
{
    start_idling(WdfIoQueueDispatchSequential);
    failing = "QueryRemove";
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_UNSUCCESSFUL);
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), WdfDevStatePnpStarted);
    failing = NULL;
    advance_ms(100);
    ck_assert_str_eq(trace, "QueryRemove " DOWN);
}
END_TEST

/* S11.16, S11.22: requests wait, and the device starts from its hardware again. */
START_TEST(a_rebalanced_device_is_stopped_and_started_again)
{
    start_idling(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocRebalanceStop(device), STATUS_INVALID_DEVICE_STATE);
    ck_status_eq(WdfuseInprocQueryStop(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocRebalanceStop(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "QueryStop Suspend Exit5 Release ");
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), WdfDevStatePnpStopped);
    WDFUSEIO read = begin_read(file, 1);
    ck_queue(queue, 1, 0);
    trace[0] = '\0';
    ck_status_eq(WdfuseInprocRebalanceStart(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "Prepare Entry5 Restart ");
    ck_queue(queue, 0, 1);
    complete_held(STATUS_SUCCESS);
    answer(read, STATUS_SUCCESS);
    trace[0] = '\0';
    advance_ms(100);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

/* S11.4 */
START_TEST(what_was_said_of_the_device_does_not_outlast_its_hardware)
{
    WDF_DEVICE_STATE state;
    start_idling(WdfIoQueueDispatchSequential);
    WDF_DEVICE_STATE_INIT(&state);
    state.ResourcesChanged = state.NotDisableable = WdfTrue;
    WdfDeviceSetDeviceState(wdf_device(), &state);
    ck_status_eq(WdfuseInprocQueryStop(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocRebalanceStop(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocRebalanceStart(device), STATUS_SUCCESS);
    WdfDeviceGetDeviceState(wdf_device(), &state);
    ck_assert_int_eq(state.ResourcesChanged, WdfUseDefault);
    ck_assert_int_eq(state.NotDisableable, WdfTrue);
}
END_TEST

static WDFUSEFILE reader;
static WDFUSEIO read_in_suspend;

static void read_while_suspending(void)
{
    in_suspend = NULL;
    read_in_suspend = begin_read(reader, 1);
    ck_queue(queue, 0, 1);
    complete_held(STATUS_SUCCESS);
}

/* S11.9 */
START_TEST(requests_come_until_self_managed_io_is_suspended)
{
    start_idling(WdfIoQueueDispatchSequential);
    reader = open_file();
    in_suspend = read_while_suspending;
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    answer(read_in_suspend, STATUS_SUCCESS);
    ck_assert_str_eq(trace, DOWN);
}
END_TEST

static VOID let_the_system_manage(WDFDEVICE created)
{
    settings.IdleTimeoutType = SystemManagedIdleTimeout;
    ck_status_eq(WdfDeviceAssignS0IdleSettings(created, &settings), STATUS_SUCCESS);
}

/* S18.12, S18.30: it idles by the same timer, and returns to D0 whenever the system wakes. */
START_TEST(a_device_that_the_system_manages_does_not_sleep_on)
{
    prepare_device = let_the_system_manage;
    start_queue(WdfIoQueueDispatchSequential);
    trace[0] = '\0';
    advance_ms(100);
    ck_assert_str_eq(trace, DOWN);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, DOWN UP);
}
END_TEST

/* S11.16, S11.36 */
START_TEST(a_stop_may_be_refused_or_cancelled)
{
    start_idling(WdfIoQueueDispatchSequential);
    failing = "QueryStop";
    ck_status_eq(WdfuseInprocQueryStop(device), STATUS_UNSUCCESSFUL);
    failing = NULL;
    WdfDeviceSetStaticStopRemove(wdf_device(), FALSE);
    ck_status_eq(WdfuseInprocQueryStop(device), STATUS_INVALID_DEVICE_STATE);
    WdfDeviceSetStaticStopRemove(wdf_device(), TRUE);
    ck_status_eq(WdfuseInprocQueryStop(device), STATUS_SUCCESS);
    WdfuseInprocCancelStop(device);
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), WdfDevStatePnpStarted);
}
END_TEST

/* S11.22, S11.5 */
START_TEST(a_device_that_does_not_start_again_has_failed)
{
    start_idling(WdfIoQueueDispatchSequential);
    ck_status_eq(WdfuseInprocQueryStop(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocRebalanceStop(device), STATUS_SUCCESS);
    failing = "Entry5";
    ck_status_eq(WdfuseInprocRebalanceStart(device), STATUS_DEVICE_POWER_FAILURE);
    failing = NULL;
    ck_assert(WdfuseInprocHasFailed(device));
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(wdf_device()), WdfDevStatePnpFailedWaitForRemove);
}
END_TEST

/* S11.12, S18.47 */
START_TEST(a_device_that_does_not_idle_out_has_failed)
{
    start_idling(WdfIoQueueDispatchSequential);
    failing = "Exit4";
    advance_ms(100);
    failing = NULL;
    ck_assert(WdfuseInprocHasFailed(device));
    ck_assert_str_eq(trace, DOWN "Release ");
}
END_TEST

/* ---- stacks ---- */

static NTSTATUS idle_layer(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = note_entry;
    callbacks.EvtDeviceD0Exit = note_exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDFDEVICE created = create_layer(DeviceInit);
    return WdfDeviceAssignS0IdleSettings(created, &settings);
}

static NTSTATUS filter_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(PreviousState);
    return note(Device == layer_devices[0] ? "lower" : "upper");
}

static NTSTATUS filter_layer(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = filter_entry;
    callbacks.EvtDeviceD0Exit = filter_entry;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    create_filter(DeviceInit);
    return STATUS_SUCCESS;
}

/* S17.11, S17.14 */
START_TEST(the_owner_takes_its_stack_along_from_the_top_and_back_from_the_bottom)
{
    stack_start(filter_layer, idle_layer, filter_layer);
    trace[0] = '\0';
    advance_ms(100);
    ck_assert_str_eq(trace, "upper Exit4 lower ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(layer_devices[2]), WdfDevStatePwrPolDx);
    trace[0] = '\0';
    ck_status_eq(WdfDeviceStopIdle(layer_devices[1], TRUE), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "lower Entry4 upper ");
    WdfDeviceResumeIdle(layer_devices[1]);
}
END_TEST

/* S17.14 */
START_TEST(of_two_owners_the_upper_one_decides)
{
    stack_start(idle_layer, idle_layer);
    ck_status_eq(WdfDeviceStopIdle(layer_devices[0], FALSE), STATUS_INVALID_DEVICE_STATE);
    trace[0] = '\0';
    advance_ms(100);
    ck_assert_str_eq(trace, "Exit4 Exit4 ");
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(layer_devices[0]), WdfDevStatePwrPolDx);
}
END_TEST

/* S17.11 */
START_TEST(a_stack_is_removed_from_its_top_after_it_was_asked)
{
    stack_start(filter_layer, idle_layer, filter_layer);
    advance_ms(100);
    trace[0] = '\0';
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "lower Entry4 upper ");
    trace[0] = '\0';
    device_stop();
    ck_assert_str_eq(trace, "upper Exit5 lower ");
}
END_TEST

/* ---- threads ---- */

#define ROUNDS 100

static VOID complete_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS add_reader(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = complete_read;
    status = WdfIoQueueCreate(created, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    return NT_SUCCESS(status) ? WdfDeviceAssignS0IdleSettings(created, &settings) : status;
}

static void read_all(void *file)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        char buffer[1];
        ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(buffer), NULL), STATUS_SUCCESS);
    }
}

static void sleep_and_wake(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    for (unsigned i = 0; i < ROUNDS; i++) {
        ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
        ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    }
}

/* S11.28: whatever idling, the system's sleep and requests do at the same time, no request is
 * lost. */
START_TEST(requests_idling_and_sleep_do_not_lose_each_other)
{
    settings.IdleTimeout = 1;
    device_start_with(add_reader);
    struct port_thread reader, sleeper;
    ck_assert_int_eq(port_thread_start(&reader, "reader", read_all, open_file()), 0);
    ck_assert_int_eq(port_thread_start(&sleeper, "sleeper", sleep_and_wake, NULL), 0);
    for (unsigned i = 0; i < ROUNDS; i++)
        advance_ms(1);
    port_thread_join(&sleeper);
    port_thread_join(&reader);
    WdfuseInprocWaitForWorkers();
    advance_ms(1);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(WdfuseInprocGetDevice(device)),
                     WdfDevStatePowerDx);
}
END_TEST

static TCase *idle_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("idle");
    TCase *idle = idle_case(suite, "idle");
    tcase_add_test(idle, an_idle_device_goes_to_dx_when_its_time_is_over);
    tcase_add_test(idle, a_device_without_settings_stays_in_d0);
    tcase_add_test(idle, no_timeout_is_five_seconds);
    tcase_add_loop_test(idle, the_default_is_the_registrys_and_the_users, 0,
                        RTL_NUMBER_OF(defaults));
    tcase_add_test(idle, the_state_is_the_one_that_the_driver_has_chosen);
    tcase_add_test(idle, a_request_brings_an_idle_device_back);
    tcase_add_test(idle, requests_that_wait_for_power_come_in_their_order);
    tcase_add_test(idle, a_device_does_not_idle_while_its_driver_has_a_request);
    tcase_add_test(idle, a_request_that_is_cancelled_keeps_nothing);
    tcase_add_test(idle, changed_settings_bring_the_device_up_and_count_anew);

    TCase *references = idle_case(suite, "references");
    tcase_add_test(references, a_reference_keeps_the_device_in_d0);
    tcase_add_test(references, a_reference_in_dx_brings_the_device_up);
    tcase_add_test(references, a_reference_may_be_waited_for);
    tcase_add_test(references, a_power_up_that_fails_gives_no_reference);
    tcase_add_test(references, a_request_that_waits_is_cancelled_if_the_device_does_not_come_back);
    tcase_add_test(references, giving_back_too_often_is_a_break);
    tcase_add_test(references, who_keeps_the_device_in_d0_can_be_seen);
    tcase_add_test(references, a_wrong_tag_is_a_break_that_names_the_right_ones);
    tcase_add_test(references, many_tags_are_counted);
    tcase_add_test(references, references_that_are_forgotten_are_told_when_the_device_goes);
    tcase_add_test(references, in_the_first_entry_a_reference_is_pending_and_cannot_be_waited_for);
    tcase_add_test(references, who_does_not_own_the_policy_has_no_say);

    TCase *said = idle_case(suite, "settings");
    tcase_add_loop_test(said, settings_with_an_error_are_refused, 0, RTL_NUMBER_OF(bad_settings));
    tcase_add_test(said, the_kind_of_timeout_cannot_change);
    tcase_add_test(said, the_default_keeps_what_was_said);
    tcase_add_test(said, no_device_wakes_the_system);
    tcase_add_test(said, nobody_waits_for_a_wake_status);
    tcase_add_loop_test(said, capabilities_are_kept_or_ignored_as_a_whole, 0,
                        RTL_NUMBER_OF(capability_errors));

    TCase *pnp = idle_case(suite, "pnp");
    tcase_add_test(pnp, an_idle_device_sleeps_on_when_the_system_wakes);
    tcase_add_test(pnp, an_idle_device_wakes_with_the_system_if_its_driver_wants_that);
    tcase_add_test(pnp, a_request_that_comes_while_the_system_sleeps_waits_for_it);
    tcase_add_test(pnp, an_idle_device_is_powered_up_for_its_removal);
    tcase_add_test(pnp, an_idle_device_that_has_vanished_is_not_powered_up);
    tcase_add_test(pnp, a_removal_that_is_asked_for_keeps_the_device_awake_until_it_is_cancelled);
    tcase_add_test(pnp, a_driver_may_object_to_its_removal);
    tcase_add_test(pnp, a_rebalanced_device_is_stopped_and_started_again);
    tcase_add_test(pnp, what_was_said_of_the_device_does_not_outlast_its_hardware);
    tcase_add_test(pnp, requests_come_until_self_managed_io_is_suspended);
    tcase_add_test(pnp, a_device_that_the_system_manages_does_not_sleep_on);
    tcase_add_test(pnp, a_stop_may_be_refused_or_cancelled);
    tcase_add_test(pnp, a_device_that_does_not_start_again_has_failed);
    tcase_add_test(pnp, a_device_that_does_not_idle_out_has_failed);

    TCase *stacks = idle_case(suite, "stacks");
    tcase_add_test(stacks, the_owner_takes_its_stack_along_from_the_top_and_back_from_the_bottom);
    tcase_add_test(stacks, of_two_owners_the_upper_one_decides);
    tcase_add_test(stacks, a_stack_is_removed_from_its_top_after_it_was_asked);

    TCase *threads = idle_case(suite, "threads");
    tcase_add_test(threads, requests_idling_and_sleep_do_not_lose_each_other);
    return unit_run(suite);
}
