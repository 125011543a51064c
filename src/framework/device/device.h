/*
 * WDFDEVICE (S3): what a node in the file system leads to. It owns the queues, the open files and the store
 * of requests.
 *
 * One lock for each device and its children (io/domain.h), io_lock, guards the state of all their queues and
 * requests: moving a request from one queue to another, cancelling it and completing it are each one short
 * critical section, and no order among queue locks has to be kept. Nothing is called back with it held.
 * Order: presentation locks (lock.h), then io_lock, then leaves (tree lock, workers, timers, store).
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_DEVICE_H
#define WDFUSE_FRAMEWORK_DEVICE_DEVICE_H

#include <stdbool.h>

#include "framework/device/init.h"
#include "framework/device/driver.h"
#include "framework/device/family.h"
#include "framework/io.h"
#include "framework/io/domain.h"
#include "framework/object/constraints.h"
#include "framework/device/node.h"
#include "framework/object/object.h"
#include "framework/io/overlapped.h"
#include "framework/io/readiness.h"
#include "framework/object/worker.h"

struct wdf_queue;
struct wdf_request;

enum device_state {
    DEVICE_CREATED,   /* power-managed queues are held (S6.5) */
    DEVICE_STARTING,  /* the driver is being told */
    DEVICE_STARTED,   /* D0 */
    DEVICE_SUSPENDED, /* D3 */
    DEVICE_FAILED,    /* it did not go to D3, or not come back, and is to be removed */
    DEVICE_REMOVING,  /* queues are being shut down */
    DEVICE_EMPTYING,  /* nothing comes in, and what is there is awaited */
    DEVICE_REMOVED,   /* nothing is outstanding */
};

struct wdf_device {
    struct wdf_object object;

    /* Constant once the device is created. */
    struct WDFDEVICE_INIT init;
    bool is_umdf;         /* its driver is one for the user-mode framework */
    unsigned read_method; /* how the data of a read travel: METHOD_* */
    unsigned write_method;
    struct constraints constraints;
    struct callback_lock lock;           /* their presentation lock; raises by the level */
    struct constraints file_constraints; /* of file callbacks (S2.14): their lock is &lock or NULL */

    /* Constant once the device has started (S3.16). */
    struct wdf_queue *default_queue;
    struct wdf_queue *routes[WdfRequestTypeDeviceControlInternal + 1]; /* by type; NULL: the default queue */
    struct wdf_queue
        *file_create_queue;         /* internal: requests of EvtDeviceFileCreate pass through it (S4.9) */
    struct wdf_queue *caller_queue; /* internal: holds requests that EvtIoInCallerContext has got; NULL: none
                                       is registered (S5.16) */

    /* The PnP thread's own (pnp.c). */
    bool hardware_is_prepared;
    bool self_managed_io_was_started;
    bool self_managed_io_is_running;
    bool self_managed_io_was_flushed;

    struct io_domain *domain; /* constant: its own, or its parent's */
    struct io_domain own_domain;

    /* Guarded by the io_lock, as is what queue.h, request.h and fileobject.h say. */
    struct family family;
    enum device_state state;
    bool is_deleted;         /* it has been deleted, and waits for the last close: no open any more (S3.29) */
    bool is_ending;          /* then: nobody has it open any more, and its deletion is on its way */
    bool is_failed;          /* given up by the driver (S11.34), or by a failed transition (S18.47) */
    unsigned removal_vetoes; /* S11.36 */
    WDF_DEVICE_STATE reported_state;
    WDF_DEVICE_PNP_CAPABILITIES pnp_capabilities;
    ULONG alignment;
    POWER_ACTION system_action;
    struct work deletion;
    bool queues_are_powered; /* whether a new power-managed queue dispatches at once */
    unsigned power_round;    /* queuepower.c */
    LIST_ENTRY queues;
    bool has_request_resources; /* a queue has EvtIoAllocateRequestResources (S6.78) */
    unsigned open_count;
    unsigned outstanding; /* requests submitted and not answered; also, whoever is waking pollers */
    struct device_readiness readiness;
    struct device_overlapped overlapped;
    WDFTIMER held_timer; /* heldwatch.c; constant */
    bool held_timer_is_set;

    struct node_claim node; /* guarded by the nodes' lock (node.h) */

    /* Held around the listener as well, so that it hears of each name in order; the outermost of the device's
     * locks. */
    struct port_mutex names_lock;
    LIST_ENTRY names; /* struct device_name */
    device_name_listener *name_listener;
    void *name_listener_context;

    /* The store of requests. One that is spare lies apart, since most of the time one is all that is needed.
     */
    _Atomic(struct wdf_request *) spare;
    struct port_mutex store_lock; /* guards what follows; a leaf */
    struct wdf_request *store;    /* linked by next_stored */
    unsigned store_count;
    size_t store_bytes; /* of their buffers */
};

extern const struct object_class device_class;

#define device_from_handle(handle)                                                                           \
    CONTAINING_RECORD(object_from_handle((handle), &device_class, __func__), struct wdf_device, object)

static inline WDFDEVICE device_handle(struct wdf_device *device)
{
    return (WDFDEVICE)&device->object;
}

/*
 * Waiting for io_changed, with the io_lock held: io_changed_locked costs next to nothing while nobody waits.
 * io_wait_locked returns true, once in each period of nanoseconds, when it is time to say what is being
 * waited for; *deadline is the loop's own, 0 at first.
 */
static inline void io_changed_locked(struct wdf_device *device)
{
    if (device->domain->io_waiters > 0)
        port_condition_broadcast(&device->domain->io_changed);
}

static inline bool io_wait_locked(struct wdf_device *device, uint64_t period, uint64_t *deadline)
{
    struct io_domain *domain = device->domain;
    domain->io_waiters++;
    bool is_time = port_condition_wait_aloud(&domain->io_changed, &domain->io_lock, period, deadline);
    domain->io_waiters--;
    return is_time;
}

/* Cancels what is queued or cancelable, as if every client had given up at once; of a child also what its
 * parent has. */
void device_cancel_requests(struct wdf_device *device);

/*
 * An open file is gone, or an open has failed. After the last one the deletion of a device that has waited
 * for it is on its way (S3.29).
 */
void device_file_closed(struct wdf_device *device);

/*
 * Deletes a device that is a driver's or its parent's to delete: no open from now on, and its names and node
 * go. The objects go at once if no file is open, else after the last one is closed (S3.29).
 */
void device_delete_when_closed(struct wdf_device *device);

/* Waits until every request that was submitted has been answered. */
void device_wait_until_answered(struct wdf_device *device);

#endif
