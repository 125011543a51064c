/* Typed contexts of objects (S1.6, S1.18-S1.24, S1.30). */
#include <stdio.h>
#include <string.h>

#include "context_peer.h"
#include "device.h"
#include "unit.h"

typedef struct _FIRST {
    ULONG Value;
    UCHAR Rest[60];
} FIRST;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FIRST, GetFirst)

/* The same layout as FIRST. */
typedef struct _SECOND {
    ULONG Value;
    UCHAR Rest[60];
} SECOND;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SECOND, GetSecond)

typedef struct _THIRD {
    ULONG Value;
} THIRD;
WDF_DECLARE_CONTEXT_TYPE(THIRD)

static char trace[64];

static void note(const char *what)
{
    snprintf(trace + strlen(trace), sizeof(trace) - strlen(trace), "%s ", what);
}

static VOID first_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("c1");
}

static VOID first_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("d1");
}

static VOID second_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("c2");
}

static VOID second_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("d2");
}

static VOID third_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("c3");
}

static VOID third_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note("d3");
}

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static void setup(void)
{
    trace[0] = '\0';
    device_start_with(add_bare_device);
}

static WDF_OBJECT_ATTRIBUTES first_attributes(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FIRST);
    attributes.EvtCleanupCallback = first_cleanup;
    attributes.EvtDestroyCallback = first_destroy;
    return attributes;
}

static WDF_OBJECT_ATTRIBUTES second_attributes(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SECOND);
    attributes.EvtCleanupCallback = second_cleanup;
    attributes.EvtDestroyCallback = second_destroy;
    return attributes;
}

static WDFOBJECT object_with_first(void)
{
    WDF_OBJECT_ATTRIBUTES attributes = first_attributes();
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    return object;
}

static SECOND *add_second(WDFOBJECT object)
{
    WDF_OBJECT_ATTRIBUTES attributes = second_attributes();
    PVOID context;
    ck_status_eq(WdfObjectAllocateContext(object, &attributes, &context), STATUS_SUCCESS);
    return context;
}

static THIRD *add_third(WDFOBJECT object)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, THIRD);
    attributes.EvtCleanupCallback = third_cleanup;
    attributes.EvtDestroyCallback = third_destroy;
    PVOID context;
    ck_status_eq(WdfObjectAllocateContext(object, &attributes, &context), STATUS_SUCCESS);
    return context;
}

/* ---- finding ---- */

/* S1.19 */
START_TEST(the_context_of_creation_is_zeroed)
{
    static const FIRST zero;
    ck_assert_mem_eq(GetFirst(object_with_first()), &zero, sizeof(zero));
}
END_TEST

/* S1.19, S1.24 */
START_TEST(an_added_context_is_zeroed)
{
    static const SECOND zero;
    ck_assert_mem_eq(add_second(object_with_first()), &zero, sizeof(zero));
}
END_TEST

/* S1.18 */
START_TEST(an_object_has_a_context_of_each_type)
{
    WDFOBJECT object = object_with_first();
    SECOND *second = add_second(object);
    THIRD *third = add_third(object);
    ck_assert_ptr_eq(GetSecond(object), second);
    ck_assert_ptr_eq(WdfObjectGet_THIRD(object), third);
}
END_TEST

/* S1.18, S15.5 */
START_TEST(types_of_the_same_layout_are_two_contexts)
{
    WDFOBJECT object = object_with_first();
    add_second(object)->Value = 2;
    GetFirst(object)->Value = 1;
    ck_assert_uint_eq(GetSecond(object)->Value, 2);
}
END_TEST

/* S1.22 */
START_TEST(the_accessor_of_a_type_that_is_not_there_gives_null)
{
    ck_assert_ptr_null(GetSecond(object_with_first()));
}
END_TEST

/* S1.22 */
START_TEST(an_object_without_attributes_has_no_context)
{
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(WDF_NO_OBJECT_ATTRIBUTES, &object), STATUS_SUCCESS);
    ck_assert_ptr_null(GetFirst(object));
}
END_TEST

/* S1.6 */
START_TEST(the_context_of_creation_leads_to_its_object)
{
    WDFOBJECT object = object_with_first();
    ck_assert_ptr_eq(WdfObjectContextGetObject(GetFirst(object)), object);
}
END_TEST

/* S1.6 */
START_TEST(an_added_context_leads_to_its_object)
{
    WDFOBJECT object = object_with_first();
    ck_assert_ptr_eq(WdfObjectContextGetObject(add_second(object)), object);
}
END_TEST

/* S1.23 */
START_TEST(a_type_that_two_files_declare_is_one_type)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SHARED);
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    ck_assert_ptr_eq(peer_get_shared(object), GetShared(object));
}
END_TEST

/* S1.23, S1.24 */
START_TEST(a_type_of_another_file_is_there_already)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SHARED);
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    attributes.ContextTypeInfo = peer_shared_type();
    ck_status_eq(WdfObjectAllocateContext(object, &attributes, NULL), STATUS_OBJECT_NAME_EXISTS);
}
END_TEST

/* ---- size ---- */

/* S1.21, S15.6 */
START_TEST(an_override_is_the_whole_size)
{
    const size_t size = sizeof(FIRST) + 4096;
    WDF_OBJECT_ATTRIBUTES attributes = first_attributes();
    attributes.ContextSizeOverride = size;
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    memset(GetFirst(object), 0xA5, size); /* under ASan and Valgrind: all of it is there */
    ck_assert_ptr_eq(WdfObjectContextGetObject(GetFirst(object)), object);
}
END_TEST

/* S1.21 */
START_TEST(an_override_holds_for_an_added_context_too)
{
    const size_t size = sizeof(SECOND) + 4096;
    WDF_OBJECT_ATTRIBUTES attributes = second_attributes();
    attributes.ContextSizeOverride = size;
    PVOID context;
    ck_status_eq(WdfObjectAllocateContext(object_with_first(), &attributes, &context),
                 STATUS_SUCCESS);
    memset(context, 0xA5, size);
}
END_TEST

/* ---- callbacks ---- */

/* S1.20, S1.30 */
START_TEST(callbacks_of_contexts_run_in_order_of_creation)
{
    WDFOBJECT object = object_with_first();
    add_second(object);
    add_third(object);
    WdfObjectDelete(object);
    ck_assert_str_eq(trace, "c1 c2 c3 d1 d2 d3 ");
}
END_TEST

static ULONG found_in_destroy;

static VOID look_in_destroy(WDFOBJECT Object)
{
    found_in_destroy = GetFirst(Object)->Value + GetSecond(Object)->Value;
}

/* S1.19, S1.22, S1.29 */
START_TEST(contexts_are_valid_in_every_destroy_callback)
{
    WDFOBJECT object = object_with_first();
    GetFirst(object)->Value = 1;
    add_second(object)->Value = 2;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, THIRD);
    attributes.EvtDestroyCallback = look_in_destroy;
    ck_status_eq(WdfObjectAllocateContext(object, &attributes, NULL), STATUS_SUCCESS);
    WdfObjectDelete(object);
    ck_assert_uint_eq(found_in_destroy, 3);
}
END_TEST

/* ---- adding a type that exists ---- */

/* S1.24, S15.4 */
START_TEST(a_second_context_of_a_type_is_a_success_of_its_own)
{
    WDFOBJECT object = object_with_first();
    WDF_OBJECT_ATTRIBUTES attributes = first_attributes();
    PVOID context;
    ck_status_eq(WdfObjectAllocateContext(object, &attributes, &context),
                 STATUS_OBJECT_NAME_EXISTS);
    ck_assert(NT_SUCCESS(STATUS_OBJECT_NAME_EXISTS));
}
END_TEST

/* S1.24, S15.4 */
START_TEST(a_second_context_of_a_type_is_the_one_that_is_there)
{
    WDFOBJECT object = object_with_first();
    GetFirst(object)->Value = 7;
    WDF_OBJECT_ATTRIBUTES attributes = first_attributes();
    PVOID context;
    WdfObjectAllocateContext(object, &attributes, &context);
    ck_assert_ptr_eq(context, GetFirst(object));
    ck_assert_uint_eq(((FIRST *)context)->Value, 7);
}
END_TEST

/* S1.24, S15.4 */
START_TEST(callbacks_for_a_context_that_is_there_are_not_used)
{
    WDFOBJECT object = object_with_first();
    WDF_OBJECT_ATTRIBUTES attributes = second_attributes();
    attributes.ContextTypeInfo = WDF_GET_CONTEXT_TYPE_INFO(FIRST);
    WdfObjectAllocateContext(object, &attributes, NULL);
    WdfObjectDelete(object);
    ck_assert_str_eq(trace, "c1 d1 ");
}
END_TEST

/* ---- refusals ---- */

static void no_change(WDF_OBJECT_ATTRIBUTES *attributes)
{
    UNREFERENCED_PARAMETER(attributes);
}

static void name_a_parent(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ParentObject = WdfGetDriver();
}

static void forget_the_type(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ContextTypeInfo = NULL;
}

static void spoil_the_size(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->Size--;
}

static void take_all_memory(WDF_OBJECT_ATTRIBUTES *attributes)
{
    attributes->ContextSizeOverride = SIZE_MAX;
}

static const struct {
    void (*change)(WDF_OBJECT_ATTRIBUTES *attributes);
    NTSTATUS expected;
} allocations[] = {
    {no_change, STATUS_SUCCESS},
    {name_a_parent, STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED},
    {forget_the_type, STATUS_OBJECT_NAME_INVALID},
    {spoil_the_size, STATUS_INFO_LENGTH_MISMATCH},
    {take_all_memory, STATUS_INSUFFICIENT_RESOURCES},
};

/* S1.24; an existing type, a request's memory and deletion have tests of their own */
START_TEST(a_context_is_allocated_or_refused_by_its_attributes)
{
    WDF_OBJECT_ATTRIBUTES attributes = second_attributes();
    allocations[_i].change(&attributes);
    PVOID context;
    ck_status_eq(WdfObjectAllocateContext(object_with_first(), &attributes, &context),
                 allocations[_i].expected);
}
END_TEST

/* S1.24 */
START_TEST(a_context_without_attributes_is_refused_as_if_a_parent_were_missing)
{
    PVOID context;
    ck_status_eq(WdfObjectAllocateContext(object_with_first(), WDF_NO_OBJECT_ATTRIBUTES, &context),
                 STATUS_WDF_PARENT_NOT_SPECIFIED);
}
END_TEST

static NTSTATUS status_in_cleanup;

static VOID add_context_in_cleanup(WDFOBJECT Object)
{
    WDF_OBJECT_ATTRIBUTES attributes = second_attributes();
    status_in_cleanup = WdfObjectAllocateContext(Object, &attributes, NULL);
}

static void delete_an_object_that_wants_a_context(void)
{
    WDF_OBJECT_ATTRIBUTES attributes = first_attributes();
    attributes.EvtCleanupCallback = add_context_in_cleanup;
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    WdfObjectDelete(object);
}

/* S1.24, S1.36 */
START_TEST(an_object_in_deletion_takes_no_context)
{
    delete_an_object_that_wants_a_context();
    ck_status_eq(status_in_cleanup, STATUS_DELETE_PENDING);
}
END_TEST

/* S1.32 */
START_TEST(a_refused_context_calls_nothing)
{
    delete_an_object_that_wants_a_context();
    ck_assert_str_eq(trace, "d1 ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("context");
    TCase *tests = tcase_create("context");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, the_context_of_creation_is_zeroed);
    tcase_add_test(tests, an_added_context_is_zeroed);
    tcase_add_test(tests, an_object_has_a_context_of_each_type);
    tcase_add_test(tests, types_of_the_same_layout_are_two_contexts);
    tcase_add_test(tests, the_accessor_of_a_type_that_is_not_there_gives_null);
    tcase_add_test(tests, an_object_without_attributes_has_no_context);
    tcase_add_test(tests, the_context_of_creation_leads_to_its_object);
    tcase_add_test(tests, an_added_context_leads_to_its_object);
    tcase_add_test(tests, a_type_that_two_files_declare_is_one_type);
    tcase_add_test(tests, a_type_of_another_file_is_there_already);
    tcase_add_test(tests, an_override_is_the_whole_size);
    tcase_add_test(tests, an_override_holds_for_an_added_context_too);
    tcase_add_test(tests, callbacks_of_contexts_run_in_order_of_creation);
    tcase_add_test(tests, contexts_are_valid_in_every_destroy_callback);
    tcase_add_test(tests, a_second_context_of_a_type_is_a_success_of_its_own);
    tcase_add_test(tests, a_second_context_of_a_type_is_the_one_that_is_there);
    tcase_add_test(tests, callbacks_for_a_context_that_is_there_are_not_used);
    tcase_add_loop_test(tests, a_context_is_allocated_or_refused_by_its_attributes, 0,
                        RTL_NUMBER_OF(allocations));
    tcase_add_test(tests, a_context_without_attributes_is_refused_as_if_a_parent_were_missing);
    tcase_add_test(tests, an_object_in_deletion_takes_no_context);
    tcase_add_test(tests, a_refused_context_calls_nothing);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
