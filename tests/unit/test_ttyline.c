/* The line discipline of terminals (<wdfuse/tty.h>): what becomes of bytes. */
#include <asm/termbits.h>
#include <string.h>

#include <wdfuse/tty.h>

#include "device.h"
#include "unit.h"

#define EDITING (ICANON | ECHO | ECHOE | ECHOK | ECHOKE | ECHOCTL | IEXTEN)

static WDFUSE_TTY tty;
static char wire[8192];
static char buffer[8192];

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE made;
    UNREFERENCED_PARAMETER(Driver);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &made);
    WdfuseTtyInitialize(&tty);
    return NT_SUCCESS(status) ? WdfuseTtyCreateLine(&tty, made) : status;
}

static void setup(void)
{
    device_start_with(add_device);
    ck_status_eq(WdfuseTtyOpen(&tty), STATUS_SUCCESS);
}

/* What the controls do, without the effects of a change. */
static void set_flags(ULONG input, ULONG output, ULONG local)
{
    tty.Settings.InputFlags = input;
    tty.Settings.OutputFlags = output;
    tty.Settings.LocalFlags = local;
}

static void receive_bytes(const char *bytes, size_t count)
{
    while (count > 0) {
        size_t part = min(count, (size_t)WdfuseTtyRoom(&tty));
        ck_assert_uint_gt(part, 0);
        WdfuseTtyReceive(&tty, (const UCHAR *)bytes, part);
        bytes += part;
        count -= part;
    }
}

static void receive(const char *text)
{
    receive_bytes(text, strlen(text));
}

static void expect_wire(const char *expected)
{
    size_t used;
    size_t count = WdfuseTtyTransmit(&tty, NULL, 0, &used, (PUCHAR)wire, sizeof(wire) - 1);
    wire[count] = '\0';
    ck_assert_str_eq(wire, expected);
}

/* The bytes of a write, taken one at a time. */
static void expect_sent(const char *text, const char *expected)
{
    size_t done = 0, count = 0, more, used;
    do {
        more = WdfuseTtyTransmit(&tty, (const UCHAR *)text + done, strlen(text) - done, &used,
                                 (PUCHAR)wire + count, 1);
        count += more;
        done += used;
    } while (more > 0 || used > 0);
    ck_assert_uint_eq(done, strlen(text));
    wire[count] = '\0';
    ck_assert_str_eq(wire, expected);
}

static BOOLEAN read_once(size_t length, size_t *count)
{
    BOOLEAN is_ended;
    memset(buffer, 0, sizeof(buffer));
    *count = WdfuseTtyRead(&tty, (PUCHAR)buffer, length, &is_ended);
    return is_ended;
}

static void expect_line_of(size_t length, const char *expected)
{
    size_t count;
    ck_assert_uint_eq(WdfuseTtyIsReadable(&tty), TRUE);
    ck_assert_uint_eq(read_once(length, &count), TRUE);
    ck_assert_uint_eq(count, strlen(expected));
    ck_assert_str_eq(buffer, expected);
}

static void expect_line(const char *expected)
{
    expect_line_of(100, expected);
}

static void expect_nothing(void)
{
    size_t count;
    ck_assert_uint_eq(WdfuseTtyIsReadable(&tty), FALSE);
    ck_assert_uint_eq(read_once(100, &count), FALSE);
    ck_assert_uint_eq(count, 0);
}

/* ---- lines ---- */

START_TEST(a_read_gets_one_line)
{
    set_flags(0, 0, ICANON);
    receive("one\ntw");
    expect_line("one\n");
    expect_nothing();
    receive("o\nthree\n");
    expect_line("two\n");
    expect_line("three\n");
    expect_nothing();
}
END_TEST

START_TEST(a_read_with_a_short_buffer_gets_the_rest_of_the_line_later)
{
    set_flags(0, 0, ICANON);
    receive("hello\nnext\n");
    expect_line_of(2, "he");
    expect_line("llo\n");
    expect_line_of(5, "next\n");
    expect_nothing();
}
END_TEST

START_TEST(an_end_of_file_ends_a_line_and_is_not_read)
{
    set_flags(0, 0, ICANON);
    receive("who?\x04next\n\x04");
    expect_line("who?");
    expect_line("next\n");
    expect_line("");
    expect_nothing();
}
END_TEST

/* Or a program that reads as much as there is would be told of an end that nobody has typed. */
START_TEST(an_end_of_file_after_a_full_buffer_does_not_end_the_next_read)
{
    set_flags(0, 0, ICANON);
    receive("hello\x04world\n");
    expect_line_of(5, "hello");
    expect_line("world\n");
}
END_TEST

START_TEST(other_characters_can_end_a_line)
{
    set_flags(0, 0, ICANON);
    tty.Settings.Characters[VEOL] = ';';
    tty.Settings.Characters[VEOL2] = '!';
    receive("a;b!c\n");
    expect_line("a;");
    expect_line("b!c\n");
    set_flags(0, 0, ICANON | IEXTEN);
    receive("b!");
    expect_line("b!");
}
END_TEST

/* 0 is the disabled character, and no end of line. */
START_TEST(a_zero_byte_is_none_of_the_special_characters)
{
    set_flags(0, 0, ICANON | IEXTEN | ISIG);
    memset(tty.Settings.Characters, 0, sizeof(tty.Settings.Characters));
    receive_bytes("a\0b\n", 4);
    size_t count;
    ck_assert_uint_eq(read_once(100, &count), TRUE);
    ck_assert_uint_eq(count, 4);
    ck_assert_mem_eq(buffer, "a\0b\n", 4);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_cut_and_keeps_its_end)
{
    static char much[5000];
    size_t count;
    set_flags(0, 0, ICANON);
    memset(much, 'm', sizeof(much));
    receive_bytes(much, sizeof(much));
    ck_assert_uint_eq(WdfuseTtyIsReadable(&tty), FALSE);
    receive("\n");
    ck_assert_uint_eq(read_once(8000, &count), TRUE);
    ck_assert_uint_eq(count, 4096);
    ck_assert_int_eq(buffer[4095], '\n');
    receive("next\n");
    expect_line("next\n");
}
END_TEST

START_TEST(while_a_line_waits_to_be_read_no_byte_is_lost)
{
    static char much[4090];
    set_flags(0, 0, ICANON);
    memset(much, 'm', sizeof(much));
    receive("line\n");
    receive_bytes(much, sizeof(much));
    ck_assert_uint_eq(WdfuseTtyRoom(&tty), 0);
    expect_line("line\n");
    ck_assert_uint_gt(WdfuseTtyRoom(&tty), 0);
}
END_TEST

/* ---- editing ---- */

START_TEST(lines_are_edited_and_shown)
{
    static const struct {
        const char *typed, *shown, *line;
    } rows[] = {
        {"cat\n", "cat\n", "cat\n"},
        {"cax\x7ft\n", "cax\b \bt\n", "cat\n"},
        {"\x7f\x7f"
         "a\n",
         "a\n", "a\n"},
        {"abc\x15x\n", "abc\b \b\b \b\b \bx\n", "x\n"},
        {"ab cd\x17x\n", "ab cd\b \b\b \bx\n", "ab x\n"},
        {"ab cd. \x17x\n", "ab cd. \b \b\b \b\b \b\b \bx\n", "ab x\n"},
        {"a\x01\x7f"
         "b\n",
         "a^A\b \b\b \bb\n", "ab\n"},
        {"a\tb\x7f\x7f"
         "c\n",
         "a\tb\b \b\b\b\b\b\b\b\bc\n", "ac\n"},
        {"a\x16\x7f"
         "b\n",
         "a^\b^?b\n",
         "a\x7f"
         "b\n"},
        {"ab\x12"
         "c\n",
         "ab^R\nabc\n", "abc\n"},
        {"a\x04", "a", "a"},
    };
    set_flags(0, 0, EDITING);
    receive(rows[_i].typed);
    expect_wire(rows[_i].shown);
    expect_line(rows[_i].line);
    expect_nothing();
}
END_TEST

START_TEST(how_erasing_looks_depends_on_the_flags)
{
    static const struct {
        ULONG flags;
        const char *typed, *shown;
    } rows[] = {
        {ICANON, "ab\x7f\x15", ""},
        {ICANON | ECHO, "ab\x7f", "ab\x7f"},
        {ICANON | ECHO | ECHOCTL, "ab\x7f", "ab^?"},
        {ICANON | ECHO | ECHOK, "ab\x15", "ab\x15\n"},
        {ICANON | ECHO | ECHOE | ECHOPRT,
         "ab\x7f\x7f"
         "c",
         "ab\\ba/c"},
        {ICANON | ECHONL, "ab\n", "\n"},
        {ICANON | ECHO, "ab\x17", "ab\x17"}, /* without IEXTEN a byte as others */
    };
    set_flags(0, 0, rows[_i].flags);
    receive(rows[_i].typed);
    expect_wire(rows[_i].shown);
}
END_TEST

START_TEST(a_character_of_several_bytes_is_erased_as_one)
{
    set_flags(IUTF8, 0, EDITING);
    receive("a\xc3\xa4\x7f"
            "b\n");
    expect_wire("a\xc3\xa4\b \bb\n");
    expect_line("ab\n");
}
END_TEST

START_TEST(nobody_sees_the_echo_of_a_closed_terminal)
{
    set_flags(0, 0, EDITING);
    WdfuseTtyClose(&tty);
    receive("ab\n");
    expect_wire("");
    expect_line("ab\n");
}
END_TEST

START_TEST(echo_that_nobody_takes_is_bounded)
{
    static char much[4000];
    size_t count;
    set_flags(0, 0, ECHO);
    memset(much, 'm', sizeof(much));
    for (int i = 0; i < 3; i++) {
        receive_bytes(much, sizeof(much));
        (void)read_once(sizeof(buffer), &count);
    }
    size_t used;
    ck_assert_uint_eq(WdfuseTtyTransmit(&tty, NULL, 0, &used, (PUCHAR)wire, sizeof(wire)), 4096);
}
END_TEST

/* ---- translation ---- */

START_TEST(received_bytes_are_translated)
{
    static const struct {
        ULONG input, local;
        const char *typed, *read;
    } rows[] = {
        {ICRNL, 0, "a\r\n", "a\n\n"},
        {IGNCR | ICRNL, 0, "a\r\n", "a\n"},
        {INLCR, 0, "a\r\n", "a\r\r"},
        {INLCR | ICRNL, 0, "a\r\n", "a\n\r"},
        {ISTRIP, 0, "\xe1\xe2", "ab"},
        {IUCLC, IEXTEN, "aBC1", "abc1"},
        {IUCLC, 0, "aBC1", "aBC1"},
        {PARMRK, 0, "a\xff", "a\xff\xff"},
        {PARMRK | ISTRIP, 0, "a\xff", "a\x7f"},
        {0, 0, "\x03\x04\x7f\r\n\x11\x13\xff", "\x03\x04\x7f\r\n\x11\x13\xff"},
    };
    size_t count;
    set_flags(rows[_i].input, 0, rows[_i].local);
    receive(rows[_i].typed);
    (void)read_once(100, &count);
    ck_assert_str_eq(buffer, rows[_i].read);
    ck_assert_uint_eq(count, strlen(rows[_i].read));
}
END_TEST

START_TEST(sent_bytes_are_translated)
{
    static const struct {
        ULONG output;
        const char *written, *sent;
    } rows[] = {
        {ONLCR, "a\nb", "a\nb"}, /* without OPOST */
        {OPOST | ONLCR, "a\nb", "a\r\nb"},
        {OPOST | OCRNL, "a\rb", "a\nb"},
        {OPOST | ONOCR, "\ra\r\r", "a\r"},
        {OPOST | OLCUC, "aB1\xe4", "AB1\xe4"},
        {OPOST | XTABS, "a\tb\t", "a       b       "},
        {OPOST | XTABS | ONLRET, "abc\n\t", "abc\n        "},
        {OPOST | XTABS, "abc\n\t", "abc\n     "},
        {OPOST | XTABS, "ab\b\t", "ab\b       "},
        {OPOST, "\ta", "\ta"},
    };
    set_flags(0, rows[_i].output, 0);
    expect_sent(rows[_i].written, rows[_i].sent);
}
END_TEST

START_TEST(the_echo_is_translated_like_output)
{
    set_flags(ICRNL, OPOST | ONLCR, EDITING);
    receive("ls\r");
    expect_wire("ls\r\n");
    expect_line("ls\n");
}
END_TEST

/* ---- signals ---- */

/* No process group hears of it: what is left is that the line is gone. */
START_TEST(a_character_of_a_signal_discards_what_is_there)
{
    set_flags(0, 0, EDITING | ISIG);
    receive("old\nnew\x03"
            "x\n");
    expect_wire("^Cx\n");
    expect_line("x\n");
    set_flags(0, 0, EDITING | ISIG | NOFLSH);
    receive("old\nnew\x1c"
            "x\n");
    expect_wire("old\nnew^\\x\n");
    expect_line("old\n");
    expect_line("newx\n");
}
END_TEST

START_TEST(a_break_is_what_the_flags_say)
{
    static const struct {
        ULONG input;
        const char *read;
        size_t count;
    } rows[] = {
        {IGNBRK, "ab", 2},          {0, "a\0b", 3}, {PARMRK, "a\xff\0\0b", 5}, {BRKINT, "b", 1},
        {IGNBRK | BRKINT, "ab", 2},
    };
    size_t count;
    set_flags(rows[_i].input, 0, 0);
    receive("a");
    WdfuseTtyReceiveBreak(&tty);
    receive("b");
    (void)read_once(100, &count);
    ck_assert_uint_eq(count, rows[_i].count);
    ck_assert_mem_eq(buffer, rows[_i].read, count);
}
END_TEST

/* ---- flow control ---- */

START_TEST(the_other_end_stops_and_starts_the_output)
{
    size_t used;
    set_flags(IXON, 0, ECHO);
    receive("\x13"
            "a");
    ck_assert_uint_eq(WdfuseTtyMaySend(&tty), FALSE);
    ck_assert_uint_eq(WdfuseTtyTransmit(&tty, (const UCHAR *)"x", 1, &used, (PUCHAR)wire, 9), 0);
    ck_assert_uint_eq(used, 0);
    receive("\x11");
    expect_wire("a");
    size_t count;
    ck_assert_uint_eq(read_once(1, &count), TRUE);
    expect_nothing();
}
END_TEST

START_TEST(any_byte_starts_the_output_if_it_may)
{
    set_flags(IXON, 0, 0);
    receive("\x13"
            "a");
    ck_assert_uint_eq(WdfuseTtyMaySend(&tty), FALSE);
    set_flags(IXON | IXANY, 0, 0);
    receive("b");
    ck_assert_uint_eq(WdfuseTtyMaySend(&tty), TRUE);
}
END_TEST

START_TEST(with_ixoff_the_other_end_is_stopped_while_there_is_little_room)
{
    static char much[4000];
    size_t count;
    set_flags(IXOFF, 0, 0);
    receive_bytes(much, sizeof(much));
    expect_wire("\x13");
    (void)read_once(3000, &count);
    expect_wire("");
    (void)read_once(3000, &count);
    expect_wire("\x11");
}
END_TEST

START_TEST(with_crtscts_rts_is_off_while_there_is_little_room)
{
    static char much[4000];
    size_t count;
    tty.Settings.ControlFlags |= CRTSCTS;
    receive_bytes(much, sizeof(much));
    ck_assert_uint_eq(WdfuseTtyLines(&tty), WdfuseTtyDtr);
    (void)read_once(4000, &count);
    ck_assert_uint_eq(WdfuseTtyLines(&tty), WdfuseTtyDtr | WdfuseTtyRts);
}
END_TEST

START_TEST(with_crtscts_nothing_is_sent_without_cts)
{
    tty.Settings.ControlFlags |= CRTSCTS;
    ck_assert_uint_eq(WdfuseTtyMaySend(&tty), FALSE);
    WdfuseTtySetInputs(&tty, WdfuseTtyCts);
    ck_assert_uint_eq(WdfuseTtyMaySend(&tty), TRUE);
}
END_TEST

/* ---- raw ---- */

START_TEST(poll_follows_vmin)
{
    tty.Settings.Characters[VMIN] = 3;
    receive("ab");
    ck_assert_uint_eq(WdfuseTtyIsReadable(&tty), FALSE);
    receive("c");
    ck_assert_uint_eq(WdfuseTtyIsReadable(&tty), TRUE);
    tty.Settings.Characters[VMIN] = 5;
    tty.Settings.Characters[VTIME] = 1;
    ck_assert_uint_eq(WdfuseTtyIsReadable(&tty), TRUE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ttyline");
    TCase *tests = tcase_create("ttyline");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, a_read_gets_one_line);
    tcase_add_test(tests, a_read_with_a_short_buffer_gets_the_rest_of_the_line_later);
    tcase_add_test(tests, an_end_of_file_ends_a_line_and_is_not_read);
    tcase_add_test(tests, an_end_of_file_after_a_full_buffer_does_not_end_the_next_read);
    tcase_add_test(tests, other_characters_can_end_a_line);
    tcase_add_test(tests, a_zero_byte_is_none_of_the_special_characters);
    tcase_add_test(tests, a_line_that_is_too_long_is_cut_and_keeps_its_end);
    tcase_add_test(tests, while_a_line_waits_to_be_read_no_byte_is_lost);
    tcase_add_loop_test(tests, lines_are_edited_and_shown, 0, 11);
    tcase_add_loop_test(tests, how_erasing_looks_depends_on_the_flags, 0, 7);
    tcase_add_test(tests, a_character_of_several_bytes_is_erased_as_one);
    tcase_add_test(tests, nobody_sees_the_echo_of_a_closed_terminal);
    tcase_add_test(tests, echo_that_nobody_takes_is_bounded);
    tcase_add_loop_test(tests, received_bytes_are_translated, 0, 10);
    tcase_add_loop_test(tests, sent_bytes_are_translated, 0, 10);
    tcase_add_test(tests, the_echo_is_translated_like_output);
    tcase_add_test(tests, a_character_of_a_signal_discards_what_is_there);
    tcase_add_loop_test(tests, a_break_is_what_the_flags_say, 0, 5);
    tcase_add_test(tests, the_other_end_stops_and_starts_the_output);
    tcase_add_test(tests, any_byte_starts_the_output_if_it_may);
    tcase_add_test(tests, with_ixoff_the_other_end_is_stopped_while_there_is_little_room);
    tcase_add_test(tests, with_crtscts_rts_is_off_while_there_is_little_room);
    tcase_add_test(tests, with_crtscts_nothing_is_sent_without_cts);
    tcase_add_test(tests, poll_follows_vmin);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
