/*
 * Properties by key (S17.36, S17.37): of devices, and of the interfaces that user-mode drivers have
 * registered. Values that a driver has assigned come before the system's own.
 */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/name.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "framework/registry/propertystore.h"

/* ---- of devices ---- */

static NTSTATUS take(const struct property_owner *owner, const WDF_DEVICE_PROPERTY_DATA *data,
                     struct property_value *value)
{
    const struct property_name name = {owner, NULL, data->PropertyKey, data->Lcid};
    NTSTATUS status = property_store_query(&name, value);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND && data->Lcid == 0)
        status = property_take_known_by_key(owner, data->PropertyKey, value);
    return status;
}

static NTSTATUS check_query(const WDF_DEVICE_PROPERTY_DATA *data, ULONG length, const void *buffer)
{
    if (data->Size != sizeof(*data))
        return STATUS_INFO_LENGTH_MISMATCH;
    return data->PropertyKey != NULL && (length != 0) == (buffer != NULL)
               ? STATUS_SUCCESS
               : STATUS_INVALID_PARAMETER;
}

/* S17.36, of an owner who has been found with that status. */
static NTSTATUS query(NTSTATUS status, const struct property_owner *owner,
                      const WDF_DEVICE_PROPERTY_DATA *data, ULONG length, PVOID buffer,
                      PULONG required, PDEVPROPTYPE type)
{
    struct property_value value;
    if (NT_SUCCESS(status))
        status = check_query(data, length, buffer);
    if (NT_SUCCESS(status))
        status = take(owner, data, &value);
    if (!NT_SUCCESS(status))
        return status;
    *type = value.type;
    return property_give(&value, length, buffer, required);
}

static NTSTATUS allocate_and_query(NTSTATUS status, const struct property_owner *owner,
                                   const WDF_DEVICE_PROPERTY_DATA *data,
                                   PWDF_OBJECT_ATTRIBUTES attributes, const void *creator,
                                   WDFMEMORY *memory, PDEVPROPTYPE type)
{
    struct property_value value;
    *memory = NULL;
    if (NT_SUCCESS(status))
        status = check_query(data, 0, NULL);
    if (NT_SUCCESS(status))
        status = take(owner, data, &value);
    if (!NT_SUCCESS(status))
        return status;
    *type = value.type;
    return property_give_memory(&value, attributes, creator, memory);
}

NTSTATUS WdfDeviceQueryPropertyEx(WDFDEVICE Device, PWDF_DEVICE_PROPERTY_DATA DeviceProperty,
                                  ULONG BufferLength, PVOID PropertyBuffer, PULONG RequiredSize,
                                  PDEVPROPTYPE Type)
{
    struct wdf_device *device = device_from_handle(Device);
    struct property_owner owner;
    REQUIRE_PARAMETER(DeviceProperty);
    REQUIRE_PARAMETER(RequiredSize);
    REQUIRE_PARAMETER(Type);
    NTSTATUS status = property_owner_of(device, APC_LEVEL, __func__, &owner);
    return API_RESULT(
        query(status, &owner, DeviceProperty, BufferLength, PropertyBuffer, RequiredSize, Type),
        "S17.36");
}

NTSTATUS WdfDeviceAllocAndQueryPropertyEx(WDFDEVICE Device,
                                          PWDF_DEVICE_PROPERTY_DATA DeviceProperty,
                                          POOL_TYPE PoolType,
                                          PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                          WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type)
{
    struct wdf_device *device = device_from_handle(Device);
    struct property_owner owner;
    UNREFERENCED_PARAMETER(PoolType); /* there is one heap */
    REQUIRE_PARAMETER(DeviceProperty);
    REQUIRE_PARAMETER(PropertyMemory);
    REQUIRE_PARAMETER(Type);
    NTSTATUS status = property_owner_of(device, APC_LEVEL, __func__, &owner);
    return API_RESULT(allocate_and_query(status, &owner, DeviceProperty, PropertyMemoryAttributes,
                                         __builtin_return_address(0), PropertyMemory, Type),
                      "S17.36");
}

NTSTATUS WdfFdoInitQueryPropertyEx(PWDFDEVICE_INIT DeviceInit,
                                   PWDF_DEVICE_PROPERTY_DATA DeviceProperty, ULONG BufferLength,
                                   PVOID PropertyBuffer, PULONG ResultLength, PDEVPROPTYPE Type)
{
    struct property_owner owner;
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(DeviceProperty);
    REQUIRE_PARAMETER(ResultLength);
    REQUIRE_PARAMETER(Type);
    NTSTATUS status = property_owner_of_init(DeviceInit, APC_LEVEL, __func__, &owner);
    return API_RESULT(
        query(status, &owner, DeviceProperty, BufferLength, PropertyBuffer, ResultLength, Type),
        "S17.36");
}

NTSTATUS WdfFdoInitAllocAndQueryPropertyEx(PWDFDEVICE_INIT DeviceInit,
                                           PWDF_DEVICE_PROPERTY_DATA DeviceProperty,
                                           POOL_TYPE PoolType,
                                           PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                           WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type)
{
    struct property_owner owner;
    UNREFERENCED_PARAMETER(PoolType); /* there is one heap */
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(DeviceProperty);
    REQUIRE_PARAMETER(PropertyMemory);
    REQUIRE_PARAMETER(Type);
    NTSTATUS status = property_owner_of_init(DeviceInit, APC_LEVEL, __func__, &owner);
    return API_RESULT(allocate_and_query(status, &owner, DeviceProperty, PropertyMemoryAttributes,
                                         __builtin_return_address(0), PropertyMemory, Type),
                      "S17.36");
}

/* S17.37 */
static NTSTATUS check_assign(const DEVPROPKEY *key, ULONG length, const void *buffer)
{
    return key != NULL && (length != 0) == (buffer != NULL) ? STATUS_SUCCESS
                                                            : STATUS_INVALID_PARAMETER;
}

NTSTATUS WdfDeviceAssignProperty(WDFDEVICE Device, PWDF_DEVICE_PROPERTY_DATA DeviceProperty,
                                 DEVPROPTYPE Type, ULONG Size, PVOID Data)
{
    struct wdf_device *device = device_from_handle(Device);
    struct property_owner owner;
    REQUIRE_PARAMETER(DeviceProperty);
    if (DeviceProperty->Size != sizeof(*DeviceProperty))
        return API_RESULT(STATUS_INFO_LENGTH_MISMATCH, "S17.37");
    NTSTATUS status = check_assign(DeviceProperty->PropertyKey, Size, Data);
    if (NT_SUCCESS(status))
        status = property_owner_of(device, APC_LEVEL, __func__, &owner);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S17.37");
    const struct property_name name = {&owner, NULL, DeviceProperty->PropertyKey,
                                       DeviceProperty->Lcid};
    const struct property_value value = {.type = Type, .size = Size, .bytes = Data};
    bool is_kept = (DeviceProperty->Flags & PLUGPLAY_PROPERTY_PERSISTENT) != 0;
    return API_RESULT(property_store_assign(&name, is_kept, &value), "S17.37");
}

/* ---- of interfaces ---- */

/* A property of an interface, as a driver's data name it. */
struct interface_property {
    struct property_owner owner;
    char path[DEVICE_NAME_PATH_SIZE];
    struct property_name name;
};

static NTSTATUS find_interface(struct wdf_device *device,
                               const WDF_DEVICE_INTERFACE_PROPERTY_DATA *data, const char *function,
                               struct interface_property *found)
{
    if (data->Size != sizeof(*data))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (data->InterfaceClassGUID == NULL || data->PropertyKey == NULL)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = property_owner_of(device, PASSIVE_LEVEL, function, &found->owner);
    if (NT_SUCCESS(status))
        status = device_interface_path(data->InterfaceClassGUID, data->ReferenceString, found->path,
                                       function);
    if (!NT_SUCCESS(status))
        return status;
    found->name = (struct property_name){&found->owner, found->path, data->PropertyKey, data->Lcid};
    return device_has_interface(device, found->path) ? STATUS_SUCCESS
                                                     : STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS WdfDeviceQueryInterfaceProperty(WDFDEVICE Device,
                                         PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                         ULONG BufferLength, PVOID PropertyBuffer,
                                         PULONG ResultLength, PDEVPROPTYPE Type)
{
    struct wdf_device *device = device_from_handle(Device);
    struct interface_property found;
    struct property_value value;
    REQUIRE_PARAMETER(PropertyData);
    REQUIRE_PARAMETER(ResultLength);
    REQUIRE_PARAMETER(Type);
    if ((BufferLength != 0) != (PropertyBuffer != NULL))
        return API_RESULT(STATUS_INVALID_PARAMETER, "S17.36");
    NTSTATUS status = find_interface(device, PropertyData, __func__, &found);
    if (NT_SUCCESS(status))
        status = property_store_query(&found.name, &value);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S17.36");
    *Type = value.type;
    return API_RESULT(property_give(&value, BufferLength, PropertyBuffer, ResultLength), "S17.36");
}

NTSTATUS WdfDeviceAllocAndQueryInterfaceProperty(WDFDEVICE Device,
                                                 PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                                 POOL_TYPE PoolType,
                                                 PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                                 WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type)
{
    struct wdf_device *device = device_from_handle(Device);
    struct interface_property found;
    struct property_value value;
    UNREFERENCED_PARAMETER(PoolType); /* there is one heap */
    REQUIRE_PARAMETER(PropertyData);
    REQUIRE_PARAMETER(PropertyMemory);
    REQUIRE_PARAMETER(Type);
    *PropertyMemory = NULL;
    NTSTATUS status = find_interface(device, PropertyData, __func__, &found);
    if (NT_SUCCESS(status))
        status = property_store_query(&found.name, &value);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S17.36");
    *Type = value.type;
    return API_RESULT(property_give_memory(&value, PropertyMemoryAttributes,
                                           __builtin_return_address(0), PropertyMemory),
                      "S17.36");
}

NTSTATUS WdfDeviceAssignInterfaceProperty(WDFDEVICE Device,
                                          PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                          DEVPROPTYPE Type, ULONG BufferLength,
                                          PVOID PropertyBuffer)
{
    struct wdf_device *device = device_from_handle(Device);
    struct interface_property found;
    REQUIRE_PARAMETER(PropertyData);
    NTSTATUS status = find_interface(device, PropertyData, __func__, &found);
    if (NT_SUCCESS(status))
        status = check_assign(PropertyData->PropertyKey, BufferLength, PropertyBuffer);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S17.37");
    const struct property_value value = {
        .type = Type, .size = BufferLength, .bytes = PropertyBuffer};
    bool is_kept = (PropertyData->Flags & PLUGPLAY_PROPERTY_PERSISTENT) != 0;
    return API_RESULT(property_store_assign(&found.name, is_kept, &value), "S17.37");
}
