/* What threads have done last. See trail.h. */
#include "trail.h"

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRAILS_MAX 64
#define STEPS_MAX  12

struct step {
    const char *verb;
    unsigned long one, two;
    long result;
    bool is_done;
};

struct trail {
    char name[32];
    unsigned count; /* of all steps; the last STEPS_MAX are kept */
    struct step steps[STEPS_MAX];
};

static struct trail trails[TRAILS_MAX];
static unsigned trail_count;

struct trail *trail_open(const char *name, unsigned number)
{
    unsigned index = __atomic_fetch_add(&trail_count, 1, __ATOMIC_RELAXED);
    if (index >= TRAILS_MAX)
        abort();
    snprintf(trails[index].name, sizeof(trails[index].name), "%s %u", name, number);
    return &trails[index];
}

void trail_step(struct trail *trail, const char *verb, unsigned long one, unsigned long two)
{
    trail->steps[trail->count % STEPS_MAX] = (struct step){.verb = verb, .one = one, .two = two};
    trail->count++;
}

void trail_result(struct trail *trail, long result)
{
    struct step *step = &trail->steps[(trail->count - 1) % STEPS_MAX];
    step->result = result;
    step->is_done = true;
}

/* ---- printing ---- */

/* The process is about to die: nothing here takes a lock or memory. The other threads go on, and
 * ThreadSanitizer must not end this one before its last words. */
#define LAST_WORDS __attribute__((no_sanitize("thread")))

static LAST_WORDS void print_step(const struct step *step)
{
    char line[160];
    int length =
        snprintf(line, sizeof(line), "    %s 0x%lx 0x%lx", step->verb, step->one, step->two);
    (void)!write(STDERR_FILENO, line, (size_t)length);
    if (step->is_done)
        length = snprintf(line, sizeof(line), " = 0x%lx\n", step->result & 0xFFFFFFFFul);
    else
        length = snprintf(line, sizeof(line), " ... has not returned\n");
    (void)!write(STDERR_FILENO, line, (size_t)length);
}

static LAST_WORDS void print_all(void)
{
    for (unsigned i = 0; i < TRAILS_MAX && trails[i].name[0] != '\0'; i++) {
        const struct trail *trail = &trails[i];
        char line[96];
        int length =
            snprintf(line, sizeof(line), "  %s, after %u steps:\n", trail->name, trail->count);
        (void)!write(STDERR_FILENO, line, (size_t)length);
        unsigned first = trail->count > STEPS_MAX ? trail->count - STEPS_MAX : 0;
        for (unsigned j = first; j < trail->count; j++)
            print_step(&trail->steps[j % STEPS_MAX]);
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
    /* A fault of the processor comes again. */
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
    alarm(5); /* whatever else hangs */
    fprintf(stderr, "devfund: %s\n", text);
    print_all();
    _exit(1);
}
