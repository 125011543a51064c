/*
 * A driver in trouble, which a client chooses by a write:
 *
 *     hang WHERE    that callback does not return until another trouble is chosen
 *     fail WHERE    that callback fails
 *
 * WHERE is suspend, pre-exit, exit, entry, restart, or, to hang, unload. Each callback logs its
 * call. A read is kept and forgotten: nobody can cancel it, and nobody completes it. That needs no
 * write.
 *
 * Compiled twice: as stuck-start it hangs in EvtDeviceD0Entry, and so does not start.
 */
#include <ntddk.h>
#include <wdf.h>

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD TroubledDeviceAdd;
EVT_WDF_DRIVER_UNLOAD TroubledUnload;
EVT_WDF_IO_QUEUE_IO_READ TroubledRead;
EVT_WDF_IO_QUEUE_IO_WRITE TroubledWrite;
EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT TroubledInit;
EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND TroubledSuspend;
EVT_WDF_DEVICE_SELF_MANAGED_IO_RESTART TroubledRestart;
EVT_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED TroubledPreExit;
EVT_WDF_DEVICE_D0_EXIT TroubledExit;
EVT_WDF_DEVICE_D0_ENTRY TroubledEntry;

#ifndef TROUBLE
#define TROUBLE ""
#endif
static CHAR Trouble[64] = TROUBLE;

static BOOLEAN IsTrouble(const CHAR *What, const CHAR *Where)
{
    size_t length = strlen(What);
    return strncmp(Trouble, What, length) == 0 && strcmp(Trouble + length, Where) == 0;
}

static NTSTATUS Meet(const CHAR *Where)
{
    LARGE_INTEGER pause;

    KdPrint(("troubled: %s\n", Where));
    pause.QuadPart = WDF_REL_TIMEOUT_IN_MS(20);
    while (IsTrouble("hang ", Where))
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    return IsTrouble("fail ", Where) ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

VOID TroubledRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(Length);
}

VOID TroubledWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;

    UNREFERENCED_PARAMETER(Queue);
    if (Length >= sizeof(Trouble)) {
        WdfRequestComplete(Request, STATUS_INVALID_BUFFER_SIZE);
        return;
    }
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(Trouble, buffer, Length);
        Trouble[Length] = '\0';
    }
    WdfRequestCompleteWithInformation(Request, status, Length);
}

NTSTATUS TroubledInit(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

NTSTATUS TroubledSuspend(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return Meet("suspend");
}

NTSTATUS TroubledRestart(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return Meet("restart");
}

NTSTATUS TroubledPreExit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    return Meet("pre-exit");
}

NTSTATUS TroubledExit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    return Meet("exit");
}

NTSTATUS TroubledEntry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    return Meet("entry");
}

VOID TroubledUnload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    (VOID) Meet("unload");
}

NTSTATUS TroubledDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS power;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;

    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&power);
    power.EvtDeviceSelfManagedIoInit = TroubledInit;
    power.EvtDeviceSelfManagedIoSuspend = TroubledSuspend;
    power.EvtDeviceSelfManagedIoRestart = TroubledRestart;
    power.EvtDeviceD0ExitPreInterruptsDisabled = TroubledPreExit;
    power.EvtDeviceD0Exit = TroubledExit;
    power.EvtDeviceD0Entry = TroubledEntry;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &power);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = TroubledRead;
    config.EvtIoWrite = TroubledWrite;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, TroubledDeviceAdd);
    config.EvtDriverUnload = TroubledUnload;
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
