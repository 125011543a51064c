/* Reads and writes. See transfer.h. */
#include "linuxfile/transfer.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "framework/io/request.h"
#include "linuxfile/linuxdevice.h"
#include "port/clock.h"

/* ---- reads ---- */

/* A driver gives the offset; a client's file has its own position. */
static bool says_where(const struct call *call)
{
    return call->file->has_offset && call->file->is_of_driver;
}

static ssize_t read_once(const struct call *call, void *buffer, size_t length, int flags)
{
    const struct iovec vector = {.iov_base = buffer, .iov_len = length};
    off_t offset = says_where(call) ? (off_t)call_io(call->request)->offset : -1;
    if (flags == 0 && offset < 0)
        return read(call->file->descriptor, buffer, length);
    return preadv2(call->file->descriptor, &vector, 1, offset, flags);
}

/* The VMIN and VTIME that read(2) of a terminal follows (termios(3)); false: it waits for one byte,
 * or a line. */
static bool has_own_terms(const struct open_file *file, struct termios *terms)
{
    return file->is_terminal && ioctl(file->descriptor, TCGETS, terms) == 0 &&
           (terms->c_lflag & ICANON) == 0 && (terms->c_cc[VTIME] > 0 || terms->c_cc[VMIN] > 1);
}

/* Whether there is data within that time; -1: without a limit. */
static bool await_bytes(const struct call *call, int milliseconds)
{
    struct pollfd entry = {.fd = call->file->descriptor, .events = POLLIN};
    int result;
    do
        result = poll(&entry, 1, milliseconds);
    while (result < 0 && errno == EINTR && !call->blocking.is_cancelled);
    return result > 0;
}

/* As n_tty does: VMIN bytes, VTIME tenths of a second between them, or for the first if VMIN is
 * 0. */
static ssize_t read_by_terms(const struct call *call, unsigned char *buffer, size_t length,
                             const struct termios *terms)
{
    size_t least = terms->c_cc[VMIN] < length ? terms->c_cc[VMIN] : length;
    int time = terms->c_cc[VTIME] > 0 ? terms->c_cc[VTIME] * 100 : -1;
    size_t done = 0;
    do {
        if (!await_bytes(call, done > 0 || terms->c_cc[VMIN] == 0 ? time : -1))
            break;
        ssize_t result = read(call->file->descriptor, buffer + done, length - done);
        if (result <= 0 && (result == 0 || errno != EAGAIN))
            return done > 0 ? (ssize_t)done : result;
        done += result > 0 ? (size_t)result : 0;
    } while (done < least);
    if (done > 0 || !call->blocking.is_cancelled)
        return (ssize_t)done;
    errno = EINTR;
    return -1;
}

static bool find_output(struct call *call, void **buffer, size_t *length)
{
    *length = call_io(call->request)->output_length;
    *buffer = NULL;
    if (*length > 0)
        call->status = WdfRequestRetrieveOutputBuffer(call->request, 1, buffer, length);
    return NT_SUCCESS(call->status);
}

static void run_read(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    struct termios terms;
    void *buffer;
    size_t length;
    ssize_t result;
    if (!find_output(call, &buffer, &length))
        return;
    if (call->file->is_watched) {
        if (!has_own_terms(call->file, &terms)) { /* not any more */
            terms.c_cc[VMIN] = 1;
            terms.c_cc[VTIME] = 0;
        }
        result = read_by_terms(call, buffer, length, &terms);
    } else {
        do
            result = read_once(call, buffer, length, 0);
        while (call_is_to_repeat(call, result));
    }
    call_set_result(call, result, false);
    open_file_tell_events(call->file);
}

/* Without waiting; false: it would. */
static bool try_read(struct call *call)
{
    void *buffer;
    size_t length;
    if (!find_output(call, &buffer, &length))
        return true;
    ssize_t result;
    do
        result = read_once(call, buffer, length, call->file->is_watched ? 0 : RWF_NOWAIT);
    while (call_is_to_repeat(call, result));
    if (result < 0 && (errno == EAGAIN || (!call->file->is_watched && errno == EOPNOTSUPP)))
        return false;
    call_set_result(call, result, false);
    return true;
}

/* ---- a short wait in place ---- */

/* One read of all files at a time: who waits in place may keep others from being received. */
static _Atomic(bool) somebody_lingers;

/* Whether there is something, or an error, before that time is over. A signal ends the wait. */
static bool linger(const struct open_file *file)
{
    struct pollfd entry = {.fd = file->descriptor, .events = POLLIN};
    const struct timespec limit = {.tv_nsec = PATIENCE_NS};
    return ppoll(&entry, 1, &limit, NULL) > 0;
}

static bool begin_to_linger(const struct call *call)
{
    return call->may_linger && patience_is_called_for(&call->file->patience) &&
           !atomic_exchange(&somebody_lingers, true);
}

/*
 * The first try of a read: it waits for a moment where it is, if that has been worth it lately
 * (patience.h). Nobody can cancel it meanwhile; a cancellation is found when it is put into the
 * queue. What comes to the watcher meanwhile makes this thread look again, as ever.
 */
static bool read_at_first(struct call *call)
{
    struct patience *patience = &call->file->patience;
    if (try_read(call))
        return true;
    call->waits_since = call->may_linger ? port_clock_deadline(0) : 0;
    if (!begin_to_linger(call))
        return false;
    bool is_done = linger(call->file) && try_read(call);
    somebody_lingers = false;
    patience_note_place(patience, is_done);
    return is_done;
}

/* As a queued request is done. */
static void note_wait(const struct call *call)
{
    if (call->waits_since != 0)
        patience_note_queue(&call->file->patience, port_clock_deadline(0) - call->waits_since);
}

/* A driver above may hold a lock, or have no thread to spare. */
static bool may_linger(const struct call *call, bool is_patient)
{
    return is_patient && !call_io(call->request)->transport->is_driver;
}

/* ---- writes ---- */

static ssize_t write_once(const struct call *call, const unsigned char *data, size_t length)
{
    if (!says_where(call))
        return write(call->file->descriptor, data, length);
    return pwrite(call->file->descriptor, data, length,
                  (off_t)(call_io(call->request)->offset + call->done));
}

/* Writes all of it, like a blocking write(2); false: the rest would wait. */
static bool try_write(struct call *call)
{
    unsigned char nothing;
    void *data = &nothing;
    size_t length = call_io(call->request)->input_length;
    if (length > 0)
        call->status = WdfRequestRetrieveInputBuffer(call->request, 1, &data, &length);
    if (!NT_SUCCESS(call->status))
        return true;
    ssize_t result;
    do {
        result = write_once(call, (const unsigned char *)data + call->done, length - call->done);
        if (result > 0)
            call->done += (size_t)result;
    } while (call_is_to_repeat(call, result) || (result > 0 && call->done < length));
    if (result < 0 && errno == EAGAIN)
        return false;
    call_set_result(call, call->done > 0 ? (ssize_t)call->done : result, false);
    return true;
}

static void run_write(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    if (!try_write(call))
        call_set_result(call, call->done > 0 ? (ssize_t)call->done : -1, false);
    open_file_tell_events(call->file);
}

/* Reports the bytes already written. */
VOID transfer_write_given_up(WDFQUEUE Queue, WDFREQUEST Request)
{
    size_t done = call_of(Request)->done;
    UNREFERENCED_PARAMETER(Queue);
    WdfRequestCompleteWithInformation(Request, done > 0 ? STATUS_SUCCESS : STATUS_CANCELLED, done);
}

/* ---- requests that wait for the file ---- */

typedef bool try_call(struct call *call);

/* What a request waits for, in that queue. */
static unsigned events_of(const struct open_file *file, WDFQUEUE queue)
{
    return queue == linux_device_of(file->device)->reads ? POLLIN : POLLOUT;
}

/* The new poll state is reported before the client's call is completed. */
static void end_transfer(struct call *call)
{
    open_file_tell_events(call->file);
    call_complete(call);
}

/* Tries the queued requests, as far as possible. True: some were completed, and the new poll state
 * reported. */
static bool try_waiting(struct open_file *file, WDFQUEUE queue, try_call *try)
{
    WDFREQUEST request;
    bool is_told = false;
    while (NT_SUCCESS(WdfIoQueueRetrieveRequestByFileObject(queue, file->handle, &request))) {
        struct call *call = call_of(request);
        if (try(call)) {
            note_wait(call);
            end_transfer(call);
            is_told = true;
            continue;
        }
        NTSTATUS status = WdfRequestRequeue(request);
        if (!NT_SUCCESS(status))
            WdfRequestComplete(request, status);
        watcher_watch(&file->watched, events_of(file, queue)); /* while it was out, none waited */
        break;
    }
    return is_told;
}

/* True: the caller serves from now on. False: the thread that serves looks once more. */
static bool begin_serving(struct waiting *waiting)
{
    PORT_LOCK_SCOPE_OF(waiting, serving_lock);
    waiting->looks_again = waiting->is_served;
    waiting->is_served = true;
    return !waiting->looks_again;
}

/* False: the caller looks once more. */
static bool end_serving(struct waiting *waiting)
{
    PORT_LOCK_SCOPE_OF(waiting, serving_lock);
    waiting->is_served = waiting->looks_again;
    waiting->looks_again = false;
    return !waiting->is_served;
}

/* True as try_waiting. */
static bool serve(struct open_file *file, struct waiting *waiting, WDFQUEUE queue, try_call *try)
{
    bool is_told = false;
    if (!begin_serving(waiting))
        return false;
    do
        is_told |= try_waiting(file, queue, try);
    while (!end_serving(waiting));
    return is_told;
}

static bool has_waiting(const struct open_file *file, WDFQUEUE queue)
{
    WDFREQUEST request;
    if (!NT_SUCCESS(WdfIoQueueFindRequest(queue, NULL, file->handle, NULL, &request)))
        return false;
    WdfObjectDereference(request);
    return true;
}

/* The request belongs to the queue from now on, and may be completed already, its file closed. */
static void put_into(WDFQUEUE queue, struct call *call)
{
    struct open_file *file = call->file;
    WDFREQUEST request = call->request;
    NTSTATUS status = WdfRequestForwardToIoQueue(request, queue);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(request, status);
    watcher_watch(&file->watched, events_of(file, queue));
}

/*
 * Tried at once if no request is before it; else it waits in the queue. It is put there while this
 * thread serves: a change after the try makes the queue be looked at once more, and without a
 * change there is nothing to find.
 */
static void try_or_wait(struct call *call, struct waiting *waiting, WDFQUEUE queue,
                        try_call *first_try, try_call *try)
{
    struct open_file *file = call->file;
    WdfObjectReference(file->handle);
    watcher_note_use(&file->watched);
    bool is_ours = begin_serving(waiting);
    bool is_done = is_ours && !has_waiting(file, queue) && first_try(call);
    if (!is_done)
        put_into(queue, call);
    if (!is_ours)
        (void)serve(file, waiting, queue,
                    try); /* the serving thread may have looked before it came */
    while (is_ours && !end_serving(waiting))
        (void)try_waiting(file, queue, try);
    if (is_done)
        end_transfer(call);
    WdfObjectDereference(file->handle);
}

static bool serve_reads(struct open_file *file)
{
    return serve(file, &file->reads, linux_device_of(file->device)->reads, try_read);
}

static bool serve_writes(struct open_file *file)
{
    return serve(file, &file->writes, linux_device_of(file->device)->writes, try_write);
}

/* Whether there is a reason to watch for that. */
static bool is_awaited(const struct open_file *file, WDFQUEUE queue)
{
    return open_file_is_asked(file) || has_waiting(file, queue);
}

/*
 * Nobody has waited for that change, or who has is answered: the next ones may be as vain. A
 * request that has been put into the queue before this ignores them is found afterwards; one that
 * comes later watches for them itself.
 */
static void rest(struct open_file *file, unsigned events, bool has_read)
{
    const struct linux_device *device = linux_device_of(file->device);
    if ((events & POLLIN) != 0 &&
        watcher_note_data(&file->watched, has_read || is_awaited(file, device->reads)) &&
        is_awaited(file, device->reads))
        watcher_watch(&file->watched, POLLIN);
    if ((events & POLLOUT) == 0 || is_awaited(file, device->writes))
        return;
    watcher_ignore(&file->watched, POLLOUT);
    if (is_awaited(file, device->writes))
        watcher_watch(&file->watched, POLLOUT);
}

/* A completed request reports the poll state itself, and polling twice is expensive. */
void transfer_file_changed(struct watched *watched, unsigned events)
{
    struct open_file *file = CONTAINING_RECORD(watched, struct open_file, watched);
    const unsigned failures = POLLERR | POLLHUP;
    if ((events & failures) != 0)
        linux_device_look_after(file->device, EIO);
    WdfObjectReference(file->handle);
    bool has_read = (events & (POLLIN | failures)) != 0 && serve_reads(file);
    bool has_written = (events & (POLLOUT | failures)) != 0 && serve_writes(file);
    if (!has_read && !has_written)
        open_file_tell_events(file);
    rest(file, events, has_read);
    WdfObjectDereference(file->handle);
}

/* ---- from the queue ---- */

struct call *transfer_begin(WDFREQUEST request)
{
    WDFFILEOBJECT handle = WdfRequestGetFileObject(request);
    struct open_file *file = handle != NULL ? open_file_of(handle) : NULL;
    if (file != NULL && file->descriptor >= 0)
        return call_begin(request, file);
    WdfRequestComplete(request, STATUS_INVALID_DEVICE_REQUEST);
    return NULL;
}

VOID transfer_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    struct call *call = transfer_begin(Request);
    struct termios terms;
    UNREFERENCED_PARAMETER(Length);
    if (call == NULL)
        return;
    struct open_file *file = call->file;
    WDFQUEUE waiting = linux_device_of(WdfIoQueueGetDevice(Queue))->reads;
    bool is_patient = (call_io(Request)->open_flags & O_NONBLOCK) == 0;
    bool has_turn = file->is_watched && !(is_patient && has_own_terms(file, &terms));
    call->may_linger = may_linger(call, is_patient);
    if (has_turn)
        try_or_wait(call, &file->reads, waiting, read_at_first, try_read);
    else if (!file->is_watched && try_read(call))
        end_transfer(call);
    else
        call_submit(call, run_read);
}

VOID transfer_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    struct call *call = transfer_begin(Request);
    UNREFERENCED_PARAMETER(Length);
    if (call == NULL)
        return;
    struct open_file *file = call->file;
    WDFQUEUE waiting = linux_device_of(WdfIoQueueGetDevice(Queue))->writes;
    if (file->is_watched)
        try_or_wait(call, &file->writes, waiting, try_write, try_write);
    else
        call_submit(call, run_write);
}

VOID transfer_stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    if ((ActionFlags & WdfRequestStopActionPurge) == 0)
        WdfRequestStopAcknowledge(Request, FALSE); /* Linux does not know that the device sleeps */
}
