/* See heldwatch.h. One passive timer for each device; it looks at all of the driver's requests. */
#include "framework/heldwatch.h"

#include <wdf.h>

#include "framework/device.h"
#include "framework/queue.h"
#include "framework/request.h"
#include "port/clock.h"
#include "port/log.h"

#define PATIENCE_NANOSECONDS 5000000000ull

static void start_timer_locked(struct wdf_device *device, uint64_t nanoseconds)
{
    if (device->held_timer_is_set || device->state >= DEVICE_REMOVING)
        return;
    device->held_timer_is_set = true;
    WdfTimerStart(device->held_timer, -(LONGLONG)((nanoseconds + 99) / 100));
}

void heldwatch_begin_locked(struct wdf_request *request)
{
    if (request->given_up_at == 0)
        request->given_up_at = port_clock_now();
    else if (request->is_reported)
        return;
    /* Of the device whose driver has it, which is another one after S6.62. */
    start_timer_locked(request->queue->device, PATIENCE_NANOSECONDS);
}

static void report(const struct wdf_request *request)
{
    log_warning("process %d has given up its %s request (%p), and waits: driver %s holds it %s",
                (int)request->io.requestor_pid, request_type_name(request->io.type),
                (const void *)&request->object, driver_name(),
                request->evt_cancel != NULL ? "after its EvtRequestCancel"
                                            : "and has not made it cancelable");
}

/* Reports what is overdue, once each. Returns how long the next one has, PORT_CLOCK_NEVER when there is none.
 */
static uint64_t look_at_queue_locked(struct wdf_queue *queue, uint64_t now)
{
    uint64_t next = PORT_CLOCK_NEVER;
    for (LIST_ENTRY *entry = queue->owned.Flink; entry != &queue->owned; entry = entry->Flink) {
        struct wdf_request *request = request_from_queue_entry(entry);
        if (request->given_up_at == 0 || request->is_reported)
            continue;
        uint64_t waited = now - request->given_up_at;
        request->is_reported = waited >= PATIENCE_NANOSECONDS;
        if (request->is_reported)
            report(request);
        else if (PATIENCE_NANOSECONDS - waited < next)
            next = PATIENCE_NANOSECONDS - waited;
    }
    return next;
}

static void look(WDFTIMER timer)
{
    struct wdf_device *device = device_from_handle((WDFDEVICE)WdfTimerGetParentObject(timer));
    PORT_LOCK_SCOPE(&device->domain->io_lock);
    device->held_timer_is_set = false;
    uint64_t now = port_clock_now();
    uint64_t next = PORT_CLOCK_NEVER;
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        uint64_t of_queue = look_at_queue_locked(queue, now);
        next = of_queue < next ? of_queue : next;
    }
    if (next != PORT_CLOCK_NEVER)
        start_timer_locked(device, next);
}

NTSTATUS heldwatch_create(struct wdf_device *device)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, look);
    config.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device_handle(device);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    return WdfTimerCreate(&config, &attributes, &device->held_timer);
}
