/* Events, waiting and spin locks of the executive. */
#include <signal.h>

#include <ntddk.h>

#include "port/thread.h"
#include "unit.h"

static KEVENT event;
static KSPIN_LOCK spin_lock;
static LARGE_INTEGER at_once, briefly, long_enough;

static void setup(void)
{
    at_once.QuadPart = 0;
    briefly.QuadPart = -10000;         /* a millisecond */
    long_enough.QuadPart = -600000000; /* a minute: a deadline, which no test reaches */
}

static NTSTATUS wait_for(PLARGE_INTEGER timeout)
{
    return KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, timeout);
}

START_TEST(an_event_that_is_not_set_is_waited_for_in_vain)
{
    KeInitializeEvent(&event, _i == 0 ? NotificationEvent : SynchronizationEvent, FALSE);
    ck_assert_int_eq(wait_for(&at_once), STATUS_TIMEOUT);
    ck_assert_int_eq(wait_for(&briefly), STATUS_TIMEOUT);
    ck_assert_int_eq(KeReadStateEvent(&event), 0);
}
END_TEST

START_TEST(a_notification_event_lets_everyone_pass_until_it_is_cleared)
{
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    ck_assert_int_eq(wait_for(NULL), STATUS_SUCCESS);
    ck_assert_int_eq(wait_for(NULL), STATUS_SUCCESS);
    ck_assert_int_ne(KeReadStateEvent(&event), 0);
    KeClearEvent(&event);
    ck_assert_int_eq(wait_for(&at_once), STATUS_TIMEOUT);
}
END_TEST

START_TEST(a_synchronization_event_lets_one_pass)
{
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    ck_assert_int_eq(KeSetEvent(&event, 0, FALSE), 0);
    ck_assert_int_ne(KeSetEvent(&event, 0, FALSE), 0);
    ck_assert_int_eq(wait_for(&at_once), STATUS_SUCCESS);
    ck_assert_int_eq(wait_for(&at_once), STATUS_TIMEOUT);
    KeSetEvent(&event, 0, FALSE);
    ck_assert_int_ne(KeResetEvent(&event), 0);
    ck_assert_int_eq(KeResetEvent(&event), 0);
}
END_TEST

static NTSTATUS status_of_other;

static void wait_in_other(void *argument)
{
    (void)argument;
    status_of_other = wait_for(&long_enough);
}

START_TEST(setting_an_event_wakes_who_waits)
{
    struct port_thread other;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    status_of_other = STATUS_TIMEOUT;
    ck_assert_int_eq(port_thread_start(&other, "waiter", wait_in_other, NULL), 0);
    KeSetEvent(&event, 0, FALSE);
    port_thread_join(&other);
    ck_assert_int_eq(status_of_other, STATUS_SUCCESS);
    ck_assert_int_eq(KeReadStateEvent(&event), 0);
}
END_TEST

START_TEST(a_delay_takes_its_time)
{
    LARGE_INTEGER before = KeQueryPerformanceCounter(NULL);
    ck_assert_int_eq(KeDelayExecutionThread(KernelMode, FALSE, &briefly), STATUS_SUCCESS);
    ck_assert_int_ge(KeQueryPerformanceCounter(NULL).QuadPart - before.QuadPart, 10000);
}
END_TEST

START_TEST(waiting_above_apc_level_stops_the_driver)
{
    KIRQL irql;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeSpinLock(&spin_lock);
    KeAcquireSpinLock(&spin_lock, &irql);
    ck_assert_int_eq(wait_for(&at_once), STATUS_TIMEOUT); /* polling is allowed */
    wait_for(&briefly);
}
END_TEST

static unsigned counter;

static void count(void *argument)
{
    for (unsigned i = 0; i < *(unsigned *)argument; i++) {
        KIRQL irql;
        KeAcquireSpinLock(&spin_lock, &irql);
        counter++;
        KeReleaseSpinLock(&spin_lock, irql);
    }
}

START_TEST(a_spin_lock_excludes)
{
    unsigned times = 20000;
    struct port_thread others[3];
    counter = 0;
    KeInitializeSpinLock(&spin_lock);
    for (unsigned i = 0; i < RTL_NUMBER_OF(others); i++)
        ck_assert_int_eq(port_thread_start(&others[i], "counter", count, &times), 0);
    for (unsigned i = 0; i < RTL_NUMBER_OF(others); i++)
        port_thread_join(&others[i]);
    ck_assert_uint_eq(counter, RTL_NUMBER_OF(others) * times);
}
END_TEST

START_TEST(a_spin_lock_raises_the_level)
{
    KIRQL irql;
    KeInitializeSpinLock(&spin_lock);
    KeAcquireSpinLock(&spin_lock, &irql);
    KIRQL held = KeGetCurrentIrql();
    KeReleaseSpinLock(&spin_lock, irql);
    ck_assert_uint_eq(irql, PASSIVE_LEVEL);
    ck_assert_uint_eq(held, DISPATCH_LEVEL);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wait");
    TCase *tests = tcase_create("wait");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, an_event_that_is_not_set_is_waited_for_in_vain, 0, 2);
    tcase_add_test(tests, a_notification_event_lets_everyone_pass_until_it_is_cleared);
    tcase_add_test(tests, a_synchronization_event_lets_one_pass);
    tcase_add_test(tests, setting_an_event_wakes_who_waits);
    tcase_add_test(tests, a_delay_takes_its_time);
    tcase_add_test(tests, a_spin_lock_excludes);
    tcase_add_test(tests, a_spin_lock_raises_the_level);
    suite_add_tcase(suite, tests);

    tests = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test_raise_signal(tests, waiting_above_apc_level_stops_the_driver, SIGABRT);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
