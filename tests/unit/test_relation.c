/*
 * Relations between devices (S17.39 to S17.44, S17.52), and bus information: a bus with three
 * children.
 */
#include <string.h>

#include "bus.h"
#include "unit.h"

static NTSTATUS answers[CHILDREN_MAX];
static unsigned asked[CHILDREN_MAX], removed[CHILDREN_MAX], ejected[CHILDREN_MAX];

static unsigned number_of(WDFDEVICE child)
{
    for (unsigned i = 0; i < CHILDREN_MAX; i++) {
        if (children[i] == child)
            return i;
    }
    return 0;
}

static VOID (*when_asked)(void);

static NTSTATUS query_remove(WDFDEVICE Device)
{
    if (when_asked != NULL)
        when_asked();
    asked[number_of(Device)]++;
    return answers[number_of(Device)];
}

static unsigned relation_queries, relation_to_add;

static VOID query_relations(WDFDEVICE Device, DEVICE_RELATION_TYPE RelationType)
{
    if (RelationType != EjectionRelations)
        return;
    relation_queries++;
    if (relation_to_add != 0)
        (void)WdfPdoAddEjectionRelationsPhysicalDevice(
            Device, WdfDeviceWdmGetPhysicalDevice(children[relation_to_add]));
}

static NTSTATUS release(WDFDEVICE Device, WDFCMRESLIST ResourcesTranslated)
{
    UNREFERENCED_PARAMETER(ResourcesTranslated);
    removed[number_of(Device)]++;
    return STATUS_SUCCESS;
}

static NTSTATUS eject(WDFDEVICE Device)
{
    ejected[number_of(Device)]++;
    return STATUS_SUCCESS;
}

static VOID prepare(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PDO_EVENT_CALLBACKS pdo;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceQueryRemove = query_remove;
    callbacks.EvtDeviceReleaseHardware = release;
    callbacks.EvtDeviceRelationsQuery = query_relations;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    WDF_PDO_EVENT_CALLBACKS_INIT(&pdo);
    pdo.EvtDeviceEject = eject;
    WdfPdoInitSetEventCallbacks(DeviceInit, &pdo);
}

static void setup(void)
{
    memset(answers, 0, sizeof(answers));
    memset(asked, 0, sizeof(asked));
    memset(removed, 0, sizeof(removed));
    memset(ejected, 0, sizeof(ejected));
    relation_queries = relation_to_add = 0;
    prepare_child_init = prepare;
    start_bus(3);
}

static PDEVICE_OBJECT physical_of(unsigned number)
{
    return WdfDeviceWdmGetPhysicalDevice(children[number]);
}

/* S17.39, S17.52 */
START_TEST(a_device_is_related_once)
{
    ck_status_eq(WdfDeviceAddRemovalRelationsPhysicalDevice(wdf_device(), physical_of(0)),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceAddRemovalRelationsPhysicalDevice(wdf_device(), physical_of(0)),
                 STATUS_DUPLICATE_OBJECTID);
    WdfDeviceRemoveRemovalRelationsPhysicalDevice(wdf_device(), physical_of(1)); /* unknown */
    WdfDeviceRemoveRemovalRelationsPhysicalDevice(wdf_device(), physical_of(0));
    ck_status_eq(WdfDeviceAddRemovalRelationsPhysicalDevice(wdf_device(), physical_of(0)),
                 STATUS_SUCCESS);
    WdfDeviceClearRemovalRelationsDevices(wdf_device());
    ck_status_eq(WdfDeviceAddRemovalRelationsPhysicalDevice(wdf_device(), physical_of(0)),
                 STATUS_SUCCESS);
    /* The lists are separate. */
    ck_status_eq(WdfDeviceAddDependentUsageDeviceObject(wdf_device(), physical_of(0)),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceAddDependentUsageDeviceObject(wdf_device(), physical_of(0)),
                 STATUS_DUPLICATE_OBJECTID);
    WdfDeviceRemoveDependentUsageDeviceObject(wdf_device(), physical_of(0));
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(wdf_device(), physical_of(0)),
                 STATUS_INVALID_PARAMETER); /* it is not a child */
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[1], physical_of(0)),
                 STATUS_SUCCESS);
    WdfPdoClearEjectionRelationsDevices(children[1]);
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[1], physical_of(0)),
                 STATUS_SUCCESS);
}
END_TEST

/* S17.40: one veto cancels all. */
START_TEST(what_is_ejected_with_a_device_is_asked_before)
{
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(1)),
                 STATUS_SUCCESS);
    answers[1] = STATUS_UNSUCCESSFUL;
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(asked[1], 1);
    ck_assert_uint_eq(asked[0] + ejected[0] + removed[0] + removed[1], 0);
    ck_assert_uint_eq(asked[2], 0);
    answers[1] = STATUS_SUCCESS;
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(ejected[0], 1);
    ck_assert_uint_eq(removed[0], 1);
    ck_assert_uint_eq(removed[1], 1);
    ck_assert_uint_eq(removed[2], 0);
    ck_assert(!NT_SUCCESS(try_open_child(1)));
}
END_TEST

/* S17.40: a device that was taken out of the list is not affected; one that is gone no longer
 * counts. */
START_TEST(a_relation_that_is_over_does_not_count)
{
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(1)),
                 STATUS_SUCCESS);
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(2)),
                 STATUS_SUCCESS);
    WdfPdoRemoveEjectionRelationsPhysicalDevice(children[0], physical_of(1));
    ck_status_eq(WdfPdoMarkMissing(children[2]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(ejected[0], 1);
    ck_assert_uint_eq(asked[1] + removed[1], 0);
}
END_TEST

/* S17.40, for a device in another tree. */
static WDFDEVICE second_device;
static NTSTATUS second_answer;
static unsigned second_asked;

static NTSTATUS second_query_remove(WDFDEVICE Device)
{
    ck_assert_ptr_eq(Device, second_device);
    second_asked++;
    return second_answer;
}

static NTSTATUS second_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    UNREFERENCED_PARAMETER(Driver);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceQueryRemove = second_query_remove;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    return WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &second_device);
}

static NTSTATUS second_driver(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, second_add);
    return WdfDriverCreate(DriverObject, RegistryPath, NULL, &config, NULL);
}

START_TEST(what_is_removed_with_a_device_is_asked_before)
{
    WDFUSEDEVICE second;
    ck_status_eq(WdfuseInprocStart(second_driver, "second", &second), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceAddRemovalRelationsPhysicalDevice(
                     wdf_device(), WdfDeviceWdmGetPhysicalDevice(second_device)),
                 STATUS_SUCCESS);
    second_answer = STATUS_UNSUCCESSFUL;
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_UNSUCCESSFUL);
    ck_assert_uint_eq(second_asked, 1);
    ck_assert_uint_eq(asked[0], 0);
    second_answer = STATUS_SUCCESS;
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_SUCCESS);
    ck_assert_uint_eq(second_asked, 2);
    ck_assert_uint_eq(asked[0], 1);
    WdfuseInprocCancelRemove(device);
    /* It was told of the end, so it may be asked again. */
    ck_status_eq(WdfuseInprocQueryRemove(second), STATUS_SUCCESS);
    ck_assert_uint_eq(second_asked, 3);
    WdfuseInprocStop(second);
}
END_TEST

/* S17.40: for a device in another tree, which has another turn. */
START_TEST(a_child_of_another_bus_is_ejected_with_it)
{
    WDFUSEDEVICE second;
    second_answer = STATUS_SUCCESS;
    ck_status_eq(WdfuseInprocStart(second_driver, "second", &second), STATUS_SUCCESS);
    ck_status_eq(try_create_child(describe_child(second_device, 3), 3), STATUS_SUCCESS);
    ck_status_eq(WdfFdoAddStaticChild(second_device, children[3]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(3)),
                 STATUS_SUCCESS);
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(1)),
                 STATUS_SUCCESS);
    answers[3] = STATUS_UNSUCCESSFUL;
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(asked[3], 1);
    ck_assert_uint_eq(ejected[0] + removed[0] + removed[1] + removed[3], 0);
    answers[3] = STATUS_SUCCESS;
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(ejected[0], 1);
    ck_assert_uint_eq(removed[0], 1);
    ck_assert_uint_eq(removed[1], 1);
    ck_assert_uint_eq(removed[3], 1);
    ck_assert_uint_eq(removed[2], 0);
    WdfuseInprocStop(second);
}
END_TEST

/* S17.40: the driver may update its relations, if it has ever had any. */
START_TEST(a_driver_is_asked_for_its_relations_before_they_are_looked_at)
{
    ck_status_eq(WdfuseInprocEject("test.2"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(relation_queries, 0);
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(1)),
                 STATUS_SUCCESS);
    WdfPdoClearEjectionRelationsDevices(children[0]);
    relation_to_add = 1;
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(relation_queries, 1);
    ck_assert_uint_eq(removed[1], 1);
}
END_TEST

/* S17.40: a device that is related twice, or is a child or the device itself, is asked once. */
START_TEST(a_device_may_be_related_to_its_own_children)
{
    ck_status_eq(WdfDeviceAddRemovalRelationsPhysicalDevice(wdf_device(), physical_of(0)),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceAddRemovalRelationsPhysicalDevice(
                     wdf_device(), WdfDeviceWdmGetPhysicalDevice(wdf_device())),
                 STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_SUCCESS);
    ck_assert_uint_eq(asked[0], 1);
    ck_assert_uint_eq(asked[1], 1);
    WdfuseInprocCancelRemove(device);
    ck_status_eq(WdfuseInprocQueryRemove(device), STATUS_SUCCESS);
    ck_assert_uint_eq(asked[0], 2);
    WdfuseInprocCancelRemove(device);
}
END_TEST

/* S17.40: its own stack is removed anyway. */
START_TEST(a_child_may_be_ejected_with_itself)
{
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(0)),
                 STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    ck_assert_uint_eq(asked[0], 1);
    ck_assert_uint_eq(ejected[0], 1);
    ck_assert_uint_eq(removed[0], 1);
}
END_TEST

/* S17.40: a device that leaves the list while they are asked hides no other. */
static VOID forget_first(void)
{
    WdfPdoRemoveEjectionRelationsPhysicalDevice(children[0], physical_of(1));
}

START_TEST(a_relation_may_end_while_they_are_asked)
{
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(1)),
                 STATUS_SUCCESS);
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(children[0], physical_of(2)),
                 STATUS_SUCCESS);
    when_asked = forget_first;
    ck_status_eq(WdfuseInprocEject("test.0"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    when_asked = NULL;
    ck_assert_uint_eq(asked[1], 1);
    ck_assert_uint_eq(asked[2], 1);
    ck_assert_uint_eq(removed[2], 1);
}
END_TEST

/* S17.42 */
START_TEST(children_have_the_bus_that_their_parent_says)
{
    PNP_BUS_INFORMATION bus = {.BusTypeGuid = {7, 8, 9, {1, 2, 3, 4, 5, 6, 7, 8}},
                               .LegacyBusType = Internal,
                               .BusNumber = 3};
    ULONG number = 0, length;
    GUID type;
    ck_status_eq(WdfDeviceQueryProperty(children[0], DevicePropertyBusNumber, 4, &number, &length),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    WdfDeviceSetBusInformationForChildren(wdf_device(), &bus);
    ck_status_eq(WdfDeviceQueryProperty(children[0], DevicePropertyBusNumber, 4, &number, &length),
                 STATUS_SUCCESS);
    ck_assert_uint_eq(number, 3);
    ck_status_eq(WdfDeviceQueryProperty(children[0], DevicePropertyBusTypeGuid, sizeof(type), &type,
                                        &length),
                 STATUS_SUCCESS);
    ck_assert(length == sizeof(type) && IsEqualGUID(&type, &bus.BusTypeGuid));
    ck_status_eq(
        WdfDeviceQueryProperty(children[0], DevicePropertyLegacyBusType, 4, &number, &length),
        STATUS_SUCCESS);
    ck_assert_int_eq(number, Internal);
    bus.BusTypeGuid.Data1 = 0;
    WdfDeviceSetBusInformationForChildren(wdf_device(), &bus);
    ck_status_eq(WdfDeviceQueryProperty(children[0], DevicePropertyBusNumber, 4, &number, &length),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

/* S17.44 */
START_TEST(a_special_file_that_there_is_not_is_a_break)
{
    last_verifier_message();
    WdfDeviceSetSpecialFileSupport(wdf_device(), WdfSpecialFilePaging, TRUE);
    WdfDeviceSetSpecialFileSupport(wdf_device(), WdfSpecialFileGuestAssigned, TRUE);
    ck_assert_str_eq(last_verifier_message(), "");
    WdfDeviceSetSpecialFileSupport(wdf_device(), WdfSpecialFilePostDisplay, TRUE);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "no special file 5"));
}
END_TEST

static Suite *relation_suite(void)
{
    Suite *suite = suite_create("relation");
    TCase *tests = tcase_create("relation");
    tcase_add_checked_fixture(tests, setup, bus_stop);
    tcase_add_test(tests, a_device_is_related_once);
    tcase_add_test(tests, what_is_ejected_with_a_device_is_asked_before);
    tcase_add_test(tests, a_relation_that_is_over_does_not_count);
    tcase_add_test(tests, what_is_removed_with_a_device_is_asked_before);
    tcase_add_test(tests, a_child_of_another_bus_is_ejected_with_it);
    tcase_add_test(tests, a_driver_is_asked_for_its_relations_before_they_are_looked_at);
    tcase_add_test(tests, a_device_may_be_related_to_its_own_children);
    tcase_add_test(tests, a_child_may_be_ejected_with_itself);
    tcase_add_test(tests, a_relation_may_end_while_they_are_asked);
    tcase_add_test(tests, children_have_the_bus_that_their_parent_says);
    tcase_add_test(tests, a_special_file_that_there_is_not_is_a_break);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(relation_suite());
}
