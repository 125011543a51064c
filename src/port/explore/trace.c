/* The trace of a schedule. See scheduler.h. */
#include <string.h>

#include "port/explore/internal.h"

static const char *const operation_names[] = {
    [OPERATION_RUN] = "goes on",   [OPERATION_START] = "begins",
    [OPERATION_YIELD] = "yields",  [OPERATION_CALL] = "call",
    [OPERATION_ATOMIC] = "atomic", [OPERATION_LOCK] = "lock",
    [OPERATION_UNLOCK] = "unlock", [OPERATION_WAIT] = "wait",
    [OPERATION_WAKE] = "wake",     [OPERATION_TIMEOUT] = "time is over",
    [OPERATION_SPAWN] = "start",   [OPERATION_JOIN] = "join",
    [OPERATION_ALARM] = "alarm",   [OPERATION_IDLE] = "wait idle",
    [OPERATION_EVENT] = "after",   [OPERATION_END] = "ends",
};

const char *explore_site_file(const struct explore_site *site)
{
    const char *slash = strrchr(site->file, '/');
    return slash != NULL ? slash + 1 : site->file;
}

static void print_entry(FILE *file, const struct trace_entry *entry)
{
    const struct explore_site *site = entry->site;
    fprintf(file, "%6u  %-12s ", (unsigned)entry->step, entry->thread);
    if (entry->operation == OPERATION_NOTE && entry->object != NULL)
        fprintf(file, "%s %p\n", site->object, entry->object);
    else if (entry->operation == OPERATION_TEXT)
        fprintf(file, "** %s\n", (const char *)entry->object);
    else if (entry->operation == OPERATION_NOTE)
        fprintf(file, "%s\n", site->object);
    else if (entry->operation == OPERATION_CALL)
        fprintf(file, "call    %s(%p)\n", entry->text, entry->object);
    else if (entry->operation == OPERATION_ALARM)
        fprintf(file, "alarm at %.6f s\n",
                (double)((uintptr_t)entry->object - EXPLORE_CLOCK_START) / 1e9);
    else if (site == NULL)
        fprintf(file, "%s\n", operation_names[entry->operation]);
    else
        fprintf(file, "%-7s %-28s %s (%s:%d)\n", operation_names[entry->operation], site->object,
                site->function, explore_site_file(site), site->line);
}

void explore_trace_print(FILE *file)
{
    uint64_t first =
        scheduler.trace_count > TRACE_LENGTH ? scheduler.trace_count - TRACE_LENGTH : 0;
    if (first > 0)
        fprintf(file, "        ... %llu steps before\n", (unsigned long long)first);
    for (uint64_t i = first; i < scheduler.trace_count; i++)
        print_entry(file, &scheduler.trace[i % TRACE_LENGTH]);
}
