/* Routes: which queue gets the requests of a type (S5.5 to S5.9). The way along them is in
 * dispatch.c. */
#include "framework/io/route.h"

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/io/queueapi.h"

/* S5.6: what speaks against giving requests of that type to that queue. With the io_lock held. */
static NTSTATUS check_route_locked(const struct io_device *device, const struct wdf_queue *queue,
                                   WDF_REQUEST_TYPE type) REQUIRES(io_lock)
{
    if (queue->device != device)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (device->routes_are_fixed)
        return STATUS_INVALID_DEVICE_STATE;
    if (!queue_has_handler(queue, type))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (type == WdfRequestTypeCreate)
        return device->routes[type] == NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER; /* S4.16 */
    if (queue == device->default_queue)
        return STATUS_INVALID_DEVICE_REQUEST;
    return device->routes[type] == NULL ? STATUS_SUCCESS : STATUS_WDF_BUSY;
}

NTSTATUS WdfDeviceConfigureRequestDispatching(WDFDEVICE Device, WDFQUEUE Queue,
                                              WDF_REQUEST_TYPE RequestType)
{
    struct io_device *device = io_device_from_handle(Device);
    struct wdf_queue *queue = queue_from_handle(Queue);
    if (RequestType != WdfRequestTypeCreate && RequestType != WdfRequestTypeRead &&
        RequestType != WdfRequestTypeWrite && RequestType != WdfRequestTypeDeviceControl &&
        RequestType != WdfRequestTypeDeviceControlInternal)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S5.6");

    IO_LOCK_SCOPE(device->domain);
    NTSTATUS status = check_route_locked(device, queue, RequestType);
    if (NT_SUCCESS(status))
        device->routes[RequestType] = queue;
    return API_RESULT(status, "S5.6");
}

bool queue_is_routed(const struct wdf_queue *queue)
{
    struct io_device *device = queue->device;
    IO_LOCK_SCOPE(device->domain);
    for (unsigned type = 0; type < RTL_NUMBER_OF(device->routes); type++) {
        if (device->routes[type] == queue)
            return true;
    }
    return device->default_queue == queue;
}

WDFQUEUE WdfDeviceGetDefaultQueue(WDFDEVICE Device)
{
    struct wdf_queue *queue = io_device_from_handle(Device)->default_queue;
    return queue != NULL ? queue_handle(queue) : NULL;
}
