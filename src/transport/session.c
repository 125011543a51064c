/*
 * The session loop. See session.h.
 *
 * One worker leads: it receives a message and carries it through dispatch, callback and reply itself, so that
 * a request costs no switch between threads. Waking another core costs more than all the work of a small
 * request; for the same reason the leader stays awake for a moment after its last message before it sleeps in
 * poll().
 *
 * The others are parked, and one of the parked is the watcher. A driver's callback may block, and must not
 * stop the other clients: when the leader has been inside the same message for a whole period, the watcher
 * takes the lead.
 *
 *                 takes the lead                    nothing to do for spin_us
 *     (nobody) ------------------> AWAKE ---------------------------------------> ASLEEP in poll()
 *                                  |  ^ <---------------------------------------------+
 *                  has a message   |  | message done              something to do
 *                                  v  |
 *                                  BUSY ------------------------> AWAKE, with the watcher as the leader; the
 * old a whole period long      leader finds out when it is done, and parks
 *
 * The state is one atomic word, `lead`: who leads, what it is doing, and the number of its message. Only the
 * leader changes it, except that the watcher may take a lead that is BUSY; so the leader just stores, and
 * compares only when it leaves BUSY. The number keeps the watcher from taking the next message for the one it
 * saw.
 *
 * The watcher ticks while the leader is up and about. Once the leader has been asleep for a while the watcher
 * sleeps as well, without a timeout, and says so in `watcher_sleeps`; the leader looks there when it wakes.
 * Each of the two writes its own word before it reads the other's (sequentially consistent), so that one of
 * them sees the other.
 *
 * When every worker is inside a callback nobody leads until one returns: that is the limit that --workers
 * sets.
 */
#include "transport/internal.h"
#include "transport/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"
#include "transport/operations.h"

/* How long the leader may be inside one message before another worker takes the lead. */
#define WATCH_PERIOD_NS 2000000u

/* For how many periods the leader must have been asleep before the watcher stops ticking. */
#define WATCH_PERIODS_ASLEEP 5

enum activity { NOBODY, AWAKE, BUSY, ASLEEP };

/* The word `lead`: the activity, the leader's index, the number of its message. */
#define LEAD_ACTIVITY_BITS 2
#define LEAD_INDEX_BITS    8
#define LEAD_NUMBER_ONE    (UINT64_C(1) << (LEAD_ACTIVITY_BITS + LEAD_INDEX_BITS))

struct worker {
    struct session *session;
    struct port_thread thread;
    uint64_t index;
    struct fuse_buf buffer; /* its memory is allocated by libfuse with the first message */
};

/* Memory for a message that nobody uses. Each is 1 MiB, of which as much is resident as was ever used. */
struct spare_buffer {
    struct spare_buffer *next;
};

/* How many of them are kept. */
#define SPARE_BUFFERS_MAX 16

struct session {
    struct fuse_session *fuse;
    uint64_t spin_ns;
    int timers;      /* the framework's, not owned; -1: none */
    int stop_event;  /* readable: the workers shall end */
    int ended_event; /* readable: the kernel has ended the connection */
    _Atomic(bool) stopping;
    _Atomic(bool) ended;

    _Atomic(uint64_t) lead;
    _Atomic(bool) watcher_sleeps; /* written by the watcher with the lock held, read by the leader without */

    struct port_mutex spare_lock; /* a leaf; guards what follows */
    struct spare_buffer *spare_buffers;
    unsigned spare_count;

    struct port_mutex lock;       /* a leaf: nothing but the conditions is touched while it is held */
    struct port_condition parked; /* workers that neither lead nor watch */
    struct port_condition watch;  /* the watcher */
    const struct worker *watcher; /* guarded by lock; NULL: nobody */

    unsigned started;
    struct worker workers[];
};

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SESSION_UNDER_TSAN
#endif
#elif defined(__SANITIZE_THREAD__)
#define SESSION_UNDER_TSAN
#endif

#ifdef SESSION_UNDER_TSAN
#include <sanitizer/tsan_interface.h>

static char kernel_order;

void session_note_reply(void)
{
    __tsan_release(&kernel_order);
}

void session_note_message(void)
{
    __tsan_acquire(&kernel_order);
}
#else
void session_note_reply(void)
{
}

void session_note_message(void)
{
}
#endif

/* ---- memory of messages ---- */

static _Thread_local struct worker *this_worker;

static void *take_spare_buffer(struct session *session)
{
    PORT_LOCK_SCOPE(&session->spare_lock);
    struct spare_buffer *spare = session->spare_buffers;
    if (spare != NULL) {
        session->spare_buffers = spare->next;
        session->spare_count--;
    }
    return spare;
}

void *session_keep_buffer(void)
{
    struct worker *worker = this_worker;
    void *kept = worker->buffer.mem;
    worker->buffer.mem = take_spare_buffer(worker->session); /* NULL: libfuse allocates */
    return kept;
}

static bool put_spare_buffer(struct session *session, struct spare_buffer *spare)
{
    PORT_LOCK_SCOPE(&session->spare_lock);
    if (session->spare_count == SPARE_BUFFERS_MAX)
        return false;
    spare->next = session->spare_buffers;
    session->spare_buffers = spare;
    session->spare_count++;
    return true;
}

void session_return_buffer(struct session *session, void *buffer)
{
    if (!put_spare_buffer(session, buffer))
        free(buffer);
}

/* ---- the lead ---- */

static enum activity lead_activity(uint64_t lead)
{
    return (enum activity)(lead & ((1u << LEAD_ACTIVITY_BITS) - 1));
}

/* The same message number, with this worker doing that. */
static uint64_t lead_with(uint64_t lead, const struct worker *worker, enum activity activity)
{
    return (lead & ~(LEAD_NUMBER_ONE - 1)) | worker->index << LEAD_ACTIVITY_BITS | activity;
}

/* To be called by the leader while it is not BUSY: nobody else writes then. Returns the word that it wrote.
 */
static uint64_t lead_set(struct worker *worker, enum activity activity)
{
    struct session *session = worker->session;
    uint64_t lead = atomic_load_explicit(&session->lead, memory_order_relaxed);
    if (activity == BUSY)
        lead += LEAD_NUMBER_ONE;
    lead = lead_with(lead, worker, activity);
    atomic_store(&session->lead, lead);
    return lead;
}

/* Takes a lead that nobody has, or that stands still as `seen`. */
static bool lead_take(struct worker *worker, uint64_t seen)
{
    return atomic_compare_exchange_strong(&worker->session->lead, &seen, lead_with(seen, worker, AWAKE));
}

/* After a message. Returns false if the watcher has taken the lead meanwhile. */
static bool lead_keep(struct worker *worker, uint64_t busy)
{
    return atomic_compare_exchange_strong(&worker->session->lead, &busy, lead_with(busy, worker, AWAKE));
}

static void event_raise(int event)
{
    uint64_t one = 1;
    if (write(event, &one, sizeof(one)) < 0) {
        /* EAGAIN: it is raised to the limit, and certainly readable. */
    }
}

/* The connection is gone: told once. Timers go on, since requests in the driver may wait for them. */
static void session_end(struct session *session)
{
    if (!atomic_exchange(&session->ended, true))
        event_raise(session->ended_event);
}

/* What the leader found. */
enum turn { TURN_NOTHING, TURN_DONE, TURN_LEAD_LOST };

static enum turn worker_process(struct worker *worker)
{
    struct session *session = worker->session;
    uint64_t busy = lead_set(worker, BUSY);
    fuse_session_process_buf(session->fuse, &worker->buffer);
    operation_cancel_interrupted();
    return lead_keep(worker, busy) ? TURN_DONE : TURN_LEAD_LOST;
}

static enum turn worker_receive(struct worker *worker)
{
    struct session *session = worker->session;
    if (atomic_load_explicit(&session->ended, memory_order_relaxed))
        return TURN_NOTHING;

    int size = fuse_session_receive_buf(session->fuse, &worker->buffer);
    if (size > 0) {
        session_note_message();
        return worker_process(worker);
    }
    if (size == -EAGAIN || size == -EINTR)
        return TURN_NOTHING;
    if (size < 0)
        log_error("reading requests from the kernel failed: %s; the device ends", strerror(-size));
    session_end(session);
    return TURN_NOTHING;
}

static enum turn worker_run_timers(struct worker *worker)
{
    if (!io_timers_are_due())
        return TURN_NOTHING;
    uint64_t busy = lead_set(worker, BUSY);
    io_timers_run();
    return lead_keep(worker, busy) ? TURN_DONE : TURN_LEAD_LOST;
}

static void session_wake_watcher(struct session *session)
{
    if (!atomic_load(&session->watcher_sleeps))
        return;
    PORT_LOCK_SCOPE(&session->lock);
    port_condition_signal(&session->watch);
}

/* Until there is a message, a timer is due, or the session stops. */
static void worker_sleep(struct worker *worker)
{
    struct session *session = worker->session;
    struct pollfd events[] = {
        {.fd = atomic_load(&session->ended) ? -1 : fuse_session_fd(session->fuse), .events = POLLIN},
        {.fd = session->timers, .events = POLLIN},
        {.fd = session->stop_event, .events = POLLIN},
    };
    lead_set(worker, ASLEEP);
    io_timers_sleep_begin();
    poll(events, sizeof(events) / sizeof(events[0]), -1);
    io_timers_sleep_end();
    lead_set(worker, AWAKE);
    session_wake_watcher(session);
}

/* Both kinds of work in turn, so that neither starves the other. Timers first: the last message may have made
 * one due, and to look costs less than to ask the kernel for another message. */
static enum turn worker_turn(struct worker *worker)
{
    enum turn timers = worker_run_timers(worker);
    if (timers == TURN_LEAD_LOST)
        return TURN_LEAD_LOST;
    enum turn received = worker_receive(worker);
    return received == TURN_NOTHING ? timers : received;
}

/* Returns when the lead is lost, or the session stops. */
static void worker_lead(struct worker *worker)
{
    struct session *session = worker->session;
    uint64_t idle_since = 0; /* 0: there was something to do just now */

    while (!atomic_load_explicit(&session->stopping, memory_order_relaxed)) {
        enum turn turn = worker_turn(worker);
        if (turn == TURN_LEAD_LOST)
            return;
        if (turn == TURN_DONE) {
            idle_since = 0;
            continue;
        }
        uint64_t now = port_clock_now();
        if (idle_since == 0)
            idle_since = now;
        if (now - idle_since >= session->spin_ns) {
            worker_sleep(worker);
            idle_since = 0;
        }
    }
}

/* The leader sleeps, and so may the watcher, unless the leader wakes at this moment. */
static void watcher_sleep_locked(struct session *session)
{
    atomic_store(&session->watcher_sleeps, true);
    if (lead_activity(atomic_load(&session->lead)) == ASLEEP && !atomic_load(&session->stopping))
        port_condition_wait(&session->watch, &session->lock);
    atomic_store(&session->watcher_sleeps, false);
}

/*
 * One period of watching. Returns true if the worker has the lead now. `asleep` counts the periods for which
 * the leader has been asleep.
 */
static bool watcher_watch_locked(struct worker *worker, unsigned *asleep)
{
    struct session *session = worker->session;
    uint64_t seen = atomic_load(&session->lead);
    if (lead_activity(seen) == NOBODY)
        return lead_take(worker, seen);

    *asleep = lead_activity(seen) == ASLEEP ? *asleep + 1 : 0;
    if (*asleep > WATCH_PERIODS_ASLEEP) {
        watcher_sleep_locked(session);
        *asleep = 0;
        return false;
    }
    if (port_condition_wait_until(&session->watch, &session->lock, port_clock_now() + WATCH_PERIOD_NS))
        return false;
    return lead_activity(seen) == BUSY && lead_take(worker, seen);
}

/* Parked, then watching, until this worker leads. Returns false when the session stops. */
static bool worker_wait_for_lead(struct worker *worker)
{
    struct session *session = worker->session;
    unsigned asleep = 0;

    PORT_LOCK_SCOPE(&session->lock);
    while (!atomic_load(&session->stopping)) {
        if (session->watcher == NULL)
            session->watcher = worker;
        if (session->watcher != worker) {
            port_condition_wait(&session->parked, &session->lock);
        } else if (watcher_watch_locked(worker, &asleep)) {
            session->watcher = NULL;
            port_condition_signal(&session->parked);
            return true;
        }
    }
    return false;
}

static void worker_main(void *argument)
{
    struct worker *worker = argument;
    this_worker = worker;
    while (worker_wait_for_lead(worker))
        worker_lead(worker);
    free(worker->buffer.mem);
}

static void session_free(struct session *session)
{
    if (session->stop_event >= 0)
        close(session->stop_event);
    if (session->ended_event >= 0)
        close(session->ended_event);
    port_condition_destroy(&session->parked);
    port_condition_destroy(&session->watch);
    port_mutex_destroy(&session->lock);
    for (void *spare; (spare = take_spare_buffer(session)) != NULL;)
        free(spare);
    port_mutex_destroy(&session->spare_lock);
    free(session);
}

static struct session *session_create(struct fuse_session *fuse, unsigned workers, unsigned spin_us)
{
    struct session *session = calloc(1, sizeof(*session) + workers * sizeof(session->workers[0]));
    if (session == NULL)
        return NULL;
    session->fuse = fuse;
    session->spin_ns = UINT64_C(1000) * spin_us;
    session->timers = io_timers_descriptor();
    session->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    session->ended_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    port_mutex_init(&session->spare_lock);
    port_mutex_init(&session->lock);
    port_condition_init(&session->parked);
    port_condition_init(&session->watch);
    return session;
}

static int session_start_workers(struct session *session, unsigned workers)
{
    for (unsigned i = 0; i < workers; i++) {
        struct worker *worker = &session->workers[i];
        worker->session = session;
        worker->index = i;
        int error = port_thread_start(&worker->thread, "wdfuse-worker", worker_main, worker);
        if (error != 0)
            return error;
        session->started++;
    }
    return 0;
}

int session_start(struct fuse_session *fuse, unsigned workers, unsigned spin_us, struct session **session)
{
    assert(workers >= 1 && workers <= 1u << LEAD_INDEX_BITS);
    struct session *new = session_create(fuse, workers, spin_us);
    if (new == NULL)
        return -ENOMEM;

    *session = new; /* before there is a worker that looks for it */
    int error = new->stop_event < 0 || new->ended_event < 0 ? -EMFILE : session_start_workers(new, workers);
    if (error != 0) {
        session_stop(new);
        *session = NULL;
    }
    return error;
}

int session_ended_descriptor(const struct session *session)
{
    return session->ended_event;
}

void session_stop(struct session *session)
{
    port_mutex_lock(&session->lock);
    atomic_store(&session->stopping, true);
    port_condition_broadcast(&session->parked);
    port_condition_broadcast(&session->watch);
    port_mutex_unlock(&session->lock);
    if (session->stop_event >= 0)
        event_raise(session->stop_event);

    for (unsigned i = 0; i < session->started; i++)
        port_thread_join(&session->workers[i].thread);
    session_free(session);
}
