/* Queues: creation, configuration and state (S6.1-S6.10). */
#include <signal.h>
#include <string.h>

#include "holding.h"
#include "unit.h"

static VOID ignore_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(Length);
}

static VOID ignore_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                           size_t InputBufferLength, ULONG IoControlCode)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
}

static VOID ignore_stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Request);
    UNREFERENCED_PARAMETER(ActionFlags);
}

/* ---- creation ---- */

static void make_size_wrong(WDF_IO_QUEUE_CONFIG *config)
{
    config->Size--;
}

static void make_type_too_small(WDF_IO_QUEUE_CONFIG *config)
{
    config->DispatchType = WdfIoQueueDispatchInvalid;
}

static void make_type_too_large(WDF_IO_QUEUE_CONFIG *config)
{
    config->DispatchType = WdfIoQueueDispatchMax;
}

static void limit_presented(WDF_IO_QUEUE_CONFIG *config)
{
    config->Settings.Parallel.NumberOfPresentedRequests = 1;
}

static void present_none(WDF_IO_QUEUE_CONFIG *config)
{
    config->Settings.Parallel.NumberOfPresentedRequests = 0;
}

static void add_default(WDF_IO_QUEUE_CONFIG *config)
{
    config->EvtIoDefault = hold_request;
}

static void add_read(WDF_IO_QUEUE_CONFIG *config)
{
    config->EvtIoRead = ignore_read;
}

static void add_write(WDF_IO_QUEUE_CONFIG *config)
{
    config->EvtIoWrite = ignore_read;
}

static void add_control(WDF_IO_QUEUE_CONFIG *config)
{
    config->EvtIoDeviceControl = ignore_control;
}

static void add_internal_control(WDF_IO_QUEUE_CONFIG *config)
{
    config->EvtIoInternalDeviceControl = ignore_control;
}

static void remove_handlers(WDF_IO_QUEUE_CONFIG *config)
{
    config->EvtIoDefault = NULL;
}

static void add_stop_resume_and_cancelled(WDF_IO_QUEUE_CONFIG *config)
{
    config->EvtIoStop = ignore_stop;
    config->EvtIoResume = hold_request;
    config->EvtIoCanceledOnQueue = hold_cancelled_on_queue;
}

static void make_default_queue(WDF_IO_QUEUE_CONFIG *config)
{
    config->DefaultQueue = TRUE;
}

static void change_nothing(WDF_IO_QUEUE_CONFIG *config)
{
    UNREFERENCED_PARAMETER(config);
}

enum { SEQUENTIAL = WdfIoQueueDispatchSequential, PARALLEL, MANUAL };

static const struct {
    int type;
    void (*change)(WDF_IO_QUEUE_CONFIG *config);
    NTSTATUS expected;
} creations[] = {
    {SEQUENTIAL, change_nothing, STATUS_SUCCESS},
    {PARALLEL, change_nothing, STATUS_SUCCESS},
    {MANUAL, change_nothing, STATUS_SUCCESS},
    {SEQUENTIAL, make_size_wrong, STATUS_INFO_LENGTH_MISMATCH},
    {SEQUENTIAL, make_type_too_small, STATUS_INVALID_PARAMETER},
    {SEQUENTIAL, make_type_too_large, STATUS_INVALID_PARAMETER},
    {SEQUENTIAL, limit_presented, STATUS_INVALID_PARAMETER},
    {MANUAL, limit_presented, STATUS_INVALID_PARAMETER},
    {PARALLEL, limit_presented, STATUS_SUCCESS},
    {PARALLEL, present_none, STATUS_SUCCESS},
    {MANUAL, add_default, STATUS_INVALID_PARAMETER},
    {MANUAL, add_read, STATUS_INVALID_PARAMETER},
    {MANUAL, add_write, STATUS_INVALID_PARAMETER},
    {MANUAL, add_control, STATUS_INVALID_PARAMETER},
    {MANUAL, add_internal_control, STATUS_INVALID_PARAMETER},
    {SEQUENTIAL, remove_handlers, STATUS_WDF_NO_CALLBACK},
    {PARALLEL, remove_handlers, STATUS_WDF_NO_CALLBACK},
    {SEQUENTIAL, add_stop_resume_and_cancelled, STATUS_SUCCESS},
    {PARALLEL, add_stop_resume_and_cancelled, STATUS_SUCCESS},
    {MANUAL, add_stop_resume_and_cancelled, STATUS_SUCCESS},
    {SEQUENTIAL, make_default_queue, STATUS_INVALID_DEVICE_STATE},
};

/* S6.1, S6.2, S6.3, S6.6, S5.8 */
START_TEST(creation_answers_as_the_configuration_deserves)
{
    start_device();
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, (WDF_IO_QUEUE_DISPATCH_TYPE)creations[_i].type);
    if (creations[_i].type != MANUAL)
        config.EvtIoDefault = hold_request;
    creations[_i].change(&config);
    WDFQUEUE created;
    ck_status_eq(WdfIoQueueCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, &created),
                 creations[_i].expected);
}
END_TEST

static NTSTATUS create_with_attributes(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    WDFQUEUE created;
    return WdfIoQueueCreate(wdf_device(), &config, attributes, &created);
}

/* S6.1, S1.25 */
START_TEST(creation_refuses_attributes_of_the_wrong_size)
{
    start_device();
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.Size++;
    ck_status_eq(create_with_attributes(&attributes), STATUS_INFO_LENGTH_MISMATCH);
}
END_TEST

/* S6.1 */
START_TEST(creation_refuses_a_parent_that_leads_to_no_device)
{
    start_device();
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = WdfGetDriver();
    ck_status_eq(create_with_attributes(&attributes), STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.1, S1.15 */
START_TEST(creation_accepts_a_parent_below_the_device)
{
    start_device();
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = wdf_device();
    WDFOBJECT below;
    ck_status_eq(WdfObjectCreate(&attributes, &below), STATUS_SUCCESS);
    attributes.ParentObject = below;
    ck_status_eq(create_with_attributes(&attributes), STATUS_SUCCESS);
}
END_TEST

/* S6.1, S2.9 */
START_TEST(creation_refuses_scope_device_with_another_level_than_the_devices)
{
    start_device();
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    ck_status_eq(create_with_attributes(&attributes), STATUS_INVALID_PARAMETER);
}
END_TEST

/* S6.1 */
START_TEST(creation_of_a_passive_queue_is_refused_above_passive_level)
{
    start_device();
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    WDFSPINLOCK lock;
    ck_status_eq(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    NTSTATUS status = create_with_attributes(&attributes);
    WdfSpinLockRelease(lock);
    ck_status_eq(status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.1 */
START_TEST(a_queue_that_is_not_the_default_one_needs_an_out_pointer)
{
    start_device();
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    ck_status_eq(WdfIoQueueCreate(wdf_device(), &config, WDF_NO_OBJECT_ATTRIBUTES, NULL),
                 STATUS_INVALID_PARAMETER_4);
}
END_TEST

static NTSTATUS second_status;
static unsigned second_cleanups;

static VOID count_second_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    second_cleanups++;
}

static VOID create_second_default_queue(WDFDEVICE Device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = count_second_cleanup;
    second_status = WdfIoQueueCreate(Device, &queue_config, &attributes, WDF_NO_HANDLE);
}

/* S6.1, S5.8 */
START_TEST(a_second_default_queue_is_unsuccessful)
{
    prepare_device = create_second_default_queue;
    start_queue(WdfIoQueueDispatchSequential);
    ck_status_eq(second_status, STATUS_UNSUCCESSFUL);
}
END_TEST

/* S1.32, S5.8 */
START_TEST(a_queue_that_could_not_be_created_has_no_callbacks)
{
    prepare_device = create_second_default_queue;
    start_queue(WdfIoQueueDispatchSequential);
    device_stop();
    ck_assert_uint_eq(second_cleanups, 0);
}
END_TEST

static VOID create_default_queue_without_a_handle(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    second_status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

/* S6.1, S5.10 */
START_TEST(a_default_queue_needs_no_out_pointer)
{
    prepare_device = create_default_queue_without_a_handle;
    start_device();
    ck_assert_ptr_nonnull(WdfDeviceGetDefaultQueue(wdf_device()));
}
END_TEST

/* S1.3 */
START_TEST(creation_without_a_configuration_is_a_bug_check)
{
    start_device();
    WDFQUEUE created;
    WdfIoQueueCreate(wdf_device(), NULL, WDF_NO_OBJECT_ATTRIBUTES, &created);
}
END_TEST

/* ---- configuration ---- */

/* S6.2 */
START_TEST(the_configuration_macro_leaves_everything_at_its_default)
{
    WDF_IO_QUEUE_CONFIG config;
    memset(&config, 0xAA, sizeof(config));
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);

    WDF_IO_QUEUE_CONFIG expected;
    memset(&expected, 0, sizeof(expected));
    expected.Size = sizeof(expected);
    expected.DispatchType = WdfIoQueueDispatchSequential;
    expected.PowerManaged = WdfUseDefault;
    ck_assert_mem_eq(&config, &expected, sizeof(config));
}
END_TEST

/* S6.2 */
START_TEST(the_configuration_macro_lets_a_parallel_queue_present_without_limit)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    ck_assert_uint_eq(config.Settings.Parallel.NumberOfPresentedRequests, 0xFFFFFFFF);
}
END_TEST

/* S6.2 */
START_TEST(the_default_queue_macro_makes_it_the_default_queue)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    ck_assert(config.DefaultQueue);
}
END_TEST

/* ---- state ---- */

static unsigned state_of(WDFQUEUE of)
{
    return (unsigned)WdfIoQueueGetState(of, NULL, NULL);
}

/* S6.5, S6.7, S6.9 */
START_TEST(a_new_queue_accepts_and_dispatches_and_is_empty)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_assert_uint_eq(state_of(queue), WdfIoQueueAcceptRequests | WdfIoQueueDispatchRequests |
                                           WdfIoQueueNoRequests | WdfIoQueueDriverNoRequests);
}
END_TEST

/* S6.7 */
START_TEST(the_state_tells_a_request_that_waits_from_one_that_is_the_drivers)
{
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    unsigned waiting = state_of(queue) & (WdfIoQueueNoRequests | WdfIoQueueDriverNoRequests);
    hold(retrieve(queue));
    unsigned owned = state_of(queue) & (WdfIoQueueNoRequests | WdfIoQueueDriverNoRequests);
    ck_assert(waiting == WdfIoQueueDriverNoRequests && owned == WdfIoQueueNoRequests);
}
END_TEST

/* S6.9 */
START_TEST(the_state_counts_queued_and_owned_requests)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 4; i++)
        begin_read(file, 8);
    ck_queue(queue, 3, 1);
}
END_TEST

static unsigned state_before_start;

static VOID note_state_before_start(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    state_before_start = state_of(queue);
}

static const struct {
    WDF_TRI_STATE power_managed;
    bool is_held;
} power_managements[] = {{WdfUseDefault, true}, {WdfTrue, true}, {WdfFalse, false}};

/* S6.4, S6.5, S6.7 */
START_TEST(a_power_managed_queue_is_held_until_the_device_starts)
{
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.PowerManaged = power_managements[_i].power_managed;
    prepare_device = note_state_before_start;
    start_device();
    ck_assert((state_before_start & WdfIoQueuePnpHeld) ==
              (power_managements[_i].is_held ? WdfIoQueuePnpHeld : 0));
}
END_TEST

/* S6.5 */
START_TEST(start_releases_the_power_hold)
{
    start_queue(WdfIoQueueDispatchSequential);
    ck_assert((state_of(queue) & WdfIoQueuePnpHeld) == 0);
}
END_TEST

static const struct {
    unsigned state;
    bool is_idle, is_ready, is_stopped, is_drained, is_purged;
} predicates[] = {
    /* Accept 1, Dispatch 2, NoRequests 4, DriverNoRequests 8, PnpHeld 0x10 */
    {0x0F, true, true, false, false, false},   {0x1F, true, false, false, false, false},
    {0x0D, true, false, true, false, false},   {0x09, false, false, true, false, false},
    {0x05, false, false, false, false, false}, {0x0E, true, false, false, true, true},
    {0x0A, false, false, false, false, false}, {0x0C, true, false, false, false, true},
    {0x04, false, false, false, false, false}, {0x03, false, true, false, false, false},
};

/* S6.10 */
START_TEST(the_predicates_read_the_state_bits)
{
    WDF_IO_QUEUE_STATE state = (WDF_IO_QUEUE_STATE)predicates[_i].state;
    ck_assert(!WDF_IO_QUEUE_IDLE(state) == !predicates[_i].is_idle);
    ck_assert(!WDF_IO_QUEUE_READY(state) == !predicates[_i].is_ready);
    ck_assert(!WDF_IO_QUEUE_STOPPED(state) == !predicates[_i].is_stopped);
    ck_assert(!WDF_IO_QUEUE_DRAINED(state) == !predicates[_i].is_drained);
    ck_assert(!WDF_IO_QUEUE_PURGED(state) == !predicates[_i].is_purged);
}
END_TEST

/* S6.80 */
START_TEST(deleting_a_queue_cancels_what_waits_in_it)
{
    start_queue(WdfIoQueueDispatchParallel);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    WdfObjectDelete(other);
    answer(io, STATUS_CANCELLED);
}
END_TEST

static unsigned queue_cleanups;
static bool was_answered_before;
static WDFUSEIO left_waiting;

static VOID note_queue_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    queue_cleanups++;
    was_answered_before = WdfuseInprocIsComplete(left_waiting);
}

/* S6.81 */
START_TEST(removal_purges_a_queue_before_it_is_disposed_of)
{
    static char bytes[8];
    WDF_OBJECT_ATTRIBUTES_INIT(&queue_attributes);
    queue_attributes.EvtCleanupCallback = note_queue_cleanup;
    queue_cleanups = 0;
    start_queue(WdfIoQueueDispatchManual);
    WDFUSEFILE file = open_file();
    left_waiting = WdfuseInprocBeginRead(file, bytes, sizeof(bytes));
    device_stop();
    ck_assert(queue_cleanups == 1 && was_answered_before);
    ck_status_eq(WdfuseInprocFinish(left_waiting, NULL), STATUS_CANCELLED);
}
END_TEST

/* S1.35, S6.80, S15.7 */
START_TEST(the_default_queue_cannot_be_deleted)
{
    start_queue(WdfIoQueueDispatchSequential);
    WdfObjectDelete(queue);
    begin_read(open_file(), 8);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

static TCase *queue_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, NULL, holding_stop);
    return tests;
}

static TCase *creation_tests(void)
{
    TCase *tests = queue_case("creation");
    tcase_add_loop_test(tests, creation_answers_as_the_configuration_deserves, 0,
                        RTL_NUMBER_OF(creations));
    tcase_add_test(tests, creation_refuses_attributes_of_the_wrong_size);
    tcase_add_test(tests, creation_refuses_a_parent_that_leads_to_no_device);
    tcase_add_test(tests, creation_accepts_a_parent_below_the_device);
    tcase_add_test(tests, creation_refuses_scope_device_with_another_level_than_the_devices);
    tcase_add_test(tests, creation_of_a_passive_queue_is_refused_above_passive_level);
    tcase_add_test(tests, a_queue_that_is_not_the_default_one_needs_an_out_pointer);
    tcase_add_test(tests, a_second_default_queue_is_unsuccessful);
    tcase_add_test(tests, a_queue_that_could_not_be_created_has_no_callbacks);
    tcase_add_test(tests, a_default_queue_needs_no_out_pointer);
    tcase_add_test(tests, the_configuration_macro_leaves_everything_at_its_default);
    tcase_add_test(tests, the_configuration_macro_lets_a_parallel_queue_present_without_limit);
    tcase_add_test(tests, the_default_queue_macro_makes_it_the_default_queue);
    tcase_add_test(tests, deleting_a_queue_cancels_what_waits_in_it);
    tcase_add_test(tests, the_default_queue_cannot_be_deleted);
    tcase_add_test(tests, removal_purges_a_queue_before_it_is_disposed_of);
    return tests;
}

static TCase *state_tests(void)
{
    TCase *tests = queue_case("state");
    tcase_add_test(tests, a_new_queue_accepts_and_dispatches_and_is_empty);
    tcase_add_test(tests, the_state_tells_a_request_that_waits_from_one_that_is_the_drivers);
    tcase_add_test(tests, the_state_counts_queued_and_owned_requests);
    tcase_add_loop_test(tests, a_power_managed_queue_is_held_until_the_device_starts, 0,
                        RTL_NUMBER_OF(power_managements));
    tcase_add_test(tests, start_releases_the_power_hold);
    tcase_add_loop_test(tests, the_predicates_read_the_state_bits, 0, RTL_NUMBER_OF(predicates));
    return tests;
}

static TCase *bug_check_tests(void)
{
    TCase *tests = unit_ends(queue_case("bug checks"));
    tcase_add_test_raise_signal(tests, creation_without_a_configuration_is_a_bug_check, SIGABRT);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("queue");
    suite_add_tcase(suite, creation_tests());
    suite_add_tcase(suite, state_tests());
    suite_add_tcase(suite, bug_check_tests());
    return unit_run(suite);
}
