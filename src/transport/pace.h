/*
 * How the leader waits for the next message: the choice between ways whose price only measuring tells.
 *
 * A small request costs less than what lies between two of them. To wake a sleeping thread on another CPU
 * takes longer than the whole request, and longest if that CPU is idle; staying awake avoids half of that and
 * takes a CPU from others. Running where the client runs avoids all of it, if the scheduler leaves the client
 * there: it moves whom it wakes from a busy CPU to an idle one, unless whoever keeps the CPU busy stays
 * behind everybody else (port_thread_stay_behind). Then the client goes on at once when it has its answer,
 * and the leader when the client sleeps again, with the next message before it.
 *
 * Which is best depends on how many clients there are, on the machine, and on what else it does at the
 * moment. So each is tried for a moment, while there is enough to do to tell, and the one that carries the
 * most messages is kept for a while.
 *
 *     QUIET ---- many messages ----> PROBING, each way in turn ----> SETTLED ---- a while, or the work has
 *       ^                               ^                               |         changed ------+
 *       +------- few messages ----------+-------------------------------+<----------------------+
 *
 * While others want the CPUs nothing is gained by staying awake, and rates mean little. The leader finds that
 * out when it starves behind somebody, and sleeps then for a while, the longer the more often it happens.
 *
 * Everything here is the leader's own: whoever takes the lead takes this over.
 */
#ifndef WDFUSE_TRANSPORT_PACE_H
#define WDFUSE_TRANSPORT_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum pace_way {
    PACE_SLEEP, /* in poll(), wherever the scheduler likes */
    PACE_JOIN,  /* on the CPU that the client runs on, behind it; awake for a moment if it may, then in poll()
                 */
    PACE_SPIN,  /* awake for a moment, then as SLEEP */
    PACE_WAYS,
};

enum pace_phase {
    PACE_QUIET,
    PACE_PROBING,
    PACE_SETTLED,
    PACE_BUSY, /* the CPUs are: SLEEP, for a while */
};

struct pace {
    bool may[PACE_WAYS]; /* constant */

    enum pace_phase phase;
    enum pace_way way;
    double rates[PACE_WAYS]; /* messages in a second, as last measured */
    enum pace_way settled;   /* what was chosen last */
    unsigned held;           /* epochs since then */
    unsigned hold;           /* epochs to keep it */
    unsigned busy_hold;      /* epochs to be BUSY for, the next time */
    unsigned strays;         /* epochs in a row whose rate was another than expected */

    /* The epoch that is being measured. */
    uint64_t began; /* 0: it begins after some more messages */
    unsigned messages;
    pid_t client; /* of the last message */
    int cpu;      /* where JOIN wants the leader; -1: nowhere */
};

/* SLEEP it always may. */
void pace_init(struct pace *pace, bool may_join, bool may_spin);

/* Looks, at that time of the monotonic clock, whether an epoch is over. May change `way` and `cpu`. */
void pace_look(struct pace *pace, uint64_t now);

/* The leader has not run although it had something to do: somebody else needs the client's CPU. */
void pace_note_starved(struct pace *pace);

/* To look at the clock costs something: it is done after this many messages. */
#define PACE_STRIDE 8

/* A message from that thread (0: unknown) was received. True: pace_look is due. */
static inline bool pace_note_message(struct pace *pace, pid_t client)
{
    pace->client = client;
    return ++pace->messages % PACE_STRIDE == 0;
}

#endif
