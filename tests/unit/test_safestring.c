/* The safe string functions, narrow, wide and counted, and arithmetic with overflow checks. */
#include <string.h>

#include <ntintsafe.h>
#include <ntstrsafe.h>

#include "unit.h"

static void assert_wide_eq(const WCHAR *text, const WCHAR *expected)
{
    size_t length, expected_length;
    ck_assert_int_eq(RtlStringCchLengthW(text, 100, &length), STATUS_SUCCESS);
    ck_assert_int_eq(RtlStringCchLengthW(expected, 100, &expected_length), STATUS_SUCCESS);
    ck_assert_uint_eq(length, expected_length);
    ck_assert_mem_eq(text, expected, length * sizeof(WCHAR));
}

START_TEST(text_that_fits_is_copied_and_ends_with_a_zero)
{
    CHAR narrow[6];
    WCHAR wide[6];
    ck_assert_int_eq(RtlStringCbCopyA(narrow, sizeof(narrow), "12345"), STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "12345");
    ck_assert_int_eq(RtlStringCbCopyW(wide, sizeof(wide), L"12345"), STATUS_SUCCESS);
    assert_wide_eq(wide, L"12345");
    ck_assert_int_eq(RtlStringCchCopyNA(narrow, 6, "12345", 2), STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "12");
}
END_TEST

START_TEST(text_that_is_too_long_is_cut_and_ends_with_a_zero)
{
    CHAR narrow[4] = "abc";
    WCHAR wide[4];
    ck_assert_int_eq(RtlStringCchCopyA(narrow, 3, "12345"), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "12");
    ck_assert_int_eq(RtlStringCchCatA(narrow, 4, "345"), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "123");
    /* An odd byte at the end is not used. */
    ck_assert_int_eq(RtlStringCbCopyW(wide, 3 * sizeof(WCHAR) + 1, L"12345"),
                     STATUS_BUFFER_OVERFLOW);
    assert_wide_eq(wide, L"12");
}
END_TEST

START_TEST(text_is_appended_behind_what_is_there)
{
    CHAR narrow[8] = "abc";
    WCHAR wide[8] = L"abc";
    ck_assert_int_eq(RtlStringCbCatA(narrow, sizeof(narrow), "def"), STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "abcdef");
    ck_assert_int_eq(RtlStringCbCatNW(wide, sizeof(wide), L"defgh", 2 * sizeof(WCHAR)),
                     STATUS_SUCCESS);
    assert_wide_eq(wide, L"abcde");
}
END_TEST

START_TEST(a_size_that_cannot_be_is_refused_and_nothing_is_written)
{
    CHAR narrow[4] = {'a', 'b', 'c', 'd'};
    size_t length = 7;
    ck_assert_int_eq(RtlStringCchCopyA(narrow, 0, "x"), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchCopyA(narrow, (SIZE_T)NTSTRSAFE_MAX_CCH + 1, "x"),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchPrintfA(narrow, 0, "x"), STATUS_INVALID_PARAMETER);
    /* A buffer without a zero can't be appended to. */
    ck_assert_int_eq(RtlStringCchCatA(narrow, 4, "x"), STATUS_INVALID_PARAMETER);
    ck_assert_mem_eq(narrow, "abcd", 4);
    ck_assert_int_eq(RtlStringCchLengthA(narrow, 4, &length), STATUS_INVALID_PARAMETER);
    ck_assert_uint_eq(length, 0);
}
END_TEST

START_TEST(formats_are_microsofts)
{
    CHAR narrow[64];
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"echo");
    ck_assert_int_eq(RtlStringCbPrintfA(narrow, sizeof(narrow), "%wZ %ws %Iu %s", &name, L"wide",
                                        (SIZE_T)5, "narrow"),
                     STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "echo wide 5 narrow");
    ck_assert_int_eq(RtlStringCchPrintfA(narrow, 5, "%d", 123456), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "1234");
}
END_TEST

START_TEST(in_a_wide_format_plain_strings_are_wide)
{
    WCHAR wide[64];
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"echo");
    ANSI_STRING ansi = RTL_CONSTANT_STRING("ansi");
    ck_assert_int_eq(RtlStringCbPrintfW(wide, sizeof(wide), L"\x00e4 %s %S %hs %ls %c %C %wZ %Z",
                                        L"wide", "narrow", "h", L"l", L'c', 'C', &name, &ansi),
                     STATUS_SUCCESS);
    assert_wide_eq(wide, L"\x00e4 wide narrow h l c C echo ansi");
    ck_assert_int_eq(RtlStringCchPrintfW(wide, 4, L"%d", 123456), STATUS_BUFFER_OVERFLOW);
    assert_wide_eq(wide, L"123");
}
END_TEST

START_TEST(counted_strings_need_no_zero)
{
    WCHAR buffer[4] = {'x', 'x', 'x', 'x'};
    UNICODE_STRING text = {.Length = 0, .MaximumLength = sizeof(buffer), .Buffer = buffer};
    ck_assert_int_eq(RtlUnicodeStringPrintf(&text, L"%u", 1234), STATUS_SUCCESS);
    ck_assert_uint_eq(text.Length, sizeof(buffer));
    ck_assert_mem_eq(buffer, L"1234", sizeof(buffer));
    ck_assert_int_eq(RtlUnicodeStringPrintf(&text, L"%u", 98765), STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(text.Length, sizeof(buffer));
    ck_assert_int_eq(RtlUnicodeStringCopyString(&text, L"ab"), STATUS_SUCCESS);
    ck_assert_uint_eq(text.Length, 4);
    ck_assert_int_eq(RtlUnicodeStringCatString(&text, L"cd"), STATUS_SUCCESS);
    ck_assert_mem_eq(buffer, L"abcd", sizeof(buffer));
    ck_assert_int_eq(RtlUnicodeStringCatString(&text, L"e"), STATUS_BUFFER_OVERFLOW);
}
END_TEST

START_TEST(a_counted_string_that_contradicts_itself_is_refused)
{
    WCHAR buffer[4];
    UNICODE_STRING odd = {.Length = 0, .MaximumLength = 7, .Buffer = buffer};
    UNICODE_STRING long_one = {.Length = 10, .MaximumLength = 8, .Buffer = buffer};
    UNICODE_STRING none = {.Length = 0, .MaximumLength = 8, .Buffer = NULL};
    ck_assert_int_eq(RtlUnicodeStringCopyString(&odd, L"a"), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringCatString(&long_one, L"a"), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringPrintf(&none, L"a"), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(an_overflow_is_a_status_and_sets_all_bits)
{
    ULONG result;
    SIZE_T size;
    ck_assert_int_eq(RtlULongAdd(MAXULONG - 1, 1, &result), STATUS_SUCCESS);
    ck_assert_uint_eq(result, MAXULONG);
    ck_assert_int_eq(RtlULongAdd(MAXULONG, 1, &result), STATUS_INTEGER_OVERFLOW);
    ck_assert_uint_eq(result, MAXULONG);
    ck_assert_int_eq(RtlULongSub(1, 2, &result), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlSizeTMult(MAXSIZE_T / 2, 3, &size), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlSizeTMult(6, 7, &size), STATUS_SUCCESS);
    ck_assert_uint_eq(size, 42);
    ck_assert_int_eq(RtlSizeTToULong((SIZE_T)MAXULONG + 1, &result), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlLongToULong(-1, &result), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlSizeTToULong(MAXULONG, &result), STATUS_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("safestring");
    TCase *tests = tcase_create("safestring");
    tcase_add_test(tests, text_that_fits_is_copied_and_ends_with_a_zero);
    tcase_add_test(tests, text_that_is_too_long_is_cut_and_ends_with_a_zero);
    tcase_add_test(tests, text_is_appended_behind_what_is_there);
    tcase_add_test(tests, a_size_that_cannot_be_is_refused_and_nothing_is_written);
    tcase_add_test(tests, formats_are_microsofts);
    tcase_add_test(tests, in_a_wide_format_plain_strings_are_wide);
    tcase_add_test(tests, counted_strings_need_no_zero);
    tcase_add_test(tests, a_counted_string_that_contradicts_itself_is_refused);
    tcase_add_test(tests, an_overflow_is_a_status_and_sets_all_bits);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
