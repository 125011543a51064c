/* Rules for all callbacks: how deep they may nest (and objects below objects), since endless
 * nesting is a bug check, not a stack overflow; and what a callback may return with. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "framework/object/callback.h"
#include "framework/object/object.h"
#include "holding.h"
#include "nt/held.h"
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

/* One read that goes back and forth between two queues this often. */
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

/* Successive requests do not nest. */
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

/* ---- what a callback returns with ---- */

static KSPIN_LOCK kernel_lock;
static WDFWAITLOCK wait_lock;

static void take_object_lock(WDFQUEUE of)
{
    WdfObjectAcquireLock(of);
}

static void take_spin_lock(WDFQUEUE of)
{
    WDFSPINLOCK spin_lock;
    UNREFERENCED_PARAMETER(of);
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &spin_lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(spin_lock);
}

static void take_kernel_lock(WDFQUEUE of)
{
    UNREFERENCED_PARAMETER(of);
    KeInitializeSpinLock(&kernel_lock);
    KeAcquireSpinLockAtDpcLevel(&kernel_lock);
}

/* Only the level is kept: the lock is released without it. */
static void raise_level(WDFQUEUE of)
{
    UNREFERENCED_PARAMETER(of);
    KeInitializeSpinLock(&kernel_lock);
    (void)KeAcquireSpinLockRaiseToDpc(&kernel_lock);
    KeReleaseSpinLockFromDpcLevel(&kernel_lock);
}

static const struct {
    void (*take)(WDFQUEUE of);
    const char *words;
} takers[] = {
    {take_object_lock,
     "still holds a lock (S13.14); the last that the driver has acquired is the lock of"},
    {take_spin_lock, "has acquired is WDFSPINLOCK"},
    {take_kernel_lock, "has acquired is KSPIN_LOCK"},
    {raise_level, "was called at IRQL 0 and returns at IRQL 2 (S13.14)"},
};
static unsigned taker;

static VOID complete_and_take(WDFQUEUE Queue, WDFREQUEST Request)
{
    WdfRequestComplete(Request, STATUS_SUCCESS);
    takers[taker].take(Queue);
}

/* S13.14 */
START_TEST(a_callback_that_keeps_a_lock_or_a_level_is_a_bug_check)
{
    taker = (unsigned)_i;
    queue_config.EvtIoDefault = complete_and_take;
    describe_constraints(&device_attributes, WdfExecutionLevelPassive, WdfSynchronizationScopeNone);
    start_device();
    WDFUSEFILE file = open_file();
    expect_bug_check(takers[taker].words);
    answer(begin_read(file, 8), STATUS_SUCCESS);
}
END_TEST

static VOID take_wait_lock(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    WdfWaitLockAcquire(wait_lock, NULL);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

/* S9.25: another callback may release it. */
START_TEST(a_wait_lock_may_be_held_when_a_callback_returns)
{
    queue_config.EvtIoDefault = take_wait_lock;
    describe_constraints(&device_attributes, WdfExecutionLevelPassive, WdfSynchronizationScopeNone);
    start_device();
    ck_status_eq(WdfWaitLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &wait_lock), STATUS_SUCCESS);
    answer(begin_read(open_file(), 8), STATUS_SUCCESS);
    WdfWaitLockRelease(wait_lock);
}
END_TEST

static VOID release_in_the_order_of_acquisition(WDFQUEUE Queue, WDFREQUEST Request)
{
    KSPIN_LOCK first, second;
    UNREFERENCED_PARAMETER(Queue);
    KeInitializeSpinLock(&first);
    KeInitializeSpinLock(&second);
    KeAcquireSpinLockAtDpcLevel(&first);
    KeAcquireSpinLockAtDpcLevel(&second);
    KeReleaseSpinLockFromDpcLevel(&first);
    KeReleaseSpinLockFromDpcLevel(&second);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

START_TEST(locks_may_be_released_in_any_order)
{
    queue_config.EvtIoDefault = release_in_the_order_of_acquisition;
    start_device();
    answer(begin_read(open_file(), 8), STATUS_SUCCESS);
    ck_assert_int_eq(held_locks(held_now), 0);
}
END_TEST

static VOID release_and_acquire_again(WDFQUEUE Queue, WDFREQUEST Request)
{
    WdfObjectReleaseLock(Queue);
    WdfObjectAcquireLock(Queue);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

START_TEST(a_callback_may_release_its_own_lock_and_acquire_it_again)
{
    queue_config.EvtIoDefault = release_and_acquire_again;
    describe_constraints(&device_attributes, WdfExecutionLevelDispatch,
                         WdfSynchronizationScopeQueue);
    start_device();
    answer(begin_read(open_file(), 8), STATUS_SUCCESS);
    ck_assert_int_eq(held_locks(held_now), 0);
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
    tcase_add_test(tests, a_wait_lock_may_be_held_when_a_callback_returns);
    tcase_add_test(tests, locks_may_be_released_in_any_order);
    tcase_add_test(tests, a_callback_may_release_its_own_lock_and_acquire_it_again);
    suite_add_tcase(suite, tests);

    tests = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_add_test_raise_signal(tests, one_callback_more_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, objects_that_are_nested_without_an_end_are_a_bug_check,
                                SIGABRT);
    tcase_add_loop_test_raise_signal(tests, a_callback_that_keeps_a_lock_or_a_level_is_a_bug_check,
                                     SIGABRT, 0, RTL_NUMBER_OF(takers));
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
