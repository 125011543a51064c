/*
 * The pool of worker threads. See worker.h.
 *
 * It starts with one thread and grows while work waits and no thread is free: work may block for
 * any time (a driver's passive timer, a deletion that awaits a request), and other work must not
 * wait for that.
 */
#include "framework/object/worker.h"

#include <wdm.h>
#include <wdf.h>

#include "port/log.h"
#include "port/thread.h"

#define WORKERS_MAX 16

static struct {
    struct port_mutex workers_lock;
    struct port_condition work_available;
    struct port_condition became_idle;
    LIST_ENTRY queue GUARDED_BY(workers_lock);
    unsigned thread_count GUARDED_BY(workers_lock);
    unsigned idle_count GUARDED_BY(workers_lock);
    /* Pieces of work in the queue. */
    unsigned waiting_count GUARDED_BY(workers_lock);
    bool stopping GUARDED_BY(workers_lock);
    struct port_thread threads[WORKERS_MAX] GUARDED_BY(workers_lock);
} workers = {.workers_lock = PORT_MUTEX_INITIALIZER};

/* A piece of work is done, or taken back. */
static void settle_locked(struct work_account *account) REQUIRES(workers_lock)
{
    if (account != NULL && --account->pending == 0)
        port_condition_broadcast(&workers.became_idle);
}

static void worker_main(void *unused)
{
    (void)unused;
    port_lock_of(&workers, workers_lock);
    for (;;) {
        while (!IsListEmpty(&workers.queue)) {
            struct work *work =
                CONTAINING_RECORD(RemoveHeadList(&workers.queue), struct work, entry);
            struct work_account *account = work->account; /* the work may be freed by itself */
            work->is_queued = false;
            workers.waiting_count--;
            port_unlock_of(&workers, workers_lock);
            work->run(work);
            port_lock_of(&workers, workers_lock);
            settle_locked(account);
        }
        if (workers.stopping)
            break;
        workers.idle_count++;
        port_condition_broadcast(&workers.became_idle);
        port_condition_wait(&workers.work_available, &workers.workers_lock);
        workers.idle_count--;
    }
    port_unlock_of(&workers, workers_lock);
}

static int add_thread_locked(void) REQUIRES(workers_lock)
{
    int error =
        port_thread_start(&workers.threads[workers.thread_count], "wdf-worker", worker_main, NULL);
    if (error == 0)
        workers.thread_count++;
    return error;
}

NTSTATUS workers_start(void)
{
    PORT_LOCK_SCOPE_OF(&workers, workers_lock);
    port_condition_init(&workers.work_available);
    port_condition_init(&workers.became_idle);
    InitializeListHead(&workers.queue);
    workers.thread_count = workers.idle_count = workers.waiting_count = 0;
    workers.stopping = false;
    return add_thread_locked() == 0 ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

void workers_stop(void)
{
    port_lock_of(&workers, workers_lock);
    workers.stopping = true;
    port_condition_broadcast(&workers.work_available);
    port_unlock_of(&workers, workers_lock);

    /* Nobody adds threads any more, so that the count stands still. */
    port_lock_is_not_needed(workers_lock);
    for (unsigned i = 0; i < workers.thread_count; i++)
        port_thread_join(&workers.threads[i]);
    port_condition_destroy(&workers.work_available);
    port_condition_destroy(&workers.became_idle);
}

void work_submit(struct work *work)
{
    PORT_LOCK_SCOPE_OF(&workers, workers_lock);
    InsertTailList(&workers.queue, &work->entry);
    work->is_queued = true;
    if (work->account != NULL)
        work->account->pending++;
    workers.waiting_count++;
    /* An idle thread counts until it has woken up, hence the comparison with what waits. */
    if (workers.waiting_count > workers.idle_count && workers.thread_count < WORKERS_MAX &&
        !workers.stopping) {
        if (add_thread_locked() != 0)
            log_debug("no further worker thread: work waits for one of %u", workers.thread_count);
    }
    port_condition_signal(&workers.work_available);
}

static PORT_THREAD_LOCAL struct work_scope *innermost;

void work_scope_begin(struct work_scope *scope)
{
    InitializeListHead(&scope->works);
    scope->outer = innermost;
    innermost = scope;
}

void work_scope_end(struct work_scope *scope)
{
    innermost = scope->outer;
    bool may_run = KeGetCurrentIrql() == PASSIVE_LEVEL;
    while (!IsListEmpty(&scope->works)) {
        struct work *work = CONTAINING_RECORD(RemoveHeadList(&scope->works), struct work, entry);
        /* One here, and it may block: the others must not wait for it. */
        if (may_run && IsListEmpty(&scope->works))
            work->run(work);
        else
            work_submit(work);
    }
}

void work_submit_after(struct work *work)
{
    if (innermost != NULL)
        InsertTailList(&innermost->works, &work->entry);
    else
        work_submit(work);
}

bool work_cancel(struct work *work)
{
    PORT_LOCK_SCOPE_OF(&workers, workers_lock);
    if (!work->is_queued)
        return false;
    RemoveEntryList(&work->entry);
    work->is_queued = false;
    workers.waiting_count--;
    settle_locked(work->account);
    return true;
}

void workers_wait_until_idle(void)
{
    PORT_LOCK_SCOPE_OF(&workers, workers_lock);
    while (!IsListEmpty(&workers.queue) || workers.idle_count < workers.thread_count)
        port_condition_wait(&workers.became_idle, &workers.workers_lock);
}

void workers_wait_for(struct work_account *account)
{
    PORT_LOCK_SCOPE_OF(&workers, workers_lock);
    while (account->pending > 0)
        port_condition_wait(&workers.became_idle, &workers.workers_lock);
}
