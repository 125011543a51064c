/* What a device needs, and what it gets: WDFIORESREQLIST and WDFIORESLIST, from the bus driver and
 * from filters (S16.52, S17.11). */
#include <string.h>

#include "bus.h"
#include "unit.h"

/* What each callback should do with its list. */
static void (*require)(WDFIORESREQLIST List);
static void (*take_away)(WDFIORESREQLIST List);
static void (*add)(WDFIORESREQLIST List);
static NTSTATUS answer_of_bus, answer_of_filter, answer_of_removal;
static bool has_boot;

static char order[64]; /* of the callbacks */
static LONGLONG got_child[4], got_function[4];
static ULONG count_child, count_function;
static WDFDEVICE function_device;

static void note(char what)
{
    order[strlen(order)] = what;
}

static IO_RESOURCE_DESCRIPTOR memory(ULONG length, ULONG alignment, LONGLONG first, LONGLONG last)
{
    IO_RESOURCE_DESCRIPTOR wish;
    RtlZeroMemory(&wish, sizeof(wish));
    wish.Type = CmResourceTypeMemory;
    wish.u.Memory.Length = length;
    wish.u.Memory.Alignment = alignment;
    wish.u.Memory.MinimumAddress.QuadPart = first;
    wish.u.Memory.MaximumAddress.QuadPart = last;
    return wish;
}

static IO_RESOURCE_DESCRIPTOR instead(IO_RESOURCE_DESCRIPTOR wish)
{
    wish.Option = IO_RESOURCE_ALTERNATIVE;
    return wish;
}

/* Appends a set of these. */
static WDFIORESLIST add_set(WDFIORESREQLIST list, unsigned count,
                            const IO_RESOURCE_DESCRIPTOR *wishes)
{
    WDFIORESLIST set;
    ck_status_eq(WdfIoResourceListCreate(list, WDF_NO_OBJECT_ATTRIBUTES, &set), STATUS_SUCCESS);
    for (unsigned i = 0; i < count; i++) {
        IO_RESOURCE_DESCRIPTOR wish = wishes[i];
        ck_status_eq(WdfIoResourceListAppendDescriptor(set, &wish), STATUS_SUCCESS);
    }
    ck_status_eq(WdfIoResourceRequirementsListAppendIoResList(list, set), STATUS_SUCCESS);
    return set;
}

static NTSTATUS boot(WDFDEVICE Device, WDFCMRESLIST Resources)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR had;
    UNREFERENCED_PARAMETER(Device);
    note('b');
    if (!has_boot)
        return STATUS_SUCCESS;
    RtlZeroMemory(&had, sizeof(had));
    had.Type = CmResourceTypeMemory;
    had.u.Memory.Start.QuadPart = 0x5000;
    had.u.Memory.Length = 0x100;
    return WdfCmResourceListAppendDescriptor(Resources, &had);
}

static NTSTATUS query(WDFDEVICE Device, WDFIORESREQLIST List)
{
    UNREFERENCED_PARAMETER(Device);
    note('q');
    ck_assert_uint_eq(WdfIoResourceRequirementsListGetCount(List), 0);
    if (require != NULL)
        require(List);
    return answer_of_bus;
}

static NTSTATUS filter_remove(WDFDEVICE Device, WDFIORESREQLIST List)
{
    ck_assert_ptr_eq(Device, function_device);
    note('-');
    if (take_away != NULL)
        take_away(List);
    return answer_of_filter;
}

static NTSTATUS filter_add(WDFDEVICE Device, WDFIORESREQLIST List)
{
    ck_assert_ptr_eq(Device, function_device);
    note('+');
    if (add != NULL)
        add(List);
    return answer_of_filter;
}

/* The function driver has added the last. */
static NTSTATUS remove_added(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    note('r');
    WdfCmResourceListRemove(Raw, WdfCmResourceListGetCount(Raw) - 1);
    WdfCmResourceListRemove(Translated, WdfCmResourceListGetCount(Translated) - 1);
    return answer_of_removal;
}

static ULONG copy_starts(WDFCMRESLIST list, LONGLONG *starts)
{
    ULONG count = WdfCmResourceListGetCount(list);
    ck_assert_uint_le(count, 4);
    for (ULONG i = 0; i < count; i++)
        starts[i] = WdfCmResourceListGetDescriptor(list, i)->u.Generic.Start.QuadPart;
    return count;
}

static NTSTATUS prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    ck_assert_uint_eq(WdfCmResourceListGetCount(Raw), WdfCmResourceListGetCount(Translated));
    if (Device == function_device)
        count_function = copy_starts(Raw, got_function);
    else
        count_child = copy_starts(Raw, got_child);
    note(Device == function_device ? 'F' : 'C');
    return STATUS_SUCCESS;
}

static void listen(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = prepare;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

static VOID describe(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(id, L"TEST\\Requirements");
    WDF_PDO_EVENT_CALLBACKS events;
    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceResourcesQuery = boot;
    events.EvtDeviceResourceRequirementsQuery = query;
    WdfPdoInitSetEventCallbacks(init, &events);
    ck_status_eq(WdfPdoInitAddHardwareID(init, &id), STATUS_SUCCESS);
    listen(init);
}

static NTSTATUS add_function(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_FDO_EVENT_CALLBACKS events;
    UNREFERENCED_PARAMETER(Driver);
    WDF_FDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceFilterRemoveResourceRequirements = filter_remove;
    events.EvtDeviceFilterAddResourceRequirements = filter_add;
    events.EvtDeviceRemoveAddedResources = remove_added;
    WdfFdoInitSetEventCallbacks(DeviceInit, &events);
    listen(DeviceInit);
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &function_device);
}

static NTSTATUS function_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_function);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static void setup(void)
{
    require = take_away = add = NULL;
    answer_of_bus = answer_of_filter = answer_of_removal = STATUS_SUCCESS;
    has_boot = false;
    function_device = NULL;
    count_child = count_function = 77;
    memset(order, 0, sizeof(order));
    prepare_child_init = describe;
}

static void start_with_function(void)
{
    ck_status_eq(WdfuseInprocServeChildren("TEST\\Requirements", function_driver, "function"),
                 STATUS_SUCCESS);
    start_bus(1);
}

static void teardown(void)
{
    bus_stop();
    WdfuseInprocStopServingChildren();
}

/* ---- what is chosen ---- */

static void require_aligned(WDFIORESREQLIST List)
{
    const IO_RESOURCE_DESCRIPTOR wishes[] = {memory(0x100, 0x1000, 0x1001, 0xFFFF)};
    add_set(List, 1, wishes);
}

/* S16.52 */
START_TEST(a_child_gets_the_beginning_of_a_range_that_it_requires)
{
    require = require_aligned;
    start_bus(1);
    ck_assert_uint_eq(count_child, 1);
    ck_assert_int_eq(got_child[0], 0x2000);
    ck_assert_str_eq(order, "bqC");
}
END_TEST

/* S16.52: its boot resources are taken if they fit. */
START_TEST(what_it_has_by_itself_is_preferred_where_it_fits)
{
    has_boot = true;
    require = require_aligned;
    start_bus(1);
    ck_assert_uint_eq(count_child, 1);
    ck_assert_int_eq(got_child[0], 0x5000);
}
END_TEST

static void require_large_or_other(WDFIORESREQLIST List)
{
    const IO_RESOURCE_DESCRIPTOR impossible[] = {memory(0x100, 1, 0x1000, 0x1001),
                                                 memory(0x100, 1, 0x9000, 0x9FFF)};
    const IO_RESOURCE_DESCRIPTOR possible[] = {
        memory(0x200, 1, 0x3000, 0x31FE), instead(memory(0x200, 1, 0x3000, 0x31FF)),
        instead(memory(0x200, 1, 0x4000, 0x4FFF)), memory(0x10, 1, 0x8000, 0x800F)};
    add_set(List, 2, impossible);
    add_set(List, 4, possible);
}

/* S16.52 */
START_TEST(the_first_set_and_the_first_alternatives_that_can_be_had_are_taken)
{
    require = require_large_or_other;
    start_bus(1);
    ck_assert_uint_eq(count_child, 2);
    ck_assert_int_eq(got_child[0], 0x3000);
    ck_assert_int_eq(got_child[1], 0x8000);
}
END_TEST

static void require_other_kinds(WDFIORESREQLIST List)
{
    IO_RESOURCE_DESCRIPTOR wishes[4];
    RtlZeroMemory(wishes, sizeof(wishes));
    wishes[0].Type = CmResourceTypeConfigData;
    wishes[1].Type = CmResourceTypeInterrupt;
    wishes[1].u.Interrupt.MinimumVector = 5;
    wishes[1].u.Interrupt.MaximumVector = 9;
    wishes[2].Type = CmResourceTypeBusNumber;
    wishes[2].u.BusNumber.MinBusNumber = 3;
    wishes[2].u.BusNumber.MaxBusNumber = 3;
    wishes[3].Type = CmResourceTypeMemoryLarge;
    wishes[3].Flags = CM_RESOURCE_MEMORY_LARGE_40;
    wishes[3].u.Memory40.Length40 = 0x10;
    wishes[3].u.Memory40.MinimumAddress.QuadPart = 0x7000;
    wishes[3].u.Memory40.MaximumAddress.QuadPart = 0x7FFF;
    add_set(List, 4, wishes);
}

/* S16.52: the vector, the bus; data for the arbiter are not assigned. */
START_TEST(each_kind_has_its_own_description)
{
    require = require_other_kinds;
    start_bus(1);
    ck_assert_uint_eq(count_child, 3);
    ck_assert_int_eq(got_child[0] >> 32, 5); /* its vector, after the level */
    ck_assert_int_eq(got_child[1] & 0xFF, 3);
    ck_assert_int_eq(got_child[2], 0x7000);
}
END_TEST

static void require_impossible(WDFIORESREQLIST List)
{
    const IO_RESOURCE_DESCRIPTOR wishes[] = {memory(0x100, 1, 0x1000, 0x1001)};
    add_set(List, 1, wishes);
}

/* S16.52 */
START_TEST(a_child_that_cant_have_what_it_requires_does_not_start)
{
    require = require_impossible;
    start_bus(1);
    ck_assert_uint_eq(count_child, 77);
    ck_assert_str_eq(order, "bq");
    ck_assert(!NT_SUCCESS(try_open_child(0)));
}
END_TEST

/* S16.52 */
START_TEST(a_bus_driver_that_fails_requires_nothing)
{
    has_boot = true;
    require = require_impossible;
    answer_of_bus = STATUS_UNSUCCESSFUL;
    start_bus(1);
    ck_assert_uint_eq(count_child, 1);
    ck_assert_int_eq(got_child[0], 0x5000);
}
END_TEST

/* ---- filters ---- */

static void add_private(WDFIORESREQLIST List)
{
    IO_RESOURCE_DESCRIPTOR wish = memory(0x10, 1, 0xA000, 0xA00F);
    ck_assert_uint_eq(WdfIoResourceRequirementsListGetCount(List), 1);
    ck_status_eq(WdfIoResourceListAppendDescriptor(
                     WdfIoResourceRequirementsListGetIoResList(List, 0), &wish),
                 STATUS_SUCCESS);
}

/* S17.11: some remove on the way down, others add on the way up; what a driver has added does not
 * reach the drivers below. */
START_TEST(a_function_driver_adds_what_only_it_gets)
{
    require = require_aligned;
    add = add_private;
    start_with_function();
    ck_assert_str_eq(order, "bq-+rCF");
    ck_assert_uint_eq(count_function, 2);
    ck_assert_int_eq(got_function[0], 0x2000);
    ck_assert_int_eq(got_function[1], 0xA000);
    ck_assert_uint_eq(count_child, 1);
    ck_assert_int_eq(got_child[0], 0x2000);
}
END_TEST

static void take_first(WDFIORESREQLIST List)
{
    WdfIoResourceRequirementsListRemove(List, 0);
}

/* S17.11: the set that could not be met has gone. */
START_TEST(a_function_driver_takes_away)
{
    require = require_large_or_other;
    take_away = take_first;
    start_with_function();
    ck_assert_uint_eq(count_function, 2);
}
END_TEST

/* S17.11: as if it had not been asked. */
START_TEST(what_a_filter_that_fails_has_changed_does_not_count)
{
    require = require_aligned;
    take_away = take_first;
    answer_of_filter = STATUS_UNSUCCESSFUL;
    start_with_function();
    ck_assert_int_eq(got_function[0], 0x2000);
}
END_TEST

/* S17.11 */
START_TEST(a_driver_that_cant_take_out_what_it_added_fails_the_start)
{
    require = require_aligned;
    answer_of_removal = STATUS_UNSUCCESSFUL;
    start_with_function();
    ck_assert_str_eq(order, "bq-+r");
    ck_assert(!NT_SUCCESS(try_open_child(0)));
}
END_TEST

/* ---- the lists ---- */

static IO_RESOURCE_DESCRIPTOR at(LONGLONG first)
{
    return memory(1, 1, first, first);
}

static LONGLONG first_of(WDFIORESLIST set, ULONG index)
{
    PIO_RESOURCE_DESCRIPTOR wish = WdfIoResourceListGetDescriptor(set, index);
    return wish != NULL ? wish->u.Memory.MinimumAddress.QuadPart : -1;
}

static void use_a_set(WDFIORESREQLIST list)
{
    IO_RESOURCE_DESCRIPTOR wish = at(2);
    WDFIORESLIST set = add_set(list, 1, &wish);
    (void)last_verifier_message();
    wish = at(1);
    ck_status_eq(WdfIoResourceListInsertDescriptor(set, &wish, 0), STATUS_SUCCESS);
    wish = at(3);
    ck_status_eq(WdfIoResourceListInsertDescriptor(set, &wish, 3), STATUS_ARRAY_BOUNDS_EXCEEDED);
    ck_status_eq(WdfIoResourceListInsertDescriptor(set, &wish, 2), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfIoResourceListGetCount(set), 3);
    for (ULONG i = 0; i < 4; i++)
        ck_assert_int_eq(first_of(set, i), i < 3 ? (LONGLONG)i + 1 : -1);
    WdfIoResourceListGetDescriptor(set, 0)->Type = 99; /* a copy */
    ck_assert_uint_eq(WdfIoResourceListGetDescriptor(set, 0)->Type, CmResourceTypeMemory);
    wish = at(7);
    WdfIoResourceListUpdateDescriptor(set, &wish, 1);
    ck_assert_int_eq(first_of(set, 1), 7);
    WdfIoResourceListRemoveByDescriptor(set, &wish);
    WdfIoResourceListRemoveByDescriptor(set, &wish);
    WdfIoResourceListRemove(set, 0);
    ck_assert_str_eq(last_verifier_message(), "");
    ck_assert_uint_eq(WdfIoResourceListGetCount(set), 1);
    ck_assert_int_eq(first_of(set, 0), 3);
    WdfIoResourceListRemove(set, 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "has no descriptor 1"));
    WdfIoResourceListUpdateDescriptor(set, &wish, 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "has no descriptor 1"));
}

/* S16.52 */
START_TEST(descriptors_are_put_in_changed_and_taken_out)
{
    require = use_a_set;
    start_bus(1);
    ck_assert_int_eq(got_child[0], 3);
}
END_TEST

static void use_lists(WDFIORESREQLIST list)
{
    IO_RESOURCE_DESCRIPTOR wish = at(1);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFIORESLIST first = add_set(list, 1, &wish), second, set;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = WdfGetDriver();
    ck_status_eq(WdfIoResourceListCreate(list, &attributes, &set),
                 STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
    ck_assert_ptr_null(set);
    ck_status_eq(WdfIoResourceListCreate(list, WDF_NO_OBJECT_ATTRIBUTES, &second), STATUS_SUCCESS);
    ck_status_eq(WdfIoResourceRequirementsListInsertIoResList(list, second, 2),
                 STATUS_ARRAY_BOUNDS_EXCEEDED);
    ck_status_eq(WdfIoResourceRequirementsListInsertIoResList(list, second, 0), STATUS_SUCCESS);
    ck_status_eq(WdfIoResourceRequirementsListInsertIoResList(list, second, 0),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_uint_eq(WdfIoResourceRequirementsListGetCount(list), 2);
    ck_assert_ptr_eq(WdfIoResourceRequirementsListGetIoResList(list, 0), second);
    ck_assert_ptr_eq(WdfIoResourceRequirementsListGetIoResList(list, 1), first);
    ck_assert_ptr_null(WdfIoResourceRequirementsListGetIoResList(list, 2));
    WdfIoResourceRequirementsListRemoveByIoResList(list, second);
    (void)last_verifier_message();
    WdfIoResourceRequirementsListRemove(list, 1);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "has no WDFIORESLIST 1"));
    WdfObjectDelete(first); /* S1.35: it belongs to its list */
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S1.35"));
    WdfIoResourceRequirementsListSetSlotNumber(list, 4);
    WdfIoResourceRequirementsListSetInterfaceType(list, PNPBus);
    ck_status_eq(WdfIoResourceListCreate(list, WDF_NO_OBJECT_ATTRIBUTES, &set), STATUS_SUCCESS);
}

/* S16.52: even one that is made and never added. */
START_TEST(sets_are_put_in_and_taken_out)
{
    require = use_lists;
    start_bus(1);
    ck_assert_uint_eq(count_child, 1);
    ck_assert_int_eq(got_child[0], 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("requirements");
    TCase *tests = tcase_create("requirements");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_child_gets_the_beginning_of_a_range_that_it_requires);
    tcase_add_test(tests, what_it_has_by_itself_is_preferred_where_it_fits);
    tcase_add_test(tests, the_first_set_and_the_first_alternatives_that_can_be_had_are_taken);
    tcase_add_test(tests, each_kind_has_its_own_description);
    tcase_add_test(tests, a_child_that_cant_have_what_it_requires_does_not_start);
    tcase_add_test(tests, a_bus_driver_that_fails_requires_nothing);
    tcase_add_test(tests, a_function_driver_adds_what_only_it_gets);
    tcase_add_test(tests, a_function_driver_takes_away);
    tcase_add_test(tests, what_a_filter_that_fails_has_changed_does_not_count);
    tcase_add_test(tests, a_driver_that_cant_take_out_what_it_added_fails_the_start);
    tcase_add_test(tests, descriptors_are_put_in_changed_and_taken_out);
    tcase_add_test(tests, sets_are_put_in_and_taken_out);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
