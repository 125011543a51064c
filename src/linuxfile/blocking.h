/*
 * System calls that may wait, in threads of their own: each can be ended early.
 *
 *     NEW --submit--> QUEUED --a thread takes it--> RUNNING --it returns--> FINISHED
 *
 * From NEW and QUEUED a cancellation leads to CANCELLED; while it is RUNNING the thread is
 * interrupted, again and again until the call returns.
 */
#ifndef WDFUSE_LINUXFILE_BLOCKING_H
#define WDFUSE_LINUXFILE_BLOCKING_H

#include <stdatomic.h>
#include <stdbool.h>

#include <ntdef.h>

/* Calls that wait at the same time; what is beyond waits for its turn. */
#define BLOCKING_THREADS_MAX 32

struct blocking_thread;

enum blocking_state {
    BLOCKING_NEW,
    BLOCKING_QUEUED,
    BLOCKING_RUNNING,
    BLOCKING_FINISHED,
    BLOCKING_CANCELLED,
};

struct blocking {
    /* In a thread of the pool. Afterwards `let_go` says, still RUNNING, that nobody will cancel it
     * any more (NULL: nobody ever does); `ended`, which may free this, is called if that is so, or
     * if it was cancelled while it was RUNNING. Else blocking_cancel has still to come, and finds
     * it FINISHED. */
    void (*run)(struct blocking *call);
    bool (*let_go)(struct blocking *call);
    void (*ended)(struct blocking *call);
    _Atomic(bool) is_cancelled; /* while it is running, for loops around a call that ends early */

    /* The pool's. */
    enum blocking_state state;
    LIST_ENTRY entry;
    struct blocking_thread *thread;
};

void blocking_init(struct blocking *call, void (*run)(struct blocking *call),
                   bool (*let_go)(struct blocking *call), void (*ended)(struct blocking *call));

/* False: there is no thread, and none can be had. Nothing, if it was cancelled before. */
bool blocking_submit(struct blocking *call);

/* What has become of it: CANCELLED and FINISHED are the caller's to answer, `run` and `ended` will
 * not be called any more; RUNNING: `ended` will be. */
enum blocking_state blocking_cancel(struct blocking *call);

/* True while somebody must be interrupted once more: to be called again, a moment later. */
bool blocking_interrupt_again(void);

/* Waits for what is queued and running, and ends the threads. */
void blocking_end(void);

#endif
