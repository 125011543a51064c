/*
 * WDFDRIVER: the root of the object tree (S3.1-S3.6). One a process.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_DRIVER_H
#define WDFUSE_FRAMEWORK_DEVICE_DRIVER_H

#include <wdf.h>

#include "framework/lifecycle.h"
#include "framework/object/lock.h"
#include "framework/object/object.h"

struct wdf_driver {
    struct wdf_object object;
    WDF_DRIVER_CONFIG config;
    WDF_EXECUTION_LEVEL level;       /* resolved: Passive or Dispatch (S2.2) */
    WDF_SYNCHRONIZATION_SCOPE scope; /* resolved: Device, Queue or None */
    struct callback_lock lock;       /* S2.4 */
    bool is_umdf;                    /* the rules marked [U] hold */
};

extern const struct object_class driver_class;

/* The driver of this process, or NULL before WdfDriverCreate and after unload. */
struct wdf_driver *driver_current(void);

/* True once a driver for the user-mode framework is there. */
bool driver_is_umdf(void);

/* The registry path that DriverEntry gets, zero-terminated. */
PCWSTR driver_registry_path(void);

/* The driver's name, for messages. */
const char *driver_name(void);

/*
 * Creating an object whose default parent is the driver (S1.12, S1.15) takes two steps, so that nobody can
 * reach it before it is whole: allocate (validates the attributes by these rules), then, when the caller has
 * initialised its part, adopt, which links it below its parent. A failing adopt frees the object.
 * STATUS_INSUFFICIENT_RESOURCES, STATUS_DELETE_PENDING, the validator's statuses.
 */
NTSTATUS driver_allocate_object(size_t size, const struct object_class *class,
                                const WDF_OBJECT_ATTRIBUTES *attributes, unsigned rules,
                                struct wdf_object **object);
NTSTATUS driver_adopt_object(struct wdf_object *object, const WDF_OBJECT_ATTRIBUTES *attributes);

#endif
