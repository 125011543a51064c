/* A driver that crashes as a write tells it to. */
#include <stdlib.h>
#include <string.h>

#include <ntddk.h>
#include <wdf.h>

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD CrashingEvtDeviceAdd;
static EVT_WDF_IO_QUEUE_IO_WRITE CrashingEvtWrite;

/* The compiler must not see what follows. */
static char *volatile Nowhere;
static volatile int Zero;
static VOID (*volatile NoFunction)(VOID);

static int Recurse(volatile char *Above)
{
    volatile char Here[4096];
    Here[0] = *Above;
    return *Above == '.' ? 0 : Recurse(Here) + Here[0]; /* never a dot */
}

static VOID CrashingEvtWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID data;
    char start = 'a';
    UNREFERENCED_PARAMETER(Queue);
    if (!NT_SUCCESS(WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL)))
        return;
    switch (*(char *)data) {
    case 's':
        *Nowhere = 1;
        break;
    case 'a':
        abort();
    case 'f':
        Zero = 1000 / Zero;
        break;
    case 'i':
        __builtin_trap();
    case 'm':
        memset(Nowhere, 0, (size_t)Zero + 64);
        break;
    case 'n':
        NoFunction();
        break;
    case 'r':
        Zero = Recurse(&start);
        break;
    default:
        break;
    }
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static NTSTATUS CrashingEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    WDF_IO_QUEUE_CONFIG config;
    NTSTATUS status;
    UNREFERENCED_PARAMETER(Driver);
    status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoWrite = CrashingEvtWrite;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, CrashingEvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
