/* The driver object and the devices: virtual serial ports. */
#include <initguid.h>

#include "serial.h"

#include <wdfuse/deviceinit.h>

/* The parameter NullModem: the ports are connected in pairs. */
static BOOLEAN SerialWantsNullModems(WDFDRIVER Driver)
{
    DECLARE_CONST_UNICODE_STRING(name, L"NullModem");
    WDFKEY key;
    ULONG value = 0;
    if (!NT_SUCCESS(
            WdfDriverOpenParametersRegistryKey(Driver, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &key)))
        return FALSE;
    (void)WdfRegistryQueryULong(key, &name, &value);
    WdfRegistryClose(key);
    return value != 0;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, SerialEvtDeviceAdd);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DRIVER_CONTEXT);
    WDFDRIVER driver;
    NTSTATUS status = WdfDriverCreate(DriverObject, RegistryPath, &attributes, &config, &driver);
    if (!NT_SUCCESS(status))
        return status;
    PDRIVER_CONTEXT context = SerialGetDriver(driver);
    context->HasNullModems = SerialWantsNullModems(driver);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = driver;
    status = WdfSpinLockCreate(&attributes, &context->Lock);
    return NT_SUCCESS(status) ? WdfSpinLockCreate(&attributes, &context->CanceledLock) : status;
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

static VOID SerialDescribe(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetDeviceType(DeviceInit, FILE_DEVICE_SERIAL_PORT);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_CONTEXT);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WDF_FILEOBJECT_CONFIG files;
    WDF_FILEOBJECT_CONFIG_INIT(&files, SerialEvtFileCreate, SerialEvtFileClose,
                               WDF_NO_EVENT_CALLBACK);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_PNPPOWER_EVENT_CALLBACKS events;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&events);
    events.EvtDevicePrepareHardware = SerialEvtPlugIn;
    events.EvtDeviceReleaseHardware = SerialEvtPlugOut;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &events);
    WdfuseDeviceInitSetNativeControls(DeviceInit);
}

NTSTATUS SerialEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    SerialDescribe(DeviceInit);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, PORT_CONTEXT);
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    SerialGetPort(device)->Driver = SerialGetDriver(Driver);
    SerialSetDefaults(SerialGetPort(device));
    status = WdfuseTtyCreateLine(&SerialGetPort(device)->Tty, device);
    if (NT_SUCCESS(status))
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
