/* Which queue a device's requests go to: the default queue, WdfDeviceConfigureRequestDispatching
 * (S5.5-S5.10). */
#include "device.h"
#include "framework/device/device.h"
#include "unit.h"

static void (*configure)(WDFDEVICE Device);
static WDFQUEUE default_queue;
static WDFQUEUE served_by;
static unsigned cleanups;

static VOID count_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    cleanups++;
}

static VOID serve(WDFQUEUE Queue, WDFREQUEST Request)
{
    served_by = Queue;
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID serve_transfer(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    serve(Queue, Request);
}

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDFDEVICE created;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &created);
    if (NT_SUCCESS(status) && configure != NULL)
        configure(created);
    return status;
}

static void setup(void)
{
    configure = NULL;
    default_queue = served_by = NULL;
    cleanups = 0;
}

static void start(void (*with)(WDFDEVICE Device))
{
    configure = with;
    device_start_with(add_device);
}

static WDFDEVICE the_device(void)
{
    return WdfuseInprocGetDevice(device);
}

static WDFQUEUE create_queue(WDFDEVICE of, WDF_IO_QUEUE_CONFIG *config)
{
    WDFQUEUE queue;
    ck_status_eq(WdfIoQueueCreate(of, config, WDF_NO_OBJECT_ATTRIBUTES, &queue), STATUS_SUCCESS);
    return queue;
}

/* ---- queues of every kind ---- */

static WDFQUEUE queue_for_all(WDFDEVICE of)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDefault = serve;
    return create_queue(of, &config);
}

static WDFQUEUE queue_for_reads(WDFDEVICE of)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = serve_transfer;
    return create_queue(of, &config);
}

static WDFQUEUE manual_queue(WDFDEVICE of)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return create_queue(of, &config);
}

static WDFQUEUE the_default_queue(WDFDEVICE of)
{
    UNREFERENCED_PARAMETER(of);
    return default_queue;
}

static void create_default_queue(WDFDEVICE of)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDefault = serve;
    default_queue = create_queue(of, &config);
}

/* ---- the default queue ---- */

/* S5.10 */
START_TEST(a_device_without_a_default_queue_says_so)
{
    start(NULL);
    ck_assert_ptr_null(WdfDeviceGetDefaultQueue(the_device()));
}
END_TEST

/* S5.10 */
START_TEST(a_device_knows_its_default_queue)
{
    start(create_default_queue);
    ck_assert_ptr_eq(WdfDeviceGetDefaultQueue(the_device()), default_queue);
}
END_TEST

static NTSTATUS try_default_queue(WDFDEVICE of)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = count_cleanup;
    attributes.EvtDestroyCallback = count_cleanup;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(of, &config, &attributes, WDF_NO_HANDLE);
}

static void create_two_default_queues(WDFDEVICE of)
{
    create_default_queue(of);
    ck_status_eq(try_default_queue(of), STATUS_UNSUCCESSFUL);
}

/* S5.8 */
START_TEST(a_second_default_queue_is_refused)
{
    start(create_two_default_queues);
}
END_TEST

/* S5.8 */
START_TEST(a_refused_default_queue_leaves_the_first_one)
{
    start(create_two_default_queues);
    ck_assert_ptr_eq(WdfDeviceGetDefaultQueue(the_device()), default_queue);
}
END_TEST

/* S1.32, S5.8 */
START_TEST(a_refused_default_queue_calls_nothing)
{
    start(create_two_default_queues);
    ck_assert_uint_eq(cleanups, 0);
}
END_TEST

/* S3.16, S5.8 */
START_TEST(a_started_device_gets_no_default_queue)
{
    start(NULL);
    ck_status_eq(try_default_queue(the_device()), STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* S5.5, S5.12 */
START_TEST(without_any_queue_requests_are_refused)
{
    char text[4];
    start(NULL);
    ck_status_eq(WdfuseInprocRead(open_file(), text, sizeof(text), NULL),
                 STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

/* ---- WdfDeviceConfigureRequestDispatching (S5.6) ---- */

static const struct {
    WDFQUEUE (*queue)(WDFDEVICE of);
    WDF_REQUEST_TYPE type;
    NTSTATUS expected;
} routes[] = {
    {queue_for_all, WdfRequestTypeCreate, STATUS_SUCCESS},
    {queue_for_all, WdfRequestTypeRead, STATUS_SUCCESS},
    {queue_for_all, WdfRequestTypeWrite, STATUS_SUCCESS},
    {queue_for_all, WdfRequestTypeDeviceControl, STATUS_SUCCESS},
    {queue_for_all, WdfRequestTypeDeviceControlInternal, STATUS_SUCCESS},
    {queue_for_all, WdfRequestTypeCleanup, STATUS_INVALID_PARAMETER},
    {queue_for_all, WdfRequestTypeClose, STATUS_INVALID_PARAMETER},
    {queue_for_all, (WDF_REQUEST_TYPE)-1, STATUS_INVALID_PARAMETER},
    {queue_for_reads, WdfRequestTypeRead, STATUS_SUCCESS},
    {queue_for_reads, WdfRequestTypeWrite, STATUS_INVALID_DEVICE_REQUEST},
    {queue_for_reads, WdfRequestTypeDeviceControl, STATUS_INVALID_DEVICE_REQUEST},
    {queue_for_reads, WdfRequestTypeCreate, STATUS_INVALID_DEVICE_REQUEST}, /* S4.16 */
    {manual_queue, WdfRequestTypeRead, STATUS_SUCCESS},                     /* S5.9 */
    {manual_queue, WdfRequestTypeCreate, STATUS_SUCCESS},
    {the_default_queue, WdfRequestTypeRead, STATUS_INVALID_DEVICE_REQUEST},
    {the_default_queue, WdfRequestTypeCreate, STATUS_SUCCESS}, /* S4.17 */
};
static int row;

static void configure_route(WDFDEVICE of)
{
    create_default_queue(of);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(of, routes[row].queue(of), routes[row].type),
                 routes[row].expected);
}

/* S5.6, S5.9 */
START_TEST(a_queue_is_routed_to_what_it_can_handle)
{
    row = _i;
    start(configure_route);
}
END_TEST

static const struct {
    WDF_REQUEST_TYPE type;
    NTSTATUS expected;
} second_routes[] = {
    {WdfRequestTypeRead, STATUS_WDF_BUSY},
    {WdfRequestTypeWrite, STATUS_WDF_BUSY},
    {WdfRequestTypeDeviceControl, STATUS_WDF_BUSY},
    {WdfRequestTypeDeviceControlInternal, STATUS_WDF_BUSY},
    {WdfRequestTypeCreate, STATUS_INVALID_PARAMETER}, /* S4.16 */
};

static void configure_twice(WDFDEVICE of)
{
    WDF_REQUEST_TYPE type = second_routes[row].type;
    ck_status_eq(WdfDeviceConfigureRequestDispatching(of, queue_for_all(of), type), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(of, queue_for_all(of), type),
                 second_routes[row].expected);
}

/* S5.6 */
START_TEST(a_type_is_routed_once)
{
    row = _i;
    start(configure_twice);
}
END_TEST

/* S3.16, S5.6 */
START_TEST(a_started_device_is_not_routed_anew)
{
    start(NULL);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(the_device(), queue_for_all(the_device()),
                                                      second_routes[_i].type),
                 STATUS_INVALID_DEVICE_STATE);
}
END_TEST

/* S5.6 */
START_TEST(a_queue_of_another_device_is_refused)
{
    struct wdf_device *other;
    start(NULL);
    ck_status_eq(driver_add_device(driver_under_test(), "other", &other), STATUS_SUCCESS);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(
                     the_device(), queue_for_all(device_handle(other)), WdfRequestTypeRead),
                 STATUS_INVALID_DEVICE_REQUEST);
    device_remove(other);
    device_delete(other);
}
END_TEST

static WDFQUEUE read_queue;

static void route_reads(WDFDEVICE of)
{
    create_default_queue(of);
    read_queue = queue_for_reads(of);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(of, read_queue, WdfRequestTypeRead),
                 STATUS_SUCCESS);
}

/* S5.5 */
START_TEST(a_routed_type_goes_to_its_queue)
{
    char text[4];
    start(route_reads);
    ck_status_eq(WdfuseInprocRead(open_file(), text, sizeof(text), NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(served_by, read_queue);
}
END_TEST

/* S5.5 */
START_TEST(other_types_go_to_the_default_queue)
{
    start(route_reads);
    ck_status_eq(WdfuseInprocWrite(open_file(), "text", 4, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(served_by, default_queue);
}
END_TEST

static WDFQUEUE shared_queue;

static void route_reads_and_writes(WDFDEVICE of)
{
    shared_queue = queue_for_all(of);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(of, shared_queue, WdfRequestTypeRead),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceConfigureRequestDispatching(of, shared_queue, WdfRequestTypeWrite),
                 STATUS_SUCCESS);
}

/* S5.7 */
START_TEST(one_queue_may_serve_several_types)
{
    char text[4];
    start(route_reads_and_writes);
    WDFUSEFILE file = open_file();
    ck_status_eq(WdfuseInprocRead(file, text, sizeof(text), NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(served_by, shared_queue);
    served_by = NULL;
    ck_status_eq(WdfuseInprocWrite(file, "text", 4, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(served_by, shared_queue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("routing");

    TCase *defaults = tcase_create("default queue");
    tcase_add_checked_fixture(defaults, setup, device_stop);
    tcase_add_test(defaults, a_device_without_a_default_queue_says_so);
    tcase_add_test(defaults, a_device_knows_its_default_queue);
    tcase_add_test(defaults, a_second_default_queue_is_refused);
    tcase_add_test(defaults, a_refused_default_queue_leaves_the_first_one);
    tcase_add_test(defaults, a_refused_default_queue_calls_nothing);
    tcase_add_test(defaults, a_started_device_gets_no_default_queue);
    tcase_add_test(defaults, without_any_queue_requests_are_refused);
    suite_add_tcase(suite, defaults);

    TCase *tests = tcase_create("routes");
    tcase_add_checked_fixture(tests, setup, device_stop);
    tcase_add_loop_test(tests, a_queue_is_routed_to_what_it_can_handle, 0, RTL_NUMBER_OF(routes));
    tcase_add_loop_test(tests, a_type_is_routed_once, 0, RTL_NUMBER_OF(second_routes));
    tcase_add_loop_test(tests, a_started_device_is_not_routed_anew, 0,
                        RTL_NUMBER_OF(second_routes));
    tcase_add_test(tests, a_queue_of_another_device_is_refused);
    tcase_add_test(tests, a_routed_type_goes_to_its_queue);
    tcase_add_test(tests, other_types_go_to_the_default_queue);
    tcase_add_test(tests, one_queue_may_serve_several_types);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}
