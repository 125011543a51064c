/*
 * Properties of devices and device interfaces that drivers have assigned (S17.36, S17.37). They are
 * in the registry of the driver whose device is the lowest of the stack:
 *
 *     Device Properties\NODE              persistent ones
 *     Volatile Properties\NODE            those of this daemon's life, which take precedence
 *     ...\NODE\by-interface/{...}/...     of an interface of the device
 *
 * A property is a value "{SET} NUMBER" there, followed by its language if it has one: four bytes
 * for its type, then its data.
 */
#ifndef WDFUSE_FRAMEWORK_REGISTRY_PROPERTYSTORE_H
#define WDFUSE_FRAMEWORK_REGISTRY_PROPERTYSTORE_H

#include "framework/registry/propertyvalue.h"

struct property_name {
    const struct property_owner *owner;
    const char *interface_path; /* an interface's (device/name.h); NULL: the device itself */
    const DEVPROPKEY *key;
    LCID language;
};

/* The caller frees the value. STATUS_OBJECT_NAME_NOT_FOUND: it was never assigned;
 * STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS property_store_query(const struct property_name *name, struct property_value *value);

/* Replaces the value; a value without bytes removes it. STATUS_INVALID_PARAMETER: the bytes are no
 * value of the type; STATUS_INSUFFICIENT_RESOURCES; or a failure of the configuration's store. */
NTSTATUS property_store_assign(const struct property_name *name, bool is_kept,
                               const struct property_value *value);

#endif
