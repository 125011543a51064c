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

/* Calls that wait at the same time; more are queued. */
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
    /* In a thread of the pool. Afterwards, still RUNNING, `let_go` returns whether it can no longer
     * be cancelled (NULL: it never can). If so, or if it was cancelled while RUNNING, `ended` is
     * called, which may free this. Else blocking_cancel will still be called, and finds it
     * FINISHED. */
    void (*run)(struct blocking *call);
    bool (*let_go)(struct blocking *call);
    void (*ended)(struct blocking *call);
    _Atomic(bool) is_cancelled; /* while it runs; for loops around a call that returns early */

    /* The pool's. */
    enum blocking_state state;
    LIST_ENTRY entry;
    struct blocking_thread *thread;
};

void blocking_init(struct blocking *call, void (*run)(struct blocking *call),
                   bool (*let_go)(struct blocking *call), void (*ended)(struct blocking *call));

/* False: there is no thread, and none can be had. Nothing, if it was cancelled before. */
bool blocking_submit(struct blocking *call);

/* Returns its state. CANCELLED and FINISHED: the caller answers it, `run` and `ended` will not be
 * called any more. RUNNING: `ended` will be called. */
enum blocking_state blocking_cancel(struct blocking *call);

/* True while a thread must be interrupted once more: call again a moment later. */
bool blocking_interrupt_again(void);

/* Waits for what is queued and running, and ends the threads. */
void blocking_end(void);

#endif
