/* A driver's own WDFMEMORY (S8.22-S8.25). That of requests is in test_buffer.c. */
#include <signal.h>
#include <string.h>

#include "device.h"
#include "unit.h"

static WDFMEMORY memory;
static UCHAR buffer[16];

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

/* A memory object of the bytes of "0123456789abcdef". */
static void setup(void)
{
    device_start_with(add_bare_device);
    memcpy(buffer, "0123456789abcdef", sizeof(buffer));
    ck_status_eq(
        WdfMemoryCreatePreallocated(WDF_NO_OBJECT_ATTRIBUTES, buffer, sizeof(buffer), &memory),
        STATUS_SUCCESS);
}

/* ---- creation ---- */

/* S8.22, S8.24 */
START_TEST(created_memory_has_the_size_asked_for)
{
    size_t size;
    ck_status_eq(WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, PagedPool, 0, 1000, &memory, NULL),
                 STATUS_SUCCESS);
    memset(WdfMemoryGetBuffer(memory, &size), 0xA5, 1000);
    ck_assert_uint_eq(size, 1000);
}
END_TEST

/* S8.22, S8.24 */
START_TEST(the_buffer_given_at_creation_is_that_of_the_memory)
{
    PVOID given;
    ck_status_eq(
        WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, NonPagedPoolNx, 'ohcE', 8, &memory, &given),
        STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, NULL), given);
}
END_TEST

/* S8.22 */
START_TEST(memory_of_no_bytes_is_refused)
{
    ck_status_eq(WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, PagedPool, 0, 0, &memory, NULL),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

/* S8.22 */
START_TEST(more_memory_than_there_is_is_refused)
{
    ck_status_eq(
        WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, PagedPool, 0, SIZE_MAX / 4, &memory, NULL),
        STATUS_INSUFFICIENT_RESOURCES);
}
END_TEST

static BOOLEAN buffer_was_there;

static VOID look_at_buffer(WDFOBJECT Object)
{
    buffer_was_there = ((PUCHAR)WdfMemoryGetBuffer((WDFMEMORY)Object, NULL))[7] == 0xA5;
}

/* S1.29 */
START_TEST(the_buffer_is_there_in_the_cleanup_callback)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = look_at_buffer;
    PVOID given;
    ck_status_eq(WdfMemoryCreate(&attributes, PagedPool, 0, 8, &memory, &given), STATUS_SUCCESS);
    memset(given, 0xA5, 8);
    WdfObjectDelete(memory);
    ck_assert(buffer_was_there);
}
END_TEST

/* S1.10 */
START_TEST(a_reference_keeps_the_buffer_of_deleted_memory)
{
    PVOID given;
    ck_status_eq(WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, PagedPool, 0, 8, &memory, &given),
                 STATUS_SUCCESS);
    WdfObjectReference(memory);
    WdfObjectDelete(memory);
    memset(given, 0xA5, 8);
    WdfObjectDereference(memory);
}
END_TEST

/* S8.23, S8.24 */
START_TEST(preallocated_memory_is_the_drivers_buffer)
{
    size_t size;
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, &size), buffer);
    ck_assert_uint_eq(size, sizeof(buffer));
}
END_TEST

/* S8.23 */
START_TEST(preallocated_memory_does_not_free_the_drivers_buffer)
{
    WdfObjectDelete(memory);
    ck_assert_mem_eq(buffer, "0123456789abcdef", sizeof(buffer));
}
END_TEST

/* S8.23 */
START_TEST(preallocated_memory_of_no_bytes_is_refused)
{
    ck_status_eq(WdfMemoryCreatePreallocated(WDF_NO_OBJECT_ATTRIBUTES, buffer, 0, &memory),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

/* S8.23 */
START_TEST(another_buffer_can_be_assigned)
{
    UCHAR other[4];
    size_t size;
    ck_status_eq(WdfMemoryAssignBuffer(memory, other, sizeof(other)), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, &size), other);
    ck_assert_uint_eq(size, sizeof(other));
}
END_TEST

/* S8.23 */
START_TEST(assigning_no_bytes_is_refused)
{
    ck_status_eq(WdfMemoryAssignBuffer(memory, buffer, 0), STATUS_INVALID_PARAMETER);
}
END_TEST

/* S8.23 */
START_TEST(a_refused_assignment_leaves_the_old_buffer)
{
    UCHAR other[4];
    WdfMemoryAssignBuffer(memory, other, 0);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, NULL), buffer);
}
END_TEST

/* ---- copying (S8.25, S15.53) ---- */

static const struct {
    size_t offset;
    size_t length;
    NTSTATUS to_buffer;
    NTSTATUS from_buffer;
} copies[] = {
    {0, 16, STATUS_SUCCESS, STATUS_SUCCESS},
    {15, 1, STATUS_SUCCESS, STATUS_SUCCESS},
    {0, 0, STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER},
    {99, 0, STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER},
    {0, 17, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_BUFFER_SIZE},
    {15, 2, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_BUFFER_SIZE},
    {16, 1, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_BUFFER_SIZE},
    {17, 1, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_BUFFER_SIZE},
    {1, SIZE_MAX, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_BUFFER_SIZE},
    {SIZE_MAX, 2, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_BUFFER_SIZE},
};

/* S8.25, S15.53 */
START_TEST(copying_out_of_memory_is_bounded_by_it)
{
    UCHAR other[32];
    ck_status_eq(WdfMemoryCopyToBuffer(memory, copies[_i].offset, other, copies[_i].length),
                 copies[_i].to_buffer);
}
END_TEST

/* S8.25, S15.53 */
START_TEST(copying_into_memory_is_bounded_by_it)
{
    UCHAR other[32] = {0};
    ck_status_eq(WdfMemoryCopyFromBuffer(memory, copies[_i].offset, other, copies[_i].length),
                 copies[_i].from_buffer);
}
END_TEST

/* S8.25 */
START_TEST(copying_out_takes_what_lies_at_the_offset)
{
    char other[4];
    WdfMemoryCopyToBuffer(memory, 10, other, sizeof(other));
    ck_assert_mem_eq(other, "abcd", sizeof(other));
}
END_TEST

/* S8.25 */
START_TEST(copying_in_changes_what_lies_at_the_offset_and_nothing_else)
{
    WdfMemoryCopyFromBuffer(memory, 10, (PVOID) "WXYZ", 4);
    ck_assert_mem_eq(buffer, "0123456789WXYZef", sizeof(buffer));
}
END_TEST

/* ---- bug checks ---- */

/* S1.3, S8.23 */
START_TEST(preallocated_memory_without_a_buffer_is_a_bug_check)
{
    WdfMemoryCreatePreallocated(WDF_NO_OBJECT_ATTRIBUTES, NULL, 8, &memory);
}
END_TEST

/* S8.23 */
START_TEST(assigning_to_memory_that_owns_its_buffer_is_a_bug_check)
{
    WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, PagedPool, 0, 8, &memory, NULL);
    WdfMemoryAssignBuffer(memory, buffer, sizeof(buffer));
}
END_TEST

/* S1.3, S8.25 */
START_TEST(copying_to_null_is_a_bug_check)
{
    WdfMemoryCopyToBuffer(memory, 0, NULL, 1);
}
END_TEST

/* S1.3, S8.25 */
START_TEST(copying_from_null_is_a_bug_check)
{
    WdfMemoryCopyFromBuffer(memory, 0, NULL, 1);
}
END_TEST

/* S1.2 */
START_TEST(the_buffer_of_another_object_is_a_bug_check)
{
    WdfMemoryGetBuffer((WDFMEMORY)WdfGetDriver(), NULL);
}
END_TEST

static TCase *bug_check_tests(void)
{
    TCase *tests = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test_raise_signal(tests, preallocated_memory_without_a_buffer_is_a_bug_check,
                                SIGABRT);
    tcase_add_test_raise_signal(tests, assigning_to_memory_that_owns_its_buffer_is_a_bug_check,
                                SIGABRT);
    tcase_add_test_raise_signal(tests, copying_to_null_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, copying_from_null_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, the_buffer_of_another_object_is_a_bug_check, SIGABRT);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("memory");

    TCase *creation = tcase_create("creation");
    tcase_add_checked_fixture(creation, setup, device_stop);
    tcase_add_test(creation, created_memory_has_the_size_asked_for);
    tcase_add_test(creation, the_buffer_given_at_creation_is_that_of_the_memory);
    tcase_add_test(creation, memory_of_no_bytes_is_refused);
    tcase_add_test(creation, more_memory_than_there_is_is_refused);
    tcase_add_test(creation, the_buffer_is_there_in_the_cleanup_callback);
    tcase_add_test(creation, a_reference_keeps_the_buffer_of_deleted_memory);
    tcase_add_test(creation, preallocated_memory_is_the_drivers_buffer);
    tcase_add_test(creation, preallocated_memory_does_not_free_the_drivers_buffer);
    tcase_add_test(creation, preallocated_memory_of_no_bytes_is_refused);
    tcase_add_test(creation, another_buffer_can_be_assigned);
    tcase_add_test(creation, assigning_no_bytes_is_refused);
    tcase_add_test(creation, a_refused_assignment_leaves_the_old_buffer);
    suite_add_tcase(suite, creation);

    TCase *copying = tcase_create("copying");
    tcase_add_checked_fixture(copying, setup, device_stop);
    tcase_add_loop_test(copying, copying_out_of_memory_is_bounded_by_it, 0, RTL_NUMBER_OF(copies));
    tcase_add_loop_test(copying, copying_into_memory_is_bounded_by_it, 0, RTL_NUMBER_OF(copies));
    tcase_add_test(copying, copying_out_takes_what_lies_at_the_offset);
    tcase_add_test(copying, copying_in_changes_what_lies_at_the_offset_and_nothing_else);
    suite_add_tcase(suite, copying);

    suite_add_tcase(suite, bug_check_tests());
    return unit_run(suite);
}
