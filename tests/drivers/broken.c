/*
 * Bad drivers, each bad in one way, which BROKEN_... selects: wdfhost must refuse them in one line.
 */
#include <ntddk.h>
#ifdef BROKEN_VERSION
/* As if the headers had a version that this wdfuse does not know. */
extern const ULONG wdfuse_driver_abi;
const ULONG wdfuse_driver_abi = 1000;
#define wdfuse_driver_abi wdfuse_driver_abi_of_the_header
#endif
#include <wdf.h>

EVT_WDF_DRIVER_DEVICE_ADD BrokenDeviceAdd;

#ifdef BROKEN_SYMBOL
NTSTATUS WdfDeviceDoWhatNoVersionCan(WDFDEVICE Device);
#endif

NTSTATUS BrokenDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
#ifdef BROKEN_DEVICE_ADD
    UNREFERENCED_PARAMETER(DeviceInit);
    return STATUS_NO_SUCH_DEVICE;
#else
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
#ifdef BROKEN_SYMBOL
    if (NT_SUCCESS(status))
        status = WdfDeviceDoWhatNoVersionCan(device);
#endif
    return status;
#endif
}

/* Without DriverEntry: it has another name. */
#ifdef BROKEN_NO_ENTRY
#define DriverEntry BrokenEntry
#endif
DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
#ifdef BROKEN_DRIVER_ENTRY
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_INSUFFICIENT_RESOURCES;
#else
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, BrokenDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
#endif
}
