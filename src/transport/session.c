/*
 * The session loop: what its workers do while they lead or assist, and how it starts and stops. See
 * session.h for an overview, crew.h for how the workers share the work.
 */
#include "transport/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "framework/io.h"
#include "port/clock.h"
#include "port/log.h"
#include "transport/carry.h"
#include "transport/crew.h"
#include "transport/nudge.h"
#include "transport/serve.h"

/* Workers beside those inside the driver and those that receive: the watcher, and two for a leader
 * that an interrupt's or timer's callback delays when the driver is full already. */
#define WORKERS_BESIDE 3

/* More receivers than this hinder each other. */
#define CROWD_MAX 16

/* How long a worker waits for memory to receive into before it tries again. */
#define NO_MEMORY_PAUSE_NS 10000000u

/* How long an assistant stays when there is nothing to receive. */
#define ASSISTANT_STAYS_MS 3000

/* After this many looks in vain right after a message, only one look in LOOKS_LEFT_OUT is made. */
#define LOOKS_IN_VAIN  3
#define LOOKS_LEFT_OUT 16

/* ---- receiving ---- */

static void event_raise(int event)
{
    uint64_t one = 1;
    if (write(event, &one, sizeof(one)) < 0) {
        /* EAGAIN: it is at its limit, and certainly readable. */
    }
}

/* The connection is gone, which is reported once. Timers go on, since requests in the driver may
 * wait for them. */
static void session_end(struct session *session)
{
    if (atomic_exchange(&session->ended, true))
        return;
    epoll_ctl(session->events, EPOLL_CTL_DEL, session->wire->descriptor, NULL);
    event_raise(session->ended_event);
}

/* Returns true if there was a message, which has then been carried. */
static bool worker_receive(struct worker *worker)
{
    struct session *session = worker->session;
    if (atomic_load_explicit(&session->ended, memory_order_relaxed))
        return false;

    int size = wire_receive(session->wire, &worker->buffer);
    if (size > 0) {
        worker_dispatch(worker);
        return true;
    }
    if (size == -EAGAIN)
        return false;
    if (size == -ENOMEM) { /* no buffer; messages wait in the kernel meanwhile */
        port_thread_sleep(NO_MEMORY_PAUSE_NS);
        return false;
    }
    if (size < 0)
        log_error("reading requests from the kernel failed: %s; the device ends", strerror(-size));
    session_end(session);
    return false;
}

/* Whether the next message is probably there already when one is done. If not, a look would be a
 * system call for nothing. */
static bool worker_expects_more(struct worker *worker)
{
    if (worker->looks_in_vain < LOOKS_IN_VAIN)
        return true;
    return ++worker->looks_left_out % LOOKS_LEFT_OUT == 0;
}

/* A look right after a message has found something, or not. */
static void worker_note_look(struct worker *worker, bool was_in_vain)
{
    if (!was_in_vain)
        worker->looks_in_vain = 0;
    else if (worker->looks_in_vain < LOOKS_IN_VAIN)
        worker->looks_in_vain++;
}

static bool may_stay_awake(const struct session *session)
{
    return session->way == PACE_SPIN;
}

/* One of a receiver's turns. */
struct turn {
    bool follows_message; /* the last turn had a message */
    bool looks;           /* it asks the kernel for a message */
};
#define FIRST_TURN ((struct turn){.looks = true})

static bool has_duty(const struct worker *worker)
{
    return worker->leads || worker->assists;
}

/* Lines up all messages that wait in the kernel, then carries one. Returns true if there was
 * one. */
static bool worker_line_up(struct worker *worker)
{
    bool had_message = true;
    worker->is_lining_up = true;
    while (had_message && has_duty(worker) && worker_may_line_up(worker))
        had_message = worker_receive(worker);
    worker->is_lining_up = false;
    return has_duty(worker) && worker_carry_next(worker);
}

/* Like worker_receive, unless a message is unlikely. After sleeping, `looks` has to be set
 * again. */
static bool worker_take_turn(struct worker *worker, struct turn *turn)
{
    if (atomic_load_explicit(&worker->session->lines_up, memory_order_relaxed))
        return worker_line_up(worker);
    bool had_message = turn->looks && worker_receive(worker);
    if (had_message && ++worker->since_look >= LOOK_FOR_MANY)
        worker_look_for_many(worker);
    if (turn->follows_message && turn->looks)
        worker_note_look(worker, !had_message);
    turn->follows_message = had_message;
    if (had_message)
        turn->looks = may_stay_awake(worker->session) || worker_expects_more(worker);
    return had_message;
}

/* Returns false with errno. */
static bool events_add(int events, int descriptor, uint32_t flags)
{
    struct epoll_event event = {.events = EPOLLIN | flags};
    return epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* What every receiver sleeps on: messages, each of which wakes one receiver, and the session's end.
 * Returns -1 with errno on failure. */
static int open_receiver_events(const struct session *session)
{
    int events = epoll_create1(EPOLL_CLOEXEC);
    if (events >= 0 && (!events_add(events, session->wire->descriptor, EPOLLEXCLUSIVE) ||
                        !events_add(events, session->stop_event, 0))) {
        close(events);
        return -1;
    }
    return events;
}

/* ---- leading ---- */

/* Sleeps until there is a message, a timer is due, or the session stops. */
static void leader_sleep(struct worker *worker)
{
    struct session *session = worker->session;
    struct epoll_event event;
    lead_set(&session->lead, worker->index, ASLEEP);
    io_timers_sleep_begin();
    epoll_wait(session->events, &event, 1, crew_may_sleep_ms(session, -1));
    io_timers_sleep_end();
    lead_set(&session->lead, worker->index, AWAKE);
    crew_wake_watcher(session);
}

/* There is nothing to do: stays awake for a moment if that pays, else sleeps. *idle_since is 0 at
 * first. */
static void leader_wait(struct worker *worker, uint64_t *idle_since)
{
    struct session *session = worker->session;
    if (may_stay_awake(session)) {
        uint64_t now = port_clock_now();
        if (*idle_since == 0)
            *idle_since = now;
        if (now - *idle_since < session->spin_ns)
            return;
    }
    leader_sleep(worker);
    *idle_since = 0;
}

/*
 * Handles messages and timers alternately, so that neither starves the other, until the lead is
 * lost or the session stops. Timers first: the last message may have made one due, and looking
 * costs less than asking the kernel.
 */
static void worker_lead(struct worker *worker)
{
    struct session *session = worker->session;
    uint64_t idle_since = 0;
    struct turn turn = FIRST_TURN;

    while (!atomic_load_explicit(&session->stopping, memory_order_relaxed)) {
        bool had_timers = worker_run_timers(worker);
        if (!worker->leads)
            return;
        bool had_message = worker_take_turn(worker, &turn);
        if (!worker->leads)
            return;
        if (had_message) {
            idle_since = 0;
        } else if (!had_timers) {
            leader_wait(worker, &idle_since);
            turn.looks = true;
        }
    }
}

/* ---- assisting ---- */

/* What an assistant sleeps on: a set of its own, so that a message wakes only one receiver (the
 * leader first, then the assistants in the order in which they came). Returns -1 on failure. */
static int assistant_open_events(const struct session *session)
{
    int events = open_receiver_events(session);
    if (events >= 0 && !events_add(events, session->alone_event, 0)) {
        close(events);
        return -1;
    }
    return events;
}

/* The leader receives alone again, or there are too many receivers. */
static bool is_over(struct session *session)
{
    if (crew_has_next(session) && !atomic_load(&session->stopping))
        return false;
    bool is_crowded = session->way == PACE_CROWD && session->assistants >= session->crowd;
    return is_crowded || !crew_is_several(session) ||
           atomic_load_explicit(&session->stopping, memory_order_relaxed) ||
           atomic_load_explicit(&session->ended, memory_order_relaxed);
}

/* Handles messages and timers alternately, as the leader does, until the leader receives alone
 * again, or there has been nothing to do for long. */
static void assistant_receive_all(struct worker *worker, int events)
{
    struct epoll_event event;
    struct turn turn = FIRST_TURN;

    while (!is_over(worker->session)) {
        bool had_message = worker_take_turn(worker, &turn);
        bool had_timers = worker_run_timers(worker);
        if (had_message || had_timers)
            continue;
        int patience = crew_may_sleep_ms(worker->session, ASSISTANT_STAYS_MS);
        if (epoll_wait(events, &event, 1, patience) == 0 && patience == ASSISTANT_STAYS_MS)
            return;
        turn.looks = true;
    }
}

static void worker_assist(struct worker *worker)
{
    int events = assistant_open_events(worker->session);
    if (events >= 0) {
        crew_recruit(worker->session);
        io_timers_set_looks_soon(true);
        assistant_receive_all(worker, events);
        io_timers_set_looks_soon(false);
        close(events);
    } else {
        log_debug("an assistant can't sleep on messages: %s", strerror(errno));
    }
    worker_stop_assisting(worker);
}

static void worker_main(void *argument)
{
    struct worker *worker = argument;
    message_store_serve(&worker->session->store, &worker->buffer);
    while (worker_wait_for_duty(worker)) {
        if (worker->serves != NULL)
            worker_serve(worker);
        else if (worker->assists)
            worker_assist(worker);
        else
            worker_lead(worker);
        worker_come_out(worker);
    }
    message_store_put(&worker->session->store, worker->buffer.memory);
    if (!atomic_load(&worker->session->stopping))
        io_give_memory_back(); /* it was started when there was more to do */
}

/* ---- starting and stopping ---- */

static void close_event(int event)
{
    if (event >= 0)
        close(event);
}

static void session_free(struct session *session)
{
    port_lock_is_not_needed(session_lock);
    close_event(session->stop_event);
    close_event(session->alone_event);
    close_event(session->events);
    for (struct message *message; (message = line_take(&session->backlog)) != NULL; free(message)) {
        if (!message_is_copy(message))
            message_store_put(&session->store, message->buffer.memory);
    }
    message_store_destroy(&session->store);
    crew_destroy(session);
    port_mutex_destroy(&session->pace_lock);
    free(session);
}

/* What the leader sleeps on. Returns 0 or -errno. */
static int session_open_events(struct session *session)
{
    session->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    session->alone_event = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    if (session->stop_event < 0 || session->alone_event < 0)
        return -errno;
    session->events = open_receiver_events(session);
    if (session->events < 0 ||
        (session->timers >= 0 && !events_add(session->events, session->timers, 0)))
        return -errno;
    return 0;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static void session_init_pace(struct session *session, unsigned spin_us)
{
    unsigned cpus = port_thread_cpu_count();
    session->spin_ns = cpus > 1 ? UINT64_C(1000) * spin_us : 0;
    const bool may[PACE_WAYS] = {
        [PACE_SLEEP] = true,
        [PACE_JOIN] = port_thread_may_stay_behind(),
        [PACE_SPIN] = session->spin_ns > 0,
        [PACE_CROWD] = session->crowd > 1,
        [PACE_FLOOD] = session->limit > 1,
    };
    port_mutex_init(&session->pace_lock);
    port_lock_is_not_needed(pace_lock);
    pace_init(&session->pace, may);
    session->way = session->pace.way;
    session->cpu = session->pace.cpu;
}

static struct session *session_create(struct wire *wire, unsigned workers, unsigned spin_us,
                                      int ended_event)
{
    unsigned servers = wire->rings != NULL ? wire->rings->server_count + 1 : 0;
    unsigned crowd = least(least(port_thread_cpu_count(), workers), CROWD_MAX);
    unsigned slot_count = workers + crowd + WORKERS_BESIDE + servers;
    struct session *session =
        calloc(1, sizeof(*session) + slot_count * sizeof(session->workers[0]));
    if (session == NULL)
        return NULL;
    session->wire = wire;
    session->rings = wire->rings;
    session->limit = workers;
    session->crowd = crowd;
    session->slot_count = slot_count;
    session->timers = io_timers_descriptor();
    session->stop_event = session->alone_event = session->events = -1;
    session->ended_event = ended_event;
    session_init_pace(session, spin_us);
    message_store_init(&session->store);
    crew_init(session, worker_main);
    return session;
}

/* Starts the leader. Others are started when they are needed, the watcher first. */
static int session_start_leader(struct session *session)
{
    PORT_LOCK_SCOPE_OF(session, session_lock);
    return crew_start_worker_locked(session);
}

int session_start(struct wire *wire, unsigned workers, unsigned spin_us, int ended_event,
                  struct session **session)
{
    assert(workers >= 1 &&
           workers + CROWD_MAX + WORKERS_BESIDE + RING_SERVERS_MAX + 1 <= 1u << LEAD_INDEX_BITS);
    struct session *new = session_create(wire, workers, spin_us, ended_event);
    if (new == NULL)
        return -ENOMEM;

    *session = new; /* before a worker looks for it */
    int error = session_open_events(new);
    if (error == 0)
        error = session_start_leader(new);
    if (error != 0) {
        session_stop(new);
        *session = NULL;
    }
    return error;
}

/* Called when no more workers are started. */
static void session_join_worker(struct session *session, struct worker *worker)
{
    port_lock_of(session, session_lock);
    bool was_started = worker->slot != SLOT_FREE;
    if (was_started)
        worker_let_roam_locked(worker); /* it may have to run in order to end */
    port_unlock_of(session, session_lock);
    if (was_started)
        port_thread_join(&worker->thread);
}

/* The servers are told. */
static void session_stop_rings(struct session *session)
{
    for (unsigned i = 0; session->rings != NULL && i < session->rings->server_count; i++)
        ring_wake(&session->rings->servers[i]);
}

void session_stop(struct session *session)
{
    if (session->rings != NULL)
        nudger_stop(session->rings->nudger);
    port_lock_of(session, session_lock);
    atomic_store(&session->stopping, true);
    port_condition_broadcast(&session->parked);
    port_condition_broadcast(&session->watch);
    port_condition_broadcast(&session->ring_watch);
    port_unlock_of(session, session_lock);
    if (session->stop_event >= 0)
        event_raise(session->stop_event);
    session_stop_rings(session);

    for (unsigned i = 0; i < session->slot_count; i++)
        session_join_worker(session, &session->workers[i]);
    session_free(session);
}

int session_serve_rings(struct session *session)
{
    crew_serve_rings(session);
    int error = rings_await(session->rings);
    if (error != 0) {
        crew_leave_rings(session);
        rings_refuse(session->rings);
    }
    return error;
}
