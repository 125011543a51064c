/*
 * WDFKEY: an open key of the driver's configuration (configuration.h), with the rights it was
 * opened with.
 *
 * A key is a path and no more. What a driver does with a key that somebody has removed meanwhile is
 * STATUS_KEY_DELETED, until a key of the same path is there again.
 */
#ifndef WDFUSE_FRAMEWORK_REGISTRY_KEY_H
#define WDFUSE_FRAMEWORK_REGISTRY_KEY_H

#include "framework/registry/configuration.h"
#include "framework/object/object.h"

struct registry_key {
    struct wdf_object object;
    /* Constant. */
    ACCESS_MASK access; /* without generic rights */
    char *path;         /* malloc'ed, as in configuration.h */
};

/*
 * Whether the driver may do that with its handle. The handles of a driver of kernel mode are the
 * kernel's own: nobody looks at what they were opened for. Those of user mode are checked.
 */
bool registry_key_allows(const struct registry_key *key, ACCESS_MASK right);

/* Where it stands: its driver's. */
struct configuration *registry_key_configuration(const struct registry_key *key);

/* The key behind a handle, or a bug check (S1.2). */
struct registry_key *registry_key_from_handle(WDFKEY handle, const char *function);

/* What the WDK calls a valid UNICODE_STRING: whole characters, inside its buffer. */
bool registry_string_is_valid(PCUNICODE_STRING string);

/*
 * A value's name in UTF-8, malloc'ed. STATUS_INVALID_PARAMETER: no valid string;
 * STATUS_OBJECT_NAME_INVALID: too long, a zero inside, or a type's name;
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS registry_value_name(PCUNICODE_STRING string, char **name);

#endif
