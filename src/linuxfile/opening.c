/* Open and close. See opening.h. */
#include "linuxfile/opening.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linuxfile/call.h"
#include "linuxfile/linuxdevice.h"
#include "linuxfile/openfile.h"
#include "linuxfile/transfer.h"
#include "nt/status.h"
#include "port/log.h"

/* The flags that a client's open may pass on; the file never becomes the daemon's controlling
 * terminal. */
#define CLIENT_FLAGS                                                                               \
    (O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_DIRECT | O_NOATIME | O_LARGEFILE)

static int open_flags(const struct call *call)
{
    return ((int)call_io(call->request)->open_flags & CLIENT_FLAGS) | O_CLOEXEC | O_NOCTTY;
}

/* The open may wait; later calls on it do not. */
static bool prepare(struct open_file *file)
{
    struct stat status;
    struct termios terminal;
    if (fstat(file->descriptor, &status) != 0)
        return false;
    if (!linux_device_is(linux_device_of(file->device), &status)) {
        errno = ENODEV;
        return false;
    }
    file->has_offset = S_ISREG(status.st_mode);
    file->is_terminal = ioctl(file->descriptor, TCGETS, &terminal) == 0;
    file->is_watched = true; /* the watcher may call before this has returned */
    int error = watcher_add(&file->watched, file->descriptor);
    if (error != 0) {
        file->is_watched = false;
        errno = -error;
        return error == -EPERM;
    }
    int flags = fcntl(file->descriptor, F_GETFL);
    return flags >= 0 && fcntl(file->descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

static void run_open(struct blocking *blocking)
{
    struct call *call = CONTAINING_RECORD(blocking, struct call, blocking);
    struct open_file *file = call->file;
    const char *path = linux_device_of(file->device)->path;
    do
        file->descriptor = open(path, open_flags(call));
    while (call_is_to_repeat(call, file->descriptor));
    bool is_open = file->descriptor >= 0 && prepare(file);
    call_set_result(call, is_open ? 0 : -1, false);
    if (!is_open)
        open_file_release(file);
}

VOID opening_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    struct open_file *file = open_file_of(FileObject);
    *file = (struct open_file){.handle = FileObject, .device = Device, .descriptor = -1};
    watched_init(&file->watched, transfer_file_changed);
    port_mutex_init(&file->events_lock);
    port_mutex_init(&file->reads.serving_lock);
    port_mutex_init(&file->writes.serving_lock);
    const struct io_request *io = call_io(Request);
    file->is_of_driver = io->is_from_driver;
    if (!io->is_from_driver && !io->transport->is_in_process && io->requestor_pid == getpid()) {
        log_error("%s leads back to a device of this process", linux_device_of(Device)->path);
        WdfRequestComplete(Request, nt_status_from_errno(ELOOP, false));
        return;
    }
    call_submit(call_begin(Request, file), run_open);
}

/* Closing a terminal may wait: it sends its output first. */
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

VOID opening_close(WDFFILEOBJECT FileObject)
{
    struct open_file *file = open_file_of(FileObject);
    int descriptor = file->descriptor;
    if (descriptor < 0)
        return;
    if (file->is_watched)
        watcher_remove(&file->watched); /* from here on the watcher does not use it */
    file->is_watched = false;
    file->descriptor = -1;
    if (file->is_terminal)
        close_elsewhere(descriptor);
    else
        close(descriptor);
}

VOID opening_cleanup(WDFOBJECT Object)
{
    struct open_file *file = open_file_of(Object);
    if (file->handle == NULL)
        return; /* it was never to be opened */
    open_file_release(file);
}

/* The serving thread may hold a lock a little longer than the file is open. */
VOID opening_destroy(WDFOBJECT Object)
{
    struct open_file *file = open_file_of(Object);
    if (file->handle == NULL)
        return;
    watched_destroy(&file->watched);
    port_mutex_destroy(&file->events_lock);
    port_mutex_destroy(&file->reads.serving_lock);
    port_mutex_destroy(&file->writes.serving_lock);
}
