/* The resource lists that a driver gets with its hardware (S11.1, S11.5), and the types in them. */
#include <signal.h>

#include "device.h"
#include "unit.h"

/* The layout that Windows documents: packed to 4 bytes. */
C_ASSERT(sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR) == 20);
C_ASSERT(FIELD_OFFSET(CM_PARTIAL_RESOURCE_DESCRIPTOR, u) == 4);
C_ASSERT(sizeof(CM_FULL_RESOURCE_DESCRIPTOR) == 36);
C_ASSERT(sizeof(CM_RESOURCE_LIST) == 40);
C_ASSERT(sizeof(INTERFACE) == 32);

static WDFCMRESLIST prepared[2];
static WDFCMRESLIST released;

static NTSTATUS prepare(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    prepared[0] = Raw;
    prepared[1] = Translated;
    ck_assert_uint_eq(WdfCmResourceListGetCount(Raw), 0);
    ck_assert_uint_eq(WdfCmResourceListGetCount(Translated), 0);
    ck_assert_ptr_null(WdfCmResourceListGetDescriptor(Translated, 0));
    ck_assert_ptr_null(WdfCmResourceListGetDescriptor(Raw, MAXULONG));
    return STATUS_SUCCESS;
}

static NTSTATUS release(WDFDEVICE Device, WDFCMRESLIST Translated)
{
    UNREFERENCED_PARAMETER(Device);
    ck_assert_uint_eq(WdfCmResourceListGetCount(Translated), 0);
    released = Translated;
    return STATUS_SUCCESS;
}

static NTSTATUS add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = prepare;
    callbacks.EvtDeviceReleaseHardware = release;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDFDEVICE created;
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
}

static void setup(void)
{
    device_start_with(add);
}

/* S11.1: the driver may look through them; here it finds nothing. */
START_TEST(both_lists_are_valid_and_empty)
{
    ck_assert_ptr_nonnull(prepared[0]);
    ck_assert_ptr_nonnull(prepared[1]);
    ck_assert_ptr_ne(prepared[0], prepared[1]);
}
END_TEST

/* S11.5 */
START_TEST(what_was_prepared_is_released)
{
    device_stop();
    ck_assert_ptr_eq(released, prepared[1]);
}
END_TEST

/* S1.2 */
START_TEST(another_handle_is_no_list)
{
    WdfCmResourceListGetCount((WDFCMRESLIST)WdfuseInprocGetDevice(device));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resources");
    TCase *tests = tcase_create("resources");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test(tests, both_lists_are_valid_and_empty);
    tcase_add_test(tests, what_was_prepared_is_released);
    suite_add_tcase(suite, tests);

    tests = unit_ends(tcase_create("bug checks"));
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_test_raise_signal(tests, another_handle_is_no_list, SIGABRT);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
