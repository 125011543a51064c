/* WDFDEVICE: creation, start, removal (S3, S11). */
#include "framework/device/device.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/device/name.h"
#include "framework/io/heldwatch.h"
#include "framework/device/pdo.h"
#include "framework/device/pnp.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "framework/object/verifier.h"
#include "nt/sddl.h"
#include "port/log.h"

/* A driver that holds requests this long at removal is named in the log. */
#define REMOVAL_PATIENCE_NANOSECONDS 5000000000ull

/* ---- deletion ---- */

static void device_free(struct wdf_object *object)
{
    struct wdf_device *device = CONTAINING_RECORD(object, struct wdf_device, object);
    request_store_free(device);
    callback_lock_destroy(&device->lock);
    io_domain_destroy(&device->own_domain);
    port_mutex_destroy(&device->store_lock);
    device_names_free(device);
    port_mutex_destroy(&device->names_lock);
    device_texts_free(&device->init.texts);
    if (device->family.parent != NULL)
        object_release(&device->family.parent->object);
    free(device);
}

static void device_dispose(struct wdf_object *object)
{
    struct wdf_device *device = CONTAINING_RECORD(object, struct wdf_device, object);
    device_names_disable(device); /* S3.20 */
    node_withdraw(device);
    node_forget(device);
}

static bool device_delete_by_driver(struct wdf_object *object)
{
    struct wdf_device *device = CONTAINING_RECORD(object, struct wdf_device, object);
    if (device->init.kind == DEVICE_FDO)
        return false;
    if (device->init.kind == DEVICE_PDO)
        return family_delete_by_driver(device);
    device_delete_when_closed(device);
    return true;
}

static const struct constraints *device_constraints(struct wdf_object *object)
{
    return &CONTAINING_RECORD(object, struct wdf_device, object)->constraints;
}

const struct object_class device_class = {
    .name = "WDFDEVICE",
    .base = &object_device_class,
    .dispose = device_dispose,
    .free = device_free,
    .delete_by_driver = device_delete_by_driver,
    .constraints = device_constraints,
    .disposes_at_passive = true,
};

/* With a reference of the caller. A control device may be under removal by the host at the same time: it has
 * no PnP to be cleaned up. */
static void delete_closed(struct wdf_device *device)
{
    bool is_child = device->family.state == CHILD_GONE; /* and has been one that was reported */
    if (is_child)
        pnp_clean_up(device);
    object_delete(&device->object);
    if (is_child)
        family_child_deleted(device->family.parent);
}

static void delete_after_last_close(struct work *work)
{
    struct wdf_device *device = CONTAINING_RECORD(work, struct wdf_device, deletion);
    delete_closed(device);
    object_release(&device->object);
}

/* With a reference for the caller, if it is the first one. */
static bool claim_deletion(struct wdf_device *device, bool *is_open)
{
    PORT_LOCK_SCOPE(&device->domain->io_lock);
    if (device->is_deleted)
        return false;
    device->is_deleted = true;
    object_reference(
        &device->object); /* the last close, in another thread, may be the end of it from now on */
    *is_open = device->open_count > 0;
    device->is_ending = !*is_open;
    return true;
}

void device_delete_when_closed(struct wdf_device *device)
{
    bool is_open;
    if (!claim_deletion(device, &is_open))
        return;
    device_names_disable(device);
    node_withdraw(device);
    if (!is_open)
        delete_closed(device);
    object_release(&device->object);
}

static void count_closed_locked(struct wdf_device *device)
{
    device->open_count--;
    io_changed_locked(device);
    if (device->open_count > 0 || !device->is_deleted || device->is_ending)
        return; /* an open that was refused comes and goes, too */
    device->is_ending = true;
    /* By a worker: this thread may be on its way through a request or a file of the device. */
    object_reference(&device->object);
    work_submit(&device->deletion);
}

void device_file_closed(struct wdf_device *device)
{
    /* Whoever has waited for this deletes the device, and must not take the lock away from under us. */
    object_reference(&device->object);
    port_mutex_lock(&device->domain->io_lock);
    count_closed_locked(device);
    port_mutex_unlock(&device->domain->io_lock);
    object_release(&device->object);
}

/* ---- creation ---- */

static void resolve_constraints(struct wdf_device *device, const WDF_OBJECT_ATTRIBUTES *attributes)
{
    device->constraints = driver_current()->constraints;
    constraints_override(&device->constraints, attributes);
    callback_lock_init(&device->lock, device->constraints.level == WdfExecutionLevelDispatch);
    device->constraints.presentation_lock = &device->lock;
}

/* S2.14: file callbacks may block, so that only a lock of a passive device can be around them. */
static NTSTATUS resolve_file_constraints(struct wdf_device *device)
{
    struct constraints *constraints = &device->file_constraints;
    *constraints = (struct constraints){WdfExecutionLevelPassive, WdfSynchronizationScopeNone, NULL};
    if (!device->init.has_file_attributes)
        return STATUS_SUCCESS;

    constraints->scope = device->init.file_attributes.SynchronizationScope;
    if (constraints->scope == WdfSynchronizationScopeInheritFromParent)
        constraints->scope = device->constraints.scope;
    if (constraints->scope == WdfSynchronizationScopeNone)
        return STATUS_SUCCESS;
    if (constraints->scope != WdfSynchronizationScopeDevice ||
        device->constraints.level != WdfExecutionLevelPassive)
        return STATUS_INVALID_DEVICE_REQUEST;
    constraints->presentation_lock = &device->lock;
    return STATUS_SUCCESS;
}

static struct wdf_device *allocate_device(const struct WDFDEVICE_INIT *init,
                                          const WDF_OBJECT_ATTRIBUTES *attributes)
{
    struct wdf_device *device = object_allocate(sizeof(*device), &device_class, attributes);
    if (device == NULL)
        return NULL;
    io_domain_init(&device->own_domain);
    device->domain = init->child.parent != NULL ? init->child.parent->domain : &device->own_domain;
    family_init(&device->family, init->child.parent);
    port_mutex_init(&device->store_lock);
    port_mutex_init(&device->names_lock);
    InitializeListHead(&device->names);
    InitializeListHead(&device->queues);
    device_readiness_init(&device->readiness);
    work_init(&device->deletion, delete_after_last_close);
    WDF_DEVICE_STATE_INIT(&device->reported_state);
    WDF_DEVICE_PNP_CAPABILITIES_INIT(&device->pnp_capabilities);
    resolve_constraints(device, attributes);
    return device;
}

/* Requests of EvtDeviceFileCreate (S4.9) and EvtIoInCallerContext (S5.16) need a queue to be counted and
 * cancelled in. */
static NTSTATUS create_internal_queues(struct wdf_device *device)
{
    if (device->init.evt_file_create != NULL) {
        device->file_create_queue = queue_create_internal(device);
        if (device->file_create_queue == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (device->init.evt_io_in_caller_context != NULL) {
        device->caller_queue = queue_create_internal(device);
        if (device->caller_queue == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

/* S3.13, S3.14: who may open it, and by what name. */
static NTSTATUS resolve_name(struct WDFDEVICE_INIT *init)
{
    bool is_named = init->texts.name != NULL || (init->characteristics & FILE_AUTOGENERATED_DEVICE_NAME) != 0;
    if ((init->texts.sddl != NULL || init->has_class) && !is_named)
        return STATUS_INVALID_SECURITY_DESCR;
    if (init->texts.sddl != NULL && !sddl_to_mode(init->texts.sddl, &init->node_mode)) {
        log_error("driver %s: '%s' is no security descriptor", driver_name(), init->texts.sddl);
        return STATUS_INVALID_SECURITY_DESCR;
    }
    if (init->kind == DEVICE_FDO)
        return STATUS_SUCCESS; /* its node has its name from outside */
    free(init->texts.node);    /* of an attempt before */
    init->texts.node = NULL;
    if (init->kind == DEVICE_PDO && !is_named)
        return STATUS_OBJECT_NAME_INVALID;
    if (init->texts.name != NULL)
        return node_name_of(init->texts.name, &init->texts.node);
    return init->kind == DEVICE_PDO ? pdo_make_node_name(init) : STATUS_SUCCESS;
}

/* How reads and writes travel: S8.2, and what the driver asks for. */
static void resolve_methods(struct wdf_device *device)
{
    device->is_umdf = driver_is_umdf();
    device->read_method = device->write_method = METHOD_BUFFERED;
    if (device->is_umdf)
        return;
    if (device->init.io_type == WdfDeviceIoDirect) {
        device->read_method = METHOD_OUT_DIRECT;
        device->write_method = METHOD_IN_DIRECT;
    } else if (device->init.io_type == WdfDeviceIoNeither) {
        device->read_method = device->write_method = METHOD_NEITHER;
    }
}

static NTSTATUS create_device(struct WDFDEVICE_INIT *init, const WDF_OBJECT_ATTRIBUTES *attributes,
                              struct wdf_device **result)
{
    NTSTATUS status = resolve_name(init);
    if (!NT_SUCCESS(status))
        return status;
    struct wdf_device *device = allocate_device(init, attributes);
    if (device == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    /* A copy: the init and its texts stay the driver's, to try again, until nothing can fail any more. */
    device->init = *init;
    resolve_methods(device);
    if (init->kind == DEVICE_CONTROL)
        device->init.pnp = (WDF_PNPPOWER_EVENT_CALLBACKS){0}; /* S3.27 */

    status = resolve_file_constraints(device);
    if (NT_SUCCESS(status))
        status = object_attach(&device->object, &driver_current()->object);
    if (!NT_SUCCESS(status)) {
        memset(&device->init.texts, 0, sizeof(device->init.texts));
        object_discard(&device->object);
        return status;
    }
    status = node_claim(device);
    if (NT_SUCCESS(status))
        status = heldwatch_create(device);
    if (NT_SUCCESS(status))
        status = create_internal_queues(device);
    if (!NT_SUCCESS(status)) {
        node_forget(device);
        memset(&device->init.texts, 0, sizeof(device->init.texts));
        object_clear_callbacks(&device->object); /* S1.32 */
        object_delete(&device->object);
        return status;
    }
    memset(&init->texts, 0, sizeof(init->texts)); /* they are the device's now */
    *result = device;
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceCreate(PWDFDEVICE_INIT *DeviceInit, PWDF_OBJECT_ATTRIBUTES DeviceAttributes,
                         WDFDEVICE *Device)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(*DeviceInit);
    REQUIRE_PARAMETER(Device);
    *Device = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = attributes_validate(
        DeviceAttributes, ATTRIBUTES_PARENT_FORBIDDEN | ATTRIBUTES_LEVEL_ALLOWED | ATTRIBUTES_SCOPE_ALLOWED);
    if (!NT_SUCCESS(status))
        return status;
    struct WDFDEVICE_INIT *init = *DeviceInit;
    if (init->is_used)
        return STATUS_INVALID_DEVICE_STATE;

    struct wdf_device *device;
    status = create_device(init, DeviceAttributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    if (device_init_is_drivers(init)) {
        device_init_free(init);
    } else {
        init->is_used = true;
        init->device = device;
    }
    *DeviceInit = NULL; /* S3.8 */
    *Device = device_handle(device);
    return STATUS_SUCCESS;
}

/* ---- removal: the parts that deal with requests; the order of events is in pnp.c ---- */

/* The queues' list may change while a queue is worked on with the lock dropped; its being active keeps the
 * entry in it. */
static void for_each_queue_locked(struct wdf_device *device,
                                  void (*action)(struct wdf_queue *queue, struct wdf_device *device))
{
    /* A child's requests may be in its parent's queues. */
    for (struct wdf_device *owner = device; owner != NULL; owner = owner->family.parent) {
        for (LIST_ENTRY *entry = owner->queues.Flink; entry != &owner->queues; entry = entry->Flink)
            action(CONTAINING_RECORD(entry, struct wdf_queue, device_entry), device);
    }
}

static void cancel_all_locked(struct wdf_queue *queue, struct wdf_device *device)
{
    if (queue->device == device)
        queue_cancel_all_locked(queue);
    else
        queue_cancel_of_device_locked(queue, device);
    queue_dispatch_locked(queue, QUEUE_ENTER_ALWAYS);
}

void device_cancel_requests(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&device->domain->io_lock);
    for_each_queue_locked(device, cancel_all_locked);
}

static void report_owned_locked(struct wdf_queue *queue, struct wdf_device *device)
{
    queue_report_owned_locked(queue, device, "removal");
}

void device_wait_until_answered(struct wdf_device *device)
{
    PORT_LOCK_SCOPE(&device->domain->io_lock);
    uint64_t deadline = 0;
    while (device->outstanding > 0) {
        if (io_wait_locked(device, REMOVAL_PATIENCE_NANOSECONDS, &deadline))
            for_each_queue_locked(device, report_owned_locked);
    }
}

void device_delete(struct wdf_device *device)
{
    {
        /* A close that waited for a request may still be on its way through a worker. */
        PORT_LOCK_SCOPE(&device->domain->io_lock);
        uint64_t deadline = 0;
        while (device->open_count > 0) {
            if (io_wait_locked(device, REMOVAL_PATIENCE_NANOSECONDS, &deadline))
                log_warning("removal waits: %u files are still being closed", device->open_count);
        }
    }
    family_wait_for_children(device);
    pnp_clean_up(device);
    object_delete(&device->object);
}

/* ---- dispatching ---- */

/* S5.6: what speaks against giving requests of that type to that queue. With the io_lock held. */
static NTSTATUS check_route_locked(const struct wdf_device *device, const struct wdf_queue *queue,
                                   WDF_REQUEST_TYPE type)
{
    if (queue->device != device)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (device->state != DEVICE_CREATED)
        return STATUS_INVALID_DEVICE_STATE;
    if (!queue_has_handler(queue, type))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (type == WdfRequestTypeCreate)
        return device->routes[type] == NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER; /* S4.16 */
    if (queue == device->default_queue)
        return STATUS_INVALID_DEVICE_REQUEST;
    return device->routes[type] == NULL ? STATUS_SUCCESS : STATUS_WDF_BUSY;
}

NTSTATUS WdfDeviceConfigureRequestDispatching(WDFDEVICE Device, WDFQUEUE Queue, WDF_REQUEST_TYPE RequestType)
{
    struct wdf_device *device = device_from_handle(Device);
    struct wdf_queue *queue = queue_from_handle(Queue);
    if (RequestType != WdfRequestTypeCreate && RequestType != WdfRequestTypeRead &&
        RequestType != WdfRequestTypeWrite && RequestType != WdfRequestTypeDeviceControl &&
        RequestType != WdfRequestTypeDeviceControlInternal)
        return STATUS_INVALID_PARAMETER;

    PORT_LOCK_SCOPE(&device->domain->io_lock);
    NTSTATUS status = check_route_locked(device, queue, RequestType);
    if (NT_SUCCESS(status))
        device->routes[RequestType] = queue;
    return status;
}

bool queue_is_routed(const struct wdf_queue *queue)
{
    struct wdf_device *device = queue->device;
    PORT_LOCK_SCOPE(&device->domain->io_lock);
    for (unsigned type = 0; type < RTL_NUMBER_OF(device->routes); type++) {
        if (device->routes[type] == queue)
            return true;
    }
    return device->default_queue == queue;
}

/* ---- asking ---- */

WDFDRIVER WdfDeviceGetDriver(WDFDEVICE Device)
{
    (void)device_from_handle(Device);
    return WdfGetDriver();
}

VOID WdfDeviceGetDeviceStackIoType(WDFDEVICE Device, WDF_DEVICE_IO_TYPE *ReadWriteIoType,
                                   WDF_DEVICE_IO_TYPE *IoControlIoType)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(ReadWriteIoType);
    REQUIRE_PARAMETER(IoControlIoType);
    *ReadWriteIoType = device->init.io_type;
    *IoControlIoType = device->init.control_io_type;
}

WDFQUEUE WdfDeviceGetDefaultQueue(WDFDEVICE Device)
{
    struct wdf_queue *queue = device_from_handle(Device)->default_queue;
    return queue != NULL ? queue_handle(queue) : NULL;
}

ULONG WdfDeviceGetCharacteristics(WDFDEVICE Device)
{
    return device_from_handle(Device)->init.characteristics;
}

VOID WdfDeviceSetCharacteristics(WDFDEVICE Device, ULONG DeviceCharacteristics)
{
    device_from_handle(Device)->init.characteristics = DeviceCharacteristics;
}
