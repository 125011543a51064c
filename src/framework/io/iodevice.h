/*
 * What receives requests: the third noun of the transport's seam (io.h) beside io_request and
 * io_file. It owns the queues, the open files, the routes and the store of requests, and knows
 * nothing of the device around it but what that has set here: WDFDEVICE (device/device.h) is one
 * kind of it.
 *
 * One lock for each device and its children (domain.h), io_lock, guards the state of all their
 * queues and requests: moving a request from one queue to another, cancelling it and completing it
 * are each one short critical section, and no order among queue locks has to be kept. Nothing is
 * called back with it held. Order: presentation locks (lock.h), then io_lock, then leaves (tree
 * lock, workers, timers, store).
 */
#ifndef WDFUSE_FRAMEWORK_IO_IODEVICE_H
#define WDFUSE_FRAMEWORK_IO_IODEVICE_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/io.h"
#include "framework/io/domain.h"
#include "framework/io/injected.h"
#include "framework/io/irp.h"
#include "framework/io/overlapped.h"
#include "framework/io/quota.h"
#include "framework/io/readiness.h"
#include "framework/io/requeststore.h"
#include "framework/object/constraints.h"
#include "framework/object/identity.h"
#include "framework/object/object.h"
#include "framework/object/worker.h"

struct wdf_queue;
struct wdf_request;

/* What a driver says before the device exists (WDFDEVICE_INIT). */
struct io_settings {
    WDF_DEVICE_IO_TYPE transfer_type; /* of reads and writes */
    WDF_DEVICE_IO_TYPE control_type;  /* a wish of a driver of the user-mode framework (S8.1) */
    size_t direct_threshold;          /* bytes from which a write is not copied */
    bool is_exclusive;
    bool has_native_controls;        /* numbers of ioctl(2) name no access */
    bool is_filter;                  /* what it has no queue for goes to the device below (S5.12) */
    bool forwards_closes;            /* cleanup and close go there as well (S4.6) */
    bool may_forward_to_parent;      /* S6.62 */
    bool never_has_managed_queues;   /* it knows no power (S3.27) */
    WDF_FILEOBJECT_CLASS file_class; /* without the flag CanBeOptional */
    bool has_file_attributes;
    WDF_OBJECT_ATTRIBUTES file_attributes;
    PFN_WDF_DEVICE_FILE_CREATE evt_file_create;
    PFN_WDF_FILE_CLEANUP evt_file_cleanup;
    PFN_WDF_FILE_CLOSE evt_file_close;
    PFN_WDF_IO_IN_CALLER_CONTEXT evt_io_in_caller_context;
    struct irp_preprocess preprocess;
    bool has_request_attributes;
    WDF_OBJECT_ATTRIBUTES request_attributes;
};

/* What may come in. Set by the owner of the device (PnP): it opens, and closes step by step at
 * removal. */
enum io_gate {
    IO_GATE_SHUT, /* not there yet, or not any more: no opens; what open files ask goes through */
    IO_GATE_OPEN, /* everything */
    IO_GATE_REMOVING, /* no opens, nothing waits any longer than it must */
    IO_GATE_EMPTYING, /* nothing new; what is there is awaited (S11.18) */
    IO_GATE_REMOVED,  /* nothing is there */
};

struct wmi_handler;

struct io_device {
    struct wdf_object object;

    /* Constant once the device is created. */
    struct io_settings settings;
    struct work_account *works; /* its driver's */
    bool is_umdf;               /* its driver is one for the user-mode framework */
    unsigned read_method;       /* how the data of a read travel: METHOD_* */
    unsigned write_method;
    struct constraints constraints;
    struct callback_lock lock; /* their presentation lock; raises by the level */
    /* Of file callbacks (S2.14): their lock is &lock or NULL */
    struct constraints file_constraints;
    /* Whose queues its requests may move to; with a reference. NULL: none */
    struct io_device *parent;
    struct io_domain *domain; /* its own, or its parent's */
    struct io_domain own_domain;
    /* The next lower device of its stack, which lives longer; with a reference. NULL: it is the
     * lowest. Constant before anybody opens it. */
    struct io_device *lower;
    /* Stands for the file of a request that none of the open ones belongs to. NULL: nobody sends
     * any. Constant before anybody does */
    struct io_file *no_file;
    /* The last open file is gone, with the io_lock held, which it keeps. */
    void (*all_closed_locked)(struct io_device *device);

    /* Constant once the device has started (S3.16). */
    struct wdf_queue *default_queue;
    /* By type; NULL: the default queue. */
    struct wdf_queue *routes[WdfRequestTypeDeviceControlInternal + 1];
    struct irp_dispatch dispatch; /* the driver chooses the queue */
    /* It has a callback that requests come to as packets. */
    bool sees_packets;
    /* Internal: requests of EvtDeviceFileCreate pass through it (S4.9). */
    struct wdf_queue *file_create_queue;
    /* Internal: holds requests that EvtIoInCallerContext has got; NULL: none is registered
     * (S5.16). */
    struct wdf_queue *caller_queue;

    /* Guarded by the io_lock, as is what queue.h, request.h and fileobject.h say. */
    enum io_gate gate GUARDED_BY(io_lock);
    bool routes_are_fixed GUARDED_BY(io_lock); /* it has started */
    /* Whether a new power-managed queue dispatches at once */
    bool queues_are_powered GUARDED_BY(io_lock);
    unsigned power_round GUARDED_BY(io_lock); /* queuepower.c */
    /* Of those who need the device in D0 (device/idle.h) */
    unsigned power_references GUARDED_BY(io_lock);
    /* Its queues hold such references */
    bool queues_watch_power GUARDED_BY(io_lock);
    /* The first reference has come, or the last one gone, with the io_lock held, which it keeps */
    void (*power_references_changed_locked)(struct io_device *device);
    LIST_ENTRY queues GUARDED_BY(io_lock);
    LIST_ENTRY passed GUARDED_BY(io_lock); /* requests that are with the device below (pass.h) */
    /* A queue has EvtIoAllocateRequestResources (S6.78), requests are looked at (S8.15), or come as
     * packets */
    bool needs_preparation GUARDED_BY(io_lock);
    bool rejects_neither GUARDED_BY(io_lock); /* no controls with METHOD_NEITHER (S8.15) */
    bool rejects_no_file GUARDED_BY(io_lock); /* no requests without an open file (S20.38) */
    unsigned open_count GUARDED_BY(io_lock);
    /* Requests submitted and not answered; also, whoever is waking pollers */
    unsigned outstanding GUARDED_BY(io_lock);
    struct device_readiness readiness;
    struct device_overlapped overlapped;
    struct quota_accounts accounts;
    /* Constant once created; NULL: it has none (S10.1). The list is of all its targets (target/) */
    struct wdf_target *default_target;
    LIST_ENTRY targets GUARDED_BY(io_lock);
    LIST_ENTRY files GUARDED_BY(io_lock); /* open ones, and those that are being opened */
    struct injected injected;
    WDFTIMER held_timer; /* heldwatch.c; constant */
    bool held_timer_is_set GUARDED_BY(io_lock);

    struct wmi_handler *wmi; /* constant (wmi/handler.h); NULL: a control device has none */

    struct request_store requests;
};

#define io_device_from_handle(handle)                                                              \
    CONTAINING_RECORD(object_from_handle((handle), &object_device_class, __func__),                \
                      struct io_device, object)

static inline WDFDEVICE io_device_handle(struct io_device *device)
{
    return (WDFDEVICE)&device->object;
}

/* Whether callbacks of that level are called at DISPATCH_LEVEL, which there is not for user
 * mode. */
static inline bool io_device_raises_irql(const struct io_device *device, WDF_EXECUTION_LEVEL level)
{
    return level == WdfExecutionLevelDispatch && !device->is_umdf;
}

/* What needs no decision: with the parent's domain or one of its own, and a reference on the
 * parent. */
void io_device_init(struct io_device *device, const struct io_settings *settings,
                    struct io_device *parent);
void io_device_finish(struct io_device *device);

/*
 * What the device needs to serve, once its object is in the tree: internal queues, the watch over
 * requests that are held. STATUS_INSUFFICIENT_RESOURCES and what WdfTimerCreate returns; what was
 * made goes with the object.
 */
NTSTATUS io_device_prepare(struct io_device *device);

/* From now on the device takes requests of no file (io_request_submit_sent).
 * STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS io_device_prepare_no_file(struct io_device *device);

/* Puts a device that nobody knows yet on top of another one. STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS io_device_attach(struct io_device *device, struct io_device *lower);

/* A filter that has nothing to do with any request, or with an open file: what is sent to it can as
 * well be sent to the device below. Once it has started. */
bool io_device_only_passes(const struct io_device *device);

/* The device is being removed, or was. */
static inline bool io_device_is_closing_locked(const struct io_device *device) REQUIRES(io_lock)
{
    return device->gate >= IO_GATE_REMOVING;
}

/*
 * Waiting for io_changed, with the io_lock held: io_changed_locked costs next to nothing while
 * nobody waits. io_wait_locked returns true when it is time to say what is being waited for, which
 * is done without the lock: the log may block. The patience is the loop's own, {0} at first.
 */
static inline void io_changed_locked(struct io_device *device) REQUIRES(io_lock)
{
    if (device->domain->io_waiters > 0)
        port_condition_broadcast(&device->domain->io_changed);
}

static inline bool io_wait_locked(struct io_device *device, struct port_patience *patience)
    REQUIRES(io_lock)
{
    struct io_domain *domain = device->domain;
    domain->io_waiters++;
    bool is_time = port_condition_wait_aloud(&domain->io_changed, &domain->io_lock, patience);
    domain->io_waiters--;
    return is_time;
}

/* A power reference more, or less. */
void io_device_reference_power_locked(struct io_device *device) REQUIRES(io_lock);
void io_device_dereference_power_locked(struct io_device *device) REQUIRES(io_lock);

/* Cancels what is queued or cancelable, as if every client had given up at once; of a child also
 * what its parent has. */
void io_device_cancel_requests(struct io_device *device);

/* The same of what another device has of it. */
void io_device_cancel_sent(struct io_device *device);

/* Waits until each request of the device alone is answered (io_device_await_quiet). */
void io_device_await_answers(struct io_device *device);

/* An open file is gone, or an open has failed. */
void io_device_file_closed(struct io_device *device);

/* Waits until every file is closed. A close that waited for a request may still be on its way
 * through a worker. */
void io_device_await_closed(struct io_device *device);

/* What its driver does not get to see from now on: controls with METHOD_NEITHER (S8.15), and what a
 * driver above sends without an open file (S20.38). */
void io_device_reject(struct io_device *device, bool neither, bool no_file);

#endif
