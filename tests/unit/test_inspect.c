/* The information about a device, and faults on demand (framework/inspect.h). */
#include <string.h>
#include <unistd.h>

#include "framework/device/device.h"
#include "framework/inspect.h"
#include "holding.h"
#include "nt/injection.h"
#include "port/thread.h"
#include "unit.h"

static struct io_device *io_of_device(void)
{
    return io_device_from_handle(wdf_device());
}

/* ---- files ---- */

START_TEST(open_files_are_shown_with_their_processes)
{
    struct inspect_file files[3];
    prepare_init = want_file_objects;
    start_queue(WdfIoQueueDispatchSequential);
    ck_assert_uint_eq(inspect_files(io_of_device(), files, 3), 0);
    WDFUSEFILE first = open_file();
    WDFUSEFILE second = open_file();
    (void)begin_read(first, 8);
    ck_assert_uint_eq(inspect_files(io_of_device(), files, 3), 2);
    ck_assert_ptr_nonnull(files[0].handle);
    ck_assert_int_eq(files[0].process, getpid());
    ck_assert_uint_eq(files[0].outstanding, 1);
    ck_assert_uint_eq(files[1].outstanding, 0);
    ck_assert_uint_eq(inspect_files(io_of_device(), files, 1), 2);
    close_file(second);
    ck_assert_uint_eq(inspect_files(io_of_device(), files, 3), 1);
}
END_TEST

START_TEST(files_without_objects_are_shown_as_well)
{
    struct inspect_file files[2];
    start_queue(WdfIoQueueDispatchSequential);
    (void)open_file();
    ck_assert_uint_eq(inspect_files(io_of_device(), files, 2), 1);
    ck_assert_ptr_null(files[0].handle);
}
END_TEST

/* ---- timers ---- */

static VOID do_nothing(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
}

static const struct inspect_timer *find_timer(WDFTIMER timer)
{
    static struct inspect_timer timers[16];
    unsigned count = inspect_timers(io_of_device(), timers, RTL_NUMBER_OF(timers));
    for (unsigned i = 0; i < count && i < RTL_NUMBER_OF(timers); i++) {
        if (timers[i].handle == (const void *)timer)
            return &timers[i];
    }
    ck_abort_msg("the timer is not shown");
    return NULL;
}

START_TEST(timers_are_shown_with_their_time)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG config;
    WDFTIMER timer;
    start_queue(WdfIoQueueDispatchSequential);
    WDF_TIMER_CONFIG_INIT_PERIODIC(&config, do_nothing, 250);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = wdf_device();
    ck_status_eq(WdfTimerCreate(&config, &attributes, &timer), STATUS_SUCCESS);
    ck_assert(!find_timer(timer)->is_armed);
    WdfTimerStart(timer, WDF_REL_TIMEOUT_IN_MS(100));
    advance_ms(40);
    const struct inspect_timer *shown = find_timer(timer);
    ck_assert(shown->is_armed);
    ck_assert_int_eq(shown->due, 60 * 1000000);
    ck_assert_uint_eq(shown->period_ms, 250);
    ck_assert_ptr_eq(shown->parent, wdf_device());
    ck_assert_ptr_eq(shown->callback, (const void *)(uintptr_t)do_nothing);
    advance_ms(60);
    ck_assert_int_eq(find_timer(timer)->due, 250 * 1000000);
}
END_TEST

/* ---- locks ---- */

/* The thread that holds that object's lock; 0: the lock is not shown. */
static unsigned holder_of(const void *object, bool is_presentation)
{
    struct inspect_lock locks[8];
    unsigned count = inspect_locks(io_of_device(), locks, RTL_NUMBER_OF(locks));
    for (unsigned i = 0; i < count && i < RTL_NUMBER_OF(locks); i++) {
        if (locks[i].object == object && locks[i].is_presentation == is_presentation)
            return locks[i].thread;
    }
    return 0;
}

START_TEST(locks_are_shown_while_they_are_held)
{
    WDFWAITLOCK wait_lock;
    WDFSPINLOCK spin_lock;
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(WdfWaitLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &wait_lock), STATUS_SUCCESS);
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &spin_lock), STATUS_SUCCESS);
    ck_assert_uint_eq(holder_of(wait_lock, false), 0);
    ck_status_eq(WdfWaitLockAcquire(wait_lock, NULL), STATUS_SUCCESS);
    WdfSpinLockAcquire(spin_lock);
    ck_assert_uint_eq(holder_of(wait_lock, false), port_thread_number());
    ck_assert_uint_eq(holder_of(spin_lock, false), port_thread_number());
    WdfSpinLockRelease(spin_lock);
    WdfWaitLockRelease(wait_lock);
    ck_assert_uint_eq(holder_of(wait_lock, false), 0);
    ck_assert_uint_eq(holder_of(spin_lock, false), 0);
}
END_TEST

static unsigned seen_holder;

static VOID look_at_presentation_lock(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    seen_holder = holder_of(Queue, true);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

START_TEST(a_presentation_lock_is_shown_during_its_callback)
{
    describe_constraints(&queue_attributes, WdfExecutionLevelInheritFromParent,
                         WdfSynchronizationScopeQueue);
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = NULL;
    queue_config.EvtIoRead = look_at_presentation_lock;
    start_device();
    seen_holder = 0;
    answer(begin_read(open_file(), 8), STATUS_SUCCESS);
    ck_assert_uint_eq(seen_holder, port_thread_number());
    ck_assert_uint_eq(holder_of(queue, true), 0);
}
END_TEST

/* ---- faults on demand ---- */

static void inject(int type, unsigned passing, unsigned failing, NTSTATUS status)
{
    const struct inspect_injection injection = {type, passing, failing, status, 0};
    inspect_inject(io_of_device(), &injection);
}

static void expect_read(WDFUSEFILE file, NTSTATUS status)
{
    WDFUSEIO io = begin_read(file, 8);
    WDFREQUEST request = held();
    WdfRequestSetInformation(request, 8);
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(answer(io, status), NT_SUCCESS(status) ? 8 : 0);
}

START_TEST(completions_fail_that_are_asked_for_and_no_others)
{
    struct inspect_injection armed;
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    inject(WdfRequestTypeRead, 1, 2, STATUS_DEVICE_BUSY);
    WDFUSEIO write = begin_write(file, 8);
    complete_held(STATUS_SUCCESS);
    answer(write, STATUS_SUCCESS);
    expect_read(file, STATUS_SUCCESS);
    ck_assert(inspect_injected(io_of_device(), &armed));
    ck_assert_uint_eq(armed.failing, 2);
    expect_read(file, STATUS_DEVICE_BUSY);
    expect_read(file, STATUS_DEVICE_BUSY);
    ck_assert(!inspect_injected(io_of_device(), &armed));
    expect_read(file, STATUS_SUCCESS);
    inject(IO_TYPE_ANY, 0, 5, STATUS_DEVICE_BUSY);
    inject(IO_TYPE_ANY, 0, 0, STATUS_SUCCESS);
    expect_read(file, STATUS_SUCCESS);
}
END_TEST

START_TEST(allocations_fail_that_are_asked_for_and_no_others)
{
    WDFMEMORY memory;
    PVOID buffer;
    start_queue(WdfIoQueueDispatchSequential);
    ck_assert(injection_arm("WDFMEMORY", 2, 1));
    ck_status_eq(WdfMemoryCreate(NULL, NonPagedPoolNx, 0, 8, &memory, &buffer), STATUS_SUCCESS);
    WdfObjectDelete(memory);
    ck_status_eq(WdfMemoryCreate(NULL, NonPagedPoolNx, 0, 8, &memory, &buffer),
                 STATUS_INSUFFICIENT_RESOURCES);
    ck_status_eq(WdfMemoryCreate(NULL, NonPagedPoolNx, 0, 8, &memory, &buffer), STATUS_SUCCESS);
    WdfObjectDelete(memory);
    ck_assert(injection_arm(INJECTION_POOL, 1, 1));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'tseT'));
    PVOID block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 'tseT');
    ck_assert_ptr_nonnull(block);
    ExFreePool(block);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inspect");
    TCase *tests = tcase_create("looking");
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    tcase_add_test(tests, open_files_are_shown_with_their_processes);
    tcase_add_test(tests, files_without_objects_are_shown_as_well);
    tcase_add_test(tests, timers_are_shown_with_their_time);
    tcase_add_test(tests, locks_are_shown_while_they_are_held);
    tcase_add_test(tests, a_presentation_lock_is_shown_during_its_callback);
    tcase_add_test(tests, completions_fail_that_are_asked_for_and_no_others);
    tcase_add_test(tests, allocations_fail_that_are_asked_for_and_no_others);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
