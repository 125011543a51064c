/*
 * Children with drivers from other files: a stack on top of the device that the bus driver has
 * created (S17.1, S17.9, S17.11, S17.13). The bus is that of bus.h; a function driver and a filter
 * come from outside, found by the child's IDs.
 */
#include <fcntl.h>
#include <string.h>

#include "bus.h"
#include "framework/device/device.h"
#include "unit.h"

static char history[400];
static WDFDEVICE function_device, filter_device;
static WDFDEVICE grandchild;
static NTSTATUS add_status, entry_status, query_status;
static bool makes_grandchild;
static void (*when_entered)(void); /* the function driver's device, before it fails */

static void note(PCSTR what)
{
    strncat(history, what, sizeof(history) - strlen(history) - 1);
}

#define NOTED(name, letter)                                                                        \
    static NTSTATUS name##_entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE PreviousState)           \
    {                                                                                              \
        UNREFERENCED_PARAMETER(Device);                                                            \
        UNREFERENCED_PARAMETER(PreviousState);                                                     \
        note("+" letter);                                                                          \
        if (letter[0] == 'f' && when_entered != NULL)                                              \
            when_entered();                                                                        \
        return letter[0] == 'f' ? entry_status : STATUS_SUCCESS;                                   \
    }                                                                                              \
    static NTSTATUS name##_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)              \
    {                                                                                              \
        UNREFERENCED_PARAMETER(Device);                                                            \
        UNREFERENCED_PARAMETER(TargetState);                                                       \
        note("-" letter);                                                                          \
        return STATUS_SUCCESS;                                                                     \
    }                                                                                              \
    static VOID name##_cleanup(WDFOBJECT Object)                                                   \
    {                                                                                              \
        UNREFERENCED_PARAMETER(Object);                                                            \
        note("~" letter);                                                                          \
    }
NOTED(pdo, "p")
NOTED(function, "f")
NOTED(filter, "u")

static NTSTATUS may_be_removed(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return query_status;
}

static void listen(PWDFDEVICE_INIT init, PFN_WDF_DEVICE_D0_ENTRY entry, PFN_WDF_DEVICE_D0_EXIT exit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDeviceD0Entry = entry;
    pnp.EvtDeviceD0Exit = exit;
    pnp.EvtDeviceQueryRemove = may_be_removed;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &pnp);
}

/* ---- the drivers from outside ---- */

/* Appends "F" to what the bus driver's device reads. */
static VOID add_letter(WDFREQUEST Request, WDFIOTARGET Target,
                       PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    PVOID buffer;
    size_t length = Params->IoStatus.Information;
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    if (NT_SUCCESS(Params->IoStatus.Status)) {
        ck_status_eq(WdfRequestRetrieveOutputBuffer(Request, length + 1, &buffer, NULL),
                     STATUS_SUCCESS);
        ((char *)buffer)[length++] = 'F';
    }
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status, length);
}

static VOID send_down(WDFQUEUE Queue, WDFREQUEST Request)
{
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, add_letter, NULL);
    ck_assert(WdfRequestSend(Request, WdfDeviceGetIoTarget(WdfIoQueueGetDevice(Queue)), NULL));
}

static void make_grandchild(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    prepare_child_init = NULL; /* no driver is for it */
    PWDFDEVICE_INIT init = describe_child(function_device, 7);
    ck_status_eq(WdfDeviceCreate(&init, &attributes, &grandchild), STATUS_SUCCESS);
    ck_status_eq(WdfFdoAddStaticChild(function_device, grandchild), STATUS_SUCCESS);
}

static NTSTATUS function_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG queue;
    UNREFERENCED_PARAMETER(Driver);
    if (!NT_SUCCESS(add_status))
        return add_status;
    ck_assert_ptr_eq(WdfFdoInitWdmGetPhysicalDevice(DeviceInit),
                     WdfDeviceWdmGetDeviceObject(children[0]));
    listen(DeviceInit, function_entry, function_exit);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = function_cleanup;
    ck_status_eq(WdfDeviceCreate(&DeviceInit, &attributes, &function_device), STATUS_SUCCESS);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchParallel);
    queue.EvtIoDefault = send_down;
    ck_status_eq(WdfIoQueueCreate(function_device, &queue, WDF_NO_OBJECT_ATTRIBUTES, NULL),
                 STATUS_SUCCESS);
    if (makes_grandchild)
        make_grandchild();
    return STATUS_SUCCESS;
}

static NTSTATUS filter_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    UNREFERENCED_PARAMETER(Driver);
    listen(DeviceInit, filter_entry, filter_exit);
    WdfFdoInitSetFilter(DeviceInit);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = filter_cleanup;
    return WdfDeviceCreate(&DeviceInit, &attributes, &filter_device);
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

/* ---- the bus ---- */

static VOID prepare(PWDFDEVICE_INIT DeviceInit)
{
    DECLARE_CONST_UNICODE_STRING(none, L"");
    DECLARE_CONST_UNICODE_STRING(best, L"TEST\\Best");
    DECLARE_CONST_UNICODE_STRING(good, L"TEST\\Good");
    DECLARE_CONST_UNICODE_STRING(compatible, L"TEST\\Compatible");
    ck_status_eq(WdfPdoInitAddHardwareID(DeviceInit, &none), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAddHardwareID(DeviceInit, &best), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAddHardwareID(DeviceInit, &good), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAddCompatibleID(DeviceInit, &compatible), STATUS_SUCCESS);
    listen(DeviceInit, pdo_entry, pdo_exit);
}

static void setup(void)
{
    history[0] = '\0';
    function_device = filter_device = NULL;
    add_status = entry_status = query_status = STATUS_SUCCESS;
    makes_grandchild = false;
    when_entered = NULL;
    prepare_child_init = prepare;
    WDF_OBJECT_ATTRIBUTES_INIT(&child_attributes);
    child_attributes.EvtCleanupCallback = pdo_cleanup;
}

static void teardown(void)
{
    bus_stop();
    WdfuseInprocStopServingChildren();
}

/* Registers function driver and filter for that ID, then starts the bus with one child. */
static void start_with_stack_for(PCSTR id)
{
    ck_status_eq(WdfuseInprocServeChildren(id, function_driver, "function"), STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocServeChildren(id, filter_driver, "filter"), STATUS_SUCCESS);
    start_bus(1);
}

static void mark_missing(void)
{
    ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

/* ---- building ---- */

/* S17.1, S17.11: from the bus driver's device upwards, and back. */
START_TEST(a_child_gets_the_drivers_of_its_id)
{
    start_with_stack_for("test\\best");
    ck_assert_str_eq(history, "+p+f+u");
    ck_assert_ptr_eq(WdfDeviceWdmGetAttachedDevice(function_device),
                     WdfDeviceWdmGetDeviceObject(children[0]));
    ck_assert_ptr_eq(WdfDeviceWdmGetAttachedDevice(filter_device),
                     WdfDeviceWdmGetDeviceObject(function_device));
    ck_assert_ptr_eq(WdfDeviceWdmGetPhysicalDevice(filter_device),
                     WdfDeviceWdmGetDeviceObject(children[0]));
    ck_assert_ptr_eq(WdfDeviceWdmGetPhysicalDevice(children[0]),
                     WdfDeviceWdmGetDeviceObject(children[0]));
    ck_assert_ptr_null(WdfDeviceWdmGetAttachedDevice(children[0]));
    history[0] = '\0';
    bus_stop();
    ck_assert_str_eq(history, "-u-f-p~u~f~p");
}
END_TEST

/* S17.16: requests enter at the top of the child's stack, whichever device has the node's name, and
 * reach the bus driver only if they are sent on. */
START_TEST(requests_come_to_the_bus_driver_through_the_stack)
{
    char buffer[8] = "";
    start_with_stack_for("TEST\\Best");
    WDFUSEFILE file = open_child(0);
    WDFUSEIO io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer));
    WDFREQUEST request = take_held();
    PVOID data;
    ck_assert_ptr_eq(WdfIoQueueGetDevice(WdfRequestGetIoQueue(request)), children[0]);
    ck_status_eq(WdfRequestRetrieveOutputBuffer(request, 2, &data, NULL), STATUS_SUCCESS);
    memcpy(data, "ok", 2);
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 2);
    ck_assert_uint_eq(finish_with(io, STATUS_SUCCESS), 3);
    ck_assert_str_eq(buffer, "okF");
    close_child_file(file);
}
END_TEST

static const struct {
    PCSTR id, chosen;
} ranks[] = {
    {"TEST\\Good", "+p+u"},       /* of two hardware IDs, the driver of the better one */
    {"TEST\\Compatible", "+p+u"}, /* a hardware ID is better than a compatible one */
};

/* S20.20: the drivers of the best ID, and no others. */
START_TEST(the_best_id_decides)
{
    ck_status_eq(WdfuseInprocServeChildren(ranks[_i].id, function_driver, "function"),
                 STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocServeChildren("TEST\\Best", filter_driver, "filter"), STATUS_SUCCESS);
    start_bus(1);
    ck_assert_str_eq(history, ranks[_i].chosen);
}
END_TEST

START_TEST(a_compatible_id_will_do)
{
    start_with_stack_for("TEST\\COMPATIBLE");
    ck_assert_str_eq(history, "+p+f+u");
}
END_TEST

START_TEST(a_raw_child_without_drivers_serves_itself)
{
    start_with_stack_for("TEST\\Other");
    ck_assert_str_eq(history, "+p");
    close_child_file(open_child(0));
}
END_TEST

/* ---- failing ---- */

/* S17.4, S11.23: when the function driver fails, the stack fails, but not the bus; nothing has
 * started. */
START_TEST(a_driver_that_does_not_add_its_device)
{
    add_status = STATUS_DEVICE_CONFIGURATION_ERROR;
    start_with_stack_for("TEST\\Best");
    ck_assert_str_eq(history, "");
    ck_status_eq(try_open_child(0), STATUS_NO_SUCH_DEVICE);
    mark_missing();
    ck_assert_str_eq(history, "~p");
}
END_TEST

/* S17.13 */
START_TEST(a_stack_that_does_not_start_is_taken_down_again)
{
    entry_status = STATUS_UNSUCCESSFUL;
    start_with_stack_for("TEST\\Best");
    ck_assert_str_eq(history, "+p+f~u~f-p");
    ck_status_eq(try_open_child(0), STATUS_OBJECT_NAME_NOT_FOUND);
    mark_missing();
    ck_assert_str_eq(history, "+p+f~u~f-p~p");
}
END_TEST

static WDFUSEFILE early_file;

static void open_early(void)
{
    ck_status_eq(WdfuseInprocOpenNode("test.0", O_RDWR, &early_file), STATUS_SUCCESS);
}

/* S3.28, S17.13: nobody waits for a client who has opened it before its start failed. */
START_TEST(a_stack_that_does_not_start_goes_when_its_files_are_closed)
{
    entry_status = STATUS_UNSUCCESSFUL;
    when_entered = open_early;
    start_with_stack_for("TEST\\Best");
    ck_assert_str_eq(history, "+p+f-p");
    WdfuseInprocClose(early_file);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(history, "+p+f-p~u~f");
    mark_missing();
    ck_assert_str_eq(history, "+p+f-p~u~f~p");
}
END_TEST

/* ---- going ---- */

START_TEST(a_missing_child_takes_its_stack_with_it)
{
    start_with_stack_for("TEST\\Best");
    history[0] = '\0';
    mark_missing();
    ck_assert_str_eq(history, "-u-f-p~u~f~p");
}
END_TEST

/* S3.29, S16.40: no layer is deleted before the client has closed its file. */
START_TEST(a_stack_is_deleted_after_its_last_file)
{
    start_with_stack_for("TEST\\Best");
    WDFUSEFILE file = open_child(0);
    history[0] = '\0';
    mark_missing();
    ck_assert_str_eq(history, "-u-f-p");
    close_child_file(file);
    WdfuseInprocWaitForWorkers();
    ck_assert_str_eq(history, "-u-f-p~u~f~p");
}
END_TEST

/* S11.8, S17.11: the child's stack from its top, then the parent; and back. */
START_TEST(a_childs_stack_sleeps_and_wakes_with_the_parent)
{
    start_with_stack_for("TEST\\Best");
    history[0] = '\0';
    ck_status_eq(WdfuseInprocSuspend(device), STATUS_SUCCESS);
    ck_assert_str_eq(history, "-u-f-p");
    ck_status_eq(WdfuseInprocResume(device), STATUS_SUCCESS);
    ck_assert_str_eq(history, "-u-f-p+p+f+u");
}
END_TEST

/* S11.15 */
START_TEST(each_driver_of_a_child_can_object_to_the_removal)
{
    start_with_stack_for("TEST\\Best");
    query_status = STATUS_UNSUCCESSFUL;
    ck_assert(!device_query_remove(device_from_handle(wdf_device())));
    query_status = STATUS_SUCCESS;
    ck_assert(device_query_remove(device_from_handle(wdf_device())));
}
END_TEST

/* A function driver that is also a bus. */
START_TEST(a_bus_on_a_bus)
{
    WDFUSEFILE file;
    makes_grandchild = true;
    start_with_stack_for("TEST\\Best");
    ck_status_eq(WdfuseInprocOpenNode("test.0.7", O_RDWR, &file), STATUS_SUCCESS);
    history[0] = '\0';
    if (_i == 0) {
        ck_status_eq(WdfPdoMarkMissing(children[0]), STATUS_SUCCESS);
        WdfuseInprocWaitForWorkers();
        ck_assert_str_eq(history, "-u-f-p~u"); /* those with the grandchild stay: it is open */
    }
    WdfuseInprocClose(file);
    if (_i == 0) {
        WdfuseInprocWaitForWorkers();
        ck_assert_str_eq(history, "-u-f-p~u~f~p");
    }
}
END_TEST

/* S17.40: it is gone for its own parent, too. */
START_TEST(a_grandchild_is_ejected_with_another_child)
{
    makes_grandchild = true;
    start_with_stack_for("TEST\\Best");
    add_child(1);
    ck_status_eq(WdfPdoAddEjectionRelationsPhysicalDevice(
                     children[1], WdfDeviceWdmGetPhysicalDevice(grandchild)),
                 STATUS_SUCCESS);
    ck_status_eq(WdfuseInprocEject("test.1"), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
    WdfFdoLockStaticChildListForIteration(function_device);
    ck_assert_ptr_null(
        WdfFdoRetrieveNextStaticChild(function_device, NULL, WdfRetrieveAllChildren));
    WdfFdoUnlockStaticChildListFromIteration(function_device);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("childstack");
    TCase *tcase = tcase_create("childstack");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_child_gets_the_drivers_of_its_id);
    tcase_add_test(tcase, requests_come_to_the_bus_driver_through_the_stack);
    tcase_add_loop_test(tcase, the_best_id_decides, 0, 2);
    tcase_add_test(tcase, a_compatible_id_will_do);
    tcase_add_test(tcase, a_raw_child_without_drivers_serves_itself);
    tcase_add_test(tcase, a_driver_that_does_not_add_its_device);
    tcase_add_test(tcase, a_stack_that_does_not_start_is_taken_down_again);
    tcase_add_test(tcase, a_stack_that_does_not_start_goes_when_its_files_are_closed);
    tcase_add_test(tcase, a_missing_child_takes_its_stack_with_it);
    tcase_add_test(tcase, a_stack_is_deleted_after_its_last_file);
    tcase_add_test(tcase, a_childs_stack_sleeps_and_wakes_with_the_parent);
    tcase_add_test(tcase, each_driver_of_a_child_can_object_to_the_removal);
    tcase_add_loop_test(tcase, a_bus_on_a_bus, 0, 2);
    tcase_add_test(tcase, a_grandchild_is_ejected_with_another_child);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
