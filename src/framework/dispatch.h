/* Routing of requests to queues (S5). io_request_submit, the way in, is io.h's. */
#ifndef WDFUSE_FRAMEWORK_DISPATCH_H
#define WDFUSE_FRAMEWORK_DISPATCH_H

#include "framework/queue.h"

struct wdf_request;

/* Gives a read, write or device control to its queue, or answers it if there is none. Without the io_lock. */
void dispatch_transfer(struct wdf_request *request, enum queue_entry_rule rule);

#endif
