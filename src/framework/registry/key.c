/* WDFKEY: opening, making and removing keys. See key.h. */
#include "framework/registry/key.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/device/device.h"
#include "framework/device/driver.h"
#include "framework/object/creation.h"
#include "framework/object/identity.h"
#include "framework/object/verifier.h"
#include "nt/utf.h"

static void key_free(struct wdf_object *object)
{
    struct registry_key *key = CONTAINING_RECORD(object, struct registry_key, object);
    free(key->path);
    free(key);
}

static const struct object_class key_class = {.name = "WDFKEY", .free = key_free};

struct registry_key *registry_key_from_handle(WDFKEY handle, const char *function)
{
    return CONTAINING_RECORD(object_from_handle(handle, &key_class, function), struct registry_key,
                             object);
}

struct configuration *registry_key_configuration(const struct registry_key *key)
{
    return object_driver(&key->object)->configuration;
}

bool registry_key_allows(const struct registry_key *key, ACCESS_MASK right)
{
    return !object_is_of_umdf(&key->object) || (key->access & right) != 0;
}

/* ---- names ---- */

bool registry_string_is_valid(PCUNICODE_STRING string)
{
    return unicode_string_problem(string) == NULL;
}

static bool has_zero(PCUNICODE_STRING string)
{
    size_t units = string->Length / sizeof(WCHAR);
    return utf16_length(string->Buffer, units) < units;
}

NTSTATUS registry_value_name(PCUNICODE_STRING string, char **name)
{
    if (!registry_string_is_valid(string))
        return STATUS_INVALID_PARAMETER;
    if (string->Length > CONFIGURATION_NAME_MAX * sizeof(WCHAR) || has_zero(string))
        return STATUS_OBJECT_NAME_INVALID;
    *name = utf8_duplicate(string);
    if (*name == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!registry_value_is_type_name(*name))
        return STATUS_SUCCESS;
    free(*name);
    return STATUS_OBJECT_NAME_INVALID;
}

/* Every name between backslashes must be one; the list of them takes no more room than the text. */
static NTSTATUS split_names(char *names)
{
    size_t length = strlen(names);
    for (char *name = names; name < names + length; name += strlen(name) + 1) {
        name[strcspn(name, "\\")] = '\0';
        if (name[0] == '\0')
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        if (registry_value_is_type_name(name) ||
            utf16_from_utf8(NULL, 0, name, strlen(name)) > CONFIGURATION_NAME_MAX)
            return STATUS_OBJECT_NAME_INVALID;
    }
    return STATUS_SUCCESS;
}

/* The path of "A\B" below that path, malloc'ed. A last backslash is the caller's mistake; no name,
 * the path itself. */
static NTSTATUS join_path(const char *above, PCUNICODE_STRING relative, char **path)
{
    size_t above_size = configuration_path_size(above) - 1;
    size_t size = utf8_from_utf16(NULL, 0, relative->Buffer, relative->Length / sizeof(WCHAR)) + 1;
    if (has_zero(relative))
        return STATUS_OBJECT_NAME_INVALID;
    char *joined = calloc(1, above_size + size + 1);
    if (joined == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(joined, above, above_size);
    utf8_from_utf16(joined + above_size, size, relative->Buffer, relative->Length / sizeof(WCHAR));
    NTSTATUS status = split_names(joined + above_size);
    if (NT_SUCCESS(status))
        *path = joined;
    else
        free(joined);
    return status;
}

/*
 * The part of an absolute name below the driver's own key, which is all of the registry here:
 * "\Registry\Machine\...\Services\NAME\Parameters" is "Parameters".
 */
static bool take_driver_path(const struct driver *driver, PCUNICODE_STRING absolute,
                             UNICODE_STRING *relative)
{
    UNICODE_STRING beginning = *absolute;
    if (driver == NULL)
        return false;
    UNICODE_STRING own = driver->nt.registry_path;
    beginning.Length = min(absolute->Length, own.Length);
    if (!RtlEqualUnicodeString(&beginning, &own, TRUE))
        return false;
    size_t position = own.Length / sizeof(WCHAR);
    if (absolute->Length > own.Length && absolute->Buffer[position++] != '\\')
        return false;
    relative->Buffer = absolute->Buffer + position;
    relative->Length = (USHORT)(absolute->Length - position * sizeof(WCHAR));
    relative->MaximumLength = relative->Length;
    return true;
}

static NTSTATUS find_path(const struct driver *driver, struct registry_key *parent,
                          PCUNICODE_STRING name, char **path)
{
    UNICODE_STRING relative = *name;
    if (!registry_string_is_valid(name))
        return STATUS_INVALID_PARAMETER;
    if (parent == NULL && (name->Length == 0 || name->Buffer[0] != '\\'))
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    if (parent == NULL && !take_driver_path(driver, name, &relative))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return join_path(parent != NULL ? parent->path : "", &relative, path);
}

/* ---- rights ---- */

static ACCESS_MASK specific_rights(ACCESS_MASK access)
{
    static const struct {
        ACCESS_MASK generic;
        ACCESS_MASK specific;
    } rows[] = {
        {GENERIC_READ, KEY_READ},          {GENERIC_WRITE, KEY_WRITE},
        {GENERIC_EXECUTE, KEY_EXECUTE},    {GENERIC_ALL, KEY_ALL_ACCESS},
        {MAXIMUM_ALLOWED, KEY_ALL_ACCESS},
    };
    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        if (access & rows[i].generic)
            access = (access & ~rows[i].generic) | rows[i].specific;
    }
    return access;
}

/* ---- keys ---- */

/* The driver whose registry a call is about: that of the key above, or else the caller's. */
static struct driver *driver_of_call(const struct registry_key *parent, const void *caller)
{
    return parent != NULL ? object_driver(&parent->object) : driver_of_caller(caller);
}

/* Creates the object of a key; takes over the path, which is freed on failure. */
static NTSTATUS create_object(struct driver *driver, char *path, ACCESS_MASK access,
                              const WDF_OBJECT_ATTRIBUTES *attributes, WDFKEY *handle)
{
    struct wdf_object *object;
    NTSTATUS status =
        creation_allocate(sizeof(struct registry_key), &key_class, attributes, 0, &object);
    if (!NT_SUCCESS(status)) {
        free(path);
        return status;
    }
    struct registry_key *key = CONTAINING_RECORD(object, struct registry_key, object);
    object->driver = driver;
    key->path = path;
    key->access = specific_rights(access);
    status = creation_adopt(object, attributes);
    if (NT_SUCCESS(status))
        *handle = (WDFKEY)object;
    return status;
}

/* The same after opening the path succeeded or failed. Takes over the path in either case. */
static NTSTATUS create_if_opened(NTSTATUS status, struct driver *driver, char *path,
                                 ACCESS_MASK access, const WDF_OBJECT_ATTRIBUTES *attributes,
                                 WDFKEY *handle)
{
    if (NT_SUCCESS(status))
        return create_object(driver, path, access, attributes, handle);
    free(path);
    return status;
}

/* A key that is always there. */
static NTSTATUS open_permanent(struct driver *driver, const char *path, ACCESS_MASK access,
                               const WDF_OBJECT_ATTRIBUTES *attributes, WDFKEY *key)
{
    NTSTATUS status = attributes_validate(attributes, 0);
    if (NT_SUCCESS(status))
        status = configuration_open(driver->configuration, path);
    if (!NT_SUCCESS(status))
        return status;
    size_t size = configuration_path_size(path);
    char *copy = malloc(size);
    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(copy, path, size);
    return create_object(driver, copy, access, attributes, key);
}

NTSTATUS WdfRegistryOpenKey(WDFKEY ParentKey, PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                            PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    struct registry_key *parent =
        ParentKey != NULL ? registry_key_from_handle(ParentKey, __func__) : NULL;
    struct driver *driver = driver_of_call(parent, __builtin_return_address(0));
    char *path;
    REQUIRE_PARAMETER(KeyName);
    REQUIRE_PARAMETER(Key);
    *Key = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    NTSTATUS status = attributes_validate(KeyAttributes, 0);
    if (NT_SUCCESS(status))
        status = find_path(driver, parent, KeyName, &path);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfregistry.h");
    status = configuration_open(driver->configuration, path);
    return API_RESULT(create_if_opened(status, driver, path, DesiredAccess, KeyAttributes, Key),
                      "wdfregistry.h");
}

/* Opens the key if it is there, makes it if the parent was opened for that. */
static NTSTATUS open_or_create(const struct driver *driver, const struct registry_key *parent,
                               const char *path, ULONG options, ULONG *disposition)
{
    bool existed = true;
    NTSTATUS status = configuration_open(driver->configuration, path);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
        if (parent != NULL && !registry_key_allows(parent, KEY_CREATE_SUB_KEY))
            return STATUS_ACCESS_DENIED;
        status = configuration_create(driver->configuration, path,
                                      (options & REG_OPTION_VOLATILE) != 0, &existed);
    }
    if (NT_SUCCESS(status) && disposition != NULL)
        *disposition = existed ? REG_OPENED_EXISTING_KEY : REG_CREATED_NEW_KEY;
    return status;
}

NTSTATUS WdfRegistryCreateKey(WDFKEY ParentKey, PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                              ULONG CreateOptions, PULONG CreateDisposition,
                              PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    struct registry_key *parent =
        ParentKey != NULL ? registry_key_from_handle(ParentKey, __func__) : NULL;
    struct driver *driver = driver_of_call(parent, __builtin_return_address(0));
    char *path;
    REQUIRE_PARAMETER(KeyName);
    REQUIRE_PARAMETER(Key);
    *Key = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    if (CreateOptions & ~(ULONG)REG_OPTION_VOLATILE)
        return API_RESULT(STATUS_INVALID_PARAMETER, "wdfregistry.h");
    NTSTATUS status = attributes_validate(KeyAttributes, 0);
    if (NT_SUCCESS(status))
        status = find_path(driver, parent, KeyName, &path);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfregistry.h");
    status = open_or_create(driver, parent, path, CreateOptions, CreateDisposition);
    return API_RESULT(create_if_opened(status, driver, path, DesiredAccess, KeyAttributes, Key),
                      "wdfregistry.h");
}

VOID WdfRegistryClose(WDFKEY Key)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    if (verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        object_delete(&key->object);
}

NTSTATUS WdfRegistryRemoveKey(WDFKEY Key)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    if (!registry_key_allows(key, DELETE))
        return API_RESULT(STATUS_ACCESS_DENIED, "wdfregistry.h");
    NTSTATUS status = configuration_remove(registry_key_configuration(key), key->path);
    if (NT_SUCCESS(status))
        object_delete(&key->object);
    return API_RESULT(status, "wdfregistry.h");
}

/* ---- the driver's and the device's keys ---- */

NTSTATUS WdfDriverOpenParametersRegistryKey(WDFDRIVER Driver, ACCESS_MASK DesiredAccess,
                                            PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    struct driver *driver = object_driver(object_from_handle(Driver, &driver_class, __func__));
    REQUIRE_PARAMETER(Key);
    *Key = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdriver.h");
    return API_RESULT(
        open_permanent(driver, CONFIGURATION_PARAMETERS, DesiredAccess, KeyAttributes, Key),
        "wdfdriver.h");
}

NTSTATUS WdfDriverOpenPersistentStateRegistryKey(WDFDRIVER Driver, ACCESS_MASK DesiredAccess,
                                                 PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    struct driver *driver = object_driver(object_from_handle(Driver, &driver_class, __func__));
    REQUIRE_PARAMETER(Key);
    *Key = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdriver.h");
    return API_RESULT(
        open_permanent(driver, CONFIGURATION_PERSISTENT_STATE, DesiredAccess, KeyAttributes, Key),
        "wdfdriver.h");
}

static NTSTATUS open_device_key(struct driver *driver, ULONG type, ACCESS_MASK access,
                                PWDF_OBJECT_ATTRIBUTES attributes, WDFKEY *key)
{
    /* WDF_REGKEY_DEVICE_SUBKEY, and _DRIVER_, of a user-mode driver; of another one they are 0. */
    const ULONG own_subkey = 256;
    const ULONG known = PLUGPLAY_REGKEY_DEVICE | PLUGPLAY_REGKEY_DRIVER |
                        PLUGPLAY_REGKEY_CURRENT_HWPROFILE | own_subkey;
    ULONG which = type & (PLUGPLAY_REGKEY_DEVICE | PLUGPLAY_REGKEY_DRIVER);
    if ((type & ~known) || which == 0 || which == (PLUGPLAY_REGKEY_DEVICE | PLUGPLAY_REGKEY_DRIVER))
        return STATUS_INVALID_PARAMETER;
    const char *path =
        which == PLUGPLAY_REGKEY_DRIVER ? CONFIGURATION_DRIVER : CONFIGURATION_DEVICE_PARAMETERS;
    return open_permanent(driver, path, access, attributes, key);
}

NTSTATUS WdfDeviceOpenRegistryKey(WDFDEVICE Device, ULONG DeviceInstanceKeyType,
                                  ACCESS_MASK DesiredAccess, PWDF_OBJECT_ATTRIBUTES KeyAttributes,
                                  WDFKEY *Key)
{
    struct driver *driver = object_driver(object_from_handle(Device, &device_class, __func__));
    REQUIRE_PARAMETER(Key);
    *Key = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdevice.h");
    return API_RESULT(
        open_device_key(driver, DeviceInstanceKeyType, DesiredAccess, KeyAttributes, Key),
        "wdfdevice.h");
}

NTSTATUS WdfFdoInitOpenRegistryKey(PWDFDEVICE_INIT DeviceInit, ULONG DeviceInstanceKeyType,
                                   ACCESS_MASK DesiredAccess, PWDF_OBJECT_ATTRIBUTES KeyAttributes,
                                   WDFKEY *Key)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(Key);
    *Key = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) || DeviceInit->kind != DEVICE_FDO)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdffdo.h");
    return API_RESULT(open_device_key(DeviceInit->driver, DeviceInstanceKeyType, DesiredAccess,
                                      KeyAttributes, Key),
                      "wdffdo.h");
}

/* Both keys are volatile: their values are of this run. */
static NTSTATUS make_devicemap_key(struct configuration *configuration, const char *path)
{
    bool existed;
    NTSTATUS status = configuration_create(configuration, CONFIGURATION_DEVICEMAP, true, &existed);
    return NT_SUCCESS(status) ? configuration_create(configuration, path, true, &existed) : status;
}

NTSTATUS WdfDeviceOpenDevicemapKey(WDFDEVICE Device, PCUNICODE_STRING KeyName,
                                   ACCESS_MASK DesiredAccess, PWDF_OBJECT_ATTRIBUTES KeyAttributes,
                                   WDFKEY *Key)
{
    char *path;
    struct driver *driver = object_driver(object_from_handle(Device, &device_class, __func__));
    REQUIRE_PARAMETER(KeyName);
    REQUIRE_PARAMETER(Key);
    *Key = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdevice.h");
    NTSTATUS status = attributes_validate(KeyAttributes, 0);
    if (NT_SUCCESS(status) && (!registry_string_is_valid(KeyName) || KeyName->Length == 0))
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = join_path(CONFIGURATION_DEVICEMAP, KeyName, &path);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfdevice.h");
    status = make_devicemap_key(driver->configuration, path);
    return API_RESULT(create_if_opened(status, driver, path, DesiredAccess, KeyAttributes, Key),
                      "wdfdevice.h");
}
