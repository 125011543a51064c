/* The last steps of threads. See trail.h. */
#include "trail.h"

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRAILS_MAX 64
#define STEPS_MAX  12

/* Written by its thread and read by the one that prints, without waiting: each field is whole, but
 * a step may be half an old one. */
struct step {
    _Atomic(const char *) verb;
    atomic_ulong one, two;
    atomic_long result;
    atomic_bool is_done;
};

struct trail {
    char name[32]; /* constant once it is open */
    atomic_bool is_open;
    atomic_uint count; /* of all steps; the last STEPS_MAX are kept */
    struct step steps[STEPS_MAX];
};

static struct trail trails[TRAILS_MAX];
static atomic_uint trail_count;

struct trail *trail_open(const char *name, unsigned number)
{
    unsigned index = atomic_fetch_add(&trail_count, 1);
    if (index >= TRAILS_MAX)
        abort();
    snprintf(trails[index].name, sizeof(trails[index].name), "%s %u", name, number);
    trails[index].is_open = true;
    return &trails[index];
}

/* Relaxed: tracing must not order what it traces. */
#define SET(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)
#define GET(field)        atomic_load_explicit(&(field), memory_order_relaxed)

void trail_step(struct trail *trail, const char *verb, unsigned long one, unsigned long two)
{
    unsigned count = GET(trail->count);
    struct step *step = &trail->steps[count % STEPS_MAX];
    SET(step->verb, verb);
    SET(step->one, one);
    SET(step->two, two);
    SET(step->is_done, false);
    SET(trail->count, count + 1);
}

void trail_result(struct trail *trail, long result)
{
    struct step *step = &trail->steps[(GET(trail->count) - 1) % STEPS_MAX];
    SET(step->result, result);
    SET(step->is_done, true);
}

/* ---- printing ---- */

/* The process is about to die, while other threads go on: nothing here takes a lock or
 * allocates. */

static void print_step(const struct step *step)
{
    char line[160];
    const char *verb = GET(step->verb);
    int length = snprintf(line, sizeof(line), "    %s 0x%lx 0x%lx", verb != NULL ? verb : "?",
                          GET(step->one), GET(step->two));
    (void)!write(STDERR_FILENO, line, (size_t)length);
    if (GET(step->is_done))
        length = snprintf(line, sizeof(line), " = 0x%lx\n", GET(step->result) & 0xFFFFFFFFul);
    else
        length = snprintf(line, sizeof(line), " ... has not returned\n");
    (void)!write(STDERR_FILENO, line, (size_t)length);
}

static void print_trail(const struct trail *trail)
{
    char line[96];
    unsigned count = GET(trail->count);
    int length = snprintf(line, sizeof(line), "  %s, after %u steps:\n", trail->name, count);
    (void)!write(STDERR_FILENO, line, (size_t)length);
    for (unsigned i = count > STEPS_MAX ? count - STEPS_MAX : 0; i < count; i++)
        print_step(&trail->steps[i % STEPS_MAX]);
}

static void print_all(void)
{
    for (unsigned i = 0; i < TRAILS_MAX; i++) {
        if (trails[i].is_open)
            print_trail(&trails[i]);
    }
}

/* ---- the ends of a process ---- */

static const int deaths[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGALRM};
#define DEATHS (sizeof(deaths) / sizeof(deaths[0]))

static struct sigaction earlier[DEATHS]; /* a sanitizer has its own */

static void put_back(void)
{
    for (unsigned i = 0; i < DEATHS; i++)
        sigaction(deaths[i], &earlier[i], NULL);
}

static void on_death(int number)
{
    static const char overdue[] = "devfund: the round does not come to its end\n";
    put_back();
    if (number == SIGALRM)
        (void)!write(STDERR_FILENO, overdue, sizeof(overdue) - 1);
    print_all();
    if (number == SIGALRM)
        abort();
    if (number == SIGABRT || number == SIGTRAP)
        raise(number);
    /* A processor fault happens again. */
}

void trails_watch(unsigned seconds)
{
    struct sigaction action = {.sa_handler = on_death};
    for (unsigned i = 0; i < DEATHS; i++)
        sigaction(deaths[i], &action, &earlier[i]);
    alarm(seconds);
}

_Noreturn void trails_fail(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put_back();
    alarm(5); /* even if something hangs */
    fprintf(stderr, "devfund: %s\n", text);
    print_all();
    _exit(1);
}
