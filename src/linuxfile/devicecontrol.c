/* Device control of a file of Linux. See devicecontrol.h. */
#include "linuxfile/devicecontrol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <wdfuse/ioctl.h>

#include "framework/io/request.h"
#include "linuxfile/call.h"
#include "linuxfile/linuxdevice.h"
#include "linuxfile/transfer.h"
#include "nt/status.h"
#include "port/ioctl.h"
#include "port/log.h"

/* An ioctl number of Linux contains its size, or is in our table; anything else is a control code
 * for another device of ours. A driver does not say which of them it sends. */
static bool is_of_linux(const struct io_request *io)
{
    struct port_ioctl known;
    unsigned number = io->control_code;
    if (io->is_native_control || port_ioctl_find(number, &known))
        return true;
    return _IOC_DIR(number) != 0 && _IOC_SIZE(number) != 0 &&
           (_IOC_SIZE(number) == io->input_length || _IOC_SIZE(number) == io->output_length);
}

static bool find_control(const struct call *call, struct port_ioctl *known)
{
    unsigned number = call_io(call->request)->control_code;
    if (port_ioctl_find(number, known))
        return true;
    *known = port_ioctl_said(number);
    return linux_device_of(call->file->device)->passes_all_controls;
}

/* A driver's buffers are used in place; its codes contain METHOD bits, meant or not. */
static bool is_in_place(const struct call *call)
{
    const struct io_request *io = call_io(call->request);
    return io->is_by_address && call->file->is_of_driver && io->requestor_pid == getpid();
}

static const void *input_of(const struct call *call)
{
    const struct io_request *io = call_io(call->request);
    return is_in_place(call) ? (const void *)(uintptr_t)io->client_input : io->input;
}

static void *output_of(struct call *call)
{
    const struct io_request *io = call_io(call->request);
    void *output = NULL;
    if (is_in_place(call))
        return (void *)(uintptr_t)io->client_output;
    if (io->output_length > 0)
        call->status = WdfRequestRetrieveOutputBuffer(call->request, 1, &output, NULL);
    return output;
}

static ssize_t control(const struct call *call, unsigned long argument)
{
    ssize_t result;
    do
        result = ioctl(call->file->descriptor, call_io(call->request)->control_code, argument);
    while (call_is_to_repeat(call, result));
    return result;
}

/* The kernel writes as much as the number says: the memory has that size, whatever the sender's
 * has. */
static void control_memory(struct call *call, const struct port_ioctl *known)
{
    const struct io_request *io = call_io(call->request);
    size_t size = known->in > known->out ? known->in : known->out;
    size_t said = _IOC_SIZE(io->control_code);
    size = size > said ? size : said; /* a driver of Linux may look only at that */
    if (io->input_length < known->in || io->output_length < known->out) {
        call->status = nt_status_from_errno(ENOTTY, true);
        return;
    }
    unsigned char *memory = calloc(1, size);
    if (memory == NULL) {
        call->status = STATUS_INSUFFICIENT_RESOURCES;
        return;
    }
    if (known->in > 0)
        memcpy(memory, input_of(call), known->in);
    ssize_t result = control(call, (unsigned long)(uintptr_t)memory);
    call_set_result(call, result, true);
    request_from_handle(call->request)->io.control_result = result > 0 ? (int)result : 0;
    call->information = 0;
    void *output = NT_SUCCESS(call->status) && known->out > 0 ? output_of(call) : NULL;
    if (NT_SUCCESS(call->status) && known->out > 0) {
        memcpy(output, memory, known->out);
        call->information = known->out;
    }
    free(memory);
}

/* Once, since clients may repeat it at will. */
static void warn_of_number(struct linux_device *device, unsigned number)
{
    if (!atomic_exchange(&device->has_warned, true))
        log_warning("%s: ioctl 0x%x is answered ENOTTY: what its argument leads to is not known; "
                    "others of its kind are not told of",
                    device->path, number);
}

static void run_number(struct call *call)
{
    const struct io_request *io = call_io(call->request);
    struct port_ioctl known;
    if (!find_control(call, &known)) {
        warn_of_number(linux_device_of(call->file->device), io->control_code);
        call->status = nt_status_from_errno(ENOTTY, true);
    } else if (known.needs_privilege && !call->file->is_of_driver &&
               !linux_device_of(call->file->device)->passes_all_controls) {
        call->status =
            nt_status_from_errno(EPERM, true); /* the daemon's rights are not the client's */
    } else if (known.is_value) {
        unsigned long value = io_control_is_bare(io) ? (unsigned long)io->client_input : 0;
        if (!io_control_is_bare(io) && io->input_length <= sizeof(value) && io->input_length > 0)
            memcpy(&value, input_of(call), io->input_length);
        call_set_result(call, control(call, value), true);
    } else {
        control_memory(call, &known);
    }
}

/* To a driver on the other side. */
static void run_code(struct call *call)
{
    const struct io_request *io = call_io(call->request);
    void *output = output_of(call);
    size_t returned = 0;
    int32_t status;
    if (!NT_SUCCESS(call->status))
        return;
    int result;
    do
        result =
            wdfuse_ioctl_status(call->file->descriptor, io->control_code, input_of(call),
                                io->input_length, output, io->output_length, &returned, &status);
    while (call_is_to_repeat(call, result));
    call_set_result(call, result, true);
    call->information = returned;
    if (status != WDFUSE_NO_STATUS)
        call->status = status;
}

static void run_control(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    if (is_of_linux(call_io(call->request)))
        run_number(call);
    else
        run_code(call);
    open_file_tell_events(call->file);
}

VOID device_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                    size_t InputBufferLength, ULONG IoControlCode)
{
    struct call *call = transfer_begin(Request);
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
    if (call == NULL)
        return;
    /* METHOD_NEITHER: addresses in the client, whose data were not sent. */
    const struct io_request *io = call_io(Request);
    if (io->is_by_address && !is_in_place(call) && !io_control_is_bare(io))
        WdfRequestComplete(Request, nt_status_from_errno(ENOTTY, true));
    else
        call_submit(call, run_control);
}
