/* The end of a PnP or power callback. See call.h. */
#include "framework/device/call.h"

#include "framework/object/verifier.h"
#include "nt/status.h"
#include "port/log.h"

/* S11.6: STATUS_NOT_SUPPORTED would confuse a PnP manager. */
NTSTATUS call_end(struct wdf_device *device, NTSTATUS status, const char *event)
{
    callback_end(&device->callback);
    if (NT_SUCCESS(status))
        return status;
    log_error("driver %s: %s failed: %s", driver_name(device->init.driver), event,
              nt_status_name(status));
    if (status == STATUS_NOT_SUPPORTED)
        verifier_break(event, "S11.6", "returned STATUS_NOT_SUPPORTED");
    if (NT_SUCCESS(device->first_failure))
        device->first_failure = status;
    return status;
}
