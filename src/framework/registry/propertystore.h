/*
 * Properties that drivers have assigned, of devices and of device interfaces (S17.36, S17.37). They
 * are in the registry of the driver whose device is the lowest of the stack:
 *
 *     Device Properties\NODE              what is kept
 *     Volatile Properties\NODE            what lasts as long as the daemon, and goes before
 *     ...\NODE\by-interface/{...}/...     of an interface of the device
 *
 * A property is a value "{SET} NUMBER" there, with its language after it where it has one: four
 * bytes that say its type, then what it is.
 */
#ifndef WDFUSE_FRAMEWORK_REGISTRY_PROPERTYSTORE_H
#define WDFUSE_FRAMEWORK_REGISTRY_PROPERTYSTORE_H

#include "framework/registry/propertyvalue.h"

struct property_name {
    const struct property_owner *owner;
    const char *interface_path; /* of an interface (device/name.h); NULL: of the device itself */
    const DEVPROPKEY *key;
    LCID language;
};

/* The value is the caller's to free. STATUS_OBJECT_NAME_NOT_FOUND: it was never assigned;
 * STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS property_store_query(const struct property_name *name, struct property_value *value);

/*
 * Replaces the value; a value without bytes removes it. STATUS_INVALID_PARAMETER: it
 * is no value of its type; STATUS_INSUFFICIENT_RESOURCES; what the configuration's store says.
 */
NTSTATUS property_store_assign(const struct property_name *name, bool is_kept,
                               const struct property_value *value);

#endif
