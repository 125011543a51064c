/*
 * What the rules forbid is stopped, and the message names the rule, the object and the caller
 * (S13.2, S13.8, S13.9). The program exports its symbols, so that callers have names.
 */
#include <stdio.h>
#include <string.h>

#include "framework/lifecycle.h"
#include "framework/device/device.h"
#include "holding.h"
#include "port/log.h"
#include "unit.h"

#define NAMED __attribute__((noinline, visibility("default")))

/* ---- the driver's mistakes; each function returns the object that the message must name ---- */

static WDFQUEUE other_queue; /* manual, of the same device */
static WDFREQUEST found;     /* a request that waits in it */
static struct wdf_device *other_device;
static WDFQUEUE queue_of_other; /* manual, of the other device */
static NTSTATUS result;

typedef WDFOBJECT mistake(void);
NAMED mistake complete_twice, complete_what_waits, complete_while_cancelable, forward_to_same_queue;
NAMED mistake forward_to_other_device, forward_what_waits, forward_cancelable, requeue_what_waits;
NAMED mistake requeue_cancelable, mark_twice, mark_what_waits, unmark_unmarked, unmark_what_waits;
NAMED mistake ask_cancelable, acknowledge_outside, enqueue_outside, delete_default_queue,
    delete_request;
NAMED mistake find_in_other_device, retrieve_in_other_device, reuse_what_waits, queue_of_completed;

WDFOBJECT complete_twice(void)
{
    WDFREQUEST request = take_held();
    WdfObjectReference(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_UNSUCCESSFUL);
    WdfObjectDereference(request);
    return request;
}

WDFOBJECT complete_what_waits(void)
{
    WdfRequestComplete(found, STATUS_SUCCESS);
    return found;
}

WDFOBJECT complete_while_cancelable(void)
{
    WDFREQUEST request = take_held();
    WdfRequestMarkCancelable(request, note_cancel);
    WdfRequestComplete(request, STATUS_SUCCESS);
    return request;
}

WDFOBJECT forward_to_same_queue(void)
{
    result = WdfRequestForwardToIoQueue(held(), queue);
    return held();
}

WDFOBJECT forward_to_other_device(void)
{
    result = WdfRequestForwardToIoQueue(held(), queue_of_other);
    return held();
}

WDFOBJECT forward_what_waits(void)
{
    result = WdfRequestForwardToIoQueue(found, queue);
    return found;
}

WDFOBJECT forward_cancelable(void)
{
    WdfRequestMarkCancelable(held(), note_cancel);
    result = WdfRequestForwardToIoQueue(held(), other_queue);
    return held();
}

WDFOBJECT requeue_what_waits(void)
{
    result = WdfRequestRequeue(found);
    return found;
}

WDFOBJECT requeue_cancelable(void)
{
    WDFREQUEST request = retrieve(other_queue);
    hold(request);
    WdfRequestMarkCancelable(request, note_cancel);
    result = WdfRequestRequeue(request);
    return request;
}

WDFOBJECT mark_twice(void)
{
    WdfRequestMarkCancelable(held(), note_cancel);
    result = WdfRequestMarkCancelableEx(held(), note_cancel);
    return held();
}

WDFOBJECT mark_what_waits(void)
{
    result = WdfRequestMarkCancelableEx(found, note_cancel);
    return found;
}

WDFOBJECT unmark_unmarked(void)
{
    result = WdfRequestUnmarkCancelable(held());
    return held();
}

WDFOBJECT unmark_what_waits(void)
{
    result = WdfRequestUnmarkCancelable(found);
    return found;
}

WDFOBJECT ask_cancelable(void)
{
    WdfRequestMarkCancelable(held(), note_cancel);
    ck_assert(!WdfRequestIsCanceled(held()));
    return held();
}

WDFOBJECT acknowledge_outside(void)
{
    WdfRequestStopAcknowledge(held(), TRUE);
    return held();
}

WDFOBJECT enqueue_outside(void)
{
    result = WdfDeviceEnqueueRequest(wdf_device(), held());
    return held();
}

WDFOBJECT delete_default_queue(void)
{
    WdfObjectDelete(queue);
    return queue;
}

WDFOBJECT delete_request(void)
{
    WdfObjectDelete(held());
    return held();
}

WDFOBJECT find_in_other_device(void)
{
    WDFREQUEST unfound;
    result = WdfIoQueueFindRequest(queue_of_other, found, NULL, NULL, &unfound);
    return found;
}

WDFOBJECT retrieve_in_other_device(void)
{
    WDFREQUEST unfound;
    result = WdfIoQueueRetrieveFoundRequest(queue_of_other, found, &unfound);
    return found;
}

WDFOBJECT reuse_what_waits(void)
{
    WDF_REQUEST_REUSE_PARAMS params;
    WDF_REQUEST_REUSE_PARAMS_INIT(&params, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    result = WdfRequestReuse(found, &params);
    return found;
}

WDFOBJECT queue_of_completed(void)
{
    WDFREQUEST request = take_held();
    WdfObjectReference(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    ck_assert_ptr_null(WdfRequestGetIoQueue(request));
    WdfObjectDereference(request);
    return request;
}

static const struct {
    mistake *make;
    const char *caller;
    const char *rule;
    bool has_status; /* then STATUS_INVALID_DEVICE_REQUEST */
} mistakes[] = {
    {complete_twice, "complete_twice", "S7.14", false},
    {complete_what_waits, "complete_what_waits", "S13.8", false},
    {complete_while_cancelable, "complete_while_cancelable", "S7.30", false},
    {forward_to_same_queue, "forward_to_same_queue", "S6.55", true},
    {forward_to_other_device, "forward_to_other_device", "S6.55", true},
    {forward_what_waits, "forward_what_waits", "S13.8", true},
    {forward_cancelable, "forward_cancelable", "S13.8", true},
    {requeue_what_waits, "requeue_what_waits", "S13.8", true},
    {requeue_cancelable, "requeue_cancelable", "S13.8", true},
    {mark_twice, "mark_twice", "S7.18", true},
    {mark_what_waits, "mark_what_waits", "S7.18", true},
    {unmark_unmarked, "unmark_unmarked", "S7.20", true},
    {unmark_what_waits, "unmark_what_waits", "S7.20", true},
    {ask_cancelable, "ask_cancelable", "S7.23", false},
    {acknowledge_outside, "acknowledge_outside", "S6.75", false},
    {enqueue_outside, "enqueue_outside", "S5.18", true},
    {delete_default_queue, "delete_default_queue", "S1.35", false},
    {delete_request, "delete_request", "S1.35", false},
    {find_in_other_device, "find_in_other_device", "S13.5", true},
    {retrieve_in_other_device, "retrieve_in_other_device", "S13.5", true},
    {reuse_what_waits, "reuse_what_waits", "S7.4", true},
    {queue_of_completed, "queue_of_completed", "S7.42", false},
};

/* ---- the test ---- */

static void setup(void)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFUSEFILE file = open_file();
    other_queue = create_queue(WdfIoQueueDispatchManual);
    begin_read(file, 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other_queue), STATUS_SUCCESS);
    ck_status_eq(WdfIoQueueFindRequest(other_queue, NULL, NULL, NULL, &found), STATUS_SUCCESS);
    begin_read(file, 8);

    queue_config.Size = 0; /* the other device has one queue, a manual one */
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    ck_status_eq(driver_add_device(driver_under_test(), "other", &other_device), STATUS_SUCCESS);
    ck_status_eq(WdfIoQueueCreate(device_handle(other_device), &config, WDF_NO_OBJECT_ATTRIBUTES,
                                  &queue_of_other),
                 STATUS_SUCCESS);
    result = STATUS_SUCCESS;
    last_verifier_message();
}

static void teardown(void)
{
    WdfObjectDereference(found);
    device_remove(other_device);
    device_delete(other_device);
    holding_stop();
}

/* ---- the lock ---- */

static unsigned breaks_with_lock, breaks_without;

static void look_at_lock(enum log_level level, const char *line)
{
    struct io_domain *domain = io_device_from_handle(wdf_device())->domain;
    if (level != LOG_LEVEL_ERROR || strstr(line, "verifier: ") == NULL)
        return;
    bool is_free = port_try_lock_of(domain, io_lock);
    if (is_free)
        io_unlock(domain);
    breaks_without += is_free;
    breaks_with_lock += !is_free;
}

/* Another process finds the caller's line; no request waits for that. */
START_TEST(a_mistake_is_told_without_the_lock)
{
    breaks_with_lock = breaks_without = 0;
    log_set_sink(look_at_lock);
    (void)mistakes[_i].make();
    keep_log();
    ck_assert_uint_eq(breaks_with_lock, 0);
    ck_assert_uint_ge(breaks_without, 1);
}
END_TEST

static void expect_named(const char *message, const char *what)
{
    ck_assert_msg(strstr(message, what) != NULL, "'%s' is not in '%s'", what, message);
}

/* S1.35, S5.18, S6.53, S6.55, S6.60, S6.75, S6.83, S7.4, S7.14, S7.18, S7.20, S7.23, S7.34, S7.42,
 * S13.2 */
START_TEST(a_mistake_is_stopped_with_rule_object_and_caller)
{
    WDFOBJECT object = mistakes[_i].make();
    const char *message = last_verifier_message();
    char handle[32];
    snprintf(handle, sizeof(handle), "%p", object);
    expect_named(message, mistakes[_i].rule);
    expect_named(message, handle);
    expect_named(message, mistakes[_i].caller);
    if (mistakes[_i].has_status)
        ck_status_eq(result, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.53 */
START_TEST(a_mistake_with_a_request_that_waits_leaves_it_waiting)
{
    mistakes[_i].make();
    if (mistakes[_i].make == requeue_cancelable)
        return;
    ck_queue(other_queue, 1, 0);
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(found, &parameters);
    ck_assert_int_eq(parameters.Type, WdfRequestTypeRead);
}
END_TEST

static Suite *badinput_suite(void)
{
    Suite *suite = suite_create("badinput");
    TCase *cases = tcase_create("mistakes");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, a_mistake_is_stopped_with_rule_object_and_caller, 0,
                        RTL_NUMBER_OF(mistakes));
    tcase_add_loop_test(cases, a_mistake_is_told_without_the_lock, 0, RTL_NUMBER_OF(mistakes));
    tcase_add_loop_test(cases, a_mistake_with_a_request_that_waits_leaves_it_waiting, 0,
                        RTL_NUMBER_OF(mistakes));
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    return unit_run(badinput_suite());
}
