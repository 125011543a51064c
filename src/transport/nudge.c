/* Nudges. See nudge.h. */
#include "transport/nudge.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "port/log.h"
#include "port/thread.h"
#include "transport/ring.h"

/* A leaf. */
PORT_LOCK_KIND(nudger_lock);

struct nudger {
    struct rings *rings;
    char name[PATH_MAX];
    _Atomic(bool) stopping;
    struct port_mutex nudger_lock;
    struct port_condition was_called;
    bool is_called GUARDED_BY(nudger_lock);
    /* Started with the first call. */
    bool has_thread GUARDED_BY(nudger_lock);
    struct port_thread thread;
};

int nudger_create(struct rings *rings, const char *path, struct nudger **nudger)
{
    struct nudger *new = calloc(1, sizeof(*new));
    if (new == NULL)
        return -ENOMEM;
    new->rings = rings;
    port_mutex_init(&new->nudger_lock);
    port_condition_init(&new->was_called);
    *nudger = new;
    int length = snprintf(new->name, sizeof(new->name), "%s/.wdfuse-nudge", path);
    return length < (int)sizeof(new->name) ? 0 : -ENAMETOOLONG;
}

/* Returns false if there is no use in it. */
static bool nudge_once(const struct nudger *nudger, const struct ring_queue *queue)
{
    struct stat unused;
    if (!port_thread_pin(queue->cpu)) {
        log_warning("no thread may run on CPU %u: its clients' requests may have to wait",
                    queue->cpu);
        return false;
    }
    if (stat(nudger->name, &unused) == 0 || errno == ENOENT)
        return true;
    log_debug("no request of our own: %s", strerror(errno));
    return false;
}

static void nudge_queue(const struct nudger *nudger, const struct ring_queue *queue)
{
    unsigned count = 0;
    while (atomic_load(&queue->is_dry) && !atomic_load(&nudger->stopping) &&
           nudge_once(nudger, queue))
        count++;
    if (count > 0)
        log_debug("ring %u had no free entry; %u requests of our own", queue->cpu, count);
}

static void nudge_all(const struct nudger *nudger)
{
    for (unsigned i = 0; i < nudger->rings->queue_count; i++)
        nudge_queue(nudger, &nudger->rings->queues[i]);
}

/* Returns false at the end. */
static bool await_call(struct nudger *nudger)
{
    PORT_LOCK_SCOPE_OF(nudger, nudger_lock);
    while (!nudger->is_called && !atomic_load(&nudger->stopping))
        port_condition_wait(&nudger->was_called, &nudger->nudger_lock);
    nudger->is_called = false;
    return !atomic_load(&nudger->stopping);
}

static void run(void *argument)
{
    struct nudger *nudger = argument;
    while (await_call(nudger))
        nudge_all(nudger);
}

void nudge(struct nudger *nudger)
{
    PORT_LOCK_SCOPE_OF(nudger, nudger_lock);
    nudger->is_called = true;
    if (!nudger->has_thread && !atomic_load(&nudger->stopping))
        nudger->has_thread = port_thread_start(&nudger->thread, "wdfuse-nudge", run, nudger) == 0;
    port_condition_signal(&nudger->was_called);
}

/* Whether there is a thread to join. */
static bool tell_to_stop(struct nudger *nudger)
{
    PORT_LOCK_SCOPE_OF(nudger, nudger_lock);
    atomic_store(&nudger->stopping, true);
    port_condition_signal(&nudger->was_called);
    bool has_thread = nudger->has_thread;
    nudger->has_thread = false;
    return has_thread;
}

void nudger_stop(struct nudger *nudger)
{
    if (tell_to_stop(nudger))
        port_thread_join(&nudger->thread);
}

void nudger_destroy(struct nudger *nudger)
{
    if (nudger == NULL)
        return;
    port_condition_destroy(&nudger->was_called);
    port_mutex_destroy(&nudger->nudger_lock);
    free(nudger);
}
