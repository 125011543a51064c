/*
 * Values of properties: a type and bytes (<devpropdef.h>), and how drivers get them.
 *
 * A device has the properties that the system knows of the lowest device of its stack
 * (property_take_known), and those that drivers have assigned (propertystore.h).
 */
#ifndef WDFUSE_FRAMEWORK_REGISTRY_PROPERTYVALUE_H
#define WDFUSE_FRAMEWORK_REGISTRY_PROPERTYVALUE_H

#include <stdbool.h>

#include <wdf.h>

struct device_installation;
struct driver;
struct wdf_device;

struct property_value {
    DEVPROPTYPE type;
    ULONG size;
    void *bytes; /* malloc'ed; NULL only when there are none */
};

/* The stack that has the properties. */
struct property_owner {
    struct driver *driver;                          /* of its lowest device */
    const char *node;                               /* of that device; NULL: it has none */
    struct wdf_device *lowest;                      /* NULL: the stack does not exist yet */
    const struct device_installation *installation; /* NULL: no INF */
};

/*
 * The stack of a device, or the one that an init is for. STATUS_INVALID_DEVICE_REQUEST: a control
 * device, another init than EvtDriverDeviceAdd's, or too high an IRQL; STATUS_INVALID_DEVICE_STATE:
 * a child that its bus driver has not reported yet.
 */
NTSTATUS property_owner_of(struct wdf_device *device, UCHAR irql, const char *function,
                           struct property_owner *owner);
NTSTATUS property_owner_of_init(const struct WDFDEVICE_INIT *init, UCHAR irql, const char *function,
                                struct property_owner *owner);

/*
 * A property that the system knows of the stack (S17.38). STATUS_OBJECT_NAME_NOT_FOUND: the stack
 * lacks it; STATUS_INVALID_PARAMETER_2: there is no such property; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS property_take_known(const struct property_owner *owner, DEVICE_REGISTRY_PROPERTY property,
                             struct property_value *value);

/* The same by key; there are more keys than that. */
NTSTATUS property_take_known_by_key(const struct property_owner *owner, const DEVPROPKEY *key,
                                    struct property_value *value);

/* The key by which the property can be assigned; false: it has none. */
bool property_key_of(DEVICE_REGISTRY_PROPERTY property, DEVPROPKEY *key);

/*
 * Copies a value to a driver's buffer, and frees it. STATUS_BUFFER_TOO_SMALL: *required is its
 * size. Or puts it into a memory object of that size, for the driver whose code `creator` is in; a
 * value without bytes gives no object, and success (S17.35).
 */
NTSTATUS property_give(struct property_value *value, ULONG length, PVOID buffer, PULONG required);
NTSTATUS property_give_memory(struct property_value *value, PWDF_OBJECT_ATTRIBUTES attributes,
                              const void *creator, WDFMEMORY *memory);

#endif
