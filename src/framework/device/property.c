/*
 * Properties of a device (S17.34, S17.35, S17.38): what the system knows of the lowest device of
 * its stack. Of a child that is what its bus driver has said; of any other device there is no more
 * than that it is one of the root's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "nt/utf.h"

/* A value, malloc'ed. */
struct value {
    void *bytes;
    ULONG size;
};

/* ---- making values ---- */

static NTSTATUS take(struct value *value, void *bytes, size_t size)
{
    *value = (struct value){.bytes = bytes, .size = (ULONG)size};
    return bytes != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS take_number(struct value *value, ULONG number)
{
    ULONG *bytes = malloc(sizeof(*bytes));
    if (bytes != NULL)
        *bytes = number;
    return take(value, bytes, sizeof(*bytes));
}

/* `length` bytes of UTF-8, zeros among them, as UTF-16 with a zero behind it. */
static NTSTATUS take_text(struct value *value, const char *text, size_t length)
{
    size_t units = utf16_from_utf8(NULL, 0, text, length) + 1;
    WCHAR *wide = malloc(units * sizeof(WCHAR));
    if (wide != NULL)
        utf16_from_utf8(wide, units, text, length);
    return take(value, wide, units * sizeof(WCHAR));
}

static NTSTATUS take_string(struct value *value, const char *text)
{
    if (text == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return take_text(value, text, strlen(text));
}

/* IDs with a zero behind each. */
static NTSTATUS take_strings(struct value *value, const char *ids)
{
    size_t length = 0;
    if (ids == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    while (ids[length] != '\0')
        length += strlen(ids + length) + 1;
    return take_text(value, ids, length);
}

/* ---- which there are (S17.38) ---- */

/* "ROOT", or what stands before the first backslash of the child's ID. */
static NTSTATUS take_enumerator(struct value *value, const struct wdf_device *child)
{
    const struct device_texts *texts = child != NULL ? &child->init.texts : NULL;
    const char *id = texts == NULL ? "ROOT\\" : texts->device_id;
    if (id == NULL)
        id = texts->hardware_ids;
    return id != NULL ? take_text(value, id, strcspn(id, "\\")) : STATUS_OBJECT_NAME_NOT_FOUND;
}

/* As WdfDeviceInitAssignName has it, or by the node that the child has. */
static NTSTATUS take_object_name(struct value *value, const struct wdf_device *child)
{
    char name[256];
    const struct device_texts *texts = &child->init.texts;
    if (texts->name != NULL || texts->node == NULL)
        return take_string(value, texts->name);
    int length = snprintf(name, sizeof(name), "\\Device\\%s", texts->node);
    return length < (int)sizeof(name) ? take_string(value, name) : STATUS_OBJECT_NAME_NOT_FOUND;
}

static NTSTATUS take_capability(struct value *value, struct wdf_device *child,
                                DEVICE_REGISTRY_PROPERTY property)
{
    const ULONG is_not_removed = 1, is_removed_in_order = 2, is_removed_by_surprise = 3;
    io_lock(child->io.domain);
    const WDF_DEVICE_PNP_CAPABILITIES capabilities = child->pnp_capabilities;
    io_unlock(child->io.domain);
    if (property == DevicePropertyRemovalPolicy)
        return take_number(value, capabilities.Removable != WdfTrue ? is_not_removed
                                  : capabilities.SurpriseRemovalOK == WdfTrue
                                      ? is_removed_by_surprise
                                      : is_removed_in_order);
    ULONG number =
        property == DevicePropertyUINumber ? capabilities.UINumber : capabilities.Address;
    return number != (ULONG)-1 ? take_number(value, number) : STATUS_OBJECT_NAME_NOT_FOUND;
}

static NTSTATUS take_of_child(struct value *value, struct wdf_device *child,
                              DEVICE_REGISTRY_PROPERTY property)
{
    const struct device_texts *texts = &child->init.texts;
    switch (property) {
    case DevicePropertyDeviceDescription:
        return take_string(value, texts->description);
    case DevicePropertyHardwareID:
        return take_strings(value, texts->hardware_ids);
    case DevicePropertyCompatibleIDs:
        return take_strings(value, texts->compatible_ids);
    case DevicePropertyLocationInformation:
        return take_string(value, texts->location);
    case DevicePropertyPhysicalDeviceObjectName:
        return take_object_name(value, child);
    case DevicePropertyAddress:
    case DevicePropertyUINumber:
    case DevicePropertyRemovalPolicy:
        return take_capability(value, child, property);
    default:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
}

/* A bus driver has made the child, and has not reported it: the system knows nothing of it. */
static bool is_known(struct wdf_device *child)
{
    IO_LOCK_SCOPE(child->io.domain);
    return child->family.state != CHILD_UNREPORTED;
}

/* Of a stack whose lowest device is that one; NULL: the device of a bus that is not there. */
static NTSTATUS take_property(struct value *value, struct wdf_device *lowest,
                              DEVICE_REGISTRY_PROPERTY property)
{
    struct wdf_device *child = lowest != NULL && lowest->init.kind == DEVICE_PDO ? lowest : NULL;
    *value = (struct value){.bytes = NULL};
    if ((unsigned)property > DevicePropertyContainerID)
        return STATUS_INVALID_PARAMETER_2;
    if (child != NULL && !is_known(child))
        return STATUS_INVALID_DEVICE_STATE;
    if (property == DevicePropertyInstallState)
        return take_number(value, 0);
    if (property == DevicePropertyEnumeratorName)
        return take_enumerator(value, child);
    if (child == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return take_of_child(value, child, property);
}

/* ---- giving them ---- */

/* S17.34 */
static NTSTATUS query(struct wdf_device *lowest, DEVICE_REGISTRY_PROPERTY property, ULONG length,
                      PVOID buffer, PULONG result_length)
{
    struct value value;
    NTSTATUS status = take_property(&value, lowest, property);
    if (!NT_SUCCESS(status))
        return status;
    *result_length = value.size;
    if (buffer == NULL || length < value.size)
        status = STATUS_BUFFER_TOO_SMALL;
    else
        memcpy(buffer, value.bytes, value.size);
    free(value.bytes);
    return status;
}

/* S17.35 */
static NTSTATUS allocate_and_query(struct wdf_device *lowest, DEVICE_REGISTRY_PROPERTY property,
                                   POOL_TYPE pool, PWDF_OBJECT_ATTRIBUTES attributes,
                                   WDFMEMORY *memory)
{
    struct value value;
    PVOID buffer;
    *memory = NULL;
    NTSTATUS status = take_property(&value, lowest, property);
    if (!NT_SUCCESS(status))
        return status;
    status = WdfMemoryCreate(attributes, pool, 0, value.size, memory, &buffer);
    if (NT_SUCCESS(status))
        memcpy(buffer, value.bytes, value.size);
    free(value.bytes);
    return status;
}

/* Of an init that EvtDriverDeviceAdd was given: what it is going to be put on top of. */
static NTSTATUS check_init(const struct WDFDEVICE_INIT *init, const char *function,
                           struct wdf_device **lowest)
{
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, function) || init->kind != DEVICE_FDO)
        return STATUS_INVALID_DEVICE_REQUEST;
    *lowest = init->lower != NULL ? device_lowest(init->lower) : NULL;
    return STATUS_SUCCESS;
}

static NTSTATUS check_device(struct wdf_device *device, const char *function,
                             struct wdf_device **lowest)
{
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, function) || device->init.kind == DEVICE_CONTROL)
        return STATUS_INVALID_DEVICE_REQUEST;
    *lowest = device_lowest(device);
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceQueryProperty(WDFDEVICE Device, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength)
{
    struct wdf_device *lowest;
    REQUIRE_PARAMETER(ResultLength);
    NTSTATUS status = check_device(device_from_handle(Device), __func__, &lowest);
    if (NT_SUCCESS(status))
        status = query(lowest, DeviceProperty, BufferLength, PropertyBuffer, ResultLength);
    return API_RESULT(status, "S17.34");
}

NTSTATUS WdfDeviceAllocAndQueryProperty(WDFDEVICE Device, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                        POOL_TYPE PoolType,
                                        PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                        WDFMEMORY *PropertyMemory)
{
    struct wdf_device *lowest;
    REQUIRE_PARAMETER(PropertyMemory);
    *PropertyMemory = NULL;
    NTSTATUS status = check_device(device_from_handle(Device), __func__, &lowest);
    if (NT_SUCCESS(status))
        status = allocate_and_query(lowest, DeviceProperty, PoolType, PropertyMemoryAttributes,
                                    PropertyMemory);
    return API_RESULT(status, "S17.35");
}

NTSTATUS WdfFdoInitQueryProperty(PWDFDEVICE_INIT DeviceInit,
                                 DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                 PVOID PropertyBuffer, PULONG ResultLength)
{
    struct wdf_device *lowest;
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(ResultLength);
    NTSTATUS status = check_init(DeviceInit, __func__, &lowest);
    if (NT_SUCCESS(status))
        status = query(lowest, DeviceProperty, BufferLength, PropertyBuffer, ResultLength);
    return API_RESULT(status, "S17.34");
}

NTSTATUS WdfFdoInitAllocAndQueryProperty(PWDFDEVICE_INIT DeviceInit,
                                         DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                         POOL_TYPE PoolType,
                                         PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                         WDFMEMORY *PropertyMemory)
{
    struct wdf_device *lowest;
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(PropertyMemory);
    *PropertyMemory = NULL;
    NTSTATUS status = check_init(DeviceInit, __func__, &lowest);
    if (NT_SUCCESS(status))
        status = allocate_and_query(lowest, DeviceProperty, PoolType, PropertyMemoryAttributes,
                                    PropertyMemory);
    return API_RESULT(status, "S17.35");
}
