/*
 * Values of the registry as they stand in the configuration file (docs/configuration.md), and as
 * drivers see them: a type and bytes.
 */
#ifndef WDFUSE_FRAMEWORK_REGISTRY_VALUE_H
#define WDFUSE_FRAMEWORK_REGISTRY_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include <wdf.h>

struct registry_value {
    ULONG type;  /* REG_DWORD ... */
    ULONG size;  /* in bytes */
    void *bytes; /* malloc'ed and aligned for any type; NULL only when there are none */
};

/* What is wrong with a value in a file. */
#define REGISTRY_VALUE_ERROR_SIZE 160

/* Whether that member of a key is a value, and not a key: anything but an object, or {"REG_...":
 * ...}. */
bool registry_value_is_value(const json_t *json);

/* A name that a key or value must not have, since it means a type. */
bool registry_value_is_type_name(const char *name);

/*
 * Decodes a value; *value is the caller's to clear. STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES;
 * STATUS_REGISTRY_CORRUPT: it means nothing, as `error` (may be NULL, REGISTRY_VALUE_ERROR_SIZE
 * bytes) says.
 */
NTSTATUS registry_value_decode(const json_t *json, struct registry_value *value, char *error);

/*
 * The readable form of a value, or, when that would not give the same bytes back, their hexadecimal
 * form. STATUS_SUCCESS; STATUS_INVALID_PARAMETER: no such type; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS registry_value_encode(const struct registry_value *value, json_t **result);

void registry_value_clear(struct registry_value *value);

#endif
