/* Open files of Linux. See openfile.h. */
#include "linuxfile/openfile.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <wdfuse/ioctl.h>
#include <wdfuse/poll.h>

#include "framework/device/controldevice.h"
#include "framework/device/device.h"
#include "framework/io/request.h"
#include "nt/status.h"
#include "port/ioctl.h"
#include "port/log.h"

/* What a client's open may ask of the file; never that it becomes the daemon's terminal. */
#define CLIENT_FLAGS                                                                               \
    (O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_DIRECT | O_NOATIME | O_LARGEFILE)

static const struct io_request *io_of(WDFREQUEST request)
{
    return &request_from_handle(request)->io;
}

/* ---- what the device is ---- */

static int reject(const char *path, const char *what, int error)
{
    log_error("%s is %s: only what can be read and written like a character device is served", path,
              what);
    return error;
}

int open_file_check(const char *path, struct linux_device *device)
{
    struct stat file;
    if (stat(path, &file) != 0) {
        int error = errno;
        log_error("%s: %s", path, strerror(error));
        return error;
    }
    if (S_ISDIR(file.st_mode))
        return reject(path, "a directory", EISDIR);
    if (S_ISBLK(file.st_mode))
        return reject(path, "a block device", ENOTBLK);
    if (S_ISSOCK(file.st_mode))
        return reject(path, "a socket", ENXIO);
    device->number = S_ISCHR(file.st_mode) ? file.st_rdev : file.st_dev;
    device->inode = file.st_ino;
    device->type = file.st_mode & S_IFMT;
    return 0;
}

/* Not another file that has come to its place. */
static bool is_it(const struct linux_device *device, const struct stat *file)
{
    return file->st_ino == device->inode && (file->st_mode & S_IFMT) == device->type &&
           (S_ISCHR(file->st_mode) ? file->st_rdev : file->st_dev) == device->number;
}

static bool is_there(const struct linux_device *device)
{
    struct stat file;
    if (stat(device->path, &file) != 0)
        return errno != ENOENT && errno != ENODEV && errno != ENXIO;
    return is_it(device, &file);
}

static void end_device(struct work *work)
{
    struct linux_device *device = CONTAINING_RECORD(work, struct linux_device, ending);
    struct wdf_device *ended = device_from_handle((WDFDEVICE)WdfObjectContextGetObject(device));
    control_device_end(ended);
    object_release(&ended->io.object);
}

/* What is behind a target of a driver has no stack that could fail. */
static void give_up(WDFDEVICE handle)
{
    struct wdf_device *device = device_from_handle(handle);
    struct linux_device *context = linux_device_of(handle);
    if (device->init.kind != DEVICE_CONTROL) {
        WdfDeviceSetFailed(handle, WdfDeviceFailedNoRestart);
        return;
    }
    object_reference(&device->io.object);
    work_init(&context->ending, end_device, driver_works(device_driver(device)));
    work_submit(&context->ending);
}

/* A failure may be the last that is heard of a device which was pulled out. */
static void look_after(const struct open_file *file, int error)
{
    struct linux_device *device = linux_device_of(file->device);
    if (error != ENODEV && error != EIO && error != ENXIO)
        return;
    if ((error != ENODEV && is_there(device)) || atomic_exchange(&device->is_gone, true))
        return;
    log_warning("%s is gone", device->path);
    give_up(file->device);
}

static NTSTATUS status_of(const struct open_file *file, int error, bool is_control)
{
    look_after(file, error);
    return nt_status_from_errno(error, is_control);
}

/* ---- what poll says ---- */

static unsigned ask(const struct open_file *file)
{
    struct pollfd entry = {.fd = file->descriptor, .events = POLLIN | POLLOUT | POLLPRI};
    return poll(&entry, 1, 0) > 0 ? (unsigned)entry.revents : 0;
}

static ULONG events_of_poll(unsigned events)
{
    const ULONG known =
        WdfusePollIn | WdfusePollPriority | WdfusePollOut | WdfusePollError | WdfusePollHangup;
    return events & known; /* they have Linux's values */
}

/* Asked and told in one: two that do so tell the later answer last. */
static void tell_events(struct open_file *file)
{
    if (!file->is_watched)
        return;
    PORT_LOCK_SCOPE_OF(file, events_lock);
    unsigned events = ask(file);
    if ((events & POLLOUT) == 0)
        watcher_watch_room(&file->watched);
    WdfuseFileObjectSetPollEvents(file->handle, events_of_poll(events));
}

/* ---- calls that wait ---- */

static void complete_call(struct call *call)
{
    WdfRequestCompleteWithInformation(call->request, call->status, call->information);
}

static VOID EvtCancel(WDFREQUEST Request)
{
    struct call *call = call_of(Request);
    switch (blocking_cancel(&call->blocking)) {
    case BLOCKING_RUNNING:
        return; /* end_call completes it */
    case BLOCKING_FINISHED:
        complete_call(call);
        return;
    default:
        WdfRequestComplete(Request, STATUS_CANCELLED);
    }
}

static bool let_go_of_call(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    return NT_SUCCESS(WdfRequestUnmarkCancelable(call->request));
}

static void end_call(struct blocking *blocking)
{
    complete_call(CONTAINING_RECORD(blocking, struct call, blocking));
}

static void submit_call(struct call *call, void (*run)(struct blocking *blocking))
{
    WDFREQUEST request = call->request;
    blocking_init(&call->blocking, run, let_go_of_call, end_call);
    WdfObjectReference(request); /* a cancellation may end it before it has begun */
    NTSTATUS status = WdfRequestMarkCancelableEx(request, EvtCancel);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(request, status);
    } else if (!blocking_submit(&call->blocking) &&
               NT_SUCCESS(WdfRequestUnmarkCancelable(request))) {
        log_error("no thread can be had for a call that may wait");
        WdfRequestComplete(request, STATUS_INSUFFICIENT_RESOURCES);
    }
    WdfObjectDereference(request);
}

static struct call *begin_call(WDFREQUEST request, struct open_file *file)
{
    struct call *call = call_of(request);
    *call = (struct call){.request = request, .file = file};
    return call;
}

/* Whether a call that has ended like this is to be made again. */
static bool is_to_repeat(const struct call *call, ssize_t result)
{
    return result < 0 && errno == EINTR && !call->blocking.is_cancelled;
}

static void set_result(struct call *call, ssize_t result, bool is_control)
{
    int error = errno;
    call->information = result > 0 ? (size_t)result : 0;
    if (result >= 0)
        call->status = STATUS_SUCCESS;
    else if (call->blocking.is_cancelled && error == EINTR)
        call->status = STATUS_CANCELLED;
    else
        call->status = status_of(call->file, error, is_control);
}

/* ---- open and close ---- */

static int open_flags(const struct call *call)
{
    return ((int)io_of(call->request)->open_flags & CLIENT_FLAGS) | O_CLOEXEC | O_NOCTTY;
}

/* What it waits for, the open waits for; afterwards nothing does. */
static bool prepare(struct open_file *file)
{
    struct stat status;
    struct termios terminal;
    if (fstat(file->descriptor, &status) != 0)
        return false;
    if (!is_it(linux_device_of(file->device), &status)) {
        errno = ENODEV;
        return false;
    }
    file->has_offset = S_ISREG(status.st_mode);
    file->is_terminal = ioctl(file->descriptor, TCGETS, &terminal) == 0;
    file->is_watched = true; /* the watcher may tell before this has returned */
    int error = watcher_add(&file->watched, file->descriptor, file->watched.changed);
    if (error != 0) {
        file->is_watched = false;
        errno = -error;
        return error == -EPERM;
    }
    int flags = fcntl(file->descriptor, F_GETFL);
    return flags >= 0 && fcntl(file->descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

static void release(struct open_file *file)
{
    if (file->is_watched)
        watcher_remove(&file->watched);
    file->is_watched = false;
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
}

static void run_open(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    struct open_file *file = call->file;
    const char *path = linux_device_of(file->device)->path;
    do
        file->descriptor = open(path, open_flags(call));
    while (is_to_repeat(call, file->descriptor));
    bool is_open = file->descriptor >= 0 && prepare(file);
    set_result(call, is_open ? 0 : -1, false);
    if (is_open)
        tell_events(file);
    else
        release(file);
}

static void file_changed(struct watched *watched, unsigned events);

VOID open_file_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    struct open_file *file = open_file_of(FileObject);
    *file = (struct open_file){.handle = FileObject, .device = Device, .descriptor = -1};
    file->watched.changed = file_changed;
    port_mutex_init(&file->events_lock);
    port_mutex_init(&file->reads.serving_lock);
    port_mutex_init(&file->writes.serving_lock);
    const struct io_request *io = io_of(Request);
    file->is_of_driver = io->is_from_driver;
    if (!io->is_from_driver && !io->transport->is_in_process && io->requestor_pid == getpid()) {
        log_error("%s leads back to a device of this process", linux_device_of(Device)->path);
        WdfRequestComplete(Request, nt_status_from_errno(ELOOP, false));
        return;
    }
    submit_call(begin_call(Request, file), run_open);
}

/* Closing a terminal may wait: it sends what it has. */
struct closing {
    struct blocking blocking;
    int descriptor;
};

static void run_close(struct blocking *blocking)
{
    close(CONTAINING_RECORD(blocking, struct closing, blocking)->descriptor);
}

static void end_close(struct blocking *blocking)
{
    free(CONTAINING_RECORD(blocking, struct closing, blocking));
}

static void close_elsewhere(int descriptor)
{
    struct closing *closing = malloc(sizeof(*closing));
    if (closing != NULL) {
        blocking_init(&closing->blocking, run_close, NULL, end_close);
        closing->descriptor = descriptor;
        if (blocking_submit(&closing->blocking))
            return;
    }
    free(closing);
    close(descriptor);
}

VOID open_file_close(WDFFILEOBJECT FileObject)
{
    struct open_file *file = open_file_of(FileObject);
    int descriptor = file->descriptor;
    if (descriptor < 0)
        return;
    if (file->is_watched)
        watcher_remove(&file->watched); /* from here on nobody looks at it */
    file->is_watched = false;
    file->descriptor = -1;
    if (file->is_terminal)
        close_elsewhere(descriptor);
    else
        close(descriptor);
}

VOID open_file_cleanup(WDFOBJECT Object)
{
    struct open_file *file = open_file_of(Object);
    if (file->handle == NULL)
        return; /* it was never to be opened */
    release(file);
}

/* Who serves may hold a lock a little longer than the file is open. */
VOID open_file_destroy(WDFOBJECT Object)
{
    struct open_file *file = open_file_of(Object);
    if (file->handle == NULL)
        return;
    port_mutex_destroy(&file->events_lock);
    port_mutex_destroy(&file->reads.serving_lock);
    port_mutex_destroy(&file->writes.serving_lock);
}

/* ---- reads ---- */

/* Of a driver, which says where; a client's file has a position of its own. */
static bool says_where(const struct call *call)
{
    return call->file->has_offset && call->file->is_of_driver;
}

static ssize_t read_once(const struct call *call, void *buffer, size_t length, int flags)
{
    const struct iovec vector = {.iov_base = buffer, .iov_len = length};
    off_t offset = says_where(call) ? (off_t)io_of(call->request)->offset : -1;
    if (flags == 0 && offset < 0)
        return read(call->file->descriptor, buffer, length);
    return preadv2(call->file->descriptor, &vector, 1, offset, flags);
}

/* What read(2) of a terminal waits for (termios(3)); false: for one byte, or a line. */
static bool has_own_terms(const struct open_file *file, struct termios *terms)
{
    return file->is_terminal && ioctl(file->descriptor, TCGETS, terms) == 0 &&
           (terms->c_lflag & ICANON) == 0 && (terms->c_cc[VTIME] > 0 || terms->c_cc[VMIN] > 1);
}

/* Whether there is something within that time; -1: for as long as it takes. */
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
    *length = io_of(call->request)->output_length;
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
        while (is_to_repeat(call, result));
    }
    set_result(call, result, false);
    tell_events(call->file);
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
    while (is_to_repeat(call, result));
    if (result < 0 && (errno == EAGAIN || (!call->file->is_watched && errno == EOPNOTSUPP)))
        return false;
    set_result(call, result, false);
    return true;
}

/* ---- writes ---- */

static ssize_t write_once(const struct call *call, const unsigned char *data, size_t length)
{
    if (!says_where(call))
        return write(call->file->descriptor, data, length);
    return pwrite(call->file->descriptor, data, length,
                  (off_t)(io_of(call->request)->offset + call->done));
}

/* All of it, as write(2) of a file that waits; false: the rest would wait. */
static bool try_write(struct call *call)
{
    unsigned char nothing;
    void *data = &nothing;
    size_t length = io_of(call->request)->input_length;
    if (length > 0)
        call->status = WdfRequestRetrieveInputBuffer(call->request, 1, &data, &length);
    if (!NT_SUCCESS(call->status))
        return true;
    ssize_t result;
    do {
        result = write_once(call, (const unsigned char *)data + call->done, length - call->done);
        if (result > 0)
            call->done += (size_t)result;
    } while (is_to_repeat(call, result) || (result > 0 && call->done < length));
    if (result < 0 && errno == EAGAIN) {
        if (call->file->is_watched)
            watcher_watch_room(&call->file->watched); /* poll may say that there is room */
        return false;
    }
    set_result(call, call->done > 0 ? (ssize_t)call->done : result, false);
    return true;
}

static void run_write(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    if (!try_write(call))
        set_result(call, call->done > 0 ? (ssize_t)call->done : -1, false);
    tell_events(call->file);
}

/* What is written already is written. */
VOID open_file_write_given_up(WDFQUEUE Queue, WDFREQUEST Request)
{
    size_t done = call_of(Request)->done;
    UNREFERENCED_PARAMETER(Queue);
    WdfRequestCompleteWithInformation(Request, done > 0 ? STATUS_SUCCESS : STATUS_CANCELLED, done);
}

/* ---- what waits for the file ---- */

typedef bool try_call(struct call *call);

/* What poll says now is told before the client hears that its call is done. */
static void end_transfer(struct call *call)
{
    tell_events(call->file);
    complete_call(call);
}

/* What lies in the queue, as far as it goes. True: something was done, and what poll says then was
 * told. */
static bool try_waiting(struct open_file *file, WDFQUEUE queue, try_call *try)
{
    WDFREQUEST request;
    bool is_told = false;
    while (NT_SUCCESS(WdfIoQueueRetrieveRequestByFileObject(queue, file->handle, &request))) {
        struct call *call = call_of(request);
        if (try(call)) {
            end_transfer(call);
            is_told = true;
            continue;
        }
        NTSTATUS status = WdfRequestRequeue(request);
        if (!NT_SUCCESS(status))
            WdfRequestComplete(request, status);
        break;
    }
    return is_told;
}

/* True: the caller serves from now on. False: who does looks once more. */
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

/* The queue's from now on, and perhaps gone. */
static void put_into(WDFQUEUE queue, WDFREQUEST request)
{
    NTSTATUS status = WdfRequestForwardToIoQueue(request, queue);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(request, status);
}

/*
 * Without the queue, if nobody is before it; else it waits there for its turn. It gets there while
 * it is served: a change that comes after the try has the queue looked at once more, and without
 * one there is nothing to find.
 */
static void try_or_wait(struct call *call, struct waiting *waiting, WDFQUEUE queue, try_call *try)
{
    struct open_file *file = call->file;
    WdfObjectReference(file->handle);
    bool is_ours = begin_serving(waiting);
    bool is_done = is_ours && !has_waiting(file, queue) && try(call);
    if (!is_done)
        put_into(queue, call->request);
    if (!is_ours)
        (void)serve(file, waiting, queue, try); /* who serves may have looked before it came */
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

/* What is done says itself what poll says then, and asking twice is dear. */
static void file_changed(struct watched *watched, unsigned events)
{
    struct open_file *file = CONTAINING_RECORD(watched, struct open_file, watched);
    const unsigned failures = POLLERR | POLLHUP;
    bool is_told = false;
    if ((events & failures) != 0)
        look_after(file, EIO);
    WdfObjectReference(file->handle);
    if ((events & (POLLIN | failures)) != 0)
        is_told |= serve_reads(file);
    if ((events & (POLLOUT | failures)) != 0)
        is_told |= serve_writes(file);
    if (!is_told)
        tell_events(file);
    WdfObjectDereference(file->handle);
}

/* ---- from the queue ---- */

/* A request of no open file has nothing behind it. */
static struct call *begin_transfer(WDFREQUEST request)
{
    WDFFILEOBJECT handle = WdfRequestGetFileObject(request);
    struct open_file *file = handle != NULL ? open_file_of(handle) : NULL;
    if (file != NULL && file->descriptor >= 0)
        return begin_call(request, file);
    WdfRequestComplete(request, STATUS_INVALID_DEVICE_REQUEST);
    return NULL;
}

VOID open_file_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    struct call *call = begin_transfer(Request);
    struct termios terms;
    UNREFERENCED_PARAMETER(Length);
    if (call == NULL)
        return;
    struct open_file *file = call->file;
    WDFQUEUE waiting = linux_device_of(WdfIoQueueGetDevice(Queue))->reads;
    bool is_patient = (io_of(Request)->open_flags & O_NONBLOCK) == 0;
    bool has_turn = file->is_watched && !(is_patient && has_own_terms(file, &terms));
    if (has_turn)
        try_or_wait(call, &file->reads, waiting, try_read);
    else if (!file->is_watched && try_read(call))
        end_transfer(call);
    else
        submit_call(call, run_read);
}

VOID open_file_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    struct call *call = begin_transfer(Request);
    UNREFERENCED_PARAMETER(Length);
    if (call == NULL)
        return;
    struct open_file *file = call->file;
    WDFQUEUE waiting = linux_device_of(WdfIoQueueGetDevice(Queue))->writes;
    if (file->is_watched)
        try_or_wait(call, &file->writes, waiting, try_write);
    else
        submit_call(call, run_write);
}

VOID open_file_stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    if ((ActionFlags & WdfRequestStopActionPurge) == 0)
        WdfRequestStopAcknowledge(Request, FALSE); /* Linux does not know that anybody sleeps */
}

/* ---- controls ---- */

/* A number of Linux has its size in it, or is known; else it is a control code for another device
 * of ours. Of a driver nobody says which it sends. */
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
    unsigned number = io_of(call->request)->control_code;
    if (port_ioctl_find(number, known))
        return true;
    *known = port_ioctl_said(number);
    return linux_device_of(call->file->device)->passes_all_controls;
}

/* A driver's memory is where it says; its codes say a METHOD, whether they mean one or not. */
static bool is_in_place(const struct call *call)
{
    const struct io_request *io = io_of(call->request);
    return io->is_by_address && call->file->is_of_driver && io->requestor_pid == getpid();
}

static const void *input_of(const struct call *call)
{
    const struct io_request *io = io_of(call->request);
    return is_in_place(call) ? (const void *)(uintptr_t)io->client_input : io->input;
}

static void *output_of(struct call *call)
{
    const struct io_request *io = io_of(call->request);
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
        result = ioctl(call->file->descriptor, io_of(call->request)->control_code, argument);
    while (is_to_repeat(call, result));
    return result;
}

/* The kernel writes as much as it likes: the memory is as large as the number says, whatever the
 * sender has. */
static void control_memory(struct call *call, const struct port_ioctl *known)
{
    const struct io_request *io = io_of(call->request);
    size_t size = known->in > known->out ? known->in : known->out;
    size_t said = _IOC_SIZE(io->control_code);
    size = size > said ? size : said; /* a driver of Linux may look at that alone */
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
    set_result(call, result, true);
    request_from_handle(call->request)->io.control_result = result > 0 ? (int)result : 0;
    call->information = 0;
    void *output = NT_SUCCESS(call->status) && known->out > 0 ? output_of(call) : NULL;
    if (NT_SUCCESS(call->status) && known->out > 0) {
        memcpy(output, memory, known->out);
        call->information = known->out;
    }
    free(memory);
}

/* Once, since clients may ask as often as they like. */
static void warn_of_number(struct linux_device *device, unsigned number)
{
    if (!atomic_exchange(&device->has_warned, true))
        log_warning("%s: ioctl 0x%x is answered ENOTTY: what its argument leads to is not known; "
                    "others of its kind are not told of",
                    device->path, number);
}

static void run_number(struct call *call)
{
    const struct io_request *io = io_of(call->request);
    struct port_ioctl known;
    if (!find_control(call, &known)) {
        warn_of_number(linux_device_of(call->file->device), io->control_code);
        call->status = nt_status_from_errno(ENOTTY, true);
    } else if (known.needs_privilege && !call->file->is_of_driver &&
               !linux_device_of(call->file->device)->passes_all_controls) {
        call->status =
            nt_status_from_errno(EPERM, true); /* the daemon's right is not the client's */
    } else if (known.is_value) {
        unsigned long value = io_control_is_bare(io) ? (unsigned long)io->client_input : 0;
        if (!io_control_is_bare(io) && io->input_length <= sizeof(value) && io->input_length > 0)
            memcpy(&value, input_of(call), io->input_length);
        set_result(call, control(call, value), true);
    } else {
        control_memory(call, &known);
    }
}

/* To a driver on the other side. */
static void run_code(struct call *call)
{
    const struct io_request *io = io_of(call->request);
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
    while (is_to_repeat(call, result));
    set_result(call, result, true);
    call->information = returned;
    if (status != WDFUSE_NO_STATUS)
        call->status = status;
}

static void run_control(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    if (is_of_linux(io_of(call->request)))
        run_number(call);
    else
        run_code(call);
    tell_events(call->file);
}

VOID open_file_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                       size_t InputBufferLength, ULONG IoControlCode)
{
    struct call *call = begin_transfer(Request);
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
    if (call == NULL)
        return;
    /* Addresses of a client, of which nothing has come. */
    const struct io_request *io = io_of(Request);
    if (io->is_by_address && !is_in_place(call) && !io_control_is_bare(io))
        WdfRequestComplete(Request, nt_status_from_errno(ENOTTY, true));
    else
        submit_call(call, run_control);
}
