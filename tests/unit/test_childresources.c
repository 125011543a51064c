/* The resources that a bus driver reports for its child: the lists that the drivers of the child's
 * stack get with its hardware (S16.52, S11.1, S11.5). */
#include <string.h>

#include "bus.h"
#include "unit.h"

/* The bus driver's: what it does with the list, and how often it was asked. */
static void (*fill)(WDFCMRESLIST Resources);
static NTSTATUS answer_of_bus;
static unsigned queries;

/* What a driver has got, from the child's own device and from the function device above. */
struct given {
    WDFDEVICE device;
    WDFCMRESLIST raw, translated, released;
    ULONG count;
    CM_PARTIAL_RESOURCE_DESCRIPTOR descriptors[2][4];
    unsigned times;
};
static struct given given_child, given_function;
static WDFDEVICE function_device;

static CM_PARTIAL_RESOURCE_DESCRIPTOR memory_at(LONGLONG start)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR descriptor;
    RtlZeroMemory(&descriptor, sizeof(descriptor));
    descriptor.Type = CmResourceTypeMemory;
    descriptor.u.Memory.Start.QuadPart = start;
    descriptor.u.Memory.Length = 0x100;
    return descriptor;
}

static NTSTATUS insert(WDFCMRESLIST list, LONGLONG start, ULONG index)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = memory_at(start);
    return WdfCmResourceListInsertDescriptor(list, &descriptor, index);
}

static NTSTATUS append(WDFCMRESLIST list, LONGLONG start)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = memory_at(start);
    return WdfCmResourceListAppendDescriptor(list, &descriptor);
}

static LONGLONG start_of(WDFCMRESLIST list, ULONG index)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR descriptor = WdfCmResourceListGetDescriptor(list, index);
    return descriptor != NULL ? descriptor->u.Memory.Start.QuadPart : -1;
}

static NTSTATUS query(WDFDEVICE Device, WDFCMRESLIST Resources)
{
    queries++;
    ck_assert_ptr_eq(Device, children[0]);
    ck_assert_uint_eq(WdfCmResourceListGetCount(Resources), 0);
    fill(Resources);
    return answer_of_bus;
}

static void note(struct given *given, WDFDEVICE of, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    WDFCMRESLIST lists[] = {raw, translated};
    given->device = of;
    given->raw = raw;
    given->translated = translated;
    given->times++;
    given->count = WdfCmResourceListGetCount(raw);
    ck_assert_uint_eq(WdfCmResourceListGetCount(translated), given->count);
    ck_assert_uint_le(given->count, 4);
    for (ULONG i = 0; i < given->count; i++) {
        for (unsigned list = 0; list < 2; list++)
            given->descriptors[list][i] = *WdfCmResourceListGetDescriptor(lists[list], i);
    }
}

static struct given *given_to(WDFDEVICE of)
{
    return of == function_device ? &given_function : &given_child;
}

static NTSTATUS prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    note(given_to(Device), Device, Raw, Translated);
    return STATUS_SUCCESS;
}

static NTSTATUS release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    given_to(Device)->released = Translated;
    return STATUS_SUCCESS;
}

static void listen(PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = prepare;
    callbacks.EvtDeviceReleaseHardware = release;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
}

static VOID listen_to_child(PWDFDEVICE_INIT init)
{
    WDF_PDO_EVENT_CALLBACKS events;
    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceResourcesQuery = query;
    WdfPdoInitSetEventCallbacks(init, &events);
    listen(init);
}

static void fill_two(WDFCMRESLIST Resources)
{
    ck_status_eq(append(Resources, 0x1000), STATUS_SUCCESS);
    ck_status_eq(append(Resources, 0x2000), STATUS_SUCCESS);
}

static void setup(void)
{
    (void)last_verifier_message(); /* another test's */
    fill = fill_two;
    answer_of_bus = STATUS_SUCCESS;
    queries = 0;
    function_device = NULL;
    memset(&given_child, 0, sizeof(given_child));
    memset(&given_function, 0, sizeof(given_function));
    prepare_child_init = listen_to_child;
}

static void ck_two(const struct given *given)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR first = memory_at(0x1000), second = memory_at(0x2000);
    ck_assert_uint_eq(given->count, 2);
    for (unsigned list = 0; list < 2; list++) {
        ck_assert_mem_eq(&given->descriptors[list][0], &first, sizeof(first));
        ck_assert_mem_eq(&given->descriptors[list][1], &second, sizeof(second));
    }
    ck_assert_ptr_ne(given->raw, given->translated);
}

/* ---- who gets them ---- */

/* S16.52, S11.5 */
START_TEST(a_child_has_what_its_bus_driver_says)
{
    start_bus(1);
    ck_two(&given_child);
    bus_stop();
    ck_assert_ptr_eq(given_child.released, given_child.translated);
}
END_TEST

static NTSTATUS add_function(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
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

static VOID describe_for_function(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(id, L"TEST\\Resources");
    ck_status_eq(WdfPdoInitAddHardwareID(init, &id), STATUS_SUCCESS);
    listen_to_child(init);
}

/* S16.52 */
START_TEST(the_drivers_of_its_stack_are_given_the_same)
{
    prepare_child_init = describe_for_function;
    ck_status_eq(WdfuseInprocServeChildren("TEST\\Resources", function_driver, "function"),
                 STATUS_SUCCESS);
    start_bus(1);
    ck_assert_uint_eq(queries, 1);
    ck_two(&given_child);
    ck_two(&given_function);
    ck_assert_ptr_ne(given_function.raw, given_child.raw);
    bus_stop();
    WdfuseInprocStopServingChildren();
}
END_TEST

/* S16.52: asked once; S18.46: given again. */
START_TEST(what_it_has_is_given_again_when_it_starts_again)
{
    start_bus(1);
    ck_status_eq(WdfuseInprocQueryStop(device), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocRebalanceStop(device), STATUS_SUCCESS);
    memset(given_child.descriptors, 0, sizeof(given_child.descriptors));
    ck_status_eq(WdfuseInprocRebalanceStart(device), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(queries, 1);
    ck_assert_uint_ge(given_child.times, 1);
    ck_assert_uint_eq(given_child.count, 2);
}
END_TEST

/* S16.52 */
START_TEST(a_bus_driver_that_fails_gives_nothing_and_its_child_starts)
{
    answer_of_bus = STATUS_UNSUCCESSFUL;
    start_bus(1);
    ck_assert_uint_eq(queries, 1);
    ck_assert_uint_eq(given_child.times, 1);
    ck_assert_uint_eq(given_child.count, 0);
    ck_assert_ptr_null(WdfCmResourceListGetDescriptor(given_child.raw, 0));
}
END_TEST

/* ---- the list ---- */

static void fill_in_every_way(WDFCMRESLIST Resources)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR third = memory_at(3);
    ck_status_eq(insert(Resources, 9, 1), STATUS_ARRAY_BOUNDS_EXCEEDED);
    ck_status_eq(insert(Resources, 2, 0), STATUS_SUCCESS);
    ck_status_eq(insert(Resources, 1, 0), STATUS_SUCCESS);
    ck_status_eq(insert(Resources, 4, 2), STATUS_SUCCESS);
    ck_status_eq(insert(Resources, 3, 2), STATUS_SUCCESS);
    ck_status_eq(insert(Resources, 5, WDF_INSERT_AT_END), STATUS_SUCCESS);
    ck_assert_uint_eq(WdfCmResourceListGetCount(Resources), 5);
    for (ULONG i = 0; i < 5; i++)
        ck_assert_int_eq(start_of(Resources, i), i + 1);

    WdfCmResourceListGetDescriptor(Resources, 0)->u.Memory.Start.QuadPart = 77;
    ck_assert_int_eq(start_of(Resources, 0), 1);

    WdfCmResourceListRemoveByDescriptor(Resources, &third);
    WdfCmResourceListRemoveByDescriptor(Resources, &third);
    ck_assert_str_eq(last_verifier_message(), "");
    WdfCmResourceListRemove(Resources, 4);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "has no descriptor 4"));
    WdfCmResourceListRemove(Resources, 0);
    ck_assert_uint_eq(WdfCmResourceListGetCount(Resources), 3);
    ck_assert_int_eq(start_of(Resources, 0), 2);
    ck_assert_int_eq(start_of(Resources, 1), 4);
    ck_assert_int_eq(start_of(Resources, 2), 5);
    ck_assert_int_eq(start_of(Resources, 3), -1);
}

/* S16.52 */
START_TEST(descriptors_are_put_in_and_taken_out)
{
    fill = fill_in_every_way;
    start_bus(1);
    ck_assert_uint_eq(given_child.count, 3);
    ck_assert_int_eq(given_child.descriptors[0][1].u.Memory.Start.QuadPart, 4);
}
END_TEST

/* S16.52 */
START_TEST(in_other_callbacks_a_list_cannot_be_changed)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR first = memory_at(0x1000);
    start_bus(1);
    ck_status_eq(append(given_child.raw, 7), STATUS_ACCESS_DENIED);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S16.52"));
    ck_status_eq(insert(given_child.translated, 7, 0), STATUS_ACCESS_DENIED);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S16.52"));
    WdfCmResourceListRemove(given_child.raw, 0);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S16.52"));
    WdfCmResourceListRemoveByDescriptor(given_child.raw, &first);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S16.52"));
    ck_assert_uint_eq(WdfCmResourceListGetCount(given_child.raw), 2);
    ck_assert_uint_eq(WdfCmResourceListGetCount(given_child.translated), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("childresources");
    TCase *tests = tcase_create("resources");
    tcase_add_checked_fixture(tests, setup, bus_stop);
    tcase_add_test(tests, a_child_has_what_its_bus_driver_says);
    tcase_add_test(tests, the_drivers_of_its_stack_are_given_the_same);
    tcase_add_test(tests, what_it_has_is_given_again_when_it_starts_again);
    tcase_add_test(tests, a_bus_driver_that_fails_gives_nothing_and_its_child_starts);
    tcase_add_test(tests, descriptors_are_put_in_and_taken_out);
    tcase_add_test(tests, in_other_callbacks_a_list_cannot_be_changed);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
