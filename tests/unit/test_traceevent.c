/* Events with fields: those of TraceLogging, and those of a manifest. */
#include <stdio.h>
#include <string.h>

#include <ntddk.h>
#include <TraceLoggingProvider.h>

#include "port/log.h"
#include "tracedevents.h"
#include "unit.h"

TRACELOGGING_DECLARE_PROVIDER(Provider);
TRACELOGGING_DEFINE_PROVIDER(Provider, "Company.Driver",
                             (0x8a1f3b52, 0x0d47, 0x4c11, 0x9b, 0x6e, 0x5e, 0x20, 0xc7, 0xd3, 0xa4,
                              0xf1));

static struct {
    unsigned count;
    enum log_level level;
    char line[1024];
} heard;

static void hear(enum log_level level, const char *line)
{
    heard.count++;
    heard.level = level;
    snprintf(heard.line, sizeof(heard.line), "%s", line);
}

#define assert_says(text, call)                                                                    \
    do {                                                                                           \
        heard.count = 0;                                                                           \
        call;                                                                                      \
        ck_assert_uint_eq(heard.count, 1);                                                         \
        ck_assert_str_eq(heard.line, text);                                                        \
    } while (0)

#define assert_silent(call)                                                                        \
    do {                                                                                           \
        heard.count = 0;                                                                           \
        call;                                                                                      \
        ck_assert_uint_eq(heard.count, 0);                                                         \
    } while (0)

static void ask(const char *specification)
{
    char error[256] = "";
    ck_assert_msg(WdfuseTraceEnable(specification, error, sizeof(error)) == 0, "%s", error);
}

static void setup(void)
{
    heard.count = 0;
    log_set_sink(hear);
    ck_assert_int_eq(TraceLoggingRegister(Provider), 0);
    EventRegisterTraced_Events();
}

static void teardown(void)
{
    TraceLoggingUnregister(Provider);
    EventUnregisterTraced_Events();
    ask("*,0");
    log_set_sink(NULL);
}

/* ---- TraceLogging ---- */

START_TEST(a_provider_writes_what_it_is_asked_for)
{
    unsigned evaluated = 0;
    assert_silent(TraceLoggingWrite(Provider, "Event", TraceLoggingUInt32(++evaluated)));
    ck_assert_uint_eq(evaluated, 0);
    ask("company.driver,error");
    assert_silent(TraceLoggingWrite(Provider, "Event", TraceLoggingLevel(WINEVENT_LEVEL_WARNING)));
    assert_says("Company.Driver.Event: error: ",
                TraceLoggingWrite(Provider, "Event", TraceLoggingLevel(WINEVENT_LEVEL_ERROR)));
    ck_assert_int_eq(heard.level, LOG_LEVEL_ERROR);
    assert_says("Company.Driver.Event: ", TraceLoggingWrite(Provider, "Event"));
    ck_assert(TraceLoggingProviderEnabled(Provider, WINEVENT_LEVEL_ERROR, 0));
    ck_assert(!TraceLoggingProviderEnabled(Provider, WINEVENT_LEVEL_WARNING, 0));
    ask("{8A1F3B52-0D47-4C11-9B6E-5E20C7D3A4F1},0");
    assert_silent(TraceLoggingWrite(Provider, "Event", TraceLoggingLevel(WINEVENT_LEVEL_ERROR)));
}
END_TEST

START_TEST(nothing_is_written_by_a_provider_that_is_not_registered)
{
    ask("*");
    TraceLoggingUnregister(Provider);
    assert_silent(TraceLoggingWrite(Provider, "Event"));
    TraceLoggingRegister(Provider);
    assert_says("Company.Driver.Event: ", TraceLoggingWrite(Provider, "Event"));
}
END_TEST

START_TEST(numbers_have_their_types)
{
    UCHAR small = 255;
    ask("*");
    assert_says("Company.Driver.E: a=-1, b=255, c=0xff, d=-5000000000, e=0xffffffffff, f=2.5",
                TraceLoggingWrite(
                    Provider, "E", TraceLoggingInt8((CHAR)-1, "a"),
                    TraceLoggingUInt8(small, "b", "a description"),
                    TraceLoggingHexUInt8(small, "c"), TraceLoggingInt64(-5000000000ll, "d"),
                    TraceLoggingHexUInt64(0xffffffffffull, "e"), TraceLoggingFloat32(2.5f, "f")));
    assert_says("Company.Driver.E: small=255",
                TraceLoggingWrite(Provider, "E", TraceLoggingUInt8(small)));
    assert_says("Company.Driver.E: a=TRUE, b=FALSE, c=0xc0000001(STATUS_UNSUCCESSFUL), "
                "d=0x00000005(ERROR_ACCESS_DENIED), e=0x80004005(E_FAIL), f=0000000000000010",
                TraceLoggingWrite(
                    Provider, "E", TraceLoggingBool(1, "a"), TraceLoggingBoolean(FALSE, "b"),
                    TraceLoggingNTStatus(STATUS_UNSUCCESSFUL, "c"), TraceLoggingWinError(5, "d"),
                    TraceLoggingHResult(0x80004005, "e"), TraceLoggingPointer((PVOID)16, "f")));
}
END_TEST

START_TEST(texts_are_narrow_wide_or_counted)
{
    DECLARE_CONST_UNICODE_STRING(string, L"string");
    static const UCHAR bytes[] = {1, 0xab};
    GUID guid = {0x69cd60e3, 0x430f, 0x4da4, {0xb1, 0xb3, 0xe3, 0xbd, 0xaf, 0x94, 0x58, 0x75}};
    ask("*");
    assert_says("Company.Driver.E: a=narrow, b=wide, c=string, d=ab, e=cd, f=01 ab, g=x",
                TraceLoggingWrite(
                    Provider, "E", TraceLoggingString("narrow", "a"),
                    TraceLoggingWideString(L"wide", "b"), TraceLoggingUnicodeString(&string, "c"),
                    TraceLoggingCountedString("abcd", 2, "d"),
                    TraceLoggingCountedWideString(L"cdef", 2, "e"),
                    TraceLoggingBinary(bytes, sizeof(bytes), "f"), TraceLoggingChar('x', "g")));
    assert_says(
        "Company.Driver.E: a={69cd60e3-430f-4da4-b1b3-e3bdaf945875}, b=7",
        TraceLoggingWrite(Provider, "E", TraceLoggingGuid(guid, "a"), TraceLoggingUInt32(7, "b")));
    assert_says("Company.Driver.E: a=(null), b=(null)",
                TraceLoggingWrite(Provider, "E", TraceLoggingString(NULL, "a"),
                                  TraceLoggingUnicodeString(NULL, "b")));
}
END_TEST

START_TEST(a_value_has_its_own_type)
{
    GUID guid = {0};
    ULONGLONG large = 1ull << 40;
    const CHAR *text = "text";
    ask("*");
    assert_says("Company.Driver.E: a=-1, large=1099511627776, text=text, d=2.5, "
                "guid={00000000-0000-0000-0000-000000000000}, f=0000000000000008",
                TraceLoggingWrite(Provider, "E", TraceLoggingValue(-1, "a"),
                                  TraceLoggingValue(large), TraceLoggingValue(text),
                                  TraceLoggingValue(2.5, "d"), TraceLoggingValue(guid),
                                  TraceLoggingValue((PVOID)8, "f")));
}
END_TEST

START_TEST(an_event_that_is_too_long_is_cut)
{
    char text[900];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ask("*");
    TraceLoggingWrite(Provider, "E", TraceLoggingString(text), TraceLoggingString(text),
                      TraceLoggingBinary(text, sizeof(text)), TraceLoggingUInt32(1));
    ck_assert_uint_eq(heard.count, 1);
    ck_assert_uint_gt(strlen(heard.line), 900);
}
END_TEST

/* ---- a manifest ---- */

START_TEST(events_of_a_manifest_are_written_by_keyword)
{
    static const char expected[] =
        "Traced-Events.Transfer: transfer, error: Level=3, Signed=-4, Large=1099511627776, "
        "Hex=0xff, Status=0xc0000001(STATUS_UNSUCCESSFUL), Real=0.5, Flag=TRUE";
    assert_silent(EventWriteTransfer(3, -4, 1ull << 40, 255, STATUS_UNSUCCESSFUL, 0.5, TRUE));
    ck_assert(!EventEnabledTransfer());
    ask("transfer");
    ck_assert(EventEnabledTransfer());
    assert_says(expected,
                EventWriteTransfer(3, -4, 1ull << 40, 255, STATUS_UNSUCCESSFUL, 0.5, TRUE));
    assert_says("Traced-Events.Begin: information: ", EventWriteBegin());
    ask("transfer,critical");
    assert_silent(EventWriteTransfer(3, -4, 1ull << 40, 255, STATUS_UNSUCCESSFUL, 0.5, TRUE));
}
END_TEST

START_TEST(an_event_of_several_keywords_is_written_for_any)
{
    ask("device,verbose");
    assert_says("Traced-Events.Named: device, verbose: Wide=wide, Narrow=narrow, Size=3, Part=par, "
                "Bytes=70 61, Id={69cd60e3-430f-4da4-b1b3-e3bdaf945875}",
                EventWriteNamed(L"wide", "narrow", 3, L"partial", "pa", &TRACED_EVENTS));
    assert_silent(EventWriteTransfer(0, 0, 0, 0, 0, 0, 0));
    ck_assert_int_eq(OPCODE_ADD, 10);
    ck_assert_int_eq(KEYWORD_TRANSFER, 0x40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traceevent");
    TCase *tests = tcase_create("traceevent");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_provider_writes_what_it_is_asked_for);
    tcase_add_test(tests, nothing_is_written_by_a_provider_that_is_not_registered);
    tcase_add_test(tests, numbers_have_their_types);
    tcase_add_test(tests, texts_are_narrow_wide_or_counted);
    tcase_add_test(tests, a_value_has_its_own_type);
    tcase_add_test(tests, an_event_that_is_too_long_is_cut);
    tcase_add_test(tests, events_of_a_manifest_are_written_by_keyword);
    tcase_add_test(tests, an_event_of_several_keywords_is_written_for_any);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
