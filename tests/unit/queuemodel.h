/*
 * A reference model of two queues of a device (S5.21 to S6.74), small enough to be compared with
 * the rules.
 *
 * An operation is what a client, the driver or the system does next. The model says what happens: a
 * list of events, in order, and the state afterwards. test_queuemodel.c does the same to the
 * framework and compares. At any time a request is in one place, and one party owns it (S7.1,
 * S7.2). Everything happens in one thread, so there is one right answer.
 */
#ifndef TESTS_UNIT_QUEUEMODEL_H
#define TESTS_UNIT_QUEUEMODEL_H

#include <stdbool.h>

#include <ntddk.h>
#include <wdf.h>

#define MODEL_QUEUES   2 /* the default queue, and another one */
#define MODEL_FILES    4
#define MODEL_REQUESTS 512 /* at most this many in one story */
#define MODEL_EVENTS   4096

/* Which devices there are. */
struct model_config {
    struct {
        WDF_IO_QUEUE_DISPATCH_TYPE type;
        unsigned limit; /* of a parallel queue */
        bool allows_zero_length;
        bool tells_cancelled; /* EvtIoCanceledOnQueue */
        bool is_power_managed;
        bool tells_ready;  /* WdfIoQueueReadyNotify, of a manual queue */
        bool ready_drains; /* its callback retrieves until the queue is empty */
    } queues[MODEL_QUEUES];
};

enum model_operation_kind {
    OP_OPEN,
    OP_CLOSE,
    OP_SUBMIT,
    OP_CANCEL,
    OP_COMPLETE,
    OP_FORWARD,
    OP_REQUEUE,
    OP_MARK,
    OP_MARK_EX,
    OP_UNMARK,
    OP_RETRIEVE,
    OP_RETRIEVE_BY_FILE,
    OP_FIND,
    OP_START,
    OP_STOP,
    OP_STOP_AND_PURGE,
    OP_PURGE,
    OP_DRAIN,
    OP_SUSPEND,
    OP_RESUME,
    OP_KINDS,
};
extern const char *const model_operation_names[OP_KINDS];

/* What the driver does with a request in the callback that first presents it. */
enum model_action {
    ACTION_HOLD,
    ACTION_COMPLETE,
    ACTION_FORWARD,
    ACTION_MARK,
    ACTION_RETRIEVE,
    ACTION_KINDS
};

/* The model returns false for an operation that makes no sense at this point. */
struct model_operation {
    enum model_operation_kind kind;
    unsigned queue;   /* which queue */
    unsigned file;    /* which file */
    unsigned request; /* which request: its number */
    enum model_action action;
    bool is_write;
    bool is_empty;     /* no bytes */
    bool has_callback; /* of a stop or purge */
    bool is_late;      /* of a submission: cancelled before it begins */
};

enum model_event_kind {
    EVENT_PRESENTED = 'p',
    EVENT_CANCEL = 'c',             /* EvtRequestCancel */
    EVENT_CANCELLED_ON_QUEUE = 'q', /* EvtIoCanceledOnQueue */
    EVENT_ANSWERED = 'a',
    EVENT_STOPPED = 's',
    EVENT_PURGED = 'u',
    EVENT_READY = 'r',
    EVENT_IO_STOP = 'S',   /* EvtIoStop */
    EVENT_IO_RESUME = 'R', /* EvtIoResume */
    EVENT_RETRIEVED = 't', /* with the status; request 0 with a failure */
    EVENT_RETURNED = '=',  /* what another call has returned */
};

struct model_event {
    enum model_event_kind kind;
    unsigned queue;
    unsigned request;
    NTSTATUS status;
};

struct model_events {
    unsigned count;
    struct model_event events[MODEL_EVENTS];
};
void model_log(struct model_events *events, enum model_event_kind kind, unsigned queue,
               unsigned request, NTSTATUS status);

enum model_place {
    PLACE_NONE,
    PLACE_QUEUED,
    PLACE_OWNED,
    PLACE_CANCELABLE,
    PLACE_CANCELLING,
    PLACE_ON_QUEUE
};

struct model_request {
    enum model_place place;
    unsigned queue;
    unsigned file;
    unsigned open; /* which open of that file */
    enum model_action action;
    bool is_empty;
    bool was_presented;
    bool is_cancelled; /* by the client */
    bool was_told;     /* EvtRequestCancel was called */
    bool is_kept;      /* over a suspension */
};

struct model_list {
    unsigned count;
    unsigned requests[MODEL_REQUESTS];
};

struct model_queue {
    bool accepts, dispatches, is_powered, cancels_dispatched;
    bool stop_pending, stop_tells, purge_pending, purge_tells;
    bool became_ready;
    unsigned inside; /* how deep the dispatch loop is entered */
    struct model_list queued, owned, cancelling, cancelled;
};

struct model {
    struct model_config config;
    struct model_queue queues[MODEL_QUEUES];
    struct model_request requests[MODEL_REQUESTS];
    unsigned request_count; /* numbers begin at 1 */
    bool is_open[MODEL_FILES];
    unsigned opens[MODEL_FILES]; /* how often it was opened */
    bool is_suspended;
    struct model_events *events;
};

void model_init(struct model *model, const struct model_config *config,
                struct model_events *events);

/* Whether the operation is possible now; and does it. */
bool model_permits(const struct model *model, const struct model_operation *operation);
void model_apply(struct model *model, const struct model_operation *operation);

/* Whether the request came through the file as it is open now. */
bool model_is_of_file(const struct model *model, unsigned number, unsigned file);

/* In EvtIoStop: whether the driver puts the request back, or keeps it. */
bool model_puts_back(const struct model *model, unsigned request);

unsigned model_driver_count(const struct model_queue *queue);

#endif
