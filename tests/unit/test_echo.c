/* The echo driver with the options of its command line. */
#include <string.h>

#include "device.h"
#include "options.h"
#include "unit.h"

struct echo_options echo_options;
DRIVER_INITIALIZE DriverEntry;

#define MESSAGE_MAX 126976

static char buffer[MESSAGE_MAX + 4096];

static const struct echo_options dispatches[] = {
    {.dispatch = WdfIoQueueDispatchSequential, .sync = WdfSynchronizationScopeQueue},
    {.dispatch = WdfIoQueueDispatchParallel, .sync = WdfSynchronizationScopeNone},
    {.dispatch = WdfIoQueueDispatchParallel, .presented = 2, .sync = WdfSynchronizationScopeDevice},
    {.dispatch = WdfIoQueueDispatchManual, .sync = WdfSynchronizationScopeQueue},
};

static void start_echo(struct echo_options options)
{
    echo_options = options;
    memset(buffer, 0, sizeof(buffer));
    device_start_driver(DriverEntry);
}

static struct echo_options with_delay(struct echo_options options, ULONG milliseconds)
{
    options.delay_ms = milliseconds;
    return options;
}

/* A write, and its duration. */
static void write_text(WDFUSEFILE file, const char *text)
{
    WDFUSEIO io = WdfuseInprocBeginWrite(file, text, strlen(text));
    advance_ms(echo_options.delay_ms);
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), strlen(text));
}

/* What a read of this many bytes returns. */
static const char *read_text(WDFUSEFILE file, size_t length)
{
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, buffer, length, &count), STATUS_SUCCESS);
    buffer[count] = '\0';
    return buffer;
}

#define ck_pending(io) ck_assert_msg(!WdfuseInprocIsComplete(io), "%s is answered", #io)

/* ---- reading back ---- */

START_TEST(a_read_gives_back_what_was_written)
{
    start_echo(dispatches[_i]);
    WDFUSEFILE file = open_file();
    write_text(file, "hello");
    ck_assert_str_eq(read_text(file, 100), "hello");
}
END_TEST

START_TEST(another_file_reads_the_same_message)
{
    start_echo(dispatches[_i]);
    write_text(open_file(), "hello");
    ck_assert_str_eq(read_text(open_file(), 100), "hello");
}
END_TEST

START_TEST(a_read_goes_on_where_the_last_one_ended)
{
    start_echo(dispatches[_i]);
    WDFUSEFILE file = open_file();
    write_text(file, "hello");
    read_text(file, 2);
    ck_assert_str_eq(read_text(file, 100), "llo");
}
END_TEST

START_TEST(a_write_replaces_the_message_and_starts_it_anew)
{
    start_echo(dispatches[_i]);
    WDFUSEFILE file = open_file();
    write_text(file, "first");
    read_text(file, 100);
    write_text(file, "second");
    ck_assert_str_eq(read_text(file, 100), "second");
}
END_TEST

/* So cat ends. The manual driver waits instead. */
START_TEST(a_read_of_a_message_that_was_read_gives_nothing)
{
    start_echo(dispatches[_i]);
    WDFUSEFILE file = open_file();
    write_text(file, "hello");
    read_text(file, 100);
    ck_assert_str_eq(read_text(file, 100), "");
}
END_TEST

START_TEST(a_read_before_any_write_gives_nothing)
{
    start_echo(dispatches[_i]);
    ck_assert_str_eq(read_text(open_file(), 100), "");
}
END_TEST

START_TEST(as_the_sample_every_read_starts_at_the_first_byte)
{
    struct echo_options options = dispatches[_i];
    options.read_as_sample = true;
    start_echo(options);
    WDFUSEFILE file = open_file();
    write_text(file, "hello");
    read_text(file, 3);
    ck_assert_str_eq(read_text(file, 100), "hello");
}
END_TEST

START_TEST(a_control_is_an_invalid_device_request)
{
    start_echo(dispatches[_i]);
    ck_status_eq(WdfuseInprocIoctl(open_file(), 0x1234, "in", 2, buffer, 8, NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- the limit ---- */

static const struct {
    size_t length;
    NTSTATUS expected;
} lengths[] = {
    {1, STATUS_SUCCESS},
    {MESSAGE_MAX - 1, STATUS_SUCCESS},
    {MESSAGE_MAX, STATUS_SUCCESS},
    {MESSAGE_MAX + 1, STATUS_INVALID_BUFFER_SIZE},
    {MESSAGE_MAX + 4096, STATUS_INVALID_BUFFER_SIZE},
};

START_TEST(a_message_has_at_most_31_pages)
{
    start_echo(dispatches[0]);
    WDFUSEIO io = WdfuseInprocBeginWrite(open_file(), buffer, lengths[_i].length);
    advance_ms(0);
    finish_with(io, lengths[_i].expected);
}
END_TEST

START_TEST(the_longest_message_is_read_back_whole)
{
    static char message[MESSAGE_MAX];
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (char)(i * 7);
    start_echo(dispatches[0]);
    WDFUSEFILE file = open_file();
    WDFUSEIO io = WdfuseInprocBeginWrite(file, message, sizeof(message));
    advance_ms(0);
    finish_with(io, STATUS_SUCCESS);
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(message), &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, sizeof(message));
    ck_assert_mem_eq(buffer, message, sizeof(message));
}
END_TEST

START_TEST(a_message_that_is_refused_leaves_the_one_before)
{
    start_echo(dispatches[0]);
    WDFUSEFILE file = open_file();
    write_text(file, "hello");
    ck_status_eq(WdfuseInprocWrite(file, buffer, MESSAGE_MAX + 1, NULL),
                 STATUS_INVALID_BUFFER_SIZE);
    ck_assert_str_eq(read_text(file, 100), "hello");
}
END_TEST

/* ---- delay ---- */

START_TEST(a_write_is_answered_when_its_delay_is_over_and_not_before)
{
    start_echo(with_delay(dispatches[_i], 100));
    WDFUSEIO io = WdfuseInprocBeginWrite(open_file(), "hello", 5);
    advance_ms(99);
    ck_pending(io);
    advance_ms(1);
    ck_assert(WdfuseInprocIsComplete(io));
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

START_TEST(without_a_delay_a_write_is_answered_by_the_timer_at_once)
{
    start_echo(dispatches[_i]);
    WDFUSEIO io = WdfuseInprocBeginWrite(open_file(), "hello", 5);
    advance_ms(0);
    ck_assert(WdfuseInprocIsComplete(io));
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

/* A parallel driver has both at once; each takes its own delay. */
START_TEST(delayed_writes_are_answered_each_in_its_time)
{
    start_echo(with_delay(dispatches[1], 100));
    WDFUSEFILE file = open_file();
    WDFUSEIO first = WdfuseInprocBeginWrite(file, "first", 5);
    advance_ms(30);
    WDFUSEIO second = WdfuseInprocBeginWrite(file, "second", 6);
    advance_ms(70);
    ck_assert(WdfuseInprocIsComplete(first));
    ck_pending(second);
    advance_ms(30);
    finish_with(first, STATUS_SUCCESS);
    finish_with(second, STATUS_SUCCESS);
}
END_TEST

START_TEST(a_delayed_write_can_be_cancelled)
{
    start_echo(with_delay(dispatches[_i], 100));
    WDFUSEIO io = WdfuseInprocBeginWrite(open_file(), "hello", 5);
    advance_ms(50);
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(finish_with(io, STATUS_CANCELLED), 0);
}
END_TEST

START_TEST(cancelling_one_delayed_write_leaves_the_other)
{
    start_echo(with_delay(dispatches[1], 100));
    WDFUSEFILE file = open_file();
    WDFUSEIO first = WdfuseInprocBeginWrite(file, "first", 5);
    advance_ms(30);
    WDFUSEIO second = WdfuseInprocBeginWrite(file, "second", 6);
    WdfuseInprocCancel(first);
    advance_ms(100);
    finish_with(first, STATUS_CANCELLED);
    ck_assert_uint_eq(finish_with(second, STATUS_SUCCESS), 6);
}
END_TEST

START_TEST(a_write_after_a_cancelled_one_has_its_whole_delay)
{
    start_echo(with_delay(dispatches[_i], 100));
    WDFUSEFILE file = open_file();
    WDFUSEIO cancelled = WdfuseInprocBeginWrite(file, "first", 5);
    WdfuseInprocCancel(cancelled);
    finish_with(cancelled, STATUS_CANCELLED);
    advance_ms(60);
    WDFUSEIO io = WdfuseInprocBeginWrite(file, "second", 6);
    advance_ms(99);
    ck_pending(io);
    advance_ms(1);
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

START_TEST(removal_cancels_a_delayed_write)
{
    start_echo(with_delay(dispatches[_i], 100));
    WDFUSEFILE file = open_file();
    WDFUSEIO io = WdfuseInprocBeginWrite(file, "hello", 5);
    close_file(file);
    device_stop();
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

/* ---- manual dispatch: reads wait ---- */

static void start_manual(void)
{
    start_echo(dispatches[3]);
}

static WDFUSEIO begin_read(WDFUSEFILE file, char *to)
{
    return WdfuseInprocBeginRead(file, to, 16);
}

START_TEST(a_read_that_has_nothing_new_waits_for_a_write)
{
    start_manual();
    WDFUSEFILE file = open_file();
    WDFUSEIO io = begin_read(file, buffer);
    ck_pending(io);
    write_text(open_file(), "hello");
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 5);
}
END_TEST

START_TEST(a_read_of_a_message_that_was_read_waits)
{
    start_manual();
    WDFUSEFILE file = open_file();
    write_text(file, "hello");
    read_text(file, 100);
    WDFUSEIO io = begin_read(file, buffer);
    ck_pending(io);
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(a_waiting_read_can_be_cancelled)
{
    start_manual();
    WDFUSEIO io = begin_read(open_file(), buffer);
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(finish_with(io, STATUS_CANCELLED), 0);
}
END_TEST

START_TEST(a_waiting_read_is_cancelled_when_its_file_is_closed)
{
    start_manual();
    WDFUSEFILE file = open_file();
    WDFUSEIO io = begin_read(file, buffer);
    close_file(file);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(a_write_answers_the_waiting_reads_of_all_files)
{
    start_manual();
    char received[3][16];
    WDFUSEIO ios[3];
    for (unsigned i = 0; i < 3; i++)
        ios[i] = begin_read(open_file(), received[i]);
    write_text(open_file(), "hello");
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(finish_with(ios[i], STATUS_SUCCESS), 5);
        ck_assert_mem_eq(received[i], "hello", 5);
    }
}
END_TEST

/* The first takes the whole message; the second goes on waiting for another. */
START_TEST(of_two_waiting_reads_of_one_file_the_second_waits_for_the_next_message)
{
    start_manual();
    WDFUSEFILE file = open_file();
    char received[2][16];
    WDFUSEIO first = begin_read(file, received[0]), second = begin_read(file, received[1]);
    write_text(open_file(), "one");
    ck_assert_uint_eq(finish_with(first, STATUS_SUCCESS), 3);
    ck_pending(second);
    write_text(open_file(), "two");
    ck_assert_uint_eq(finish_with(second, STATUS_SUCCESS), 3);
    ck_assert_mem_eq(received[1], "two", 3);
}
END_TEST

START_TEST(waiting_reads_of_one_file_are_answered_in_the_order_of_their_arrival)
{
    start_manual();
    WDFUSEFILE file = open_file();
    char received[4][16];
    WDFUSEIO ios[4];
    for (unsigned i = 0; i < 4; i++)
        ios[i] = begin_read(file, received[i]);
    for (unsigned i = 0; i < 4; i++) {
        char text[] = {(char)('A' + i), '\0'};
        write_text(open_file(), text);
        ck_assert_uint_eq(finish_with(ios[i], STATUS_SUCCESS), 1);
        ck_assert_int_eq(received[i][0], 'A' + (int)i);
    }
}
END_TEST

/* A message longer than the read serves several of them. */
START_TEST(a_long_message_answers_several_waiting_reads_of_one_file)
{
    start_manual();
    WDFUSEFILE file = open_file();
    char received[2][16];
    WDFUSEIO first = begin_read(file, received[0]), second = begin_read(file, received[1]);
    write_text(open_file(), "sixteen bytes..and more");
    ck_assert_uint_eq(finish_with(first, STATUS_SUCCESS), 16);
    ck_assert_uint_eq(finish_with(second, STATUS_SUCCESS), 7);
    ck_assert_mem_eq(received[1], "nd more", 7);
}
END_TEST

START_TEST(removal_cancels_a_waiting_read)
{
    start_manual();
    WDFUSEFILE file = open_file();
    WDFUSEIO io = begin_read(file, buffer);
    close_file(file);
    device_stop();
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

#define DISPATCHES RTL_NUMBER_OF(dispatches)
#define PRESENTING 3 /* without the manual driver */

static TCase *echo_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, device_stop);
    return tests;
}

static TCase *reading_tests(void)
{
    TCase *tests = echo_case("reading");
    tcase_add_loop_test(tests, a_read_gives_back_what_was_written, 0, DISPATCHES);
    tcase_add_loop_test(tests, another_file_reads_the_same_message, 0, DISPATCHES);
    tcase_add_loop_test(tests, a_read_goes_on_where_the_last_one_ended, 0, DISPATCHES);
    tcase_add_loop_test(tests, a_write_replaces_the_message_and_starts_it_anew, 0, DISPATCHES);
    tcase_add_loop_test(tests, a_read_of_a_message_that_was_read_gives_nothing, 0, PRESENTING);
    tcase_add_loop_test(tests, a_read_before_any_write_gives_nothing, 0, PRESENTING);
    tcase_add_loop_test(tests, as_the_sample_every_read_starts_at_the_first_byte, 0, DISPATCHES);
    tcase_add_loop_test(tests, a_control_is_an_invalid_device_request, 0, DISPATCHES);
    tcase_add_loop_test(tests, a_message_has_at_most_31_pages, 0, RTL_NUMBER_OF(lengths));
    tcase_add_test(tests, the_longest_message_is_read_back_whole);
    tcase_add_test(tests, a_message_that_is_refused_leaves_the_one_before);
    return tests;
}

static TCase *delay_tests(void)
{
    TCase *tests = echo_case("delay");
    tcase_add_loop_test(tests, a_write_is_answered_when_its_delay_is_over_and_not_before, 0,
                        DISPATCHES);
    tcase_add_loop_test(tests, without_a_delay_a_write_is_answered_by_the_timer_at_once, 0,
                        DISPATCHES);
    tcase_add_test(tests, delayed_writes_are_answered_each_in_its_time);
    tcase_add_loop_test(tests, a_delayed_write_can_be_cancelled, 0, DISPATCHES);
    tcase_add_test(tests, cancelling_one_delayed_write_leaves_the_other);
    tcase_add_loop_test(tests, a_write_after_a_cancelled_one_has_its_whole_delay, 0, DISPATCHES);
    tcase_add_loop_test(tests, removal_cancels_a_delayed_write, 0, DISPATCHES);
    return tests;
}

static TCase *waiting_tests(void)
{
    TCase *tests = echo_case("waiting");
    tcase_add_test(tests, a_read_that_has_nothing_new_waits_for_a_write);
    tcase_add_test(tests, a_read_of_a_message_that_was_read_waits);
    tcase_add_test(tests, a_waiting_read_can_be_cancelled);
    tcase_add_test(tests, a_waiting_read_is_cancelled_when_its_file_is_closed);
    tcase_add_test(tests, a_write_answers_the_waiting_reads_of_all_files);
    tcase_add_test(tests, of_two_waiting_reads_of_one_file_the_second_waits_for_the_next_message);
    tcase_add_test(tests, waiting_reads_of_one_file_are_answered_in_the_order_of_their_arrival);
    tcase_add_test(tests, a_long_message_answers_several_waiting_reads_of_one_file);
    tcase_add_test(tests, removal_cancels_a_waiting_read);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("echo");
    suite_add_tcase(suite, reading_tests());
    suite_add_tcase(suite, delay_tests());
    suite_add_tcase(suite, waiting_tests());
    return unit_run(suite);
}
