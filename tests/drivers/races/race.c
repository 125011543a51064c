/* Shared by the drivers with a planted race. See race.h; nothing is wrong here. */
#include "race.h"

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD RaceDeviceAdd;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, RaceDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static NTSTATUS CreateLockAndTimer(WDFDEVICE Device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    NTSTATUS status = WdfSpinLockCreate(&attributes, &RaceGetDevice(Device)->Lock);
    if (!NT_SUCCESS(status) || RaceDriver.Timer == NULL)
        return status;
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, RaceDriver.Timer);
    config.AutomaticSerialization = FALSE;
    return WdfTimerCreate(&config, &attributes, &RaceGetDevice(Device)->Timer);
}

static NTSTATUS CreateQueues(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, RaceDriver.Dispatch);
    config.EvtIoRead = RaceDriver.Read;
    config.EvtIoWrite = RaceDriver.Write;
    config.EvtIoStop = RaceDriver.Stop;
    NTSTATUS status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status) || !RaceDriver.HasWaiting)
        return status;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                            &RaceGetDevice(Device)->Waiting);
}

static NTSTATUS AssignIdling(WDFDEVICE Device)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&settings, IdleCanWakeFromS0);
    return RaceDriver.Idles ? WdfDeviceAssignS0IdleSettings(Device, &settings) : STATUS_SUCCESS;
}

NTSTATUS RaceDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    if (RaceDriver.IsFilter)
        WdfFdoInitSetFilter(DeviceInit);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = RaceDriver.Prepare;
    callbacks.EvtDeviceReleaseHardware = RaceDriver.Release;
    callbacks.EvtDeviceD0Entry = RaceDriver.Entry;
    callbacks.EvtDeviceD0Exit = RaceDriver.Exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, RACE_REQUEST);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, RACE_DEVICE);
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (NT_SUCCESS(status))
        status = CreateLockAndTimer(device);
    if (NT_SUCCESS(status))
        status = AssignIdling(device);
    return NT_SUCCESS(status) ? CreateQueues(device) : status;
}

VOID RaceRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PRACE_DEVICE device = RaceOfQueue(Queue);
    UNREFERENCED_PARAMETER(Length);
    WdfSpinLockAcquire(device->Lock);
    NTSTATUS status = WdfRequestMarkCancelableEx(Request, RaceCancel);
    if (NT_SUCCESS(status)) {
        device->Current = Request;
        WdfTimerStart(device->Timer, WDF_REL_TIMEOUT_IN_MS(RACE_DELAY_MS));
    }
    WdfSpinLockRelease(device->Lock);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID RaceCancel(WDFREQUEST Request)
{
    PRACE_DEVICE device = RaceOfRequest(Request);
    WdfSpinLockAcquire(device->Lock);
    if (device->Current == Request)
        device->Current = NULL;
    WdfSpinLockRelease(device->Lock);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

VOID RaceSend(WDFQUEUE Queue, WDFREQUEST Request, PFN_WDF_REQUEST_COMPLETION_ROUTINE Routine)
{
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, Routine, RaceOfQueue(Queue));
    if (!WdfRequestSend(Request, RaceTarget(Queue), WDF_NO_SEND_OPTIONS))
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
}
