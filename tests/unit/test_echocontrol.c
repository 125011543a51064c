/* The echo driver's control codes. */
#include "unit.h"

#include "device.h"

#include "options.h"
#include "public.h"

struct echo_options echo_options;
DRIVER_INITIALIZE DriverEntry;

static const struct echo_options dispatches[] = {
    {.dispatch = WdfIoQueueDispatchSequential, .sync = WdfSynchronizationScopeQueue},
    {.dispatch = WdfIoQueueDispatchParallel, .sync = WdfSynchronizationScopeDevice},
    {.dispatch = WdfIoQueueDispatchManual, .sync = WdfSynchronizationScopeNone},
};
#define DISPATCHES ((int)RTL_NUMBER_OF(dispatches))

static const ULONG echoes[] = {IOCTL_ECHO_BUFFERED, IOCTL_ECHO_OUT_DIRECT, IOCTL_ECHO_NEITHER};
#define ECHOES ((int)RTL_NUMBER_OF(echoes))

static char output[64];

static void start_echo(int dispatch, ULONG delay_ms)
{
    echo_options = dispatches[dispatch];
    echo_options.delay_ms = delay_ms;
    memset(output, '.', sizeof(output));
    device_start_driver(DriverEntry);
}

/* Returns the count. */
static size_t control(WDFUSEFILE file, ULONG code, const void *in, size_t in_length, void *out,
                      size_t out_length, NTSTATUS expected)
{
    size_t count;
    ck_status_eq(WdfuseInprocIoctl(file, code, in, in_length, out, out_length, &count), expected);
    return count;
}

static ECHO_STATISTICS statistics(WDFUSEFILE file)
{
    ECHO_STATISTICS now;
    ck_assert_uint_eq(
        control(file, IOCTL_ECHO_GET_STATISTICS, NULL, 0, &now, sizeof(now), STATUS_SUCCESS),
        sizeof(now));
    return now;
}

static void set_delay(WDFUSEFILE file, uint32_t milliseconds)
{
    control(file, IOCTL_ECHO_SET_DELAY, &milliseconds, sizeof(milliseconds), NULL, 0,
            STATUS_SUCCESS);
}

static void write_text(WDFUSEFILE file, const char *text)
{
    WDFUSEIO io = WdfuseInprocBeginWrite(file, text, strlen(text));
    advance_ms(echo_options.delay_ms);
    finish_with(io, STATUS_SUCCESS);
}

static size_t read_output(WDFUSEFILE file)
{
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, output, sizeof(output), &count), STATUS_SUCCESS);
    return count;
}

/* ---- echoes ---- */

START_TEST(each_method_gives_back_what_it_was_given)
{
    start_echo(0, 0);
    ck_assert_uint_eq(control(open_file(), echoes[_i], "hello", 5, output, 5, STATUS_SUCCESS), 5);
    ck_assert_mem_eq(output, "hello.", 6);
}
END_TEST

START_TEST(a_longer_buffer_keeps_its_end)
{
    start_echo(0, 0);
    ck_assert_uint_eq(control(open_file(), echoes[_i], "hello", 5, output, 10, STATUS_SUCCESS), 5);
    ck_assert_mem_eq(output, "hello......", 11);
}
END_TEST

/* S15.46: a warning still returns bytes. */
START_TEST(a_shorter_buffer_gets_the_beginning_and_a_warning)
{
    start_echo(0, 0);
    ck_assert_uint_eq(
        control(open_file(), echoes[_i], "hello", 5, output, 3, STATUS_BUFFER_OVERFLOW), 3);
    ck_assert_mem_eq(output, "hel...", 6);
}
END_TEST

/* S8.6, S8.18 */
START_TEST(no_input_or_no_output_is_too_small)
{
    start_echo(0, 0);
    WDFUSEFILE file = open_file();
    control(file, echoes[_i], NULL, 0, output, 5, STATUS_BUFFER_TOO_SMALL);
    control(file, echoes[_i], "hello", 5, NULL, 0, STATUS_BUFFER_TOO_SMALL);
    ck_assert_mem_eq(output, "......", 6);
}
END_TEST

/* S8.19 */
START_TEST(a_bad_address_is_an_access_violation)
{
    start_echo(0, 0);
    WDFUSEFILE file = open_file();
    control(file, IOCTL_ECHO_NEITHER, NULL, 5, output, 5, STATUS_ACCESS_VIOLATION);
    control(file, IOCTL_ECHO_NEITHER, "hello", 5, NULL, 5, STATUS_ACCESS_VIOLATION);
    control(file, IOCTL_ECHO_NEITHER, "hello", 5, (PVOID)(ULONG_PTR) "constant", 5,
            STATUS_ACCESS_VIOLATION);
}
END_TEST

START_TEST(an_echo_leaves_the_message_alone)
{
    start_echo(0, 0);
    WDFUSEFILE file = open_file();
    write_text(file, "message");
    control(file, echoes[_i], "hello", 5, output, 5, STATUS_SUCCESS);
    ck_assert_uint_eq(read_output(file), 7);
    ck_assert_mem_eq(output, "message", 7);
}
END_TEST

/* ---- the message ---- */

START_TEST(what_in_direct_brings_is_the_message)
{
    char data[] = "data in the output buffer";
    start_echo(_i, 0);
    WDFUSEFILE file = open_file();
    ck_assert_uint_eq(control(file, IOCTL_ECHO_IN_DIRECT, NULL, 0, data, 4, STATUS_SUCCESS), 4);
    ck_assert_uint_eq(read_output(file), 4);
    ck_assert_mem_eq(output, "data.", 5);
    ck_assert_str_eq(data, "data in the output buffer");
}
END_TEST

START_TEST(in_direct_refuses_input_and_what_is_no_message)
{
    static char long_message[31 * 4096 + 1];
    start_echo(_i, 0);
    WDFUSEFILE file = open_file();
    control(file, IOCTL_ECHO_IN_DIRECT, "input", 5, output, 5, STATUS_INVALID_PARAMETER);
    control(file, IOCTL_ECHO_IN_DIRECT, NULL, 0, NULL, 0, STATUS_BUFFER_TOO_SMALL);
    control(file, IOCTL_ECHO_IN_DIRECT, NULL, 0, long_message, sizeof(long_message),
            STATUS_INVALID_BUFFER_SIZE);
    ck_assert_uint_eq(statistics(file).MessageLength, 0);
}
END_TEST

START_TEST(a_waiting_read_gets_what_in_direct_brings)
{
    start_echo(2, 0);
    WDFUSEIO io = WdfuseInprocBeginRead(open_file(), output, sizeof(output));
    char data[] = "data";
    control(open_file(), IOCTL_ECHO_IN_DIRECT, NULL, 0, data, 4, STATUS_SUCCESS);
    ck_assert(WdfuseInprocIsComplete(io));
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 4);
}
END_TEST

/* For the automatic drivers: with manual dispatch a read would wait. */
START_TEST(a_cleared_message_reads_as_nothing)
{
    start_echo(_i, 0);
    WDFUSEFILE file = open_file();
    write_text(file, "message");
    control(file, IOCTL_ECHO_CLEAR, NULL, 0, NULL, 0, STATUS_SUCCESS);
    ck_assert_uint_eq(read_output(file), 0);
    ck_assert_uint_eq(statistics(file).MessageLength, 0);
    write_text(file, "another");
    ck_assert_uint_eq(read_output(file), 7);
}
END_TEST

/* A position in the previous message means nothing. */
START_TEST(a_message_can_be_cleared_while_it_is_being_read)
{
    char first[3];
    start_echo(0, 0);
    WDFUSEFILE file = open_file();
    write_text(file, "message");
    ck_status_eq(WdfuseInprocRead(file, first, sizeof(first), NULL), STATUS_SUCCESS);
    control(file, IOCTL_ECHO_CLEAR, NULL, 0, NULL, 0, STATUS_SUCCESS);
    ck_assert_uint_eq(read_output(file), 0);
}
END_TEST

/* ---- the delay ---- */

START_TEST(a_control_does_not_wait_behind_a_write)
{
    start_echo(_i, 1000);
    WDFUSEFILE file = open_file();
    WDFUSEIO io = WdfuseInprocBeginWrite(file, "message", 7);
    ck_assert_uint_eq(statistics(file).Delay, 1000);
    ck_assert(!WdfuseInprocIsComplete(io));
    advance_ms(1000);
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

START_TEST(a_shorter_delay_is_for_the_writes_from_now_on_which_may_be_over_before)
{
    start_echo(1, 100);
    WDFUSEFILE file = open_file();
    WDFUSEIO slow = WdfuseInprocBeginWrite(file, "slow", 4);
    set_delay(file, 10);
    WDFUSEIO fast = WdfuseInprocBeginWrite(file, "fast", 4);
    advance_ms(10);
    ck_assert(WdfuseInprocIsComplete(fast));
    ck_assert(!WdfuseInprocIsComplete(slow));
    advance_ms(90);
    finish_with(fast, STATUS_SUCCESS);
    finish_with(slow, STATUS_SUCCESS);
}
END_TEST

START_TEST(writes_of_different_delays_are_answered_in_the_order_of_their_ends)
{
    static const uint32_t delays[] = {50, 10, 30, 0, 40, 20};
    WDFUSEIO ios[RTL_NUMBER_OF(delays)];
    start_echo(1, 0);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < RTL_NUMBER_OF(delays); i++) {
        set_delay(file, delays[i]);
        ios[i] = WdfuseInprocBeginWrite(file, "x", 1);
    }
    for (uint32_t now = 0; now <= 50; now += 10) {
        advance_ms(now == 0 ? 0 : 10);
        for (unsigned i = 0; i < RTL_NUMBER_OF(delays); i++)
            ck_assert_msg(WdfuseInprocIsComplete(ios[i]) == (delays[i] <= now), "delay %u at %u",
                          delays[i], now);
    }
    for (unsigned i = 0; i < RTL_NUMBER_OF(delays); i++)
        finish_with(ios[i], STATUS_SUCCESS);
}
END_TEST

START_TEST(a_delay_is_four_bytes_and_at_most_an_hour)
{
    const uint32_t longest = ECHO_DELAY_MAX, too_long = ECHO_DELAY_MAX + 1;
    start_echo(0, 5);
    WDFUSEFILE file = open_file();
    control(file, IOCTL_ECHO_SET_DELAY, &too_long, sizeof(too_long), NULL, 0,
            STATUS_INVALID_PARAMETER);
    control(file, IOCTL_ECHO_SET_DELAY, &longest, 3, NULL, 0, STATUS_BUFFER_TOO_SMALL);
    control(file, IOCTL_ECHO_SET_DELAY, NULL, 0, NULL, 0, STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(statistics(file).Delay, 5);
    set_delay(file, longest);
    ck_assert_uint_eq(statistics(file).Delay, ECHO_DELAY_MAX);
}
END_TEST

/* ---- statistics ---- */

START_TEST(statistics_count_what_was_done)
{
    char data[] = "by control";
    start_echo(0, 0);
    WDFUSEFILE file = open_file();
    write_text(file, "message");
    read_output(file);
    read_output(file); /* nothing is left */
    control(file, IOCTL_ECHO_IN_DIRECT, NULL, 0, data, 10, STATUS_SUCCESS);
    ECHO_STATISTICS now = statistics(file);
    ck_assert_uint_eq(now.Reads, 1);
    ck_assert_uint_eq(now.BytesRead, 7);
    ck_assert_uint_eq(now.Messages, 2);
    ck_assert_uint_eq(now.BytesWritten, 17);
    ck_assert_uint_eq(now.MessageLength, 10);
    ck_assert_uint_eq(now.Controls, 2);
    ck_assert_uint_eq(statistics(file).Controls, 3);
}
END_TEST

START_TEST(statistics_want_their_whole_length)
{
    start_echo(0, 0);
    control(open_file(), IOCTL_ECHO_GET_STATISTICS, NULL, 0, output, sizeof(ECHO_STATISTICS) - 1,
            STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(output[0], '.');
}
END_TEST

/* ---- */

static TCase *echo_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, device_stop);
    return tests;
}

static TCase *echo_tests(void)
{
    TCase *tests = echo_case("echoes");
    tcase_add_loop_test(tests, each_method_gives_back_what_it_was_given, 0, ECHOES);
    tcase_add_loop_test(tests, a_longer_buffer_keeps_its_end, 0, ECHOES);
    tcase_add_loop_test(tests, a_shorter_buffer_gets_the_beginning_and_a_warning, 0, ECHOES);
    tcase_add_loop_test(tests, no_input_or_no_output_is_too_small, 0, ECHOES);
    tcase_add_test(tests, a_bad_address_is_an_access_violation);
    tcase_add_loop_test(tests, an_echo_leaves_the_message_alone, 0, ECHOES);
    return tests;
}

static TCase *message_tests(void)
{
    TCase *tests = echo_case("message");
    tcase_add_loop_test(tests, what_in_direct_brings_is_the_message, 0, DISPATCHES);
    tcase_add_loop_test(tests, in_direct_refuses_input_and_what_is_no_message, 0, DISPATCHES);
    tcase_add_test(tests, a_waiting_read_gets_what_in_direct_brings);
    tcase_add_loop_test(tests, a_cleared_message_reads_as_nothing, 0, DISPATCHES - 1);
    tcase_add_test(tests, a_message_can_be_cleared_while_it_is_being_read);
    return tests;
}

static TCase *delay_tests(void)
{
    TCase *tests = echo_case("delay");
    tcase_add_loop_test(tests, a_control_does_not_wait_behind_a_write, 0, DISPATCHES);
    tcase_add_test(tests, a_shorter_delay_is_for_the_writes_from_now_on_which_may_be_over_before);
    tcase_add_test(tests, writes_of_different_delays_are_answered_in_the_order_of_their_ends);
    tcase_add_test(tests, a_delay_is_four_bytes_and_at_most_an_hour);
    return tests;
}

static TCase *statistics_tests(void)
{
    TCase *tests = echo_case("statistics");
    tcase_add_test(tests, statistics_count_what_was_done);
    tcase_add_test(tests, statistics_want_their_whole_length);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("echocontrol");
    suite_add_tcase(suite, echo_tests());
    suite_add_tcase(suite, message_tests());
    suite_add_tcase(suite, delay_tests());
    suite_add_tcase(suite, statistics_tests());
    return unit_run(suite);
}
