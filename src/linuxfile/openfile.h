/*
 * The open file of Linux behind an open file of ours.
 */
#ifndef WDFUSE_LINUXFILE_OPENFILE_H
#define WDFUSE_LINUXFILE_OPENFILE_H

#include <stdatomic.h>
#include <stdbool.h>

#include <wdf.h>

#include "linuxfile/patience.h"
#include "linuxfile/watcher.h"
#include "port/thread.h"

PORT_LOCK_KIND(events_lock);
PORT_LOCK_KIND(serving_lock);

/* One direction. One thread at a time tries the queued requests; others make it look
 * once more. */
struct waiting {
    struct port_mutex serving_lock;
    bool is_served GUARDED_BY(serving_lock);
    bool looks_again GUARDED_BY(serving_lock);
};

/* The context of a file object. */
typedef struct open_file {
    WDFFILEOBJECT handle;
    WDFDEVICE device;
    int descriptor; /* -1: not open yet */
    bool is_watched;
    bool is_terminal;
    bool has_offset;
    bool is_of_driver; /* a driver has opened it, for an I/O target */
    struct watched watched;
    struct port_mutex events_lock; /* around polling the file and reporting the result */
    /* Somebody has polled it, or tried a transfer that does not wait; never taken back. Set with
     * the lock. A number, since it is read by atomic_fetch_add (open_file_tell_events). */
    _Atomic(unsigned) is_asked;
    struct waiting reads, writes;
    struct patience patience; /* of who serves reads */
} open_file;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(open_file, open_file_of)

/* Reports what poll(2) says about the Linux file as our file's events, and from now on. */
void open_file_begin_to_tell(WDFFILEOBJECT handle);

/* Reports it after something has changed; nothing, as long as nobody has asked. */
void open_file_tell_events(struct open_file *file);

/* Whether events are reported. */
static inline bool open_file_is_asked(const struct open_file *file)
{
    return file->is_asked != 0;
}

/* Closes it, unless it was never opened. */
void open_file_release(struct open_file *file);

#endif
