/* How deep callbacks of one thread may nest, and objects below objects: what goes on for ever is a bug
 * check, and no stack overflow. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "framework/object/callback.h"
#include "framework/object/object.h"
#include "holding.h"
#include "unit.h"

static WDFQUEUE other;
static unsigned forwards_left;

static void setup(void)
{
    other = NULL;
    forwards_left = 0;
    describe_queue(WdfIoQueueDispatchParallel);
}

/* ---- bug checks ---- */

static const char *expected_words;

/* Another bug check than the one that the test expects: the process exits, and so does not end by the
 * signal. */
static void check_message(int number)
{
    UNREFERENCED_PARAMETER(number);
    if (strstr(last_verifier_message(), expected_words) == NULL)
        _exit(EXIT_FAILURE);
}

static void expect_bug_check(const char *words)
{
    expected_words = words;
    signal(SIGABRT, check_message);
}

/* ---- nesting ---- */

static VOID forward_to_the_other(WDFQUEUE Queue, WDFREQUEST Request)
{
    if (forwards_left == 0) {
        WdfRequestComplete(Request, STATUS_SUCCESS);
        return;
    }
    forwards_left--;
    WdfRequestForwardToIoQueue(Request, Queue == queue ? other : queue);
}

/* One read that goes to and fro between two queues so often. */
static void read_with_forwards(unsigned forwards)
{
    queue_config.EvtIoDefault = forward_to_the_other;
    start_device();
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = forward_to_the_other;
    other = create_queue_with(&config);
    forwards_left = forwards;
    answer(begin_read(open_file(), 8), STATUS_SUCCESS);
}

/* S6.28: forwarding presents the request at once, in the callback that forwards. */
START_TEST(as_many_callbacks_may_nest)
{
    read_with_forwards(CALLBACK_DEPTH_MAX - 1);
    ck_assert_uint_eq(forwards_left, 0);
    ck_assert_ptr_null(callback_innermost);
}
END_TEST

START_TEST(one_callback_more_is_a_bug_check)
{
    expect_bug_check("EvtIoDefault: callbacks are nested 101 deep");
    read_with_forwards(CALLBACK_DEPTH_MAX);
}
END_TEST

/* Requests one after the other do not nest. */
START_TEST(callbacks_one_after_the_other_are_not_nested)
{
    start_device();
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 3 * CALLBACK_DEPTH_MAX; i++) {
        WDFUSEIO io = begin_read(file, 8);
        complete_held(STATUS_SUCCESS);
        answer(io, STATUS_SUCCESS);
    }
    ck_assert_ptr_null(callback_innermost);
}
END_TEST

/* ---- deep trees of objects ---- */

static void make_chain(unsigned length)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = wdf_device();
    for (unsigned i = 0; i < length; i++) {
        WDFOBJECT made;
        ck_status_eq(WdfObjectCreate(&attributes, &made), STATUS_SUCCESS);
        attributes.ParentObject = made;
    }
}

/* S1.14; the device lies below the driver. */
START_TEST(objects_may_be_nested_deep)
{
    start_device();
    make_chain(OBJECT_DEPTH_MAX - 1);
}
END_TEST

START_TEST(objects_that_are_nested_without_an_end_are_a_bug_check)
{
    start_device();
    expect_bug_check("1000 objects are parents of parents");
    make_chain(OBJECT_DEPTH_MAX + 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("callback");
    TCase *tests = tcase_create("callback");
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_add_test(tests, as_many_callbacks_may_nest);
    tcase_add_test(tests, callbacks_one_after_the_other_are_not_nested);
    tcase_add_test(tests, objects_may_be_nested_deep);
    if (unit_forks()) {
        tcase_add_test_raise_signal(tests, one_callback_more_is_a_bug_check, SIGABRT);
        tcase_add_test_raise_signal(tests, objects_that_are_nested_without_an_end_are_a_bug_check, SIGABRT);
    }
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
