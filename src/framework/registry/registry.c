/* WdfRegistryQuery*, WdfRegistryAssign*: the values of a key (key.h). */
#include "framework/registry/key.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/object/collection.h"
#include "framework/object/memory.h"
#include "framework/object/string.h"
#include "framework/object/verifier.h"
#include "nt/utf.h"

/* ---- querying ---- */

/* Reads a value of any type; the caller clears it. */
static NTSTATUS query(struct registry_key *key, PCUNICODE_STRING value_name,
                      struct registry_value *value)
{
    char *name;
    *value = (struct registry_value){0};
    NTSTATUS status = registry_value_name(value_name, &name);
    if (!NT_SUCCESS(status))
        return status;
    if (registry_key_allows(key, KEY_QUERY_VALUE))
        status = configuration_query(registry_key_configuration(key), key->path, name, value);
    else
        status = STATUS_ACCESS_DENIED;
    free(name);
    return status;
}

static bool is_text_type(ULONG type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ;
}

NTSTATUS WdfRegistryQueryValue(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueLength,
                               PVOID Value, PULONG ValueLengthQueried, PULONG ValueType)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    struct registry_value found;
    REQUIRE_PARAMETER(ValueName);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    NTSTATUS status = query(key, ValueName, &found);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfregistry.h");
    if (ValueLengthQueried != NULL)
        *ValueLengthQueried = found.size;
    if (ValueType != NULL)
        *ValueType = found.type;
    if (found.size > (Value != NULL ? ValueLength : 0))
        status = STATUS_BUFFER_OVERFLOW;
    else if (found.size > 0)
        memcpy(Value, found.bytes, found.size);
    registry_value_clear(&found);
    return API_RESULT(status, "wdfregistry.h");
}

NTSTATUS WdfRegistryQueryMemory(WDFKEY Key, PCUNICODE_STRING ValueName, POOL_TYPE PoolType,
                                PWDF_OBJECT_ATTRIBUTES MemoryAttributes, WDFMEMORY *Memory,
                                PULONG ValueType)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    struct registry_value found;
    PVOID buffer;
    UNREFERENCED_PARAMETER(PoolType); /* there is one heap */
    REQUIRE_PARAMETER(ValueName);
    REQUIRE_PARAMETER(Memory);
    *Memory = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    NTSTATUS status = attributes_validate(MemoryAttributes, 0);
    if (NT_SUCCESS(status))
        status = query(key, ValueName, &found);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfregistry.h");
    status = found.size == 0 ? STATUS_INVALID_PARAMETER
                             : memory_create_for(MemoryAttributes, found.size,
                                                 __builtin_return_address(0), Memory, &buffer);
    if (NT_SUCCESS(status)) {
        memcpy(buffer, found.bytes, found.size);
        if (ValueType != NULL)
            *ValueType = found.type;
    }
    registry_value_clear(&found);
    return API_RESULT(status, "wdfregistry.h");
}

/* Checks a REG_MULTI_SZ that others may have written: whole characters, two zeros at the end. */
static bool is_multi_string(const struct registry_value *value)
{
    size_t units = value->size / sizeof(WCHAR);
    const WCHAR *text = value->bytes;
    return value->type == REG_MULTI_SZ && value->size % sizeof(WCHAR) == 0 && units >= 2 &&
           text[units - 1] == 0 && text[units - 2] == 0;
}

/* One string object for each text, in the collection. The strings made before a failure are
 * deleted. */
static NTSTATUS add_strings(const WCHAR *text, PWDF_OBJECT_ATTRIBUTES attributes,
                            const void *creator, struct wdf_collection *collection)
{
    ULONG count = collection_count(collection);
    NTSTATUS status = STATUS_SUCCESS;
    for (; *text != 0 && NT_SUCCESS(status);
         text += utf16_length(text, UNICODE_STRING_MAX_CHARS) + 1) {
        UNICODE_STRING one;
        WDFSTRING string;
        RtlInitUnicodeString(&one, text);
        status = string_create_for(&one, attributes, creator, &string);
        if (NT_SUCCESS(status) && !collection_append(collection, (struct wdf_object *)string)) {
            WdfObjectDelete(string);
            status = STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    while (!NT_SUCCESS(status) && collection_count(collection) > count) {
        struct wdf_object *string = collection_get_referenced(collection, count);
        collection_remove_at(collection, count);
        object_delete(string);
        object_release(string);
    }
    return status;
}

NTSTATUS WdfRegistryQueryMultiString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                     PWDF_OBJECT_ATTRIBUTES StringsAttributes,
                                     WDFCOLLECTION Collection)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    struct registry_value found;
    REQUIRE_PARAMETER(ValueName);
    REQUIRE_PARAMETER(Collection);
    NTSTATUS status = attributes_validate(StringsAttributes, 0);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfregistry.h");
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    struct wdf_collection *collection = collection_from_handle(Collection, __func__);
    status = query(key, ValueName, &found);
    if (NT_SUCCESS(status) && !is_multi_string(&found))
        status = STATUS_OBJECT_TYPE_MISMATCH;
    if (NT_SUCCESS(status))
        status =
            add_strings(found.bytes, StringsAttributes, __builtin_return_address(0), collection);
    registry_value_clear(&found);
    return API_RESULT(status, "wdfregistry.h");
}

/* Bytes of a text without its last zero, if it has one. */
static USHORT text_length(const struct registry_value *value)
{
    size_t units = value->size / sizeof(WCHAR);
    const WCHAR *text = value->bytes;
    if (units > 0 && text[units - 1] == 0)
        units--;
    return (USHORT)(units * sizeof(WCHAR));
}

NTSTATUS WdfRegistryQueryUnicodeString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                       PUSHORT ValueByteLength, PUNICODE_STRING Value)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    struct registry_value found;
    REQUIRE_PARAMETER(ValueName);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    if (Value != NULL && !registry_string_is_valid(Value))
        return API_RESULT(STATUS_INVALID_PARAMETER, "wdfregistry.h");
    NTSTATUS status = query(key, ValueName, &found);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfregistry.h");
    if (found.size > (Value != NULL ? Value->MaximumLength : 0))
        status = STATUS_BUFFER_OVERFLOW;
    else if (!is_text_type(found.type))
        status = STATUS_OBJECT_TYPE_MISMATCH;
    if (ValueByteLength != NULL && status != STATUS_OBJECT_TYPE_MISMATCH)
        *ValueByteLength = (USHORT)found.size;
    if (NT_SUCCESS(status) && Value != NULL) {
        if (found.size > 0)
            memcpy(Value->Buffer, found.bytes, found.size);
        Value->Length = text_length(&found);
    }
    registry_value_clear(&found);
    return API_RESULT(status, "wdfregistry.h");
}

NTSTATUS WdfRegistryQueryString(WDFKEY Key, PCUNICODE_STRING ValueName, WDFSTRING String)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    struct registry_value found;
    REQUIRE_PARAMETER(ValueName);
    REQUIRE_PARAMETER(String);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    NTSTATUS status = query(key, ValueName, &found);
    if (NT_SUCCESS(status) && !is_text_type(found.type))
        status = STATUS_OBJECT_TYPE_MISMATCH;
    if (NT_SUCCESS(status) && found.size > MAXUSHORT)
        status = STATUS_INVALID_BUFFER_SIZE;
    if (NT_SUCCESS(status)) {
        USHORT length = text_length(&found);
        UNICODE_STRING text = {.Length = length, .MaximumLength = length, .Buffer = found.bytes};
        status = string_set(String, &text, __func__);
    }
    registry_value_clear(&found);
    return API_RESULT(status, "wdfregistry.h");
}

NTSTATUS WdfRegistryQueryULong(WDFKEY Key, PCUNICODE_STRING ValueName, PULONG Value)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    struct registry_value found;
    REQUIRE_PARAMETER(ValueName);
    REQUIRE_PARAMETER(Value);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    NTSTATUS status = query(key, ValueName, &found);
    if (NT_SUCCESS(status) && (found.type != REG_DWORD || found.size < sizeof(*Value)))
        status = STATUS_OBJECT_TYPE_MISMATCH;
    if (NT_SUCCESS(status) && found.size > sizeof(*Value))
        status = STATUS_BUFFER_OVERFLOW;
    if (NT_SUCCESS(status))
        memcpy(Value, found.bytes, sizeof(*Value));
    registry_value_clear(&found);
    return API_RESULT(status, "wdfregistry.h");
}

/* ---- assigning ---- */

static NTSTATUS assign(struct registry_key *key, PCUNICODE_STRING value_name, ULONG type,
                       const void *bytes, ULONG size)
{
    const struct registry_value value = {.type = type, .size = size, .bytes = (void *)bytes};
    char *name;
    NTSTATUS status = registry_value_name(value_name, &name);
    if (!NT_SUCCESS(status))
        return status;
    if (registry_key_allows(key, KEY_SET_VALUE))
        status = configuration_assign(registry_key_configuration(key), key->path, name, &value);
    else
        status = STATUS_ACCESS_DENIED;
    free(name);
    return status;
}

NTSTATUS WdfRegistryRemoveValue(WDFKEY Key, PCUNICODE_STRING ValueName)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    char *name;
    REQUIRE_PARAMETER(ValueName);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    NTSTATUS status = registry_value_name(ValueName, &name);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "wdfregistry.h");
    if (registry_key_allows(key, KEY_SET_VALUE))
        status = configuration_remove_value(registry_key_configuration(key), key->path, name);
    else
        status = STATUS_ACCESS_DENIED;
    free(name);
    return API_RESULT(status, "wdfregistry.h");
}

NTSTATUS WdfRegistryAssignValue(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueType,
                                ULONG ValueLength, PVOID Value)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    REQUIRE_PARAMETER(ValueName);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    if (ValueLength > 0 && Value == NULL)
        return API_RESULT(STATUS_INVALID_PARAMETER, "wdfregistry.h");
    return API_RESULT(assign(key, ValueName, ValueType, Value, ValueLength), "wdfregistry.h");
}

/* S8.26. A length of 0 means everything after the offset. */
static NTSTATUS take_part(const WDFMEMORY_OFFSET *part, PUCHAR *bytes, size_t *size)
{
    if (part->BufferOffset > *size || part->BufferLength > *size - part->BufferOffset)
        return STATUS_INTEGER_OVERFLOW;
    *bytes += part->BufferOffset;
    *size = part->BufferLength > 0 ? part->BufferLength : *size - part->BufferOffset;
    return STATUS_SUCCESS;
}

NTSTATUS WdfRegistryAssignMemory(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueType,
                                 WDFMEMORY Memory, PWDFMEMORY_OFFSET MemoryOffsets)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    size_t size;
    REQUIRE_PARAMETER(ValueName);
    REQUIRE_PARAMETER(Memory);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    PUCHAR bytes = WdfMemoryGetBuffer(Memory, &size);
    NTSTATUS status =
        MemoryOffsets != NULL ? take_part(MemoryOffsets, &bytes, &size) : STATUS_SUCCESS;
    if (NT_SUCCESS(status) && size > MAXULONG)
        status = STATUS_INTEGER_OVERFLOW;
    return API_RESULT(NT_SUCCESS(status) ? assign(key, ValueName, ValueType, bytes, (ULONG)size)
                                         : status,
                      "wdfregistry.h");
}

NTSTATUS WdfRegistryAssignULong(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG Value)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    REQUIRE_PARAMETER(ValueName);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    return API_RESULT(assign(key, ValueName, REG_DWORD, &Value, sizeof(Value)), "wdfregistry.h");
}

/* The text with a zero behind it. */
static NTSTATUS assign_text(struct registry_key *key, PCUNICODE_STRING name, PCUNICODE_STRING text)
{
    ULONG size = text->Length + (ULONG)sizeof(WCHAR);
    PWCHAR copy = calloc(1, size);
    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (text->Length > 0)
        memcpy(copy, text->Buffer, text->Length);
    NTSTATUS status = assign(key, name, REG_SZ, copy, size);
    free(copy);
    return status;
}

NTSTATUS WdfRegistryAssignUnicodeString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                        PCUNICODE_STRING Value)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    REQUIRE_PARAMETER(ValueName);
    REQUIRE_PARAMETER(Value);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    if (!registry_string_is_valid(Value))
        return API_RESULT(STATUS_INVALID_PARAMETER, "wdfregistry.h");
    return API_RESULT(assign_text(key, ValueName, Value), "wdfregistry.h");
}

NTSTATUS WdfRegistryAssignString(WDFKEY Key, PCUNICODE_STRING ValueName, WDFSTRING String)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    UNICODE_STRING text;
    REQUIRE_PARAMETER(ValueName);
    REQUIRE_PARAMETER(String);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    WdfStringGetUnicodeString(String, &text);
    return API_RESULT(assign_text(key, ValueName, &text), "wdfregistry.h");
}

/*
 * The texts of a collection, one after the other, each with its zero: into `buffer` if that is not
 * NULL, as far as it reaches. Returns the units of them all, or SIZE_MAX if an item is not a
 * string.
 */
static size_t collect_strings(struct wdf_collection *collection, PWCHAR buffer, size_t capacity)
{
    size_t units = 0;
    struct wdf_object *object;
    for (ULONG i = 0; (object = collection_get_referenced(collection, i)) != NULL; i++) {
        const UNICODE_STRING *text = string_text(object);
        size_t length = text != NULL ? text->Length / sizeof(WCHAR) : 0;
        bool fits = units + length + 1 <= capacity;
        if (buffer != NULL && text != NULL && fits && length > 0)
            memcpy(buffer + units, text->Buffer, text->Length);
        if (buffer != NULL && fits)
            buffer[units + length] = 0;
        object_release(object);
        if (text == NULL || (buffer != NULL && !fits))
            return SIZE_MAX;
        units += length + 1;
    }
    return units;
}

NTSTATUS WdfRegistryAssignMultiString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                      WDFCOLLECTION StringsCollection)
{
    struct registry_key *key = registry_key_from_handle(Key, __func__);
    REQUIRE_PARAMETER(ValueName);
    REQUIRE_PARAMETER(StringsCollection);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfregistry.h");
    struct wdf_collection *collection = collection_from_handle(StringsCollection, __func__);
    size_t capacity = collect_strings(collection, NULL, 0);
    if (capacity == SIZE_MAX)
        return API_RESULT(STATUS_INVALID_PARAMETER, "wdfregistry.h");
    /* A list without strings ends with two zeros, too: WdfRegistryQueryMultiString
     * requires them. */
    size_t zeroes = capacity > 0 ? 1 : 2;
    PWCHAR texts = calloc(capacity + zeroes, sizeof(*texts));
    if (texts == NULL)
        return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "wdfregistry.h");
    /* Strings that another thread has added since are left out. */
    size_t units = collect_strings(collection, texts, capacity);
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    if (units == capacity && (units + zeroes) * sizeof(WCHAR) <= MAXULONG)
        status =
            assign(key, ValueName, REG_MULTI_SZ, texts, (ULONG)((units + zeroes) * sizeof(WCHAR)));
    free(texts);
    return API_RESULT(status, "wdfregistry.h");
}
