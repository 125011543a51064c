/* One round. See round.h. */
#include "round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driverfile.h"
#include "trail.h"
#include "values.h"

#define CLIENTS_MAX 32
#define NODE_NAME   "devfund"

/* This round's. */
static struct {
    const struct round_options *options;
    struct round_counts *counts;
    struct chance chance;
    struct trail *trail;
    WDFUSEDEVICE device;
    struct clients_target target;
    struct client *clients[CLIENTS_MAX];
} now;

/* ---- start ---- */

static DRIVER_INITIALIZE *load(const char *path)
{
    char error[512];
    DRIVER_INITIALIZE *driver_entry = driver_file_load(path, error, sizeof(error));
    if (driver_entry == NULL)
        trails_fail("%s", error);
    return driver_entry;
}

/* The service name for each file: its name and its number. */
static const char *service_name(unsigned index)
{
    static char names[DRIVERS_MAX][32];
    snprintf(names[index], sizeof(names[index]), "%s%u", NODE_NAME, index);
    return names[index];
}

static void serve_children(void)
{
    for (unsigned i = 0; i < now.options->driver_count; i++) {
        const struct driver_file *file = &now.options->drivers[i];
        if (file->child_id == NULL)
            continue;
        NTSTATUS status =
            WdfuseInprocServeChildren(file->child_id, load(file->path), service_name(i));
        if (!NT_SUCCESS(status))
            trails_fail("%s: DriverEntry returns 0x%X", file->path, (unsigned)status);
    }
}

static void start_stack(void)
{
    WDFUSE_LAYER layers[DRIVERS_MAX];
    ULONG count = 0;
    for (unsigned i = 0; i < now.options->driver_count; i++) {
        if (now.options->drivers[i].child_id != NULL)
            continue;
        layers[count].DriverEntry = load(now.options->drivers[i].path);
        layers[count++].ServiceName = service_name(i);
    }
    layers[count - 1].ServiceName = NODE_NAME; /* the node's */
    trail_step(now.trail, "start", count, 0);
    NTSTATUS status = WdfuseInprocStartLayers(layers, count, &now.device);
    trail_result(now.trail, status);
    if (!NT_SUCCESS(status))
        trails_fail("the device is not started: 0x%X", (unsigned)status);
}

static void choose_file_name(void)
{
    if (!chance_one_in(&now.chance, 2))
        (void)WdfuseInprocSetFileName(now.device, values_name(&now.chance));
}

static void start_clients(void)
{
    const struct round_options *options = now.options;
    now.target = (struct clients_target){
        .device = now.device,
        .has_device = WdfuseInprocGetDevice(now.device) != NULL,
        .node_count = options->node_count,
        .text_count = options->text_count,
        .operations = options->operations,
        .done = &now.counts->operations,
    };
    memcpy(now.target.nodes, options->nodes, sizeof(options->nodes));
    memcpy(now.target.texts, options->texts, sizeof(options->texts));
    if (!now.target.has_device && options->node_count == 0)
        trails_fail("the driver makes control devices alone: say --node=NAME for each");
    uint64_t seed = chance_number(&now.chance);
    for (unsigned i = 0; i < options->clients; i++)
        now.clients[i] = client_start(&now.target, seed, i);
}

/* ---- events ---- */

/* Lets the clients run; they may have ended, or wait. */
static void pause_a_little(void)
{
    unsigned long until = atomic_load(now.target.done) + chance_below(&now.chance, 60);
    for (unsigned i = 0; i < 20 && atomic_load(now.target.done) < until; i++) {
        const struct timespec moment = {.tv_nsec = 100000};
        nanosleep(&moment, NULL);
    }
}

static void begin_transition(const char *verb, unsigned long how)
{
    trail_step(now.trail, verb, how, 0);
    atomic_store(&now.target.is_in_transition, true);
}

static void end_transition(NTSTATUS status)
{
    atomic_store(&now.target.is_in_transition, false);
    trail_result(now.trail, status);
}

/* Waits for a transition that has begun. */
static void expect(const char *what, NTSTATUS status)
{
    end_transition(status);
    if (!NT_SUCCESS(status) && !now.options->may_fail)
        trails_fail("%s: 0x%X", what, (unsigned)status);
}

static bool has_failed(void)
{
    return WdfuseInprocHasFailed(now.device);
}

static void resume(void)
{
    begin_transition("resume", 0);
    expect("resume", WdfuseInprocResume(now.device));
}

/* True: the device sleeps. */
static bool begin_sleep(void)
{
    SYSTEM_POWER_STATE state = PowerSystemSleeping1 + chance_below(&now.chance, 4);
    if (!NT_SUCCESS(WdfuseInprocQuerySleep(now.device, state)))
        return false;
    begin_transition("suspend", (unsigned long)state);
    expect("suspend", WdfuseInprocSleep(now.device, state));
    return !has_failed();
}

static void sleep_and_wake(void)
{
    if (!begin_sleep())
        return;
    pause_a_little();
    if (chance_one_in(&now.chance, 4))
        (void)WdfuseInprocWake(now.device, STATUS_SUCCESS);
    resume();
}

static void idle(void)
{
    trail_step(now.trail, "idle", 0, 0);
    WdfuseInprocIdle(now.device);
    trail_result(now.trail, 0);
}

static void wake(void)
{
    trail_step(now.trail, "wake", 0, 0);
    NTSTATUS status =
        chance_one_in(&now.chance, 4) ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS; /* of the signal */
    trail_result(now.trail, WdfuseInprocWake(now.device, status));
}

static void rebalance(void)
{
    begin_transition("query stop", 0);
    NTSTATUS status = WdfuseInprocQueryStop(now.device);
    end_transition(status);
    if (!NT_SUCCESS(status))
        return;
    pause_a_little();
    if (chance_one_in(&now.chance, 4)) {
        WdfuseInprocCancelStop(now.device);
        return;
    }
    begin_transition("stop for a rebalance", 0);
    expect("stop for a rebalance", WdfuseInprocRebalanceStop(now.device));
    pause_a_little();
    if (has_failed())
        return;
    begin_transition("start after a rebalance", 0);
    expect("start after a rebalance", WdfuseInprocRebalanceStart(now.device));
}

static bool query_remove(void)
{
    begin_transition("query remove", 0);
    NTSTATUS status = WdfuseInprocQueryRemove(now.device);
    end_transition(status);
    return NT_SUCCESS(status);
}

static void ask_for_removal_in_vain(void)
{
    if (!query_remove())
        return;
    pause_a_little();
    WdfuseInprocCancelRemove(now.device);
}

/* For a child among the nodes, or its bus; any other device refuses it. */
static void plug_something(void)
{
    static NTSTATUS (*const happenings[])(PCSTR Name) = {WdfuseInprocPlug, WdfuseInprocUnplug,
                                                         WdfuseInprocEject};
    unsigned which = chance_below(&now.chance, now.target.node_count + 1);
    const char *node = which < now.target.node_count ? now.target.nodes[which] : NODE_NAME;
    unsigned kind = chance_below(&now.chance, RTL_NUMBER_OF(happenings));
    trail_step(now.trail, "plug, unplug or eject", kind, which);
    trail_result(now.trail, happenings[kind](node));
}

static void do_event(void)
{
    static void (*const events[])(void) = {sleep_and_wake,          idle,          wake, rebalance,
                                           ask_for_removal_in_vain, plug_something};
    static const unsigned weights[] = {4, 6, 2, 3, 2, 2};
    events[chance_weighted(&now.chance, weights, RTL_NUMBER_OF(weights))]();
    atomic_fetch_add(&now.counts->events, 1);
    if (has_failed() && !now.options->may_fail)
        trails_fail("the device has failed");
}

/* For a device that may fail: restarts it as often as the system does. False: it stays failed. */
static bool restart_if_failed(void)
{
    if (!has_failed())
        return true;
    begin_transition("start anew", 0);
    NTSTATUS status = WdfuseInprocRestart(now.device);
    end_transition(status);
    return NT_SUCCESS(status);
}

static void do_events(void)
{
    for (unsigned i = 0; i < now.options->events && restart_if_failed(); i++) {
        pause_a_little();
        do_event();
    }
}

/* ---- the end ---- */

static void remove_now(bool is_by_surprise)
{
    begin_transition(is_by_surprise ? "surprise remove" : "remove", 0);
    if (is_by_surprise)
        WdfuseInprocSurpriseRemove(now.device);
    else
        WdfuseInprocRemove(now.device);
    end_transition(STATUS_SUCCESS);
}

/* At any moment, or when the clients are done. */
static void remove_somehow(void)
{
    if (chance_one_in(&now.chance, 4))
        return;
    if (chance_one_in(&now.chance, 3))
        (void)begin_sleep();
    else if (chance_one_in(&now.chance, 3))
        idle();
    else if (chance_one_in(&now.chance, 3) && !query_remove())
        return;
    pause_a_little();
    remove_now(chance_one_in(&now.chance, 2));
}

static void join_clients(void)
{
    for (unsigned i = 0; i < now.options->clients; i++)
        client_join(now.clients[i]);
}

static void stop(void)
{
    trail_step(now.trail, "stop", 0, 0);
    WdfuseInprocStop(now.device);
    WdfuseInprocStopServingChildren();
    trail_result(now.trail, 0);
}

void round_run(const struct round_options *options, uint64_t seed, struct round_counts *counts)
{
    now.options = options;
    now.counts = counts;
    now.chance.state = seed;
    now.trail = trail_open("the system", 0);
    trails_watch(options->patience_s);
    values_prepare();
    if (chance_one_in(&now.chance, 2))
        WdfuseInprocSetWake(PowerDeviceD3, PowerSystemSleeping3);
    serve_children();
    start_stack();
    choose_file_name();
    start_clients();
    if (now.target.has_device) {
        do_events();
        remove_somehow();
    }
    join_clients();
    stop();
}
