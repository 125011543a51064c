/* Counted strings, and UTF-16 to UTF-8 and back. */
#include <string.h>

#include <wdm.h>

#include "nt/utf.h"
#include "unit.h"

static void assert_text(const UNICODE_STRING *string, const WCHAR *expected, size_t units)
{
    ck_assert_uint_eq(string->Length, units * sizeof(WCHAR));
    ck_assert_int_eq(memcmp(string->Buffer, expected, units * sizeof(WCHAR)), 0);
}

START_TEST(init_describes_the_text_without_its_zero)
{
    UNICODE_STRING string;
    const WCHAR *text = L"echo";
    RtlInitUnicodeString(&string, text);
    ck_assert_ptr_eq(string.Buffer, text);
    ck_assert_uint_eq(string.Length, 8);
    ck_assert_uint_eq(string.MaximumLength, 10);
}
END_TEST

START_TEST(init_with_null_gives_an_empty_string_without_buffer)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, NULL);
    ck_assert_ptr_null(string.Buffer);
    ck_assert_uint_eq(string.Length, 0);
    ck_assert_uint_eq(string.MaximumLength, 0);
}
END_TEST

START_TEST(init_cuts_what_16_bits_can_not_count)
{
    static WCHAR text[40000];
    UNICODE_STRING string;
    for (size_t i = 0; i < RTL_NUMBER_OF(text) - 1; i++)
        text[i] = L'x';
    RtlInitUnicodeString(&string, text);
    ck_assert_uint_eq(string.MaximumLength, UNICODE_STRING_MAX_BYTES);
    ck_assert_uint_eq(string.Length, UNICODE_STRING_MAX_BYTES - sizeof(WCHAR));
}
END_TEST

START_TEST(literals_make_strings_at_compile_time)
{
    static const UNICODE_STRING constant = RTL_CONSTANT_STRING(L"\\Device\\Echo");
    DECLARE_CONST_UNICODE_STRING(declared, L"\\Device\\Echo");
    DECLARE_UNICODE_STRING_SIZE(empty, 16);

    assert_text(&constant, L"\\Device\\Echo", 12);
    ck_assert_uint_eq(constant.MaximumLength, 26);
    ck_assert(RtlEqualUnicodeString(&constant, &declared, FALSE));
    ck_assert_uint_eq(empty.Length, 0);
    ck_assert_uint_eq(empty.MaximumLength, 32);
}
END_TEST

START_TEST(copy_takes_what_fits_and_ends_it_if_there_is_room)
{
    DECLARE_UNICODE_STRING_SIZE(wide, 8);
    DECLARE_UNICODE_STRING_SIZE(narrow, 3);
    DECLARE_CONST_UNICODE_STRING(source, L"abcde");

    wide.Buffer[5] = L'#';
    RtlCopyUnicodeString(&wide, &source);
    assert_text(&wide, L"abcde", 6 - 1);
    ck_assert_uint_eq(wide.Buffer[5], 0);
    RtlCopyUnicodeString(&narrow, &source);
    assert_text(&narrow, L"abc", 3);
}
END_TEST

START_TEST(copy_of_null_empties_the_destination)
{
    DECLARE_UNICODE_STRING_SIZE(string, 8);
    string.Length = 6;
    RtlCopyUnicodeString(&string, NULL);
    ck_assert_uint_eq(string.Length, 0);
}
END_TEST

START_TEST(append_adds_to_the_end)
{
    DECLARE_UNICODE_STRING_SIZE(string, 8);
    DECLARE_CONST_UNICODE_STRING(first, L"COM");

    ck_assert_int_eq(RtlAppendUnicodeStringToString(&string, &first), STATUS_SUCCESS);
    ck_assert_int_eq(RtlAppendUnicodeToString(&string, L"12"), STATUS_SUCCESS);
    ck_assert_int_eq(RtlAppendUnicodeToString(&string, NULL), STATUS_SUCCESS);
    assert_text(&string, L"COM12", 5);
    ck_assert_uint_eq(string.Buffer[5], 0);
}
END_TEST

START_TEST(append_that_does_not_fit_changes_nothing)
{
    DECLARE_UNICODE_STRING_SIZE(string, 4);
    ck_assert_int_eq(RtlAppendUnicodeToString(&string, L"abc"), STATUS_SUCCESS);
    ck_assert_int_eq(RtlAppendUnicodeToString(&string, L"de"), STATUS_BUFFER_TOO_SMALL);
    assert_text(&string, L"abc", 3);
    ck_assert_int_eq(RtlAppendUnicodeToString(&string, L"d"), STATUS_SUCCESS);
    assert_text(&string, L"abcd", 4);
}
END_TEST

START_TEST(comparison_orders_by_units_and_then_by_length)
{
    DECLARE_CONST_UNICODE_STRING(abc, L"abc");
    DECLARE_CONST_UNICODE_STRING(abd, L"abd");
    DECLARE_CONST_UNICODE_STRING(ab, L"ab");

    ck_assert_int_lt(RtlCompareUnicodeString(&abc, &abd, FALSE), 0);
    ck_assert_int_gt(RtlCompareUnicodeString(&abd, &abc, FALSE), 0);
    ck_assert_int_gt(RtlCompareUnicodeString(&abc, &ab, FALSE), 0);
    ck_assert_int_eq(RtlCompareUnicodeString(&abc, &abc, FALSE), 0);
}
END_TEST

START_TEST(case_is_ignored_only_when_asked)
{
    DECLARE_CONST_UNICODE_STRING(lower, L"stra\u00dfe \u00e4\u03b1\u0431\u0451z");
    DECLARE_CONST_UNICODE_STRING(upper, L"STRA\u00dfE \u00c4\u0391\u0411\u0401Z");

    ck_assert(!RtlEqualUnicodeString(&lower, &upper, FALSE));
    ck_assert(RtlEqualUnicodeString(&lower, &upper, TRUE));
}
END_TEST

START_TEST(what_is_no_letter_has_no_case)
{
    DECLARE_CONST_UNICODE_STRING(divided, L"\u00f7{");
    DECLARE_CONST_UNICODE_STRING(multiplied, L"\u00d7[");
    ck_assert(!RtlEqualUnicodeString(&divided, &multiplied, TRUE));
}
END_TEST

/* One character of each length, and a pair of surrogates. */
#define SAMPLE_UTF8  "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"
#define SAMPLE_UTF16 L"a\u00e4\u20ac\U0001f600"

START_TEST(utf16_becomes_utf8)
{
    char buffer[32];
    const WCHAR *sample = SAMPLE_UTF16;
    ck_assert_uint_eq(utf8_from_utf16(buffer, sizeof(buffer), sample, 5), 10);
    ck_assert_str_eq(buffer, SAMPLE_UTF8);
}
END_TEST

START_TEST(utf8_becomes_utf16)
{
    WCHAR buffer[16];
    const WCHAR *sample = SAMPLE_UTF16;
    ck_assert_uint_eq(
        utf16_from_utf8(buffer, RTL_NUMBER_OF(buffer), SAMPLE_UTF8, strlen(SAMPLE_UTF8)), 5);
    ck_assert_int_eq(memcmp(buffer, sample, 6 * sizeof(WCHAR)), 0);
}
END_TEST

START_TEST(a_character_that_does_not_fit_is_left_out_whole)
{
    char narrow[6];
    WCHAR wide[5];
    ck_assert_uint_eq(utf8_from_utf16(narrow, sizeof(narrow), SAMPLE_UTF16, 5), 10);
    ck_assert_str_eq(narrow, "a\xc3\xa4");
    ck_assert_uint_eq(utf16_from_utf8(wide, RTL_NUMBER_OF(wide), SAMPLE_UTF8, strlen(SAMPLE_UTF8)),
                      5);
    ck_assert_uint_eq(wide[2], 0x20ac);
    ck_assert_uint_eq(wide[3], 0);
}
END_TEST

START_TEST(the_length_is_known_without_a_buffer)
{
    ck_assert_uint_eq(utf8_from_utf16(NULL, 0, SAMPLE_UTF16, 5), 10);
    ck_assert_uint_eq(utf16_from_utf8(NULL, 0, SAMPLE_UTF8, strlen(SAMPLE_UTF8)), 5);
}
END_TEST

START_TEST(a_surrogate_alone_becomes_the_replacement_character)
{
    static const WCHAR alone[][2] = {{0xd83d, 'x'}, {0xde00, 'x'}};
    char buffer[8];
    for (size_t i = 0; i < RTL_NUMBER_OF(alone); i++) {
        utf8_from_utf16(buffer, sizeof(buffer), alone[i], 2);
        ck_assert_str_eq(buffer, "\xef\xbf\xbdx");
    }
}
END_TEST

static const struct {
    const char *text;
    size_t units;
} malformed[] = {
    {"\x80x", 2},             /* a continuation alone */
    {"\xff\xfex", 3},         /* never part of a character */
    {"\xc0\xafx", 3},         /* longer than it needs to be */
    {"\xe0\x80\xafx", 4},     /* the same with three bytes */
    {"\xed\xa0\x80x", 4},     /* a surrogate */
    {"\xf4\x90\x80\x80x", 5}, /* beyond the last character */
    {"\xe2\x82", 2},          /* cut off */
};

START_TEST(malformed_utf8_is_replaced_byte_by_byte)
{
    WCHAR buffer[8];
    const char *text = malformed[_i].text;
    size_t length = strlen(text);

    ck_assert_uint_eq(utf16_from_utf8(buffer, RTL_NUMBER_OF(buffer), text, length),
                      malformed[_i].units);
    for (size_t i = 0; i < length; i++)
        ck_assert_uint_eq(buffer[i], text[i] == 'x' ? 'x' : 0xfffd);
}
END_TEST

START_TEST(memory_is_compared_up_to_the_first_difference)
{
    ck_assert_uint_eq(RtlCompareMemory("abcd", "abxd", 4), 2);
    ck_assert_uint_eq(RtlCompareMemory("abcd", "abcd", 4), 4);
    ck_assert_uint_eq(RtlCompareMemory("abcd", "xbcd", 4), 0);
    ck_assert_uint_eq(RtlCompareMemory(NULL, NULL, 0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("string");
    TCase *counted = tcase_create("counted strings");
    tcase_add_test(counted, init_describes_the_text_without_its_zero);
    tcase_add_test(counted, init_with_null_gives_an_empty_string_without_buffer);
    tcase_add_test(counted, init_cuts_what_16_bits_can_not_count);
    tcase_add_test(counted, literals_make_strings_at_compile_time);
    tcase_add_test(counted, copy_takes_what_fits_and_ends_it_if_there_is_room);
    tcase_add_test(counted, copy_of_null_empties_the_destination);
    tcase_add_test(counted, append_adds_to_the_end);
    tcase_add_test(counted, append_that_does_not_fit_changes_nothing);
    tcase_add_test(counted, comparison_orders_by_units_and_then_by_length);
    tcase_add_test(counted, case_is_ignored_only_when_asked);
    tcase_add_test(counted, what_is_no_letter_has_no_case);
    tcase_add_test(counted, memory_is_compared_up_to_the_first_difference);
    suite_add_tcase(suite, counted);

    TCase *conversion = tcase_create("conversion");
    tcase_add_test(conversion, utf16_becomes_utf8);
    tcase_add_test(conversion, utf8_becomes_utf16);
    tcase_add_test(conversion, a_character_that_does_not_fit_is_left_out_whole);
    tcase_add_test(conversion, the_length_is_known_without_a_buffer);
    tcase_add_test(conversion, a_surrogate_alone_becomes_the_replacement_character);
    tcase_add_loop_test(conversion, malformed_utf8_is_replaced_byte_by_byte, 0,
                        RTL_NUMBER_OF(malformed));
    suite_add_tcase(suite, conversion);
    return unit_run(suite);
}
