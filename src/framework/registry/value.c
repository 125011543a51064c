/*
 * Registry values as JSON and back. See value.h.
 *
 * Each type has a form of JSON that a person would write. Whether bytes fit that form is found out
 * by trying: they are encoded, decoded and compared, and what does not come back the same is
 * written in hexadecimal.
 */
#include "framework/registry/value.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nt/utf.h"

enum form {
    FORM_NUMBER, /* 32 bits, little endian */
    FORM_BIG_ENDIAN_NUMBER,
    FORM_LONG_NUMBER, /* 64 bits */
    FORM_TEXT,
    FORM_TEXTS,
    FORM_BYTES,
};

static const struct type_row {
    const char *name;
    ULONG type;
    enum form form;
    bool is_implied; /* written without the type's name */
} types[] = {
    {"REG_NONE", REG_NONE, FORM_BYTES, false},
    {"REG_SZ", REG_SZ, FORM_TEXT, true},
    {"REG_EXPAND_SZ", REG_EXPAND_SZ, FORM_TEXT, false},
    {"REG_BINARY", REG_BINARY, FORM_BYTES, false},
    {"REG_DWORD", REG_DWORD, FORM_NUMBER, true},
    {"REG_DWORD_BIG_ENDIAN", REG_DWORD_BIG_ENDIAN, FORM_BIG_ENDIAN_NUMBER, false},
    {"REG_LINK", REG_LINK, FORM_TEXT, false},
    {"REG_MULTI_SZ", REG_MULTI_SZ, FORM_TEXTS, true},
    {"REG_RESOURCE_LIST", REG_RESOURCE_LIST, FORM_BYTES, false},
    {"REG_FULL_RESOURCE_DESCRIPTOR", REG_FULL_RESOURCE_DESCRIPTOR, FORM_BYTES, false},
    {"REG_RESOURCE_REQUIREMENTS_LIST", REG_RESOURCE_REQUIREMENTS_LIST, FORM_BYTES, false},
    {"REG_QWORD", REG_QWORD, FORM_LONG_NUMBER, false},
};

/* The member that holds the bytes of any type in hexadecimal. */
#define HEX_MEMBER "hex"

static const struct type_row *row_of_type(ULONG type)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(types); i++) {
        if (types[i].type == type)
            return &types[i];
    }
    return NULL;
}

static const struct type_row *row_of_name(const char *name)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(types); i++) {
        if (strcasecmp(types[i].name, name) == 0)
            return &types[i];
    }
    return NULL;
}

bool registry_value_is_type_name(const char *name)
{
    return strncasecmp(name, "REG_", 4) == 0;
}

/* The only member of an object, if its name means a type. */
static const char *only_type_name(const json_t *json, json_t **member)
{
    json_t *object = (json_t *)json; /* iterating changes nothing */
    if (!json_is_object(object) || json_object_size(object) != 1)
        return NULL;
    void *iterator = json_object_iter(object);
    const char *name = json_object_iter_key(iterator);
    *member = json_object_iter_value(iterator);
    return registry_value_is_type_name(name) ? name : NULL;
}

bool registry_value_is_value(const json_t *json)
{
    json_t *member;
    return !json_is_object(json) || only_type_name(json, &member) != NULL;
}

void registry_value_clear(struct registry_value *value)
{
    free(value->bytes);
    *value = (struct registry_value){0};
}

/* ---- decoding ---- */

static NTSTATUS refuse(char *error, const char *reason)
{
    if (error != NULL)
        snprintf(error, REGISTRY_VALUE_ERROR_SIZE, "%s", reason);
    return STATUS_REGISTRY_CORRUPT;
}

static NTSTATUS allocate(struct registry_value *value, size_t size)
{
    value->bytes = size > 0 ? malloc(size) : NULL;
    if (size > MAXULONG || (size > 0 && value->bytes == NULL))
        return STATUS_INSUFFICIENT_RESOURCES;
    value->size = (ULONG)size;
    return STATUS_SUCCESS;
}

static NTSTATUS copy_bytes(struct registry_value *value, const void *bytes, size_t size)
{
    NTSTATUS status = allocate(value, size);
    if (NT_SUCCESS(status))
        memcpy(value->bytes, bytes, size);
    return status;
}

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

/* Pairs of digits, with or without spaces between them. */
static NTSTATUS decode_hex(const json_t *json, struct registry_value *value, char *error)
{
    const char *reason = "bytes are pairs of hexadecimal digits in a string, as \"01 ff\"";
    const char *text = json_string_value(json);
    if (text == NULL)
        return refuse(error, reason);
    NTSTATUS status = allocate(value, strlen(text) / 2);
    if (!NT_SUCCESS(status))
        return status;
    size_t count = 0;
    while (*text != '\0') {
        if (*text == ' ') {
            text++;
            continue;
        }
        int high = hex_digit(text[0]);
        int low = high >= 0 ? hex_digit(text[1]) : -1;
        if (low < 0)
            return refuse(error, reason);
        ((unsigned char *)value->bytes)[count++] = (unsigned char)(high << 4 | low);
        text += 2;
    }
    value->size = (ULONG)count;
    return STATUS_SUCCESS;
}

/* An integer, true, false, or for what is longer than JSON's integers "0x...". */
static bool read_number(const json_t *json, int64_t *number)
{
    if (json_is_boolean(json)) {
        *number = json_is_true(json);
        return true;
    }
    if (json_is_integer(json)) {
        *number = json_integer_value(json);
        return true;
    }
    const char *text = json_string_value(json);
    if (text == NULL || strncmp(text, "0x", 2) != 0 || hex_digit(text[2]) < 0)
        return false;
    char *end;
    errno = 0;
    *number = (int64_t)strtoull(text, &end, 16);
    return *end == '\0' && errno == 0;
}

static NTSTATUS decode_number(const json_t *json, bool is_big_endian, struct registry_value *value,
                              char *error)
{
    int64_t number;
    if (!read_number(json, &number))
        return refuse(error, "it must be an integer");
    if (number < INT32_MIN || number > UINT32_MAX)
        return refuse(error, "it does not fit a REG_DWORD; write {\"REG_QWORD\": ...}");
    uint32_t bits = (uint32_t)number;
    if (is_big_endian)
        bits = __builtin_bswap32(bits);
    return copy_bytes(value, &bits, sizeof(bits));
}

static NTSTATUS decode_long_number(const json_t *json, struct registry_value *value, char *error)
{
    int64_t number;
    if (!read_number(json, &number))
        return refuse(error, "it must be an integer, or \"0x...\" if that is too large for JSON");
    return copy_bytes(value, &number, sizeof(number));
}

/* Units that a text needs, with its zero. */
static size_t text_units(const json_t *json)
{
    return utf16_from_utf8(NULL, 0, json_string_value(json), json_string_length(json)) + 1;
}

static NTSTATUS decode_text(const json_t *json, struct registry_value *value, char *error)
{
    if (!json_is_string(json))
        return refuse(error, "it must be a string");
    size_t units = text_units(json);
    NTSTATUS status = allocate(value, units * sizeof(WCHAR));
    if (NT_SUCCESS(status))
        utf16_from_utf8(value->bytes, units, json_string_value(json), json_string_length(json));
    return status;
}

static NTSTATUS decode_texts(const json_t *json, struct registry_value *value, char *error)
{
    size_t units = 0;
    if (!json_is_array(json))
        return refuse(error, "it must be an array of strings");
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *text = json_array_get(json, i);
        if (!json_is_string(text))
            return refuse(error, "an array must hold strings alone");
        if (json_string_length(text) == 0)
            return refuse(error, "an empty string would end a REG_MULTI_SZ");
        units += text_units(text);
    }
    /* A list without strings, too, ends with two zeros: readers reject a REG_MULTI_SZ with one. */
    size_t zeroes = units > 0 ? 1 : 2;
    NTSTATUS status = allocate(value, (units + zeroes) * sizeof(WCHAR));
    if (!NT_SUCCESS(status))
        return status;
    PWCHAR position = value->bytes;
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *text = json_array_get(json, i);
        size_t length = text_units(text);
        utf16_from_utf8(position, length, json_string_value(text), json_string_length(text));
        position += length;
    }
    memset(position, 0, zeroes * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

static NTSTATUS decode_form(const struct type_row *row, const json_t *json,
                            struct registry_value *value, char *error)
{
    const json_t *hex = json_object_get(json, HEX_MEMBER);
    value->type = row->type;
    if (hex != NULL && json_object_size(json) == 1)
        return decode_hex(hex, value, error);
    switch (row->form) {
    case FORM_NUMBER:
        return decode_number(json, false, value, error);
    case FORM_BIG_ENDIAN_NUMBER:
        return decode_number(json, true, value, error);
    case FORM_LONG_NUMBER:
        return decode_long_number(json, value, error);
    case FORM_TEXT:
        return decode_text(json, value, error);
    case FORM_TEXTS:
        return decode_texts(json, value, error);
    case FORM_BYTES:
        break;
    }
    return decode_hex(json, value, error);
}

/* The type of a value that is written without one. */
static const struct type_row *implied_row(const json_t *json)
{
    if (json_is_integer(json) || json_is_boolean(json))
        return row_of_type(REG_DWORD);
    if (json_is_string(json))
        return row_of_type(REG_SZ);
    return json_is_array(json) ? row_of_type(REG_MULTI_SZ) : NULL;
}

NTSTATUS registry_value_decode(const json_t *json, struct registry_value *value, char *error)
{
    json_t *member = (json_t *)json;
    const char *name = only_type_name(json, &member);
    const struct type_row *row = name != NULL ? row_of_name(name) : implied_row(json);
    *value = (struct registry_value){0};
    if (row == NULL)
        return refuse(error,
                      name != NULL ? "there is no such type" : "null and fractions have no type");
    NTSTATUS status = decode_form(row, member, value, error);
    if (!NT_SUCCESS(status))
        registry_value_clear(value);
    return status;
}

/* ---- encoding ---- */

static json_t *encode_hex(const struct registry_value *value)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = value->bytes;
    char *text = malloc((size_t)value->size * 3 + 1);
    if (text == NULL)
        return NULL;
    char *position = text;
    for (ULONG i = 0; i < value->size; i++) {
        if (i > 0)
            *position++ = ' ';
        *position++ = digits[bytes[i] >> 4];
        *position++ = digits[bytes[i] & 0xf];
    }
    json_t *json = json_stringn(text, (size_t)(position - text));
    free(text);
    return json;
}

static json_t *encode_units(const WCHAR *text, size_t length)
{
    size_t size = utf8_from_utf16(NULL, 0, text, length) + 1;
    char *bytes = malloc(size);
    if (bytes == NULL)
        return NULL;
    utf8_from_utf16(bytes, size, text, length);
    json_t *json = json_stringn(bytes, size - 1);
    free(bytes);
    return json;
}

static json_t *encode_texts(const WCHAR *text, size_t units)
{
    json_t *array = json_array();
    while (array != NULL && units > 0 && *text != 0) {
        size_t length = utf16_length(text, units);
        if (json_array_append_new(array, encode_units(text, length)) != 0) {
            json_decref(array);
            return NULL;
        }
        length += length < units;
        text += length;
        units -= length;
    }
    return array;
}

static json_t *encode_long_number(uint64_t number)
{
    char text[24];
    if (number <= INT64_MAX)
        return json_integer((json_int_t)number);
    snprintf(text, sizeof(text), "0x%llx", (unsigned long long)number);
    return json_string(text);
}

/* In the form of its type; bytes that do not have it give something else, or NULL. */
static json_t *encode_form(const struct type_row *row, const struct registry_value *value)
{
    uint32_t number = 0;
    uint64_t long_number = 0;
    size_t units = value->size / sizeof(WCHAR);
    if (value->size == 0 && row->form != FORM_BYTES)
        return json_null();
    switch (row->form) {
    case FORM_NUMBER:
        memcpy(&number, value->bytes, min(value->size, sizeof(number)));
        return json_integer(number);
    case FORM_BIG_ENDIAN_NUMBER:
        memcpy(&number, value->bytes, min(value->size, sizeof(number)));
        return json_integer(__builtin_bswap32(number));
    case FORM_LONG_NUMBER:
        memcpy(&long_number, value->bytes, min(value->size, sizeof(long_number)));
        return encode_long_number(long_number);
    case FORM_TEXT:
        return encode_units(value->bytes, utf16_length(value->bytes, units));
    case FORM_TEXTS:
        return encode_texts(value->bytes, units);
    case FORM_BYTES:
        break;
    }
    return encode_hex(value);
}

/* {"name": json}; takes over json, which may be NULL. */
static json_t *wrap(const char *name, json_t *json)
{
    json_t *object = json_object();
    if (object == NULL || json == NULL || json_object_set(object, name, json) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(json);
    return object;
}

static NTSTATUS comes_back(const json_t *json, const struct registry_value *value, bool *does)
{
    struct registry_value copy;
    NTSTATUS status = registry_value_decode(json, &copy, NULL);
    *does = NT_SUCCESS(status) && copy.type == value->type && copy.size == value->size &&
            (value->size == 0 || memcmp(copy.bytes, value->bytes, value->size) == 0);
    if (NT_SUCCESS(status))
        registry_value_clear(&copy);
    return status == STATUS_INSUFFICIENT_RESOURCES ? status : STATUS_SUCCESS;
}

NTSTATUS registry_value_encode(const struct registry_value *value, json_t **result)
{
    const struct type_row *row = row_of_type(value->type);
    if (row == NULL)
        return STATUS_INVALID_PARAMETER;
    json_t *json = encode_form(row, value);
    if (json != NULL && !row->is_implied)
        json = wrap(row->name, json);
    if (json == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    bool does_come_back;
    NTSTATUS status = comes_back(json, value, &does_come_back);
    if (!NT_SUCCESS(status) || !does_come_back) {
        json_decref(json);
        json = NULL;
    }
    if (NT_SUCCESS(status) && json == NULL)
        json = wrap(row->name, wrap(HEX_MEMBER, encode_hex(value)));
    *result = json;
    if (NT_SUCCESS(status) && json == NULL)
        status = STATUS_INSUFFICIENT_RESOURCES;
    return status;
}
