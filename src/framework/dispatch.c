/* Routing: where a submitted request goes, and every answer for one that goes nowhere (S4.7, S5.12, S6.25).
 */
#include "framework/dispatch.h"

#include "framework/callercontext.h"
#include "framework/device.h"
#include "framework/fileobject.h"
#include "framework/queue.h"
#include "framework/request.h"

#include <fcntl.h>

#include <wdf.h>

/* Ends a request that no queue has seen. */
static void reject(struct wdf_request *request, NTSTATUS status, size_t information)
{
    request->state = REQUEST_COMPLETED;
    request_finish(request, status, information);
}

/* From outside into a queue (S6.25, S6.26). */
static void enqueue(struct wdf_queue *queue, struct wdf_request *request, enum queue_entry_rule rule)
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
        queue_dispatch_locked(queue, rule);
    }
    port_mutex_unlock(&device->io_lock);
    if (!NT_SUCCESS(status))
        reject(request, status, 0);
    object_release(&device->object);
}

/* ---- create ---- */

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
    request->io.file = file_create(device, request->io.open_flags, request->io.requestor_pid);
    if (request->io.file == NULL)
        reject(request, STATUS_INSUFFICIENT_RESOURCES, 0);
    else if (queue != NULL)
        enqueue(queue, request, QUEUE_ENTER_ALWAYS); /* S4.8: the queue wins over the callback */
    else if (device->init.evt_file_create != NULL)
        present_create(request);
    else
        reject(request, STATUS_SUCCESS, 0); /* S4.7 step 3 */
}

/* ---- everything else ---- */

/* S14.3: a control code names the access that the file must have been opened for. */
static bool control_is_allowed(const struct io_request *io)
{
    if (io->type != WdfRequestTypeDeviceControl || io->is_native_control)
        return true;
    int mode = (int)io->file->open_flags & O_ACCMODE;
    ULONG access = ACCESS_FROM_CTL_CODE(io->control_code);
    return !((access & FILE_READ_ACCESS) != 0 && mode == O_WRONLY) &&
           !((access & FILE_WRITE_ACCESS) != 0 && mode == O_RDONLY);
}

struct wdf_queue *dispatch_queue_for(struct wdf_device *device, WDF_REQUEST_TYPE type)
{
    struct wdf_queue *queue = device->routes[type];
    return queue != NULL ? queue : device->default_queue;
}

void dispatch_transfer(struct wdf_request *request, enum queue_entry_rule rule)
{
    struct wdf_device *device = request->device;
    bool sees_caller = device->init.evt_io_in_caller_context != NULL;
    struct wdf_queue *queue = dispatch_queue_for(device, request->io.type);
    if (!control_is_allowed(&request->io))
        reject(request, STATUS_ACCESS_DENIED, 0);
    else if (queue == NULL && !sees_caller)
        reject(request, STATUS_INVALID_DEVICE_REQUEST, 0); /* S5.12 */
    else if (sees_caller)
        caller_context_present(request); /* S5.16: before everything that a queue does */
    else
        enqueue(queue, request, rule);
}

/* S4.7 step 1; a create that fails takes it back. */
static NTSTATUS count_open_locked(struct wdf_device *device)
{
    bool is_open = device->open_count++ > 0;
    if (device->state >= DEVICE_REMOVING)
        return STATUS_DEVICE_REMOVED;
    return is_open && device->init.is_exclusive ? STATUS_ACCESS_DENIED : STATUS_SUCCESS; /* S3.17 */
}

/*
 * From here on the request counts, and removal waits for its answer. An error: it goes no further.
 * *is_overlapped: it is not an ordinary one that waits.
 */
static NTSTATUS count_submitted(struct wdf_request *request, bool *is_overlapped)
{
    struct wdf_device *device = request->device;
    PORT_LOCK_SCOPE(&device->io_lock);
    device->outstanding++;
    if (request->io.type == WdfRequestTypeCreate)
        return count_open_locked(device);
    request->io.file->outstanding++;
    *is_overlapped = overlapped_concerns_locked(&request->io);
    return device->state < DEVICE_REMOVED ? STATUS_SUCCESS : STATUS_DEVICE_REMOVED;
}

void io_request_submit(struct io_request *io)
{
    struct wdf_request *request = request_from_io(io);
    bool is_overlapped = false;
    NTSTATUS status = count_submitted(request, &is_overlapped);
    if (!NT_SUCCESS(status))
        reject(request, status, 0);
    else if (io->type == WdfRequestTypeCreate)
        dispatch_create(request);
    else if (is_overlapped)
        overlapped_submit(request);
    else
        dispatch_transfer(request, QUEUE_ENTER_ALWAYS);
}
