/*
 * The state machines of a device: docs/states.md shows these tables, and the driver is told of the
 * states (S18.41 to S18.46).
 *
 *   test_states --print   writes the tables for the page
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/device/pnp.h"
#include "framework/device/policy.h"
#include "framework/device/policyother.h"
#include "framework/device/power.h"
#include "holding.h"
#include "unit.h"

static const struct machine_table *const tables[] = {&pnp_table, &power_table, &policy_owner_table,
                                                     &policy_other_table};

static const char *name_of(const struct machine_table *table, unsigned state)
{
    for (unsigned i = 0; i < table->count; i++) {
        if (table->rows[i].state == state)
            return table->rows[i].name;
    }
    return NULL;
}

/* "| Started | 0x119 | query remove: QueryRemoveStaticCheck; remove: StartedRemoving |" */
static void describe_row(const struct machine_table *table, const struct machine_row *row,
                         char *text, size_t size)
{
    size_t length = (size_t)snprintf(text, size, "| %s | 0x%X | ", row->name, row->state);
    for (const struct machine_edge *edge = row->edges; edge->event != EVENT_NONE; edge++)
        length += (size_t)snprintf(text + length, size - length, "%s%s: %s",
                                   edge != row->edges ? "; " : "", machine_event_name(edge->event),
                                   name_of(table, edge->next));
    snprintf(text + length, size - length, " |\n");
}

static void print_tables(void)
{
    char text[1024];
    for (unsigned i = 0; i < RTL_NUMBER_OF(tables); i++) {
        printf("\n## %s\n\n| state | number | event: next state |\n| --- | --- | --- |\n",
               tables[i]->name);
        for (unsigned row = 0; row < tables[i]->count; row++) {
            describe_row(tables[i], &tables[i]->rows[row], text, sizeof(text));
            fputs(text, stdout);
        }
    }
}

static char page[65536];

static void read_page(void)
{
    FILE *file = fopen(STATES_PAGE, "r");
    ck_assert_ptr_nonnull(file);
    page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
    fclose(file);
}

static unsigned count_rows(const char *text)
{
    unsigned count = 0;
    for (; (text = strstr(text, "\n| ")) != NULL; text++)
        count += strstr(text, " | 0x") != NULL && strstr(text, " | 0x") < strchr(text + 1, '\n');
    return count;
}

/* S18.43, S18.44, S18.45, S18.46 */
START_TEST(the_page_shows_the_tables)
{
    char text[1024];
    unsigned rows = 0;
    read_page();
    for (unsigned i = 0; i < RTL_NUMBER_OF(tables); i++) {
        for (unsigned row = 0; row < tables[i]->count; row++, rows++) {
            describe_row(tables[i], &tables[i]->rows[row], text, sizeof(text));
            ck_assert_msg(strstr(page, text) != NULL, "docs/states.md lacks %s", text);
        }
    }
    ck_assert_uint_eq(count_rows(page), rows);
}
END_TEST

static bool is_reached(const struct machine_table *table, unsigned state)
{
    for (unsigned row = 0; row < table->count; row++) {
        for (const struct machine_edge *edge = table->rows[row].edges; edge->event != EVENT_NONE;
             edge++) {
            if (edge->next == state)
                return true;
        }
    }
    return false;
}

START_TEST(every_state_is_there_once_and_can_be_reached)
{
    for (unsigned i = 0; i < RTL_NUMBER_OF(tables); i++) {
        const struct machine_table *table = tables[i];
        for (unsigned row = 0; row < table->count; row++) {
            ck_assert_str_eq(name_of(table, table->rows[row].state), table->rows[row].name);
            ck_assert_msg(row == 0 || is_reached(table, table->rows[row].state),
                          "%s: nothing leads to %s", table->name, table->rows[row].name);
            for (const struct machine_edge *edge = table->rows[row].edges;
                 edge->event != EVENT_NONE; edge++)
                ck_assert_ptr_nonnull(name_of(table, edge->next));
        }
    }
}
END_TEST

/* ---- the driver is told ---- */

static char trace[512];

static void note(const char *text)
{
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%s ", text);
}

static NTSTATUS note_prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    note("Prepare");
    return STATUS_SUCCESS;
}

static VOID note_pnp(WDFDEVICE Device, PCWDF_DEVICE_PNP_NOTIFICATION_DATA NotificationData)
{
    char text[64];
    bool is_post = NotificationData->Type == StateNotificationPostProcessState;
    snprintf(text, sizeof(text), "%d:%x>%x@%x", (int)NotificationData->Type,
             NotificationData->Data.EnterState.CurrentState,
             is_post ? 0u : NotificationData->Data.EnterState.NewState,
             WdfDeviceGetDevicePnpState(Device));
    note(text);
}

static VOID note_power(WDFDEVICE Device, PCWDF_DEVICE_POWER_NOTIFICATION_DATA NotificationData)
{
    UNREFERENCED_PARAMETER(Device);
    note(NotificationData->Data.EnterState.NewState == WdfDevStatePowerD0NP ? "D0NP" : "D0");
}

static VOID note_policy(WDFDEVICE Device,
                        PCWDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA NotificationData)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(NotificationData);
    note("Policy");
}

static VOID watch_hardware_available(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = note_prepare;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
    ck_status_eq(WdfDeviceInitRegisterPnpStateChangeCallback(init, WdfDevStatePnpHardwareAvailable,
                                                             note_pnp, StateNotificationAllStates),
                 STATUS_SUCCESS);
}

/* S18.41, S18.57 */
START_TEST(a_state_is_entered_worked_on_and_left)
{
    trace[0] = '\0';
    prepare_init = watch_hardware_available;
    start_device();
    ck_assert_str_eq(trace, "1:106>108@106 Prepare 2:108>0@108 4:108>109@108 ");
}
END_TEST

static VOID watch_power(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetPowerNotPageable(init);
    ck_status_eq(WdfDeviceInitRegisterPowerStateChangeCallback(init, WdfDevStatePowerD0, note_power,
                                                               StateNotificationEnterState),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceInitRegisterPowerPolicyStateChangeCallback(
                     init, WdfDevStatePwrPolStarted, note_policy, StateNotificationLeaveState),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceInitRegisterPowerPolicyStateChangeCallback(
                     init, WdfDevStatePwrPolStarted, note_policy, StateNotificationEnterState),
                 STATUS_SUCCESS);
}

/* S18.42: the twin shares the registration; a later one replaces an earlier one. */
START_TEST(each_machine_is_told_of_once_for_a_state)
{
    trace[0] = '\0';
    prepare_init = watch_power;
    start_device();
    ck_assert_str_eq(trace, "D0NP Policy ");
}
END_TEST

static VOID register_badly(PWDFDEVICE_INIT init)
{
    ck_status_eq(
        WdfDeviceInitRegisterPnpStateChangeCallback(init, WdfDevStatePnpStarted, note_pnp, 0),
        STATUS_INVALID_PARAMETER);
    ck_status_eq(
        WdfDeviceInitRegisterPnpStateChangeCallback(init, WdfDevStatePnpStarted, note_pnp, 8),
        STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceInitRegisterPnpStateChangeCallback(init, WdfDevStatePnpNull, note_pnp,
                                                             StateNotificationAllStates),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceInitRegisterPowerStateChangeCallback(
                     init, (WDF_DEVICE_POWER_STATE)WdfDevStatePnpStarted, note_power,
                     StateNotificationAllStates),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceInitRegisterPowerPolicyStateChangeCallback(
                     init, WdfDevStatePwrPolInvalid, note_policy, StateNotificationAllStates),
                 STATUS_INVALID_PARAMETER);
}

/* S18.42, S11.38 */
START_TEST(a_registration_for_no_state_is_refused)
{
    prepare_init = register_badly;
    start_device();
}
END_TEST

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        print_tables();
        return 0;
    }
    Suite *suite = suite_create("states");
    TCase *tests = tcase_create("states");
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_test(tests, the_page_shows_the_tables);
    tcase_add_test(tests, every_state_is_there_once_and_can_be_reached);
    tcase_add_test(tests, a_state_is_entered_worked_on_and_left);
    tcase_add_test(tests, each_machine_is_told_of_once_for_a_state);
    tcase_add_test(tests, a_registration_for_no_state_is_refused);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
