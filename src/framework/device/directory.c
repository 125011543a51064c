/* The folders that user-mode drivers have for files of their own (nt/folder.h). */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <limits.h>

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/object/apiresult.h"
#include "framework/object/string.h"
#include "framework/object/verifier.h"
#include "nt/folder.h"

static NTSTATUS give_folder(struct driver *driver, const char *device, WDFSTRING string,
                            const char *function)
{
    char path[PATH_MAX];
    NTSTATUS status = folder_make_data(&driver->nt, device, path);
    return NT_SUCCESS(status) ? string_set_utf8(string, path, function) : status;
}

NTSTATUS WdfDriverRetrieveDriverDataDirectoryString(WDFDRIVER Driver, WDFSTRING String)
{
    struct driver *driver = object_driver(object_from_handle(Driver, &driver_class, __func__));
    REQUIRE_PARAMETER(String);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdriver.h");
    return API_RESULT(give_folder(driver, NULL, String, __func__), "wdfdriver.h");
}

NTSTATUS WdfDeviceRetrieveDeviceDirectoryString(WDFDEVICE Device, WDFSTRING String)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(String);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) || device->init.kind == DEVICE_CONTROL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdevice.h");
    const char *node = device->init.texts.node;
    return API_RESULT(
        give_folder(device->init.driver, node != NULL ? node : "device", String, __func__),
        "wdfdevice.h");
}
