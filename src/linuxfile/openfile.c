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
void open_file_tell_events(struct open_file *file)
{
    if (!file->is_watched)
        return;
    PORT_LOCK_SCOPE_OF(file, events_lock);
    unsigned events = ask_locked(file);
    if ((events & POLLOUT) == 0)
        watcher_watch_room(&file->watched);
    WdfuseFileObjectSetPollEvents(file->handle, events_of_poll(events));
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
