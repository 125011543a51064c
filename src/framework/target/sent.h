/*
 * A request that is sent: what the driver has said of it (format, completion routine), where it is,
 * and what has come back. It belongs to its request and is kept with it (io/sending.h).
 */
#ifndef WDFUSE_FRAMEWORK_TARGET_SENT_H
#define WDFUSE_FRAMEWORK_TARGET_SENT_H

#include <stdatomic.h>
#include <stdbool.h>

#include <wdf.h>

#include "framework/io/request.h"
#include "framework/io/sending.h"
#include "framework/object/alarm.h"
#include "framework/object/delivery.h"
#include "framework/target/target.h"

/* What is sent. */
enum sent_format {
    FORMAT_NONE,
    FORMAT_CURRENT, /* the request as it came (S10.26) */
    FORMAT_NEW,     /* what WdfIoTargetFormatRequestFor... has said */
};

/* Where it is. */
enum sent_place {
    PLACE_DRIVER, /* not sent, or back */
    PLACE_PENDED, /* in a stopped target */
    PLACE_AWAY,   /* sent on */
};

/* A buffer of a formatted request; of a memory object, with a reference, or of nobody. */
struct sent_buffer {
    struct wdf_memory *memory;
    void *address;
    size_t offset; /* in the memory object */
    size_t length;
};

struct sent {
    struct sending sending;
    struct wdf_request *request; /* constant while it is used */

    /* The driver's, while it owns the request. */
    enum sent_format format;
    WDF_REQUEST_TYPE type; /* of FORMAT_NEW, as the rest */
    ULONG control_code;
    /* The buffers are arguments 1, 2 and 4 of an internal control; the third is its code */
    bool has_arguments;
    struct sent_buffer input;
    struct sent_buffer output;
    struct sent_buffer fourth;
    uint64_t device_offset;
    PFN_WDF_REQUEST_COMPLETION_ROUTINE routine;
    WDFCONTEXT context;
    NTSTATUS status; /* with which it has come back */
    size_t information;

    /* Which it was sent to last, with a reference. */
    _Atomic(struct wdf_target *) target;
    /* WdfRequestCancelSentRequest was called; until it is reused (S7.36). */
    _Atomic(bool) is_cancelled;

    /* Of this send; written with the lock of its target, compared with that of an earlier one. */
    _Atomic(unsigned) serial;

    /* Guarded by its target's lock. */
    enum sent_place place GUARDED_BY(target_lock);
    LIST_ENTRY entry GUARDED_BY(target_lock);
    struct io_request *below GUARDED_BY(target_lock); /* AWAY: with a reference */
    unsigned cancel_round GUARDED_BY(target_lock);
    bool is_back GUARDED_BY(target_lock); /* of a synchronous one: its sender may go on */
    bool is_synchronous;                  /* constant while it is sent */
    bool ignores_state;                   /* likewise */
    bool is_limited;                      /* likewise: the alarm is set */
    bool is_copied;                       /* likewise: the output is copied when it comes back */

    struct delivery delivery;

    struct alarm alarm;
    unsigned alarm_serial GUARDED_BY(alarms_lock);
    bool is_too_late GUARDED_BY(alarms_lock);
};

/* Of any request of a driver, made when there is none yet; NULL: no memory. */
struct sent *sent_of(struct wdf_request *request);

/* Neither formatted, nor sent, nor cancelled any more (S7.56). */
void sent_reset(struct sent *sent);

/* WdfRequestSend with these options, and the status of what was not sent. True: it was. */
bool sent_submit(struct sent *sent, struct wdf_target *target,
                 const WDF_REQUEST_SEND_OPTIONS *options);

/* For the target: takes the oldest pended one on its way. False: there is none, or somebody has
 * stopped the target. Without locks. */
bool sent_launch_next(struct wdf_target *target);

/* For the target: takes one that it does not have any more back with that status. Without locks. */
void sent_refuse(struct sent *sent, NTSTATUS status);

/* The request that was sent on is to be cancelled, or taken back if it is pended; only if that is
 * still the send with that serial. True: somebody was told (S7.35). */
bool sent_cancel(struct sent *sent, struct wdf_target *target, const unsigned *serial);

#endif
