/* From records to stays. See timeline.h. */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

/* What is known of requests that have not ended: by handle, the place of the stay they are in. */
struct open_request {
    uint64_t request;
    size_t stay;
};

struct reading {
    const struct history_view *view;
    struct timeline *timeline;
    size_t capacity;
    struct open_request *open;
    size_t open_count;
    size_t open_capacity;
    uint64_t uses;
    bool is_out_of_memory;
};

static struct open_request *find_open(struct reading *reading, uint64_t request)
{
    for (size_t i = reading->open_count; i-- > 0;) {
        if (reading->open[i].request == request)
            return &reading->open[i];
    }
    return NULL;
}

static bool make_room(struct reading *reading)
{
    struct timeline *timeline = reading->timeline;
    if (timeline->count == reading->capacity) {
        size_t capacity = reading->capacity * 2 + 1024;
        struct stay *stays = reallocarray(timeline->stays, capacity, sizeof(*stays));
        if (stays == NULL)
            return false;
        timeline->stays = stays;
        reading->capacity = capacity;
    }
    if (reading->open_count == reading->open_capacity) {
        size_t capacity = reading->open_capacity * 2 + 64;
        struct open_request *open = reallocarray(reading->open, capacity, sizeof(*open));
        if (open == NULL)
            return false;
        reading->open = open;
        reading->open_capacity = capacity;
    }
    return true;
}

/* NULL: there is no memory. */
static struct stay *add_stay(struct reading *reading, uint64_t request)
{
    if (reading->is_out_of_memory || !make_room(reading)) {
        reading->is_out_of_memory = true;
        return NULL;
    }
    struct timeline *timeline = reading->timeline;
    struct open_request *open = find_open(reading, request);
    if (open == NULL)
        open = &reading->open[reading->open_count++];
    *open = (struct open_request){request, timeline->count};
    struct stay *stay = &timeline->stays[timeline->count++];
    *stay = (struct stay){.request = request};
    return stay;
}

static void close_request(struct reading *reading, uint64_t request)
{
    struct open_request *open = find_open(reading, request);
    if (open != NULL)
        *open = reading->open[--reading->open_count];
}

/* The stay that the request is in. One whose beginning the ring has lost begins with its first
 * record. */
static struct stay *stay_of(struct reading *reading, const struct history_facts *facts)
{
    struct open_request *open = find_open(reading, facts->request);
    if (open != NULL)
        return &reading->timeline->stays[open->stay];
    struct stay *stay = add_stay(reading, facts->request);
    if (stay != NULL) {
        stay->use = ++reading->uses;
        stay->entered = facts->monotonic;
    }
    return stay;
}

static void receive(struct reading *reading, const struct history_facts *facts)
{
    close_request(reading, facts->request);
    struct stay *stay = stay_of(reading, facts);
    if (stay == NULL)
        return;
    stay->kind = facts->kind;
    stay->client = facts->client;
}

static void present(struct reading *reading, const struct history_facts *facts)
{
    struct stay *stay = stay_of(reading, facts);
    if (stay == NULL)
        return;
    stay->queue = facts->queue;
    stay->presented = facts->monotonic;
}

/* To another queue, or back to the same. */
static void move(struct reading *reading, const struct history_facts *facts)
{
    struct stay *old = stay_of(reading, facts);
    if (old == NULL)
        return;
    old->left = facts->monotonic;
    old->how = facts->event;
    const struct stay left = *old;
    struct stay *stay = add_stay(reading, facts->request);
    if (stay == NULL)
        return;
    *stay = (struct stay){
        .request = left.request,
        .use = left.use,
        .queue = facts->queue,
        .kind = left.kind,
        .client = left.client,
        .entered = facts->monotonic,
        .continues = true,
    };
}

static void end(struct reading *reading, const struct history_facts *facts)
{
    struct stay *stay = stay_of(reading, facts);
    if (stay == NULL)
        return;
    if (stay->kind == NULL)
        stay->kind = facts->kind;
    stay->left = facts->monotonic;
    stay->how = facts->event;
    stay->status = facts->status;
    stay->has_status = facts->has_status;
    close_request(reading, facts->request);
}

static void take(struct reading *reading, const struct history_record *record)
{
    struct history_facts facts;
    const struct open_request *open;
    history_explain(reading->view, record, &facts);
    struct timeline *timeline = reading->timeline;
    if (timeline->begin == 0)
        timeline->begin = facts.monotonic;
    timeline->end = facts.monotonic;
    if (facts.request == 0)
        return;
    switch (record->event) {
    case HISTORY_RECEIVED:
        receive(reading, &facts);
        break;
    case HISTORY_PRESENTED:
    case HISTORY_RETRIEVED:
        present(reading, &facts);
        break;
    case HISTORY_FORWARDED:
    case HISTORY_REQUEUED:
        move(reading, &facts);
        break;
    case HISTORY_CANCELLED:
        open = find_open(reading, facts.request);
        if (open != NULL)
            timeline->stays[open->stay].was_cancelled = true;
        break;
    case HISTORY_COMPLETED:
    case HISTORY_ANSWERED:
        end(reading, &facts);
        break;
    default:
        break;
    }
}

bool timeline_read(const struct history_view *view, struct timeline *timeline)
{
    *timeline = (struct timeline){0};
    struct reading reading = {.view = view, .timeline = timeline};
    struct history_cursor *cursor = malloc(sizeof(*cursor));
    if (cursor == NULL)
        return false;
    struct history_record record;
    unsigned ring;
    history_cursor_begin(cursor, view, UINT64_MAX);
    while (history_cursor_next(cursor, &record, &ring))
        take(&reading, &record);
    free(cursor);
    free(reading.open);
    if (reading.is_out_of_memory)
        timeline_free(timeline);
    return !reading.is_out_of_memory;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->stays);
    timeline->stays = NULL;
    timeline->count = 0;
}

size_t timeline_queues(const struct timeline *timeline, uint64_t *queues, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        uint64_t queue = timeline->stays[i].queue;
        size_t place = 0;
        while (place < count && queues[place] != queue)
            place++;
        if (place == count && count < capacity)
            queues[count++] = queue;
    }
    return count;
}
