/* Child devices: describing them, the static child list, their nodes, how they come and go. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <wdmsec.h>

#include "bus.h"
#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "nt/irql.h"
#include "occupied.h"
#include "unit.h"

DECLARE_CONST_UNICODE_STRING(some_text, L"some text");
static const GUID some_class = {0x5a1f7a3e, 0x1c0b, 0x4a53, {1, 2, 3, 4, 5, 6, 7, 8}};

/* The events, a letter each. */
static char trace[64];

static void note(char what)
{
    size_t length = strlen(trace);
    trace[length] = what;
    trace[length + 1] = '\0';
}

static void ck_break(const char *text)
{
    const char *message = last_verifier_message();
    ck_assert_msg(strstr(message, text) != NULL, "'%s' does not say '%s'", message, text);
}

static void mark_missing(unsigned number)
{
    ck_status_eq(WdfPdoMarkMissing(children[number]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

/* ---- describing ---- */

static NTSTATUS init_statuses[6];

static void describe_all(PWDFDEVICE_INIT init, PCUNICODE_STRING text)
{
    init_statuses[0] = WdfPdoInitAssignDeviceID(init, text);
    init_statuses[1] = WdfPdoInitAssignInstanceID(init, text);
    init_statuses[2] = WdfPdoInitAddHardwareID(init, text);
    init_statuses[3] = WdfPdoInitAddCompatibleID(init, text);
    init_statuses[4] = WdfPdoInitAddDeviceText(init, &some_text, text, 0x409);
    init_statuses[5] = WdfPdoInitAddDeviceText(init, text, &some_text, 0x409);
}

static void ck_init_statuses(NTSTATUS expected)
{
    for (unsigned i = 0; i < RTL_NUMBER_OF(init_statuses); i++)
        ck_status_eq(init_statuses[i], expected);
}

/* S16.46 */
START_TEST(identifiers_and_texts_are_taken)
{
    start_bus(0);
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(wdf_device());
    describe_all(init, &some_text);
    ck_init_statuses(STATUS_SUCCESS);
    WdfPdoInitSetDefaultLocale(init, 0x409);
    ck_assert_str_eq(last_verifier_message(), "");
    WdfDeviceInitFree(init);
}
END_TEST

START_TEST(a_string_that_is_not_well_formed_is_refused)
{
    start_bus(0);
    UNICODE_STRING bad = some_text;
    bad.Length--;
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(wdf_device());
    describe_all(init, &bad);
    ck_init_statuses(STATUS_INVALID_PARAMETER);
    WdfDeviceInitFree(init);
}
END_TEST

static NTSTATUS raw_status;

static VOID describe_no_child(PWDFDEVICE_INIT init)
{
    describe_all(init, &some_text);
    raw_status = WdfPdoInitAssignRawDevice(init, &some_class);
    WdfPdoInitSetDefaultLocale(init, 0x409);
    ck_break("no child");
    WdfPdoInitAllowForwardingRequestToParent(init);
    ck_break("no child");
    WDF_PDO_EVENT_CALLBACKS callbacks;
    WDF_PDO_EVENT_CALLBACKS_INIT(&callbacks);
    WdfPdoInitSetEventCallbacks(init, &callbacks);
    ck_break("no child");
}

START_TEST(what_describes_children_is_refused_for_other_devices)
{
    prepare_init = describe_no_child;
    start_bus(0);
    ck_init_statuses(STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(raw_status, STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

START_TEST(callbacks_of_a_wrong_size_are_ignored)
{
    start_bus(0);
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(wdf_device());
    WDF_PDO_EVENT_CALLBACKS callbacks;
    WDF_PDO_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.Size--;
    WdfPdoInitSetEventCallbacks(init, &callbacks);
    ck_break("Size");
    WdfDeviceInitFree(init);
}
END_TEST

START_TEST(a_child_has_no_children)
{
    start_bus(1);
    ck_assert_ptr_null(WdfPdoInitAllocate(children[0]));
    ck_break("no function device");
}
END_TEST

START_TEST(a_description_is_not_allocated_above_passive_level)
{
    start_bus(0);
    KIRQL before = irql_raise(DISPATCH_LEVEL);
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(wdf_device());
    irql_lower(before);
    ck_assert_ptr_null(init);
}
END_TEST

/* S3.13 */
START_TEST(a_child_without_any_name_is_refused)
{
    start_bus(0);
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(wdf_device());
    WdfDeviceInitSetCharacteristics(init, 0, FALSE);
    ck_status_eq(try_create_child(init, 0), STATUS_OBJECT_NAME_INVALID);
}
END_TEST

/* S3.13: a raw device needs a class, which is checked first. */
START_TEST(a_raw_child_without_any_name_has_nothing_to_secure)
{
    start_bus(0);
    PWDFDEVICE_INIT init = describe_child(wdf_device(), 0);
    WdfDeviceInitSetCharacteristics(init, 0, FALSE);
    ck_status_eq(try_create_child(init, 0), STATUS_INVALID_SECURITY_DESCR);
}
END_TEST

/* S3.12: without an assigned name it has a generated one again. */
START_TEST(taking_a_name_away_gives_a_child_a_made_up_one)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\slot");
    start_bus(0);
    PWDFDEVICE_INIT init = describe_child(wdf_device(), 0);
    ck_status_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceInitAssignName(init, NULL), STATUS_SUCCESS);
    ck_status_eq(try_create_child(init, 0), STATUS_SUCCESS);
    ck_assert_str_eq(device_node_name(device_from_handle(children[0])), "test.0");
    WdfObjectDelete(children[0]);
}
END_TEST

/* S3.8: after a success the init belongs to the framework, with all of its memory and
 * references. */
START_TEST(a_child_knows_its_parent)
{
    start_bus(1);
    ck_assert_ptr_eq(WdfPdoGetParent(children[0]), wdf_device());
    ck_assert_ptr_null(WdfPdoGetParent(wdf_device()));
    ck_break("no child");
}
END_TEST

/* ---- nodes ---- */

START_TEST(a_made_up_name_is_made_of_parent_and_instance)
{
    start_bus(2);
    ck_assert_str_eq(device_node_name(device_from_handle(children[0])), "test.0");
    ck_assert_str_eq(device_node_name(device_from_handle(children[1])), "test.1");
}
END_TEST

static VOID take_a_strange_instance(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(strange, L"a/b & c");
    ck_status_eq(WdfPdoInitAssignInstanceID(init, &strange), STATUS_SUCCESS);
}

START_TEST(an_instance_that_gives_no_name_gives_a_number)
{
    prepare_child_init = take_a_strange_instance;
    start_bus(2);
    const char *one = device_node_name(device_from_handle(children[0]));
    const char *other = device_node_name(device_from_handle(children[1]));
    ck_assert_ptr_nonnull(strstr(one, "test."));
    ck_assert_str_ne(one, other);
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpenNode(one, O_RDWR, &file), STATUS_SUCCESS);
    WdfuseInprocClose(file);
}
END_TEST

static VOID name_the_child(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\slot");
    ck_status_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceInitAssignSDDLString(init, &SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R),
                 STATUS_SUCCESS);
}

/* S3.13, S3.14 */
START_TEST(a_childs_name_and_security_are_its_nodes)
{
    prepare_child_init = name_the_child;
    start_bus(1);
    mode_t mode;
    ck_assert_str_eq(device_node_name(device_from_handle(children[0])), "slot");
    ck_assert(device_node_mode(device_from_handle(children[0]), &mode));
    ck_assert_uint_eq(mode, 0644);
}
END_TEST

/* S3.13 */
START_TEST(the_name_of_a_sibling_is_a_collision)
{
    start_bus(1);
    WDFDEVICE first = children[0];
    ck_status_eq(try_create_child(describe_child(wdf_device(), 0), 0),
                 STATUS_OBJECT_NAME_COLLISION);
    children[0] = first;
}
END_TEST

static char names[256];

static void note_name(void *context, const char *path, bool is_there)
{
    UNREFERENCED_PARAMETER(context);
    size_t length = strlen(names);
    snprintf(names + length, sizeof(names) - length, "%c%s ", is_there ? '+' : '-', path);
}

/* S3.20, S3.21 */
START_TEST(links_of_a_child_go_with_it)
{
    DECLARE_CONST_UNICODE_STRING(link, L"\\DosDevices\\Slot");
    start_bus(1);
    ck_status_eq(WdfDeviceCreateSymbolicLink(children[0], &link), STATUS_SUCCESS);
    device_listen_to_names(device_from_handle(children[0]), note_name, NULL);
    mark_missing(0);
    ck_assert_str_eq(names, "+by-name/Slot -by-name/Slot ");
}
END_TEST

/* ---- coming ---- */

START_TEST(a_child_that_is_not_reported_cannot_be_opened)
{
    start_bus(0);
    create_child(0);
    ck_status_eq(try_open_child(0), STATUS_NO_SUCH_DEVICE);
    WdfObjectDelete(children[0]);
}
END_TEST

START_TEST(a_child_reported_before_the_start_is_there_after_it)
{
    start_bus(1);
    ck_status_eq(try_open_child(0), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_child_may_be_reported_at_any_time)
{
    start_bus(0);
    add_child(0);
    add_child(1);
    ck_status_eq(try_open_child(0), STATUS_SUCCESS);
    ck_status_eq(try_open_child(1), STATUS_SUCCESS);
}
END_TEST

static VOID report_from_callback(WDFQUEUE from, WDFREQUEST request)
{
    UNREFERENCED_PARAMETER(from);
    create_child(0);
    WdfRequestComplete(request, WdfFdoAddStaticChild(wdf_device(), children[0]));
}

START_TEST(a_callback_of_the_parent_may_report_a_child)
{
    describe_queue(WdfIoQueueDispatchSequential);
    queue_config.EvtIoDefault = report_from_callback;
    start_bus(0);
    answer(begin_read(open_file(), 8), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_status_eq(try_open_child(0), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_child_has_requests_and_ioctls_of_its_own)
{
    start_bus(2);
    WDFUSEIO one = begin_write(open_child(0), 4);
    WDFUSEIO other = begin_write(open_child(1), 4);
    ck_assert_ptr_eq(WdfIoQueueGetDevice(WdfRequestGetIoQueue(held())), children[0]);
    complete_held(STATUS_SUCCESS);
    answer(one, STATUS_SUCCESS);
    ck_pending(other);
    complete_held(STATUS_SUCCESS);
    answer(other, STATUS_SUCCESS);
}
END_TEST

static VOID never_called(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    ck_abort_msg("%p is presented", (void *)Request);
}

/* S5.12: as for a function driver. */
START_TEST(what_a_bus_driver_does_not_handle_is_an_invalid_device_request)
{
    char buffer[4];
    WDF_IO_QUEUE_CONFIG_INIT(&child_queue_config, WdfIoQueueDispatchParallel);
    child_queue_config.EvtIoWrite = never_called;
    start_bus(1);
    WDFUSEFILE file = open_child(0);
    ck_status_eq(WdfuseInprocRead(file, buffer, sizeof(buffer), NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfuseInprocIoctl(file, CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_BUFFERED, 0), "in",
                                   2, buffer, 2, NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* S16.48 */
START_TEST(a_child_that_is_not_raw_is_not_started)
{
    start_bus(0);
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(wdf_device());
    DECLARE_CONST_UNICODE_STRING(instance, L"0");
    ck_status_eq(WdfPdoInitAssignInstanceID(init, &instance), STATUS_SUCCESS);
    ck_status_eq(try_create_child(init, 0), STATUS_SUCCESS);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_status_eq(try_open_child(0), STATUS_NO_SUCH_DEVICE);
    mark_missing(0);
    ck_status_eq(try_open_child(0), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* S16.42 */
START_TEST(only_the_parent_of_a_child_has_it_added)
{
    start_bus(1);
    create_child(1);
    ck_status_eq(WdfFdoAddStaticChild(children[0], children[1]), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), wdf_device()), STATUS_INVALID_PARAMETER);
    WdfObjectDelete(children[1]);
}
END_TEST

/* S16.42 */
START_TEST(a_child_that_is_added_twice_exists)
{
    start_bus(1);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_OBJECT_NAME_EXISTS);
    create_child(1);
    occupy_workers();
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[1]), STATUS_SUCCESS);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[1]), STATUS_OBJECT_NAME_EXISTS);
    ck_status_eq(WdfPdoMarkMissing(children[1]), STATUS_SUCCESS);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[1]), STATUS_INVALID_DEVICE_STATE);
    free_workers();
    ck_status_eq(try_open_child(0), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_parent_that_is_removed_has_no_children_added)
{
    start_bus(0);
    create_child(0);
    device_remove(device_from_handle(wdf_device()));
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_DELETE_PENDING);
    WdfObjectDelete(children[0]);
}
END_TEST

/* S3.5: a child that was neither reported nor deleted goes with the driver. */
START_TEST(a_forgotten_child_goes_with_the_driver)
{
    start_bus(0);
    create_child(0);
}
END_TEST

/* ---- going ---- */

static VOID note_child_cleanup(WDFOBJECT object)
{
    UNREFERENCED_PARAMETER(object);
    note('c');
}

static VOID note_parent_cleanup(WDFOBJECT object)
{
    UNREFERENCED_PARAMETER(object);
    note('P');
}

static void note_cleanups(void)
{
    WDF_OBJECT_ATTRIBUTES_INIT(&child_attributes);
    child_attributes.EvtCleanupCallback = note_child_cleanup;
    WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
    device_attributes.EvtCleanupCallback = note_parent_cleanup;
}

/* S1.35, S16.43 */
START_TEST(a_child_that_was_not_reported_may_be_deleted)
{
    note_cleanups();
    start_bus(0);
    create_child(0);
    WdfObjectDelete(children[0]);
    ck_assert_str_eq(trace, "c");
    create_child(0); /* its name is free again */
    WdfObjectDelete(children[0]);
}
END_TEST

/* S1.35 */
START_TEST(a_child_that_was_reported_is_the_frameworks_to_delete)
{
    note_cleanups();
    start_bus(1);
    WdfObjectDelete(children[0]);
    ck_break("S1.35");
    ck_assert_str_eq(trace, "");
    ck_status_eq(try_open_child(0), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_missing_child_is_deleted_and_its_node_is_gone)
{
    note_cleanups();
    start_bus(1);
    mark_missing(0);
    ck_assert_str_eq(trace, "c");
    ck_status_eq(try_open_child(0), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(a_missing_child_that_is_open_is_deleted_after_the_last_close)
{
    note_cleanups();
    start_bus(1);
    WDFUSEFILE one = open_child(0), other = open_child(0);
    WDFUSEIO io = begin_read(one, 8);
    WDFREQUEST request = take_held();
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    answer(io, STATUS_SUCCESS);
    char byte;
    ck_status_eq(WdfuseInprocRead(one, &byte, 1, NULL), STATUS_DEVICE_REMOVED);
    close_child_file(one);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "");
    close_child_file(other);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "c");
}
END_TEST

START_TEST(a_slot_can_be_used_again)
{
    start_bus(0);
    for (unsigned i = 0; i < 10; i++) {
        add_child(0);
        ck_status_eq(try_open_child(0), STATUS_SUCCESS);
        mark_missing(0);
        ck_status_eq(try_open_child(0), STATUS_OBJECT_NAME_NOT_FOUND);
    }
}
END_TEST

START_TEST(marking_is_for_children_in_the_list)
{
    start_bus(0);
    create_child(0);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_NO_SUCH_DEVICE);
    ck_status_eq(WdfPdoMarkMissing(wdf_device()), STATUS_INVALID_PARAMETER);
    WdfObjectDelete(children[0]);
}
END_TEST

START_TEST(marking_a_child_twice_removes_it_once)
{
    note_cleanups();
    start_bus(1);
    occupy_workers();
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    free_workers();
    ck_assert_str_eq(trace, "c");
}
END_TEST

/* One that the framework has not even started to handle. */
START_TEST(a_pending_child_may_be_missing)
{
    note_cleanups();
    start_bus(0);
    occupy_workers();
    create_child(0);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[0]), STATUS_SUCCESS);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    free_workers();
    ck_assert_str_eq(trace, "c");
}
END_TEST

static VOID mark_from_callback(WDFQUEUE from, WDFREQUEST request)
{
    ck_status_eq(WdfPdoMarkMissing(WdfIoQueueGetDevice(from)), STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
}

/* The framework never waits in a driver's callback for that callback. */
START_TEST(a_callback_of_the_child_may_mark_it)
{
    WDF_IO_QUEUE_CONFIG_INIT(&child_queue_config, WdfIoQueueDispatchSequential);
    child_queue_config.EvtIoDefault = mark_from_callback;
    note_cleanups();
    start_bus(1);
    WDFUSEFILE file = open_child(0);
    answer(begin_read(file, 8), STATUS_SUCCESS);
    close_child_file(file);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "c");
}
END_TEST

/* S11.17: the children first. */
START_TEST(the_children_are_deleted_before_their_parent)
{
    note_cleanups();
    start_bus(2);
    bus_stop();
    ck_assert_str_eq(trace, "ccP");
}
END_TEST

/* ---- the list ---- */

/* The numbers of the children in the locked list. */
static const char *list(ULONG flags)
{
    static char found[CHILDREN_MAX + 1];
    unsigned count = 0;
    WDFDEVICE child = NULL;
    while ((child = WdfFdoRetrieveNextStaticChild(wdf_device(), child, flags)) != NULL) {
        for (unsigned i = 0; i < CHILDREN_MAX; i++) {
            if (children[i] == child)
                found[count++] = (char)('0' + i);
        }
    }
    found[count] = '\0';
    return found;
}

START_TEST(the_list_is_in_order_of_reporting)
{
    start_bus(3);
    WdfFdoLockStaticChildListForIteration(wdf_device());
    ck_assert_str_eq(list(WdfRetrieveAllChildren), "012");
    ck_assert_str_eq(list(WdfRetrievePresentChildren), "012");
    ck_assert_str_eq(list(WdfRetrieveMissingChildren), "");
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
}
END_TEST

START_TEST(the_flags_choose)
{
    start_bus(2);
    create_child(2);
    WdfFdoLockStaticChildListForIteration(wdf_device());
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[2]), STATUS_SUCCESS);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    ck_assert_str_eq(list(WdfRetrieveMissingChildren), "0");
    ck_assert_str_eq(list(WdfRetrievePresentChildren), "1");
    ck_assert_str_eq(list(WdfRetrievePendingChildren), "2");
    ck_assert_str_eq(list(WdfRetrieveAddedChildren), "12");
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
}
END_TEST

/* S16.44: what is recorded while the list is locked happens when it is unlocked. */
START_TEST(nothing_comes_or_goes_while_the_list_is_locked)
{
    note_cleanups();
    start_bus(1);
    create_child(1);
    WdfFdoLockStaticChildListForIteration(wdf_device());
    WdfFdoLockStaticChildListForIteration(wdf_device());
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[1]), STATUS_SUCCESS);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
    WdfuseInprocWaitForWorkers();
    ck_status_eq(try_open_child(0), STATUS_SUCCESS);
    ck_status_eq(try_open_child(1), STATUS_NO_SUCH_DEVICE);
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "c");
    ck_status_eq(try_open_child(1), STATUS_SUCCESS);
}
END_TEST

/* As Microsoft's bus samples unplug a device: they mark it during an iteration. */
START_TEST(the_next_child_is_found_after_a_marked_one)
{
    start_bus(3);
    WdfFdoLockStaticChildListForIteration(wdf_device());
    ck_status_eq(WdfPdoMarkMissing(children[1]), STATUS_SUCCESS);
    ck_assert_ptr_eq(
        WdfFdoRetrieveNextStaticChild(wdf_device(), children[1], WdfRetrieveAddedChildren),
        children[2]);
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
}
END_TEST

START_TEST(a_list_that_is_not_locked_is_not_walked)
{
    start_bus(1);
    ck_assert_ptr_null(WdfFdoRetrieveNextStaticChild(wdf_device(), NULL, WdfRetrieveAllChildren));
    ck_break("not locked");
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
    ck_break("not locked");
}
END_TEST

START_TEST(only_a_function_device_has_a_list)
{
    start_bus(1);
    WdfFdoLockStaticChildListForIteration(children[0]);
    ck_break("no function device");
    ck_assert_ptr_null(WdfFdoRetrieveNextStaticChild(children[0], NULL, WdfRetrieveAllChildren));
    ck_break("not locked");
}
END_TEST

static const ULONG wrong_flags[] = {WdfRetrieveUnspecified, 8, WdfRetrieveAllChildren | 0x100};

START_TEST(wrong_flags_are_refused)
{
    start_bus(1);
    WdfFdoLockStaticChildListForIteration(wdf_device());
    WDFDEVICE child = WdfFdoRetrieveNextStaticChild(wdf_device(), NULL, wrong_flags[_i]);
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
    ck_assert_ptr_null(child);
    ck_break("Flags");
}
END_TEST

START_TEST(a_walk_goes_on_from_a_child_of_the_list)
{
    start_bus(1);
    create_child(1);
    WdfFdoLockStaticChildListForIteration(wdf_device());
    WDFDEVICE child =
        WdfFdoRetrieveNextStaticChild(wdf_device(), children[1], WdfRetrieveAllChildren);
    WdfFdoUnlockStaticChildListFromIteration(wdf_device());
    ck_assert_ptr_null(child);
    ck_break("PreviousChild");
    WdfObjectDelete(children[1]);
}
END_TEST

static void setup(void)
{
    trace[0] = names[0] = '\0';
}

static TCase *child_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, bus_stop);
    tcase_set_timeout(tests, 60);
    return tests;
}

static TCase *init_tests(void)
{
    TCase *tests = child_case("init");
    tcase_add_test(tests, identifiers_and_texts_are_taken);
    tcase_add_test(tests, a_string_that_is_not_well_formed_is_refused);
    tcase_add_test(tests, what_describes_children_is_refused_for_other_devices);
    tcase_add_test(tests, callbacks_of_a_wrong_size_are_ignored);
    tcase_add_test(tests, a_child_has_no_children);
    tcase_add_test(tests, a_description_is_not_allocated_above_passive_level);
    tcase_add_test(tests, a_child_without_any_name_is_refused);
    tcase_add_test(tests, a_raw_child_without_any_name_has_nothing_to_secure);
    tcase_add_test(tests, taking_a_name_away_gives_a_child_a_made_up_one);
    tcase_add_test(tests, a_child_knows_its_parent);
    return tests;
}

static TCase *node_tests(void)
{
    TCase *tests = child_case("node");
    tcase_add_test(tests, a_made_up_name_is_made_of_parent_and_instance);
    tcase_add_test(tests, an_instance_that_gives_no_name_gives_a_number);
    tcase_add_test(tests, a_childs_name_and_security_are_its_nodes);
    tcase_add_test(tests, the_name_of_a_sibling_is_a_collision);
    tcase_add_test(tests, links_of_a_child_go_with_it);
    return tests;
}

static TCase *coming_tests(void)
{
    TCase *tests = child_case("coming");
    tcase_add_test(tests, a_child_that_is_not_reported_cannot_be_opened);
    tcase_add_test(tests, a_child_reported_before_the_start_is_there_after_it);
    tcase_add_test(tests, a_child_may_be_reported_at_any_time);
    tcase_add_test(tests, a_callback_of_the_parent_may_report_a_child);
    tcase_add_test(tests, a_child_has_requests_and_ioctls_of_its_own);
    tcase_add_test(tests, what_a_bus_driver_does_not_handle_is_an_invalid_device_request);
    tcase_add_test(tests, a_child_that_is_not_raw_is_not_started);
    tcase_add_test(tests, only_the_parent_of_a_child_has_it_added);
    tcase_add_test(tests, a_child_that_is_added_twice_exists);
    tcase_add_test(tests, a_parent_that_is_removed_has_no_children_added);
    tcase_add_test(tests, a_forgotten_child_goes_with_the_driver);
    return tests;
}

static TCase *going_tests(void)
{
    TCase *tests = child_case("going");
    tcase_add_test(tests, a_child_that_was_not_reported_may_be_deleted);
    tcase_add_test(tests, a_child_that_was_reported_is_the_frameworks_to_delete);
    tcase_add_test(tests, a_missing_child_is_deleted_and_its_node_is_gone);
    tcase_add_test(tests, a_missing_child_that_is_open_is_deleted_after_the_last_close);
    tcase_add_test(tests, a_slot_can_be_used_again);
    tcase_add_test(tests, marking_is_for_children_in_the_list);
    tcase_add_test(tests, marking_a_child_twice_removes_it_once);
    tcase_add_test(tests, a_pending_child_may_be_missing);
    tcase_add_test(tests, a_callback_of_the_child_may_mark_it);
    tcase_add_test(tests, the_children_are_deleted_before_their_parent);
    return tests;
}

static TCase *list_tests(void)
{
    TCase *tests = child_case("list");
    tcase_add_test(tests, the_list_is_in_order_of_reporting);
    tcase_add_test(tests, the_flags_choose);
    tcase_add_test(tests, nothing_comes_or_goes_while_the_list_is_locked);
    tcase_add_test(tests, the_next_child_is_found_after_a_marked_one);
    tcase_add_test(tests, a_list_that_is_not_locked_is_not_walked);
    tcase_add_test(tests, only_a_function_device_has_a_list);
    tcase_add_loop_test(tests, wrong_flags_are_refused, 0, RTL_NUMBER_OF(wrong_flags));
    tcase_add_test(tests, a_walk_goes_on_from_a_child_of_the_list);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("child");
    suite_add_tcase(suite, init_tests());
    suite_add_tcase(suite, node_tests());
    suite_add_tcase(suite, coming_tests());
    suite_add_tcase(suite, going_tests());
    suite_add_tcase(suite, list_tests());
    return unit_run(suite);
}
