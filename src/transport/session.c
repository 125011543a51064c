/*
 * The session loop. See session.h.
 *
 * One worker leads: it receives a message and carries it through dispatch, callback and reply itself, so that
 * a request costs no switch between threads. How it waits for the next one is pace.h's.
 *
 * The others are parked, and one of the parked is the watcher. A driver's callback may block, and must not
 * stop the other clients: when the leader has been inside the same message for a whole period, the watcher
 * takes the lead.
 *
 *                 takes the lead                       nothing to do
 *     (nobody) ------------------> AWAKE ---------------------------------------> ASLEEP in poll()
 *                                  |  ^ <---------------------------------------------+
 *                  has a message   |  | message done              something to do
 *                                  v  |
 *                                  BUSY ------------------------> AWAKE, with the watcher as the leader; the
 *                                          a whole period long    old one finds out when it is done
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
 * Waiting for that period would be too long for callbacks that all take their time, though each is shorter.
 * How long messages take is sampled, and when it is more than changing the lead costs, the leader gives it up
 * before it enters the driver.
 *
 * A worker that is without the lead is inside the driver until its message is done. At most `limit` may be:
 * the leader then goes on receiving, but what would enter the driver waits in the backlog for the first who
 * comes out. Everything else it carries through, an interrupt and a close above all: a client can leave
 * however many callbacks are stuck.
 *
 * A leader on the CPU of its client stays behind all others there, who may need all of it. The watcher sees
 * that too: messages wait, and the leader stands still. It has the leader run as any other then.
 *
 * Workers are started when the lead has changed and nobody is left to watch, and end when they have been
 * parked for long.
 */
#include "transport/session.h"

#include <linux/fuse.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"
#include "transport/internal.h"
#include "transport/messagestore.h"
#include "transport/operations.h"
#include "transport/pace.h"

/* How long the leader may be inside one message before another worker takes the lead. */
#define WATCH_PERIOD_NS 2000000u

/*
 * The same for a leader that stays behind and has made progress in so many periods: the watcher, when it
 * goes back to sleep, leaves a CPU idle, and the scheduler then likes to move a client there.
 */
#define WATCH_PERIOD_CALM_NS 16000000u
#define WATCH_PERIODS_CALM   4

/* For how many periods the leader must have been asleep before the watcher stops ticking. */
#define WATCH_PERIODS_ASLEEP 5

/* How long a worker stays when it has nothing to do. */
#define PARKED_NS UINT64_C(3000000000)

/*
 * Beside those inside the driver: the leader, the watcher, and two for a leader that is held up by an
 * interrupt's or a timer's callback when the driver is full already.
 */
#define WORKERS_BESIDE 4

/* From one of these on, and until it is below the other, a message takes long enough to give up the lead for.
 */
#define LONG_NS  40000u
#define SHORT_NS 20000u

/* How long the leader waits for memory to receive into before it tries again. */
#define NO_MEMORY_PAUSE_NS 10000000u

/* So many samples in a row decide. */
#define SAMPLES 2

/* After so many looks in vain right after a message the next ones are left out, but for one in so many. */
#define LOOKS_IN_VAIN  3
#define LOOKS_LEFT_OUT 16

enum activity { NOBODY, AWAKE, BUSY, ASLEEP };

/* The word `lead`: the activity, the leader's index, the number of its message. */
#define LEAD_ACTIVITY_BITS 2
#define LEAD_INDEX_BITS    8
#define LEAD_NUMBER_ONE    (UINT64_C(1) << (LEAD_ACTIVITY_BITS + LEAD_INDEX_BITS))

enum slot { SLOT_FREE, SLOT_RUNNING, SLOT_ENDED };

struct worker {
    struct session *session;
    struct port_thread thread;
    uint64_t index;
    enum slot slot; /* guarded by the session's lock; ENDED: to be joined */

    /* The CPU where it stays behind, or -1. Written with the session's lock held; read by the worker itself
     * without. */
    _Atomic(int) cpu;

    int avoided_cpu; /* which the watcher keeps off, or -1; guarded by the session's lock */

    struct fuse_buf buffer; /* the worker's own; the memory is the store's, or libfuse allocates it */
};

struct session {
    struct fuse_session *fuse;
    uint64_t spin_ns;
    unsigned limit;  /* workers inside the driver */
    int timers;      /* the framework's, not owned; -1: none */
    int stop_event;  /* readable: the workers shall end */
    int events;      /* epoll: messages, the timers, stop_event */
    int ended_event; /* not owned: readable when the kernel has ended the connection */
    _Atomic(bool) stopping;
    _Atomic(bool) ended;

    _Atomic(uint64_t) lead;
    _Atomic(bool) watcher_sleeps; /* written by the watcher with the lock held, read by the leader without */
    struct message_store store;

    _Atomic(bool) starved; /* set by the watcher for the leader */

    /* The leader's. */
    struct pace pace;
    unsigned looks_in_vain;
    unsigned looks_left_out;

    /* Anybody's. */
    _Atomic(bool) gives_up_lead;       /* messages take long */
    _Atomic(unsigned) samples_against; /* in a row, that say otherwise */

    struct port_mutex lock;       /* a leaf: nothing but the conditions is touched while it is held */
    struct port_condition parked; /* workers that neither lead nor watch */
    struct port_condition watch;  /* the watcher */

    /* Guarded by the lock. */
    const struct worker *watcher; /* NULL: nobody */
    unsigned parked_count;
    _Atomic(unsigned)
        inside; /* workers that have lost the lead and are in the driver; read without the lock */
    struct message_list backlog; /* empty unless that is the limit or more */

    unsigned slot_count; /* constant */
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

void *session_keep_buffer(void)
{
    struct worker *worker = this_worker;
    void *kept = worker->buffer.mem;
    worker->buffer.mem = message_store_take(&worker->session->store);
    return kept;
}

void session_return_buffer(struct session *session, void *buffer)
{
    message_store_put(&session->store, buffer);
}

/* ---- the lead ---- */

static enum activity lead_activity(uint64_t lead)
{
    return (enum activity)(lead & ((1u << LEAD_ACTIVITY_BITS) - 1));
}

static unsigned lead_index(uint64_t lead)
{
    return (unsigned)(lead >> LEAD_ACTIVITY_BITS) & ((1u << LEAD_INDEX_BITS) - 1);
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
    if (atomic_exchange(&session->ended, true))
        return;
    epoll_ctl(session->events, EPOLL_CTL_DEL, fuse_session_fd(session->fuse), NULL);
    event_raise(session->ended_event);
}

static void worker_place_locked(struct worker *worker, int cpu)
{
    if (cpu >= 0 && !atomic_load(&worker->session->stopping) && port_thread_stay_behind((unsigned)cpu)) {
        worker->cpu = cpu;
    } else {
        port_thread_roam();
        worker->cpu = -1;
    }
}

/* Where pace.h wants the leader; -1: anywhere, as any other thread. */
static void worker_place(struct worker *worker, int cpu)
{
    if (cpu == worker->cpu)
        return;
    port_mutex_lock(&worker->session->lock);
    worker_place_locked(worker, cpu);
    port_mutex_unlock(&worker->session->lock);
    if (worker->cpu >= 0)
        log_debug("requests are carried on CPU %d, behind the clients there", worker->cpu);
}

/* ---- messages ---- */

/* What the leader found. */
enum turn { TURN_NOTHING, TURN_DONE, TURN_LEAD_LOST };

static void worker_carry(struct worker *worker)
{
    fuse_session_process_buf(worker->session->fuse, &worker->buffer);
    operation_cancel_interrupted();
}

static enum turn worker_process(struct worker *worker)
{
    uint64_t busy = lead_set(worker, BUSY);
    worker_carry(worker);
    return lead_keep(worker, busy) ? TURN_DONE : TURN_LEAD_LOST;
}

/* How long a message has taken. */
static void session_note_sample(struct session *session, uint64_t nanoseconds)
{
    bool gives_up = atomic_load_explicit(&session->gives_up_lead, memory_order_relaxed);
    bool is_against = gives_up ? nanoseconds < SHORT_NS : nanoseconds > LONG_NS;
    if (!is_against) {
        atomic_store_explicit(&session->samples_against, 0, memory_order_relaxed);
    } else if (atomic_fetch_add_explicit(&session->samples_against, 1, memory_order_relaxed) + 1 >= SAMPLES) {
        atomic_store_explicit(&session->gives_up_lead, !gives_up, memory_order_relaxed);
        atomic_store_explicit(&session->samples_against, 0, memory_order_relaxed);
    }
}

static enum turn worker_process_sampled(struct worker *worker)
{
    uint64_t began = port_clock_now();
    enum turn turn = worker_process(worker);
    session_note_sample(worker->session, port_clock_now() - began);
    return turn;
}

static void session_find_watcher_locked(struct session *session);

/* Without the lead into the driver, unless that is full. The watcher has it then, or whoever comes to watch.
 */
static bool worker_give_up_lead(struct worker *worker)
{
    struct session *session = worker->session;
    PORT_LOCK_SCOPE(&session->lock);
    if (session->inside >= session->limit)
        return false;
    session->inside++;
    lead_set(worker, NOBODY);
    if (session->watcher != NULL)
        port_condition_signal(&session->watch);
    else
        session_find_watcher_locked(session);
    return true;
}

static enum turn worker_process_without_lead(struct worker *worker)
{
    worker_place(worker, -1); /* nobody watches it */
    uint64_t began = port_clock_now();
    worker_carry(worker);
    session_note_sample(worker->session, port_clock_now() - began);
    return TURN_LEAD_LOST;
}

/* Another message in the place of the worker's. */
static void worker_carry_waiting(struct worker *worker, struct message *message)
{
    struct fuse_buf own = worker->buffer;
    worker->buffer = message->buffer;
    worker_carry(worker);
    if (message_is_copy(message)) {
        assert(worker->buffer.mem == message->copy); /* nobody keeps what is that short */
        worker->buffer = own;
    } else {
        message_store_put(&worker->session->store, own.mem);
    }
    free(message);
}

static const struct fuse_in_header *message_header(const struct worker *worker)
{
    return worker->buffer.mem;
}

/* The message that an interrupt is about, if it waits for somebody to come out of the driver. */
static struct message *take_interrupted(struct worker *worker)
{
    struct session *session = worker->session;
    const struct fuse_in_header *header = message_header(worker);
    const struct fuse_interrupt_in *interrupt = (const void *)(header + 1);
    if (header->len < sizeof(*header) + sizeof(*interrupt))
        return NULL;
    PORT_LOCK_SCOPE(&session->lock);
    return message_list_take_unique(&session->backlog, interrupt->unique);
}

/*
 * While the driver is full. What was interrupted before it could enter is answered in the place of its
 * interrupt, without entering. (libfuse would keep the interrupt for the next message that comes by.)
 */
static enum turn worker_process_interrupt(struct worker *worker)
{
    uint64_t busy = lead_set(worker, BUSY);
    struct message *interrupted = take_interrupted(worker);
    if (interrupted != NULL) {
        operation_set_interrupted(true);
        worker_carry_waiting(worker, interrupted);
        operation_set_interrupted(false);
    } else {
        worker_carry(worker);
    }
    return lead_keep(worker, busy) ? TURN_DONE : TURN_LEAD_LOST;
}

static bool enters_driver(const struct fuse_in_header *header)
{
    switch (header->opcode) {
    case FUSE_OPEN:
    case FUSE_READ:
    case FUSE_WRITE:
    case FUSE_IOCTL:
        return true;
    default:
        return false;
    }
}

/* Puts the message behind those that wait for somebody to come out of the driver; false if somebody has, or
 * there is no memory: better one too many inside than a message that is lost. */
static bool worker_defer(struct worker *worker)
{
    struct session *session = worker->session;
    PORT_LOCK_SCOPE(&session->lock);
    struct message *message = session->inside >= session->limit ? message_create(&worker->buffer) : NULL;
    if (message == NULL)
        return false;
    message_list_append(&session->backlog, message);
    if (worker->buffer.mem == NULL)
        worker->buffer.mem = message_store_take(&session->store);
    return true;
}

/* Returns true if the message is to be sampled. */
static bool worker_note_message(struct worker *worker)
{
    struct session *session = worker->session;
    session_note_message();
    if (!pace_note_message(&session->pace, (pid_t)message_header(worker)->pid))
        return false;
    if (atomic_exchange(&session->starved, false)) {
        log_debug("somebody else needed the CPU of the clients: it is left to them for a while");
        pace_note_starved(&session->pace);
    }
    pace_look(&session->pace, port_clock_now());
    worker_place(worker, session->gives_up_lead ? -1 : session->pace.cpu);
    return true;
}

/* A message that has been received, to whoever it is for. */
static enum turn worker_dispatch(struct worker *worker, bool is_sampled)
{
    struct session *session = worker->session;
    const struct fuse_in_header *header = message_header(worker);
    bool is_full = atomic_load_explicit(&session->inside, memory_order_relaxed) >= session->limit;
    if (is_full && header->opcode == FUSE_INTERRUPT)
        return worker_process_interrupt(worker);
    if (!enters_driver(header))
        return worker_process(worker);
    if (is_full && worker_defer(worker))
        return TURN_DONE;
    if (atomic_load_explicit(&session->gives_up_lead, memory_order_relaxed) && worker_give_up_lead(worker))
        return worker_process_without_lead(worker);
    return is_sampled ? worker_process_sampled(worker) : worker_process(worker);
}

static enum turn worker_receive(struct worker *worker)
{
    struct session *session = worker->session;
    if (atomic_load_explicit(&session->ended, memory_order_relaxed))
        return TURN_NOTHING;

    int size = fuse_session_receive_buf(session->fuse, &worker->buffer);
    if (size > 0)
        return worker_dispatch(worker, worker_note_message(worker));
    if (size == -EAGAIN || size == -EINTR)
        return TURN_NOTHING;
    if (size == -ENOMEM) { /* for a buffer; messages wait in the kernel meanwhile */
        port_thread_sleep(NO_MEMORY_PAUSE_NS);
        return TURN_NOTHING;
    }
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

/* The lead was lost inside a message, which is done now. What waits for somebody to come out follows it. */
static void worker_come_out(struct worker *worker)
{
    struct session *session = worker->session;
    worker_place(worker, -1);
    for (;;) {
        port_mutex_lock(&session->lock);
        struct message *message = message_list_take(&session->backlog);
        if (message == NULL)
            session->inside--;
        port_mutex_unlock(&session->lock);
        if (message == NULL)
            return;
        worker_carry_waiting(worker, message);
    }
}

/* ---- leading ---- */

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
    struct epoll_event event;
    lead_set(worker, ASLEEP);
    io_timers_sleep_begin();
    epoll_wait(session->events, &event, 1, -1);
    io_timers_sleep_end();
    lead_set(worker, AWAKE);
    session_wake_watcher(session);
}

/* Who stays awake while others compute takes a CPU from them. */
static bool session_may_spin(const struct session *session)
{
    bool way_is_awake = session->pace.way == PACE_SPIN || session->pace.cpu >= 0;
    return way_is_awake && session->spin_ns > 0 && !session->gives_up_lead;
}

/* Whether the next message is likely to be there when one is done. If not, to look is a system call for
 * nothing. */
static bool session_expects_more(struct session *session)
{
    if (session_may_spin(session) || session->looks_in_vain < LOOKS_IN_VAIN)
        return true;
    return ++session->looks_left_out % LOOKS_LEFT_OUT == 0;
}

/* A look right after a message has found something, or not. */
static void session_note_look(struct session *session, bool was_in_vain)
{
    if (!was_in_vain)
        session->looks_in_vain = 0;
    else if (session->looks_in_vain < LOOKS_IN_VAIN)
        session->looks_in_vain++;
}

/* With nothing to do: awake for a moment, if that pays, else asleep. *idle_since is 0 at first. */
static void worker_wait(struct worker *worker, uint64_t *idle_since)
{
    struct session *session = worker->session;
    if (session_may_spin(session)) {
        uint64_t now = port_clock_now();
        if (*idle_since == 0)
            *idle_since = now;
        if (now - *idle_since < session->spin_ns)
            return;
    }
    worker_sleep(worker);
    *idle_since = 0;
}

/*
 * Messages and timers in turn, so that neither starves the other. Timers first: the last message may have
 * made one due, and to look costs less than to ask the kernel. Returns true when the lead is lost, false when
 * the session stops.
 */
static bool worker_lead(struct worker *worker)
{
    struct session *session = worker->session;
    uint64_t idle_since = 0;
    bool follows_message = false, looks = true;

    while (!atomic_load_explicit(&session->stopping, memory_order_relaxed)) {
        enum turn timers = worker_run_timers(worker);
        if (timers == TURN_LEAD_LOST)
            return true;
        enum turn received = looks ? worker_receive(worker) : TURN_NOTHING;
        if (received == TURN_LEAD_LOST)
            return true;

        if (follows_message && looks)
            session_note_look(session, received == TURN_NOTHING);
        follows_message = received == TURN_DONE;
        if (received == TURN_DONE) {
            looks = session_expects_more(session);
            idle_since = 0;
        } else if (timers == TURN_NOTHING) {
            worker_wait(worker, &idle_since);
            looks = true;
        }
    }
    return false;
}

/* ---- watching and being parked ---- */

/* A worker that stays behind runs as any other again. */
static void worker_let_roam_locked(struct worker *worker)
{
    if (worker->cpu >= 0)
        port_thread_let_roam(&worker->thread);
    worker->cpu = -1;
}

/* The leader sleeps, and so may the watcher, unless the leader wakes at this moment. Nobody would see then
 * that the leader is starved: it does not stay behind. */
static void watcher_sleep_locked(struct session *session)
{
    atomic_store(&session->watcher_sleeps, true);
    uint64_t seen = atomic_load(&session->lead);
    if (lead_activity(seen) == ASLEEP && !atomic_load(&session->stopping)) {
        worker_let_roam_locked(&session->workers[lead_index(seen)]);
        port_condition_wait(&session->watch, &session->lock);
    }
    atomic_store(&session->watcher_sleeps, false);
}

static bool session_has_message(const struct session *session)
{
    struct pollfd message = {.fd = fuse_session_fd(session->fuse), .events = POLLIN};
    return poll(&message, 1, 0) > 0 && (message.revents & POLLIN) != 0;
}

/* A leader that has stood still for a period. Returns true if the worker has the lead now. */
static bool watcher_relieve_locked(struct worker *worker, uint64_t seen)
{
    struct session *session = worker->session;
    struct worker *leader = &session->workers[lead_index(seen)];
    bool takes = lead_activity(seen) == BUSY && lead_take(worker, seen);
    if (takes)
        session->inside++; /* the one that had it */
    if (leader->cpu >= 0 && (takes || session_has_message(session))) {
        worker_let_roam_locked(leader);
        atomic_store(&session->starved, true);
    }
    return takes;
}

/* Where a client and the leader take turns, a third makes the scheduler move the client away. */
static void watcher_keep_off_locked(struct worker *worker, int cpu)
{
    if (cpu == worker->avoided_cpu)
        return;
    worker->avoided_cpu = cpu;
    if (cpu >= 0)
        port_thread_keep_off((unsigned)cpu);
    else
        port_thread_roam();
}

/* What a watcher has seen: for how many periods in a row the leader has been asleep; or behind, and never
 * standing still. */
struct watch {
    unsigned asleep;
    unsigned calm;
};

static uint64_t watch_period(const struct watch *watch)
{
    return watch->calm < WATCH_PERIODS_CALM ? WATCH_PERIOD_NS : WATCH_PERIOD_CALM_NS;
}

/* One period of watching. Returns true if the worker has the lead now. */
static bool watcher_watch_locked(struct worker *worker, struct watch *watch)
{
    struct session *session = worker->session;
    uint64_t seen = atomic_load(&session->lead);
    if (lead_activity(seen) == NOBODY)
        return lead_take(worker, seen);

    watch->asleep = lead_activity(seen) == ASLEEP ? watch->asleep + 1 : 0;
    if (watch->asleep > WATCH_PERIODS_ASLEEP) {
        watcher_sleep_locked(session);
        watch->asleep = 0;
        return false;
    }
    int leader_cpu = session->workers[lead_index(seen)].cpu;
    watch->calm = leader_cpu >= 0 ? watch->calm + 1 : 0;
    watcher_keep_off_locked(worker, leader_cpu);
    uint64_t deadline = port_clock_now() + watch_period(watch);
    if (port_condition_wait_until(&session->watch, &session->lock, deadline) ||
        atomic_load(&session->lead) != seen)
        return false;
    watch->calm = 0;
    return watcher_relieve_locked(worker, seen);
}

/* Returns false when nobody has come for it for long. */
static bool worker_park_locked(struct worker *worker)
{
    struct session *session = worker->session;
    session->parked_count++;
    bool was_signalled =
        port_condition_wait_until(&session->parked, &session->lock, port_clock_now() + PARKED_NS);
    session->parked_count--;
    return was_signalled;
}

static int session_start_worker_locked(struct session *session);

/* Somebody to watch the new leader. Without memory for a thread the first who comes out of the driver does.
 */
static void session_find_watcher_locked(struct session *session)
{
    if (session->parked_count > 0)
        port_condition_signal(&session->parked);
    else if (session_start_worker_locked(session) != 0)
        log_debug("no thread to watch the leader: one is inside the driver, and there are no more");
}

/* Watching, or parked, until this worker leads. Returns false when it shall end. */
static bool worker_wait_for_lead(struct worker *worker)
{
    struct session *session = worker->session;
    struct watch watch = {0};

    worker_place(worker, -1);
    PORT_LOCK_SCOPE(&session->lock);
    while (!atomic_load(&session->stopping)) {
        if (session->watcher == NULL)
            session->watcher = worker;
        if (session->watcher != worker) {
            if (!worker_park_locked(worker) && session->watcher != NULL)
                break;
        } else if (watcher_watch_locked(worker, &watch)) {
            session->watcher = NULL;
            watcher_keep_off_locked(worker, -1);
            session_find_watcher_locked(session);
            return true;
        }
    }
    worker->slot = SLOT_ENDED;
    return false;
}

static void worker_main(void *argument)
{
    struct worker *worker = argument;
    this_worker = worker;
    while (worker_wait_for_lead(worker)) {
        if (worker_lead(worker))
            worker_come_out(worker);
    }
    message_store_put(&worker->session->store, worker->buffer.mem);
}

/* ---- starting and stopping ---- */

static int session_start_worker_locked(struct session *session)
{
    struct worker *worker = session->workers;
    const struct worker *end = worker + session->slot_count;
    while (worker < end && worker->slot == SLOT_RUNNING)
        worker++;
    if (worker == end || atomic_load(&session->stopping))
        return -EAGAIN;
    if (worker->slot == SLOT_ENDED)
        port_thread_join(&worker->thread); /* it has left the lock for good */
    worker->slot = SLOT_FREE;
    worker->buffer = (struct fuse_buf){0};
    worker->cpu = worker->avoided_cpu = -1;
    int error = port_thread_start(&worker->thread, "wdfuse-worker", worker_main, worker);
    if (error == 0)
        worker->slot = SLOT_RUNNING;
    return error;
}

static void session_free(struct session *session)
{
    if (session->stop_event >= 0)
        close(session->stop_event);
    if (session->events >= 0)
        close(session->events);
    for (struct message *message; (message = message_list_take(&session->backlog)) != NULL; free(message)) {
        if (!message_is_copy(message))
            message_store_put(&session->store, message->buffer.mem);
    }
    message_store_destroy(&session->store);
    port_condition_destroy(&session->parked);
    port_condition_destroy(&session->watch);
    port_mutex_destroy(&session->lock);
    free(session);
}

/* What the leader sleeps on. Returns 0 or -errno. */
static int session_open_events(struct session *session)
{
    session->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    session->events = epoll_create1(EPOLL_CLOEXEC);
    if (session->stop_event < 0 || session->events < 0)
        return -errno;
    const int sources[] = {fuse_session_fd(session->fuse), session->timers, session->stop_event};
    for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        struct epoll_event event = {.events = EPOLLIN};
        if (sources[i] >= 0 && epoll_ctl(session->events, EPOLL_CTL_ADD, sources[i], &event) != 0)
            return -errno;
    }
    return 0;
}

static struct session *session_create(struct fuse_session *fuse, unsigned workers, unsigned spin_us,
                                      int ended_event)
{
    unsigned slot_count = workers + WORKERS_BESIDE;
    struct session *session = calloc(1, sizeof(*session) + slot_count * sizeof(session->workers[0]));
    if (session == NULL)
        return NULL;
    session->fuse = fuse;
    session->limit = workers;
    session->slot_count = slot_count;
    for (unsigned i = 0; i < slot_count; i++) {
        session->workers[i].session = session;
        session->workers[i].index = i;
        session->workers[i].cpu = session->workers[i].avoided_cpu = -1;
    }
    session->spin_ns = port_thread_cpu_count() > 1 ? UINT64_C(1000) * spin_us : 0;
    pace_init(&session->pace, port_thread_may_stay_behind(), session->spin_ns > 0);
    session->timers = io_timers_descriptor();
    session->stop_event = session->events = -1;
    message_store_init(&session->store);
    message_list_init(&session->backlog);
    session->ended_event = ended_event;
    port_mutex_init(&session->lock);
    port_condition_init(&session->parked);
    port_condition_init(&session->watch);
    return session;
}

/* The leader; the others come when they are needed, its watcher first. */
static int session_start_leader(struct session *session)
{
    PORT_LOCK_SCOPE(&session->lock);
    return session_start_worker_locked(session);
}

int session_start(struct fuse_session *fuse, unsigned workers, unsigned spin_us, int ended_event,
                  struct session **session)
{
    assert(workers >= 1 && workers + WORKERS_BESIDE <= 1u << LEAD_INDEX_BITS);
    struct session *new = session_create(fuse, workers, spin_us, ended_event);
    if (new == NULL)
        return -ENOMEM;

    *session = new; /* before there is a worker that looks for it */
    int error = session_open_events(new);
    if (error == 0)
        error = session_start_leader(new);
    if (error != 0) {
        session_stop(new);
        *session = NULL;
    }
    return error;
}

/* When no worker is started any more. */
static void session_join_worker(struct session *session, struct worker *worker)
{
    port_mutex_lock(&session->lock);
    bool was_started = worker->slot != SLOT_FREE;
    worker_let_roam_locked(worker); /* it may have to run yet to end */
    port_mutex_unlock(&session->lock);
    if (was_started)
        port_thread_join(&worker->thread);
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

    for (unsigned i = 0; i < session->slot_count; i++)
        session_join_worker(session, &session->workers[i]);
    session_free(session);
}
