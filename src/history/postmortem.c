/* What a file of rings or a core says, in lines. See postmortem.h. */
#include "history/postmortem.h"

#include <search.h>
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

/*
 * Requests under way, by a tree that is walked in order of time. No daemon has as many as
 * UNDER_WAY_MAX; a file that somebody has made up may: then the oldest are told.
 */
#define UNDER_WAY_MAX (1u << 16)

struct under_way {
    void *tree; /* of struct followed, see tsearch(3) */
    size_t count;
    uint64_t begun;
};

struct followed {
    struct post_mortem_request request;
    uint64_t order;
};

static int compare_requests(const void *a, const void *b)
{
    uint64_t one = ((const struct followed *)a)->request.request;
    uint64_t other = ((const struct followed *)b)->request.request;
    return (one > other) - (one < other);
}

static int compare_order(const void *a, const void *b)
{
    uint64_t one = (*(struct followed *const *)a)->order;
    uint64_t other = (*(struct followed *const *)b)->order;
    return (one > other) - (one < other);
}

static struct followed *find_request(const struct under_way *table, uint64_t request)
{
    const struct followed key = {.request.request = request};
    struct followed **found = tfind(&key, &table->tree, compare_requests);
    return found != NULL ? *found : NULL;
}

static bool is_of_request(const struct history_record *record)
{
    return record->event >= HISTORY_RECEIVED && record->event <= HISTORY_ANSWERED;
}

static struct followed *add_request(struct under_way *table, uint64_t request)
{
    if (table->count == UNDER_WAY_MAX)
        return NULL;
    struct followed *added = calloc(1, sizeof(*added));
    if (added == NULL)
        return NULL;
    added->request.request = request;
    added->order = table->begun++;
    if (tsearch(added, &table->tree, compare_requests) == NULL) {
        free(added);
        return NULL;
    }
    table->count++;
    return added;
}

static void begin_request(struct under_way *table, const struct history_record *record,
                          unsigned ring)
{
    struct followed *followed = find_request(table, record->object);
    if (followed == NULL)
        followed = add_request(table, record->object);
    if (followed != NULL)
        followed->request = (struct post_mortem_request){
            .request = record->object, .received = *record, .last = *record, .ring = ring};
}

static bool is_answer(const struct history_record *record)
{
    return record->event == HISTORY_ANSWERED || record->event == HISTORY_COMPLETED;
}

/* Out of the tree; it is the caller's to free. */
static struct followed *take_out(struct under_way *table, struct followed *followed)
{
    (void)tdelete(followed, &table->tree, compare_requests);
    table->count--;
    return followed;
}

static void follow_request(struct under_way *table, const struct history_record *record,
                           unsigned ring)
{
    struct followed *found = find_request(table, record->object);
    if (found == NULL)
        return;
    if (is_answer(record)) {
        free(take_out(table, found));
        return;
    }
    found->request.last = *record;
    found->request.ring = ring;
}

/* Empties the tree: the first `count` in order of time are copied. Returns how many there are; 0
 * without memory, too. */
static size_t copy_in_order(struct under_way *table, struct post_mortem_request *requests,
                            size_t count)
{
    size_t total = table->count;
    struct followed **all = calloc(total + 1, sizeof(struct followed *));
    for (size_t i = 0; i < total; i++) {
        struct followed *followed = take_out(table, *(struct followed **)table->tree);
        if (all != NULL)
            all[i] = followed;
        else
            free(followed);
    }
    if (all == NULL)
        return 0;
    qsort(all, total, sizeof(struct followed *), compare_order);
    for (size_t i = 0; i < total; i++) {
        if (i < count)
            requests[i] = all[i]->request;
        free(all[i]);
    }
    free(all);
    return total;
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
    return copy_in_order(&table, requests, count);
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
