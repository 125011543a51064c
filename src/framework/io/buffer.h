/* The buffers of a request, for the framework: made when they are asked for (S8.5 to S8.16). */
#ifndef WDFUSE_FRAMEWORK_IO_BUFFER_H
#define WDFUSE_FRAMEWORK_IO_BUFFER_H

#include <stdbool.h>

#include "framework/io/request.h"

/* How the data of a read, write or device control travel: METHOD_*. */
unsigned request_method(const struct wdf_request *request);

/* For request_prepare_output: it is not there yet. */
bool request_make_output(struct wdf_request *request);

/*
 * Makes the output buffer of a read or device control, if it is not there yet. False when there is
 * no memory.
 */
static inline bool request_prepare_output(struct wdf_request *request)
{
    return request->io.output != NULL || request->io.is_by_address || request_make_output(request);
}

#endif
