/*
 * WDFQUEUE (S6).
 *
 * Every change of a queue (a request arrives, is completed, is cancelled; start, stop, purge,
 * drain) records what is to be done and then runs the dispatch loop, which does one thing after the
 * other until nothing is left (S6.28). A thread that causes a change while another one is inside
 * only records it (S6.35): nothing recurses, nothing is lost, since both recording and the decision
 * to leave the loop happen under io_lock.
 */
#ifndef WDFUSE_FRAMEWORK_IO_QUEUE_H
#define WDFUSE_FRAMEWORK_IO_QUEUE_H

#include <stdbool.h>

#include "framework/io/iodevice.h"
#include "framework/object/constraints.h"
#include "framework/object/object.h"
#include "framework/io/request.h"
#include "framework/io/statistics.h"
#include "framework/object/worker.h"
#include "history/history.h"

/* A callback that is to be called once when a condition holds (S6.18). */
struct queue_completion {
    bool is_pending;
    PFN_WDF_IO_QUEUE_STATE callback; /* may be NULL */
    WDFCONTEXT context;
};

struct wdf_queue {
    struct wdf_object object;

    /* Constant once the queue is created. */
    struct io_device *device;
    WDF_IO_QUEUE_CONFIG config;
    /* One bit for each WDF_REQUEST_TYPE that config has a callback or a use for */
    uint32_t handled_types;
    /* The lock is own_lock, or the device's with scope Device (S2.4) */
    struct constraints constraints;
    struct callback_lock own_lock;
    /* The one around callbacks: the presentation lock, or NULL with scope None (S2.6). */
    struct callback_lock *effective_lock;
    /* The device's file_create_queue or caller_queue: not for drivers (S4.9, S5.20) */
    bool is_internal;

    /* Guarded by the device's io_lock. */
    LIST_ENTRY device_entry GUARDED_BY(io_lock);
    LIST_ENTRY queued GUARDED_BY(io_lock);     /* QUEUED, in order of arrival */
    LIST_ENTRY owned GUARDED_BY(io_lock);      /* OWNED and CANCELABLE */
    LIST_ENTRY cancelling GUARDED_BY(io_lock); /* CANCELLING: EvtRequestCancel is due */
    LIST_ENTRY cancelled GUARDED_BY(io_lock);  /* CANCELLED_ON_QUEUE: EvtIoCanceledOnQueue is due */
    unsigned queued_count GUARDED_BY(io_lock);
    unsigned driver_count GUARDED_BY(io_lock); /* owned, cancelling and cancelled */
    bool accepts GUARDED_BY(io_lock);          /* WdfIoQueueAcceptRequests */
    bool dispatches GUARDED_BY(io_lock);       /* WdfIoQueueDispatchRequests */
    bool is_power_managed;                     /* constant (S6.4) */
    bool is_powered GUARDED_BY(io_lock);       /* not held for power (S6.7, PnpHeld) */
    /* While it is not empty it keeps the device in D0 (S6.72), and does so now */
    bool watches_power GUARDED_BY(io_lock);
    bool holds_power GUARDED_BY(io_lock);
    /* EvtIoStop or EvtIoResume are being called: cancellations wait (S6.37) */
    bool is_notifying GUARDED_BY(io_lock);
    /* The last round of queuepower.c that has seen the queue */
    unsigned power_round GUARDED_BY(io_lock);
    bool is_shut_down GUARDED_BY(io_lock);       /* for good (S6.8) */
    bool is_deleted GUARDED_BY(io_lock);         /* nobody may operate it any more (S6.20) */
    bool cancels_dispatched GUARDED_BY(io_lock); /* S6.17 */
    struct queue_completion stop GUARDED_BY(io_lock);
    struct queue_completion purge GUARDED_BY(io_lock);
    PFN_WDF_IO_QUEUE_STATE evt_ready GUARDED_BY(io_lock);
    WDFCONTEXT ready_context GUARDED_BY(io_lock);
    /* An empty queue has got a request, and evt_ready was not told (S6.43) */
    bool became_ready GUARDED_BY(io_lock);
    struct queue_statistics statistics GUARDED_BY(io_lock);
    /* Threads inside the dispatch loop, and the deferred dispatcher from its submission on */
    unsigned active;
    bool has_policy GUARDED_BY(io_lock);         /* of forward progress (S6.76) */
    struct reserve *reserve GUARDED_BY(io_lock); /* then, once it is whole */
    struct work deferred;
    /* The deferred dispatcher is submitted and has not begun */
    bool is_deferred GUARDED_BY(io_lock);
};

static inline WDFQUEUE queue_handle(struct wdf_queue *queue)
{
    return (WDFQUEUE)&queue->object;
}

/* S5.9: whether requests of that type can go through the queue at all. */
static inline bool queue_has_handler(const struct wdf_queue *queue, WDF_REQUEST_TYPE type)
{
    return (queue->handled_types >> type & 1) != 0;
}

/* ---- the dispatch loop; all with io_lock held, which is dropped around callbacks ---- */

enum queue_entry_rule {
    QUEUE_ENTER_ALWAYS,           /* new requests, start, stop, purge, drain, requeue (S6.35) */
    QUEUE_ENTER_IF_NOBODY_INSIDE, /* completion, cancellation: whoever is inside will see it */
};
void queue_enter_locked(struct wdf_queue *queue) REQUIRES(io_lock); /* whoever else is inside */
static inline void queue_dispatch_locked(struct wdf_queue *queue, enum queue_entry_rule rule)
    REQUIRES(io_lock)
{
    if (rule == QUEUE_ENTER_ALWAYS || queue->active == 0)
        queue_enter_locked(queue);
}

/* For callers that have not just taken a stamp: the first request is presented now, not when the
 * thread last did something. */
static inline void queue_dispatch_step_locked(struct wdf_queue *queue, enum queue_entry_rule rule)
    REQUIRES(io_lock)
{
    history_step();
    queue_dispatch_locked(queue, rule);
}

/* The deferred dispatcher: the function of queue->deferred. */
void queue_run_deferred(struct work *work);

/* ---- moving requests; with io_lock held, without dispatching ---- */

void queue_append_locked(struct wdf_queue *queue, struct wdf_request *request) REQUIRES(io_lock);
void queue_prepend_locked(struct wdf_queue *queue, struct wdf_request *request) REQUIRES(io_lock);
void queue_remove_locked(struct wdf_queue *queue, struct wdf_request *request) REQUIRES(io_lock);
/* From nowhere into the driver's hands: state OWNED, presented. */
void queue_own_locked(struct wdf_queue *queue, struct wdf_request *request) REQUIRES(io_lock);
/* Out of the driver's hands. */
void queue_disown_locked(struct wdf_queue *queue, struct wdf_request *request) REQUIRES(io_lock);

/*
 * Cancels a request that is neither on a list nor the driver's: EvtIoCanceledOnQueue will be called
 * if the driver knows it and the queue has one, else it is completed with STATUS_CANCELLED (S6.38,
 * S6.40). Drops the lock meanwhile.
 */
void queue_cancel_detached_locked(struct wdf_queue *queue, struct wdf_request *request)
    REQUIRES(io_lock);

/* The client's cancellation of a request that is in the queue or the driver's (S7.22, S7.31). */
void queue_request_cancelled_locked(struct wdf_queue *queue, struct wdf_request *request)
    REQUIRES(io_lock);

/* S5.21: a read or write of no bytes that the framework completes itself. */
bool queue_swallows(const struct wdf_queue *queue, const struct wdf_request *request);

/* Completes a request that was taken off the list and that the driver never gets. Drops the lock
 * meanwhile. */
void queue_finish_unpresented_locked(struct wdf_queue *queue, struct wdf_request *request,
                                     NTSTATUS status) REQUIRES(io_lock);

/* Cancels what is queued now, of that file or (NULL) of all, each by S6.14. Drops the lock
 * meanwhile. */
void queue_cancel_queued_locked(struct wdf_queue *queue, const struct io_file *file)
    REQUIRES(io_lock);

/* Marks the queue as cancelling what was dispatched (S6.17), cancels the cancelable and the queued
 * requests. */
void queue_cancel_all_locked(struct wdf_queue *queue) REQUIRES(io_lock);

/* Cancels the cancelable and the queued requests that a child of the queue's device has forwarded
 * to it: the child goes. */
void queue_cancel_of_device_locked(struct wdf_queue *queue, const struct io_device *device)
    REQUIRES(io_lock);

/* Removal (S6.71): shut down, queued and cancelable requests cancelled. Does not wait. */
void queue_shut_down_locked(struct wdf_queue *queue) REQUIRES(io_lock);

#endif
