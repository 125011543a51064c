/*
 * Special files on devices (S17.44 to S17.46): a bus with two children, whose drivers are told of
 * them, and a device of another driver that depends on it.
 */
#include <string.h>

#include "bus.h"
#include "unit.h"

/* The devices that were told, in order: 'P' for the parent, '0' and '1' for the children, 'D' for
 * the dependent device; small letters, or a '-' before a number, when it was taken off. */
static char told[64];
static WDF_SPECIAL_FILE_TYPE file_told;
static WDFDEVICE dependent_device;
static WDFUSEDEVICE dependent;
static NTSTATUS answers[256];

static char name_of(WDFDEVICE of)
{
    if (of == dependent_device)
        return 'D';
    if (of == wdf_device())
        return 'P';
    return of == children[0] ? '0' : '1';
}

static NTSTATUS note(WDFDEVICE of, WDF_SPECIAL_FILE_TYPE file, BOOLEAN is_in)
{
    if (!is_in)
        told[strlen(told)] = '-';
    told[strlen(told)] = name_of(of);
    file_told = file;
    return is_in ? answers[(unsigned char)name_of(of)] : STATUS_SUCCESS;
}

static NTSTATUS notice_ex(WDFDEVICE Device, WDF_SPECIAL_FILE_TYPE Type, BOOLEAN IsInPath)
{
    return note(Device, Type, IsInPath);
}

static VOID notice(WDFDEVICE Device, WDF_SPECIAL_FILE_TYPE Type, BOOLEAN IsInPath)
{
    (void)note(Device, Type, IsInPath);
}

static VOID listen(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceUsageNotificationEx = notice_ex;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

static VOID listen_to_child(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceUsageNotification = notice;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

static NTSTATUS add_dependent(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    listen(DeviceInit);
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &dependent_device);
}

static NTSTATUS dependent_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, add_dependent);
    return WdfDriverCreate(DriverObject, RegistryPath, NULL, &config, NULL);
}

static void support(WDF_SPECIAL_FILE_TYPE file)
{
    WdfDeviceSetSpecialFileSupport(wdf_device(), file, TRUE);
    WdfDeviceSetSpecialFileSupport(children[0], file, TRUE);
    WdfDeviceSetSpecialFileSupport(children[1], file, TRUE);
    if (dependent_device != NULL)
        WdfDeviceSetSpecialFileSupport(dependent_device, file, TRUE);
}

static NTSTATUS use(const char *node, WDF_SPECIAL_FILE_TYPE file, bool is_in_use)
{
    memset(told, 0, sizeof(told));
    return WdfuseInprocUse(node, file, is_in_use);
}

static void setup(void)
{
    memset(answers, 0, sizeof(answers));
    dependent = NULL;
    dependent_device = NULL;
    prepare_init = listen;
    prepare_child_init = listen_to_child;
    start_bus(2);
}

static void teardown(void)
{
    if (dependent != NULL)
        WdfuseInprocStop(dependent);
    bus_stop();
}

static void start_dependent(void)
{
    ck_status_eq(WdfuseInprocStart(dependent_driver, "dependent", &dependent), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceAddDependentUsageDeviceObject(
                     children[0], WdfDeviceWdmGetPhysicalDevice(dependent_device)),
                 STATUS_SUCCESS);
}

/* S17.45: a device whose driver does not support it is not used so. */
START_TEST(a_device_that_does_not_support_a_file_refuses_it)
{
    ck_status_eq(use("test", WdfSpecialFilePaging, true), STATUS_NOT_IMPLEMENTED);
    ck_assert_str_eq(told, "");
    WdfDeviceSetSpecialFileSupport(wdf_device(), WdfSpecialFilePaging, TRUE);
    ck_status_eq(use("test", WdfSpecialFilePaging, true), STATUS_SUCCESS);
    ck_status_eq(use("test", WdfSpecialFileDump, true), STATUS_NOT_IMPLEMENTED);
    WdfDeviceSetSpecialFileSupport(wdf_device(), WdfSpecialFilePaging, FALSE);
    ck_status_eq(use("test", WdfSpecialFilePaging, true), STATUS_NOT_IMPLEMENTED);
    /* An existing file may be removed all the same, once. */
    ck_status_eq(use("test", WdfSpecialFilePaging, false), STATUS_SUCCESS);
    ck_assert_str_eq(told, "-P");
    ck_status_eq(use("test", WdfSpecialFilePaging, false), STATUS_INVALID_DEVICE_STATE);
    ck_status_eq(use("nobody", WdfSpecialFilePaging, true), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* S17.45: the parent's stack, dependent devices, then the driver itself. */
START_TEST(parents_and_dependents_are_told_before_the_driver)
{
    start_dependent();
    support(WdfSpecialFileHibernation);
    ck_status_eq(use("test.0", WdfSpecialFileHibernation, true), STATUS_SUCCESS);
    ck_assert_str_eq(told, "PD0");
    ck_assert_int_eq(file_told, WdfSpecialFileHibernation);
    ck_status_eq(use("test.0", WdfSpecialFileHibernation, false), STATUS_SUCCESS);
    ck_assert_str_eq(told, "-P-D-0");
}
END_TEST

/* S17.45: everything is undone, and nothing counts. */
START_TEST(after_a_refusal_those_who_were_told_are_told_back)
{
    start_dependent();
    support(WdfSpecialFilePaging);
    answers['D'] = STATUS_UNSUCCESSFUL;
    ck_status_eq(use("test.0", WdfSpecialFilePaging, true), STATUS_UNSUCCESSFUL);
    ck_assert_str_eq(told, "PD-P");
    ck_status_eq(use("test.0", WdfSpecialFilePaging, false), STATUS_INVALID_DEVICE_STATE);
    answers['P'] = STATUS_UNSUCCESSFUL;
    ck_status_eq(use("test.0", WdfSpecialFilePaging, true), STATUS_UNSUCCESSFUL);
    ck_assert_str_eq(told, "P");
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_SUCCESS);
    WdfuseInprocCancelRemove(device);
}
END_TEST

/* S17.45: the plain form of the callback cannot fail it. */
START_TEST(the_plain_form_cannot_refuse)
{
    support(WdfSpecialFileBoot);
    answers['1'] = STATUS_UNSUCCESSFUL;
    ck_status_eq(use("test.1", WdfSpecialFileBoot, true), STATUS_SUCCESS);
    ck_assert_str_eq(told, "P1");
}
END_TEST

/* S17.46, S11.15: a device with a file of the first three kinds is not removed. */
START_TEST(a_device_in_the_path_of_paging_cannot_be_removed_or_stopped)
{
    static const WDF_SPECIAL_FILE_TYPE files[] = {WdfSpecialFilePaging, WdfSpecialFileHibernation,
                                                  WdfSpecialFileDump};
    for (unsigned i = 0; i < RTL_NUMBER_OF(files); i++) {
        support(files[i]);
        ck_status_eq(use("test.0", files[i], true), STATUS_SUCCESS);
        ck_assert(!NT_SUCCESS(WdfuseInprocQueryRemove(device)));
        ck_status_eq(WdfuseInprocQueryStop(device), STATUS_DEVICE_NOT_READY);
        ck_status_eq(use("test.0", files[i], false), STATUS_SUCCESS);
        ck_status_eq(WdfuseInprocQueryStop(device), STATUS_SUCCESS);
        WdfuseInprocCancelStop(device);
    }
    support(WdfSpecialFileGuestAssigned);
    ck_status_eq(use("test.0", WdfSpecialFileGuestAssigned, true), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocQueryStop(device), STATUS_SUCCESS);
    WdfuseInprocCancelStop(device);
}
END_TEST

/* S17.46: each dump file holds a reference, and releases it. */
START_TEST(a_dump_file_keeps_the_device_in_d0)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
    idle.IdleTimeout = 1000;
    ck_status_eq(WdfDeviceAssignS0IdleSettings(wdf_device(), &idle), STATUS_SUCCESS);
    WdfDeviceSetSpecialFileSupport(wdf_device(), WdfSpecialFileDump, TRUE);
    WdfDeviceSetSpecialFileSupport(wdf_device(), WdfSpecialFileBoot, TRUE);
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS); /* they would prevent it, too */
    ck_status_eq(WdfPdoMarkMissing(children[1]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    WdfuseInprocIdle(device);
    WdfuseInprocWaitForWorkers();
    WDF_DEVICE_POWER_STATE asleep = WdfDeviceGetDevicePowerState(wdf_device());
    ck_assert_int_ne(asleep, WdfDevStatePowerD0);
    /* S17.45: it is woken to be told, and may sleep again. */
    ck_status_eq(use("test", WdfSpecialFileBoot, true), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), WdfDevStatePowerD0);
    ck_status_eq(use("test", WdfSpecialFileDump, true), STATUS_SUCCESS);
    WdfuseInprocIdle(device);
    WdfuseInprocWaitForWorkers();
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), WdfDevStatePowerD0);
    ck_status_eq(use("test", WdfSpecialFileDump, false), STATUS_SUCCESS);
    WdfuseInprocIdle(device);
    WdfuseInprocWaitForWorkers();
    ck_assert_int_eq(WdfDeviceGetDevicePowerState(wdf_device()), asleep);
}
END_TEST

/* S17.44: two devices that depend on each other are told once. */
START_TEST(a_circle_of_dependents_has_an_end)
{
    start_dependent();
    ck_status_eq(WdfDeviceAddDependentUsageDeviceObject(dependent_device,
                                                        WdfDeviceWdmGetPhysicalDevice(children[0])),
                 STATUS_SUCCESS);
    support(WdfSpecialFilePaging);
    ck_status_eq(use("test.0", WdfSpecialFilePaging, true), STATUS_SUCCESS);
    ck_assert_str_eq(told, "PD0");
    ck_status_eq(use("test.0", WdfSpecialFilePaging, false), STATUS_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("usage");
    TCase *tests = tcase_create("usage");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_device_that_does_not_support_a_file_refuses_it);
    tcase_add_test(tests, parents_and_dependents_are_told_before_the_driver);
    tcase_add_test(tests, after_a_refusal_those_who_were_told_are_told_back);
    tcase_add_test(tests, the_plain_form_cannot_refuse);
    tcase_add_test(tests, a_device_in_the_path_of_paging_cannot_be_removed_or_stopped);
    tcase_add_test(tests, a_dump_file_keeps_the_device_in_d0);
    tcase_add_test(tests, a_circle_of_dependents_has_an_end);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
