/*
 * A reference model of a stack of three devices (S7.35-S7.38, S10.5-S10.24, S17.16), small enough
 * to be compared with the rules: a function driver at the bottom and two filters, each with a
 * parallel default queue, a manual one, and its target.
 *
 * An operation is what a client, a driver or the system does next. The model says what happens: a
 * list of events, in order, and the state afterwards. test_stackmodel.c does the same to the
 * framework and compares. A request that has been sent on is in one place on each layer, and
 * somebody has it at its lowest layer. Everything happens in one thread, so there is one right
 * answer.
 */
#ifndef TESTS_UNIT_STACKMODEL_H
#define TESTS_UNIT_STACKMODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <ntddk.h>
#include <wdf.h>

#define STACK_LAYERS   3 /* 0 is the lowest */
#define STACK_TOP      (STACK_LAYERS - 1)
#define STACK_REMOTE   STACK_LAYERS /* of targets: what the uppermost driver has opened */
#define STACK_FILES    3
#define STACK_REQUESTS 512 /* at most this many in one story */
#define STACK_EVENTS   8192

/* The bytes that a read returns if the function driver answers it. */
#define STACK_BYTES 8

struct stack_config {
    bool passes[STACK_LAYERS]; /* a filter without queues: everything goes down (S10.34) */
};

enum stack_operation_kind {
    OP_OPEN,
    OP_CLOSE,
    OP_SUBMIT,
    OP_CANCEL,      /* by the client */
    OP_CANCEL_SENT, /* by a driver, what it has sent */
    OP_COMPLETE,
    OP_SEND,
    OP_FORGET, /* WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET */
    OP_MARK,
    OP_UNMARK,
    OP_FORWARD, /* to the manual queue of the layer */
    OP_RETRIEVE,
    OP_ADVANCE, /* the clock */
    OP_START,   /* a target */
    OP_STOP,
    OP_PURGE,
    OP_CLOSE_TARGET, /* the remote one */
    OP_OPEN_TARGET,
    OP_OWN, /* a driver makes a request of its own, and sends it */
    OP_SUSPEND,
    OP_RESUME,
    OP_REMOVE, /* all files are closed, and the device is removed: the end of the story */
    OP_KINDS,
};
extern const char *const stack_operation_names[OP_KINDS];

/* What a driver does with a request that is presented, or has returned. */
enum stack_deed { DEED_HOLD, DEED_COMPLETE, DEED_MARK, DEED_SEND, DEED_FORGET };

/* How a request is sent on from a layer. */
struct stack_sending {
    ULONG timeout;        /* in units of 100 ns; 0: none */
    bool ignores_state;   /* WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE */
    bool is_remote;       /* by the remote target: to the lowest layer, as a request of no file */
    bool is_formatted;    /* again, as a read into the request's own memory */
    bool is_synchronous;  /* of OP_SEND, if it is answered at once; the driver completes it then */
    enum stack_deed back; /* when it has come back: HOLD, COMPLETE or SEND, the last once */
};

struct stack_plan {
    enum stack_deed first[STACK_LAYERS];
    struct stack_sending sending[STACK_LAYERS];
};

/* The model does not permit what makes no sense at this point. */
struct stack_operation {
    enum stack_operation_kind kind;
    unsigned file;
    unsigned request;             /* its number */
    unsigned layer;               /* of what a driver does */
    unsigned target;              /* of what is done to one: a layer, or STACK_REMOTE */
    struct stack_plan plan;       /* of a submission */
    struct stack_sending sending; /* of OP_SEND */
    unsigned milliseconds;
    bool is_late; /* of a submission: cancelled before it begins */
    WDF_IO_TARGET_SENT_IO_ACTION stop;
    WDF_IO_TARGET_PURGE_IO_ACTION purge;
};

enum stack_event_kind {
    EVENT_PRESENTED = 'p',
    EVENT_CANCEL = 'c', /* EvtRequestCancel, which completes the request */
    EVENT_BACK = 'b',   /* the completion routine */
    EVENT_ANSWERED = 'a',
    EVENT_RETRIEVED = 't', /* request 0 with a failure */
    EVENT_RETURNED = '=',  /* what a call has returned */
};

struct stack_event {
    enum stack_event_kind kind;
    unsigned layer;
    unsigned request;
    NTSTATUS status; /* or a BOOLEAN */
    unsigned information;
};

struct stack_events {
    unsigned count;
    struct stack_event events[STACK_EVENTS];
};
void stack_log(struct stack_events *events, struct stack_event event);

/* Where a request is at a layer. */
enum stack_place {
    AT_NONE,    /* not there yet, or no longer */
    AT_HELD,    /* the driver's */
    AT_MARKED,  /* the driver's, and cancelable */
    AT_QUEUED,  /* in the manual queue */
    AT_WAITING, /* in the default queue, of a device that sleeps */
    AT_PENDED,  /* in the stopped target */
    AT_SENT,    /* on a lower layer, and will come back to this one */
    AT_GONE,    /* on a lower layer, and passes this one when it comes back */
};

struct stack_layer_request {
    enum stack_place place;
    bool is_cancelled;           /* by the layer above */
    bool was_sent_and_cancelled; /* S7.36 */
    bool is_in_manual;           /* its queue is the manual one */
    struct stack_sending sending;
    uint64_t deadline; /* 0: none */
    bool is_late;
    unsigned information; /* with which it has come back */
    bool has_no_file;
    bool is_filled; /* its buffer, with the function driver's bytes */
    unsigned round; /* of cancelling all */
};

struct stack_request {
    struct stack_layer_request layers[STACK_LAYERS];
    struct stack_plan plan;
    unsigned file;
    unsigned open; /* which open of that file */
    unsigned top;  /* the layer where it begins */
    bool is_own;   /* of the driver of that layer, and not of a client */
    bool is_answered;
};

struct stack_list {
    unsigned count;
    unsigned requests[STACK_REQUESTS];
};

struct stack_target {
    WDF_IO_TARGET_STATE state;
    struct stack_list pended;
    struct stack_list sent;
    unsigned round;
};

struct stack_model {
    struct stack_config config;
    struct stack_target targets[STACK_LAYERS + 1]; /* that of layer 0 is not used */
    struct stack_list manual[STACK_LAYERS];
    struct stack_list waiting; /* at the function driver: it alone has power-managed queues */
    bool is_asleep;
    struct stack_request requests[STACK_REQUESTS];
    unsigned request_count; /* numbers begin at 1 */
    bool is_open[STACK_FILES];
    unsigned opens[STACK_FILES]; /* how often it was opened */
    uint64_t now;                /* in units of 100 ns */
    bool is_removed;             /* nobody holds anything */
    struct stack_events *events;
};

/* The layer whose target that is. */
static inline unsigned stack_layer_of_target(unsigned target)
{
    return target == STACK_REMOTE ? STACK_TOP : target;
}

/* Where a request went from there. */
static inline unsigned stack_below_of(const struct stack_layer_request *request, unsigned layer)
{
    return request->place == AT_SENT && request->sending.is_remote ? 0 : layer - 1;
}

void stack_model_init(struct stack_model *model, const struct stack_config *config,
                      struct stack_events *events);

/* Whether the operation is possible now; and does it. */
bool stack_model_permits(const struct stack_model *model, const struct stack_operation *operation);
void stack_model_apply(struct stack_model *model, const struct stack_operation *operation);

/* Whether a request that is sent like that is answered before the call returns. */
bool stack_model_is_prompt(const struct stack_model *model,
                           const struct stack_operation *operation);

/* How many requests of that queue the driver has. */
unsigned stack_model_owned(const struct stack_model *model, unsigned layer, bool is_manual);

#endif
