/* WDFCOLLECTION (S1.41). */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "device.h"
#include "port/thread.h"
#include "unit.h"

static WDFCOLLECTION collection;
static WDFOBJECT first, second, third;
static unsigned destroys;

static NTSTATUS add_bare_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static VOID count_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destroys++;
}

static WDFOBJECT new_object(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFOBJECT object;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtDestroyCallback = count_destroy;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    return object;
}

/* An empty collection, and three objects for it. */
static void setup(void)
{
    device_start_with(add_bare_device);
    ck_status_eq(WdfCollectionCreate(WDF_NO_OBJECT_ATTRIBUTES, &collection), STATUS_SUCCESS);
    first = new_object();
    second = new_object();
    third = new_object();
    destroys = 0;
}

static void add(WDFOBJECT object)
{
    ck_status_eq(WdfCollectionAdd(collection, object), STATUS_SUCCESS);
}

static void fill(void)
{
    add(first);
    add(second);
    add(third);
}

START_TEST(a_new_collection_is_empty)
{
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 0);
    ck_assert_ptr_null(WdfCollectionGetFirstItem(collection));
    ck_assert_ptr_null(WdfCollectionGetLastItem(collection));
    ck_assert_ptr_null(WdfCollectionGetItem(collection, 0));
}
END_TEST

START_TEST(items_are_kept_in_the_order_they_were_added)
{
    fill();
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 3);
    ck_assert_ptr_eq(WdfCollectionGetFirstItem(collection), first);
    ck_assert_ptr_eq(WdfCollectionGetItem(collection, 1), second);
    ck_assert_ptr_eq(WdfCollectionGetLastItem(collection), third);
}
END_TEST

START_TEST(there_is_no_item_beyond_the_end)
{
    fill();
    ck_assert_ptr_null(WdfCollectionGetItem(collection, 3));
    ck_assert_ptr_null(WdfCollectionGetItem(collection, MAXULONG));
}
END_TEST

START_TEST(an_item_is_referenced_until_it_is_removed)
{
    add(first);
    WdfObjectDelete(first);
    ck_assert_uint_eq(destroys, 0);
    WdfCollectionRemove(collection, first);
    ck_assert_uint_eq(destroys, 1);
}
END_TEST

START_TEST(an_object_can_be_in_it_twice)
{
    add(first);
    add(second);
    add(first);
    WdfObjectDelete(first);
    WdfCollectionRemove(collection, first);
    ck_assert_ptr_eq(WdfCollectionGetFirstItem(collection), second);
    ck_assert_uint_eq(destroys, 0);
    WdfCollectionRemove(collection, first);
    ck_assert_uint_eq(destroys, 1);
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 1);
}
END_TEST

START_TEST(removing_by_index_closes_the_gap)
{
    fill();
    WdfCollectionRemoveItem(collection, 1);
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 2);
    ck_assert_ptr_eq(WdfCollectionGetItem(collection, 0), first);
    ck_assert_ptr_eq(WdfCollectionGetItem(collection, 1), third);
}
END_TEST

START_TEST(removing_an_object_that_is_absent_breaks_and_changes_nothing)
{
    add(first);
    WdfCollectionRemove(collection, second);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "STATUS_NOT_FOUND"));
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 1);
}
END_TEST

START_TEST(removing_an_index_that_is_absent_breaks_and_changes_nothing)
{
    add(first);
    WdfCollectionRemoveItem(collection, 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "STATUS_NOT_FOUND"));
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 1);
}
END_TEST

START_TEST(deleting_the_collection_drops_its_references_and_deletes_nobody)
{
    fill();
    WdfObjectDelete(second);
    WdfObjectDelete(collection);
    ck_assert_uint_eq(destroys, 1);
    WdfObjectDelete(first);
    WdfObjectDelete(third);
    ck_assert_uint_eq(destroys, 3);
}
END_TEST

static ULONG items_at_cleanup;

static VOID count_items(WDFOBJECT Object)
{
    items_at_cleanup = WdfCollectionGetCount((WDFCOLLECTION)Object);
}

START_TEST(the_items_are_there_in_its_cleanup_callback)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = count_items;
    ck_status_eq(WdfCollectionCreate(&attributes, &collection), STATUS_SUCCESS);
    fill();
    WdfObjectDelete(collection);
    ck_assert_uint_eq(items_at_cleanup, 3);
}
END_TEST

START_TEST(a_collection_can_hold_many_items_and_another_collection)
{
    WDFCOLLECTION outer;
    ck_status_eq(WdfCollectionCreate(WDF_NO_OBJECT_ATTRIBUTES, &outer), STATUS_SUCCESS);
    ck_status_eq(WdfCollectionAdd(outer, collection), STATUS_SUCCESS);
    for (unsigned i = 0; i < 1000; i++)
        add(i % 2 == 0 ? first : second);
    WDFCOLLECTION inner = WdfCollectionGetFirstItem(outer);
    ck_assert_uint_eq(WdfCollectionGetCount(inner), 1000);
    ck_assert_ptr_eq(WdfCollectionGetItem(inner, 999), second);
}
END_TEST

START_TEST(the_driver_may_not_choose_a_level)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    ck_status_eq(WdfCollectionCreate(&attributes, &collection), STATUS_WDF_EXECUTION_LEVEL_INVALID);
}
END_TEST

static atomic_uint refused;

static void add_and_remove(void *argument)
{
    WDFOBJECT own = argument;
    for (unsigned i = 0; i < 3000; i++) {
        if (!NT_SUCCESS(WdfCollectionAdd(collection, own)))
            refused++;
        WdfCollectionGetLastItem(collection);
        WdfCollectionRemove(collection, own);
    }
}

START_TEST(each_call_is_atomic)
{
    WDFOBJECT objects[] = {first, second, third};
    struct port_thread threads[RTL_NUMBER_OF(objects)];
    refused = 0;
    for (unsigned i = 0; i < RTL_NUMBER_OF(threads); i++)
        ck_assert_int_eq(port_thread_start(&threads[i], "collection", add_and_remove, objects[i]),
                         0);
    for (unsigned i = 0; i < RTL_NUMBER_OF(threads); i++)
        port_thread_join(&threads[i]);
    ck_assert_uint_eq(refused, 0);
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 0);
    ck_assert_str_eq(last_verifier_message(), "");
}
END_TEST

/* S1.2 */
START_TEST(a_handle_of_another_type_is_a_bug_check)
{
    WdfCollectionGetCount((WDFCOLLECTION)first);
}
END_TEST

/* S1.2 */
START_TEST(adding_null_is_a_bug_check)
{
    WdfCollectionAdd(collection, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("collection");
    TCase *tests = tcase_create("collection");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, a_new_collection_is_empty);
    tcase_add_test(tests, items_are_kept_in_the_order_they_were_added);
    tcase_add_test(tests, there_is_no_item_beyond_the_end);
    tcase_add_test(tests, an_item_is_referenced_until_it_is_removed);
    tcase_add_test(tests, an_object_can_be_in_it_twice);
    tcase_add_test(tests, removing_by_index_closes_the_gap);
    tcase_add_test(tests, removing_an_object_that_is_absent_breaks_and_changes_nothing);
    tcase_add_test(tests, removing_an_index_that_is_absent_breaks_and_changes_nothing);
    tcase_add_test(tests, deleting_the_collection_drops_its_references_and_deletes_nobody);
    tcase_add_test(tests, the_items_are_there_in_its_cleanup_callback);
    tcase_add_test(tests, a_collection_can_hold_many_items_and_another_collection);
    tcase_add_test(tests, the_driver_may_not_choose_a_level);
    tcase_add_test(tests, each_call_is_atomic);
    suite_add_tcase(suite, tests);

    tests = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test_raise_signal(tests, a_handle_of_another_type_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, adding_null_is_a_bug_check, SIGABRT);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
