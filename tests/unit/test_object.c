/* The object tree: references, parents and children, the order of deletion, bug checks (S1). */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "port/thread.h"
#include "unit.h"

/* What the callbacks of named objects did: "cA dA " means cleanup of A, then destruction of A. */
static char trace[256];
static struct port_mutex trace_lock = PORT_MUTEX_INITIALIZER;

typedef struct _NAMED {
    char Name;
    void (*InCleanup)(WDFOBJECT Object);
} NAMED;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(NAMED, GetNamed)

static void note(char what, WDFOBJECT object)
{
    PORT_LOCK_SCOPE(&trace_lock);
    size_t length = strlen(trace);
    snprintf(trace + length, sizeof(trace) - length, "%c%c ", what, GetNamed(object)->Name);
}

static VOID note_cleanup(WDFOBJECT Object)
{
    note('c', Object);
    if (GetNamed(Object)->InCleanup != NULL)
        GetNamed(Object)->InCleanup(Object);
}

static VOID note_destroy(WDFOBJECT Object)
{
    note('d', Object);
}

static bool trace_has(const char *entry)
{
    PORT_LOCK_SCOPE(&trace_lock);
    return strstr(trace, entry) != NULL;
}

/* For deletions whose order is not defined: each of the expected entries, "cA dA ", occurred
 * once. */
static void check_each_came_once(const char *expected)
{
    ck_assert_uint_eq(strlen(trace), strlen(expected));
    for (; *expected != '\0'; expected += 3)
        ck_assert(trace_has((char[]){expected[0], expected[1], '\0'}));
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

static void init_named(WDF_OBJECT_ATTRIBUTES *attributes, WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(attributes, NAMED);
    attributes->ParentObject = parent;
    attributes->EvtCleanupCallback = note_cleanup;
    attributes->EvtDestroyCallback = note_destroy;
}

static WDFOBJECT named_object(char name, WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    init_named(&attributes, parent);
    WDFOBJECT object;
    ck_status_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    GetNamed(object)->Name = name;
    return object;
}

/* ---- the tree ---- */

/* S1.27, S1.28, S15.1 */
START_TEST(a_subtree_is_cleaned_up_children_first_before_anything_is_destroyed)
{
    WDFOBJECT a = named_object('A', NULL);
    WDFOBJECT b = named_object('B', a);
    named_object('C', b);
    WdfObjectDelete(a);
    ck_assert_str_eq(trace, "cC cB cA dC dB dA ");
}
END_TEST

/* S1.13, S1.27, S1.28, S15.2 */
START_TEST(siblings_go_oldest_first)
{
    WDFOBJECT parent = named_object('P', NULL);
    named_object('1', parent);
    named_object('2', parent);
    named_object('3', parent);
    WdfObjectDelete(parent);
    ck_assert_str_eq(trace, "c1 c2 c3 cP d1 d2 d3 dP ");
}
END_TEST

/* S1.27, S1.28 */
START_TEST(each_childs_subtree_is_finished_before_the_next_child_begins)
{
    WDFOBJECT parent = named_object('P', NULL);
    WDFOBJECT first = named_object('1', parent);
    WDFOBJECT second = named_object('2', parent);
    named_object('A', first);
    named_object('B', second);
    WdfObjectDelete(parent);
    ck_assert_str_eq(trace, "cA c1 cB c2 cP dA d1 dB d2 dP ");
}
END_TEST

/* S1.12, S1.15 */
START_TEST(an_object_without_a_parent_goes_with_the_driver)
{
    named_object('A', NULL);
    device_stop();
    ck_assert_str_eq(trace, "cA dA ");
}
END_TEST

/* S1.12 */
START_TEST(a_child_of_the_device_goes_with_the_device)
{
    named_object('D', NULL);
    named_object('A', WdfuseInprocGetDevice(device));
    device_stop();
    ck_assert_str_eq(trace, "cA dA cD dD ");
}
END_TEST

static NTSTATUS status_in_cleanup;
static WDFOBJECT child_in_cleanup;

static void create_child(WDFOBJECT object)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    init_named(&attributes, object);
    child_in_cleanup = object;
    status_in_cleanup = WdfObjectCreate(&attributes, &child_in_cleanup);
}

/* S1.14, S1.36, S1.39 */
START_TEST(an_object_in_deletion_accepts_no_child)
{
    WDFOBJECT a = named_object('A', NULL);
    GetNamed(a)->InCleanup = create_child;
    WdfObjectDelete(a);
    ck_status_eq(status_in_cleanup, STATUS_DELETE_PENDING);
}
END_TEST

/* S1.32, S15.3 */
START_TEST(a_failed_creation_calls_none_of_its_callbacks)
{
    WDFOBJECT a = named_object('A', NULL);
    GetNamed(a)->InCleanup = create_child;
    WdfObjectDelete(a);
    ck_assert_str_eq(trace, "cA dA ");
}
END_TEST

/* S1.39 */
START_TEST(a_failed_creation_leaves_no_handle)
{
    WDFOBJECT a = named_object('A', NULL);
    GetNamed(a)->InCleanup = create_child;
    WdfObjectDelete(a);
    ck_assert_ptr_null(child_in_cleanup);
}
END_TEST

/* ---- references ---- */

/* S1.10, S15.1 */
START_TEST(a_reference_postpones_destruction)
{
    WDFOBJECT a = named_object('A', NULL);
    WDFOBJECT b = named_object('B', a);
    WdfObjectReference(b);
    WdfObjectDelete(a);
    ck_assert_str_eq(trace, "cB cA dA ");
    WdfObjectDereference(b);
}
END_TEST

/* S1.10, S15.1 */
START_TEST(the_last_reference_of_a_deleted_object_destroys_it)
{
    WDFOBJECT a = named_object('A', NULL);
    WDFOBJECT b = named_object('B', a);
    WdfObjectReference(b);
    WdfObjectDelete(a);
    WdfObjectDereference(b);
    ck_assert_str_eq(trace, "cB cA dA dB ");
}
END_TEST

/* S1.31 */
START_TEST(cleanup_does_not_wait_for_references)
{
    WDFOBJECT a = named_object('A', NULL);
    WdfObjectReference(a);
    WdfObjectDelete(a);
    ck_assert_str_eq(trace, "cA ");
    WdfObjectDereference(a);
}
END_TEST

/* S1.8 */
START_TEST(references_come_and_go_without_deleting)
{
    WDFOBJECT a = named_object('A', NULL);
    WdfObjectReference(a);
    WdfObjectReferenceWithTag(a, &trace);
    WdfObjectDereferenceWithTag(a, &trace);
    WdfObjectDereference(a);
    ck_assert_str_eq(trace, "");
}
END_TEST

static VOID drop_in_destroy(WDFOBJECT Object)
{
    note_destroy(Object);
    WdfObjectDereference(Object);
}

/* S1.22, S1.29: there is nothing left to drop. */
START_TEST(a_reference_that_is_dropped_in_destruction_is_reported_and_ignored)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    init_named(&attributes, NULL);
    attributes.EvtDestroyCallback = drop_in_destroy;
    WDFOBJECT a;
    ck_status_eq(WdfObjectCreate(&attributes, &a), STATUS_SUCCESS);
    GetNamed(a)->Name = 'A';
    WdfObjectDelete(a);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S1.29"));
    ck_assert_str_eq(trace, "cA dA ");
}
END_TEST

/* ---- deleting at the wrong moment ---- */

/* S1.33 */
START_TEST(deleting_twice_cleans_up_once)
{
    WDFOBJECT a = named_object('A', NULL);
    WdfObjectReference(a);
    WdfObjectDelete(a);
    WdfObjectDelete(a);
    WdfObjectDereference(a);
    ck_assert_str_eq(trace, "cA dA ");
}
END_TEST

static WDFOBJECT victim;

static void delete_victim(WDFOBJECT object)
{
    UNREFERENCED_PARAMETER(object);
    WdfObjectDelete(victim);
}

/* S1.33 */
START_TEST(deleting_oneself_in_cleanup_has_no_effect)
{
    victim = named_object('A', NULL);
    GetNamed(victim)->InCleanup = delete_victim;
    WdfObjectDelete(victim);
    ck_assert_str_eq(trace, "cA dA ");
}
END_TEST

/* S1.34 */
START_TEST(a_sibling_deleted_in_cleanup_is_left_to_the_parents_deletion)
{
    WDFOBJECT parent = named_object('P', NULL);
    WDFOBJECT first = named_object('1', parent);
    named_object('2', parent);
    victim = named_object('3', parent);
    GetNamed(first)->InCleanup = delete_victim;
    WdfObjectDelete(parent);
    ck_assert_str_eq(trace, "c1 c2 c3 cP d1 d2 d3 dP ");
}
END_TEST

/* S1.34 */
START_TEST(a_child_deleted_in_its_parents_cleanup_is_not_cleaned_up_again)
{
    WDFOBJECT parent = named_object('P', NULL);
    victim = named_object('A', parent);
    GetNamed(parent)->InCleanup = delete_victim;
    WdfObjectDelete(parent);
    ck_assert_str_eq(trace, "cA cP dA dP ");
}
END_TEST

/* S1.33 */
START_TEST(a_parent_deleted_in_its_childs_cleanup_goes_and_the_child_goes_once)
{
    victim = named_object('P', NULL);
    WDFOBJECT child = named_object('A', victim);
    GetNamed(child)->InCleanup = delete_victim;
    WdfObjectDelete(child);
    check_each_came_once("cA cP dA dP ");
}
END_TEST

/* S1.33 */
START_TEST(a_grandparent_deleted_in_cleanup_takes_what_is_left)
{
    victim = named_object('G', NULL);
    WDFOBJECT parent = named_object('P', victim);
    named_object('O', victim);
    WDFOBJECT child = named_object('A', parent);
    GetNamed(child)->InCleanup = delete_victim;
    WdfObjectDelete(child);
    check_each_came_once("cA cP cO cG dA dP dO dG ");
}
END_TEST

/* ---- deleting in several threads ---- */

static atomic_bool is_in_cleanup;
static atomic_bool cleanup_may_end;

static void wait_in_cleanup(WDFOBJECT object)
{
    is_in_cleanup = true;
    eventually(cleanup_may_end);
    note('e', object);
}

static void delete_object(void *object)
{
    WdfObjectDelete(object);
}

struct deletion {
    WDFOBJECT object;
    atomic_bool has_begun;
};

static void delete_noting_begin(void *argument)
{
    struct deletion *deletion = argument;
    deletion->has_begun = true;
    WdfObjectDelete(deletion->object);
}

/* S1.27: "eA" is the end of the child's cleanup. */
START_TEST(a_parents_deletion_waits_for_a_child_that_another_thread_deletes)
{
    struct deletion deletion = {.object = named_object('P', NULL)};
    WDFOBJECT child = named_object('A', deletion.object);
    GetNamed(child)->InCleanup = wait_in_cleanup;
    struct port_thread child_deleter, parent_deleter;
    ck_assert_int_eq(port_thread_start(&child_deleter, "child", delete_object, child), 0);
    eventually(is_in_cleanup);
    ck_assert_int_eq(port_thread_start(&parent_deleter, "parent", delete_noting_begin, &deletion),
                     0);
    eventually(deletion.has_begun);
    cleanup_may_end = true;
    port_thread_join(&child_deleter);
    port_thread_join(&parent_deleter);
    ck_assert_mem_eq(trace, "cA eA ", 6);
}
END_TEST

/* S1.34 */
START_TEST(deleting_a_child_returns_at_once_while_another_thread_deletes_the_parent)
{
    WDFOBJECT parent = named_object('P', NULL);
    WDFOBJECT first = named_object('1', parent);
    WDFOBJECT second = named_object('2', parent);
    GetNamed(first)->InCleanup = wait_in_cleanup;
    struct port_thread deleter;
    ck_assert_int_eq(port_thread_start(&deleter, "parent", delete_object, parent), 0);
    eventually(is_in_cleanup);
    WdfObjectDelete(second);
    cleanup_may_end = true;
    port_thread_join(&deleter);
    ck_assert_str_eq(trace, "c1 e1 c2 cP d1 d2 dP ");
}
END_TEST

/* S1.33 */
START_TEST(two_threads_that_delete_one_object_clean_it_up_once)
{
    for (unsigned round = 0; round < 50; round++) {
        trace[0] = '\0';
        WDFOBJECT a = named_object('A', NULL);
        WdfObjectReference(a);
        struct port_thread deleter;
        ck_assert_int_eq(port_thread_start(&deleter, "deleter", delete_object, a), 0);
        WdfObjectDelete(a);
        port_thread_join(&deleter);
        WdfObjectDereference(a);
        ck_assert_str_eq(trace, "cA dA ");
    }
}
END_TEST

/* S1.28, S1.33: whoever comes first, nothing is left out and nothing happens twice. */
START_TEST(a_child_and_its_parent_deleted_by_two_threads_go_once_each)
{
    for (unsigned round = 0; round < 50; round++) {
        trace[0] = '\0';
        WDFOBJECT parent = named_object('P', NULL);
        WDFOBJECT child = named_object('A', parent);
        WdfObjectReference(child);
        struct port_thread deleter;
        ck_assert_int_eq(port_thread_start(&deleter, "deleter", delete_object, child), 0);
        WdfObjectDelete(parent);
        port_thread_join(&deleter);
        WdfObjectDereference(child);
        check_each_came_once("cA cP dA dP ");
    }
}
END_TEST

/* ---- bug checks ---- */

/* S1.2, S13.5 */
START_TEST(a_null_handle_is_a_bug_check)
{
    WdfObjectDelete(NULL);
}
END_TEST

/* S1.2, S13.5 */
START_TEST(a_handle_of_another_type_is_a_bug_check)
{
    WdfTimerStart((WDFTIMER)WdfuseInprocGetDevice(device), 0);
}
END_TEST

/* S1.2 */
START_TEST(what_is_no_handle_is_a_bug_check)
{
    static char nothing[256];
    WdfObjectReference((WDFOBJECT)nothing);
}
END_TEST

/* S1.3, S13.5 */
START_TEST(a_missing_out_pointer_is_a_bug_check)
{
    WdfObjectCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL);
}
END_TEST

/* S1.9, S13.5 */
START_TEST(dropping_the_last_reference_of_a_living_object_is_a_bug_check)
{
    WdfObjectDereference(named_object('A', NULL));
}
END_TEST

static TCase *living_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, device_stop);
    return tests;
}

static TCase *tree_tests(void)
{
    TCase *tests = living_case("tree");
    tcase_add_test(tests, a_subtree_is_cleaned_up_children_first_before_anything_is_destroyed);
    tcase_add_test(tests, siblings_go_oldest_first);
    tcase_add_test(tests, each_childs_subtree_is_finished_before_the_next_child_begins);
    tcase_add_test(tests, an_object_without_a_parent_goes_with_the_driver);
    tcase_add_test(tests, a_child_of_the_device_goes_with_the_device);
    tcase_add_test(tests, an_object_in_deletion_accepts_no_child);
    tcase_add_test(tests, a_failed_creation_calls_none_of_its_callbacks);
    tcase_add_test(tests, a_failed_creation_leaves_no_handle);
    return tests;
}

static TCase *reference_tests(void)
{
    TCase *tests = living_case("references");
    tcase_add_test(tests, a_reference_postpones_destruction);
    tcase_add_test(tests, the_last_reference_of_a_deleted_object_destroys_it);
    tcase_add_test(tests, cleanup_does_not_wait_for_references);
    tcase_add_test(tests, references_come_and_go_without_deleting);
    tcase_add_test(tests, a_reference_that_is_dropped_in_destruction_is_reported_and_ignored);
    return tests;
}

static TCase *wrong_moment_tests(void)
{
    TCase *tests = living_case("wrong moment");
    tcase_add_test(tests, deleting_twice_cleans_up_once);
    tcase_add_test(tests, deleting_oneself_in_cleanup_has_no_effect);
    tcase_add_test(tests, a_sibling_deleted_in_cleanup_is_left_to_the_parents_deletion);
    tcase_add_test(tests, a_child_deleted_in_its_parents_cleanup_is_not_cleaned_up_again);
    tcase_add_test(tests, a_parent_deleted_in_its_childs_cleanup_goes_and_the_child_goes_once);
    tcase_add_test(tests, a_grandparent_deleted_in_cleanup_takes_what_is_left);
    return tests;
}

static void reset_gate(void)
{
    is_in_cleanup = cleanup_may_end = false;
}

static TCase *thread_tests(void)
{
    TCase *tests = living_case("threads");
    tcase_add_checked_fixture(tests, reset_gate, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_parents_deletion_waits_for_a_child_that_another_thread_deletes);
    tcase_add_test(tests, deleting_a_child_returns_at_once_while_another_thread_deletes_the_parent);
    tcase_add_test(tests, two_threads_that_delete_one_object_clean_it_up_once);
    tcase_add_test(tests, a_child_and_its_parent_deleted_by_two_threads_go_once_each);
    return tests;
}

static TCase *bug_check_tests(void)
{
    TCase *tests = unit_ends(living_case("bug checks"));
    tcase_add_test_raise_signal(tests, a_null_handle_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, a_handle_of_another_type_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, what_is_no_handle_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(tests, a_missing_out_pointer_is_a_bug_check, SIGABRT);
    tcase_add_test_raise_signal(
        tests, dropping_the_last_reference_of_a_living_object_is_a_bug_check, SIGABRT);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("object");
    suite_add_tcase(suite, tree_tests());
    suite_add_tcase(suite, reference_tests());
    suite_add_tcase(suite, wrong_moment_tests());
    suite_add_tcase(suite, thread_tests());
    suite_add_tcase(suite, bug_check_tests());
    return unit_run(suite);
}
