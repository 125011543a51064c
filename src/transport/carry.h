/* A message on its way through the workers (crew.h): through the driver, into the backlog, out of
 * it. */
#ifndef WDFUSE_TRANSPORT_CARRY_H
#define WDFUSE_TRANSPORT_CARRY_H

#include <stdbool.h>

struct worker;

/* Carries the message that the worker has received to whoever it is for. Afterwards `leads` may be
 * false. */
void worker_dispatch(struct worker *worker);

/* When `leads` has become false: what waits for somebody to come out of the driver follows the
 * message. */
void worker_come_out(struct worker *worker);

/* Due timers. Returns true if there were any; `leads` may be false then. */
bool worker_run_timers(struct worker *worker);

#endif
