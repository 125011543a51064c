/* DbgPrint: Microsoft's formats, and the lines and levels of the log. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wdm.h>

#include "nt/format.h"
#include "port/log.h"
#include "port/thread.h"
#include "unit.h"

static size_t format_into(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = nt_format(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

/* Formats into a buffer that is large enough and compares. */
#define assert_formatted(expected, ...)                                                            \
    do {                                                                                           \
        char buffer[2048];                                                                         \
        size_t length = format_into(buffer, sizeof(buffer), __VA_ARGS__);                          \
        ck_assert_str_eq(buffer, expected);                                                        \
        ck_assert_uint_eq(length, strlen(expected));                                               \
    } while (0)

START_TEST(integers_are_32_bits_wide_unless_they_say_otherwise)
{
    assert_formatted("-1 4294967295 ffffffff FFFFFFFF 17", "%d %u %x %X %o", -1, -1, -1, -1, 15);
    assert_formatted("-1 4294967295 ffffffff", "%ld %lu %lx", -1, -1, -1);
    assert_formatted("-1 4294967295", "%I32d %I32u", -1, -1);
}
END_TEST

START_TEST(sizes_of_64_bits_are_taken_whole)
{
    LONGLONG value = 0x123456789abcdef0;
    assert_formatted("123456789abcdef0 123456789abcdef0", "%I64x %llx", value, value);
    assert_formatted("1311768467463790320 1311768467463790320", "%Iu %zd", (SIZE_T)value,
                     (SIZE_T)value);
    assert_formatted("-2 after 7", "%I64d after %d", (LONGLONG)-2, 7);
}
END_TEST

START_TEST(shorter_integers_are_cut_to_their_size)
{
    assert_formatted("-1 65535", "%hd %hu", 0xffff, 0xffff);
    assert_formatted("-1 255", "%hhd %hhu", 0xff, 0xff);
}
END_TEST

START_TEST(width_precision_and_flags_apply)
{
    assert_formatted("[   42][42   ][00042][+42][0x2a][ 042]", "[%5d][%-5d][%05d][%+d][%#x][%4.3d]",
                     42, 42, 42, 42, 42, 42);
    assert_formatted("[   42][42   ]", "[%*d][%*d]", 5, 42, -5, 42);
    assert_formatted("[ab ][ ab][ab]", "[%-3s][%3s][%.2s]", "ab", "ab", "abc");
    assert_formatted("[ab]", "[%.*s]", 2, "abcdef");
}
END_TEST

START_TEST(a_pointer_has_16_digits)
{
    assert_formatted("00007FFF12345678 0x0000000000000000", "%p 0x%p", (PVOID)0x7fff12345678, NULL);
}
END_TEST

START_TEST(wide_text_comes_out_as_utf8)
{
    assert_formatted("gr\xc3\xbc\xc3\x9f gr\xc3\xbc\xc3\x9f gr\xc3\xbc\xc3\x9f", "%ws %S %ls",
                     L"gr\u00fc\u00df", L"gr\u00fc\u00df", L"gr\u00fc\u00df");
    assert_formatted("[ab] [  x]", "[%.2ws] [%3ws]", L"abc", L"x");
    assert_formatted("narrow", "%hs", "narrow");
}
END_TEST

START_TEST(characters_are_narrow_or_wide)
{
    assert_formatted("a\xe2\x82\xac\xe2\x82\xac[  b]", "%c%C%wc[%3c]", 'a', 0x20ac, 0x20ac, 'b');
}
END_TEST

START_TEST(counted_strings_need_no_zero)
{
    WCHAR wide_text[] = {'w', 'i', 'd', 'e', '#'};
    CHAR narrow_text[] = {'n', 'a', 'r', '#'};
    UNICODE_STRING wide = {8, 10, wide_text};
    ANSI_STRING narrow = {3, 4, narrow_text};
    assert_formatted("wide nar nar [wi]", "%wZ %Z %hZ [%.2wZ]", &wide, &narrow, &narrow, &wide);
}
END_TEST

START_TEST(null_is_shown_and_not_read)
{
    UNICODE_STRING empty = {0, 0, NULL};
    assert_formatted("(null) (null) (null) (null)", "%s %ws %wZ %wZ", NULL, NULL, NULL, &empty);
}
END_TEST

START_TEST(n_writes_nothing_anywhere)
{
    int written = 7;
    assert_formatted("ab9", "a%nb%d", &written, 9);
    ck_assert_int_eq(written, 7);
}
END_TEST

START_TEST(what_is_no_conversion_stays_as_it_is)
{
    assert_formatted("100% %y %5 %", "100%% %y %5 %");
    assert_formatted("%-08", "%-08");
}
END_TEST

START_TEST(fractions_are_printed)
{
    assert_formatted("1.50 2.5e+00", "%.2f %.1e", 1.5, 2.5);
}
END_TEST

START_TEST(text_that_does_not_fit_is_cut_and_counted)
{
    char buffer[8];
    memset(buffer, '#', sizeof(buffer));
    ck_assert_uint_eq(format_into(buffer, 6, "%s-%d", "abcd", 123), 8);
    ck_assert_str_eq(buffer, "abcd-");
    ck_assert_int_eq(buffer[6], '#');
    ck_assert_uint_eq(format_into(buffer, 4, "ab%ws%d", L"\u20ac\u20ac", 1), 9);
    ck_assert_str_eq(buffer, "ab");
    ck_assert_uint_eq(format_into(NULL, 0, "%s %ws", "abc", L"def"), 7);
}
END_TEST

START_TEST(an_enormous_field_is_bounded)
{
    char buffer[2 * FORMAT_FIELD_MAX];
    ck_assert_uint_eq(format_into(buffer, sizeof(buffer), "%999999999d", 1), FORMAT_FIELD_MAX);
    ck_assert_uint_eq(format_into(buffer, sizeof(buffer), "%.*d", 2000000000, 1), FORMAT_FIELD_MAX);
    ck_assert_uint_eq(format_into(buffer, sizeof(buffer), "%*d", -2000000000, 1), FORMAT_FIELD_MAX);
    ck_assert_uint_eq(format_into(buffer, sizeof(buffer), "%*d", (int)0x80000000, 1),
                      FORMAT_FIELD_MAX);
}
END_TEST

static struct {
    size_t count;
    enum log_level level;
    char text[2048];
} logged;

static void note_line(enum log_level level, const char *line)
{
    logged.count++;
    logged.level = level;
    strcat(logged.text, line);
    strcat(logged.text, "|");
}

static void listen(void)
{
    memset(&logged, 0, sizeof(logged));
    log_set_sink(note_line);
    log_set_level(LOG_LEVEL_DEBUG);
}

START_TEST(each_line_of_text_is_a_line_of_the_log)
{
    DbgPrint("one\ntwo\r\n%s\n", "three");
    ck_assert_uint_eq(logged.count, 3);
    ck_assert_str_eq(logged.text, "one|two|three|");
}
END_TEST

START_TEST(text_without_newline_joins_what_the_thread_prints_next)
{
    DbgPrint("bytes:");
    for (int i = 0; i < 3; i++)
        DbgPrint(" %02x", i);
    ck_assert_uint_eq(logged.count, 0);
    DbgPrint("\nnext ");
    ck_assert_str_eq(logged.text, "bytes: 00 01 02|");
    DbgPrint("line\n");
    ck_assert_str_eq(logged.text, "bytes: 00 01 02|next line|");
}
END_TEST

START_TEST(another_line_of_the_thread_comes_after_what_it_has_begun)
{
    DbgPrint("begun");
    log_error("a message");
    ck_assert_str_eq(logged.text, "begun|a message|");
}
END_TEST

START_TEST(text_of_another_level_begins_a_line)
{
    DbgPrint("at debug");
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "at error\n");
    ck_assert_str_eq(logged.text, "at debug|at error|");
    ck_assert_int_eq(logged.level, LOG_LEVEL_ERROR);
}
END_TEST

static void print_last_words(void *unused)
{
    (void)unused;
    DbgPrint("last words");
}

START_TEST(each_thread_has_its_own_line_which_its_end_ends)
{
    struct port_thread thread;
    DbgPrint("main ");
    ck_assert_int_eq(port_thread_start(&thread, "talker", print_last_words, NULL), 0);
    port_thread_join(&thread);
    ck_assert_str_eq(logged.text, "last words|");
    DbgPrint("thread\n");
    ck_assert_str_eq(logged.text, "last words|main thread|");
}
END_TEST

START_TEST(a_line_without_end_is_written_when_it_is_full)
{
    for (int i = 0; i < 1100; i++)
        DbgPrint("x");
    ck_assert_uint_eq(logged.count, 1);
    DbgPrint("\n");
    ck_assert_uint_eq(logged.count, 2);
    ck_assert_uint_eq(strlen(logged.text), 1100 + strlen("||"));
}
END_TEST

static void show_line(enum log_level level, const char *line)
{
    (void)level;
    printf("%s|", line);
    fflush(stdout);
}

/* The process's standard output when it ends like this. */
static void expect_last_words(void (*end)(void), const char *expected)
{
    int ends[2];
    char text[64] = "";
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        log_set_sink(show_line);
        DbgPrint("last words");
        end();
        _exit(99);
    }
    close(ends[1]);
    ck_assert_int_ge(read(ends[0], text, sizeof(text) - 1), 0);
    close(ends[0]);
    waitpid(child, NULL, 0);
    ck_assert_str_eq(text, expected);
}

static void end_by_exit(void)
{
    exit(0);
}

START_TEST(the_end_of_the_process_ends_the_line)
{
    expect_last_words(end_by_exit, "last words|");
    expect_last_words(DbgBreakPoint, "last words|");
}
END_TEST

START_TEST(a_percent_sign_in_the_text_is_not_a_format)
{
    DbgPrint("%s\n", "%s%n");
    ck_assert_str_eq(logged.text, "%s%n|");
}
END_TEST

START_TEST(a_call_prints_at_most_512_bytes)
{
    char text[800];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    DbgPrint("%s\n", text);
    ck_assert_uint_eq(logged.count, 1);
    ck_assert_uint_eq(strlen(logged.text), 512 + strlen("|"));
}
END_TEST

static const struct {
    ULONG level;
    enum log_level expected;
} levels[] = {
    {DPFLTR_ERROR_LEVEL, LOG_LEVEL_ERROR},
    {DPFLTR_WARNING_LEVEL, LOG_LEVEL_WARNING},
    {DPFLTR_TRACE_LEVEL, LOG_LEVEL_INFO},
    {DPFLTR_INFO_LEVEL, LOG_LEVEL_DEBUG},
    {31, LOG_LEVEL_DEBUG},
    {DPFLTR_MASK | 1 << DPFLTR_ERROR_LEVEL, LOG_LEVEL_ERROR},
    {DPFLTR_MASK | 1 << DPFLTR_WARNING_LEVEL | 1 << DPFLTR_INFO_LEVEL, LOG_LEVEL_WARNING},
    {DPFLTR_MASK, LOG_LEVEL_DEBUG},
};

START_TEST(the_level_becomes_one_of_the_log)
{
    ck_assert_uint_eq(DbgPrintEx(DPFLTR_IHVDRIVER_ID, levels[_i].level, "x\n"), STATUS_SUCCESS);
    ck_assert_uint_eq(logged.count, 1);
    ck_assert_int_eq(logged.level, levels[_i].expected);
}
END_TEST

START_TEST(what_the_log_does_not_want_is_not_formatted)
{
    log_set_level(LOG_LEVEL_INFO);
    DbgPrint("%s\n", (const char *)1); /* would be read if it were formatted */
    ck_assert_uint_eq(logged.count, 0);
}
END_TEST

START_TEST(debug_builds_print_through_kdprint)
{
    KdPrint(("%s %d\n", "kd", 1));
    KdPrintEx((DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, "%s\n", "ex"));
    ck_assert_str_eq(logged.text, DBG ? "kd 1|ex|" : "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("print");
    TCase *formats = tcase_create("formats");
    tcase_add_test(formats, integers_are_32_bits_wide_unless_they_say_otherwise);
    tcase_add_test(formats, sizes_of_64_bits_are_taken_whole);
    tcase_add_test(formats, shorter_integers_are_cut_to_their_size);
    tcase_add_test(formats, width_precision_and_flags_apply);
    tcase_add_test(formats, a_pointer_has_16_digits);
    tcase_add_test(formats, wide_text_comes_out_as_utf8);
    tcase_add_test(formats, characters_are_narrow_or_wide);
    tcase_add_test(formats, counted_strings_need_no_zero);
    tcase_add_test(formats, null_is_shown_and_not_read);
    tcase_add_test(formats, n_writes_nothing_anywhere);
    tcase_add_test(formats, what_is_no_conversion_stays_as_it_is);
    tcase_add_test(formats, fractions_are_printed);
    tcase_add_test(formats, text_that_does_not_fit_is_cut_and_counted);
    tcase_add_test(formats, an_enormous_field_is_bounded);
    suite_add_tcase(suite, formats);

    TCase *lines = tcase_create("lines");
    tcase_add_checked_fixture(lines, listen, NULL);
    tcase_add_test(lines, each_line_of_text_is_a_line_of_the_log);
    tcase_add_test(lines, text_without_newline_joins_what_the_thread_prints_next);
    tcase_add_test(lines, another_line_of_the_thread_comes_after_what_it_has_begun);
    tcase_add_test(lines, text_of_another_level_begins_a_line);
    tcase_add_test(lines, each_thread_has_its_own_line_which_its_end_ends);
    tcase_add_test(lines, a_line_without_end_is_written_when_it_is_full);
    tcase_add_test(lines, the_end_of_the_process_ends_the_line);
    tcase_add_test(lines, a_percent_sign_in_the_text_is_not_a_format);
    tcase_add_test(lines, a_call_prints_at_most_512_bytes);
    tcase_add_loop_test(lines, the_level_becomes_one_of_the_log, 0, RTL_NUMBER_OF(levels));
    tcase_add_test(lines, what_the_log_does_not_want_is_not_formatted);
    tcase_add_test(lines, debug_builds_print_through_kdprint);
    suite_add_tcase(suite, lines);
    return unit_run(suite);
}
