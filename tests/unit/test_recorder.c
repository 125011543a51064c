/* The flight recorder: what it keeps, in which log, and for how long. */
#include <stdio.h>
#include <string.h>

#include <ntddk.h>
#include <wpprecorder.h>

#include "nt/recorder.h"
#include "port/log.h"
#include "unit.h"

#define WPP_CONTROL_GUIDS                                                                          \
    WPP_DEFINE_CONTROL_GUID(Recorded, (C56386BD, 7C67, 4264, B8D9, C4A53B93CBEB),                  \
                            WPP_DEFINE_BIT(INIT) WPP_DEFINE_BIT(IO))

/*
 * begin_wpp config
 * FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);
 * FUNC Print{LEVEL=TRACE_LEVEL_INFORMATION, FLAGS=INIT}(IFRLOG, MSG, ...);
 * FUNC PrintError{LEVEL=TRACE_LEVEL_ERROR, FLAGS=INIT}(IFRLOG, MSG, ...);
 * end_wpp
 */
#include "test_recorder.tmh"

static struct {
    unsigned lines;
    char first[256];
    char last[256];
} kept;

static unsigned logged;

static void keep(const char *identifier, const char *line)
{
    if (kept.lines++ == 0)
        snprintf(kept.first, sizeof(kept.first), "%s: %s", identifier, line);
    snprintf(kept.last, sizeof(kept.last), "%s: %s", identifier, line);
}

static void look(void)
{
    memset(&kept, 0, sizeof(kept));
    recorder_walk(keep);
}

static void count(enum log_level level, const char *line)
{
    (void)level, (void)line;
    logged++;
}

static void begin(BOOLEAN with_default_log)
{
    RECORDER_CONFIGURE_PARAMS params;
    RECORDER_CONFIGURE_PARAMS_INIT(&params);
    ck_assert(params.CreateDefaultLog);
    params.CreateDefaultLog = with_default_log;
    WppRecorderConfigure(&params);
    WPP_INIT_TRACING(NULL, NULL);
    log_set_sink(count);
}

static void setup(void)
{
    begin(TRUE);
}

static void teardown(void)
{
    WPP_CLEANUP(NULL);
    log_set_sink(NULL);
}

static RECORDER_LOG create(ULONG size, ULONG errors)
{
    RECORDER_LOG log = NULL;
    RECORDER_LOG_CREATE_PARAMS params;
    RECORDER_LOG_CREATE_PARAMS_INIT(&params, "Device of a long name");
    params.TotalBufferSize = size;
    params.ErrorPartitionSize = errors;
    ck_assert_int_eq(WppRecorderLogCreate(&params, &log), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(log);
    return log;
}

START_TEST(what_is_not_verbose_is_kept_and_not_logged)
{
    unsigned evaluated = 0;
    TraceEvents(TRACE_LEVEL_VERBOSE, IO, "%u", ++evaluated);
    ck_assert_uint_eq(evaluated, 0);
    TraceEvents(TRACE_LEVEL_INFORMATION, IO, "number %u", ++evaluated);
    ck_assert_uint_eq(evaluated, 1);
    look();
    ck_assert_uint_eq(kept.lines, 1);
    ck_assert_ptr_nonnull(strstr(kept.first, "default: test_recorder.c:"));
    ck_assert_ptr_nonnull(strstr(kept.first, ": IO, information: number 1"));
    ck_assert_uint_eq(logged, 0);
}
END_TEST

START_TEST(what_is_asked_for_is_logged_as_well)
{
    char error[100];
    ck_assert_int_eq(WdfuseTraceEnable("IO", error, sizeof(error)), 0);
    TraceEvents(TRACE_LEVEL_VERBOSE, IO, "not kept");
    ck_assert_uint_eq(logged, 1);
    look();
    ck_assert_uint_eq(kept.lines, 0);
    TraceEvents(TRACE_LEVEL_ERROR, IO, "both");
    ck_assert_uint_eq(logged, 2);
    look();
    ck_assert_uint_eq(kept.lines, 1);
    ck_assert_int_eq(WdfuseTraceEnable("IO,0", error, sizeof(error)), 0);
}
END_TEST

START_TEST(the_oldest_make_room)
{
    for (int i = 0; i < 1000; i++)
        TraceEvents(TRACE_LEVEL_ERROR, IO, "number %d", i);
    look();
    ck_assert_uint_gt(kept.lines, 50);
    ck_assert_uint_lt(kept.lines, 1000);
    ck_assert_ptr_nonnull(strstr(kept.last, "number 999"));
    char first[32];
    snprintf(first, sizeof(first), "number %u", 1000 - kept.lines);
    ck_assert_ptr_nonnull(strstr(kept.first, first));
}
END_TEST

START_TEST(a_log_of_the_drivers_own_keeps_its_errors_apart)
{
    RECORDER_LOG log = create(4096, 1024);
    PrintError(log, "error %d", 7);
    for (int i = 0; i < 100; i++)
        Print(log, "number %d", i);
    look();
    ck_assert_ptr_nonnull(strstr(kept.first, "Device of a lon: "));
    ck_assert_ptr_nonnull(strstr(kept.first, "INIT, error: error 7"));
    ck_assert_ptr_nonnull(strstr(kept.last, "number 99"));
    WppRecorderLogDelete(log);
    look();
    ck_assert_uint_eq(kept.lines, 0);
}
END_TEST

START_TEST(a_message_without_a_log_is_dropped)
{
    Print(NULL, "nowhere");
    look();
    ck_assert_uint_eq(kept.lines, 0);
    WppRecorderLogDelete(NULL);
}
END_TEST

START_TEST(there_may_be_no_default_log)
{
    WPP_CLEANUP(NULL);
    begin(FALSE);
    ck_assert(!WppRecorderIsDefaultLogAvailable());
    ck_assert_ptr_null(WppRecorderLogGetDefault());
    TraceEvents(TRACE_LEVEL_ERROR, IO, "nowhere");
    look();
    ck_assert_uint_eq(kept.lines, 0);
}
END_TEST

START_TEST(a_log_that_cannot_be_is_refused)
{
    RECORDER_LOG log = NULL;
    RECORDER_LOG_CREATE_PARAMS params;
    RECORDER_LOG_CREATE_PARAMS_INIT(&params, NULL);
    params.TotalBufferSize = 1000;
    params.ErrorPartitionSize = 2000;
    ck_assert_int_eq(WppRecorderLogCreate(&params, &log), STATUS_INVALID_PARAMETER);
    params.ErrorPartitionSize = 0;
    params.Size--;
    ck_assert_int_eq(WppRecorderLogCreate(&params, &log), STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(log);
}
END_TEST

START_TEST(a_report_is_in_the_log)
{
    TraceEvents(TRACE_LEVEL_WARNING, IO, "one");
    TraceEvents(TRACE_LEVEL_WARNING, IO, "two");
    recorder_report();
    ck_assert_uint_eq(logged, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recorder");
    /* Records outlive a driver. */
    TCase *tests = unit_ends(tcase_create("recorder"));
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_not_verbose_is_kept_and_not_logged);
    tcase_add_test(tests, what_is_asked_for_is_logged_as_well);
    tcase_add_test(tests, the_oldest_make_room);
    tcase_add_test(tests, a_log_of_the_drivers_own_keeps_its_errors_apart);
    tcase_add_test(tests, a_message_without_a_log_is_dropped);
    tcase_add_test(tests, there_may_be_no_default_log);
    tcase_add_test(tests, a_log_that_cannot_be_is_refused);
    tcase_add_test(tests, a_report_is_in_the_log);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
