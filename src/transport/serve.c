/*
 * Serving a ring. See serve.h.
 *
 * An interrupt is lost if it comes when its message is on its way to us: when the ring's thread has
 * not run yet, or while the message waits for an entry. The kernel would look for it when a message
 * is read from /dev/fuse, and does not when it is given to an entry (request_wait_answer and
 * fuse_uring_prepare_send in fs/fuse). The client waits then as one that can only be killed, and
 * when it is, for ever: its state is D. One that has not been interrupted waits in state S, and the
 * interrupt that comes from now on is sent. So one look at what is not answered soon, at any time,
 * tells which of the two it is.
 */
#include "transport/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "framework/io.h"
#include "port/clock.h"
#include "port/log.h"
#include "transport/carry.h"
#include "transport/crew.h"

/* What has no answer is looked at after that time. Where the kernel sends one write of a file after
 * the other, a process with a hundred threads that is killed loses as many interrupts, each when
 * the one before it is answered. */
#define LOOK_NS UINT64_C(2000000)
/* The same while many wait in line: a look costs as much as a request. */
#define LOOK_IN_LINE_NS UINT64_C(50000000)

/* More messages than this line up. */
#define MANY 32

/* With more answers than this the kernel is told of them. */
#define ANSWERS_MAX 8

/* ---- lost interrupts ---- */

/* As /proc shows it: field 3 of a thread's stat, behind the name, which ends with the last
 * parenthesis. '?': unknown. */
static char state_of(uint32_t thread)
{
    char path[32], text[128];
    snprintf(path, sizeof(path), "/proc/%u/stat", thread);
    int file = thread != 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return '?';
    ssize_t length = read(file, text, sizeof(text) - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end != NULL && name_end[1] == ' ' ? name_end[2] : '?';
}

static void list(struct worker *worker, struct ring_entry *entry)
{
    struct ring_server *server = worker->serves;
    if (entry->is_listed)
        return;
    entry->is_listed = true;
    entry->due = port_clock_now() + (worker->session->lines_up ? LOOK_IN_LINE_NS : LOOK_NS);
    entry->next_listed = NULL;
    *server->last_listed = entry;
    server->last_listed = &entry->next_listed;
}

static struct ring_entry *unlist_first(struct ring_server *server)
{
    struct ring_entry *entry = server->listed;
    server->listed = entry->next_listed;
    if (server->listed == NULL)
        server->last_listed = &server->listed;
    entry->is_listed = false;
    return entry;
}

static bool is_answered(const struct ring_entry *entry)
{
    return atomic_load_explicit(&entry->is_answered, memory_order_relaxed);
}

/* The client is between the two when it runs: it is looked at once more. */
static void look_at(struct worker *worker, struct ring_entry *entry)
{
    uint64_t unique = entry->unique;
    char state =
        entry->is_taken && !is_answered(entry) ? state_of(ring_entry_message(entry)->pid) : '?';
    if (state == 'R')
        list(worker, entry);
    else if (state == 'D')
        worker_dispatch_interrupt(worker, unique);
    else if (state == 'S')
        rings_trim(worker->serves->rings, entry);
}

/* Those whose time has come. `leads` may be false then. */
static void look_at_listed(struct worker *worker)
{
    struct ring_server *server = worker->serves;
    uint64_t now = server->listed != NULL ? port_clock_now() : 0;
    while (worker->leads && server->listed != NULL && now >= server->listed->due)
        look_at(worker, unlist_first(server));
}

/* ---- serving ---- */

static bool shall_serve(const struct worker *worker)
{
    const struct session *session = worker->session;
    return worker->leads && !atomic_load_explicit(&session->stopping, memory_order_relaxed) &&
           !atomic_load_explicit(&session->leaves_rings, memory_order_relaxed);
}

/* For an answer as well. */
static int64_t may_sleep_ns(const struct worker *worker)
{
    const struct ring_server *server = worker->serves;
    int milliseconds = crew_may_sleep_ms(worker->session, -1);
    if (milliseconds >= 0)
        return INT64_C(1000000) * milliseconds;
    if (server->listed == NULL)
        return URING_EVER;
    uint64_t now = port_clock_now();
    return now < server->listed->due ? (int64_t)(server->listed->due - now) : 1;
}

static void server_sleep(struct worker *worker)
{
    struct ring_server *server = worker->serves;
    lead_set(&server->lead, worker->index, ASLEEP);
    bool may_sleep = atomic_load(&server->answers) == NULL && shall_serve(worker);
    int error = uring_enter(&server->uring, may_sleep ? may_sleep_ns(worker) : URING_NOT);
    lead_set(&server->lead, worker->index, AWAKE);
    crew_wake_ring_watcher(worker->session);
    if (error != 0 && error != -EINTR && error != -ETIME && error != -EAGAIN && error != -EBUSY)
        log_warning_rarely("a ring can't be entered: %s", strerror(-error));
}

/* The last message, by the worker that leads after it. */
static void note_carried(struct worker *worker)
{
    struct ring_server *server = worker->serves;
    struct ring_entry *entry = server->current;
    server->current = NULL;
    if (entry != NULL && !is_answered(entry))
        list(worker, entry);
}

/* Returns false if there is none. */
static bool serve_next(struct worker *worker)
{
    struct ring_server *server = worker->serves;
    struct wire_buffer message;
    struct ring_entry *entry = ring_take(server, &message);
    if (entry == NULL)
        return false;
    server->current = entry;
    worker_dispatch_of_ring(worker, &message);
    if (worker->leads)
        note_carried(worker);
    return true;
}

/* Where many wait they line up first, as crew.h says; then one of the next process is carried.
 * Returns false if there is none. */
static bool serve_line(struct worker *worker)
{
    bool had_message = true;
    worker->is_lining_up = true;
    while (had_message && shall_serve(worker) && worker_may_line_up(worker))
        had_message = serve_next(worker);
    worker->is_lining_up = false;
    return worker->leads && worker_carry_next(worker);
}

static bool serve_turn(struct worker *worker)
{
    bool lines_up = atomic_load_explicit(&worker->session->lines_up, memory_order_relaxed);
    if (worker_leaves_line(worker))
        return serve_next(worker);
    if (lines_up || uring_ready(&worker->serves->uring) > MANY)
        return serve_line(worker);
    return serve_next(worker);
}

void worker_serve(struct worker *worker)
{
    struct ring_server *server = worker->serves;
    port_thread_pin(server->cpu);
    io_timers_set_looks_soon(true);
    if (shall_serve(worker))
        ring_begin(server);
    note_carried(worker);
    while (shall_serve(worker)) {
        look_at_listed(worker);
        if (!worker->leads || (worker_run_timers(worker) && !worker->leads))
            break;
        ring_commit(server);
        if (uring_prepared(&server->uring) > ANSWERS_MAX)
            uring_enter(&server->uring, URING_NOT);
        if (serve_turn(worker) || !worker->leads)
            continue;
        ring_note_empty(server);
        server_sleep(worker);
    }
    if (worker->leads) {
        ring_commit(server);
        uring_enter(&server->uring, URING_NOT);
    }
    worker->leads = false;
    io_timers_set_looks_soon(false);
    port_thread_roam();
}
