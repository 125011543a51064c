/* Terminals (<wdfuse/tty.h>), by the virtual serial port that answers as one. */
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <string.h>
#include <sys/ioctl.h>

#include <ntddser.h>
#include <wdfuse/tty.h>

#include "device.h"
#include "unit.h"

DRIVER_INITIALIZE DriverEntry;

static WDFUSEFILE port;
static char buffer[64];

static void setup(void)
{
    device_start_driver(DriverEntry);
    port = open_file();
}

static WDFUSEIO begin_ioctl(ULONG code, void *argument)
{
    WDFUSEIO io = WdfuseInprocBeginNativeIoctl(port, code, argument);
    ck_assert_ptr_nonnull(io);
    return io;
}

static NTSTATUS terminal(ULONG code, void *argument)
{
    return WdfuseInprocFinish(begin_ioctl(code, argument), NULL);
}

static NTSTATUS terminal_value(ULONG code, uintptr_t value)
{
    return terminal(code, (void *)value);
}

static int number(ULONG code)
{
    int value = -1;
    ck_status_eq(terminal(code, &value), STATUS_SUCCESS);
    return value;
}

static struct termios2 settings(void)
{
    struct termios2 found;
    memset(&found, 0xee, sizeof(found));
    ck_status_eq(terminal(TCGETS2, &found), STATUS_SUCCESS);
    return found;
}

static void set(struct termios2 wanted)
{
    ck_status_eq(terminal(TCSETS2, &wanted), STATUS_SUCCESS);
}

static void write_text(const char *text)
{
    ck_status_eq(WdfuseInprocWrite(port, text, strlen(text), NULL), STATUS_SUCCESS);
}

static WDFUSEIO begin_read(size_t length)
{
    memset(buffer, 0, sizeof(buffer));
    WDFUSEIO io = WdfuseInprocBeginRead(port, buffer, length);
    ck_assert_ptr_nonnull(io);
    return io;
}

#define ck_pending(io) ck_assert_msg(!WdfuseInprocIsComplete(io), "%s is answered", #io)

static void set_timing(unsigned char minimum, unsigned char time)
{
    struct termios2 wanted = settings();
    wanted.c_cc[VMIN] = minimum;
    wanted.c_cc[VTIME] = time;
    set(wanted);
}

/* ---- settings ---- */

START_TEST(a_port_begins_as_a_raw_terminal)
{
    struct termios2 found = settings();
    ck_assert_uint_eq(found.c_iflag | found.c_oflag | found.c_lflag, 0);
    ck_assert_uint_eq(found.c_cflag, B115200 | CS8 | CREAD | HUPCL | CLOCAL);
    ck_assert_uint_eq(found.c_ospeed, 115200);
    ck_assert_uint_eq(found.c_ispeed, 115200);
    ck_assert_uint_eq(found.c_cc[VMIN], 1);
}
END_TEST

START_TEST(the_old_structure_is_the_beginning_of_the_new_one)
{
    struct termios old;
    struct termios2 found = settings();
    unsigned char bytes[sizeof(old) + 4];
    memset(bytes, 0xee, sizeof(bytes));
    ck_status_eq(terminal(TCGETS, bytes), STATUS_SUCCESS);
    ck_assert_mem_eq(bytes, &found, offsetof(struct termios2, c_ispeed));
    ck_assert_uint_eq(bytes[sizeof(old)], 0xee);
}
END_TEST

START_TEST(what_is_set_is_read_back_and_counts_for_windows_clients)
{
    static const ULONG numbers[] = {TCSETS, TCSETSW, TCSETSF};
    struct termios wanted;
    SERIAL_BAUD_RATE rate;
    SERIAL_LINE_CONTROL line;
    memset(&wanted, 0, sizeof(wanted));
    wanted.c_cflag = B9600 | CS7 | CSTOPB | PARENB | PARODD | CREAD;
    wanted.c_cc[VMIN] = 1;
    ck_status_eq(terminal(numbers[_i], &wanted), STATUS_SUCCESS);
    ck_assert_uint_eq(settings().c_cflag, wanted.c_cflag);
    ck_assert_uint_eq(settings().c_ospeed, 9600);
    ck_status_eq(
        WdfuseInprocIoctl(port, IOCTL_SERIAL_GET_BAUD_RATE, NULL, 0, &rate, sizeof(rate), NULL),
        STATUS_SUCCESS);
    ck_status_eq(
        WdfuseInprocIoctl(port, IOCTL_SERIAL_GET_LINE_CONTROL, NULL, 0, &line, sizeof(line), NULL),
        STATUS_SUCCESS);
    ck_assert_uint_eq(rate.BaudRate, 9600);
    ck_assert_uint_eq(line.WordLength, 7);
    ck_assert_uint_eq(line.StopBits, STOP_BITS_2);
    ck_assert_uint_eq(line.Parity, ODD_PARITY);
}
END_TEST

START_TEST(a_speed_without_a_code_stands_beside)
{
    static const unsigned speeds[] = {1, 31250, 4000000000u};
    struct termios2 wanted = settings();
    wanted.c_cflag = (wanted.c_cflag & ~(unsigned)CBAUD) | BOTHER;
    wanted.c_ospeed = speeds[_i];
    set(wanted);
    ck_assert_uint_eq(settings().c_ospeed, speeds[_i]);
    ck_assert_uint_eq(settings().c_ispeed, speeds[_i]);
}
END_TEST

START_TEST(a_speed_of_zero_hangs_up)
{
    int lines = TIOCM_DTR | TIOCM_RTS;
    ck_status_eq(terminal(TIOCMSET, &lines), STATUS_SUCCESS);
    struct termios2 wanted = settings();
    wanted.c_cflag = (wanted.c_cflag & ~(unsigned)CBAUD) | (_i == 0 ? B0 : BOTHER);
    wanted.c_ospeed = 0;
    set(wanted);
    ck_assert_int_eq(number(TIOCMGET), 0);
}
END_TEST

static void set_lines(int lines)
{
    ck_status_eq(terminal(TIOCMSET, &lines), STATUS_SUCCESS);
}

/* What is not supported is read back as 0. */
START_TEST(of_settings_with_every_bit_set_those_that_do_something_are_taken)
{
    struct termios2 wanted;
    memset(&wanted, 0xff, sizeof(wanted));
    set(wanted);
    struct termios2 found = settings();
    ck_assert_uint_eq(found.c_line, 0);
    ck_assert_uint_eq(found.c_lflag & (XCASE | FLUSHO | PENDIN | EXTPROC), 0);
    ck_assert_uint_eq(found.c_lflag & (ICANON | ECHO | ISIG | IEXTEN),
                      ICANON | ECHO | ISIG | IEXTEN);
    ck_assert_uint_eq(found.c_oflag & (OFILL | OFDEL | NLDLY | CRDLY | FFDLY), 0);
    ck_assert_uint_eq(found.c_oflag & (OPOST | ONLCR | TABDLY), OPOST | ONLCR | XTABS);
    ck_assert_uint_eq(found.c_cflag & CSIZE, CS8);
    ck_assert_uint_eq(found.c_ospeed, 4000000); /* the last code */
    ck_assert_uint_eq(found.c_cc[VEOF], 0xff);
    /* It goes on: whatever comes, a raw terminal can be had again. */
    write_text("\r\n\t\x11\x03");
    memset(&wanted, 0, sizeof(wanted));
    wanted.c_cflag = B9600 | CS8 | CREAD;
    wanted.c_cc[VMIN] = 1;
    ck_status_eq(terminal(TCSETSF2, &wanted), STATUS_SUCCESS);
    ck_status_eq(terminal_value(TCFLSH, TCIOFLUSH), STATUS_SUCCESS); /* echoes of echoes */
    ck_assert_int_eq(number(FIONREAD), 0);
    write_text("\r\n\x11\x03");
    ck_assert_uint_eq(finish_with(begin_read(4), STATUS_SUCCESS), 4);
    ck_assert_mem_eq(buffer, "\r\n\x11\x03", 4);
}
END_TEST

START_TEST(the_size_of_the_window_is_kept)
{
    struct winsize wanted = {25, 80, 1, 2}, found;
    ck_status_eq(terminal(TIOCSWINSZ, &wanted), STATUS_SUCCESS);
    ck_status_eq(terminal(TIOCGWINSZ, &found), STATUS_SUCCESS);
    ck_assert_mem_eq(&found, &wanted, sizeof(found));
}
END_TEST

START_TEST(the_port_itself_can_be_asked_for_but_not_be_changed)
{
    struct serial_struct found;
    ck_status_eq(terminal(TIOCGSERIAL, &found), STATUS_SUCCESS);
    ck_assert_int_eq(found.baud_base, 115200);
    ck_status_eq(terminal(TIOCSSERIAL, &found), STATUS_ACCESS_DENIED);
    ck_assert_int_eq(number(TIOCGETD), 0);
}
END_TEST

/* ---- when a read ends ---- */

START_TEST(a_read_waits_for_vmin_bytes)
{
    set_timing(3, 0);
    WDFUSEIO read = begin_read(10);
    write_text("ab");
    ck_pending(read);
    write_text("cd");
    ck_assert_uint_eq(finish_with(read, STATUS_SUCCESS), 3 + 1);
    ck_assert_str_eq(buffer, "abcd");
}
END_TEST

START_TEST(after_vtime_without_a_byte_a_read_ends_with_what_it_has)
{
    set_timing(3, 2);
    WDFUSEIO read = begin_read(10);
    advance_ms(1000);
    ck_pending(read);
    write_text("ab");
    advance_ms(199);
    ck_pending(read);
    advance_ms(1);
    ck_assert_uint_eq(WdfuseInprocIsComplete(read), TRUE);
    size_t count;
    ck_assert(!NT_ERROR(WdfuseInprocFinish(read, &count)));
    ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(without_vmin_and_vtime_a_read_does_not_wait)
{
    set_timing(0, 0);
    ck_assert_uint_eq(finish_with(begin_read(10), STATUS_SUCCESS), 0);
}
END_TEST

START_TEST(a_reader_waits_by_the_settings_that_another_one_has_changed)
{
    WDFUSEIO read = begin_read(10);
    ck_pending(read);
    set_timing(0, 0);
    ck_assert_uint_eq(finish_with(read, STATUS_SUCCESS), 0);
}
END_TEST

/* ---- lines ---- */

START_TEST(the_lines_that_are_set_come_back_by_the_plug)
{
    int dtr = TIOCM_DTR, rts = TIOCM_RTS, both = TIOCM_DTR | TIOCM_RTS;
    ck_assert_int_eq(number(TIOCMGET), TIOCM_DTR | TIOCM_RTS | TIOCM_DSR | TIOCM_CAR | TIOCM_CTS);
    set_lines(0);
    ck_assert_int_eq(number(TIOCMGET), 0);
    ck_status_eq(terminal(TIOCMBIS, &dtr), STATUS_SUCCESS);
    ck_assert_int_eq(number(TIOCMGET), TIOCM_DTR | TIOCM_DSR | TIOCM_CAR);
    ck_status_eq(terminal(TIOCMBIS, &rts), STATUS_SUCCESS);
    ck_status_eq(terminal(TIOCMBIC, &dtr), STATUS_SUCCESS);
    ck_assert_int_eq(number(TIOCMGET), TIOCM_RTS | TIOCM_CTS);
    ck_status_eq(terminal(TIOCMSET, &both), STATUS_SUCCESS);
    ck_assert_int_eq(number(TIOCMGET), TIOCM_DTR | TIOCM_RTS | TIOCM_DSR | TIOCM_CAR | TIOCM_CTS);
    /* Inputs are not set by anybody, nor lines that there are not. */
    int all = -1;
    ck_status_eq(terminal(TIOCMBIC, &all), STATUS_SUCCESS);
    ck_assert_int_eq(number(TIOCMGET), 0);
}
END_TEST

START_TEST(windows_and_linux_clients_see_the_same_lines)
{
    ULONG status;
    set_lines(0);
    ck_status_eq(WdfuseInprocIoctl(port, IOCTL_SERIAL_SET_DTR, NULL, 0, NULL, 0, NULL),
                 STATUS_SUCCESS);
    ck_assert_int_eq(number(TIOCMGET), TIOCM_DTR | TIOCM_DSR | TIOCM_CAR);
    int rts = TIOCM_RTS;
    ck_status_eq(terminal(TIOCMSET, &rts), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocIoctl(port, IOCTL_SERIAL_GET_MODEMSTATUS, NULL, 0, &status,
                                   sizeof(status), NULL),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(status, SERIAL_CTS_STATE);
}
END_TEST

START_TEST(who_waits_for_a_line_is_told_when_it_changes)
{
    int dtr = TIOCM_DTR, rts = TIOCM_RTS;
    set_lines(0);
    WDFUSEIO dsr_wait = begin_ioctl(TIOCMIWAIT, (void *)(uintptr_t)TIOCM_DSR);
    WDFUSEIO cts_wait = begin_ioctl(TIOCMIWAIT, (void *)(uintptr_t)(TIOCM_CTS | TIOCM_RNG));
    WDFUSEIO other_wait = begin_ioctl(TIOCMIWAIT, (void *)(uintptr_t)TIOCM_DSR);
    ck_status_eq(terminal(TIOCMBIS, &rts), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocFinish(cts_wait, NULL), STATUS_SUCCESS);
    ck_pending(dsr_wait);
    ck_pending(other_wait);
    ck_status_eq(terminal(TIOCMBIS, &dtr), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocFinish(dsr_wait, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocFinish(other_wait, NULL), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_wait_for_a_line_can_be_given_up)
{
    WDFUSEIO wait = begin_ioctl(TIOCMIWAIT, (void *)(uintptr_t)TIOCM_CTS);
    ck_pending(wait);
    WdfuseInprocCancel(wait);
    ck_status_eq(WdfuseInprocFinish(wait, NULL), STATUS_CANCELLED);
    ck_status_eq(terminal_value(TIOCMIWAIT, 0), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(changes_of_lines_are_counted)
{
    int rts = TIOCM_RTS;
    struct serial_icounter_struct counts;
    ck_status_eq(terminal(TIOCMBIS, &rts), STATUS_SUCCESS);
    ck_status_eq(terminal(TIOCMBIC, &rts), STATUS_SUCCESS);
    ck_status_eq(terminal(TIOCMBIC, &rts), STATUS_SUCCESS);
    ck_status_eq(terminal(TIOCMBIS, &rts), STATUS_SUCCESS);
    ck_status_eq(terminal(TIOCGICOUNT, &counts), STATUS_SUCCESS);
    ck_assert_int_eq(counts.cts, 1 + 2); /* the open was a change, too */
    ck_assert_int_eq(counts.dsr, 1);
}
END_TEST

/* ---- bytes on their way ---- */

START_TEST(received_bytes_are_counted_and_thrown_away)
{
    write_text("hello");
    ck_assert_int_eq(number(FIONREAD), 5);
    ck_assert_int_eq(number(TIOCOUTQ), 0);
    ck_status_eq(terminal_value(TCFLSH, TCOFLUSH), STATUS_SUCCESS);
    ck_assert_int_eq(number(FIONREAD), 5);
    ck_status_eq(terminal_value(TCFLSH, TCIFLUSH), STATUS_SUCCESS);
    ck_assert_int_eq(number(FIONREAD), 0);
    ck_status_eq(terminal_value(TCFLSH, 3), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(output_that_is_stopped_waits)
{
    ck_status_eq(terminal_value(TCXONC, TCOOFF), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfuseInprocPoll(port) & WdfusePollOut, 0);
    WDFUSEIO write = WdfuseInprocBeginWrite(port, "hello", 5);
    ck_pending(write);
    ck_status_eq(terminal_value(TCXONC, TCOON), STATUS_SUCCESS);
    ck_assert_uint_eq(finish_with(write, STATUS_SUCCESS), 5);
    ck_status_eq(terminal_value(TCXONC, 4), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_break_is_an_event_of_the_port)
{
    static const struct {
        ULONG code;
        uintptr_t argument;
    } breaks[] = {{TCSBRK, 0}, {TCSBRKP, 5}, {TIOCSBRK, 0}};
    ULONG mask = SERIAL_EV_BREAK, events = 0;
    ck_status_eq(
        WdfuseInprocIoctl(port, IOCTL_SERIAL_SET_WAIT_MASK, &mask, sizeof(mask), NULL, 0, NULL),
        STATUS_SUCCESS);
    ck_status_eq(terminal_value(breaks[_i].code, breaks[_i].argument), STATUS_SUCCESS);
    ck_status_eq(
        WdfuseInprocIoctl(port, IOCTL_SERIAL_WAIT_ON_MASK, NULL, 0, &events, sizeof(events), NULL),
        STATUS_SUCCESS);
    ck_assert_uint_eq(events, SERIAL_EV_BREAK);
    ck_status_eq(terminal_value(TIOCCBRK, 0), STATUS_SUCCESS);
    ck_status_eq(terminal_value(TCSBRK, 1), STATUS_SUCCESS); /* tcdrain */
}
END_TEST

/* ---- files ---- */

START_TEST(an_exclusive_terminal_is_nobody_elses_until_it_is_closed)
{
    WDFUSEFILE other;
    ck_status_eq(terminal_value(TIOCEXCL, 0), STATUS_SUCCESS);
    ck_assert_int_eq(number(TIOCGEXCL), 1);
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &other), STATUS_DEVICE_BUSY);
    ck_status_eq(terminal_value(TIOCNXCL, 0), STATUS_SUCCESS);
    close_file(open_file());
    ck_status_eq(terminal_value(TIOCEXCL, 0), STATUS_SUCCESS);
    close_file(port);
    port = open_file();
    ck_assert_int_eq(number(TIOCGEXCL), 0);
}
END_TEST

/* ---- what is no number of a terminal ---- */

START_TEST(other_numbers_are_refused)
{
    char byte = 0;
    ck_status_eq(terminal_value(TIOCSTI, (uintptr_t)&byte), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(terminal(_IOW('x', 1, char), &byte), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* A mount brings no data of a number that does not say its size: as a CTL_CODE without any. */
START_TEST(a_number_without_its_data_is_refused)
{
    static const ULONG codes[] = {TCGETS, TCSETS, TIOCMGET, TIOCMBIS, FIONREAD, TIOCGWINSZ};
    ck_status_eq(WdfuseInprocIoctl(port, codes[_i], NULL, 0, NULL, 0, NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tty");
    TCase *tests = tcase_create("tty");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, a_port_begins_as_a_raw_terminal);
    tcase_add_test(tests, the_old_structure_is_the_beginning_of_the_new_one);
    tcase_add_loop_test(tests, what_is_set_is_read_back_and_counts_for_windows_clients, 0, 3);
    tcase_add_loop_test(tests, a_speed_without_a_code_stands_beside, 0, 3);
    tcase_add_loop_test(tests, a_speed_of_zero_hangs_up, 0, 2);
    tcase_add_test(tests, of_settings_with_every_bit_set_those_that_do_something_are_taken);
    tcase_add_test(tests, the_size_of_the_window_is_kept);
    tcase_add_test(tests, the_port_itself_can_be_asked_for_but_not_be_changed);
    tcase_add_test(tests, a_read_waits_for_vmin_bytes);
    tcase_add_test(tests, after_vtime_without_a_byte_a_read_ends_with_what_it_has);
    tcase_add_test(tests, without_vmin_and_vtime_a_read_does_not_wait);
    tcase_add_test(tests, a_reader_waits_by_the_settings_that_another_one_has_changed);
    tcase_add_test(tests, the_lines_that_are_set_come_back_by_the_plug);
    tcase_add_test(tests, windows_and_linux_clients_see_the_same_lines);
    tcase_add_test(tests, who_waits_for_a_line_is_told_when_it_changes);
    tcase_add_test(tests, a_wait_for_a_line_can_be_given_up);
    tcase_add_test(tests, changes_of_lines_are_counted);
    tcase_add_test(tests, received_bytes_are_counted_and_thrown_away);
    tcase_add_test(tests, output_that_is_stopped_waits);
    tcase_add_loop_test(tests, a_break_is_an_event_of_the_port, 0, 3);
    tcase_add_test(tests, an_exclusive_terminal_is_nobody_elses_until_it_is_closed);
    tcase_add_test(tests, other_numbers_are_refused);
    tcase_add_loop_test(tests, a_number_without_its_data_is_refused, 0, 6);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
