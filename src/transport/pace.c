/* How the leader waits. See pace.h. */
#include "transport/pace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An epoch is long enough for the scheduler's ticks to fall into it, and for a rate to mean something. */
#define EPOCH_NS       UINT64_C(2000000)
#define EPOCH_MESSAGES 48

/* Messages after a change of way that do not count yet. */
#define WARM_UP 16

/* With fewer messages than this in a second it makes no difference how one waits. */
#define QUIET_RATE 2000.0

/* How many epochs a choice holds at first, and at most: each time it is confirmed it holds twice as long. */
#define HOLD_MIN 64
#define HOLD_MAX 1024

/* The work has changed when the rate was this different for that many epochs. */
#define STRAY_FACTOR 1.5
#define STRAYS_MAX   4

/* What a way costs others: it must carry that much more to be worth it. */
static const double discounts[PACE_WAYS] = {
    [PACE_SLEEP] = 1.0,
    [PACE_JOIN] = 0.95,
    [PACE_SPIN] = 0.85,
};

void pace_init(struct pace *pace, bool may_join, bool may_spin)
{
    memset(pace, 0, sizeof(*pace));
    pace->may[PACE_SLEEP] = true;
    pace->may[PACE_JOIN] = may_join;
    pace->may[PACE_SPIN] = may_spin;
    pace->hold = pace->busy_hold = HOLD_MIN;
    pace->cpu = -1;
}

/* The CPU that a thread was last seen on: field 39 of its stat, 37 after the name, which ends with the last
 * parenthesis. -1: unknown. */
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

static void begin_epoch(struct pace *pace)
{
    pace->messages = 0;
    pace->began = 0;
    pace->cpu = pace->way == PACE_JOIN ? cpu_of(pace->client) : -1;
}

static void enter_quiet(struct pace *pace)
{
    pace->phase = PACE_QUIET;
    pace->way = PACE_SLEEP;
    pace->hold = HOLD_MIN;
}

static void enter_probing(struct pace *pace)
{
    pace->phase = PACE_PROBING;
    pace->way = PACE_SLEEP;
}

static enum pace_way best_way(const struct pace *pace)
{
    enum pace_way best = PACE_SLEEP;
    for (enum pace_way way = PACE_SLEEP; way < PACE_WAYS; way++) {
        if (pace->may[way] && pace->rates[way] * discounts[way] > pace->rates[best] * discounts[best])
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

/* To the next way there is, or to the best when all have been tried. */
static void probe_next(struct pace *pace)
{
    do
        pace->way++;
    while (pace->way < PACE_WAYS && !pace->may[pace->way]);
    if (pace->way == PACE_WAYS)
        settle(pace);
}

static bool is_stray(double rate, double expected)
{
    return rate > expected * STRAY_FACTOR || rate * STRAY_FACTOR < expected;
}

static void check_settled(struct pace *pace, double rate)
{
    pace->strays = is_stray(rate, pace->rates[pace->way]) ? pace->strays + 1 : 0;
    bool has_changed = pace->strays >= STRAYS_MAX;
    bool is_over = ++pace->held >= pace->hold;
    if (has_changed)
        pace->hold = HOLD_MIN;
    else if (is_over && pace->way == PACE_JOIN)
        pace->busy_hold = HOLD_MIN;
    if (has_changed || is_over)
        enter_probing(pace);
}

static void check_busy(struct pace *pace)
{
    if (++pace->held < pace->hold)
        return;
    pace->hold = HOLD_MIN;
    enter_probing(pace);
}

static void end_epoch(struct pace *pace, double rate)
{
    if (rate < QUIET_RATE) {
        enter_quiet(pace);
    } else if (pace->phase == PACE_QUIET) {
        enter_probing(pace);
    } else if (pace->phase == PACE_SETTLED) {
        check_settled(pace, rate);
    } else if (pace->phase == PACE_BUSY) {
        check_busy(pace);
    } else {
        pace->rates[pace->way] = rate;
        probe_next(pace);
    }
    begin_epoch(pace);
}

void pace_look(struct pace *pace, uint64_t now)
{
    if (pace->began == 0) {
        if (pace->messages >= WARM_UP) {
            pace->began = now;
            pace->messages = 0;
        }
        return;
    }
    uint64_t length = now - pace->began;
    if (length >= EPOCH_NS && (pace->messages >= EPOCH_MESSAGES || length >= 50 * EPOCH_NS))
        end_epoch(pace, (double)pace->messages * 1e9 / (double)length);
}

void pace_note_starved(struct pace *pace)
{
    pace->phase = PACE_BUSY;
    pace->way = PACE_SLEEP;
    pace->held = 0;
    pace->hold = pace->busy_hold;
    pace->busy_hold = pace->busy_hold < HOLD_MAX ? 2 * pace->busy_hold : HOLD_MAX;
    begin_epoch(pace);
}
