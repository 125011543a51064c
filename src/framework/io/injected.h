/*
 * Completions that fail or come late on demand (wdfctl inject): the driver has done its work, but
 * its client gets another status, or gets it later.
 *
 * A late completion delays the thread that completes: what the driver does after it, and whatever
 * waits for a lock that it holds, is late as well. It waits no longer than somebody waits for the
 * request.
 */
#ifndef WDFUSE_FRAMEWORK_IO_INJECTED_H
#define WDFUSE_FRAMEWORK_IO_INJECTED_H

#include <stdatomic.h>
#include <stdbool.h>

#include "framework/inspect.h"

struct wdf_request;

/* Part of the io_device; guarded by its io_lock, but for the first. */
struct injected {
    atomic_bool is_armed; /* written with the lock */
    struct inspect_injection what;
    unsigned serial; /* of what was asked for */
};

static inline bool injected_is_armed(const struct injected *injected)
{
    return atomic_load_explicit(&injected->is_armed, memory_order_relaxed);
}

/* The request is about to be completed with these, by its driver and without a lock. */
void injected_apply(struct wdf_request *request, NTSTATUS *status, size_t *information);

#endif
