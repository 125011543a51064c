/*
 * How the leader waits for the next message: the choice between ways whose price only measuring
 * tells.
 *
 * A small request costs less than what lies between two of them. To wake a sleeping thread on
 * another CPU takes longer than the whole request, and longest if that CPU is idle; staying awake
 * avoids half of that and takes a CPU from others. Running where the client runs avoids all of it,
 * if the scheduler leaves the client there: it moves whom it wakes from a busy CPU to an idle one,
 * unless whoever keeps the CPU busy stays behind everybody else (port_thread_stay_behind). Then the
 * client goes on at once when it has its answer, and the leader when the client sleeps again, with
 * the next message before it.
 *
 * When there are several clients, several may receive at the same time, each on a CPU of its own;
 * and when callbacks sleep, as many as there are clients.
 *
 * Which is best depends on how many clients there are, on the driver, on the machine, and on what
 * else it does at the moment. So each is tried for a moment, while there is enough to do to tell,
 * and the one that carries the most messages is kept for a while.
 *
 *     QUIET --- many messages ---> PROBING, each way in turn ---> SETTLED --- a while, or the work
 *       ^                             ^                              |        has changed ----+
 *       +------ few messages ---------+------------------------------+<-----------------------+
 *
 * While others want the CPUs nothing is gained by staying awake, and rates mean little. The leader
 * finds that out when it starves behind somebody, and sleeps then for a while, the longer the more
 * often it happens.
 *
 * While messages take long one receiver would hold up the others, however few messages there are.
 *
 * The session guards all of it with a lock.
 */
#ifndef WDFUSE_TRANSPORT_PACE_H
#define WDFUSE_TRANSPORT_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum pace_way {
    PACE_SLEEP, /* in poll(), wherever the scheduler likes */
    PACE_JOIN,  /* as SLEEP, on the CPU that the client runs on, behind it */
    PACE_SPIN,  /* awake for a moment, then as SLEEP */
    PACE_CROWD, /* as SLEEP, and beside it others do: one for each CPU */
    PACE_FLOOD, /* the same, and always one that is not inside the driver */
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

    bool is_long; /* what messages take */

    enum pace_phase phase;
    enum pace_way way;
    double rates[PACE_WAYS]; /* messages in a second, as measured lately; 0: not yet */
    enum pace_way settled;   /* what was chosen last */
    enum pace_way known;     /* PROBING: not to be tried, since it was in use until now */
    double rate_to_beat;     /* PROBING: the best until now */
    unsigned held;           /* epochs since then */
    unsigned hold;           /* epochs to keep it */
    unsigned busy_hold;      /* epochs to be BUSY for, the next time */
    uint64_t starved;        /* when it was the last time */
    unsigned strays;         /* epochs in a row whose rate was another than expected */

    /* The epoch that is being measured. */
    uint64_t changed; /* when the way did, or an epoch ended; 0: long ago */
    uint64_t began;   /* 0: not yet */
    unsigned messages;
    uint64_t followed; /* when JOIN has looked for the client */
    int cpu;           /* where JOIN wants the leader; -1: nowhere */
};

/* Each way is allowed or not; SLEEP always is. */
void pace_init(struct pace *pace, const bool may[PACE_WAYS]);

/* To look at the clock costs something: it is done after this many messages. */
#define PACE_STRIDE 8

/*
 * So many messages more have been received, the last from that thread (0: unknown). Looks, at that
 * time of the monotonic clock, whether an epoch is over. May change `way` and `cpu`.
 */
void pace_look(struct pace *pace, unsigned messages, pid_t client, uint64_t now);

/* Whether messages take long. */
void pace_set_long(struct pace *pace, bool is_long);

/* The leader has not run although it had something to do: somebody else needs the client's CPU. */
void pace_note_starved(struct pace *pace, uint64_t now);

#endif
