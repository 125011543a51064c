/*
 * Worker threads: where work goes that the present thread must not do, because it is above
 * PASSIVE_LEVEL or holds the lock that the work needs.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_WORKER_H
#define WDFUSE_FRAMEWORK_OBJECT_WORKER_H

#include <stdbool.h>

#include <ntdef.h>

#include "port/thread.h"

/* The lock of the pool; a leaf. */
PORT_LOCK_KIND(workers_lock);

/* How much of its work waits or runs, for a thread that waits for its end. */
struct work_account {
    unsigned pending GUARDED_BY(workers_lock);
};

/* A piece of work, embedded in what it works on. Not to be submitted again before its function has
 * been called. */
struct work {
    LIST_ENTRY entry;
    bool is_queued GUARDED_BY(workers_lock);
    void (*run)(struct work *work);
    struct work_account *account; /* NULL: none */
};

/* The account is that of the driver whose work it is (identity.h), and stays until the work is
 * done; NULL: nobody's. */
static inline void work_init(struct work *work, void (*run)(struct work *work),
                             struct work_account *account)
{
    port_lock_is_not_needed(workers_lock);
    work->run = run;
    work->account = account;
    work->is_queued = false;
}

/*
 * Starts the first worker thread, so that submitting can't fail. STATUS_INSUFFICIENT_RESOURCES when
 * it can't be had.
 */
NTSTATUS workers_start(void);

/* Runs what is left, then ends the threads. */
void workers_stop(void);

/* Any thread, any IRQL. The function is called at PASSIVE_LEVEL, without any lock; it may free the
 * work's memory. */
void work_submit(struct work *work);

/*
 * Work that may run in this thread, a little later, need not wake another one: between begin and
 * end, work_submit_after collects what is submitted, and end runs one piece of it and gives the
 * others to the workers. It means "when the IRQL is low and the lock is free again", as a DPC does
 * in NT. Scopes nest. A scope that ends above PASSIVE_LEVEL gives all its work to the workers.
 *
 * Not around anything that may block: it could wait for the very work that it has collected.
 */
struct work_scope {
    LIST_ENTRY works;
    struct work_scope *outer;
};
void work_scope_begin(struct work_scope *scope);
void work_scope_end(struct work_scope *scope);

/* For the end of the innermost scope of this thread; as work_submit when there is none. */
void work_submit_after(struct work *work);

/* Takes work back that no worker has begun: true if its function will not be called. */
bool work_cancel(struct work *work);

/* Waits until nothing is queued or running. Not from a worker. */
void workers_wait_until_idle(void);

/* Waits until nothing of that account is. Not from a worker. */
void workers_wait_for(struct work_account *account);

#endif
