/* Power references and the idle timer. See idle.h. */
#include "framework/device/idle.h"

#include "framework/device/device.h"
#include "framework/device/powercaps.h"
#include "framework/device/turn.h"
#include "framework/io/queuepower.h"
#include "port/clock.h"
#include "port/log.h"

#define DEFAULT_TIMEOUT_MS 5000u /* S18.9 */

/* ---- the timer ---- */

static uint64_t due_locked(const struct idle *idle) REQUIRES(io_lock)
{
    ULONG timeout = idle->settings.IdleTimeout;
    if (idle->since == 0)
        return 0;
    return idle->since + (timeout != 0 ? timeout : DEFAULT_TIMEOUT_MS) * 1000000ull;
}

static bool is_running_locked(const struct wdf_device *device) REQUIRES(io_lock)
{
    return device->idle.has_timer && device->io.power_references == 0;
}

/* An alarm that is set too early is left alone, and set again when it rings: an idle moment between
 * two requests costs next to nothing. */
static void set_alarm_locked(struct wdf_device *device) REQUIRES(io_lock)
{
    struct idle *idle = &device->idle;
    if (idle->alarm_is_set)
        return;
    idle->alarm_is_set = true;
    port_lock_of(&alarms, alarms_lock);
    alarm_arm_locked(&idle->alarm, due_locked(idle));
    alarms_changed_locked();
    port_unlock_of(&alarms, alarms_lock);
}

static void ring(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->idle.alarm_is_set = false;
    if (!is_running_locked(device))
        return;
    if (due_locked(&device->idle) <= port_clock_now())
        turn_wish(device);
    else
        set_alarm_locked(device);
}

static void expire_locked(struct alarm *alarm, uint64_t now) REQUIRES(alarms_lock)
{
    (void)now;
    struct wdf_device *device = CONTAINING_RECORD(alarm, struct wdf_device, idle.alarm);
    object_reference(&device->io.object); /* idle_stop cannot wait for us */
    port_unlock_of(&alarms, alarms_lock);
    ring(device);
    object_release(&device->io.object);
    port_lock_of(&alarms, alarms_lock);
}

static void begin_waiting_locked(struct wdf_device *device) REQUIRES(io_lock)
{
    device->idle.since = port_clock_now();
    set_alarm_locked(device);
}

void idle_enable_timer(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->idle.has_timer = true;
    if (is_running_locked(device))
        begin_waiting_locked(device);
}

static void disable_timer_locked(struct wdf_device *device) REQUIRES(io_lock)
{
    device->idle.has_timer = false;
    port_lock_of(&alarms, alarms_lock);
    if (alarm_disarm_locked(&device->idle.alarm)) {
        device->idle.alarm_is_set = false;
        alarms_changed_locked();
    }
    port_unlock_of(&alarms, alarms_lock);
}

void idle_disable_timer(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    disable_timer_locked(device);
}

/* ---- the policy ---- */

void idle_init(struct wdf_device *device)
{
    port_lock_is_not_needed(io_lock); /* nobody knows the device yet */
    port_lock_is_not_needed(alarms_lock);
    device->idle.alarm.expire_locked = expire_locked;
    WDF_DEVICE_POWER_CAPABILITIES_INIT(&device->idle.capabilities);
}

void idle_finish(struct wdf_device *device)
{
    char tags[512];
    port_lock_is_not_needed(io_lock); /* no other thread uses the device any more */
    if (device->idle.driver_references == 0)
        return;
    power_tags_describe_locked(&device->idle.tags, tags, sizeof(tags));
    log_warning("driver %s: WDFDEVICE %p is gone, and %u references of WdfDeviceStopIdle were not "
                "given back: %s (S18.14)",
                driver_name(device->init.driver), (void *)device_handle(device),
                device->idle.driver_references, tags);
}

void idle_start(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->idle.is_started = true;
    device->idle.has_failed = false;
}

void idle_stop(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    disable_timer_locked(device);
    queues_watch_power_locked(&device->io, false);
    device->idle.is_started = device->idle.is_in_d0 = false;
    io_changed_locked(&device->io);
}

void idle_fail(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    disable_timer_locked(device);
    device->idle.has_failed = true;
    io_changed_locked(&device->io);
}

static bool wakes_from_s0_locked(const struct idle *idle) REQUIRES(io_lock)
{
    return idle->settings.IdleCaps != IdleCannotWakeFromS0;
}

enum machine_event idle_enter_d0(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    device->idle.is_in_d0 = true;
    device->idle.has_changed = false;
    queues_watch_power_locked(&device->io, device->idle.is_enabled);
    io_changed_locked(&device->io);
    if (!device->idle.is_enabled)
        return EVENT_DONE;
    return wakes_from_s0_locked(&device->idle) ? EVENT_WAKE_CAPABLE : EVENT_IDLE_CAPABLE;
}

bool idle_is_over_usb(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->idle.settings.IdleCaps == IdleUsbSelectiveSuspend;
}

bool idle_leave_d0(struct wdf_device *device, bool if_idle)
{
    IO_LOCK_SCOPE(device->io.domain);
    if (if_idle && device->io.power_references > 0)
        return false;
    device->idle.is_in_d0 = false;
    disable_timer_locked(device);
    return true;
}

bool idle_is_wanted(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->io.power_references > 0;
}

bool idle_may_sleep_on(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    const struct idle *idle = &device->idle;
    bool may = idle->is_enabled && !wakes_from_s0_locked(idle) &&
               idle->settings.IdleTimeoutType == DriverManagedIdleTimeout &&
               idle->settings.PowerUpIdleDeviceOnSystemWake != WdfTrue;
    if (may) /* the settings may have changed while the system slept, after requests came */
        queues_watch_power_locked(&device->io, true);
    return may;
}

WDF_POWER_DEVICE_STATE idle_dx_state(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    return powercaps_target(device->idle.settings.DxState);
}

WDF_POWER_DEVICE_STATE idle_sleep_state(struct wdf_device *device)
{
    struct power_caps caps = powercaps_of(device_top(device));
    IO_LOCK_SCOPE(device->io.domain);
    WDF_POWER_DEVICE_STATE ideal = powercaps_target(device->idle.capabilities.IdealDxStateForSx);
    DEVICE_POWER_STATE lightest = caps.device_state[device->system_state];
    return lightest >= PowerDeviceD1 && powercaps_target(lightest) > ideal
               ? powercaps_target(lightest)
               : ideal;
}

enum machine_event idle_event(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    struct idle *idle = &device->idle;
    if (!idle->is_started || idle->has_failed)
        return EVENT_NONE;
    if (idle->has_changed) {
        idle->has_changed = false;
        return EVENT_POLICY_CHANGED;
    }
    if (is_running_locked(device) && due_locked(idle) <= port_clock_now())
        return EVENT_IDLE;
    return !idle->is_in_d0 && device->io.power_references > 0 ? EVENT_IO_PRESENT : EVENT_NONE;
}

/* ---- references ---- */

void idle_references_changed_locked(struct io_device *io)
{
    struct wdf_device *device = CONTAINING_RECORD(io, struct wdf_device, io);
    if (io->power_references > 0 && !device->idle.is_in_d0)
        turn_wish(device);
    else if (is_running_locked(device))
        begin_waiting_locked(device);
}

NTSTATUS idle_reference(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    if (!device->idle.is_started || device->idle.has_failed)
        return STATUS_POWER_STATE_INVALID;
    io_device_reference_power_locked(&device->io);
    return device->idle.is_in_d0 ? STATUS_SUCCESS : STATUS_PENDING;
}

void idle_dereference(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    io_device_dereference_power_locked(&device->io);
}

/* ---- for explorations ---- */

void idle_expire(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    if (!is_running_locked(device))
        return;
    device->idle.since = 0;
    turn_wish(device);
}
