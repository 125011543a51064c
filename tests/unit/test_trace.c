/*
 * Trace messages: which are written and how, the words of WPP, and the code generated for the trace
 * functions of a configuration block.
 */
#include <stdio.h>
#include <string.h>

#include <ntddk.h>
#include <wdfuse/trace.h>

#include "nt/trace.h"
#include "port/log.h"
#include "unit.h"

#define WPP_CONTROL_GUIDS                                                                          \
    WPP_DEFINE_CONTROL_GUID(First, (C56386BD, 7C67, 4264, B8D9, C4A53B93CBEB),                     \
                            WPP_DEFINE_BIT(INIT) WPP_DEFINE_BIT(IO))                               \
    WPP_DEFINE_CONTROL_GUID(                                                                       \
        Many, (d58c126f, b309, 11d1, 969e, 0000f875a5bc),                                          \
        WPP_DEFINE_BIT(B1) WPP_DEFINE_BIT(B2) WPP_DEFINE_BIT(B3) WPP_DEFINE_BIT(B4)                \
            WPP_DEFINE_BIT(B5) WPP_DEFINE_BIT(B6) WPP_DEFINE_BIT(B7) WPP_DEFINE_BIT(B8)            \
                WPP_DEFINE_BIT(B9) WPP_DEFINE_BIT(B10) WPP_DEFINE_BIT(B11) WPP_DEFINE_BIT(B12)     \
                    WPP_DEFINE_BIT(B13) WPP_DEFINE_BIT(B14) WPP_DEFINE_BIT(B15)                    \
                        WPP_DEFINE_BIT(B16) WPP_DEFINE_BIT(B17) WPP_DEFINE_BIT(B18)                \
                            WPP_DEFINE_BIT(B19) WPP_DEFINE_BIT(B20) WPP_DEFINE_BIT(B21)            \
                                WPP_DEFINE_BIT(B22) WPP_DEFINE_BIT(B23) WPP_DEFINE_BIT(B24)        \
                                    WPP_DEFINE_BIT(B25) WPP_DEFINE_BIT(B26) WPP_DEFINE_BIT(B27)    \
                                        WPP_DEFINE_BIT(B28) WPP_DEFINE_BIT(B29)                    \
                                            WPP_DEFINE_BIT(B30) WPP_DEFINE_BIT(B31)                \
                                                WPP_DEFINE_BIT(B32) WPP_DEFINE_BIT(B33)            \
                                                    WPP_DEFINE_BIT(B34))

typedef struct xstr {
    char *_buf;
    short _len;
} xstr_t;

static xstr_t log_xstr(void *bytes, short length)
{
    xstr_t value = {(char *)bytes, length};
    return value;
}

#define WPP_LOGHEXDUMP(x) WPP_LOGPAIR(2, &((x)._len)) WPP_LOGPAIR((x)._len, (x)._buf)

/* A function that changes its argument around its message. */
#define WPP_LEVEL_FLAG_COUNT_PRE(level, flag, count)  (count) += 1,
#define WPP_LEVEL_FLAG_COUNT_POST(level, flag, count) , (count) += 10

enum _MachineState { Offline = 2, Online = 1, Failed = 0xFF000001, Stalled, Lost = Online };

/*
 * begin_wpp config
 * FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);
 * FUNC Hexdump((LEVEL, FLAGS, MSG, ...));
 * FUNC DoTrace(LEVEL, FLAG, (MSG,
 *              ...));
 * FUNC Count{LEVEL=TRACE_LEVEL_ERROR, FLAG=IO}(COUNT);
 * USEPREFIX (Count, "%!STDPREFIX!%d before, ", COUNT);
 * USESUFFIX (Count, "%s of %!FUNC!", #COUNT);
 * FUNC Around{FLAG=INIT}(MSG, ...);
 * USEPREFIX (Around, "<%d> ", 1);
 * USESUFFIX (Around, " <%d>", 2);
 * CUSTOM_TYPE(state, ItemEnum(_MachineState));
 * CUSTOM_TYPE(mode, ItemListLong(Idle, Busy));
 * CUSTOM_TYPE(result, ItemNTSTATUS);
 * DEFINE_CPLX_TYPE(HEXDUMP, WPP_LOGHEXDUMP, xstr_t, ItemHEXDump, "s", _HEX_, 0, 2);
 * DEFINE_CPLX_TYPE(UNUSED, WPP_LOGUNUSED, not_a_type, ItemHEXDump, "s", _U_, 0, 2);
 * end_wpp
 */
#include "test_trace.tmh"

/* ---- the log's lines ---- */

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

/* The line without the place, which is a line of this file. */
static const char *said(void)
{
    static const char file[] = "test_trace.c:";
    ck_assert_int_eq(strncmp(heard.line, file, strlen(file)), 0);
    const char *text = strchr(heard.line + strlen(file), ':');
    ck_assert_ptr_nonnull(text);
    return text + 2;
}

#define assert_says(text, call)                                                                    \
    do {                                                                                           \
        heard.count = 0;                                                                           \
        call;                                                                                      \
        ck_assert_uint_eq(heard.count, 1);                                                         \
        ck_assert_str_eq(said(), text);                                                            \
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
    WPP_INIT_TRACING(NULL, NULL);
}

static void teardown(void)
{
    WPP_CLEANUP(NULL);
    ask("*,0");
    log_set_sink(NULL);
}

/* ---- what is written ---- */

START_TEST(nothing_is_written_unless_it_is_asked_for)
{
    assert_silent(TraceEvents(TRACE_LEVEL_CRITICAL, INIT, "text"));
    assert_silent(DoTraceMessage(IO, "text"));
    ask("INIT");
    assert_silent(TraceEvents(TRACE_LEVEL_CRITICAL, IO, "text"));
    assert_says("INIT, verbose: text", TraceEvents(TRACE_LEVEL_VERBOSE, INIT, "text"));
}
END_TEST

START_TEST(arguments_of_what_is_not_asked_for_are_not_evaluated)
{
    unsigned evaluated = 0;
    ask("INIT,error");
    assert_silent(TraceEvents(TRACE_LEVEL_WARNING, INIT, "%u", ++evaluated));
    assert_silent(TraceEvents(TRACE_LEVEL_ERROR, IO, "%u", ++evaluated));
    ck_assert_uint_eq(evaluated, 0);
    assert_says("INIT, error: 1", TraceEvents(TRACE_LEVEL_ERROR, INIT, "%u", ++evaluated));
}
END_TEST

START_TEST(each_flag_has_its_level_and_the_last_request_decides)
{
    ask("*,error");
    ask("io,information");
    assert_silent(TraceEvents(TRACE_LEVEL_INFORMATION, INIT, "text"));
    assert_says("INIT, error: text", TraceEvents(TRACE_LEVEL_ERROR, INIT, "text"));
    assert_says("IO, information: text", TraceEvents(TRACE_LEVEL_INFORMATION, IO, "text"));
    assert_silent(TraceEvents(TRACE_LEVEL_VERBOSE, IO, "text"));
    ask("INIT,0");
    assert_silent(TraceEvents(TRACE_LEVEL_CRITICAL, INIT, "text"));
    ask("IO,5");
    assert_says("IO, verbose: text", TraceEvents(TRACE_LEVEL_VERBOSE, IO, "text"));
}
END_TEST

START_TEST(a_provider_is_asked_by_its_name_or_guid)
{
    ask("first,TRACE_LEVEL_WARNING");
    assert_says("IO, warning: text", TraceEvents(TRACE_LEVEL_WARNING, IO, "text"));
    assert_silent(TraceEvents(TRACE_LEVEL_WARNING, B1, "text"));
    ask("{D58C126F-B309-11D1-969E-0000F875A5BC}");
    assert_says("B1, warning: text", TraceEvents(TRACE_LEVEL_WARNING, B1, "text"));
    ask("d58c126f-b309-11d1-969e-0000f875a5bc,0");
    assert_silent(TraceEvents(TRACE_LEVEL_WARNING, B1, "text"));
}
END_TEST

START_TEST(a_provider_may_have_more_than_32_flags)
{
    ask("B33");
    assert_says("B33, error: text", TraceEvents(TRACE_LEVEL_ERROR, B33, "text"));
    assert_silent(TraceEvents(TRACE_LEVEL_ERROR, B1, "text"));
    assert_silent(TraceEvents(TRACE_LEVEL_ERROR, B34, "text"));
    assert_silent(TraceEvents(TRACE_LEVEL_ERROR, INIT, "text"));
}
END_TEST

START_TEST(nothing_is_written_before_the_driver_begins_and_after_it_ends)
{
    ask("*");
    WPP_CLEANUP(NULL);
    assert_silent(TraceEvents(TRACE_LEVEL_ERROR, INIT, "text"));
    WPP_CLEANUP(NULL);
    WPP_INIT_TRACING(NULL, NULL);
    WPP_INIT_TRACING(NULL, NULL);
    assert_says("INIT, error: text", TraceEvents(TRACE_LEVEL_ERROR, INIT, "text"));
}
END_TEST

START_TEST(levels_become_those_of_the_log)
{
    ask("*");
    TraceEvents(TRACE_LEVEL_CRITICAL, INIT, "text");
    ck_assert_int_eq(heard.level, LOG_LEVEL_ERROR);
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "text");
    ck_assert_int_eq(heard.level, LOG_LEVEL_ERROR);
    TraceEvents(TRACE_LEVEL_WARNING, INIT, "text");
    ck_assert_int_eq(heard.level, LOG_LEVEL_WARNING);
    TraceEvents(TRACE_LEVEL_VERBOSE, INIT, "text");
    ck_assert_int_eq(heard.level, LOG_LEVEL_INFO);
    ask("*,255");
    assert_says("INIT, 17: text", TraceEvents(17, INIT, "text"));
}
END_TEST

START_TEST(a_message_of_several_lines_is_several_lines)
{
    ask("*");
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "one\r\ntwo\n");
    ck_assert_uint_eq(heard.count, 2);
    ck_assert_str_eq(said(), "INIT, error: two");
}
END_TEST

START_TEST(a_message_that_is_too_long_is_cut)
{
    char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ask("*");
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "%s", text);
    ck_assert_uint_eq(heard.count, 1);
    ck_assert_uint_gt(strlen(heard.line), 900);
}
END_TEST

/* ---- words ---- */

START_TEST(statuses_and_errors_have_their_names)
{
    ask("*");
    assert_says("INIT: 0xc0000001(STATUS_UNSUCCESSFUL) 0xc0abcdef",
                DoTraceMessage(INIT, "%!STATUS! %!NTSTATUS!", STATUS_UNSUCCESSFUL, 0xC0ABCDEF));
    assert_says("INIT: 0x00000005(ERROR_ACCESS_DENIED) 0x0000beef",
                DoTraceMessage(INIT, "%!WINERROR! %!winerror!", 5, 0xbeef));
    assert_says("INIT: 0x80004005(E_FAIL) 0x80070002(ERROR_FILE_NOT_FOUND) "
                "0xd0000120(STATUS_CANCELLED) 0x87654321",
                DoTraceMessage(INIT, "%!HRESULT! %!HRESULT! %!HRES! %!HRESULT!", 0x80004005,
                               0x80070002, 0xd0000120, 0x87654321));
}
END_TEST

START_TEST(a_message_can_say_where_it_is)
{
    ask("*");
    assert_says("INIT, error: a_message_can_say_where_it_is_fn error INIT test_trace.c",
                TraceEvents(TRACE_LEVEL_ERROR, INIT, "%!FUNC! %!LEVEL! %!FLAGS! %!FILE!"));
}
END_TEST

START_TEST(words_have_widths)
{
    ask("*");
    assert_says("INIT: [TRUE  ][  TRUE]", DoTraceMessage(INIT, "[%-6!bool!][%6!BOOLEAN!]", 256, 1));
}
END_TEST

START_TEST(a_conversion_may_stand_as_a_word)
{
    ask("*");
    assert_says("INIT: text 7 1f -3 0xab", DoTraceMessage(INIT, "%!s! %!d! %!lx! %!sbyte! %!xint!",
                                                          "text", 7, 0x1f, -3, 0xab));
}
END_TEST

START_TEST(an_unknown_word_keeps_the_others_in_their_places)
{
    ask("*");
    assert_says("INIT: 1 nonsense:0x2 3", DoTraceMessage(INIT, "%d %!nonsense! %d", 1, 2, 3));
}
END_TEST

START_TEST(identifiers_and_addresses_are_shown_as_usual)
{
    static const GUID guid = {
        0x8a1f3b52, 0x0d47, 0x4c11, {0x9b, 0x6e, 0x5e, 0x20, 0xc7, 0xd3, 0xa4, 0xf1}};
    static const UCHAR mac[] = {0, 0x11, 0x22, 0xaa, 0xbb, 0xcc};
    static const UCHAR sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    static const UCHAR ipv6[16] = {[15] = 1};
    ULONG address = 0x0100007f;
    USHORT port = 0x5000;
    ask("*");
    assert_says("INIT: {8a1f3b52-0d47-4c11-9b6e-5e20c7d3a4f1} (null)",
                DoTraceMessage(INIT, "%!GUID! %!CLSID!", &guid, NULL));
    assert_says("INIT: 127.0.0.1:80 ::1 00-11-22-aa-bb-cc S-1-5-32-544",
                DoTraceMessage(INIT, "%!IPADDR!:%!PORT! %!IPV6ADDR! %!MACADDR! %!sid!", address,
                               port, ipv6, mac, sid));
    assert_says(
        "INIT: DISPATCH_LEVEL IRP_MJ_READ IRP_MN_START_DEVICE 0xee",
        DoTraceMessage(INIT, "%!irql! %!pnpmj! %!pnpmn! %!pnpmn!", DISPATCH_LEVEL, 3, 0, 0xee));
}
END_TEST

START_TEST(times_are_dates_or_intervals)
{
    ask("*");
    assert_says("INIT: 1970-01-01 00:00:01.500",
                DoTraceMessage(INIT, "%!TIMESTAMP!", 116444736015000000ll));
    assert_says("INIT: 1~01:00:00.000 in 00:00:02.500",
                DoTraceMessage(INIT, "%!delta! %!due!", 90000ll * 10000000, -25000000ll));
}
END_TEST

START_TEST(words_of_the_driver_are_shown_by_name)
{
    ask("*");
    assert_says("INIT: Offline Online Failed Stalled 0x7",
                DoTraceMessage(INIT, "%!state! %!state! %!state! %!state! %!state!", 2, 1,
                               0xFF000001, 0xFF000002, 7));
    assert_says(
        "INIT: Idle Busy 0x2 0xc0000001(STATUS_UNSUCCESSFUL)",
        DoTraceMessage(INIT, "%!mode! %!mode! %!mode! %!result!", 0, 1, 2, STATUS_UNSUCCESSFUL));
}
END_TEST

START_TEST(a_type_of_the_driver_is_shown_by_its_own_macro)
{
    char bytes[] = {0x01, 0x02, 0x03};
    ask("*");
    assert_says("INIT: 01 02 03, and 4",
                DoTraceMessage(INIT, "%!HEXDUMP!, and %d", log_xstr(bytes, 3), 4));
    assert_says("INIT: [], and 4",
                DoTraceMessage(INIT, "[%!HEXDUMP!], and %d", log_xstr(bytes, 0), 4));
}
END_TEST

/* ---- trace functions ---- */

START_TEST(a_message_may_be_in_parentheses_of_its_own)
{
    ask("*");
    assert_says("INIT, error: text", Hexdump((TRACE_LEVEL_ERROR, INIT, "text")));
    assert_says("INIT, error: 1 2", Hexdump((TRACE_LEVEL_ERROR, INIT, "%d %d", 1, 2)));
    assert_says("IO, error: text", DoTrace(TRACE_LEVEL_ERROR, IO, ("text")));
    assert_says("IO, error: 1 2", DoTrace(TRACE_LEVEL_ERROR, IO, ("%d %d", 1, 2)));
}
END_TEST

START_TEST(prefix_and_suffix_stand_around_a_message)
{
    ask("*");
    assert_says("INIT: <1> text <2>", Around("text"));
    assert_says("INIT: <1> text 7 <2>", Around("text %d", 7));
}
END_TEST

START_TEST(what_the_driver_wants_done_before_and_after_is_done)
{
    int count = 0;
    assert_silent(Count(count));
    ck_assert_int_eq(count, 11);
    ask("*");
    assert_says(
        "IO, error: 12 before, count of what_the_driver_wants_done_before_and_after_is_done_fn",
        Count(count));
    ck_assert_int_eq(count, 22);
}
END_TEST

/* ---- selection ---- */

START_TEST(a_specification_that_is_none_is_refused)
{
    static const char *const wrong[] = {"",         ",error",  "INIT,",      "INIT,loud",
                                        "INIT,256", "INIT,-1", "INIT,error,"};
    char error[256];
    for (size_t i = 0; i < RTL_NUMBER_OF(wrong); i++) {
        error[0] = '\0';
        ck_assert_int_eq(WdfuseTraceEnable(wrong[i], error, sizeof(error)), -1);
        ck_assert_str_ne(error, "");
    }
    char name[100];
    memset(name, 'N', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert_int_eq(WdfuseTraceEnable(name, error, sizeof(error)), -1);
}
END_TEST

START_TEST(a_flag_that_nobody_has_is_said)
{
    ask("INIT");
    ask("NOBODY");
    heard.count = 0;
    trace_warn_of_unknown_flags();
    ck_assert_uint_eq(heard.count, 1);
    ck_assert_int_eq(heard.level, LOG_LEVEL_WARNING);
    ck_assert_ptr_nonnull(strstr(heard.line, "--trace=NOBODY: the driver has no such flag"));
    ck_assert_ptr_nonnull(strstr(heard.line, "INIT, IO"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tests = tcase_create("trace");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, nothing_is_written_unless_it_is_asked_for);
    tcase_add_test(tests, arguments_of_what_is_not_asked_for_are_not_evaluated);
    tcase_add_test(tests, each_flag_has_its_level_and_the_last_request_decides);
    tcase_add_test(tests, a_provider_is_asked_by_its_name_or_guid);
    tcase_add_test(tests, a_provider_may_have_more_than_32_flags);
    tcase_add_test(tests, nothing_is_written_before_the_driver_begins_and_after_it_ends);
    tcase_add_test(tests, levels_become_those_of_the_log);
    tcase_add_test(tests, a_message_of_several_lines_is_several_lines);
    tcase_add_test(tests, a_message_that_is_too_long_is_cut);
    tcase_add_test(tests, statuses_and_errors_have_their_names);
    tcase_add_test(tests, a_message_can_say_where_it_is);
    tcase_add_test(tests, words_have_widths);
    tcase_add_test(tests, a_conversion_may_stand_as_a_word);
    tcase_add_test(tests, an_unknown_word_keeps_the_others_in_their_places);
    tcase_add_test(tests, identifiers_and_addresses_are_shown_as_usual);
    tcase_add_test(tests, times_are_dates_or_intervals);
    tcase_add_test(tests, words_of_the_driver_are_shown_by_name);
    tcase_add_test(tests, a_type_of_the_driver_is_shown_by_its_own_macro);
    tcase_add_test(tests, a_message_may_be_in_parentheses_of_its_own);
    tcase_add_test(tests, prefix_and_suffix_stand_around_a_message);
    tcase_add_test(tests, what_the_driver_wants_done_before_and_after_is_done);
    tcase_add_test(tests, a_specification_that_is_none_is_refused);
    tcase_add_test(tests, a_flag_that_nobody_has_is_said);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
