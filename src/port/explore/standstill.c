/* What is said of a schedule in which nobody can go on, and where its threads are. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "port/explore/internal.h"

/* The owner of the lock that the thread waits for, if it does. */
static struct explore_thread *blocker(const struct explore_thread *thread)
{
    if (thread->operation != OPERATION_LOCK)
        return NULL;
    struct explore_thread *owner = ((struct port_mutex *)thread->object)->owner;
    return owner != NULL && is_thread(owner) ? owner : NULL;
}

/* The threads of the failed schedule, and the one that ran. */
static struct explore_thread *failed_live[EXPLORE_THREADS_MAX];
static unsigned failed_count;
static const struct explore_thread *failed_current;

static void print_thread(FILE *file, const struct explore_thread *thread)
{
    fprintf(file, "  %-12s ", thread->name);
    if (thread == failed_current)
        fputs("was running", file);
    else if (thread->operation == OPERATION_LOCK)
        fprintf(file, "waits for the lock %s", thread->site->object);
    else if (thread->operation == OPERATION_WAIT || thread->operation == OPERATION_EVENT)
        fprintf(file, "waits for %s", thread->site->object);
    else if (thread->operation == OPERATION_JOIN)
        fprintf(file, "waits for the end of %s", ((struct explore_thread *)thread->object)->name);
    else if (thread->operation == OPERATION_ALARM)
        fputs("waits for the next timer", file);
    else if (thread->operation == OPERATION_IDLE)
        fputs("waits until all are idle", file);
    else
        fputs("could go on", file);
    if (thread != failed_current && blocker(thread) != NULL)
        fprintf(file, ", which %s holds", blocker(thread)->name);
    if (thread->site != NULL)
        fprintf(file, "; in %s (%s:%d)", thread->site->function, explore_site_file(thread->site),
                thread->site->line);
    fputc('\n', file);
}

void explore_threads_print(FILE *file)
{
    for (unsigned i = 0; i < failed_count; i++)
        print_thread(file, failed_live[i]);
}

void explore_keep_threads(void)
{
    memcpy(failed_live, scheduler.live, sizeof(failed_live));
    failed_count = scheduler.live_count;
    failed_current = scheduler.current;
}

static void append(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

/* A thread that is part of a cycle, or NULL. */
static struct explore_thread *find_cycle(void)
{
    for (unsigned i = 0; i < scheduler.live_count; i++) {
        struct explore_thread *thread = scheduler.live[i];
        for (unsigned length = 0; thread != NULL && length < scheduler.live_count; length++)
            thread = blocker(thread);
        if (thread != NULL)
            return thread;
    }
    return NULL;
}

static void describe_cycle(struct explore_thread *first, char *text, size_t size)
{
    struct explore_thread *thread = first;
    do {
        struct explore_thread *holder = blocker(thread);
        append(text, size, "%s%s waits for %s (last call: %s), which %s holds",
               text[0] != 0 ? "; " : "", thread->name, thread->site->object,
               thread->called != NULL ? thread->called : "none",
               holder == thread ? "it" : holder->name);
        thread = holder;
    } while (thread != first);
}

static void describe_waiting(char *text, size_t size)
{
    for (unsigned i = 0; i < scheduler.live_count; i++) {
        struct explore_thread *thread = scheduler.live[i];
        /* Workers and timers that have nothing to do wait rightly. */
        if (!thread->is_principal && thread->operation != OPERATION_LOCK)
            continue;
        if (thread->site != NULL)
            append(text, size, "%s%s waits for %s in %s", text[0] != 0 ? "; " : "", thread->name,
                   thread->site->object, thread->site->function);
    }
}

void explore_fail_for_standstill(void)
{
    char text[512] = "";
    struct explore_thread *cycle = find_cycle();
    if (cycle != NULL) {
        describe_cycle(cycle, text, sizeof(text));
        explore_fail(EXPLORE_DEADLOCK, "deadlock: %s", text);
    }
    describe_waiting(text, sizeof(text));
    explore_fail(EXPLORE_HANG, "nothing can go on: %s", text);
}

bool explore_has_cycle(void)
{
    return find_cycle() != NULL;
}
