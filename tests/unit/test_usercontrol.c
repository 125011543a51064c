/* The user's control of idling and waking: WMI blocks, whose changes take effect at once and are
 * kept in the registry (S18.7, S19.24). */
#include <stdio.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/registry/configuration.h"
#include "holding.h"
#include "unit.h"
#include "warnings.h"

static const GUID idle_guid = {
    0x827c0a6f, 0xfeb0, 0x11d0, {0xbd, 0x26, 0x00, 0xaa, 0x00, 0xb7, 0xb3, 0x2a}};
static const GUID wake_guid = {
    0xa9546a82, 0xfeb0, 0x11d0, {0xbd, 0x26, 0x00, 0xaa, 0x00, 0xb7, 0xb3, 0x2a}};

static WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
static WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake;
static unsigned armings;

static NTSTATUS count_arming(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    armings++;
    return STATUS_SUCCESS;
}

static VOID listen(PWDFDEVICE_INIT init)
{
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromSx = count_arming;
    WdfDeviceInitSetPowerPolicyEventCallbacks(init, &policy);
}

static void setup(void)
{
    armings = 0;
    prepare_init = listen;
    prepare_device = NULL;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
    idle.IdleTimeout = 100;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wake);
    WdfuseInprocSetWake(PowerDeviceD3, PowerSystemSleeping3);
}

static void stop(void)
{
    holding_stop();
    ck_status_eq(WdfuseInprocSetConfiguration(NULL, 0), STATUS_SUCCESS);
    WdfuseInprocSetWake(PowerDeviceUnspecified, PowerSystemUnspecified);
}

static NTSTATUS assign_idle(void)
{
    return WdfDeviceAssignS0IdleSettings(wdf_device(), &idle);
}

static NTSTATUS assign_wake(void)
{
    return WdfDeviceAssignSxWakeSettings(wdf_device(), &wake);
}

static void start(void)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(assign_idle(), STATUS_SUCCESS);
    ck_status_eq(assign_wake(), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

/* ---- the user ---- */

static NTSTATUS get(const GUID *guid, BOOLEAN *is_on)
{
    ULONG used = 0;
    NTSTATUS status = WdfuseInprocWmiGet(guid, NULL, 0, is_on, sizeof(*is_on), &used);
    if (NT_SUCCESS(status))
        ck_assert_uint_eq(used, sizeof(*is_on));
    return status;
}

static bool is_on(const GUID *guid)
{
    BOOLEAN answer = 0xff;
    ck_status_eq(get(guid, &answer), STATUS_SUCCESS);
    ck_assert_uint_le(answer, TRUE);
    return answer;
}

static NTSTATUS turn(const GUID *guid, BOOLEAN on)
{
    NTSTATUS status = WdfuseInprocWmiSet(guid, NULL, 0, &on, sizeof(on));
    WdfuseInprocWaitForWorkers();
    return status;
}

static bool is_in_dx(void)
{
    return WdfDeviceGetDevicePowerState(wdf_device()) == WdfDevStatePowerDx;
}

#define ck_configuration(words)                                                                    \
    do {                                                                                           \
        char text_[4096];                                                                          \
        ck_assert_uint_lt(WdfuseInprocGetConfiguration(text_, sizeof(text_)), sizeof(text_));      \
        ck_assert_msg(strstr(text_, (words)) != NULL, "no %s in %s", (words), text_);              \
    } while (0)
#define ck_no_configuration(words)                                                                 \
    do {                                                                                           \
        char text_[4096];                                                                          \
        ck_assert_uint_lt(WdfuseInprocGetConfiguration(text_, sizeof(text_)), sizeof(text_));      \
        ck_assert_msg(strstr(text_, (words)) == NULL, "%s in %s", (words), text_);                 \
    } while (0)

/* ---- idling ---- */

/* S18.7, S19.24 */
START_TEST(the_user_turns_idling_off_and_on)
{
    start();
    ck_assert(is_on(&idle_guid));
    ck_status_eq(turn(&idle_guid, FALSE), STATUS_SUCCESS);
    ck_assert(!is_on(&idle_guid));
    advance_ms(1000);
    ck_assert(!is_in_dx());
    ck_status_eq(turn(&idle_guid, TRUE), STATUS_SUCCESS);
    ck_assert(is_on(&idle_guid));
    advance_ms(100);
    ck_assert(is_in_dx());
}
END_TEST

/* S18.7: at once. */
START_TEST(an_idle_device_comes_back_when_it_must_not_idle_any_more)
{
    start();
    advance_ms(100);
    ck_assert(is_in_dx());
    ck_status_eq(turn(&idle_guid, FALSE), STATUS_SUCCESS);
    ck_assert(!is_in_dx());
    advance_ms(1000);
    ck_assert(!is_in_dx());
}
END_TEST

/* S18.7, S18.6 */
START_TEST(what_the_user_has_chosen_holds_for_the_next_start)
{
    start();
    ck_no_configuration("IdleInWorkingState");
    ck_status_eq(turn(&idle_guid, FALSE), STATUS_SUCCESS);
    ck_status_eq(turn(&wake_guid, FALSE), STATUS_SUCCESS);
    ck_configuration("\"IdleInWorkingState\": 0");
    ck_configuration("\"WakeFromSleepState\": 0");
    holding_stop();
    prepare_init = listen;
    start();
    ck_assert(!is_on(&idle_guid));
    ck_assert(!is_on(&wake_guid));
    advance_ms(1000);
    ck_assert(!is_in_dx());
}
END_TEST

/* S18.6: the default keeps it; an explicit value overrides it. */
START_TEST(the_driver_has_the_last_word)
{
    start();
    ck_status_eq(turn(&idle_guid, FALSE), STATUS_SUCCESS);
    ck_status_eq(assign_idle(), STATUS_SUCCESS);
    ck_assert(!is_on(&idle_guid));
    idle.Enabled = WdfTrue;
    ck_status_eq(assign_idle(), STATUS_SUCCESS);
    ck_assert(is_on(&idle_guid));
    ck_configuration("\"IdleInWorkingState\": 0");
}
END_TEST

/* ---- waking ---- */

/* S18.7, S18.22: from the next sleep on */
START_TEST(the_user_turns_waking_off_and_on)
{
    start();
    ck_assert(is_on(&wake_guid));
    ck_status_eq(turn(&wake_guid, FALSE), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_uint_eq(armings, 0);
    ck_status_eq(turn(&wake_guid, TRUE), STATUS_SUCCESS);
    ck_assert_uint_eq(armings, 0);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_uint_eq(armings, 1);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
}
END_TEST

/* ---- permission ---- */

/* S18.7 */
START_TEST(without_control_there_is_nothing_to_change)
{
    BOOLEAN answer;
    idle.UserControlOfIdleSettings = IdleDoNotAllowUserControl;
    wake.UserControlOfWakeSettings = WakeDoNotAllowUserControl;
    start();
    ck_status_eq(get(&idle_guid, &answer), STATUS_WMI_GUID_NOT_FOUND);
    ck_status_eq(get(&wake_guid, &answer), STATUS_WMI_GUID_NOT_FOUND);
}
END_TEST

/* S18.7: each call decides whether it exists; the first one decides whether it is kept. */
START_TEST(control_comes_and_goes_and_what_is_kept_does_not)
{
    BOOLEAN answer;
    idle.UserControlOfIdleSettings = IdleDoNotAllowUserControl;
    start();
    idle.UserControlOfIdleSettings = IdleAllowUserControl;
    ck_status_eq(assign_idle(), STATUS_SUCCESS);
    ck_status_eq(assign_idle(), STATUS_SUCCESS);
    ck_status_eq(turn(&idle_guid, FALSE), STATUS_SUCCESS);
    ck_assert(!is_on(&idle_guid));
    ck_no_configuration("IdleInWorkingState");
    idle.UserControlOfIdleSettings = IdleDoNotAllowUserControl;
    ck_status_eq(assign_idle(), STATUS_SUCCESS);
    ck_status_eq(get(&idle_guid, &answer), STATUS_WMI_INSTANCE_NOT_FOUND);
}
END_TEST

/* Rejected settings are not shown. */
START_TEST(refused_settings_give_no_control)
{
    BOOLEAN answer;
    start_queue(WdfIoQueueDispatchSequential);
    idle.DxState = PowerDeviceD0;
    ck_status_eq(assign_idle(), STATUS_INVALID_PARAMETER);
    ck_status_eq(get(&idle_guid, &answer), STATUS_WMI_GUID_NOT_FOUND);
    wake.DxState = PowerDeviceD0;
    ck_status_eq(assign_wake(), STATUS_INVALID_PARAMETER);
    ck_status_eq(get(&wake_guid, &answer), STATUS_WMI_GUID_NOT_FOUND);
}
END_TEST

/* ---- requests with an error ---- */

/* S19.24, S19.16, S19.17 */
START_TEST(a_block_is_one_boolean)
{
    BOOLEAN off = FALSE;
    ULONG used = 0, words[2] = {0};
    start();
    ck_status_eq(WdfuseInprocWmiGet(&idle_guid, NULL, 0, NULL, 0, &used), STATUS_SUCCESS);
    ck_assert_uint_eq(used, 1);
    ck_status_eq(WdfuseInprocWmiSet(&idle_guid, NULL, 0, &off, 0), STATUS_WMI_SET_FAILURE);
    ck_status_eq(WdfuseInprocWmiSetItem(&idle_guid, NULL, 0, 1, &off, 1),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfuseInprocWmiSetItem(&idle_guid, NULL, 0, 0, &off, 0), STATUS_WMI_SET_FAILURE);
    ck_status_eq(WdfuseInprocWmiExecute(&idle_guid, NULL, 0, 1, words, 4, 4, &used),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(get(&idle_guid, &off), STATUS_SUCCESS);
    ck_assert_uint_eq(off, TRUE);
    off = FALSE;
    ck_status_eq(WdfuseInprocWmiSetItem(&idle_guid, NULL, 0, 0, &off, 1), STATUS_SUCCESS);
    ck_assert(!is_on(&idle_guid));
    ck_status_eq(WdfuseInprocWmiSet(&idle_guid, NULL, 0, words, sizeof(words)), STATUS_SUCCESS);
}
END_TEST

/* ---- the driver's own block of that GUID ---- */

static NTSTATUS create_provider(const GUID *guid, WDFWMIPROVIDER *provider)
{
    WDF_WMI_PROVIDER_CONFIG config;
    WDF_WMI_PROVIDER_CONFIG_INIT(&config, guid);
    return WdfWmiProviderCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, provider);
}

/* S19.3 */
START_TEST(a_driver_cannot_take_the_frameworks_guid)
{
    WDFWMIPROVIDER provider;
    start();
    ck_status_eq(create_provider(&idle_guid, &provider), STATUS_WMI_GUID_DISCONNECTED);
    ck_status_eq(create_provider(&wake_guid, &provider), STATUS_WMI_GUID_DISCONNECTED);
}
END_TEST

static NTSTATUS query_nothing(WDFWMIINSTANCE WmiInstance, ULONG OutBufferSize, PVOID OutBuffer,
                              PULONG BufferUsed)
{
    UNREFERENCED_PARAMETER(WmiInstance);
    UNREFERENCED_PARAMETER(OutBufferSize);
    UNREFERENCED_PARAMETER(OutBuffer);
    UNREFERENCED_PARAMETER(BufferUsed);
    return STATUS_SUCCESS;
}

/* S19.3: nor the framework the driver's; then nothing has changed. */
START_TEST(the_framework_does_not_take_a_drivers_guid)
{
    WDFWMIPROVIDER provider;
    WDF_WMI_INSTANCE_CONFIG config;
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(create_provider(&idle_guid, &provider), STATUS_SUCCESS);
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(&config, provider);
    config.EvtWmiInstanceQueryInstance = query_nothing;
    config.Register = TRUE;
    ck_status_eq(
        WdfWmiInstanceCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE),
        STATUS_SUCCESS);
    ck_status_eq(assign_idle(), STATUS_WMI_GUID_DISCONNECTED);
    advance_ms(1000);
    ck_assert(!is_in_dx());
    idle.UserControlOfIdleSettings = IdleDoNotAllowUserControl;
    ck_status_eq(assign_idle(), STATUS_SUCCESS);
}
END_TEST

/* A provider without an instance is shared. */
START_TEST(an_empty_provider_of_the_driver_takes_the_frameworks_instance)
{
    WDFWMIPROVIDER provider;
    ULONG used = 0;
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(create_provider(&idle_guid, &provider), STATUS_SUCCESS);
    ck_status_eq(assign_idle(), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert(is_on(&idle_guid));
    ck_status_eq(WdfuseInprocWmiGet(&idle_guid, NULL, 0, NULL, 0, &used), STATUS_SUCCESS);
    ck_assert_uint_eq(used, 1);
}
END_TEST

/* ---- a registry that cannot be written ---- */

static NTSTATUS refuse(void *context, char **text, size_t *length)
{
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(text);
    UNREFERENCED_PARAMETER(length);
    return STATUS_ACCESS_DENIED;
}

/* The change takes effect, and the log says that it is not kept. */
START_TEST(a_choice_that_cannot_be_kept_holds_all_the_same)
{
    char error[CONFIGURATION_ERROR_SIZE];
    const struct configuration_store store = {.name = "full.json", .begin = refuse};
    start();
    ck_status_eq(configuration_load(driver_under_test()->configuration, NULL, 0, &store, error),
                 STATUS_SUCCESS);
    listen_to_warnings();
    ck_status_eq(turn(&idle_guid, FALSE), STATUS_SUCCESS);
    ck_assert(!is_on(&idle_guid));
    ck_assert_uint_eq(warnings, 1);
    ck_says("IdleInWorkingState");
    ck_says("STATUS_ACCESS_DENIED");
    log_set_sink(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("usercontrol");
    TCase *control = tcase_create("control");
    tcase_add_checked_fixture(control, setup, stop);
    tcase_add_test(control, the_user_turns_idling_off_and_on);
    tcase_add_test(control, an_idle_device_comes_back_when_it_must_not_idle_any_more);
    tcase_add_test(control, what_the_user_has_chosen_holds_for_the_next_start);
    tcase_add_test(control, the_driver_has_the_last_word);
    tcase_add_test(control, the_user_turns_waking_off_and_on);
    tcase_add_test(control, without_control_there_is_nothing_to_change);
    tcase_add_test(control, control_comes_and_goes_and_what_is_kept_does_not);
    tcase_add_test(control, refused_settings_give_no_control);
    tcase_add_test(control, a_block_is_one_boolean);
    tcase_add_test(control, a_driver_cannot_take_the_frameworks_guid);
    tcase_add_test(control, the_framework_does_not_take_a_drivers_guid);
    tcase_add_test(control, an_empty_provider_of_the_driver_takes_the_frameworks_instance);
    tcase_add_test(control, a_choice_that_cannot_be_kept_holds_all_the_same);
    suite_add_tcase(suite, control);
    return unit_run(suite);
}
