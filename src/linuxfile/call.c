/* Calls of Linux. See call.h. */
#include "linuxfile/call.h"

#include <errno.h>

#include "framework/io/request.h"
#include "linuxfile/linuxdevice.h"
#include "port/log.h"

const struct io_request *call_io(WDFREQUEST request)
{
    return &request_from_handle(request)->io;
}

void call_complete(struct call *call)
{
    WdfRequestCompleteWithInformation(call->request, call->status, call->information);
}

static VOID EvtCancel(WDFREQUEST Request)
{
    struct call *call = call_of(Request);
    switch (blocking_cancel(&call->blocking)) {
    case BLOCKING_RUNNING:
        return; /* end_call completes it */
    case BLOCKING_FINISHED:
        call_complete(call);
        return;
    default:
        WdfRequestComplete(Request, STATUS_CANCELLED);
    }
}

static bool let_go_of_call(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    return NT_SUCCESS(WdfRequestUnmarkCancelable(call->request));
}

static void end_call(struct blocking *blocking)
{
    call_complete(CONTAINING_RECORD(blocking, struct call, blocking));
}

void call_submit(struct call *call, void (*run)(struct blocking *blocking))
{
    WDFREQUEST request = call->request;
    blocking_init(&call->blocking, run, let_go_of_call, end_call);
    WdfObjectReference(request); /* a cancellation may end it before it has begun */
    NTSTATUS status = WdfRequestMarkCancelableEx(request, EvtCancel);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(request, status);
    } else if (!blocking_submit(&call->blocking) &&
               NT_SUCCESS(WdfRequestUnmarkCancelable(request))) {
        log_error("no thread can be had for a call that may wait");
        WdfRequestComplete(request, STATUS_INSUFFICIENT_RESOURCES);
    }
    WdfObjectDereference(request);
}

struct call *call_begin(WDFREQUEST request, struct open_file *file)
{
    struct call *call = call_of(request);
    *call = (struct call){.request = request, .file = file};
    return call;
}

bool call_is_to_repeat(const struct call *call, ssize_t result)
{
    return result < 0 && errno == EINTR && !call->blocking.is_cancelled;
}

void call_set_result(struct call *call, ssize_t result, bool is_control)
{
    int error = errno;
    call->information = result > 0 ? (size_t)result : 0;
    if (result >= 0)
        call->status = STATUS_SUCCESS;
    else if (call->blocking.is_cancelled && error == EINTR)
        call->status = STATUS_CANCELLED;
    else
        call->status = linux_device_status(call->file->device, error, is_control);
}
