/*
 * WDFDRIVER: the root of a driver's object tree (S3.1-S3.6).
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

#endif
