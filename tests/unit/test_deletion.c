/* What WdfObjectDelete accepts, and where the callbacks of a deletion run (S1.35, S1.37, S8.11). */
#include <stdatomic.h>
#include <string.h>

#include "framework/device/device.h"
#include "holding.h"
#include "nt/irql.h"
#include "port/thread.h"
#include "unit.h"

static WDFQUEUE default_queue;
static WDFQUEUE write_queue;
static WDFQUEUE free_queue;
static WDFFILEOBJECT file_object;
static atomic_uint cleanups;
static void (*in_write)(WDFREQUEST Request);

static VOID count_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    cleanups++;
}

static VOID complete_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    file_object = WdfRequestGetFileObject(Request);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID complete_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    if (in_write != NULL)
        in_write(Request);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static WDFQUEUE create_counted_queue(WDFDEVICE parent, WDF_IO_QUEUE_CONFIG *config)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = count_cleanup;
    WDFQUEUE queue;
    ck_status_eq(WdfIoQueueCreate(parent, config, &attributes, &queue), STATUS_SUCCESS);
    return queue;
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG files;
    WDF_FILEOBJECT_CONFIG_INIT(&files, NULL, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, WDF_NO_OBJECT_ATTRIBUTES);
    WDFDEVICE created;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
    if (!NT_SUCCESS(status))
        return status;

    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = complete_read;
    default_queue = create_counted_queue(created, &config);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoWrite = complete_write;
    write_queue = create_counted_queue(created, &config);
    free_queue = create_counted_queue(created, &config);
    return WdfDeviceConfigureRequestDispatching(created, write_queue, WdfRequestTypeWrite);
}

static void setup(void)
{
    cleanups = 0;
    in_write = NULL;
    device_start_with(add_device);
}

static void write_something(void)
{
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocWrite(file, "text", 4, NULL), STATUS_SUCCESS);
    close_file(file);
}

/* ---- what belongs to the framework ---- */

static WDFOBJECT the_driver(void)
{
    return WdfGetDriver();
}

static WDFOBJECT the_device(void)
{
    return WdfuseInprocGetDevice(device);
}

static WDFOBJECT the_default_queue(void)
{
    return default_queue;
}

static WDFOBJECT the_routed_queue(void)
{
    return write_queue;
}

static WDFOBJECT the_file_object(void)
{
    char text[4];
    ck_status_eq(WdfuseInprocRead(open_file(), text, sizeof(text), NULL), STATUS_SUCCESS);
    return file_object;
}

static WDFOBJECT (*const owned_by_framework[])(void) = {
    the_driver, the_device, the_default_queue, the_routed_queue, the_file_object,
};

/* S1.35, S15.7 */
START_TEST(deleting_what_the_framework_owns_is_a_break)
{
    WdfObjectDelete(owned_by_framework[_i]());
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S1.35"));
}
END_TEST

/* S1.35, S15.7 */
START_TEST(what_the_framework_owns_survives_its_deletion)
{
    WdfObjectDelete(owned_by_framework[_i]());
    write_something();
    ck_assert_uint_eq(cleanups, 0);
}
END_TEST

/* S1.35 */
START_TEST(a_queue_that_nothing_is_routed_to_can_be_deleted)
{
    WdfObjectDelete(free_queue);
    ck_assert_uint_eq(cleanups, 1);
}
END_TEST

static void delete_request(WDFREQUEST request)
{
    WdfObjectDelete(request);
}

/* S1.35 */
START_TEST(a_presented_request_is_not_ended_by_deleting_it)
{
    in_write = delete_request;
    write_something();
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S1.35"));
}
END_TEST

/* ---- the memory inside a request ---- */

static WDFMEMORY input_memory(WDFREQUEST request)
{
    WDFMEMORY memory;
    ck_status_eq(WdfRequestRetrieveInputMemory(request, &memory), STATUS_SUCCESS);
    return memory;
}

static void delete_input_memory(WDFREQUEST request)
{
    WdfObjectDelete(input_memory(request));
    ck_assert_mem_eq(WdfMemoryGetBuffer(input_memory(request), NULL), "text", 4);
}

/* S8.11 */
START_TEST(the_memory_of_a_request_can_not_be_deleted)
{
    in_write = delete_input_memory;
    write_something();
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S1.35"));
}
END_TEST

typedef struct _TAG {
    int Value;
} TAG;
WDF_DECLARE_CONTEXT_TYPE(TAG)

static void give_input_memory_a_context(WDFREQUEST request)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, TAG);
    PVOID context;
    ck_status_eq(WdfObjectAllocateContext(input_memory(request), &attributes, &context),
                 STATUS_OBJECT_PATH_INVALID);
}

/* S1.24, S8.11 */
START_TEST(the_memory_of_a_request_takes_no_context)
{
    in_write = give_input_memory_a_context;
    write_something();
}
END_TEST

static void look_for_context_of_input_memory(WDFREQUEST request)
{
    ck_assert_ptr_null(WdfObjectGet_TAG(input_memory(request)));
}

/* S1.22 */
START_TEST(the_memory_of_a_request_has_no_context)
{
    in_write = look_for_context_of_input_memory;
    write_something();
}
END_TEST

static void give_input_memory_a_child(WDFREQUEST request)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = input_memory(request);
    attributes.EvtCleanupCallback = count_cleanup;
    WDFOBJECT child;
    ck_status_eq(WdfObjectCreate(&attributes, &child), STATUS_SUCCESS);
}

/* S1.1, S8.11: the memory has the request's lifetime, and so does its child. */
START_TEST(a_child_of_the_memory_of_a_request_goes_with_the_request)
{
    in_write = give_input_memory_a_child;
    write_something();
    ck_assert_uint_eq(cleanups, 1);
}
END_TEST

/* ---- deletion above PASSIVE_LEVEL ---- */

#define NOT_CALLED 0xFF /* no IRQL */

static struct {
    port_thread_id thread;
    KIRQL irql;
} cleaned_up, destroyed;

static VOID note_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    cleaned_up.thread = port_thread_self();
    cleaned_up.irql = KeGetCurrentIrql();
}

static VOID note_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroyed.thread = port_thread_self();
    destroyed.irql = KeGetCurrentIrql();
}

static void init_noting(WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDF_OBJECT_ATTRIBUTES_INIT(attributes);
    attributes->ParentObject = WdfuseInprocGetDevice(device);
    attributes->EvtCleanupCallback = note_cleanup;
    attributes->EvtDestroyCallback = note_destroy;
}

static WDFOBJECT object_of_level(WDF_EXECUTION_LEVEL level)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    init_noting(&attributes);
    attributes.ExecutionLevel = level;
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    return object;
}

static WDFOBJECT passive_object(void)
{
    return object_of_level(WdfExecutionLevelPassive);
}

static WDFOBJECT parent_of_passive_object(void)
{
    WDFOBJECT parent = object_of_level(WdfExecutionLevelInheritFromParent);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = parent;
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    WDFOBJECT child;
    ck_status_eq(WdfObjectCreate(&attributes, &child), STATUS_SUCCESS);
    return parent;
}

static VOID never(WDFTIMER Timer)
{
    UNREFERENCED_PARAMETER(Timer);
    ck_abort_msg("the timer was not started");
}

static WDFOBJECT a_timer(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    init_noting(&attributes);
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, never);
    WDFTIMER timer;
    ck_status_eq(WdfTimerCreate(&config, &attributes, &timer), STATUS_SUCCESS);
    return timer;
}

static WDFOBJECT a_queue(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    init_noting(&attributes);
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    WDFQUEUE queue;
    ck_status_eq(WdfIoQueueCreate(WdfuseInprocGetDevice(device), &config, &attributes, &queue),
                 STATUS_SUCCESS);
    return queue;
}

static WDFOBJECT (*const disposed_at_passive[])(void) = {
    passive_object,
    parent_of_passive_object,
    a_timer,
    a_queue,
};

static void delete_at_dispatch(WDFOBJECT object)
{
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    WdfObjectDelete(object);
    irql_lower(before);
    WdfuseInprocWaitForWorkers();
}

/* S1.37 */
START_TEST(cleanup_that_needs_passive_level_gets_it)
{
    delete_at_dispatch(disposed_at_passive[_i]());
    ck_assert_uint_eq(cleaned_up.irql, PASSIVE_LEVEL);
}
END_TEST

/* S1.37, S1.38 */
START_TEST(cleanup_that_needs_passive_level_moves_to_another_thread)
{
    delete_at_dispatch(disposed_at_passive[_i]());
    ck_assert(cleaned_up.thread != PORT_NO_THREAD && cleaned_up.thread != port_thread_self());
}
END_TEST

/* S1.37: for an object that needs it itself. */
START_TEST(destruction_that_needs_passive_level_gets_it)
{
    WDFOBJECT object = passive_object();
    WdfObjectReference(object);
    WdfObjectDelete(object);
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    WdfObjectDereference(object);
    irql_lower(before);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(destroyed.irql, PASSIVE_LEVEL);
}
END_TEST

/* S1.37 */
START_TEST(what_does_not_need_passive_level_is_cleaned_up_at_once)
{
    WDFOBJECT object = object_of_level(WdfExecutionLevelInheritFromParent);
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    WdfObjectDelete(object);
    irql_lower(before);
    ck_assert(cleaned_up.thread == port_thread_self());
}
END_TEST

/* S1.37, S1.27: the parent is deleted while the child's deletion is under way. */
START_TEST(removal_waits_for_deferred_deletions)
{
    WDFOBJECT object = passive_object();
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    WdfObjectDelete(object);
    irql_lower(before);
    device_stop();
    ck_assert(destroyed.thread != PORT_NO_THREAD);
}
END_TEST

static void forget_notes(void)
{
    cleaned_up.thread = destroyed.thread = PORT_NO_THREAD;
    cleaned_up.irql = destroyed.irql = NOT_CALLED;
}

/* ---- a parent that is deleted while it gets a queue ---- */

static _Atomic(WDFOBJECT) parent_to_delete;
static atomic_bool deleter_may_end;

static void delete_again_and_again(void *unused)
{
    (void)unused;
    while (!deleter_may_end) {
        if (parent_to_delete == NULL)
            continue;
        WdfObjectDelete(parent_to_delete);
        parent_to_delete = NULL;
    }
}

static unsigned queues_of_the_device(void)
{
    struct io_device *of = io_device_from_handle(the_device());
    unsigned count = 0;
    IO_LOCK_SCOPE(of->domain);
    for (LIST_ENTRY *entry = of->queues.Flink; entry != &of->queues; entry = entry->Flink)
        count++;
    return count;
}

static WDFOBJECT create_parent(void)
{
    WDFOBJECT parent;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = the_device();
    ck_status_eq(WdfObjectCreate(&attributes, &parent), STATUS_SUCCESS);
    WdfObjectReference(parent); /* the handle stays valid */
    return parent;
}

static void create_queue_below_what_is_deleted(void)
{
    WDFQUEUE created;
    WDF_IO_QUEUE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = create_parent();
    parent_to_delete = attributes.ParentObject;
    NTSTATUS status = WdfIoQueueCreate((WDFDEVICE)the_device(), &config, &attributes, &created);
    ck_assert(status == STATUS_SUCCESS || status == STATUS_DELETE_PENDING ||
              status == STATUS_INVALID_DEVICE_REQUEST); /* it is no longer below a device */
    eventually(parent_to_delete == NULL);
    WdfObjectDereference(attributes.ParentObject);
}

/* S6.80 */
START_TEST(a_queue_that_is_created_while_its_parent_goes_leaves_the_device)
{
    struct port_thread deleter;
    unsigned before = queues_of_the_device();
    deleter_may_end = false;
    ck_assert_int_eq(port_thread_start(&deleter, "deleter", delete_again_and_again, NULL), 0);
    for (unsigned i = 0; i < repetitions(4000); i++)
        create_queue_below_what_is_deleted();
    deleter_may_end = true;
    port_thread_join(&deleter);
    ck_assert_uint_eq(queues_of_the_device(), before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deletion");

    TCase *owned = tcase_create("owned by the framework");
    tcase_add_checked_fixture(owned, setup, device_stop);
    tcase_add_loop_test(owned, deleting_what_the_framework_owns_is_a_break, 0,
                        RTL_NUMBER_OF(owned_by_framework));
    tcase_add_loop_test(owned, what_the_framework_owns_survives_its_deletion, 0,
                        RTL_NUMBER_OF(owned_by_framework));
    tcase_add_test(owned, a_queue_that_nothing_is_routed_to_can_be_deleted);
    tcase_add_test(owned, a_presented_request_is_not_ended_by_deleting_it);
    suite_add_tcase(suite, owned);

    TCase *embedded = tcase_create("memory of a request");
    tcase_add_checked_fixture(embedded, setup, device_stop);
    tcase_add_test(embedded, the_memory_of_a_request_can_not_be_deleted);
    tcase_add_test(embedded, the_memory_of_a_request_takes_no_context);
    tcase_add_test(embedded, the_memory_of_a_request_has_no_context);
    tcase_add_test(embedded, a_child_of_the_memory_of_a_request_goes_with_the_request);
    suite_add_tcase(suite, embedded);

    TCase *raised = tcase_create("above PASSIVE_LEVEL");
    tcase_add_checked_fixture(raised, setup, device_stop);
    tcase_add_checked_fixture(raised, forget_notes, NULL);
    tcase_add_loop_test(raised, cleanup_that_needs_passive_level_gets_it, 0,
                        RTL_NUMBER_OF(disposed_at_passive));
    tcase_add_loop_test(raised, cleanup_that_needs_passive_level_moves_to_another_thread, 0,
                        RTL_NUMBER_OF(disposed_at_passive));
    tcase_add_test(raised, destruction_that_needs_passive_level_gets_it);
    tcase_add_test(raised, what_does_not_need_passive_level_is_cleaned_up_at_once);
    tcase_add_test(raised, removal_waits_for_deferred_deletions);
    suite_add_tcase(suite, raised);

    TCase *parents = tcase_create("parents");
    tcase_add_checked_fixture(parents, setup, device_stop);
    tcase_set_timeout(parents, 100);
    tcase_add_test(parents, a_queue_that_is_created_while_its_parent_goes_leaves_the_device);
    suite_add_tcase(suite, parents);
    return unit_run(suite);
}
