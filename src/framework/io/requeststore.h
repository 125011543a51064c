/*
 * Where the memory of requests goes when they have ended, and comes from (S7.11).
 *
 *     put --> resting --(so many others later)--> spare, kept --> take
 *                                                     |
 *                                                     +--> the heap, when enough is kept
 *
 * A driver that uses a request after it has completed it must not get hold of another client's. So
 * the memory rests before it is used again: the last STORE_RESTING requests of a device are dead
 * objects that say who has completed them. Then the next use lies one place further in its block,
 * so that a handle is the number of a use as well as an address; what was at the earlier places
 * keeps saying who has completed it until the places begin anew. A handle is another request's
 * after STORE_PLACES uses of the block, and STORE_RESTING requests at least between each two.
 *
 * What a driver may still point to is poisoned from the end of a use to the next (port/poison.h):
 * memory objects, MDLs, context and buffer.
 */
#ifndef WDFUSE_FRAMEWORK_IO_REQUESTSTORE_H
#define WDFUSE_FRAMEWORK_IO_REQUESTSTORE_H

#include <stdatomic.h>
#include <stddef.h>

#include "port/thread.h"

struct object_class;
struct io_device;
struct wdf_object;
struct wdf_request;

/* A power of two. */
#define STORE_RESTING 16

PORT_LOCK_KIND(store_lock);

struct request_store {
    _Atomic(struct wdf_request *) resting[STORE_RESTING];
    _Atomic(unsigned) puts;

    /* One lies apart, since most of the time one is all that is needed. */
    _Atomic(struct wdf_request *) spare;
    struct port_mutex store_lock; /* a leaf */
    struct wdf_request *kept GUARDED_BY(store_lock);
    unsigned kept_count GUARDED_BY(store_lock);
    size_t kept_bytes GUARDED_BY(store_lock); /* of their buffers */
};

void request_store_init(struct request_store *store);
/* Frees what is in it. */
void request_store_destroy(struct request_store *store);

/* A new request of that class, with a reference on its device; NULL when there is no memory. */
struct wdf_request *request_allocate(struct io_device *device, const struct object_class *class);

/* The classes' free: the last reference is gone. */
void request_free(struct wdf_object *object);

/* For the next use, which is not to see anything of this one: clears all but the object itself,
 * whom it belongs to, and its buffer. */
void request_clear(struct wdf_request *request);

/*
 * The two ends of a request's rest, for one that does not come from a store each time: it is a dead
 * object and its memory is poisoned, but for the context of a reserved one, which goes on (S6.79).
 * To wake is a bug check if the driver is seen to have written to it.
 */
void request_lay_to_rest(struct wdf_request *request);
void request_wake(struct wdf_request *request);

#endif
