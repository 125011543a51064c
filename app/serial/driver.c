/* The driver object and the device of the virtual serial port. */
#include <initguid.h>

#include "serial.h"

#include <wdfuse/deviceinit.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, SerialEvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* As a terminal: a read returns what is there, and waits if there is nothing. */
static VOID SerialSetDefaults(PPORT_CONTEXT Port)
{
    Port->BaudRate.BaudRate = 115200;
    Port->LineControl.StopBits = STOP_BIT_1;
    Port->LineControl.Parity = NO_PARITY;
    Port->LineControl.WordLength = 8;
    Port->Timeouts.ReadIntervalTimeout = MAXULONG;
    Port->Timeouts.ReadTotalTimeoutMultiplier = MAXULONG;
    Port->Timeouts.ReadTotalTimeoutConstant = MAXULONG - 1;
    WdfuseTtyInitialize(&Port->Tty);
}

static NTSTATUS SerialCreateDefaultQueue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = SerialEvtRead;
    config.EvtIoWrite = SerialEvtWrite;
    config.EvtIoDeviceControl = SerialEvtDeviceControl;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS SerialEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WdfDeviceInitSetDeviceType(DeviceInit, FILE_DEVICE_SERIAL_PORT);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_CONTEXT);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WDF_FILEOBJECT_CONFIG files;
    WDF_FILEOBJECT_CONFIG_INIT(&files, SerialEvtFileCreate, SerialEvtFileClose,
                               WDF_NO_EVENT_CALLBACK);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, WDF_NO_OBJECT_ATTRIBUTES);
    WdfuseDeviceInitSetNativeControls(DeviceInit);

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, PORT_CONTEXT);
    attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    SerialSetDefaults(SerialGetPort(device));
    status = WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_COMPORT, NULL);
    if (NT_SUCCESS(status))
        status = SerialCreateTransfers(device);
    if (NT_SUCCESS(status))
        status = SerialCreateControls(device);
    if (NT_SUCCESS(status))
        status = SerialCreateTerminal(device);
    if (NT_SUCCESS(status))
        status = SerialCreateDefaultQueue(device);
    return status;
}
