/* I/O targets: what a driver sends, and how it comes back (S10, S7.35-S7.61). */
/* This includes functions of the user-mode framework: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "stack.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "framework/device/device.h"
#include "unit.h"

#define CONTROL         CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define DIRECT_CONTROL  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_OUT_DIRECT, FILE_ANY_ACCESS)
#define NEITHER_CONTROL CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_NEITHER, FILE_ANY_ACCESS)

/* ---- the device below ---- */

static WDFREQUEST below[8];
static unsigned presented;
static WDF_REQUEST_PARAMETERS seen;
static bool answers;    /* at once; else it holds them */
static bool can_let_go; /* what it holds is cancelable */
static KPROCESSOR_MODE mode;
static BOOLEAN is_from_driver;

static VOID let_go(WDFREQUEST Request)
{
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static size_t control_information; /* of the answer to a control */

static VOID answer(WDFREQUEST Request)
{
    PVOID buffer;
    size_t length;
    WDF_REQUEST_PARAMETERS_INIT(&seen);
    WdfRequestGetParameters(Request, &seen);
    mode = WdfRequestGetRequestorMode(Request);
    is_from_driver = WdfRequestIsFromUserModeDriver(Request);
    switch (seen.Type) {
    case WdfRequestTypeRead:
        ck_status_eq(WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, &length), STATUS_SUCCESS);
        memset(buffer, 'r', length);
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, length);
        return;
    case WdfRequestTypeWrite:
        ck_status_eq(WdfRequestRetrieveInputBuffer(Request, 1, &buffer, &length), STATUS_SUCCESS);
        ck_assert_int_eq(((char *)buffer)[0], 'w');
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, length);
        return;
    default:
        if (METHOD_FROM_CTL_CODE(seen.Parameters.DeviceIoControl.IoControlCode) == METHOD_NEITHER) {
            WdfRequestComplete(Request, STATUS_SUCCESS);
            return;
        }
        ck_status_eq(WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, &length), STATUS_SUCCESS);
        PVOID input;
        ck_status_eq(WdfRequestRetrieveInputBuffer(Request, 1, &input, NULL), STATUS_SUCCESS);
        ((char *)buffer)[0] = (char)(((char *)input)[0] + 1);
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, control_information);
    }
}

static VOID serve(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    unsigned index = presented++;
    if (answers) {
        answer(Request);
        return;
    }
    below[index % RTL_NUMBER_OF(below)] = Request;
    if (can_let_go)
        WdfRequestMarkCancelable(Request, let_go);
}

static NTSTATUS lower_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, serve);
    return STATUS_SUCCESS;
}

/* ---- the filter that sends ---- */

static WDFIOTARGET target;
static WDFQUEUE upper_queue;
static WDFREQUEST above; /* the last one that the filter got */
static unsigned returned;
static WDF_REQUEST_COMPLETION_PARAMS params;
static bool keeps; /* its completion routine does not complete the request */
static void (*on_request)(WDFREQUEST request);

static VOID came_back(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                      WDFCONTEXT Context)
{
    ck_assert_ptr_eq(Target, target);
    ck_assert_ptr_eq(Context, &returned);
    returned++;
    params = *Params;
    if (!keeps)
        WdfRequestComplete(Request, Params->IoStatus.Status); /* with the Information it has */
}

static BOOLEAN send_current(WDFREQUEST request, PWDF_REQUEST_SEND_OPTIONS options)
{
    WdfRequestFormatRequestUsingCurrentType(request);
    WdfRequestSetCompletionRoutine(request, came_back, &returned);
    return WdfRequestSend(request, target, options);
}

static void send_on(WDFREQUEST request)
{
    ck_assert(send_current(request, NULL));
}

static void forget(WDFREQUEST request)
{
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    ck_assert(WdfRequestSend(request, target, &options));
}

static void keep(WDFREQUEST request)
{
    UNREFERENCED_PARAMETER(request);
}

static VOID filter_request(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    above = Request;
    on_request(Request);
}

static NTSTATUS sending_filter(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created = create_filter(DeviceInit);
    target = WdfDeviceGetIoTarget(created);
    upper_queue = create_default_queue(created, WdfIoQueueDispatchSequential, filter_request);
    return STATUS_SUCCESS;
}

static WDFUSEFILE file;
static char buffer[8];

static void start(void)
{
    stack_start(lower_driver, sending_filter);
    file = open_file();
}

static void setup(void)
{
    memset(below, 0, sizeof(below));
    memset(buffer, 0, sizeof(buffer));
    memset(&seen, 0, sizeof(seen));
    memset(&params, 0, sizeof(params));
    presented = returned = 0;
    answers = true;
    can_let_go = keeps = false;
    control_information = 1;
    above = NULL;
    on_request = send_on;
}

static WDFUSEIO begin_read(void)
{
    return WdfuseInprocBeginRead(file, buffer, 4);
}

/* ---- there and back ---- */

START_TEST(a_request_goes_and_comes_back)
{
    start();
    ck_assert_uint_eq(finish_with(begin_read(), STATUS_SUCCESS), 4);
    ck_assert_str_eq(buffer, "rrrr");
    ck_assert_uint_eq(returned, 1);                        /* S10.22, S10.24 */
    ck_assert_int_eq(params.Type, WdfRequestTypeNoFormat); /* S10.23 */
    ck_assert_int_eq(params.IoStatus.Status, STATUS_SUCCESS);
    ck_assert_uint_eq(params.IoStatus.Information, 4);
    ck_assert_int_eq(mode, UserMode); /* S7.44 */
    ck_assert(!is_from_driver);

    size_t count;
    ck_status_eq(WdfuseInprocWrite(file, "write", 5, &count), STATUS_SUCCESS);
    ck_assert_uint_eq(count, 5);
    ck_status_eq(WdfuseInprocIoctl(file, CONTROL, "a", 1, buffer, 1, &count), STATUS_SUCCESS);
    ck_assert_int_eq(buffer[0], 'b');
    ck_status_eq(WdfuseInprocIoctl(file, DIRECT_CONTROL, "c", 1, buffer, 1, &count),
                 STATUS_SUCCESS);
    ck_assert_int_eq(buffer[0], 'd');
}
END_TEST

START_TEST(it_comes_back_later)
{
    answers = false;
    start();
    WDFUSEIO io = begin_read();
    ck_assert_uint_eq(presented, 1);
    ck_assert_uint_eq(returned, 0);
    ck_assert(!WdfuseInprocIsComplete(io));
    answer(below[0]);
    ck_assert_uint_eq(returned, 1);
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 4);
    ck_assert_str_eq(buffer, "rrrr");
}
END_TEST

START_TEST(a_request_that_is_sent_holds_its_place_in_a_sequential_queue)
{
    answers = false;
    start();
    WDFUSEIO first = begin_read(), second = begin_read();
    ck_assert_uint_eq(presented, 1);
    answer(below[0]);
    ck_assert_uint_eq(presented, 2);
    answer(below[1]);
    finish_with(first, STATUS_SUCCESS);
    finish_with(second, STATUS_SUCCESS);
}
END_TEST

START_TEST(sent_and_forgotten)
{
    answers = false;
    on_request = forget;
    start();
    WDFUSEIO first = begin_read(), second = begin_read();
    ck_assert_uint_eq(presented, 2); /* S10.16: the queue counts it no longer */
    answer(below[1]);
    answer(below[0]);
    ck_assert_uint_eq(finish_with(first, STATUS_SUCCESS), 4);
    ck_assert_uint_eq(finish_with(second, STATUS_SUCCESS), 4);
    ck_assert_uint_eq(returned, 0);
}
END_TEST

/* ---- cancelling ---- */

START_TEST(the_client_gives_up_what_was_sent)
{
    answers = false;
    can_let_go = true;
    start();
    WDFUSEIO io = begin_read();
    WdfuseInprocCancel(io); /* S7.38: it is the same packet */
    finish_with(io, STATUS_CANCELLED);
    ck_assert_uint_eq(returned, 1);
    ck_assert_int_eq(params.IoStatus.Status, STATUS_CANCELLED);
}
END_TEST

START_TEST(the_client_gives_up_what_was_forgotten)
{
    answers = false;
    can_let_go = true;
    on_request = forget;
    start();
    WDFUSEIO io = begin_read();
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(what_was_given_up_before_is_sent_cancelled)
{
    answers = false;
    can_let_go = true;
    on_request = keep;
    start();
    WDFUSEIO io = begin_read();
    WdfuseInprocCancel(io);
    ck_assert(!WdfuseInprocIsComplete(io));
    send_on(above);
    ck_assert_uint_eq(presented, 0); /* S6.26 */
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(the_driver_cancels_what_it_sent)
{
    answers = false;
    can_let_go = true;
    start();
    WDFUSEIO io = begin_read();
    ck_assert(WdfRequestCancelSentRequest(above)); /* S7.35 */
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(nobody_can_let_go)
{
    answers = false;
    keeps = true;
    start();
    WDFUSEIO io = begin_read();
    ck_assert(!WdfRequestCancelSentRequest(above)); /* S7.35: the flag is set all the same */
    ck_assert(WdfRequestIsCanceled(below[0]));
    answer(below[0]);
    ck_assert_uint_eq(returned, 1);
    ck_assert(!send_current(above, NULL)); /* S7.36 */
    ck_status_eq(WdfRequestGetStatus(above), STATUS_CANCELLED);
    WDF_REQUEST_REUSE_PARAMS reuse;
    WDF_REQUEST_REUSE_PARAMS_INIT(&reuse, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    ck_status_eq(WdfRequestReuse(above, &reuse), STATUS_SUCCESS);
    answers = true;
    keeps = false;
    send_on(above);
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

static void start_with_one_between(void)
{
    stack_start(lower_driver, bare_filter, sending_filter);
    file = open_file();
}

/* S7.35: the driver that finally has it decides, however far down that is. */
START_TEST(nobody_can_let_go_two_devices_below)
{
    answers = false;
    start_with_one_between();
    WDFUSEIO io = begin_read();
    ck_assert(!WdfRequestCancelSentRequest(above));
    ck_assert(WdfRequestIsCanceled(below[0]));
    answer(below[0]);
    finish_with(io, STATUS_SUCCESS);

    can_let_go = true;
    io = begin_read();
    ck_assert(WdfRequestCancelSentRequest(above));
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

/* S7.5, S7.6: the framework resets no Information; the drivers above see an error's length, the
 * client does not. */
START_TEST(an_error_brings_its_information)
{
    size_t count;
    answers = false;
    start_with_one_between();
    WDFUSEIO io = begin_read();
    WdfRequestCompleteWithInformation(below[0], STATUS_BUFFER_TOO_SMALL, 77);
    ck_status_eq(params.IoStatus.Status, STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(params.IoStatus.Information, 77);
    ck_status_eq(WdfuseInprocFinish(io, &count), STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(count, 0);
}
END_TEST

#define RACES 300

static void *cancel_in_thread(void *io)
{
    WdfuseInprocCancel(io);
    return NULL;
}

/* The client that gives up finds the request with its target, on its way back, or back; and the
 * target exists as long as that takes. */
START_TEST(giving_up_meets_the_way_back)
{
    answers = false;
    start();
    for (unsigned i = 0; i < RACES; i++) {
        WDFUSEIO io = begin_read();
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, cancel_in_thread, io), 0);
        answer(below[i % RTL_NUMBER_OF(below)]);
        pthread_join(thread, NULL);
        finish_with(io, STATUS_SUCCESS);
    }
    ck_assert_uint_eq(returned, RACES);
}
END_TEST

/* ---- states ---- */

START_TEST(a_stopped_target_keeps_what_is_sent)
{
    start();
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted); /* S10.1, S10.6 */
    WdfIoTargetStop(target, WdfIoTargetLeaveSentIoPending);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStopped);
    WDFUSEIO io = begin_read(); /* S10.5 */
    ck_assert_uint_eq(presented, 0);
    ck_assert(!WdfuseInprocIsComplete(io));
    ck_status_eq(WdfIoTargetStart(target), STATUS_SUCCESS); /* S10.7 */
    ck_assert_uint_eq(presented, 1);
    finish_with(io, STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetStart(target), STATUS_SUCCESS);
}
END_TEST

START_TEST(what_waits_in_a_stopped_target_can_be_cancelled)
{
    start();
    WdfIoTargetStop(target, WdfIoTargetCancelSentIo);
    WDFUSEIO io = begin_read();
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED); /* S7.37 */
    io = begin_read();
    ck_assert(WdfRequestCancelSentRequest(above));
    finish_with(io, STATUS_CANCELLED);
    ck_assert_uint_eq(returned, 2);
    ck_assert_uint_eq(presented, 0);
}
END_TEST

START_TEST(stop_cancels_what_was_sent)
{
    answers = false;
    can_let_go = true;
    start();
    WDFUSEIO io = begin_read();
    WdfIoTargetStop(target, WdfIoTargetCancelSentIo); /* S10.8 */
    ck_assert_uint_eq(returned, 1);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(stop_leaves_what_was_sent)
{
    answers = false;
    start();
    WDFUSEIO io = begin_read();
    WdfIoTargetStop(target, WdfIoTargetLeaveSentIoPending);
    ck_assert_uint_eq(returned, 0);
    answer(below[0]);
    finish_with(io, STATUS_SUCCESS);
    WdfIoTargetStop(target, WdfIoTargetWaitForSentIoToComplete); /* S10.10: nothing is left */
    WdfIoTargetStop(target, (WDF_IO_TARGET_SENT_IO_ACTION)7);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S10.8"));
}
END_TEST

START_TEST(purge_refuses)
{
    start();
    WdfIoTargetStop(target, WdfIoTargetCancelSentIo);
    keeps = true;
    WDFUSEIO io = begin_read();
    WdfIoTargetPurge(target, WdfIoTargetPurgeIoAndWait); /* S10.9 */
    ck_assert_uint_eq(returned, 1);
    ck_assert_int_eq(params.IoStatus.Status, STATUS_WDF_DEVICE_REMOVED_NOT_SENT);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetPurged);
    ck_assert(!send_current(above, NULL)); /* S10.5 */
    ck_status_eq(WdfRequestGetStatus(above), STATUS_INVALID_DEVICE_STATE);
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE);
    keeps = false;
    ck_assert(send_current(above, &options));
    finish_with(io, STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetStart(target), STATUS_SUCCESS);
    finish_with(begin_read(), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_stop_does_not_touch_what_ignores_it)
{
    answers = false;
    can_let_go = true;
    on_request = keep;
    start();
    WDFUSEIO io = begin_read();
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE);
    ck_assert(send_current(above, &options));
    WdfIoTargetStop(target, WdfIoTargetCancelSentIo); /* S10.8 */
    ck_assert_uint_eq(returned, 0);
    WdfuseInprocCancel(io);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

START_TEST(removal_takes_back_what_was_sent)
{
    answers = false;
    can_let_go = true;
    start();
    WDFUSEIO io = begin_read();
    close_file(file);
    device_stop(); /* S10.11 */
    ck_assert_uint_eq(returned, 1);
    finish_with(io, STATUS_CANCELLED);
}
END_TEST

/* ---- time ---- */

START_TEST(time_runs_out)
{
    answers = false;
    can_let_go = true;
    on_request = keep;
    start();
    WDFUSEIO io = begin_read();
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0);
    WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, WDF_REL_TIMEOUT_IN_MS(10));
    ck_status_eq(WdfRequestAllocateTimer(above), STATUS_SUCCESS); /* S7.59 */
    ck_assert(send_current(above, &options));
    advance_ms(9);
    ck_assert_uint_eq(returned, 0);
    advance_ms(1);
    ck_assert_uint_eq(returned, 1);
    ck_assert_int_eq(params.IoStatus.Status, STATUS_IO_TIMEOUT); /* S10.18 */
    finish_with(io, STATUS_IO_TIMEOUT);
}
END_TEST

START_TEST(time_runs_out_in_a_stopped_target)
{
    on_request = keep;
    start();
    WdfIoTargetStop(target, WdfIoTargetCancelSentIo);
    WDFUSEIO io = begin_read();
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0);
    WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, WDF_REL_TIMEOUT_IN_MS(10));
    ck_assert(send_current(above, &options));
    advance_ms(10);
    finish_with(io, STATUS_IO_TIMEOUT);
}
END_TEST

START_TEST(what_comes_back_in_time_is_not_late)
{
    answers = false;
    on_request = keep;
    start();
    WDFUSEIO io = begin_read();
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0);
    WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, WDF_REL_TIMEOUT_IN_MS(10));
    ck_assert(send_current(above, &options));
    answer(below[0]);
    finish_with(io, STATUS_SUCCESS);
    io = begin_read();
    WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, 0); /* S10.18: no limit */
    ck_assert(send_current(above, &options));
    advance_ms(1000);
    ck_assert(!WdfRequestIsCanceled(below[1]));
    answer(below[1]);
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(refusals)
{
    on_request = keep;
    start();
    WDFUSEIO io = begin_read();
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0x10);
    ck_assert(!send_current(above, &options)); /* S10.12, S10.15 */
    ck_status_eq(WdfRequestGetStatus(above), STATUS_INVALID_PARAMETER);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET |
                                                WDF_REQUEST_SEND_OPTION_SYNCHRONOUS);
    ck_assert(!send_current(above, &options));
    ck_status_eq(WdfRequestGetStatus(above), STATUS_INVALID_PARAMETER);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_IMPERSONATE_CLIENT);
    ck_assert(!send_current(above, &options)); /* S10.14: user-mode framework */
    ck_status_eq(WdfRequestGetStatus(above), STATUS_INVALID_PARAMETER);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0);
    options.Size++;
    ck_assert(!send_current(above, &options));
    ck_status_eq(WdfRequestGetStatus(above), STATUS_INVALID_PARAMETER);

    WdfRequestSetCompletionRoutine(above, NULL, NULL);
    ck_assert(!WdfRequestSend(above, target, NULL));
    ck_status_eq(WdfRequestGetStatus(above), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_uint_eq(presented, 0);
    send_on(above);
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

START_TEST(a_completion_routine_is_for_one_time)
{
    start();
    keeps = true;
    WDFUSEIO io = begin_read();
    ck_assert_uint_eq(returned, 1);
    WdfRequestFormatRequestUsingCurrentType(above); /* S10.21 */
    ck_assert(!WdfRequestSend(above, target, NULL));
    ck_status_eq(WdfRequestGetStatus(above), STATUS_INVALID_DEVICE_REQUEST);
    keeps = false;
    send_on(above);
    ck_assert_uint_eq(returned, 2);
    finish_with(io, STATUS_SUCCESS);
}
END_TEST

START_TEST(what_was_sent_is_not_the_drivers_to_complete)
{
    answers = false;
    start();
    WDFUSEIO io = begin_read();
    (void)last_verifier_message();
    WdfRequestComplete(above, STATUS_SUCCESS); /* S10.20 */
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "has not come back from its target"));
    answer(below[0]);
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 4);
}
END_TEST

START_TEST(a_request_of_the_drivers_is_not_forgotten)
{
    start();
    WDFREQUEST own;
    ck_status_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, target, &own), STATUS_SUCCESS);
    ck_assert(!WdfRequestSend(own, target, NULL));
    ck_status_eq(WdfRequestGetStatus(own), STATUS_REQUEST_NOT_ACCEPTED); /* S10.15 */
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    ck_assert(!WdfRequestSend(own, target, &options));
    ck_status_eq(WdfRequestGetStatus(own), STATUS_INVALID_DEVICE_STATE);
    WdfObjectDelete(own);
}
END_TEST

START_TEST(what_was_formatted_anew_is_not_forgotten)
{
    on_request = keep;
    start();
    WDFUSEIO io = begin_read();
    WDFMEMORY memory;
    ck_status_eq(WdfRequestRetrieveOutputMemory(above, &memory), STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, above, memory, NULL, NULL),
                 STATUS_SUCCESS);
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    ck_assert(!WdfRequestSend(above, target, &options));
    ck_status_eq(WdfRequestGetStatus(above), STATUS_INVALID_DEVICE_REQUEST);
    WdfRequestSetCompletionRoutine(above, came_back, &returned);
    ck_assert(WdfRequestSend(above, target, NULL));
    ck_assert_int_eq(params.Type, WdfRequestTypeRead); /* S10.23 */
    ck_assert_ptr_eq(params.Parameters.Read.Buffer, memory);
    ck_assert_uint_eq(params.Parameters.Read.Length, 4);
    finish_with(io, STATUS_SUCCESS);
    ck_assert_str_eq(buffer, "rrrr");
}
END_TEST

/* ---- requests of the driver's own ---- */

static WDFREQUEST own;
static WDFMEMORY memory;
static char *bytes;

static void start_with_own(void)
{
    start();
    PVOID address;
    ck_status_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, target, &own), STATUS_SUCCESS);
    ck_status_eq(
        WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, NonPagedPoolNx, 0, 16, &memory, &address),
        STATUS_SUCCESS);
    bytes = address;
    memset(bytes, 'w', 16);
    keeps = true;
    WdfRequestSetCompletionRoutine(own, came_back, &returned);
}

static void reuse(void)
{
    WDF_REQUEST_REUSE_PARAMS reuse_params;
    WDF_REQUEST_REUSE_PARAMS_INIT(&reuse_params, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    ck_status_eq(WdfRequestReuse(own, &reuse_params), STATUS_SUCCESS);
    WdfRequestSetCompletionRoutine(own, came_back, &returned);
}

START_TEST(own_requests_read_write_and_control)
{
    start_with_own();
    WDFMEMORY_OFFSET part = {.BufferOffset = 4, .BufferLength = 8};
    LONGLONG device_offset = 100;
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, own, memory, &part, &device_offset),
                 STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_assert_uint_eq(returned, 1);
    ck_assert_mem_eq(bytes, "wwwwrrrrrrrrwwww", 16);
    ck_assert_int_eq(seen.Parameters.Read.DeviceOffset, 100);
    ck_assert_uint_eq(params.Parameters.Read.Offset, 4);
    ck_assert_uint_eq(params.Parameters.Read.Length, 8);
    ck_assert_int_eq(mode, KernelMode);
    ck_assert(is_from_driver);

    reuse();
    ck_status_eq(WdfIoTargetFormatRequestForWrite(target, own, memory, NULL, NULL), STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_assert_uint_eq(seen.Parameters.Write.Length, 16); /* S10.29 */
    ck_assert_uint_eq(params.Parameters.Write.Length, 16);

    reuse();
    part = (WDFMEMORY_OFFSET){.BufferOffset = 0, .BufferLength = 1};
    ck_status_eq(
        WdfIoTargetFormatRequestForIoctl(target, own, CONTROL, memory, &part, memory, &part),
        STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_assert_int_eq(bytes[0], 'x');
    ck_assert_uint_eq(params.Parameters.Ioctl.IoControlCode, CONTROL);
    ck_assert_uint_eq(params.Parameters.Ioctl.Output.Length, 1);

    reuse();
    ck_status_eq(WdfIoTargetFormatRequestForInternalIoctl(target, own, DIRECT_CONTROL, memory,
                                                          &part, memory, NULL),
                 STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_assert_int_eq(seen.Type, WdfRequestTypeDeviceControlInternal);
    ck_assert_int_eq(bytes[0], 'y');
    WDF_REQUEST_COMPLETION_PARAMS again;
    WDF_REQUEST_COMPLETION_PARAMS_INIT(&again);
    WdfRequestGetCompletionParams(own, &again); /* S7.61 */
    ck_assert_mem_eq(&again, &params, sizeof(params));
}
END_TEST

START_TEST(own_requests_need_no_completion_routine)
{
    start_with_own();
    WdfRequestSetCompletionRoutine(own, NULL, NULL); /* S10.19 */
    ck_status_eq(WdfIoTargetFormatRequestForWrite(target, own, memory, NULL, NULL), STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_status_eq(WdfRequestGetStatus(own), STATUS_SUCCESS);
    ck_assert_uint_eq(presented, 1);
}
END_TEST

static PVOID data_below;

static VOID look_at_data(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    ck_status_eq(WdfRequestRetrieveInputBuffer(Request, 1, &data_below, NULL), STATUS_SUCCESS);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, 16);
}

static NTSTATUS driver_of_type(PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_IO_TYPE type)
{
    WdfDeviceInitSetIoType(DeviceInit, type);
    create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, look_at_data);
    return STATUS_SUCCESS;
}

static NTSTATUS buffered_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    return driver_of_type(DeviceInit, WdfDeviceIoBuffered);
}

static NTSTATUS direct_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    return driver_of_type(DeviceInit, WdfDeviceIoDirect);
}

/* S10.28, S17.8: the I/O type of the device below decides, not the sender's. */
START_TEST(a_buffered_target_copies_and_a_direct_one_does_not)
{
    stack_start(_i == 0 ? buffered_driver : direct_driver, sending_filter);
    PVOID address;
    ck_status_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, target, &own), STATUS_SUCCESS);
    ck_status_eq(
        WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, NonPagedPoolNx, 0, 16, &memory, &address),
        STATUS_SUCCESS);
    memset(address, 'w', 16);
    ck_status_eq(WdfIoTargetFormatRequestForWrite(target, own, memory, NULL, NULL), STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_status_eq(WdfRequestGetStatus(own), STATUS_SUCCESS);
    ck_assert_int_eq(data_below == address, _i == 1);
}
END_TEST

START_TEST(a_request_without_a_type_has_none_to_be_formatted_with)
{
    start_with_own();
    WdfRequestFormatRequestUsingCurrentType(own); /* S10.26 */
}
END_TEST

/* S20.38: UmdfFileObjectPolicy. */
START_TEST(a_device_may_reject_what_has_no_open_file)
{
    start_with_own();
    struct io_device *lower = &device_from_handle(layer_devices[0])->io;
    io_device_reject(lower, false, true);
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, own, memory, NULL, NULL), STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_status_eq(WdfRequestGetStatus(own), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_uint_eq(presented, 0);

    /* A client's request has one. */
    keeps = false;
    finish_with(begin_read(), STATUS_SUCCESS);
    ck_assert_uint_eq(presented, 1);

    io_device_reject(lower, false, false);
    keeps = true;
    reuse();
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, own, memory, NULL, NULL), STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_status_eq(WdfRequestGetStatus(own), STATUS_SUCCESS);
}
END_TEST

START_TEST(other_arguments)
{
    start_with_own();
    ck_status_eq(WdfIoTargetFormatRequestForInternalIoctlOthers(
                     target, own, NEITHER_CONTROL, memory, NULL, NULL, NULL, memory, NULL),
                 STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_assert_int_eq(seen.Type, WdfRequestTypeDeviceControlInternal);
    ck_assert_ptr_eq(seen.Parameters.Others.Arg1, bytes);
    ck_assert_ptr_null(seen.Parameters.Others.Arg2);
    ck_assert_uint_eq(seen.Parameters.Others.IoControlCode, NEITHER_CONTROL);
    ck_assert_ptr_eq(seen.Parameters.Others.Arg4, bytes);
    ck_assert_ptr_eq(params.Parameters.Others.Argument1.Ptr, bytes);
}
END_TEST

START_TEST(parts_beyond_the_memory)
{
    start_with_own();
    WDFMEMORY_OFFSET part = {.BufferOffset = 17};
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, own, memory, &part, NULL),
                 STATUS_INTEGER_OVERFLOW); /* S10.27 */
    part = (WDFMEMORY_OFFSET){.BufferOffset = 8, .BufferLength = 9};
    ck_status_eq(WdfIoTargetFormatRequestForWrite(target, own, memory, &part, NULL),
                 STATUS_INTEGER_OVERFLOW);
    part = (WDFMEMORY_OFFSET){.BufferOffset = 8, .BufferLength = (size_t)-1};
    ck_status_eq(WdfIoTargetFormatRequestForWrite(target, own, memory, &part, NULL),
                 STATUS_INTEGER_OVERFLOW);
}
END_TEST

START_TEST(formatted_memory_is_kept)
{
    answers = false;
    start_with_own();
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, own, memory, NULL, NULL), STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    WdfObjectDelete(memory); /* S8.29, S10.25 */
    answer(below[0]);
    ck_assert_uint_eq(returned, 1);
    ck_assert_mem_eq(bytes, "rrrrrrrrrrrrrrrr", 16);
    WdfObjectDelete(own);
}
END_TEST

START_TEST(a_request_that_is_deleted_while_it_is_sent)
{
    answers = false;
    start_with_own();
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, own, memory, NULL, NULL), STATUS_SUCCESS);
    ck_assert(WdfRequestSend(own, target, NULL));
    WdfObjectDelete(own);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S7.58"));
    answer(below[0]); /* its memory is there until it has come back */
    ck_assert_uint_eq(returned, 1);
}
END_TEST

/* ---- waiting ---- */

START_TEST(synchronous_helpers)
{
    start();
    char data[4] = "";
    ULONG_PTR count;
    WDF_MEMORY_DESCRIPTOR descriptor;
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptor, data, sizeof(data));
    ck_status_eq(WdfIoTargetSendReadSynchronously(target, NULL, &descriptor, NULL, NULL, &count),
                 STATUS_SUCCESS); /* S10.33 */
    ck_assert_uint_eq(count, 4);
    ck_assert_mem_eq(data, "rrrr", 4);
    memset(data, 'w', sizeof(data));
    MDL mdl;
    MmInitializeMdl(&mdl, data, sizeof(data));
    MmBuildMdlForNonPagedPool(&mdl);
    WDF_MEMORY_DESCRIPTOR_INIT_MDL(&descriptor, &mdl, sizeof(data));
    ck_status_eq(WdfIoTargetSendWriteSynchronously(target, NULL, &descriptor, NULL, NULL, &count),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(count, 4);
    WDFMEMORY handle;
    ck_status_eq(WdfMemoryCreatePreallocated(WDF_NO_OBJECT_ATTRIBUTES, data, sizeof(data), &handle),
                 STATUS_SUCCESS);
    WDFMEMORY_OFFSET part = {.BufferOffset = 1, .BufferLength = 1};
    WDF_MEMORY_DESCRIPTOR_INIT_HANDLE(&descriptor, handle, &part);
    ck_status_eq(WdfIoTargetSendIoctlSynchronously(target, NULL, CONTROL, &descriptor, &descriptor,
                                                   NULL, &count),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(count, 1);
    ck_assert_mem_eq(data, "wxww", 4);
    ck_status_eq(WdfIoTargetSendInternalIoctlSynchronously(target, NULL, CONTROL, &descriptor,
                                                           &descriptor, NULL, NULL),
                 STATUS_SUCCESS);
    ck_assert_int_eq(seen.Type, WdfRequestTypeDeviceControlInternal);
    ck_status_eq(WdfIoTargetSendInternalIoctlOthersSynchronously(
                     target, NULL, NEITHER_CONTROL, &descriptor, NULL, NULL, NULL, NULL),
                 STATUS_SUCCESS);
    ck_assert_ptr_eq(seen.Parameters.Others.Arg1, data + 1);
}
END_TEST

/* S7.8: only the two drivers know what it means. */
START_TEST(a_drivers_control_may_have_more_information_than_output)
{
    start();
    char data[4] = "wwww";
    ULONG_PTR count;
    WDF_MEMORY_DESCRIPTOR descriptor;
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptor, data, 1);
    control_information = 1000;
    ck_status_eq(WdfIoTargetSendIoctlSynchronously(target, NULL, CONTROL, &descriptor, &descriptor,
                                                   NULL, &count),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(count, 1000);
    ck_assert_mem_eq(data, "xwww", 4);
    ck_status_eq(WdfIoTargetSendInternalIoctlSynchronously(target, NULL, CONTROL, &descriptor,
                                                           &descriptor, NULL, &count),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(count, 1000);
    ck_assert_mem_eq(data, "ywww", 4);
}
END_TEST

START_TEST(a_helper_leaves_nothing_formatted)
{
    start_with_own();
    char data[4];
    WDF_MEMORY_DESCRIPTOR descriptor;
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptor, data, sizeof(data));
    ck_status_eq(WdfIoTargetSendReadSynchronously(target, own, &descriptor, NULL, NULL, NULL),
                 STATUS_SUCCESS);                  /* S10.30 */
    ck_assert(!WdfRequestSend(own, target, NULL)); /* the buffer may be gone */
    ck_status_eq(WdfRequestGetStatus(own), STATUS_REQUEST_NOT_ACCEPTED);
    ck_assert_uint_eq(presented, 1);
}
END_TEST

START_TEST(descriptors_that_are_none)
{
    start();
    ULONG_PTR count = 7;
    WDF_MEMORY_DESCRIPTOR descriptor;
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptor, NULL, 4);
    ck_status_eq(WdfIoTargetSendReadSynchronously(target, NULL, &descriptor, NULL, NULL, &count),
                 STATUS_INVALID_PARAMETER); /* S10.32 */
    ck_assert_uint_eq(count, 0);
    descriptor.Type = WdfMemoryDescriptorTypeInvalid;
    ck_status_eq(WdfIoTargetSendReadSynchronously(target, NULL, &descriptor, NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    ck_status_eq(WdfIoTargetSendReadSynchronously(target, NULL, NULL, NULL, &options, NULL),
                 STATUS_INVALID_PARAMETER); /* S10.31 */
    options.Size--;
    ck_status_eq(WdfIoTargetSendReadSynchronously(target, NULL, NULL, NULL, &options, NULL),
                 STATUS_INFO_LENGTH_MISMATCH);
    WdfIoTargetPurge(target, WdfIoTargetPurgeIo);
    ck_status_eq(WdfIoTargetSendReadSynchronously(target, NULL, NULL, NULL, NULL, NULL),
                 STATUS_INVALID_DEVICE_STATE);
}
END_TEST

static void send_and_wait(WDFREQUEST request)
{
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SYNCHRONOUS);
    WdfRequestFormatRequestUsingCurrentType(request);
    ck_assert(WdfRequestSend(request, target, &options)); /* S10.13, S10.17 */
    WdfRequestComplete(request, WdfRequestGetStatus(request));
}

START_TEST(a_queues_request_is_awaited)
{
    on_request = send_and_wait;
    start();
    ck_assert_uint_eq(finish_with(begin_read(), STATUS_SUCCESS), 4);
    ck_assert_uint_eq(returned, 0);
}
END_TEST

/* ---- depth ---- */

#define SENDS 20000

static unsigned sends_left;

static VOID send_again(WDFREQUEST Request, WDFIOTARGET Target,
                       PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Params);
    if (sends_left-- == 0)
        return;
    WdfRequestSetCompletionRoutine(Request, send_again, Context);
    ck_assert(WdfRequestSend(Request, Target, NULL));
}

START_TEST(a_completion_routine_that_sends_again_does_not_nest)
{
    start_with_own();
    ck_status_eq(WdfIoTargetFormatRequestForRead(target, own, memory, NULL, NULL), STATUS_SUCCESS);
    sends_left = SENDS;
    WdfRequestSetCompletionRoutine(own, send_again, NULL);
    ck_assert(WdfRequestSend(own, target, NULL));
    ck_assert_uint_eq(presented, SENDS + 1);
}
END_TEST

/* The queues of both drivers have locks. */
static NTSTATUS locked_lower(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created = create_layer(DeviceInit);
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = serve;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = WdfSynchronizationScopeQueue;
    WDFQUEUE queue;
    ck_status_eq(WdfIoQueueCreate(created, &config, &attributes, &queue), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

static bool lower_lock_was_held;
static WDFDEVICE locked_device;

static VOID look_at_lock(WDFREQUEST Request, WDFIOTARGET Target,
                         PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    WDFQUEUE queue = WdfDeviceGetDefaultQueue(locked_device);
    lower_lock_was_held = true;
    WdfObjectAcquireLock(queue); /* a bug check if this thread has it (S2.12) */
    lower_lock_was_held = false;
    WdfObjectReleaseLock(queue);
    returned++;
    WdfRequestComplete(Request, Params->IoStatus.Status);
}

static void send_and_look(WDFREQUEST request)
{
    WdfRequestFormatRequestUsingCurrentType(request);
    WdfRequestSetCompletionRoutine(request, look_at_lock, NULL);
    ck_assert(WdfRequestSend(request, target, NULL));
}

START_TEST(no_lock_of_the_driver_below_is_held)
{
    on_request = send_and_look;
    stack_start(locked_lower, sending_filter);
    locked_device = layer_devices[0];
    file = open_file();
    ck_assert_uint_eq(finish_with(begin_read(), STATUS_SUCCESS), 4);
    ck_assert_uint_eq(returned, 1);
    ck_assert(!lower_lock_was_held);
}
END_TEST

/* ---- creates ---- */

static VOID create_came_back(WDFREQUEST Request, WDFIOTARGET Target,
                             PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    returned++;
    WdfRequestComplete(Request, Params->IoStatus.Status);
}

static VOID send_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, create_came_back, NULL);
    ck_assert(WdfRequestSend(Request, WdfDeviceGetIoTarget(Device), NULL));
}

static unsigned closes;

static VOID count_close(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    closes++;
}

static NTSTATUS closing_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, count_close, count_close);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
    create_default_queue(create_layer(DeviceInit), WdfIoQueueDispatchParallel, serve);
    return STATUS_SUCCESS;
}

static NTSTATUS create_filter_driver(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, send_create, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
    create_filter(DeviceInit);
    return STATUS_SUCCESS;
}

START_TEST(a_create_is_sent_down)
{
    closes = 0;
    stack_start(closing_driver, create_filter_driver); /* S4.15 */
    file = open_file();
    ck_assert_uint_eq(returned, 1);
    ck_assert_uint_eq(finish_with(begin_read(), STATUS_SUCCESS), 4);
    close_file(file);
    ck_assert_uint_eq(closes, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("target");
    TCase *tcase = tcase_create("target");
    tcase_add_checked_fixture(tcase, setup, device_stop);
    tcase_add_test(tcase, a_request_goes_and_comes_back);
    tcase_add_test(tcase, it_comes_back_later);
    tcase_add_test(tcase, a_request_that_is_sent_holds_its_place_in_a_sequential_queue);
    tcase_add_test(tcase, sent_and_forgotten);
    tcase_add_test(tcase, the_client_gives_up_what_was_sent);
    tcase_add_test(tcase, the_client_gives_up_what_was_forgotten);
    tcase_add_test(tcase, what_was_given_up_before_is_sent_cancelled);
    tcase_add_test(tcase, the_driver_cancels_what_it_sent);
    tcase_add_test(tcase, nobody_can_let_go);
    tcase_add_test(tcase, nobody_can_let_go_two_devices_below);
    tcase_add_test(tcase, an_error_brings_its_information);
    tcase_add_test(tcase, giving_up_meets_the_way_back);
    tcase_add_test(tcase, a_stopped_target_keeps_what_is_sent);
    tcase_add_test(tcase, what_waits_in_a_stopped_target_can_be_cancelled);
    tcase_add_test(tcase, stop_cancels_what_was_sent);
    tcase_add_test(tcase, stop_leaves_what_was_sent);
    tcase_add_test(tcase, purge_refuses);
    tcase_add_test(tcase, a_stop_does_not_touch_what_ignores_it);
    tcase_add_test(tcase, removal_takes_back_what_was_sent);
    tcase_add_test(tcase, time_runs_out);
    tcase_add_test(tcase, time_runs_out_in_a_stopped_target);
    tcase_add_test(tcase, what_comes_back_in_time_is_not_late);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, a_completion_routine_is_for_one_time);
    tcase_add_test(tcase, what_was_sent_is_not_the_drivers_to_complete);
    tcase_add_test(tcase, own_requests_need_no_completion_routine);
    tcase_add_loop_test(tcase, a_buffered_target_copies_and_a_direct_one_does_not, 0, 2);
    tcase_add_test(tcase, a_request_of_the_drivers_is_not_forgotten);
    tcase_add_test(tcase, what_was_formatted_anew_is_not_forgotten);
    tcase_add_test(tcase, own_requests_read_write_and_control);
    tcase_add_test(tcase, a_device_may_reject_what_has_no_open_file);
    tcase_add_test(tcase, other_arguments);
    tcase_add_test(tcase, parts_beyond_the_memory);
    tcase_add_test(tcase, formatted_memory_is_kept);
    tcase_add_test(tcase, a_request_that_is_deleted_while_it_is_sent);
    tcase_add_test(tcase, synchronous_helpers);
    tcase_add_test(tcase, a_drivers_control_may_have_more_information_than_output);
    tcase_add_test(tcase, a_helper_leaves_nothing_formatted);
    tcase_add_test(tcase, descriptors_that_are_none);
    tcase_add_test(tcase, a_queues_request_is_awaited);
    tcase_add_test(tcase, a_completion_routine_that_sends_again_does_not_nest);
    tcase_add_test(tcase, no_lock_of_the_driver_below_is_held);
    tcase_add_test(tcase, a_create_is_sent_down);
    suite_add_tcase(suite, tcase);

    TCase *ends = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(ends, setup, device_stop);
    tcase_add_test_raise_signal(ends, a_request_without_a_type_has_none_to_be_formatted_with,
                                SIGABRT);
    suite_add_tcase(suite, ends);
    return unit_run(suite);
}
