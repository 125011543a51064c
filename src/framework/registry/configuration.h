/*
 * The driver's configuration: the part of a registry that a driver has, as a tree of keys and
 * values (docs/configuration.md).
 *
 * One for each driver. In memory it is the JSON of its file. Volatile keys are in a second tree
 * beside it, the defaults of an INF in a third one beneath it: a value that the first tree lacks is
 * looked up there. Each change is a transaction: the newest text is taken from the store, changed,
 * and given back, and if that fails nothing has changed.
 *
 * A path is a list of names, each ended by a zero, and one zero more at the end:
 * "Parameters\0Ports\0" (with the literal's own zero). Keys are found by path at each call, so
 * nothing refers to a tree that a newer text has replaced. All functions: PASSIVE_LEVEL, any
 * thread. They may wait for the file.
 */
#ifndef WDFUSE_FRAMEWORK_REGISTRY_CONFIGURATION_H
#define WDFUSE_FRAMEWORK_REGISTRY_CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>

#include <wdf.h>

#include "framework/registry/value.h"
#include "port/thread.h"

/* Keys that are always there, empty if need be. */
#define CONFIGURATION_PARAMETERS        "Parameters\0"
#define CONFIGURATION_PERSISTENT_STATE  "State\0"
#define CONFIGURATION_DEVICE_PARAMETERS "Device Parameters\0"
#define CONFIGURATION_DRIVER            "Driver\0"
/* Below it, the keys of WdfDeviceOpenDevicemapKey, all volatile. */
#define CONFIGURATION_DEVICEMAP "DEVICEMAP\0"

#define CONFIGURATION_ERROR_SIZE 512
/* In UTF-16 units, as in the registry, of keys and of values. */
#define CONFIGURATION_NAME_MAX  255
#define CONFIGURATION_DEPTH_MAX 512

/* Where the text is kept between runs. Called with the configuration's lock held; never calls
 * back. */
struct configuration_store {
    const char *name; /* for messages */
    void *context;
    /*
     * Begins a change: nobody else changes the text until `end`. *text receives a malloc'ed copy of
     * it if it is another one than the last that was read or written, else NULL. A failure has been
     * logged.
     */
    NTSTATUS (*begin)(void *context, char **text, size_t *length);
    /* Replaces the text, whole or not at all. A failure has been logged. */
    NTSTATUS (*commit)(void *context, const char *text, size_t length);
    void (*end)(void *context);
};

/* A leaf, but for the lock of the store's file. */
PORT_LOCK_KIND(configuration_lock);

struct configuration {
    struct port_mutex configuration_lock;
    /* NULL: an empty tree. */
    json_t *stored_tree GUARDED_BY(configuration_lock);
    json_t *volatile_tree GUARDED_BY(configuration_lock);
    /* The defaults of an installation (configuration_set_defaults); never in the store. */
    json_t *default_tree GUARDED_BY(configuration_lock);
    struct configuration_store store GUARDED_BY(configuration_lock);
};

/* An empty one without a store. */
#define CONFIGURATION_INITIALIZER                                                                  \
    {                                                                                              \
        .configuration_lock = PORT_MUTEX_INITIALIZER                                               \
    }

/*
 * Replaces everything by that text; NULL stands for an empty configuration. The store, which may be
 * NULL, is copied, and what it points to must stay. STATUS_REGISTRY_CORRUPT with one line in
 * `error` when the text is no configuration; STATUS_INSUFFICIENT_RESOURCES; both change nothing.
 * Not while its driver runs.
 */
NTSTATUS configuration_load(struct configuration *configuration, const char *text, size_t length,
                            const struct configuration_store *new_store,
                            char error[CONFIGURATION_ERROR_SIZE]);

/*
 * Sets the text beneath the other, of the same form. A default that the driver deletes
 * is gone until it is set again. Statuses as those of configuration_load, which forgets it. Not
 * while its driver runs.
 */
NTSTATUS configuration_set_defaults(struct configuration *configuration, const char *text,
                                    size_t length, char error[CONFIGURATION_ERROR_SIZE]);

/* Forgets everything. */
void configuration_unload(struct configuration *configuration);

/* Its text as for a file, malloc'ed; NULL when there is no memory. */
char *configuration_text(struct configuration *configuration);

/* STATUS_SUCCESS, STATUS_OBJECT_NAME_NOT_FOUND. */
NTSTATUS configuration_open(struct configuration *configuration, const char *path);

/*
 * Makes the last key of the path, or finds it there. STATUS_OBJECT_NAME_NOT_FOUND: the key above is
 * not there; STATUS_OBJECT_NAME_COLLISION: a value has the name; STATUS_CHILD_MUST_BE_VOLATILE;
 * STATUS_INVALID_PARAMETER: too deep; STATUS_INSUFFICIENT_RESOURCES; the store's.
 */
NTSTATUS configuration_create(struct configuration *configuration, const char *path,
                              bool is_volatile, bool *existed);

/* STATUS_CANNOT_DELETE: it has keys below it, or is always there. STATUS_KEY_DELETED; the
 * store's. */
NTSTATUS configuration_remove(struct configuration *configuration, const char *path);

/* The caller clears the value. STATUS_OBJECT_NAME_NOT_FOUND, STATUS_KEY_DELETED. */
NTSTATUS configuration_query(struct configuration *configuration, const char *path,
                             const char *name, struct registry_value *value);

/* STATUS_KEY_DELETED; STATUS_OBJECT_NAME_COLLISION: a key has the name; statuses of encoding; the
 * store's. */
NTSTATUS configuration_assign(struct configuration *configuration, const char *path,
                              const char *name, const struct registry_value *value);

/* STATUS_KEY_DELETED, STATUS_OBJECT_NAME_NOT_FOUND; the store's. */
NTSTATUS configuration_remove_value(struct configuration *configuration, const char *path,
                                    const char *name);

/* Bytes of a path with its last zero. */
size_t configuration_path_size(const char *path);

#endif
