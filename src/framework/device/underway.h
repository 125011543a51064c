/*
 * Callbacks under way in the driver, for reports of what a wait is for: those of PnP and of the
 * driver itself, which are few and may take long, are noted while they run.
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
 * Notes the callback, and enters it as every callback (callback.h). One at a time, like PnP of a
 * device. Any thread may read it without a lock: the callback may have returned since.
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
