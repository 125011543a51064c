/*
 * What is under way in the driver, for whoever waits for it: callbacks of PnP and of the driver
 * itself, which are few and may take long, are noted while they run.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_UNDERWAY_H
#define WDFUSE_FRAMEWORK_DEVICE_UNDERWAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framework/object/apiresult.h"
#include "framework/object/callback.h"
#include "port/clock.h"

/*
 * Notes it, and enters it as every callback is (callback.h). One at a time, as PnP of a device is.
 * Any thread may look, without a lock: what it sees may be over already.
 */
static inline void callback_begin(struct callback_note *note, struct callback *callback,
                                  const char *name, const void *object)
{
    atomic_store(&note->began, port_clock_rough());
    atomic_store(&note->callback, name);
    if (note->is_start)
        api_start_begin();
    callback_enter(callback, name, object);
}

static inline void callback_end(struct callback_note *note)
{
    callback_leave(callback_innermost);
    if (note->is_start)
        api_start_end();
    atomic_store(&note->callback, NULL);
}

#endif
