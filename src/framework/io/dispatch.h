/* Routing of requests to queues (S5). io_request_submit, the way in, is io.h's. */
#ifndef WDFUSE_FRAMEWORK_IO_DISPATCH_H
#define WDFUSE_FRAMEWORK_IO_DISPATCH_H

#include "framework/io/domain.h"

struct wdf_request;

/* Gives a read, write or device control to its queue, or answers it if there is none. Without the
 * io_lock. */
void dispatch_transfer(struct wdf_request *request);

/* The same with the io_lock held, which is dropped for good: what comes later comes after it. With
 * a reference on the device. */
void dispatch_transfer_and_unlock(struct wdf_request *request) RELEASES(io_lock);

#endif
