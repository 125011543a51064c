/* WdfRequestCreate, and WdfRequestReuse, which also takes a queue's (S7.51 to S7.62). */
#include <wdf.h>

#include "framework/io/request.h"
#include "framework/io/requestcreate.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "framework/target/sent.h"

NTSTATUS WdfRequestCreate(PWDF_OBJECT_ATTRIBUTES RequestAttributes, WDFIOTARGET IoTarget,
                          WDFREQUEST *Request)
{
    REQUIRE_PARAMETER(Request);
    *Request = NULL;
    if (IoTarget != NULL && WdfIoTargetGetState(IoTarget) == WdfIoTargetDeleted)
        return API_RESULT(STATUS_INVALID_DEVICE_STATE, "S7.51");
    struct wdf_request *request;
    NTSTATUS status = request_create(RequestAttributes, __builtin_return_address(0), &request);
    if (NT_SUCCESS(status))
        *Request = request_handle(request);
    return API_RESULT(status, "S7.51");
}

/* ---- reuse ---- */

static bool are_valid(const WDF_REQUEST_REUSE_PARAMS *params)
{
    const ULONG known = WDF_REQUEST_REUSE_SET_NEW_IRP | WDF_REQUEST_REUSE_MUST_COMPLETE;
    return params->Size == sizeof(*params) && (params->Flags & ~known) == 0; /* S7.55, S7.60 */
}

/* S7.57. The cancel flag is the queue's: a client has given up whatever the driver does with the
 * request. */
static NTSTATUS reuse_of_client(struct wdf_request *request, const WDF_REQUEST_REUSE_PARAMS *params)
{
    if (params->Flags & WDF_REQUEST_REUSE_SET_NEW_IRP)
        return STATUS_WDF_REQUEST_INVALID_STATE;
    if (params->Flags & WDF_REQUEST_REUSE_MUST_COMPLETE)
        return STATUS_INVALID_DEVICE_REQUEST;
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(request->device->domain);
    if (request->state != REQUEST_OWNED && request->state != REQUEST_CANCELABLE) {
        verifier_find("WdfRequestReuse", "S7.4", "WDFREQUEST %p is not owned by the driver",
                      (void *)&request->object);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    request->status = params->Status;
    request->is_cancelled_by_queue = false;
    if (request->sending != NULL)
        sent_of(request)->is_cancelled = false;
    return STATUS_SUCCESS;
}

static NTSTATUS reuse_created(struct wdf_request *request, const WDF_REQUEST_REUSE_PARAMS *params)
{
    if ((params->Flags & WDF_REQUEST_REUSE_SET_NEW_IRP) && params->NewIrp != NULL)
        return STATUS_NOT_SUPPORTED; /* there are no IRPs here */
    if (params->Flags & WDF_REQUEST_REUSE_MUST_COMPLETE)
        return STATUS_INVALID_PARAMETER; /* there is no packet to complete */
    if (request->sending != NULL && request->sending->is_away(request->sending)) {
        verifier_break("WdfRequestReuse", "S7.56", "WDFREQUEST %p is with its target",
                       (void *)&request->object);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (request->sending != NULL)
        request->sending->release(request->sending);
    request->status = params->Status;
    request->information = 0;
    return STATUS_SUCCESS;
}

NTSTATUS WdfRequestReuse(WDFREQUEST Request, PWDF_REQUEST_REUSE_PARAMS ReuseParams)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(ReuseParams);
    if (!are_valid(ReuseParams))
        return API_RESULT(STATUS_INVALID_PARAMETER, "S7.55");
    return API_RESULT(request->device != NULL ? reuse_of_client(request, ReuseParams)
                                              : reuse_created(request, ReuseParams),
                      "S7.55");
}
