/*
 * WDFREQUEST (S7).
 *
 * Where a request is (S7.1), guarded by the device's io_lock:
 *
 *                       +---------------- forward, requeue ------------------+
 *                       v                                                    |
 *     NEW --submit--> QUEUED --present, retrieve--> OWNED <--mark, unmark--> CANCELABLE
 *                       |                           ^  |                       |
 *              cancel   |      EvtIoCanceledOnQueue |  | complete              | cancel
 *         +-------------+---> CANCELLED_ON_QUEUE ---+  |                       v
 *         | (never presented, or no callback)       ^  |     EvtRequestCancel  CANCELLING
 *         |                                         +--|-----------------------+
 *         +--------------------> COMPLETED <-----------+
 *
 * SENT is a request that another device has: the driver has sent it on, or the framework has passed
 * it down for a filter (pass.h, target/). It is then in no queue, or still counts as the driver's,
 * which gets it back OWNED.
 *
 * A blocking read or write that comes while another one of its file is in flight is WAITING between
 * NEW and the queue (overlapped.h).
 *
 * The driver may touch it in OWNED and, with care, in CANCELABLE. In CANCELLING and
 * CANCELLED_ON_QUEUE a callback is due; during and after that callback the request is OWNED.
 */
#ifndef WDFUSE_FRAMEWORK_IO_REQUEST_H
#define WDFUSE_FRAMEWORK_IO_REQUEST_H

#include <stdbool.h>

#include "framework/io/iodevice.h"
#include "framework/io.h"
#include "framework/object/memory.h"
#include "framework/object/object.h"
#include "framework/io/overlapped.h"
#include "framework/object/verifier.h"

enum request_state {
    REQUEST_NEW,
    REQUEST_WAITING, /* behind another one of its file (overlapped.h) */
    REQUEST_QUEUED,
    REQUEST_OWNED,
    REQUEST_CANCELABLE,
    REQUEST_CANCELLING,
    REQUEST_CANCELLED_ON_QUEUE,
    REQUEST_SENT,
    REQUEST_COMPLETED,
};

/* What has become of EvtIoStop for a request that the driver has (S6.64 to S6.70). */
enum request_stop {
    STOP_NONE,
    STOP_DUE,      /* to be called */
    STOP_ASKED,    /* inside the callback */
    STOP_REQUEUED, /* acknowledged: back to its queue when the callback returns */
    STOP_KEPT,     /* acknowledged: the driver keeps it until EvtIoResume */
};

/* By what the driver has got it last. */
enum request_giver { GIVEN_BY_PRESENTATION, GIVEN_BY_RETRIEVAL, GIVEN_BY_CANCELED_ON_QUEUE };

/* Memory for a request's data, kept with the request's own from one use to the next. */
struct kept_buffer {
    void *memory;
    size_t capacity;
    /* Serial of the open file that was last to read from it; 0: something else was here */
    uint64_t reader;
    size_t reader_size; /* and how many bytes it was shown */
};

struct wdf_request {
    struct wdf_object object;

    struct kept_buffer buffer; /* the driver's, while it owns the request; outlasts each use */
    struct sending *sending;   /* made when the driver first sends it; outlasts each use */
    /* While in a store; or, with a reference, while somebody is about to cancel it with others. */
    struct wdf_request *next;
    unsigned place; /* in its block (requeststore.h) */

    /* The one that was opened, also while its parent has the request: queue->device is the one
     * whose driver has it. Holds a reference on it. NULL for one that the driver has created
     * (S7.51). */
    struct io_device *device;
    struct wdf_queue *reserved_for; /* whose reserve it belongs to; NULL: none (reserve.h) */

    /* Of one use; cleared for the next one (request_clear) from here on. */
    struct io_request io;

    /* Guarded by the device's io_lock. */
    enum request_state state GUARDED_BY(io_lock);
    enum request_stop stop GUARDED_BY(io_lock);
    enum trial trial GUARDED_BY(io_lock);    /* of a non-blocking one */
    bool was_presented GUARDED_BY(io_lock);  /* the driver has seen it (S6.38) */
    bool is_with_parent GUARDED_BY(io_lock); /* forwarded from a child to its parent (S6.62) */
    bool is_charged; /* to its client (quota.h); constant from submit to its answer */
    bool is_reported GUARDED_BY(io_lock); /* the log has said how long it is held (heldwatch.c) */
    /* The framework has cancelled it, queued or marked cancelable (S7.23); is_cancelled is the
     * client's. */
    bool is_cancelled_by_queue GUARDED_BY(io_lock);
    /* Whose list or whose driver count it is in; NULL when NEW or COMPLETED. */
    struct wdf_queue *queue GUARDED_BY(io_lock);
    enum request_giver given_by GUARDED_BY(io_lock);
    uint64_t received_at; /* a stamp (history/stamp.h); constant from then on */
    /* When the client gave up while the driver had the request; 0: not so. */
    uint64_t given_up_at GUARDED_BY(io_lock);
    PFN_WDF_REQUEST_CANCEL evt_cancel GUARDED_BY(io_lock);
    /* SENT: the request of the device below that it was passed to; with a reference. NULL: a target
     * has it */
    struct io_request *below GUARDED_BY(io_lock);
    /* Return address of the completing call, for the verifier; NULL: none */
    const void *completed_at;

    /* Of overlapped.c, before the request is submitted or answered. */
    const struct io_transport *client; /* whom io.transport stands in for */
    struct wdf_request *source;        /* holds the output; with a reference */

    /* Written under io_lock, read by anybody: it only ever becomes true */
    _Atomic(bool) is_cancelled;
    /* The same, but it was the host that has cancelled it (inspect.h): its client still waits */
    _Atomic(bool) is_cancelled_by_host;
    /* The packet is the client's again: buffers and file are gone (S7.10, S7.11) */
    _Atomic(bool) is_answered;
    /* EvtIoInCallerContext is running for it, in the requester's thread: set and cleared under
     * io_lock, read by anybody (S5.18, S13.12) */
    _Atomic(bool) in_caller_context;

    /* The driver's, while it owns the request. */
    bool has_lost_data; /* client memory that was locked could not be written back */
    bool has_activity_id;
    bool is_of_user_mode_driver;
    unsigned completed_by; /* thread of the completing call (port_thread_number) */
    NTSTATUS status;
    size_t information;

    /* To here. What follows says nothing until something above says that it is there. */
    LIST_ENTRY queue_entry; /* in the queue's list for its state; guarded by the io_lock */
    uint64_t queued_at; /* stamps; when its queue, and when its driver got it; guarded likewise */
    uint64_t owned_at;
    /* Which is in EvtIoInCallerContext; constant while in_caller_context */
    port_thread_id caller_thread;
    struct wdf_queue *chosen_queue; /* likewise: it goes there (irp.h); NULL: by its type */
    GUID activity_id;

    /* Made when they are asked for. Until then the objects have no class and the MDLs no flags, and
     * the rest of this is not even cleared. */
    struct wdf_memory input_memory;
    struct wdf_memory output_memory;
    MDL input_mdl; /* of a METHOD_BUFFERED control: of its one buffer */
    MDL output_mdl;
};

extern const struct object_class request_class;

/* Of a class whose objects are in no tree (object_class.driver): its device's. */
struct driver *request_driver(const struct wdf_object *object);

/* For a handle that is not of request_class: returns if it is a request of another one, else a bug
 * check, which of a completed request says who completed it. */
void request_check_handle(WDFREQUEST handle, const char *function);

/* As object_from_handle. */
static inline struct wdf_request *request_from_handle_at(WDFREQUEST handle, const char *function)
{
    struct wdf_object *object = (struct wdf_object *)handle;
    port_call_point(function, handle);
    if (!object_is_of_class(object, &request_class))
        request_check_handle(handle, function);
    return CONTAINING_RECORD(object, struct wdf_request, object);
}
#define request_from_handle(handle) request_from_handle_at((handle), __func__)

static inline WDFREQUEST request_handle(struct wdf_request *request)
{
    return (WDFREQUEST)&request->object;
}

static inline struct wdf_request *request_from_io(struct io_request *io)
{
    return CONTAINING_RECORD(io, struct wdf_request, io);
}

static inline struct wdf_request *request_from_queue_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct wdf_request, queue_entry);
}

/* "read", "write", ... for messages. */
const char *request_type_name(WDF_REQUEST_TYPE type);

/* For those who watch (--debug): the request is "sent" or "passed" to a device below, as that one.
 * To be called if log_is_enabled(LOG_LEVEL_DEBUG). */
void request_log_sent(const struct wdf_request *request, struct io_request *below, const char *how);

/*
 * Ends a request whose state is COMPLETED already, so that nobody else will: cleanup callbacks, the
 * client's answer, the file's and device's counts, the base reference (S7.10). Without io_lock. The
 * queue's count is the caller's.
 */
void request_finish(struct wdf_request *request, NTSTATUS status, size_t information);

/*
 * The two halves of that, for a request whose driver is done with it before its client has an
 * answer: what ends with the driver's last call, at which the handle dies, and the answer.
 */
void request_end_for_driver(struct wdf_request *request);
void request_finish_ended(struct wdf_request *request, NTSTATUS status, size_t information);

/* What the device's and the file's `outstanding` have counted, is over: waiting threads are told,
 * and a file that was only waited for is closed. Without io_lock, with a reference on the device; a
 * create has no file. */
void request_count_answered(struct io_device *device, struct io_file *file);

/* False, after a break, once the request is answered, which its cleanup callbacks precede: what
 * needs the packet is refused then (S7.10, S7.11, S13.10). */
static inline bool request_is_alive(const struct wdf_request *request, const char *function)
{
    if (!request->is_answered)
        return true;
    verifier_break(function, "S13.10", "WDFREQUEST %p was completed already",
                   (const void *)&request->object);
    return false;
}

/* False, after a break by that rule, for a request that the driver has created (S7.52). */
static inline bool request_came_from_client(const struct wdf_request *request, const char *function,
                                            const char *rule)
{
    if (request->device != NULL)
        return true;
    verifier_break(function, rule,
                   "WDFREQUEST %p was created by the driver: it has no queue and no client",
                   (const void *)&request->object);
    return false;
}

/* The driver has it from EvtIoInCallerContext: no queue of the driver's has seen it (S5.20, S7.24).
 * With io_lock held. */
static inline bool request_is_outside_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    return request->queue != NULL && request->queue == request->device->caller_queue;
}

/* Whether it is to be cancelled rather than queued: its client has given up, or, while the parent
 * has it, the child that was opened goes. (In a device's own queues removal cancels by queue.) With
 * io_lock held. */
static inline bool request_is_given_up_locked(const struct wdf_request *request) REQUIRES(io_lock)
{
    return request->is_cancelled ||
           (request->is_with_parent && io_device_is_closing_locked(request->device));
}

/* It goes to another device. A removal that is going on has made its rounds perhaps (iodevice.c),
 * and would wait for the answer: what is sent from then on is cancelled at once, as all before it
 * was (S7.31). With io_lock held. */
static inline void request_set_sent_locked(struct wdf_request *request) REQUIRES(io_lock)
{
    request->state = REQUEST_SENT;
    if (io_device_is_closing_locked(request->device))
        request->is_cancelled = true;
}

/* What a pending request counts for its client, in bytes. */
static inline size_t request_weight(const struct wdf_request *request)
{
    return request->io.input_length + request->io.output_length;
}

/* What was asked (S7.39). The caller has a reference, or the request. */
void request_describe(const struct wdf_request *request, PWDF_REQUEST_PARAMETERS Parameters);

#endif
