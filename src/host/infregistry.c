/*
 * Registry values of an INF. See infregistry.h.
 *
 * They are carried out one after the other in a configuration without a store; the result is its
 * text.
 */
#include "host/infregistry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "framework/registry/configuration.h"
#include "inf/name.h"
#include "nt/status.h"
#include "nt/utf.h"
#include "port/log.h"

/* ---- keys ---- */

/* Settings of the device in .HW are not values of its key (S20.28). */
static bool is_of_device(const struct inf_change *change)
{
    static const char *const names[] = {
        "Security",
        "DeviceType",
        "Exclusive",
        "DeviceCharacteristics",
        "UpperFilters",
        "LowerFilters",
        "UpperFilterLevels",
        "LowerFilterLevels",
        "FriendlyName",
        "UpperFilterDefaultLevel",
        "LowerFilterDefaultLevel",
        "LocationInformationOverride",
    };
    for (size_t i = 0; i < RTL_NUMBER_OF(names); i++) {
        if (change->key == INF_KEY_DEVICE && change->subkey[0] == '\0' &&
            name_is(change->name, names[i]))
            return true;
    }
    return false;
}

/* Where the key is in the driver's configuration (S20.24); NULL: nowhere. */
static const char *root_of(const struct inf_change *change, const char *service)
{
    switch (change->key) {
    case INF_KEY_DRIVER:
        return CONFIGURATION_DRIVER;
    case INF_KEY_DEVICE:
        return is_of_device(change) ? NULL : CONFIGURATION_DEVICE_PARAMETERS;
    case INF_KEY_SERVICE:
        return name_is(change->owner, service) ? "" : NULL;
    case INF_KEY_INTERFACE:
    case INF_KEY_CLASS:
        break;
    }
    return NULL;
}

/* The root and the subkey as a path of the configuration, malloc'ed; NULL: no memory. */
static char *path_of(const char *root, const char *subkey)
{
    size_t root_length = root[0] != '\0' ? strlen(root) + 1 : 0;
    char *path = calloc(1, root_length + strlen(subkey) + 2);
    if (path == NULL)
        return NULL;
    memcpy(path, root, root_length);
    char *at = path + root_length;
    while (*subkey != '\0') {
        size_t length = strcspn(subkey, "\\");
        memcpy(at, subkey, length);
        at += length > 0 ? length + 1 : 0; /* two separators are one */
        subkey += length + (subkey[length] != '\0');
    }
    return path;
}

/* The key with all above it. */
static NTSTATUS make_key(struct configuration *configuration, char *path)
{
    NTSTATUS status = STATUS_SUCCESS;
    char *end = path;
    bool existed;
    while (*end != '\0' && NT_SUCCESS(status)) {
        end += strlen(end) + 1;
        char next = *end;
        *end = '\0';
        status = configuration_create(configuration, path, false, &existed);
        *end = next;
    }
    return status;
}

/* ---- values ---- */

/* Units of all of them, each with its zero. */
static size_t units_of(const struct inf_change *change)
{
    size_t units = 0;
    for (unsigned i = 0; i < change->string_count; i++)
        units += utf16_from_utf8(NULL, 0, change->strings[i], strlen(change->strings[i])) + 1;
    return units;
}

/* A REG_SZ, or a list, which one zero more ends, or two if there is nothing in it. */
static NTSTATUS encode_strings(const struct inf_change *change, struct registry_value *value)
{
    size_t units = units_of(change);
    size_t zeroes = change->type != INF_REG_MULTI_SZ ? 0 : units > 0 ? 1 : 2;
    value->size = (ULONG)((units + zeroes) * sizeof(WCHAR));
    value->bytes = calloc(units + zeroes + 1, sizeof(WCHAR));
    if (value->bytes == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    PWCHAR at = value->bytes;
    for (unsigned i = 0; i < change->string_count; i++) {
        const char *text = change->strings[i];
        at += utf16_from_utf8(at, units + 1, text, strlen(text)) + 1;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS encode(const struct inf_change *change, struct registry_value *value)
{
    ULONG number = (ULONG)change->number;
    const void *bytes = change->type == INF_REG_DWORD ? (const void *)&number : change->bytes;
    *value = (struct registry_value){.type = change->type};
    if (change->type == INF_REG_SZ || change->type == INF_REG_EXPAND_SZ ||
        change->type == INF_REG_MULTI_SZ)
        return encode_strings(change, value);
    value->size = change->type == INF_REG_DWORD ? sizeof(number) : (ULONG)change->size;
    value->bytes = malloc(value->size + 1);
    if (value->bytes == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (value->size > 0)
        memcpy(value->bytes, bytes, value->size);
    return STATUS_SUCCESS;
}

/* ---- adding to a list (S20.26) ---- */

static bool list_has(const struct registry_value *list, const WCHAR *text)
{
    UNICODE_STRING wanted, one;
    RtlInitUnicodeString(&wanted, text);
    for (const WCHAR *at = list->bytes; list->size >= sizeof(WCHAR) && *at != 0;
         at += one.Length / sizeof(WCHAR) + 1) {
        RtlInitUnicodeString(&one, at);
        if (RtlEqualUnicodeString(&wanted, &one, TRUE))
            return true;
    }
    return false;
}

static size_t length_of_list(const struct registry_value *list)
{
    size_t units = 0;
    const WCHAR *at = list->bytes;
    while (list->size >= sizeof(WCHAR) && at[units] != 0)
        units += utf16_length(at + units, list->size / sizeof(WCHAR)) + 1;
    return units;
}

/* Sets *value to the old list with the new strings appended that are not in it. */
static NTSTATUS append(const struct registry_value *old, struct registry_value *value)
{
    size_t units = length_of_list(old);
    struct registry_value both = {.type = REG_MULTI_SZ};
    both.bytes = calloc(units + value->size / sizeof(WCHAR) + 2, sizeof(WCHAR));
    if (both.bytes == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (units > 0)
        memcpy(both.bytes, old->bytes, units * sizeof(WCHAR));
    both.size = (ULONG)((units + 1) * sizeof(WCHAR));
    size_t length;
    for (const WCHAR *at = value->bytes; *at != 0; at += length) {
        length = utf16_length(at, value->size / sizeof(WCHAR)) + 1;
        if (list_has(&both, at))
            continue;
        memcpy((PWCHAR)both.bytes + units, at, length * sizeof(WCHAR));
        units += length;
        both.size = (ULONG)((units + 1) * sizeof(WCHAR));
    }
    registry_value_clear(value);
    *value = both;
    return STATUS_SUCCESS;
}

/* ---- changes ---- */

/* Sets a value over an existing one (S20.25, S20.27). */
static NTSTATUS set_over(struct configuration *configuration, const char *path,
                         const struct inf_change *change, const struct registry_value *old)
{
    struct registry_value value;
    if (old != NULL ? change->keeps_old : change->needs_old)
        return STATUS_SUCCESS;
    NTSTATUS status = encode(change, &value);
    if (NT_SUCCESS(status) && change->appends && old != NULL && old->type == REG_MULTI_SZ)
        status = append(old, &value);
    if (NT_SUCCESS(status))
        status = configuration_assign(configuration, path, change->name, &value);
    registry_value_clear(&value);
    return status;
}

static NTSTATUS set_value(struct configuration *configuration, const char *path,
                          const struct inf_change *change)
{
    struct registry_value old;
    NTSTATUS status = configuration_query(configuration, path, change->name, &old);
    if (status == STATUS_INSUFFICIENT_RESOURCES)
        return status;
    bool is_there = NT_SUCCESS(status);
    status = set_over(configuration, path, change, is_there ? &old : NULL);
    if (is_there)
        registry_value_clear(&old);
    return status;
}

/* Deleting what does not exist is a success. */
static NTSTATUS forgive(NTSTATUS status)
{
    return status == STATUS_INSUFFICIENT_RESOURCES ? status : STATUS_SUCCESS;
}

static NTSTATUS carry_out(struct configuration *configuration, char *path,
                          const struct inf_change *change)
{
    NTSTATUS status;
    switch (change->kind) {
    case INF_DELETE_VALUE:
        return forgive(configuration_remove_value(configuration, path, change->name));
    case INF_DELETE_KEY:
        return forgive(configuration_remove(configuration, path));
    case INF_MAKE_KEY:
        return make_key(configuration, path);
    case INF_SET_VALUE:
        break;
    }
    status = make_key(configuration, path);
    return NT_SUCCESS(status) ? set_value(configuration, path, change) : status;
}

static NTSTATUS apply(struct configuration *configuration, const struct inf_change *change,
                      const char *service)
{
    const char *root = root_of(change, service);
    if (root == NULL)
        return STATUS_SUCCESS;
    char *path = path_of(root, change->subkey);
    NTSTATUS status =
        path != NULL ? carry_out(configuration, path, change) : STATUS_INSUFFICIENT_RESOURCES;
    free(path);
    return status;
}

/* ---- all of them ---- */

static int apply_all(struct configuration *configuration, const char *name,
                     const struct inf_registry *registry, const char *service)
{
    for (const struct inf_change *change = registry->first; change != NULL; change = change->next) {
        NTSTATUS status = apply(configuration, change, service);
        if (NT_SUCCESS(status))
            continue;
        log_error("%s:%u:%u: the registry value %s can't be installed: %s", name,
                  change->place.line, change->place.column, change->name, nt_status_name(status));
        return status == STATUS_INSUFFICIENT_RESOURCES ? -ENOMEM : -EINVAL;
    }
    return 0;
}

int inf_registry_defaults(const char *name, const struct inf_registry *registry,
                          const char *service, char **text)
{
    struct configuration configuration = CONFIGURATION_INITIALIZER;
    char reason[CONFIGURATION_ERROR_SIZE];
    int error = 0;
    *text = NULL;
    if (NT_SUCCESS(configuration_load(&configuration, NULL, 0, NULL, reason))) {
        error = apply_all(&configuration, name, registry, service);
        if (error == 0)
            *text = configuration_text(&configuration);
    }
    configuration_unload(&configuration);
    if (error != 0 || *text != NULL)
        return error;
    log_error("%s: no memory for its registry values", name);
    return -ENOMEM;
}
