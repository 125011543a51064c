/* Routing: where a submitted request goes, and every answer for one that goes nowhere (S4.7, S5.12, S6.25).
 */
#include "framework/device.h"
#include "framework/fileobject.h"
#include "framework/queue.h"
#include "framework/request.h"

#include <wdf.h>

/* Ends a request that no queue has seen. */
static void reject(struct wdf_request *request, NTSTATUS status, size_t information)
{
    request->state = REQUEST_COMPLETED;
    request_finish(request, status, information);
}

/* From outside into a queue (S6.25, S6.26). */
static void enqueue(struct wdf_queue *queue, struct wdf_request *request)
{
    struct wdf_device *device = queue->device;
    NTSTATUS status = STATUS_SUCCESS;
    object_reference(&device->object);
    port_mutex_lock(&device->io_lock);
    if (!queue->accepts) {
        status = STATUS_INVALID_DEVICE_STATE;
    } else if (request->is_cancelled) {
        status = STATUS_CANCELLED;
    } else {
        queue_append_locked(queue, request);
        queue_dispatch_locked(queue, QUEUE_ENTER_ALWAYS);
    }
    port_mutex_unlock(&device->io_lock);
    if (!NT_SUCCESS(status))
        reject(request, status, 0);
    object_release(&device->object);
}

/* ---- create ---- */

/* S3.17: an exclusive device that somebody has open; this open is counted already. */
static bool is_open_elsewhere(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&device->io_lock);
    return device->init.is_exclusive && device->open_count > 1;
}

/* S4.7 step 5b: the driver's callback, in the opener's thread, outside of every queue that the driver knows.
 */
static void present_create(struct wdf_request *request)
{
    struct wdf_device *device = request->device;
    WDFFILEOBJECT file = file_handle(request->io.file);
    object_reference(&device->object);
    port_mutex_lock(&device->io_lock);
    bool is_cancelled = request->is_cancelled;
    if (!is_cancelled)
        queue_own_locked(device->file_create_queue, request);
    port_mutex_unlock(&device->io_lock);

    if (is_cancelled) {
        reject(request, STATUS_CANCELLED, 0);
    } else {
        callback_lock_acquire(device->file_lock, &device->object);
        device->init.evt_file_create(device_handle(device), request_handle(request), file);
        callback_lock_release(device->file_lock, &device->object);
    }
    object_release(&device->object);
}

static void dispatch_create(struct wdf_request *request)
{
    struct wdf_device *device = request->device;
    struct wdf_queue *queue = device->routes[WdfRequestTypeCreate];
    if (is_open_elsewhere(device)) {
        reject(request, STATUS_ACCESS_DENIED, 0); /* S3.17 */
        return;
    }
    request->io.file = file_create(device, request->io.open_flags, request->io.requestor_pid);
    if (request->io.file == NULL)
        reject(request, STATUS_INSUFFICIENT_RESOURCES, 0);
    else if (queue != NULL)
        enqueue(queue, request); /* S4.8: the queue wins over the callback */
    else if (device->init.evt_file_create != NULL)
        present_create(request);
    else
        reject(request, STATUS_SUCCESS, 0); /* S4.7 step 3 */
}

/* ---- everything else ---- */

/* S8.14: a device control's input and output share one buffer, which must not move once the driver has seen
 * it. */
static bool reserve_control_buffer(struct wdf_request *request)
{
    struct io_request *io = &request->io;
    size_t length = io->input_length > io->output_length ? io->input_length : io->output_length;
    if (!request_reserve_buffer(request, length))
        return false;
    io->input = io->input_length > 0 ? request->buffer : NULL;
    return true;
}

static void dispatch_transfer(struct wdf_request *request)
{
    struct wdf_device *device = request->device;
    struct wdf_queue *queue = device->routes[request->io.type];
    if (queue == NULL)
        queue = device->default_queue;
    if (queue == NULL)
        reject(request, STATUS_INVALID_DEVICE_REQUEST, 0); /* S5.12 */
    else if (request->io.type == WdfRequestTypeDeviceControl && !reserve_control_buffer(request))
        reject(request, STATUS_INSUFFICIENT_RESOURCES, 0);
    else
        enqueue(queue, request);
}

/* From here on the request counts, and removal waits for its answer. False: the device is gone. */
static bool count_submitted(struct wdf_request *request)
{
    struct wdf_device *device = request->device;
    PORT_LOCK_SCOPE(&device->io_lock);
    device->outstanding++;
    if (request->io.type == WdfRequestTypeCreate) {
        device->open_count++; /* S4.7 step 1; a create that fails takes it back */
        return device->state < DEVICE_REMOVING;
    }
    request->io.file->outstanding++;
    return device->state < DEVICE_REMOVED;
}

void io_request_submit(struct io_request *io)
{
    struct wdf_request *request = request_from_io(io);
    if (!count_submitted(request))
        reject(request, STATUS_DEVICE_REMOVED, 0);
    else if (io->type == WdfRequestTypeCreate)
        dispatch_create(request);
    else
        dispatch_transfer(request);
}
