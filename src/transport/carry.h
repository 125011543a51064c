/* The way of a message through the workers (crew.h): into the driver, or into the backlog and out
 * of it. */
#ifndef WDFUSE_TRANSPORT_CARRY_H
#define WDFUSE_TRANSPORT_CARRY_H

#include <stdbool.h>
#include <stdint.h>

struct wire_buffer;
struct worker;

/* Carries the message that the worker has received to its destination. Afterwards `leads` may be
 * false. */
void worker_dispatch(struct worker *worker);

/* A message that has come by the ring that the worker leads; and an interrupt of one that has. The
 * same. */
void worker_dispatch_of_ring(struct worker *worker, const struct wire_buffer *message);
void worker_dispatch_interrupt(struct worker *worker, uint64_t unique);

/* Call it when `leads` has become false: carries the messages that have waited for room in the
 * driver. */
void worker_come_out(struct worker *worker);

/* Call it after this many messages: whether many wait. Lining up needlessly a few times costs
 * little. */
#define LOOK_FOR_MANY 2048u
void worker_look_for_many(struct worker *worker);

/* While messages line up: whether there is room for more. The second carries the next one, if there
 * is one and the driver is not full. */
bool worker_may_line_up(struct worker *worker);
bool worker_carry_next(struct worker *worker);

/* Messages in rings take long: has carriers take them, and those in line. */
bool worker_leaves_line(struct worker *worker);

/* Handles due timers. Returns true if there were any; `leads` may be false then. */
bool worker_run_timers(struct worker *worker);

#endif
