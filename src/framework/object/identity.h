/*
 * Who the driver of this process is, as far as its objects and requests need to know. The driver
 * itself, and its loading, are in device/driver.h.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_IDENTITY_H
#define WDFUSE_FRAMEWORK_OBJECT_IDENTITY_H

#include <stdbool.h>

struct wdf_object;

/* The name is for messages; it is copied, and cut at 63 bytes. Before the driver's code runs. */
void driver_identity_set_name(const char *name);

/* WdfDriverCreate has made the object; NULL when it is gone. */
void driver_identity_set_object(struct wdf_object *object, bool is_umdf);

const char *driver_name(void);

/* The WDFDRIVER, which is the default parent (S1.12), or NULL before WdfDriverCreate and after
 * unload. */
struct wdf_object *driver_object(void);

/* True once a driver for the user-mode framework is there: the rules marked [U] hold. */
bool driver_is_umdf(void);

#endif
