/*
 * A request and the system call that answers it. A call that may wait is made in another thread
 * (blocking.h), and interrupted when the request is cancelled.
 */
#ifndef WDFUSE_LINUXFILE_CALL_H
#define WDFUSE_LINUXFILE_CALL_H

#include <stdbool.h>
#include <sys/types.h>

#include <wdf.h>

#include "framework/io.h"
#include "linuxfile/blocking.h"
#include "linuxfile/openfile.h"

/* The context of a request. */
typedef struct call {
    struct blocking blocking;
    WDFREQUEST request;
    struct open_file *file;
    size_t done;          /* of a write: bytes written so far */
    bool may_linger;      /* a read, before it is queued */
    uint64_t waits_since; /* of a read that has found nothing; 0: it is not to be known */
    NTSTATUS status;
    size_t information;
} call;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(call, call_of)

/* The client's request. */
const struct io_request *call_io(WDFREQUEST request);

struct call *call_begin(WDFREQUEST request, struct open_file *file);

/* Submits it to a thread, which completes the request. Without a thread the request fails. */
void call_submit(struct call *call, void (*run)(struct blocking *blocking));

/* Whether to repeat a call that returned this. */
bool call_is_to_repeat(const struct call *call, ssize_t result);

/* What the system call returned, and its errno, as the request's status and Information. */
void call_set_result(struct call *call, ssize_t result, bool is_control);

void call_complete(struct call *call);

#endif
