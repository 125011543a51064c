/* Calls that wait. See blocking.h. */
#include "linuxfile/blocking.h"

#include <stdlib.h>

#include <wdm.h>

#include "linuxfile/watcher.h"
#include "port/thread.h"

PORT_LOCK_KIND(blocking_lock);

struct blocking_thread {
    struct port_thread thread;
    struct blocking *running GUARDED_BY(blocking_lock); /* NULL: it waits for the next */
};

static struct {
    struct port_mutex blocking_lock;
    struct port_condition changed;
    LIST_ENTRY queued GUARDED_BY(blocking_lock);
    struct blocking_thread threads[BLOCKING_THREADS_MAX];
    unsigned thread_count GUARDED_BY(blocking_lock);
    unsigned idle_count GUARDED_BY(blocking_lock);
    unsigned queued_count GUARDED_BY(blocking_lock);
    unsigned cancelled_count GUARDED_BY(blocking_lock); /* of those that run */
    bool is_ending GUARDED_BY(blocking_lock);
} pool = {
    .blocking_lock = PORT_MUTEX_INITIALIZER,
    .changed = PORT_CONDITION_INITIALIZER,
    .queued = {&pool.queued, &pool.queued},
};

void blocking_init(struct blocking *call, void (*run)(struct blocking *call),
                   bool (*let_go)(struct blocking *call), void (*ended)(struct blocking *call))
{
    *call = (struct blocking){.run = run, .let_go = let_go, .ended = ended, .state = BLOCKING_NEW};
}

/* ---- the threads ---- */

static struct blocking *take_locked(struct blocking_thread *thread) REQUIRES(blocking_lock)
{
    struct blocking *call = CONTAINING_RECORD(RemoveHeadList(&pool.queued), struct blocking, entry);
    pool.queued_count--;
    call->state = BLOCKING_RUNNING;
    call->thread = thread;
    thread->running = call;
    return call;
}

/* Whether it was cancelled. */
static bool finish_locked(struct blocking_thread *thread, struct blocking *call)
    REQUIRES(blocking_lock)
{
    bool was_cancelled = call->is_cancelled;
    call->state = BLOCKING_FINISHED;
    thread->running = NULL;
    if (was_cancelled)
        pool.cancelled_count--;
    return was_cancelled;
}

static void run_next_locked(struct blocking_thread *thread) REQUIRES(blocking_lock)
{
    struct blocking *call = take_locked(thread);
    port_unlock_of(&pool, blocking_lock);
    call->run(call);
    bool is_let_go = call->let_go == NULL || call->let_go(call);
    port_lock_of(&pool, blocking_lock);
    bool was_cancelled = finish_locked(thread, call);
    port_unlock_of(&pool, blocking_lock);
    if (is_let_go || was_cancelled)
        call->ended(call); /* else it belongs to the canceller, which may have ended it by now */
    port_lock_of(&pool, blocking_lock);
}

static void thread_main(void *argument)
{
    struct blocking_thread *thread = argument;
    port_thread_allow_interrupts();
    PORT_LOCK_SCOPE_OF(&pool, blocking_lock);
    for (;;) {
        if (!IsListEmpty(&pool.queued)) {
            run_next_locked(thread);
        } else if (pool.is_ending) {
            return;
        } else {
            pool.idle_count++;
            port_condition_wait(&pool.changed, &pool.blocking_lock);
            pool.idle_count--;
        }
    }
}

/* Starts one more if all are busy. If that fails, the existing ones must do. */
static bool find_thread_locked(void) REQUIRES(blocking_lock)
{
    if (pool.idle_count >= pool.queued_count || pool.thread_count == BLOCKING_THREADS_MAX)
        return true;
    struct blocking_thread *thread = &pool.threads[pool.thread_count];
    if (port_thread_start(&thread->thread, "wdf-blocking", thread_main, thread) != 0)
        return pool.thread_count > 0;
    pool.thread_count++;
    return true;
}

bool blocking_submit(struct blocking *call)
{
    PORT_LOCK_SCOPE_OF(&pool, blocking_lock);
    if (call->state == BLOCKING_CANCELLED)
        return true;
    call->state = BLOCKING_QUEUED;
    InsertTailList(&pool.queued, &call->entry);
    pool.queued_count++;
    if (!find_thread_locked()) {
        RemoveEntryList(&call->entry);
        pool.queued_count--;
        call->state = BLOCKING_NEW;
        return false;
    }
    port_condition_signal(&pool.changed);
    return true;
}

/* ---- cancelling ---- */

static enum blocking_state cancel_locked(struct blocking *call) REQUIRES(blocking_lock)
{
    if (call->state == BLOCKING_RUNNING) {
        call->is_cancelled = true;
        pool.cancelled_count++;
        port_thread_interrupt(&call->thread->thread);
        return BLOCKING_RUNNING;
    }
    if (call->state == BLOCKING_QUEUED) {
        RemoveEntryList(&call->entry);
        pool.queued_count--;
    }
    if (call->state != BLOCKING_FINISHED)
        call->state = BLOCKING_CANCELLED;
    return call->state;
}

enum blocking_state blocking_cancel(struct blocking *call)
{
    port_lock_of(&pool, blocking_lock);
    enum blocking_state state = cancel_locked(call);
    port_unlock_of(&pool, blocking_lock);
    if (state == BLOCKING_RUNNING)
        watcher_look_again(); /* it interrupts again if this came too early */
    return state;
}

bool blocking_interrupt_again(void)
{
    PORT_LOCK_SCOPE_OF(&pool, blocking_lock);
    for (unsigned i = 0; i < pool.thread_count && pool.cancelled_count > 0; i++) {
        const struct blocking *call = pool.threads[i].running;
        if (call != NULL && call->is_cancelled)
            port_thread_interrupt(&pool.threads[i].thread);
    }
    return pool.cancelled_count > 0;
}

void blocking_end(void)
{
    port_lock_of(&pool, blocking_lock);
    pool.is_ending = true;
    port_condition_broadcast(&pool.changed);
    unsigned count = pool.thread_count;
    port_unlock_of(&pool, blocking_lock);
    for (unsigned i = 0; i < count; i++)
        port_thread_join(&pool.threads[i].thread);
    port_lock_of(&pool, blocking_lock);
    pool.thread_count = 0;
    pool.is_ending = false;
    port_unlock_of(&pool, blocking_lock);
}
