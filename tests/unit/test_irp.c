/* Requests as packets: preprocess and dispatch callbacks (S5.1, S5.3, S17.29 to S17.32). */
#include <string.h>

#include "bus.h"
#include "unit.h"

/* What the callbacks have seen, and what they should do. */
static struct {
    unsigned preprocessed;
    unsigned dispatched;
    UCHAR major;
    ULONG code;
    WDFCONTEXT context;
    WDFCONTEXT dispatch_context;
    PIRP irp;
    IO_STACK_LOCATION stack;
    WDFQUEUE queue; /* where they put it */
    ULONG flags;
    NTSTATUS status;
    NTSTATUS (*preprocess)(WDFDEVICE Device, PIRP Irp);
    NTSTATUS (*dispatch)(WDFDEVICE Device, PIRP Irp);
} seen;

static char driver_context;

static NTSTATUS preprocess(WDFDEVICE Device, PIRP Irp)
{
    seen.preprocessed++;
    seen.irp = Irp;
    seen.stack = *IoGetCurrentIrpStackLocation(Irp);
    return seen.preprocess(Device, Irp);
}

static NTSTATUS dispatch(WDFDEVICE Device, UCHAR MajorFunction, UCHAR MinorFunction, ULONG Code,
                         WDFCONTEXT DriverContext, PIRP Irp, WDFCONTEXT DispatchContext)
{
    ck_assert_uint_eq(MinorFunction, 0);
    seen.dispatched++;
    seen.major = MajorFunction;
    seen.code = Code;
    seen.context = DriverContext;
    seen.dispatch_context = DispatchContext;
    seen.irp = Irp;
    seen.stack = *IoGetCurrentIrpStackLocation(Irp);
    return seen.dispatch(Device, Irp);
}

/* ---- what a callback does ---- */

static NTSTATUS keep(WDFDEVICE Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_PENDING;
}

static NTSTATUS go_on(WDFDEVICE Device, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return seen.status = WdfDeviceWdmDispatchPreprocessedIrp(Device, Irp);
}

static NTSTATUS by_default(WDFDEVICE Device, PIRP Irp)
{
    return seen.status = WdfDeviceWdmDispatchIrp(Device, Irp, seen.dispatch_context);
}

static NTSTATUS to_queue(WDFDEVICE Device, PIRP Irp)
{
    return seen.status = WdfDeviceWdmDispatchIrpToIoQueue(Device, Irp, seen.queue, seen.flags);
}

static NTSTATUS end(WDFDEVICE Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    Irp->IoStatus.Status = seen.status;
    Irp->IoStatus.Information = 5;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return seen.status;
}

/* ---- the device ---- */

static const UCHAR transfers[] = {IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_DEVICE_CONTROL};

static VOID assign_preprocess(PWDFDEVICE_INIT DeviceInit)
{
    want_file_objects(DeviceInit);
    for (unsigned i = 0; i < RTL_NUMBER_OF(transfers); i++)
        ck_status_eq(WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess,
                                                                 transfers[i], NULL, 0),
                     STATUS_SUCCESS);
}

static WDFQUEUE other;

static VOID configure_dispatch(WDFDEVICE Device)
{
    for (unsigned i = 0; i < RTL_NUMBER_OF(transfers); i++)
        ck_status_eq(WdfDeviceConfigureWdmIrpDispatchCallback(Device, NULL, transfers[i], dispatch,
                                                              (WDFCONTEXT)&driver_context),
                     STATUS_SUCCESS);
}

static void start_preprocessed(NTSTATUS (*action)(WDFDEVICE, PIRP))
{
    memset(&seen, 0, sizeof(seen));
    seen.preprocess = action;
    prepare_init = assign_preprocess;
    start_queue(WdfIoQueueDispatchParallel);
}

static void start_dispatched(NTSTATUS (*action)(WDFDEVICE, PIRP))
{
    memset(&seen, 0, sizeof(seen));
    seen.dispatch = action;
    prepare_device = configure_dispatch;
    start_queue(WdfIoQueueDispatchParallel);
    other = create_queue(WdfIoQueueDispatchManual);
    seen.queue = other;
}

/* ---- preprocessing ---- */

/* S5.3, S17.30 */
START_TEST(a_preprocess_callback_sees_what_is_asked_for)
{
    start_preprocessed(go_on);
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    ck_assert(seen.stack.MajorFunction == IRP_MJ_READ && seen.stack.Parameters.Read.Length == 8);
    begin_write(file, 9);
    ck_assert(seen.stack.MajorFunction == IRP_MJ_WRITE && seen.stack.Parameters.Write.Length == 9);
    begin_control(file, 0x222004, 3, 4);
    ck_assert_uint_eq(seen.stack.MajorFunction, IRP_MJ_DEVICE_CONTROL);
    ck_assert_uint_eq(seen.stack.Parameters.DeviceIoControl.IoControlCode, 0x222004);
    ck_assert_uint_eq(seen.stack.Parameters.DeviceIoControl.InputBufferLength, 3);
    ck_assert_uint_eq(seen.stack.Parameters.DeviceIoControl.OutputBufferLength, 4);
    ck_assert_ptr_eq(seen.stack.DeviceObject, WdfDeviceWdmGetDeviceObject(wdf_device()));
    ck_assert_ptr_eq(WdfDeviceGetFileObject(wdf_device(), seen.stack.FileObject),
                     WdfRequestGetFileObject(held()));
    ck_assert(seen.preprocessed == 3 && counts.presented == 3);
    ck_status_eq(seen.status, STATUS_PENDING);
}
END_TEST

/* S17.30: it may complete the request itself. */
START_TEST(a_preprocess_callback_ends_a_request)
{
    start_preprocessed(end);
    WDFUSEFILE file = open_file();
    seen.status = STATUS_DEVICE_BUSY;
    answer(begin_read(file, 8), STATUS_DEVICE_BUSY);
    seen.status = STATUS_SUCCESS;
    ck_assert_uint_eq(answer(begin_write(file, 9), STATUS_SUCCESS), 5);
    ck_assert_uint_eq(answer(begin_write(file, 3), STATUS_SUCCESS), 3);
    ck_assert_uint_eq(answer(begin_read(file, 8), STATUS_SUCCESS), 0);
    ck_assert(seen.preprocessed == 4 && counts.presented == 0);
}
END_TEST

/* S17.30: it may keep the request; a cancellation waits until it is in its queue. */
START_TEST(a_packet_is_handed_on_later)
{
    start_preprocessed(keep);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_pending(io);
    WdfuseInprocCancel(io);
    ck_pending(io);
    (void)go_on(wdf_device(), seen.irp);
    answer(io, STATUS_CANCELLED);
    ck_assert_uint_eq(counts.presented, 0);
}
END_TEST

/* S17.30 */
START_TEST(a_packet_is_handed_on_once)
{
    start_preprocessed(keep);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_status_eq(WdfDeviceWdmDispatchIrp(wdf_device(), seen.irp, &driver_context),
                 STATUS_INVALID_PARAMETER);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S17.30"));
    (void)go_on(wdf_device(), seen.irp);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

static NTSTATUS twice(WDFDEVICE Device, PIRP Irp)
{
    (void)go_on(Device, Irp);
    ck_status_eq(go_on(Device, Irp), STATUS_INVALID_PARAMETER);
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_PENDING;
}

/* S17.30 */
START_TEST(a_second_decision_is_a_break)
{
    start_preprocessed(twice);
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "IoCompleteRequest"));
    ck_pending(io);
    ck_assert_uint_eq(counts.presented, 1);
}
END_TEST

static VOID assign_create(PWDFDEVICE_INIT DeviceInit)
{
    ck_status_eq(
        WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess, IRP_MJ_CREATE, NULL, 0),
        STATUS_SUCCESS);
}

/* S17.30: before file objects are made. */
START_TEST(an_open_is_preprocessed)
{
    memset(&seen, 0, sizeof(seen));
    seen.preprocess = go_on;
    prepare_init = assign_create;
    start_queue(WdfIoQueueDispatchParallel);
    close_file(open_file());
    ck_assert_uint_eq(seen.preprocessed, 1);
    ck_assert_uint_eq(seen.stack.MajorFunction, IRP_MJ_CREATE);
    seen.preprocess = end;
    seen.status = STATUS_SUCCESS;
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    ck_assert_uint_eq(counts.presented, 1);
    complete_held(STATUS_SUCCESS);
    seen.status = STATUS_SHARING_VIOLATION;
    WDFUSEFILE refused;
    ck_status_eq(WdfuseInprocOpen(device, 2, &refused), STATUS_SHARING_VIOLATION);
}
END_TEST

static UCHAR with_normal[] = {7, 0}, without_normal[] = {7};

static VOID assign_minors(PWDFDEVICE_INIT DeviceInit)
{
    ck_status_eq(WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess,
                                                             IRP_MJ_MAXIMUM_FUNCTION + 1, NULL, 0),
                 STATUS_INVALID_PARAMETER);
    ck_status_eq(WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess, IRP_MJ_READ,
                                                             with_normal, 2),
                 STATUS_SUCCESS);
    ck_status_eq(WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess, IRP_MJ_READ,
                                                             with_normal, 2),
                 STATUS_INVALID_DEVICE_REQUEST);
    ck_status_eq(WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess, IRP_MJ_WRITE,
                                                             without_normal, 1),
                 STATUS_SUCCESS);
    /* The list stays. */
    ck_status_eq(
        WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess, IRP_MJ_WRITE, NULL, 0),
        STATUS_SUCCESS);
    /* There are no such requests. */
    ck_status_eq(
        WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess, IRP_MJ_PNP, NULL, 0),
        STATUS_SUCCESS);
}

/* S17.29 */
START_TEST(a_preprocess_callback_is_for_its_minor_functions)
{
    memset(&seen, 0, sizeof(seen));
    seen.preprocess = go_on;
    prepare_init = assign_minors;
    start_queue(WdfIoQueueDispatchParallel);
    WDFUSEFILE file = open_file();
    begin_write(file, 8);
    ck_assert_uint_eq(seen.preprocessed, 0);
    begin_read(file, 8);
    ck_assert(seen.preprocessed == 1 && counts.presented == 2);
}
END_TEST

/* ---- dispatching ---- */

/* S5.1, S17.32 */
START_TEST(a_dispatch_callback_chooses_a_queue)
{
    start_dispatched(to_queue);
    WDFUSEFILE file = open_file();
    begin_control(file, 0x222004, 3, 4);
    ck_assert(seen.major == IRP_MJ_DEVICE_CONTROL && seen.code == 0x222004);
    ck_assert_ptr_eq(seen.context, &driver_context);
    begin_read(file, 8);
    ck_assert(seen.major == IRP_MJ_READ && seen.code == 0);
    ck_queue(other, 2, 0);
    seen.dispatch = by_default;
    begin_write(file, 8);
    ck_assert(counts.presented == 1 && seen.dispatched == 3);
    hold(retrieve(other));
    hold(retrieve(other));
}
END_TEST

/* S17.32 */
START_TEST(a_dispatch_callback_is_configured_once_and_in_time)
{
    start_dispatched(by_default);
    ck_status_eq(
        WdfDeviceConfigureWdmIrpDispatchCallback(wdf_device(), NULL, IRP_MJ_CREATE, dispatch, NULL),
        STATUS_INVALID_PARAMETER);
    ck_status_eq(
        WdfDeviceConfigureWdmIrpDispatchCallback(wdf_device(), NULL, IRP_MJ_READ, dispatch, NULL),
        STATUS_INVALID_DEVICE_STATE);
}
END_TEST

static VOID configure_twice(WDFDEVICE Device)
{
    configure_dispatch(Device);
    ck_status_eq(
        WdfDeviceConfigureWdmIrpDispatchCallback(Device, NULL, IRP_MJ_READ, dispatch, NULL),
        STATUS_INVALID_PARAMETER);
}

/* S17.32 */
START_TEST(a_function_has_one_dispatch_callback)
{
    prepare_device = configure_twice;
    start_queue(WdfIoQueueDispatchParallel);
}
END_TEST

/* S5.1: the preprocess callback comes first, and hands it to the other one. */
START_TEST(a_preprocessed_request_is_dispatched)
{
    prepare_init = assign_preprocess;
    start_dispatched(by_default);
    seen.preprocess = go_on;
    WDFUSEIO io = begin_read(open_file(), 8);
    ck_assert(seen.preprocessed == 1 && seen.dispatched == 1 && counts.presented == 1);
    complete_held(STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* S17.31 */
START_TEST(a_preprocess_callback_chooses_a_queue)
{
    prepare_init = assign_preprocess;
    start_dispatched(by_default);
    seen.preprocess = to_queue;
    seen.flags = WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP;
    begin_read(open_file(), 8);
    ck_queue(other, 1, 0);
    ck_assert_uint_eq(seen.dispatched, 0);
    hold(retrieve(other));
}
END_TEST

static EVT_WDF_IO_QUEUE_IO_READ ignore_read;
static VOID ignore_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    hold(Request);
}

/* S17.31 */
START_TEST(a_queue_that_does_not_take_it_is_refused)
{
    start_dispatched(to_queue);
    WDFUSEFILE file = open_file();
    seen.flags = 4;
    answer(begin_read(file, 8), STATUS_INVALID_PARAMETER);
    ck_assert_ptr_nonnull(strstr(last_verifier_message(), "S17.31"));
    seen.flags = 0;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = ignore_read;
    seen.queue = create_queue_with(&config);
    answer(begin_write(file, 8), STATUS_INVALID_PARAMETER);
    ck_status_eq(seen.status, STATUS_INVALID_PARAMETER);
    begin_read(file, 8);
    ck_queue(seen.queue, 0, 1);
}
END_TEST

/* ---- EvtIoInCallerContext ---- */

static unsigned callers;

static VOID enqueue(WDFDEVICE Device, WDFREQUEST Request)
{
    callers++;
    ck_status_eq(WdfDeviceEnqueueRequest(Device, Request), STATUS_SUCCESS);
}

static VOID want_caller(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, enqueue);
}

/* S17.31 */
START_TEST(the_callers_context_is_seen_if_that_is_asked_for)
{
    callers = 0;
    prepare_init = want_caller;
    start_dispatched(to_queue);
    WDFUSEFILE file = open_file();
    begin_read(file, 8);
    ck_assert_uint_eq(callers, 0);
    seen.flags = WDF_DISPATCH_IRP_TO_IO_QUEUE_INVOKE_INCALLERCTX_CALLBACK;
    begin_read(file, 8);
    ck_assert_uint_eq(callers, 1);
    ck_queue(other, 2, 0);
    hold(retrieve(other));
    hold(retrieve(other));
}
END_TEST

/* ---- of a parent ---- */

static VOID let_child_dispatch(PWDFDEVICE_INIT DeviceInit)
{
    ck_status_eq(
        WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, preprocess, IRP_MJ_READ, NULL, 0),
        STATUS_SUCCESS);
}

/* S17.31 */
START_TEST(a_childs_request_goes_to_its_parents_queue)
{
    memset(&seen, 0, sizeof(seen));
    seen.preprocess = to_queue;
    seen.flags = WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP;
    prepare_child_init = let_child_dispatch;
    start_bus(1);
    seen.queue = queue;
    WDFUSEIO io = begin_read(open_child(0), 8);
    ck_queue(queue, 1, 0);
    WdfRequestComplete(retrieve(queue), STATUS_SUCCESS);
    answer(io, STATUS_SUCCESS);
}
END_TEST

/* ---- a filter, a removal ---- */

/* A device that is being removed waits for requests that the driver keeps (S11.18). */
static VOID hand_on_when_flushed(WDFDEVICE Device)
{
    if (seen.irp != NULL)
        (void)go_on(Device, seen.irp);
}

static VOID flush_at_removal(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoFlush = hand_on_when_flushed;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    assign_preprocess(DeviceInit);
}

/* S17.30 */
START_TEST(what_is_handed_on_during_a_removal_is_refused)
{
    memset(&seen, 0, sizeof(seen));
    seen.preprocess = keep;
    prepare_init = flush_at_removal;
    start_queue(WdfIoQueueDispatchParallel);
    WDFUSEIO io = begin_read(open_file(), 8);
    WdfuseInprocSurpriseRemove(device);
    answer(io, STATUS_INVALID_DEVICE_STATE);
    ck_assert_uint_eq(counts.presented, 0);
}
END_TEST

static Suite *irp_suite(void)
{
    Suite *suite = suite_create("irp");
    TCase *tests = tcase_create("packets");
    tcase_add_checked_fixture(tests, NULL, bus_stop);
    tcase_add_test(tests, a_preprocess_callback_sees_what_is_asked_for);
    tcase_add_test(tests, a_preprocess_callback_ends_a_request);
    tcase_add_test(tests, a_packet_is_handed_on_later);
    tcase_add_test(tests, a_packet_is_handed_on_once);
    tcase_add_test(tests, a_second_decision_is_a_break);
    tcase_add_test(tests, an_open_is_preprocessed);
    tcase_add_test(tests, a_preprocess_callback_is_for_its_minor_functions);
    tcase_add_test(tests, a_dispatch_callback_chooses_a_queue);
    tcase_add_test(tests, a_dispatch_callback_is_configured_once_and_in_time);
    tcase_add_test(tests, a_function_has_one_dispatch_callback);
    tcase_add_test(tests, a_preprocessed_request_is_dispatched);
    tcase_add_test(tests, a_preprocess_callback_chooses_a_queue);
    tcase_add_test(tests, a_queue_that_does_not_take_it_is_refused);
    tcase_add_test(tests, the_callers_context_is_seen_if_that_is_asked_for);
    tcase_add_test(tests, a_childs_request_goes_to_its_parents_queue);
    tcase_add_test(tests, what_is_handed_on_during_a_removal_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return unit_run(irp_suite());
}
