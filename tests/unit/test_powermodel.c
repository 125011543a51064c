/*
 * PnP, power and requests beside a reference model: whatever happens in whatever order, each
 * callback comes when the model says, and each state is the model's (S11.8, S11.15 to S11.22,
 * S11.27 to S11.30, S17.11, S18.8, S18.20, S18.24, S18.29, S18.30). The device is alone, or is the
 * power policy owner between two filters.
 *
 * usage: test_powermodel [--seed N] [--operations N]
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <ntddk.h>
#include <wdf.h>
#include <wdfuse/inproc.h>

#include "port/log.h"
#include "stories.h"

#define IDLE_MS   100
#define READS_MAX 4

enum { LAYERS = 3 };
enum idle_kind { NEVER_IDLE, CANNOT_WAKE, CAN_WAKE, IDLE_KINDS };
enum pnp { STARTED, ASKED_REMOVE, ASKED_STOP, STOPPED };
enum armed { UNARMED, FOR_S0, FOR_SX };

/* ---- the model ---- */

static struct model {
    bool is_stack;
    enum idle_kind kind;
    int dx; /* WDF_POWER_DEVICE_STATE of idling */
    bool wakes_system;
    bool is_in_d0, is_asleep, is_triggered;
    bool is_watching; /* its queue holds references (S6.72) */
    int state;        /* outside of D0: its state */
    enum armed armed;
    enum pnp pnp;
    unsigned stop_idles;
    unsigned queued, owned; /* requests */
    unsigned presented;     /* ever */
    char trace[512];
} model;

static void expect(const char *format, int number)
{
    size_t length = strlen(model.trace);
    snprintf(model.trace + length, sizeof(model.trace) - length, format, number);
}

static bool is_wanted(void)
{
    return model.stop_idles > 0 || model.pnp == ASKED_REMOVE || model.pnp == ASKED_STOP ||
           (model.is_watching && model.queued + model.owned > 0);
}

static void present(void)
{
    if (!model.is_in_d0 || model.owned > 0 || model.queued == 0)
        return;
    model.queued--;
    model.owned++;
    model.presented++;
}

static void go_down(int state, enum armed armed)
{
    if (model.is_stack)
        expect("uExit%d ", state);
    expect("Suspend ", 0);
    if (armed != UNARMED)
        expect(armed == FOR_S0 ? "Arm " : "SxArm ", 0);
    expect("Exit%d ", state);
    if (model.is_stack)
        expect("lExit%d ", state);
    model.is_in_d0 = false;
    model.state = state;
    model.armed = armed;
    model.is_triggered = false;
}

static void disarm(void)
{
    const char *prefix = model.armed == FOR_SX ? "Sx" : "";
    char text[32];
    if (model.armed == UNARMED)
        return;
    snprintf(text, sizeof(text), "%s%s%sDisarm ", model.is_triggered ? prefix : "",
             model.is_triggered ? "Triggered " : "", prefix);
    expect(text, 0);
    model.armed = UNARMED;
}

static void come_up(void)
{
    if (model.is_stack)
        expect("lEntry%d ", model.state);
    expect("Entry%d ", model.state);
    disarm();
    expect("Restart ", 0);
    if (model.is_stack)
        expect("uEntry%d ", model.state);
    model.is_in_d0 = true;
    model.is_watching = model.kind != NEVER_IDLE;
}

/* Consequences that need no operation. */
static void settle(void)
{
    if (!model.is_in_d0 && !model.is_asleep && model.pnp != STOPPED && is_wanted())
        come_up();
    present();
}

static void idle_out(void)
{
    if (model.is_in_d0 && !model.is_asleep && model.kind != NEVER_IDLE && !is_wanted())
        go_down(model.dx, model.kind == CAN_WAKE ? FOR_S0 : UNARMED);
}

static void fall_asleep(void)
{
    model.is_asleep = true;
    if (!model.is_in_d0 && model.armed == UNARMED && !model.wakes_system)
        return;
    if (!model.is_in_d0)
        come_up();
    go_down(WdfPowerDeviceD3, model.wakes_system ? FOR_SX : UNARMED);
}

static void wake_up(void)
{
    model.is_asleep = false;
    model.is_watching = model.kind != NEVER_IDLE;
    if (model.armed != FOR_SX && model.kind == CANNOT_WAKE && !is_wanted())
        return;
    come_up();
    present();
}

/* ---- the driver ---- */

static char trace[512];
static unsigned layers_added;
static WDFDEVICE layers[LAYERS];
static WDFREQUEST owned_request;
static unsigned presented;

static NTSTATUS note(WDFDEVICE of, const char *event, int number)
{
    const char *who = !model.is_stack || of == layers[1] ? "" : of == layers[0] ? "l" : "u";
    size_t length = strlen(trace);
    length += (size_t)snprintf(trace + length, sizeof(trace) - length, "%s%s", who, event);
    if (number >= 0)
        length += (size_t)snprintf(trace + length, sizeof(trace) - length, "%d", number);
    snprintf(trace + length, sizeof(trace) - length, " ");
    return STATUS_SUCCESS;
}

static NTSTATUS enter_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    return note(Device, "Entry", (int)PreviousState);
}

static NTSTATUS leave_d0(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    return note(Device, "Exit", (int)TargetState);
}

#define NOTES(name, event)                                                                         \
    static NTSTATUS name(WDFDEVICE Device)                                                         \
    {                                                                                              \
        return note(Device, event, -1);                                                            \
    }
NOTES(io_suspend, "Suspend")
NOTES(io_restart, "Restart")
NOTES(arm, "Arm")
NOTES(arm_sx, "SxArm")

#define TELLS(name, event)                                                                         \
    static VOID name(WDFDEVICE Device)                                                             \
    {                                                                                              \
        note(Device, event, -1);                                                                   \
    }
TELLS(disarm_s0, "Disarm")
TELLS(disarm_sx, "SxDisarm")
TELLS(triggered, "Triggered")
TELLS(triggered_sx, "SxTriggered")

static VOID keep(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    owned_request = Request;
    presented++;
}

/* S6.66: it is kept, and the device may go down. */
static VOID stop_request(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    if ((ActionFlags & WdfRequestStopActionPurge) != 0)
        WdfRequestComplete(Request, STATUS_CANCELLED);
    else
        WdfRequestStopAcknowledge(Request, FALSE);
}

static NTSTATUS assign(void)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(
        &settings, model.kind == CAN_WAKE ? IdleCanWakeFromS0 : IdleCannotWakeFromS0);
    settings.Enabled = model.kind != NEVER_IDLE ? WdfTrue : WdfFalse;
    settings.IdleTimeout = IDLE_MS;
    settings.DxState = (DEVICE_POWER_STATE)model.dx;
    return WdfDeviceAssignS0IdleSettings(layers[1], &settings);
}

static NTSTATUS assign_wake(void)
{
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS settings;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&settings);
    settings.Enabled = model.wakes_system ? WdfTrue : WdfFalse;
    return WdfDeviceAssignSxWakeSettings(layers[1], &settings);
}

static NTSTATUS add_owner(PWDFDEVICE_INIT DeviceInit, WDF_PNPPOWER_EVENT_CALLBACKS *pnp)
{
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    WDF_IO_QUEUE_CONFIG queue;
    pnp->EvtDeviceSelfManagedIoSuspend = io_suspend;
    pnp->EvtDeviceSelfManagedIoRestart = io_restart;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, pnp);
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromS0 = arm;
    policy.EvtDeviceDisarmWakeFromS0 = disarm_s0;
    policy.EvtDeviceWakeFromS0Triggered = triggered;
    policy.EvtDeviceArmWakeFromSx = arm_sx;
    policy.EvtDeviceDisarmWakeFromSx = disarm_sx;
    policy.EvtDeviceWakeFromSxTriggered = triggered_sx;
    WdfDeviceInitSetPowerPolicyEventCallbacks(DeviceInit, &policy);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &layers[1]);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchSequential);
    queue.EvtIoRead = keep;
    queue.EvtIoStop = stop_request;
    status = WdfIoQueueCreate(layers[1], &queue, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (NT_SUCCESS(status))
        status = assign();
    return NT_SUCCESS(status) ? assign_wake() : status;
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    unsigned layer = model.is_stack ? layers_added++ : 1;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDeviceD0Entry = enter_d0;
    pnp.EvtDeviceD0Exit = leave_d0;
    if (layer == 1)
        return add_owner(DeviceInit, &pnp);
    WdfFdoInitSetFilter(DeviceInit);
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &pnp);
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &layers[layer]);
}

static NTSTATUS driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_device);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* ---- the operations ---- */

static WDFUSEDEVICE device;
static WDFUSEFILE file;
static WDFUSEIO reads[READS_MAX]; /* the oldest first: the one that the driver has, if any */
static char buffers[READS_MAX][1];
static unsigned read_count;

static void forget_read(unsigned index)
{
    (void)WdfuseInprocFinish(reads[index], NULL);
    read_count--;
    for (unsigned i = index; i < read_count; i++)
        reads[i] = reads[i + 1];
}

static NTSTATUS nothing(bool is_done)
{
    return is_done ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

/* Each does the operation to the model, then to the device, whose status it returns; *expected is
 * the model's status. False: it makes no sense now. */
typedef bool operation(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status);

static bool read_byte(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    if (read_count == READS_MAX)
        return false;
    model.queued++;
    settle();
    *expected = STATUS_SUCCESS;
    reads[read_count] = WdfuseInprocBeginRead(file, buffers[read_count], 1);
    *status = nothing(reads[read_count++] != NULL);
    return true;
}

static bool complete(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    if (model.owned == 0)
        return false;
    model.owned--;
    settle();
    WDFREQUEST request = owned_request;
    owned_request = NULL;
    WdfRequestComplete(request, STATUS_SUCCESS);
    forget_read(0);
    *expected = *status = STATUS_SUCCESS;
    return true;
}

static bool cancel(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    if (model.queued == 0)
        return false;
    model.queued--;
    settle();
    WdfuseInprocCancel(reads[read_count - 1]);
    forget_read(read_count - 1);
    *expected = *status = STATUS_SUCCESS;
    return true;
}

static bool stop_idle(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    *expected = model.pnp == STOPPED ? STATUS_POWER_STATE_INVALID
                : model.is_in_d0     ? STATUS_SUCCESS
                                     : STATUS_PENDING;
    if (NT_SUCCESS(*expected))
        model.stop_idles++;
    settle();
    *status = WdfDeviceStopIdle(layers[1], FALSE);
    return true;
}

static bool resume_idle(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    if (model.stop_idles == 0)
        return false;
    model.stop_idles--;
    WdfDeviceResumeIdle(layers[1]);
    *expected = *status = STATUS_SUCCESS;
    return true;
}

static bool let_time_go(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    idle_out();
    WdfuseInprocAdvanceClock(IDLE_MS * 10000ull);
    *expected = *status = STATUS_SUCCESS;
    return true;
}

static bool signal_wake(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    bool is_heard = model.armed != UNARMED && !model.is_triggered;
    *expected = is_heard ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_REQUEST;
    model.is_triggered = model.armed != UNARMED;
    if (is_heard && model.armed == FOR_S0)
        come_up();
    *status = WdfuseInprocWake(device, STATUS_SUCCESS);
    return true;
}

static bool suspend(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    *expected =
        model.is_asleep || model.pnp == STOPPED ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS;
    if (NT_SUCCESS(*expected))
        fall_asleep();
    *status = WdfuseInprocSuspend(device);
    return true;
}

static bool resume(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    *expected = model.is_asleep ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
    if (model.is_asleep)
        wake_up();
    *status = WdfuseInprocResume(device);
    return true;
}

/* Windows does no PnP while the system sleeps. */
static bool is_pnp(enum pnp pnp)
{
    return model.pnp == pnp && !model.is_asleep;
}

static bool ask(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    if (!is_pnp(STARTED))
        return false;
    model.pnp = numbers[0] % 2 ? ASKED_STOP : ASKED_REMOVE;
    settle();
    *expected = STATUS_SUCCESS;
    *status = numbers[0] % 2 ? WdfuseInprocQueryStop(device) : WdfuseInprocQueryRemove(device);
    return true;
}

static bool take_back(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    if (!is_pnp(ASKED_REMOVE) && !is_pnp(ASKED_STOP))
        return false;
    if (model.pnp == ASKED_REMOVE)
        WdfuseInprocCancelRemove(device);
    else
        WdfuseInprocCancelStop(device);
    model.pnp = STARTED;
    *expected = *status = STATUS_SUCCESS;
    return true;
}

static bool stop(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    if (!is_pnp(ASKED_STOP))
        return false;
    go_down(WdfPowerDeviceD3Final, UNARMED);
    model.pnp = STOPPED;
    *expected = STATUS_SUCCESS;
    *status = WdfuseInprocRebalanceStop(device);
    return true;
}

static bool start(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    (void)numbers;
    if (!is_pnp(STOPPED))
        return false;
    model.pnp = STARTED;
    come_up();
    present();
    *expected = STATUS_SUCCESS;
    *status = WdfuseInprocRebalanceStart(device);
    return true;
}

/* S18.8 */
static bool change_settings(const uint32_t *numbers, NTSTATUS *expected, NTSTATUS *status)
{
    model.kind = (enum idle_kind)(numbers[0] % IDLE_KINDS);
    model.dx = numbers[1] % 2 ? WdfPowerDeviceD2 : WdfPowerDeviceD3;
    model.wakes_system = numbers[2] % 2;
    bool is_awake = !model.is_asleep && model.pnp != STOPPED;
    if (is_awake && model.is_in_d0)
        model.is_watching = model.kind != NEVER_IDLE;
    else if (is_awake)
        come_up();
    *expected = STATUS_SUCCESS;
    *status = assign_wake();
    if (NT_SUCCESS(*status))
        *status = assign();
    return true;
}

static const struct {
    const char *name;
    operation *run;
} operations[] = {
    {"read", read_byte},
    {"complete", complete},
    {"cancel", cancel},
    {"stop idle", stop_idle},
    {"resume idle", resume_idle},
    {"time", let_time_go},
    {"wake", signal_wake},
    {"suspend", suspend},
    {"resume", resume},
    {"ask", ask},
    {"take back", take_back},
    {"stop", stop},
    {"start", start},
    {"settings", change_settings},
};
static const unsigned weights[RTL_NUMBER_OF(operations)] = {6, 5, 1, 3, 4, 8, 4,
                                                            2, 3, 2, 1, 2, 3, 1};

/* ---- stories ---- */

static const WDF_DEVICE_PNP_STATE pnp_states[] = {
    [STARTED] = WdfDevStatePnpStarted,
    [ASKED_REMOVE] = WdfDevStatePnpQueryRemovePending,
    [ASKED_STOP] = WdfDevStatePnpQueryStopPending,
    [STOPPED] = WdfDevStatePnpStopped,
};

static bool agrees(NTSTATUS expected, NTSTATUS status)
{
    WDF_DEVICE_POWER_STATE power = model.is_in_d0         ? WdfDevStatePowerD0
                                   : model.pnp == STOPPED ? WdfDevStatePowerStopped
                                                          : WdfDevStatePowerDx;
    return expected == status && strcmp(trace, model.trace) == 0 && presented == model.presented &&
           WdfDeviceGetDevicePnpState(layers[1]) == pnp_states[model.pnp] &&
           WdfDeviceGetDevicePowerState(layers[1]) == power;
}

static bool run_operation(const struct draw *draw, bool is_told, int *done)
{
    NTSTATUS expected, status;
    trace[0] = model.trace[0] = '\0';
    if (!operations[draw->kind].run(draw->numbers, &expected, &status))
        return true;
    WdfuseInprocWaitForWorkers();
    (*done)++;
    if (is_told)
        printf("%s: 0x%x, %s\n", operations[draw->kind].name, (unsigned)status, trace);
    if (agrees(expected, status))
        return true;
    if (is_told)
        printf("  model: 0x%x, %s; presented %u, model %u; states 0x%x, 0x%x, 0x%x\n",
               (unsigned)expected, model.trace, presented, model.presented,
               WdfDeviceGetDevicePnpState(layers[1]), WdfDeviceGetDevicePowerState(layers[1]),
               WdfDeviceGetDevicePowerPolicyState(layers[1]));
    return false;
}

static void drop_line(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

static bool start_story(uint64_t seed)
{
    model = (struct model){
        .is_stack = story_below(&seed, 2) == 0,
        .kind = (enum idle_kind)story_below(&seed, IDLE_KINDS),
        .dx = story_below(&seed, 2) ? WdfPowerDeviceD2 : WdfPowerDeviceD3,
        .wakes_system = story_below(&seed, 2) == 0,
        .is_in_d0 = true,
    };
    model.is_watching = model.kind != NEVER_IDLE;
    layers_added = presented = read_count = 0;
    log_set_sink(drop_line);
    WdfuseInprocUseVirtualClock();
    WdfuseInprocSetWake(PowerDeviceD3, PowerSystemSleeping3);
    NTSTATUS status = model.is_stack
                          ? WdfuseInprocStartStack(driver_entry, "model", LAYERS, &device)
                          : WdfuseInprocStart(driver_entry, "model", &device);
    return NT_SUCCESS(status) && NT_SUCCESS(WdfuseInprocOpen(device, O_RDWR, &file));
}

/* From any state it can be removed, and the requests are answered. */
static void finish_story(void)
{
    WdfuseInprocWaitForWorkers();
    while (read_count > model.owned) { /* first, or one of them would be presented */
        WdfuseInprocCancel(reads[read_count - 1]);
        forget_read(read_count - 1);
    }
    if (model.owned > 0) {
        WdfRequestComplete(owned_request, STATUS_SUCCESS);
        forget_read(0);
    }
    WdfuseInprocClose(file);
    WdfuseInprocStop(device);
}

static int run_story(const struct story *story, bool is_told)
{
    int done = 0;
    if (!start_story(story->seed))
        return -1;
    for (unsigned i = 0; i < story->length; i++) {
        if (!run_operation(&story->draws[i], is_told, &done))
            return -1;
    }
    finish_story();
    return done;
}

int main(int argc, char **argv)
{
    static const struct story_teller teller = {.name = "test_powermodel",
                                               .weights = weights,
                                               .kinds = RTL_NUMBER_OF(operations),
                                               .run = run_story};
    return stories_main(&teller, argc, argv);
}
