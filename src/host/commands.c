/* Commands about devices. See commands.h. */
#include "host/commands.h"

#include <wdf.h>

#include "control/control.h"
#include "control/describe.h"
#include "framework/inspect.h"
#include "framework/lifecycle.h"
#include "port/log.h"

/* The search for a command's object, among all devices. */
struct execution {
    const struct control_command *command;
    NTSTATUS status;
    bool is_done;
};

static NTSTATUS stop(struct wdf_device *device)
{
    NTSTATUS status = device_query_stop(device);
    return NT_SUCCESS(status) ? device_rebalance_stop(device) : status;
}

/* In order, if its driver does not object. */
static NTSTATUS remove_device(struct wdf_device *device)
{
    if (!device_query_remove(device))
        return STATUS_UNSUCCESSFUL;
    device_remove(device);
    return STATUS_SUCCESS;
}

/* As if its driver had said so. */
static NTSTATUS give_up(const void *handle)
{
    WdfDeviceSetFailed((WDFDEVICE)(uintptr_t)handle, WdfDeviceFailedNoRestart);
    return STATUS_SUCCESS;
}

static NTSTATUS execute(const struct control_command *command, const struct inspect_device *meant)
{
    struct wdf_device *device = meant->device;
    switch (command->verb) {
    case CONTROL_IDLE:
        device_expire_idle(device);
        return STATUS_SUCCESS;
    case CONTROL_STOP:
        return stop(device);
    case CONTROL_START:
        return device_rebalance_start(device);
    case CONTROL_REMOVE:
        return remove_device(device);
    case CONTROL_SURPRISE_REMOVE:
        device_surprise_remove(device);
        return STATUS_SUCCESS;
    case CONTROL_FAIL:
        return give_up(meant->handle);
    case CONTROL_PLUG:
        return device_plug(device);
    case CONTROL_UNPLUG:
        return device_unplug(device);
    case CONTROL_EJECT:
        return device_eject(device);
    case CONTROL_USE:
    case CONTROL_UNUSE:
        return device_use(device, (WDF_SPECIAL_FILE_TYPE)command->file,
                          command->verb == CONTROL_USE);
    default:
        return STATUS_NOT_SUPPORTED;
    }
}

/* A control device has no PnP and no power; a child is removed by its bus; the uppermost device
 * stands for its stack. */
static NTSTATUS check(enum control_verb verb, const struct inspect_device *device)
{
    bool is_of_bus = verb == CONTROL_UNPLUG || verb == CONTROL_EJECT;
    bool removes = verb == CONTROL_REMOVE || verb == CONTROL_SURPRISE_REMOVE;
    if (device_is_control(device->device) || (removes && device->parent != NULL) ||
        device->is_covered)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (is_of_bus)
        return STATUS_SUCCESS;
    return device->is_removed ? STATUS_INVALID_DEVICE_STATE : STATUS_SUCCESS;
}

static void execute_if_meant(const struct inspect_device *device, void *context)
{
    struct execution *execution = context;
    const struct control_command *command = execution->command;
    if (execution->is_done || !describe_is_meant(device, command->device))
        return;
    /* A restarted device follows the old one, which exists while it is open: the name is the new
     * one's. */
    execution->is_done = !device->is_removed;
    execution->status = check(command->verb, device);
    if (NT_SUCCESS(execution->status))
        execution->status = execute(command, device);
}

static void cancel_if_there(const struct inspect_device *device, void *context)
{
    struct execution *execution = context;
    const void *request = (const void *)execution->command->request;
    if (!execution->is_done && inspect_cancel_request(device_io(device->device), request)) {
        execution->is_done = true;
        execution->status = STATUS_SUCCESS;
    }
}

NTSTATUS command_execute(const struct control_command *command)
{
    struct execution execution = {.command = command};
    if (command->wmi != NULL)
        return control_execute_wmi(command);
    bool is_of_request = command->verb == CONTROL_CANCEL_REQUEST;
    execution.status = is_of_request ? STATUS_NOT_FOUND : STATUS_NO_SUCH_DEVICE;
    inspect_devices(is_of_request ? cancel_if_there : execute_if_meant, &execution);
    return execution.status;
}

static void count_if_there(const struct inspect_device *device, void *context)
{
    unsigned *count = context;
    *count += !device->is_removed;
}

bool command_has_left_devices(void)
{
    unsigned count = 0;
    inspect_devices(count_if_there, &count);
    return count > 0;
}
