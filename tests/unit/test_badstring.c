/* An invalid UNICODE_STRING, wherever a driver may pass one: STATUS_INVALID_PARAMETER and a break,
 * as in FxValidateUnicodeString, and its Buffer is not read. */
#include <string.h>

#include "holding.h"
#include "unit.h"

static WCHAR text[4] = L"abc";

static const UNICODE_STRING bad_strings[] = {
    {4, 4, NULL}, {0, 2, NULL}, {3, 8, text}, {2, 3, text}, {6, 4, text},
};

static const GUID class = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};

static void setup(void)
{
    describe_queue(WdfIoQueueDispatchParallel);
}

static void expect_break(const char *function)
{
    const char *message = last_verifier_message();
    ck_assert_msg(strstr(message, function) != NULL &&
                      strstr(message, "is no UNICODE_STRING") != NULL,
                  "%s: the verifier says '%s'", function, message);
}

START_TEST(functions_of_the_device_refuse_it)
{
    const UNICODE_STRING *bad = &bad_strings[_i];
    WDFSTRING string;
    start_device();
    (void)last_verifier_message();
    ck_status_eq(WdfStringCreate(bad, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_INVALID_PARAMETER);
    expect_break("WdfStringCreate");
    ck_status_eq(WdfDeviceCreateSymbolicLink(wdf_device(), bad), STATUS_INVALID_PARAMETER);
    expect_break("WdfDeviceCreateSymbolicLink");
    ck_status_eq(WdfDeviceCreateDeviceInterface(wdf_device(), &class, bad),
                 STATUS_INVALID_PARAMETER);
    expect_break("WdfDeviceCreateDeviceInterface");
    WdfDeviceSetDeviceInterfaceState(wdf_device(), &class, bad, TRUE);
    expect_break("WdfDeviceSetDeviceInterfaceState");
    ck_status_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceRetrieveDeviceInterfaceString(wdf_device(), &class, bad, string),
                 STATUS_INVALID_PARAMETER);
    expect_break("WdfDeviceRetrieveDeviceInterfaceString");
    ck_assert_ptr_null(WdfControlDeviceInitAllocate(WdfGetDriver(), bad));
    expect_break("WdfDeviceInitAssignSDDLString");
}
END_TEST

static const UNICODE_STRING *given;

static VOID assign_bad(PWDFDEVICE_INIT DeviceInit)
{
    ck_status_eq(WdfDeviceInitAssignName(DeviceInit, given), STATUS_INVALID_PARAMETER);
    expect_break("WdfDeviceInitAssignName");
    ck_status_eq(WdfDeviceInitAssignSDDLString(DeviceInit, given), STATUS_INVALID_PARAMETER);
    expect_break("WdfDeviceInitAssignSDDLString");
}

START_TEST(functions_of_an_init_refuse_it)
{
    given = &bad_strings[_i];
    prepare_init = assign_bad;
    start_device();
}
END_TEST

START_TEST(the_registry_refuses_it)
{
    const UNICODE_STRING *bad = &bad_strings[_i];
    DECLARE_CONST_UNICODE_STRING(good, L"Good");
    WDFKEY key, made;
    ULONG number;
    start_device();
    ck_status_eq(WdfDriverOpenParametersRegistryKey(WdfGetDriver(), KEY_ALL_ACCESS,
                                                    WDF_NO_OBJECT_ATTRIBUTES, &key),
                 STATUS_SUCCESS);
    ck_status_eq(WdfRegistryQueryULong(key, bad, &number), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryAssignULong(key, bad, 1), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryAssignUnicodeString(key, &good, bad), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryRemoveValue(key, bad), STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfRegistryCreateKey(key, bad, KEY_ALL_ACCESS, REG_OPTION_NON_VOLATILE, NULL,
                                      WDF_NO_OBJECT_ATTRIBUTES, &made),
                 STATUS_INVALID_PARAMETER);
    WdfRegistryClose(key);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("badstring");
    TCase *tests = tcase_create("badstring");
    tcase_add_checked_fixture(tests, setup, holding_stop);
    tcase_add_loop_test(tests, functions_of_the_device_refuse_it, 0, RTL_NUMBER_OF(bad_strings));
    tcase_add_loop_test(tests, functions_of_an_init_refuse_it, 0, RTL_NUMBER_OF(bad_strings));
    tcase_add_loop_test(tests, the_registry_refuses_it, 0, RTL_NUMBER_OF(bad_strings));
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
