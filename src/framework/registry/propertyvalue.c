/*
 * What the system knows of devices (S17.34, S17.38): what the INF says by which its drivers were
 * installed; of a child what its bus driver has said beside; of any other device its name, and that
 * it is one of the root's.
 */
#include "framework/registry/propertyvalue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "framework/object/memory.h"
#include "framework/object/verifier.h"
#include "nt/guid.h"
#include "nt/utf.h"

/* ---- making values ---- */

static NTSTATUS take(struct property_value *value, DEVPROPTYPE type, void *bytes, size_t size)
{
    *value = (struct property_value){.type = type, .bytes = bytes, .size = (ULONG)size};
    return bytes != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS take_number(struct property_value *value, ULONG number)
{
    ULONG *bytes = malloc(sizeof(*bytes));
    if (bytes != NULL)
        *bytes = number;
    return take(value, DEVPROP_TYPE_UINT32, bytes, sizeof(*bytes));
}

/* `length` bytes of UTF-8, zeros among them, as UTF-16 with a zero behind it. */
static NTSTATUS take_text(struct property_value *value, DEVPROPTYPE type, const char *text,
                          size_t length)
{
    size_t units = utf16_from_utf8(NULL, 0, text, length) + 1;
    WCHAR *wide = malloc(units * sizeof(WCHAR));
    if (wide != NULL)
        utf16_from_utf8(wide, units, text, length);
    return take(value, type, wide, units * sizeof(WCHAR));
}

static NTSTATUS take_string(struct property_value *value, const char *text)
{
    if (text == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return take_text(value, DEVPROP_TYPE_STRING, text, strlen(text));
}

/* IDs with a zero behind each. */
static NTSTATUS take_strings(struct property_value *value, const char *ids)
{
    size_t length = 0;
    if (ids == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    while (ids[length] != '\0')
        length += strlen(ids + length) + 1;
    return take_text(value, DEVPROP_TYPE_STRING_LIST, ids, length);
}

/* ---- of the INF ---- */

static const char *fact_of(const struct property_owner *owner, enum device_fact fact)
{
    const char *text = owner->installation != NULL ? owner->installation->facts[fact] : NULL;
    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* The ID as a list of its own. */
static NTSTATUS take_installed_id(struct property_value *value, const struct property_owner *owner)
{
    const char *id = fact_of(owner, FACT_HARDWARE_ID);
    return id != NULL ? take_text(value, DEVPROP_TYPE_STRING_LIST, id, strlen(id) + 1)
                      : STATUS_OBJECT_NAME_NOT_FOUND;
}

/* "{class}\0000": the first of its class; there is no list of them. */
static NTSTATUS take_driver_key(struct property_value *value, const struct property_owner *owner)
{
    char name[64];
    const char *class = fact_of(owner, FACT_CLASS_GUID);
    if (class == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    int length = snprintf(name, sizeof(name), "%s\\0000", class);
    return length < (int)sizeof(name) ? take_string(value, name) : STATUS_OBJECT_NAME_NOT_FOUND;
}

static NTSTATUS take_of_inf(struct property_value *value, const struct property_owner *owner,
                            DEVICE_REGISTRY_PROPERTY property)
{
    switch (property) {
    case DevicePropertyDeviceDescription:
        return take_string(value, fact_of(owner, FACT_DESCRIPTION));
    case DevicePropertyManufacturer:
        return take_string(value, fact_of(owner, FACT_MANUFACTURER));
    case DevicePropertyClassName:
        return take_string(value, fact_of(owner, FACT_CLASS));
    case DevicePropertyClassGuid:
        return take_string(value, fact_of(owner, FACT_CLASS_GUID));
    case DevicePropertyFriendlyName:
        return take_string(value, fact_of(owner, FACT_FRIENDLY_NAME));
    case DevicePropertyLocationInformation:
        return take_string(value, fact_of(owner, FACT_LOCATION));
    case DevicePropertyDriverKeyName:
        return take_driver_key(value, owner);
    case DevicePropertyHardwareID:
        return take_installed_id(value, owner);
    default:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
}

/* ---- which there are (S17.38) ---- */

/* "ROOT", or what stands before the first backslash of the child's ID. */
static NTSTATUS take_enumerator(struct property_value *value, const struct wdf_device *child)
{
    const struct device_texts *texts = child != NULL ? &child->init.texts : NULL;
    const char *id = texts == NULL ? "ROOT\\" : texts->device_id;
    if (id == NULL)
        id = texts->hardware_ids;
    return id != NULL ? take_text(value, DEVPROP_TYPE_STRING, id, strcspn(id, "\\"))
                      : STATUS_OBJECT_NAME_NOT_FOUND;
}

/* Of the device that the bus driver has made: as a child's WdfDeviceInitAssignName has it, or by
 * the node of the stack. */
static NTSTATUS take_object_name(struct property_value *value, const struct property_owner *owner,
                                 const struct wdf_device *child)
{
    char name[256];
    if (child != NULL && child->init.texts.name != NULL)
        return take_string(value, child->init.texts.name);
    if (owner->node == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    int length = snprintf(name, sizeof(name), "\\Device\\%s", owner->node);
    return length < (int)sizeof(name) ? take_string(value, name) : STATUS_OBJECT_NAME_NOT_FOUND;
}

static NTSTATUS take_capability(struct property_value *value, struct wdf_device *child,
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

/* S17.42: the bus as the parent has stated it. The GUID is binary, not a text ([P]: wdm.h). */
static NTSTATUS take_bus(struct property_value *value, struct wdf_device *child,
                         DEVICE_REGISTRY_PROPERTY property)
{
    struct wdf_device *parent = child->family.parent;
    io_lock(parent->io.domain);
    const PNP_BUS_INFORMATION bus = parent->children_bus;
    io_unlock(parent->io.domain);
    if (bus.BusTypeGuid.Data1 == 0)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (property == DevicePropertyLegacyBusType)
        return take_number(value, (ULONG)bus.LegacyBusType);
    if (property == DevicePropertyBusNumber)
        return take_number(value, bus.BusNumber);
    GUID *guid = malloc(sizeof(*guid));
    if (guid != NULL)
        *guid = bus.BusTypeGuid;
    return take(value, DEVPROP_TYPE_GUID, guid, sizeof(*guid));
}

static NTSTATUS take_of_child(struct property_value *value, struct wdf_device *child,
                              DEVICE_REGISTRY_PROPERTY property)
{
    if (child == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
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
    case DevicePropertyAddress:
    case DevicePropertyUINumber:
    case DevicePropertyRemovalPolicy:
        return take_capability(value, child, property);
    case DevicePropertyBusTypeGuid:
    case DevicePropertyLegacyBusType:
    case DevicePropertyBusNumber:
        return take_bus(value, child, property);
    default:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
}

static struct wdf_device *child_of(const struct property_owner *owner)
{
    struct wdf_device *lowest = owner->lowest;
    return lowest != NULL && lowest->init.kind == DEVICE_PDO ? lowest : NULL;
}

NTSTATUS property_take_known(const struct property_owner *owner, DEVICE_REGISTRY_PROPERTY property,
                             struct property_value *value)
{
    struct wdf_device *child = child_of(owner);
    *value = (struct property_value){.bytes = NULL};
    if ((unsigned)property > DevicePropertyContainerID)
        return STATUS_INVALID_PARAMETER_2;
    if (property == DevicePropertyInstallState)
        return take_number(value, 0);
    if (property == DevicePropertyEnumeratorName)
        return take_enumerator(value, child);
    if (property == DevicePropertyPhysicalDeviceObjectName)
        return take_object_name(value, owner, child);
    /* The IDs of a child are its bus driver's; of all else the INF has the last word. */
    NTSTATUS status = child != NULL && property == DevicePropertyHardwareID
                          ? STATUS_OBJECT_NAME_NOT_FOUND
                          : take_of_inf(value, owner, property);
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? take_of_child(value, child, property) : status;
}

/* ---- the stack ---- */

/* The system does not know a child that its bus driver has not reported yet. */
static bool is_known(const struct property_owner *owner)
{
    struct wdf_device *child = child_of(owner);
    if (child == NULL)
        return true;
    IO_LOCK_SCOPE(child->io.domain);
    return child->family.state != CHILD_UNREPORTED;
}

static void own_by_lowest(struct property_owner *owner, struct wdf_device *lowest)
{
    *owner = (struct property_owner){lowest->init.driver, lowest->init.texts.node, lowest,
                                     lowest->init.installation};
}

NTSTATUS property_owner_of(struct wdf_device *device, UCHAR irql, const char *function,
                           struct property_owner *owner)
{
    if (!verifier_irql_is_at_most(irql, function) || device->init.kind == DEVICE_CONTROL)
        return STATUS_INVALID_DEVICE_REQUEST;
    own_by_lowest(owner, device_lowest(device));
    return is_known(owner) ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

NTSTATUS property_owner_of_init(const struct WDFDEVICE_INIT *init, UCHAR irql, const char *function,
                                struct property_owner *owner)
{
    if (!verifier_irql_is_at_most(irql, function) || init->kind != DEVICE_FDO)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (init->lower != NULL)
        own_by_lowest(owner, device_lowest(init->lower));
    else
        *owner = (struct property_owner){init->driver, init->texts.node, NULL, init->installation};
    return is_known(owner) ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

/* ---- the two names of a property ---- */

/* The set that all of these are in, as <devpkey.h> has it. */
static const GUID setup = {
    0xa45c254e, 0xdf1c, 0x4efd, {0x80, 0x20, 0x67, 0xd1, 0x46, 0xa8, 0x50, 0xe0}};
static const struct {
    DEVICE_REGISTRY_PROPERTY number;
    DEVPROPID id;
} names[] = {
    {DevicePropertyDeviceDescription, 2},
    {DevicePropertyHardwareID, 3},
    {DevicePropertyCompatibleIDs, 4},
    {DevicePropertyClassName, 9},
    {DevicePropertyDriverKeyName, 11},
    {DevicePropertyManufacturer, 13},
    {DevicePropertyFriendlyName, 14},
    {DevicePropertyLocationInformation, 15},
    {DevicePropertyPhysicalDeviceObjectName, 16},
    {DevicePropertyUINumber, 18},
    {DevicePropertyBusTypeGuid, 21},
    {DevicePropertyLegacyBusType, 22},
    {DevicePropertyBusNumber, 23},
    {DevicePropertyEnumeratorName, 24},
    {DevicePropertyAddress, 30},
    {DevicePropertyRemovalPolicy, 33},
    {DevicePropertyInstallState, 36},
};

bool property_key_of(DEVICE_REGISTRY_PROPERTY property, DEVPROPKEY *key)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(names); i++) {
        if (names[i].number != property)
            continue;
        *key = (DEVPROPKEY){setup, names[i].id};
        return true;
    }
    return false;
}

static bool number_of(const DEVPROPKEY *key, DEVICE_REGISTRY_PROPERTY *property)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(names) && IsEqualGUID(&setup, &key->fmtid); i++) {
        if (names[i].id != key->pid)
            continue;
        *property = names[i].number;
        return true;
    }
    return false;
}

/* ---- by key alone ---- */

/* As <devpkey.h> has them. */
static const GUID driver = {
    0xa8b865dd, 0x2e3d, 0x4094, {0xad, 0x97, 0xe5, 0x93, 0xa7, 0x0c, 0x75, 0xd6}};
#define SETUP_SERVICE    6
#define SETUP_CLASS_GUID 10
#define DRIVER_DATE      2
static const struct {
    DEVPROPID id;
    enum device_fact fact;
} of_driver[] = {
    {3, FACT_DRIVER_VERSION}, {4, FACT_DESCRIPTION}, {5, FACT_INF},
    {6, FACT_SECTION},        {8, FACT_HARDWARE_ID}, {9, FACT_PROVIDER},
};

/* A GUID, where the number's is text. */
static NTSTATUS take_class_guid(struct property_value *value, const struct property_owner *owner)
{
    const char *text = fact_of(owner, FACT_CLASS_GUID);
    if (text == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    GUID *guid = malloc(sizeof(*guid));
    if (guid != NULL && !guid_from_text(text, guid)) {
        free(guid);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return take(value, DEVPROP_TYPE_GUID, guid, sizeof(*guid));
}

/* The beginning of that day, as a FILETIME: the time since 1601 in 100 ns. */
static NTSTATUS take_date(struct property_value *value, ULONG date)
{
    const LONGLONG units_per_second = 10000000, seconds_to_1970 = 11644473600;
    struct tm day = {
        .tm_year = (int)(date / 10000) - 1900,
        .tm_mon = (int)(date / 100 % 100) - 1,
        .tm_mday = (int)(date % 100),
    };
    LONGLONG *bytes = malloc(sizeof(*bytes));
    if (bytes != NULL)
        *bytes = ((LONGLONG)timegm(&day) + seconds_to_1970) * units_per_second;
    return take(value, DEVPROP_TYPE_FILETIME, bytes, sizeof(*bytes));
}

static NTSTATUS take_of_driver(struct property_value *value, const struct property_owner *owner,
                               DEVPROPID id)
{
    ULONG date = owner->installation != NULL ? owner->installation->driver_date : 0;
    if (id == DRIVER_DATE && date != 0)
        return take_date(value, date);
    for (size_t i = 0; i < RTL_NUMBER_OF(of_driver); i++) {
        if (of_driver[i].id == id)
            return take_string(value, fact_of(owner, of_driver[i].fact));
    }
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS property_take_known_by_key(const struct property_owner *owner, const DEVPROPKEY *key,
                                    struct property_value *value)
{
    DEVICE_REGISTRY_PROPERTY number;
    *value = (struct property_value){.bytes = NULL};
    if (number_of(key, &number))
        return property_take_known(owner, number, value);
    if (IsEqualGUID(&driver, &key->fmtid))
        return take_of_driver(value, owner, key->pid);
    if (!IsEqualGUID(&setup, &key->fmtid))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (key->pid == SETUP_CLASS_GUID)
        return take_class_guid(value, owner);
    return key->pid == SETUP_SERVICE ? take_string(value, fact_of(owner, FACT_SERVICE))
                                     : STATUS_OBJECT_NAME_NOT_FOUND;
}

/* ---- giving ---- */

NTSTATUS property_give(struct property_value *value, ULONG length, PVOID buffer, PULONG required)
{
    NTSTATUS status = STATUS_SUCCESS;
    *required = value->size;
    if (length < value->size || (buffer == NULL && value->size > 0))
        status = STATUS_BUFFER_TOO_SMALL;
    else if (value->size > 0)
        memcpy(buffer, value->bytes, value->size);
    free(value->bytes);
    return status;
}

NTSTATUS property_give_memory(struct property_value *value, PWDF_OBJECT_ATTRIBUTES attributes,
                              const void *creator, WDFMEMORY *memory)
{
    PVOID buffer;
    if (value->size == 0)
        return STATUS_SUCCESS;
    NTSTATUS status = memory_create_for(attributes, value->size, creator, memory, &buffer);
    if (NT_SUCCESS(status))
        memcpy(buffer, value->bytes, value->size);
    free(value->bytes);
    return status;
}
