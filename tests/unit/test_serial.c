/* The virtual serial port (app/serial), as a Windows client would use it. */
#include <string.h>

#include <ntddser.h>
#include <wdfuse/poll.h>

#include "device.h"
#include "unit.h"

DRIVER_INITIALIZE DriverEntry;

static WDFUSEFILE port;
static char buffer[8192];

static void setup(void)
{
    device_start_driver(DriverEntry);
    port = open_file();
}

static NTSTATUS control(ULONG code, const void *input, size_t input_length, void *output,
                        size_t output_length)
{
    size_t count = 0;
    NTSTATUS status =
        WdfuseInprocIoctl(port, code, input, input_length, output, output_length, &count);
    if (NT_SUCCESS(status))
        ck_assert_uint_eq(count, output_length);
    return status;
}

static void send_control(ULONG code)
{
    ck_status_eq(control(code, NULL, 0, NULL, 0), STATUS_SUCCESS);
}

static void set_number(ULONG code, ULONG number)
{
    ck_status_eq(control(code, &number, sizeof(number), NULL, 0), STATUS_SUCCESS);
}

static ULONG number(ULONG code)
{
    ULONG value;
    ck_status_eq(control(code, NULL, 0, &value, sizeof(value)), STATUS_SUCCESS);
    return value;
}

static void set_timeouts(ULONG interval, ULONG multiplier, ULONG constant)
{
    SERIAL_TIMEOUTS timeouts = {interval, multiplier, constant, 0, 0};
    ck_status_eq(control(IOCTL_SERIAL_SET_TIMEOUTS, &timeouts, sizeof(timeouts), NULL, 0),
                 STATUS_SUCCESS);
}

static void write_text(const char *text)
{
    size_t count;
    ck_status_eq(WdfuseInprocWrite(port, text, strlen(text), &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, strlen(text));
}

static WDFUSEIO begin_read(size_t length)
{
    memset(buffer, 0, sizeof(buffer));
    WDFUSEIO io = WdfuseInprocBeginRead(port, buffer, length);
    ck_assert_ptr_nonnull(io);
    return io;
}

#define ck_pending(io) ck_assert_msg(!WdfuseInprocIsComplete(io), "%s is answered", #io)

static void expect_read(WDFUSEIO io, NTSTATUS status, const char *text)
{
    ck_assert_msg(WdfuseInprocIsComplete(io), "the read still waits");
    ck_assert_uint_eq(finish_with(io, status), strlen(text));
    ck_assert_mem_eq(buffer, text, strlen(text));
}

/* ---- data ---- */

START_TEST(what_is_written_is_read)
{
    write_text("hello");
    expect_read(begin_read(64), STATUS_SUCCESS, "hello");
}
END_TEST

START_TEST(a_read_waits_for_the_first_byte)
{
    WDFUSEIO io = begin_read(64);
    ck_pending(io);
    write_text("x");
    expect_read(io, STATUS_SUCCESS, "x");
}
END_TEST

START_TEST(reads_are_served_in_turn)
{
    static char first[4], second[4];
    WDFUSEIO ios[] = {WdfuseInprocBeginRead(port, first, 2),
                      WdfuseInprocBeginRead(port, second, 2)};
    write_text("abcd");
    finish_with(ios[0], STATUS_SUCCESS);
    finish_with(ios[1], STATUS_SUCCESS);
    ck_assert_str_eq(first, "ab");
    ck_assert_str_eq(second, "cd");
}
END_TEST

/* The port holds 4096 bytes. */
START_TEST(a_write_waits_for_room)
{
    static char much[6000];
    memset(much, 'm', sizeof(much));
    WDFUSEIO io = WdfuseInprocBeginWrite(port, much, sizeof(much));
    ck_pending(io);
    ck_assert_uint_eq(finish_with(begin_read(5000), STATUS_SUCCESS), 4096);
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 6000);
    ck_assert_uint_eq(finish_with(begin_read(5000), STATUS_SUCCESS), 6000 - 4096);
}
END_TEST

START_TEST(a_write_that_is_given_up_says_how_much_was_sent)
{
    static char much[6000];
    WDFUSEIO io = WdfuseInprocBeginWrite(port, much, sizeof(much));
    WdfuseInprocCancel(io);
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 4096);
}
END_TEST

START_TEST(a_read_that_is_given_up_takes_nothing)
{
    WDFUSEIO io = begin_read(8);
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED);
    write_text("later");
    expect_read(begin_read(8), STATUS_SUCCESS, "later");
}
END_TEST

START_TEST(closing_the_port_ends_its_reads)
{
    WDFUSEIO io = begin_read(8);
    close_file(port);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(suspended_the_port_keeps_what_waits)
{
    WDFUSEIO io = begin_read(8);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    write_text("awake");
    expect_read(io, STATUS_SUCCESS, "awake");
}
END_TEST

START_TEST(poll_tells_whether_a_read_or_a_write_would_wait)
{
    static char much[4096];
    ck_assert_uint_eq(WdfuseInprocPoll(port), WdfusePollOut);
    write_text("x");
    ck_assert_uint_eq(WdfuseInprocPoll(port), WdfusePollIn | WdfusePollOut);
    size_t count;
    ck_status_eq(WdfuseInprocWrite(port, much, 4095, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocPoll(port), WdfusePollIn);
    finish_with(begin_read(5000), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocPoll(port), WdfusePollOut);
}
END_TEST

/* ---- timeouts ---- */

START_TEST(without_timeouts_a_read_waits_for_all_its_bytes)
{
    set_timeouts(0, 0, 0);
    WDFUSEIO io = begin_read(4);
    write_text("abc");
    ck_pending(io);
    write_text("d");
    expect_read(io, STATUS_SUCCESS, "abcd");
}
END_TEST

START_TEST(a_read_may_return_at_once)
{
    set_timeouts(MAXULONG, 0, 0);
    expect_read(begin_read(4), STATUS_SUCCESS, "");
    write_text("ab");
    expect_read(begin_read(4), STATUS_SUCCESS, "ab");
}
END_TEST

START_TEST(a_read_waits_some_time_for_the_first_byte)
{
    set_timeouts(MAXULONG, MAXULONG, 50);
    WDFUSEIO io = begin_read(4);
    advance_ms(49);
    ck_pending(io);
    advance_ms(1);
    expect_read(io, STATUS_TIMEOUT, "");
}
END_TEST

/* 10 ms for each of 4 bytes, and 20 ms. */
START_TEST(the_total_time_of_a_read_depends_on_its_length)
{
    set_timeouts(0, 10, 20);
    WDFUSEIO io = begin_read(4);
    write_text("ab");
    advance_ms(59);
    ck_pending(io);
    advance_ms(1);
    expect_read(io, STATUS_TIMEOUT, "ab");
}
END_TEST

START_TEST(the_interval_begins_with_the_first_byte)
{
    set_timeouts(10, 0, 0);
    WDFUSEIO io = begin_read(4);
    advance_ms(1000);
    ck_pending(io);
    write_text("a");
    advance_ms(9);
    write_text("b");
    advance_ms(9);
    ck_pending(io);
    advance_ms(1);
    expect_read(io, STATUS_TIMEOUT, "ab");
}
END_TEST

START_TEST(the_next_reads_time_begins_when_its_turn_comes)
{
    static char other[4];
    set_timeouts(0, 0, 50);
    WDFUSEIO first = begin_read(4);
    advance_ms(40);
    WDFUSEIO second = WdfuseInprocBeginRead(port, other, sizeof(other));
    WdfuseInprocCancel(first);
    finish_with(first, STATUS_CANCELLED);
    advance_ms(49);
    ck_pending(second);
    advance_ms(1);
    ck_assert_uint_eq(finish_with(second, STATUS_TIMEOUT), 0);
}
END_TEST

START_TEST(timeouts_that_mean_nothing_are_refused)
{
    SERIAL_TIMEOUTS timeouts = {MAXULONG, MAXULONG, MAXULONG, 0, 0};
    ck_status_eq(control(IOCTL_SERIAL_SET_TIMEOUTS, &timeouts, sizeof(timeouts), NULL, 0),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

/* ---- waiting for events ---- */

static ULONG events;

static WDFUSEIO begin_wait(void)
{
    events = MAXULONG;
    WDFUSEIO io =
        WdfuseInprocBeginIoctl(port, IOCTL_SERIAL_WAIT_ON_MASK, NULL, 0, &events, sizeof(events));
    ck_assert_ptr_nonnull(io);
    return io;
}

static void expect_events(WDFUSEIO io, ULONG expected)
{
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), sizeof(events));
    ck_assert_uint_eq(events, expected);
}

START_TEST(a_wait_ends_when_a_byte_comes)
{
    set_number(IOCTL_SERIAL_SET_WAIT_MASK, SERIAL_EV_RXCHAR);
    WDFUSEIO io = begin_wait();
    ck_pending(io);
    write_text("x");
    expect_events(io, SERIAL_EV_RXCHAR);
}
END_TEST

START_TEST(a_wait_hears_of_what_has_happened_before)
{
    set_number(IOCTL_SERIAL_SET_WAIT_MASK, SERIAL_EV_RXCHAR | SERIAL_EV_TXEMPTY);
    write_text("x");
    expect_events(begin_wait(), SERIAL_EV_RXCHAR | SERIAL_EV_TXEMPTY);
    WDFUSEIO io = begin_wait();
    ck_pending(io);
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(a_new_mask_ends_the_wait_for_the_old_one)
{
    set_number(IOCTL_SERIAL_SET_WAIT_MASK, SERIAL_EV_RXCHAR);
    WDFUSEIO io = begin_wait();
    set_number(IOCTL_SERIAL_SET_WAIT_MASK, SERIAL_EV_CTS);
    expect_events(io, 0);
    ck_assert_uint_eq(number(IOCTL_SERIAL_GET_WAIT_MASK), SERIAL_EV_CTS);
}
END_TEST

START_TEST(one_waits_at_a_time_and_for_something)
{
    ULONG mask;
    ck_status_eq(control(IOCTL_SERIAL_WAIT_ON_MASK, NULL, 0, &mask, sizeof(mask)),
                 STATUS_INVALID_PARAMETER);
    set_number(IOCTL_SERIAL_SET_WAIT_MASK, SERIAL_EV_RXCHAR);
    WDFUSEIO io = begin_wait();
    ck_status_eq(control(IOCTL_SERIAL_WAIT_ON_MASK, NULL, 0, &mask, sizeof(mask)),
                 STATUS_INVALID_PARAMETER);
    write_text("x");
    expect_events(io, SERIAL_EV_RXCHAR);
}
END_TEST

START_TEST(an_unknown_event_is_refused)
{
    ULONG mask = 0x8000;
    ck_status_eq(control(IOCTL_SERIAL_SET_WAIT_MASK, &mask, sizeof(mask), NULL, 0),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

/* ---- settings and lines ---- */

START_TEST(settings_read_back_as_set)
{
    SERIAL_LINE_CONTROL line = {STOP_BITS_2, EVEN_PARITY, 7};
    SERIAL_LINE_CONTROL got;
    set_number(IOCTL_SERIAL_SET_BAUD_RATE, 9600);
    ck_assert_uint_eq(number(IOCTL_SERIAL_GET_BAUD_RATE), 9600);
    ck_status_eq(control(IOCTL_SERIAL_SET_LINE_CONTROL, &line, sizeof(line), NULL, 0),
                 STATUS_SUCCESS);
    ck_status_eq(control(IOCTL_SERIAL_GET_LINE_CONTROL, NULL, 0, &got, sizeof(got)),
                 STATUS_SUCCESS);
    ck_assert_mem_eq(&got, &line, sizeof(line));
}
END_TEST

START_TEST(settings_that_no_port_has_are_refused)
{
    SERIAL_LINE_CONTROL line = {STOP_BIT_1, NO_PARITY, 9};
    ULONG none = 0;
    ck_status_eq(control(IOCTL_SERIAL_SET_LINE_CONTROL, &line, sizeof(line), NULL, 0),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(control(IOCTL_SERIAL_SET_BAUD_RATE, &none, sizeof(none), NULL, 0),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(control(IOCTL_SERIAL_SET_BAUD_RATE, &none, 3, NULL, 0), STATUS_BUFFER_TOO_SMALL);
    ck_status_eq(control(0x1B3FFC, NULL, 0, NULL, 0), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

START_TEST(the_plug_connects_the_lines)
{
    send_control(IOCTL_SERIAL_CLR_DTR);
    send_control(IOCTL_SERIAL_CLR_RTS);
    set_number(IOCTL_SERIAL_SET_WAIT_MASK, SERIAL_EV_DSR | SERIAL_EV_RLSD);
    ck_assert_uint_eq(number(IOCTL_SERIAL_GET_MODEMSTATUS), 0);
    WDFUSEIO io = begin_wait();
    send_control(IOCTL_SERIAL_SET_RTS);
    ck_pending(io);
    send_control(IOCTL_SERIAL_SET_DTR);
    expect_events(io, SERIAL_EV_DSR | SERIAL_EV_RLSD);
    ck_assert_uint_eq(number(IOCTL_SERIAL_GET_MODEMSTATUS),
                      SERIAL_CTS_STATE | SERIAL_DSR_STATE | SERIAL_DCD_STATE);
    send_control(IOCTL_SERIAL_CLR_RTS);
    ck_assert_uint_eq(number(IOCTL_SERIAL_GET_DTRRTS), SERIAL_DTR_STATE);
}
END_TEST

static ULONG bytes_inside(void)
{
    SERIAL_STATUS state;
    ck_status_eq(control(IOCTL_SERIAL_GET_COMMSTATUS, NULL, 0, &state, sizeof(state)),
                 STATUS_SUCCESS);
    return state.AmountInInQueue;
}

START_TEST(a_purge_throws_away_what_was_received)
{
    write_text("gone");
    ck_assert_uint_eq(bytes_inside(), 4);
    set_number(IOCTL_SERIAL_PURGE, SERIAL_PURGE_RXCLEAR);
    ck_assert_uint_eq(bytes_inside(), 0);
}
END_TEST

START_TEST(a_purge_ends_the_reads_that_wait)
{
    WDFUSEIO io = begin_read(4);
    set_number(IOCTL_SERIAL_PURGE, SERIAL_PURGE_RXABORT);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

static Suite *serial_suite(void)
{
    Suite *suite = suite_create("serial");
    TCase *cases = tcase_create("serial");
    tcase_add_checked_fixture(cases, setup, device_stop);
    tcase_add_test(cases, what_is_written_is_read);
    tcase_add_test(cases, a_read_waits_for_the_first_byte);
    tcase_add_test(cases, reads_are_served_in_turn);
    tcase_add_test(cases, a_write_waits_for_room);
    tcase_add_test(cases, a_write_that_is_given_up_says_how_much_was_sent);
    tcase_add_test(cases, a_read_that_is_given_up_takes_nothing);
    tcase_add_test(cases, closing_the_port_ends_its_reads);
    tcase_add_test(cases, suspended_the_port_keeps_what_waits);
    tcase_add_test(cases, poll_tells_whether_a_read_or_a_write_would_wait);
    tcase_add_test(cases, without_timeouts_a_read_waits_for_all_its_bytes);
    tcase_add_test(cases, a_read_may_return_at_once);
    tcase_add_test(cases, a_read_waits_some_time_for_the_first_byte);
    tcase_add_test(cases, the_total_time_of_a_read_depends_on_its_length);
    tcase_add_test(cases, the_interval_begins_with_the_first_byte);
    tcase_add_test(cases, the_next_reads_time_begins_when_its_turn_comes);
    tcase_add_test(cases, timeouts_that_mean_nothing_are_refused);
    tcase_add_test(cases, a_wait_ends_when_a_byte_comes);
    tcase_add_test(cases, a_wait_hears_of_what_has_happened_before);
    tcase_add_test(cases, a_new_mask_ends_the_wait_for_the_old_one);
    tcase_add_test(cases, one_waits_at_a_time_and_for_something);
    tcase_add_test(cases, an_unknown_event_is_refused);
    tcase_add_test(cases, settings_read_back_as_set);
    tcase_add_test(cases, settings_that_no_port_has_are_refused);
    tcase_add_test(cases, the_plug_connects_the_lines);
    tcase_add_test(cases, a_purge_throws_away_what_was_received);
    tcase_add_test(cases, a_purge_ends_the_reads_that_wait);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return unit_run(serial_suite());
}
