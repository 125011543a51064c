/* Queues: creation, state and what is dispatched when (S6.1-S6.10, S6.28-S6.36). */
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

/* S1.35, S6.80, S15.7 */
START_TEST(the_default_queue_cannot_be_deleted)
{
    start_queue(WdfIoQueueDispatchSequential);
    WdfObjectDelete(queue);
    begin_read(open_file(), 8);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

/* ---- dispatching ---- */

static WDFUSEIO marked[4];

static void begin_four(void)
{
    WDFUSEFILE file = open_file();
    for (unsigned i = 0; i < 4; i++)
        marked[i] = begin_marked_write(file, (char)('A' + i));
}

/* S6.30 */
START_TEST(a_sequential_queue_gives_the_driver_one_request_at_a_time)
{
    start_queue(WdfIoQueueDispatchSequential);
    begin_four();
    complete_held(STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

/* S6.29 */
START_TEST(a_sequential_queue_presents_in_the_order_of_arrival)
{
    start_queue(WdfIoQueueDispatchSequential);
    begin_four();
    char order[5] = "";
    for (unsigned i = 0; i < 4; i++) {
        order[i] = mark_of(held());
        complete_held(STATUS_SUCCESS);
    }
    ck_assert_str_eq(order, "ABCD");
}
END_TEST

/* S6.30 */
START_TEST(a_sequential_queue_goes_on_when_its_request_is_forwarded)
{
    start_queue(WdfIoQueueDispatchSequential);
    WDFQUEUE other = create_queue(WdfIoQueueDispatchManual);
    begin_four();
    ck_status_eq(WdfRequestForwardToIoQueue(take_held(), other), STATUS_SUCCESS);
    ck_assert_uint_eq(counts.presented, 2);
}
END_TEST

/* S6.31 */
START_TEST(a_parallel_queue_presents_everything_without_a_limit)
{
    start_queue(WdfIoQueueDispatchParallel);
    begin_four();
    ck_queue(queue, 0, 4);
}
END_TEST

static void start_parallel(ULONG limit)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.Settings.Parallel.NumberOfPresentedRequests = limit;
    start_device();
}

/* S6.31 */
START_TEST(a_parallel_queue_presents_no_more_than_its_limit)
{
    start_parallel(2);
    begin_four();
    ck_queue(queue, 2, 2);
}
END_TEST

/* S6.31 */
START_TEST(a_parallel_queue_at_its_limit_goes_on_when_one_is_completed)
{
    start_parallel(2);
    begin_four();
    complete_held(STATUS_SUCCESS);
    ck_queue(queue, 1, 2);
}
END_TEST

/* S6.2 */
START_TEST(a_parallel_queue_with_a_limit_of_none_never_dispatches)
{
    start_parallel(0);
    begin_four();
    ck_queue(queue, 4, 0);
}
END_TEST

/* S6.32 */
START_TEST(a_manual_queue_keeps_everything_until_it_is_retrieved)
{
    start_queue(WdfIoQueueDispatchManual);
    begin_four();
    ck_queue(queue, 4, 0);
}
END_TEST

/* S6.29: the head is handed out, the newcomer waits behind it. */
START_TEST(a_request_never_overtakes_one_that_waits)
{
    start_parallel(1);
    begin_four();
    WdfIoQueueStop(queue, NULL, NULL);
    complete_held(STATUS_SUCCESS);
    WDFUSEFILE file = open_file();
    begin_marked_write(file, 'E');
    WdfIoQueueStart(queue);
    ck_assert_int_eq(mark_of(held()), 'B');
}
END_TEST

/* S6.35: nothing is dispatched inside a completion that is made inside a callback. */
static unsigned depth, deepest;

static VOID complete_at_once(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    depth++;
    deepest = depth > deepest ? depth : deepest;
    WdfRequestComplete(Request, STATUS_SUCCESS);
    depth--;
}

/* S6.35 */
START_TEST(completing_inside_a_callback_does_not_call_back_again_inside)
{
    deepest = 0;
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = complete_at_once;
    start_device();
    WdfIoQueueStop(queue, NULL, NULL);
    begin_four();
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(deepest, 1);
}
END_TEST

/* ---- which callback ---- */

static struct {
    const char *name;
    WDFQUEUE queue;
    size_t first, second;
    ULONG code;
} call;

static VOID note_default(WDFQUEUE Queue, WDFREQUEST Request)
{
    call.name = "default";
    call.queue = Queue;
    hold(Request);
}

static VOID note_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    call.name = "read";
    call.queue = Queue;
    call.first = Length;
    hold(Request);
}

static VOID note_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    note_read(Queue, Request, Length);
    call.name = "write";
}

static VOID note_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                         size_t InputBufferLength, ULONG IoControlCode)
{
    call.name = "control";
    call.queue = Queue;
    call.first = OutputBufferLength;
    call.second = InputBufferLength;
    call.code = IoControlCode;
    hold(Request);
}

static void start_with_handlers(bool has_default, bool has_specific)
{
    memset(&call, 0, sizeof(call));
    call.name = "none";
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = has_default ? note_default : NULL;
    queue_config.EvtIoRead = has_specific ? note_read : NULL;
    queue_config.EvtIoWrite = has_specific ? note_write : NULL;
    queue_config.EvtIoDeviceControl = has_specific ? note_control : NULL;
    start_device();
}

static WDFUSEIO begin_of_type(WDF_REQUEST_TYPE type)
{
    WDFUSEFILE file = open_file();
    if (type == WdfRequestTypeRead)
        return begin_read(file, 11);
    if (type == WdfRequestTypeWrite)
        return begin_write(file, 12);
    return begin_control(file, 0x80041234, 13, 14);
}

static const struct {
    WDF_REQUEST_TYPE type;
    bool has_default, has_specific;
    const char *expected;
} choices[] = {
    {WdfRequestTypeRead, true, true, "read"},
    {WdfRequestTypeRead, true, false, "default"},
    {WdfRequestTypeRead, false, true, "read"},
    {WdfRequestTypeWrite, true, true, "write"},
    {WdfRequestTypeWrite, true, false, "default"},
    {WdfRequestTypeWrite, false, true, "write"},
    {WdfRequestTypeDeviceControl, true, true, "control"},
    {WdfRequestTypeDeviceControl, true, false, "default"},
    {WdfRequestTypeDeviceControl, false, true, "control"},
};

/* S6.33 */
START_TEST(the_specific_callback_is_chosen_before_the_default_one)
{
    start_with_handlers(choices[_i].has_default, choices[_i].has_specific);
    begin_of_type(choices[_i].type);
    ck_assert_str_eq(call.name, choices[_i].expected);
}
END_TEST

/* S6.33 */
START_TEST(a_request_without_a_callback_for_it_is_an_invalid_device_request)
{
    describe_queue(WdfIoQueueDispatchParallel);
    queue_config.EvtIoDefault = NULL;
    queue_config.EvtIoRead = note_read;
    start_device();
    WDFUSEIO io = begin_write(open_file(), 8);
    answer(io, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S6.34 */
START_TEST(a_read_callback_gets_its_queue_and_the_length)
{
    start_with_handlers(false, true);
    begin_of_type(WdfRequestTypeRead);
    ck_assert(call.queue == queue && call.first == 11);
}
END_TEST

/* S6.34 */
START_TEST(a_write_callback_gets_its_queue_and_the_length)
{
    start_with_handlers(false, true);
    begin_of_type(WdfRequestTypeWrite);
    ck_assert(call.queue == queue && call.first == 12);
}
END_TEST

/* S6.34 */
START_TEST(a_control_callback_gets_output_length_then_input_length_then_the_code)
{
    start_with_handlers(false, true);
    begin_of_type(WdfRequestTypeDeviceControl);
    ck_assert(call.queue == queue && call.first == 14 && call.second == 13 && call.code == 0x80041234);
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
    tcase_add_loop_test(tests, creation_answers_as_the_configuration_deserves, 0, RTL_NUMBER_OF(creations));
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

static TCase *dispatching_tests(void)
{
    TCase *tests = queue_case("dispatching");
    tcase_add_test(tests, a_sequential_queue_gives_the_driver_one_request_at_a_time);
    tcase_add_test(tests, a_sequential_queue_presents_in_the_order_of_arrival);
    tcase_add_test(tests, a_sequential_queue_goes_on_when_its_request_is_forwarded);
    tcase_add_test(tests, a_parallel_queue_presents_everything_without_a_limit);
    tcase_add_test(tests, a_parallel_queue_presents_no_more_than_its_limit);
    tcase_add_test(tests, a_parallel_queue_at_its_limit_goes_on_when_one_is_completed);
    tcase_add_test(tests, a_parallel_queue_with_a_limit_of_none_never_dispatches);
    tcase_add_test(tests, a_manual_queue_keeps_everything_until_it_is_retrieved);
    tcase_add_test(tests, a_request_never_overtakes_one_that_waits);
    tcase_add_test(tests, completing_inside_a_callback_does_not_call_back_again_inside);
    return tests;
}

static TCase *callbacks_tests(void)
{
    TCase *tests = queue_case("callbacks");
    tcase_add_loop_test(tests, the_specific_callback_is_chosen_before_the_default_one, 0,
                        RTL_NUMBER_OF(choices));
    tcase_add_test(tests, a_request_without_a_callback_for_it_is_an_invalid_device_request);
    tcase_add_test(tests, a_read_callback_gets_its_queue_and_the_length);
    tcase_add_test(tests, a_write_callback_gets_its_queue_and_the_length);
    tcase_add_test(tests, a_control_callback_gets_output_length_then_input_length_then_the_code);
    return tests;
}

static TCase *bug_check_tests(void)
{
    TCase *tests = queue_case("bug checks");
    tcase_add_test_raise_signal(tests, creation_without_a_configuration_is_a_bug_check, SIGABRT);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("queue");
    suite_add_tcase(suite, creation_tests());
    suite_add_tcase(suite, state_tests());
    suite_add_tcase(suite, dispatching_tests());
    suite_add_tcase(suite, callbacks_tests());
    if (unit_forks())
        suite_add_tcase(suite, bug_check_tests());
    return unit_run(suite);
}
