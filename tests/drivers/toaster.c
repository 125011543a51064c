/*
 * A function driver with the vocabulary of a Windows hardware driver: it keeps what is written in a
 * memory object, and a read returns it. It looks through its (empty) resources, names callbacks for
 * events that never come, and moves its data by MDLs. toaster.cc is the same in C++.
 */
#include <ntddk.h>
#include <wdf.h>
#include <wmilib.h>
#include <poclass.h>
#include <wdfusb.h>

#define TAG      ((ULONG)'tsaT')
#define CAPACITY 64

typedef struct _FDO_DATA {
    WDFMEMORY Bread;
    size_t Length;
    ULONG Resources;
    /* Types of things that do not exist here: a driver may name them. */
    WDFINTERRUPT Interrupt;
    WDFUSBPIPE Pipe;
    WDF_USB_CONTROL_SETUP_PACKET Setup;
    WDF_MEMORY_DESCRIPTOR Descriptor;
    WDF_REQUEST_SEND_OPTIONS Options;
} FDO_DATA, *PFDO_DATA;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FDO_DATA, ToasterFdoGetData)

typedef struct _READ_DATA {
    ULONG Served;
} READ_DATA, *PREAD_DATA;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(READ_DATA, ToasterReadGetData)

WDF_EXTERN_C_START
DRIVER_INITIALIZE DriverEntry;
WDF_EXTERN_C_END

EVT_WDF_DRIVER_DEVICE_ADD ToasterEvtDeviceAdd;
EVT_WDF_DEVICE_CONTEXT_CLEANUP ToasterEvtDeviceContextCleanup;
EVT_WDF_DEVICE_PREPARE_HARDWARE ToasterEvtDevicePrepareHardware;
EVT_WDF_DEVICE_RELEASE_HARDWARE ToasterEvtDeviceReleaseHardware;
EVT_WDF_DEVICE_D0_ENTRY ToasterEvtDeviceD0Entry;
EVT_WDF_DEVICE_D0_EXIT ToasterEvtDeviceD0Exit;
EVT_WDF_DEVICE_ARM_WAKE_FROM_S0 ToasterEvtDeviceArmWakeFromS0;
EVT_WDF_DEVICE_DISARM_WAKE_FROM_S0 ToasterEvtDeviceDisarmWakeFromS0;
EVT_WDF_DEVICE_WAKE_FROM_S0_TRIGGERED ToasterEvtDeviceWakeFromS0Triggered;
EVT_WDF_IO_QUEUE_IO_READ ToasterEvtIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE ToasterEvtIoWrite;
EVT_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL ToasterEvtIoInternalDeviceControl;
EVT_WDF_IO_QUEUE_IO_STOP ToasterEvtIoStop;
/* Declared and never defined: nothing refers to them. */
EVT_WDF_DEVICE_ARM_WAKE_FROM_SX ToasterEvtDeviceArmWakeFromSx;
EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE ToasterEvtWmiInstanceQueryInstance;
EVT_WDF_INTERRUPT_ISR ToasterEvtInterruptIsr;
EVT_WDF_REQUEST_COMPLETION_ROUTINE ToasterEvtRequestCompletion;
WMI_QUERY_DATABLOCK_CALLBACK ToasterQueryWmiDataBlock;

/* Settings for each of the events that never come. */
static void FillSettings(PFDO_DATA Data)
{
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake;
    WDF_DEVICE_POWER_CAPABILITIES capabilities;

    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromS0 = ToasterEvtDeviceArmWakeFromS0;
    policy.EvtDeviceDisarmWakeFromS0 = ToasterEvtDeviceDisarmWakeFromS0;
    policy.EvtDeviceWakeFromS0Triggered = ToasterEvtDeviceWakeFromS0Triggered;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
    ASSERT(idle.DxState == PowerDeviceD3 && idle.Enabled == WdfUseDefault);
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wake);
    ASSERT(wake.DxState == PowerDeviceMaximum);
    WDF_DEVICE_POWER_CAPABILITIES_INIT(&capabilities);
    ASSERT(capabilities.DeviceState[PowerSystemWorking] == PowerDeviceMaximum);
    WDF_USB_CONTROL_SETUP_PACKET_INIT_VENDOR(&Data->Setup, BmRequestDeviceToHost, BmRequestToDevice,
                                             0xd6, 1, 2);
    ASSERT(Data->Setup.Packet.bm.Byte == 0xc0 && Data->Setup.Generic.Bytes[1] == 0xd6);
    WDF_REQUEST_SEND_OPTIONS_INIT(&Data->Options, WDF_REQUEST_SEND_OPTION_SYNCHRONOUS);
    WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&Data->Options, WDF_REL_TIMEOUT_IN_SEC(1));
    WDF_MEMORY_DESCRIPTOR_INIT_HANDLE(&Data->Descriptor, Data->Bread, NULL);
}

static NTSTATUS AddQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = ToasterEvtIoRead;
    config.EvtIoWrite = ToasterEvtIoWrite;
    config.EvtIoInternalDeviceControl = ToasterEvtIoInternalDeviceControl;
    config.EvtIoStop = ToasterEvtIoStop;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static VOID SetCallbacks(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;

    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = ToasterEvtDevicePrepareHardware;
    callbacks.EvtDeviceReleaseHardware = ToasterEvtDeviceReleaseHardware;
    callbacks.EvtDeviceD0Entry = ToasterEvtDeviceD0Entry;
    callbacks.EvtDeviceD0Exit = ToasterEvtDeviceD0Exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WdfDeviceInitSetIoType(DeviceInit, WdfDeviceIoDirect);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, ToasterEvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

NTSTATUS ToasterEvtDeviceAdd(_In_ WDFDRIVER Driver, _Inout_ PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    PAGED_CODE();
    SetCallbacks(DeviceInit);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FDO_DATA);
    attributes.EvtCleanupCallback = ToasterEvtDeviceContextCleanup;
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfMemoryCreate(&attributes, NonPagedPoolNx, TAG, CAPACITY,
                             &ToasterFdoGetData(device)->Bread, NULL);
    if (!NT_SUCCESS(status))
        return status;
    FillSettings(ToasterFdoGetData(device));
    return AddQueue(device);
}

VOID ToasterEvtDeviceContextCleanup(_In_ WDFOBJECT Device)
{
    ToasterFdoGetData(Device)->Length = 0;
}

NTSTATUS ToasterEvtDevicePrepareHardware(_In_ WDFDEVICE Device, _In_ WDFCMRESLIST ResourcesRaw,
                                         _In_ WDFCMRESLIST ResourcesTranslated)
{
    PFDO_DATA data = ToasterFdoGetData(Device);
    ULONG i;

    UNREFERENCED_PARAMETER(ResourcesRaw);
    data->Resources = WdfCmResourceListGetCount(ResourcesTranslated);
    for (i = 0; i < data->Resources; i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor =
            WdfCmResourceListGetDescriptor(ResourcesTranslated, i);
        if (descriptor == NULL || descriptor->Type == CmResourceTypeInterrupt)
            return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    /* After the last one there is none. */
    return WdfCmResourceListGetDescriptor(ResourcesTranslated, i) == NULL
               ? STATUS_SUCCESS
               : STATUS_DEVICE_CONFIGURATION_ERROR;
}

NTSTATUS ToasterEvtDeviceReleaseHardware(_In_ WDFDEVICE Device,
                                         _In_ WDFCMRESLIST ResourcesTranslated)
{
    UNREFERENCED_PARAMETER(Device);
    return WdfCmResourceListGetCount(ResourcesTranslated) == 0 ? STATUS_SUCCESS
                                                               : STATUS_UNSUCCESSFUL;
}

NTSTATUS ToasterEvtDeviceD0Entry(_In_ WDFDEVICE Device, _In_ WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    return STATUS_SUCCESS;
}

NTSTATUS ToasterEvtDeviceD0Exit(_In_ WDFDEVICE Device, _In_ WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    return STATUS_SUCCESS;
}

NTSTATUS ToasterEvtDeviceArmWakeFromS0(_In_ WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

VOID ToasterEvtDeviceDisarmWakeFromS0(_In_ WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
}

VOID ToasterEvtDeviceWakeFromS0Triggered(_In_ WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
}

VOID ToasterEvtIoRead(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    PFDO_DATA data = ToasterFdoGetData(WdfIoQueueGetDevice(Queue));
    WDF_OBJECT_ATTRIBUTES attributes;
    PREAD_DATA read;
    PMDL mdl;
    PVOID address;
    size_t count = min(Length, data->Length);
    NTSTATUS status;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, READ_DATA);
    status = WdfObjectAllocateContext(Request, &attributes, (PVOID *)&read);
    if (NT_SUCCESS(status))
        status = WdfRequestRetrieveOutputWdmMdl(Request, &mdl);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    ASSERT(MmGetMdlByteOffset(mdl) < PAGE_SIZE);
    status = address == NULL || count == 0 ? STATUS_SUCCESS
                                           : WdfMemoryCopyToBuffer(data->Bread, 0, address, count);
    read->Served = (ULONG)count;
    WdfRequestCompleteWithInformation(Request, status, ToasterReadGetData(Request)->Served);
}

VOID ToasterEvtIoWrite(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    PFDO_DATA data = ToasterFdoGetData(WdfIoQueueGetDevice(Queue));
    PMDL mdl;
    NTSTATUS status = STATUS_BUFFER_OVERFLOW;

    if (Length <= CAPACITY)
        status = WdfRequestRetrieveInputWdmMdl(Request, &mdl);
    if (NT_SUCCESS(status))
        status = WdfMemoryCopyFromBuffer(
            data->Bread, 0, MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), Length);
    if (NT_SUCCESS(status))
        data->Length = Length;
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

VOID ToasterEvtIoInternalDeviceControl(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request,
                                       _In_ size_t OutputBufferLength,
                                       _In_ size_t InputBufferLength, _In_ ULONG IoControlCode)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
    WdfRequestComplete(Request, STATUS_INVALID_DEVICE_REQUEST);
}

VOID ToasterEvtIoStop(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    if (ActionFlags & WdfRequestStopActionSuspend)
        WdfRequestStopAcknowledge(Request, FALSE);
}
