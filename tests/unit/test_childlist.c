/* Child lists (S16): what is reported, what becomes of it, and how it is looked at. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/lifecycle.h"
#include "holding.h"
#include "nt/irql.h"
#include "port/thread.h"
#include "unit.h"
#include "warnings.h"

static const GUID some_class = {0x5a1f7a3e, 0x1c0b, 0x4a53, {1, 2, 3, 4, 5, 6, 7, 8}};

/* ---- the driver ---- */

#define NUMBERS 10

typedef struct {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header;
    ULONG Number;
    PVOID Text; /* of the list with callbacks for descriptions */
} ID;

typedef struct {
    WDF_CHILD_ADDRESS_DESCRIPTION_HEADER Header;
    ULONG Where;
} ADDRESS;

static WDF_CHILD_LIST_CONFIG config;
static WDFCHILDLIST list;
static WDFDEVICE pdos[NUMBERS]; /* the last that was made of each */
static atomic_uint creations;
static unsigned scans, missing_count, cleanups, ejections;
static NTSTATUS (*instead_of_creating)(PWDFDEVICE_INIT init, ULONG number);
static VOID (*during_scan)(void);
static VOID (*during_creation)(void);
static NTSTATUS ejection_status;
static char trace[128];

static void note(char what)
{
    size_t length = strlen(trace);
    if (length == sizeof(trace) - 1)
        return;
    trace[length] = what;
    trace[length + 1] = '\0';
}

static ID id_of(unsigned number)
{
    ID id;
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&id.Header, sizeof(id));
    id.Number = number;
    return id;
}

static ADDRESS address_of(ULONG where)
{
    ADDRESS address;
    WDF_CHILD_ADDRESS_DESCRIPTION_HEADER_INIT(&address.Header, sizeof(address));
    address.Where = where;
    return address;
}

static VOID (*when_missing)(void); /* once */

static VOID count_missing(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    missing_count++;
    note('m');
    VOID (*action)(void) = when_missing;
    when_missing = NULL;
    if (action != NULL)
        action();
}

static NTSTATUS eject(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    ejections++;
    note('e');
    return ejection_status;
}

static VOID count_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    cleanups++;
    note('c');
}

static unsigned destructions;

static VOID count_destruction(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    destructions++;
}

static NTSTATUS note_prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Raw);
    UNREFERENCED_PARAMETER(Translated);
    note('p');
    return STATUS_SUCCESS;
}

static VOID note_surprise(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    note('s');
}

static NTSTATUS create_pdo(PWDFDEVICE_INIT init, ULONG number)
{
    WCHAR digits[] = {(WCHAR)(L'0' + number), 0};
    UNICODE_STRING instance;
    RtlInitUnicodeString(&instance, digits);
    WDF_PDO_EVENT_CALLBACKS events;
    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceReportedMissing = count_missing;
    events.EvtDeviceEject = eject;
    WdfPdoInitSetEventCallbacks(init, &events);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = note_prepare;
    callbacks.EvtDeviceSurpriseRemoval = note_surprise;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = count_cleanup;
    attributes.EvtDestroyCallback = count_destruction;
    ck_status_eq(WdfPdoInitAssignInstanceID(init, &instance), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAssignRawDevice(init, &some_class), STATUS_SUCCESS);
    return WdfDeviceCreate(&init, &attributes, &pdos[number]);
}

static NTSTATUS create(WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Id,
                       PWDFDEVICE_INIT ChildInit)
{
    ULONG number = CONTAINING_RECORD(Id, ID, Header)->Number;
    ck_assert_ptr_eq(ChildList, list);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    creations++;
    note((char)('0' + number));
    if (during_creation != NULL)
        during_creation();
    return instead_of_creating != NULL ? instead_of_creating(ChildInit, number)
                                       : create_pdo(ChildInit, number);
}

static VOID scan(WDFCHILDLIST ChildList)
{
    list = ChildList;
    scans++;
    note('S');
    if (during_scan != NULL)
        during_scan();
}

static VOID want_list(PWDFDEVICE_INIT init)
{
    WdfFdoInitSetDefaultChildListConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

static VOID find_list(WDFDEVICE Device)
{
    list = WdfFdoGetDefaultChildList(Device);
    ck_assert_ptr_nonnull(list);
}

static void list_setup(void)
{
    WDF_CHILD_LIST_CONFIG_INIT(&config, sizeof(ID), create);
    config.EvtChildListScanForChildren = scan;
}

static void list_stop(void)
{
    holding_stop();
    memset(pdos, 0, sizeof(pdos));
    memset(trace, 0, sizeof(trace));
    creations = 0;
    scans = missing_count = cleanups = ejections = 0;
    instead_of_creating = NULL;
    during_scan = during_creation = NULL;
    ejection_status = STATUS_SUCCESS;
}

static void start_bus(void)
{
    prepare_init = want_list;
    prepare_device = find_list;
    start_device();
}

static NTSTATUS try_report(unsigned number)
{
    ID id = id_of(number);
    return WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &id.Header, NULL);
}

static void report(unsigned number)
{
    ck_status_eq(try_report(number), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

static NTSTATUS try_miss(unsigned number)
{
    ID id = id_of(number);
    return WdfChildListUpdateChildDescriptionAsMissing(list, &id.Header);
}

static void miss(unsigned number)
{
    ck_status_eq(try_miss(number), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

static WDFDEVICE pdo_of(unsigned number, WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS expected)
{
    ID id = id_of(number);
    WDF_CHILD_RETRIEVE_INFO info;
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, &id.Header);
    WDFDEVICE found = WdfChildListRetrievePdo(list, &info);
    ck_assert_int_eq(info.Status, expected);
    return found;
}

/* The numbers of the children with those flags, in their order; what is not made yet has a '?'. */
static const char *walk(ULONG flags)
{
    static char text[64];
    size_t length = 0;
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, flags);
    ID id = id_of(0);
    WDF_CHILD_RETRIEVE_INFO info;
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, &id.Header);
    WDFDEVICE found;
    NTSTATUS status;
    WdfChildListBeginIteration(list, &iterator);
    while (NT_SUCCESS(status = WdfChildListRetrieveNextDevice(list, &iterator, &found, &info))) {
        text[length++] = (char)('0' + id.Number);
        bool is_made = info.Status == WdfChildListRetrieveDeviceSuccess;
        ck_assert(is_made == (found != NULL));
        if (!is_made)
            text[length++] = '?';
    }
    ck_status_eq(status, STATUS_NO_MORE_ENTRIES);
    WdfChildListEndIteration(list, &iterator);
    text[length] = '\0';
    return text;
}

static void ck_open(unsigned number, bool is_there)
{
    char name[16];
    WDFUSEFILE file;
    snprintf(name, sizeof(name), "test.%u", number);
    NTSTATUS status = WdfuseInprocOpenNode(name, O_RDWR, &file);
    ck_assert_int_eq(NT_SUCCESS(status), is_there);
    if (is_there)
        WdfuseInprocClose(file);
}

static void ck_break(const char *text)
{
    const char *message = last_verifier_message();
    ck_assert_msg(strstr(message, text) != NULL, "'%s' does not say '%s'", message, text);
}

/* ---- creating ---- */

/* S16.1 */
START_TEST(a_config_begins_without_what_may_be_left_out)
{
    WDF_CHILD_LIST_CONFIG expected;
    memset(&expected, 0, sizeof(expected));
    expected.Size = sizeof(expected);
    expected.IdentificationDescriptionSize = 12;
    expected.EvtChildListCreateDevice = create;
    memset(&config, 0x55, sizeof(config));
    WDF_CHILD_LIST_CONFIG_INIT(&config, 12, create);
    ck_assert_mem_eq(&config, &expected, sizeof(config));
}
END_TEST

static NTSTATUS create_list_of(WDFDEVICE of)
{
    WDFCHILDLIST other;
    return WdfChildListCreate(of, &config, WDF_NO_OBJECT_ATTRIBUTES, &other);
}

/* S16.5 */
START_TEST(a_list_with_a_wrong_config_is_not_created)
{
    start_bus();
    ck_status_eq(create_list_of(wdf_device()), STATUS_SUCCESS);
    config.Size--;
    ck_status_eq(create_list_of(wdf_device()), STATUS_INFO_LENGTH_MISMATCH);
    config.Size++;
    config.EvtChildListCreateDevice = NULL;
    ck_status_eq(create_list_of(wdf_device()), STATUS_INVALID_PARAMETER);
    config.EvtChildListCreateDevice = create;
    config.IdentificationDescriptionSize = 0;
    ck_status_eq(create_list_of(wdf_device()), STATUS_INVALID_PARAMETER);
    config.IdentificationDescriptionSize = MAXULONG;
    ck_status_eq(create_list_of(wdf_device()), STATUS_INVALID_PARAMETER);
    config.IdentificationDescriptionSize = sizeof(ID);

    WDFCHILDLIST other;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = wdf_device();
    ck_status_eq(WdfChildListCreate(wdf_device(), &config, &attributes, &other),
                 STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
}
END_TEST

/* S16.6, S16.8 */
START_TEST(a_list_belongs_to_its_device)
{
    start_bus();
    ck_assert_ptr_eq(WdfChildListGetDevice(list), wdf_device());
    WdfObjectDelete(list);
    ck_break("S1.35");
    report(1);
}
END_TEST

static VOID give_wrong_config(PWDFDEVICE_INIT init)
{
    config.Size--;
    WdfFdoInitSetDefaultChildListConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

/* S16.7 */
START_TEST(a_wrong_default_list_is_ignored)
{
    prepare_init = give_wrong_config;
    start_device();
    ck_break("ignored");
    ck_assert_ptr_null(WdfFdoGetDefaultChildList(wdf_device()));
}
END_TEST

/* ---- reporting ---- */

/* S16.13, S16.56 */
START_TEST(a_child_is_made_once_however_often_it_is_reported)
{
    start_bus();
    report(3);
    ck_open(3, true);
    ck_status_eq(try_report(3), STATUS_OBJECT_NAME_EXISTS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(creations, 1);
    ck_assert_ptr_eq(pdo_of(3, WdfChildListRetrieveDeviceSuccess), pdos[3]);
    ck_assert_ptr_null(pdo_of(4, WdfChildListRetrieveDeviceNoSuchDevice));
}
END_TEST

/* S16.2, S16.56 */
START_TEST(all_of_a_description_tells_children_apart)
{
    start_bus();
    ID id = id_of(3);
    report(3);
    id.Text = &id;
    ck_status_eq(WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &id.Header, NULL),
                 STATUS_SUCCESS);
    ck_status_eq(try_report(3), STATUS_OBJECT_NAME_EXISTS);
}
END_TEST

/* S16.13, S16.15 */
START_TEST(a_description_of_a_wrong_size_is_refused)
{
    start_bus();
    ID id = id_of(1);
    ADDRESS address = address_of(1);
    id.Header.IdentificationDescriptionSize--;
    ck_status_eq(WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &id.Header, NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfChildListUpdateChildDescriptionAsMissing(list, &id.Header),
                 STATUS_INVALID_DEVICE_REQUEST);
    id = id_of(1);
    ck_status_eq(
        WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &id.Header, &address.Header),
        STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(try_miss(1), STATUS_NO_SUCH_DEVICE);
    ck_assert_uint_eq(creations, 0);
}
END_TEST

/* S16.15, S16.36 */
START_TEST(a_missing_child_is_removed_by_surprise)
{
    start_bus();
    report(3);
    miss(3);
    ck_assert_str_eq(trace, "S3pmsc");
    ck_open(3, false);
    ck_status_eq(try_miss(3), STATUS_NO_SUCH_DEVICE);
}
END_TEST

/* S16.10, S16.14, S16.60 */
START_TEST(a_child_that_comes_back_while_it_is_open_is_another_device)
{
    start_bus();
    report(3);
    WDFDEVICE old = pdos[3];
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpenNode("test.3", O_RDWR, &file), STATUS_SUCCESS);
    miss(3);
    ck_assert_uint_eq(cleanups, 0);
    ck_assert_ptr_eq(pdo_of(3, WdfChildListRetrieveDeviceSuccess), old);
    report(3);
    ck_assert_uint_eq(creations, 2);
    ck_assert_ptr_ne(pdos[3], old);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "33");
    ck_open(3, true);
    WdfuseInprocClose(file);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "3");
}
END_TEST

static VOID replace_one(void)
{
    ck_status_eq(try_miss(1), STATUS_SUCCESS);
    ck_status_eq(try_report(1), STATUS_SUCCESS);
}

/* S16.14, S16.29: one that comes back while its bus is being looked at has the name of the old
 * one, which has to go first. */
START_TEST(a_child_that_comes_back_while_another_goes_is_made)
{
    start_bus();
    report(1);
    report(2);
    when_missing = replace_one;
    miss(2);
    ck_open(1, true);
    ck_assert_uint_eq(creations, 3);
    ck_assert_uint_eq(cleanups, 2);
}
END_TEST

static VOID report_two(void)
{
    ck_assert(NT_SUCCESS(try_report(1)));
    ck_assert(NT_SUCCESS(try_report(2)));
}

/* S16.30, S16.33, S16.34 */
START_TEST(children_of_the_first_scan_are_there_after_the_start)
{
    during_scan = report_two;
    start_bus();
    ck_assert_uint_eq(scans, 1);
    ck_assert_str_eq(trace, "S12pp");
    ck_open(1, true);
    ck_open(2, true);
}
END_TEST

static VOID scan_for_two(void)
{
    WdfChildListBeginScan(list);
    report_two();
    WdfChildListEndScan(list);
}

/* S16.33, S16.63 */
START_TEST(the_bus_is_scanned_at_each_entry_of_d0)
{
    during_scan = scan_for_two;
    start_bus();
    report(5);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(scans, 2);
    ck_open(5, false); /* the second scan has not found it */
    ck_open(1, true);
    ck_assert_uint_eq(creations, 3);
}
END_TEST

/* ---- scans ---- */

/* S16.11, S16.17, S16.57 */
START_TEST(what_a_scan_does_not_find_is_missing)
{
    start_bus();
    report(1);
    report(2);
    WdfChildListBeginScan(list);
    ck_status_eq(try_report(2), STATUS_OBJECT_NAME_EXISTS);
    ck_status_eq(try_report(3), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(creations, 2); /* S16.21: all of it at the end */
    WdfChildListEndScan(list);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "23");
    ck_open(1, false);
    ck_open(3, true);
}
END_TEST

/* S16.20, S16.57 */
START_TEST(a_scan_may_have_found_all)
{
    start_bus();
    report(1);
    WdfChildListBeginScan(list);
    WdfChildListUpdateAllChildDescriptionsAsPresent(list);
    WdfChildListEndScan(list);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "1");
}
END_TEST

/* S16.18 */
START_TEST(a_second_scan_forgets_what_the_first_has_found)
{
    start_bus();
    report(1);
    WdfChildListBeginScan(list);
    (void)try_report(1);
    (void)try_report(2);
    WdfChildListBeginScan(list);
    WdfChildListEndScan(list);
    WdfChildListEndScan(list);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "");
    ck_assert_uint_eq(creations, 1);
}
END_TEST

/* S16.19 */
START_TEST(an_end_without_a_beginning_is_a_break)
{
    start_bus();
    WdfChildListEndScan(list);
    ck_break("no scan or iteration open");
    report(1);
    ck_assert_uint_eq(creations, 1);
}
END_TEST

/* S16.58 */
START_TEST(a_child_that_comes_and_goes_in_a_scan_is_never_made)
{
    start_bus();
    WdfChildListBeginScan(list);
    ck_status_eq(try_report(1), STATUS_SUCCESS);
    ck_status_eq(try_miss(1), STATUS_SUCCESS);
    WdfChildListEndScan(list);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(creations, 0);
    ck_status_eq(try_miss(1), STATUS_NO_SUCH_DEVICE);
}
END_TEST

/* S16.13, S16.15: gone and back in one scan is another device. */
START_TEST(a_child_that_goes_and_comes_in_a_scan_is_made_anew)
{
    start_bus();
    report(1);
    WdfChildListBeginScan(list);
    ck_status_eq(try_miss(1), STATUS_SUCCESS);
    ck_status_eq(try_miss(1), STATUS_SUCCESS); /* S16.16 */
    ck_status_eq(try_report(1), STATUS_SUCCESS);
    WdfChildListEndScan(list);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(creations, 2);
    ck_assert_uint_eq(cleanups, 1);
    ck_open(1, true);
}
END_TEST

/* ---- looking ---- */

/* S16.22, S16.23 */
START_TEST(a_walk_with_something_wrong_is_refused)
{
    start_bus();
    WDF_CHILD_LIST_ITERATOR iterator;
    WDFDEVICE found;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrieveAllChildren);
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, NULL),
                 STATUS_INVALID_DEVICE_STATE);
    WdfChildListBeginIteration(list, &iterator);
    iterator.Size--;
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, NULL),
                 STATUS_INFO_LENGTH_MISMATCH);
    iterator.Size++;
    iterator.Flags = 8;
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, NULL),
                 STATUS_INVALID_PARAMETER);
    iterator.Flags = 0;
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, NULL),
                 STATUS_NO_MORE_ENTRIES);
    ID id = id_of(1);
    ADDRESS address = address_of(1);
    WDF_CHILD_RETRIEVE_INFO info;
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, &id.Header);
    info.AddressDescription = &address.Header;
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, &info),
                 STATUS_INVALID_DEVICE_REQUEST);
    info.AddressDescription = NULL;
    id.Header.IdentificationDescriptionSize++;
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, &info),
                 STATUS_INVALID_PARAMETER);
    WdfChildListEndIteration(list, &iterator);
    WdfChildListEndIteration(list, &iterator);
    ck_break("S16.19");
    iterator.Flags = 8;
    WdfChildListBeginIteration(list, &iterator);
    ck_break("S16.22");
}
END_TEST

/* S16.9, S16.24, S16.25 */
START_TEST(the_flags_choose_and_pending_children_come_last)
{
    start_bus();
    report(1);
    report(2);
    WdfChildListBeginScan(list);
    WdfChildListUpdateAllChildDescriptionsAsPresent(list);
    ck_status_eq(try_report(4), STATUS_SUCCESS);
    ck_status_eq(try_report(3), STATUS_SUCCESS);
    ck_assert_str_eq(walk(WdfRetrieveAddedChildren), "124?3?");
    ck_assert_str_eq(walk(WdfRetrievePendingChildren), "4?3?");
    ck_assert_str_eq(walk(WdfRetrievePresentChildren), "12");
    ck_assert_str_eq(walk(WdfRetrieveMissingChildren), "");
    ck_assert_ptr_null(pdo_of(4, WdfChildListRetrieveDeviceNotYetCreated));
    WdfChildListEndScan(list);
}
END_TEST

/* S16.22, S16.40: the driver may look at what it was given until the end, though the child has
 * gone. */
START_TEST(a_child_that_an_iteration_has_given_stays_an_object)
{
    start_bus();
    report(1);
    destructions = 0;
    WDF_CHILD_LIST_ITERATOR iterator;
    WDFDEVICE found;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrievePresentChildren);
    WdfChildListBeginIteration(list, &iterator);
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(found, pdos[1]);
    ck_assert_ptr_eq(pdo_of(1, WdfChildListRetrieveDeviceSuccess), found); /* held once */
    WdfDeviceSetFailed(found, WdfDeviceFailedNoRestart);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(destructions, 0);
    ck_assert_ptr_nonnull(WdfDeviceGetDriver(found));
    WdfChildListEndIteration(list, &iterator);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(destructions, 1);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "");
}
END_TEST

/* S16.22: those that it has given, and none else, go with its end; what another walk gives
 * meanwhile stays until the last one ends. */
START_TEST(the_end_of_the_last_iteration_gives_back_what_was_given)
{
    start_bus();
    for (unsigned i = 1; i <= 4; i++)
        report(i);
    destructions = 0;
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrievePresentChildren);
    WdfChildListBeginIteration(list, &iterator);
    (void)pdo_of(2, WdfChildListRetrieveDeviceSuccess);
    WDFDEVICE others[] = {pdos[1], pdos[4]};
    (void)pdo_of(3, WdfChildListRetrieveDeviceSuccess);
    WdfDeviceSetFailed(pdos[2], WdfDeviceFailedNoRestart);
    WdfDeviceSetFailed(pdos[3], WdfDeviceFailedNoRestart);
    WdfDeviceSetFailed(others[0], WdfDeviceFailedNoRestart);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(destructions, 1); /* of the one that nobody was given */
    ck_assert_str_eq(walk(WdfRetrievePresentChildren), "4");
    WdfDeviceSetFailed(others[1], WdfDeviceFailedNoRestart);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(destructions, 1);
    WdfChildListEndIteration(list, &iterator);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(destructions, 4);
}
END_TEST

/* S16.22: the list's own end is one, too. */
START_TEST(a_walk_that_never_ends_keeps_no_child_longer_than_its_list)
{
    start_bus();
    report(1);
    destructions = 0;
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrievePresentChildren);
    WdfChildListBeginIteration(list, &iterator);
    (void)pdo_of(1, WdfChildListRetrieveDeviceSuccess);
    device_stop();
    ck_assert_uint_eq(destructions, 1);
}
END_TEST

/* A handle that was given outside does not keep the child. */
START_TEST(a_child_that_was_given_outside_an_iteration_goes)
{
    start_bus();
    report(1);
    destructions = 0;
    WDFDEVICE found = pdo_of(1, WdfChildListRetrieveDeviceSuccess);
    WdfDeviceSetFailed(found, WdfDeviceFailedNoRestart);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(destructions, 1);
}
END_TEST

/* S16.12, S16.64 */
START_TEST(a_child_marked_in_an_iteration_is_there_until_its_end)
{
    start_bus();
    report(1);
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpenNode("test.1", O_RDWR, &file), STATUS_SUCCESS);
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrieveAllChildren);
    WdfChildListBeginIteration(list, &iterator);
    ck_status_eq(WdfPdoMarkMissing(pdos[1]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(walk(WdfRetrievePresentChildren), "1");
    WdfChildListEndIteration(list, &iterator);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(walk(WdfRetrievePresentChildren), "");
    ck_assert_str_eq(walk(WdfRetrieveMissingChildren), "1");
    WdfuseInprocClose(file);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(walk(WdfRetrieveMissingChildren), "");
}
END_TEST

static BOOLEAN is_odd(WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Wanted,
                      PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Id)
{
    UNREFERENCED_PARAMETER(ChildList);
    UNREFERENCED_PARAMETER(Wanted);
    return CONTAINING_RECORD(Id, ID, Header)->Number % 2 == 1;
}

/* S16.24 */
START_TEST(a_compare_function_of_the_caller_filters)
{
    start_bus();
    report(2);
    report(3);
    ID id = id_of(0);
    WDF_CHILD_RETRIEVE_INFO info;
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, &id.Header);
    info.EvtChildListIdentificationDescriptionCompare = is_odd;
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrieveAllChildren);
    WDFDEVICE found;
    WdfChildListBeginIteration(list, &iterator);
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, &info), STATUS_SUCCESS);
    ck_assert_ptr_eq(found, pdos[3]);
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, &info),
                 STATUS_NO_MORE_ENTRIES);
    WdfChildListEndIteration(list, &iterator);
}
END_TEST

/* ---- making ---- */

static NTSTATUS retry_twice(PWDFDEVICE_INIT init, ULONG number)
{
    NTSTATUS status = create_pdo(init, number);
    return creations <= 2 ? STATUS_RETRY : status;
}

/* S16.31, S16.59 */
START_TEST(a_creation_may_be_tried_again)
{
    start_bus();
    instead_of_creating = retry_twice;
    report(1);
    ck_assert_uint_eq(creations, 3);
    ck_assert_uint_eq(cleanups, 2);
    ck_open(1, true);
}
END_TEST

static NTSTATUS fail_creation(PWDFDEVICE_INIT init, ULONG number)
{
    UNREFERENCED_PARAMETER(init);
    UNREFERENCED_PARAMETER(number);
    return STATUS_UNSUCCESSFUL;
}

static NTSTATUS fail_after_creation(PWDFDEVICE_INIT init, ULONG number)
{
    (void)create_pdo(init, number);
    return STATUS_UNSUCCESSFUL;
}

static NTSTATUS create_nothing(PWDFDEVICE_INIT init, ULONG number)
{
    UNREFERENCED_PARAMETER(init);
    UNREFERENCED_PARAMETER(number);
    return STATUS_SUCCESS;
}

static NTSTATUS (*const failures[])(PWDFDEVICE_INIT init, ULONG number) = {
    fail_creation, fail_after_creation, create_nothing};

/* S16.31, S16.59 */
START_TEST(a_creation_that_fails_is_tried_when_the_child_is_reported_again)
{
    start_bus();
    instead_of_creating = failures[_i];
    report(1);
    ck_assert_uint_eq(creations, 1);
    ck_assert_uint_eq(cleanups, _i == 1);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "");
    instead_of_creating = NULL;
    report(1);
    ck_assert_uint_eq(creations, 2);
    ck_open(1, true);
}
END_TEST

static NTSTATUS free_init(PWDFDEVICE_INIT init, ULONG number)
{
    WdfDeviceInitFree(init);
    NTSTATUS status = create_pdo(init, number);
    WdfObjectDelete(pdos[number]);
    ck_break("S1.35");
    return status;
}

/* S16.32 */
START_TEST(the_init_and_the_child_are_the_frameworks)
{
    start_bus();
    instead_of_creating = free_init;
    report(1);
    ck_open(1, true);
}
END_TEST

static VOID report_next(void)
{
    if (creations < 3)
        ck_status_eq(try_report(creations + 1), STATUS_SUCCESS);
}

/* S16.12 */
START_TEST(what_a_creation_reports_is_made_after_it)
{
    start_bus();
    during_creation = report_next;
    report(1);
    ck_assert_uint_eq(creations, 3);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "123");
}
END_TEST

static NTSTATUS retry_for_ever(PWDFDEVICE_INIT init, ULONG number)
{
    UNREFERENCED_PARAMETER(init);
    UNREFERENCED_PARAMETER(number);
    return STATUS_RETRY;
}

static atomic_bool may_create;

static VOID hang(void)
{
    eventually(may_create);
}

static void remove_bus(void *unused)
{
    UNREFERENCED_PARAMETER(unused);
    device_remove(device_from_handle(wdf_device()));
}

/* S16.37: who wants the bus to go is told what that waits for; then all goes. */
START_TEST(a_creation_that_hangs_holds_up_the_removal_and_is_named)
{
    struct port_thread remover;
    start_bus();
    may_create = false;
    during_creation = hang;
    ck_status_eq(try_report(1), STATUS_SUCCESS);
    eventually(creations == 1);
    ck_assert_int_eq(port_thread_start(&remover, "remover", remove_bus, NULL), 0);
    eventually(turn_waiters() == 1);
    listen_to_warnings();
    driver_report_callbacks();
    ck_says("EvtChildListCreateDevice");
    ck_status_eq(try_report(2), STATUS_SUCCESS);
    may_create = true;
    port_thread_join(&remover);
    ck_assert_uint_eq(cleanups, creations);
}
END_TEST

static NTSTATUS create_holding(PWDFDEVICE_INIT init, ULONG number)
{
    WDF_IO_QUEUE_CONFIG queue_of_child;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue_of_child, WdfIoQueueDispatchManual);
    NTSTATUS status = create_pdo(init, number);
    return NT_SUCCESS(status) ? WdfIoQueueCreate(pdos[number], &queue_of_child,
                                                 WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE)
                              : status;
}

/* S11.17, S16.37: the client of a child hears of its removal. */
START_TEST(a_client_of_a_child_does_not_wait_for_a_bus_that_has_gone)
{
    WDFUSEFILE file;
    instead_of_creating = create_holding;
    start_bus();
    report(1);
    ck_status_eq(WdfuseInprocOpenNode("test.1", O_RDWR, &file), STATUS_SUCCESS);
    WDFUSEIO queued = begin_read(file, 8);
    remove_bus(NULL);
    answer(queued, STATUS_CANCELLED);
    answer(begin_read(file, 8), STATUS_DEVICE_REMOVED);
    WdfuseInprocClose(file);
}
END_TEST

/* S16.31: there is no limit; who wants the device to go need not wait for one. */
START_TEST(an_endless_retry_does_not_hold_up_the_removal)
{
    instead_of_creating = retry_for_ever;
    start_bus();
    ck_status_eq(try_report(1), STATUS_SUCCESS);
    eventually(creations > 10);
    device_stop();
}
END_TEST

/* S16.37, S16.62 */
START_TEST(children_go_before_their_parent)
{
    start_bus();
    report(1);
    report(2);
    list_stop();
    ck_assert_uint_eq(cleanups, 0); /* reset, and nothing came after */
}
END_TEST

/* S16.40 */
START_TEST(the_entry_of_a_child_that_goes_in_an_iteration_stays_until_its_end)
{
    start_bus();
    report(1);
    report(2);
    WDFUSEFILE file;
    ck_status_eq(WdfuseInprocOpenNode("test.1", O_RDWR, &file), STATUS_SUCCESS);
    miss(1);
    WDF_CHILD_LIST_ITERATOR iterator;
    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrieveAllChildren);
    WDFDEVICE found;
    WdfChildListBeginIteration(list, &iterator);
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(found, pdos[1]);
    WdfuseInprocClose(file);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(cleanups, 1);
    ck_status_eq(WdfChildListRetrieveNextDevice(list, &iterator, &found, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(found, pdos[2]);
    WdfChildListEndIteration(list, &iterator);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "2");
}
END_TEST

/* S16.26 */
START_TEST(a_child_is_found_by_a_description_of_the_right_size)
{
    start_bus();
    report(1);
    ID id = id_of(1);
    ADDRESS address = address_of(1);
    WDF_CHILD_RETRIEVE_INFO info;
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, &id.Header);
    info.Size--;
    ck_assert_ptr_null(WdfChildListRetrievePdo(list, &info));
    info.Size++;
    info.AddressDescription = &address.Header;
    ck_assert_ptr_null(WdfChildListRetrievePdo(list, &info));
    info.AddressDescription = NULL;
    id.Header.IdentificationDescriptionSize--;
    ck_assert_ptr_null(WdfChildListRetrievePdo(list, &info));
    info.IdentificationDescription = NULL;
    ck_assert_ptr_null(WdfChildListRetrievePdo(list, &info));
    ck_assert_int_eq(info.Status, WdfChildListRetrieveDeviceUndefined);
}
END_TEST

/* S16.39 */
START_TEST(a_pdo_may_be_marked_missing)
{
    start_bus();
    report(1);
    ck_status_eq(WdfPdoMarkMissing(wdf_device()), STATUS_INVALID_PARAMETER);
    WdfObjectReference(pdos[1]);
    ck_status_eq(WdfPdoMarkMissing(pdos[1]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_open(1, false);
    ck_status_eq(WdfPdoMarkMissing(pdos[1]), STATUS_NO_SUCH_DEVICE);
    WdfObjectDereference(pdos[1]);
}
END_TEST

/* S16.38 */
START_TEST(nobody_reports_a_child_missing_whose_parent_has_gone_by_surprise)
{
    start_bus();
    report(1);
    device_surprise_remove(device_from_handle(wdf_device()));
    ck_assert_str_eq(trace, "S1psc");
}
END_TEST

/* S16.45 */
START_TEST(a_bus_may_have_children_of_both_kinds)
{
    start_bus();
    report(1);
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(wdf_device());
    ck_status_eq(create_pdo(init, 2), STATUS_SUCCESS);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), pdos[2]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_open(1, true);
    ck_open(2, true);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "1");
    ID id = id_of(0);
    ck_status_eq(WdfPdoRetrieveIdentificationDescription(pdos[2], &id.Header),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfPdoMarkMissing(pdos[2]), STATUS_SUCCESS);
    WdfChildListBeginScan(list);
    WdfChildListEndScan(list);
    WdfuseInprocWaitForWorkers();
    ck_open(1, false);
    ck_open(2, false);
}
END_TEST

static VOID scan_for_one(void)
{
    WdfChildListBeginScan(list);
    ck_assert(NT_SUCCESS(try_report(1)));
    WdfChildListEndScan(list);
}

/* S16.28, S16.33, S16.39: by who stands for the bus. */
START_TEST(a_child_is_plugged_and_drawn_out_by_its_name)
{
    start_bus();
    report(5);
    during_scan = scan_for_one;
    ck_status_eq(WdfuseInprocPlug("test"), STATUS_SUCCESS);
    ck_open(1, true);
    ck_open(5, false);
    ck_status_eq(WdfuseInprocUnplug("test.1"), STATUS_SUCCESS);
    ck_open(1, false);
    ck_status_eq(WdfuseInprocUnplug("test.1"), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(WdfuseInprocPlug("test"), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocEject("test.1"), STATUS_SUCCESS);
    ck_assert_uint_eq(ejections, 1);
    ck_open(1, false);
    ck_status_eq(WdfuseInprocUnplug("test"), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfuseInprocEject("test"), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocPlug("test"), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* ---- descriptions with more behind them ---- */

static unsigned duplicated, cleaned, copied;
static NTSTATUS duplicate_status;

static NTSTATUS duplicate_id(WDFCHILDLIST ChildList,
                             PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Source,
                             PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Destination)
{
    ck_assert_ptr_eq(ChildList, list);
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL); /* S16.3 */
    ck_assert_uint_eq(Destination->IdentificationDescriptionSize, sizeof(ID));
    CONTAINING_RECORD(Destination, ID, Header)->Number =
        CONTAINING_RECORD(Source, ID, Header)->Number;
    CONTAINING_RECORD(Destination, ID, Header)->Text = malloc(1);
    duplicated++;
    return duplicate_status;
}

static VOID clean_id(WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Id)
{
    UNREFERENCED_PARAMETER(ChildList);
    free(CONTAINING_RECORD(Id, ID, Header)->Text);
    cleaned++;
    note('I');
}

static VOID clean_address(WDFCHILDLIST ChildList, PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER Address)
{
    UNREFERENCED_PARAMETER(ChildList);
    UNREFERENCED_PARAMETER(Address);
    note('A');
}

static BOOLEAN compare_ids(WDFCHILDLIST ChildList,
                           PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER First,
                           PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Second)
{
    UNREFERENCED_PARAMETER(ChildList);
    return CONTAINING_RECORD(First, ID, Header)->Number ==
           CONTAINING_RECORD(Second, ID, Header)->Number;
}

static VOID copy_id(WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Source,
                    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Destination)
{
    UNREFERENCED_PARAMETER(ChildList);
    CONTAINING_RECORD(Destination, ID, Header)->Number =
        CONTAINING_RECORD(Source, ID, Header)->Number;
    copied++;
}

static void rich_setup(void)
{
    list_setup();
    config.AddressDescriptionSize = sizeof(ADDRESS);
    config.EvtChildListIdentificationDescriptionDuplicate = duplicate_id;
    config.EvtChildListIdentificationDescriptionCopy = copy_id;
    config.EvtChildListIdentificationDescriptionCompare = compare_ids;
    config.EvtChildListIdentificationDescriptionCleanup = clean_id;
    config.EvtChildListAddressDescriptionCleanup = clean_address;
    duplicated = cleaned = copied = 0;
    duplicate_status = STATUS_SUCCESS;
}

static NTSTATUS try_report_at(unsigned number, ULONG where)
{
    ID id = id_of(number);
    id.Text = &id;
    ADDRESS address = address_of(where);
    return WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &id.Header, &address.Header);
}

static void rich_stop(void)
{
    list_stop();
    ck_assert_uint_eq(cleaned, duplicated); /* S16.4 */
}

/* S16.3, S16.4 */
START_TEST(descriptions_are_cleaned_up_address_first)
{
    start_bus();
    ck_status_eq(try_report_at(1, 10), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_status_eq(try_report_at(1, 10), STATUS_OBJECT_NAME_EXISTS);
    miss(1);
    ck_assert_str_eq(trace, "S1pmsAIc");
    ck_assert_uint_eq(duplicated, 1);
}
END_TEST

/* S16.4, S16.13 */
START_TEST(a_description_that_cannot_be_copied_is_cleaned_up)
{
    start_bus();
    duplicate_status = STATUS_INSUFFICIENT_RESOURCES;
    ck_status_eq(try_report_at(1, 10), STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_str_eq(trace, "SAI");
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "");
}
END_TEST

static ULONG where_is(unsigned number)
{
    ID id = id_of(number);
    ADDRESS address = address_of(0);
    ck_status_eq(WdfChildListRetrieveAddressDescription(list, &id.Header, &address.Header),
                 STATUS_SUCCESS);
    return address.Where;
}

/* S16.13, S16.27 */
START_TEST(an_address_changes_when_the_child_is_reported_again)
{
    start_bus();
    ck_status_eq(try_report_at(1, 10), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(where_is(1), 10);
    ck_status_eq(try_report_at(1, 11), STATUS_OBJECT_NAME_EXISTS);
    ck_assert_uint_eq(where_is(1), 11);
    ADDRESS address = address_of(12);
    ck_status_eq(WdfPdoUpdateAddressDescription(pdos[1], &address.Header), STATUS_SUCCESS);
    ck_assert_uint_eq(where_is(1), 12);
    address.Where = 0;
    ck_status_eq(WdfPdoRetrieveAddressDescription(pdos[1], &address.Header), STATUS_SUCCESS);
    ck_assert_uint_eq(address.Where, 12);
    ID id = id_of(0);
    ck_status_eq(WdfPdoRetrieveIdentificationDescription(pdos[1], &id.Header), STATUS_SUCCESS);
    ck_assert_uint_eq(id.Number, 1);
    id.Number = 2;
    ck_status_eq(WdfChildListRetrieveAddressDescription(list, &id.Header, &address.Header),
                 STATUS_NO_SUCH_DEVICE);
    address.Header.AddressDescriptionSize++;
    ck_status_eq(WdfPdoRetrieveAddressDescription(pdos[1], &address.Header),
                 STATUS_INVALID_DEVICE_REQUEST);
    address.Header.AddressDescriptionSize--;
    ck_status_eq(WdfPdoRetrieveAddressDescription(wdf_device(), &address.Header),
                 STATUS_INVALID_PARAMETER);
}
END_TEST

static BOOLEAN move_by_one(WDFCHILDLIST ChildList, WDFDEVICE OldDevice,
                           PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER Old,
                           PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER New)
{
    UNREFERENCED_PARAMETER(ChildList);
    ck_assert_ptr_eq(OldDevice, pdos[1]);
    CONTAINING_RECORD(New, ADDRESS, Header)->Where =
        CONTAINING_RECORD(Old, ADDRESS, Header)->Where + 1;
    return TRUE;
}

/* S16.41 */
START_TEST(a_child_that_wants_a_restart_is_made_anew)
{
    config.EvtChildListDeviceReenumerated = move_by_one;
    start_bus();
    ck_status_eq(try_report_at(1, 10), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    WDFDEVICE old = pdos[1];
    WdfDeviceSetFailed(old, WdfDeviceFailedAttemptRestart);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(creations, 2);
    ck_assert_uint_eq(cleanups, 1);
    ck_assert_uint_eq(where_is(1), 11);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "1");
    ck_open(1, true);
}
END_TEST

static BOOLEAN refuse(WDFCHILDLIST ChildList, WDFDEVICE OldDevice,
                      PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER Old,
                      PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER New)
{
    UNREFERENCED_PARAMETER(ChildList);
    UNREFERENCED_PARAMETER(OldDevice);
    UNREFERENCED_PARAMETER(Old);
    UNREFERENCED_PARAMETER(New);
    return FALSE;
}

/* S16.41 */
START_TEST(a_bus_may_refuse_a_restart)
{
    config.EvtChildListDeviceReenumerated = refuse;
    start_bus();
    ck_status_eq(try_report_at(1, 10), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    WdfDeviceSetFailed(pdos[1], WdfDeviceFailedAttemptRestart);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(creations, 1);
}
END_TEST

static unsigned restart_times(unsigned count)
{
    unsigned before = creations;
    for (unsigned i = 0; i < count; i++) {
        WdfDeviceSetFailed(pdos[1], WdfDeviceFailedAttemptRestart);
        WdfuseInprocWaitForWorkers();
    }
    return creations - before;
}

/* S11.34: reported again, it is made anew. */
START_TEST(a_child_that_is_given_up_may_be_reported_again)
{
    start_bus();
    ck_status_eq(try_report_at(1, 10), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    WdfDeviceSetFailed(pdos[1], WdfDeviceFailedNoRestart);
    WdfuseInprocWaitForWorkers();
    ck_assert(!WdfuseInprocHasFailed(device));
    ck_open(1, false);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "");
    ck_status_eq(try_report_at(1, 10), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_open(1, true);
}
END_TEST

/* S18.49 */
START_TEST(a_child_is_made_anew_five_times_a_minute)
{
    start_bus();
    ck_status_eq(try_report_at(1, 10), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(restart_times(4), 4);
    advance_ms(60001);
    ck_assert_uint_eq(restart_times(6), 5);
    ck_open(1, false); /* the sixth time it has gone for good */
    ck_assert(!WdfuseInprocHasFailed(device));
}
END_TEST

/* ---- asking for relations ---- */

static VOID (*during_query)(void);
static unsigned queries;

static VOID query_relations(WDFDEVICE Device, DEVICE_RELATION_TYPE Type)
{
    ck_assert_ptr_eq(Device, WdfChildListGetDevice(list));
    ck_assert_int_eq(Type, BusRelations);
    queries++;
    note('Q');
    if (during_query != NULL)
        during_query();
}

static VOID want_queries(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceRelationsQuery = query_relations;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
    want_list(init);
}

static void start_asked_bus(void)
{
    queries = 0;
    prepare_init = want_queries;
    prepare_device = find_list;
    start_device();
}

/* S16.29, S17.40: after the start, and whenever children come or go, before they are made. */
START_TEST(a_bus_is_asked_for_its_children_before_they_are_made)
{
    start_asked_bus();
    ck_assert_str_eq(trace, "SQ");
    report(1);
    ck_assert_str_eq(trace, "SQQ1p");
    ck_status_eq(try_report(1), STATUS_OBJECT_NAME_EXISTS); /* nothing has changed */
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(queries, 2);
    miss(1);
    ck_assert_str_eq(trace, "SQQ1pQmsc");
}
END_TEST

/* S16.29: while the system sleeps nobody asks. */
START_TEST(a_bus_that_sleeps_is_asked_when_it_is_awake)
{
    start_asked_bus();
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    report(1);
    ck_assert_uint_eq(queries, 1);
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(queries, 2);
    ck_open(1, true);
}
END_TEST

static VOID report_two_as_scan(void)
{
    WdfChildListBeginScan(list);
    report_two();
    WdfChildListEndScan(list);
}

/* S16.29: what it reports then is made at once; that it is asked once more changes nothing. */
START_TEST(a_bus_may_report_when_it_is_asked)
{
    during_query = report_two_as_scan;
    start_asked_bus();
    during_query = NULL;
    ck_open(1, true);
    ck_open(2, true);
    ck_assert_uint_eq(creations, 2);
    ck_assert_uint_eq(queries, 2);
}
END_TEST

/* ---- locking (S16.53) ---- */

static NTSTATUS lock_status;

static NTSTATUS set_lock(WDFDEVICE Device, BOOLEAN IsLocked)
{
    ck_assert_ptr_eq(Device, pdos[1]);
    note(IsLocked ? 'L' : 'U');
    return lock_status;
}

static NTSTATUS create_lockable(PWDFDEVICE_INIT init, ULONG number)
{
    WDF_PDO_EVENT_CALLBACKS events;
    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceSetLock = set_lock;
    UNICODE_STRING instance = RTL_CONSTANT_STRING(L"1");
    WdfPdoInitSetEventCallbacks(init, &events);
    ck_status_eq(WdfPdoInitAssignInstanceID(init, &instance), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAssignRawDevice(init, &some_class), STATUS_SUCCESS);
    return WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &pdos[number]);
}

/* S16.53 */
START_TEST(a_child_is_locked_by_its_bus)
{
    start_bus();
    instead_of_creating = create_lockable;
    report(1);
    lock_status = STATUS_SUCCESS;
    ck_status_eq(WdfuseInprocSetLock("test.1", TRUE), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocSetLock("test.1", FALSE), STATUS_SUCCESS);
    ck_assert_str_eq(trace, "S1LU");
    lock_status = STATUS_DEVICE_BUSY;
    ck_status_eq(WdfuseInprocSetLock("test.1", TRUE), STATUS_DEVICE_BUSY);
    instead_of_creating = NULL;
    report(2);
    ck_status_eq(WdfuseInprocSetLock("test.2", TRUE), STATUS_UNSUCCESSFUL);
    ck_status_eq(WdfuseInprocSetLock("test", TRUE), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfuseInprocSetLock("test.3", TRUE), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* ---- ejecting ---- */

/* S16.28, S16.55 */
START_TEST(an_ejected_child_is_removed_in_order_and_then_missing)
{
    start_bus();
    report(1);
    ID id = id_of(1);
    ck_assert(WdfChildListRequestChildEject(list, &id.Header));
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "S1pemc");
    ck_open(1, false);
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "");
    ck_assert(!WdfChildListRequestChildEject(list, &id.Header));
}
END_TEST

/* S16.55 */
START_TEST(a_child_that_its_bus_keeps_stays)
{
    start_bus();
    report(1);
    ejection_status = STATUS_UNSUCCESSFUL;
    WdfPdoRequestEject(pdos[1]);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(trace, "S1pe");
    ck_assert_str_eq(walk(WdfRetrieveAllChildren), "1");
    miss(1);
    ck_assert_uint_eq(cleanups, 1);
    WdfPdoRequestEject(wdf_device());
    ck_break("S16.28");
}
END_TEST

/* ---- the suite ---- */

static TCase *case_with(const char *name, void (*setup)(void), void (*stop)(void))
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, stop);
    return tests;
}

static TCase *creating_tests(void)
{
    TCase *tests = case_with("creating", list_setup, list_stop);
    tcase_add_test(tests, a_config_begins_without_what_may_be_left_out);
    tcase_add_test(tests, a_list_with_a_wrong_config_is_not_created);
    tcase_add_test(tests, a_list_belongs_to_its_device);
    tcase_add_test(tests, a_wrong_default_list_is_ignored);
    return tests;
}

static TCase *reporting_tests(void)
{
    TCase *tests = case_with("reporting", list_setup, list_stop);
    tcase_add_test(tests, a_child_is_made_once_however_often_it_is_reported);
    tcase_add_test(tests, all_of_a_description_tells_children_apart);
    tcase_add_test(tests, a_description_of_a_wrong_size_is_refused);
    tcase_add_test(tests, a_missing_child_is_removed_by_surprise);
    tcase_add_test(tests, a_child_that_comes_back_while_it_is_open_is_another_device);
    tcase_add_test(tests, a_child_that_comes_back_while_another_goes_is_made);
    tcase_add_test(tests, children_of_the_first_scan_are_there_after_the_start);
    tcase_add_test(tests, the_bus_is_scanned_at_each_entry_of_d0);
    return tests;
}

static TCase *scan_tests(void)
{
    TCase *tests = case_with("scans", list_setup, list_stop);
    tcase_add_test(tests, what_a_scan_does_not_find_is_missing);
    tcase_add_test(tests, a_scan_may_have_found_all);
    tcase_add_test(tests, a_second_scan_forgets_what_the_first_has_found);
    tcase_add_test(tests, an_end_without_a_beginning_is_a_break);
    tcase_add_test(tests, a_child_that_comes_and_goes_in_a_scan_is_never_made);
    tcase_add_test(tests, a_child_that_goes_and_comes_in_a_scan_is_made_anew);
    return tests;
}

static TCase *looking_tests(void)
{
    TCase *tests = case_with("looking", list_setup, list_stop);
    tcase_add_test(tests, a_walk_with_something_wrong_is_refused);
    tcase_add_test(tests, the_flags_choose_and_pending_children_come_last);
    tcase_add_test(tests, a_child_that_an_iteration_has_given_stays_an_object);
    tcase_add_test(tests, the_end_of_the_last_iteration_gives_back_what_was_given);
    tcase_add_test(tests, a_walk_that_never_ends_keeps_no_child_longer_than_its_list);
    tcase_add_test(tests, a_child_that_was_given_outside_an_iteration_goes);
    tcase_add_test(tests, a_child_marked_in_an_iteration_is_there_until_its_end);
    tcase_add_test(tests, a_compare_function_of_the_caller_filters);
    tcase_add_test(tests, a_child_is_found_by_a_description_of_the_right_size);
    tcase_add_test(tests, the_entry_of_a_child_that_goes_in_an_iteration_stays_until_its_end);
    return tests;
}

static TCase *making_tests(void)
{
    TCase *tests = case_with("making", list_setup, list_stop);
    tcase_add_test(tests, a_creation_may_be_tried_again);
    tcase_add_loop_test(tests, a_creation_that_fails_is_tried_when_the_child_is_reported_again, 0,
                        RTL_NUMBER_OF(failures));
    tcase_add_test(tests, the_init_and_the_child_are_the_frameworks);
    tcase_add_test(tests, what_a_creation_reports_is_made_after_it);
    tcase_add_test(tests, an_endless_retry_does_not_hold_up_the_removal);
    tcase_add_test(tests, a_creation_that_hangs_holds_up_the_removal_and_is_named);
    tcase_add_test(tests, a_client_of_a_child_does_not_wait_for_a_bus_that_has_gone);
    tcase_add_test(tests, children_go_before_their_parent);
    tcase_add_test(tests, a_pdo_may_be_marked_missing);
    tcase_add_test(tests, nobody_reports_a_child_missing_whose_parent_has_gone_by_surprise);
    tcase_add_test(tests, a_bus_may_have_children_of_both_kinds);
    tcase_add_test(tests, a_child_is_plugged_and_drawn_out_by_its_name);
    tcase_add_test(tests, an_ejected_child_is_removed_in_order_and_then_missing);
    tcase_add_test(tests, a_child_that_its_bus_keeps_stays);
    tcase_add_test(tests, a_bus_is_asked_for_its_children_before_they_are_made);
    tcase_add_test(tests, a_bus_that_sleeps_is_asked_when_it_is_awake);
    tcase_add_test(tests, a_bus_may_report_when_it_is_asked);
    tcase_add_test(tests, a_child_is_locked_by_its_bus);
    return tests;
}

static TCase *description_tests(void)
{
    TCase *tests = case_with("descriptions", rich_setup, rich_stop);
    tcase_add_test(tests, descriptions_are_cleaned_up_address_first);
    tcase_add_test(tests, a_description_that_cannot_be_copied_is_cleaned_up);
    tcase_add_test(tests, an_address_changes_when_the_child_is_reported_again);
    tcase_add_test(tests, a_child_that_wants_a_restart_is_made_anew);
    tcase_add_test(tests, a_bus_may_refuse_a_restart);
    tcase_add_test(tests, a_child_that_is_given_up_may_be_reported_again);
    tcase_add_test(tests, a_child_is_made_anew_five_times_a_minute);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("childlist");
    suite_add_tcase(suite, creating_tests());
    suite_add_tcase(suite, reporting_tests());
    suite_add_tcase(suite, scan_tests());
    suite_add_tcase(suite, looking_tests());
    suite_add_tcase(suite, making_tests());
    suite_add_tcase(suite, description_tests());
    return unit_run(suite);
}
