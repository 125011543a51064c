/* Views and cursors, and what records say. See read.h. */
#include "history/read.h"

#include <stdlib.h>
#include <string.h>

#include "history/history.h"
#include "history/image.h"
#include "nt/status.h"

/* ---- views ---- */

static const struct history_ring *ring_at(const struct history_view *view, unsigned ring)
{
    return (const struct history_ring *)(const void *)((const char *)view->header +
                                                       view->header->rings) +
           ring;
}

/* Two moments, as far from each other as there are: the beginning, and the last that is known. */
static void find_rate(struct history_view *view)
{
    const struct history_header *header = view->header;
    view->from = (struct stamp_pair){header->stamp, header->monotonic};
    view->to = view->from;
    if (view->is_own) {
        view->to = stamp_pair_now();
        return;
    }
    for (unsigned i = 0; i < header->ring_count; i++) {
        const struct history_ring *ring = ring_at(view, i);
        if (ring->stamp > view->to.stamp && ring->monotonic > view->to.monotonic)
            view->to = (struct stamp_pair){ring->stamp, ring->monotonic};
    }
}

bool history_open_own(struct history_view *view)
{
    const struct history_header *header = history_own();
    *view = (struct history_view){.header = header, .is_own = true};
    if (header == NULL)
        return false;
    view->size = header->size;
    find_rate(view);
    return true;
}

bool history_open_file(const char *path, struct history_view *view, char *error, size_t size)
{
    *view = (struct history_view){0};
    if (!history_image_read(path, view, error, size))
        return false;
    find_rate(view);
    return true;
}

void history_close(struct history_view *view)
{
    free(view->memory);
    *view = (struct history_view){0};
}

/* ---- threads ---- */

bool history_thread_at(const struct history_view *view, unsigned ring,
                       struct history_thread_info *info)
{
    const struct history_ring *there = ring_at(view, ring);
    uint64_t end = __atomic_load_n(&there->head, __ATOMIC_ACQUIRE);
    uint64_t begin = end > view->header->ring_records ? end - view->header->ring_records : 0;
    uint64_t first = __atomic_load_n(&there->first, __ATOMIC_ACQUIRE);
    unsigned thread = __atomic_load_n(&there->thread, __ATOMIC_ACQUIRE);
    if (thread == 0)
        return false;
    *info = (struct history_thread_info){
        .thread = thread, .begin = first > begin ? first : begin, .end = end};
    info->begin = info->begin > end ? end : info->begin;
    memcpy(info->name, there->name, sizeof(info->name) - 1);
    return true;
}

bool history_record_at(const struct history_view *view, unsigned ring, uint64_t index,
                       struct history_record *record)
{
    const struct history_header *header = view->header;
    const struct history_ring *there = ring_at(view, ring);
    uint64_t place = (uint64_t)ring * header->ring_records + (index & (header->ring_records - 1));
    const uint64_t *words =
        (const uint64_t *)(const void *)((const char *)header + header->records +
                                         place * HISTORY_RECORD_BYTES);
    uint64_t copy[4];
    if (index >= __atomic_load_n(&there->head, __ATOMIC_ACQUIRE))
        return false;
    for (unsigned i = 0; i < 4; i++)
        copy[i] = __atomic_load_n(&words[i], __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    memcpy(record, copy, sizeof(copy));
    /* The one that is being written may lie where the oldest does. */
    uint64_t head = __atomic_load_n(&there->head, __ATOMIC_RELAXED);
    return index + header->ring_records > head;
}

/* ---- cursors ---- */

void history_cursor_begin(struct history_cursor *cursor, const struct history_view *view,
                          uint64_t count)
{
    *cursor = (struct history_cursor){.view = view};
    for (unsigned i = 0; i < view->header->ring_count; i++) {
        struct history_thread_info info;
        if (!history_thread_at(view, i, &info))
            continue;
        cursor->next[i] = info.end - info.begin > count ? info.end - count : info.begin;
    }
}

/* What was overwritten before it was read is left out. */
static bool peek(struct history_cursor *cursor, unsigned ring, struct history_record *record)
{
    struct history_thread_info info;
    while (history_thread_at(cursor->view, ring, &info)) {
        if (cursor->next[ring] < info.begin)
            cursor->next[ring] = info.begin;
        if (cursor->next[ring] >= info.end)
            return false;
        if (history_record_at(cursor->view, ring, cursor->next[ring], record))
            return true;
        cursor->next[ring]++;
    }
    return false;
}

bool history_cursor_next(struct history_cursor *cursor, struct history_record *record,
                         unsigned *ring)
{
    bool is_any = false;
    for (unsigned i = 0; i < cursor->view->header->ring_count; i++) {
        struct history_record candidate;
        if (!peek(cursor, i, &candidate) || (is_any && candidate.time >= record->time))
            continue;
        *record = candidate;
        *ring = i;
        is_any = true;
    }
    if (is_any)
        cursor->next[*ring]++;
    return is_any;
}

/* ---- what a record says ---- */

uint64_t history_monotonic(const struct history_view *view, uint64_t stamp)
{
    if (!view->header->stamps_are_ticks)
        return stamp;
    if (stamp >= view->from.stamp)
        return view->from.monotonic + stamp_scale(stamp - view->from.stamp, &view->from, &view->to);
    return view->from.monotonic - stamp_scale(view->from.stamp - stamp, &view->from, &view->to);
}

uint64_t history_realtime(const struct history_view *view, uint64_t stamp)
{
    return history_monotonic(view, stamp) - view->header->monotonic + view->header->realtime;
}

enum field {
    FIELD_NONE,
    FIELD_REQUEST,
    FIELD_OBJECT,
    FIELD_QUEUE,
    FIELD_LOWER_REQUEST,
    FIELD_CODE_ADDRESS,
    FIELD_LENGTH_AND_CLIENT,
    FIELD_INFORMATION,
    FIELD_NANOSECONDS,
    FIELD_NAMES,
    FIELD_NAME,
    FIELD_KIND,
};

static const struct event_meaning {
    const char *text;
    enum field object;
    enum field argument;
    enum field detail;
} meanings[] = {
#define MEANING(name, text, object, argument, detail)                                              \
    [HISTORY_##name] = {text, FIELD_##object, FIELD_##argument, FIELD_##detail},
    HISTORY_EVENTS(MEANING)
#undef MEANING
};

/* By WDF_REQUEST_TYPE. */
static const char *const kinds[] = {
    [0] = "create",
    [3] = "read",
    [4] = "write",
    [14] = "device control",
    [15] = "internal device control",
};

static const char *kind_name(unsigned kind)
{
    return kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[kind] != NULL ? kinds[kind] : "request";
}

static bool is_control(unsigned kind)
{
    return kind == 14 || kind == 15;
}

static const char *name_at(const struct history_view *view, unsigned number)
{
    const struct history_header *header = view->header;
    const struct history_name *names = (const void *)((const char *)header + header->names);
    if (number == 0 || number >= header->name_count || names[number].text[0] == '\0')
        return NULL;
    return names[number].text;
}

static const char *object_name_of(const struct history_view *view, uint64_t object)
{
    const struct history_header *header = view->header;
    const struct history_object *objects = (const void *)((const char *)header + header->objects);
    for (unsigned i = 0; object != 0 && i < header->object_count; i++) {
        if (__atomic_load_n(&objects[i].object, __ATOMIC_ACQUIRE) == object)
            return objects[i].text;
    }
    return NULL;
}

static void explain_argument(const struct history_view *view, const struct history_record *record,
                             enum field field, struct history_facts *facts)
{
    switch (field) {
    case FIELD_REQUEST:
        facts->request = record->argument;
        break;
    case FIELD_QUEUE:
        facts->queue = record->argument;
        break;
    case FIELD_LOWER_REQUEST:
        facts->lower_request = record->argument;
        break;
    case FIELD_CODE_ADDRESS:
        facts->code = record->argument;
        break;
    case FIELD_LENGTH_AND_CLIENT:
        facts->length = record->argument & UINT32_MAX;
        facts->has_length = true;
        facts->client = (unsigned)(record->argument >> 32);
        facts->has_control_code = is_control(record->detail);
        facts->control_code = (uint32_t)record->status;
        break;
    case FIELD_INFORMATION:
        facts->length = record->argument;
        facts->has_length = true;
        break;
    case FIELD_NANOSECONDS:
        facts->nanoseconds = record->argument;
        break;
    case FIELD_NAMES:
        facts->before = name_at(view, (unsigned)record->argument);
        break;
    default:
        break;
    }
}

void history_explain(const struct history_view *view, const struct history_record *record,
                     struct history_facts *facts)
{
    static const struct event_meaning unknown = {.text = "?"};
    const struct event_meaning *meaning =
        record->event < HISTORY_EVENT_COUNT ? &meanings[record->event] : &unknown;
    *facts = (struct history_facts){
        .monotonic = history_monotonic(view, record->time),
        .realtime = history_realtime(view, record->time),
        .is_returned = (record->flags & HISTORY_AND_RETURNED) != 0,
        .event = meaning->text,
        .object = record->object,
        .object_name = object_name_of(view, record->object),
        .status = record->status,
        .has_status = record->event == HISTORY_COMPLETED || record->event == HISTORY_ANSWERED ||
                      record->event == HISTORY_CAME_BACK,
    };
    explain_argument(view, record, meaning->argument, facts);
    if (meaning->object == FIELD_REQUEST)
        facts->request = record->object;
    if (meaning->detail == FIELD_NAME)
        facts->name = name_at(view, record->detail);
    if (meaning->detail == FIELD_KIND)
        facts->kind = kind_name(record->detail);
}

void history_put_place(struct text *text, const struct history_view *view, uint64_t address)
{
    const struct history_header *header = view->header;
    const struct history_module *modules = (const void *)((const char *)header + header->modules);
    for (unsigned i = 0; i < header->module_used && i < header->module_count; i++) {
        if (address < modules[i].start || address >= modules[i].end)
            continue;
        const char *slash = strrchr(modules[i].path, '/');
        text_put(text, slash != NULL ? slash + 1 : modules[i].path);
        text_put(text, "+");
        text_put_hex(text, address - modules[i].base);
        return;
    }
    text_put_hex(text, address);
}

/* "queue 0x7f..", and what it is called. */
static void put_object(struct text *text, const struct history_view *view, const char *before,
                       uint64_t object)
{
    const char *name = object_name_of(view, object);
    text_put(text, before);
    text_put_hex(text, object);
    if (name == NULL)
        return;
    text_put(text, " (");
    text_put(text, name);
    text_put(text, ")");
}

/* A status without a name takes memory of the thread to be told: not in a crash. */
static void put_status(struct text *text, int32_t status)
{
    NTSTATUS known;
    text_put(text, ", ");
    for (size_t i = 0; nt_status_at(i, &known); i++) {
        if (known == status) {
            text_put(text, nt_status_name(status));
            return;
        }
    }
    text_put_hex(text, (uint32_t)status);
}

static void put_subject(struct text *text, const struct history_view *view,
                        const struct history_facts *facts)
{
    text_put(text, facts->event);
    if (facts->name != NULL) {
        text_put(text, " ");
        text_put(text, facts->name);
    }
    if (facts->before != NULL) {
        text_put(text, " after ");
        text_put(text, facts->before);
    }
    if (facts->kind != NULL) {
        text_put(text, " ");
        text_put(text, facts->kind);
    }
    if (facts->request != 0 && facts->request != facts->object)
        put_object(text, view, " of ", facts->object);
    else if (facts->request == 0 && facts->object != 0)
        put_object(text, view, " ", facts->object);
    if (facts->request != 0) {
        text_put(text, facts->kind != NULL || facts->name != NULL ? ", request " : " request ");
        text_put_hex(text, facts->request);
    }
}

static void put_rest(struct text *text, const struct history_view *view,
                     const struct history_facts *facts)
{
    if (facts->has_control_code) {
        text_put(text, ", code ");
        text_put_hex(text, facts->control_code);
    }
    if (facts->has_status)
        put_status(text, facts->status);
    if (facts->has_length) {
        text_put(text, ", ");
        text_put_number(text, facts->length);
        text_put(text, " bytes");
    }
    if (facts->client != 0) {
        text_put(text, ", of process ");
        text_put_number(text, facts->client);
    }
    if (facts->queue != 0)
        put_object(text, view, ", queue ", facts->queue);
    if (facts->lower_request != 0) {
        text_put(text, " as request ");
        text_put_hex(text, facts->lower_request);
    }
    if (facts->code != 0) {
        text_put(text, ", ");
        history_put_place(text, view, facts->code);
    }
    if (facts->nanoseconds != 0) {
        text_put(text, " to ");
        text_put_seconds(text, facts->nanoseconds);
        text_put(text, " s");
    }
}

void history_put_record(struct text *text, const struct history_view *view,
                        const struct history_record *record, uint64_t since)
{
    struct history_facts facts;
    history_explain(view, record, &facts);
    bool is_before = facts.monotonic < since;
    text_put(text, is_before ? "-" : "+");
    text_put_seconds(text, is_before ? since - facts.monotonic : facts.monotonic - since);
    text_put(text, "  ");
    put_subject(text, view, &facts);
    put_rest(text, view, &facts);
    text_put(text, facts.is_returned ? ", callback returned" : "");
}

void history_say_last(unsigned count, void (*say)(const char *line))
{
    struct history_view view;
    struct history_thread_info info;
    struct history_record record;
    if (history_here.ring == NULL || !history_open_own(&view))
        return;
    unsigned ring = (unsigned)(history_here.ring - ring_at(&view, 0));
    if (!history_thread_at(&view, ring, &info))
        return;
    uint64_t now = history_monotonic(&view, stamp_now());
    uint64_t first = info.end - info.begin > count ? info.end - count : info.begin;
    for (uint64_t i = first; i < info.end; i++) {
        char line[384];
        struct text text = TEXT_ON(line);
        if (!history_record_at(&view, ring, i, &record))
            continue;
        history_put_record(&text, &view, &record, now);
        say(line);
    }
}
