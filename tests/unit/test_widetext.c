/* The C library's wide functions by their names: 16-bit characters, as Windows documents them. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <wctype.h>

#include <wdm.h>

#include "unit.h"

#define ck_wide_eq(_text, _expected) ck_assert_mem_eq(_text, _expected, sizeof(_expected))

static WCHAR buffer[16];

START_TEST(lengths_are_counted_in_16_bits)
{
    ck_assert_uint_eq(wcslen(L"COM1"), 4);
    ck_assert_uint_eq(wcslen(L""), 0);
    ck_assert_uint_eq(wcsnlen(L"COM1", 2), 2);
    ck_assert_uint_eq(wcsnlen(L"COM1", 9), 4);
}
END_TEST

START_TEST(text_is_copied_and_appended)
{
    ck_wide_eq(wcscpy(buffer, L"COM"), L"COM");
    ck_wide_eq(wcscat(buffer, L"12"), L"COM12");
    ck_wide_eq(wcsncat(buffer, L"3456", 1), L"COM123");
    ck_wide_eq(wcsncpy(buffer, L"LPT1", 3), L"LPT123");
    ck_wide_eq(wcsncpy(buffer, L"X", 3), L"X\0\0"
                                         L"123");
}
END_TEST

START_TEST(text_is_compared_and_searched)
{
    const WCHAR *text = L"\\Device\\COM1";
    ck_assert_int_eq(wcscmp(L"a", L"a"), 0);
    ck_assert_int_lt(wcscmp(L"a", L"ab"), 0);
    ck_assert_int_gt(wcscmp(L"\xffff", L"b"), 0);
    ck_assert_int_eq(wcsncmp(L"abc", L"abd", 2), 0);
    ck_assert_int_eq(_wcsicmp(L"Com\xe9", L"cOM\xc9"), 0);
    ck_assert_int_lt(_wcsicmp(L"_", L"A"), 0);
    ck_assert_int_eq(_wcsnicmp(L"COM1", L"com2", 3), 0);
    ck_assert_ptr_eq(wcschr(text, L'D'), text + 1);
    ck_assert_ptr_eq(wcschr(text, 0), text + 12);
    ck_assert_ptr_null(wcschr(text, L'x'));
    ck_assert_ptr_eq(wcsrchr(text, L'\\'), text + 7);
    ck_assert_ptr_eq(wcsstr(text, L"COM"), text + 8);
    ck_assert_ptr_eq(wcsstr(text, L""), text);
    ck_assert_ptr_null(wcsstr(text, L"COM2"));
}
END_TEST

START_TEST(safe_forms_empty_what_has_no_room)
{
    WCHAR small[4];
    ck_assert_int_eq(wcscpy_s(small, 4, L"COM"), 0);
    ck_wide_eq(small, L"COM");
    ck_assert_int_eq(wcscat_s(small, 4, L"1"), 34);
    ck_wide_eq(small, L"");
    ck_assert_int_eq(wcscpy_s(small, 4, L"COM1"), 34);
    ck_wide_eq(small, L"");
    ck_assert_int_eq(wcsncpy_s(small, 4, L"COM1", 3), 0);
    ck_wide_eq(small, L"COM");
    ck_assert_int_eq(wcscpy_s(small, 0, L"x"), 22);
    ck_assert_int_eq(wcscpy_s(small, 4, NULL), 22);
    wmemset(small, L'x', 4); /* no zero */
    ck_assert_int_eq(wcscat_s(small, 4, L"1"), 22);
    ck_wide_eq(small, L"");
}
END_TEST

START_TEST(formats_are_wide_and_bounded)
{
    ck_assert_int_eq(swprintf(buffer, 16, L"%s%u", L"COM", 1u), 4);
    ck_wide_eq(buffer, L"COM1");
    ck_assert_int_eq(swprintf(buffer, 4, L"COM%u", 12u), -1);
    ck_wide_eq(buffer, L"COM");
    ck_assert_int_eq(swprintf_s(buffer, 4, L"COM%u", 1u), -1);
    ck_wide_eq(buffer, L"");
    wmemset(buffer, L'x', 16);
    ck_assert_int_eq(_snwprintf(buffer, 4, L"COM%u", 1u), 4);
    ck_assert_mem_eq(buffer, L"COM1x", 5 * sizeof(WCHAR));
    ck_assert_int_eq(_snwprintf(buffer, 4, L"LPT%u", 12u), -1);
    ck_assert_mem_eq(buffer, L"LPT1x", 5 * sizeof(WCHAR));
}
END_TEST

START_TEST(capitals_are_those_of_the_string_functions)
{
    ck_assert_uint_eq(towupper(L'z'), L'Z');
    ck_assert_uint_eq(towupper(0xe4), 0xc4);
    ck_assert_uint_eq(towupper(0xff), 0x178);
    ck_assert_uint_eq(towupper(0x20ac), 0x20ac);
    ck_assert_uint_eq(towupper(WEOF), WEOF);
    for (unsigned unit = 0; unit <= 0xffff; unit++) {
        if (towupper(unit) != unit)
            ck_assert_uint_eq(towlower(towupper(unit)), unit);
    }
}
END_TEST

/* Where the C library's own functions would use 32 bits, or a locale. */
START_TEST(kinds_of_characters_need_no_locale)
{
    static const WCHAR spaces[] = {L' ', L'\t', L'\n', 0x0b, 0x85, 0xa0, 0x2003, 0x3000};
    for (unsigned i = 0; i < RTL_NUMBER_OF(spaces); i++)
        ck_assert(iswspace(spaces[i]) && !iswdigit(spaces[i]));
    ck_assert(!iswspace(L'x') && !iswspace(0x200b) && !iswspace(WEOF));
    ck_assert(iswdigit(L'0') && iswdigit(L'9') && !iswdigit(L':') && !iswdigit(0x660));
    ck_assert(iswxdigit(L'f') && iswxdigit(L'A') && iswxdigit(L'5') && !iswxdigit(L'g'));
    ck_assert(iswcntrl(0) && iswcntrl(0x1f) && iswcntrl(0x7f) && iswcntrl(0x9f) && !iswcntrl(0xa0));
    ck_assert(iswupper(L'A') && iswupper(0xc4) && !iswupper(L'a') && !iswupper(L'1'));
    ck_assert(iswlower(L'z') && iswlower(0xe4) && !iswlower(L'Z') && !iswlower(0x5d0));
}
END_TEST

/* What follows it must not be read. */
START_TEST(a_source_without_an_end_is_read_as_far_as_there_is_room)
{
    char *pages =
        mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + PAGE_SIZE, PAGE_SIZE, PROT_NONE), 0);
    PWSTR endless = (PWSTR)(PVOID)(pages + PAGE_SIZE) - 4;
    wmemcpy(endless, L"COM1", 4);

    ck_assert_int_eq(wcscpy_s(buffer, 4, endless), 34);
    ck_wide_eq(buffer, L"");
    ck_assert_int_eq(wcsncpy_s(buffer, 5, endless, 4), 0);
    ck_wide_eq(buffer, L"COM1");
    ck_assert_int_eq(wcscat_s(buffer, 8, endless), 34);
    ck_wide_eq(buffer, L"");
    ck_assert_uint_eq(wcsnlen(endless, 4), 4);
    munmap(pages, 2 * PAGE_SIZE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("widetext");
    TCase *tests = tcase_create("widetext");
    tcase_add_test(tests, lengths_are_counted_in_16_bits);
    tcase_add_test(tests, kinds_of_characters_need_no_locale);
    tcase_add_test(tests, a_source_without_an_end_is_read_as_far_as_there_is_room);
    tcase_add_test(tests, text_is_copied_and_appended);
    tcase_add_test(tests, text_is_compared_and_searched);
    tcase_add_test(tests, safe_forms_empty_what_has_no_room);
    tcase_add_test(tests, formats_are_wide_and_bounded);
    tcase_add_test(tests, capitals_are_those_of_the_string_functions);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
