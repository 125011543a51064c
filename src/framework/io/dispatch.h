/* Routing of requests to queues (S5). io_request_submit, the way in, is io.h's. */
#ifndef WDFUSE_FRAMEWORK_IO_DISPATCH_H
#define WDFUSE_FRAMEWORK_IO_DISPATCH_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/io/domain.h"

struct io_device;
struct wdf_queue;
struct wdf_request;

/* Gives a read, write or device control to its queue, or answers it if there is none. Without the
 * io_lock. */
void dispatch_transfer(struct wdf_request *request);

/* The same with the io_lock held, which is dropped for good: what comes later comes after it. With
 * a reference on the device. */
void dispatch_transfer_and_unlock(struct wdf_request *request) RELEASES(io_lock);

/* What dispatch_transfer does with a request that no driver sees as a packet, or no more; a create,
 * too. */
void dispatch_by_default(struct wdf_request *request);

/* The same to that queue, of its device or of its parent; EvtIoInCallerContext sees it before, or
 * not. */
void dispatch_to_queue(struct wdf_request *request, struct wdf_queue *queue, bool shows_caller);

/* The end of a request that no queue has seen. */
void dispatch_answer(struct wdf_request *request, NTSTATUS status, size_t information);

/* The queue of the device's that takes requests of that type, or NULL (S5.5, S5.12). */
struct wdf_queue *dispatch_queue_for(struct io_device *device, WDF_REQUEST_TYPE type);

#endif
