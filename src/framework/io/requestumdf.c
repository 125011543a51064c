/* What only drivers of the user-mode framework ask of a request (S7.45): who asked, in whose name,
 * and for which activity. */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/io/request.h"

#include <wdf.h>

#include "framework/io/buffer.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"

NTSTATUS WdfRequestRetrieveActivityId(WDFREQUEST Request, LPGUID ActivityId)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(ActivityId);
    if (!request->has_activity_id)
        return API_RESULT(STATUS_NOT_FOUND, "wdfrequest.h");
    *ActivityId = request->activity_id;
    return STATUS_SUCCESS;
}

VOID WdfRequestSetActivityId(WDFREQUEST Request, LPGUID ActivityId)
{
    struct wdf_request *request = request_from_handle(Request);
    REQUIRE_PARAMETER(ActivityId);
    request->activity_id = *ActivityId;
    request->has_activity_id = true;
}

WDF_DEVICE_IO_TYPE WdfRequestGetEffectiveIoType(WDFREQUEST Request)
{
    struct wdf_request *request = request_from_handle(Request);
    if (request->device == NULL)
        return WdfDeviceIoBuffered; /* the driver's own has no data */
    if (io_is_control(request->io.type) && !request->io.is_native_control)
        return WdfDeviceIoBuffered; /* S8.15 */
    switch (request_method(request)) {
    case METHOD_BUFFERED:
        return WdfDeviceIoBuffered;
    case METHOD_NEITHER:
        return WdfDeviceIoNeither;
    default:
        return WdfDeviceIoDirect;
    }
}

BOOLEAN WdfRequestGetUserModeDriverInitiatedIo(WDFREQUEST Request)
{
    return request_from_handle(Request)->is_of_user_mode_driver;
}

VOID WdfRequestSetUserModeDriverInitiatedIo(WDFREQUEST Request, BOOLEAN IsUserModeDriverInitiated)
{
    request_from_handle(Request)->is_of_user_mode_driver = IsUserModeDriverInitiated;
}

BOOLEAN WdfRequestIsFromUserModeDriver(WDFREQUEST Request)
{
    return request_from_handle(Request)->io.is_from_driver; /* they are all in user mode */
}

NTSTATUS WdfRequestImpersonate(WDFREQUEST Request, SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
                               PFN_WDF_REQUEST_IMPERSONATE EvtRequestImpersonate, PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    (void)request_from_handle(Request);
    if (EvtRequestImpersonate == NULL || (int)ImpersonationLevel < SecurityAnonymous ||
        ImpersonationLevel > SecurityDelegation)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S7.45");
    /* A process cannot take over another one's credentials: there is no token, and an identity put
     * together from /proc would lack what the kernel keeps to itself. So it is refused. */
    return API_RESULT(STATUS_NOT_SUPPORTED, "S7.45");
}
