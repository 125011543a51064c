/*
 * Properties by number (S17.34, S17.35): what the system knows about a stack, else what a driver
 * has assigned by the property's key.
 */
#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/opentarget.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "framework/registry/propertystore.h"
#include "framework/target/target.h"

static NTSTATUS take(const struct property_owner *owner, DEVICE_REGISTRY_PROPERTY property,
                     struct property_value *value)
{
    DEVPROPKEY key;
    NTSTATUS status = property_take_known(owner, property, value);
    if (status != STATUS_OBJECT_NAME_NOT_FOUND || !property_key_of(property, &key))
        return status;
    const struct property_name name = {.owner = owner, .key = &key};
    return property_store_query(&name, value);
}

/* S17.34, of an owner who has been found with that status. */
static NTSTATUS query(NTSTATUS status, const struct property_owner *owner,
                      DEVICE_REGISTRY_PROPERTY property, ULONG length, PVOID buffer,
                      PULONG result_length)
{
    struct property_value value;
    if (NT_SUCCESS(status))
        status = take(owner, property, &value);
    return NT_SUCCESS(status) ? property_give(&value, length, buffer, result_length) : status;
}

/* S17.35, likewise. */
static NTSTATUS allocate_and_query(NTSTATUS status, const struct property_owner *owner,
                                   DEVICE_REGISTRY_PROPERTY property,
                                   PWDF_OBJECT_ATTRIBUTES attributes, const void *creator,
                                   WDFMEMORY *memory)
{
    struct property_value value;
    *memory = NULL;
    if (NT_SUCCESS(status))
        status = take(owner, property, &value);
    return NT_SUCCESS(status) ? property_give_memory(&value, attributes, creator, memory) : status;
}

NTSTATUS WdfDeviceQueryProperty(WDFDEVICE Device, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength)
{
    struct property_owner owner;
    REQUIRE_PARAMETER(ResultLength);
    NTSTATUS status =
        property_owner_of(device_from_handle(Device), PASSIVE_LEVEL, __func__, &owner);
    return API_RESULT(
        query(status, &owner, DeviceProperty, BufferLength, PropertyBuffer, ResultLength),
        "S17.34");
}

NTSTATUS WdfDeviceAllocAndQueryProperty(WDFDEVICE Device, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                        POOL_TYPE PoolType,
                                        PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                        WDFMEMORY *PropertyMemory)
{
    struct property_owner owner;
    UNREFERENCED_PARAMETER(PoolType); /* there is one heap */
    REQUIRE_PARAMETER(PropertyMemory);
    NTSTATUS status =
        property_owner_of(device_from_handle(Device), PASSIVE_LEVEL, __func__, &owner);
    return API_RESULT(allocate_and_query(status, &owner, DeviceProperty, PropertyMemoryAttributes,
                                         __builtin_return_address(0), PropertyMemory),
                      "S17.35");
}

NTSTATUS WdfFdoInitQueryProperty(PWDFDEVICE_INIT DeviceInit,
                                 DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                 PVOID PropertyBuffer, PULONG ResultLength)
{
    struct property_owner owner;
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(ResultLength);
    NTSTATUS status = property_owner_of_init(DeviceInit, PASSIVE_LEVEL, __func__, &owner);
    return API_RESULT(
        query(status, &owner, DeviceProperty, BufferLength, PropertyBuffer, ResultLength),
        "S17.34");
}

NTSTATUS WdfFdoInitAllocAndQueryProperty(PWDFDEVICE_INIT DeviceInit,
                                         DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                         POOL_TYPE PoolType,
                                         PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                         WDFMEMORY *PropertyMemory)
{
    struct property_owner owner;
    UNREFERENCED_PARAMETER(PoolType); /* there is one heap */
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(PropertyMemory);
    NTSTATUS status = property_owner_of_init(DeviceInit, PASSIVE_LEVEL, __func__, &owner);
    return API_RESULT(allocate_and_query(status, &owner, DeviceProperty, PropertyMemoryAttributes,
                                         __builtin_return_address(0), PropertyMemory),
                      "S17.35");
}

/* ---- of the device that a target stands for ---- */

/* The device stays until it is released: with a reference in *device, or NULL. */
static NTSTATUS owner_of_target(WDFIOTARGET handle, const char *function,
                                struct wdf_device **device, struct property_owner *owner)
{
    *device = target_reference_device(target_from_handle(handle));
    if (*device == NULL) /* it is closed, or leads to no device of a driver */
        return STATUS_INVALID_DEVICE_REQUEST;
    return property_owner_of(*device, PASSIVE_LEVEL, function, owner);
}

static NTSTATUS release(struct wdf_device *device, NTSTATUS status)
{
    if (device != NULL)
        object_release(&device->io.object);
    return status;
}

NTSTATUS WdfIoTargetQueryTargetProperty(WDFIOTARGET IoTarget,
                                        DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                        PVOID PropertyBuffer, PULONG ResultLength)
{
    struct property_owner owner;
    struct wdf_device *device;
    REQUIRE_PARAMETER(ResultLength);
    NTSTATUS status = owner_of_target(IoTarget, __func__, &device, &owner);
    status = query(status, &owner, DeviceProperty, BufferLength, PropertyBuffer, ResultLength);
    return API_RESULT(release(device, status), "S17.34");
}

NTSTATUS WdfIoTargetAllocAndQueryTargetProperty(WDFIOTARGET IoTarget,
                                                DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                                POOL_TYPE PoolType,
                                                PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                                WDFMEMORY *PropertyMemory)
{
    struct property_owner owner;
    struct wdf_device *device;
    UNREFERENCED_PARAMETER(PoolType); /* there is one heap */
    REQUIRE_PARAMETER(PropertyMemory);
    NTSTATUS status = owner_of_target(IoTarget, __func__, &device, &owner);
    status = allocate_and_query(status, &owner, DeviceProperty, PropertyMemoryAttributes,
                                __builtin_return_address(0), PropertyMemory);
    return API_RESULT(release(device, status), "S17.35");
}
