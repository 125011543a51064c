/*
 * Poll: what it says when the driver has said something, and who is woken when.
 *
 * The orders in which a completion and a poller can meet are gone through one by one: at the transport's
 * seam each of their steps is a call that the test makes, or one that it gets.
 */
#include <fcntl.h>
#include <string.h>

#include "framework/io.h"
#include "framework/io/overlapped.h"
#include "holding.h"
#include "unit.h"

#define BOTH ((ULONG)(WdfusePollIn | WdfusePollOut))

static WDFUSEFILE file;
static char buffer[8];

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

static void read_expecting(NTSTATUS expected)
{
    ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(buffer), NULL), expected);
}

static void complete_read(void)
{
    PVOID output;
    ck_status_eq(WdfRequestRetrieveOutputBuffer(held(), 1, &output, NULL), STATUS_SUCCESS);
    *(char *)output = 'r';
    WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, 1);
}

/* ---- a transport that is told what to do when it is called ---- */

/* What it was called with so far. */
static struct heard {
    unsigned woken;
    unsigned forgotten;
    unsigned answers;
    NTSTATUS status;
    ULONG events; /* what was seen by the last look */
} heard;

static void (*when_woken)(void);
static void (*when_answered)(void);

/* Each use of a handle is another one, as with libfuse: it must come back exactly once. */
static bool is_kept[64];
static unsigned handles;

static void take_back(void *handle)
{
    bool *kept = handle;
    ck_assert(*kept);
    *kept = false;
}

static void note_wake(void *handle)
{
    take_back(handle);
    heard.woken++;
    if (when_woken != NULL)
        when_woken();
}

static void note_forget(void *handle)
{
    take_back(handle);
    heard.forgotten++;
}

static void note_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    UNREFERENCED_PARAMETER(request);
    UNREFERENCED_PARAMETER(information);
    heard.answers++;
    heard.status = status;
    void (*then)(void) = when_answered;
    when_answered = NULL;
    if (then != NULL)
        then();
}

static const struct io_transport scripted = {
    .name = "scripted",
    .complete = note_answer,
    .wake_poller = note_wake,
    .forget_poller = note_forget,
};

/* Poll, as somebody does who is going to sleep if there is nothing. */
static void look(void)
{
    ck_assert_uint_lt(handles, RTL_NUMBER_OF(is_kept));
    bool *handle = &is_kept[handles++];
    *handle = true;
    heard.events = io_file_poll((struct io_file *)file, &scripted, handle);
}

static unsigned kept_handles(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < handles; i++)
        count += is_kept[i];
    return count;
}

static void submit(WDF_REQUEST_TYPE type)
{
    struct io_request *request = io_request_create(io_file_device((struct io_file *)file), &scripted);
    ck_assert_ptr_nonnull(request);
    request->type = type;
    request->file = (struct io_file *)file;
    request->open_flags = O_RDWR | O_NONBLOCK;
    request->output_length = type == WdfRequestTypeRead ? 1 : 0;
    request->input_length = type == WdfRequestTypeWrite ? 1 : 0;
    if (type == WdfRequestTypeWrite)
        request->input = io_request_buffer(request, 1);
    io_request_submit(request);
}

static void try_to_read(void)
{
    submit(WdfRequestTypeRead);
}

static void setup_scripted(void)
{
    setup();
    memset(&heard, 0, sizeof(heard));
    memset(is_kept, 0, sizeof(is_kept));
    handles = 0;
    when_woken = when_answered = NULL;
}

/* Whoever asks either sees that it is done, or is woken; and when woken, sees it. */
static void check_nothing_missed(void)
{
    ck_assert((heard.events & WdfusePollIn) != 0 || heard.woken > 0);
    look();
    ck_assert_uint_eq(heard.events & WdfusePollIn, WdfusePollIn);
}

/* ---- completion against poll, step by step ---- */

START_TEST(order_poll_then_completion)
{
    try_to_read();
    ck_status_eq(heard.status, STATUS_CANT_WAIT);
    look();
    ck_assert_uint_eq(heard.events, WdfusePollOut);
    complete_read();
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

START_TEST(order_completion_then_poll)
{
    try_to_read();
    complete_read();
    look();
    ck_assert_uint_eq(heard.events, BOTH);
    ck_assert_uint_eq(heard.woken, 0);
    check_nothing_missed();
}
END_TEST

/* The poller comes while the one before it is being woken: the state was set before. */
START_TEST(order_poll_between_state_and_wake)
{
    try_to_read();
    look();
    when_woken = look;
    complete_read();
    ck_assert_uint_eq(heard.woken, 1);
    ck_assert_uint_eq(heard.events, BOTH);
    ck_assert_uint_eq(kept_handles(), 1);
    check_nothing_missed();
}
END_TEST

/* The driver is done after dispatch and before the client has its EAGAIN. */
START_TEST(order_completion_before_the_answer)
{
    when_answered = complete_read;
    try_to_read();
    ck_status_eq(heard.status, STATUS_CANT_WAIT);
    ck_assert_uint_eq(heard.answers, 1);
    look();
    check_nothing_missed();
}
END_TEST

static void look_then_complete(void)
{
    look();
    complete_read();
}

static void complete_then_look(void)
{
    complete_read();
    look();
}

START_TEST(order_poll_then_completion_before_the_answer)
{
    when_answered = look_then_complete;
    try_to_read();
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

START_TEST(order_completion_then_poll_before_the_answer)
{
    when_answered = complete_then_look;
    try_to_read();
    check_nothing_missed();
}
END_TEST

/* ---- the same inside dispatch: another client polls, or tries, while the driver has the first one's try
 * ---- */

static void (*in_dispatch[3])(void);

static VOID act_in_dispatch(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold_request(Queue, Request);
    for (unsigned i = 0; i < RTL_NUMBER_OF(in_dispatch) && in_dispatch[i] != NULL; i++)
        in_dispatch[i]();
}

static void setup_dispatch(void (*first)(void), void (*second)(void), void (*third)(void))
{
    holding_stop();
    in_dispatch[0] = first;
    in_dispatch[1] = second;
    in_dispatch[2] = third;
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = act_in_dispatch;
    start_device();
    open_nonblocking();
}

START_TEST(order_poll_then_completion_in_dispatch)
{
    setup_dispatch(look, complete_read, NULL);
    try_to_read();
    ck_status_eq(heard.status, STATUS_SUCCESS);
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

START_TEST(order_completion_then_poll_in_dispatch)
{
    setup_dispatch(complete_read, look, NULL);
    try_to_read();
    ck_assert_uint_eq(heard.events, BOTH);
    check_nothing_missed();
}
END_TEST

START_TEST(order_poll_in_dispatch_then_completion)
{
    setup_dispatch(look, NULL, NULL);
    try_to_read();
    ck_status_eq(heard.status, STATUS_CANT_WAIT);
    ck_assert_uint_eq(heard.events, WdfusePollOut);
    complete_read();
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

static void fail_to_try(void)
{
    try_to_read();
    ck_status_eq(heard.status, STATUS_CANT_WAIT);
}

/* A second client has been told EAGAIN, and polls: it must hear that the first one's try is over. */
START_TEST(order_second_try_and_poll_then_completion_in_dispatch)
{
    setup_dispatch(fail_to_try, look, complete_read);
    try_to_read();
    ck_assert_uint_eq(heard.answers, 2);
    ck_assert_uint_eq(heard.woken, 1);
    check_nothing_missed();
}
END_TEST

/* Nobody has seen it. */
START_TEST(order_poll_before_a_try_that_is_completed_in_dispatch)
{
    setup_dispatch(complete_read, NULL, NULL);
    look();
    try_to_read();
    ck_assert_uint_eq(heard.woken, 0);
    look();
    ck_assert_uint_eq(heard.events, BOTH);
}
END_TEST

/* ---- what a client can make the device remember ---- */

#define LARGEST IO_TRANSFER_MAX

static NTSTATUS write_of(WDFUSEFILE to, size_t length)
{
    static char bytes[LARGEST];
    return WdfuseInprocWrite(to, bytes, length, NULL);
}

/* Opens, writes and closes, as nobody does who means well, until it is refused; the number of writes. */
static unsigned fill(size_t length)
{
    unsigned count = 0;
    for (bool is_accepted = true; is_accepted; count += is_accepted) {
        WDFUSEFILE one = open_file();
        WdfuseInprocSetFlags(one, O_RDWR | O_NONBLOCK);
        NTSTATUS status = write_of(one, length);
        is_accepted = status == STATUS_SUCCESS;
        if (!is_accepted)
            ck_status_eq(status, STATUS_CANT_WAIT);
        close_file(one);
        ck_assert_uint_lt(count, 10000);
    }
    return count;
}

static void complete_writes(unsigned count)
{
    while (count-- > 0) {
        WDF_REQUEST_PARAMETERS parameters;
        WDF_REQUEST_PARAMETERS_INIT(&parameters);
        WdfRequestGetParameters(held(), &parameters);
        WdfRequestCompleteWithInformation(take_held(), STATUS_SUCCESS, parameters.Parameters.Write.Length);
    }
}

START_TEST(accepted_writes_are_bounded_in_bytes)
{
    unsigned count = fill(LARGEST);
    ck_assert_uint_ge(count, OVERLAPPED_WRITES_MAX / LARGEST / 2);
    ck_assert_uint_le(count, OVERLAPPED_WRITES_MAX / LARGEST);
    ck_assert_uint_eq(counts.presented, count);
    complete_writes(count);
}
END_TEST

/* A request takes more than the byte that it brings. */
START_TEST(accepted_writes_are_bounded_in_number)
{
    unsigned count = fill(1);
    ck_assert_uint_ge(count, 1000);
    ck_assert_uint_le(count, OVERLAPPED_WRITES_MAX / 1024);
    complete_writes(count);
}
END_TEST

START_TEST(a_full_device_is_not_writable_until_there_is_room)
{
    unsigned count = fill(LARGEST);
    look();
    ck_assert_uint_eq(heard.events, WdfusePollIn);
    complete_writes(count);
    ck_assert_uint_eq(heard.woken, 1);
    look();
    ck_assert_uint_eq(heard.events, BOTH);
    ck_status_eq(write_of(file, LARGEST), STATUS_SUCCESS);
    complete_writes(1);
}
END_TEST

/* An edge-triggered epoll has asked before, and does not ask again. */
START_TEST(who_is_refused_for_want_of_room_is_woken)
{
    look();
    unsigned count = fill(LARGEST);
    ck_status_eq(write_of(file, 1), STATUS_CANT_WAIT);
    complete_writes(count);
    ck_assert_uint_eq(heard.woken, 1);
}
END_TEST

START_TEST(room_is_no_news_for_who_has_not_asked_for_it)
{
    look();
    complete_writes(fill(LARGEST));
    ck_assert_uint_eq(heard.woken, 0);
}
END_TEST

START_TEST(a_write_that_waits_needs_no_room)
{
    unsigned count = fill(LARGEST);
    WdfuseInprocSetFlags(file, O_RDWR);
    WDFUSEIO io = begin_write(file, 1);
    ck_assert_uint_eq(counts.presented, count + 1);
    complete_writes(count + 1);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* What is in flight is told before what there is no room for. */
START_TEST(a_full_device_tells_the_failure_of_a_write)
{
    ck_status_eq(write_of(file, 1), STATUS_SUCCESS);
    WDFREQUEST failing = take_held();
    unsigned count = fill(LARGEST);
    WdfRequestComplete(failing, STATUS_IO_DEVICE_ERROR);
    look();
    ck_assert_uint_eq(heard.events, BOTH | WdfusePollError);
    ck_status_eq(write_of(file, 1), STATUS_IO_DEVICE_ERROR);
    ck_status_eq(write_of(file, 1), STATUS_CANT_WAIT);
    complete_writes(count);
}
END_TEST

/* Many come and go without a device's ever being full. */
START_TEST(room_comes_back_with_each_write)
{
    for (unsigned i = 0; i < 2 * OVERLAPPED_WRITES_MAX / LARGEST; i++) {
        ck_status_eq(write_of(file, LARGEST), STATUS_SUCCESS);
        complete_writes(1);
    }
}
END_TEST

/* ---- handles ---- */

START_TEST(one_handle_of_a_file_is_kept)
{
    try_to_read();
    look();
    look();
    ck_assert_uint_eq(heard.forgotten, 1);
    ck_assert_uint_eq(kept_handles(), 1);
    complete_read();
    ck_assert_uint_eq(heard.woken, 1);
    ck_assert_uint_eq(kept_handles(), 0);
}
END_TEST

/* An edge-triggered epoll does not ask again until it is woken. */
START_TEST(a_handle_is_kept_when_the_file_is_ready)
{
    look();
    ck_assert_uint_eq(heard.events, BOTH);
    try_to_read();
    complete_read();
    ck_assert_uint_eq(heard.woken, 1);
}
END_TEST

START_TEST(closing_forgets_the_handle)
{
    look();
    close_file(file);
    ck_assert_uint_eq(heard.forgotten, 1);
    ck_assert_uint_eq(heard.woken, 0);
}
END_TEST

START_TEST(closing_with_a_read_in_flight_wakes_nobody_any_more)
{
    try_to_read();
    look();
    close_file(file);
    complete_read();
    ck_assert_uint_eq(heard.woken, 0);
    ck_assert_uint_eq(kept_handles(), 0);
}
END_TEST

static unsigned looks_at_removed;

static NTSTATUS look_at_removed(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    looks_at_removed++;
    ck_assert_uint_eq(heard.woken, 1);
    ck_assert_uint_eq(heard.events, BOTH | WdfusePollError | WdfusePollHangup);
    ck_assert_uint_eq(kept_handles(), 0);
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

START_TEST(removal_wakes_who_polls_at_once)
{
    holding_stop();
    looks_at_removed = 0;
    prepare_init = look_when_removed;
    setup_scripted();
    look();
    when_woken = look;
    WdfuseInprocStop(device);
    device = NULL;
    ck_assert_uint_eq(looks_at_removed, 1);
}
END_TEST

/* ---- what the driver says ---- */

static WDFFILEOBJECT file_object(void)
{
    WDFFILEOBJECT object = WdfRequestGetFileObject(held());
    ck_assert_ptr_nonnull(object);
    return object;
}

/* With the file's object in the hands of the driver, by a device control that it holds. */
static void setup_saying(void)
{
    prepare_init = want_file_objects;
    setup_scripted();
    begin_control(file, 1, 0, 0);
}

#define ck_events(expected) ck_assert_uint_eq(WdfuseInprocPoll(file), (ULONG)(expected))

START_TEST(poll_says_what_the_driver_says_of_a_file)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollOut | WdfusePollPriority);
    ck_events(WdfusePollOut | WdfusePollPriority);
    ck_assert_uint_eq(WdfuseInprocPoll(open_file()), BOTH);
}
END_TEST

START_TEST(poll_says_what_the_driver_says_of_the_device)
{
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollHangup);
    ck_events(WdfusePollHangup);
    ck_assert_uint_eq(WdfuseInprocPoll(open_file()), WdfusePollHangup);
}
END_TEST

START_TEST(the_last_word_holds)
{
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollOut);
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn);
    ck_events(WdfusePollIn);
    WdfuseDeviceSetPollEvents(wdf_device(), 0);
    ck_events(0);
}
END_TEST

START_TEST(a_read_that_would_wait_is_not_tried)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollOut);
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1); /* the device control */
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn);
    ck_status_eq(WdfuseInprocWrite(file, "x", 1, NULL), STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

START_TEST(a_read_of_what_was_hung_up_is_tried)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollHangup);
    read_expecting(STATUS_CANT_WAIT);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

START_TEST(a_waiting_read_goes_to_the_driver_whatever_it_says)
{
    WdfuseFileObjectSetPollEvents(file_object(), 0);
    WdfuseInprocSetFlags(file, O_RDWR);
    begin_read(file, 1);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

/* What is in flight or done counts, and not what the driver thinks of the next one. */
START_TEST(a_read_in_flight_goes_before_the_drivers_word)
{
    WDFFILEOBJECT object = file_object();
    hold(take_held());
    read_expecting(STATUS_CANT_WAIT);
    WdfuseFileObjectSetPollEvents(object, BOTH);
    ck_events(WdfusePollOut);
    hold(take_held());
    complete_read();
    WdfuseFileObjectSetPollEvents(object, WdfusePollOut);
    ck_events(BOTH);
    read_expecting(STATUS_SUCCESS);
    ck_events(WdfusePollOut);
}
END_TEST

START_TEST(saying_more_wakes)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollOut);
    look();
    WdfuseFileObjectSetPollEvents(file_object(), BOTH);
    ck_assert_uint_eq(heard.woken, 1);
    look();
    ck_assert_uint_eq(heard.events, BOTH);
}
END_TEST

START_TEST(saying_it_again_wakes)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn);
    look();
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn);
    ck_assert_uint_eq(heard.woken, 1);
}
END_TEST

START_TEST(saying_less_wakes_nobody)
{
    look();
    WdfuseDeviceSetPollEvents(wdf_device(), BOTH | WdfusePollPriority);
    ck_assert_uint_eq(heard.woken, 1);
    look();
    WdfuseDeviceSetPollEvents(wdf_device(), BOTH);
    ck_assert_uint_eq(heard.woken, 1);
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollOut);
    ck_assert_uint_eq(heard.woken, 1);
    WdfuseDeviceSetPollEvents(wdf_device(), 0);
    ck_assert_uint_eq(heard.woken, 1);
}
END_TEST

/* Less than was said of the one is more than was said of the other. */
START_TEST(a_word_on_the_device_wakes_those_to_whom_it_is_more)
{
    WdfuseFileObjectSetPollEvents(file_object(), 0);
    look();
    open_nonblocking(); /* of which nothing was said: all of it is told */
    look();
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollOut);
    ck_assert_uint_eq(heard.woken, 1);
    ck_assert(!is_kept[0] && is_kept[1]);
    /* What was said of all is what they have in common now. */
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollOut);
    ck_assert_uint_eq(heard.woken, 2);
    ck_assert_uint_eq(kept_handles(), 0);
}
END_TEST

/* Who is woken asks again at once, and is woken by the next word, not by the same one. */
START_TEST(a_word_on_the_device_wakes_each_file_once)
{
    look();
    WDFUSEFILE first = file;
    open_nonblocking();
    look();
    when_woken = look;
    WdfuseDeviceSetPollEvents(wdf_device(), BOTH);
    ck_assert_uint_eq(heard.woken, 2);
    WdfuseDeviceSetPollEvents(wdf_device(), BOTH);
    ck_assert_uint_eq(heard.woken, 3);
    ck_assert_ptr_ne(first, file);
}
END_TEST

START_TEST(bits_that_are_no_events_are_a_break)
{
    WdfuseFileObjectSetPollEvents(file_object(), WdfusePollIn | 0x8000);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "WdfuseFileObjectSetPollEvents"));
    ck_events(WdfusePollIn);
}
END_TEST

START_TEST(a_word_on_a_file_that_is_closed_does_nothing)
{
    WDFFILEOBJECT object = file_object();
    WdfObjectReference(object);
    complete_held(STATUS_SUCCESS);
    close_file(file);
    WdfuseFileObjectSetPollEvents(object, WdfusePollIn);
    ck_assert_uint_eq(heard.woken, 0);
    WdfObjectDereference(object);
}
END_TEST

/* ---- waiting, as clients of the in-process transport do ---- */

START_TEST(who_waits_for_events_that_are_there_does_not_wait)
{
    ck_assert_uint_eq(WdfuseInprocWaitForEvents(file, WdfusePollIn, 60000), WdfusePollIn);
}
END_TEST

START_TEST(who_waits_for_nothing_hears_so_in_the_end)
{
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollOut);
    ck_assert_uint_eq(WdfuseInprocWaitForEvents(file, WdfusePollIn, 1), 0);
}
END_TEST

START_TEST(who_waits_for_something_else_hears_of_a_hang_up)
{
    WdfuseDeviceSetPollEvents(wdf_device(), WdfusePollHangup);
    ck_assert_uint_eq(WdfuseInprocWaitForEvents(file, WdfusePollIn, 60000), WdfusePollHangup);
}
END_TEST

static void add_orders(Suite *suite)
{
    TCase *tcase = tcase_create("orders");
    tcase_add_checked_fixture(tcase, setup_scripted, holding_stop);
    tcase_add_test(tcase, order_poll_then_completion);
    tcase_add_test(tcase, order_completion_then_poll);
    tcase_add_test(tcase, order_poll_between_state_and_wake);
    tcase_add_test(tcase, order_completion_before_the_answer);
    tcase_add_test(tcase, order_poll_then_completion_before_the_answer);
    tcase_add_test(tcase, order_completion_then_poll_before_the_answer);
    tcase_add_test(tcase, order_poll_then_completion_in_dispatch);
    tcase_add_test(tcase, order_completion_then_poll_in_dispatch);
    tcase_add_test(tcase, order_poll_in_dispatch_then_completion);
    tcase_add_test(tcase, order_second_try_and_poll_then_completion_in_dispatch);
    tcase_add_test(tcase, order_poll_before_a_try_that_is_completed_in_dispatch);
    tcase_add_test(tcase, one_handle_of_a_file_is_kept);
    tcase_add_test(tcase, a_handle_is_kept_when_the_file_is_ready);
    tcase_add_test(tcase, closing_forgets_the_handle);
    tcase_add_test(tcase, closing_with_a_read_in_flight_wakes_nobody_any_more);
    tcase_add_test(tcase, removal_wakes_who_polls_at_once);
    tcase_add_test(tcase, who_waits_for_events_that_are_there_does_not_wait);
    tcase_add_test(tcase, who_waits_for_nothing_hears_so_in_the_end);
    tcase_add_test(tcase, who_waits_for_something_else_hears_of_a_hang_up);
    suite_add_tcase(suite, tcase);
}

static void add_room(Suite *suite)
{
    TCase *tcase = tcase_create("room");
    tcase_add_checked_fixture(tcase, setup_scripted, holding_stop);
    tcase_add_test(tcase, accepted_writes_are_bounded_in_bytes);
    tcase_add_test(tcase, accepted_writes_are_bounded_in_number);
    tcase_add_test(tcase, a_full_device_is_not_writable_until_there_is_room);
    tcase_add_test(tcase, who_is_refused_for_want_of_room_is_woken);
    tcase_add_test(tcase, room_is_no_news_for_who_has_not_asked_for_it);
    tcase_add_test(tcase, a_write_that_waits_needs_no_room);
    tcase_add_test(tcase, a_full_device_tells_the_failure_of_a_write);
    tcase_add_test(tcase, room_comes_back_with_each_write);
    suite_add_tcase(suite, tcase);
}

static void add_words(Suite *suite)
{
    TCase *tcase = tcase_create("words");
    tcase_add_checked_fixture(tcase, setup_saying, holding_stop);
    tcase_add_test(tcase, poll_says_what_the_driver_says_of_a_file);
    tcase_add_test(tcase, poll_says_what_the_driver_says_of_the_device);
    tcase_add_test(tcase, the_last_word_holds);
    tcase_add_test(tcase, a_read_that_would_wait_is_not_tried);
    tcase_add_test(tcase, a_read_of_what_was_hung_up_is_tried);
    tcase_add_test(tcase, a_waiting_read_goes_to_the_driver_whatever_it_says);
    tcase_add_test(tcase, a_read_in_flight_goes_before_the_drivers_word);
    tcase_add_test(tcase, saying_more_wakes);
    tcase_add_test(tcase, saying_it_again_wakes);
    tcase_add_test(tcase, saying_less_wakes_nobody);
    tcase_add_test(tcase, a_word_on_the_device_wakes_those_to_whom_it_is_more);
    tcase_add_test(tcase, a_word_on_the_device_wakes_each_file_once);
    tcase_add_test(tcase, bits_that_are_no_events_are_a_break);
    tcase_add_test(tcase, a_word_on_a_file_that_is_closed_does_nothing);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("readiness");
    add_orders(suite);
    add_room(suite);
    add_words(suite);
    return unit_run(suite);
}
