/* WDFLOOKASIDE and the memory that comes from it (S8.27, S8.28). */
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "device.h"
#include "port/thread.h"
#include "unit.h"

#define SIZE 48

typedef struct _MARK {
    ULONG Value;
} MARK;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(MARK, GetMark)

static WDFLOOKASIDE list;
static atomic_uint cleanups;
static atomic_uint destroys;

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static VOID count_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    cleanups++;
}

static VOID count_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroys++;
}

static NTSTATUS try_create_list(WDFOBJECT list_parent, WDFOBJECT memory_parent, POOL_TYPE pool,
                                size_t size)
{
    WDF_OBJECT_ATTRIBUTES list_attributes;
    WDF_OBJECT_ATTRIBUTES memory_attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&list_attributes);
    list_attributes.ParentObject = list_parent;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&memory_attributes, MARK);
    memory_attributes.ParentObject = memory_parent;
    memory_attributes.EvtCleanupCallback = count_cleanup;
    memory_attributes.EvtDestroyCallback = count_destroy;
    return WdfLookasideListCreate(&list_attributes, size, pool, &memory_attributes, 0, &list);
}

static void setup(void)
{
    device_start_with(add_bare_device);
    ck_status_eq(try_create_list(NULL, NULL, NonPagedPoolNx, SIZE), STATUS_SUCCESS);
}

static WDFMEMORY take(void)
{
    WDFMEMORY memory;
    ck_status_eq(WdfMemoryCreateFromLookaside(list, &memory), STATUS_SUCCESS);
    return memory;
}

/* S8.27 */
START_TEST(its_memory_has_the_size_of_the_list)
{
    size_t size;
    memset(WdfMemoryGetBuffer(take(), &size), 0xA5, SIZE);
    ck_assert_uint_eq(size, SIZE);
}
END_TEST

/* S8.27 */
START_TEST(a_list_of_no_bytes_is_refused)
{
    ck_status_eq(try_create_list(NULL, NULL, NonPagedPoolNx, 0), STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(list);
}
END_TEST

/* S8.27, S1.25 */
START_TEST(invalid_attributes_of_the_memory_are_refused_with_the_list)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    ck_status_eq(WdfLookasideListCreate(NULL, SIZE, NonPagedPoolNx, &attributes, 0, &list),
                 STATUS_WDF_EXECUTION_LEVEL_INVALID);
}
END_TEST

/* S8.27 */
START_TEST(sizes_that_overflow_are_refused)
{
    ck_status_eq(try_create_list(NULL, NULL, NonPagedPoolNx, SIZE_MAX - 8),
                 STATUS_INSUFFICIENT_RESOURCES);
}
END_TEST

/* S8.27: the driver is not another device. */
START_TEST(a_paged_list_of_the_driver_may_have_memory_of_a_device)
{
    WDFOBJECT of_device = WdfuseInprocGetDevice(device);
    ck_status_eq(try_create_list(NULL, of_device, PagedPool, SIZE), STATUS_SUCCESS);
    ck_status_eq(try_create_list(of_device, of_device, PagedPool, SIZE), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(WdfMemoryGetBuffer(take(), NULL));
}
END_TEST

/* S8.28 */
START_TEST(deleted_memory_comes_back_with_its_contents)
{
    WDFMEMORY memory = take();
    PVOID buffer = WdfMemoryGetBuffer(memory, NULL);
    memset(buffer, 0x5A, SIZE);
    WdfObjectDelete(memory);
    PUCHAR again = WdfMemoryGetBuffer(take(), NULL);
    ck_assert_ptr_eq(again, buffer);
    for (unsigned i = 0; i < SIZE; i++)
        ck_assert_uint_eq(again[i], 0x5A);
}
END_TEST

/* S8.28 */
START_TEST(contexts_are_zeroed_each_time)
{
    WDFMEMORY memory = take();
    GetMark(memory)->Value = 7;
    WdfObjectDelete(memory);
    ck_assert_uint_eq(GetMark(take())->Value, 0);
}
END_TEST

/* S8.27: the attributes apply to each memory. */
START_TEST(callbacks_are_called_for_each_memory)
{
    cleanups = destroys = 0;
    WdfObjectDelete(take());
    WdfObjectDelete(take());
    ck_assert_uint_eq(cleanups, 2);
    ck_assert_uint_eq(destroys, 2);
}
END_TEST

/* S8.28, S1.10: memory that somebody refers to is not reused. */
START_TEST(referenced_memory_returns_to_the_list_when_the_reference_goes)
{
    WDFMEMORY memory = take();
    PVOID buffer = WdfMemoryGetBuffer(memory, NULL);
    WdfObjectReference(memory);
    WdfObjectDelete(memory);
    ck_assert_ptr_ne(WdfMemoryGetBuffer(take(), NULL), buffer);
    WdfObjectDereference(memory);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(take(), NULL), buffer);
}
END_TEST

/* S8.28: a driver must not do it, but nothing breaks. */
START_TEST(memory_survives_the_deletion_of_its_list)
{
    WDFMEMORY memory = take();
    WdfObjectDelete(list);
    memset(WdfMemoryGetBuffer(memory, NULL), 1, SIZE);
    WdfObjectDelete(memory);
}
END_TEST

/* S1.14 */
START_TEST(memory_of_a_deleted_parent_is_refused)
{
    WDFOBJECT parent;
    ck_status_eq(WdfObjectCreate(WDF_NO_OBJECT_ATTRIBUTES, &parent), STATUS_SUCCESS);
    ck_status_eq(try_create_list(NULL, parent, NonPagedPoolNx, SIZE), STATUS_SUCCESS);
    WdfObjectDelete(parent);
    WDFMEMORY memory;
    cleanups = destroys = 0;
    ck_status_eq(WdfMemoryCreateFromLookaside(list, &memory), STATUS_DELETE_PENDING);
    ck_assert_ptr_null(memory);
    ck_assert_uint_eq(cleanups + destroys, 0);
}
END_TEST

/* S8.28 */
START_TEST(more_memory_than_a_list_keeps_can_be_taken_and_given_back)
{
    enum { COUNT = 200 };
    WDFMEMORY memories[COUNT];
    for (unsigned i = 0; i < COUNT; i++)
        memories[i] = take();
    for (unsigned i = 0; i < COUNT; i++)
        WdfObjectDelete(memories[i]);
    ck_assert_ptr_nonnull(take());
}
END_TEST

/* S8.28, from several threads. */
static atomic_uint mixed_up;

static void take_and_give_back(void *argument)
{
    UCHAR own = (UCHAR)(uintptr_t)argument;
    for (unsigned i = 0; i < 2000; i++) {
        WDFMEMORY memory;
        if (!NT_SUCCESS(WdfMemoryCreateFromLookaside(list, &memory)))
            continue;
        PUCHAR buffer = WdfMemoryGetBuffer(memory, NULL);
        memset(buffer, own, SIZE);
        for (unsigned j = 0; j < SIZE; j++)
            mixed_up += buffer[j] != own;
        WdfObjectDelete(memory);
    }
}

START_TEST(no_two_threads_get_the_same_memory)
{
    struct port_thread threads[4];
    mixed_up = 0;
    for (uintptr_t i = 0; i < RTL_NUMBER_OF(threads); i++)
        ck_assert_int_eq(
            port_thread_start(&threads[i], "lookaside", take_and_give_back, (void *)(i + 1)), 0);
    for (unsigned i = 0; i < RTL_NUMBER_OF(threads); i++)
        port_thread_join(&threads[i]);
    ck_assert_uint_eq(mixed_up, 0);
}
END_TEST

/* S1.2: a block in the list is not an object. */
START_TEST(using_memory_that_is_back_in_its_list_is_a_bug_check)
{
    WDFMEMORY memory = take();
    WdfObjectDelete(memory);
    WdfMemoryGetBuffer(memory, NULL);
}
END_TEST

/* S8.23 */
START_TEST(assigning_a_buffer_to_it_is_a_bug_check)
{
    static UCHAR other[8];
    WdfMemoryAssignBuffer(take(), other, sizeof(other));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lookaside");
    TCase *tests = tcase_create("lookaside");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, its_memory_has_the_size_of_the_list);
    tcase_add_test(tests, a_list_of_no_bytes_is_refused);
    tcase_add_test(tests, invalid_attributes_of_the_memory_are_refused_with_the_list);
    tcase_add_test(tests, sizes_that_overflow_are_refused);
    tcase_add_test(tests, a_paged_list_of_the_driver_may_have_memory_of_a_device);
    tcase_add_test(tests, deleted_memory_comes_back_with_its_contents);
    tcase_add_test(tests, contexts_are_zeroed_each_time);
    tcase_add_test(tests, callbacks_are_called_for_each_memory);
    tcase_add_test(tests, referenced_memory_returns_to_the_list_when_the_reference_goes);
    tcase_add_test(tests, memory_survives_the_deletion_of_its_list);
    tcase_add_test(tests, memory_of_a_deleted_parent_is_refused);
    tcase_add_test(tests, more_memory_than_a_list_keeps_can_be_taken_and_given_back);
    tcase_add_test(tests, no_two_threads_get_the_same_memory);
    suite_add_tcase(suite, tests);

    tests = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test_raise_signal(tests, using_memory_that_is_back_in_its_list_is_a_bug_check,
                                SIGABRT);
    tcase_add_test_raise_signal(tests, assigning_a_buffer_to_it_is_a_bug_check, SIGABRT);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
