/*
 * Drivers whose start fails, because a function of the framework refuses what they ask for.
 * UNSTARTABLE selects the callback.
 */
#include <ntddk.h>
#include <wdf.h>

#define IN_DRIVER_ENTRY     1
#define IN_DEVICE_ADD       2
#define IN_PREPARE_HARDWARE 3
#define IN_D0_ENTRY         4

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_DEVICE_PREPARE_HARDWARE EvtPrepareHardware;
static EVT_WDF_DEVICE_D0_ENTRY EvtD0Entry;
static EVT_WDF_TIMER EvtTimer;

static VOID EvtTimer(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
}

/* A link without a name. */
static NTSTATUS EvtPrepareHardware(WDFDEVICE Device, WDFCMRESLIST ResourcesRaw,
                                   WDFCMRESLIST ResourcesTranslated)
{
    UNICODE_STRING nothing = {0};
    UNREFERENCED_PARAMETER(ResourcesRaw);
    UNREFERENCED_PARAMETER(ResourcesTranslated);
    return UNSTARTABLE == IN_PREPARE_HARDWARE ? WdfDeviceCreateSymbolicLink(Device, &nothing)
                                              : STATUS_SUCCESS;
}

/* Memory of no bytes. */
static NTSTATUS EvtD0Entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)
{
    WDFMEMORY memory;
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PreviousState);
    return UNSTARTABLE == IN_D0_ENTRY
               ? WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, NonPagedPool, 0, 0, &memory, NULL)
               : STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_TIMER_CONFIG config;
    WDFDEVICE device;
    WDFTIMER timer;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = EvtPrepareHardware;
    callbacks.EvtDeviceD0Entry = EvtD0Entry;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status) || UNSTARTABLE != IN_DEVICE_ADD) {
        return status;
    }
    /* A timer without a parent. */
    WDF_TIMER_CONFIG_INIT(&config, EvtTimer);
    return WdfTimerCreate(&config, WDF_NO_OBJECT_ATTRIBUTES, &timer);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    if (UNSTARTABLE == IN_DRIVER_ENTRY) {
        config.Size--;
    }
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
