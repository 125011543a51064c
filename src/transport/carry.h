/* A message on its way through the workers (crew.h): through the driver, into the backlog, out of
 * it. */
#ifndef WDFUSE_TRANSPORT_CARRY_H
#define WDFUSE_TRANSPORT_CARRY_H

#include <stdbool.h>
#include <stdint.h>

struct wire_buffer;
struct worker;

/* Carries the message that the worker has received to whoever it is for. Afterwards `leads` may be
 * false. */
void worker_dispatch(struct worker *worker);

/* A message that has come by the ring that the worker leads; and an interrupt of one that has. The
 * same. */
void worker_dispatch_of_ring(struct worker *worker, const struct wire_buffer *message);
void worker_dispatch_interrupt(struct worker *worker, uint64_t unique);

/* When `leads` has become false: what waits for somebody to come out of the driver follows the
 * message. */
void worker_come_out(struct worker *worker);

/* After so many messages: whether many wait. Some turns of lining up cost little. */
#define LOOK_FOR_MANY 2048u
void worker_look_for_many(struct worker *worker);

/* While messages line up: whether there is room for more; and the next one is carried, if there is
 * one and the driver is not full. */
bool worker_may_line_up(struct worker *worker);
bool worker_carry_next(struct worker *worker);

/* Messages in rings take long: carriers take them, and those in line, which nobody else shall. */
bool worker_leaves_line(struct worker *worker);

/* Due timers. Returns true if there were any; `leads` may be false then. */
bool worker_run_timers(struct worker *worker);

#endif
