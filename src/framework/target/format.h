/* What is sent (S10.26-S10.29), and how it is told that it has come back (S10.23). */
#ifndef WDFUSE_FRAMEWORK_TARGET_FORMAT_H
#define WDFUSE_FRAMEWORK_TARGET_FORMAT_H

#include <wdf.h>

#include "framework/target/sent.h"

/* Forgets it, and releases its memory objects. */
void format_release(struct sent *sent);

/* One buffer of a request: a range of a memory object, which may be NULL. STATUS_INTEGER_OVERFLOW:
 * it does not lie inside (S10.27). No reference is taken. */
NTSTATUS format_find_range(WDFMEMORY handle, const WDFMEMORY_OFFSET *range,
                           struct sent_buffer *buffer, const char *function);

/* Each with references on the memory objects of its buffers. The request is not sent. */
void format_transfer(struct sent *sent, WDF_REQUEST_TYPE type, const struct sent_buffer *buffer,
                     uint64_t device_offset);
void format_control(struct sent *sent, WDF_REQUEST_TYPE type, ULONG code,
                    const struct sent_buffer *input, const struct sent_buffer *output);
void format_arguments(struct sent *sent, ULONG code, const struct sent_buffer arguments[3]);

void format_describe_completion(const struct sent *sent, WDF_REQUEST_COMPLETION_PARAMS *params);

#endif
