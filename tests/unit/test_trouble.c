/*
 * Each callback of PnP and power in trouble, each time that it is called in a tour of everything
 * that can happen to a device and its children: it fails, it returns STATUS_NOT_SUPPORTED (S11.6),
 * or it hangs. Everything ends all the same, and the log names the callback.
 */
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "port/log.h"
#include "port/thread.h"
#include "unit.h"

enum which {
    PREPARE,
    RELEASE,
    ENTRY,
    POST_ENTRY,
    PRE_EXIT,
    EXIT,
    INIT,
    SUSPEND,
    RESTART,
    QUERY_REMOVE,
    QUERY_STOP,
    ARM_S0,
    ARM_SX,
    ENABLE_WAKE,
    EJECT,
    SET_LOCK,
    WITH_STATUS, /* those from here on return none: they can only hang */
    FLUSH = WITH_STATUS,
    CLEANUP,
    SURPRISE,
    RELATIONS,
    DISARM_S0,
    TRIGGERED_S0,
    DISARM_SX,
    TRIGGERED_SX,
    DISABLE_WAKE,
    MISSING,
    CALLBACKS,
};

static const char *const names[CALLBACKS] = {
    [PREPARE] = "EvtDevicePrepareHardware",
    [RELEASE] = "EvtDeviceReleaseHardware",
    [ENTRY] = "EvtDeviceD0Entry",
    [POST_ENTRY] = "EvtDeviceD0EntryPostInterruptsEnabled",
    [PRE_EXIT] = "EvtDeviceD0ExitPreInterruptsDisabled",
    [EXIT] = "EvtDeviceD0Exit",
    [INIT] = "EvtDeviceSelfManagedIoInit",
    [SUSPEND] = "EvtDeviceSelfManagedIoSuspend",
    [RESTART] = "EvtDeviceSelfManagedIoRestart",
    [QUERY_REMOVE] = "EvtDeviceQueryRemove",
    [QUERY_STOP] = "EvtDeviceQueryStop",
    [ARM_S0] = "EvtDeviceArmWakeFromS0",
    [ARM_SX] = "EvtDeviceArmWakeFromSx",
    [ENABLE_WAKE] = "EvtDeviceEnableWakeAtBus",
    [EJECT] = "EvtDeviceEject",
    [SET_LOCK] = "EvtDeviceSetLock",
    [FLUSH] = "EvtDeviceSelfManagedIoFlush",
    [CLEANUP] = "EvtDeviceSelfManagedIoCleanup",
    [SURPRISE] = "EvtDeviceSurpriseRemoval",
    [RELATIONS] = "EvtDeviceRelationsQuery",
    [DISARM_S0] = "EvtDeviceDisarmWakeFromS0",
    [TRIGGERED_S0] = "EvtDeviceWakeFromS0Triggered",
    [DISARM_SX] = "EvtDeviceDisarmWakeFromSx",
    [TRIGGERED_SX] = "EvtDeviceWakeFromSxTriggered",
    [DISABLE_WAKE] = "EvtDeviceDisableWakeAtBus",
    [MISSING] = "EvtDeviceReportedMissing",
};

/* ---- the trouble ---- */

enum trouble { FAILS, IS_NOT_SUPPORTED, HANGS, TROUBLES };

static struct {
    enum which which;
    enum trouble trouble;
    unsigned at; /* the call that meets it: 1 is the first; 0: none */
    unsigned calls;
    bool was_named; /* by the log */
} plan;

/* Of the parent, and of two children. */
static unsigned counts_of[3][CALLBACKS], failed_entries[3];
static bool child_is_there[2];

static unsigned index_of(WDFDEVICE of)
{
    for (unsigned i = 0; i < 2; i++) {
        if (children[i] != NULL && children[i] == of)
            return i + 1;
    }
    return 0;
}

static const char *const words[TROUBLES] = {
    [FAILS] = "failed: STATUS_UNSUCCESSFUL",
    [IS_NOT_SUPPORTED] = "returned STATUS_NOT_SUPPORTED",
    [HANGS] = "has not returned for",
};

static void hear(enum log_level level, const char *line)
{
    UNREFERENCED_PARAMETER(level);
    if (strstr(line, names[plan.which]) != NULL && strstr(line, words[plan.trouble]) != NULL)
        plan.was_named = true;
}

/* Plays the host's watchdog, while the callback hangs in its thread. */
static void look(void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    driver_report_callbacks();
}

static NTSTATUS meet_trouble(void)
{
    struct port_thread thread;
    log_set_sink(hear);
    switch (plan.trouble) {
    case FAILS:
        return STATUS_UNSUCCESSFUL;
    case IS_NOT_SUPPORTED:
        return STATUS_NOT_SUPPORTED;
    default:
        ck_assert_int_eq(port_thread_start(&thread, "watchdog", look, NULL), 0);
        port_thread_join(&thread);
        return STATUS_SUCCESS;
    }
}

static NTSTATUS meet(WDFDEVICE of, enum which which)
{
    counts_of[index_of(of)][which]++;
    if (plan.which != which || ++plan.calls != plan.at)
        return STATUS_SUCCESS;
    NTSTATUS status = meet_trouble();
    if (which == ENTRY && !NT_SUCCESS(status))
        failed_entries[index_of(of)]++;
    return status;
}

/* ---- the driver ---- */

static NTSTATUS prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    return meet(Device, PREPARE);
}

static NTSTATUS release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Translated);
    return meet(Device, RELEASE);
}

#define POWER(name, which)                                                                         \
    static NTSTATUS name(WDFDEVICE Device, WDF_POWER_DEVICE_STATE State)                           \
    {                                                                                              \
        UNREFERENCED_PARAMETER(State);                                                             \
        return meet(Device, which);                                                                \
    }
POWER(entry, ENTRY)
POWER(post_entry, POST_ENTRY)
POWER(pre_exit, PRE_EXIT)
POWER(leave, EXIT)

#define STEP(name, which)                                                                          \
    static NTSTATUS name(WDFDEVICE Device)                                                         \
    {                                                                                              \
        return meet(Device, which);                                                                \
    }
STEP(io_init, INIT)
STEP(io_suspend, SUSPEND)
STEP(io_restart, RESTART)
STEP(query_remove, QUERY_REMOVE)
STEP(query_stop, QUERY_STOP)
STEP(arm_s0, ARM_S0)
STEP(arm_sx, ARM_SX)
STEP(eject, EJECT)

#define TOLD(name, which)                                                                          \
    static VOID name(WDFDEVICE Device)                                                             \
    {                                                                                              \
        (void)meet(Device, which);                                                                 \
    }
TOLD(io_flush, FLUSH)
TOLD(io_cleanup, CLEANUP)
TOLD(surprise, SURPRISE)
TOLD(disarm_s0, DISARM_S0)
TOLD(triggered_s0, TRIGGERED_S0)
TOLD(disarm_sx, DISARM_SX)
TOLD(triggered_sx, TRIGGERED_SX)
TOLD(disable_wake, DISABLE_WAKE)
TOLD(missing, MISSING)

static VOID relations(WDFDEVICE Device, DEVICE_RELATION_TYPE RelationType)
{
    UNREFERENCED_PARAMETER(RelationType);
    (void)meet(Device, RELATIONS);
}

static NTSTATUS enable_wake(WDFDEVICE Device, SYSTEM_POWER_STATE PowerState)
{
    UNREFERENCED_PARAMETER(PowerState);
    return meet(Device, ENABLE_WAKE);
}

static NTSTATUS set_lock(WDFDEVICE Device, BOOLEAN IsLocked)
{
    UNREFERENCED_PARAMETER(IsLocked);
    return meet(Device, SET_LOCK);
}

static VOID listen(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDevicePrepareHardware = prepare;
    pnp.EvtDeviceReleaseHardware = release;
    pnp.EvtDeviceD0Entry = entry;
    pnp.EvtDeviceD0EntryPostInterruptsEnabled = post_entry;
    pnp.EvtDeviceD0ExitPreInterruptsDisabled = pre_exit;
    pnp.EvtDeviceD0Exit = leave;
    pnp.EvtDeviceSelfManagedIoInit = io_init;
    pnp.EvtDeviceSelfManagedIoSuspend = io_suspend;
    pnp.EvtDeviceSelfManagedIoRestart = io_restart;
    pnp.EvtDeviceSelfManagedIoFlush = io_flush;
    pnp.EvtDeviceSelfManagedIoCleanup = io_cleanup;
    pnp.EvtDeviceSurpriseRemoval = surprise;
    pnp.EvtDeviceQueryRemove = query_remove;
    pnp.EvtDeviceQueryStop = query_stop;
    pnp.EvtDeviceRelationsQuery = relations;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &pnp);
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromS0 = arm_s0;
    policy.EvtDeviceDisarmWakeFromS0 = disarm_s0;
    policy.EvtDeviceWakeFromS0Triggered = triggered_s0;
    policy.EvtDeviceArmWakeFromSx = arm_sx;
    policy.EvtDeviceDisarmWakeFromSx = disarm_sx;
    policy.EvtDeviceWakeFromSxTriggered = triggered_sx;
    WdfDeviceInitSetPowerPolicyEventCallbacks(init, &policy);
}

static VOID listen_to_child(PWDFDEVICE_INIT init)
{
    WDF_PDO_EVENT_CALLBACKS events;
    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceEnableWakeAtBus = enable_wake;
    events.EvtDeviceDisableWakeAtBus = disable_wake;
    events.EvtDeviceEject = eject;
    events.EvtDeviceSetLock = set_lock;
    events.EvtDeviceReportedMissing = missing;
    WdfPdoInitSetEventCallbacks(init, &events);
    listen(init);
}

static VOID forget_child(WDFOBJECT Object)
{
    unsigned number = index_of(Object);
    if (number == 0)
        return;
    child_is_there[number - 1] = false;
    children[number - 1] = NULL; /* the next one may have the same handle */
}

static void let_sleep(WDFDEVICE of)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCanWakeFromS0);
    idle.IdleTimeout = 100;
    ck_status_eq(WdfDeviceAssignS0IdleSettings(of, &idle), STATUS_SUCCESS);
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wake);
    ck_status_eq(WdfDeviceAssignSxWakeSettings(of, &wake), STATUS_SUCCESS);
}

static void make_child_of(WDFDEVICE parent, unsigned number)
{
    ck_status_eq(try_create_child(describe_child(parent, number), number), STATUS_SUCCESS);
    child_is_there[number] = true;
    let_sleep(children[number]);
    ck_status_eq(WdfFdoAddStaticChild(parent, children[number]), STATUS_SUCCESS);
}

static VOID make_family(WDFDEVICE parent)
{
    let_sleep(parent);
    make_child_of(parent, 0);
}

static void setup(void)
{
    memset(&plan, 0, sizeof(plan));
    memset(counts_of, 0, sizeof(counts_of));
    memset(failed_entries, 0, sizeof(failed_entries));
    memset(child_is_there, 0, sizeof(child_is_there));
    WdfuseInprocSetWake(PowerDeviceD3, PowerSystemSleeping3);
    prepare_init = listen;
    prepare_child_init = listen_to_child;
    prepare_device = make_family;
    WDF_OBJECT_ATTRIBUTES_INIT(&child_attributes);
    child_attributes.EvtCleanupCallback = forget_child;
    describe_queue(WdfIoQueueDispatchManual);
}

static void teardown(void)
{
    bus_stop();
    log_set_sink(NULL);
    WdfuseInprocSetWake(PowerDeviceUnspecified, PowerSystemUnspecified);
}

/* ---- the tour; it leaves out what a device in trouble no longer does ---- */

static void settle(void)
{
    WdfuseInprocWaitForWorkers();
}

static void wake_both(void)
{
    if (child_is_there[0])
        (void)WdfDeviceIndicateWakeStatus(children[0], STATUS_SUCCESS);
    settle();
    (void)WdfuseInprocWake(device, STATUS_SUCCESS);
    settle();
}

static void idle_and_wake(void)
{
    advance_ms(100); /* the child */
    settle();
    advance_ms(100); /* the parent */
    settle();
    wake_both();
}

static void sleep_and_wake(void)
{
    (void)WdfuseInprocSuspend(device);
    wake_both();
    (void)WdfuseInprocResume(device);
    settle();
}

static void rebalance(void)
{
    if (NT_SUCCESS(WdfuseInprocQueryRemove(device)))
        WdfuseInprocCancelRemove(device);
    if (NT_SUCCESS(WdfuseInprocQueryStop(device)) && NT_SUCCESS(WdfuseInprocRebalanceStop(device)))
        (void)WdfuseInprocRebalanceStart(device);
    settle();
}

static void change_children(void)
{
    (void)WdfuseInprocPlug("test");
    settle();
    (void)WdfuseInprocSetLock("test.0", TRUE);
    (void)WdfuseInprocEject("test.0");
    settle();
    if (WdfuseInprocHasFailed(device))
        return;
    make_child_of(wdf_device(), 1);
    settle();
    (void)WdfuseInprocUnplug("test.1");
    settle();
}

static void tour(bool ends_by_surprise)
{
    if (!NT_SUCCESS(try_start_device()))
        return;
    settle();
    idle_and_wake();
    sleep_and_wake();
    rebalance();
    change_children();
    if (ends_by_surprise) {
        WdfuseInprocSurpriseStop(device);
        device = NULL;
    } else {
        holding_stop();
    }
}

/* ---- what holds in the end ---- */

/* S11.5, S11.12, S11.13, S18.47 */
static void check_life(const unsigned *calls, unsigned failed)
{
    ck_assert_uint_eq(calls[PREPARE], calls[RELEASE]);
    ck_assert_uint_eq(calls[ENTRY], calls[EXIT] + failed);
    ck_assert_uint_le(calls[INIT], 1);
    ck_assert_uint_eq(calls[FLUSH], calls[INIT]);
    ck_assert_uint_eq(calls[CLEANUP], calls[INIT]);
    ck_assert_uint_le(calls[SURPRISE], 1);
}

static void check_lives(void)
{
    for (unsigned i = 0; i < 2; i++)
        ck_assert_msg(!child_is_there[i], "child %u is left after call %u of %s", i, plan.at,
                      names[plan.which]);
    for (unsigned i = 0; i < 3; i++)
        check_life(counts_of[i], failed_entries[i]);
}

/* ---- the tests ---- */

/* The tour is complete: it calls every callback. */
START_TEST(the_tour_comes_by_every_callback)
{
    tour(_i != 0);
    for (unsigned i = 0; i < CALLBACKS; i++)
        ck_assert_msg(counts_of[0][i] + counts_of[1][i] + counts_of[2][i] > 0,
                      "the tour does not come by %s", names[i]);
    check_lives();
}
END_TEST

/* The largest number of calls of a callback in the tour. */
#define CALLS_MAX 16

/* S11.5, S11.6, S11.12, S11.14, S11.39, S18.25, S18.47: each callback, each trouble, each call. */
START_TEST(whatever_trouble_a_callback_is_in_it_is_named_and_nothing_is_lost)
{
    for (unsigned which = 0; which < CALLBACKS; which++) {
        for (unsigned at = 1;; at++) {
            setup();
            plan.which = which;
            plan.trouble = (enum trouble)_i;
            plan.at = at;
            if (which >= WITH_STATUS && plan.trouble != HANGS)
                break;
            tour(at % 2 != 0);
            bus_stop();
            log_set_sink(NULL);
            ck_assert_uint_le(at, CALLS_MAX);
            check_lives();
            if (plan.calls < at)
                break; /* it is called less often */
            ck_assert_msg(plan.was_named, "call %u of %s is not named", at, names[which]);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trouble");
    TCase *trouble = tcase_create("trouble");
    tcase_add_checked_fixture(trouble, setup, teardown);
    tcase_set_timeout(trouble, 60);
    tcase_add_loop_test(trouble, the_tour_comes_by_every_callback, 0, 2);
    tcase_add_loop_test(trouble, whatever_trouble_a_callback_is_in_it_is_named_and_nothing_is_lost,
                        0, TROUBLES);
    suite_add_tcase(suite, trouble);
    return unit_run(suite);
}
