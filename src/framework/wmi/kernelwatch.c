/*
 * Drivers that listen to other drivers' WMI events (IoWMIOpenBlock, <wdfuse/wmikernel.h>). A worker
 * tells them of one event after the other.
 */
#include <stdlib.h>
#include <string.h>

#include <wmilib.h>

#include "framework/object/apiresult.h"
#include "framework/object/callback.h"
#include "framework/object/identity.h"
#include "framework/object/verifier.h"
#include "framework/wmi/consumer.h"
#include "framework/wmi/handler.h"
#include "framework/wmi/instance.h"
#include "framework/wmi/kernelwatch.h"
#include "framework/wmi/request.h"
#include "framework/wmi/watch.h"
#include "port/log.h"

static struct port_condition call_returned = PORT_CONDITION_INITIALIZER;
static LIST_ENTRY blocks GUARDED_BY(wmi_lock) = {&blocks, &blocks};

/* One that a driver has opened. It has a reference while there is work. */
struct block {
    struct wdf_object object;
    struct driver *driver;   /* constant */
    struct wmi_watch *watch; /* constant, until it is closed */
    struct work work;

    LIST_ENTRY entry GUARDED_BY(wmi_lock);
    WMI_NOTIFICATION_CALLBACK callback GUARDED_BY(wmi_lock); /* NULL: not set yet */
    PVOID context GUARDED_BY(wmi_lock);
    bool has_work GUARDED_BY(wmi_lock);
    bool is_closed GUARDED_BY(wmi_lock);
    bool is_called GUARDED_BY(wmi_lock);
    port_thread_id caller GUARDED_BY(wmi_lock);
};

static const struct object_class block_class = {.name = "WMI block that was opened"};

/* ---- telling ---- */

/* As <wmistr.h> has it: the data behind the structure, aligned. */
static WNODE_SINGLE_INSTANCE *make_node(const struct wmi_event *event)
{
    ULONG offset = (sizeof(WNODE_SINGLE_INSTANCE) + 15) & ~15u;
    WNODE_SINGLE_INSTANCE *node = calloc(1, offset + event->size + 1);
    if (node == NULL)
        return NULL;
    node->WnodeHeader.BufferSize = offset + event->size;
    node->WnodeHeader.ProviderId = event->provider_id;
    node->WnodeHeader.TimeStamp = event->time;
    node->WnodeHeader.Guid = event->guid;
    node->WnodeHeader.Flags =
        WNODE_FLAG_SINGLE_INSTANCE | WNODE_FLAG_EVENT_ITEM | WNODE_FLAG_STATIC_INSTANCE_NAMES;
    node->InstanceIndex = event->index;
    node->DataBlockOffset = offset;
    node->SizeDataBlock = event->size;
    memcpy((char *)node + offset, event->data, event->size);
    return node;
}

static bool begin_call(struct block *block, WMI_NOTIFICATION_CALLBACK *callback, PVOID *context)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    if (block->is_closed)
        return false;
    *callback = block->callback;
    *context = block->context;
    block->is_called = true;
    block->caller = port_thread_self();
    return true;
}

static void end_call(struct block *block)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    block->is_called = false;
    port_condition_broadcast(&call_returned);
}

static void tell(struct block *block, const struct wmi_event *event)
{
    WMI_NOTIFICATION_CALLBACK routine;
    PVOID context;
    struct callback callback;
    WNODE_SINGLE_INSTANCE *node = make_node(event);
    if (node == NULL) {
        log_error("driver %s: no memory to tell it of a WMI event", driver_name(block->driver));
        return;
    }
    if (begin_call(block, &routine, &context)) {
        callback_enter(&callback, "the callback of a WMI event", block->driver->object);
        routine(node, context);
        callback_leave(&callback);
        end_call(block);
    }
    free(node);
}

static struct wmi_event *take(struct block *block)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    struct wmi_event *event = block->is_closed ? NULL : wmi_watch_take_locked(block->watch);
    block->has_work = event != NULL;
    return event;
}

static void tell_events(struct work *work)
{
    struct block *block = CONTAINING_RECORD(work, struct block, work);
    struct wmi_event *event;
    while ((event = take(block)) != NULL) {
        tell(block, event);
        free(event);
    }
    object_release(&block->object);
}

static void submit_locked(struct block *block) REQUIRES(wmi_lock)
{
    if (block->has_work || block->is_closed || block->callback == NULL)
        return;
    block->has_work = true;
    object_reference(&block->object);
    work_submit(&block->work);
}

/* In the thread that fires. */
static void arrived(void *context)
{
    port_mutex_is_held(&wmi_lock); /* as consumer.h says */
    submit_locked(context);
}

/* ---- opening ---- */

static void list(struct block *block)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    InsertTailList(&blocks, &block->entry);
}

static NTSTATUS open_block(struct driver *driver, const GUID *guid, struct block **result)
{
    struct block *block = object_allocate(sizeof(*block), &block_class, NULL);
    if (block == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    block->driver = driver;
    work_init(&block->work, tell_events, driver_works(driver));
    block->watch = wmi_watch_begin(guid, arrived, block);
    if (block->watch == NULL) {
        object_discard(&block->object);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    list(block);
    *result = block;
    return STATUS_SUCCESS;
}

NTSTATUS IoWMIOpenBlock(const GUID *Guid, ULONG DesiredAccess, PVOID *DataBlockObject)
{
    struct block *block;
    REQUIRE_PARAMETER(Guid);
    REQUIRE_PARAMETER(DataBlockObject);
    *DataBlockObject = NULL;
    struct driver *driver = DRIVER_CALLING();
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) || driver == NULL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdm.h");
    if (DesiredAccess != WMIGUID_NOTIFICATION)
        return API_RESULT(STATUS_NOT_SUPPORTED, "wdm.h");
    NTSTATUS status = open_block(driver, Guid, &block);
    if (NT_SUCCESS(status))
        *DataBlockObject = &block->object;
    return API_RESULT(status, "wdm.h");
}

NTSTATUS IoWMISetNotificationCallback(PVOID Object, WMI_NOTIFICATION_CALLBACK Callback,
                                      PVOID Context)
{
    struct block *block =
        CONTAINING_RECORD(object_from_handle(Object, &block_class, __func__), struct block, object);
    REQUIRE_PARAMETER(Callback);
    if (!verifier_irql_is_at_most(APC_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdm.h");
    PORT_LOCK_SCOPE(&wmi_lock);
    block->callback = Callback;
    block->context = Context;
    submit_locked(block); /* for what has come already */
    return STATUS_SUCCESS;
}

/* ---- closing ---- */

/* True: the caller closes it. */
static bool claim_locked(struct block *block) REQUIRES(wmi_lock)
{
    if (block->is_closed)
        return false;
    block->is_closed = true;
    RemoveEntryList(&block->entry);
    return true;
}

static void await_callback_locked(struct block *block) REQUIRES(wmi_lock)
{
    struct port_patience patience = {0};
    while (block->is_called && block->caller != port_thread_self()) {
        if (!port_condition_wait_aloud(&call_returned, &wmi_lock, &patience))
            continue;
        log_warning("driver %s waits: its callback of a WMI event has not returned",
                    driver_name(block->driver));
    }
}

static void close_claimed(struct block *block)
{
    port_mutex_lock(&wmi_lock);
    await_callback_locked(block);
    port_mutex_unlock(&wmi_lock);
    wmi_watch_end(block->watch);
    object_delete(&block->object);
}

/* The driver may be unloaded in the same moment, and closes it then. */
static void close_block(struct block *block)
{
    port_mutex_lock(&wmi_lock);
    bool is_mine = claim_locked(block);
    port_mutex_unlock(&wmi_lock);
    if (is_mine)
        close_claimed(block);
}

VOID ObDereferenceObject(PVOID Object)
{
    REQUIRE_PARAMETER(Object);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return;
    if (object_is_of_class(Object, &block_class))
        close_block(CONTAINING_RECORD(Object, struct block, object));
    else
        verifier_break(__func__, "wdm.h", "ignored: it is not what IoWMIOpenBlock has opened");
}

static struct block *claim_next_of_driver(const struct driver *driver)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    for (LIST_ENTRY *entry = blocks.Flink; entry != &blocks; entry = entry->Flink) {
        struct block *block = CONTAINING_RECORD(entry, struct block, entry);
        if (block->driver == driver && claim_locked(block))
            return block;
    }
    return NULL;
}

void wmi_forget_driver(struct driver *driver)
{
    struct block *block;
    while ((block = claim_next_of_driver(driver)) != NULL) {
        log_warning("driver %s: it has not closed a WMI block that it has opened",
                    driver_name(driver));
        close_claimed(block);
    }
}

/* ---- events that drivers write themselves ---- */

/* An event of one instance, whose data are inside of it. */
static bool is_good_node(const WNODE_SINGLE_INSTANCE *node)
{
    const ULONG wanted = WNODE_FLAG_EVENT_ITEM | WNODE_FLAG_SINGLE_INSTANCE;
    return node->WnodeHeader.BufferSize >= offsetof(WNODE_SINGLE_INSTANCE, VariableData) &&
           (node->WnodeHeader.Flags & wanted) == wanted &&
           node->DataBlockOffset <= node->WnodeHeader.BufferSize &&
           node->SizeDataBlock <= node->WnodeHeader.BufferSize - node->DataBlockOffset;
}

NTSTATUS IoWMIWriteEvent(PVOID WnodeEventItem)
{
    const WNODE_SINGLE_INSTANCE *node = WnodeEventItem;
    REQUIRE_PARAMETER(WnodeEventItem);
    if (!verifier_irql_is_at_most(DISPATCH_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wmilib.h");
    if (!is_good_node(node))
        return API_RESULT(STATUS_INVALID_PARAMETER, "wmilib.h");
    NTSTATUS status =
        wmi_fire_of(node->WnodeHeader.ProviderId, &node->WnodeHeader.Guid, node->InstanceIndex,
                    node->SizeDataBlock, (const char *)node + node->DataBlockOffset);
    if (NT_SUCCESS(status))
        ExFreePool(WnodeEventItem);
    return API_RESULT(status, "wmilib.h");
}
