/*
 * Operations as requests. See operations.h.
 *
 * An operation makes a request, registers it for its interrupt and submits it. answer() is called
 * once, from whatever thread completes the request, and replies. An interrupt finds the request
 * until it is answered, and holds a reference while it cancels it, without any lock: cancelling
 * calls the driver.
 */
#include "transport/operations.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <wdfuse/poll.h>

#include "framework/io.h"
#include "nt/status.h"
#include "port/log.h"
#include "transport/messagestore.h"
#include "transport/node.h"
#include "transport/opener.h"
#include "transport/order.h"
#include "transport/wireanswer.h"

/* What a request keeps about its client. */
struct client {
    struct interruptible interruptible;
    struct wire *wire;
    union {
        /* Create: what becomes the open file. */
        struct open_file *open_file;
        /* Write: what gets `received` back. */
        struct message_store *store;
    };
    /* Write: the memory that its message was received in, if the request keeps it; else NULL. */
    void *received;
    /* A device control of Windows: the answer is a structure. */
    bool answers_control;
};

static void answer(struct io_request *request, NTSTATUS status, size_t information);
static void wake_poller(void *poller);
static void forget_poller(void *poller);

static const struct io_transport operations_transport = {
    .name = "fuse",
    .complete = answer,
    .wake_poller = wake_poller,
    .forget_poller = forget_poller,
};

static struct client *client_of(struct io_request *request)
{
    static_assert(sizeof(struct client) <= IO_CLIENT_SIZE, "it fits");
    return io_request_client(request);
}

static struct wire_caller caller_of(const struct client *client)
{
    return (struct wire_caller){client->wire, client->interruptible.unique};
}

static struct open_file *file_of(uint64_t handle)
{
    return (struct open_file *)(uintptr_t)handle;
}

/* ---- interrupts ---- */

static struct io_request *request_of(struct interruptible *interruptible)
{
    struct client *client = CONTAINING_RECORD(interruptible, struct client, interruptible);
    return CONTAINING_RECORD((void *)client, struct io_request, client);
}

static void keep(struct interruptible *interruptible)
{
    io_request_reference(request_of(interruptible));
}

/*
 * An interrupt that has overtaken its message is remembered. If another one is forgotten for it,
 * the kernel is asked to send that one again, as long as its message has no answer.
 */
void operation_interrupt(struct wire *wire, uint64_t unique)
{
    uint64_t displaced;
    struct interruptible *found = interrupts_find(&wire->interrupts, unique, keep, &displaced);
    if (found != NULL) {
        io_request_cancel(request_of(found));
        io_request_dereference(request_of(found));
    } else if (displaced != 0) {
        wire_answer_error((struct wire_caller){wire, displaced | WIRE_INTERRUPT_BIT}, EAGAIN);
    }
}

static _Thread_local bool is_interrupted_before;

void operation_set_interrupted(bool value)
{
    is_interrupted_before = value;
}

/* ---- making and submitting ---- */

static void name_opener(struct io_request *request, const struct fuse_in_header *client)
{
    request->requestor_user = client->uid;
    request->requestor_process = opener_process((pid_t)client->pid);
}

/* Returns NULL without memory; the client has then been told. */
static struct io_request *request_begin(const struct wire_call *call, struct io_device *device,
                                        WDF_REQUEST_TYPE type, uint32_t open_flags)
{
    struct io_request *request = io_request_create(device, &operations_transport);
    if (request == NULL) {
        NTSTATUS status =
            io_request_create_reserved(device, &operations_transport, type, open_flags, &request);
        if (!NT_SUCCESS(status)) {
            wire_answer_error(call->caller, nt_status_to_errno(status, false));
            return NULL;
        }
    }
    request->type = type;
    request->open_flags = open_flags;
    request->requestor_pid = (pid_t)call->header->pid;
    client_of(request)->wire = call->caller.wire;
    client_of(request)->interruptible.unique = call->caller.unique;
    return request;
}

/* The same for a request to an open file. */
static struct io_request *request_begin_on(const struct wire_call *call, uint64_t handle,
                                           WDF_REQUEST_TYPE type, uint32_t open_flags)
{
    struct io_file *file = file_of(handle)->file;
    struct io_request *request = request_begin(call, io_file_device(file), type, open_flags);
    if (request != NULL)
        request->file = file;
    return request;
}

/* Undoes request_begin, and answers the client. */
static void request_refuse(struct io_request *request, int error)
{
    struct wire_caller caller = caller_of(client_of(request));
    io_request_discard(request);
    wire_answer_error(caller, error);
}

/* The client's data: copied, or left in the memory they were received in, which the request then
 * keeps. False without memory for a copy. */
static bool request_take_data(struct io_request *request, const void *data, size_t size)
{
    request->input_length = size;
    if (size == 0)
        return true;
    if (io_write_is_direct(request)) {
        struct client *client = client_of(request);
        client->received = message_store_keep(&client->store);
        request->input = (void *)(uintptr_t)data;
        return true;
    }
    request->input = io_request_buffer(request, size);
    if (request->input != NULL)
        memcpy(request->input, data, size);
    return request->input != NULL;
}

static void request_submit(struct io_request *request)
{
    struct client *client = client_of(request);
    if (interrupts_add(&client->wire->interrupts, &client->interruptible) || is_interrupted_before)
        io_request_cancel(request);
    io_request_submit(request);
}

/* ---- answers ---- */

static int request_errno(const struct io_request *request, NTSTATUS status)
{
    if (status == STATUS_CANCELLED && io_request_is_cancelled(request))
        return EINTR;
    bool is_control = request->type == WdfRequestTypeDeviceControl;
    bool has_no_output = request->is_native_control && request->output_length == 0;
    if (status == STATUS_BUFFER_TOO_SMALL && is_control &&
        (request->input_was_short || has_no_output))
        return EINVAL;
    return nt_status_to_errno(status, is_control);
}

static void close_file(struct open_file *open_file)
{
    transport_remove_file(open_file);
    io_file_release(open_file->file);
    free(open_file);
}

/*
 * A stream has no position: the kernel would otherwise hold a lock around each read and write of a
 * regular file, and whoever shares an open file with a reader that waits (a thread, a child) would
 * sleep there, where no signal reaches. Kernels before 5.2 only know that it can't seek. A close
 * needs no FLUSH: nothing is cached, and only the last close matters to the driver.
 */
static int answer_opened(struct wire_caller caller, struct open_file *open_file)
{
    const struct fuse_open_out answer = {
        .fh = (uintptr_t)open_file,
        .open_flags = FOPEN_DIRECT_IO | FOPEN_STREAM | FOPEN_NONSEEKABLE | FOPEN_NOFLUSH |
                      FOPEN_PARALLEL_DIRECT_WRITES,
    };
    return wire_answer_data(caller, &answer, sizeof(answer));
}

static void grant_open(struct wire_caller caller, struct open_file *open_file)
{
    struct node *node = open_file->node;

    /* The client is gone: the kernel has dropped the open, and will not release it. */
    if (answer_opened(caller, open_file) != -ENOENT)
        return;
    close_file(open_file);
    node_leave(node);
}

/* The node is left last, because the session that has to reply goes with it. */
static void refuse_open(struct wire_caller caller, struct open_file *open_file, int error)
{
    struct node *node = open_file->node;
    free(open_file);
    wire_answer_error(caller, error);
    node_leave(node);
}

static void answer_open(struct io_request *request, struct wire_caller caller, int error)
{
    struct open_file *open_file = client_of(request)->open_file;
    if (error != 0) {
        refuse_open(caller, open_file, error);
        return;
    }
    open_file->file = request->file;
    open_file->process = request->requestor_process;
    transport_add_file(open_file); /* first: the release may follow at once */
    grant_open(caller, open_file);
}

static void answer_write(struct wire_caller caller, size_t size)
{
    const struct fuse_write_out answer = {.size = (uint32_t)size};
    wire_answer_data(caller, &answer, sizeof(answer));
}

/*
 * A warning is an errno for the client, but its bytes still arrive. For a success, ioctl(2) returns
 * the Information of a bare control, which has no bytes to count, or else the control's own result,
 * usually 0.
 */
static void answer_native(const struct io_request *request, struct wire_caller caller,
                          NTSTATUS status, int error, size_t information)
{
    int result = io_control_is_bare(request) ? (int)information : request->control_result;
    const struct iovec bytes = {.iov_base = request->output, .iov_len = information};
    bool has_bytes = request->output != NULL && information > 0;
    if (NT_ERROR(status))
        wire_answer_error(caller, error);
    else
        wire_answer_ioctl(caller, error != 0 ? -error : result, &bytes, has_bytes ? 1 : 0);
}

/* Even for a failure the whole structure is sent: it tells the client the status. */
static void answer_control(const struct io_request *request, struct wire_caller caller,
                           NTSTATUS status, int error, size_t information)
{
    bool has_bytes = request->output != NULL && !request->output_is_data;
    struct wdfuse_control_answer control = {
        .size = sizeof(control),
        .status = status,
        .returned = (uint32_t)information,
        .copied = has_bytes ? (uint32_t)information : 0,
    };
    const struct iovec parts[] = {
        {.iov_base = &control, .iov_len = sizeof(control)},
        {.iov_base = request->output, .iov_len = control.copied},
    };
    wire_answer_ioctl(caller, -error, parts, control.copied > 0 ? 2 : 1);
}

static void answer(struct io_request *request, NTSTATUS status, size_t information)
{
    struct client *client = client_of(request);
    struct wire_caller caller = caller_of(client);
    struct message_store *store = client->store;
    void *received = client->received;
    interrupts_remove(&caller.wire->interrupts, &client->interruptible);

    int error = request_errno(request, status);
    log_debug("process %d: request type %d answered, %s, errno %d, %zu bytes",
              (int)request->requestor_pid, (int)request->type, nt_status_name(status), error,
              information);
    order_note_reply();

    if (NT_ERROR(status))
        information = 0; /* no bytes come with a failure */

    if (request->type == WdfRequestTypeCreate)
        answer_open(request, caller, error);
    else if (client->answers_control)
        answer_control(request, caller, status, error, information);
    else if (request->type == WdfRequestTypeDeviceControl)
        answer_native(request, caller, status, error, information);
    else if (error != 0)
        wire_answer_error(caller, error);
    else if (request->type == WdfRequestTypeRead)
        wire_answer_data(caller, request->output, information);
    else
        answer_write(caller, information);
    if (received != NULL)
        message_store_put(store, received);
}

/* ---- operations ---- */

static void submit_open(const struct wire_call *call, struct io_device *device,
                        struct open_file *open_file, uint32_t flags)
{
    struct io_request *request = request_begin(call, device, WdfRequestTypeCreate, flags);
    if (request == NULL) {
        node_leave(open_file->node);
        free(open_file);
        return;
    }
    name_opener(request, call->header);
    open_file->open_flags = flags;
    open_file->process = request->requestor_process;
    client_of(request)->open_file = open_file;
    request_submit(request);
}

void operation_open(const struct wire_call *call, const struct fuse_open_in *open,
                    struct node *node)
{
    struct open_file *open_file = calloc(1, sizeof(*open_file));
    struct io_device *device = node_device(node);
    if (open_file == NULL || device == NULL) {
        free(open_file);
        wire_answer_error(call->caller, device == NULL ? ENODEV : ENOMEM);
        node_leave(node);
    } else {
        open_file->node = node;
        submit_open(call, device, open_file, open->flags);
    }
    if (device != NULL)
        io_device_dereference(device);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void operation_read(const struct wire_call *call, const struct fuse_read_in *read, uint64_t offset)
{
    struct io_request *request = request_begin_on(call, read->fh, WdfRequestTypeRead, read->flags);
    if (request == NULL)
        return;
    request->output_length = least(read->size, IO_TRANSFER_MAX);
    request->offset = offset;
    request_submit(request);
}

void operation_write(const struct wire_call *call, const struct fuse_write_in *write,
                     uint64_t offset)
{
    struct io_request *request =
        request_begin_on(call, write->fh, WdfRequestTypeWrite, write->flags);
    if (request == NULL)
        return;
    if (!request_take_data(request, call->data, least(write->size, IO_TRANSFER_MAX))) {
        request_refuse(request, ENOMEM);
        return;
    }
    request->offset = offset;
    request_submit(request);
}

struct io_device *operation_device(const struct fuse_ioctl_in *control)
{
    return io_file_device(file_of(control->fh)->file);
}

/* A device control whose code and lengths are still to be set. */
static struct io_request *control_begin(const struct wire_call *call,
                                        const struct fuse_ioctl_in *control)
{
    struct io_request *request = request_begin_on(call, control->fh, WdfRequestTypeDeviceControl,
                                                  file_of(control->fh)->open_flags);
    if (request != NULL)
        request->requestor_is_32bit = (control->flags & FUSE_IOCTL_COMPAT) != 0;
    return request;
}

/* Sets the bytes that have come: the client's input, and an output buffer that is data (or
 * NULL). */
static void control_submit(struct io_request *request, const void *input, const void *output)
{
    if (!io_request_control_buffers(request)) {
        request_refuse(request, ENOMEM);
        return;
    }
    if (request->input_length > 0)
        memcpy(request->input, input, request->input_length);
    if (request->output_is_data)
        memcpy(request->output, output, request->output_length);
    request_submit(request);
}

void operation_ioctl(const struct wire_call *call, const struct fuse_ioctl_in *control)
{
    struct io_request *request = control_begin(call, control);
    if (request == NULL)
        return;
    request->control_code = control->cmd;
    request->is_native_control = true;
    request->input_length = control->in_size;
    request->output_length = least(control->out_size, IO_TRANSFER_MAX);
    if (io_control_is_bare(request)) {
        request->is_by_address = true;
        request->client_input = request->client_output = control->arg;
    }
    control_submit(request, call->data, NULL);
}

void operation_control(const struct wire_call *call, const struct fuse_ioctl_in *in,
                       const struct control_call *windows)
{
    const struct wdfuse_control *control = &windows->control;
    struct io_request *request = control_begin(call, in);
    if (request == NULL)
        return;
    client_of(request)->answers_control = true;
    request->control_code = control->code;
    request->input_length = control->input_length;
    request->output_length = control->output_length;
    if (!windows->is_by_address ||
        io_control_method(windows->device, control->code) != METHOD_NEITHER) {
        control_submit(request, windows->input, windows->output);
        return;
    }
    request->is_by_address = true;
    request->client_input = control->input;
    request->client_output = control->output;
    request_submit(request);
}

void operation_release(const struct wire_call *call, const struct fuse_release_in *release)
{
    struct node *node = file_of(release->fh)->node;
    close_file(file_of(release->fh));
    order_note_reply();
    wire_answer_error(call->caller, 0);
    node_leave(node);
}

/* ---- poll ---- */

static_assert(WdfusePollIn == POLLIN && WdfusePollPriority == POLLPRI && WdfusePollOut == POLLOUT &&
                  WdfusePollError == POLLERR && WdfusePollHangup == POLLHUP,
              "the framework's poll events are Linux's");

/* A sleeper in poll(2), by the kernel's name for it. */
struct poller {
    const struct wire *wire;
    uint64_t handle;
};

static struct poller *poller_create(const struct wire *wire, uint64_t handle)
{
    struct poller *poller = malloc(sizeof(*poller));
    if (poller != NULL)
        *poller = (struct poller){wire, handle};
    return poller;
}

/*
 * Tells the kernel to wake whoever sleeps in poll(2); they then ask us again. The message is
 * written here and now, without any lock: nothing is called back. If the file is closed, or the
 * connection ended, the kernel knows no such file, and no harm is done.
 */
static void wake_poller(void *poller)
{
    const struct poller *sleeper = poller;
    order_note_reply();
    wire_wake_poller(sleeper->wire, sleeper->handle);
    free(poller);
}

static void forget_poller(void *poller)
{
    free(poller);
}

/* select(2) looks at the bits of ordinary data. */
static unsigned with_normal_data(unsigned events)
{
    return events | ((events & POLLIN) != 0 ? POLLRDNORM : 0) |
           ((events & POLLOUT) != 0 ? POLLWRNORM : 0);
}

void operation_poll(const struct wire_call *call, const struct fuse_poll_in *poll)
{
    bool is_to_be_told = (poll->flags & FUSE_POLL_SCHEDULE_NOTIFY) != 0;
    struct poller *poller = is_to_be_told ? poller_create(call->caller.wire, poll->kh) : NULL;
    if (is_to_be_told && poller == NULL) {
        wire_answer_error(call->caller, ENOMEM);
        return;
    }
    unsigned events = io_file_poll(file_of(poll->fh)->file, &operations_transport, poller);
    log_debug("process %d: poll answered, events 0x%x%s", (int)call->header->pid, events,
              is_to_be_told ? ", to be told of more" : "");
    order_note_reply();
    const struct fuse_poll_out answer = {.revents = with_normal_data(events)};
    wire_answer_data(call->caller, &answer, sizeof(answer));
}
