/*
 * A driver whose blocks a MOF describes (panel.mof), with the header that wdfuse-mof makes of it:
 * objects and arrays, a fixed size and a variable one, methods with inputs and outputs, and a block
 * that comes and goes while the device works.
 */
#include <ntddk.h>
#include <wdf.h>

#include <initguid.h>
#include <wdmguid.h>
#include <wmistr.h>

#include "panelmof.h"

#define NOTES_MAX 64

typedef struct _DEVICE_CONTEXT {
    WDFSPINLOCK Lock;
    PanelState State;
    ULONG NotesSize;
    UCHAR Notes[NOTES_MAX];
    WDFWMIPROVIDER NotesProvider;
    WDFWMIINSTANCE NotesInstance; /* NULL: they are not there */
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE EvtStateQuery;
static EVT_WDF_WMI_INSTANCE_SET_INSTANCE EvtStateSet;
static EVT_WDF_WMI_INSTANCE_SET_ITEM EvtStateSetItem;
static EVT_WDF_WMI_INSTANCE_EXECUTE_METHOD EvtStateExecute;
static EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE EvtNotesQuery;
static EVT_WDF_WMI_INSTANCE_SET_INSTANCE EvtNotesSet;

static PDEVICE_CONTEXT ContextOf(WDFWMIINSTANCE Instance)
{
    return GetDeviceContext(WdfWmiInstanceGetDevice(Instance));
}

/* ---- notes: as long as they are ---- */

static NTSTATUS EvtNotesQuery(WDFWMIINSTANCE WmiInstance, ULONG OutBufferSize, PVOID OutBuffer,
                              PULONG BufferUsed)
{
    PDEVICE_CONTEXT context = ContextOf(WmiInstance);
    NTSTATUS status = STATUS_BUFFER_TOO_SMALL;

    WdfSpinLockAcquire(context->Lock);
    *BufferUsed = context->NotesSize;
    if (OutBufferSize >= context->NotesSize) {
        RtlCopyMemory(OutBuffer, context->Notes, context->NotesSize);
        status = STATUS_SUCCESS;
    }
    WdfSpinLockRelease(context->Lock);
    return status;
}

static NTSTATUS EvtNotesSet(WDFWMIINSTANCE WmiInstance, ULONG InBufferSize, PVOID InBuffer)
{
    PDEVICE_CONTEXT context = ContextOf(WmiInstance);

    if (InBufferSize > NOTES_MAX) {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    WdfSpinLockAcquire(context->Lock);
    if (InBufferSize > 0) {
        RtlCopyMemory(context->Notes, InBuffer, InBufferSize);
    }
    context->NotesSize = InBufferSize;
    WdfSpinLockRelease(context->Lock);
    return STATUS_SUCCESS;
}

static NTSTATUS ToggleNotes(WDFDEVICE Device, Toggle_OUT *Out)
{
    PDEVICE_CONTEXT context = GetDeviceContext(Device);
    WDF_WMI_INSTANCE_CONFIG instance;
    NTSTATUS status = STATUS_SUCCESS;

    if (context->NotesInstance != NULL) {
        WdfWmiInstanceDeregister(context->NotesInstance);
        WdfObjectDelete(context->NotesInstance);
        context->NotesInstance = NULL;
    } else {
        WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(&instance, context->NotesProvider);
        instance.Register = TRUE;
        instance.EvtWmiInstanceQueryInstance = EvtNotesQuery;
        instance.EvtWmiInstanceSetInstance = EvtNotesSet;
        status = WdfWmiInstanceCreate(Device, &instance, WDF_NO_OBJECT_ATTRIBUTES,
                                      &context->NotesInstance);
    }
    Out->AreThere = context->NotesInstance != NULL;
    return status;
}

/* ---- the state ---- */

static NTSTATUS EvtStateQuery(WDFWMIINSTANCE WmiInstance, ULONG OutBufferSize, PVOID OutBuffer,
                              PULONG BufferUsed)
{
    PDEVICE_CONTEXT context = ContextOf(WmiInstance);

    UNREFERENCED_PARAMETER(OutBufferSize); /* MinInstanceBufferSize */
    WdfSpinLockAcquire(context->Lock);
    RtlCopyMemory(OutBuffer, &context->State, PanelState_SIZE);
    WdfSpinLockRelease(context->Lock);
    *BufferUsed = PanelState_SIZE;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtStateSet(WDFWMIINSTANCE WmiInstance, ULONG InBufferSize, PVOID InBuffer)
{
    PDEVICE_CONTEXT context = ContextOf(WmiInstance);

    UNREFERENCED_PARAMETER(InBufferSize);
    WdfSpinLockAcquire(context->Lock);
    RtlCopyMemory(&context->State, InBuffer, PanelState_SIZE);
    WdfSpinLockRelease(context->Lock);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtStateSetItem(WDFWMIINSTANCE WmiInstance, ULONG DataItemId, ULONG InBufferSize,
                                PVOID InBuffer)
{
    PDEVICE_CONTEXT context = ContextOf(WmiInstance);

    if (DataItemId != PanelState_Codes_ID) {
        return STATUS_WMI_ITEMID_NOT_FOUND;
    }
    if (InBufferSize != PanelState_Codes_SIZE) {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    WdfSpinLockAcquire(context->Lock);
    RtlCopyMemory(context->State.Codes, InBuffer, PanelState_Codes_SIZE);
    WdfSpinLockRelease(context->Lock);
    return STATUS_SUCCESS;
}

static NTSTATUS SetMainLamp(PDEVICE_CONTEXT Context, const SetMain_IN *In)
{
    WdfSpinLockAcquire(Context->Lock);
    Context->State.Main.On = In->On;
    Context->State.Main.Level = In->Level;
    Context->State.Main.Seconds = In->Seconds;
    WdfSpinLockRelease(Context->Lock);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtStateExecute(WDFWMIINSTANCE WmiInstance, ULONG MethodId, ULONG InBufferSize,
                                ULONG OutBufferSize, PVOID Buffer, PULONG BufferUsed)
{
    WDFDEVICE device = WdfWmiInstanceGetDevice(WmiInstance);
    Sum_IN sum;

    switch (MethodId) {
    case SetMain:
        return InBufferSize >= SetMain_IN_SIZE ? SetMainLamp(GetDeviceContext(device), Buffer)
                                               : STATUS_INVALID_PARAMETER_MIX;
    case Sum:
        if (InBufferSize < Sum_IN_SIZE) {
            return STATUS_INVALID_PARAMETER_MIX;
        }
        *BufferUsed = Sum_OUT_SIZE;
        if (OutBufferSize < Sum_OUT_SIZE) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        sum = *(Sum_IN *)Buffer; /* one buffer for both directions */
        ((Sum_OUT *)Buffer)->Total = (ULONGLONG)sum.First + sum.Second;
        return STATUS_SUCCESS;
    case Toggle:
        *BufferUsed = Toggle_OUT_SIZE;
        return OutBufferSize >= Toggle_OUT_SIZE ? ToggleNotes(device, Buffer)
                                                : STATUS_BUFFER_TOO_SMALL;
    default:
        return STATUS_WMI_ITEMID_NOT_FOUND;
    }
}

/* ---- the device ---- */

static NTSTATUS AddState(WDFDEVICE Device)
{
    static const GUID guid = PanelStateGuid;
    DECLARE_CONST_UNICODE_STRING(name, L"MofResourceName");
    WDF_WMI_PROVIDER_CONFIG provider;
    WDF_WMI_INSTANCE_CONFIG instance;
    NTSTATUS status = WdfDeviceAssignMofResourceName(Device, &name);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &guid);
    provider.MinInstanceBufferSize = PanelState_SIZE;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&instance, &provider);
    instance.Register = TRUE;
    instance.EvtWmiInstanceQueryInstance = EvtStateQuery;
    instance.EvtWmiInstanceSetInstance = EvtStateSet;
    instance.EvtWmiInstanceSetItem = EvtStateSetItem;
    instance.EvtWmiInstanceExecuteMethod = EvtStateExecute;
    return WdfWmiInstanceCreate(Device, &instance, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

/* For instances that come and go: a second provider of one GUID would never be asked (S19.3). */
static NTSTATUS AddNotes(WDFDEVICE Device)
{
    static const GUID guid = PanelNotesGuid;
    WDF_WMI_PROVIDER_CONFIG provider;

    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &guid);
    return WdfWmiProviderCreate(Device, &provider, WDF_NO_OBJECT_ATTRIBUTES,
                                &GetDeviceContext(Device)->NotesProvider);
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfSpinLockCreate(&attributes, &GetDeviceContext(device)->Lock);
    if (NT_SUCCESS(status)) {
        status = AddState(device);
    }
    return NT_SUCCESS(status) ? AddNotes(device) : status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
