/* Queues as handles, and how they are made. */
#ifndef WDFUSE_FRAMEWORK_IO_QUEUEAPI_H
#define WDFUSE_FRAMEWORK_IO_QUEUEAPI_H

#include "framework/io/queue.h"

extern const struct object_class queue_class;

#define queue_from_handle(handle)                                                                  \
    CONTAINING_RECORD(object_from_handle((handle), &queue_class, __func__), struct wdf_queue,      \
                      object)

/* A manual queue of the framework's own, without callbacks. NULL when there is no memory. */
struct wdf_queue *queue_create_internal(struct io_device *device);

#endif
