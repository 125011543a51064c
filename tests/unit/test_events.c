/* Histories: what threads leave behind, who can read it, and what a request leaves. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/inspect.h"
#include "framework/io/queue.h"
#include "framework/io/statistics.h"
#include "history/history.h"
#include "history/postmortem.h"
#include "history/read.h"
#include "holding.h"
#include "port/thread.h"
#include "unit.h"

#define RECORDS 64u

static char path[64];

static int make_file(void)
{
    strcpy(path, "/tmp/wdfuse-history-XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    return file;
}

static void remove_file(void)
{
    if (path[0] != '\0')
        unlink(path);
}

static void write_numbers(uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        history_add_step(MARKED, &path, i, 0, 0);
}

static struct history_thread_info own_ring(const struct history_view *view, unsigned *ring)
{
    struct history_thread_info info;
    for (*ring = 0; *ring < view->header->ring_count; (*ring)++) {
        if (history_thread_at(view, *ring, &info) && info.thread == (unsigned)gettid())
            return info;
    }
    ck_abort_msg("the thread has no ring");
}

/* ---- rings ---- */

START_TEST(a_thread_reads_its_own_records_in_order)
{
    struct history_view view;
    struct history_record record;
    unsigned ring;
    ck_assert_int_eq(history_start("test", RECORDS, -1), 0);
    write_numbers(0, 10);
    ck_assert(history_open_own(&view));
    struct history_thread_info info = own_ring(&view, &ring);
    ck_assert_uint_eq(info.end - info.begin, 10);
    for (uint64_t i = 0; i < 10; i++) {
        ck_assert(history_record_at(&view, ring, info.begin + i, &record));
        ck_assert_uint_eq(record.argument, i);
        ck_assert_uint_eq(record.event, HISTORY_MARKED);
    }
    ck_assert(!history_record_at(&view, ring, info.end, &record));
}
END_TEST

START_TEST(a_full_ring_keeps_the_newest)
{
    struct history_view view;
    struct history_record record;
    unsigned ring;
    ck_assert_int_eq(history_start("test", RECORDS, -1), 0);
    write_numbers(0, 3 * RECORDS + 5);
    ck_assert(history_open_own(&view));
    struct history_thread_info info = own_ring(&view, &ring);
    ck_assert_uint_eq(info.end - info.begin, RECORDS);
    /* The oldest may be overwritten while it is read. */
    ck_assert(!history_record_at(&view, ring, info.begin, &record));
    ck_assert(history_record_at(&view, ring, info.begin + 1, &record));
    ck_assert_uint_eq(record.argument, 2 * RECORDS + 6);
    ck_assert(history_record_at(&view, ring, info.end - 1, &record));
    ck_assert_uint_eq(record.argument, 3 * RECORDS + 4);
}
END_TEST

START_TEST(a_cursor_follows_what_is_new)
{
    struct history_view view;
    struct history_cursor cursor;
    struct history_record record;
    unsigned ring;
    ck_assert_int_eq(history_start("test", RECORDS, -1), 0);
    write_numbers(0, 3);
    ck_assert(history_open_own(&view));
    history_cursor_begin(&cursor, &view, 0);
    ck_assert(!history_cursor_next(&cursor, &record, &ring));
    write_numbers(3, 5);
    for (uint64_t i = 3; i < 5; i++) {
        ck_assert(history_cursor_next(&cursor, &record, &ring));
        ck_assert_uint_eq(record.argument, i);
    }
    ck_assert(!history_cursor_next(&cursor, &record, &ring));
}
END_TEST

static void write_some(void *argument)
{
    write_numbers((uintptr_t)argument, (uintptr_t)argument + 3);
}

/* More threads than rings: rings of ended threads are given to new ones. */
START_TEST(rings_of_ended_threads_are_used_again)
{
    struct history_view view;
    ck_assert_int_eq(history_start("test", RECORDS, -1), 0);
    for (uintptr_t i = 0; i < 2 * HISTORY_RINGS; i++) {
        struct port_thread thread;
        ck_assert_int_eq(port_thread_start(&thread, "writer", write_some, (void *)(i * 100)), 0);
        port_thread_join(&thread);
    }
    ck_assert(history_open_own(&view));
    struct history_cursor cursor;
    struct history_record record;
    unsigned ring;
    uint64_t last = 0;
    history_cursor_begin(&cursor, &view, UINT64_MAX);
    while (history_cursor_next(&cursor, &record, &ring))
        last = record.argument > last ? record.argument : last;
    ck_assert_uint_eq(last, (2 * HISTORY_RINGS - 1) * 100 + 2);
}
END_TEST

static atomic_bool is_over;

static void write_without_end(void *unused)
{
    (void)unused;
    for (uint64_t i = 0; !is_over; i++)
        history_add_step(MARKED, &path, i, (int32_t)i, 0);
}

/* What is read while it is being written is whole. */
START_TEST(a_record_is_never_half_a_record)
{
    struct history_view view;
    struct port_thread writer;
    struct history_cursor cursor;
    ck_assert_int_eq(history_start("test", RECORDS, -1), 0);
    is_over = false;
    ck_assert_int_eq(port_thread_start(&writer, "writer", write_without_end, NULL), 0);
    eventually(history_open_own(&view));
    unsigned seen = 0;
    history_cursor_begin(&cursor, &view, 0);
    for (unsigned tries = 0; seen < repetitions(20000); tries++) {
        struct history_record record;
        unsigned ring;
        if (!history_cursor_next(&cursor, &record, &ring))
            continue;
        ck_assert_int_eq(record.status, (int32_t)record.argument);
        seen++;
    }
    is_over = true;
    port_thread_join(&writer);
}
END_TEST

START_TEST(a_history_that_is_off_writes_nothing)
{
    struct history_view view;
    history_turn_off();
    write_numbers(0, 10);
    ck_assert(!history_open_own(&view));
}
END_TEST

/* ---- files ---- */

/* A process that is killed while it writes, after this many microseconds. */
static pid_t kill_writer(unsigned microseconds)
{
    int file = make_file();
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        if (history_start("killed", RECORDS, file) != 0)
            _exit(1);
        write_numbers(0, RECORDS + 1);
        (void)!write(ready[1], "", 1);
        is_over = false;
        for (uint64_t i = RECORDS + 1;; i++)
            history_add_step(MARKED, &path, i, (int32_t)i, 0);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    for (unsigned i = 0; i < microseconds; i++)
        (void)stamp_now();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(file);
    close(ready[0]);
    close(ready[1]);
    return child;
}

START_TEST(a_killed_process_leaves_its_last_events)
{
    for (unsigned round = 0; round < 5; round++) {
        struct history_view view;
        struct history_thread_info info;
        struct history_record record;
        char error[256] = "";
        pid_t child = kill_writer(round * 1234);
        ck_assert_msg(history_open_file(path, &view, error, sizeof(error)), "%s", error);
        ck_assert_uint_eq(view.header->process, (unsigned)child);
        ck_assert(history_thread_at(&view, 0, &info));
        ck_assert_uint_eq(info.thread, (unsigned)child);
        for (uint64_t i = info.begin + 1; i < info.end; i++) {
            ck_assert(history_record_at(&view, 0, i, &record));
            ck_assert_uint_eq(record.argument, i);
        }
        history_close(&view);
        remove_file();
    }
}
END_TEST

static void expect_refused(const void *bytes, size_t size, const char *words)
{
    struct history_view view;
    char error[256] = "";
    int file = open(path, O_WRONLY | O_TRUNC);
    ck_assert(write(file, bytes, size) == (ssize_t)size);
    close(file);
    ck_assert(!history_open_file(path, &view, error, sizeof(error)));
    ck_assert_msg(strstr(error, words) != NULL, "%s", error);
    ck_assert_msg(strchr(error, '\n') == NULL, "%s", error);
}

static size_t read_whole(unsigned char **bytes)
{
    int file = open(path, O_RDONLY);
    off_t size = lseek(file, 0, SEEK_END);
    *bytes = malloc((size_t)size);
    ck_assert(pread(file, *bytes, (size_t)size, 0) == size);
    close(file);
    return (size_t)size;
}

/* More than any recorder writes; a sparse file costs its maker nothing. */
static void expect_vast_is_refused(struct history_header *header)
{
    struct history_view view;
    char error[256] = "";
    uint64_t size = header->size;
    header->size = 1ull << 40;
    int file = open(path, O_WRONLY | O_TRUNC);
    ck_assert(write(file, header, sizeof(*header)) == sizeof(*header));
    ck_assert_int_eq(ftruncate(file, 1ll << 40), 0);
    close(file);
    header->size = size;
    ck_assert(!history_open_file(path, &view, error, sizeof(error)));
    ck_assert_msg(strstr(error, "damaged") != NULL, "%s", error);
}

/* The reader writes string terminators into its data, but not where the header's offsets are. */
static void expect_table_over_header_is_refused(unsigned char *bytes, size_t size)
{
    struct history_header *header = (void *)bytes;
    uint64_t names = header->names;
    header->names = 0;
    expect_refused(bytes, size, "damaged");
    header->names = names;
}

START_TEST(foreign_and_truncated_files_are_refused_with_one_line)
{
    unsigned char *bytes;
    kill_writer(0);
    size_t size = read_whole(&bytes);
    char text[sizeof(struct history_header) + 1] = "nothing of the kind";
    expect_refused("", 0, "too short");
    expect_refused(text, sizeof(text), "no file of rings");
    expect_refused(bytes, sizeof(struct history_header), "cut off");
    expect_refused(bytes, size - 1, "cut off");
    expect_vast_is_refused((void *)bytes);
    expect_table_over_header_is_refused(bytes, size);
    ((struct history_header *)(void *)bytes)->version++;
    expect_refused(bytes, size, "another version");
    free(bytes);
}
END_TEST

static void ignore_line(void *context, const char *line)
{
    (void)line;
    ++*(unsigned *)context;
}

/* A writer of the file may have damaged it: nothing is read beyond it. */
START_TEST(a_damaged_file_does_no_harm)
{
    unsigned char *bytes;
    unsigned lines = 0;
    unsigned seed = 1;
    kill_writer(100);
    size_t size = read_whole(&bytes);
    for (unsigned round = 0; round < repetitions(300); round++) {
        struct history_view view;
        char error[256];
        size_t limit = round % 2 == 0 ? sizeof(struct history_header) : 64 << 10;
        unsigned char before[8];
        size_t place = (size_t)rand_r(&seed) % (limit - 8);
        memcpy(before, bytes + place, 8);
        for (unsigned i = 0; i < 8; i++)
            bytes[place + i] = round % 3 == 0 ? 0xff : (unsigned char)rand_r(&seed);
        int file = open(path, O_WRONLY);
        ck_assert(pwrite(file, bytes, 64 << 10, 0) == 64 << 10);
        close(file);
        memcpy(bytes + place, before, 8);
        if (!history_open_file(path, &view, error, sizeof(error)))
            continue;
        const struct post_mortem_options options = {.last = UINT64_MAX, .by_thread = true};
        post_mortem_report(&view, &options, ignore_line, &lines);
        history_close(&view);
    }
    ck_assert_uint_gt(lines, 0);
    free(bytes);
    (void)size;
}
END_TEST

/* A file that can't grow, as on a full file system: the history is in memory, and says so. */
START_TEST(without_room_for_a_file_the_history_is_in_memory)
{
    struct history_view view;
    unsigned ring;
    const struct rlimit limit = {4096, 4096};
    int file = make_file();
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(history_start("full", RECORDS, file), -EFBIG);
    write_numbers(0, 3);
    ck_assert(history_open_own(&view));
    struct history_thread_info info = own_ring(&view, &ring);
    ck_assert_uint_eq(info.end - info.begin, 3);
}
END_TEST

/* ---- requests ---- */

static char lines[40][320];
static unsigned line_count;

static void keep_line(void *context, const char *line)
{
    (void)context;
    if (line_count < 40)
        snprintf(lines[line_count++], sizeof(lines[0]), "%s", line);
}

static bool has_line(const char *first, const char *second)
{
    for (unsigned i = 0; i < line_count; i++) {
        const char *found = strstr(lines[i], first);
        if (found != NULL && strstr(found, second) != NULL)
            return true;
    }
    return false;
}

static void look(void)
{
    struct history_view view;
    const struct post_mortem_options options = {.last = 30};
    line_count = 0;
    ck_assert(history_open_own(&view));
    post_mortem_report(&view, &options, keep_line, NULL);
}

START_TEST(a_request_leaves_its_way_through_the_driver)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEIO io = begin_read(open_file(), 8);
    look();
    ck_assert(has_line("received read", "8 bytes"));
    ck_assert(has_line("presented EvtIoDefault", "request 0x"));
    ck_assert(has_line("not answered: ", "received read"));
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    look();
    ck_assert(has_line("completed", "STATUS_SUCCESS"));
    ck_assert(!has_line("not answered: ", ""));
}
END_TEST

START_TEST(a_cancelled_request_leaves_who_was_told)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfRequestMarkCancelable(held(), note_cancel);
    WdfuseInprocCancel(io);
    look();
    ck_assert(has_line("marked cancelable", "request 0x"));
    ck_assert(has_line("cancelled request", "0x"));
    ck_assert(has_line("calls EvtRequestCancel", "request 0x"));
    complete_held(STATUS_CANCELLED);
    answer(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(device_states_and_timers_are_events)
{
    start_queue(WdfIoQueueDispatchSequential);
    look();
    ck_assert(has_line("state ", "after "));
}
END_TEST

/* ---- statistics ---- */

START_TEST(a_queue_counts_its_requests_by_kind)
{
    static struct queue_statistics statistics;
    start_queue(WdfIoQueueDispatchParallel);
    WDFUSEFILE file = open_file();
    WDFUSEIO first = begin_read(file, 8);
    WDFUSEIO second = begin_read(file, 8);
    advance_ms(3);
    complete_held(STATUS_SUCCESS);
    complete_held(STATUS_UNSUCCESSFUL);
    answer(first, STATUS_SUCCESS);
    answer(second, STATUS_UNSUCCESSFUL);
    WDFUSEIO write = begin_write(file, 8);
    complete_held(STATUS_CANCELLED);
    answer(write, STATUS_CANCELLED);
    queue_statistics_read(CONTAINING_RECORD((struct wdf_object *)queue, struct wdf_queue, object),
                          &statistics);
    const struct kind_statistics *reads = &statistics.kinds[STATISTICS_READ];
    ck_assert_uint_eq(statistics_count(reads), 2);
    ck_assert_uint_eq(statistics_presented(reads), 2);
    ck_assert_uint_eq(reads->errors, 1);
    ck_assert_uint_eq(reads->cancelled, 0);
    ck_assert_uint_eq(statistics.kinds[STATISTICS_WRITE].cancelled, 1);
    ck_assert_uint_eq(statistics.in_driver_most, 2);
    /* 3 ms of the virtual clock, and at once. */
    ck_assert_uint_ge(statistics_quantile(reads->in_driver, 0.5), 3000000);
    ck_assert_uint_le(statistics_quantile(reads->in_driver, 0.5), 6000000);
    ck_assert_uint_le(statistics_quantile(reads->queued, 0.99), 1000);
}
END_TEST

/* Time in a stopped queue counts as queued, not as spent in the driver. */
START_TEST(a_start_of_the_queue_ends_the_time_in_it)
{
    static struct queue_statistics statistics;
    start_queue(WdfIoQueueDispatchParallel);
    WdfIoQueueStop(queue, NULL, NULL);
    WDFUSEIO io = begin_read(open_file(), 8);
    advance_ms(50);
    WdfIoQueueStart(queue);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
    queue_statistics_read(CONTAINING_RECORD((struct wdf_object *)queue, struct wdf_queue, object),
                          &statistics);
    const struct kind_statistics *reads = &statistics.kinds[STATISTICS_READ];
    ck_assert_uint_gt(statistics_quantile(reads->queued, 1), 50000000);
    ck_assert_uint_lt(statistics_quantile(reads->in_driver, 1), 1000000);
}
END_TEST

/* A negative time counts as the shortest, also for an inspector of the device. */
START_TEST(an_inspection_has_no_endless_times)
{
    static struct inspect_statistics copies[4];
    start_queue(WdfIoQueueDispatchParallel);
    struct wdf_queue *counted =
        CONTAINING_RECORD((struct wdf_object *)queue, struct wdf_queue, object);
    io_lock(counted->device->domain);
    counted->statistics.kinds[STATISTICS_READ].queued[STATISTICS_BUCKETS - 1] = 1;
    io_unlock(counted->device->domain);
    unsigned count = inspect_statistics(counted->device, copies, 4);
    for (unsigned i = 0; i < count; i++) {
        const struct kind_statistics *reads = &copies[i].counts.kinds[STATISTICS_READ];
        ck_assert_uint_eq(reads->queued[STATISTICS_BUCKETS - 1], 0);
        if (copies[i].queue == &counted->object)
            ck_assert_uint_eq(reads->queued[0], 1);
    }
}
END_TEST

START_TEST(a_request_that_is_cancelled_in_the_queue_counts)
{
    static struct queue_statistics statistics;
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocCancel(io);
    answer(io, STATUS_CANCELLED);
    device_statistics_read(
        CONTAINING_RECORD((struct wdf_object *)queue, struct wdf_queue, object)->device,
        &statistics);
    const struct kind_statistics *reads = &statistics.kinds[STATISTICS_READ];
    ck_assert_uint_eq(statistics_count(reads), 1);
    ck_assert_uint_eq(statistics_presented(reads), 0);
    ck_assert_uint_eq(reads->cancelled, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events");
    TCase *alone = unit_ends(tcase_create("alone"));
    tcase_add_checked_fixture(alone, NULL, remove_file);
    tcase_set_timeout(alone, 60);
    tcase_add_test(alone, a_thread_reads_its_own_records_in_order);
    tcase_add_test(alone, a_full_ring_keeps_the_newest);
    tcase_add_test(alone, a_cursor_follows_what_is_new);
    tcase_add_test(alone, rings_of_ended_threads_are_used_again);
    tcase_add_test(alone, a_record_is_never_half_a_record);
    tcase_add_test(alone, a_history_that_is_off_writes_nothing);
    tcase_add_test(alone, a_killed_process_leaves_its_last_events);
    tcase_add_test(alone, foreign_and_truncated_files_are_refused_with_one_line);
    tcase_add_test(alone, a_damaged_file_does_no_harm);
    tcase_add_test(alone, without_room_for_a_file_the_history_is_in_memory);
    suite_add_tcase(suite, alone);

    TCase *requests = tcase_create("requests");
    tcase_add_checked_fixture(requests, NULL, holding_stop);
    tcase_add_test(requests, a_request_leaves_its_way_through_the_driver);
    tcase_add_test(requests, a_cancelled_request_leaves_who_was_told);
    tcase_add_test(requests, device_states_and_timers_are_events);
    tcase_add_test(requests, a_queue_counts_its_requests_by_kind);
    tcase_add_test(requests, a_start_of_the_queue_ends_the_time_in_it);
    tcase_add_test(requests, an_inspection_has_no_endless_times);
    tcase_add_test(requests, a_request_that_is_cancelled_in_the_queue_counts);
    suite_add_tcase(suite, requests);
    return unit_run(suite);
}
