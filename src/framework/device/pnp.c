/* The PnP machine. See pnp.h. */
#include "framework/device/pnp.h"

#include <wdf.h>

#include "framework/device/call.h"
#include "framework/device/idle.h"
#include "framework/device/name.h"
#include "framework/device/policy.h"
#include "framework/device/power.h"
#include "framework/device/resources.h"
#include "framework/device/usage.h"
#include "framework/io/queuepower.h"
#include "framework/io/readiness.h"
#include "framework/target/target.h"

static void set_state(struct wdf_device *device, enum device_state state)
{
    IO_LOCK_SCOPE(device->io.domain);
    device_set_state_locked(device, state);
}

/* ---- steps ---- */

/* S11.4 */
static void reset_reported_state(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->reported_state.Failed = WdfUseDefault;
    device->reported_state.Removed = WdfUseDefault;
    device->reported_state.ResourcesChanged = WdfUseDefault;
}

static NTSTATUS prepare_hardware(struct wdf_device *device)
{
    reset_reported_state(device);
    NTSTATUS status = resources_assign(device);
    if (!NT_SUCCESS(status)) {
        device->first_failure = status;
        return status;
    }
    device->hardware_is_prepared = true; /* also for a failing PrepareHardware: S11.5 */
    return CALL(device, EvtDevicePrepareHardware, (WDFCMRESLIST)&device->resources.raw.object,
                (WDFCMRESLIST)&device->resources.translated.object);
}

static NTSTATUS release_hardware(struct wdf_device *device)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (device->hardware_is_prepared)
        status = CALL(device, EvtDeviceReleaseHardware,
                      (WDFCMRESLIST)&device->resources.translated.object);
    device->hardware_is_prepared = false;
    return status;
}

/* Steps 5 to 7 of S11.17, without those already done. */
static void clean_up_for_remove(struct wdf_device *device)
{
    device_names_disable(device);
    wmi_handler_deregister(&device->wmi);
    queues_purge_for_removal(&device->io, true);
    power_flush_self_managed_io(device);
}

static bool is_vetoed(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->removal_vetoes > 0;
}

/* S18.49: a device that fails by itself is restarted, like one whose driver asks for that. */
static void mark_failed(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->wants_restart = device->wants_restart || !device->is_failed;
    device->is_failed = true;
}

/* Removal begins: no wait is longer than necessary. */
static void begin_removal(struct wdf_device *device)
{
    set_state(device, DEVICE_REMOVING);
    readiness_wake_all(&device->io); /* pollers are told at once */
    /*
     * The clients' handles end with the daemon, so their requests are cancelled as at the end of a
     * process (S7.31). Those that the driver does not make cancelable are awaited.
     */
    io_device_cancel_requests(&device->io);
}

/* ---- the work of the states ---- */

static enum machine_event begin_start(struct wdf_device *device)
{
    set_state(device, DEVICE_STARTING);
    return EVENT_DONE;
}

static enum machine_event start_hardware(struct wdf_device *device)
{
    if (!NT_SUCCESS(prepare_hardware(device)))
        return EVENT_FAILED;
    return policy_start(device) ? EVENT_DONE : EVENT_POWER_FAILED;
}

/* S18.48 */
static enum machine_event set_power_failure(struct wdf_device *device)
{
    device->pnp_status = STATUS_DEVICE_POWER_FAILURE;
    return EVENT_DONE;
}

static enum machine_event enable_interfaces(struct wdf_device *device)
{
    device_names_enable(device);
    set_state(device, DEVICE_STARTED);
    node_publish(device);
    device_names_announce(device);
    wmi_handler_register(&device->wmi, device->init.texts.node, (ULONG)device->node.serial);
    family_invalidate(device); /* for children that it has reported already */
    return EVENT_DONE;
}

/* S11.15: the driver is not asked. */
static enum machine_event check_vetoes(struct wdf_device *device)
{
    device->pnp_status = STATUS_SUCCESS;
    if (usage_forbids_removal(device))
        device->pnp_status = STATUS_DEVICE_NOT_READY;
    else if (is_vetoed(device))
        device->pnp_status = STATUS_INVALID_DEVICE_STATE;
    return NT_SUCCESS(device->pnp_status) ? EVENT_DONE : EVENT_FAILED;
}

static enum machine_event ask(struct wdf_device *device, NTSTATUS status)
{
    device->pnp_status = status;
    return machine_result(device->pnp_status);
}

static enum machine_event ask_remove(struct wdf_device *device)
{
    return ask(device, CALL(device, EvtDeviceQueryRemove));
}

static enum machine_event ask_stop(struct wdf_device *device)
{
    return ask(device, CALL(device, EvtDeviceQueryStop));
}

/* S11.15: in D0, and kept there. A device that does not own the policy has no say in it. */
static enum machine_event ensure_awake(struct wdf_device *device)
{
    if (!device->is_policy_owner)
        return EVENT_DONE;
    NTSTATUS status = idle_reference(device);
    device->holds_itself = NT_SUCCESS(status);
    if (status == STATUS_PENDING && !policy_ensure_awake(device))
        status = STATUS_POWER_STATE_INVALID;
    if (!NT_SUCCESS(status))
        device->pnp_status = status;
    return machine_result(status);
}

static enum machine_event release_itself(struct wdf_device *device)
{
    if (device->holds_itself)
        idle_dereference(device);
    device->holds_itself = false;
    return EVENT_DONE;
}

static enum machine_event stop_policy(struct wdf_device *device)
{
    bool is_well = policy_stop(device, false);
    (void)release_itself(device);
    return is_well ? EVENT_DONE : EVENT_FAILED;
}

static enum machine_event stop_policy_by_surprise(struct wdf_device *device)
{
    return policy_stop(device, true) ? EVENT_DONE : EVENT_FAILED;
}

/* S11.22: a device that is stopped keeps its names, and its queues accept. */
static enum machine_event release_stopped(struct wdf_device *device)
{
    return NT_SUCCESS(release_hardware(device)) ? EVENT_NONE : EVENT_FAILED;
}

static enum machine_event prepare_again(struct wdf_device *device)
{
    return machine_result(prepare_hardware(device));
}

static enum machine_event restart(struct wdf_device *device)
{
    return policy_start(device) ? EVENT_DONE : EVENT_FAILED;
}

static enum machine_event tell_surprise(struct wdf_device *device)
{
    CALL_VOID(device, EvtDeviceSurpriseRemoval); /* S11.20: first, while I/O may still be running */
    begin_removal(device);
    return EVENT_DONE;
}

static enum machine_event release_failed(struct wdf_device *device)
{
    (void)release_hardware(device);
    return EVENT_DONE;
}

/* S11.7 */
static enum machine_event clean_up_failed(struct wdf_device *device)
{
    clean_up_for_remove(device);
    policy_remove(device);
    return EVENT_DONE;
}

static enum machine_event remove_started(struct wdf_device *device)
{
    (void)release_hardware(device);
    clean_up_for_remove(device);
    policy_remove(device);
    return EVENT_DONE;
}

/* Step 8 of S11.17. The children are gone already. */
static enum machine_event empty(struct wdf_device *device)
{
    clean_up_for_remove(device); /* if it never started, or is stopped */
    policy_remove(device);
    set_state(device,
              DEVICE_EMPTYING); /* else a client that never stops sending would delay the end */
    queues_purge_for_removal(&device->io, false);
    io_device_cancel_sent(&device->io); /* requests that came in the meantime */
    targets_remove(&device->io);        /* S10.11 */
    io_device_await_answers(&device->io);
    set_state(device, DEVICE_REMOVED);
    return EVENT_DONE;
}

static enum machine_event clean_up_closed(struct wdf_device *device)
{
    wmi_handler_clean_up(&device->wmi);
    power_clean_up_self_managed_io(device);
    return EVENT_DONE;
}

/* ---- the table ---- */

#define ROW(state, work, ...) MACHINE_ROW(Pnp, state, work, __VA_ARGS__)
#define ON(event, state)      MACHINE_EDGE(Pnp, event, state)

static const struct machine_row rows[] = {
    ROW(ObjectCreated, NULL, ON(ADD, Init)),
    ROW(Init, NULL, ON(START, InitStarting), ON(QUERY_REMOVE, InitQueryRemove), ON(REMOVE, Removed),
        ON(SURPRISE_REMOVE, InitSurpriseRemoved)),
    ROW(InitQueryRemove, NULL, ON(REMOVE, Removed), ON(CANCEL_REMOVE, InitQueryRemoveCanceled)),
    ROW(InitQueryRemoveCanceled, machine_pass, ON(DONE, Init)),
    ROW(InitSurpriseRemoved, machine_pass, ON(DONE, Init)),
    ROW(InitStarting, begin_start, ON(DONE, HardwareAvailable)),
    ROW(HardwareAvailable, start_hardware, ON(DONE, EnableInterfaces),
        ON(FAILED, FailedOwnHardware), ON(POWER_FAILED, HardwareAvailablePowerPolicyFailed)),
    ROW(HardwareAvailablePowerPolicyFailed, set_power_failure, ON(DONE, FailedOwnHardware)),
    ROW(EnableInterfaces, enable_interfaces, ON(DONE, Started)),

    ROW(Started, NULL, ON(QUERY_REMOVE, QueryRemoveStaticCheck),
        ON(QUERY_STOP, QueryStopStaticCheck), ON(CANCEL_REMOVE, StartedCancelRemove),
        ON(CANCEL_STOP, StartedCancelStop), ON(REMOVE, StartedRemoving),
        ON(SURPRISE_REMOVE, SurpriseRemoveIoStarted), ON(POWER_UP_FAILED, FailedIoStarting),
        ON(POWER_DOWN_FAILED, FailedPowerDown)),
    ROW(StartedCancelRemove, machine_pass, ON(DONE, Started)),
    ROW(StartedCancelStop, machine_pass, ON(DONE, Started)),

    ROW(QueryRemoveStaticCheck, check_vetoes, ON(DONE, QueryRemoveAskDriver), ON(FAILED, Started)),
    ROW(QueryRemoveAskDriver, ask_remove, ON(DONE, QueryRemoveEnsureDeviceAwake),
        ON(FAILED, Started)),
    ROW(QueryRemoveEnsureDeviceAwake, ensure_awake, ON(DONE, QueryRemovePending),
        ON(FAILED, Started)),
    ROW(QueryRemovePending, NULL, ON(REMOVE, QueriedRemoving), ON(CANCEL_REMOVE, QueryCanceled),
        ON(SURPRISE_REMOVE, QueriedSurpriseRemove), ON(POWER_UP_FAILED, FailedIoStarting),
        ON(POWER_DOWN_FAILED, FailedPowerDown)),
    ROW(QueryCanceled, release_itself, ON(DONE, Started)),
    ROW(QueriedRemoving, stop_policy, ON(DONE, RemovingDisableInterfaces),
        ON(FAILED, RemovingDisableInterfaces)),
    ROW(QueriedSurpriseRemove, release_itself, ON(DONE, SurpriseRemoveIoStarted)),

    ROW(QueryStopStaticCheck, check_vetoes, ON(DONE, QueryStopAskDriver), ON(FAILED, Started)),
    ROW(QueryStopAskDriver, ask_stop, ON(DONE, QueryStopEnsureDeviceAwake), ON(FAILED, Started)),
    ROW(QueryStopEnsureDeviceAwake, ensure_awake, ON(DONE, QueryStopPending), ON(FAILED, Started)),
    ROW(QueryStopPending, NULL, ON(STOP, StartedStopping), ON(CANCEL_STOP, QueryCanceled),
        ON(SURPRISE_REMOVE, QueriedSurpriseRemove), ON(POWER_UP_FAILED, FailedIoStarting),
        ON(POWER_DOWN_FAILED, FailedPowerDown)),
    ROW(StartedStopping, stop_policy, ON(DONE, Stopped), ON(FAILED, FailedOwnHardware)),
    ROW(Stopped, release_stopped, ON(START, StoppedWaitForStartCompletion),
        ON(SURPRISE_REMOVE, SurpriseRemove), ON(FAILED, Failed), ON(REMOVE, Removed)),
    ROW(StoppedWaitForStartCompletion, machine_pass, ON(DONE, StartingFromStopped)),
    ROW(StartingFromStopped, prepare_again, ON(DONE, Restarting), ON(FAILED, FailedOwnHardware)),
    ROW(Restarting, restart, ON(DONE, Started), ON(FAILED, HardwareAvailablePowerPolicyFailed)),

    ROW(StartedRemoving, stop_policy, ON(DONE, RemovingDisableInterfaces),
        ON(FAILED, RemovingDisableInterfaces)),
    ROW(RemovingDisableInterfaces, remove_started, ON(DONE, Removed)),
    ROW(Removed, empty, ON(DONE, RemovedChildrenRemoved)),
    ROW(RemovedChildrenRemoved, NULL, ON(CLOSED, FdoRemoved), ON(IS_CHILD, CheckForDevicePresence)),
    ROW(CheckForDevicePresence, machine_pass, ON(DONE, PdoRemoved)),
    ROW(PdoRemoved, clean_up_closed, ON(DONE, Final)),
    ROW(FdoRemoved, clean_up_closed, ON(DONE, Final)),
    ROW(Final, NULL, {0}),

    ROW(SurpriseRemove, tell_surprise, ON(DONE, Failed)),
    ROW(SurpriseRemoveIoStarted, tell_surprise, ON(DONE, FailedIoStarting)),
    ROW(FailedIoStarting, stop_policy_by_surprise, ON(DONE, FailedOwnHardware),
        ON(FAILED, FailedOwnHardware)),
    ROW(FailedPowerDown, stop_policy, ON(DONE, FailedOwnHardware), ON(FAILED, FailedOwnHardware)),
    ROW(FailedOwnHardware, release_failed, ON(DONE, Failed)),
    ROW(Failed, clean_up_failed, ON(DONE, FailedPowerPolicyRemoved)),
    ROW(FailedPowerPolicyRemoved, machine_pass, ON(DONE, FailedWaitForRemove)),
    ROW(FailedWaitForRemove, NULL, ON(REMOVE, Removed), ON(SURPRISE_REMOVE, FailedSurpriseRemoved),
        ON(START, FailedStarted)),
    ROW(FailedSurpriseRemoved, tell_surprise, ON(DONE, FailedWaitForRemove)),
    ROW(FailedStarted, machine_pass, ON(DONE, FailedWaitForRemove)),
};

const struct machine_table pnp_table = {MACHINE_PNP, "PnP", rows, RTL_NUMBER_OF(rows)};

/* ---- the events ---- */

void pnp_add(struct wdf_device *device)
{
    (void)machine_send(device, MACHINE_PNP, EVENT_ADD);
}

/* Sends an event; succeeds if it leads to that state. */
static NTSTATUS send(struct wdf_device *device, enum machine_event event, unsigned expected)
{
    device->pnp_status = device->first_failure = STATUS_SUCCESS;
    if (!machine_send(device, MACHINE_PNP, event))
        return STATUS_INVALID_DEVICE_STATE;
    if (machine_state(device, MACHINE_PNP) == expected)
        return STATUS_SUCCESS;
    if (!NT_SUCCESS(device->pnp_status))
        return device->pnp_status;
    return NT_SUCCESS(device->first_failure) ? STATUS_UNSUCCESSFUL : device->first_failure;
}

NTSTATUS pnp_start(struct wdf_device *device)
{
    device->callback.is_start = true;
    NTSTATUS status = send(device, EVENT_START, WdfDevStatePnpStarted);
    device->callback.is_start = false;
    return status;
}

NTSTATUS pnp_query_remove(struct wdf_device *device)
{
    return send(device, EVENT_QUERY_REMOVE, WdfDevStatePnpQueryRemovePending);
}

NTSTATUS pnp_query_stop(struct wdf_device *device)
{
    return send(device, EVENT_QUERY_STOP, WdfDevStatePnpQueryStopPending);
}

void pnp_cancel_remove(struct wdf_device *device)
{
    (void)machine_send(device, MACHINE_PNP, EVENT_CANCEL_REMOVE);
}

void pnp_cancel_stop(struct wdf_device *device)
{
    (void)machine_send(device, MACHINE_PNP, EVENT_CANCEL_STOP);
}

NTSTATUS pnp_stop(struct wdf_device *device)
{
    NTSTATUS status = send(device, EVENT_STOP, WdfDevStatePnpStopped);
    if (!NT_SUCCESS(status) && status != STATUS_INVALID_DEVICE_STATE)
        mark_failed(device);
    return status;
}

NTSTATUS pnp_restart(struct wdf_device *device)
{
    if (machine_state(device, MACHINE_PNP) != WdfDevStatePnpStopped)
        return STATUS_INVALID_DEVICE_STATE;
    NTSTATUS status = send(device, EVENT_START, WdfDevStatePnpStarted);
    if (!NT_SUCCESS(status))
        mark_failed(device);
    return status;
}

bool pnp_is_started(struct wdf_device *device)
{
    switch (machine_state(device, MACHINE_PNP)) {
    case WdfDevStatePnpStarted:
    case WdfDevStatePnpQueryRemovePending:
    case WdfDevStatePnpQueryStopPending:
        return true;
    default:
        return false;
    }
}

bool pnp_take_failure(struct wdf_device *device)
{
    enum machine_event failure = device->power_failure;
    device->power_failure = EVENT_NONE;
    if (failure == EVENT_NONE || !pnp_is_started(device))
        return false;
    mark_failed(device);
    if (!device->init
             .releases_after_descendants) /* else the removal that follows does it (S18.47) */
        (void)machine_send(device, MACHINE_PNP, failure);
    return true;
}

void pnp_set_system_action(struct wdf_device *device, POWER_ACTION action)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->system_action = action;
}

void pnp_remove(struct wdf_device *device)
{
    begin_removal(device);
    if (device->init.kind == DEVICE_CONTROL) {
        (void)empty(device); /* it has no PnP (S3.27) */
        return;
    }
    if (machine_state(device, MACHINE_PNP) == WdfDevStatePnpQueryStopPending)
        pnp_cancel_stop(device); /* the stop will not come */
    (void)machine_send(device, MACHINE_PNP, EVENT_REMOVE);
}

void pnp_surprise_remove(struct wdf_device *device)
{
    (void)machine_send(device, MACHINE_PNP, EVENT_SURPRISE_REMOVE);
    pnp_remove(device);
}

void pnp_clean_up(struct wdf_device *device)
{
    enum machine_event event = device->init.kind == DEVICE_PDO ? EVENT_IS_CHILD : EVENT_CLOSED;
    if (!machine_send(device, MACHINE_PNP, event))
        power_clean_up_self_managed_io(device);
}
