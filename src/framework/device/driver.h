/*
 * WDFDRIVER: the root of the object tree (S3.1-S3.6). One a process.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_DRIVER_H
#define WDFUSE_FRAMEWORK_DEVICE_DRIVER_H

#include <wdf.h>

#include "framework/lifecycle.h"
#include "framework/object/constraints.h"
#include "framework/object/identity.h"
#include "framework/object/object.h"

struct wdf_driver {
    struct wdf_object object;
    WDF_DRIVER_CONFIG config;
    struct constraints constraints;
    struct callback_lock lock; /* their presentation lock (S2.4) */
};

extern const struct object_class driver_class;

/* The driver of this process, or NULL before WdfDriverCreate and after unload. */
struct wdf_driver *driver_current(void);

/* The callback of the driver's own that is under way (underway.h). */
const struct callback_note *driver_callback_note(void);

/* The registry path that DriverEntry gets, zero-terminated. */
PCWSTR driver_registry_path(void);

#endif
