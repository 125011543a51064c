/*
 * Packets: creating them, and what a driver may do with one. See irp.h.
 *
 * A request that has a packet is in no queue yet: a cancellation is kept until it comes to one, and
 * its device waits for it as for any other. The packet has two users, the call that shows it and
 * the driver, until that one decides; it goes with the second.
 */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/io/irp.h"

#include <stdlib.h>

#include "framework/io/dispatch.h"
#include "framework/io/fileobject.h"
#include "framework/io/iodevice.h"
#include "framework/io/queueapi.h"
#include "framework/io/request.h"
#include "framework/object/apiresult.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"

#define PACKET_MAGIC 0x21707249u

/* With whom a packet is; each waits for a decision of its own. */
enum packet_place { WITH_NOBODY, WITH_PREPROCESS, WITH_DISPATCH };

struct packet {
    IRP irp; /* the first: what the driver has */
    unsigned magic;
    struct wdf_request *request; /* constant; the driver's, as long as it has the packet */
    _Atomic(enum packet_place) place;
    _Atomic(unsigned) users;
};

/* ---- packets ---- */

static void describe(IO_STACK_LOCATION *stack, const struct wdf_request *request)
{
    const struct io_request *io = &request->io;
    stack->MajorFunction = (UCHAR)io->type;
    stack->DeviceObject = (PDEVICE_OBJECT)&request->device->object;
    if (io->type != WdfRequestTypeCreate && io->file != request->device->no_file)
        stack->FileObject = (PFILE_OBJECT)file_handle(io->file);
    if (io->type == WdfRequestTypeRead) {
        stack->Parameters.Read.Length = (ULONG)io->output_length;
        stack->Parameters.Read.ByteOffset.QuadPart = (LONGLONG)io->offset;
    } else if (io->type == WdfRequestTypeWrite) {
        stack->Parameters.Write.Length = (ULONG)io->input_length;
        stack->Parameters.Write.ByteOffset.QuadPart = (LONGLONG)io->offset;
    } else if (io_is_control(io->type)) {
        stack->Parameters.DeviceIoControl.OutputBufferLength = (ULONG)io->output_length;
        stack->Parameters.DeviceIoControl.InputBufferLength = (ULONG)io->input_length;
        stack->Parameters.DeviceIoControl.IoControlCode = io->control_code;
    }
}

static struct packet *packet_create(struct wdf_request *request)
{
    struct packet *packet = calloc(1, sizeof(*packet));
    if (packet == NULL)
        return NULL;
    packet->magic = PACKET_MAGIC;
    packet->request = request;
    packet->users = 2;
    packet->irp.RequestorMode = request->io.is_from_driver ? KernelMode : UserMode;
    describe(&packet->irp.Current, request);
    return packet;
}

static void packet_drop(struct packet *packet)
{
    if (--packet->users > 0)
        return;
    packet->magic = 0;
    free(packet);
}

/* The driver decides, once. NULL, after a break: it has done so, or it is another's to decide. */
static struct packet *claim(PIRP irp, const struct io_device *device, enum packet_place place,
                            const char *function)
{
    struct packet *packet = CONTAINING_RECORD(irp, struct packet, irp);
    enum packet_place expected = place;
    if (packet->magic == PACKET_MAGIC && packet->request->device == device &&
        atomic_compare_exchange_strong(&packet->place, &expected, WITH_NOBODY))
        return packet;
    verifier_break(function, "S17.30",
                   "IRP %p is not this callback's to hand on, or was handed on already",
                   (void *)irp);
    return NULL;
}

/* ---- callbacks ---- */

static bool is_preprocessed(const struct irp_preprocess *preprocess, unsigned major)
{
    return preprocess->evt[major] != NULL &&
           (!preprocess->has_minors[major] || preprocess->takes_normal[major]);
}

bool irp_preprocess_is_wanted(const struct irp_preprocess *preprocess)
{
    return is_preprocessed(preprocess, IRP_MJ_READ) || is_preprocessed(preprocess, IRP_MJ_WRITE) ||
           is_preprocessed(preprocess, IRP_MJ_DEVICE_CONTROL) ||
           is_preprocessed(preprocess, IRP_MJ_INTERNAL_DEVICE_CONTROL) ||
           is_preprocessed(preprocess, IRP_MJ_CREATE);
}

static bool is_dispatched(const struct io_device *device, WDF_REQUEST_TYPE type)
{
    return device->dispatch.of[type].evt != NULL;
}

bool irp_is_wanted(const struct io_device *device, WDF_REQUEST_TYPE type)
{
    return is_preprocessed(&device->settings.preprocess, type) || is_dispatched(device, type);
}

/* The packet is with the driver from now on. It may be handed on, and the request be gone, before
 * the callback returns. */
static void call_preprocess(struct packet *packet)
{
    struct wdf_request *request = packet->request;
    struct io_device *device = request->device;
    struct callback callback;
    packet->place = WITH_PREPROCESS;
    callback_enter_request(&callback, "EvtDeviceWdmIrpPreprocess", device, request,
                           request->io.requestor_pid);
    (void)device->settings.preprocess.evt[request->io.type](io_device_handle(device), &packet->irp);
    callback_leave(&callback);
}

static void call_dispatch(struct packet *packet)
{
    struct wdf_request *request = packet->request;
    struct io_device *device = request->device;
    WDF_REQUEST_TYPE type = request->io.type;
    struct callback callback;
    packet->place = WITH_DISPATCH;
    callback_enter_request(&callback, "EvtDeviceWdmIrpDispatch", device, request,
                           request->io.requestor_pid);
    (void)device->dispatch.of[type].evt(io_device_handle(device), (UCHAR)type, 0,
                                        io_is_control(type) ? request->io.control_code : 0,
                                        device->dispatch.of[type].context, &packet->irp,
                                        (WDFCONTEXT)packet);
    callback_leave(&callback);
}

void irp_present(struct wdf_request *request)
{
    struct io_device *device = request->device;
    struct packet *packet = packet_create(request);
    if (packet == NULL) {
        dispatch_answer(request, STATUS_INSUFFICIENT_RESOURCES, 0);
        return;
    }
    object_reference(&device->object);
    if (is_preprocessed(&device->settings.preprocess, request->io.type))
        call_preprocess(packet);
    else
        call_dispatch(packet);
    packet_drop(packet);
    object_release(&device->object);
}

/* ---- what is decided ---- */

static void go_on(struct packet *packet)
{
    struct wdf_request *request = packet->request;
    packet_drop(packet);
    dispatch_by_default(request);
}

NTSTATUS WdfDeviceWdmDispatchPreprocessedIrp(WDFDEVICE Device, PIRP Irp)
{
    struct io_device *device = io_device_from_handle(Device);
    REQUIRE_PARAMETER(Irp);
    struct packet *packet = claim(Irp, device, WITH_PREPROCESS, __func__);
    if (packet == NULL)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S17.30");
    object_reference(&device->object);
    if (is_dispatched(device, packet->request->io.type))
        call_dispatch(packet);
    else
        go_on(packet);
    object_release(&device->object);
    return API_RESULT(STATUS_PENDING, "S17.30");
}

NTSTATUS WdfDeviceWdmDispatchIrp(WDFDEVICE Device, PIRP Irp, WDFCONTEXT DispatchContext)
{
    struct io_device *device = io_device_from_handle(Device);
    REQUIRE_PARAMETER(Irp);
    REQUIRE_PARAMETER(DispatchContext);
    struct packet *packet = claim(Irp, device, WITH_DISPATCH, __func__);
    if (packet == NULL)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S17.32");
    go_on(packet);
    return API_RESULT(STATUS_PENDING, "S17.32");
}

/* S17.31; NULL: it may go to that queue, as far as both are concerned. */
static const char *queue_problem(const struct wdf_request *request, struct wdf_queue *queue,
                                 ULONG flags)
{
    const struct io_device *device = request->device;
    const ULONG known = (ULONG)WDF_DISPATCH_IRP_TO_IO_QUEUE_INVOKE_INCALLERCTX_CALLBACK |
                        (ULONG)WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP;
    if ((flags & ~known) != 0)
        return "there is no such flag";
    if (request->io.type == WdfRequestTypeCreate)
        return "a create is no read, write or control";
    if (queue->device != device && queue->device != device->parent)
        return "the queue belongs to another device";
    return queue_has_handler(queue, request->io.type) ? NULL : "the queue has no callback for it";
}

static NTSTATUS check_queue(const struct wdf_request *request, struct wdf_queue *queue, ULONG flags)
{
    const struct io_device *device = request->device;
    const char *problem = queue_problem(request, queue, flags);
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    if (problem == NULL) {
        if (queue->device == device || device->settings.may_forward_to_parent)
            return STATUS_SUCCESS;
        problem = "the child is without WdfPdoInitAllowForwardingRequestToParent";
        status = STATUS_INVALID_DEVICE_REQUEST;
    }
    verifier_break("WdfDeviceWdmDispatchIrpToIoQueue", "S17.31", "WDFQUEUE %p: %s",
                   (void *)&queue->object, problem);
    return status;
}

NTSTATUS WdfDeviceWdmDispatchIrpToIoQueue(WDFDEVICE Device, PIRP Irp, WDFQUEUE Queue, ULONG Flags)
{
    struct io_device *device = io_device_from_handle(Device);
    struct wdf_queue *queue = queue_from_handle(Queue);
    REQUIRE_PARAMETER(Irp);
    bool is_preprocessing = (Flags & WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP) != 0;
    struct packet *packet =
        claim(Irp, device, is_preprocessing ? WITH_PREPROCESS : WITH_DISPATCH, __func__);
    if (packet == NULL)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S17.31");
    struct wdf_request *request = packet->request;
    packet_drop(packet);
    NTSTATUS status = check_queue(request, queue, Flags);
    if (!NT_SUCCESS(status)) {
        dispatch_answer(request, status, 0);
        return API_RESULT(status, "S17.31");
    }
    dispatch_to_queue(request, queue,
                      (Flags & WDF_DISPATCH_IRP_TO_IO_QUEUE_INVOKE_INCALLERCTX_CALLBACK) != 0);
    return API_RESULT(STATUS_PENDING, "S17.31");
}

VOID IoCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    UNREFERENCED_PARAMETER(PriorityBoost);
    REQUIRE_PARAMETER(Irp);
    struct packet *packet = CONTAINING_RECORD(Irp, struct packet, irp);
    enum packet_place place =
        packet->magic == PACKET_MAGIC ? atomic_exchange(&packet->place, WITH_NOBODY) : WITH_NOBODY;
    if (place == WITH_NOBODY) {
        verifier_break(__func__, "S17.30", "IRP %p was handed on already", (void *)Irp);
        return;
    }
    struct wdf_request *request = packet->request;
    NTSTATUS status = Irp->IoStatus.Status;
    size_t information = request->io.type == WdfRequestTypeWrite ? Irp->IoStatus.Information : 0;
    packet_drop(packet);
    if (information > request->io.input_length)
        information = request->io.input_length;
    dispatch_answer(request, status, information);
}

/* ---- registering ---- */

NTSTATUS irp_preprocess_assign(struct irp_preprocess *preprocess,
                               PFN_WDFDEVICE_WDM_IRP_PREPROCESS evt, UCHAR major,
                               const UCHAR *minors, ULONG count)
{
    if (major > IRP_MJ_MAXIMUM_FUNCTION)
        return STATUS_INVALID_PARAMETER;
    if (count > 0 && preprocess->has_minors[major])
        return STATUS_INVALID_DEVICE_REQUEST;
    for (ULONG i = 0; i < count; i++)
        preprocess->takes_normal[major] = preprocess->takes_normal[major] || minors[i] == 0;
    preprocess->has_minors[major] = preprocess->has_minors[major] || count > 0;
    preprocess->evt[major] = evt;
    return STATUS_SUCCESS;
}

static bool may_be_dispatched(const struct io_device *device, UCHAR major)
{
    return major == IRP_MJ_READ || major == IRP_MJ_WRITE || major == IRP_MJ_DEVICE_CONTROL ||
           (major == IRP_MJ_INTERNAL_DEVICE_CONTROL && !device->is_umdf);
}

/* S17.32 */
static NTSTATUS configure_locked(struct io_device *device, UCHAR major,
                                 PFN_WDFDEVICE_WDM_IRP_DISPATCH evt, WDFCONTEXT context)
    REQUIRES(io_lock)
{
    if (device->routes_are_fixed)
        return STATUS_INVALID_DEVICE_STATE;
    if (device->dispatch.of[major].evt != NULL)
        return STATUS_INVALID_PARAMETER;
    device->dispatch.of[major].evt = evt;
    device->dispatch.of[major].context = context;
    device->sees_packets = device->needs_preparation = true;
    return STATUS_SUCCESS;
}

NTSTATUS
WdfDeviceConfigureWdmIrpDispatchCallback(WDFDEVICE Device, WDFDRIVER Driver, UCHAR MajorFunction,
                                         PFN_WDFDEVICE_WDM_IRP_DISPATCH EvtDeviceWdmIrpDispatch,
                                         WDFCONTEXT DriverContext)
{
    struct io_device *device = io_device_from_handle(Device);
    UNREFERENCED_PARAMETER(Driver); /* which of several that share a device: there are none */
    REQUIRE_PARAMETER(EvtDeviceWdmIrpDispatch);
    if (!may_be_dispatched(device, MajorFunction))
        return API_RESULT(STATUS_INVALID_PARAMETER, "S17.32");
    IO_LOCK_SCOPE(device->domain);
    return API_RESULT(
        configure_locked(device, MajorFunction, EvtDeviceWdmIrpDispatch, DriverContext), "S17.32");
}
