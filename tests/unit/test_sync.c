/* Which callbacks exclude each other, with real threads (S2.5-S2.14). */
#include <sched.h>
#include <stdatomic.h>

#include "holding.h"
#include "port/thread.h"
#include "unit.h"

#define INHERIT_LEVEL WdfExecutionLevelInheritFromParent
#define INHERIT_SCOPE WdfSynchronizationScopeInheritFromParent

/* ---- exclusion, with real threads ---- */

#define THREADS 3

static _Atomic(int) inside;
static _Atomic(bool) overlapped;
static _Atomic(unsigned) calls;

static void pass_through(void)
{
    calls++;
    if (atomic_fetch_add(&inside, 1) != 0)
        overlapped = true;
    sched_yield();
    atomic_fetch_sub(&inside, 1);
}

static VOID pass_and_complete(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    pass_through();
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID pass_in_cancel(WDFREQUEST Request)
{
    pass_through();
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID pass_and_mark(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    pass_through();
    if (!NT_SUCCESS(WdfRequestMarkCancelableEx(Request, pass_in_cancel)))
        WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID pass_in_timer(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
    pass_through();
}

/* A client: alternates reads and writes, and cancels each. */
static void use_device(void *argument)
{
    WDFUSEFILE file = argument;
    char byte = 0;
    for (unsigned i = 0; i < repetitions(700); i++) {
        WDFUSEIO io = i % 2 == 0 ? WdfuseInprocBeginRead(file, &byte, 1)
                                 : WdfuseInprocBeginWrite(file, "w", 1);
        WdfuseInprocCancel(io);
        WdfuseInprocFinish(io, NULL);
    }
}

static void run_clients(void)
{
    struct port_thread threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(port_thread_start(&threads[i], "client", use_device, open_file()), 0);
    for (unsigned i = 0; i < THREADS; i++)
        port_thread_join(&threads[i]);
    ck_assert_uint_gt(calls, 0);
}

static WDFQUEUE write_queue;

/* A separate queue for writes, with the constraints of the default queue. */
static VOID create_write_queue(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config = queue_config;
    config.DefaultQueue = FALSE;
    ck_status_eq(WdfIoQueueCreate(Device, &config, &queue_attributes, &write_queue),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(Device, write_queue, WdfRequestTypeWrite),
                 STATUS_SUCCESS);
}

static const WDF_EXECUTION_LEVEL levels[] = {WdfExecutionLevelDispatch, WdfExecutionLevelPassive};

/* S2.6 */
START_TEST(with_scope_queue_no_two_callbacks_of_a_queue_run_at_once)
{
    describe_constraints(&device_attributes, levels[_i], WdfSynchronizationScopeQueue);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = pass_and_complete;
    start_device();
    run_clients();
    ck_assert(!overlapped);
}
END_TEST

/* S2.7, S7.26 */
START_TEST(with_scope_queue_cancel_excludes_the_other_callbacks)
{
    describe_constraints(&device_attributes, levels[_i], WdfSynchronizationScopeQueue);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = pass_and_mark;
    start_device();
    run_clients();
    ck_assert(!overlapped);
}
END_TEST

/* S2.6, S2.7 */
START_TEST(with_scope_device_no_two_callbacks_of_the_device_run_at_once)
{
    describe_constraints(&device_attributes, levels[_i], WdfSynchronizationScopeDevice);
    describe_constraints(&queue_attributes, INHERIT_LEVEL, INHERIT_SCOPE);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = pass_and_mark;
    prepare_device = create_write_queue;
    start_device();
    run_clients();
    ck_assert(!overlapped);
}
END_TEST

static WDFTIMER timer;

static void create_timer(void)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, pass_in_timer);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = queue;
    ck_status_eq(WdfTimerCreate(&config, &attributes, &timer), STATUS_SUCCESS);
}

/* S2.20 */
START_TEST(with_scope_queue_a_serialized_timer_excludes_the_queues_callbacks)
{
    describe_constraints(&device_attributes, WdfExecutionLevelDispatch,
                         WdfSynchronizationScopeQueue);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = pass_and_complete;
    start_device();
    create_timer();
    struct port_thread client;
    ck_assert_int_eq(port_thread_start(&client, "client", use_device, open_file()), 0);
    for (unsigned i = 0; i < repetitions(500); i++) {
        WdfTimerStart(timer, WDF_REL_TIMEOUT_IN_MS(1));
        advance_ms(1);
    }
    port_thread_join(&client);
    ck_assert(!overlapped);
}
END_TEST

static VOID meet_another(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    inside++;
    eventually(inside == 2);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static void read_once(void *argument)
{
    char byte;
    WdfuseInprocRead(argument, &byte, 1, NULL);
}

/* S2.6, S2.19, S6.35: both must be inside for either to return. */
START_TEST(with_scope_none_two_callbacks_of_a_parallel_queue_run_at_once)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = meet_another;
    start_device();
    struct port_thread client;
    ck_assert_int_eq(port_thread_start(&client, "client", read_once, open_file()), 0);
    read_once(open_file());
    port_thread_join(&client);
    ck_assert_int_eq(inside, 2);
}
END_TEST

/* S2.6: each has its own lock. */
START_TEST(with_scope_queue_callbacks_of_two_queues_run_at_once)
{
    describe_constraints(&queue_attributes, INHERIT_LEVEL, WdfSynchronizationScopeQueue);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = meet_another;
    prepare_device = create_write_queue;
    start_device();
    struct port_thread client;
    ck_assert_int_eq(port_thread_start(&client, "client", read_once, open_file()), 0);
    WdfuseInprocWrite(open_file(), "w", 1, NULL);
    port_thread_join(&client);
    ck_assert_int_eq(inside, 2);
}
END_TEST

/* S2.10 */
START_TEST(scope_queue_of_a_device_locks_nothing_of_the_device)
{
    describe_constraints(&device_attributes, INHERIT_LEVEL, WdfSynchronizationScopeQueue);
    start_queue(WdfIoQueueDispatchParallel);
    WdfObjectAcquireLock(wdf_device());
    begin_read(open_file(), 8);
    unsigned presented = counts.presented;
    WdfObjectReleaseLock(wdf_device());
    ck_assert_uint_eq(presented, 1);
}
END_TEST

/* ---- file callbacks ---- */

static KIRQL create_irql;

static VOID note_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    create_irql = KeGetCurrentIrql();
    pass_through();
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID pass_in_file_callback(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    pass_through();
}

static VOID configure_locked_files(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, note_create, pass_in_file_callback, pass_in_file_callback);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, &attributes);
}

static void open_and_close(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    for (unsigned i = 0; i < repetitions(300); i++) {
        WDFUSEFILE file;
        ck_status_eq(WdfuseInprocOpen(device, 2, &file), STATUS_SUCCESS);
        WdfuseInprocClose(file);
    }
}

/* S2.14 */
START_TEST(with_scope_device_file_callbacks_exclude_each_other_and_the_queues)
{
    prepare_init = configure_locked_files;
    describe_constraints(&device_attributes, WdfExecutionLevelPassive,
                         WdfSynchronizationScopeDevice);
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = pass_and_complete;
    start_device();
    struct port_thread opener;
    ck_assert_int_eq(port_thread_start(&opener, "opener", open_and_close, NULL), 0);
    run_clients();
    port_thread_join(&opener);
    ck_assert(!overlapped && create_irql == PASSIVE_LEVEL);
}
END_TEST

static void reset(void)
{
    inside = 0;
    calls = 0;
    overlapped = false;
}

static TCase *sync_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, reset, holding_stop);
    tcase_set_timeout(tests, 100);
    return tests;
}

static TCase *exclusion_tests(void)
{
    TCase *tests = sync_case("exclusion");
    tcase_add_loop_test(tests, with_scope_queue_no_two_callbacks_of_a_queue_run_at_once, 0, 2);
    tcase_add_loop_test(tests, with_scope_queue_cancel_excludes_the_other_callbacks, 0, 2);
    tcase_add_loop_test(tests, with_scope_device_no_two_callbacks_of_the_device_run_at_once, 0, 2);
    tcase_add_test(tests, with_scope_queue_a_serialized_timer_excludes_the_queues_callbacks);
    tcase_add_test(tests, with_scope_none_two_callbacks_of_a_parallel_queue_run_at_once);
    tcase_add_test(tests, with_scope_queue_callbacks_of_two_queues_run_at_once);
    tcase_add_test(tests, scope_queue_of_a_device_locks_nothing_of_the_device);
    tcase_add_test(tests, with_scope_device_file_callbacks_exclude_each_other_and_the_queues);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("sync");
    suite_add_tcase(suite, exclusion_tests());
    return unit_run(suite);
}
