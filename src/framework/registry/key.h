/*
 * WDFKEY: an open key of the driver's configuration (configuration.h), with the rights it was
 * opened with.
 *
 * A key is only a path. Once the key has been removed, calls with it return STATUS_KEY_DELETED,
 * until there is a key of that path again.
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
 * Whether the driver may do that with its handle. The handles of a kernel-mode driver are the
 * kernel's own: their access is not checked. Those of user mode are checked.
 */
bool registry_key_allows(const struct registry_key *key, ACCESS_MASK right);

/* The configuration that it is in: its driver's. */
struct configuration *registry_key_configuration(const struct registry_key *key);

/* The key behind a handle, or a bug check (S1.2). */
struct registry_key *registry_key_from_handle(WDFKEY handle, const char *function);

/* A valid UNICODE_STRING, as the WDK defines it: whole characters, inside its buffer. */
bool registry_string_is_valid(PCUNICODE_STRING string);

/*
 * A value's name in UTF-8, malloc'ed. STATUS_INVALID_PARAMETER: no valid string;
 * STATUS_OBJECT_NAME_INVALID: too long, a zero inside, or a type's name;
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS registry_value_name(PCUNICODE_STRING string, char **name);

#endif
