/*
 * Forward progress (S6.76 to S6.79): requests that a queue keeps in reserve, with the driver's
 * resources, for when there is no memory for another one.
 *
 *     FREE --io_request_create_reserved--> in use, as any request --last reference dropped--> FREE
 *
 * A reserved request is never destroyed while its queue lives: contexts, and what the driver keeps
 * in them, outlast each use.
 */
#ifndef WDFUSE_FRAMEWORK_IO_RESERVE_H
#define WDFUSE_FRAMEWORK_IO_RESERVE_H

#include <stdbool.h>

#include "framework/io/request.h"

struct wdf_queue;

struct reserve {
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY policy; /* constant */

    /* Guarded by the device's io_lock. */
    struct wdf_request *free; /* linked by next */
    bool is_closed;           /* the queue is going: what comes back is destroyed */
};

extern const struct object_class reserved_request_class;

/*
 * S6.78: EvtIoAllocateRequestResources, for a request that is about to be given to the queue.
 * Without a policy or a callback STATUS_SUCCESS. Without locks.
 */
NTSTATUS reserve_prepare(struct wdf_queue *queue, struct wdf_request *request);

/* The queue is being deleted. Without locks. */
void reserve_close(struct wdf_queue *queue);

#endif
