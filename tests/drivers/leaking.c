/* A driver that leaves two strings with a reference too many, and two blocks of pool, when it is
 * unloaded. */
#include <ntddk.h>
#include <wdf.h>

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD LeakingEvtDeviceAdd;

NTSTATUS LeakingEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    WDFSTRING string;
    NTSTATUS status;
    UNREFERENCED_PARAMETER(Driver);
    status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status))
        return status;
    for (int i = 0; i < 2; i++) {
        status = WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string);
        if (!NT_SUCCESS(status))
            return status;
        WdfObjectReference(string);
        if (ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, 'kaeL') == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, LeakingEvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
