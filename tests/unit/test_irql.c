/*
 * The IRQL of a caller (S13.7): every function for PASSIVE_LEVEL, or up to APC_LEVEL, reports a
 * higher one, names itself, and does nothing. tests/source/test-irql.sh checks that no function
 * that the headers document so is missing here.
 */
/* This includes functions of the user-mode framework: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <stdio.h>
#include <string.h>
#include <wdmsec.h>

#include "holding.h"
#include "nt/irql.h"
#include "unit.h"

DECLARE_CONST_UNICODE_STRING(text, L"Text");
static const GUID guid = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};

/* The objects of the calls, created before, at PASSIVE_LEVEL. */
static PWDFDEVICE_INIT control_init;
static PWDFDEVICE_INIT pdo_init;
static WDFDEVICE control;
static WDFSTRING string;
static WDFKEY key;
static WDFMEMORY memory;
static WDFCOLLECTION collection;
static WDFLOOKASIDE paged_list;
static WDFTIMER timer;
static WDFDPC dpc;
static WDFWORKITEM work_item;
static WDFWAITLOCK wait_lock;
static WDF_CHILD_LIST_CONFIG list_config;
static WDF_POWER_FRAMEWORK_SETTINGS framework_settings;
static WDFREQUEST request;
static WDFFILEOBJECT file_object;
static WDFIOTARGET named_target;
static WDF_IO_TARGET_OPEN_PARAMS open_params;
static WDF_QUERY_INTERFACE_CONFIG interface_config;
static const DEVPROPKEY property_key = {{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}}, 2};
static WDF_DEVICE_PROPERTY_DATA property_data = {sizeof(property_data), &property_key, 0, 0};
static WDF_DEVICE_INTERFACE_PROPERTY_DATA interface_data = {
    .Size = sizeof(interface_data), .InterfaceClassGUID = &guid, .PropertyKey = &property_key};
static WDFWMIINSTANCE wmi_instance;
static PVOID wmi_block;
static WDF_FDO_EVENT_CALLBACKS fdo_callbacks = {.Size = sizeof(fdo_callbacks)};

/* Where they would put their results. */
static WDFCHILDLIST new_list;
static WDFKEY new_key;
static INTERFACE answer;
static WDFIOTARGET new_target;
static WDFMEMORY new_memory;
static WDFSTRING new_string;
static UNICODE_STRING view;
static ULONG number;
static PVOID pointer;

static WDF_OBJECT_ATTRIBUTES passive_attributes(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    return attributes;
}

static VOID note_shutdown(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
}

static NTSTATUS ignore_notification(PVOID NotificationStructure, PVOID Context)
{
    UNREFERENCED_PARAMETER(NotificationStructure);
    UNREFERENCED_PARAMETER(Context);
    return STATUS_SUCCESS;
}

static VOID ignore_wmi_event(PVOID Wnode, PVOID Context)
{
    UNREFERENCED_PARAMETER(Wnode);
    UNREFERENCED_PARAMETER(Context);
}

/*
 * One function per line. FAILS: it returns a status that is not NT_SUCCESS; SAYS_NO: NULL or FALSE;
 * RETURNS: nothing. Functions that are called in another way are written out below them.
 */
#define FAILS(function, ...)                                                                       \
    static bool try_##function(void)                                                               \
    {                                                                                              \
        return function(__VA_ARGS__) == STATUS_INVALID_DEVICE_REQUEST;                             \
    }
#define SAYS_NO(function, ...)                                                                     \
    static bool try_##function(void)                                                               \
    {                                                                                              \
        return !function(__VA_ARGS__);                                                             \
    }
#define RETURNS(function, ...)                                                                     \
    static bool try_##function(void)                                                               \
    {                                                                                              \
        function(__VA_ARGS__);                                                                     \
        return true;                                                                               \
    }

FAILS(WdfChildListCreate, wdf_device(), &list_config, WDF_NO_OBJECT_ATTRIBUTES, &new_list)
FAILS(WdfDeviceAddQueryInterface, wdf_device(), &interface_config)
FAILS(WdfDeviceCreateDeviceInterface, wdf_device(), &guid, NULL)
FAILS(WdfDeviceQueryProperty, wdf_device(), DevicePropertyInstallState, 4, &number, &number)
FAILS(WdfDeviceAllocAndQueryProperty, wdf_device(), DevicePropertyInstallState, PagedPool,
      WDF_NO_OBJECT_ATTRIBUTES, &new_memory)
FAILS(WdfFdoInitQueryProperty, control_init, DevicePropertyInstallState, 4, &number, &number)
FAILS(WdfFdoInitAllocAndQueryProperty, control_init, DevicePropertyInstallState, PagedPool,
      WDF_NO_OBJECT_ATTRIBUTES, &new_memory)
FAILS(WdfFdoInitOpenRegistryKey, control_init, PLUGPLAY_REGKEY_DEVICE, KEY_READ,
      WDF_NO_OBJECT_ATTRIBUTES, &new_key)
FAILS(WdfFdoQueryForInterface, wdf_device(), &guid, &answer, sizeof(answer), 1, NULL)
FAILS(WdfIoTargetQueryForInterface, named_target, &guid, &answer, sizeof(answer), 1, NULL)
FAILS(WdfDeviceCreateSymbolicLink, wdf_device(), &text)
FAILS(WdfDeviceInitAssignName, control_init, &text)
FAILS(WdfDeviceInitAssignSDDLString, control_init, &text)
FAILS(WdfDeviceOpenDevicemapKey, wdf_device(), &text, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &new_key)
FAILS(WdfDeviceOpenRegistryKey, wdf_device(), PLUGPLAY_REGKEY_DEVICE, KEY_READ,
      WDF_NO_OBJECT_ATTRIBUTES, &new_key)
FAILS(WdfDeviceRetrieveDeviceInterfaceString, wdf_device(), &guid, NULL, string)
FAILS(WdfDeviceRetrieveDeviceName, control, string)
FAILS(WdfDeviceStopIdleActual, wdf_device(), TRUE, NULL, 0, "")
FAILS(WdfDeviceStopIdleNoTrack, wdf_device(), TRUE)
FAILS(WdfDeviceWdmAssignPowerFrameworkSettings, wdf_device(), &framework_settings)
FAILS(WdfDriverOpenParametersRegistryKey, WdfGetDriver(), KEY_READ, WDF_NO_OBJECT_ATTRIBUTES,
      &new_key)
FAILS(WdfDriverOpenPersistentStateRegistryKey, WdfGetDriver(), KEY_READ, WDF_NO_OBJECT_ATTRIBUTES,
      &new_key)
FAILS(WdfDriverRetrieveVersionString, WdfGetDriver(), string)
FAILS(WdfPdoInitAddCompatibleID, pdo_init, &text)
FAILS(WdfPdoInitAddDeviceText, pdo_init, &text, &text, 0)
FAILS(WdfPdoInitAddHardwareID, pdo_init, &text)
FAILS(WdfPdoInitAssignContainerID, pdo_init, &text)
FAILS(WdfPdoInitAssignDeviceID, pdo_init, &text)
FAILS(WdfPdoInitAssignInstanceID, pdo_init, &text)
FAILS(WdfPdoInitAssignRawDevice, pdo_init, &guid)
FAILS(WdfRegistryAssignMemory, key, &text, REG_BINARY, memory, NULL)
FAILS(WdfRegistryAssignMultiString, key, &text, collection)
FAILS(WdfRegistryAssignString, key, &text, string)
FAILS(WdfRegistryAssignULong, key, &text, 1)
FAILS(WdfRegistryAssignUnicodeString, key, &text, &text)
FAILS(WdfRegistryAssignValue, key, &text, REG_DWORD, sizeof(number), &number)
FAILS(WdfRegistryCreateKey, key, &text, KEY_READ, REG_OPTION_VOLATILE, NULL,
      WDF_NO_OBJECT_ATTRIBUTES, &new_key)
FAILS(WdfRegistryOpenKey, key, &text, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &new_key)
FAILS(WdfRegistryQueryMemory, key, &text, PagedPool, WDF_NO_OBJECT_ATTRIBUTES, &new_memory, NULL)
FAILS(WdfRegistryQueryMultiString, key, &text, WDF_NO_OBJECT_ATTRIBUTES, collection)
FAILS(WdfRegistryQueryString, key, &text, string)
FAILS(WdfRegistryQueryULong, key, &text, &number)
FAILS(WdfRegistryQueryUnicodeString, key, &text, NULL, &view)
FAILS(WdfRegistryQueryValue, key, &text, sizeof(number), &number, NULL, NULL)
FAILS(WdfRegistryRemoveKey, key)
FAILS(WdfRegistryRemoveValue, key, &text)
FAILS(WdfRequestProbeAndLockUserBufferForRead, request, &number, sizeof(number), &new_memory)
FAILS(WdfRequestProbeAndLockUserBufferForWrite, request, &number, sizeof(number), &new_memory)
FAILS(WdfRequestRetrieveUnsafeUserInputBuffer, request, 0, &pointer, NULL)
FAILS(WdfRequestRetrieveUnsafeUserOutputBuffer, request, 0, &pointer, NULL)
FAILS(WdfStringCreate, &text, WDF_NO_OBJECT_ATTRIBUTES, &new_string)
FAILS(WdfWaitLockAcquire, wait_lock, NULL)
FAILS(WdfMemoryCreate, WDF_NO_OBJECT_ATTRIBUTES, PagedPool, 0, 8, &new_memory, NULL)
FAILS(WdfMemoryCreateFromLookaside, paged_list, &new_memory)

FAILS(WdfIoTargetCreate, wdf_device(), WDF_NO_OBJECT_ATTRIBUTES, &new_target)
FAILS(WdfIoTargetOpen, named_target, &open_params)
FAILS(WdfIoTargetSendInternalIoctlOthersSynchronously, WdfDeviceGetIoTarget(wdf_device()), NULL, 0,
      NULL, NULL, NULL, NULL, NULL)
FAILS(WdfIoTargetSendInternalIoctlSynchronously, WdfDeviceGetIoTarget(wdf_device()), NULL, 0, NULL,
      NULL, NULL, NULL)
FAILS(WdfIoTargetSendIoctlSynchronously, WdfDeviceGetIoTarget(wdf_device()), NULL, 0, NULL, NULL,
      NULL, NULL)
FAILS(WdfIoTargetSendReadSynchronously, WdfDeviceGetIoTarget(wdf_device()), NULL, NULL, NULL, NULL,
      NULL)
FAILS(WdfIoTargetSendWriteSynchronously, WdfDeviceGetIoTarget(wdf_device()), NULL, NULL, NULL, NULL,
      NULL)
FAILS(WdfDeviceQueryPropertyEx, wdf_device(), &property_data, 4, &number, &number, &number)
FAILS(WdfDeviceAllocAndQueryPropertyEx, wdf_device(), &property_data, PagedPool,
      WDF_NO_OBJECT_ATTRIBUTES, &new_memory, &number)
FAILS(WdfDeviceAssignProperty, wdf_device(), &property_data, DEVPROP_TYPE_UINT32, 4, &number)
FAILS(WdfFdoInitQueryPropertyEx, control_init, &property_data, 4, &number, &number, &number)
FAILS(WdfFdoInitAllocAndQueryPropertyEx, control_init, &property_data, PagedPool,
      WDF_NO_OBJECT_ATTRIBUTES, &new_memory, &number)
FAILS(WdfIoTargetQueryTargetProperty, WdfDeviceGetIoTarget(wdf_device()),
      DevicePropertyInstallState, 4, &number, &number)
FAILS(WdfIoTargetAllocAndQueryTargetProperty, WdfDeviceGetIoTarget(wdf_device()),
      DevicePropertyInstallState, PagedPool, WDF_NO_OBJECT_ATTRIBUTES, &new_memory)
FAILS(WdfDeviceQueryInterfaceProperty, wdf_device(), &interface_data, 4, &number, &number, &number)
FAILS(WdfDeviceAllocAndQueryInterfaceProperty, wdf_device(), &interface_data, PagedPool,
      WDF_NO_OBJECT_ATTRIBUTES, &new_memory, &number)
FAILS(WdfDeviceAssignInterfaceProperty, wdf_device(), &interface_data, DEVPROP_TYPE_UINT32, 4,
      &number)
FAILS(IoGetDeviceInterfaces, &guid, NULL, 0, (PWSTR *)&pointer)
FAILS(IoRegisterPlugPlayNotification, EventCategoryHardwareProfileChange, 0, NULL,
      WdfDriverWdmGetDriverObject(WdfGetDriver()), ignore_notification, NULL, &pointer)
FAILS(IoUnregisterPlugPlayNotification, &pointer)
FAILS(IoUnregisterPlugPlayNotificationEx, &pointer)
FAILS(IoWMIOpenBlock, &guid, WMIGUID_NOTIFICATION, &pointer)
FAILS(IoWMISetNotificationCallback, wmi_block, ignore_wmi_event, NULL)
FAILS(WdfDeviceAssignMofResourceName, wdf_device(), &text)
FAILS(WdfWmiInstanceRegister, wmi_instance)
FAILS(WdfWmiInstanceFireEvent, wmi_instance, 0, NULL)
FAILS(WdfDeviceRetrieveDeviceDirectoryString, wdf_device(), string)
FAILS(WdfDriverRetrieveDriverDataDirectoryString, WdfGetDriver(), string)
FAILS(WdfDevicePostEvent, wdf_device(), &guid, WdfEventBroadcast, NULL, 0)

SAYS_NO(WdfControlDeviceInitAllocate, WdfGetDriver(), &SDDL_DEVOBJ_SYS_ALL)
SAYS_NO(WdfDpcCancel, dpc, TRUE)
SAYS_NO(WdfDriverGetRegistryPath, WdfGetDriver())
SAYS_NO(WdfFileObjectGetFileName, file_object)
SAYS_NO(WdfPdoInitAllocate, wdf_device())
SAYS_NO(WdfTimerStop, timer, TRUE)

RETURNS(WdfControlDeviceInitSetShutdownNotification, control_init, note_shutdown, WdfDeviceShutdown)
RETURNS(WdfControlFinishInitializing, control)
RETURNS(WdfDeviceSetDeviceInterfaceState, wdf_device(), &guid, NULL, TRUE)
RETURNS(WdfDeviceSetDeviceInterfaceStateEx, wdf_device(), &guid, NULL, TRUE)
RETURNS(WdfFdoInitSetDefaultChildListConfig, control_init, &list_config, WDF_NO_OBJECT_ATTRIBUTES)
RETURNS(WdfFdoInitSetFilter, control_init)
RETURNS(WdfFdoInitSetEventCallbacks, control_init, &fdo_callbacks)
RETURNS(WdfIoQueueDrainSynchronously, queue)
RETURNS(WdfIoQueuePurgeSynchronously, queue)
RETURNS(WdfIoQueueStopAndPurgeSynchronously, queue)
RETURNS(WdfIoQueueStopSynchronously, queue)
RETURNS(WdfIoTargetClose, named_target)
RETURNS(WdfIoTargetCloseForQueryRemove, named_target)
RETURNS(WdfIoTargetPurge, WdfDeviceGetIoTarget(wdf_device()), WdfIoTargetPurgeIoAndWait)
RETURNS(WdfIoTargetStop, WdfDeviceGetIoTarget(wdf_device()), WdfIoTargetCancelSentIo)
RETURNS(WdfPdoInitAllowForwardingRequestToParent, pdo_init)
RETURNS(WdfPdoInitRemovePowerDependencyOnParent, pdo_init)
RETURNS(WdfPdoInitSetDefaultLocale, pdo_init, 0)
RETURNS(WdfRegistryClose, key)
RETURNS(WdfWorkItemFlush, work_item)
RETURNS(ObDereferenceObject, wmi_block)
RETURNS(WdfWmiInstanceDeregister, wmi_instance)

static bool try_WdfDeviceCreate(void)
{
    PWDFDEVICE_INIT init = control_init;
    WDFDEVICE made;
    return WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &made) == STATUS_INVALID_DEVICE_REQUEST;
}

static bool try_WdfDeviceInitSetIoTypeEx(void)
{
    WDF_IO_TYPE_CONFIG config;
    WDF_IO_TYPE_CONFIG_INIT(&config);
    WdfDeviceInitSetIoTypeEx(control_init, &config);
    return true;
}

static bool try_WdfDriverCreate(void)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, NULL);
    return WdfDriverCreate(WdfDriverWdmGetDriverObject(WdfGetDriver()), &text,
                           WDF_NO_OBJECT_ATTRIBUTES, &config,
                           NULL) == STATUS_INVALID_DEVICE_REQUEST;
}

static bool try_WdfDriverIsVersionAvailable(void)
{
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS params;
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&params, 1, 33);
    return !WdfDriverIsVersionAvailable(WdfGetDriver(), &params);
}

static bool try_WdfIoQueueAssignForwardProgressPolicy(void)
{
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY policy;
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 1);
    return WdfIoQueueAssignForwardProgressPolicy(queue, &policy) == STATUS_INVALID_DEVICE_REQUEST;
}

static bool try_WdfIoQueueCreate(void)
{
    WDF_OBJECT_ATTRIBUTES attributes = passive_attributes();
    WDF_IO_QUEUE_CONFIG config;
    WDFQUEUE made;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(wdf_device(), &config, &attributes, &made) ==
           STATUS_INVALID_DEVICE_REQUEST;
}

static bool try_WdfLookasideListCreate(void)
{
    WDFLOOKASIDE made;
    return WdfLookasideListCreate(WDF_NO_OBJECT_ATTRIBUTES, 8, PagedPool, WDF_NO_OBJECT_ATTRIBUTES,
                                  0, &made) == STATUS_INVALID_DEVICE_REQUEST;
}

static bool try_WdfPdoInitSetEventCallbacks(void)
{
    WDF_PDO_EVENT_CALLBACKS callbacks;
    WDF_PDO_EVENT_CALLBACKS_INIT(&callbacks);
    WdfPdoInitSetEventCallbacks(pdo_init, &callbacks);
    return true;
}

static bool try_WdfRequestSend(void)
{
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SYNCHRONOUS);
    WDFIOTARGET target = WdfDeviceGetIoTarget(wdf_device());
    WDFREQUEST own;
    ck_status_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, target, &own), STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, own, NULL, NULL, NULL), STATUS_SUCCESS);
    BOOLEAN was_sent = WdfRequestSend(own, target, &options);
    WdfObjectDelete(own);
    return !was_sent;
}

static bool try_WdfStringGetUnicodeString(void)
{
    UNICODE_STRING untouched = {.Length = 2, .MaximumLength = 2, .Buffer = (PWCH)L"x"};
    WdfStringGetUnicodeString(string, &untouched);
    return untouched.Length == 2;
}

#define LIMITED(function)                                                                          \
    {                                                                                              \
#function, try_##function                                                                  \
    }

static const struct {
    const char *name;
    bool (*is_refused)(void);
} limited[] = {
    LIMITED(WdfControlDeviceInitAllocate),
    LIMITED(WdfControlDeviceInitSetShutdownNotification),
    LIMITED(WdfControlFinishInitializing),
    LIMITED(WdfDeviceCreate),
    LIMITED(WdfChildListCreate),
    LIMITED(WdfDeviceAddQueryInterface),
    LIMITED(WdfDeviceAllocAndQueryProperty),
    LIMITED(WdfDeviceQueryProperty),
    LIMITED(WdfFdoInitAllocAndQueryProperty),
    LIMITED(WdfFdoInitQueryProperty),
    LIMITED(WdfDeviceCreateDeviceInterface),
    LIMITED(WdfDeviceCreateSymbolicLink),
    LIMITED(WdfDeviceInitAssignName),
    LIMITED(WdfDeviceInitAssignSDDLString),
    LIMITED(WdfDeviceInitSetIoTypeEx),
    LIMITED(WdfDeviceOpenDevicemapKey),
    LIMITED(WdfDeviceOpenRegistryKey),
    LIMITED(WdfDeviceRetrieveDeviceInterfaceString),
    LIMITED(WdfDeviceRetrieveDeviceName),
    LIMITED(WdfDeviceStopIdleActual),
    LIMITED(WdfDeviceStopIdleNoTrack),
    LIMITED(WdfDeviceSetDeviceInterfaceState),
    LIMITED(WdfDeviceSetDeviceInterfaceStateEx),
    LIMITED(WdfDeviceWdmAssignPowerFrameworkSettings),
    LIMITED(WdfDpcCancel),
    LIMITED(WdfDriverCreate),
    LIMITED(WdfDriverGetRegistryPath),
    LIMITED(WdfDriverIsVersionAvailable),
    LIMITED(WdfDriverOpenParametersRegistryKey),
    LIMITED(WdfDriverOpenPersistentStateRegistryKey),
    LIMITED(WdfDriverRetrieveVersionString),
    LIMITED(WdfFdoInitSetDefaultChildListConfig),
    LIMITED(WdfFdoInitSetFilter),
    LIMITED(WdfFdoInitSetEventCallbacks),
    LIMITED(WdfFdoInitOpenRegistryKey),
    LIMITED(WdfFdoQueryForInterface),
    LIMITED(WdfFileObjectGetFileName),
    LIMITED(WdfIoQueueAssignForwardProgressPolicy),
    LIMITED(WdfIoQueueCreate),
    LIMITED(WdfIoQueueDrainSynchronously),
    LIMITED(WdfIoQueuePurgeSynchronously),
    LIMITED(WdfIoQueueStopAndPurgeSynchronously),
    LIMITED(WdfIoQueueStopSynchronously),
    LIMITED(WdfIoTargetClose),
    LIMITED(WdfIoTargetCloseForQueryRemove),
    LIMITED(WdfIoTargetCreate),
    LIMITED(WdfIoTargetOpen),
    LIMITED(WdfIoTargetPurge),
    LIMITED(WdfIoTargetQueryForInterface),
    LIMITED(WdfIoTargetSendInternalIoctlOthersSynchronously),
    LIMITED(WdfIoTargetSendInternalIoctlSynchronously),
    LIMITED(WdfIoTargetSendIoctlSynchronously),
    LIMITED(WdfIoTargetSendReadSynchronously),
    LIMITED(WdfIoTargetSendWriteSynchronously),
    LIMITED(WdfIoTargetStop),
    LIMITED(WdfLookasideListCreate),
    LIMITED(WdfMemoryCreate),
    LIMITED(WdfMemoryCreateFromLookaside),
    LIMITED(WdfPdoInitAddCompatibleID),
    LIMITED(WdfPdoInitAddDeviceText),
    LIMITED(WdfPdoInitAddHardwareID),
    LIMITED(WdfPdoInitAllocate),
    LIMITED(WdfPdoInitAllowForwardingRequestToParent),
    LIMITED(WdfPdoInitAssignContainerID),
    LIMITED(WdfPdoInitAssignDeviceID),
    LIMITED(WdfPdoInitAssignInstanceID),
    LIMITED(WdfPdoInitAssignRawDevice),
    LIMITED(WdfPdoInitRemovePowerDependencyOnParent),
    LIMITED(WdfPdoInitSetDefaultLocale),
    LIMITED(WdfPdoInitSetEventCallbacks),
    LIMITED(WdfRegistryAssignMemory),
    LIMITED(WdfRegistryAssignMultiString),
    LIMITED(WdfRegistryAssignString),
    LIMITED(WdfRegistryAssignULong),
    LIMITED(WdfRegistryAssignUnicodeString),
    LIMITED(WdfRegistryAssignValue),
    LIMITED(WdfRegistryClose),
    LIMITED(WdfRegistryCreateKey),
    LIMITED(WdfRegistryOpenKey),
    LIMITED(WdfRegistryQueryMemory),
    LIMITED(WdfRegistryQueryMultiString),
    LIMITED(WdfRegistryQueryString),
    LIMITED(WdfRegistryQueryULong),
    LIMITED(WdfRegistryQueryUnicodeString),
    LIMITED(WdfRegistryQueryValue),
    LIMITED(WdfRegistryRemoveKey),
    LIMITED(WdfRegistryRemoveValue),
    LIMITED(WdfRequestProbeAndLockUserBufferForRead),
    LIMITED(WdfRequestProbeAndLockUserBufferForWrite),
    LIMITED(WdfRequestRetrieveUnsafeUserInputBuffer),
    LIMITED(WdfRequestRetrieveUnsafeUserOutputBuffer),
    LIMITED(WdfRequestSend),
    LIMITED(WdfStringCreate),
    LIMITED(WdfStringGetUnicodeString),
    LIMITED(WdfTimerStop),
    LIMITED(WdfWaitLockAcquire),
    LIMITED(WdfDeviceQueryPropertyEx),
    LIMITED(WdfDeviceAllocAndQueryPropertyEx),
    LIMITED(WdfDeviceAssignProperty),
    LIMITED(WdfFdoInitQueryPropertyEx),
    LIMITED(WdfFdoInitAllocAndQueryPropertyEx),
    LIMITED(WdfIoTargetQueryTargetProperty),
    LIMITED(WdfIoTargetAllocAndQueryTargetProperty),
    LIMITED(WdfDeviceQueryInterfaceProperty),
    LIMITED(WdfDeviceAllocAndQueryInterfaceProperty),
    LIMITED(WdfDeviceAssignInterfaceProperty),
    LIMITED(IoGetDeviceInterfaces),
    LIMITED(IoRegisterPlugPlayNotification),
    LIMITED(IoUnregisterPlugPlayNotification),
    LIMITED(IoUnregisterPlugPlayNotificationEx),
    LIMITED(IoWMIOpenBlock),
    LIMITED(IoWMISetNotificationCallback),
    LIMITED(WdfDeviceAssignMofResourceName),
    LIMITED(WdfWmiInstanceRegister),
    LIMITED(WdfWmiInstanceFireEvent),
    LIMITED(ObDereferenceObject),
    LIMITED(WdfWmiInstanceDeregister),
    LIMITED(WdfDeviceRetrieveDeviceDirectoryString),
    LIMITED(WdfDriverRetrieveDriverDataDirectoryString),
    LIMITED(WdfDevicePostEvent),
    LIMITED(WdfWorkItemFlush),
};

/* ---- the test ---- */

static VOID ignore_timer(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
}

static VOID ignore_dpc(WDFDPC Dpc)
{
    UNREFERENCED_PARAMETER(Dpc);
}

static VOID ignore_work_item(WDFWORKITEM WorkItem)
{
    UNREFERENCED_PARAMETER(WorkItem);
}

static void create_deferred(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = wdf_device();
    WDF_TIMER_CONFIG timer_config;
    WDF_TIMER_CONFIG_INIT(&timer_config, ignore_timer);
    timer_config.AutomaticSerialization = FALSE;
    ck_status_eq(WdfTimerCreate(&timer_config, &attributes, &timer), STATUS_SUCCESS);
    WDF_DPC_CONFIG dpc_config;
    WDF_DPC_CONFIG_INIT(&dpc_config, ignore_dpc);
    dpc_config.AutomaticSerialization = FALSE;
    ck_status_eq(WdfDpcCreate(&dpc_config, &attributes, &dpc), STATUS_SUCCESS);
    WDF_WORKITEM_CONFIG work_item_config;
    WDF_WORKITEM_CONFIG_INIT(&work_item_config, ignore_work_item);
    work_item_config.AutomaticSerialization = FALSE;
    ck_status_eq(WdfWorkItemCreate(&work_item_config, &attributes, &work_item), STATUS_SUCCESS);
}

static void create_wmi(void)
{
    WDF_WMI_PROVIDER_CONFIG provider;
    WDF_WMI_INSTANCE_CONFIG config;
    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &guid);
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&config, &provider);
    ck_status_eq(
        WdfWmiInstanceCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, &wmi_instance),
        STATUS_SUCCESS);
    ck_status_eq(IoWMIOpenBlock(&guid, WMIGUID_NOTIFICATION, &wmi_block), STATUS_SUCCESS);
}

static void create_objects(void)
{
    WDFDRIVER driver = WdfGetDriver();
    ck_status_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetCreate(wdf_device(), WDF_NO_OBJECT_ATTRIBUTES, &named_target),
                 STATUS_SUCCESS);
    ck_status_eq(
        WdfDriverOpenParametersRegistryKey(driver, KEY_ALL_ACCESS, WDF_NO_OBJECT_ATTRIBUTES, &key),
        STATUS_SUCCESS);
    ck_status_eq(WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, NonPagedPoolNx, 0, 8, &memory, NULL),
                 STATUS_SUCCESS);
    ck_status_eq(WdfCollectionCreate(WDF_NO_OBJECT_ATTRIBUTES, &collection), STATUS_SUCCESS);
    ck_status_eq(WdfLookasideListCreate(WDF_NO_OBJECT_ATTRIBUTES, 8, PagedPool,
                                        WDF_NO_OBJECT_ATTRIBUTES, 0, &paged_list),
                 STATUS_SUCCESS);
    ck_status_eq(WdfWaitLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &wait_lock), STATUS_SUCCESS);
    create_deferred();
    create_wmi();
}

static void describe_devices(void)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\IrqlControl");
    PWDFDEVICE_INIT init = WdfControlDeviceInitAllocate(WdfGetDriver(), &SDDL_DEVOBJ_SYS_ALL);
    ck_status_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &control), STATUS_SUCCESS);
    control_init = WdfControlDeviceInitAllocate(WdfGetDriver(), &SDDL_DEVOBJ_SYS_ALL);
    pdo_init = WdfPdoInitAllocate(wdf_device());
    ck_assert(control_init != NULL && pdo_init != NULL);
}

static void setup(void)
{
    prepare_init = want_file_objects;
    start_queue(WdfIoQueueDispatchParallel);
    begin_read(open_file(), 8);
    request = held();
    file_object = WdfRequestGetFileObject(request);
    create_objects();
    describe_devices();
    keep_log();
    last_verifier_message();
}

static void teardown(void)
{
    ObDereferenceObject(wmi_block);
    WdfDeviceInitFree(control_init);
    WdfDeviceInitFree(pdo_init);
    WdfObjectDelete(control);
    holding_stop();
}

/* S13.7, S1.25, S8.22, S9.24 */
START_TEST(a_call_above_its_level_is_refused_and_names_the_function)
{
    char start[96];
    snprintf(start, sizeof(start), "verifier: %s: called at IRQL %u", limited[_i].name,
             DISPATCH_LEVEL);
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    bool is_refused = limited[_i].is_refused();
    irql_lower(before);
    const char *message = last_verifier_message();
    ck_assert_msg(strstr(message, start) != NULL && strstr(message, "S13.7") != NULL,
                  "'%s' is not in '%s'", start, message);
    ck_assert_msg(is_refused, "%s says success", limited[_i].name);
}
END_TEST

/* S8.22, S13.7 */
START_TEST(paged_memory_is_for_apc_level_and_other_memory_for_dispatch_level)
{
    KIRQL before = irql_raise(APC_LEVEL);
    NTSTATUS paged = WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, PagedPool, 0, 8, &new_memory, NULL);
    irql_raise(DISPATCH_LEVEL);
    NTSTATUS other =
        WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, NonPagedPoolNx, 0, 8, &new_memory, NULL);
    irql_lower(before);
    ck_status_eq(paged, STATUS_SUCCESS);
    ck_status_eq(other, STATUS_SUCCESS);
    ck_assert_str_eq(last_verifier_message(), "");
}
END_TEST

static Suite *irql_suite(void)
{
    Suite *suite = suite_create("irql");
    TCase *cases = tcase_create("levels");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, a_call_above_its_level_is_refused_and_names_the_function, 0,
                        RTL_NUMBER_OF(limited));
    tcase_add_test(cases, paged_memory_is_for_apc_level_and_other_memory_for_dispatch_level);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return unit_run(irql_suite());
}
