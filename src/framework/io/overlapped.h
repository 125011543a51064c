/*
 * Overlapped I/O as O_NONBLOCK: the translation that lets any driver serve clients that do not
 * wait.
 *
 * On Windows a driver does not know whether its caller waits: a request that it does not complete
 * at once is "pending", and its caller is told later. Here each direction of an open file is in one
 * of four states, guarded by the device's io_lock:
 *
 *                non-blocking call: to the driver
 *       IDLE ------------------------------------------> TRYING
 *       ^ ^ ^                                             |  |
 *       | | +---- the driver has completed it in dispatch,+  | dispatch returns, the driver has it
 *       | |       the client is answered as usual            | still: a read is answered EAGAIN, a
 *       | |                                                  v write with its full length
 *       | +------ completed: a write, with success -----IN_FLIGHT
 *       |                                                    | completed: a read, or a write that
 *       |  the next call takes the outcome                   v failed
 *       +---------------------------------------------------DONE
 *
 * While a call is TRYING or IN_FLIGHT, further non-blocking ones of that direction are answered
 * EAGAIN. While one is IN_FLIGHT, blocking ones wait for it: they are WAITING in `waiting`, then
 * each takes what there is to take, and the others go to the driver, by a worker thread. An
 * interrupt ends the wait of the call that it hits, and does not touch what is in flight. A
 * blocking call while nothing is IN_FLIGHT or DONE goes its usual way; nothing of this file
 * concerns it but one look at the state, under a lock that is held anyway.
 *
 * A read that asks for less than there is leaves the rest. A failure is told once.
 */
#ifndef WDFUSE_FRAMEWORK_IO_OVERLAPPED_H
#define WDFUSE_FRAMEWORK_IO_OVERLAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntdef.h>
#include <wdf.h>

#include "framework/io/domain.h"
#include "framework/object/worker.h"

struct io_file;
struct io_request;
struct wdf_request;

enum transfer_state {
    TRANSFER_IDLE,
    TRANSFER_TRYING,
    TRANSFER_IN_FLIGHT,
    TRANSFER_DONE,
};

/* One direction of an open file. Guarded by the device's io_lock. */
struct transfer {
    enum transfer_state state GUARDED_BY(io_lock);
    struct io_file *file; /* constant */
    /* With a reference. TRYING, IN_FLIGHT: the driver's; DONE: what was read */
    struct wdf_request *request GUARDED_BY(io_lock);
    NTSTATUS status GUARDED_BY(io_lock); /* DONE */
    size_t length GUARDED_BY(io_lock);   /* DONE: bytes read */
    size_t taken GUARDED_BY(io_lock);    /* of these, by clients */
    bool is_awaited GUARDED_BY(io_lock); /* TRYING: somebody was told to come back, or polls */
    /* Blocking requests in state WAITING, in order: wdf_request.queue_entry */
    LIST_ENTRY waiting GUARDED_BY(io_lock);
    /* Those that are to go to the driver; a worker of the framework hands them over */
    LIST_ENTRY released GUARDED_BY(io_lock);
    struct work release; /* does that */
    bool is_releasing;   /* it is submitted, and has not begun */
};

struct overlapped {
    struct transfer read;
    struct transfer write;
    bool awaits_room;  /* its client was told that it can't write for the device's being full */
    bool is_ended;     /* the file is being closed: what is read from now on is nobody's */
    bool owes_cleanup; /* the file's cleanup waits for the write in flight */
};

/*
 * What a client can leave behind: an accepted write outlives its file, so nothing else bounds what
 * clients that open, write and close make the device remember. In bytes, each write with something
 * for its request; beyond it, writes that do not wait are answered EAGAIN, and poll does not say
 * POLLOUT. What one client may have of it, quota.h says.
 */
#define OVERLAPPED_WRITES_MAX ((size_t)8 * 1024 * 1024)

/* Of a device; guarded by its io_lock. */
struct device_overlapped {
    size_t bytes; /* of writes that are TRYING or IN_FLIGHT */
    bool is_full;
};

/* What an overlapped request is to its client (wdf_request.trial). */
enum trial {
    TRIAL_NONE,     /* it is no non-blocking one */
    TRIAL_RUNNING,  /* the client waits until dispatch returns */
    TRIAL_DETACHED, /* the client has got its answer, and the driver has the request still */
    TRIAL_OVER,
};

void overlapped_init(struct io_file *file);

/* Whether that is what this module is for: a read or write that does not wait. */
bool overlapped_is_asked(WDF_REQUEST_TYPE type, uint32_t open_flags);

/* Whether a read or write must pass through overlapped_submit. With the io_lock held. */
bool overlapped_concerns_locked(const struct io_request *io) REQUIRES(io_lock);
void overlapped_submit(struct wdf_request *request);

/* A request in state WAITING: its client gives up. Without the io_lock then, request_finish is
 * called. */
void overlapped_give_up_locked(struct wdf_request *request) REQUIRES(io_lock);

/*
 * The file is being closed: the read in flight and those who wait are cancelled, what was read is
 * dropped. True: a write that was accepted is in flight, and file_clean_up_later is called when it
 * is done.
 */
bool overlapped_end(struct io_file *file);

/* Poll's events of the file, if the driver says those. */
ULONG overlapped_events_locked(struct io_file *file, ULONG driver_events) REQUIRES(io_lock);

#endif
