/*
 * A bus under test: the driver of holding.h creates raw children of its device, which a client
 * opens by their nodes. Requests of a child go to hold_request, too.
 *
 *     start_bus(1);                            // children 0 to 0, reported and started
 *     WDFUSEIO io = begin_read(open_child(0), 8);
 *     forward_held(queue);                     // to the parent's default queue
 */
#ifndef TESTS_UNIT_BUS_H
#define TESTS_UNIT_BUS_H

#include "holding.h"

#define CHILDREN_MAX 4

/* The configuration of new children; reset by bus_stop. */
extern VOID (*prepare_child_init)(PWDFDEVICE_INIT DeviceInit);
extern WDF_OBJECT_ATTRIBUTES child_attributes;
extern WDF_IO_QUEUE_CONFIG child_queue_config; /* of their default queues */

extern WDFDEVICE children[CHILDREN_MAX];
extern WDFQUEUE child_queues[CHILDREN_MAX];

/* An init for a child of that device: raw, with instance ID "0", "1" ..., allowed to forward. */
PWDFDEVICE_INIT describe_child(WDFDEVICE parent, unsigned number);

/* Creates a child from that init, with its default queue: children[number]. It is not reported
 * yet. */
NTSTATUS try_create_child(PWDFDEVICE_INIT init, unsigned number);
void create_child(unsigned number);

/* Reports it, and waits until it is started. */
void add_child(unsigned number);

/* A parent with a manual default queue, `queue`, and this many children, with parallel queues. */
void start_bus(unsigned count);

/* Teardown: closes the open files, then does what holding_stop does. */
void bus_stop(void);

/* Opens a child by its node; the test fails if that fails. */
WDFUSEFILE open_child(unsigned number);
NTSTATUS try_open_child(unsigned number);
void close_child_file(WDFUSEFILE file);

/* Forwards a request to a queue of the parent. */
NTSTATUS forward_to_parent(WDFREQUEST request, WDFQUEUE to);

/* Forwards the oldest held request; the test fails if that fails. */
void forward_held(WDFQUEUE to);

#endif
