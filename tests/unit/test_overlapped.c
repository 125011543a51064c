/* O_NONBLOCK: reads and writes of clients who do not wait (docs/polling.md). The driver knows nothing of it.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "holding.h"
#include "occupied.h"
#include "port/log.h"
#include "port/thread.h"
#include "unit.h"

#define BOTH ((ULONG)(WdfusePollIn | WdfusePollOut))

static WDFUSEFILE file;
static char buffer[64];

static void open_nonblocking(void)
{
    file = open_file();
    WdfuseInprocSetFlags(file, O_RDWR | O_NONBLOCK);
}

static void setup(void)
{
    start_queue(WdfIoQueueDispatchParallel);
    open_nonblocking();
}

static void setup_with(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    holding_stop();
    start_queue(type);
    open_nonblocking();
}

static void let_wait(bool waits)
{
    WdfuseInprocSetFlags(file, waits ? O_RDWR : O_RDWR | O_NONBLOCK);
}

/* ---- the client ---- */

static void read_expecting(NTSTATUS expected)
{
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, buffer, 8, &count), expected);
}

/* What a read of so many bytes gives. */
static const char *read_text(size_t length)
{
    size_t count = 0;
    ck_status_eq(WdfuseInprocRead(file, buffer, length, &count), STATUS_SUCCESS);
    buffer[count] = '\0';
    return buffer;
}

static void write_expecting(const char *text, NTSTATUS expected)
{
    size_t count;
    ck_status_eq(WdfuseInprocWrite(file, text, strlen(text), &count), expected);
    ck_assert_uint_eq(count, NT_SUCCESS(expected) ? strlen(text) : 0);
}

static WDFUSEIO begin_waiting_read(char *bytes)
{
    let_wait(true);
    WDFUSEIO io = remember(WdfuseInprocBeginRead(file, bytes, 8));
    let_wait(false);
    return io;
}

static WDFUSEIO begin_waiting_write(void)
{
    let_wait(true);
    WDFUSEIO io = begin_write(file, 8);
    let_wait(false);
    return io;
}

#define ck_events(expected) ck_assert_uint_eq(WdfuseInprocPoll(file), (ULONG)(expected))

/* ---- the driver ---- */

static void complete_read(const char *text)
{
    PVOID output;
    WDFREQUEST request = take_held();
    if (text[0] != '\0') {
        ck_status_eq(WdfRequestRetrieveOutputBuffer(request, strlen(text), &output, NULL), STATUS_SUCCESS);
        memcpy(output, text, strlen(text));
    }
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, strlen(text));
}

static void complete_write(NTSTATUS status)
{
    WDFREQUEST request = take_held();
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
    WdfRequestCompleteWithInformation(request, status,
                                      NT_SUCCESS(status) ? parameters.Parameters.Write.Length : 0);
}

/* EvtRequestCancel that completes, as most do. */
static VOID complete_cancelled(WDFREQUEST Request)
{
    counts.cancelled++;
    ck_assert_ptr_eq(take_held(), Request);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static void make_cancelable(void)
{
    ck_status_eq(WdfRequestMarkCancelableEx(held(), complete_cancelled), STATUS_SUCCESS);
}

/* EvtIoDefault of a driver that has it at once. */
static NTSTATUS prompt_status;
static VOID answer_promptly(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold_request(Queue, Request);
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    if (parameters.Type == WdfRequestTypeWrite)
        complete_write(prompt_status);
    else if (prompt_status == STATUS_SUCCESS)
        complete_read("prompt");
    else
        complete_held(prompt_status);
}

static void setup_prompt(NTSTATUS status)
{
    holding_stop();
    prompt_status = status;
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = answer_promptly;
    start_device();
    open_nonblocking();
}

/* ---- reading ---- */

START_TEST(a_read_that_the_driver_completes_at_once_is_answered_as_usual)
{
    setup_prompt(STATUS_SUCCESS);
    ck_assert_str_eq(read_text(8), "prompt");
    ck_events(BOTH);
}
END_TEST

START_TEST(a_read_that_the_driver_fails_at_once_is_answered_as_usual)
{
    setup_prompt(STATUS_INVALID_PARAMETER);
    read_expecting(STATUS_INVALID_PARAMETER);
    ck_events(BOTH);
}
END_TEST

START_TEST(a_read_that_the_driver_keeps_is_answered_with_eagain)
{
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1);
    ck_assert_ptr_nonnull(held());
}
END_TEST

START_TEST(a_read_that_is_queued_is_answered_with_eagain)
{
    setup_with(WdfIoQueueDispatchManual);
    read_expecting(STATUS_CANT_WAIT);
    ck_queue(queue, 1, 0);
}
END_TEST

START_TEST(another_read_meanwhile_is_answered_with_eagain_and_does_not_reach_the_driver)
{
    read_expecting(STATUS_CANT_WAIT);
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(a_file_is_readable_until_it_is_tried_and_again_when_the_read_is_done)
{
    ck_events(BOTH);
    read_expecting(STATUS_CANT_WAIT);
    ck_events(WdfusePollOut);
    complete_read("hello");
    ck_events(BOTH);
}
END_TEST

START_TEST(the_next_read_takes_the_result_and_the_one_after_it_is_a_new_one)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_read("hello");
    ck_assert_str_eq(read_text(8), "hello");
    ck_assert_uint_eq(counts.presented, 1);
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(a_read_of_less_leaves_the_rest)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_read("hello");
    ck_assert_str_eq(read_text(2), "he");
    ck_events(BOTH);
    ck_assert_str_eq(read_text(0), "");
    ck_assert_str_eq(read_text(2), "ll");
    ck_assert_str_eq(read_text(8), "o");
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(a_failure_is_told_once)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_held(STATUS_DEVICE_PROTOCOL_ERROR);
    ck_events(BOTH | WdfusePollError);
    read_expecting(STATUS_DEVICE_PROTOCOL_ERROR);
    ck_events(BOTH);
    read_expecting(STATUS_CANT_WAIT);
}
END_TEST

START_TEST(no_bytes_are_the_end_once)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_read("");
    ck_events(BOTH);
    ck_assert_str_eq(read_text(8), "");
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(files_do_not_share_their_reads)
{
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEFILE other = open_file();
    ck_assert_uint_eq(WdfuseInprocPoll(other), BOTH);
    WdfuseInprocSetFlags(other, O_RDWR | O_NONBLOCK);
    ck_status_eq(WdfuseInprocRead(other, buffer, 8, NULL), STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
    complete_read("first");
    ck_assert_uint_eq(WdfuseInprocPoll(other), WdfusePollOut);
    ck_assert_str_eq(read_text(8), "first");
}
END_TEST

/* ---- reading: who waits ---- */

START_TEST(a_read_that_waits_takes_what_is_in_flight)
{
    char bytes[8] = "";
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEIO waiting = begin_waiting_read(bytes);
    ck_assert_uint_eq(counts.presented, 1);
    ck_pending(waiting);
    complete_read("hello");
    ck_assert_uint_eq(answer(waiting, STATUS_SUCCESS), 5);
    ck_assert_int_eq(memcmp(bytes, "hello", 5), 0);
    ck_events(BOTH);
}
END_TEST

START_TEST(a_read_that_waits_takes_what_is_there_already)
{
    read_expecting(STATUS_CANT_WAIT);
    complete_read("hello");
    let_wait(true);
    ck_assert_str_eq(read_text(8), "hello");
}
END_TEST

START_TEST(of_two_that_wait_the_first_takes_the_result_and_the_second_goes_to_the_driver)
{
    char first[8] = "", second[8] = "";
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEIO one = begin_waiting_read(first);
    WDFUSEIO two = begin_waiting_read(second);
    complete_read("hello");
    ck_assert_uint_eq(answer(one, STATUS_SUCCESS), 5);
    WdfuseInprocWaitForWorkers();
    ck_pending(two);
    ck_assert_uint_eq(counts.presented, 2);
    complete_read("again");
    ck_assert_uint_eq(answer(two, STATUS_SUCCESS), 5);
    ck_assert_int_eq(memcmp(second, "again", 5), 0);
}
END_TEST

START_TEST(two_that_wait_share_what_is_more_than_one_asks_for)
{
    char first[8] = "", second[8] = "";
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, buffer, 12, &count), STATUS_CANT_WAIT);
    WDFUSEIO one = begin_waiting_read(first);
    WDFUSEIO two = begin_waiting_read(second);
    complete_read("hello, world");
    ck_assert_uint_eq(answer(one, STATUS_SUCCESS), 8);
    ck_assert_uint_eq(answer(two, STATUS_SUCCESS), 4);
    ck_assert_int_eq(memcmp(second, "orld", 4), 0);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(a_failure_is_told_to_the_first_that_waits)
{
    char first[8], second[8];
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEIO one = begin_waiting_read(first);
    WDFUSEIO two = begin_waiting_read(second);
    complete_held(STATUS_DEVICE_PROTOCOL_ERROR);
    answer(one, STATUS_DEVICE_PROTOCOL_ERROR);
    WdfuseInprocWaitForWorkers();
    ck_pending(two);
    complete_read("good");
    answer(two, STATUS_SUCCESS);
}
END_TEST

/* In a sequential queue the second one's turn comes when the first is completed, not inside. */
START_TEST(who_has_waited_goes_to_the_driver_in_its_turn)
{
    setup_with(WdfIoQueueDispatchSequential);
    char first[8], second[8], third[8];
    read_expecting(STATUS_CANT_WAIT);
    WDFUSEIO one = begin_waiting_read(first);
    WDFUSEIO two = begin_waiting_read(second);
    WDFUSEIO three = begin_waiting_read(third);
    complete_read("1");
    answer(one, STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_queue(queue, 1, 1);
    complete_read("2");
    answer(two, STATUS_SUCCESS);
    complete_read("3");
    answer(three, STATUS_SUCCESS);
    ck_assert_mem_eq(third, "3", 1);
}
END_TEST

START_TEST(an_interrupt_ends_the_wait_and_leaves_what_is_in_flight)
{
    char bytes[8];
    read_expecting(STATUS_CANT_WAIT);
    make_cancelable();
    WDFUSEIO waiting = begin_waiting_read(bytes);
    WdfuseInprocCancel(waiting);
    answer(waiting, STATUS_CANCELLED);
    ck_assert_uint_eq(counts.cancelled, 0);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    complete_read("hello");
    ck_assert_str_eq(read_text(8), "hello");
}
END_TEST

/* The client has its answer: the driver's request is none of its business any more. */
START_TEST(an_interrupt_after_eagain_cancels_nothing)
{
    WDFUSEIO io = begin_read(file, 8);
    make_cancelable();
    WdfuseInprocCancel(io);
    answer(io, STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.cancelled, 0);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    complete_read("hello");
    ck_assert_str_eq(read_text(8), "hello");
}
END_TEST

/* ---- reading: the end ---- */

START_TEST(closing_cancels_the_read_in_flight)
{
    read_expecting(STATUS_CANT_WAIT);
    make_cancelable();
    close_file(file);
    ck_assert_uint_eq(counts.cancelled, 1);
}
END_TEST

START_TEST(closing_cancels_a_read_in_flight_that_is_queued)
{
    setup_with(WdfIoQueueDispatchManual);
    read_expecting(STATUS_CANT_WAIT);
    close_file(file);
    ck_queue(queue, 0, 0);
}
END_TEST

static unsigned cleanups, closes;

static VOID count_cleanup(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    cleanups++;
}

static VOID count_close(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    closes++;
}

static VOID count_ends(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, count_close, count_cleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

static void setup_counting_ends(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    holding_stop();
    cleanups = closes = 0;
    prepare_init = count_ends;
    start_queue(type);
    open_nonblocking();
}

/* S4.20 */
START_TEST(a_read_in_flight_that_can_not_be_cancelled_holds_up_the_close_and_is_dropped)
{
    setup_counting_ends(WdfIoQueueDispatchParallel);
    read_expecting(STATUS_CANT_WAIT);
    close_file(file);
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 0);
    complete_read("nobody");
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(closes, 1);
}
END_TEST

START_TEST(closing_drops_a_result_that_nobody_has_taken)
{
    setup_counting_ends(WdfIoQueueDispatchParallel);
    read_expecting(STATUS_CANT_WAIT);
    complete_read("nobody");
    close_file(file);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* A client of the in-process transport can do that; the kernel's can't. */
START_TEST(closing_cancels_who_waits)
{
    char bytes[8];
    setup_counting_ends(WdfIoQueueDispatchParallel);
    read_expecting(STATUS_CANT_WAIT);
    make_cancelable();
    WDFUSEIO waiting = begin_waiting_read(bytes);
    close_file(file);
    answer(waiting, STATUS_CANCELLED);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* ---- writing ---- */

START_TEST(a_write_that_the_driver_completes_at_once_is_answered_as_usual)
{
    setup_prompt(STATUS_SUCCESS);
    write_expecting("hello", STATUS_SUCCESS);
    ck_events(BOTH);
    setup_prompt(STATUS_INVALID_PARAMETER);
    write_expecting("hello", STATUS_INVALID_PARAMETER);
    ck_events(BOTH);
}
END_TEST

START_TEST(a_write_that_the_driver_keeps_is_accepted_whole)
{
    char text[] = "hello";
    write_expecting(text, STATUS_SUCCESS);
    text[0] = 'x';
    ck_assert_int_eq(mark_of(held()), 'h');
    ck_events(WdfusePollIn);
}
END_TEST

START_TEST(another_write_meanwhile_is_answered_with_eagain_until_the_first_is_done)
{
    write_expecting("1", STATUS_SUCCESS);
    write_expecting("2", STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1);
    complete_write(STATUS_SUCCESS);
    ck_events(BOTH);
    write_expecting("2", STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(the_failure_of_an_accepted_write_is_told_by_the_next_one_and_once)
{
    write_expecting("1", STATUS_SUCCESS);
    complete_write(STATUS_DEVICE_PROTOCOL_ERROR);
    ck_events(BOTH | WdfusePollError);
    write_expecting("2", STATUS_DEVICE_PROTOCOL_ERROR);
    ck_assert_uint_eq(counts.presented, 1);
    ck_events(BOTH);
    write_expecting("3", STATUS_SUCCESS);
}
END_TEST

START_TEST(an_accepted_write_that_is_cut_has_failed)
{
    write_expecting("hello", STATUS_SUCCESS);
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 2);
    write_expecting("more", STATUS_DATA_NOT_ACCEPTED);
}
END_TEST

START_TEST(a_write_that_waits_comes_after_the_one_in_flight)
{
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    ck_assert_uint_eq(counts.presented, 1);
    complete_write(STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_pending(waiting);
    ck_assert_uint_eq(counts.presented, 2);
    complete_write(STATUS_SUCCESS);
    ck_assert_uint_eq(answer(waiting, STATUS_SUCCESS), 8);
}
END_TEST

START_TEST(a_write_that_waits_is_told_the_failure_of_the_one_in_flight)
{
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    complete_write(STATUS_DEVICE_PROTOCOL_ERROR);
    answer(waiting, STATUS_DEVICE_PROTOCOL_ERROR);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(reading_and_writing_do_not_wait_for_each_other)
{
    read_expecting(STATUS_CANT_WAIT);
    write_expecting("hello", STATUS_SUCCESS);
    ck_events(0);
    complete_read("done");
    ck_events(WdfusePollIn);
    complete_write(STATUS_SUCCESS);
    ck_events(BOTH);
}
END_TEST

START_TEST(closing_lets_an_accepted_write_finish_and_cleans_up_then)
{
    setup_counting_ends(WdfIoQueueDispatchParallel);
    write_expecting("hello", STATUS_SUCCESS);
    make_cancelable();
    close_file(file);
    ck_assert_uint_eq(counts.cancelled, 0);
    ck_assert_uint_eq(cleanups, 0);
    ck_status_eq(WdfRequestUnmarkCancelable(held()), STATUS_SUCCESS);
    complete_write(STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

/* The read goes first: the write could wait behind it for ever. */
START_TEST(closing_lets_a_write_finish_that_is_queued_behind_the_read_in_flight)
{
    setup_counting_ends(WdfIoQueueDispatchSequential);
    read_expecting(STATUS_CANT_WAIT);
    make_cancelable();
    write_expecting("hello", STATUS_SUCCESS);
    ck_queue(queue, 1, 1);
    close_file(file);
    ck_assert_uint_eq(counts.cancelled, 1);
    ck_assert_uint_eq(cleanups, 0);
    ck_assert_int_eq(mark_of(held()), 'h');
    complete_write(STATUS_DEVICE_PROTOCOL_ERROR);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(closes, 1);
}
END_TEST

static char warning[256];

static void keep_warning(enum log_level level, const char *line)
{
    if (level == LOG_LEVEL_WARNING)
        snprintf(warning, sizeof(warning), "%s", line);
}

static void expect_lost_write_in_log(void)
{
    ck_assert_msg(strstr(warning, "a write of 5 bytes") != NULL &&
                      strstr(warning, "STATUS_DATA_ERROR") != NULL,
                  "the log says '%s'", warning);
}

START_TEST(the_failure_of_an_accepted_write_that_comes_after_the_close_is_logged)
{
    write_expecting("hello", STATUS_SUCCESS);
    log_set_sink(keep_warning);
    close_file(file);
    complete_write(STATUS_DATA_ERROR);
    WdfuseInprocWaitForWorkers();
    expect_lost_write_in_log();
}
END_TEST

START_TEST(the_failure_of_an_accepted_write_that_nobody_has_asked_for_is_logged)
{
    write_expecting("hello", STATUS_SUCCESS);
    complete_write(STATUS_DATA_ERROR);
    log_set_sink(keep_warning);
    close_file(file);
    expect_lost_write_in_log();
}
END_TEST

/* ---- to the driver after all: what has waited is given to it by a worker ---- */

static KIRQL irql_seen;
static unsigned callers_seen;

static VOID see_caller(WDFDEVICE Device, WDFREQUEST Request)
{
    irql_seen = KeGetCurrentIrql();
    callers_seen++;
    ck_status_eq(WdfDeviceEnqueueRequest(Device, Request), STATUS_SUCCESS);
}

static VOID want_callers(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, see_caller);
}

/* S5.16: at PASSIVE_LEVEL, and never inside the driver's own call of WdfRequestComplete. */
START_TEST(the_callers_context_callback_sees_who_has_waited_at_passive_level)
{
    holding_stop();
    prepare_init = want_callers;
    setup();
    callers_seen = 0;
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    ck_assert_uint_eq(callers_seen, 1);

    occupy_workers();
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    complete_write(STATUS_SUCCESS);
    WdfSpinLockRelease(lock);
    WdfObjectDelete(lock);
    ck_assert_uint_eq(callers_seen, 1);
    free_workers();
    ck_assert_uint_eq(callers_seen, 2);
    ck_assert_uint_eq(irql_seen, PASSIVE_LEVEL);
    complete_write(STATUS_SUCCESS);
    answer(waiting, STATUS_SUCCESS);
}
END_TEST

static atomic_bool control_may_return, control_is_inside;
static atomic_uint writes_presented;

static VOID block_in_control(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    if (parameters.Type == WdfRequestTypeWrite) {
        hold_request(Queue, Request);
        writes_presented++;
        return;
    }
    control_is_inside = true;
    eventually(control_may_return);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static void run_control(void *argument)
{
    ck_status_eq(WdfuseInprocIoctl(argument, 1, NULL, 0, NULL, 0, NULL), STATUS_SUCCESS);
}

/* The other client's thread is inside the queue's loop, and stays there. */
START_TEST(who_has_waited_does_not_wait_for_another_clients_callback)
{
    holding_stop();
    control_may_return = control_is_inside = false;
    writes_presented = 0;
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = block_in_control;
    start_device();
    open_nonblocking();
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    WDFUSEFILE other = open_file();
    struct port_thread thread;
    ck_assert_int_eq(port_thread_start(&thread, "control", run_control, other), 0);
    eventually(control_is_inside);

    complete_write(STATUS_SUCCESS);
    eventually(writes_presented == 2);
    complete_write(STATUS_SUCCESS);
    answer(waiting, STATUS_SUCCESS);
    control_may_return = true;
    port_thread_join(&thread);
}
END_TEST

START_TEST(an_interrupt_ends_the_wait_for_a_worker)
{
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    occupy_workers();
    complete_write(STATUS_SUCCESS);
    WdfuseInprocCancel(waiting);
    answer(waiting, STATUS_CANCELLED);
    free_workers();
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(closing_ends_the_wait_for_a_worker)
{
    setup_counting_ends(WdfIoQueueDispatchParallel);
    write_expecting("1", STATUS_SUCCESS);
    WDFUSEIO waiting = begin_waiting_write();
    occupy_workers();
    complete_write(STATUS_SUCCESS);
    close_file(file);
    answer(waiting, STATUS_CANCELLED);
    ck_assert_uint_eq(closes, 0); /* the worker has still to look at the file */
    free_workers();
    ck_assert_uint_eq(closes, 1);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

/* ---- removal ---- */

static char last_bytes[8];
static WDFUSEIO last_read;

/* The driver gives what it has, early in the removal. */
static NTSTATUS complete_when_removed(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    complete_read("last");
    ck_assert_uint_eq(answer(last_read, STATUS_SUCCESS), 4);
    ck_assert_mem_eq(last_bytes, "last", 4);
    close_file(file);
    return STATUS_SUCCESS;
}

static VOID complete_when_removing(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoSuspend = complete_when_removed;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

START_TEST(who_waits_takes_what_comes_during_a_removal)
{
    holding_stop();
    prepare_init = complete_when_removing;
    start_queue(WdfIoQueueDispatchParallel);
    open_nonblocking();
    read_expecting(STATUS_CANT_WAIT);
    last_read = begin_waiting_read(last_bytes);
    WdfuseInprocStop(device);
    device = NULL;
}
END_TEST

static unsigned looks;

/* The client's, while the device is being removed: its requests have been cancelled. */
static NTSTATUS look_at_removed(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    looks++;
    ck_events(BOTH | WdfusePollError | WdfusePollHangup);
    read_expecting(STATUS_DEVICE_REMOVED);
    write_expecting("late", STATUS_DEVICE_REMOVED);
    close_file(file);
    return STATUS_SUCCESS;
}

static VOID look_when_removed(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Exit = look_at_removed;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

START_TEST(a_removed_device_is_hung_up_and_gone)
{
    holding_stop();
    looks = 0;
    prepare_init = look_when_removed;
    start_queue(WdfIoQueueDispatchManual);
    open_nonblocking();
    read_expecting(STATUS_CANT_WAIT);
    write_expecting("lost", STATUS_SUCCESS);
    WdfuseInprocStop(device);
    device = NULL;
    ck_assert_uint_eq(looks, 1);
}
END_TEST

/* ---- many at once ---- */

/*
 * A driver's thread completes what it holds while clients try, poll, wait and give up: nobody waits longer
 * than the deadline, and each byte that was completed is read once.
 */
#define CLIENTS 4

static _Atomic(uintptr_t) to_complete[CLIENTS * 2];
static _Atomic(ULONG) completed_reads;
static atomic_bool driver_stops;

static VOID hand_over(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    for (unsigned i = 0;; i = (i + 1) % RTL_NUMBER_OF(to_complete)) {
        uintptr_t nobody = 0;
        if (atomic_compare_exchange_strong(&to_complete[i], &nobody, (uintptr_t)Request))
            return;
    }
}

static void complete_handed_over(WDFREQUEST request)
{
    PVOID output;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(request, 1, &output, NULL), STATUS_SUCCESS);
    *(char *)output = 'r';
    completed_reads++;
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 1);
}

static void run_driver(void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    while (!driver_stops) {
        for (unsigned i = 0; i < RTL_NUMBER_OF(to_complete); i++) {
            uintptr_t request = atomic_exchange(&to_complete[i], 0);
            if (request != 0)
                complete_handed_over((WDFREQUEST)request);
        }
        port_thread_yield();
    }
}

struct polling_client {
    struct port_thread thread;
    WDFUSEFILE file;
    unsigned rounds;
    ULONG bytes;
    const char *failure;
};

/* One byte, by whatever way comes next. */
static bool read_byte(struct polling_client *client)
{
    char byte = 0;
    size_t count;
    for (;;) {
        NTSTATUS status = WdfuseInprocRead(client->file, &byte, 1, &count);
        if (status == STATUS_SUCCESS && count == 1 && byte == 'r')
            return true;
        if (status != STATUS_CANT_WAIT) {
            client->failure = "a read has failed";
            return false;
        }
        if (WdfuseInprocWaitForEvents(client->file, WdfusePollIn, 60000) == 0) {
            client->failure = "a wake-up was missed";
            return false;
        }
    }
}

static void run_client(void *argument)
{
    struct polling_client *client = argument;
    for (unsigned i = 0; i < client->rounds; i++) {
        if (!read_byte(client))
            return;
        client->bytes++;
    }
}

static void race(WDFUSEFILE (*file_for)(unsigned client))
{
    struct polling_client clients[CLIENTS] = {0};
    struct port_thread driver;
    completed_reads = 0;
    driver_stops = false;
    ck_assert_int_eq(port_thread_start(&driver, "driver", run_driver, NULL), 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i].file = file_for(i);
        clients[i].rounds = repetitions(5000);
        ck_assert_int_eq(port_thread_start(&clients[i].thread, "client", run_client, &clients[i]), 0);
    }
    ULONG bytes = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        port_thread_join(&clients[i].thread);
        ck_assert_msg(clients[i].failure == NULL, "%s after %u bytes", clients[i].failure, clients[i].bytes);
        bytes += clients[i].bytes;
    }
    driver_stops = true;
    port_thread_join(&driver);
    ck_assert_uint_eq(bytes, CLIENTS * repetitions(5000));
    /* What is completed and not read is a result that a file still holds: one at most. */
    ck_assert_uint_ge(completed_reads, bytes);
    ck_assert_uint_le(completed_reads, bytes + CLIENTS);
}

static void setup_race(void)
{
    holding_stop();
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = hand_over;
    start_device();
    open_nonblocking();
}

static WDFUSEFILE one_file(unsigned client)
{
    UNREFERENCED_PARAMETER(client);
    return file;
}

static WDFUSEFILE file_each(unsigned client)
{
    if (client > 0)
        open_nonblocking();
    return file;
}

START_TEST(clients_of_one_file_miss_no_wake_up)
{
    setup_race();
    race(one_file);
}
END_TEST

START_TEST(clients_with_a_file_each_miss_no_wake_up)
{
    setup_race();
    race(file_each);
}
END_TEST

static void add_reading(Suite *suite)
{
    TCase *tcase = tcase_create("reading");
    tcase_add_checked_fixture(tcase, setup, holding_stop);
    tcase_add_test(tcase, a_read_that_the_driver_completes_at_once_is_answered_as_usual);
    tcase_add_test(tcase, a_read_that_the_driver_fails_at_once_is_answered_as_usual);
    tcase_add_test(tcase, a_read_that_the_driver_keeps_is_answered_with_eagain);
    tcase_add_test(tcase, a_read_that_is_queued_is_answered_with_eagain);
    tcase_add_test(tcase, another_read_meanwhile_is_answered_with_eagain_and_does_not_reach_the_driver);
    tcase_add_test(tcase, a_file_is_readable_until_it_is_tried_and_again_when_the_read_is_done);
    tcase_add_test(tcase, the_next_read_takes_the_result_and_the_one_after_it_is_a_new_one);
    tcase_add_test(tcase, a_read_of_less_leaves_the_rest);
    tcase_add_test(tcase, a_failure_is_told_once);
    tcase_add_test(tcase, no_bytes_are_the_end_once);
    tcase_add_test(tcase, files_do_not_share_their_reads);
    tcase_add_test(tcase, a_read_that_waits_takes_what_is_in_flight);
    tcase_add_test(tcase, a_read_that_waits_takes_what_is_there_already);
    tcase_add_test(tcase, of_two_that_wait_the_first_takes_the_result_and_the_second_goes_to_the_driver);
    tcase_add_test(tcase, two_that_wait_share_what_is_more_than_one_asks_for);
    tcase_add_test(tcase, a_failure_is_told_to_the_first_that_waits);
    tcase_add_test(tcase, who_has_waited_goes_to_the_driver_in_its_turn);
    tcase_add_test(tcase, an_interrupt_ends_the_wait_and_leaves_what_is_in_flight);
    tcase_add_test(tcase, an_interrupt_after_eagain_cancels_nothing);
    tcase_add_test(tcase, closing_cancels_the_read_in_flight);
    tcase_add_test(tcase, closing_cancels_a_read_in_flight_that_is_queued);
    tcase_add_test(tcase, a_read_in_flight_that_can_not_be_cancelled_holds_up_the_close_and_is_dropped);
    tcase_add_test(tcase, closing_drops_a_result_that_nobody_has_taken);
    tcase_add_test(tcase, closing_cancels_who_waits);
    suite_add_tcase(suite, tcase);
}

static void add_writing(Suite *suite)
{
    TCase *tcase = tcase_create("writing");
    tcase_add_checked_fixture(tcase, setup, holding_stop);
    tcase_add_test(tcase, a_write_that_the_driver_completes_at_once_is_answered_as_usual);
    tcase_add_test(tcase, a_write_that_the_driver_keeps_is_accepted_whole);
    tcase_add_test(tcase, another_write_meanwhile_is_answered_with_eagain_until_the_first_is_done);
    tcase_add_test(tcase, the_failure_of_an_accepted_write_is_told_by_the_next_one_and_once);
    tcase_add_test(tcase, an_accepted_write_that_is_cut_has_failed);
    tcase_add_test(tcase, a_write_that_waits_comes_after_the_one_in_flight);
    tcase_add_test(tcase, a_write_that_waits_is_told_the_failure_of_the_one_in_flight);
    tcase_add_test(tcase, reading_and_writing_do_not_wait_for_each_other);
    tcase_add_test(tcase, closing_lets_an_accepted_write_finish_and_cleans_up_then);
    tcase_add_test(tcase, closing_lets_a_write_finish_that_is_queued_behind_the_read_in_flight);
    tcase_add_test(tcase, the_failure_of_an_accepted_write_that_comes_after_the_close_is_logged);
    tcase_add_test(tcase, the_failure_of_an_accepted_write_that_nobody_has_asked_for_is_logged);
    tcase_add_test(tcase, the_callers_context_callback_sees_who_has_waited_at_passive_level);
    tcase_add_test(tcase, who_has_waited_does_not_wait_for_another_clients_callback);
    tcase_add_test(tcase, an_interrupt_ends_the_wait_for_a_worker);
    tcase_add_test(tcase, closing_ends_the_wait_for_a_worker);
    tcase_add_test(tcase, who_waits_takes_what_comes_during_a_removal);
    tcase_add_test(tcase, a_removed_device_is_hung_up_and_gone);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("overlapped");
    add_reading(suite);
    add_writing(suite);
    TCase *races = tcase_create("races");
    tcase_set_timeout(races, 60);
    tcase_add_checked_fixture(races, setup, holding_stop);
    tcase_add_test(races, clients_of_one_file_miss_no_wake_up);
    tcase_add_test(races, clients_with_a_file_each_miss_no_wake_up);
    suite_add_tcase(suite, races);
    return unit_run(suite);
}
