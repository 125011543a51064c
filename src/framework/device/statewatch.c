/* State-change callbacks. See statewatch.h. */
#include "framework/device/statewatch.h"

#include <stdlib.h>

#include "framework/device/device.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"

struct state_watch {
    struct state_watch *next;
    enum machine_id id;
    unsigned state; /* without WdfDevStateNP */
    ULONG types;
    union {
        PFN_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION pnp;
        PFN_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION power;
        PFN_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION policy;
    } callback;
};

void state_watches_free(struct state_watch *first)
{
    for (struct state_watch *next; first != NULL; first = next) {
        next = first->next;
        free(first);
    }
}

/* ---- states of a device that is not pageable ---- */

#define TWIN(machine, state)                                                                       \
    {                                                                                              \
        WdfDevState##machine##state, (unsigned)WdfDevState##machine##state##NP                     \
    }

/* The states that have a twin. */
static const struct twin {
    unsigned state, twin;
} power_twins[] = {
    TWIN(Power, CheckDeviceType),
    TWIN(Power, CheckParentState),
    TWIN(Power, EnablingWakeAtBus),
    TWIN(Power, D0),
    TWIN(Power, D0BusWakeOwner),
    TWIN(Power, D0ArmedForWake),
    TWIN(Power, D0DisarmingWakeAtBus),
    TWIN(Power, DxDisablingWakeAtBus),
    TWIN(Power, GotoDx),
    TWIN(Power, GotoDxIoStopped),
    TWIN(Power, Dx),
    TWIN(Power, GotoDxArmedForWake),
    TWIN(Power, GotoDxIoStoppedArmedForWake),
    TWIN(Power, DxArmedForWake),
    TWIN(Power, CheckParentStateArmedForWake),
    TWIN(Power, StartSelfManagedIo),
    TWIN(Power, StartSelfManagedIoFailed),
    TWIN(Power, WakePending),
    TWIN(Power, Waking),
    TWIN(Power, WakingConnectInterrupt),
    TWIN(Power, WakingConnectInterruptFailed),
    TWIN(Power, WakingDmaEnable),
    TWIN(Power, WakingDmaEnableFailed),
    TWIN(Power, DxStoppedDisarmWake),
    TWIN(Power, WakingPostHardwareEnabled),
    TWIN(Power, WakingPostHardwareEnabledFailed),
    TWIN(Power, UpFailedDerefParent),
    TWIN(Power, NotifyingD0ExitToWakeInterrupts),
    TWIN(Power, NotifyingD0EntryToWakeInterrupts),
};

static const struct twin policy_twins[] = {
    TWIN(PwrPol, SleepingWakeWakeArrived),
    TWIN(PwrPol, SleepingWakeRevertArmWake),
    TWIN(PwrPol, SleepingWakeCancelWake),
    TWIN(PwrPol, SystemAsleepWakeArmed),
    TWIN(PwrPol, SystemWakeDeviceWakeEnabled),
    TWIN(PwrPol, SystemWakeDeviceWakeEnabledWakeCanceled),
    TWIN(PwrPol, SystemWakeDeviceWakeDisarm),
    TWIN(PwrPol, SystemWakeDeviceWakeTriggered),
    TWIN(PwrPol, SystemWakeDeviceWakeTriggeredS0),
    TWIN(PwrPol, SystemWakeDeviceWokeDisarm),
};

/* A state by either of its two numbers; NULL: no twin. */
static const struct twin *find_twin(enum machine_id id, unsigned number)
{
    const struct twin *twins = id == MACHINE_POWER ? power_twins : policy_twins;
    size_t count = id == MACHINE_POWER    ? RTL_NUMBER_OF(power_twins)
                   : id == MACHINE_POLICY ? RTL_NUMBER_OF(policy_twins)
                                          : 0;
    for (size_t i = 0; i < count; i++) {
        if (twins[i].state == number || twins[i].twin == number)
            return &twins[i];
    }
    return NULL;
}

unsigned state_seen_by_driver(const struct wdf_device *device, enum machine_id id, unsigned state)
{
    const struct twin *twin = device->init.is_not_pageable ? find_twin(id, state) : NULL;
    return twin != NULL ? twin->twin : state;
}

/* ---- telling ---- */

/* The three kinds of data look alike, but are types of their own. */
#define FILL(data, kind, type_, current, next)                                                     \
    do {                                                                                           \
        (data).Type = (type_);                                                                     \
        if ((type_) == StateNotificationEnterState) {                                              \
            (data).Data.EnterState.CurrentState = (kind)(current);                                 \
            (data).Data.EnterState.NewState = (kind)(next);                                        \
        } else if ((type_) == StateNotificationLeaveState) {                                       \
            (data).Data.LeaveState.CurrentState = (kind)(current);                                 \
            (data).Data.LeaveState.NewState = (kind)(next);                                        \
        } else {                                                                                   \
            (data).Data.PostProcessState.CurrentState = (kind)(current);                           \
        }                                                                                          \
    } while (0)

static void call_pnp(const struct state_watch *watch, WDFDEVICE device,
                     WDF_STATE_NOTIFICATION_TYPE type, unsigned current, unsigned next)
{
    WDF_DEVICE_PNP_NOTIFICATION_DATA data = {0};
    FILL(data, WDF_DEVICE_PNP_STATE, type, current, next);
    watch->callback.pnp(device, &data);
}

static void call_power(const struct state_watch *watch, WDFDEVICE device,
                       WDF_STATE_NOTIFICATION_TYPE type, unsigned current, unsigned next)
{
    WDF_DEVICE_POWER_NOTIFICATION_DATA data = {0};
    FILL(data, WDF_DEVICE_POWER_STATE, type, current, next);
    watch->callback.power(device, &data);
}

static void call_policy(const struct state_watch *watch, WDFDEVICE device,
                        WDF_STATE_NOTIFICATION_TYPE type, unsigned current, unsigned next)
{
    WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA data = {0};
    FILL(data, WDF_DEVICE_POWER_POLICY_STATE, type, current, next);
    watch->callback.policy(device, &data);
}

static const struct {
    const char *callback;
    void (*call)(const struct state_watch *watch, WDFDEVICE device,
                 WDF_STATE_NOTIFICATION_TYPE type, unsigned current, unsigned next);
} kinds[MACHINE_COUNT] = {
    [MACHINE_PNP] = {"EvtDevicePnpStateChange", call_pnp},
    [MACHINE_POWER] = {"EvtDevicePowerStateChange", call_power},
    [MACHINE_POLICY] = {"EvtDevicePowerPolicyStateChange", call_policy},
};

static struct state_watch *find(struct state_watch *first, enum machine_id id, unsigned state)
{
    while (first != NULL && (first->id != id || first->state != state))
        first = first->next;
    return first;
}

void state_watch_tell(struct wdf_device *device, enum machine_id id,
                      WDF_STATE_NOTIFICATION_TYPE type, unsigned current, unsigned next)
{
    if (device->init.watches == NULL)
        return;
    unsigned state = type == StateNotificationEnterState ? next : current;
    const struct state_watch *watch = find(device->init.watches, id, state);
    if (watch == NULL || (watch->types & (ULONG)type) == 0)
        return;
    struct callback callback;
    callback_begin(&device->callback, &callback, kinds[id].callback, device);
    kinds[id].call(watch, device_handle(device), type, state_seen_by_driver(device, id, current),
                   state_seen_by_driver(device, id, next));
    callback_end(&device->callback);
}

/* ---- registering ---- */

/* S18.42: the twin of a state shares its registration. */
static unsigned plain_state(enum machine_id id, unsigned state)
{
    const struct twin *twin = find_twin(id, state);
    return twin != NULL ? twin->state : state & ~(unsigned)WdfDevStateNP;
}

/* S18.42: a later registration takes the place of an earlier one. NULL: no memory. */
static struct state_watch *watch_for(struct WDFDEVICE_INIT *init, enum machine_id id,
                                     unsigned state)
{
    struct state_watch *watch = find(init->watches, id, state);
    if (watch != NULL || (watch = calloc(1, sizeof(*watch))) == NULL)
        return watch;
    watch->id = id;
    watch->state = state;
    watch->next = init->watches;
    init->watches = watch;
    return watch;
}

/* S18.42. The first two of each, out of any machine's range, are the ends of the enumeration. */
static NTSTATUS find_place(struct WDFDEVICE_INIT *init, enum machine_id id, unsigned state,
                           unsigned first, unsigned last, ULONG types, struct state_watch **watch)
{
    unsigned number = state & ~(unsigned)WdfDevStateNP;
    if (number < first || number >= last || types == 0 ||
        (types & ~(ULONG)StateNotificationAllStates) != 0)
        return STATUS_INVALID_PARAMETER;
    *watch = watch_for(init, id, plain_state(id, state));
    if (*watch == NULL)
        return STATUS_INVALID_PARAMETER; /* for lack of memory, too */
    (*watch)->types = types;
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceInitRegisterPnpStateChangeCallback(
    PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_PNP_STATE PnpState,
    PFN_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION EvtDevicePnpStateChange, ULONG CallbackTypes)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(EvtDevicePnpStateChange);
    struct state_watch *watch;
    NTSTATUS status =
        find_place(DeviceInit, MACHINE_PNP, (unsigned)PnpState, WdfDevStatePnpObjectCreated,
                   WdfDevStatePnpNull, CallbackTypes, &watch);
    if (NT_SUCCESS(status))
        watch->callback.pnp = EvtDevicePnpStateChange;
    return API_RESULT(status, "S18.42");
}

NTSTATUS WdfDeviceInitRegisterPowerStateChangeCallback(
    PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_POWER_STATE PowerState,
    PFN_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION EvtDevicePowerStateChange, ULONG CallbackTypes)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(EvtDevicePowerStateChange);
    struct state_watch *watch;
    NTSTATUS status =
        find_place(DeviceInit, MACHINE_POWER, (unsigned)PowerState, WdfDevStatePowerObjectCreated,
                   WdfDevStatePowerNull, CallbackTypes, &watch);
    if (NT_SUCCESS(status))
        watch->callback.power = EvtDevicePowerStateChange;
    return API_RESULT(status, "S18.42");
}

NTSTATUS WdfDeviceInitRegisterPowerPolicyStateChangeCallback(
    PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_POWER_POLICY_STATE PowerPolicyState,
    PFN_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION EvtDevicePowerPolicyStateChange,
    ULONG CallbackTypes)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(EvtDevicePowerPolicyStateChange);
    struct state_watch *watch;
    NTSTATUS status =
        find_place(DeviceInit, MACHINE_POLICY, (unsigned)PowerPolicyState,
                   WdfDevStatePwrPolObjectCreated, WdfDevStatePwrPolNull, CallbackTypes, &watch);
    if (NT_SUCCESS(status))
        watch->callback.policy = EvtDevicePowerPolicyStateChange;
    return API_RESULT(status, "S18.42");
}
