/* The way of a message through the workers (crew.h): into the driver, or into the backlog and out
 * of it. */
#ifndef WDFUSE_TRANSPORT_CARRY_H
#define WDFUSE_TRANSPORT_CARRY_H

#include <stdbool.h>

struct worker;

/* Carries the message that the worker has received to its destination. Afterwards `leads` may be
 * false. */
void worker_dispatch(struct worker *worker);

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

/* Handles due timers. Returns true if there were any; `leads` may be false then. */
bool worker_run_timers(struct worker *worker);

#endif
