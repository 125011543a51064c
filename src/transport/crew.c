/* How the workers share the work. See crew.h. */
#include "transport/crew.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "port/clock.h"
#include "port/log.h"

/* How long the leader may be inside one message before another worker takes the lead. */
#define WATCH_PERIOD_NS 2000000u

/*
 * The same for a leader that runs behind its client and has made progress for this many periods. A
 * watcher that goes back to sleep leaves a CPU idle, and the scheduler then tends to move a client
 * there.
 */
#define WATCH_PERIOD_CALM_NS 16000000u
#define WATCH_PERIODS_CALM   4

/* For how many periods the leader must have been asleep before the watcher stops ticking. */
#define WATCH_PERIODS_ASLEEP 5

/* How long a worker without work stays. */
#define PARKED_NS UINT64_C(3000000000)

void crew_init(struct session *session, void (*worker_main)(void *worker))
{
    port_lock_is_not_needed(session_lock);
    session->worker_main = worker_main;
    line_init(&session->backlog);
    port_mutex_init(&session->session_lock);
    port_condition_init(&session->parked);
    port_condition_init(&session->watch);
    port_condition_init(&session->ring_watch);
    for (unsigned i = 0; i < session->slot_count; i++) {
        struct worker *worker = &session->workers[i];
        worker->session = session;
        worker->index = i;
    }
}

void crew_destroy(struct session *session)
{
    port_condition_destroy(&session->parked);
    port_condition_destroy(&session->watch);
    port_condition_destroy(&session->ring_watch);
    port_mutex_destroy(&session->session_lock);
}

/* ---- where a worker runs ---- */

/* Called without the lock, which the watcher needs to bring back a starved worker. So `cpu` says
 * that the worker is behind from before it is until after it no longer is. */
void worker_place(struct worker *worker, int cpu)
{
    if (cpu == worker->cpu)
        return;
    if (cpu >= 0) {
        worker->cpu = cpu;
        if (port_thread_stay_behind((unsigned)cpu) && !atomic_load(&worker->session->stopping)) {
            log_debug("requests are carried on CPU %d, behind the clients there", cpu);
            return;
        }
    }
    port_thread_roam();
    worker->cpu = WORKER_ROAMS;
}

void worker_let_roam_locked(struct worker *worker) REQUIRES(session_lock)
{
    int seen = worker->cpu;
    if (seen == WORKER_ROAMS)
        return;
    port_thread_let_roam(&worker->thread);
    atomic_compare_exchange_strong(&worker->cpu, &seen, WORKER_BROUGHT_BACK);
}

/* When a client and the leader alternate on a CPU, a third thread makes the scheduler move the
 * client away. */
static void keep_off_locked(struct worker *watcher, int cpu) REQUIRES(session_lock)
{
    if (cpu == watcher->avoided_cpu)
        return;
    watcher->avoided_cpu = cpu;
    if (cpu >= 0)
        port_thread_keep_off((unsigned)cpu);
    else
        port_thread_roam();
}

/* ---- calling for workers ---- */

/* A slot that no thread has. */
static struct worker *find_slot_locked(struct session *session) REQUIRES(session_lock)
{
    for (unsigned i = 0; i < session->slot_count; i++) {
        struct worker *worker = &session->workers[i];
        if (worker->slot == SLOT_RUNNING)
            continue;
        if (worker->slot == SLOT_ENDED)
            port_thread_join(&worker->thread); /* it never takes the lock again */
        worker->slot = SLOT_FREE;
        return worker;
    }
    return NULL;
}

int crew_start_worker_locked(struct session *session) REQUIRES(session_lock)
{
    struct worker *worker = atomic_load(&session->stopping) ? NULL : find_slot_locked(session);
    if (worker == NULL)
        return -EAGAIN;
    worker->buffer = (struct wire_buffer){0};
    worker->cpu = WORKER_ROAMS;
    worker->avoided_cpu = -1;
    worker->leads = worker->assists = worker->is_lining_up = false;
    worker->since_look = 0;
    int error = port_thread_start(&worker->thread, "wdfuse-worker", session->worker_main, worker);
    if (error == 0)
        worker->slot = SLOT_RUNNING;
    return error;
}

/* Calls a worker to watch or to assist. False without memory for a thread: the first worker that
 * leaves the driver then becomes the watcher. */
static bool call_worker_locked(struct session *session) REQUIRES(session_lock)
{
    if (session->parked_count > 0) {
        port_condition_signal(&session->parked);
        return true;
    }
    if (crew_start_worker_locked(session) == 0)
        return true;
    log_debug(
        "no thread to watch the leader or to assist it: some are inside the driver, and there are no more");
    return false;
}

/* PACE_CROWD: with a receiver for each CPU, more would only take turns. PACE_FLOOD: those inside
 * the driver sleep, and one receiver must always be left. */
static unsigned assistants_wanted_locked(const struct session *session) REQUIRES(session_lock)
{
    if (atomic_load(&session->ended))
        return 0;
    enum pace_way way = session->way;
    switch (way) {
    case PACE_CROWD:
        return session->crowd - 1;
    case PACE_FLOOD:
        return session->inside < session->limit ? session->assistants - session->receiving + 1 : 0;
    default:
        return 0;
    }
}

void crew_recruit_locked(struct session *session) REQUIRES(session_lock)
{
    unsigned wanted = assistants_wanted_locked(session);
    if (session->assistants + session->openings < wanted && call_worker_locked(session))
        session->openings++;
}

void crew_recruit(struct session *session)
{
    PORT_LOCK_SCOPE_OF(session, session_lock);
    crew_recruit_locked(session);
}

void crew_follow_way(struct session *session)
{
    uint64_t one = 1;
    if (crew_is_several(session) ? read(session->alone_event, &one, sizeof(one)) < 0
                                 : write(session->alone_event, &one, sizeof(one)) < 0) {
        /* EAGAIN: it is in that state already. */
    }
    PORT_LOCK_SCOPE_OF(session, session_lock);
    session->openings = 0;
}

static bool has_next_locked(const struct session *session) REQUIRES(session_lock)
{
    return session->backlog.count > 0 && session->inside < session->limit;
}

bool crew_has_next(struct session *session)
{
    if (!session->lines_up)
        return false;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    return has_next_locked(session);
}

int crew_may_sleep_ms(struct session *session, int milliseconds)
{
    if (!session->lines_up)
        return milliseconds;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    return has_next_locked(session) ? 1 : milliseconds;
}

/* ---- watching ---- */

void crew_wake_watcher(struct session *session)
{
    if (!atomic_load(&session->watcher_sleeps))
        return;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    port_condition_signal(&session->watch);
}

/* The leader sleeps, and so may the watcher, unless the leader is just waking. Nobody would then
 * see that the leader is starved, so it no longer runs behind its client. */
static void sleep_locked(struct session *session) REQUIRES(session_lock)
{
    atomic_store(&session->watcher_sleeps, true);
    uint64_t seen = atomic_load(&session->lead);
    if (lead_activity(seen) == ASLEEP && !atomic_load(&session->stopping)) {
        worker_let_roam_locked(&session->workers[lead_index(seen)]);
        port_condition_wait(&session->watch, &session->session_lock);
    }
    atomic_store(&session->watcher_sleeps, false);
}

static bool has_message(const struct session *session)
{
    struct pollfd message = {.fd = session->wire->descriptor, .events = POLLIN};
    return poll(&message, 1, 0) > 0 && (message.revents & POLLIN) != 0;
}

/* From now on the old leader counts as inside the driver. */
static void take_lead_locked(struct worker *watcher, struct worker *leader) REQUIRES(session_lock)
{
    struct session *session = watcher->session;
    if (!leader->is_inside)
        session->inside++;
    leader->is_inside = true;
    watcher->leads = true;
}

/* A leader that has not moved for a period: inside a message, or because others use its CPU. */
static void relieve_locked(struct worker *watcher, uint64_t seen) REQUIRES(session_lock)
{
    struct session *session = watcher->session;
    struct worker *leader = &session->workers[lead_index(seen)];
    bool is_stuck = lead_activity(seen) == BUSY && lead_take(&session->lead, watcher->index, seen);
    if (is_stuck)
        take_lead_locked(watcher, leader);
    if (!is_stuck && (leader->cpu == WORKER_ROAMS || !has_message(session)))
        return;
    if (leader->cpu >= 0)
        atomic_store(&session->starved, true);
    else if (is_stuck)
        atomic_store(&session->length.is_long, true);
    worker_let_roam_locked(leader);
}

/* What a watcher has seen: for how many periods in a row the leader has been asleep, or behind its
 * client without standing still. */
struct watch {
    unsigned asleep;
    unsigned calm;
};

static uint64_t watch_period(unsigned calm)
{
    return calm < WATCH_PERIODS_CALM ? WATCH_PERIOD_NS : WATCH_PERIOD_CALM_NS;
}

/* One period of watching. Afterwards the worker may be the leader. */
static void watch_locked(struct worker *watcher, struct watch *watch) REQUIRES(session_lock)
{
    struct session *session = watcher->session;
    uint64_t seen = atomic_load(&session->lead);
    if (lead_activity(seen) == NOBODY) {
        watcher->leads = lead_take(&session->lead, watcher->index, seen);
        return;
    }
    watch->asleep = lead_activity(seen) == ASLEEP ? watch->asleep + 1 : 0;
    if (watch->asleep > WATCH_PERIODS_ASLEEP) {
        sleep_locked(session);
        watch->asleep = 0;
        return;
    }
    int leader_cpu = session->workers[lead_index(seen)].cpu;
    watch->calm = leader_cpu >= 0 ? watch->calm + 1 : 0;
    keep_off_locked(watcher, leader_cpu);
    uint64_t deadline = port_clock_now() + watch_period(watch->calm);
    if (port_condition_wait_until(&session->watch, &session->session_lock, deadline) ||
        atomic_load(&session->lead) != seen)
        return;
    watch->calm = 0;
    relieve_locked(watcher, seen);
}

/* ---- watching the rings ---- */

void crew_wake_ring_watcher(struct session *session)
{
    if (!atomic_load(&session->ring_watcher_sleeps))
        return;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    port_condition_signal(&session->ring_watch);
}

/* As it was seen, and as it is now. */
struct ring_watch {
    uint64_t leads[RING_SERVERS_MAX];
    unsigned asleep;
    /* Periods in a row in which no leader stood still. */
    unsigned calm;
};

static void lead_ring_locked(struct worker *watcher, struct ring_server *server)
    REQUIRES(session_lock)
{
    watcher->leads = true;
    watcher->lead = &server->lead;
    watcher->serves = server;
}

/* Leads a ring that nobody does. Returns false if there is none. */
static bool lead_free_ring_locked(struct worker *watcher) REQUIRES(session_lock)
{
    struct rings *rings = watcher->session->rings;
    for (unsigned i = 0; i < rings->server_count; i++) {
        struct ring_server *server = &rings->servers[i];
        uint64_t seen = atomic_load(&server->lead);
        if (lead_activity(seen) == NOBODY && lead_take(&server->lead, watcher->index, seen)) {
            lead_ring_locked(watcher, server);
            return true;
        }
    }
    return false;
}

/* Returns true if all leaders sleep as they did before. */
static bool see_leads(const struct rings *rings, struct ring_watch *watch)
{
    bool are_asleep = true;
    for (unsigned i = 0; i < rings->server_count; i++) {
        uint64_t seen = atomic_load(&rings->servers[i].lead);
        are_asleep = are_asleep && lead_activity(seen) == ASLEEP && seen == watch->leads[i];
        watch->leads[i] = seen;
    }
    return are_asleep;
}

static void sleep_beside_rings_locked(struct session *session, struct ring_watch *watch)
    REQUIRES(session_lock)
{
    atomic_store(&session->ring_watcher_sleeps, true);
    if (see_leads(session->rings, watch) && !atomic_load(&session->stopping))
        port_condition_wait(&session->ring_watch, &session->session_lock);
    atomic_store(&session->ring_watcher_sleeps, false);
}

/* A leader that is where it was a period ago, inside a message. */
static void relieve_server_locked(struct worker *watcher, struct ring_server *server, uint64_t seen)
    REQUIRES(session_lock)
{
    if (lead_activity(seen) != BUSY || !lead_take(&server->lead, watcher->index, seen))
        return;
    take_lead_locked(watcher, &watcher->session->workers[lead_index(seen)]);
    atomic_store(&watcher->session->ring_length.is_long, true);
    lead_ring_locked(watcher, server);
}

/* One period of watching. The worker may lead a ring then. */
static void watch_rings_locked(struct worker *watcher, struct ring_watch *watch)
    REQUIRES(session_lock)
{
    struct session *session = watcher->session;
    struct rings *rings = session->rings;
    if (lead_free_ring_locked(watcher))
        return;
    watch->asleep = see_leads(rings, watch) ? watch->asleep + 1 : 0;
    if (watch->asleep > WATCH_PERIODS_ASLEEP) {
        sleep_beside_rings_locked(session, watch);
        watch->asleep = 0;
        return;
    }
    uint64_t deadline = port_clock_now() + watch_period(watch->calm++);
    if (port_condition_wait_until(&session->ring_watch, &session->session_lock, deadline) ||
        atomic_load(&session->stopping))
        return;
    for (unsigned i = 0; i < rings->server_count && !watcher->leads; i++) {
        if (atomic_load(&rings->servers[i].lead) != watch->leads[i])
            continue;
        if (lead_activity(watch->leads[i]) == BUSY)
            watch->calm = 0;
        relieve_server_locked(watcher, &rings->servers[i], watch->leads[i]);
    }
}

/* ---- duties ---- */

/* This worker may have been called for an opening that still exists, and has taken another duty. */
static void pass_on_call_locked(struct session *session) REQUIRES(session_lock)
{
    if (session->openings > 0 || session->errands > 0)
        call_worker_locked(session);
}

static void become_watcher_locked(struct worker *worker) REQUIRES(session_lock)
{
    worker->session->watcher = worker;
    pass_on_call_locked(worker->session);
}

static void become_leader_locked(struct worker *worker) REQUIRES(session_lock)
{
    keep_off_locked(worker, -1);
    worker->session->watcher = NULL;
    call_worker_locked(worker->session);
}

static bool call_worker_for_rings_locked(struct session *session) REQUIRES(session_lock)
{
    return session->has_rings && session->ring_watcher == NULL && call_worker_locked(session);
}

void crew_serve_rings(struct session *session)
{
    PORT_LOCK_SCOPE_OF(session, session_lock);
    session->has_rings = true;
    call_worker_for_rings_locked(session);
}

void crew_call_carrier_locked(struct session *session) REQUIRES(session_lock)
{
    if (session->inside + session->errands < session->limit && call_worker_locked(session))
        session->errands++;
}

void crew_leave_rings(struct session *session)
{
    port_lock_of(session, session_lock);
    session->has_rings = false;
    atomic_store(&session->leaves_rings, true);
    port_condition_broadcast(&session->ring_watch);
    port_unlock_of(session, session_lock);
    for (unsigned i = 0; i < session->rings->server_count; i++)
        ring_wake(&session->rings->servers[i]);
}

static void become_server_locked(struct worker *worker) REQUIRES(session_lock)
{
    worker->session->ring_watcher = NULL;
    call_worker_for_rings_locked(worker->session);
}

static void become_ring_watcher_locked(struct worker *worker) REQUIRES(session_lock)
{
    worker->session->ring_watcher = worker;
    pass_on_call_locked(worker->session);
}

static bool shall_watch_rings_locked(const struct session *session) REQUIRES(session_lock)
{
    return session->has_rings && session->ring_watcher == NULL;
}

static void become_assistant_locked(struct worker *worker) REQUIRES(session_lock)
{
    struct session *session = worker->session;
    worker->assists = true;
    session->openings--;
    session->assistants++;
    session->receiving++;
    pass_on_call_locked(session);
}

void worker_stop_assisting(struct worker *worker)
{
    struct session *session = worker->session;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    worker->assists = false;
    session->assistants--;
    session->receiving--;
}

/* Returns false if it was not called for a long time. */
static bool park_locked(struct session *session) REQUIRES(session_lock)
{
    session->parked_count++;
    bool was_signalled = port_condition_wait_until(&session->parked, &session->session_lock,
                                                   port_clock_now() + PARKED_NS);
    session->parked_count--;
    return was_signalled;
}

/* Into the driver, and out of it with what is in line. Returns false if nothing is. */
static bool become_carrier_locked(struct worker *worker) REQUIRES(session_lock)
{
    struct session *session = worker->session;
    if (session->errands == 0)
        return false;
    session->errands--;
    if (!has_next_locked(session))
        return false;
    session->inside++;
    worker->is_inside = true;
    pass_on_call_locked(session);
    return true;
}

bool worker_wait_for_duty(struct worker *worker)
{
    struct session *session = worker->session;
    struct watch watch = {0};
    struct ring_watch ring_watch = {0};

    worker->serves = NULL;
    worker->lead = &session->lead;
    worker_place(worker, WORKER_ROAMS);
    PORT_LOCK_SCOPE_OF(session, session_lock);
    while (!atomic_load(&session->stopping)) {
        if (session->watcher == NULL)
            become_watcher_locked(worker);
        else if (worker != session->watcher && shall_watch_rings_locked(session))
            become_ring_watcher_locked(worker);
        if (session->watcher == worker) {
            watch_locked(worker, &watch);
            if (worker->leads) {
                become_leader_locked(worker);
                return true;
            }
        } else if (session->ring_watcher == worker) {
            if (session->has_rings)
                watch_rings_locked(worker, &ring_watch);
            else
                session->ring_watcher = NULL;
            if (worker->serves != NULL) {
                become_server_locked(worker);
                return true;
            }
        } else if (session->openings > 0) {
            become_assistant_locked(worker);
            return true;
        } else if (become_carrier_locked(worker)) {
            return true;
        } else if (!park_locked(session) && session->watcher != NULL && session->openings == 0) {
            break;
        }
    }
    worker->slot = SLOT_ENDED;
    return false;
}
