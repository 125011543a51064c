/* Which clock stamps are of. See stamp.h. */
#include "history/stamp.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port/clock.h"

enum stamp_source stamp_source;

/* Of the first stamp, so that the rate can be told. */
static struct stamp_pair first;

#if defined(__x86_64__) && !defined(PORT_EXPLORE)
/* The beginning of a small file of the kernel's. */
static void read_file(const char *path, char *text, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, size - 1) : 0;
    text[length > 0 ? length : 0] = '\0';
    if (file >= 0)
        close(file);
}

/* What the kernel has put in the place of a counter that it does not trust is none of these. */
static bool kernel_trusts_counter(void)
{
    char name[32];
    read_file("/sys/devices/system/clocksource/clocksource0/current_clocksource", name,
              sizeof(name));
    return strncmp(name, "tsc", 3) == 0 || strncmp(name, "kvm-clock", 9) == 0 ||
           strncmp(name, "hyperv_clocksource_tsc", 22) == 0;
}

/* It goes on at one rate, whatever the processor does. The first processor stands for all. */
static bool has_invariant_counter(void)
{
    char text[4096];
    read_file("/proc/cpuinfo", text, sizeof(text));
    return strstr(text, " constant_tsc") != NULL && strstr(text, " nonstop_tsc") != NULL;
}

static bool may_use_ticks(void)
{
    return !port_clock_is_virtual() && has_invariant_counter() && kernel_trusts_counter();
}

static uint64_t read_ticks(void)
{
    return __builtin_ia32_rdtsc();
}
#else
static bool may_use_ticks(void)
{
    return false;
}

static uint64_t read_ticks(void)
{
    return 0;
}
#endif

static uint64_t read_nanoseconds(void)
{
#ifdef PORT_EXPLORE
    return port_clock_rough(); /* no driver's reading of the clock */
#else
    return port_clock_now();
#endif
}

/* The middle of two, lest an interruption between the clocks spoils it much. */
static struct stamp_pair pair_of(enum stamp_source chosen)
{
    if (chosen != STAMP_TICKS) {
        uint64_t now = read_nanoseconds();
        return (struct stamp_pair){now, now};
    }
    uint64_t before = read_ticks();
    uint64_t monotonic = port_clock_now();
    uint64_t after = read_ticks();
    return (struct stamp_pair){before + (after - before) / 2, monotonic};
}

/* Two threads that choose at the same time choose the same, and one of them takes the first pair.
 * Whoever sees the source sees the pair. */
static enum stamp_source source(void)
{
    static atomic_flag is_begun = ATOMIC_FLAG_INIT;
    enum stamp_source chosen = __atomic_load_n(&stamp_source, __ATOMIC_ACQUIRE);
    if (chosen != STAMP_UNKNOWN)
        return chosen;
    chosen = may_use_ticks() ? STAMP_TICKS : STAMP_NANOSECONDS;
    if (!atomic_flag_test_and_set(&is_begun)) {
        first = pair_of(chosen);
        __atomic_store_n(&stamp_source, chosen, __ATOMIC_RELEASE);
    }
    return chosen;
}

uint64_t stamp_now_slow(void)
{
    return source() == STAMP_TICKS ? read_ticks() : read_nanoseconds();
}

bool stamp_is_ticks(void)
{
    return source() == STAMP_TICKS;
}

void stamp_follow_clock(void)
{
    stamp_source = STAMP_NANOSECONDS;
}

struct stamp_pair stamp_pair_now(void)
{
    return pair_of(source());
}

uint64_t stamp_scale(uint64_t ticks, const struct stamp_pair *from, const struct stamp_pair *to)
{
    uint64_t span = to->stamp - from->stamp;
    if (to->stamp <= from->stamp || to->monotonic <= from->monotonic)
        return ticks;
    return (uint64_t)((unsigned __int128)ticks * (to->monotonic - from->monotonic) / span);
}

uint64_t stamp_nanoseconds(uint64_t ticks)
{
    if (!stamp_is_ticks())
        return ticks;
    struct stamp_pair now = stamp_pair_now();
    /* The other thread of two that choose has no pair for a moment. */
    if (__atomic_load_n(&stamp_source, __ATOMIC_ACQUIRE) == STAMP_UNKNOWN)
        return ticks;
    return stamp_scale(ticks, &first, &now);
}
