/*
 * Microsoft's echo sample, as docs/seeds.md describes it, for the drivers of app/sample and
 * tests/drivers that work like its two forms: a beat of a timer answers each request, or its client
 * gives up; the timer beats only in D0. One program for each form.
 */
#include <string.h>

#include "device.h"
#include "unit.h"

#define BEAT_MS 5
#define CODE    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

DRIVER_INITIALIZE DriverEntry;

static char buffer[100];

static void setup(void)
{
    memset(buffer, 0, sizeof(buffer));
    device_start_driver(DriverEntry);
}

#define ck_pending(io) ck_assert_msg(!WdfuseInprocIsComplete(io), "%s is answered", #io)

static WDFUSEIO begin_write(WDFUSEFILE file, const char *text)
{
    return WdfuseInprocBeginWrite(file, text, strlen(text));
}

static void beat(void)
{
    advance_ms(BEAT_MS);
}

static void write_text(WDFUSEFILE file, const char *text)
{
    WDFUSEIO io = begin_write(file, text);
    beat();
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), strlen(text));
}

START_TEST(a_write_is_answered_by_the_timer_and_not_before)
{
    WDFUSEIO io = begin_write(open_file(), "hello");
    ck_pending(io);
    beat();
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 5);
}
END_TEST

START_TEST(a_read_is_answered_by_the_timer_with_what_was_written)
{
    WDFUSEFILE file = open_file();
    write_text(file, "hello");
    WDFUSEIO io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    ck_pending(io);
    beat();
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 5);
    ck_assert_mem_eq(buffer, "hello", 5);
}
END_TEST

START_TEST(a_write_replaces_what_was_written_before_whatever_its_length)
{
    static const char *const texts[] = {"a", "a much longer message", "ab"};
    WDFUSEFILE file = open_file();
    for (size_t i = 0; i < ARRAYSIZE(texts); i++) {
        write_text(file, texts[i]);
        WDFUSEIO io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
        beat();
        ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), strlen(texts[i]));
        ck_assert_mem_eq(buffer, texts[i], strlen(texts[i]));
    }
}
END_TEST

START_TEST(a_client_that_gives_up_is_answered_by_the_cancel_routine)
{
    WDFUSEFILE file = open_file();
    write_text(file, "hello");
    WDFUSEIO write = begin_write(file, "good bye");
    WdfuseInprocCancel(write);
    finish_with(write, STATUS_CANCELLED);
    WDFUSEIO read = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    WdfuseInprocCancel(read);
    finish_with(read, STATUS_CANCELLED);
    beat();
}
END_TEST

START_TEST(other_requests_are_failed_by_the_framework)
{
    ck_status_eq(WdfuseInprocIoctl(open_file(), CODE, "in", 2, buffer, 2, NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

START_TEST(the_timer_beats_in_d0_only)
{
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    WDFUSEIO io = begin_write(file, "hello");
    for (int i = 0; i < 10; i++)
        beat();
    ck_pending(io);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_pending(io);
    beat();
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

#ifdef SAMPLE_IS_SEQUENTIAL
START_TEST(one_request_is_outstanding_however_many_wait)
{
    WDFUSEIO ios[5];
    for (size_t i = 0; i < ARRAYSIZE(ios); i++)
        ios[i] = begin_write(open_file(), "hello");
    ULONG with_driver;
    WDFQUEUE queue = WdfDeviceGetDefaultQueue(WdfuseInprocGetDevice(device));
    for (size_t i = 0; i < ARRAYSIZE(ios); i++) {
        ULONG queued;
        WdfIoQueueGetState(queue, &queued, &with_driver);
        ck_assert_uint_eq(with_driver, 1);
        ck_assert_uint_eq(queued, ARRAYSIZE(ios) - 1 - i);
        ck_pending(ios[i]);
        beat();
        finish_with(ios[i], STATUS_SUCCESS);
    }
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("sample");
    TCase *tests = tcase_create("sample");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, a_write_is_answered_by_the_timer_and_not_before);
    tcase_add_test(tests, a_read_is_answered_by_the_timer_with_what_was_written);
    tcase_add_test(tests, a_write_replaces_what_was_written_before_whatever_its_length);
    tcase_add_test(tests, a_client_that_gives_up_is_answered_by_the_cancel_routine);
    tcase_add_test(tests, other_requests_are_failed_by_the_framework);
    tcase_add_test(tests, the_timer_beats_in_d0_only);
#ifdef SAMPLE_IS_SEQUENTIAL
    tcase_add_test(tests, one_request_is_outstanding_however_many_wait);
#endif
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
