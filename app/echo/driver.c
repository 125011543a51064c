/* The driver object of the echo driver. */
#include "driver.h"

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, EchoEvtDeviceAdd);

    NTSTATUS status = WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                                      WDF_NO_HANDLE);
    if (!NT_SUCCESS(status))
        KdPrint(("echo: WdfDriverCreate failed 0x%x\n", status));
    return status;
}

NTSTATUS EchoEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    return EchoDeviceCreate(DeviceInit);
}
