/* Special files. See usage.h. */
#include "framework/device/usage.h"

#include "framework/device/call.h"
#include "framework/device/device.h"
#include "framework/device/pnp.h"
#include "framework/device/policy.h"
#include "framework/object/verifier.h"

bool usage_forbids_removal(struct wdf_device *device)
{
    IO_LOCK_SCOPE(device->io.domain);
    const unsigned *counts = device->usage.counts;
    return counts[WdfSpecialFilePaging] + counts[WdfSpecialFileHibernation] +
               counts[WdfSpecialFileDump] >
           0;
}

/* ---- one device ---- */

struct notice {
    WDF_SPECIAL_FILE_TYPE file;
    bool is_in_use;
};

static struct notice opposite_of(const struct notice *notice)
{
    return (struct notice){notice->file, !notice->is_in_use};
}

static NTSTATUS count(struct wdf_device *device, const struct notice *notice)
{
    struct usage *usage = &device->usage;
    IO_LOCK_SCOPE(device->io.domain);
    if (!notice->is_in_use) {
        if (usage->counts[notice->file] == 0)
            return STATUS_INVALID_DEVICE_STATE;
        usage->counts[notice->file]--;
        return STATUS_SUCCESS;
    }
    if (!usage->are_supported[notice->file] && !device->init.io.is_filter)
        return STATUS_NOT_IMPLEMENTED;
    usage->counts[notice->file]++;
    return STATUS_SUCCESS;
}

static NTSTATUS call_driver(struct wdf_device *device, const struct notice *notice)
{
    if (device->io.is_umdf)
        return STATUS_SUCCESS; /* S17.46 */
    CALL_VOID(device, EvtDeviceUsageNotification, notice->file, notice->is_in_use);
    return CALL(device, EvtDeviceUsageNotificationEx, notice->file, notice->is_in_use);
}

static NTSTATUS call_in_turn(struct wdf_device *device, const struct notice *notice)
{
    turn_enter(device);
    NTSTATUS status =
        pnp_is_started(device) ? call_driver(device, notice) : STATUS_INVALID_DEVICE_STATE;
    turn_leave(device);
    return status;
}

/* S17.46: each dump file holds a reference of power. */
static void hold_for_dump(struct wdf_device *device, bool is_in_use)
{
    if (is_in_use && NT_SUCCESS(idle_reference(device))) {
        IO_LOCK_SCOPE(device->io.domain);
        device->usage.dump_references++;
        return;
    }
    io_lock(device->io.domain);
    bool is_held = !is_in_use && device->usage.dump_references > 0;
    device->usage.dump_references -= is_held;
    io_unlock(device->io.domain);
    if (is_held)
        idle_dereference(device);
}

/* S17.45: the stack is in D0 while it is told. */
static NTSTATUS wake(struct wdf_device *device, const struct notice *notice)
{
    if (!device->is_policy_owner)
        return STATUS_SUCCESS;
    if (notice->file == WdfSpecialFileDump)
        hold_for_dump(device, notice->is_in_use);
    NTSTATUS status = idle_reference(device);
    if (!NT_SUCCESS(status))
        return status;
    turn_enter(device);
    bool is_awake = policy_ensure_awake(device);
    turn_leave(device);
    return is_awake ? STATUS_SUCCESS : STATUS_POWER_STATE_INVALID;
}

static void let_sleep(struct wdf_device *device)
{
    if (device->is_policy_owner)
        idle_dereference(device);
}

/* ---- a stack, and who is told with it ---- */

static NTSTATUS tell_stack(struct wdf_device *top, const struct notice *notice);

/* Those who were told before one that fails. */
struct telling {
    const struct notice *notice;
    NTSTATUS status;
    const struct wdf_device *failed;
};

static bool tell_dependent(struct wdf_device *related, void *context)
{
    struct telling *telling = context;
    telling->status = tell_stack(related, telling->notice);
    telling->failed = NT_SUCCESS(telling->status) ? NULL : related;
    return NT_SUCCESS(telling->status);
}

static bool tell_back(struct wdf_device *related, void *context)
{
    const struct telling *telling = context;
    const struct notice back = opposite_of(telling->notice);
    if (related == telling->failed)
        return false;
    (void)tell_stack(related, &back);
    return true;
}

static NTSTATUS tell_dependents(struct wdf_device *device, const struct notice *notice)
{
    struct telling telling = {.notice = notice, .status = STATUS_SUCCESS};
    if (!relations_of_device(device, RELATION_USAGE, tell_dependent, &telling))
        (void)relations_of_device(device, RELATION_USAGE, tell_back, &telling);
    return telling.status;
}

static NTSTATUS tell_parent(struct wdf_device *device, const struct notice *notice)
{
    struct wdf_device *parent = device->family.parent;
    return parent != NULL ? tell_stack(device_top(parent), notice) : STATUS_SUCCESS;
}

static void undo_with_others(struct wdf_device *device, const struct notice *notice)
{
    struct telling telling = {.notice = notice, .status = STATUS_SUCCESS};
    const struct notice back = opposite_of(notice);
    (void)relations_of_device(device, RELATION_USAGE, tell_back, &telling);
    (void)tell_parent(device, &back);
}

static NTSTATUS tell_others(struct wdf_device *device, const struct notice *notice)
{
    const struct notice back = opposite_of(notice);
    NTSTATUS status = tell_parent(device, notice);
    if (!NT_SUCCESS(status))
        return status;
    status = tell_dependents(device, notice);
    if (!NT_SUCCESS(status))
        (void)tell_parent(device, &back);
    return status;
}

/* Down the stack, and the drivers on the way up. */
static NTSTATUS tell_device_awake(struct wdf_device *device, const struct notice *notice)
{
    const struct notice back = opposite_of(notice);
    struct wdf_device *lower = device->init.lower;
    NTSTATUS status = lower != NULL ? tell_stack(lower, notice) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status))
        return status;
    status = call_in_turn(device, notice);
    if (!NT_SUCCESS(status) && lower != NULL)
        (void)tell_stack(lower, &back);
    return status;
}

static NTSTATUS tell_device(struct wdf_device *device, const struct notice *notice)
{
    NTSTATUS status = tell_others(device, notice);
    if (!NT_SUCCESS(status))
        return status;
    status = wake(device, notice);
    if (NT_SUCCESS(status)) {
        status = tell_device_awake(device, notice);
        let_sleep(device);
    }
    if (!NT_SUCCESS(status)) {
        if (device->is_policy_owner && notice->file == WdfSpecialFileDump)
            hold_for_dump(device, !notice->is_in_use);
        undo_with_others(device, notice);
    }
    return status;
}

/* S17.45; from that device down. A device that is being told has an order of its own going on. */
static NTSTATUS tell_stack(struct wdf_device *top, const struct notice *notice)
{
    const struct notice back = opposite_of(notice);
    if (top->usage.is_being_told)
        return STATUS_SUCCESS;
    NTSTATUS status = count(top, notice);
    if (!NT_SUCCESS(status))
        return status;
    top->usage.is_being_told = true;
    status = tell_device(top, notice);
    top->usage.is_being_told = false;
    if (!NT_SUCCESS(status))
        (void)count(top, &back);
    return status;
}

NTSTATUS device_use(struct wdf_device *device, WDF_SPECIAL_FILE_TYPE file, bool is_in_use)
{
    const struct notice notice = {file, is_in_use};
    if (!pnp_is_started(device))
        return STATUS_INVALID_DEVICE_STATE;
    return tell_stack(device, &notice);
}

/* ---- for drivers ---- */

/* S17.44 */
VOID WdfDeviceSetSpecialFileSupport(WDFDEVICE Device, WDF_SPECIAL_FILE_TYPE FileType,
                                    BOOLEAN FileTypeIsSupported)
{
    struct wdf_device *device = device_from_handle(Device);
    if ((FileType < WdfSpecialFilePaging || FileType > WdfSpecialFileBoot) &&
        FileType != WdfSpecialFileGuestAssigned) {
        verifier_break(__func__, "S17.44", "ignored: there is no special file %d", (int)FileType);
        return;
    }
    IO_LOCK_SCOPE(device->io.domain);
    device->usage.are_supported[FileType] = FileTypeIsSupported;
}
