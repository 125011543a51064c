/*
 * A driver with control devices for the shell tests, structured like the Windows samples that talk
 * to a program through a device object of their own. Compiled three times:
 *
 *     control       no PnP device (WdfDriverInitNonPnpDriver)
 *     several       PnP devices beside the control device
 *     given-up      the same, but it gives its PnP devices up while they start
 *
 * Each device answers the first read of an open file with its own name, and takes commands by
 * write:
 *
 *     make NAME     another control device, \Device\NAME, which anyone may read
 *     delete NAME   deletes that one
 *     fail          the driver gives its PnP devices up
 */
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>
#include <wdmsec.h>

#define NAME_LENGTH 64

typedef struct _DEVICE_CONTEXT {
    WCHAR Name[NAME_LENGTH];
    LONG Number; /* of a PnP device: how many preceded it */
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

typedef struct _FILE_CONTEXT {
    BOOLEAN WasRead;
} FILE_CONTEXT, *PFILE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_CONTEXT, GetFileContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD ControlDeviceAdd;
EVT_WDF_DRIVER_UNLOAD ControlDriverUnload;
EVT_WDF_IO_QUEUE_IO_READ ControlIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE ControlIoWrite;
EVT_WDF_DEVICE_D0_ENTRY ControlGiveUp;
EVT_WDF_DEVICE_SHUTDOWN_NOTIFICATION ControlShutdown;
EVT_WDF_OBJECT_CONTEXT_CLEANUP ControlDeviceCleanup;

static LONG PnpDevices;
static WDFDEVICE MadeDevice; /* by "make"; one at a time */

VOID ControlIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PDEVICE_CONTEXT device = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    PFILE_CONTEXT file = GetFileContext(WdfRequestGetFileObject(Request));
    CHAR text[NAME_LENGTH + 16];
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);
    if (!NT_SUCCESS(status) || file->WasRead) {
        WdfRequestCompleteWithInformation(Request, status, 0);
        return;
    }
    file->WasRead = TRUE;
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, device->Name);
    if (name.Length != 0)
        status = RtlStringCbPrintfA(text, sizeof(text), "%wZ\n", &name);
    else
        status = RtlStringCbPrintfA(text, sizeof(text), "pnp %d\n", device->Number);
    size_t length = strlen(text) < Length ? strlen(text) : Length;
    RtlCopyMemory(buffer, text, length);
    WdfRequestCompleteWithInformation(Request, status, length);
}

/* ---- a device's queue and files ---- */

static VOID DescribeFiles(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_FILEOBJECT_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK, WDF_NO_EVENT_CALLBACK,
                               WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_CONTEXT);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, &attributes);
}

static NTSTATUS CreateQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = ControlIoRead;
    config.EvtIoWrite = ControlIoWrite;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

/* ---- control devices ---- */

VOID ControlShutdown(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    KdPrint(("control: the system goes down\n"));
}

VOID ControlDeviceCleanup(WDFOBJECT Device)
{
    UNREFERENCED_PARAMETER(Device);
    KdPrint(("control: a control device is cleaned up\n"));
}

static NTSTATUS CreateControlDevice(PCWSTR Name, PCUNICODE_STRING Security, WDFDEVICE *Device)
{
    PWDFDEVICE_INIT init = WdfControlDeviceInitAllocate(WdfGetDriver(), Security);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;

    WCHAR path[NAME_LENGTH + 16];
    UNICODE_STRING string;
    NTSTATUS status = RtlStringCbPrintfW(path, sizeof(path), L"\\Device\\%ws", Name);
    RtlInitUnicodeString(&string, path);
    if (NT_SUCCESS(status))
        status = WdfDeviceInitAssignName(init, &string);
    WdfControlDeviceInitSetShutdownNotification(init, ControlShutdown, WdfDeviceShutdown);
    DescribeFiles(init);

    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    attributes.EvtCleanupCallback = ControlDeviceCleanup;
    if (NT_SUCCESS(status))
        status = WdfDeviceCreate(&init, &attributes, Device);
    if (!NT_SUCCESS(status)) {
        WdfDeviceInitFree(init);
        return status;
    }

    PDEVICE_CONTEXT context = GetDeviceContext(*Device);
    status = RtlStringCbCopyW(context->Name, sizeof(context->Name), Name);
    if (NT_SUCCESS(status))
        status = RtlStringCbPrintfW(path, sizeof(path), L"\\DosDevices\\%ws-link", Name);
    RtlInitUnicodeString(&string, path);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreateSymbolicLink(*Device, &string);
    if (NT_SUCCESS(status))
        status = CreateQueue(*Device);
    if (NT_SUCCESS(status))
        WdfControlFinishInitializing(*Device);
    else
        WdfObjectDelete(*Device);
    return status;
}

/* ---- commands ---- */

static NTSTATUS Make(PCWSTR Name)
{
    if (MadeDevice != NULL)
        return STATUS_DEVICE_BUSY;
    return CreateControlDevice(Name, &SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R, &MadeDevice);
}

static NTSTATUS Delete(VOID)
{
    if (MadeDevice == NULL)
        return STATUS_INVALID_DEVICE_STATE;
    WdfObjectDelete(MadeDevice);
    MadeDevice = NULL;
    return STATUS_SUCCESS;
}

/* One command, as echo writes it: with a line feed at its end. */
VOID ControlIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    static const CHAR make[] = "make ", delete[] = "delete", fail[] = "fail";
    PVOID data;
    CHAR command[NAME_LENGTH];
    WCHAR name[NAME_LENGTH];
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL);
    if (!NT_SUCCESS(status) || Length >= sizeof(command)) {
        WdfRequestComplete(Request, NT_SUCCESS(status) ? STATUS_INVALID_BUFFER_SIZE : status);
        return;
    }
    RtlCopyMemory(command, data, Length);
    command[Length] = '\0';
    if (command[Length - 1] == '\n')
        command[Length - 1] = '\0';

    if (strncmp(command, make, strlen(make)) == 0) {
        status = RtlStringCbPrintfW(name, sizeof(name), L"%S", command + strlen(make));
        status = NT_SUCCESS(status) ? Make(name) : status;
    } else if (strncmp(command, delete, strlen(delete)) == 0) {
        status = Delete();
    } else if (strcmp(command, fail) == 0) {
        WdfDeviceSetFailed(WdfIoQueueGetDevice(Queue), WdfDeviceFailedNoRestart);
    } else {
        status = STATUS_INVALID_PARAMETER;
    }
    WdfRequestCompleteWithInformation(Request, status, Length);
}

/* ---- the driver ---- */

VOID ControlDriverUnload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    KdPrint(("control: unload\n"));
}

#ifdef CONTROL_WITH_PNP
#ifdef CONTROL_GIVES_UP
NTSTATUS ControlGiveUp(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    UNREFERENCED_PARAMETER(PreviousState);
    WdfDeviceSetFailed(Device, WdfDeviceFailedNoRestart);
    return STATUS_SUCCESS;
}
#endif

/* The third device of the process fails to start. */
NTSTATUS ControlDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE device;
    WDF_OBJECT_ATTRIBUTES attributes;
    DescribeFiles(DeviceInit);
#ifdef CONTROL_GIVES_UP
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Entry = ControlGiveUp;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
#endif
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    GetDeviceContext(device)->Number = PnpDevices++;
    if (PnpDevices > 2)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    return CreateQueue(device);
}
#endif

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
#ifdef CONTROL_WITH_PNP
    WDF_DRIVER_CONFIG_INIT(&config, ControlDeviceAdd);
#else
    UNREFERENCED_PARAMETER(PnpDevices);
    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    config.DriverInitFlags = WdfDriverInitNonPnpDriver;
#endif
    config.EvtDriverUnload = ControlDriverUnload;
    NTSTATUS status = WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                                      WDF_NO_HANDLE);
    if (!NT_SUCCESS(status))
        return status;
    WDFDEVICE device;
    return CreateControlDevice(L"wdfuse-control", &SDDL_DEVOBJ_SYS_ALL_ADM_ALL, &device);
}
