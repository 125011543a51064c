/*
 * Operations as requests. See operations.h.
 *
 * An operation makes a request, registers for its interrupt and submits it; answer() is called
 * once, from whatever thread completes it, and replies.
 *
 * Interrupts: libfuse calls the interrupt function with a lock of that handle held, and takes the
 * same lock when we deregister before the reply. To cancel from there would call the driver under
 * that lock, and the driver may well wait for a lock of its own whose holder is just about to
 * reply. So the function only notes the request, with a reference, for the thread it runs in; the
 * session cancels it as soon as libfuse is left (operation_cancel_interrupted). Deregistering waits
 * for a function that is running: it never sees a request that is gone.
 */
#include "transport/operations.h"

#include <assert.h>
#include <errno.h>
#include <linux/fuse.h>
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

/* What a request remembers of its client. */
struct fuse_client {
    fuse_req_t handle;
    union {
        /* Create: what becomes the open file. */
        struct open_file *open_file;
        /* Write: what gets `received` back. */
        struct message_store *store;
    };
    /* Write: the memory that its message was received in, and which the request keeps; NULL:
     * none. */
    void *received;
    /* A device control of Windows: the answer is a structure. */
    bool answers_control;
};

/* One is enough: a thread processes one message at a time, and a message interrupts one request at
 * most. */
static _Thread_local struct io_request *interrupted_request;

static void answer(struct io_request *request, NTSTATUS status, size_t information);
static void wake_poller(void *poll_handle);
static void forget_poller(void *poll_handle);

static const struct io_transport operations_transport = {
    .name = "fuse",
    .complete = answer,
    .wake_poller = wake_poller,
    .forget_poller = forget_poller,
};

static struct fuse_client *client_of(struct io_request *request)
{
    static_assert(sizeof(struct fuse_client) <= IO_CLIENT_SIZE, "it fits");
    return io_request_client(request);
}

static struct open_file *info_file(const struct fuse_file_info *info)
{
    return (struct open_file *)(uintptr_t)info->fh;
}

static void note_interrupt(fuse_req_t handle, void *data)
{
    (void)handle;
    struct io_request *request = data;
    if (interrupted_request != NULL)
        return;
    io_request_reference(request);
    interrupted_request = request;
}

static _Thread_local bool is_interrupted_before;

void operation_set_interrupted(bool value)
{
    is_interrupted_before = value;
}

void operation_cancel_interrupted(void)
{
    struct io_request *request = interrupted_request;
    if (request == NULL)
        return;
    interrupted_request = NULL;
    io_request_cancel(request);
    io_request_dereference(request);
}

static void name_opener(struct io_request *request, const struct fuse_ctx *client)
{
    request->requestor_user = client->uid;
    request->requestor_process = opener_process(client->pid);
}

/* Returns NULL when there is no memory; the client has been told then. */
static struct io_request *request_begin(fuse_req_t handle, struct io_device *device,
                                        WDF_REQUEST_TYPE type, const struct fuse_file_info *info)
{
    struct io_request *request = io_request_create(device, &operations_transport);
    if (request == NULL) {
        NTSTATUS status = io_request_create_reserved(device, &operations_transport, type,
                                                     (uint32_t)info->flags, &request);
        if (!NT_SUCCESS(status)) {
            fuse_reply_err(handle, nt_status_to_errno(status, false));
            return NULL;
        }
    }
    request->type = type;
    request->open_flags = (uint32_t)info->flags;
    request->requestor_pid = fuse_req_ctx(handle)->pid;
    if (type == WdfRequestTypeCreate)
        name_opener(request, fuse_req_ctx(handle));
    client_of(request)->handle = handle;
    if (type != WdfRequestTypeCreate)
        request->file = info_file(info)->file;
    return request;
}

/* Undoes request_begin, and tells the client. */
static void request_refuse(struct io_request *request, int error)
{
    fuse_req_t handle = client_of(request)->handle;
    io_request_discard(request);
    fuse_reply_err(handle, error);
}

/*
 * What the client writes: copied, or left in the memory it was received in, which the request keeps
 * then. False when there is no memory for a copy.
 */
static bool request_take_data(struct io_request *request, const void *data, size_t size)
{
    request->input_length = size;
    if (size == 0)
        return true;
    if (io_write_is_direct(request)) {
        struct fuse_client *client = client_of(request);
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
    fuse_req_interrupt_func(client_of(request)->handle, note_interrupt, request);
    operation_cancel_interrupted(); /* the interrupt was here before the request */
    if (is_interrupted_before)
        io_request_cancel(request);
    io_request_submit(request);
}

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
 * A stream has no position: the kernel would hold a lock around it during each read and write of a
 * regular file, and who shares an open file with a reader that waits (a thread, a child) would
 * sleep there, where no signal reaches. libfuse has no word for it, so that this is fuse_reply_open
 * with the flags of our own. Kernels before 5.2 know only that one can't seek. A close needs no
 * FLUSH: nothing is cached, and only the last close means anything to the driver.
 */
static int reply_open_flags(fuse_req_t handle, struct open_file *open_file)
{
    struct fuse_open_out answer = {
        .fh = (uintptr_t)open_file,
        .open_flags = FOPEN_DIRECT_IO | FOPEN_STREAM | FOPEN_NONSEEKABLE | FOPEN_NOFLUSH,
    };
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 15)
    answer.open_flags |= FOPEN_PARALLEL_DIRECT_WRITES;
#endif
    return fuse_reply_buf(handle, (const char *)&answer, sizeof(answer));
}

static void reply_open(fuse_req_t handle, struct open_file *open_file)
{
    struct node *node = open_file->node;

    /* The client is gone: the kernel has dropped the open, and will not release it. */
    if (reply_open_flags(handle, open_file) != -ENOENT)
        return;
    close_file(open_file);
    node_leave(node);
}

/* The node is left last: with it goes the session that has to reply. */
static void refuse_open(fuse_req_t handle, struct open_file *open_file, int error)
{
    struct node *node = open_file->node;
    free(open_file);
    fuse_reply_err(handle, error);
    node_leave(node);
}

static void answer_open(struct io_request *request, fuse_req_t handle, int error)
{
    struct open_file *open_file = client_of(request)->open_file;
    if (error != 0) {
        refuse_open(handle, open_file, error);
        return;
    }
    open_file->file = request->file;
    open_file->process = request->requestor_process;
    transport_add_file(open_file); /* first: the release may follow at once */
    reply_open(handle, open_file);
}

/*
 * A warning is an errno for the client and still brings its bytes. What ioctl(2) returns for a
 * success is the Information of a bare control, which has no bytes to count, or the result that is
 * said beside it, mostly 0.
 */
static void answer_native(const struct io_request *request, fuse_req_t handle, NTSTATUS status,
                          int error, size_t information)
{
    bool has_bytes = request->output != NULL;
    int result = io_control_is_bare(request) ? (int)information : request->control_result;
    if (NT_ERROR(status))
        fuse_reply_err(handle, error);
    else
        fuse_reply_ioctl(handle, error != 0 ? -error : result, request->output,
                         has_bytes ? information : 0);
}

/* In full, for a failure too: the client is told the status. */
static void answer_control(const struct io_request *request, fuse_req_t handle, NTSTATUS status,
                           int error, size_t information)
{
    bool has_bytes = request->output != NULL && !request->output_is_data;
    struct wdfuse_control_answer control = {
        .size = sizeof(control),
        .status = status,
        .returned = (uint32_t)information,
        .copied = has_bytes ? (uint32_t)information : 0,
    };
    struct iovec answer[] = {
        {.iov_base = &control, .iov_len = sizeof(control)},
        {.iov_base = request->output, .iov_len = control.copied},
    };
    fuse_reply_ioctl_iov(handle, -error, answer, control.copied > 0 ? 2 : 1);
}

static void answer(struct io_request *request, NTSTATUS status, size_t information)
{
    fuse_req_t handle = client_of(request)->handle;
    struct message_store *store = client_of(request)->store;
    void *received = client_of(request)->received;
    fuse_req_interrupt_func(handle, NULL, NULL);

    int error = request_errno(request, status);
    log_debug("process %d: request type %d answered, %s, errno %d, %zu bytes",
              (int)request->requestor_pid, (int)request->type, nt_status_name(status), error,
              information);
    order_note_reply();

    if (NT_ERROR(status))
        information = 0; /* no bytes come with a failure */

    if (request->type == WdfRequestTypeCreate)
        answer_open(request, handle, error);
    else if (client_of(request)->answers_control)
        answer_control(request, handle, status, error, information);
    else if (request->type == WdfRequestTypeDeviceControl)
        answer_native(request, handle, status, error, information);
    else if (error != 0)
        fuse_reply_err(handle, error);
    else if (request->type == WdfRequestTypeRead)
        fuse_reply_buf(handle, request->output, information);
    else
        fuse_reply_write(handle, information);
    if (received != NULL)
        message_store_put(store, received);
}

static void submit_open(fuse_req_t handle, struct io_device *device, struct open_file *open_file,
                        const struct fuse_file_info *info)
{
    struct io_request *request = request_begin(handle, device, WdfRequestTypeCreate, info);
    if (request == NULL) {
        node_leave(open_file->node);
        free(open_file);
        return;
    }
    open_file->open_flags = info->flags;
    client_of(request)->open_file = open_file;
    request_submit(request);
}

void operation_open(fuse_req_t handle, struct node *node, struct fuse_file_info *info)
{
    struct open_file *open_file = calloc(1, sizeof(*open_file));
    struct io_device *device = node_device(node);
    if (open_file == NULL || device == NULL) {
        free(open_file);
        fuse_reply_err(handle, device == NULL ? ENODEV : ENOMEM);
        node_leave(node);
    } else {
        open_file->node = node;
        submit_open(handle, device, open_file, info);
    }
    if (device != NULL)
        io_device_dereference(device);
}

struct io_device *operation_device(const struct fuse_file_info *info)
{
    return io_file_device(info_file(info)->file);
}

void operation_read(fuse_req_t handle, size_t size, off_t offset, struct fuse_file_info *info)
{
    struct io_request *request =
        request_begin(handle, operation_device(info), WdfRequestTypeRead, info);
    if (request == NULL)
        return;
    request->output_length = size < IO_TRANSFER_MAX ? size : IO_TRANSFER_MAX;
    request->offset = (uint64_t)offset;
    request_submit(request);
}

void operation_write(fuse_req_t handle, const char *data, size_t size, off_t offset,
                     struct fuse_file_info *info)
{
    struct io_request *request =
        request_begin(handle, operation_device(info), WdfRequestTypeWrite, info);
    if (request == NULL)
        return;
    if (!request_take_data(request, data, size < IO_TRANSFER_MAX ? size : IO_TRANSFER_MAX)) {
        request_refuse(request, ENOMEM);
        return;
    }
    request->offset = (uint64_t)offset;
    request_submit(request);
}

/* A device control, with code and lengths still to be set. */
static struct io_request *control_begin(fuse_req_t handle, const struct fuse_file_info *info,
                                        unsigned flags)
{
    struct io_request *request =
        request_begin(handle, operation_device(info), WdfRequestTypeDeviceControl, info);
    if (request == NULL)
        return NULL;
    request->open_flags = (uint32_t)info_file(info)->open_flags;
    request->requestor_is_32bit = (flags & FUSE_IOCTL_COMPAT) != 0;
    return request;
}

/* With the bytes that have come: what the client sends, and an output buffer that is data (or
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

void operation_ioctl(fuse_req_t handle, unsigned code, void *argument, struct fuse_file_info *info,
                     unsigned flags, const void *input, size_t input_size, size_t output_size)
{
    struct io_request *request = control_begin(handle, info, flags);
    if (request == NULL)
        return;
    request->control_code = code;
    request->is_native_control = true;
    request->input_length = input_size;
    request->output_length = output_size;
    if (io_control_is_bare(request)) {
        request->is_by_address = true;
        request->client_input = request->client_output = (uintptr_t)argument;
    }
    control_submit(request, input, NULL);
}

void operation_control(fuse_req_t handle, struct fuse_file_info *info, unsigned flags,
                       const struct control_call *call)
{
    const struct wdfuse_control *control = &call->control;
    struct io_request *request = control_begin(handle, info, flags);
    if (request == NULL)
        return;
    client_of(request)->answers_control = true;
    request->control_code = control->code;
    request->input_length = control->input_length;
    request->output_length = control->output_length;
    if (!call->is_by_address || io_control_method(call->device, control->code) != METHOD_NEITHER) {
        control_submit(request, call->input, call->output);
        return;
    }
    request->is_by_address = true;
    request->client_input = control->input;
    request->client_output = control->output;
    request_submit(request);
}

void operation_release(fuse_req_t handle, struct fuse_file_info *info)
{
    struct node *node = info_file(info)->node;
    close_file(info_file(info));
    order_note_reply();
    fuse_reply_err(handle, 0);
    node_leave(node);
}

/* ---- poll ---- */

static_assert(WdfusePollIn == POLLIN && WdfusePollPriority == POLLPRI && WdfusePollOut == POLLOUT &&
                  WdfusePollError == POLLERR && WdfusePollHangup == POLLHUP,
              "the framework's poll events are Linux's");

/*
 * The kernel asks whoever sleeps in poll(2) to look again; those ask us again then. The message is
 * written here and now, without any lock of ours or of libfuse: nothing is called back. That the
 * file is closed, or the connection at its end, does no harm: the kernel knows no such file then.
 */
static void wake_poller(void *poll_handle)
{
    order_note_reply();
    fuse_lowlevel_notify_poll(poll_handle);
    fuse_pollhandle_destroy(poll_handle);
}

static void forget_poller(void *poll_handle)
{
    fuse_pollhandle_destroy(poll_handle);
}

/* select(2) looks at the bits of ordinary data. */
static unsigned with_normal_data(unsigned events)
{
    return events | ((events & POLLIN) != 0 ? POLLRDNORM : 0) |
           ((events & POLLOUT) != 0 ? POLLWRNORM : 0);
}

void operation_poll(fuse_req_t handle, struct fuse_file_info *info,
                    struct fuse_pollhandle *poll_handle)
{
    unsigned events = io_file_poll(info_file(info)->file, &operations_transport, poll_handle);
    log_debug("process %d: poll answered, events 0x%x%s", (int)fuse_req_ctx(handle)->pid, events,
              poll_handle != NULL ? ", to be told of more" : "");
    order_note_reply();
    fuse_reply_poll(handle, with_normal_data(events));
}
