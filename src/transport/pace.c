/* How the leader waits. See pace.h. */
#include "transport/pace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An epoch is long enough to contain some ticks of the scheduler, and to give a meaningful rate. */
#define EPOCH_NS       UINT64_C(3000000)
#define EPOCH_MESSAGES 48
#define EPOCH_MAX_NS   (30 * EPOCH_NS)

/* What follows a change of way does not count: threads start, and the scheduler moves them
 * about. */
#define WARM_UP_NS       UINT64_C(1000000)
#define WARM_UP_MESSAGES 16

/* How often JOIN looks where the client is: a look costs as much as a request. */
#define FOLLOW_NS UINT64_C(500000)

/* A way that is this much slower this soon is not tried to the end. */
#define EPOCH_HOPELESS_NS UINT64_C(500000)
#define HOPELESS_FACTOR   1.6

/* With fewer messages per second than this, the way makes no difference. */
#define QUIET_RATE 2000.0

/* How many epochs a choice is kept at first, and at most: each time it is confirmed, the number
 * doubles. */
#define HOLD_MIN 64
#define HOLD_MAX 1024

/* The same while the CPUs are busy; after this long without that, it begins again at the
 * minimum. */
#define BUSY_HOLD_MIN    8
#define BUSY_LONG_AGO_NS UINT64_C(1000000000)

/* The work has changed when the rate was this much worse for this many epochs. */
#define STRAY_FACTOR 2.0
#define STRAYS_MAX   4

/* Rates of single epochs scatter: the weight of an epoch of the current way in its rate, and the
 * weight of a try. */
#define EPOCH_WEIGHT (1.0 / 16)
#define TRY_WEIGHT   (1.0 / 2)

/* What a way costs others: it must carry this much more to be worth it. */
static const double discounts[PACE_WAYS] = {
    [PACE_SLEEP] = 1.0,  [PACE_JOIN] = 0.95, [PACE_SPIN] = 0.95,
    [PACE_CROWD] = 0.95, [PACE_FLOOD] = 0.9,
};

void pace_init(struct pace *pace, const bool may[PACE_WAYS])
{
    memset(pace, 0, sizeof(*pace));
    memcpy(pace->may, may, sizeof(pace->may));
    pace->hold = HOLD_MIN;
    pace->busy_hold = BUSY_HOLD_MIN;
    pace->cpu = -1;
}

/* The CPU that a thread was last seen on: field 39 of its stat, 37 after the name, which ends with
 * the last parenthesis. -1: unknown. */
static int cpu_of(pid_t thread)
{
    char path[32], text[512];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)thread);
    int file = thread > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return -1;
    ssize_t length = read(file, text, sizeof(text) - 1);
    close(file);
    if (length <= 0)
        return -1;
    text[length] = '\0';
    const char *field = strrchr(text, ')');
    for (unsigned i = 0; field != NULL && i < 37; i++)
        field = strchr(field + 1, ' ');
    return field != NULL ? atoi(field + 1) : -1;
}

/* The scheduler moves a client now and then. */
static void follow(struct pace *pace, pid_t client, uint64_t now)
{
    pace->cpu = pace->way == PACE_JOIN ? cpu_of(client) : -1;
    pace->followed = now;
}

static void begin_epoch(struct pace *pace, pid_t client, uint64_t now)
{
    pace->messages = 0;
    pace->changed = now;
    pace->began = 0;
    follow(pace, client, now);
}

/* The way that costs others nothing and delays nobody. */
static enum pace_way calm_way(const struct pace *pace)
{
    return pace->is_long && pace->may[PACE_FLOOD] ? PACE_FLOOD : PACE_SLEEP;
}

/* While messages take long, one receiver is not enough, if more are allowed. */
static bool is_candidate(const struct pace *pace, enum pace_way way)
{
    return pace->may[way] && (way >= PACE_CROWD || calm_way(pace) == PACE_SLEEP);
}

static enum pace_way next_candidate(const struct pace *pace, enum pace_way way)
{
    while (way < PACE_WAYS && !is_candidate(pace, way))
        way++;
    return way;
}

static void note_rate(struct pace *pace, double rate, double weight)
{
    double *mean = &pace->rates[pace->way];
    *mean += (rate - *mean) * (*mean > 0 ? weight : 1);
}

static void forget_rates(struct pace *pace)
{
    memset(pace->rates, 0, sizeof(pace->rates));
}

static void enter_quiet(struct pace *pace)
{
    forget_rates(pace);
    pace->phase = PACE_QUIET;
    pace->way = calm_way(pace);
    pace->hold = HOLD_MIN;
}

static enum pace_way best_way(const struct pace *pace)
{
    enum pace_way best = next_candidate(pace, PACE_SLEEP);
    for (enum pace_way way = best; way < PACE_WAYS; way = next_candidate(pace, way + 1)) {
        if (pace->rates[way] * discounts[way] > pace->rates[best] * discounts[best])
            best = way;
    }
    return best;
}

static void settle(struct pace *pace)
{
    pace->phase = PACE_SETTLED;
    pace->way = best_way(pace);
    if (pace->way != pace->settled)
        pace->hold = HOLD_MIN;
    else if (pace->hold < HOLD_MAX)
        pace->hold *= 2;
    pace->settled = pace->way;
    pace->held = 0;
    pace->strays = 0;
}

/* Goes on to the next way from that one on, or settles for the best when all have been tried. */
static void probe_from(struct pace *pace, enum pace_way way)
{
    way = next_candidate(pace, way);
    if (way == pace->known)
        way = next_candidate(pace, way + 1);
    pace->way = way;
    if (way == PACE_WAYS)
        settle(pace);
}

/* The current way has been measured already. */
static void enter_probing(struct pace *pace, double rate)
{
    pace->phase = PACE_PROBING;
    pace->rate_to_beat = rate;
    pace->known = pace->way;
    probe_from(pace, PACE_SLEEP);
}

static void note_probe(struct pace *pace, double rate)
{
    note_rate(pace, rate, TRY_WEIGHT);
    if (rate > pace->rate_to_beat)
        pace->rate_to_beat = rate;
    probe_from(pace, pace->way + 1);
}

static void check_settled(struct pace *pace, double rate)
{
    bool is_stray = rate * STRAY_FACTOR < pace->rates[pace->way];
    pace->strays = is_stray ? pace->strays + 1 : 0;
    bool has_changed = pace->strays >= STRAYS_MAX;
    bool is_over = ++pace->held >= pace->hold;
    if (has_changed) {
        pace->hold = HOLD_MIN;
        forget_rates(pace);
    }
    note_rate(pace, rate, EPOCH_WEIGHT);
    if (has_changed || is_over)
        enter_probing(pace, pace->rates[pace->way]);
}

static void check_busy(struct pace *pace, double rate)
{
    note_rate(pace, rate, EPOCH_WEIGHT);
    if (++pace->held < pace->hold)
        return;
    pace->hold = HOLD_MIN;
    enter_probing(pace, rate);
}

static void end_epoch(struct pace *pace, double rate)
{
    if (pace->phase == PACE_PROBING) {
        note_probe(pace, rate);
    } else if (rate < QUIET_RATE) {
        enter_quiet(pace);
    } else if (pace->phase == PACE_QUIET) {
        note_rate(pace, rate, TRY_WEIGHT);
        enter_probing(pace, rate);
    } else if (pace->phase == PACE_SETTLED) {
        check_settled(pace, rate);
    } else {
        check_busy(pace, rate);
    }
}

static void warm_up(struct pace *pace, uint64_t now)
{
    if (pace->messages < WARM_UP_MESSAGES || now - pace->changed < WARM_UP_NS)
        return;
    pace->began = now;
    pace->messages = 0;
}

static bool is_enough(const struct pace *pace, uint64_t length)
{
    return length >= EPOCH_NS && (pace->messages >= EPOCH_MESSAGES || length >= EPOCH_MAX_NS);
}

/* A try that is too slow to continue. */
static bool is_hopeless(const struct pace *pace, uint64_t length, double rate)
{
    return pace->phase == PACE_PROBING && length >= EPOCH_HOPELESS_NS &&
           rate * HOPELESS_FACTOR < pace->rate_to_beat;
}

/* Returns true if an epoch is over; the next one has then begun. */
static bool measure(struct pace *pace, pid_t client, uint64_t now)
{
    uint64_t length = now - pace->began;
    double rate = (double)pace->messages * 1e9 / (double)(length > 0 ? length : 1);
    if (!is_enough(pace, length) && !is_hopeless(pace, length, rate))
        return false;
    end_epoch(pace, rate);
    begin_epoch(pace, client, now);
    return true;
}

void pace_look(struct pace *pace, unsigned messages, pid_t client, uint64_t now)
{
    pace->messages += messages;
    if (pace->began == 0)
        warm_up(pace, now);
    else if (measure(pace, client, now))
        return; /* the client has been looked for */
    if (pace->way == PACE_JOIN && now - pace->followed >= FOLLOW_NS)
        follow(pace, client, now);
}

void pace_set_long(struct pace *pace, bool is_long)
{
    if (pace->is_long == is_long)
        return;
    pace->is_long = is_long;
    enter_quiet(pace);
    begin_epoch(pace, 0, 0);
}

void pace_note_starved(struct pace *pace, uint64_t now)
{
    if (now - pace->starved > BUSY_LONG_AGO_NS)
        pace->busy_hold = BUSY_HOLD_MIN;
    pace->starved = now;
    forget_rates(pace);
    pace->phase = PACE_BUSY;
    pace->way = calm_way(pace);
    pace->held = 0;
    pace->hold = pace->busy_hold;
    pace->busy_hold = pace->busy_hold < HOLD_MAX ? 4 * pace->busy_hold : HOLD_MAX;
    begin_epoch(pace, 0, now);
}
