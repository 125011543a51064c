/* Cancellation by the framework. The client's, io_request_cancel, is io.h's. */
#ifndef WDFUSE_FRAMEWORK_IO_CANCEL_H
#define WDFUSE_FRAMEWORK_IO_CANCEL_H

#include <stdbool.h>

struct wdf_request;

/* As io_request_cancel, also of a request that its client has had an answer for (overlapped.h). */
void request_cancel(struct wdf_request *request);

/* As io_request_cancel of a request that a device above has sent: true if somebody was told who can
 * let go of it (S7.35). */
bool request_cancel_told(struct wdf_request *request);

#endif
