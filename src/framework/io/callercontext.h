/*
 * EvtIoInCallerContext (S5.16 to S5.20): the driver sees a request in the thread that submits it,
 * before any queue does.
 */
#ifndef WDFUSE_FRAMEWORK_IO_CALLERCONTEXT_H
#define WDFUSE_FRAMEWORK_IO_CALLERCONTEXT_H

#include "framework/io/domain.h"
#include "framework/io/request.h"

/* Gives a request that was counted as submitted to the callback, which the device must have; from
 * there it goes to that queue, or NULL: to the one for its type. With the io_lock held, which is
 * dropped for good. The request may be gone when this returns. */
void caller_context_present_and_unlock(struct wdf_request *request, struct wdf_queue *queue)
    RELEASES(io_lock);

#endif
