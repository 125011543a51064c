/* A driver's settings of its device's component (S18.16). */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <wdf.h>

#include "framework/device/device.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"

static bool has_what_user_mode_lacks(const WDF_POWER_FRAMEWORK_SETTINGS *settings)
{
    return settings->EvtDeviceWdmPostPoFxRegisterDevice != NULL ||
           settings->EvtDeviceWdmPrePoFxUnregisterDevice != NULL || settings->Component != NULL ||
           settings->ComponentActiveConditionCallback != NULL ||
           settings->ComponentIdleConditionCallback != NULL ||
           settings->ComponentIdleStateCallback != NULL || settings->PowerControlCallback != NULL ||
           settings->PoFxDeviceContext != NULL;
}

static NTSTATUS check_settings(const struct wdf_device *device,
                               const WDF_POWER_FRAMEWORK_SETTINGS *settings)
{
    if (!device->is_policy_owner)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (settings->Size != sizeof(*settings))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (device->io.is_umdf && has_what_user_mode_lacks(settings))
        return STATUS_INVALID_PARAMETER;
    if (settings->Component != NULL &&
        (settings->Component->IdleStateCount == 0 || settings->Component->IdleStates == NULL))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* Only the number of F-states counts: nothing draws power here. */
static NTSTATUS take_settings(struct wdf_device *device,
                              const WDF_POWER_FRAMEWORK_SETTINGS *settings)
{
    struct power_framework *framework = &device->power_framework;
    IO_LOCK_SCOPE(device->io.domain);
    if (framework->has_settings || framework->is_frozen)
        return STATUS_INVALID_DEVICE_REQUEST;
    const PO_FX_COMPONENT *component = settings->Component;
    framework->has_settings = true;
    framework->settings = *settings;
    framework->settings.Component = NULL; /* the driver's, until this returns */
    framework->state_count = component != NULL ? component->IdleStateCount : 1;
    framework->deepest_wakeable_state = component != NULL ? component->DeepestWakeableIdleState : 0;
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceWdmAssignPowerFrameworkSettings(
    WDFDEVICE Device, PWDF_POWER_FRAMEWORK_SETTINGS PowerFrameworkSettings)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(PowerFrameworkSettings);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S18.16");
    NTSTATUS status = check_settings(device, PowerFrameworkSettings);
    if (NT_SUCCESS(status))
        status = take_settings(device, PowerFrameworkSettings);
    if (!NT_SUCCESS(status))
        verifier_break(__func__, "S18.16", "device %p: these settings cannot be used",
                       (void *)Device);
    return API_RESULT(status, "S18.16");
}
