/* INFs as they are written: text, lines, fields, strings, variables (S20.1 to S20.10, S20.44). */
#include "failing_heap.h"
#include "infs.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define NO_COMPLAINTS ""

/* S20.1 */
START_TEST(utf_16_and_utf_8_and_the_old_code_page_say_the_same)
{
    static const unsigned char little[] = "\xff\xfe[\0a\0]\0\n\0\xe4\0\xac\x20\x3d\xd8\x00\xde";
    static const unsigned char big[] = "\xfe\xff\0[\0a\0]\0\n\0\xe4\x20\xac\xd8\x3d\xde\x00";
    static const char marked[] = "\xef\xbb\xbf[a]\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
    static const char old[] = "[a]\n\xe4\x80";
    const char *all = "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
    struct inf *inf = infs_read_bytes("a.inf", little, sizeof(little) - 1);
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), all);
    inf = infs_read_bytes("a.inf", big, sizeof(big) - 1);
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), all);
    inf = infs_read(marked);
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), all);
    inf = infs_read(marked + 3);
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), all);
    inf = infs_read(old);
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "\xc3\xa4\xe2\x82\xac");
    infs_expect(inf, NO_COMPLAINTS);
}
END_TEST

/* S20.1 */
START_TEST(lines_end_in_cr_or_lf_or_both)
{
    struct inf *inf = infs_read("[a]\rone\ntwo\r\nthree\n\r\n \"four");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "one");
    ck_assert_str_eq(infs_field(inf, "a", 1, 0), "two");
    ck_assert_str_eq(infs_field(inf, "a", 2, 0), "three");
    infs_expect(inf, "6:2: error: this quote is not closed in its line\n");
}
END_TEST

START_TEST(text_that_is_cut_off_or_no_text_is_said_to_be)
{
    infs_expect(infs_read_bytes("a.inf", "\xff\xfe[\0a\0]\0\n", 9),
                "0:0: error: UTF-16 with half a character at its end: the file is cut off\n");
    infs_expect(infs_read_bytes("a.inf", "\xff\xfe[\0a\0]\0\0\xd8", 10),
                "0:0: error: UTF-16 with half a surrogate pair\n");
    infs_expect(infs_read_bytes("a.inf", "\xff\xfe[\0a\0]\0\0\0", 10),
                "0:0: error: there is a zero in the text\n");
    infs_expect(infs_read_bytes("a.inf", "[\0a\0]\0", 6),
                "0:0: error: there is a zero in the text; UTF-16 needs its mark at the beginning\n"
                "1:1: error: a section's name ends with ]\n");
    infs_expect(infs_read_bytes("a.inf", "", 0), NO_COMPLAINTS);
}
END_TEST

/* S20.2 */
START_TEST(a_comment_begins_outside_quotes_and_tokens)
{
    struct inf *inf = infs_read("[a]\n"
                                "one ; two\n"
                                "\"one ; two\" ; three\n"
                                "%semi;colon% ; four\n"
                                "50 % ; a tenth of 5 %\n"
                                "; all of it\n"
                                "// is none, /* nor is that\n"
                                "[Strings]\n"
                                "semi\";\"colon = x\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "one");
    ck_assert_str_eq(infs_field(inf, "a", 1, 0), "one ; two");
    ck_assert_str_eq(infs_field(inf, "a", 2, 0), "x");
    ck_assert_str_eq(infs_field(inf, "a", 3, 0), "50 %");
    ck_assert_str_eq(infs_field(inf, "a", 4, 0), "// is none");
    ck_assert_str_eq(infs_field(inf, "a", 4, 1), "/* nor is that");
}
END_TEST

/* S20.2 */
START_TEST(what_stands_before_the_first_section_is_left_out)
{
    struct inf *inf = infs_read("; a comment\n /*\nold = x\n*/\n[a]\nnew = y\n");
    ck_assert_ptr_null(inf_find(inf_look_for(inf, "a"), "old"));
    ck_assert_str_eq(inf_value(inf_look_for(inf, "a"), "NEW"), "y");
    infs_expect(inf, "2:2: warning: what stands before the first section is left out\n");
}
END_TEST

/* S20.3 */
START_TEST(a_backslash_at_the_end_continues_the_line)
{
    struct inf *inf = infs_read("[a]\n"
                                "key = one, \\ ; a comment\n"
                                "    two,\\\n"
                                "    three\n"
                                "\"dir\\\"\n"
                                "\"dir\\\"\\\n"
                                ", x\n"
                                "dir\\\\\n"
                                "file\n"
                                "a\\b\n"
                                "end\\");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "one");
    ck_assert_str_eq(infs_field(inf, "a", 0, 1), "two");
    ck_assert_str_eq(infs_field(inf, "a", 0, 2), "three");
    ck_assert_str_eq(infs_field(inf, "a", 1, 0), "dir\\");
    ck_assert_str_eq(infs_field(inf, "a", 2, 0), "dir\\");
    ck_assert_str_eq(infs_field(inf, "a", 2, 1), "x");
    ck_assert_str_eq(infs_field(inf, "a", 3, 0), "dirfile");
    ck_assert_str_eq(infs_field(inf, "a", 4, 0), "a\\b");
    ck_assert_str_eq(infs_field(inf, "a", 5, 0), "end");
}
END_TEST

/* In a continued line, too, each field keeps its own position. */
START_TEST(fields_know_their_places)
{
    struct inf *inf = infs_read("[a]\n  key = \xc3\xa4, b,\\\n\t  c\n");
    const struct inf_line *line = inf_look_for(inf, "a")->lines;
    ck_assert_uint_eq(line->key.place.line, 2);
    ck_assert_uint_eq(line->key.place.column, 3);
    ck_assert_uint_eq(line->fields[1].place.column, 12);
    ck_assert_uint_eq(line->fields[2].place.line, 3);
    ck_assert_uint_eq(line->fields[2].place.column, 4);
    ck_assert_uint_eq(inf_place(line, 7).line, 2);
}
END_TEST

/* S20.4 */
START_TEST(sections_of_one_name_are_one)
{
    struct inf *inf = infs_read("[One Two]\na\n[b]\nx\n[ONE tWO] behind it\nc\n");
    ck_assert_str_eq(infs_field(inf, "one two", 0, 0), "a");
    ck_assert_str_eq(infs_field(inf, "one two", 1, 0), "c");
    infs_expect(inf, NO_COMPLAINTS);
}
END_TEST

/* S20.4 */
START_TEST(a_section_whose_name_has_blanks_or_no_end_is_complained_of)
{
    struct inf *inf = infs_read("[ a ]\nx\n[b\ny\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "x");
    infs_expect(inf, "1:1: warning: blanks at the ends of a section's name are left out\n"
                     "3:1: error: a section's name ends with ]\n");
    char text[400];
    snprintf(text, sizeof(text), "[%0256d]\n", 1);
    infs_expect(infs_read(text), "1:1: error: a section's name has at most 255 characters\n");
}
END_TEST

/* S20.5 */
START_TEST(an_entry_is_a_key_and_fields_or_fields_alone)
{
    struct inf *inf = infs_read("[a]\n"
                                "key = one,, three,,\n"
                                "no, key\n"
                                "HKR,,Options,,a=b\n"
                                "empty =\n"
                                "\"x=y\" = z = z\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, -1), "key");
    ck_assert_str_eq(infs_field(inf, "a", 0, 1), "");
    ck_assert_str_eq(infs_field(inf, "a", 0, 2), "three");
    ck_assert_str_eq(infs_field(inf, "a", 0, 3), "(no field)");
    ck_assert_str_eq(infs_field(inf, "a", 1, -1), "(no key)");
    ck_assert_str_eq(infs_field(inf, "a", 2, 4), "a=b");
    ck_assert_str_eq(infs_field(inf, "a", 3, 0), "(no field)");
    ck_assert_str_eq(infs_field(inf, "a", 4, -1), "x=y");
    ck_assert_str_eq(infs_field(inf, "a", 4, 0), "z = z");
}
END_TEST

/* S20.5 */
START_TEST(a_key_may_come_again)
{
    struct inf *inf = infs_read("[a]\nAddReg = one\nOther = x\naddreg = two\n");
    const struct inf_section *section = inf_look_for(inf, "A");
    const struct inf_line *line = inf_find(section, "AddReg");
    ck_assert_str_eq(inf_text(line, 0), "one");
    line = inf_find_next(line, "AddReg");
    ck_assert_str_eq(inf_text(line, 0), "two");
    ck_assert_ptr_null(inf_find_next(line, "AddReg"));
}
END_TEST

/* S20.6 */
START_TEST(quotes_keep_what_stands_in_them)
{
    struct inf *inf = infs_read("[a]\n"
                                "\" one, two; \\ \"\n"
                                "\"say \"\"hello\"\"\", x\n"
                                "one\" two \"three\n"
                                "\"not closed, at all\n"
                                "next\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), " one, two; \\ ");
    ck_assert_str_eq(infs_field(inf, "a", 1, 0), "say \"hello\"");
    ck_assert_str_eq(infs_field(inf, "a", 1, 1), "x");
    ck_assert_str_eq(infs_field(inf, "a", 2, 0), "one two three");
    ck_assert_str_eq(infs_field(inf, "a", 4, 0), "next");
    infs_expect(inf, "5:1: error: this quote is not closed in its line\n");
}
END_TEST

/* S20.7 */
START_TEST(a_field_is_no_longer_than_4096_characters)
{
    static char text[9000];
    snprintf(text, sizeof(text), "[a]\n%04096d\nx, %04097d\n", 1, 1);
    struct inf *inf = infs_read(text);
    ck_assert_uint_eq(strlen(infs_field(inf, "a", 0, 0)), 4096);
    ck_assert_uint_eq(strlen(infs_field(inf, "a", 1, 1)), 4096);
    infs_expect(inf, "3:4: error: a field has at most 4096 characters; this one has 4097\n");
}
END_TEST

/* S20.7: before and after. */
START_TEST(strings_do_not_make_a_longer_one)
{
    static char text[5000];
    snprintf(text, sizeof(text), "[a]\n%%x%%%%x%%\n[Strings]\nx = %02049d\n", 1);
    infs_expect(infs_read(text),
                "2:1: error: with its strings put in, the field has more than 4096 characters\n");
}
END_TEST

/* S20.8 */
START_TEST(strings_are_put_into_keys_and_fields_once)
{
    struct inf *inf = infs_read("[a]\n"
                                "%Key% = %ONE%, \"in %one%s\", 100%%, %13%\\x.sys, %-1%, %two%\n"
                                "[%one%]\n"
                                "[Strings]\n"
                                "key = k\n"
                                "one = \"a, b\"\n"
                                "two = %one%\n"
                                "13 = never\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, -1), "k");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "a, b");
    ck_assert_str_eq(infs_field(inf, "a", 0, 1), "in a, bs");
    ck_assert_str_eq(infs_field(inf, "a", 0, 2), "100%");
    ck_assert_str_eq(infs_field(inf, "a", 0, 3), "%13%\\x.sys");
    ck_assert_str_eq(infs_field(inf, "a", 0, 4), "%-1%");
    ck_assert_str_eq(infs_field(inf, "a", 0, 5), "%one%");
    ck_assert_ptr_nonnull(inf_look_for(inf, "%one%"));
    infs_expect(inf, NO_COMPLAINTS);
}
END_TEST

/* S20.8, S20.51 */
START_TEST(a_token_that_is_no_string_stays_with_a_warning)
{
    struct inf *inf = infs_read("[a]\nHKR,,x,%REG_SZ%,y\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, 3), "%REG_SZ%");
    infs_expect(inf, "2:8: warning: there is no string %REG_SZ% in [Strings]: it stays as it is\n");
}
END_TEST

/* S20.9 */
START_TEST(the_first_of_two_strings_counts)
{
    struct inf *inf = infs_read("[a]\n%x%, %y%, %z%\n"
                                "[Strings]\n"
                                "x = one ; two\n"
                                "X = three\n"
                                "y = 0x00000002\n"
                                "z = a, b\n"
                                "what\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "one");
    ck_assert_str_eq(infs_field(inf, "a", 0, 1), "0x00000002");
    ck_assert_str_eq(infs_field(inf, "a", 0, 2), "a");
    infs_expect(inf, "5:1: warning: the string X is there already: the first one counts\n"
                     "7:8: warning: the string ends at its comma: put it in quotes\n"
                     "8:1: warning: a string is NAME = \"VALUE\": this line is left out\n");
}
END_TEST

/* S20.10 */
START_TEST(without_strings_those_in_english_are_taken)
{
    struct inf *inf =
        infs_read("[a]\n%x%\n[Strings.0409]\nx = english\n[Strings.0407]\nx = deutsch");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "english");
    inf = infs_read("[a]\n%x%\n[Strings.0409]\nx = english\n[Strings]\nx = neutral\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "neutral");
}
END_TEST

/* Strings that refer to each other (S20.8: no second pass). */
START_TEST(strings_in_a_circle_end)
{
    struct inf *inf = infs_read("[a]\n%x%\n[Strings]\nx = \"%y%\"\ny = \"%x%\"\n");
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "%y%");
    infs_expect(inf, NO_COMPLAINTS);
}
END_TEST

/* S20.44 */
START_TEST(the_variables_of_an_inx_are_replaced_everywhere)
{
    struct inf *inf = infs_read("[Standard.NT$ARCH$.10.0]\n"
                                "$ARCH$ = $KMDFVERSION$, \"$UMDFVERSION$\", "
                                "$KMDFCOINSTALLERVERSION$, $UMDFCOINSTALLERVERSION$\n"
                                "$WINDOWS NT$, %x%\n"
                                "[Strings]\nx = $ARCH$\n");
    const char *section = "Standard.NTamd64.10.0";
    ck_assert_str_eq(infs_field(inf, section, 0, -1), "amd64");
    ck_assert_str_eq(infs_field(inf, section, 0, 0), "1.33");
    ck_assert_str_eq(infs_field(inf, section, 0, 1), "2.33.0");
    ck_assert_str_eq(infs_field(inf, section, 0, 2), "01033");
    ck_assert_str_eq(infs_field(inf, section, 0, 3), "02033");
    ck_assert_str_eq(infs_field(inf, section, 1, 0), "$WINDOWS NT$");
    ck_assert_str_eq(infs_field(inf, section, 1, 1), "amd64");
    infs_expect(inf, NO_COMPLAINTS);
}
END_TEST

START_TEST(ten_megabytes_in_one_line_are_one_complaint)
{
    size_t size = 10 << 20;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', size);
    memcpy(text, "[a]\n", 4);
    struct inf *inf = infs_read_bytes("a.inf", text, size);
    infs_expect(inf, "2:1: error: a field has at most 4096 characters; this one has 10485756\n");
    memset(text + 4, ',', size - 4);
    inf = infs_read_bytes("a.inf", text, size);
    infs_expect(inf, "2:1: error: a line has at most 65536 fields\n");
    memset(text + 4, '"', size - 4);
    inf = infs_read_bytes("a.inf", text, size);
    infs_expect(inf, "2:1: error: a field has at most 4096 characters; this one has 5242877\n");
    free(text);
    ck_assert_int_eq(inf_read("a.inf", "", INF_FILE_MAX + 1, &infs_system, &inf), -EFBIG);
}
END_TEST

/* A small file that would become a large one. */
START_TEST(strings_that_blow_a_file_up_are_refused)
{
    size_t size = 4 << 20;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    int used = snprintf(text, size, "[Strings]\nx = %04000d\n[a]\n", 1);
    for (size_t i = (size_t)used; i < size; i++)
        text[i] = "%x%\n"[(i - (size_t)used) % 4];
    struct inf *inf;
    ck_assert_int_eq(inf_read("a.inf", text, size, &infs_system, &inf), -EFBIG);
    ck_assert_ptr_null(inf);
    free(text);
}
END_TEST

START_TEST(complaints_are_bounded)
{
    char text[4096] = "[a]\n";
    for (int i = 0; i < 300; i++)
        strcat(text, "\"x\n");
    struct inf *inf = infs_read(text);
    unsigned kept = 0;
    for (const struct inf_complaint *one = inf->complaints; one != NULL; one = one->next)
        kept++;
    ck_assert_uint_eq(kept, INF_COMPLAINTS_MAX);
    ck_assert_uint_eq(inf->complaint_count, 300);
    ck_assert_uint_eq(inf->error_count, 300);
}
END_TEST

START_TEST(without_memory_nothing_is_read_and_nothing_is_left)
{
    static const char text[] = "[a]\none = two, %x%, \"three\", 4, 5\n[b\n[Strings]\nx = y\n";
    infs_end();
    for (unsigned n = 1;; n++) {
        struct inf *inf;
        heap_fail(n, false);
        int error = inf_read("a.inf", text, sizeof(text) - 1, &infs_system, &inf);
        bool has_failed = heap_heal();
        ck_assert_int_eq(error, has_failed ? -ENOMEM : 0);
        if (!has_failed) {
            inf_close(inf);
            ck_assert_uint_gt(n, 10);
            break;
        }
        ck_assert_ptr_null(inf);
        ck_assert_int_eq(heap_leaks(), 0);
    }
}
END_TEST

START_TEST(a_file_that_is_none_is_refused)
{
    struct inf *inf;
    ck_assert_int_eq(inf_open("/nowhere/a.inf", &infs_system, &inf), -ENOENT);
    ck_assert_int_eq(inf_open("/", &infs_system, &inf), -EINVAL);
    char path[] = "/tmp/wdfuse-inf-XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, "[a]\nb\n", 6), 6);
    ck_assert_int_eq(inf_open(path, &infs_system, &inf), 0);
    ck_assert_str_eq(infs_field(inf, "a", 0, 0), "b");
    inf_close(inf);
    close(file);
    unlink(path);
}
END_TEST

static void end(void)
{
    infs_end();
}

static Suite *inf_suite(void)
{
    Suite *suite = suite_create("inf");
    TCase *tests = tcase_create("inf");
    tcase_add_checked_fixture(tests, NULL, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, utf_16_and_utf_8_and_the_old_code_page_say_the_same);
    tcase_add_test(tests, lines_end_in_cr_or_lf_or_both);
    tcase_add_test(tests, text_that_is_cut_off_or_no_text_is_said_to_be);
    tcase_add_test(tests, a_comment_begins_outside_quotes_and_tokens);
    tcase_add_test(tests, what_stands_before_the_first_section_is_left_out);
    tcase_add_test(tests, a_backslash_at_the_end_continues_the_line);
    tcase_add_test(tests, fields_know_their_places);
    tcase_add_test(tests, sections_of_one_name_are_one);
    tcase_add_test(tests, a_section_whose_name_has_blanks_or_no_end_is_complained_of);
    tcase_add_test(tests, an_entry_is_a_key_and_fields_or_fields_alone);
    tcase_add_test(tests, a_key_may_come_again);
    tcase_add_test(tests, quotes_keep_what_stands_in_them);
    tcase_add_test(tests, a_field_is_no_longer_than_4096_characters);
    tcase_add_test(tests, strings_do_not_make_a_longer_one);
    tcase_add_test(tests, strings_are_put_into_keys_and_fields_once);
    tcase_add_test(tests, a_token_that_is_no_string_stays_with_a_warning);
    tcase_add_test(tests, the_first_of_two_strings_counts);
    tcase_add_test(tests, without_strings_those_in_english_are_taken);
    tcase_add_test(tests, strings_in_a_circle_end);
    tcase_add_test(tests, the_variables_of_an_inx_are_replaced_everywhere);
    tcase_add_test(tests, ten_megabytes_in_one_line_are_one_complaint);
    tcase_add_test(tests, strings_that_blow_a_file_up_are_refused);
    tcase_add_test(tests, complaints_are_bounded);
    tcase_add_test(tests, without_memory_nothing_is_read_and_nothing_is_left);
    tcase_add_test(tests, a_file_that_is_none_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(inf_suite());
}
