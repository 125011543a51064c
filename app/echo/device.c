/* Creation and end of the echo device. */
#include <ntddk.h>
#include <initguid.h>

#include "control.h"
#include "driver.h"
#include "options.h"

static VOID EchoDescribeFilesAndRequests(PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_CONTEXT);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);

    /* File objects can't share the lock of a device that may call back at DISPATCH_LEVEL, and need
     * none. */
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK, WDF_NO_EVENT_CALLBACK,
                               WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_CONTEXT);
    attributes.SynchronizationScope = WdfSynchronizationScopeNone;
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, &attributes);
}

NTSTATUS EchoDeviceCreate(PWDFDEVICE_INIT DeviceInit)
{
    EchoDescribeFilesAndRequests(DeviceInit);
    EchoControlsDescribe(DeviceInit);

    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    attributes.SynchronizationScope = echo_options.sync;
    attributes.EvtCleanupCallback = EchoEvtDeviceCleanup;
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        KdPrint(("echo: WdfDeviceCreate failed 0x%x\n", status));
        return status;
    }

    PDEVICE_CONTEXT context = EchoGetDevice(device);
    context->DelayMs = echo_options.delay_ms;
    InitializeListHead(&context->PendingWrites);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfSpinLockCreate(&attributes, &context->Lock);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_ECHO, NULL);
    if (NT_SUCCESS(status))
        status = EchoQueuesCreate(device);
    if (NT_SUCCESS(status))
        status = EchoControlsCreate(device);
    if (!NT_SUCCESS(status))
        KdPrint(
            ("echo: the device's lock, interface or queues could not be created: 0x%x\n", status));
    return status;
}

VOID EchoEvtDeviceCleanup(WDFOBJECT Device)
{
    PDEVICE_CONTEXT context = EchoGetDevice(Device);
    if (context->Message != NULL)
        ExFreePoolWithTag(context->Message, ECHO_TAG);
}
