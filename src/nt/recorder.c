/*
 * The flight recorder: rings of lines. See recorder.h.
 *
 * A line has a slot of fixed size, so that a crash in the middle of a write spoils one line and no
 * other. recorder_lock guards the list of logs, and what is in them.
 */
#include "nt/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>

#include "nt/tracelevel.h"
#include "port/log.h"
#include "port/thread.h"

#define SLOT_SIZE     192
#define DEFAULT_SLOTS 128
#define SLOTS_MAX     8192

struct ring {
    char (*slots)[SLOT_SIZE];
    size_t count;
    size_t next; /* where the next line goes, modulo count */
};

struct RECORDER_LOG__ {
    struct RECORDER_LOG__ *next;
    char identifier[RECORDER_LOG_IDENTIFIER_MAX_CHARS];
    struct ring lines;
    struct ring errors; /* without slots, errors are lines as all others */
};

static char default_slots[DEFAULT_SLOTS][SLOT_SIZE];
static struct RECORDER_LOG__ default_log = {
    .identifier = "default",
    .lines = {.slots = default_slots, .count = DEFAULT_SLOTS},
};

static struct port_mutex recorder_lock = PORT_MUTEX_INITIALIZER;
static struct RECORDER_LOG__ *logs GUARDED_BY(recorder_lock) = &default_log;
static bool has_default_log = true;

VOID WppRecorderConfigure(PRECORDER_CONFIGURE_PARAMS ConfigureParams)
{
    has_default_log = ConfigureParams->CreateDefaultLog;
}

BOOLEAN WppRecorderIsDefaultLogAvailable(VOID)
{
    return has_default_log;
}

/* A handle that is a pointer, or, in a build without STRICT, no type of its own. */
RECORDER_LOG WppRecorderLogGetDefault(VOID)
{
    return has_default_log ? (RECORDER_LOG)&default_log : NULL;
}

static bool make_ring(struct ring *ring, size_t bytes)
{
    ring->count = min(bytes / SLOT_SIZE, SLOTS_MAX);
    if (ring->count == 0)
        return true;
    ring->slots = calloc(ring->count, SLOT_SIZE);
    return ring->slots != NULL;
}

static void destroy(struct RECORDER_LOG__ *log)
{
    free(log->lines.slots);
    free(log->errors.slots);
    free(log);
}

NTSTATUS WppRecorderLogCreate(PRECORDER_LOG_CREATE_PARAMS CreateParams, RECORDER_LOG *RecorderLog)
{
    size_t total = CreateParams->TotalBufferSize;
    if (total == 0)
        total = (size_t)DEFAULT_SLOTS * SLOT_SIZE;
    if (CreateParams->Size != sizeof(*CreateParams) || CreateParams->ErrorPartitionSize > total)
        return STATUS_INVALID_PARAMETER;
    struct RECORDER_LOG__ *log = calloc(1, sizeof(*log));
    if (log == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    total = max(total - CreateParams->ErrorPartitionSize, (size_t)SLOT_SIZE);
    if (!make_ring(&log->lines, total) ||
        !make_ring(&log->errors, CreateParams->ErrorPartitionSize)) {
        destroy(log);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    snprintf(log->identifier, sizeof(log->identifier), "%.*s",
             RECORDER_LOG_IDENTIFIER_MAX_CHARS - 1, CreateParams->LogIdentifier);
    port_mutex_lock(&recorder_lock);
    log->next = logs;
    logs = log;
    port_mutex_unlock(&recorder_lock);
    *RecorderLog = (RECORDER_LOG)log;
    return STATUS_SUCCESS;
}

VOID WppRecorderLogDelete(RECORDER_LOG RecorderLog)
{
    struct RECORDER_LOG__ *log = (struct RECORDER_LOG__ *)RecorderLog;
    if (log == NULL || log == &default_log)
        return;
    port_mutex_lock(&recorder_lock);
    struct RECORDER_LOG__ **link = &logs;
    while (*link != NULL && *link != log)
        link = &(*link)->next;
    bool is_there = *link == log;
    if (is_there)
        *link = log->next;
    port_mutex_unlock(&recorder_lock);
    if (is_there)
        destroy(log);
}

void recorder_write(RECORDER_LOG log, ULONG level, const char *place, const char *flag,
                    const char *text)
{
    struct RECORDER_LOG__ *to = (struct RECORDER_LOG__ *)log;
    if (to == NULL)
        return;
    PORT_LOCK_SCOPE(&recorder_lock);
    bool is_error = level > 0 && level <= 2 && to->errors.count > 0;
    struct ring *ring = is_error ? &to->errors : &to->lines;
    char *slot = ring->slots[ring->next % ring->count];
    snprintf(slot, SLOT_SIZE, "%s: %s%s%s: %.*s", place, flag,
             flag[0] != '\0' && level > 0 ? ", " : "", level > 0 ? trace_level_name(level) : "",
             (int)strcspn(text, "\r\n"), text);
    ring->next++;
}

static void walk_ring(const char *identifier, const struct ring *ring, recorder_say *say)
{
    for (size_t i = 0; i < ring->count; i++) {
        const char *slot = ring->slots[(ring->next + i) % ring->count];
        if (slot[0] != '\0')
            say(identifier, slot);
    }
}

/* In a crash nobody waits for a lock. */
void recorder_walk(recorder_say *say) NO_THREAD_SAFETY_ANALYSIS
{
    for (const struct RECORDER_LOG__ *log = logs; log != NULL; log = log->next) {
        walk_ring(log->identifier, &log->errors, say);
        walk_ring(log->identifier, &log->lines, say);
    }
}

static void say_in_log(const char *identifier, const char *line)
{
    log_error("recorder %s: %s", identifier, line);
}

void recorder_report(void)
{
    recorder_walk(say_in_log);
}

void recorder_forget(void)
{
    PORT_LOCK_SCOPE(&recorder_lock);
    logs = &default_log;
    default_log.next = NULL;
    memset(default_slots, 0, sizeof(default_slots));
}
