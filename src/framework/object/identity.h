/*
 * The identity of a driver, as far as its objects and requests need it. The WDFDRIVER itself, and
 * loading, are in device/driver.h; what NT knows of it, in nt/driver.h.
 *
 * Several drivers may be loaded. An object knows its driver by its tree (object_driver). A device
 * and its queues, which are asked often, contain what they need of it. With only a thread and an
 * address, nt/driver.h finds whose code calls.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_IDENTITY_H
#define WDFUSE_FRAMEWORK_OBJECT_IDENTITY_H

#include <stdbool.h>

#include "framework/object/callback.h"
#include "framework/object/object.h"
#include "framework/object/worker.h"
#include "nt/driver.h"

/* A driver that is loaded, from before its DriverEntry until after EvtDriverUnload. */
struct driver {
    struct nt_driver nt;
    /* The WDFDRIVER, which is the default parent (S1.12); NULL before WdfDriverCreate and after
     * unload. Written by the thread that loads and unloads, before and after all others run. */
    struct wdf_object *object;
    struct callback_note callback;       /* of its own, that is under way; any thread may look */
    struct configuration *configuration; /* registry/configuration.h; its own */
    struct work_account works;           /* its work that waits for a worker, or has one */
    /* What clients open after the names of its devices; empty: nothing. Before there are any. */
    UNICODE_STRING file_name;
};

/* The driver of objects whose own driver has been unloaded. */
extern struct driver driver_unloaded;

/* Around its DriverEntry, in its thread: until it has objects, nothing else identifies it.
 * The first returns the driver whose DriverEntry is loading this one, for the second; NULL: it is
 * none. */
struct driver *driver_entry_begin(struct driver *driver);
void driver_entry_end(struct driver *outer);

/* The one whose callback runs on this thread, if it is known at a glance and that is its code. */
static inline struct driver *driver_of_callback(const void *address)
{
    const struct callback *callback = callback_innermost;
    const struct wdf_object *object = callback != NULL ? callback->object : NULL;
    struct driver *driver = object != NULL ? object->driver : NULL;
    bool is_its_code = driver != NULL && (uintptr_t)address >= driver->nt.image_begin &&
                       (uintptr_t)address < driver->nt.image_end;
    return is_its_code ? driver : NULL;
}

/* Whose code returns to that address (nt_driver_of_caller); NULL: nobody's. */
static inline struct driver *driver_of_caller(const void *address)
{
    struct nt_driver *only = atomic_load_explicit(&nt_driver_only, memory_order_acquire);
    struct driver *glanced = only == NULL ? driver_of_callback(address) : NULL;
    if (glanced != NULL)
        return glanced;
    struct nt_driver *driver = only != NULL ? only : nt_driver_search(address);
    return driver != NULL ? CONTAINING_RECORD(driver, struct driver, nt) : NULL;
}

/* Of the caller of the public function that uses this. */
#define DRIVER_CALLING() driver_of_caller(__builtin_return_address(0))

/* For messages: also of NULL. */
static inline const char *driver_name(const struct driver *driver)
{
    return driver != NULL ? driver->nt.name : "?";
}

static inline const char *object_driver_name(const struct wdf_object *object)
{
    return driver_name(object_driver(object));
}

/* The rules marked [U] hold. */
static inline bool driver_is_umdf(const struct driver *driver)
{
    return driver != NULL && driver->nt.is_user_mode;
}

static inline bool object_is_of_umdf(const struct wdf_object *object)
{
    return driver_is_umdf(object_driver(object));
}

/* Whose work it is (worker.h); NULL: nobody waits for it. */
static inline struct work_account *driver_works(struct driver *driver)
{
    return driver != NULL ? &driver->works : NULL;
}

#endif
