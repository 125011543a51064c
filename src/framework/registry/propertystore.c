/* Properties that drivers have assigned. See propertystore.h. */
#include "framework/registry/propertystore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/registry/configuration.h"

#define KEPT     "Device Properties\0"
#define VOLATILE "Volatile Properties\0"

/* Two names of at most 255 bytes below one of ours. */
#define PATH_SIZE 640
/* "{GUID} 4294967295 4294967295" */
#define NAME_SIZE 80

/* ---- where it stands ---- */

/* One more name: the registry allows no backslash in it. */
static void append(char path[PATH_SIZE], const char *name)
{
    char *end = path + configuration_path_size(path) - 1;
    int length = snprintf(end, (size_t)(path + PATH_SIZE - 1 - end), "%s", name);
    for (char *c = end; *c != '\0'; c++) {
        if (*c == '\\')
            *c = '/';
    }
    end[length + 1] = '\0';
}

static const char *parts_of(const struct property_name *name, unsigned part)
{
    const char *node = name->owner->node;
    return part == 0 ? (node != NULL ? node : "device") : name->interface_path;
}

static void find_path(const struct property_name *name, bool is_kept, char path[PATH_SIZE])
{
    memcpy(path, is_kept ? KEPT : VOLATILE, is_kept ? sizeof(KEPT) : sizeof(VOLATILE));
    append(path, parts_of(name, 0));
    if (name->interface_path != NULL)
        append(path, name->interface_path);
}

/* The same, making each key of it that is not there. */
static NTSTATUS make_path(const struct property_name *name, bool is_kept, char path[PATH_SIZE])
{
    struct configuration *configuration = name->owner->driver->configuration;
    bool existed;
    memcpy(path, is_kept ? KEPT : VOLATILE, is_kept ? sizeof(KEPT) : sizeof(VOLATILE));
    NTSTATUS status = configuration_create(configuration, path, !is_kept, &existed);
    for (unsigned part = 0; NT_SUCCESS(status) && part < 2 && parts_of(name, part) != NULL;
         part++) {
        append(path, parts_of(name, part));
        status = configuration_create(configuration, path, !is_kept, &existed);
    }
    return status;
}

static void write_name(const struct property_name *name, char text[NAME_SIZE])
{
    const GUID *set = &name->key->fmtid;
    int length = snprintf(text, NAME_SIZE, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x} %u",
                          (unsigned)set->Data1, set->Data2, set->Data3, set->Data4[0],
                          set->Data4[1], set->Data4[2], set->Data4[3], set->Data4[4], set->Data4[5],
                          set->Data4[6], set->Data4[7], (unsigned)name->key->pid);
    if (name->language != 0)
        snprintf(text + length, (size_t)(NAME_SIZE - length), " %u", (unsigned)name->language);
}

/* ---- reading ---- */

static NTSTATUS decode(const struct registry_value *stored, struct property_value *value)
{
    DEVPROPTYPE type;
    if (stored->type != REG_BINARY || stored->size < sizeof(type))
        return STATUS_OBJECT_NAME_NOT_FOUND; /* something else was written there */
    memcpy(&type, stored->bytes, sizeof(type));
    *value = (struct property_value){.type = type, .size = stored->size - (ULONG)sizeof(type)};
    if (value->size == 0)
        return STATUS_SUCCESS;
    value->bytes = malloc(value->size);
    if (value->bytes == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(value->bytes, (const char *)stored->bytes + sizeof(type), value->size);
    return STATUS_SUCCESS;
}

static NTSTATUS query(const struct property_name *name, bool is_kept, struct property_value *value)
{
    char path[PATH_SIZE], text[NAME_SIZE];
    struct registry_value stored = {0};
    find_path(name, is_kept, path);
    write_name(name, text);
    NTSTATUS status = configuration_query(name->owner->driver->configuration, path, text, &stored);
    if (NT_SUCCESS(status))
        status = decode(&stored, value);
    registry_value_clear(&stored);
    return status == STATUS_KEY_DELETED ? STATUS_OBJECT_NAME_NOT_FOUND : status;
}

NTSTATUS property_store_query(const struct property_name *name, struct property_value *value)
{
    *value = (struct property_value){.bytes = NULL};
    NTSTATUS status = query(name, false, value);
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? query(name, true, value) : status;
}

/* ---- writing ---- */

/* Of one value; 0: of any length. */
static ULONG size_of_type(DEVPROPTYPE base)
{
    static const UCHAR sizes[] = {
        [DEVPROP_TYPE_SBYTE] = 1,    [DEVPROP_TYPE_BYTE] = 1,        [DEVPROP_TYPE_INT16] = 2,
        [DEVPROP_TYPE_UINT16] = 2,   [DEVPROP_TYPE_INT32] = 4,       [DEVPROP_TYPE_UINT32] = 4,
        [DEVPROP_TYPE_INT64] = 8,    [DEVPROP_TYPE_UINT64] = 8,      [DEVPROP_TYPE_FLOAT] = 4,
        [DEVPROP_TYPE_DOUBLE] = 8,   [DEVPROP_TYPE_DECIMAL] = 16,    [DEVPROP_TYPE_GUID] = 16,
        [DEVPROP_TYPE_CURRENCY] = 8, [DEVPROP_TYPE_DATE] = 8,        [DEVPROP_TYPE_FILETIME] = 8,
        [DEVPROP_TYPE_BOOLEAN] = 1,  [DEVPROP_TYPE_DEVPROPKEY] = 20, [DEVPROP_TYPE_DEVPROPTYPE] = 4,
        [DEVPROP_TYPE_ERROR] = 4,    [DEVPROP_TYPE_NTSTATUS] = 4,
    };
    return base < RTL_NUMBER_OF(sizes) ? sizes[base] : 0;
}

static bool ends_with_zero(const struct property_value *value)
{
    const WCHAR *text = value->bytes;
    return value->size >= sizeof(*text) && value->size % sizeof(*text) == 0 &&
           text[value->size / sizeof(*text) - 1] == 0;
}

/* What Windows refuses: unknown types, and values that do not fit their type. */
static bool is_good(const struct property_value *value)
{
    DEVPROPTYPE base = value->type & DEVPROP_MASK_TYPE, mod = value->type & DEVPROP_MASK_TYPEMOD;
    ULONG size = size_of_type(base);
    bool is_text = base == DEVPROP_TYPE_STRING || base == DEVPROP_TYPE_STRING_INDIRECT ||
                   base == DEVPROP_TYPE_SECURITY_DESCRIPTOR_STRING;
    if ((value->type & ~(DEVPROP_MASK_TYPE | DEVPROP_MASK_TYPEMOD)) != 0 ||
        base > DEVPROP_TYPE_STRING_INDIRECT || base <= DEVPROP_TYPE_NULL)
        return false;
    if (is_text)
        return (mod == 0 || mod == DEVPROP_TYPEMOD_LIST) && ends_with_zero(value);
    if (mod == DEVPROP_TYPEMOD_ARRAY)
        return size != 0 && value->size % size == 0;
    return mod == DEVPROP_TYPEMOD_LIST ? base == DEVPROP_TYPE_SECURITY_DESCRIPTOR
                                       : mod == 0 && (size == 0 || value->size == size);
}

static NTSTATUS remove_value(const struct property_name *name, bool is_kept)
{
    char path[PATH_SIZE], text[NAME_SIZE];
    find_path(name, is_kept, path);
    write_name(name, text);
    NTSTATUS status = configuration_remove_value(name->owner->driver->configuration, path, text);
    return status == STATUS_KEY_DELETED || status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_SUCCESS
                                                                                  : status;
}

static NTSTATUS write_value(const struct property_name *name, bool is_kept,
                            const struct property_value *value)
{
    char path[PATH_SIZE], text[NAME_SIZE];
    NTSTATUS status = make_path(name, is_kept, path);
    if (!NT_SUCCESS(status))
        return status;
    struct registry_value stored = {.type = REG_BINARY,
                                    .size = (ULONG)sizeof(value->type) + value->size};
    stored.bytes = malloc(stored.size);
    if (stored.bytes == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(stored.bytes, &value->type, sizeof(value->type));
    memcpy((char *)stored.bytes + sizeof(value->type), value->bytes, value->size);
    write_name(name, text);
    status = configuration_assign(name->owner->driver->configuration, path, text, &stored);
    free(stored.bytes);
    return status;
}

NTSTATUS property_store_assign(const struct property_name *name, bool is_kept,
                               const struct property_value *value)
{
    if (value->size > 0 && (value->size > MAXULONG - sizeof(value->type) || !is_good(value)))
        return STATUS_INVALID_PARAMETER;
    if (value->size > 0 && !is_kept)
        return write_value(name, false, value);
    /* A volatile value must not hide a persistent one. */
    NTSTATUS status = remove_value(name, false);
    if (!NT_SUCCESS(status))
        return status;
    return value->size > 0 ? write_value(name, true, value) : remove_value(name, true);
}
