/* Passing requests down. See pass.h. */
#include "framework/io/pass.h"

#include <assert.h>

#include <wdf.h>

#include "framework/io/buffer.h"
#include "framework/io/cancel.h"
#include "framework/io/fileobject.h"
#include "framework/io/queue.h"
#include "framework/io/sending.h"
#include "framework/io/statisticscount.h"
#include "port/log.h"

/* What the device below has got knows the one above. */
struct passed {
    struct wdf_request *request;
};

static struct wdf_request *request_above(struct io_request *below)
{
    static_assert(sizeof(struct passed) <= IO_CLIENT_SIZE, "it fits");
    return ((struct passed *)io_request_client(below))->request;
}

/* ---- coming back ---- */

void pass_adopt_answer(struct wdf_request *request, struct io_request *below, NTSTATUS status)
{
    request->io.control_result = below->control_result;
    request->io.input_was_short |= below->input_was_short;
    if (below->type == WdfRequestTypeCreate && NT_SUCCESS(status))
        file_adopt_lower(request->io.file, below->file);
}

static void complete(struct io_request *below, NTSTATUS status, size_t information)
{
    struct wdf_request *request = request_above(below);
    struct io_device *device = request->device;
    pass_adopt_answer(request, below, status);

    io_lock(device->domain);
    request->state = REQUEST_COMPLETED;
    request->below = NULL;
    RemoveEntryList(&request->queue_entry);
    io_unlock(device->domain);
    io_request_dereference(below);
    if (request->is_answered) /* to its driver it has ended when it was sent */
        request_finish_ended(request, status, information);
    else
        request_finish(request, status, information);
}

static bool make_output(struct io_request *below)
{
    struct wdf_request *request = request_above(below);
    bool is_there = request_prepare_output(request);
    below->output = request->io.output;
    return is_there;
}

/* Nobody polls the files of a device below but through the one above. */
static const struct io_transport passing = {
    .name = "device above",
    .is_driver = true,
    .complete = complete,
    .make_output = make_output,
};

/* ---- going down ---- */

void pass_describe(struct io_request *below, const struct wdf_request *request)
{
    const struct io_request *io = &request->io;
    below->type = io->type;
    below->file = io->file != NULL ? io->file->lower : NULL;
    below->input_length = io->input_length;
    below->output_length = io->output_length;
    below->input = io->input;
    below->output = io->output;
    below->control_code = io->control_code;
    below->is_native_control = io->is_native_control;
    below->output_is_data = io->output_is_data;
    below->is_by_address = io->is_by_address;
    below->has_arguments = io->has_arguments;
    below->is_from_driver = io->is_from_driver;
    below->client_input = io->client_input;
    below->client_output = io->client_output;
    below->offset = io->offset;
    below->open_flags = io->open_flags;
    below->requestor_pid = io->requestor_pid;
    below->requestor_process = io->requestor_process;
    below->requestor_user = io->requestor_user;
    below->requestor_is_32bit = io->requestor_is_32bit;
}

bool pass_begin_locked(struct wdf_request *request, struct io_device *device, struct io_file *file)
{
    struct io_request *below = io_request_create(device, &passing);
    if (below == NULL)
        return false;
    pass_describe(below, request);
    if (file != NULL)
        below->file = file;
    ((struct passed *)io_request_client(below))->request = request;
    io_request_reference(below);
    request->below = below;
    request_set_sent_locked(request);
    InsertTailList(&request->device->passed, &request->queue_entry);
    return true;
}

void pass_submit(struct wdf_request *request)
{
    port_lock_is_not_needed(io_lock); /* it is constant until the answer */
    struct io_request *below = request->below;
    if (log_is_enabled(LOG_LEVEL_DEBUG))
        request_log_sent(request, below, "passed");
    history_add_step(SENT, &request->object, (uintptr_t)&request_from_io(below)->object, 0, 0);
    if (request->is_cancelled)
        io_request_cancel(below);
    io_request_submit_sent(below);
}

/* ---- for good ---- */

/* Out of the driver's hands, but still counted as the driver's. */
static NTSTATUS take_from_driver_locked(struct wdf_request *request, struct io_device *device,
                                        struct io_file *file) REQUIRES(io_lock)
{
    if (request->state != REQUEST_OWNED) {
        verifier_find("WdfRequestSend", "S10.15", "WDFREQUEST %p is not owned by the driver",
                      (void *)&request->object);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    history_step();
    statistics_forwarded_locked(request->queue, request);
    RemoveEntryList(&request->queue_entry);
    if (device == NULL) {
        request->state = REQUEST_COMPLETED; /* nobody is there to answer (S5.2) */
    } else if (!pass_begin_locked(request, device, file)) {
        InsertTailList(&request->queue->owned, &request->queue_entry);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

static void count_forgotten(struct wdf_queue *queue)
{
    IO_LOCK_SCOPE(queue->device->domain);
    queue->driver_count--;
    queue_dispatch_step_locked(queue, QUEUE_ENTER_IF_NOBODY_INSIDE);
}

NTSTATUS pass_and_forget(struct wdf_request *request, struct io_device *device,
                         struct io_file *file)
{
    struct io_device *above = request->device;
    io_lock(above->domain);
    struct wdf_queue *queue = request->queue;
    NTSTATUS status = take_from_driver_locked(request, device, file);
    io_unlock(above->domain);
    verifier_say();
    if (!NT_SUCCESS(status))
        return status;
    object_reference(&above->object);
    request_end_for_driver(request);
    if (device != NULL)
        pass_submit(request);
    else
        request_finish_ended(request, STATUS_INVALID_DEVICE_REQUEST, 0);
    /* Not earlier: what comes next comes after it at the device below, too. The queue stays while
     * its driver count is not zero. */
    count_forgotten(queue);
    object_release(&above->object);
    return STATUS_SUCCESS;
}

/* ---- giving up ---- */

struct passed_to pass_find_locked(struct wdf_request *request)
{
    struct passed_to to = {.request = request, .below = request->below};
    struct sending *sending = request->sending;
    object_reference(&request->object);
    if (to.below != NULL)
        io_request_reference(to.below);
    else if (sending != NULL)
        to.holder = sending->reference_holder(sending);
    return to;
}

bool pass_give_up(const struct passed_to *to)
{
    bool is_told = false;
    if (to->below != NULL) {
        is_told = request_cancel_told(request_from_io(to->below));
        io_request_dereference(to->below);
    }
    if (to->holder != NULL) {
        is_told = to->request->sending->give_up(to->request->sending, to->holder);
        object_release(to->holder);
    }
    object_release(&to->request->object);
    return is_told;
}
