/* What a file of rings or a core says, in lines. See postmortem.h. */
#include "history/postmortem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history/text.h"

#define LAST_DEFAULT 20
#define REQUESTS_MAX 256

struct report {
    const struct history_view *view;
    const struct post_mortem_options *options;
    post_mortem_say *say;
    void *context;
    uint64_t since; /* the monotonic time that times are counted from */
};

static void say(const struct report *report, const struct text *text)
{
    report->say(report->context, text->buffer);
}

/* ---- what a thread is inside of ---- */

static bool is_entry(const struct history_record *record)
{
    return record->event == HISTORY_CALLBACK_IN || record->event == HISTORY_PRESENTED;
}

static bool is_exit(const struct history_record *record)
{
    return record->event == HISTORY_CALLBACK_OUT || (record->flags & HISTORY_AND_RETURNED) != 0;
}

/* From the newest record backwards: an entry that no exit stands behind. */
bool post_mortem_inside(const struct history_view *view, unsigned ring,
                        struct history_record *callback)
{
    struct history_thread_info info;
    unsigned exits = 0;
    if (!history_thread_at(view, ring, &info))
        return false;
    for (uint64_t i = info.end; i > info.begin; i--) {
        if (!history_record_at(view, ring, i - 1, callback))
            return false;
        if (is_exit(callback))
            exits++;
        else if (is_entry(callback) && exits == 0)
            return true;
        else if (is_entry(callback))
            exits--;
    }
    return false;
}

/* ---- requests ---- */

/* Those under way, by a table that is walked in order of time. */
struct under_way {
    struct post_mortem_request *requests;
    size_t count;
    size_t room;
};

static struct post_mortem_request *find_request(struct under_way *table, uint64_t request)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->requests[i].request == request)
            return &table->requests[i];
    }
    return NULL;
}

static bool is_of_request(const struct history_record *record)
{
    return record->event >= HISTORY_RECEIVED && record->event <= HISTORY_ANSWERED;
}

static void begin_request(struct under_way *table, const struct history_record *record,
                          unsigned ring)
{
    struct post_mortem_request *found = find_request(table, record->object);
    if (found == NULL && table->count == table->room) {
        size_t room = table->room > 0 ? 2 * table->room : 64;
        void *more = realloc(table->requests, room * sizeof(*table->requests));
        if (more == NULL)
            return;
        table->requests = more;
        table->room = room;
    }
    if (found == NULL)
        found = &table->requests[table->count++];
    *found = (struct post_mortem_request){
        .request = record->object, .received = *record, .last = *record, .ring = ring};
}

static bool is_answer(const struct history_record *record)
{
    return record->event == HISTORY_ANSWERED || record->event == HISTORY_COMPLETED;
}

static void follow_request(struct under_way *table, const struct history_record *record,
                           unsigned ring)
{
    struct post_mortem_request *found = find_request(table, record->object);
    if (found == NULL)
        return;
    if (is_answer(record)) {
        memmove(found, found + 1,
                (size_t)(table->requests + table->count - (found + 1)) * sizeof(*found));
        table->count--;
        return;
    }
    found->last = *record;
    found->ring = ring;
}

size_t post_mortem_requests(const struct history_view *view, struct post_mortem_request *requests,
                            size_t count)
{
    struct under_way table = {0};
    struct history_cursor cursor;
    struct history_record record;
    unsigned ring;
    history_cursor_begin(&cursor, view, UINT64_MAX);
    while (history_cursor_next(&cursor, &record, &ring)) {
        if (record.event == HISTORY_RECEIVED)
            begin_request(&table, &record, ring);
        else if (is_of_request(&record))
            follow_request(&table, &record, ring);
    }
    size_t total = table.count;
    if (total > 0)
        memcpy(requests, table.requests, (total < count ? total : count) * sizeof(*requests));
    free(table.requests);
    return total;
}

/* ---- lines ---- */

static void put_thread(struct text *text, const struct history_thread_info *info)
{
    text_put(text, "thread ");
    text_put_number(text, info->thread);
    text_put(text, " (");
    text_put(text, info->name);
    text_put(text, ")");
}

static void report_process(struct report *report)
{
    char line[256];
    char when[64] = "";
    struct text text = TEXT_ON(line);
    const struct history_header *header = report->view->header;
    time_t began = (time_t)(header->realtime / 1000000000u);
    struct tm broken;
    if (localtime_r(&began, &broken) != NULL)
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &broken);
    text_put(&text, header->program);
    text_put(&text, ", process ");
    text_put_number(&text, header->process);
    text_put(&text, " (");
    text_put(&text, header->software);
    text_put(&text, "), began ");
    text_put(&text, when);
    text_put(&text, report->view->is_ended ? ", has ended" : ", is running");
    say(report, &text);
}

/* Times are counted from the last event of all, backwards: how long before the end. */
static uint64_t find_end(const struct history_view *view)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < view->header->ring_count; i++) {
        struct history_thread_info info;
        struct history_record last;
        if (!history_thread_at(view, i, &info) || info.end == info.begin ||
            !history_record_at(view, i, info.end - 1, &last))
            continue;
        uint64_t time = history_monotonic(view, last.time);
        end = time > end ? time : end;
    }
    return end;
}

static bool is_wanted(const struct report *report, const struct history_thread_info *info)
{
    return report->options->thread == 0 || report->options->thread == info->thread;
}

static void report_inside(const struct report *report)
{
    for (unsigned i = 0; i < report->view->header->ring_count; i++) {
        char line[320];
        struct text text = TEXT_ON(line);
        struct history_thread_info info;
        struct history_record callback;
        if (!history_thread_at(report->view, i, &info) || !is_wanted(report, &info) ||
            !post_mortem_inside(report->view, i, &callback))
            continue;
        put_thread(&text, &info);
        text_put(&text, " was in the driver: ");
        history_put_record(&text, report->view, &callback, report->since);
        say(report, &text);
    }
}

static void report_requests(const struct report *report)
{
    struct post_mortem_request *requests = calloc(REQUESTS_MAX, sizeof(*requests));
    if (requests == NULL)
        return;
    size_t total = post_mortem_requests(report->view, requests, REQUESTS_MAX);
    for (size_t i = 0; i < total && i < REQUESTS_MAX; i++) {
        char line[512];
        struct text text = TEXT_ON(line);
        text_put(&text, "not answered: ");
        history_put_record(&text, report->view, &requests[i].received, report->since);
        text_put(&text, "; last: ");
        history_put_record(&text, report->view, &requests[i].last, report->since);
        say(report, &text);
    }
    if (total > REQUESTS_MAX) {
        char line[64];
        struct text text = TEXT_ON(line);
        text_put(&text, "and ");
        text_put_number(&text, total - REQUESTS_MAX);
        text_put(&text, " further requests");
        say(report, &text);
    }
    free(requests);
}

static void report_record(const struct report *report, unsigned thread,
                          const struct history_record *record)
{
    char line[512];
    struct text text = TEXT_ON(line);
    if (thread != 0) {
        text_put(&text, "[");
        text_put_number(&text, thread);
        text_put(&text, "] ");
    } else {
        text_put(&text, "  ");
    }
    history_put_record(&text, report->view, record, report->since);
    say(report, &text);
}

static uint64_t wanted_count(const struct report *report)
{
    return report->options->last != 0 ? report->options->last : LAST_DEFAULT;
}

static void report_thread(const struct report *report, unsigned ring)
{
    char line[128];
    struct text text = TEXT_ON(line);
    struct history_thread_info info;
    struct history_record record;
    uint64_t count = wanted_count(report);
    if (!history_thread_at(report->view, ring, &info) || !is_wanted(report, &info))
        return;
    put_thread(&text, &info);
    text_put(&text, ": ");
    text_put_number(&text, info.end);
    text_put(&text, " events");
    say(report, &text);
    uint64_t begin = info.end - info.begin > count ? info.end - count : info.begin;
    for (uint64_t i = begin; i < info.end; i++) {
        if (history_record_at(report->view, ring, i, &record))
            report_record(report, 0, &record);
    }
}

static void report_in_order(const struct report *report)
{
    struct history_cursor cursor;
    struct history_record record;
    struct history_thread_info info;
    unsigned ring;
    history_cursor_begin(&cursor, report->view, wanted_count(report));
    while (history_cursor_next(&cursor, &record, &ring)) {
        if (history_thread_at(report->view, ring, &info) && is_wanted(report, &info))
            report_record(report, info.thread, &record);
    }
}

void post_mortem_report(const struct history_view *view, const struct post_mortem_options *options,
                        post_mortem_say *say_line, void *context)
{
    struct report report = {view, options, say_line, context, find_end(view)};
    report_process(&report);
    report_inside(&report);
    report_requests(&report);
    if (!options->by_thread) {
        report_in_order(&report);
        return;
    }
    for (unsigned i = 0; i < view->header->ring_count; i++)
        report_thread(&report, i);
}
