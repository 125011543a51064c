/* WDFSPINLOCK and WDFWAITLOCK (S9.22-S9.25, S13.17). Presentation locks:
 * test_presentationlock.c. */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "device.h"
#include "nt/irql.h"
#include "port/thread.h"
#include "unit.h"

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

/* ---- spin locks ---- */

static WDFSPINLOCK spin_lock;

static void setup_spin_lock(void)
{
    device_start_with(add_bare_device);
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &spin_lock), STATUS_SUCCESS);
}

/* S9.23 */
START_TEST(the_holder_of_a_spin_lock_is_at_dispatch_level)
{
    WdfSpinLockAcquire(spin_lock);
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    WdfSpinLockRelease(spin_lock);
}
END_TEST

static const KIRQL entry_levels[] = {PASSIVE_LEVEL, DISPATCH_LEVEL};

/* S9.23 */
START_TEST(releasing_a_spin_lock_restores_the_level)
{
    KIRQL before = irql_raise(entry_levels[_i]);
    WdfSpinLockAcquire(spin_lock);
    WdfSpinLockRelease(spin_lock);
    ck_assert_uint_eq(KeGetCurrentIrql(), entry_levels[_i]);
    irql_lower(before);
}
END_TEST

/* S9.23 */
START_TEST(releasing_the_inner_of_two_spin_locks_leaves_dispatch_level)
{
    WDFSPINLOCK inner;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &inner), STATUS_SUCCESS);
    WdfSpinLockAcquire(spin_lock);
    WdfSpinLockAcquire(inner);
    WdfSpinLockRelease(inner);
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    WdfSpinLockRelease(spin_lock);
}
END_TEST

#define ROUNDS 10000

static unsigned counter; /* guarded by the lock under test */

static void count_under_spin_lock(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < ROUNDS; i++) {
        WdfSpinLockAcquire(spin_lock);
        counter++;
        WdfSpinLockRelease(spin_lock);
    }
}

/* S9.23 */
START_TEST(a_spin_lock_excludes_other_threads)
{
    struct port_thread other;
    counter = 0;
    ck_assert_int_eq(port_thread_start(&other, "other", count_under_spin_lock, NULL), 0);
    count_under_spin_lock(NULL);
    port_thread_join(&other);
    ck_assert_uint_eq(counter, 2 * ROUNDS);
}
END_TEST

/* S9.23 */
START_TEST(acquiring_a_spin_lock_twice_is_a_bug_check)
{
    WdfSpinLockAcquire(spin_lock);
    WdfSpinLockAcquire(spin_lock);
}
END_TEST

/* S9.23, S13.17 */
START_TEST(releasing_a_free_spin_lock_is_a_bug_check)
{
    WdfSpinLockRelease(spin_lock);
}
END_TEST

static void release_spin_lock(void *unused)
{
    (void)unused;
    WdfSpinLockRelease(spin_lock);
}

/* S9.23, S13.17 */
START_TEST(releasing_the_spin_lock_of_another_thread_is_a_bug_check)
{
    struct port_thread other;
    WdfSpinLockAcquire(spin_lock);
    ck_assert_int_eq(port_thread_start(&other, "other", release_spin_lock, NULL), 0);
    port_thread_join(&other);
}
END_TEST

/* ---- wait locks ---- */

static WDFWAITLOCK wait_lock;

static void setup_wait_lock(void)
{
    device_start_with(add_bare_device);
    ck_status_eq(WdfWaitLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &wait_lock), STATUS_SUCCESS);
}

static LONGLONG timeouts[] = {0, -1, WDF_TIMEOUT_TO_SEC, -MAXLONGLONG - 1, MAXLONGLONG};

/* S9.24 */
START_TEST(a_free_wait_lock_is_acquired_whatever_the_timeout)
{
    ck_status_eq(WdfWaitLockAcquire(wait_lock, &timeouts[_i]), STATUS_SUCCESS);
    WdfWaitLockRelease(wait_lock);
}
END_TEST

/* S9.24 */
START_TEST(a_free_wait_lock_is_acquired_without_a_timeout)
{
    ck_status_eq(WdfWaitLockAcquire(wait_lock, NULL), STATUS_SUCCESS);
    WdfWaitLockRelease(wait_lock);
}
END_TEST

/* S9.26 */
START_TEST(the_holder_of_a_wait_lock_is_at_passive_level)
{
    WdfWaitLockAcquire(wait_lock, NULL);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    WdfWaitLockRelease(wait_lock);
}
END_TEST

/* The other thread: acquires the wait lock with its own timeout, and releases it when it may. */
static struct {
    struct port_thread thread;
    PLONGLONG timeout;
    NTSTATUS status;
    atomic_bool has_begun;
    atomic_bool has_it;
    atomic_bool may_release;
} other;

static void acquire_and_release(void *unused)
{
    (void)unused;
    other.has_begun = true;
    other.status = WdfWaitLockAcquire(wait_lock, other.timeout);
    other.has_it = true;
    eventually(other.may_release);
    WdfWaitLockRelease(wait_lock);
}

static void start_other(PLONGLONG timeout)
{
    other.timeout = timeout;
    other.has_begun = other.has_it = other.may_release = false;
    ck_assert_int_eq(port_thread_start(&other.thread, "other", acquire_and_release, NULL), 0);
}

static void let_other_hold(void)
{
    start_other(NULL);
    eventually(other.has_it);
}

static void join_other(void)
{
    other.may_release = true;
    port_thread_join(&other.thread);
}

/* The first three timeouts: none, 100 ns, a time long past. */
#define TIMEOUTS_THAT_END 3

/* S9.24, S15.58 */
START_TEST(a_held_wait_lock_is_not_acquired_within_the_timeout)
{
    let_other_hold();
    ck_status_eq(WdfWaitLockAcquire(wait_lock, &timeouts[_i]), STATUS_TIMEOUT);
    join_other();
}
END_TEST

/* S9.24, S15.58 */
START_TEST(the_timeout_of_a_wait_lock_passes_for_success)
{
    ck_assert_uint_eq((ULONG)STATUS_TIMEOUT, 0x102);
    ck_assert(NT_SUCCESS(STATUS_TIMEOUT));
}
END_TEST

/* S9.24 */
START_TEST(a_held_wait_lock_is_acquired_when_it_is_released)
{
    static LONGLONG a_minute = -60 * WDF_TIMEOUT_TO_SEC;
    PLONGLONG waits[] = {NULL, &a_minute, &timeouts[3], &timeouts[4]};
    WdfWaitLockAcquire(wait_lock, NULL);
    start_other(waits[_i]);
    eventually(other.has_begun);
    WdfWaitLockRelease(wait_lock);
    join_other();
    ck_status_eq(other.status, STATUS_SUCCESS);
}
END_TEST

static void count_under_wait_lock(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < ROUNDS; i++) {
        WdfWaitLockAcquire(wait_lock, NULL);
        counter++;
        WdfWaitLockRelease(wait_lock);
    }
}

/* S9.24 */
START_TEST(a_wait_lock_excludes_other_threads)
{
    struct port_thread counting;
    counter = 0;
    ck_assert_int_eq(port_thread_start(&counting, "other", count_under_wait_lock, NULL), 0);
    count_under_wait_lock(NULL);
    port_thread_join(&counting);
    ck_assert_uint_eq(counter, 2 * ROUNDS);
}
END_TEST

static NTSTATUS acquire_at_dispatch(PLONGLONG timeout)
{
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    NTSTATUS status = WdfWaitLockAcquire(wait_lock, timeout);
    irql_lower(before);
    return status;
}

/* S9.24 */
START_TEST(waiting_for_a_wait_lock_above_passive_level_is_refused)
{
    ck_status_eq(acquire_at_dispatch(NULL), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(acquire_at_dispatch(&timeouts[1]), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S9.24 */
START_TEST(trying_a_wait_lock_above_passive_level_is_allowed)
{
    ck_status_eq(acquire_at_dispatch(&timeouts[0]), STATUS_SUCCESS);
    WdfWaitLockRelease(wait_lock);
}
END_TEST

/* S9.25 */
START_TEST(a_wait_lock_is_not_recursive)
{
    WdfWaitLockAcquire(wait_lock, NULL);
    ck_status_eq(WdfWaitLockAcquire(wait_lock, &timeouts[0]), STATUS_TIMEOUT);
    WdfWaitLockRelease(wait_lock);
}
END_TEST

/* S9.25 */
START_TEST(releasing_a_wait_lock_of_nobody_is_a_break)
{
    WdfWaitLockRelease(wait_lock);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S9.25"));
}
END_TEST

static TCase *case_of(const char *name, void (*begin)(void))
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, begin, device_stop);
    return tests;
}

static TCase *spin_lock_tests(void)
{
    TCase *tests = case_of("spin lock", setup_spin_lock);
    tcase_add_test(tests, the_holder_of_a_spin_lock_is_at_dispatch_level);
    tcase_add_loop_test(tests, releasing_a_spin_lock_restores_the_level, 0,
                        RTL_NUMBER_OF(entry_levels));
    tcase_add_test(tests, releasing_the_inner_of_two_spin_locks_leaves_dispatch_level);
    tcase_add_test(tests, a_spin_lock_excludes_other_threads);
    return tests;
}

static TCase *bug_check_tests(void)
{
    TCase *tests = unit_ends(case_of("bug checks", setup_spin_lock));
    tcase_add_test_raise_signal(tests, acquiring_a_spin_lock_twice_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, releasing_a_free_spin_lock_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, releasing_the_spin_lock_of_another_thread_is_a_bug_check,
                                SIGABRT);
    return tests;
}

static TCase *wait_lock_tests(void)
{
    TCase *tests = case_of("wait lock", setup_wait_lock);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_free_wait_lock_is_acquired_whatever_the_timeout, 0,
                        RTL_NUMBER_OF(timeouts));
    tcase_add_test(tests, a_free_wait_lock_is_acquired_without_a_timeout);
    tcase_add_test(tests, the_holder_of_a_wait_lock_is_at_passive_level);
    tcase_add_loop_test(tests, a_held_wait_lock_is_not_acquired_within_the_timeout, 0,
                        TIMEOUTS_THAT_END);
    tcase_add_test(tests, the_timeout_of_a_wait_lock_passes_for_success);
    tcase_add_loop_test(tests, a_held_wait_lock_is_acquired_when_it_is_released, 0, 4);
    tcase_add_test(tests, a_wait_lock_excludes_other_threads);
    tcase_add_test(tests, waiting_for_a_wait_lock_above_passive_level_is_refused);
    tcase_add_test(tests, trying_a_wait_lock_above_passive_level_is_allowed);
    tcase_add_test(tests, a_wait_lock_is_not_recursive);
    tcase_add_test(tests, releasing_a_wait_lock_of_nobody_is_a_break);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("lock");
    suite_add_tcase(suite, spin_lock_tests());
    suite_add_tcase(suite, bug_check_tests());
    suite_add_tcase(suite, wait_lock_tests());
    return unit_run(suite);
}
