/* Custom types (another kind of context, S1.18-S1.24), WdfObjectQuery, memory descriptors
 * (S10.32). */
#include <signal.h>
#include <string.h>

#include "device.h"
#include "unit.h"

WDF_DECLARE_CUSTOM_TYPE(PAUSABLE);
WDF_DECLARE_CUSTOM_TYPE(COUNTED)

static WDFOBJECT object;
static unsigned cleanups;
static unsigned destroys;

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static void setup(void)
{
    device_start_with(add_bare_device);
    ck_status_eq(WdfObjectCreate(WDF_NO_OBJECT_ATTRIBUTES, &object), STATUS_SUCCESS);
    cleanups = destroys = 0;
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

START_TEST(an_object_is_of_a_custom_type_once_it_was_added)
{
    ck_assert(!WdfObjectIsCustomType(object, PAUSABLE));
    ck_status_eq(WdfObjectAddCustomType(object, PAUSABLE), STATUS_SUCCESS);
    ck_assert(WdfObjectIsCustomType(object, PAUSABLE));
    ck_assert(!WdfObjectIsCustomType(object, COUNTED));
    ck_assert_uint_eq(WdfObjectGetCustomTypeData(object, PAUSABLE), 0);
}
END_TEST

START_TEST(each_custom_type_has_its_own_datum)
{
    ck_status_eq(WdfObjectAddCustomTypeWithData(object, PAUSABLE, 7, NULL, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfObjectAddCustomTypeWithData(object, COUNTED, &object, NULL, NULL),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(WdfObjectGetCustomTypeData(object, PAUSABLE), 7);
    ck_assert_uint_eq(WdfObjectGetCustomTypeData(object, COUNTED), (ULONG_PTR)&object);
}
END_TEST

/* S1.24 */
START_TEST(adding_it_again_succeeds_and_keeps_the_datum)
{
    ck_status_eq(WdfObjectAddCustomTypeWithData(object, PAUSABLE, 7, NULL, NULL), STATUS_SUCCESS);
    ck_status_eq(WdfObjectAddCustomTypeWithData(object, PAUSABLE, 8, NULL, NULL),
                 STATUS_OBJECT_NAME_EXISTS);
    ck_assert_uint_eq(WdfObjectGetCustomTypeData(object, PAUSABLE), 7);
}
END_TEST

/* S1.20 */
START_TEST(its_callbacks_are_called)
{
    ck_status_eq(WdfObjectAddCustomTypeWithData(object, COUNTED, 0, count_cleanup, count_destroy),
                 STATUS_SUCCESS);
    WdfObjectDelete(object);
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(destroys, 1);
}
END_TEST

START_TEST(a_typed_handle_will_do)
{
    WDFDEVICE handle = WdfuseInprocGetDevice(device);
    ck_status_eq(WdfObjectAddCustomType(handle, PAUSABLE), STATUS_SUCCESS);
    ck_assert(WdfObjectIsCustomType(handle, PAUSABLE));
}
END_TEST

START_TEST(an_object_answers_no_query)
{
    GUID guid = {0x11223344, 0x5566, 0x7788, {1, 2, 3, 4, 5, 6, 7, 8}};
    UCHAR answer[4] = {1, 2, 3, 4};
    ck_status_eq(WdfObjectQuery(object, &guid, sizeof(answer), answer), STATUS_NOT_FOUND);
    ck_assert_mem_eq(answer, "\1\2\3\4", 4);
}
END_TEST

/* S1.3 */
START_TEST(a_query_for_nothing_is_a_bug_check)
{
    UCHAR answer[4];
    (void)WdfObjectQuery(object, NULL, sizeof(answer), answer);
}
END_TEST

START_TEST(a_memory_descriptor_says_what_it_describes)
{
    WDF_MEMORY_DESCRIPTOR descriptor;
    WDFMEMORY_OFFSET offsets = {2, 3};
    UCHAR bytes[8];
    memset(&descriptor, 0xA5, sizeof(descriptor));
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptor, bytes, sizeof(bytes));
    ck_assert_int_eq(descriptor.Type, WdfMemoryDescriptorTypeBuffer);
    ck_assert_ptr_eq(descriptor.u.BufferType.Buffer, bytes);
    ck_assert_uint_eq(descriptor.u.BufferType.Length, sizeof(bytes));
    WDF_MEMORY_DESCRIPTOR_INIT_HANDLE(&descriptor, (WDFMEMORY)object, &offsets);
    ck_assert_int_eq(descriptor.Type, WdfMemoryDescriptorTypeHandle);
    ck_assert_ptr_eq(descriptor.u.HandleType.Memory, object);
    ck_assert_ptr_eq(descriptor.u.HandleType.Offsets, &offsets);
    WDF_MEMORY_DESCRIPTOR_INIT_MDL(&descriptor, (PMDL)bytes, 5);
    ck_assert_int_eq(descriptor.Type, WdfMemoryDescriptorTypeMdl);
    ck_assert_ptr_eq(descriptor.u.MdlType.Mdl, bytes);
    ck_assert_uint_eq(descriptor.u.MdlType.BufferLength, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("customtype");
    TCase *tests = tcase_create("customtype");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, an_object_is_of_a_custom_type_once_it_was_added);
    tcase_add_test(tests, each_custom_type_has_its_own_datum);
    tcase_add_test(tests, adding_it_again_succeeds_and_keeps_the_datum);
    tcase_add_test(tests, its_callbacks_are_called);
    tcase_add_test(tests, a_typed_handle_will_do);
    tcase_add_test(tests, an_object_answers_no_query);
    tcase_add_test(tests, a_memory_descriptor_says_what_it_describes);
    suite_add_tcase(suite, tests);

    tests = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test_raise_signal(tests, a_query_for_nothing_is_a_bug_check, SIGABRT);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
