/*
 * A driver that holds its requests: its queues pass every request to hold_request, which keeps it
 * until the test completes it. So a test decides what the driver does, step by step.
 *
 *     start_queue(WdfIoQueueDispatchSequential);
 *     WDFUSEIO io = begin_read(open_file(), 8);
 *     complete_held(STATUS_SUCCESS);
 *     answer(io, STATUS_SUCCESS);
 *
 * For tests whose requests are handled in one thread.
 */
#ifndef TESTS_UNIT_HOLDING_H
#define TESTS_UNIT_HOLDING_H

#include "device.h"

/* ---- the device; all of this is reset by holding_stop ---- */

extern WDF_OBJECT_ATTRIBUTES device_attributes;
extern WDF_OBJECT_ATTRIBUTES queue_attributes;
extern WDF_IO_QUEUE_CONFIG queue_config; /* of the default queue; none with Size 0 */
extern VOID (*prepare_init)(PWDFDEVICE_INIT DeviceInit);
extern VOID (*prepare_device)(WDFDEVICE Device); /* after the default queue */

/* A prepare_init: gives open files objects, without callbacks. */
VOID want_file_objects(PWDFDEVICE_INIT DeviceInit);
/* Another: each open is a request that is held, too. */
VOID hold_creates(PWDFDEVICE_INIT DeviceInit);

/* The default queue once the device has started. */
extern WDFQUEUE queue;

/* Describes a default queue of that type with hold_request as its EvtIoDefault (except for a manual
 * one). */
void describe_queue(WDF_IO_QUEUE_DISPATCH_TYPE type);
void start_device(void);
NTSTATUS try_start_device(void);
/* Both. */
void start_queue(WDF_IO_QUEUE_DISPATCH_TYPE type);

/* Attributes with only level and scope. */
void describe_constraints(WDF_OBJECT_ATTRIBUTES *attributes, WDF_EXECUTION_LEVEL level,
                          WDF_SYNCHRONIZATION_SCOPE scope);

/* Creates another queue, as describe_queue would describe it. */
WDFQUEUE create_queue(WDF_IO_QUEUE_DISPATCH_TYPE type);
WDFQUEUE create_queue_with(WDF_IO_QUEUE_CONFIG *config);

/* The device's handle. */
WDFDEVICE wdf_device(void);

/* Teardown: cancels and completes all that is left, finishes every answer, stops the device. */
void holding_stop(void);

/* ---- the driver ---- */

EVT_WDF_IO_QUEUE_IO_DEFAULT hold_request;
EVT_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE hold_cancelled_on_queue;

/* EvtRequestCancel: counts, and keeps the request held. */
EVT_WDF_REQUEST_CANCEL note_cancel;
/* EvtIoQueueState: counts. */
EVT_WDF_IO_QUEUE_STATE note_state;

/* What happened so far. */
extern struct counts {
    unsigned presented;          /* calls of hold_request */
    unsigned cancelled;          /* of note_cancel */
    unsigned cancelled_on_queue; /* of hold_cancelled_on_queue */
    unsigned states;             /* of note_state */
} counts;

/* The oldest held request; the test fails if there is none. With take_held the test must complete
 * it. */
WDFREQUEST held(void);
WDFREQUEST take_held(void);
void complete_held(NTSTATUS status);
/* Adds a request to those that are completed at the end. */
void hold(WDFREQUEST request);

/* Retrieves the next request of a manual queue, which must have one. */
WDFREQUEST retrieve(WDFQUEUE from);

/* The byte with which begin_marked_write has marked a write: it tells which one it is. */
char mark_of(WDFREQUEST request);

/* ---- the client ---- */

/* Begin, and remember for holding_stop. */
WDFUSEIO begin_read(WDFUSEFILE file, size_t length);
WDFUSEIO begin_write(WDFUSEFILE file, size_t length);
WDFUSEIO begin_marked_write(WDFUSEFILE file, char mark);
WDFUSEIO begin_control(WDFUSEFILE file, ULONG code, size_t input_length, size_t output_length);

/* The same for any other I/O that a test has begun. */
WDFUSEIO remember(WDFUSEIO io);

/* Asserts that the request is answered with that status, and forgets it. Returns the count. */
#define answer(io, expected) check_answer((io), (expected), #io, __FILE__, __LINE__)
size_t check_answer(WDFUSEIO io, NTSTATUS expected, const char *expression, const char *file,
                    int line);

/* How often a stress test repeats itself: rarely under Valgrind, whose threads take turns. */
unsigned repetitions(unsigned count);

#define ck_pending(io)  ck_assert_msg(!WdfuseInprocIsComplete(io), "%s is answered", #io)
#define ck_answered(io) ck_assert_msg(WdfuseInprocIsComplete(io), "%s is not answered", #io)

/* Asserts the counts of a queue. */
#define ck_queue(queue, queued, owned) check_queue((queue), (queued), (owned), __FILE__, __LINE__)
void check_queue(WDFQUEUE of, unsigned queued, unsigned owned, const char *file, int line);

#endif
