/* I/O targets with many requests, and with several threads that start and stop them (S10.7 to
 * S10.9). */
#include "stack.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "framework/device/device.h"
#include "holding.h"
#include "port/thread.h"
#include "unit.h"

/* ---- the device below: keeps its requests ---- */

static _Atomic(unsigned) presented, kept;
static bool can_let_go; /* what it keeps is cancelable */
static void (*when_presented)(void);

static void (*when_let_go)(void); /* once */

static VOID let_go(WDFREQUEST Request)
{
    void (*then)(void) = when_let_go;
    when_let_go = NULL;
    if (then != NULL)
        then();
    kept--;
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID keep(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    presented++;
    if (when_presented != NULL)
        when_presented();
    kept++;
    if (can_let_go && !NT_SUCCESS(WdfRequestMarkCancelableEx(Request, let_go)))
        let_go(Request);
    else if (!can_let_go)
        hold(Request);
}

static NTSTATUS lower_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, keep);
    return STATUS_SUCCESS;
}

/* ---- the filter that sends ---- */

static WDFIOTARGET target;

static VOID came_back(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                      WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    WdfRequestComplete(Request, Params->IoStatus.Status);
}

static VOID send_on(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, came_back, NULL);
    if (!WdfRequestSend(Request, target, WDF_NO_SEND_OPTIONS))
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
}

static NTSTATUS sending_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created = create_filter(DeviceInit);
    target = WdfDeviceGetIoTarget(created);
    create_default_queue(created, WdfIoQueueDispatchParallel, send_on);
    return STATUS_SUCCESS;
}

/* ---- the client ---- */

static char buffer[8];

static WDFUSEIO *begin_reads(WDFUSEFILE file, unsigned count)
{
    WDFUSEIO *reads = calloc(count, sizeof(WDFUSEIO));
    ck_assert_ptr_nonnull(reads);
    for (unsigned i = 0; i < count; i++)
        reads[i] = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    return reads;
}

static void finish_reads(WDFUSEIO *reads, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        (void)WdfuseInprocFinish(reads[i], NULL);
    free(reads);
}

static void setup(void)
{
    presented = kept = 0;
    can_let_go = true;
    when_presented = when_let_go = NULL;
    stack_start(lower_driver, sending_filter);
}

/* ---- removal ---- */

static WDFUSEFILE read_file;
static WDFUSEIO late_read;

static void read_once_more(void)
{
    late_read = WdfuseInprocBeginRead(read_file, buffer, sizeof(buffer));
}

/* Its queue is power-managed: leaving D0 waits for what it has sent. */
static NTSTATUS sending_function(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created = create_layer(DeviceInit);
    target = WdfDeviceGetIoTarget(created);
    create_default_queue(created, WdfIoQueueDispatchParallel, send_on);
    return STATUS_SUCCESS;
}

/* S7.31, S11.17: no request is forgotten below a device that is removed. */
START_TEST(a_removal_cancels_what_is_sent_while_it_cancels)
{
    device_stop();
    stack_start(lower_driver, sending_function);
    read_file = open_file();
    WDFUSEIO *reads = begin_reads(read_file, 1);
    when_let_go = read_once_more;
    WdfuseInprocRemove(device);
    ck_assert(WdfuseInprocIsComplete(late_read));
    (void)WdfuseInprocFinish(late_read, NULL);
    finish_reads(reads, 1);
}
END_TEST

/* When it is told of the removal, it sends on what it keeps; the removal has then already
 * cancelled. */
static bool forgets; /* send and forget */
static WDFREQUEST kept_back;

static VOID keep_back(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    kept_back = Request;
}

static VOID send_late(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    WDF_REQUEST_SEND_OPTIONS options;
    UNREFERENCED_PARAMETER(ActionFlags);
    ck_assert_ptr_eq(Request, kept_back);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    if (forgets)
        ck_assert(WdfRequestSend(Request, target, &options));
    else
        send_on(Queue, Request);
}

static NTSTATUS late_function(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_IO_QUEUE_CONFIG config;
    WDFQUEUE queue;
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created = create_layer(DeviceInit);
    target = WdfDeviceGetIoTarget(created);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = keep_back;
    config.EvtIoStop = send_late;
    ck_status_eq(WdfIoQueueCreate(created, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue),
                 STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

/* S7.31, S11.17: the same for requests sent after the removal has cancelled what there was. */
START_TEST(what_is_sent_during_a_removal_is_cancelled)
{
    device_stop();
    forgets = _i == 1;
    stack_start(lower_driver, late_function);
    read_file = open_file();
    WDFUSEIO *reads = begin_reads(read_file, 1);
    WdfuseInprocRemove(device);
    ck_assert(WdfuseInprocIsComplete(reads[0]));
    ck_status_eq(WdfuseInprocFinish(reads[0], NULL), STATUS_CANCELLED);
    free(reads);
}
END_TEST

/* ---- starting and stopping ---- */

static void stop_target(void)
{
    when_presented = NULL;
    WdfIoTargetStop(target, WdfIoTargetLeaveSentIoPending);
}

/* S10.7, S10.8: requests still pending then wait for the next start. */
START_TEST(a_target_that_is_stopped_while_it_starts_launches_no_more)
{
    WdfIoTargetStop(target, WdfIoTargetCancelSentIo);
    WDFUSEIO *reads = begin_reads(open_file(), 3);
    when_presented = stop_target;
    ck_status_eq(WdfIoTargetStart(target), STATUS_SUCCESS);
    ck_assert_uint_eq(presented, 1);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStopped);
    ck_status_eq(WdfIoTargetStart(target), STATUS_SUCCESS);
    ck_assert_uint_eq(presented, 3);
    WdfIoTargetPurge(target, WdfIoTargetPurgeIoAndWait);
    finish_reads(reads, 3);
}
END_TEST

static void start_target(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    ck_status_eq(WdfIoTargetStart(target), STATUS_SUCCESS);
}

/* S10.7, S10.8: whoever is last, nothing is below a stopped target. */
START_TEST(nothing_is_sent_by_a_target_that_has_been_stopped)
{
    enum { READS = 16 };
    WDFUSEFILE file = open_file();
    for (unsigned i = repetitions(500); i > 0; i--) {
        struct port_thread starter;
        WdfIoTargetStop(target, WdfIoTargetCancelSentIo);
        WDFUSEIO *reads = begin_reads(file, READS);
        ck_assert_int_eq(port_thread_start(&starter, "starter", start_target, NULL), 0);
        WdfIoTargetStop(target, WdfIoTargetCancelSentIo);
        port_thread_join(&starter);
        if (WdfIoTargetGetState(target) == WdfIoTargetStopped)
            ck_assert_uint_eq(kept, 0);
        WdfIoTargetPurge(target, WdfIoTargetPurgeIoAndWait);
        ck_assert_uint_eq(kept, 0);
        finish_reads(reads, READS);
        start_target(NULL);
    }
}
END_TEST

static void stop_and_wait(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    WdfIoTargetStop(target, WdfIoTargetWaitForSentIoToComplete);
}

/* A thread that stops the target and waits for one request, which is held. */
static WDFUSEIO begin_stop(struct port_thread *stopper)
{
    can_let_go = false;
    WDFUSEIO read = WdfuseInprocBeginRead(open_file(), buffer, sizeof(buffer));
    ck_assert_int_eq(port_thread_start(stopper, "stopper", stop_and_wait, NULL), 0);
    eventually(WdfIoTargetGetState(target) == WdfIoTargetStopped);
    return read;
}

/* S10.7: what a start sends is nothing that an earlier stop waits for. */
START_TEST(a_start_waits_for_a_stop_that_waits)
{
    struct port_thread stopper, starter;
    WDFUSEIO read = begin_stop(&stopper);
    ck_assert_int_eq(port_thread_start(&starter, "starter", start_target, NULL), 0);
    for (unsigned tries = 0; tries < 3; tries++) {
        (void)wait_a_moment(tries);
        ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStopped);
    }
    complete_held(STATUS_SUCCESS);
    port_thread_join(&stopper);
    port_thread_join(&starter);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted);
    (void)WdfuseInprocFinish(read, NULL);
}
END_TEST

static VOID start_again(WDFREQUEST Request, WDFIOTARGET Target,
                        PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    start_target(NULL);
    came_back(Request, Target, Params, Context);
}

static VOID send_and_start_again(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, start_again, NULL);
    ck_assert(WdfRequestSend(Request, target, WDF_NO_SEND_OPTIONS));
}

static NTSTATUS starting_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created = create_filter(DeviceInit);
    target = WdfDeviceGetIoTarget(created);
    create_default_queue(created, WdfIoQueueDispatchParallel, send_and_start_again);
    return STATUS_SUCCESS;
}

/* S10.7: a completion routine that the stop waits for may start the target. */
START_TEST(a_start_in_what_a_stop_waits_for_ends_its_wait)
{
    struct port_thread stopper;
    device_stop();
    stack_start(lower_driver, starting_filter);
    WDFUSEIO read = begin_stop(&stopper);
    complete_held(STATUS_SUCCESS);
    port_thread_join(&stopper);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted);
    (void)WdfuseInprocFinish(read, NULL);
}
END_TEST

/* ---- many ---- */

static double cpu_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void purge(void)
{
    WdfIoTargetPurge(target, WdfIoTargetPurgeIo);
}

/* Like the removal of the device. */
static void cancel_requests(void)
{
    io_device_cancel_requests(&device_from_handle(layer_devices[1])->io);
}

static void (*const cancellations[])(void) = {purge, cancel_requests};

/* The cost of cancelling this many that have been sent on, and do not come back. */
static double time_of(void (*cancel)(void), unsigned count)
{
    WDFUSEIO *reads = begin_reads(open_file(), count);
    double start = cpu_time();
    cancel();
    double seconds = cpu_time() - start;
    for (unsigned i = 0; i < count; i++)
        complete_held(STATUS_SUCCESS);
    finish_reads(reads, count);
    start_target(NULL);
    return seconds;
}

/* S7.31, S10.9: sixteen times as many take sixteen times as long, not 256 times. */
START_TEST(many_requests_are_cancelled_in_the_time_of_each)
{
    can_let_go = false;
    const unsigned count = repetitions(8000);
    double few = 0, many = 0;
    for (unsigned i = 0; i < 3; i++) {
        few += time_of(cancellations[_i], count / 16);
        many += time_of(cancellations[_i], count);
    }
    ck_assert_msg(many < few * 80, "%u take %f s, %u take %f s", count / 16, few, count, many);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("targetmany");
    TCase *tests = tcase_create("threads");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_set_timeout(tests, 110);
    tcase_add_test(tests, a_removal_cancels_what_is_sent_while_it_cancels);
    tcase_add_loop_test(tests, what_is_sent_during_a_removal_is_cancelled, 0, 2);
    tcase_add_test(tests, a_target_that_is_stopped_while_it_starts_launches_no_more);
    tcase_add_test(tests, nothing_is_sent_by_a_target_that_has_been_stopped);
    tcase_add_test(tests, a_start_waits_for_a_stop_that_waits);
    tcase_add_test(tests, a_start_in_what_a_stop_waits_for_ends_its_wait);
    suite_add_tcase(suite, tests);
    TCase *many = tcase_create("many");
    tcase_add_checked_fixture(many, setup, device_stop);
    tcase_set_timeout(many, 110);
    tcase_add_loop_test(many, many_requests_are_cancelled_in_the_time_of_each, 0,
                        RTL_NUMBER_OF(cancellations));
    suite_add_tcase(suite, many);
    return unit_run(suite);
}
