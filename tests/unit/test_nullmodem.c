/* Two virtual serial ports at the ends of a null-modem cable (app/serial). */
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <string.h>
#include <sys/ioctl.h>

#include <ntddser.h>
#include <wdfuse/poll.h>

#include "device.h"
#include "unit.h"

DRIVER_INITIALIZE DriverEntry;

#define ALL_LINES (TIOCM_DTR | TIOCM_RTS | TIOCM_DSR | TIOCM_CAR | TIOCM_CTS)

static WDFUSEDEVICE other_device;
static WDFUSEFILE one, other;
static char buffer[16384], sent[16384];

static WDFUSEFILE open_other(void)
{
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpen(other_device, O_RDWR, &file), STATUS_SUCCESS);
    return file;
}

static void setup(void)
{
    static const char text[] = "{\"Parameters\": {\"NullModem\": 1}}";
    ck_status_eq(WdfuseInprocSetConfiguration(text, strlen(text)), STATUS_SUCCESS);
    device_start_driver(DriverEntry);
    ck_status_eq(WdfuseInprocAddDevice(device, "other", &other_device), STATUS_SUCCESS);
    one = open_file();
    other = open_other();
    memset(sent, 's', sizeof(sent));
}

static void teardown(void)
{
    if (other != NULL)
        WdfuseInprocClose(other);
    device_stop();
    ck_status_eq(WdfuseInprocSetConfiguration("{}", 2), STATUS_SUCCESS);
}

static void close_other(void)
{
    WdfuseInprocClose(other);
    other = NULL;
}

static NTSTATUS control(WDFUSEFILE file, ULONG code, void *argument)
{
    WDFUSEIO io = WdfuseInprocBeginNativeIoctl(file, code, argument);
    ck_assert_ptr_nonnull(io);
    return WdfuseInprocFinish(io, NULL);
}

static int lines(WDFUSEFILE file)
{
    int value = -1;
    ck_status_eq(control(file, TIOCMGET, &value), STATUS_SUCCESS);
    return value;
}

static int number(WDFUSEFILE file, ULONG code)
{
    int value = -1;
    ck_status_eq(control(file, code, &value), STATUS_SUCCESS);
    return value;
}

static void clear(WDFUSEFILE file, int which)
{
    ck_status_eq(control(file, TIOCMBIC, &which), STATUS_SUCCESS);
}

static void set_flags(WDFUSEFILE file, unsigned input, unsigned output, unsigned control_flags,
                      unsigned local)
{
    struct termios2 settings;
    ck_status_eq(control(file, TCGETS2, &settings), STATUS_SUCCESS);
    settings.c_iflag = input;
    settings.c_oflag = output;
    settings.c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL | control_flags;
    settings.c_lflag = local;
    ck_status_eq(control(file, TCSETS2, &settings), STATUS_SUCCESS);
}

static void write_text(WDFUSEFILE file, const char *text)
{
    size_t count;
    ck_status_eq(WdfuseInprocWrite(file, text, strlen(text), &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, strlen(text));
}

static WDFUSEIO begin_read(WDFUSEFILE file, size_t length)
{
    memset(buffer, 0, sizeof(buffer));
    return WdfuseInprocBeginRead(file, buffer, length);
}

static void expect_text(WDFUSEFILE file, const char *expected)
{
    ck_assert_uint_eq(finish_with(begin_read(file, 100), STATUS_SUCCESS), strlen(expected));
    ck_assert_str_eq(buffer, expected);
}

static WDFUSEIO begin_write(WDFUSEFILE file, size_t length)
{
    return WdfuseInprocBeginWrite(file, sent, length);
}

#define ck_pending(io) ck_assert_msg(!WdfuseInprocIsComplete(io), "%s is answered", #io)

/* ---- bytes ---- */

START_TEST(what_one_end_writes_the_other_one_reads)
{
    write_text(one, "there");
    write_text(other, "back");
    expect_text(other, "there");
    expect_text(one, "back");
    WDFUSEIO read = begin_read(other, 100);
    ck_pending(read);
    write_text(one, "now");
    ck_assert_uint_eq(finish_with(read, STATUS_SUCCESS), 3);
}
END_TEST

START_TEST(a_write_waits_for_room_at_the_other_end)
{
    WDFUSEIO write = begin_write(one, 6000);
    ck_pending(write);
    ck_assert_uint_eq(number(one, TIOCOUTQ), 6000 - 4096);
    ck_assert_uint_eq(number(other, FIONREAD), 4096);
    ck_assert_uint_eq(WdfuseInprocPoll(one) & WdfusePollOut, 0);
    ck_assert_uint_eq(finish_with(begin_read(other, 5000), STATUS_SUCCESS), 4096);
    ck_assert_uint_eq(finish_with(write, STATUS_SUCCESS), 6000);
    ck_assert_uint_eq(number(one, TIOCOUTQ), 0);
}
END_TEST

/* What it is sent is there when it is opened; what does not fit waits, and can be given up. */
START_TEST(an_end_that_nobody_opens_takes_as_much_as_it_holds)
{
    close_other();
    WDFUSEIO write = begin_write(one, 5000);
    ck_pending(write);
    WdfuseInprocCancel(write);
    ck_assert_uint_eq(finish_with(write, STATUS_SUCCESS), 4096);
    other = open_other();
    ck_assert_uint_eq(finish_with(begin_read(other, 5000), STATUS_SUCCESS), 4096);
}
END_TEST

START_TEST(written_bytes_can_be_discarded_before_they_are_sent)
{
    WDFUSEIO write = begin_write(one, 5000);
    ck_pending(write);
    ck_status_eq(control(one, TCFLSH, (void *)TCOFLUSH), STATUS_SUCCESS);
    ck_assert_uint_eq(finish_with(write, STATUS_SUCCESS), 5000);
    ck_assert_uint_eq(number(other, FIONREAD), 4096);
}
END_TEST

/* tcdrain, and settings that are to be applied after the output. */
START_TEST(a_control_waits_for_the_writes_before_it)
{
    struct termios2 settings;
    ck_status_eq(control(one, TCGETS2, &settings), STATUS_SUCCESS);
    settings.c_cflag = (settings.c_cflag & ~(unsigned)CBAUD) | B9600;
    WDFUSEIO write = begin_write(one, 5000);
    WDFUSEIO drain = WdfuseInprocBeginNativeIoctl(one, TCSBRK, (void *)1);
    WDFUSEIO change = WdfuseInprocBeginNativeIoctl(one, TCSETSW2, &settings);
    WDFUSEIO later = begin_write(one, 5000);
    ck_pending(drain);
    ck_pending(change);
    finish_with(begin_read(other, 5000), STATUS_SUCCESS);
    finish_with(write, STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocFinish(drain, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocFinish(change, NULL), STATUS_SUCCESS);
    ck_pending(later);
    ck_status_eq(control(one, TCGETS2, &settings), STATUS_SUCCESS);
    ck_assert_uint_eq(settings.c_ospeed, 9600);
    ck_status_eq(control(one, TCFLSH, (void *)TCOFLUSH), STATUS_SUCCESS);
    finish_with(later, STATUS_SUCCESS);
}
END_TEST

START_TEST(who_drains_can_give_up)
{
    WDFUSEIO write = begin_write(one, 5000);
    WDFUSEIO drain = WdfuseInprocBeginNativeIoctl(one, TCSBRK, (void *)1);
    ck_pending(drain);
    WdfuseInprocCancel(drain);
    ck_status_eq(WdfuseInprocFinish(drain, NULL), STATUS_CANCELLED);
    finish_with(begin_read(other, 5000), STATUS_SUCCESS);
    finish_with(write, STATUS_SUCCESS);
}
END_TEST

/* ---- lines ---- */

START_TEST(the_lines_of_one_end_are_those_of_the_other)
{
    ck_assert_int_eq(lines(one), ALL_LINES);
    clear(one, TIOCM_DTR);
    ck_assert_int_eq(lines(other), TIOCM_DTR | TIOCM_RTS | TIOCM_CTS);
    clear(one, TIOCM_RTS);
    ck_assert_int_eq(lines(other), TIOCM_DTR | TIOCM_RTS);
    ck_assert_int_eq(lines(one), TIOCM_DSR | TIOCM_CAR | TIOCM_CTS);
}
END_TEST

START_TEST(an_end_that_is_closed_has_its_lines_off)
{
    close_other();
    ck_assert_int_eq(lines(one), TIOCM_DTR | TIOCM_RTS);
    other = open_other();
    ck_assert_int_eq(lines(one), ALL_LINES);
    set_flags(other, 0, 0, 0, 0);
    int cflag = B115200 | CS8 | CREAD | CLOCAL;
    struct termios2 settings;
    ck_status_eq(control(other, TCGETS2, &settings), STATUS_SUCCESS);
    settings.c_cflag = (unsigned)cflag; /* no HUPCL */
    ck_status_eq(control(other, TCSETS2, &settings), STATUS_SUCCESS);
    close_other();
    ck_assert_int_eq(lines(one), ALL_LINES);
}
END_TEST

START_TEST(who_waits_for_a_line_hears_of_the_other_end)
{
    WDFUSEIO wait = WdfuseInprocBeginNativeIoctl(one, TIOCMIWAIT, (void *)(uintptr_t)TIOCM_CD);
    ck_pending(wait);
    clear(other, TIOCM_RTS);
    ck_pending(wait);
    close_other();
    ck_status_eq(WdfuseInprocFinish(wait, NULL), STATUS_SUCCESS);
    struct serial_icounter_struct counts;
    ck_status_eq(control(one, TIOCGICOUNT, &counts), STATUS_SUCCESS);
    ck_assert_int_eq(counts.dcd, 2);
}
END_TEST

START_TEST(with_crtscts_a_write_waits_for_cts)
{
    set_flags(one, 0, 0, CRTSCTS, 0);
    clear(other, TIOCM_RTS);
    WDFUSEIO write = begin_write(one, 5);
    ck_pending(write);
    ck_assert_int_eq(number(one, TIOCOUTQ), 5);
    int rts = TIOCM_RTS;
    ck_status_eq(control(other, TIOCMBIS, &rts), STATUS_SUCCESS);
    finish_with(write, STATUS_SUCCESS);
    /* An end that nobody has open is not ready. */
    close_other();
    write = begin_write(one, 5);
    ck_pending(write);
    other = open_other();
    finish_with(write, STATUS_SUCCESS);
}
END_TEST

START_TEST(with_crtscts_a_reader_that_is_slow_holds_the_writer_off)
{
    set_flags(one, 0, 0, CRTSCTS, 0);
    set_flags(other, 0, 0, CRTSCTS, 0);
    WDFUSEIO write = begin_write(one, 6000);
    ck_pending(write);
    ck_assert_int_eq(lines(one) & TIOCM_CTS, 0);
    ck_assert_int_lt(number(other, FIONREAD), 4096 + 1);
    size_t read = 0;
    while (read < 6000)
        read += finish_with(begin_read(other, 1000), STATUS_SUCCESS);
    finish_with(write, STATUS_SUCCESS);
    ck_assert_int_eq(lines(one), ALL_LINES);
}
END_TEST

START_TEST(a_break_arrives_as_the_reader_wants_it)
{
    ck_status_eq(control(one, TCSBRK, (void *)0), STATUS_SUCCESS);
    ck_assert_uint_eq(finish_with(begin_read(other, 10), STATUS_SUCCESS), 1);
    ck_assert_int_eq(buffer[0], 0);
    set_flags(other, PARMRK, 0, 0, 0);
    ck_status_eq(control(one, TIOCSBRK, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(finish_with(begin_read(other, 10), STATUS_SUCCESS), 3);
    ck_assert_mem_eq(buffer, "\xff\0\0", 3);
    ck_status_eq(control(one, TIOCCBRK, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(number(other, FIONREAD), 0);
}
END_TEST

/* ---- lines of text ---- */

START_TEST(a_person_at_one_end_types_lines_for_a_program_at_the_other)
{
    set_flags(other, ICRNL, OPOST | ONLCR, 0, ICANON | ECHO | ECHOE | IEXTEN);
    WDFUSEIO read = begin_read(other, 100);
    write_text(one, "lx\x7fs");
    ck_pending(read);
    ck_assert_uint_eq(WdfuseInprocPoll(other) & WdfusePollIn, 0);
    write_text(one, "\r");
    ck_assert_uint_eq(finish_with(read, STATUS_SUCCESS), 3);
    ck_assert_str_eq(buffer, "ls\n");
    write_text(other, "file\n");
    expect_text(one, "lx\b \bs\r\nfile\r\n");
}
END_TEST

START_TEST(a_reader_whose_mode_changes_gets_what_is_there)
{
    set_flags(other, 0, 0, 0, ICANON);
    write_text(one, "half");
    WDFUSEIO read = begin_read(other, 100);
    ck_pending(read);
    set_flags(other, 0, 0, 0, 0);
    ck_assert_uint_eq(finish_with(read, STATUS_SUCCESS), 4);
    read = begin_read(other, 100);
    set_flags(other, 0, 0, 0, ICANON);
    write_text(one, "line");
    ck_pending(read);
    write_text(one, "\n");
    ck_assert_uint_eq(finish_with(read, STATUS_SUCCESS), 5);
}
END_TEST

/* As with a real cable it goes on for ever, and at a pace that leaves the daemon to others. */
START_TEST(two_ends_that_echo_each_other_are_paced)
{
    set_flags(one, 0, 0, 0, ECHO);
    set_flags(other, 0, 0, 0, ECHO);
    write_text(one, "a");
    for (int i = 0; i < 3; i++) {
        advance_ms(10);
        ck_assert_int_lt(number(one, FIONREAD), 4097);
    }
    ck_assert_int_gt(number(one, FIONREAD), 3);
    set_flags(one, 0, 0, 0, 0);
    ck_status_eq(control(one, TCFLSH, (void *)TCIOFLUSH), STATUS_SUCCESS);
    ck_status_eq(control(other, TCFLSH, (void *)TCIOFLUSH), STATUS_SUCCESS);
    advance_ms(100);
    ck_assert_int_eq(number(one, FIONREAD) + number(other, FIONREAD), 0);
}
END_TEST

/* ---- ends that come and go ---- */

START_TEST(when_one_end_is_removed_the_other_one_is_connected_with_nothing)
{
    WDFUSEIO write = begin_write(one, 5000);
    ck_pending(write);
    close_other();
    WdfuseInprocRemove(other_device);
    finish_with(write, STATUS_SUCCESS);
    ck_assert_int_eq(lines(one), TIOCM_DTR | TIOCM_RTS);
    write_text(one, "nobody hears it");
    ck_status_eq(WdfuseInprocAddDevice(device, "third", &other_device), STATUS_SUCCESS);
    other = open_other();
    ck_assert_int_eq(lines(one), ALL_LINES);
    write_text(one, "hello");
    expect_text(other, "hello");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nullmodem");
    TCase *tests = tcase_create("nullmodem");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_one_end_writes_the_other_one_reads);
    tcase_add_test(tests, a_write_waits_for_room_at_the_other_end);
    tcase_add_test(tests, an_end_that_nobody_opens_takes_as_much_as_it_holds);
    tcase_add_test(tests, written_bytes_can_be_discarded_before_they_are_sent);
    tcase_add_test(tests, a_control_waits_for_the_writes_before_it);
    tcase_add_test(tests, who_drains_can_give_up);
    tcase_add_test(tests, the_lines_of_one_end_are_those_of_the_other);
    tcase_add_test(tests, an_end_that_is_closed_has_its_lines_off);
    tcase_add_test(tests, who_waits_for_a_line_hears_of_the_other_end);
    tcase_add_test(tests, with_crtscts_a_write_waits_for_cts);
    tcase_add_test(tests, with_crtscts_a_reader_that_is_slow_holds_the_writer_off);
    tcase_add_test(tests, a_break_arrives_as_the_reader_wants_it);
    tcase_add_test(tests, a_person_at_one_end_types_lines_for_a_program_at_the_other);
    tcase_add_test(tests, a_reader_whose_mode_changes_gets_what_is_there);
    tcase_add_test(tests, two_ends_that_echo_each_other_are_paced);
    tcase_add_test(tests, when_one_end_is_removed_the_other_one_is_connected_with_nothing);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
