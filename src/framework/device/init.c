/* WDFDEVICE_INIT and its setters. Bad input is ignored with a break, the old value stays
 * (S3.11). */
#include "framework/device/init.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>
#include <wdfuse/deviceinit.h>

#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/device/driver.h"
#include "framework/device/wdm.h"
#include "framework/device/statewatch.h"
#include "framework/object/verifier.h"
#include "nt/status.h"
#include "nt/utf.h"

/* Shorter transfers are copied even for a device with direct I/O: two pages, as in the user-mode
 * framework. */
#define DIRECT_THRESHOLD (2 * PAGE_SIZE)

struct WDFDEVICE_INIT *device_init_create(enum device_kind kind, struct driver *driver)
{
    struct WDFDEVICE_INIT *init = calloc(1, sizeof(*init));
    if (init == NULL)
        return NULL;
    /* S3.10 */
    init->kind = kind;
    init->driver = driver;
    init->io.never_has_managed_queues = kind == DEVICE_CONTROL; /* S3.27 */
    init->io.transfer_type = WdfDeviceIoBuffered;
    init->io.control_type = WdfDeviceIoBuffered;
    init->io.direct_threshold = DIRECT_THRESHOLD;
    init->forwards_closes = WdfUseDefault;
    init->owns_policy = WdfUseDefault;
    init->device_type = FILE_DEVICE_UNKNOWN;
    init->characteristics = FILE_DEVICE_SECURE_OPEN;
    init->io.file_class = driver_is_umdf(driver) ? WdfFileObjectWdfCannotUseFsContexts
                                                 : WdfFileObjectNotRequired; /* S4.4 */
    return init;
}

void device_texts_free(struct device_texts *texts)
{
    free(texts->name);
    free(texts->node);
    free(texts->sddl);
    free(texts->instance);
    free(texts->hardware_ids);
    free(texts->compatible_ids);
    free(texts->device_id);
    free(texts->description);
    free(texts->location);
    memset(texts, 0, sizeof(*texts));
}

char *device_text_duplicate(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

void device_init_free(struct WDFDEVICE_INIT *init)
{
    if (init == NULL)
        return;
    device_texts_free(&init->texts);
    state_watches_free(init->watches);
    if (init->child.parent != NULL)
        io_device_dereference(device_io(init->child.parent));
    wdm_drop_bus_device(init->bus_device);
    free(init);
}

bool device_init_is_drivers(const struct WDFDEVICE_INIT *init)
{
    return init->kind != DEVICE_FDO && init->child.list == NULL;
}

VOID WdfDeviceInitFree(PWDFDEVICE_INIT DeviceInit)
{
    REQUIRE_PARAMETER(DeviceInit);
    /* S3.9, S16.32: the one passed to a callback is the framework's. */
    if (device_init_is_drivers(DeviceInit))
        device_init_free(DeviceInit);
}

VOID WdfFdoInitSetEventCallbacks(PWDFDEVICE_INIT DeviceInit,
                                 PWDF_FDO_EVENT_CALLBACKS FdoEventCallbacks)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(FdoEventCallbacks);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return;
    if (FdoEventCallbacks->Size == sizeof(*FdoEventCallbacks) && DeviceInit->kind == DEVICE_FDO)
        DeviceInit->fdo = *FdoEventCallbacks;
    else
        verifier_break(__func__, "S3.11",
                       "ignored: a wrong Size, or DeviceInit is not what EvtDriverDeviceAdd was "
                       "given");
}

VOID WdfFdoInitSetFilter(PWDFDEVICE_INIT DeviceInit)
{
    REQUIRE_PARAMETER(DeviceInit);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return;
    if (DeviceInit->kind == DEVICE_FDO)
        DeviceInit->io.is_filter = true;
    else
        verifier_break(__func__, "S17.2",
                       "ignored: only what EvtDriverDeviceAdd is given can be a "
                       "filter's");
}

static bool io_type_is_valid(WDF_DEVICE_IO_TYPE type, bool is_of_umdf)
{
    if (type == WdfDeviceIoNeither || type == WdfDeviceIoBufferedOrDirect)
        return (type == WdfDeviceIoBufferedOrDirect) == is_of_umdf; /* S8.2 */
    return type == WdfDeviceIoBuffered || type == WdfDeviceIoDirect;
}

static void set_io_type(const struct WDFDEVICE_INIT *init, WDF_DEVICE_IO_TYPE *setting,
                        WDF_DEVICE_IO_TYPE type, const char *function)
{
    bool is_of_umdf = driver_is_umdf(init->driver);
    if (io_type_is_valid(type, is_of_umdf))
        *setting = type;
    else
        verifier_break(function, "S8.1", "I/O type %d is none of %s, Buffered, Direct", (int)type,
                       is_of_umdf ? "BufferedOrDirect" : "Neither");
}

VOID WdfDeviceInitSetIoType(PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_IO_TYPE IoType)
{
    REQUIRE_PARAMETER(DeviceInit);
    set_io_type(DeviceInit, &DeviceInit->io.transfer_type, IoType, __func__);
}

VOID WdfDeviceInitSetIoTypeEx(PWDFDEVICE_INIT DeviceInit, PWDF_IO_TYPE_CONFIG IoTypeConfig)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(IoTypeConfig);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return;
    if (IoTypeConfig->Size != sizeof(*IoTypeConfig)) {
        verifier_break(__func__, "S8.1", "IoTypeConfig->Size is %u, not %zu", IoTypeConfig->Size,
                       sizeof(*IoTypeConfig));
        return;
    }
    set_io_type(DeviceInit, &DeviceInit->io.transfer_type, IoTypeConfig->ReadWriteIoType, __func__);
    if (!driver_is_umdf(DeviceInit->driver))
        return;
    set_io_type(DeviceInit, &DeviceInit->io.control_type, IoTypeConfig->DeviceControlIoType,
                __func__);
    if (IoTypeConfig->DirectTransferThreshold != 0)
        DeviceInit->io.direct_threshold = ROUND_TO_PAGES(IoTypeConfig->DirectTransferThreshold);
}

VOID WdfuseDeviceInitSetNativeControls(PWDFDEVICE_INIT DeviceInit)
{
    REQUIRE_PARAMETER(DeviceInit);
    DeviceInit->io.has_native_controls = true;
}

VOID WdfDeviceInitSetDeviceType(PWDFDEVICE_INIT DeviceInit, DEVICE_TYPE DeviceType)
{
    REQUIRE_PARAMETER(DeviceInit);
    DeviceInit->device_type = DeviceType;
}

VOID WdfDeviceInitSetCharacteristics(PWDFDEVICE_INIT DeviceInit, ULONG DeviceCharacteristics,
                                     BOOLEAN OrInValues)
{
    REQUIRE_PARAMETER(DeviceInit);
    ULONG before = OrInValues ? DeviceInit->characteristics : 0;
    DeviceInit->characteristics = before | DeviceCharacteristics | FILE_DEVICE_SECURE_OPEN;
    /* S3.12: a name that the system makes up takes the place of an assigned one. */
    if (DeviceInit->characteristics & FILE_AUTOGENERATED_DEVICE_NAME) {
        free(DeviceInit->texts.name);
        DeviceInit->texts.name = NULL;
    }
}

VOID WdfDeviceInitSetExclusive(PWDFDEVICE_INIT DeviceInit, BOOLEAN IsExclusive)
{
    REQUIRE_PARAMETER(DeviceInit);
    DeviceInit->io.is_exclusive = IsExclusive;
}

NTSTATUS WdfDeviceInitAssignName(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING DeviceName)
{
    REQUIRE_PARAMETER(DeviceInit);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.12");
    NTSTATUS status = verifier_unicode_string(DeviceName, __func__);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S3.12");
    char *name = NULL;
    if (DeviceName != NULL) {
        name = utf8_duplicate(DeviceName);
        if (name == NULL)
            return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "S3.12");
        DeviceInit->characteristics &= ~(ULONG)FILE_AUTOGENERATED_DEVICE_NAME;
    } else if (DeviceInit->kind == DEVICE_PDO) {
        DeviceInit->characteristics |= FILE_AUTOGENERATED_DEVICE_NAME; /* it needs one */
    }
    free(DeviceInit->texts.name);
    DeviceInit->texts.name = name;
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceInitAssignSDDLString(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING SDDLString)
{
    REQUIRE_PARAMETER(DeviceInit);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.26");
    if (SDDLString == NULL && DeviceInit->kind == DEVICE_CONTROL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.26");
    NTSTATUS status = verifier_unicode_string(SDDLString, __func__);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S3.26");
    char *sddl = NULL;
    if (SDDLString != NULL) {
        sddl = utf8_duplicate(SDDLString);
        if (sddl == NULL)
            return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "S3.26");
    }
    free(DeviceInit->texts.sddl);
    DeviceInit->texts.sddl = sddl;
    return STATUS_SUCCESS;
}

/* S4.1, S4.3 */
static const char *problem_of_file_config(const WDF_FILEOBJECT_CONFIG *config,
                                          const WDF_OBJECT_ATTRIBUTES *attributes)
{
    if (config->Size != sizeof(*config))
        return "Size is wrong";
    if (config->AutoForwardCleanupClose < WdfFalse ||
        config->AutoForwardCleanupClose > WdfUseDefault)
        return "AutoForwardCleanupClose is out of range";
    unsigned class = (unsigned)config->FileObjectClass;
    unsigned base = class & ~(unsigned)WdfFileObjectCanBeOptional;
    if (base < WdfFileObjectNotRequired || base > WdfFileObjectWdfCannotUseFsContexts)
        return "FileObjectClass is out of range";
    if (class != base && base == WdfFileObjectNotRequired)
        return "WdfFileObjectCanBeOptional does not go with WdfFileObjectNotRequired";
    unsigned rules =
        ATTRIBUTES_PARENT_FORBIDDEN | ATTRIBUTES_LEVEL_ALLOWED | ATTRIBUTES_SCOPE_ALLOWED;
    if (!NT_SUCCESS(attributes_validate(attributes, rules)))
        return "the attributes are invalid";
    return NULL;
}

VOID WdfDeviceInitSetFileObjectConfig(PWDFDEVICE_INIT DeviceInit,
                                      PWDF_FILEOBJECT_CONFIG FileObjectConfig,
                                      PWDF_OBJECT_ATTRIBUTES FileObjectAttributes)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(FileObjectConfig);
    const char *problem = problem_of_file_config(FileObjectConfig, FileObjectAttributes);
    if (problem != NULL) {
        verifier_break(__func__, "S4.1", "ignored: %s", problem);
        return;
    }
    DeviceInit->io.file_class = (WDF_FILEOBJECT_CLASS)((unsigned)FileObjectConfig->FileObjectClass &
                                                       ~(unsigned)WdfFileObjectCanBeOptional);
    DeviceInit->forwards_closes = FileObjectConfig->AutoForwardCleanupClose;
    DeviceInit->io.evt_file_create = FileObjectConfig->EvtDeviceFileCreate;
    DeviceInit->io.evt_file_cleanup = FileObjectConfig->EvtFileCleanup;
    DeviceInit->io.evt_file_close = FileObjectConfig->EvtFileClose;
    DeviceInit->io.has_file_attributes = FileObjectAttributes != NULL;
    if (FileObjectAttributes != NULL)
        DeviceInit->io.file_attributes = *FileObjectAttributes;
}

VOID WdfDeviceInitSetRequestAttributes(PWDFDEVICE_INIT DeviceInit,
                                       PWDF_OBJECT_ATTRIBUTES RequestAttributes)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(RequestAttributes);
    NTSTATUS status = attributes_validate(RequestAttributes, ATTRIBUTES_PARENT_FORBIDDEN);
    if (NT_SUCCESS(status) &&
        RequestAttributes->SynchronizationScope != WdfSynchronizationScopeInheritFromParent)
        status = STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID;
    if (!NT_SUCCESS(status)) {
        verifier_break(__func__, "S3.11", "ignored: the attributes are invalid (%s)",
                       nt_status_name(status));
        return;
    }
    DeviceInit->io.has_request_attributes = true;
    DeviceInit->io.request_attributes = *RequestAttributes;
}

VOID WdfDeviceInitSetIoInCallerContextCallback(PWDFDEVICE_INIT DeviceInit,
                                               PFN_WDF_IO_IN_CALLER_CONTEXT EvtIoInCallerContext)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(EvtIoInCallerContext);
    DeviceInit->io.evt_io_in_caller_context = EvtIoInCallerContext;
}

NTSTATUS WdfDeviceInitAssignWdmIrpPreprocessCallback(
    PWDFDEVICE_INIT DeviceInit, PFN_WDFDEVICE_WDM_IRP_PREPROCESS EvtDeviceWdmIrpPreprocess,
    UCHAR MajorFunction, PUCHAR MinorFunctions, ULONG NumMinorFunctions)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(EvtDeviceWdmIrpPreprocess);
    if (NumMinorFunctions > 0)
        REQUIRE_PARAMETER(MinorFunctions);
    return API_RESULT(irp_preprocess_assign(&DeviceInit->io.preprocess, EvtDeviceWdmIrpPreprocess,
                                            MajorFunction, MinorFunctions, NumMinorFunctions),
                      "S17.29");
}

VOID WdfDeviceInitSetPnpPowerEventCallbacks(PWDFDEVICE_INIT DeviceInit,
                                            PWDF_PNPPOWER_EVENT_CALLBACKS PnpPowerEventCallbacks)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(PnpPowerEventCallbacks);
    if (PnpPowerEventCallbacks->Size != sizeof(*PnpPowerEventCallbacks))
        verifier_break(__func__, "S3.11", "ignored: Size is %u, not %zu",
                       PnpPowerEventCallbacks->Size, sizeof(*PnpPowerEventCallbacks));
    else if (PnpPowerEventCallbacks->EvtDeviceUsageNotification != NULL &&
             PnpPowerEventCallbacks->EvtDeviceUsageNotificationEx != NULL)
        verifier_break(__func__, "S3.11", "ignored: both usage notifications are given");
    else
        DeviceInit->pnp = *PnpPowerEventCallbacks;
}

VOID WdfDeviceInitSetDeviceClass(PWDFDEVICE_INIT DeviceInit, CONST GUID *DeviceClassGuid)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(DeviceClassGuid);
    DeviceInit->has_class = true;
}

VOID WdfDeviceInitSetPowerPageable(PWDFDEVICE_INIT DeviceInit)
{
    REQUIRE_PARAMETER(DeviceInit);
    DeviceInit->is_not_pageable = false;
}

VOID WdfDeviceInitSetPowerNotPageable(PWDFDEVICE_INIT DeviceInit)
{
    REQUIRE_PARAMETER(DeviceInit);
    DeviceInit->is_not_pageable = true;
}

VOID WdfDeviceInitSetPowerInrush(PWDFDEVICE_INIT DeviceInit)
{
    /* Power that surges is switched one device after the other, which are never in the paging
     * path. */
    WdfDeviceInitSetPowerNotPageable(DeviceInit);
}

VOID WdfDeviceInitSetPowerPolicyOwnership(PWDFDEVICE_INIT DeviceInit, BOOLEAN IsPowerPolicyOwner)
{
    REQUIRE_PARAMETER(DeviceInit);
    DeviceInit->owns_policy = IsPowerPolicyOwner ? WdfTrue : WdfFalse;
}

VOID WdfDeviceInitSetPowerPolicyEventCallbacks(
    PWDFDEVICE_INIT DeviceInit, PWDF_POWER_POLICY_EVENT_CALLBACKS PowerPolicyEventCallbacks)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(PowerPolicyEventCallbacks);
    if (PowerPolicyEventCallbacks->Size != sizeof(*PowerPolicyEventCallbacks))
        verifier_break(__func__, "S18.4", "ignored: Size is %u, not %zu",
                       PowerPolicyEventCallbacks->Size, sizeof(*PowerPolicyEventCallbacks));
    else if (PowerPolicyEventCallbacks->EvtDeviceArmWakeFromSx != NULL &&
             PowerPolicyEventCallbacks->EvtDeviceArmWakeFromSxWithReason != NULL)
        verifier_break(__func__, "S18.4", "ignored: both EvtDeviceArmWakeFromSx are given");
    else
        DeviceInit->policy = *PowerPolicyEventCallbacks;
}

VOID WdfDeviceInitSetReleaseHardwareOrderOnFailure(
    PWDFDEVICE_INIT DeviceInit, WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE ReleaseHardwareOrderOnFailure)
{
    REQUIRE_PARAMETER(DeviceInit);
    if (ReleaseHardwareOrderOnFailure != WdfReleaseHardwareOrderOnFailureEarly &&
        ReleaseHardwareOrderOnFailure != WdfReleaseHardwareOrderOnFailureAfterDescendants)
        verifier_break(__func__, "S18.47", "ignored: there is no order %d",
                       (int)ReleaseHardwareOrderOnFailure);
    else
        DeviceInit->releases_after_descendants =
            ReleaseHardwareOrderOnFailure == WdfReleaseHardwareOrderOnFailureAfterDescendants;
}

/* S18.51. Removal waits for every request here, whoever has asked for it. */
VOID WdfDeviceInitSetRemoveLockOptions(PWDFDEVICE_INIT DeviceInit, PWDF_REMOVE_LOCK_OPTIONS Options)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(Options);
    if (Options->Size != sizeof(*Options) ||
        (Options->Flags & ~(ULONG)WDF_REMOVE_LOCK_OPTION_ACQUIRE_FOR_IO) != 0 ||
        DeviceInit->kind == DEVICE_CONTROL)
        verifier_break(__func__, "S18.51", "ignored: a wrong Size or flag, or a control device");
}
