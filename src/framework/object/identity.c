/* The identity of a driver. See identity.h. */
#include "framework/object/identity.h"

struct driver driver_unloaded = {.nt.name = "(unloaded)"};

static PORT_THREAD_LOCAL struct driver *entered;

/* A callback's object stays while it runs. */
static struct nt_driver *driver_of_thread(void)
{
    const struct callback *innermost = callback_innermost;
    struct driver *driver = innermost == NULL           ? NULL
                            : innermost->object == NULL ? entered
                                                        : object_driver(innermost->object);
    return driver != NULL ? &driver->nt : NULL;
}

struct driver *driver_entry_begin(struct driver *driver)
{
    struct driver *outer = entered;
    entered = driver;
    nt_driver_set_thread_driver(driver_of_thread);
    return outer;
}

void driver_entry_end(struct driver *outer)
{
    entered = outer;
}
