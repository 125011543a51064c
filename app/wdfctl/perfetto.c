/*
 * A timeline as trace events, which Perfetto and Chrome open: a group of tracks for each queue,
 * with a slice for each stay of a request in it; a track for each thread, with its callbacks;
 * arrows from where a request was forwarded, sent or cancelled to where it went on. See timeline.h.
 */
#include "timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "nt/status.h"

#define QUEUES_MAX 256

/* The process's own number is that of its threads; groups of queues come behind all processes. */
#define FIRST_GROUP (1 << 23)

struct writing {
    FILE *file;
    const struct history_view *view;
    bool has_written; /* a comma is due */
};

static void put(struct writing *writing, json_t *event)
{
    if (writing->has_written)
        fputs(",\n", writing->file);
    writing->has_written = true;
    if (event == NULL || json_dumpf(event, writing->file, JSON_COMPACT) != 0)
        fputs("{}", writing->file);
    json_decref(event);
}

static double microseconds(uint64_t nanoseconds)
{
    return (double)nanoseconds / 1000;
}

static void name_group(struct writing *writing, int process, const char *name)
{
    put(writing, json_pack("{s:s, s:s, s:i, s:{s:s}}", "ph", "M", "name", "process_name", "pid",
                           process, "args", "name", name));
}

/* ---- stays ---- */

static void put_edge(struct writing *writing, const struct stay *stay, int group, const char *phase,
                     const char *name, uint64_t time)
{
    char id[64];
    snprintf(id, sizeof(id), "0x%" PRIx64 ".%" PRIu64, stay->request, stay->use);
    put(writing, json_pack("{s:s, s:s, s:s, s:s, s:i, s:f}", "ph", phase, "cat", "request", "id",
                           id, "name", name, "pid", group, "ts", microseconds(time)));
}

static void put_part(struct writing *writing, const struct stay *stay, int group, const char *name,
                     uint64_t begin, uint64_t end)
{
    put_edge(writing, stay, group, "b", name, begin);
    put_edge(writing, stay, group, "e", name, end);
}

static void put_stay(struct writing *writing, const struct stay *stay, int group, uint64_t end)
{
    char name[128];
    uint64_t left = stay->left != 0 ? stay->left : end;
    uint64_t presented = stay->presented != 0 ? stay->presented : left;
    snprintf(name, sizeof(name), "%s 0x%" PRIx64 " of %u%s%s",
             stay->kind != NULL ? stay->kind : "request", stay->request, stay->client,
             stay->has_status ? ": " : "", stay->has_status ? nt_status_name(stay->status) : "");
    put_edge(writing, stay, group, "b", name, stay->entered);
    put_part(writing, stay, group, "waits", stay->entered, presented);
    if (stay->presented != 0)
        put_part(writing, stay, group, "in the driver", presented, left);
    put_edge(writing, stay, group, "e", name, left);
}

static void put_stays(struct writing *writing, const struct timeline *timeline)
{
    static uint64_t queues[QUEUES_MAX];
    size_t count = timeline_queues(timeline, queues, QUEUES_MAX);
    for (size_t group = 0; group < count; group++) {
        char name[64];
        snprintf(name, sizeof(name), queues[group] != 0 ? "queue 0x%" PRIx64 : "in no queue",
                 queues[group]);
        name_group(writing, FIRST_GROUP + (int)group, name);
        for (size_t i = 0; i < timeline->count; i++) {
            if (timeline->stays[i].queue == queues[group])
                put_stay(writing, &timeline->stays[i], FIRST_GROUP + (int)group, timeline->end);
        }
    }
}

/* ---- threads ---- */

struct thread_state {
    unsigned thread;
    unsigned depth; /* callbacks that it is inside of */
};

static void put_callback(struct writing *writing, const struct thread_state *state,
                         const char *phase, const char *name, uint64_t time)
{
    put(writing,
        json_pack("{s:s, s:s, s:i, s:i, s:f}", "ph", phase, "name",
                  name != NULL ? name : "callback", "pid", (int)writing->view->header->process,
                  "tid", (int)state->thread, "ts", microseconds(time)));
}

static void put_arrow(struct writing *writing, const struct thread_state *state, const char *phase,
                      const struct history_facts *facts)
{
    char id[32];
    snprintf(id, sizeof(id), "0x%" PRIx64, facts->request);
    put(writing,
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:f}", "ph", phase, "bp", "e", "cat", "way",
                  "name", "goes on", "id", id, "pid", (int)writing->view->header->process, "tid",
                  (int)state->thread, "ts", microseconds(facts->monotonic)));
}

static void enter(struct writing *writing, struct thread_state *state,
                  const struct history_facts *facts)
{
    put_callback(writing, state, "B", facts->name, facts->monotonic);
    state->depth++;
}

static void leave(struct writing *writing, struct thread_state *state,
                  const struct history_facts *facts)
{
    if (state->depth == 0)
        return; /* the ring has lost where it began */
    state->depth--;
    put_callback(writing, state, "E", facts->name, facts->monotonic);
}

static void put_record(struct writing *writing, struct thread_state *state,
                       const struct history_record *record)
{
    struct history_facts facts;
    history_explain(writing->view, record, &facts);
    switch (record->event) {
    case HISTORY_PRESENTED:
        enter(writing, state, &facts);
        put_arrow(writing, state, "f", &facts);
        break;
    case HISTORY_CALLBACK_IN:
        enter(writing, state, &facts);
        break;
    case HISTORY_CALLBACK_OUT:
        leave(writing, state, &facts);
        break;
    case HISTORY_COMPLETED:
        if ((record->flags & HISTORY_AND_RETURNED) != 0)
            leave(writing, state, &facts);
        break;
    case HISTORY_FORWARDED:
    case HISTORY_SENT:
    case HISTORY_CANCELLED:
        put_arrow(writing, state, "s", &facts);
        break;
    default:
        break;
    }
}

static void put_thread(struct writing *writing, unsigned ring)
{
    struct history_thread_info info;
    if (!history_thread_at(writing->view, ring, &info))
        return;
    struct thread_state state = {.thread = info.thread};
    put(writing, json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "ph", "M", "name", "thread_name", "pid",
                           (int)writing->view->header->process, "tid", (int)info.thread, "args",
                           "name", info.name));
    for (uint64_t index = info.begin; index < info.end; index++) {
        struct history_record record;
        if (history_record_at(writing->view, ring, index, &record))
            put_record(writing, &state, &record);
    }
}

bool timeline_write_perfetto(const struct history_view *view, const struct timeline *timeline,
                             const char *path)
{
    struct writing writing = {.file = fopen(path, "we"), .view = view};
    if (writing.file == NULL) {
        fprintf(stderr, "wdfctl: %s: %s\n", path, strerror(errno));
        return false;
    }
    fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n", writing.file);
    name_group(&writing, (int)view->header->process, view->header->program);
    for (unsigned ring = 0; ring < view->header->ring_count; ring++)
        put_thread(&writing, ring);
    put_stays(&writing, timeline);
    fputs("\n]}\n", writing.file);
    bool is_written = ferror(writing.file) == 0;
    is_written &= fclose(writing.file) == 0;
    if (!is_written)
        fprintf(stderr, "wdfctl: %s: %s\n", path, strerror(errno));
    return is_written;
}
