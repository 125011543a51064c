/* WdfIoQueue*: creation, state changes and their completion (S6.1-S6.24, S6.42, S6.80). */
#include "framework/io/queueapi.h"
#include "framework/io/route.h"

#include <stdio.h>
#include <stdlib.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/io/reserve.h"
#include "framework/io/queuepower.h"
#include "framework/object/verifier.h"
#include "port/log.h"

/* A wait of this long is worth a word (S6.23). */
#define LONG_WAIT_NANOSECONDS 60000000000ull

/* ---- deletion ---- */

static bool is_quiet_locked(const struct wdf_queue *queue) REQUIRES(io_lock)
{
    return queue->queued_count == 0 && queue->driver_count == 0 && queue->active == 0;
}

static bool is_idle_locked(const struct wdf_queue *queue) REQUIRES(io_lock)
{
    return queue->driver_count == 0 && queue->active == 0;
}

/* Waits, with the io_lock held, until the condition is true; says so when that takes long. */
static void wait_locked(struct wdf_queue *queue, bool (*condition)(const struct wdf_queue *queue),
                        const char *function) REQUIRES(io_lock)
{
    struct io_device *device = queue->device;
    struct port_patience patience = {.period = LONG_WAIT_NANOSECONDS};
    while (!condition(queue)) {
        if (!io_wait_locked(device, &patience))
            continue;
        unsigned queued = queue->queued_count, owned = queue->driver_count;
        io_unlock(device->domain);
        verifier_break(function, "S6.23",
                       "still waiting for WDFQUEUE %p: %u requests are queued, %u are the driver's",
                       (void *)queue, queued, owned);
        io_lock(device->domain);
    }
}

/* S6.80: purges, and waits for what the driver holds. */
static void queue_dispose(struct wdf_object *object)
{
    struct wdf_queue *queue = CONTAINING_RECORD(object, struct wdf_queue, object);
    struct io_device *device = queue->device;
    io_lock(device->domain);
    queue->is_deleted = true;
    queue_shut_down_locked(queue);
    wait_locked(queue, is_quiet_locked, __func__);
    queue->watches_power = false;
    queue_follow_power_locked(queue);
    RemoveEntryList(&queue->device_entry);
    io_unlock(device->domain);
    reserve_close(queue);
}

static void queue_free(struct wdf_object *object)
{
    struct wdf_queue *queue = CONTAINING_RECORD(object, struct wdf_queue, object);
    callback_lock_destroy(&queue->own_lock);
    history_name_object(object, NULL);
    port_lock_is_not_needed(io_lock); /* nobody knows the queue any more */
    free(queue->reserve);
    object_release(&queue->device->object);
    free(queue);
}

static bool queue_delete_by_driver(struct wdf_object *object)
{
    if (queue_is_routed(CONTAINING_RECORD(object, struct wdf_queue, object)))
        return false;
    object_delete(object);
    return true;
}

static const struct constraints *queue_constraints(struct wdf_object *object)
{
    return &CONTAINING_RECORD(object, struct wdf_queue, object)->constraints;
}

const struct object_class queue_class = {
    .name = "WDFQUEUE",
    .dispose = queue_dispose,
    .free = queue_free,
    .disposes_at_passive = true,
    .delete_by_driver = queue_delete_by_driver,
    .constraints = queue_constraints,
};

/* ---- creation ---- */

static bool has_handlers(const WDF_IO_QUEUE_CONFIG *config)
{
    return config->EvtIoDefault != NULL || config->EvtIoRead != NULL ||
           config->EvtIoWrite != NULL || config->EvtIoDeviceControl != NULL ||
           config->EvtIoInternalDeviceControl != NULL;
}

static NTSTATUS validate_config(const WDF_IO_QUEUE_CONFIG *config, bool is_of_umdf)
{
    bool is_manual = config->DispatchType == WdfIoQueueDispatchManual;
    if (config->DispatchType <= WdfIoQueueDispatchInvalid ||
        config->DispatchType >= WdfIoQueueDispatchMax)
        return STATUS_INVALID_PARAMETER;
    if (config->DispatchType != WdfIoQueueDispatchParallel &&
        config->Settings.Parallel.NumberOfPresentedRequests != 0)
        return STATUS_INVALID_PARAMETER;
    if (is_manual && has_handlers(config))
        return STATUS_INVALID_PARAMETER;
    if (!is_manual && !has_handlers(config))
        return STATUS_WDF_NO_CALLBACK;
    if (is_of_umdf && config->EvtIoInternalDeviceControl != NULL)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* Level and scope, inherited from the device where the attributes leave them open (S2.3, S2.6,
 * S2.9). */
static NTSTATUS resolve_constraints(struct wdf_queue *queue,
                                    const WDF_OBJECT_ATTRIBUTES *attributes)
{
    struct io_device *device = queue->device;
    struct constraints *constraints = &queue->constraints;
    *constraints = device->constraints;
    constraints_override(constraints, attributes);
    if (constraints->scope == WdfSynchronizationScopeDevice &&
        constraints->level != device->constraints.level)
        return STATUS_INVALID_PARAMETER;
    if (constraints->level == WdfExecutionLevelPassive &&
        !verifier_irql_is_at_most(PASSIVE_LEVEL, "WdfIoQueueCreate"))
        return STATUS_INVALID_DEVICE_REQUEST;

    if (constraints->scope != WdfSynchronizationScopeDevice)
        constraints->presentation_lock = &queue->own_lock;
    queue->effective_lock =
        constraints->scope == WdfSynchronizationScopeNone ? NULL : constraints->presentation_lock;
    return STATUS_SUCCESS;
}

/* S5.9: creates need EvtIoDefault. */
static uint32_t types_handled_by(const WDF_IO_QUEUE_CONFIG *config)
{
    if (config->DispatchType == WdfIoQueueDispatchManual || config->EvtIoDefault != NULL)
        return UINT32_MAX;
    uint32_t types = 0;
    if (config->EvtIoRead != NULL)
        types |= 1u << WdfRequestTypeRead;
    if (config->EvtIoWrite != NULL)
        types |= 1u << WdfRequestTypeWrite;
    if (config->EvtIoDeviceControl != NULL)
        types |= 1u << WdfRequestTypeDeviceControl;
    if (config->EvtIoInternalDeviceControl != NULL)
        types |= 1u << WdfRequestTypeDeviceControlInternal;
    return types;
}

/* Everything that needs no decision. The queue holds a reference on its device until its memory
 * goes. */
static struct wdf_queue *allocate_queue(struct io_device *device, const WDF_IO_QUEUE_CONFIG *config,
                                        const WDF_OBJECT_ATTRIBUTES *attributes)
{
    struct wdf_queue *queue = object_allocate(sizeof(*queue), &queue_class, attributes);
    if (queue == NULL)
        return NULL;
    object_reference(&device->object);
    queue->device = device;
    queue->config = *config;
    queue->handled_types = types_handled_by(config);
    port_lock_is_not_needed(io_lock); /* nobody knows the queue yet */
    queue->accepts = queue->dispatches = true;
    InitializeListHead(&queue->device_entry);
    InitializeListHead(&queue->queued);
    InitializeListHead(&queue->owned);
    InitializeListHead(&queue->cancelling);
    InitializeListHead(&queue->cancelled);
    work_init(&queue->deferred, queue_run_deferred, device->works);
    return queue;
}

/* The last step: below its parent, and known to its device. */
/* S3.27, S6.4, S6.5 */
static bool is_to_be_power_managed(const struct wdf_queue *queue)
{
    const struct io_settings *settings = &queue->device->settings;
    WDF_TRI_STATE wish = queue->config.PowerManaged;
    if (queue->is_internal || settings->never_has_managed_queues)
        return false;
    return wish == WdfTrue || (wish == WdfUseDefault && !settings->is_filter);
}

static NTSTATUS publish_queue(struct wdf_queue *queue, struct wdf_object *parent)
{
    struct io_device *device = queue->device;
    /* Both in one: from the first on the queue is deleted with its parent, and then leaves the
     * device's list. */
    IO_LOCK_SCOPE(device->domain);
    NTSTATUS status = object_attach(&queue->object, parent);
    if (!NT_SUCCESS(status))
        return status;

    queue->is_power_managed = is_to_be_power_managed(queue);
    queue->is_powered = !queue->is_power_managed || device->queues_are_powered;
    queue->watches_power = queue->is_power_managed && device->queues_watch_power;
    if (io_device_is_closing_locked(device)) {
        queue->is_shut_down = true;
        queue->accepts = false;
    }
    InsertTailList(&device->queues, &queue->device_entry);
    return STATUS_SUCCESS;
}

struct wdf_queue *queue_create_internal(struct io_device *device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    struct wdf_queue *queue = allocate_queue(device, &config, NULL);
    if (queue == NULL)
        return NULL;
    queue->is_internal = true;
    callback_lock_init(&queue->own_lock, false);
    queue->constraints = (struct constraints){
        .level = WdfExecutionLevelPassive,
        .scope = WdfSynchronizationScopeNone,
        .presentation_lock = &queue->own_lock,
    };
    if (NT_SUCCESS(publish_queue(queue, &device->object)))
        return queue;
    object_discard(&queue->object);
    return NULL;
}

/* S5.8: there is one default queue, and it is there before the device starts. */
static NTSTATUS claim_default_queue(struct io_device *device, struct wdf_queue *queue)
{
    IO_LOCK_SCOPE(device->domain);
    if (device->routes_are_fixed)
        return STATUS_INVALID_DEVICE_STATE;
    if (device->default_queue != NULL)
        return STATUS_UNSUCCESSFUL;
    device->default_queue = queue;
    return STATUS_SUCCESS;
}

static NTSTATUS find_parent(struct io_device *device, const WDF_OBJECT_ATTRIBUTES *attributes,
                            struct wdf_object **parent)
{
    *parent = &device->object;
    if (attributes == NULL || attributes->ParentObject == NULL)
        return STATUS_SUCCESS;
    *parent = object_from_handle(attributes->ParentObject, NULL, "WdfIoQueueCreate");
    return object_device_above(*parent) == &device->object ? STATUS_SUCCESS
                                                           : STATUS_INVALID_DEVICE_REQUEST;
}

/* "default of echo" */
static void name_in_history(const struct wdf_queue *queue)
{
    static const char *const types[] = {
        [WdfIoQueueDispatchSequential] = "sequential",
        [WdfIoQueueDispatchParallel] = "parallel",
        [WdfIoQueueDispatchManual] = "manual",
    };
    char name[80];
    snprintf(name, sizeof(name), "%s of %s",
             queue->config.DefaultQueue ? "default" : types[queue->config.DispatchType],
             object_driver_name(&queue->device->object));
    history_name_object(&queue->object, name);
}

static NTSTATUS create_queue(struct io_device *device, const WDF_IO_QUEUE_CONFIG *config,
                             const WDF_OBJECT_ATTRIBUTES *attributes, struct wdf_object *parent,
                             struct wdf_queue **result)
{
    struct wdf_queue *queue = allocate_queue(device, config, attributes);
    if (queue == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = resolve_constraints(queue, attributes);
    callback_lock_init(&queue->own_lock, io_device_raises_irql(device, queue->constraints.level));
    if (NT_SUCCESS(status) && config->DefaultQueue)
        status = claim_default_queue(device, queue);
    if (NT_SUCCESS(status)) {
        name_in_history(queue); /* once it is published, it may go with its parent */
        status = publish_queue(queue, parent);
        if (!NT_SUCCESS(status) && config->DefaultQueue)
            device->default_queue = NULL;
    }
    if (!NT_SUCCESS(status)) {
        object_discard(&queue->object);
        return status;
    }
    *result = queue;
    return STATUS_SUCCESS;
}

NTSTATUS WdfIoQueueCreate(WDFDEVICE Device, PWDF_IO_QUEUE_CONFIG Config,
                          PWDF_OBJECT_ATTRIBUTES QueueAttributes, WDFQUEUE *Queue)
{
    struct io_device *device = io_device_from_handle(Device);
    REQUIRE_PARAMETER(Config);
    if (Config->Size != sizeof(*Config))
        return API_RESULT(STATUS_INFO_LENGTH_MISMATCH, "S6.1");

    struct wdf_object *parent;
    NTSTATUS status =
        attributes_validate(QueueAttributes, ATTRIBUTES_LEVEL_ALLOWED | ATTRIBUTES_SCOPE_ALLOWED);
    if (NT_SUCCESS(status))
        status = find_parent(device, QueueAttributes, &parent);
    if (NT_SUCCESS(status) && !Config->DefaultQueue && Queue == NULL)
        status = STATUS_INVALID_PARAMETER_4;
    if (NT_SUCCESS(status))
        status = validate_config(Config, device->is_umdf);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S6.1");

    struct wdf_queue *queue;
    status = create_queue(device, Config, QueueAttributes, parent, &queue);
    if (NT_SUCCESS(status) && Queue != NULL)
        *Queue = queue_handle(queue);
    return API_RESULT(status, "S6.1");
}

WDFDEVICE WdfIoQueueGetDevice(WDFQUEUE Queue)
{
    return io_device_handle(queue_from_handle(Queue)->device);
}

/* ---- state ---- */

WDF_IO_QUEUE_STATE WdfIoQueueGetState(WDFQUEUE Queue, PULONG QueueRequests, PULONG DriverRequests)
{
    struct wdf_queue *queue = queue_from_handle(Queue);
    IO_LOCK_SCOPE(queue->device->domain);
    if (QueueRequests != NULL)
        *QueueRequests = queue->queued_count;
    if (DriverRequests != NULL)
        *DriverRequests = queue->driver_count;

    unsigned state = 0;
    if (queue->accepts)
        state |= WdfIoQueueAcceptRequests;
    if (queue->dispatches)
        state |= WdfIoQueueDispatchRequests;
    if (queue->queued_count == 0)
        state |= WdfIoQueueNoRequests;
    if (queue->driver_count == 0)
        state |= WdfIoQueueDriverNoRequests;
    if (!queue->is_powered)
        state |= WdfIoQueuePnpHeld;
    return (WDF_IO_QUEUE_STATE)state;
}

VOID WdfIoQueueStart(WDFQUEUE Queue)
{
    struct wdf_queue *queue = queue_from_handle(Queue);
    IO_LOCK_SCOPE(queue->device->domain);
    queue->accepts = !queue->is_shut_down;
    queue->dispatches = true;
    queue->cancels_dispatched =
        queue->is_shut_down;                       /* removal goes on cancelling what comes back */
    queue->became_ready = queue->queued_count > 0; /* S6.13, S6.43 */
    queue_dispatch_step_locked(queue, QUEUE_ENTER_ALWAYS);
}

/* S6.20: a second outstanding completion of a kind is fatal, and so is any on a deleted queue; none
 * was asked for with a NULL callback. */
static void arm_completion_locked(struct queue_completion *completion,
                                  PFN_WDF_IO_QUEUE_STATE callback, WDFCONTEXT context,
                                  struct wdf_queue *queue, const char *function) REQUIRES(io_lock)
{
    if (queue->is_deleted)
        verifier_bugcheck(WDF_QUEUE_FATAL_ERROR, function, "WDFQUEUE %p is deleted (S6.20)",
                          (void *)queue);
    if (completion->is_pending && completion->callback != NULL && callback != NULL)
        verifier_bugcheck(
            WDF_QUEUE_FATAL_ERROR, function,
            "WDFQUEUE %p has an outstanding completion callback of this kind already (S6.20)",
            (void *)queue);
    if (completion->is_pending && callback == NULL)
        return;
    *completion =
        (struct queue_completion){.is_pending = true, .callback = callback, .context = context};
}

static void stop_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    queue->accepts = !queue->is_shut_down; /* S6.12 */
    queue->dispatches = false;
}

static void stop(WDFQUEUE handle, bool purges, PFN_WDF_IO_QUEUE_STATE callback, WDFCONTEXT context,
                 const char *function)
{
    struct wdf_queue *queue = queue_from_handle(handle);
    IO_LOCK_SCOPE(queue->device->domain);
    arm_completion_locked(&queue->stop, callback, context, queue, function);
    stop_locked(queue);
    if (purges)
        queue_cancel_all_locked(queue);
    queue_dispatch_step_locked(queue, QUEUE_ENTER_ALWAYS);
}

/* Purge and drain differ in what becomes of the requests that are there. */
static void close_gate(WDFQUEUE handle, bool purges, PFN_WDF_IO_QUEUE_STATE callback,
                       WDFCONTEXT context, const char *function)
{
    struct wdf_queue *queue = queue_from_handle(handle);
    IO_LOCK_SCOPE(queue->device->domain);
    arm_completion_locked(&queue->purge, callback, context, queue, function);
    queue->accepts = false;
    if (purges)
        queue_cancel_all_locked(queue);
    queue_dispatch_step_locked(queue, QUEUE_ENTER_ALWAYS);
}

VOID WdfIoQueueStop(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE StopComplete, WDFCONTEXT Context)
{
    stop(Queue, false, StopComplete, Context, __func__);
}

VOID WdfIoQueueStopAndPurge(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE StopAndPurgeComplete,
                            WDFCONTEXT Context)
{
    stop(Queue, true, StopAndPurgeComplete, Context, __func__);
}

VOID WdfIoQueuePurge(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE PurgeComplete, WDFCONTEXT Context)
{
    close_gate(Queue, true, PurgeComplete, Context, __func__);
}

VOID WdfIoQueueDrain(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE DrainComplete, WDFCONTEXT Context)
{
    close_gate(Queue, false, DrainComplete, Context, __func__);
}

/* S6.22; on a deleted queue there is nothing to wait for. */
static bool may_wait(WDFQUEUE handle, const char *function)
{
    struct wdf_queue *queue = queue_from_handle(handle);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, function))
        return false;
    VERIFIER_SAYS_AT_END();
    IO_LOCK_SCOPE(queue->device->domain);
    if (queue->is_deleted)
        verifier_find(function, "S6.20", "WDFQUEUE %p is deleted", (void *)queue);
    return !queue->is_deleted;
}

static void wait(WDFQUEUE handle, bool (*condition)(const struct wdf_queue *queue),
                 const char *function)
{
    struct wdf_queue *queue = queue_from_handle(handle);
    IO_LOCK_SCOPE(queue->device->domain);
    wait_locked(queue, condition, function);
}

VOID WdfIoQueueStopSynchronously(WDFQUEUE Queue)
{
    if (!may_wait(Queue, __func__))
        return;
    stop(Queue, false, NULL, NULL, __func__);
    wait(Queue, is_idle_locked, __func__);
}

VOID WdfIoQueueStopAndPurgeSynchronously(WDFQUEUE Queue)
{
    if (!may_wait(Queue, __func__))
        return;
    stop(Queue, true, NULL, NULL, __func__);
    wait(Queue, is_idle_locked, __func__);
}

VOID WdfIoQueuePurgeSynchronously(WDFQUEUE Queue)
{
    if (!may_wait(Queue, __func__))
        return;
    close_gate(Queue, true, NULL, NULL, __func__);
    wait(Queue, is_quiet_locked, __func__);
}

VOID WdfIoQueueDrainSynchronously(WDFQUEUE Queue)
{
    if (!may_wait(Queue, __func__))
        return;
    close_gate(Queue, false, NULL, NULL, __func__);
    wait(Queue, is_quiet_locked, __func__);
}

NTSTATUS WdfIoQueueReadyNotify(WDFQUEUE Queue, PFN_WDF_IO_QUEUE_STATE QueueReady,
                               WDFCONTEXT Context)
{
    struct wdf_queue *queue = queue_from_handle(Queue);
    if (queue->config.DispatchType != WdfIoQueueDispatchManual)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.42");

    IO_LOCK_SCOPE(queue->device->domain);
    if (queue->is_deleted)
        return API_RESULT(STATUS_DELETE_PENDING, "S6.42");
    bool is_registered = queue->evt_ready != NULL;
    if (QueueReady != NULL && is_registered)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.42");
    if (QueueReady == NULL && (!is_registered || queue->dispatches))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S6.42");
    queue->evt_ready = QueueReady;
    queue->ready_context = Context;
    queue_dispatch_step_locked(queue, QUEUE_ENTER_ALWAYS);
    return STATUS_SUCCESS;
}
