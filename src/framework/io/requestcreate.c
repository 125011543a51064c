/*
 * Requests that the driver makes (S7.51 to S7.62), and WdfRequestReuse, which also takes a queue's.
 *
 * A created request has no device, no queue and no packet: there is nothing to complete or to
 * cancel, and it ends by WdfObjectDelete. There are no I/O targets to send it to yet, so that a
 * target is always NULL.
 */
#include "framework/io/requestcreate.h"

#include <stdlib.h>

#include <wdf.h>

#include "framework/io/request.h"
#include "framework/object/apiresult.h"
#include "framework/object/creation.h"
#include "framework/object/verifier.h"

static void free_created(struct wdf_object *object)
{
    free(CONTAINING_RECORD(object, struct wdf_request, object));
}

const struct object_class created_request_class = {
    .name = "WDFREQUEST",
    .free = free_created,
};

NTSTATUS WdfRequestCreate(PWDF_OBJECT_ATTRIBUTES RequestAttributes, WDFIOTARGET IoTarget,
                          WDFREQUEST *Request)
{
    REQUIRE_PARAMETER(Request);
    *Request = NULL;
    if (IoTarget != NULL)
        verifier_bugcheck(WDF_INVALID_HANDLE, __func__, "%p is not a WDFIOTARGET handle (S1.2)",
                          (void *)IoTarget);
    struct wdf_object *object;
    NTSTATUS status = creation_allocate(sizeof(struct wdf_request), &created_request_class,
                                        RequestAttributes, 0, &object);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S7.51");
    struct wdf_request *request = CONTAINING_RECORD(object, struct wdf_request, object);
    request->io.type = WdfRequestTypeNoFormat;
    status = creation_adopt(object, RequestAttributes);
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
    IO_LOCK_SCOPE(request->device->domain);
    if (request->state != REQUEST_OWNED && request->state != REQUEST_CANCELABLE) {
        verifier_break("WdfRequestReuse", "S7.4", "WDFREQUEST %p is not owned by the driver",
                       (void *)&request->object);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    request->status = params->Status;
    request->is_cancelled_by_queue = false;
    return STATUS_SUCCESS;
}

static NTSTATUS reuse_created(struct wdf_request *request, const WDF_REQUEST_REUSE_PARAMS *params)
{
    if ((params->Flags & WDF_REQUEST_REUSE_SET_NEW_IRP) && params->NewIrp != NULL)
        return STATUS_NOT_SUPPORTED; /* there are no IRPs here */
    if (params->Flags & WDF_REQUEST_REUSE_MUST_COMPLETE)
        return STATUS_INVALID_PARAMETER; /* there is no packet to complete */
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
