/*
 * The workers of a session: what they share, and who does what.
 *
 * The pattern is leader/followers. The leader receives a message and carries it through dispatch,
 * callback and reply itself, so that a request costs no thread switch. How it waits for the next
 * message is decided in pace.h.
 *
 * The other workers are parked (followers). One parked worker is the watcher. A driver's callback
 * may block, and must not stop the other clients: when the leader has been inside the same message
 * for a whole period, the watcher takes the lead.
 *
 *                 takes the lead                       nothing to do
 *     (nobody) ------------------> AWAKE ---------------------------------------> ASLEEP in poll()
 *                                  |  ^ <---------------------------------------------+
 *                  has a message   |  | message done              something to do
 *                                  v  |
 *                                  BUSY ------------------------> AWAKE, with the watcher as the
 *                                          a whole period long    leader; the old one finds out
 *                                                                 when it is done
 *
 * The watcher ticks while the leader is active. Once the leader has been asleep for a while, the
 * watcher sleeps as well, without a timeout, and says so in `watcher_sleeps`; the leader looks
 * there when it wakes. Each of the two writes its own word before it reads the other's
 * (sequentially consistent), so that one of them sees the other.
 *
 * A leader on its client's CPU runs behind all other threads there, and they may need all of it.
 * The watcher sees that too: messages wait, and the leader stands still. It then lets the leader
 * run like any other thread.
 *
 * When one receiver is not enough (pace.h), assistants receive beside the leader. They wait only
 * for messages, and nobody watches them.
 *
 * A worker is inside the driver while it carries a message beside others, or when it has lost the
 * lead. At most `limit` workers may be. The rest continue to receive, but messages for the driver
 * wait in the backlog for the first worker that comes out. Everything else is carried at once,
 * above all interrupts and closes: a client can leave even if all callbacks are stuck.
 *
 * The kernel has one queue for all clients: a client with hundreds of threads would get hundreds of
 * turns for each turn of a client with one. So when many messages wait, a receiver first lets all
 * of them line up, then carries one of the next process (line.h). When few wait, each would cost a
 * look in vain.
 *
 * Where messages come by rings (ring.h), each ring has a worker that leads it in the same way, and
 * one of the parked workers watches all of them: it takes a ring that nobody leads, or whose leader
 * has been inside the same message for a whole period. /dev/fuse, on which interrupts come besides,
 * and timers stay the leader's. While messages take long, whoever leads a ring lines them up for
 * carriers.
 *
 * Workers are started when they are called for and none is parked. They end when they have been
 * parked for long.
 */
#ifndef WDFUSE_TRANSPORT_CREW_H
#define WDFUSE_TRANSPORT_CREW_H

#include "port/thread.h"
#include "transport/lead.h"
#include "transport/line.h"
#include "transport/messagestore.h"
#include "transport/pace.h"
#include "transport/ring.h"

enum slot { SLOT_FREE, SLOT_RUNNING, SLOT_ENDED };

/* Instead of a CPU. ROAMS: the worker runs on any CPU, like any other thread. BROUGHT_BACK: another
 * thread made it so; a worker that is about to join its client's CPU overrules it. */
enum { WORKER_ROAMS = -1, WORKER_BROUGHT_BACK = -2 };

/* Outside of session_lock. */
PORT_LOCK_KIND(pace_lock);
/* While it is held, only the store's lock may be taken. */
PORT_LOCK_KIND(session_lock);

struct worker {
    struct session *session;
    struct port_thread thread;
    unsigned index;

    /* ENDED: to be joined. */
    enum slot slot GUARDED_BY(session_lock);
    /* Counted in `inside`. */
    bool is_inside GUARDED_BY(session_lock);
    /* The CPU that the watcher keeps off, or -1. */
    int avoided_cpu GUARDED_BY(session_lock);

    /* The CPU where it runs behind its client, or is about to: written by the worker itself. Or one
     * of the above; BROUGHT_BACK is written with the session's lock held. */
    _Atomic(int) cpu;

    /* The worker's own. */
    struct wire_buffer buffer;  /* the memory is the store's */
    bool leads;                 /* as far as it knows: a lead is lost inside a message */
    _Atomic(uint64_t) *lead;    /* the word that it leads by */
    struct ring_server *serves; /* the ring that it leads; NULL: the session */
    bool assists;
    unsigned messages; /* since its last look at the pace */
    unsigned looks_in_vain;
    unsigned looks_left_out;
    unsigned since_look; /* messages since it last looked whether many wait */
    bool is_lining_up;   /* it only receives */
    bool shall_sample;   /* the next message that it carries */
};

/*
 * The last interrupts whose message was not in the backlog. Receivers do not wait for each other:
 * an interrupt may overtake its message, which must then not wait in the backlog. The kernel
 * numbers messages from 1 and never reuses a number, so stale entries do no harm.
 */
#define EARLY_INTERRUPTS_MAX 64
struct early_interrupts {
    uint64_t uniques[EARLY_INTERRUPTS_MAX];
    unsigned count;
};

/* Whether something takes long, as far as is known. */
struct length {
    _Atomic(bool) is_long;
    /* Samples in a row that say otherwise. */
    _Atomic(unsigned) against;
};

struct session {
    /* Constant. */
    struct wire *wire;
    uint64_t spin_ns;
    unsigned limit;  /* workers inside the driver */
    unsigned crowd;  /* receivers that there are CPUs for, including the leader */
    int timers;      /* the framework's, not owned; -1: none */
    int stop_event;  /* readable: the workers must end */
    int alone_event; /* readable: the leader receives alone */
    int events;      /* epoll: messages, the timers, stop_event */
    int ended_event; /* not owned: readable when the kernel has ended the connection */
    unsigned slot_count;
    void (*worker_main)(void *worker);
    struct rings *rings; /* not owned; NULL: there are none */

    _Atomic(bool) stopping;
    /* The rings are not to be served any more. */
    _Atomic(bool) leaves_rings;
    _Atomic(bool) ended;
    struct message_store store;

    _Atomic(uint64_t) lead; /* lead.h */
    /* Written by the watcher with the lock held, read by the leader without */
    _Atomic(bool) watcher_sleeps;
    _Atomic(bool) starved;     /* set by the watcher, cleared by a look at the pace */
    struct length length;      /* of time inside a message */
    struct length ring_length; /* the same, of messages in rings */

    struct port_mutex pace_lock;
    struct pace pace GUARDED_BY(pace_lock);
    _Atomic(enum pace_way) way; /* a copy of the pace's, for all threads */
    _Atomic(int) cpu;

    struct port_mutex session_lock;
    /* Signalled for parked workers. */
    struct port_condition parked;
    /* Signalled for the watcher. */
    struct port_condition watch;
    /* The one of the rings; and whether it sleeps, as watcher_sleeps. */
    struct port_condition ring_watch;
    _Atomic(bool) ring_watcher_sleeps;

    /* NULL: nobody. */
    const struct worker *watcher GUARDED_BY(session_lock);
    const struct worker *ring_watcher GUARDED_BY(session_lock);
    /* The rings are to be served. */
    bool has_rings GUARDED_BY(session_lock);
    unsigned parked_count GUARDED_BY(session_lock);
    /* Calls for carriers that are still open. */
    unsigned errands GUARDED_BY(session_lock);
    /* Calls for assistants that are still open. */
    unsigned openings GUARDED_BY(session_lock);
    /* Assistants that are not inside the driver. */
    unsigned receiving GUARDED_BY(session_lock);
    /* All assistants. Written with the lock held, read without it, like `inside`. */
    _Atomic(unsigned) assistants;
    _Atomic(unsigned) inside;
    /* Empty unless `limit` or more are inside, or messages line up. */
    struct line backlog GUARDED_BY(session_lock);
    /* Many wait: all messages that arrive line up. */
    _Atomic(bool) lines_up;
    _Atomic(unsigned) short_lines; /* in a row */
    struct early_interrupts early_interrupts GUARDED_BY(session_lock);

    struct worker workers[];
};

/* Starts and ends a session's part beside the kernel's connection. worker_main is a worker's
 * thread. */
void crew_init(struct session *session, void (*worker_main)(void *worker));
void crew_destroy(struct session *session);

/* Starts one worker. Returns 0 or -errno. */
int crew_start_worker_locked(struct session *session) REQUIRES(session_lock);

/* Watches, or stays parked, until this worker leads or assists. Returns false when it must end; it
 * has no duty then. */
bool worker_wait_for_duty(struct worker *worker);

/* The assistant goes back to being parked. */
void worker_stop_assisting(struct worker *worker);

/* Calls one more assistant if the leader's way of waiting needs it and there are too few. */
void crew_recruit(struct session *session);
void crew_recruit_locked(struct session *session) REQUIRES(session_lock);

/* Called after a change from one receiver to several, or back: assistants may stay, or are sent
 * away. */
void crew_follow_way(struct session *session);

/* Whether messages are in line, and the driver has room. */
bool crew_has_next(struct session *session);

/* How long a receiver may sleep that wants to sleep this long (-1: for ever): a process in line may
 * go on soon. */
int crew_may_sleep_ms(struct session *session, int milliseconds);

/* Whether several receive. */
static inline bool crew_is_several(const struct session *session)
{
    return session->way >= PACE_CROWD;
}

/* The leader is awake, so the watcher must be, too. */
void crew_wake_watcher(struct session *session);
/* The same of a ring's leader. */
void crew_wake_ring_watcher(struct session *session);

/* A message of a ring is in line, which takes long: somebody else shall carry it. */
void crew_call_carrier_locked(struct session *session) REQUIRES(session_lock);

/* Workers lead the rings from now on; or no more, each from the end of its message on. */
void crew_serve_rings(struct session *session);
void crew_leave_rings(struct session *session);

/* Moves the calling worker, without the lock: behind the clients on that CPU, or to any CPU
 * (WORKER_ROAMS). */
void worker_place(struct worker *worker, int cpu);
/* Brings another worker back to any CPU. */
void worker_let_roam_locked(struct worker *worker) REQUIRES(session_lock);

#endif
