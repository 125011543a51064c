/* What the system knows of a device (S17.34, S17.35, S17.38, S17.51): of a child on a bus, with a
 * function driver on top of it, and of the bus itself. */
#include <string.h>

#include "bus.h"
#include "nt/utf.h"
#include "unit.h"

static WDFDEVICE function_device;
static NTSTATUS init_status;
static ULONG init_number, init_length;
static WDFMEMORY init_memory;

static NTSTATUS function_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    init_status = WdfFdoInitQueryProperty(DeviceInit, DevicePropertyUINumber, sizeof(init_number),
                                          &init_number, &init_length);
    ck_status_eq(WdfFdoInitAllocAndQueryProperty(DeviceInit, DevicePropertyHardwareID, PagedPool,
                                                 WDF_NO_OBJECT_ATTRIBUTES, &init_memory),
                 STATUS_SUCCESS);
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &function_device);
}

static NTSTATUS function_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, function_add);
    return WdfDriverCreate(DriverObject, RegistryPath, NULL, &config, NULL);
}

static VOID prepare(PWDFDEVICE_INIT DeviceInit)
{
    DECLARE_CONST_UNICODE_STRING(device_id, L"Toast\\Device");
    DECLARE_CONST_UNICODE_STRING(best, L"TOAST\\Best");
    DECLARE_CONST_UNICODE_STRING(good, L"TOAST\\Good");
    DECLARE_CONST_UNICODE_STRING(description, L"A toaster\u00e9");
    DECLARE_CONST_UNICODE_STRING(location, L"Slot 7");
    ck_status_eq(WdfPdoInitAssignDeviceID(DeviceInit, &device_id), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAddHardwareID(DeviceInit, &best), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAddHardwareID(DeviceInit, &good), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAddDeviceText(DeviceInit, &location, &description, 0x409),
                 STATUS_SUCCESS);
    /* Once more: of several the last counts. */
    ck_status_eq(WdfPdoInitAddDeviceText(DeviceInit, &description, &location, 0x409),
                 STATUS_SUCCESS);
}

static void setup(void)
{
    init_memory = NULL;
    prepare_child_init = prepare;
    ck_status_eq(WdfuseInprocServeChildren("TOAST\\Good", function_driver, "function"),
                 STATUS_SUCCESS);
    start_bus(1);
}

static void teardown(void)
{
    bus_stop();
    WdfuseInprocStopServingChildren();
}

static void number_child(ULONG number)
{
    WDF_DEVICE_PNP_CAPABILITIES capabilities;
    WDF_DEVICE_PNP_CAPABILITIES_INIT(&capabilities);
    capabilities.UINumber = number;
    capabilities.Removable = WdfTrue;
    capabilities.SurpriseRemovalOK = WdfTrue;
    WdfDeviceSetPnpCapabilities(children[0], &capabilities);
}

/* ---- values ---- */

/* S17.38: the bus driver's words, whichever device of the stack asks. */
START_TEST(a_child_has_what_its_bus_driver_has_said)
{
    static const struct {
        DEVICE_REGISTRY_PROPERTY property;
        const WCHAR *text;
        ULONG units;
    } rows[] = {
        {DevicePropertyDeviceDescription, L"A toaster\u00e9", 11},
        {DevicePropertyLocationInformation, L"Slot 7", 7},
        {DevicePropertyHardwareID, L"TOAST\\Best\0TOAST\\Good\0", 23},
        {DevicePropertyEnumeratorName, L"Toast", 6},
        {DevicePropertyPhysicalDeviceObjectName, L"\\Device\\test.0", 15},
    };
    WCHAR buffer[64];
    ULONG length = 0;
    WDFDEVICE asking[] = {children[0], function_device};
    for (size_t i = 0; i < RTL_NUMBER_OF(asking); i++) {
        ck_status_eq(
            WdfDeviceQueryProperty(asking[i], rows[_i].property, sizeof(buffer), buffer, &length),
            STATUS_SUCCESS);
        ck_assert_uint_eq(length, rows[_i].units * sizeof(WCHAR));
        ck_assert(memcmp(buffer, rows[_i].text, length) == 0);
    }
}
END_TEST

/* S17.38 */
START_TEST(numbers_are_those_of_the_childs_capabilities)
{
    ULONG number = 77, length;
    ck_status_eq(
        WdfDeviceQueryProperty(function_device, DevicePropertyUINumber, 4, &number, &length),
        STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(
        WdfDeviceQueryProperty(function_device, DevicePropertyRemovalPolicy, 4, &number, &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(number, 1);
    number_child(42);
    ck_status_eq(
        WdfDeviceQueryProperty(function_device, DevicePropertyUINumber, 4, &number, &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(number, 42);
    ck_assert_uint_eq(length, 4);
    ck_status_eq(
        WdfDeviceQueryProperty(function_device, DevicePropertyRemovalPolicy, 4, &number, &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(number, 3);
    ck_status_eq(
        WdfDeviceQueryProperty(function_device, DevicePropertyInstallState, 4, &number, &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(number, 0);
}
END_TEST

/* S17.38 */
START_TEST(a_device_that_is_no_child_is_one_of_the_roots)
{
    WCHAR buffer[16];
    ULONG length;
    ck_status_eq(WdfDeviceQueryProperty(wdf_device(), DevicePropertyEnumeratorName, sizeof(buffer),
                                        buffer, &length),
                 STATUS_SUCCESS);
    ck_assert(memcmp(buffer, L"ROOT", length) == 0);
    ck_status_eq(WdfDeviceQueryProperty(wdf_device(), DevicePropertyPhysicalDeviceObjectName,
                                        sizeof(buffer), buffer, &length),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(length, 26);
    ck_assert(memcmp(buffer, L"\\Device\\test", length) == 0);
    ck_status_eq(WdfDeviceQueryProperty(wdf_device(), DevicePropertyHardwareID, sizeof(buffer),
                                        buffer, &length),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* ---- lengths ---- */

/* S17.34, S17.51 */
START_TEST(the_length_is_said_where_the_buffer_is_too_short)
{
    WCHAR buffer[] = L"untouched";
    ULONG length = 0;
    ck_status_eq(WdfDeviceQueryProperty(function_device, DevicePropertyLocationInformation, 0, NULL,
                                        &length),
                 STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 14);
    length = 0;
    ck_status_eq(WdfDeviceQueryProperty(function_device, DevicePropertyLocationInformation, 13,
                                        buffer, &length),
                 STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 14);
    ck_assert(memcmp(buffer, L"untouched", sizeof(buffer)) == 0);
}
END_TEST

/* S17.35, S17.51 */
START_TEST(a_memory_object_has_just_the_values_size)
{
    size_t size;
    WDFMEMORY memory = (WDFMEMORY)&size;
    ck_status_eq(WdfDeviceAllocAndQueryProperty(function_device, DevicePropertyLocationInformation,
                                                NonPagedPoolNx, WDF_NO_OBJECT_ATTRIBUTES, &memory),
                 STATUS_SUCCESS);
    ck_assert(memcmp(WdfMemoryGetBuffer(memory, &size), L"Slot 7", 14) == 0);
    ck_assert_uint_eq(size, 14);
    WdfObjectDelete(memory);
    ck_status_eq(WdfDeviceAllocAndQueryProperty(function_device, DevicePropertyFriendlyName,
                                                NonPagedPoolNx, WDF_NO_OBJECT_ATTRIBUTES, &memory),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_ptr_null(memory);
}
END_TEST

/* ---- before there is a device ---- */

/* S17.34: as Microsoft's sideband filter asks for the number that the bus gives its device. */
START_TEST(what_is_below_is_known_before_the_device_is_made)
{
    size_t size;
    ck_status_eq(init_status, STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert(memcmp(WdfMemoryGetBuffer(init_memory, &size), L"TOAST\\Best\0TOAST\\Good\0", 46) ==
              0);
    ck_assert_uint_eq(size, 46);
    prepare_child_init = prepare;
    create_child(1);
    WDF_DEVICE_PNP_CAPABILITIES capabilities;
    WDF_DEVICE_PNP_CAPABILITIES_INIT(&capabilities);
    capabilities.UINumber = 9;
    WdfDeviceSetPnpCapabilities(children[1], &capabilities);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[1]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_status_eq(init_status, STATUS_SUCCESS);
    ck_assert_uint_eq(init_number, 9);
    ck_assert_uint_eq(init_length, 4);
}
END_TEST

/* ---- refusals ---- */

/* S17.34 */
START_TEST(who_has_no_properties_is_refused)
{
    DECLARE_CONST_UNICODE_STRING(everybody, L"D:P(A;;GA;;;WD)");
    ULONG number, length;
    WDFDEVICE control;
    WDFMEMORY memory;
    PWDFDEVICE_INIT init =
        WdfControlDeviceInitAllocate(WdfDeviceGetDriver(wdf_device()), &everybody);
    ck_status_eq(WdfFdoInitQueryProperty(init, DevicePropertyUINumber, 4, &number, &length),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &control), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceQueryProperty(control, DevicePropertyInstallState, 4, &number, &length),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfDeviceAllocAndQueryProperty(control, DevicePropertyInstallState, PagedPool,
                                                WDF_NO_OBJECT_ATTRIBUTES, &memory),
                 STATUS_INVALID_DEVICE_REQUEST);
    WdfObjectDelete(control);
    ck_status_eq(
        WdfDeviceQueryProperty(function_device, (DEVICE_REGISTRY_PROPERTY)99, 4, &number, &length),
        STATUS_INVALID_PARAMETER_2);
    /* A child that was made, and is the driver's still. */
    create_child(1);
    ck_status_eq(
        WdfDeviceQueryProperty(children[1], DevicePropertyInstallState, 4, &number, &length),
        STATUS_INVALID_DEVICE_STATE);
    WdfObjectDelete(children[1]);
}
END_TEST

static Suite *property_suite(void)
{
    Suite *suite = suite_create("property");
    TCase *tests = tcase_create("property");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_child_has_what_its_bus_driver_has_said, 0, 5);
    tcase_add_test(tests, numbers_are_those_of_the_childs_capabilities);
    tcase_add_test(tests, a_device_that_is_no_child_is_one_of_the_roots);
    tcase_add_test(tests, the_length_is_said_where_the_buffer_is_too_short);
    tcase_add_test(tests, a_memory_object_has_just_the_values_size);
    tcase_add_test(tests, what_is_below_is_known_before_the_device_is_made);
    tcase_add_test(tests, who_has_no_properties_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(property_suite());
}
