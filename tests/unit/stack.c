/* A stack of devices under test. See stack.h. */
#include "stack.h"

#include <string.h>

WDFDEVICE layer_devices[LAYERS_MAX];

static const PFN_WDF_DRIVER_DEVICE_ADD *adds;
static unsigned added;

static NTSTATUS add_layer(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    if (adds[added] == NULL) /* it is built again */
        added = 0;
    return adds[added++](Driver, DeviceInit);
}

static NTSTATUS stack_driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config = driver_config;
    config.Size = sizeof(config);
    config.EvtDriverDeviceAdd = add_layer;
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

void stack_start_layers(const PFN_WDF_DRIVER_DEVICE_ADD *layers)
{
    ck_status_eq(stack_try_start_layers(layers), STATUS_SUCCESS);
}

NTSTATUS stack_try_start_layers(const PFN_WDF_DRIVER_DEVICE_ADD *layers)
{
    ULONG count = 0;
    while (layers[count] != NULL)
        count++;
    adds = layers;
    added = 0;
    memset(layer_devices, 0, sizeof(layer_devices));
    keep_log();
    WdfuseInprocUseVirtualClock();
    return WdfuseInprocStartStack(stack_driver_entry, "test", count, &device);
}

WDFDEVICE create_layer(PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE *created = &layer_devices[added - 1];
    ck_status_eq(WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, created), STATUS_SUCCESS);
    return *created;
}

WDFDEVICE create_filter(PWDFDEVICE_INIT DeviceInit)
{
    WdfFdoInitSetFilter(DeviceInit);
    return create_layer(DeviceInit);
}

WDFQUEUE create_default_queue(WDFDEVICE of, WDF_IO_QUEUE_DISPATCH_TYPE type,
                              PFN_WDF_IO_QUEUE_IO_DEFAULT callback)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, type);
    config.EvtIoDefault = callback;
    WDFQUEUE queue;
    ck_status_eq(WdfIoQueueCreate(of, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue), STATUS_SUCCESS);
    return queue;
}

NTSTATUS bare_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    create_filter(DeviceInit);
    return STATUS_SUCCESS;
}
