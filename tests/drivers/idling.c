/*
 * A driver whose device idles in D3 after a moment without requests, and returns to D0 for a read,
 * which it answers with the number of its entries into D0. If it can wake, it is armed for that,
 * and wakes the system as well. A write of "stay" keeps it in D0 until "go" is written.
 */
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>

#define IDLE_MS  100
#define STAY_TAG ((PVOID)(ULONG_PTR)0x79617473) /* "stay" */

typedef struct _DEVICE_CONTEXT {
    ULONG Entries; /* into D0 */
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_DEVICE_D0_ENTRY EvtD0Entry;
static EVT_WDF_DEVICE_D0_EXIT EvtD0Exit;
static EVT_WDF_DEVICE_ARM_WAKE_FROM_S0 EvtArmWakeFromS0;
static EVT_WDF_DEVICE_WAKE_FROM_S0_TRIGGERED EvtWakeFromS0Triggered;
static EVT_WDF_DEVICE_ARM_WAKE_FROM_SX EvtArmWakeFromSx;
static EVT_WDF_DEVICE_WAKE_FROM_SX_TRIGGERED EvtWakeFromSxTriggered;
static EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;
static EVT_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static NTSTATUS EvtD0Entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    GetDeviceContext(Device)->Entries++;
    KdPrint(("D0Entry from %d\n", (int)PreviousState));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtD0Exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    KdPrint(("D0Exit to %d\n", (int)TargetState));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtArmWakeFromS0(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    KdPrint(("armed for S0\n"));
    return STATUS_SUCCESS;
}

static VOID EvtWakeFromS0Triggered(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    KdPrint(("woken from S0\n"));
}

static NTSTATUS EvtArmWakeFromSx(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    KdPrint(("armed for Sx\n"));
    return STATUS_SUCCESS;
}

static VOID EvtWakeFromSxTriggered(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    KdPrint(("woken from Sx\n"));
}

/* A device that cannot wake can still idle. */
static NTSTATUS AssignPolicy(WDFDEVICE Device)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake;
    NTSTATUS status;

    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wake);
    status = WdfDeviceAssignSxWakeSettings(Device, &wake);
    if (!NT_SUCCESS(status) && status != STATUS_POWER_STATE_INVALID) {
        return status;
    }
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCanWakeFromS0);
    idle.IdleTimeout = IDLE_MS;
    status = WdfDeviceAssignS0IdleSettings(Device, &idle);
    if (status != STATUS_POWER_STATE_INVALID) {
        return status;
    }
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
    idle.IdleTimeout = IDLE_MS;
    idle.DxState = PowerDeviceD3;
    return WdfDeviceAssignS0IdleSettings(Device, &idle);
}

static VOID EvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    size_t length = 0;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 16, &buffer, NULL);

    UNREFERENCED_PARAMETER(Length);
    if (NT_SUCCESS(status)) {
        status = RtlStringCbPrintfA(buffer, 16, "%u",
                                    GetDeviceContext(WdfIoQueueGetDevice(Queue))->Entries);
    }
    if (NT_SUCCESS(status)) {
        status = RtlStringCbLengthA(buffer, 16, &length);
    }
    WdfRequestCompleteWithInformation(Request, status, length);
}

static VOID EvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFDEVICE device = WdfIoQueueGetDevice(Queue);
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 2, &buffer, NULL);

    if (NT_SUCCESS(status) && Length >= 4 && RtlEqualMemory(buffer, "stay", 4)) {
        status = WdfDeviceStopIdleWithTag(device, FALSE, STAY_TAG);
        if (status == STATUS_PENDING) {
            status = STATUS_SUCCESS; /* the device is on its way */
        }
    } else if (NT_SUCCESS(status) && RtlEqualMemory(buffer, "go", 2)) {
        WdfDeviceResumeIdleWithTag(device, STAY_TAG);
    } else if (NT_SUCCESS(status)) {
        status = STATUS_INVALID_PARAMETER;
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG queueConfig;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDeviceD0Entry = EvtD0Entry;
    pnp.EvtDeviceD0Exit = EvtD0Exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &pnp);
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromS0 = EvtArmWakeFromS0;
    policy.EvtDeviceWakeFromS0Triggered = EvtWakeFromS0Triggered;
    policy.EvtDeviceArmWakeFromSx = EvtArmWakeFromSx;
    policy.EvtDeviceWakeFromSxTriggered = EvtWakeFromSxTriggered;
    WdfDeviceInitSetPowerPolicyEventCallbacks(DeviceInit, &policy);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queueConfig, WdfIoQueueDispatchSequential);
    queueConfig.EvtIoRead = EvtIoRead;
    queueConfig.EvtIoWrite = EvtIoWrite;
    status = WdfIoQueueCreate(device, &queueConfig, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return AssignPolicy(device);
}
