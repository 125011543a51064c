/*
 * Query interfaces (S17.20 to S17.28, S17.50): a bus with a child, and a function driver and a
 * filter on top of it. Any device may offer; the function driver or its target asks.
 */
#include <initguid.h>
#include <stdio.h>
#include <string.h>

#include "bus.h"
#include "port/log.h"
#include "unit.h"

DEFINE_GUID(GUID_COUNTER, 0x6b3c0d1e, 0x2f4a, 0x4c5b, 0x8d, 0x6e, 0x7f, 0x80, 0x91, 0xa2, 0xb3,
            0xc4);
DEFINE_GUID(GUID_OTHER, 0x6b3c0d1e, 0x2f4a, 0x4c5b, 0x8d, 0x6e, 0x7f, 0x80, 0x91, 0xa2, 0xb3, 0xc5);

/* 40 bytes, as in S17.50. */
typedef struct _COUNTER_INTERFACE {
    INTERFACE Header;
    PVOID Value;
} COUNTER_INTERFACE;
C_ASSERT(sizeof(COUNTER_INTERFACE) == 40);

static WDFDEVICE function_device, filter_device;
static int references;
static int contexts[4];

static COUNTER_INTERFACE answer[2]; /* with room after it */
static NTSTATUS process_status;
static WDFDEVICE processed_by;
static PVOID processed_data;
static void (*while_processing)(void);

static VOID reference(PVOID Context)
{
    ck_assert(Context >= (PVOID)contexts && Context < (PVOID)(contexts + 4));
    references++;
}

static VOID dereference(PVOID Context)
{
    ck_assert(Context >= (PVOID)contexts && Context < (PVOID)(contexts + 4));
    references--;
}

static NTSTATUS process(WDFDEVICE Device, LPGUID InterfaceType, PINTERFACE ExposedInterface,
                        PVOID ExposedInterfaceSpecificData)
{
    ck_assert(IsEqualGUID(InterfaceType, &GUID_COUNTER));
    processed_by = Device;
    processed_data = ExposedInterfaceSpecificData;
    ((COUNTER_INTERFACE *)ExposedInterface)->Value = &processed_by;
    if (while_processing != NULL)
        while_processing();
    return process_status;
}

/* ---- the drivers ---- */

static NTSTATUS function_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &function_device);
}

static NTSTATUS filter_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WdfFdoInitSetFilter(DeviceInit);
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &filter_device);
}

#define ENTRY(name)                                                                                \
    static NTSTATUS name##_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)       \
    {                                                                                              \
        WDF_DRIVER_CONFIG config;                                                                  \
        WDF_DRIVER_CONFIG_INIT(&config, name##_add);                                               \
        return WdfDriverCreate(DriverObject, RegistryPath, NULL, &config, NULL);                   \
    }
ENTRY(function)
ENTRY(filter)

static VOID prepare(PWDFDEVICE_INIT DeviceInit)
{
    DECLARE_CONST_UNICODE_STRING(id, L"TEST\\Child");
    ck_status_eq(WdfPdoInitAddHardwareID(DeviceInit, &id), STATUS_SUCCESS);
}

static void setup(void)
{
    references = 0;
    process_status = STATUS_SUCCESS;
    while_processing = NULL;
    processed_by = NULL;
    memset(answer, 0, sizeof(answer));
    prepare_child_init = prepare;
    ck_status_eq(WdfuseInprocServeChildren("TEST\\Child", function_driver, "function"),
                 STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocServeChildren("TEST\\Child", filter_driver, "filter"), STATUS_SUCCESS);
    start_bus(1);
}

static void teardown(void)
{
    bus_stop();
    WdfuseInprocStopServingChildren();
}

/* ---- what the tests do ---- */

static COUNTER_INTERFACE table(int number)
{
    return (COUNTER_INTERFACE){.Header = {.Size = sizeof(COUNTER_INTERFACE),
                                          .Version = 2,
                                          .Context = &contexts[number],
                                          .InterfaceReference = reference,
                                          .InterfaceDereference = dereference},
                               .Value = &contexts[number]};
}

static WDF_QUERY_INTERFACE_CONFIG offering(COUNTER_INTERFACE *offered,
                                           PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST evt)
{
    WDF_QUERY_INTERFACE_CONFIG config;
    /* S17.20 */
    WDF_QUERY_INTERFACE_CONFIG_INIT(&config, (PINTERFACE)offered, &GUID_COUNTER, evt);
    return config;
}

static void offer(WDFDEVICE device, int number)
{
    COUNTER_INTERFACE offered = table(number);
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, NULL);
    ck_status_eq(WdfDeviceAddQueryInterface(device, &config), STATUS_SUCCESS);
}

static NTSTATUS ask_for(USHORT size, USHORT version)
{
    memset(answer, 0, sizeof(answer));
    return WdfFdoQueryForInterface(function_device, &GUID_COUNTER, (PINTERFACE)answer, size,
                                   version, &references);
}

static NTSTATUS ask(void)
{
    return ask_for(sizeof(COUNTER_INTERFACE), 2);
}

static void give_back(void)
{
    answer[0].Header.InterfaceDereference(answer[0].Header.Context);
    ck_assert_int_eq(references, 0);
}

/* ---- offering ---- */

/* S17.21 */
START_TEST(an_offer_that_makes_no_sense_is_refused)
{
    COUNTER_INTERFACE offered = table(0);
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, NULL);
    config.Size--;
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_INFO_LENGTH_MISMATCH);
    config = offering(&offered, NULL);
    config.SendQueryToParentStack = TRUE;
    ck_status_eq(WdfDeviceAddQueryInterface(function_device, &config), STATUS_INVALID_PARAMETER);
    config = offering(NULL, process);
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_INVALID_PARAMETER);
    config = offering(&offered, NULL);
    config.ImportInterface = TRUE;
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_INVALID_PARAMETER);
    config = offering(&offered, NULL);
    offered.Header.Size = sizeof(INTERFACE) - 1;
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_INVALID_PARAMETER);
    ck_status_eq(ask(), STATUS_NOT_SUPPORTED);
}
END_TEST

/* S17.21 */
START_TEST(a_control_device_offers_nothing)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\offering");
    COUNTER_INTERFACE offered = table(0);
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, NULL);
    WDFDEVICE control;
    DECLARE_CONST_UNICODE_STRING(everybody, L"D:P(A;;GA;;;WD)");
    PWDFDEVICE_INIT init =
        WdfControlDeviceInitAllocate(WdfDeviceGetDriver(wdf_device()), &everybody);
    ck_assert_ptr_nonnull(init);
    ck_status_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &control), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceAddQueryInterface(control, &config), STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfFdoQueryForInterface(control, &GUID_COUNTER, (PINTERFACE)answer, 40, 2, NULL),
                 STATUS_INVALID_PARAMETER);
    WdfObjectDelete(control);
}
END_TEST

/* S17.22 */
START_TEST(an_offer_is_copied_and_the_first_one_counts)
{
    COUNTER_INTERFACE offered = table(1);
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, NULL);
    offered.Header.InterfaceReference = NULL;
    offered.Header.InterfaceDereference = NULL;
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_SUCCESS);
    offered.Value = NULL;
    offer(children[0], 2);
    ck_status_eq(ask(), STATUS_SUCCESS);
    ck_assert_ptr_eq(answer[0].Value, &contexts[1]);
    ck_assert(answer[0].Header.InterfaceReference == WdfDeviceInterfaceReferenceNoOp);
    ck_assert(answer[0].Header.InterfaceDereference == WdfDeviceInterfaceDereferenceNoOp);
    give_back();
}
END_TEST

/* ---- sizes and versions ---- */

/* S17.50, S17.23 step 2, S17.24 (a): a bus driver reports that it is too small, others pass it
 * on. */
START_TEST(size_and_version_must_be_enough_for_the_offer)
{
    static const struct {
        USHORT size, version;
        bool fits;
    } rows[] = {{40, 2, true}, {48, 3, true}, {32, 2, false}, {40, 1, false}, {0, 0, false}};
    for (int is_of_child = 0; is_of_child < 2; is_of_child++) {
        offer(is_of_child ? children[0] : function_device, 0);
        for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
            NTSTATUS refused = is_of_child ? STATUS_INVALID_BUFFER_SIZE : STATUS_NOT_SUPPORTED;
            ck_status_eq(ask_for(rows[i].size, rows[i].version),
                         rows[i].fits ? STATUS_SUCCESS : refused);
            ck_assert_int_eq(references, rows[i].fits ? 1 + is_of_child : 0);
            ck_assert_uint_eq(answer[0].Header.Size, rows[i].fits ? 40 : 0);
            ck_assert_uint_eq(answer[0].Header.Version, rows[i].fits ? 2 : 0);
            references = 0;
        }
    }
}
END_TEST

/* S17.26, S17.50 */
START_TEST(an_interface_that_nobody_has_is_not_supported)
{
    offer(children[0], 0);
    ck_status_eq(
        WdfFdoQueryForInterface(function_device, &GUID_OTHER, (PINTERFACE)answer, 40, 2, NULL),
        STATUS_NOT_SUPPORTED);
    ck_status_eq(
        WdfFdoQueryForInterface(children[0], &GUID_COUNTER, (PINTERFACE)answer, 40, 2, NULL),
        STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(references, 0);
}
END_TEST

/* ---- who answers ---- */

/* S17.26: a filter above is asked as well, even if the device below it asks. */
START_TEST(the_whole_stack_of_the_device_is_asked)
{
    offer(filter_device, 3);
    ck_status_eq(ask(), STATUS_SUCCESS);
    ck_assert_ptr_eq(answer[0].Value, &contexts[3]);
    give_back();
}
END_TEST

/* S17.23 step 8: the filter's contents go on down, and each provider takes a reference. */
START_TEST(a_device_below_replaces_what_one_above_has_said)
{
    offer(filter_device, 3);
    offer(children[0], 1);
    ck_status_eq(ask(), STATUS_SUCCESS);
    ck_assert_ptr_eq(answer[0].Value, &contexts[1]);
    ck_assert_int_eq(references, 2);
}
END_TEST

/* S17.23 steps 4 and 7 */
START_TEST(the_callback_may_change_the_callers_copy)
{
    COUNTER_INTERFACE offered = table(0);
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, process);
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_SUCCESS);
    ck_status_eq(ask(), STATUS_SUCCESS);
    ck_assert_ptr_eq(processed_by, children[0]);
    ck_assert_ptr_eq(processed_data, &references);
    ck_assert_ptr_eq(answer[0].Value, &processed_by);
    give_back();
}
END_TEST

static void offer_and_ask(void)
{
    COUNTER_INTERFACE other = {.Header = {.Size = 0}};
    offer(children[0], 2);
    ck_status_eq(WdfFdoQueryForInterface(function_device, &GUID_OTHER, (PINTERFACE)&other,
                                         sizeof(other), 2, NULL),
                 STATUS_NOT_SUPPORTED);
}

/* S17.25: no lock is held then: the driver may offer, and ask. */
START_TEST(the_callback_may_offer_and_ask_itself)
{
    COUNTER_INTERFACE offered = table(0);
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, process);
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_SUCCESS);
    while_processing = offer_and_ask;
    ck_status_eq(ask(), STATUS_SUCCESS);
    ck_assert_ptr_eq(answer[0].Value, &processed_by);
    give_back();
}
END_TEST

/* S17.23 step 5, S17.24 (d) */
START_TEST(a_callback_that_fails_ends_the_question)
{
    COUNTER_INTERFACE offered = table(0);
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, process);
    ck_status_eq(WdfDeviceAddQueryInterface(function_device, &config), STATUS_SUCCESS);
    offer(children[0], 1);
    process_status = STATUS_ACCESS_DENIED;
    ck_status_eq(ask(), STATUS_ACCESS_DENIED);
    ck_assert_int_eq(references, 0);
    process_status = STATUS_NOT_SUPPORTED;
    ck_status_eq(ask(), STATUS_SUCCESS);
    ck_assert_int_eq(references, 2);
}
END_TEST

/* S17.24 (d) */
START_TEST(a_bus_driver_that_says_not_supported_has_taken_a_reference)
{
    COUNTER_INTERFACE offered = table(0);
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, process);
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_SUCCESS);
    process_status = STATUS_NOT_SUPPORTED;
    ck_status_eq(ask(), STATUS_NOT_SUPPORTED);
    ck_assert_int_eq(references, 1);
}
END_TEST

/* S17.23 step 4: the provider gets what the caller has put there. */
START_TEST(an_import_reads_what_the_caller_offers)
{
    WDF_QUERY_INTERFACE_CONFIG config = offering(NULL, process);
    config.ImportInterface = TRUE;
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_SUCCESS);
    answer[0] = table(2);
    ck_status_eq(
        WdfFdoQueryForInterface(function_device, &GUID_COUNTER, (PINTERFACE)answer, 40, 2, NULL),
        STATUS_SUCCESS);
    ck_assert_ptr_eq(answer[0].Header.Context, &contexts[2]);
    ck_assert_ptr_eq(answer[0].Value, &processed_by);
    give_back();
}
END_TEST

/* S17.23 step 6 */
START_TEST(a_child_may_have_its_parents_stack_asked)
{
    WDF_QUERY_INTERFACE_CONFIG config = offering(NULL, NULL);
    config.SendQueryToParentStack = TRUE;
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_SUCCESS);
    ck_status_eq(ask(), STATUS_NOT_SUPPORTED);
    offer(wdf_device(), 1);
    ck_status_eq(ask(), STATUS_SUCCESS);
    ck_assert_ptr_eq(answer[0].Value, &contexts[1]);
    give_back();
}
END_TEST

/* ---- by a target ---- */

/* S17.27: "top" includes the caller's own device. */
START_TEST(the_default_target_leads_to_the_own_stack)
{
    offer(filter_device, 3);
    ck_status_eq(WdfIoTargetQueryForInterface(WdfDeviceGetIoTarget(function_device), &GUID_COUNTER,
                                              (PINTERFACE)answer, 40, 2, NULL),
                 STATUS_SUCCESS);
    ck_assert_ptr_eq(answer[0].Value, &contexts[3]);
    give_back();
}
END_TEST

/* S17.27 */
START_TEST(a_target_asks_the_stack_that_it_was_opened_for)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\test");
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDFIOTARGET target;
    offer(wdf_device(), 2);
    ck_status_eq(WdfIoTargetCreate(function_device, WDF_NO_OBJECT_ATTRIBUTES, &target),
                 STATUS_SUCCESS);
    ck_status_eq(
        WdfIoTargetQueryForInterface(target, &GUID_COUNTER, (PINTERFACE)answer, 40, 2, NULL),
        STATUS_INVALID_DEVICE_STATE);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &name, GENERIC_READ);
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
    ck_status_eq(
        WdfIoTargetQueryForInterface(target, &GUID_COUNTER, (PINTERFACE)answer, 40, 2, NULL),
        STATUS_SUCCESS);
    ck_assert_ptr_eq(answer[0].Value, &contexts[2]);
    give_back();
    WdfIoTargetClose(target);
    ck_status_eq(
        WdfIoTargetQueryForInterface(target, &GUID_COUNTER, (PINTERFACE)answer, 40, 2, NULL),
        STATUS_INVALID_DEVICE_STATE);
    WdfObjectDelete(target);
}
END_TEST

/* ---- the end ---- */

/* S17.28: the holder of an interface may use it, and release it at any time. */
START_TEST(an_interface_outlives_the_device_that_has_offered_it)
{
    offer(children[0], 1);
    ck_status_eq(ask(), STATUS_SUCCESS);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_ptr_eq(answer[0].Value, &contexts[1]);
    answer[0].Header.InterfaceReference(answer[0].Header.Context);
    answer[0].Header.InterfaceDereference(answer[0].Header.Context);
    give_back();
}
END_TEST

static VOID reference_object(PVOID Context)
{
    WdfObjectReference(Context);
}

static VOID dereference_object(PVOID Context)
{
    WdfObjectDereference(Context);
}

static char lines[1024];

static void note_line(enum log_level level, const char *line)
{
    size_t length = strlen(lines);
    (void)level;
    snprintf(lines + length, sizeof(lines) - length, "%s\n", line);
}

/* S17.28: what the interface refers to stays while somebody holds it, and is told of when its
 * driver ends before it is given back (S13.18). */
START_TEST(an_interface_that_is_never_given_back_is_told_of_in_the_end)
{
    COUNTER_INTERFACE offered = table(1);
    offered.Header.Context = children[0];
    offered.Header.InterfaceReference = reference_object;
    offered.Header.InterfaceDereference = dereference_object;
    WDF_QUERY_INTERFACE_CONFIG config = offering(&offered, NULL);
    ck_status_eq(WdfDeviceAddQueryInterface(children[0], &config), STATUS_SUCCESS);
    ck_status_eq(ask(), STATUS_SUCCESS);
    WDFDEVICE provider = children[0];
    ck_status_eq(WdfPdoMarkMissing(provider), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_ptr_nonnull(WdfDeviceGetDriver(provider));
    lines[0] = '\0';
    log_set_sink(note_line);
    bus_stop();
    ck_assert_msg(strstr(lines, "leaves 1 WDFDEVICE with references (S13.18)") != NULL, "%s",
                  lines);
    answer[0].Header.InterfaceDereference(answer[0].Header.Context);
}
END_TEST

static Suite *offer_suite(void)
{
    Suite *suite = suite_create("offer");
    TCase *tests = tcase_create("offer");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_offer_that_makes_no_sense_is_refused);
    tcase_add_test(tests, a_control_device_offers_nothing);
    tcase_add_test(tests, an_offer_is_copied_and_the_first_one_counts);
    tcase_add_test(tests, size_and_version_must_be_enough_for_the_offer);
    tcase_add_test(tests, an_interface_that_nobody_has_is_not_supported);
    tcase_add_test(tests, the_whole_stack_of_the_device_is_asked);
    tcase_add_test(tests, a_device_below_replaces_what_one_above_has_said);
    tcase_add_test(tests, the_callback_may_change_the_callers_copy);
    tcase_add_test(tests, the_callback_may_offer_and_ask_itself);
    tcase_add_test(tests, a_callback_that_fails_ends_the_question);
    tcase_add_test(tests, a_bus_driver_that_says_not_supported_has_taken_a_reference);
    tcase_add_test(tests, an_import_reads_what_the_caller_offers);
    tcase_add_test(tests, a_child_may_have_its_parents_stack_asked);
    tcase_add_test(tests, the_default_target_leads_to_the_own_stack);
    tcase_add_test(tests, a_target_asks_the_stack_that_it_was_opened_for);
    tcase_add_test(tests, an_interface_outlives_the_device_that_has_offered_it);
    tcase_add_test(tests, an_interface_that_is_never_given_back_is_told_of_in_the_end);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(offer_suite());
}
