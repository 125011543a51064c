/* Open files of Linux. See openfile.h. */
#include "linuxfile/openfile.h"

#include <poll.h>
#include <unistd.h>

#include <wdfuse/poll.h>

static unsigned ask_locked(const struct open_file *file) REQUIRES(events_lock)
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

/* Polls and reports under one lock: of two threads the later answer is reported last. */
static void tell_locked(struct open_file *file) REQUIRES(events_lock)
{
    unsigned events = ask_locked(file);
    if ((events & POLLOUT) == 0)
        watcher_watch(&file->watched, POLLOUT);
    WdfuseFileObjectSetPollEvents(file->handle, events_of_poll(events));
}

/*
 * Most files are never polled, and to poll one after each transfer costs as much as the transfer.
 * So that begins with the first client who asks. A second one who comes meanwhile waits for the
 * lock, and finds what was told.
 */
void open_file_begin_to_tell(WDFFILEOBJECT handle)
{
    struct open_file *file = open_file_of(handle);
    if (!file->is_watched)
        return;
    PORT_LOCK_SCOPE_OF(file, events_lock);
    if (open_file_is_asked(file))
        return;
    atomic_fetch_add(&file->is_asked, 1);
    watcher_watch(&file->watched, POLLIN | POLLPRI);
    tell_locked(file);
}

/*
 * Whoever has read or written looks at is_asked afterwards, and who asks first looks at the file
 * afterwards: one of them sees what the other has done. Both change is_asked for that (one by
 * nothing), which brings them in an order; to load it could happen before the transfer.
 */
void open_file_tell_events(struct open_file *file)
{
    if (!file->is_watched || atomic_fetch_add(&file->is_asked, 0) == 0)
        return;
    PORT_LOCK_SCOPE_OF(file, events_lock);
    tell_locked(file);
}

void open_file_release(struct open_file *file)
{
    if (file->is_watched)
        watcher_remove(&file->watched);
    file->is_watched = false;
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
}
