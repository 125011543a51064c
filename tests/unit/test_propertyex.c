/*
 * Properties by key (S17.35 to S17.37): what a driver assigns to a stack or to an interface, in the
 * registry of the driver whose device is the lowest. And properties of the device that a target
 * leads to (S17.34).
 */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include <string.h>

#include "bus.h"
#include "unit.h"

static const GUID toast = {0x11223344, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}};
static const DEVPROPKEY color = {{0xaabbccdd, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}, 2};
static const DEVPROPKEY shape = {{0xaabbccdd, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}, 3};
/* DEVPKEY_Device_FriendlyName, DEVPKEY_Device_LocationInfo, DEVPKEY_Device_HardwareIds */
#define SETUP                                                                                      \
    {                                                                                              \
        0xa45c254e, 0xdf1c, 0x4efd,                                                                \
        {                                                                                          \
            0x80, 0x20, 0x67, 0xd1, 0x46, 0xa8, 0x50, 0xe0                                         \
        }                                                                                          \
    }
static const DEVPROPKEY friendly_name = {SETUP, 14};
static const DEVPROPKEY location = {SETUP, 15};
static const DEVPROPKEY hardware_ids = {SETUP, 3};

static WDFDEVICE function_device;
static NTSTATUS init_status;
static ULONG init_number;

static WDF_DEVICE_PROPERTY_DATA data_of(const DEVPROPKEY *key)
{
    WDF_DEVICE_PROPERTY_DATA data;
    WDF_DEVICE_PROPERTY_DATA_INIT(&data, key);
    return data;
}

static NTSTATUS function_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_DEVICE_PROPERTY_DATA data = data_of(&color);
    ULONG length;
    DEVPROPTYPE type;
    UNREFERENCED_PARAMETER(Driver);
    init_status = WdfFdoInitQueryPropertyEx(DeviceInit, &data, 4, &init_number, &length, &type);
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
    DECLARE_CONST_UNICODE_STRING(id, L"TOAST\\Toaster");
    DECLARE_CONST_UNICODE_STRING(slot, L"Slot 7");
    ck_status_eq(WdfPdoInitAddHardwareID(DeviceInit, &id), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAddDeviceText(DeviceInit, &slot, &slot, 0x409), STATUS_SUCCESS);
    WdfPdoInitSetDefaultLocale(DeviceInit, 0x409);
}

static void start(void)
{
    prepare_child_init = prepare;
    ck_status_eq(WdfuseInprocServeChildren("TOAST\\Toaster", function_driver, "function"),
                 STATUS_SUCCESS);
    start_bus(1);
}

static void stop(void)
{
    bus_stop();
    WdfuseInprocStopServingChildren();
}

static void setup(void)
{
    ck_status_eq(WdfuseInprocSetConfiguration(NULL, 0), STATUS_SUCCESS);
    start();
}

static NTSTATUS assign(WDFDEVICE to, const DEVPROPKEY *key, ULONG flags, ULONG number)
{
    WDF_DEVICE_PROPERTY_DATA data = data_of(key);
    data.Flags = flags;
    return WdfDeviceAssignProperty(to, &data, DEVPROP_TYPE_UINT32, sizeof(number), &number);
}

static NTSTATUS take_away(WDFDEVICE from, const DEVPROPKEY *key)
{
    WDF_DEVICE_PROPERTY_DATA data = data_of(key);
    return WdfDeviceAssignProperty(from, &data, DEVPROP_TYPE_EMPTY, 0, NULL);
}

static NTSTATUS ask(WDFDEVICE of, const DEVPROPKEY *key, ULONG *number)
{
    WDF_DEVICE_PROPERTY_DATA data = data_of(key);
    ULONG length = 0;
    DEVPROPTYPE type = 0;
    NTSTATUS status = WdfDeviceQueryPropertyEx(of, &data, sizeof(*number), number, &length, &type);
    if (NT_SUCCESS(status)) {
        ck_assert_uint_eq(type, DEVPROP_TYPE_UINT32);
        ck_assert_uint_eq(length, sizeof(*number));
    }
    return status;
}

/* ---- of devices ---- */

/* S17.36, S17.37: a property is the stack's. */
START_TEST(what_one_driver_assigns_all_of_the_stack_see)
{
    ULONG number = 0;
    ck_status_eq(ask(function_device, &color, &number), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(assign(function_device, &color, 0, 7), STATUS_SUCCESS);
    ck_status_eq(ask(children[0], &color, &number), STATUS_SUCCESS);
    ck_assert_uint_eq(number, 7);
    /* Not the parent, nor a property of another number or language. */
    ck_status_eq(ask(wdf_device(), &color, &number), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(ask(children[0], &shape, &number), STATUS_OBJECT_NAME_NOT_FOUND);
    WDF_DEVICE_PROPERTY_DATA data = data_of(&color);
    data.Lcid = 0x409;
    DEVPROPTYPE type;
    ck_status_eq(WdfDeviceQueryPropertyEx(children[0], &data, 4, &number, &number, &type),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(take_away(children[0], &color), STATUS_SUCCESS);
    ck_status_eq(ask(function_device, &color, &number), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* S17.36: the length and the type are said, too, where the buffer is too short. */
START_TEST(the_length_and_the_type_are_said_first)
{
    WDF_DEVICE_PROPERTY_DATA data = data_of(&hardware_ids);
    WCHAR buffer[32];
    ULONG length = 0;
    DEVPROPTYPE type = 0;
    ck_status_eq(WdfDeviceQueryPropertyEx(function_device, &data, 0, NULL, &length, &type),
                 STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 15 * sizeof(WCHAR));
    ck_assert_uint_eq(type, DEVPROP_TYPE_STRING_LIST);
    ck_status_eq(
        WdfDeviceQueryPropertyEx(function_device, &data, length - 1, buffer, &length, &type),
        STATUS_BUFFER_TOO_SMALL);
    ck_status_eq(WdfDeviceQueryPropertyEx(function_device, &data, length, buffer, &length, &type),
                 STATUS_SUCCESS);
    ck_assert(memcmp(buffer, L"TOAST\\Toaster\0", length) == 0);
}
END_TEST

/* S17.35: also by a driver whose device is not there yet. */
START_TEST(a_memory_object_has_the_values_size)
{
    WDF_DEVICE_PROPERTY_DATA data = data_of(&location);
    WDFMEMORY memory = NULL;
    DEVPROPTYPE type = 0;
    size_t size;
    ck_status_eq(WdfDeviceAllocAndQueryPropertyEx(function_device, &data, PagedPool,
                                                  WDF_NO_OBJECT_ATTRIBUTES, &memory, &type),
                 STATUS_SUCCESS);
    ck_assert(memcmp(WdfMemoryGetBuffer(memory, &size), L"Slot 7", 14) == 0);
    ck_assert_uint_eq(size, 14);
    ck_assert_uint_eq(type, DEVPROP_TYPE_STRING);
    data.PropertyKey = &shape;
    ck_status_eq(WdfDeviceAllocAndQueryPropertyEx(function_device, &data, PagedPool,
                                                  WDF_NO_OBJECT_ATTRIBUTES, &memory, &type),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_ptr_null(memory);
}
END_TEST

/* S17.38: a name that was assigned by key is the one that is asked for by number. */
START_TEST(both_ways_to_ask_lead_to_the_same)
{
    WDF_DEVICE_PROPERTY_DATA data = data_of(&friendly_name);
    WCHAR name[] = L"My toaster", buffer[16];
    ULONG length;
    ck_status_eq(WdfDeviceQueryProperty(function_device, DevicePropertyFriendlyName, sizeof(buffer),
                                        buffer, &length),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(
        WdfDeviceAssignProperty(function_device, &data, DEVPROP_TYPE_STRING, sizeof(name), name),
        STATUS_SUCCESS);
    ck_status_eq(WdfDeviceQueryProperty(children[0], DevicePropertyFriendlyName, sizeof(buffer),
                                        buffer, &length),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(length, sizeof(name));
    ck_assert(memcmp(buffer, name, length) == 0);
}
END_TEST

/* S17.37: what is kept is there when the driver is loaded anew, before it has made its device. */
START_TEST(what_is_persistent_stands_in_the_registry)
{
    ULONG number = 0;
    char text[2048];
    ck_status_eq(assign(function_device, &shape, 0, 8), STATUS_SUCCESS);
    /* One that was volatile is kept from now on. */
    ck_status_eq(assign(function_device, &color, 0, 5), STATUS_SUCCESS);
    ck_status_eq(assign(function_device, &color, PLUGPLAY_PROPERTY_PERSISTENT, 6), STATUS_SUCCESS);
    ck_status_eq(ask(function_device, &color, &number), STATUS_SUCCESS);
    ck_assert_uint_eq(number, 6);
    WdfuseInprocGetConfiguration(text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "Device Properties"));
    ck_assert_ptr_null(strstr(text, "Volatile Properties"));
    stop();
    ck_status_eq(WdfuseInprocSetConfiguration(text, strlen(text)), STATUS_SUCCESS);
    start();
    ck_status_eq(init_status, STATUS_SUCCESS);
    ck_assert_uint_eq(init_number, 6);
    ck_status_eq(ask(function_device, &shape, &number), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(take_away(function_device, &color), STATUS_SUCCESS);
    ck_status_eq(ask(function_device, &color, &number), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* S17.37: values that are none of their type. */
START_TEST(a_value_of_a_wrong_size_or_type_is_refused)
{
    static const struct {
        DEVPROPTYPE type;
        ULONG size;
        NTSTATUS status;
    } rows[] = {
        {DEVPROP_TYPE_UINT32, 3, STATUS_INVALID_PARAMETER},
        {DEVPROP_TYPE_UINT32, 8, STATUS_INVALID_PARAMETER},
        {DEVPROP_TYPE_UINT32 | DEVPROP_TYPEMOD_ARRAY, 8, STATUS_SUCCESS},
        {DEVPROP_TYPE_UINT32 | DEVPROP_TYPEMOD_ARRAY, 7, STATUS_INVALID_PARAMETER},
        {DEVPROP_TYPE_UINT32 | DEVPROP_TYPEMOD_LIST, 8, STATUS_INVALID_PARAMETER},
        {DEVPROP_TYPE_GUID, 16, STATUS_SUCCESS},
        {DEVPROP_TYPE_STRING, 5, STATUS_INVALID_PARAMETER},
        {DEVPROP_TYPE_STRING, 2, STATUS_INVALID_PARAMETER}, /* no zero at its end */
        {DEVPROP_TYPE_STRING, 4, STATUS_SUCCESS},
        {DEVPROP_TYPE_BINARY, 5, STATUS_SUCCESS},
        {DEVPROP_TYPE_EMPTY, 1, STATUS_INVALID_PARAMETER},
        {0x1a, 4, STATUS_INVALID_PARAMETER},
        {0x10007, 4, STATUS_INVALID_PARAMETER},
    };
    WDF_DEVICE_PROPERTY_DATA data = data_of(&color);
    WCHAR bytes[16] = {'x'};
    ck_status_eq(WdfDeviceAssignProperty(children[0], &data, rows[_i].type, rows[_i].size, bytes),
                 rows[_i].status);
}
END_TEST

/* S17.36, S17.37 */
START_TEST(a_question_that_makes_no_sense_is_refused)
{
    WDF_DEVICE_PROPERTY_DATA data = data_of(&color);
    ULONG number = 0, length;
    DEVPROPTYPE type;
    ck_status_eq(WdfDeviceQueryPropertyEx(children[0], &data, 4, NULL, &length, &type),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceQueryPropertyEx(children[0], &data, 0, &number, &length, &type),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceAssignProperty(children[0], &data, DEVPROP_TYPE_UINT32, 0, &number),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceAssignProperty(children[0], &data, DEVPROP_TYPE_UINT32, 4, NULL),
                 STATUS_INVALID_PARAMETER);
    data.Size--;
    ck_status_eq(WdfDeviceQueryPropertyEx(children[0], &data, 4, &number, &length, &type),
                 STATUS_INFO_LENGTH_MISMATCH);
    ck_status_eq(WdfDeviceAssignProperty(children[0], &data, DEVPROP_TYPE_UINT32, 4, &number),
                 STATUS_INFO_LENGTH_MISMATCH);
    /* A child that was made, and is the driver's still. */
    create_child(1);
    ck_status_eq(ask(children[1], &color, &number), STATUS_INVALID_DEVICE_STATE);
    ck_status_eq(assign(children[1], &color, 0, 1), STATUS_INVALID_DEVICE_STATE);
    WdfObjectDelete(children[1]);
}
END_TEST

/* ---- of targets ---- */

/* S17.34: the stack below is known by its PDO. */
START_TEST(a_target_has_the_properties_of_its_stack)
{
    WCHAR buffer[8];
    ULONG length;
    size_t size;
    WDFMEMORY memory;
    ck_status_eq(WdfIoTargetQueryTargetProperty(WdfDeviceGetIoTarget(function_device),
                                                DevicePropertyLocationInformation, sizeof(buffer),
                                                buffer, &length),
                 STATUS_SUCCESS);
    ck_assert(length == 14 && memcmp(buffer, L"Slot 7", length) == 0);
    WDFIOTARGET target;
    ck_status_eq(WdfIoTargetCreate(wdf_device(), WDF_NO_OBJECT_ATTRIBUTES, &target),
                 STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetQueryTargetProperty(target, DevicePropertyLocationInformation,
                                                sizeof(buffer), buffer, &length),
                 STATUS_INVALID_DEVICE_REQUEST);
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params,
                                                   WdfDeviceWdmGetDeviceObject(children[0]));
    ck_status_eq(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
    ck_status_eq(WdfIoTargetAllocAndQueryTargetProperty(target, DevicePropertyLocationInformation,
                                                        PagedPool, WDF_NO_OBJECT_ATTRIBUTES,
                                                        &memory),
                 STATUS_SUCCESS);
    ck_assert(memcmp(WdfMemoryGetBuffer(memory, &size), L"Slot 7", 14) == 0);
    ck_status_eq(WdfIoTargetAllocAndQueryTargetProperty(target, DevicePropertyFriendlyName,
                                                        PagedPool, WDF_NO_OBJECT_ATTRIBUTES,
                                                        &memory),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_ptr_null(memory);
    WdfObjectDelete(target);
}
END_TEST

/* ---- of interfaces ---- */

static NTSTATUS assign_to_interface(WDFDEVICE to, PCUNICODE_STRING reference, ULONG number)
{
    WDF_DEVICE_INTERFACE_PROPERTY_DATA data;
    WDF_DEVICE_INTERFACE_PROPERTY_DATA_INIT(&data, &toast, &color);
    data.ReferenceString = reference;
    return WdfDeviceAssignInterfaceProperty(to, &data, DEVPROP_TYPE_UINT32, sizeof(number),
                                            &number);
}

static NTSTATUS ask_interface(WDFDEVICE of, PCUNICODE_STRING reference, ULONG *number)
{
    WDF_DEVICE_INTERFACE_PROPERTY_DATA data;
    ULONG length;
    DEVPROPTYPE type;
    WDF_DEVICE_INTERFACE_PROPERTY_DATA_INIT(&data, &toast, &color);
    data.ReferenceString = reference;
    return WdfDeviceQueryInterfaceProperty(of, &data, sizeof(*number), number, &length, &type);
}

/* S17.36, S17.37 */
START_TEST(each_interface_has_properties_of_its_own)
{
    DECLARE_CONST_UNICODE_STRING(left, L"left");
    DECLARE_CONST_UNICODE_STRING(right, L"right");
    ULONG number = 0;
    ck_status_eq(assign_to_interface(function_device, &left, 1), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_status_eq(WdfDeviceCreateDeviceInterface(function_device, &toast, &left), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceCreateDeviceInterface(function_device, &toast, &right), STATUS_SUCCESS);
    ck_status_eq(assign_to_interface(function_device, &left, 1), STATUS_SUCCESS);
    ck_status_eq(assign_to_interface(function_device, &right, 2), STATUS_SUCCESS);
    ck_status_eq(ask_interface(function_device, &left, &number), STATUS_SUCCESS);
    ck_assert_uint_eq(number, 1);
    ck_status_eq(ask_interface(function_device, &right, &number), STATUS_SUCCESS);
    ck_assert_uint_eq(number, 2);
    ck_status_eq(ask(function_device, &color, &number), STATUS_OBJECT_NAME_NOT_FOUND);

    WDF_DEVICE_INTERFACE_PROPERTY_DATA data;
    WDFMEMORY memory;
    DEVPROPTYPE type;
    WDF_DEVICE_INTERFACE_PROPERTY_DATA_INIT(&data, &toast, &color);
    data.ReferenceString = &left;
    ck_status_eq(WdfDeviceAllocAndQueryInterfaceProperty(function_device, &data, PagedPool,
                                                         WDF_NO_OBJECT_ATTRIBUTES, &memory, &type),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(*(ULONG *)WdfMemoryGetBuffer(memory, NULL), 1);
    data.Size++;
    ck_status_eq(WdfDeviceAllocAndQueryInterfaceProperty(function_device, &data, PagedPool,
                                                         WDF_NO_OBJECT_ATTRIBUTES, &memory, &type),
                 STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_ptr_null(memory);
}
END_TEST

static Suite *propertyex_suite(void)
{
    Suite *suite = suite_create("propertyex");
    TCase *tests = tcase_create("propertyex");
    tcase_add_checked_fixture(tests, setup, stop);
    tcase_add_test(tests, what_one_driver_assigns_all_of_the_stack_see);
    tcase_add_test(tests, the_length_and_the_type_are_said_first);
    tcase_add_test(tests, a_memory_object_has_the_values_size);
    tcase_add_test(tests, both_ways_to_ask_lead_to_the_same);
    tcase_add_test(tests, what_is_persistent_stands_in_the_registry);
    tcase_add_loop_test(tests, a_value_of_a_wrong_size_or_type_is_refused, 0, 13);
    tcase_add_test(tests, a_question_that_makes_no_sense_is_refused);
    tcase_add_test(tests, a_target_has_the_properties_of_its_stack);
    tcase_add_test(tests, each_interface_has_properties_of_its_own);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(propertyex_suite());
}
