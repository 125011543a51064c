/*
 * How the leader waits for the next message: the choice between ways whose cost only measuring
 * tells.
 *
 * A small request costs less than what lies between two requests. Waking a sleeping thread on
 * another CPU takes longer than the whole request, and longest if that CPU is idle. Staying awake
 * avoids half of that, and takes a CPU from others. Running on the client's CPU avoids all of it,
 * if the scheduler leaves the client there: it moves a thread that it wakes from a busy CPU to an
 * idle one, unless the thread that keeps the CPU busy runs behind all others
 * (port_thread_stay_behind). Then the client goes on at once when it has its answer; the leader
 * goes on when the client sleeps again, and has the next message before it.
 *
 * With several clients, several workers may receive at the same time, each on a CPU of its own; and
 * when callbacks sleep, as many as there are clients.
 *
 * Which way is best depends on the number of clients, on the driver, on the machine, and on what
 * else it does at the moment. So each is tried for a moment, while there is enough work to tell,
 * and the one that carries the most messages is kept for a while.
 *
 *     QUIET --- many messages ---> PROBING, each way in turn ---> SETTLED --- a while, or the work
 *       ^                             ^                              |        has changed ----+
 *       +------ few messages ---------+------------------------------+<-----------------------+
 *
 * While others want the CPUs, staying awake gains nothing, and rates mean little. The leader
 * notices this when it starves behind another thread. It then sleeps for a while; the more often
 * this happens, the longer.
 *
 * While messages take long, one receiver would delay the others, however few messages there are.
 *
 * The session guards all of it with a lock.
 */
#ifndef WDFUSE_TRANSPORT_PACE_H
#define WDFUSE_TRANSPORT_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum pace_way {
    PACE_SLEEP, /* in poll(), on any CPU */
    PACE_JOIN,  /* as SLEEP, on the client's CPU, behind the client */
    PACE_SPIN,  /* awake for a moment, then as SLEEP */
    PACE_CROWD, /* as SLEEP, with other receivers: one for each CPU */
    PACE_FLOOD, /* the same, and always one that is not inside the driver */
    PACE_WAYS,
};

enum pace_phase {
    PACE_QUIET,
    PACE_PROBING,
    PACE_SETTLED,
    PACE_BUSY, /* others need the CPUs: SLEEP, for a while */
};

struct pace {
    bool may[PACE_WAYS]; /* constant */

    bool is_long; /* messages take long */

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

    /* The current epoch. */
    uint64_t changed; /* when the way did, or an epoch ended; 0: long ago */
    uint64_t began;   /* 0: not yet */
    unsigned messages;
    uint64_t followed; /* when JOIN has looked for the client */
    int cpu;           /* where JOIN wants the leader; -1: nowhere */
};

/* Each way is allowed or not; SLEEP always is. */
void pace_init(struct pace *pace, const bool may[PACE_WAYS]);

/* Looking at the clock has a cost: it is done after this many messages. */
#define PACE_STRIDE 8

/* This many more messages have been received, the last from that thread (0: unknown). Looks, at
 * that time of the monotonic clock, whether an epoch is over. May change `way` and `cpu`. */
void pace_look(struct pace *pace, unsigned messages, pid_t client, uint64_t now);

/* Whether messages take long. */
void pace_set_long(struct pace *pace, bool is_long);

/* The leader had something to do, but has not run: another thread needs the client's CPU. */
void pace_note_starved(struct pace *pace, uint64_t now);

#endif
