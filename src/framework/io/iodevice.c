/* What receives requests. See iodevice.h. */
#include "framework/io/iodevice.h"

#include "framework/io/fileobject.h"
#include "framework/io/held.h"
#include "framework/io/heldwatch.h"
#include "framework/io/pass.h"
#include "framework/io/queueapi.h"
#include "framework/io/request.h"
#include "port/log.h"

/* ---- creation ---- */

void io_device_init(struct io_device *device, const struct io_settings *settings,
                    struct io_device *parent)
{
    device->settings = *settings;
    device->sees_packets = irp_preprocess_is_wanted(&settings->preprocess);
    port_lock_is_not_needed(io_lock); /* nobody knows it yet */
    device->needs_preparation = device->sees_packets;
    io_domain_init(&device->own_domain);
    device->domain = parent != NULL ? parent->domain : &device->own_domain;
    if (parent != NULL)
        object_reference(&parent->object);
    device->parent = parent;
    request_store_init(&device->requests);
    InitializeListHead(&device->queues);
    InitializeListHead(&device->passed);
    InitializeListHead(&device->files);
    InitializeListHead(&device->targets);
    device_readiness_init(&device->readiness);
}

void io_device_finish(struct io_device *device)
{
    request_store_destroy(&device->requests);
    callback_lock_destroy(&device->lock);
    io_domain_destroy(&device->own_domain);
    file_free_none(device->no_file);
    if (device->parent != NULL)
        object_release(&device->parent->object);
    if (device->lower != NULL)
        object_release(&device->lower->object);
}

NTSTATUS io_device_prepare_no_file(struct io_device *device)
{
    struct io_file *file = file_create_none(device);
    io_lock(device->domain);
    bool is_first = device->no_file == NULL;
    if (is_first)
        device->no_file = file;
    bool is_there = device->no_file != NULL;
    io_unlock(device->domain);
    if (!is_first)
        file_free_none(file);
    return is_there ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS io_device_attach(struct io_device *device, struct io_device *lower)
{
    NTSTATUS status = io_device_prepare_no_file(lower);
    if (!NT_SUCCESS(status))
        return status;
    object_reference(&lower->object);
    device->lower = lower;
    return STATUS_SUCCESS;
}

bool io_device_only_passes(const struct io_device *device)
{
    const struct io_settings *settings = &device->settings;
    if (!settings->is_filter || !settings->forwards_closes || device->default_queue != NULL ||
        device->sees_packets || settings->evt_io_in_caller_context != NULL ||
        settings->evt_file_create != NULL || settings->evt_file_cleanup != NULL ||
        settings->evt_file_close != NULL)
        return false;
    for (size_t type = 0; type < sizeof(device->routes) / sizeof(device->routes[0]); type++) {
        if (device->routes[type] != NULL)
            return false;
    }
    return true;
}

/* Requests of EvtDeviceFileCreate (S4.9) and EvtIoInCallerContext (S5.16) need a queue to be
 * counted and cancelled in. */
static NTSTATUS create_internal_queues(struct io_device *device)
{
    if (device->settings.evt_file_create != NULL) {
        device->file_create_queue = queue_create_internal(device);
        if (device->file_create_queue == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (device->settings.evt_io_in_caller_context != NULL) {
        device->caller_queue = queue_create_internal(device);
        if (device->caller_queue == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

NTSTATUS io_device_prepare(struct io_device *device)
{
    NTSTATUS status = heldwatch_create(device);
    return NT_SUCCESS(status) ? create_internal_queues(device) : status;
}

void io_device_reference(struct io_device *device)
{
    object_reference(&device->object);
}

void io_device_dereference(struct io_device *device)
{
    object_release(&device->object);
}

/* ---- power references ---- */

void io_device_reference_power_locked(struct io_device *device)
{
    if (device->power_references++ == 0)
        device->power_references_changed_locked(device);
}

void io_device_dereference_power_locked(struct io_device *device)
{
    if (--device->power_references == 0)
        device->power_references_changed_locked(device);
}

/* ---- the end of requests and files ---- */

/* The queues' list may change while a queue is worked on with the lock dropped; its being active
 * keeps the entry in it. */
static void for_each_queue_locked(struct io_device *device,
                                  void (*action)(struct wdf_queue *queue, struct io_device *device))
    REQUIRES(io_lock)
{
    /* A child's requests may be in its parent's queues. */
    for (struct io_device *owner = device; owner != NULL; owner = owner->parent) {
        for (LIST_ENTRY *entry = owner->queues.Flink; entry != &owner->queues; entry = entry->Flink)
            action(CONTAINING_RECORD(entry, struct wdf_queue, device_entry), device);
    }
}

static void cancel_all_locked(struct wdf_queue *queue, struct io_device *device) REQUIRES(io_lock)
{
    if (queue->device == device)
        queue_cancel_all_locked(queue);
    else
        queue_cancel_of_device_locked(queue, device);
    queue_dispatch_step_locked(queue, QUEUE_ENTER_ALWAYS);
}

/* Those that were sent on and are not cancelled yet are from now on: in front of `others`, each
 * with a reference. */
static struct wdf_request *claim_list_locked(LIST_ENTRY *requests, const struct io_device *device,
                                             struct wdf_request *others) REQUIRES(io_lock)
{
    for (LIST_ENTRY *entry = requests->Blink; entry != requests; entry = entry->Blink) {
        struct wdf_request *request = request_from_queue_entry(entry);
        if (request->state != REQUEST_SENT || request->device != device || request->is_cancelled)
            continue;
        request->is_cancelled = true;
        object_reference(&request->object);
        request->next = others;
        others = request;
    }
    return others;
}

static struct wdf_request *claim_sent(struct io_device *device)
{
    IO_LOCK_SCOPE(device->domain);
    struct wdf_request *claimed = claim_list_locked(&device->passed, device, NULL);
    for (struct io_device *owner = device; owner != NULL; owner = owner->parent) {
        for (LIST_ENTRY *entry = owner->queues.Flink; entry != &owner->queues; entry = entry->Flink)
            claimed = claim_list_locked(
                &CONTAINING_RECORD(entry, struct wdf_queue, device_entry)->owned, device, claimed);
    }
    return claimed;
}

/* One that has been claimed, unless it is back. */
static void cancel_claimed(struct wdf_request *request)
{
    io_lock(request->device->domain);
    bool is_away = request->state == REQUEST_SENT;
    struct passed_to to = is_away ? pass_find_locked(request) : (struct passed_to){0};
    io_unlock(request->device->domain);
    if (is_away)
        (void)pass_give_up(&to);
    object_release(&request->object);
}

/* Round by round: a sequential queue sends the next one when the last is back. */
void io_device_cancel_sent(struct io_device *device)
{
    struct wdf_request *claimed, *next;
    while ((claimed = claim_sent(device)) != NULL) {
        for (struct wdf_request *request = claimed; request != NULL; request = next) {
            next = request->next;
            cancel_claimed(request);
        }
    }
}

static void cancel_in_queues(struct io_device *device)
{
    IO_LOCK_SCOPE(device->domain);
    for_each_queue_locked(device, cancel_all_locked);
}

void io_device_cancel_requests(struct io_device *device)
{
    cancel_in_queues(device);
    io_device_cancel_sent(device);
}

/* A child's requests may be in its parent's queues. */
static void report_outstanding_locked(struct io_device *device) REQUIRES(io_lock)
{
    struct held_list list = {0};
    for (struct io_device *owner = device; owner != NULL; owner = owner->parent)
        held_list_add_device_locked(&list, owner, device);
    io_unlock(device->domain);
    held_list_log(&list, "removal waits");
    io_lock(device->domain);
}

void io_device_await_answers(struct io_device *device)
{
    IO_LOCK_SCOPE(device->domain);
    struct port_patience patience = {0};
    while (device->outstanding > 0) {
        if (io_wait_locked(device, &patience))
            report_outstanding_locked(device);
    }
}

/* What was opened here may have entered below. */
void io_device_await_quiet(struct io_device *device)
{
    for (; device != NULL; device = device->lower)
        io_device_await_answers(device);
}

void io_device_file_closed(struct io_device *device)
{
    /* The thread that has waited for this deletes the device, and must not delete the lock while it
     * is held here. */
    object_reference(&device->object);
    io_lock(device->domain);
    device->open_count--;
    io_changed_locked(device);
    if (device->open_count == 0)
        device->all_closed_locked(device);
    io_unlock(device->domain);
    object_release(&device->object);
}

void io_device_await_closed(struct io_device *device)
{
    IO_LOCK_SCOPE(device->domain);
    struct port_patience patience = {0};
    while (device->open_count > 0) {
        if (!io_wait_locked(device, &patience))
            continue;
        unsigned count = device->open_count;
        io_unlock(device->domain);
        log_warning("removal waits: %u files are still being closed", count);
        io_lock(device->domain);
    }
}

void io_device_reject(struct io_device *device, bool neither, bool no_file)
{
    io_lock(device->domain);
    device->rejects_neither = neither;
    device->rejects_no_file = no_file;
    device->needs_preparation = device->needs_preparation || neither || no_file;
    io_unlock(device->domain);
}
