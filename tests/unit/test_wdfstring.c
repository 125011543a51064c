/* WDFSTRING: its contents are those of Microsoft's FxString, including MaximumLength and buffer. */
#include <string.h>

#include "framework/object/string.h"
#include "holding.h"
#include "unit.h"

static WDFSTRING string;

static UNICODE_STRING text_of(WDFSTRING of)
{
    UNICODE_STRING text;
    WdfStringGetUnicodeString(of, &text);
    return text;
}

static UNICODE_STRING create(PCUNICODE_STRING source)
{
    ck_status_eq(WdfStringCreate(source, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    return text_of(string);
}

/* FxDuplicateUnicodeString */
START_TEST(the_maximum_length_has_room_for_the_zero)
{
    DECLARE_CONST_UNICODE_STRING(source, L"abc");
    UNICODE_STRING text = create(&source);
    ck_assert_uint_eq(text.Length, 6);
    ck_assert_uint_eq(text.MaximumLength, 8);
    ck_assert(memcmp(text.Buffer, L"abc", 8) == 0);
}
END_TEST

/* FxDuplicateUnicodeString: what the source's MaximumLength has beyond the text is not copied. */
START_TEST(a_source_with_room_gives_no_room)
{
    WCHAR buffer[8] = L"ab";
    const UNICODE_STRING source = {.Length = 4, .MaximumLength = sizeof(buffer), .Buffer = buffer};
    ck_assert_uint_eq(create(&source).MaximumLength, 6);
}
END_TEST

/* FxDuplicateUnicodeString */
START_TEST(an_empty_text_is_a_buffer_with_a_zero)
{
    const UNICODE_STRING empty = {.Length = 0, .MaximumLength = 0, .Buffer = NULL};
    UNICODE_STRING text = create(&empty);
    ck_assert_uint_eq(text.Length, 0);
    ck_assert_uint_eq(text.MaximumLength, 2);
    ck_assert(text.Buffer != NULL && text.Buffer[0] == 0);
}
END_TEST

/* FxString::FxString */
START_TEST(a_string_of_nothing_has_no_buffer)
{
    UNICODE_STRING text = create(NULL);
    ck_assert_uint_eq(text.Length, 0);
    ck_assert_uint_eq(text.MaximumLength, 0);
    ck_assert_ptr_null(text.Buffer);
}
END_TEST

/* FxDuplicateUnicodeString: RtlUShortAdd */
START_TEST(a_text_without_room_for_a_zero_is_refused)
{
    static WCHAR longest[UNICODE_STRING_MAX_CHARS];
    UNICODE_STRING source = {.Length = 0xFFFE, .MaximumLength = 0xFFFE, .Buffer = longest};
    ck_status_eq(WdfStringCreate(&source, WDF_NO_OBJECT_ATTRIBUTES, &string),
                 STATUS_INTEGER_OVERFLOW);
    ck_assert_ptr_null(string);
    source.Length = 0xFFFC;
    ck_assert_uint_eq(create(&source).MaximumLength, 0xFFFE);
}
END_TEST

/* FxDuplicateUnicodeString: an existing buffer that is large enough is reused. */
START_TEST(a_shorter_text_takes_the_buffer_that_is_there)
{
    DECLARE_CONST_UNICODE_STRING(longer, L"a rather long text");
    DECLARE_CONST_UNICODE_STRING(shorter, L"xy");
    UNICODE_STRING before = create(&longer);
    ck_status_eq(string_set(string, &shorter, __func__), STATUS_SUCCESS);
    UNICODE_STRING text = text_of(string);
    ck_assert_ptr_eq(text.Buffer, before.Buffer);
    ck_assert_uint_eq(text.MaximumLength, before.MaximumLength);
    ck_assert_uint_eq(text.Length, 4);
    ck_assert(memcmp(text.Buffer, L"xy", 6) == 0);
}
END_TEST

START_TEST(a_longer_text_gets_a_buffer_of_its_size)
{
    DECLARE_CONST_UNICODE_STRING(source, L"a");
    create(&source);
    ck_status_eq(string_set_utf8(string, "longer", __func__), STATUS_SUCCESS);
    UNICODE_STRING text = text_of(string);
    ck_assert_uint_eq(text.MaximumLength, 14);
    ck_assert(memcmp(text.Buffer, L"longer", 14) == 0);
}
END_TEST

static void setup(void)
{
    start_queue(WdfIoQueueDispatchParallel);
}

static Suite *wdfstring_suite(void)
{
    Suite *suite = suite_create("wdfstring");
    TCase *cases = tcase_create("text");
    tcase_add_checked_fixture(cases, setup, holding_stop);
    tcase_add_test(cases, the_maximum_length_has_room_for_the_zero);
    tcase_add_test(cases, a_source_with_room_gives_no_room);
    tcase_add_test(cases, an_empty_text_is_a_buffer_with_a_zero);
    tcase_add_test(cases, a_string_of_nothing_has_no_buffer);
    tcase_add_test(cases, a_text_without_room_for_a_zero_is_refused);
    tcase_add_test(cases, a_shorter_text_takes_the_buffer_that_is_there);
    tcase_add_test(cases, a_longer_text_gets_a_buffer_of_its_size);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return unit_run(wdfstring_suite());
}
