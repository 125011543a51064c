/* See carry.h. */
#include "transport/carry.h"

#include <assert.h>
#include <stdlib.h>

#include "framework/io.h"
#include "port/clock.h"
#include "port/log.h"
#include "transport/crew.h"
#include "transport/operations.h"
#include "transport/order.h"

/* Messages take long once a sample is above LONG_NS, and until samples are below SHORT_NS. */
#define LONG_NS  200000u
#define SHORT_NS 100000u

/* This many samples in a row decide. */
#define SAMPLES 2

/* ---- to its operation ---- */

static void carry(struct worker *worker)
{
    wire_carry(worker->session->wire, &worker->buffer);
}

/* Replaces the worker's message with another. */
static void carry_waiting(struct worker *worker, struct message *message)
{
    struct wire_buffer own = worker->buffer;
    worker->buffer = message->buffer;
    carry(worker);
    if (message_is_copy(message)) {
        assert(worker->buffer.memory == message->copy); /* nobody keeps such a short one */
        worker->buffer = own;
    } else {
        message_store_put(&worker->session->store, own.memory);
    }
    free(message);
}

/* The watcher looks after the leader while it is inside a message. */
static uint64_t begin_busy(struct worker *worker)
{
    return worker->leads ? lead_set(worker->lead, worker->index, BUSY) : 0;
}

static void end_busy(struct worker *worker, uint64_t busy)
{
    if (worker->leads)
        worker->leads = lead_keep(worker->lead, worker->index, busy);
}

static void carry_watched(struct worker *worker)
{
    uint64_t busy = begin_busy(worker);
    carry(worker);
    end_busy(worker, busy);
}

/* ---- how long that takes ---- */

static void note_length(struct length *length, bool is_against)
{
    if (!is_against) {
        atomic_store_explicit(&length->against, 0, memory_order_relaxed);
    } else if (atomic_fetch_add_explicit(&length->against, 1, memory_order_relaxed) + 1 >=
               SAMPLES) {
        bool is_long = atomic_load_explicit(&length->is_long, memory_order_relaxed);
        atomic_store_explicit(&length->is_long, !is_long, memory_order_relaxed);
        atomic_store_explicit(&length->against, 0, memory_order_relaxed);
    }
}

static bool is_long(const struct length *length)
{
    return atomic_load_explicit(&length->is_long, memory_order_relaxed);
}

/* While several receive, no client is held up, and samples are longer as the CPUs are shared. */
static void note_sample(struct session *session, uint64_t nanoseconds)
{
    note_length(&session->length, is_long(&session->length)
                                      ? nanoseconds < SHORT_NS
                                      : nanoseconds > LONG_NS && !crew_is_several(session));
}

static void carry_sampled(struct worker *worker)
{
    uint64_t began = port_clock_now();
    carry_watched(worker);
    note_sample(worker->session, port_clock_now() - began);
}

/* ---- into the driver and out of it ---- */

static const struct fuse_in_header *message_header(const struct worker *worker)
{
    return worker->buffer.memory;
}

/* A client's read, not the kernel's for its page cache, which the transport refuses (fuse.c). */
static bool is_read_by_client(const struct fuse_in_header *header)
{
    const struct fuse_read_in *read = (const void *)(header + 1);
    return header->len >= sizeof(*header) + sizeof(*read) &&
           (read->read_flags & FUSE_READ_LOCKOWNER) != 0;
}

static bool enters_driver(const struct fuse_in_header *header)
{
    switch (header->opcode) {
    case FUSE_READ:
        return is_read_by_client(header);
    case FUSE_OPEN:
    case FUSE_WRITE:
    case FUSE_IOCTL:
        return true;
    default:
        return false;
    }
}

static void early_interrupts_add(struct early_interrupts *early, uint64_t unique)
{
    early->uniques[early->count++ % EARLY_INTERRUPTS_MAX] = unique;
}

static bool early_interrupts_include(const struct early_interrupts *early, uint64_t unique)
{
    for (unsigned i = 0; i < EARLY_INTERRUPTS_MAX; i++) {
        if (early->uniques[i] == unique)
            return true;
    }
    return false;
}

/* Whether a worker inside the driver is counted before it loses the lead: several receive, or one
 * of them does not know yet that they no longer should. */
static bool is_counting(const struct session *session)
{
    return crew_is_several(session) ||
           atomic_load_explicit(&session->assistants, memory_order_relaxed) > 0;
}

static bool is_full(const struct session *session)
{
    return atomic_load_explicit(&session->inside, memory_order_relaxed) >= session->limit;
}

static void enter_locked(struct worker *worker) REQUIRES(session_lock)
{
    struct session *session = worker->session;
    assert(!worker->is_inside);
    session->inside++;
    worker->is_inside = true;
    if (worker->assists)
        session->receiving--;
    crew_recruit_locked(session);
}

/* Appends the message to those that wait for room in the driver; false without memory. */
static bool defer_locked(struct worker *worker, pid_t process) REQUIRES(session_lock)
{
    struct session *session = worker->session;
    struct message *message = message_create(&worker->buffer);
    if (message == NULL)
        return false;
    line_append(&session->backlog, message, process);
    if (worker->buffer.memory == NULL)
        worker->buffer.memory = message_store_take(&session->store);
    return true;
}

enum admission { ADMITTED, DEFERRED, INTERRUPTED };

/* Lets the message into the driver if there is room. Without memory to defer it, one too many
 * inside is better than a lost message. */
static enum admission admit(struct worker *worker, bool is_counted)
{
    struct session *session = worker->session;
    /* Before taking the lock: this may take a while. */
    pid_t process = is_full(session) ? line_process(&worker->buffer) : 0;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    if (session->inside >= session->limit) {
        if (early_interrupts_include(&session->early_interrupts, message_header(worker)->unique))
            return INTERRUPTED;
        if (defer_locked(worker, process))
            return DEFERRED;
    }
    if (is_counted)
        enter_locked(worker);
    return ADMITTED;
}

/* A receiver goes on receiving, and then takes the next message in line. */
static bool leaves_line_locked(const struct worker *worker) REQUIRES(session_lock)
{
    const struct session *session = worker->session;
    if (!session->lines_up)
        return false;
    return worker->leads || worker->assists || session->inside < session->limit;
}

/* A message that has waited for room. NULL: there was none, and the worker has left the driver. */
static struct message *take_waiting_or_leave(struct worker *worker)
{
    struct session *session = worker->session;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    if (!worker->is_inside)
        return NULL;
    struct message *message = leaves_line_locked(worker) ? NULL : line_take(&session->backlog);
    if (message != NULL)
        return message;
    session->inside--;
    worker->is_inside = false;
    if (worker->assists)
        session->receiving++;
    return NULL;
}

void worker_come_out(struct worker *worker)
{
    for (struct message *message; (message = take_waiting_or_leave(worker)) != NULL;) {
        bool was_long = is_long(&worker->session->ring_length);
        uint64_t began = was_long ? port_clock_now() : 0;
        uint64_t busy = begin_busy(worker);
        carry_waiting(worker, message);
        end_busy(worker, busy);
        if (was_long)
            note_length(&worker->session->ring_length, port_clock_now() - began < SHORT_NS);
    }
}

/* ---- interrupts ---- */

/* The message that an interrupt is about, if it waits for room in the driver. Another receiver may
 * be about to defer it, and is told. */
static struct message *take_interrupted(struct worker *worker)
{
    struct session *session = worker->session;
    const struct fuse_in_header *header = message_header(worker);
    const struct fuse_interrupt_in *interrupt = (const void *)(header + 1);
    if (header->len < sizeof(*header) + sizeof(*interrupt))
        return NULL;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    struct message *message = line_take_unique(&session->backlog, interrupt->unique);
    if (message == NULL)
        early_interrupts_add(&session->early_interrupts, interrupt->unique);
    return message;
}

/* While the driver is full, or may become full. A message that was interrupted before it could
 * enter is answered instead of its interrupt, without entering. */
static void carry_interrupt(struct worker *worker)
{
    uint64_t busy = begin_busy(worker);
    struct message *interrupted = take_interrupted(worker);
    if (interrupted != NULL) {
        operation_set_interrupted(true);
        carry_waiting(worker, interrupted);
        operation_set_interrupted(false);
    } else {
        carry(worker);
    }
    end_busy(worker, busy);
}

/* The same for a message that arrives after its interrupt. */
static void carry_interrupted(struct worker *worker)
{
    operation_set_interrupted(true);
    carry_watched(worker);
    operation_set_interrupted(false);
}

/* ---- the pace ---- */

static void look_at_pace_locked(struct worker *worker) REQUIRES(pace_lock)
{
    struct session *session = worker->session;
    struct pace *pace = &session->pace;
    uint64_t now = port_clock_now();
    if (atomic_exchange(&session->starved, false)) {
        log_debug("somebody else needed the CPU of the clients: it is left to them for a while");
        pace_note_starved(pace, now);
    }
    pace_set_long(pace, is_long(&session->length));
    pace_look(pace, worker->messages, (pid_t)message_header(worker)->pid, now);
    worker->messages = 0;
    bool was_several = crew_is_several(session);
    session->way = pace->way;
    session->cpu = pace->cpu;
    if (crew_is_several(session) != was_several)
        crew_follow_way(session);
    if (crew_is_several(session))
        crew_recruit(session);
}

/* Called now and then. Returns true if the message is to be sampled. */
static bool note_message(struct worker *worker)
{
    struct session *session = worker->session;
    order_note_message();
    if (++worker->messages % PACE_STRIDE != 0)
        return false;
    if (port_try_lock_of(session, pace_lock)) {
        look_at_pace_locked(worker);
        port_unlock_of(session, pace_lock);
    }
    if (worker->leads)
        worker_place(worker, session->cpu);
    return true;
}

/* ---- many messages wait ---- */

/* A line of at most this many messages is short. This many short ones in a row end it. */
#define LINE_SHORT  8u
#define SHORT_LINES 64u

/* At most this much is in line in the daemon; the rest waits in the kernel. */
#define IN_LINE_MAX       4096u
#define IN_LINE_BYTES_MAX (32u << 20)

void worker_look_for_many(struct worker *worker)
{
    struct session *session = worker->session;
    worker->since_look = 0;
    atomic_store(&session->short_lines, 0);
    atomic_store(&session->lines_up, true);
}

bool worker_may_line_up(struct worker *worker)
{
    struct session *session = worker->session;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    return session->backlog.count < IN_LINE_MAX && session->backlog.bytes < IN_LINE_BYTES_MAX;
}

/* False: the message was interrupted before, or there is no memory to keep it; it is carried at
 * once. */
static bool line_up(struct worker *worker)
{
    struct session *session = worker->session;
    pid_t process = line_process(&worker->buffer);
    PORT_LOCK_SCOPE_OF(session, session_lock);
    if (early_interrupts_include(&session->early_interrupts, message_header(worker)->unique) ||
        !defer_locked(worker, process))
        return false;
    atomic_store(&session->lines_up, true); /* another receiver may just have ended it */
    return true;
}

/* After a look at the line: notes whether lining up is over. */
static void note_length_locked(struct session *session) REQUIRES(session_lock)
{
    if (session->backlog.count > LINE_SHORT)
        atomic_store(&session->short_lines, 0);
    else if (atomic_fetch_add(&session->short_lines, 1) >= SHORT_LINES &&
             session->backlog.count == 0)
        atomic_store(&session->lines_up, false);
}

/* The next message for the driver; NULL if there is none for this worker, or the driver is full. */
static struct message *take_next(struct worker *worker, bool is_counted)
{
    struct session *session = worker->session;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    note_length_locked(session);
    struct message *message = session->inside < session->limit
                                  ? line_take_fairly(&session->backlog, port_clock_now())
                                  : NULL;
    if (message != NULL && is_counted)
        enter_locked(worker);
    return message;
}

bool worker_carry_next(struct worker *worker)
{
    bool is_counted = worker->session->rings != NULL || is_counting(worker->session);
    struct message *message = take_next(worker, is_counted);
    if (message == NULL)
        return false;
    bool is_sampled = worker->shall_sample;
    uint64_t began = is_sampled ? port_clock_now() : 0;
    uint64_t busy = begin_busy(worker);
    carry_waiting(worker, message);
    end_busy(worker, busy);
    worker->shall_sample = false;
    if (is_sampled)
        note_sample(worker->session, port_clock_now() - began);
    if (is_counted)
        worker_come_out(worker);
    return true;
}

/* ---- what has been received ---- */

static void carry_into_driver(struct worker *worker, bool is_sampled)
{
    struct session *session = worker->session;
    bool is_counted = is_counting(session);
    enum admission admission =
        is_counted || is_full(session) ? admit(worker, is_counted) : ADMITTED;
    if (admission == DEFERRED)
        return;
    if (admission == INTERRUPTED)
        carry_interrupted(worker);
    else if (is_sampled)
        carry_sampled(worker);
    else
        carry_watched(worker);
    if (is_counted)
        worker_come_out(worker);
}

void worker_dispatch(struct worker *worker)
{
    struct session *session = worker->session;
    const struct fuse_in_header *header = message_header(worker);
    bool is_sampled = note_message(worker);
    bool enters = enters_driver(header);
    worker->shall_sample = worker->shall_sample || (is_sampled && worker->is_lining_up);
    if (enters && worker->is_lining_up && line_up(worker))
        return;
    if (enters)
        carry_into_driver(worker, is_sampled);
    else if (header->opcode == FUSE_INTERRUPT &&
             (is_full(session) || is_counting(session) || session->lines_up))
        carry_interrupt(worker);
    else
        carry_watched(worker);
}

/* ---- by rings ---- */

/* How many messages of a ring one is sampled of. */
#define RING_SAMPLED 16

/* Returns false without memory. */
static bool leave_to_carrier(struct worker *worker)
{
    struct session *session = worker->session;
    pid_t process = line_process(&worker->buffer);
    PORT_LOCK_SCOPE_OF(session, session_lock);
    if (!defer_locked(worker, process))
        return false;
    crew_call_carrier_locked(session);
    return true;
}

bool worker_leaves_line(struct worker *worker)
{
    struct session *session = worker->session;
    if (!is_long(&session->ring_length))
        return false;
    if (!session->lines_up)
        return true;
    PORT_LOCK_SCOPE_OF(session, session_lock);
    atomic_store(&session->lines_up, false);
    for (unsigned i = 0; i < session->backlog.count && i < session->limit; i++)
        crew_call_carrier_locked(session);
    return true;
}

static void carry_ring_sampled(struct worker *worker)
{
    uint64_t began = port_clock_now();
    carry_watched(worker);
    note_length(&worker->session->ring_length, port_clock_now() - began > LONG_NS);
}

static void carry_of_ring(struct worker *worker)
{
    if (is_long(&worker->session->ring_length) && leave_to_carrier(worker))
        return;
    enum admission admission = admit(worker, true);
    if (admission == DEFERRED)
        return;
    if (admission == INTERRUPTED)
        carry_interrupted(worker);
    else if (++worker->messages % RING_SAMPLED == 0)
        carry_ring_sampled(worker);
    else
        carry_watched(worker);
    worker_come_out(worker);
}

void worker_dispatch_of_ring(struct worker *worker, const struct wire_buffer *message)
{
    struct wire_buffer own = worker->buffer;
    worker->buffer = *message;
    order_note_message();
    bool enters = enters_driver(message_header(worker));
    bool is_in_line = enters && worker->is_lining_up && line_up(worker);
    if (enters && !is_in_line)
        carry_of_ring(worker);
    else if (!enters)
        carry_watched(worker);
    worker->buffer = own;
}

void worker_dispatch_interrupt(struct worker *worker, uint64_t unique)
{
    struct {
        struct fuse_in_header header;
        struct fuse_interrupt_in interrupt;
    } message = {.header = {.len = sizeof(message), .opcode = FUSE_INTERRUPT},
                 .interrupt = {.unique = unique}};
    struct wire_buffer own = worker->buffer;
    worker->buffer = (struct wire_buffer){.memory = &message, .size = sizeof(message)};
    carry_interrupt(worker);
    worker->buffer = own;
}

bool worker_run_timers(struct worker *worker)
{
    if (!io_timers_are_due())
        return false;
    uint64_t busy = begin_busy(worker);
    io_timers_run();
    end_busy(worker, busy);
    return true;
}
