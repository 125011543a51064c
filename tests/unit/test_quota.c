/* How much of a device one client may take (docs/operation.md). In-process all clients are one
 * process and one user. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "framework/io.h"
#include "nonblocking.h"
#include "stack.h"
#include "unit.h"

static const struct io_quota no_limits = {0};

static void limit(const struct io_quota *process, const struct io_quota *user)
{
    io_set_quota(process, user);
}

static void setup(void)
{
    start_queue(WdfIoQueueDispatchParallel);
}

static void teardown(void)
{
    holding_stop();
    limit(&no_limits, &no_limits);
}

static WDFUSEFILE try_open(NTSTATUS expected)
{
    WDFUSEFILE opened = NULL;
    ck_status_eq(WdfuseInprocOpen(device, O_RDWR, &opened), expected);
    return opened;
}

static void expect_two_files(const struct io_quota *process, const struct io_quota *user)
{
    limit(process, user);
    WDFUSEFILE first = open_file();
    WDFUSEFILE second = open_file();
    try_open(STATUS_TOO_MANY_OPENED_FILES);
    try_open(STATUS_TOO_MANY_OPENED_FILES);
    close_file(first);
    WDFUSEFILE third = open_file();
    try_open(STATUS_TOO_MANY_OPENED_FILES);
    close_file(second);
    close_file(third);
}

START_TEST(a_process_may_open_so_many_files)
{
    const struct io_quota two = {.files = 2};
    expect_two_files(&two, &no_limits);
}
END_TEST

START_TEST(a_user_may_open_so_many_files)
{
    const struct io_quota two = {.files = 2}, three = {.files = 3};
    expect_two_files(&three, &two);
}
END_TEST

/* In whatever file they are, and until they are answered. */
static void expect_two_requests(const struct io_quota *process, const struct io_quota *user)
{
    limit(process, user);
    WDFUSEFILE one = open_file(), other = open_file();
    WDFUSEIO first = begin_read(one, 8);
    WDFUSEIO second = begin_read(other, 8);
    answer(begin_read(one, 8), STATUS_QUOTA_EXCEEDED);
    answer(begin_read(other, 8), STATUS_QUOTA_EXCEEDED);
    complete_held(STATUS_SUCCESS);
    answer(first, STATUS_SUCCESS);
    WDFUSEIO third = begin_read(one, 8);
    answer(begin_read(one, 8), STATUS_QUOTA_EXCEEDED);
    WdfuseInprocCancel(second);
    complete_held(STATUS_CANCELLED);
    answer(second, STATUS_CANCELLED);
    WDFUSEIO fourth = begin_read(one, 8);
    complete_held(STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    answer(third, STATUS_SUCCESS);
    answer(fourth, STATUS_SUCCESS);
}

START_TEST(a_process_may_have_so_many_requests_pending)
{
    const struct io_quota two = {.requests = 2};
    expect_two_requests(&two, &no_limits);
}
END_TEST

START_TEST(a_user_may_have_so_many_requests_pending)
{
    const struct io_quota two = {.requests = 2}, three = {.requests = 3};
    expect_two_requests(&three, &two);
}
END_TEST

START_TEST(the_bytes_of_pending_requests_are_limited)
{
    const struct io_quota hundred = {.bytes = 100};
    limit(&hundred, &no_limits);
    WDFUSEFILE one = open_file();
    WDFUSEIO first = begin_read(one, 60);
    answer(begin_read(one, 41), STATUS_QUOTA_EXCEEDED);
    WDFUSEIO second = begin_read(one, 40);
    complete_held(STATUS_SUCCESS);
    complete_held(STATUS_SUCCESS);
    answer(first, STATUS_SUCCESS);
    answer(second, STATUS_SUCCESS);
    answer(begin_read(one, 101), STATUS_QUOTA_EXCEEDED);
}
END_TEST

/* A non-blocking read stays pending after its client has its answer. */
START_TEST(what_is_in_flight_counts_until_the_driver_is_done)
{
    const struct io_quota one = {.requests = 1};
    limit(&one, &no_limits);
    open_nonblocking();
    WDFUSEFILE other = open_file();
    read_expecting(STATUS_CANT_WAIT);
    answer(begin_read(other, 8), STATUS_QUOTA_EXCEEDED);
    complete_read("hello");
    ck_assert_str_eq(read_text(8), "hello");
    WDFUSEIO next = begin_read(other, 8);
    complete_held(STATUS_SUCCESS);
    answer(next, STATUS_SUCCESS);
}
END_TEST

/* A write of five bytes counts as 1029, with its overhead: four of them fill the quota. */
START_TEST(accepted_writes_are_limited_and_who_waits_for_room_is_told)
{
    const struct io_quota little = {.writes = 4000};
    limit(&little, &no_limits);
    WDFUSEFILE files[5];
    for (unsigned i = 0; i < 5; i++) {
        open_nonblocking();
        files[i] = file;
        write_expecting("hello", i < 4 ? STATUS_SUCCESS : STATUS_CANT_WAIT);
    }
    ck_events(WdfusePollIn);
    complete_write(STATUS_SUCCESS);
    ck_events(WdfusePollIn); /* not for each single one */
    complete_write(STATUS_SUCCESS);
    complete_write(STATUS_SUCCESS);
    ck_events(BOTH);
    write_expecting("hello", STATUS_SUCCESS);
    complete_write(STATUS_SUCCESS);
    complete_write(STATUS_SUCCESS);
    for (unsigned i = 0; i < 5; i++)
        close_file(files[i]);
}
END_TEST

/* An accepted write outlives its file. */
START_TEST(a_closed_file_counts_until_its_accepted_write_is_done)
{
    const struct io_quota one = {.files = 1};
    limit(&one, &no_limits);
    open_nonblocking();
    write_expecting("hello", STATUS_SUCCESS);
    close_file(file);
    try_open(STATUS_TOO_MANY_OPENED_FILES);
    complete_write(STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    close_file(open_file());
}
END_TEST

START_TEST(a_failed_open_counts_no_more)
{
    const struct io_quota one = {.files = 1};
    holding_stop();
    prepare_init = hold_creates;
    start_queue(WdfIoQueueDispatchParallel);
    limit(&one, &no_limits);
    for (unsigned i = 0; i < 3; i++) {
        WDFUSEFILE opened;
        WDFUSEIO io = WdfuseInprocBeginOpen(device, O_RDWR);
        complete_held(STATUS_DEVICE_BUSY);
        ck_status_eq(WdfuseInprocFinishOpen(io, &opened), STATUS_DEVICE_BUSY);
    }
}
END_TEST

static NTSTATUS holding_layer(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    (void)create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, hold_request);
    return STATUS_SUCCESS;
}

/* Transfers bypass filters that do not handle them. */
START_TEST(a_client_has_its_limits_below_a_filter_as_well)
{
    const struct io_quota one = {.requests = 1};
    holding_stop();
    limit(&one, &no_limits);
    stack_start(holding_layer, bare_filter);
    WDFUSEFILE opened = open_file();
    WDFUSEIO first = begin_read(opened, 8);
    answer(begin_read(opened, 8), STATUS_QUOTA_EXCEEDED);
    complete_held(STATUS_SUCCESS);
    answer(first, STATUS_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quota");
    TCase *tests = tcase_create("quota");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_process_may_open_so_many_files);
    tcase_add_test(tests, a_user_may_open_so_many_files);
    tcase_add_test(tests, a_process_may_have_so_many_requests_pending);
    tcase_add_test(tests, a_user_may_have_so_many_requests_pending);
    tcase_add_test(tests, the_bytes_of_pending_requests_are_limited);
    tcase_add_test(tests, what_is_in_flight_counts_until_the_driver_is_done);
    tcase_add_test(tests, accepted_writes_are_limited_and_who_waits_for_room_is_told);
    tcase_add_test(tests, a_closed_file_counts_until_its_accepted_write_is_done);
    tcase_add_test(tests, a_failed_open_counts_no_more);
    tcase_add_test(tests, a_client_has_its_limits_below_a_filter_as_well);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
