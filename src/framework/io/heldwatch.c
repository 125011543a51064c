/* See heldwatch.h. One passive timer for each device; it looks at all of the driver's requests. */
#include "framework/io/heldwatch.h"

#include <wdf.h>

#include "framework/io/iodevice.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "port/clock.h"
#include "port/log.h"

#define PATIENCE_NANOSECONDS 5000000000ull

static void start_timer_locked(struct io_device *device, uint64_t nanoseconds) REQUIRES(io_lock)
{
    if (device->held_timer_is_set || io_device_is_closing_locked(device))
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

/* What a line of the log says of a request, which may be gone when it is written. */
struct overdue_request {
    pid_t pid;
    const char *type;
    const void *handle;
    bool was_cancelable;
};

static void report(const struct io_device *device, const struct overdue_request *held)
{
    log_warning("process %d has given up its %s request (%p), and waits: driver %s holds it %s",
                (int)held->pid, held->type, held->handle, object_driver_name(&device->object),
                held->was_cancelable ? "after its EvtRequestCancel"
                                     : "and has not made it cancelable");
}

/* How long a request has until it is overdue; PORT_CLOCK_NEVER: nobody has given it up, or it is
 * reported. */
static uint64_t time_left_locked(const struct wdf_request *request, uint64_t now) REQUIRES(io_lock)
{
    if (request->given_up_at == 0 || request->is_reported)
        return PORT_CLOCK_NEVER;
    uint64_t waited = now - request->given_up_at;
    return waited < PATIENCE_NANOSECONDS ? PATIENCE_NANOSECONDS - waited : 0;
}

static void find_next_locked(struct io_device *device, uint64_t now, struct wdf_request **next,
                             uint64_t *left) REQUIRES(io_lock)
{
    *left = PORT_CLOCK_NEVER;
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        for (LIST_ENTRY *owned = queue->owned.Flink; owned != &queue->owned; owned = owned->Flink) {
            struct wdf_request *request = request_from_queue_entry(owned);
            uint64_t of_request = time_left_locked(request, now);
            if (of_request < *left) {
                *left = of_request;
                *next = request;
            }
        }
    }
}

/* True: that one is overdue, and now counts as reported. False: none is any more; the timer runs
 * for the next. */
static bool take_overdue(struct io_device *device, struct overdue_request *held)
{
    IO_LOCK_SCOPE(device->domain);
    struct wdf_request *next;
    uint64_t left;
    find_next_locked(device, port_clock_now(), &next, &left);
    if (left > 0) {
        device->held_timer_is_set = false;
        if (left != PORT_CLOCK_NEVER)
            start_timer_locked(device, left);
        return false;
    }
    next->is_reported = true;
    *held = (struct overdue_request){
        .pid = next->io.requestor_pid,
        .type = request_type_name(next->io.type),
        .handle = &next->object,
        .was_cancelable = next->evt_cancel != NULL,
    };
    return true;
}

/* The lines are written without the lock: the system log may block. */
static void look(WDFTIMER timer)
{
    struct io_device *device = io_device_from_handle(WdfTimerGetParentObject(timer));
    struct overdue_request held;
    while (take_overdue(device, &held))
        report(device, &held);
}

NTSTATUS heldwatch_create(struct io_device *device)
{
    WDF_TIMER_CONFIG config;
    WDF_TIMER_CONFIG_INIT(&config, look);
    config.AutomaticSerialization = FALSE;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = io_device_handle(device);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    return WdfTimerCreate(&config, &attributes, &device->held_timer);
}
