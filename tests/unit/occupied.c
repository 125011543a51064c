/* All workers busy. See occupied.h. */
#include "occupied.h"

#include <stdatomic.h>

#include "device.h"
#include "framework/object/worker.h"

/* The pool's size (worker.c). */
#define WORKERS 16

static struct work works[WORKERS];
static atomic_uint arrived;
static atomic_bool may_leave;

static void wait_to_leave(struct work *work)
{
    (void)work;
    arrived++;
    eventually(may_leave);
}

void occupy_workers_but(unsigned count)
{
    arrived = 0;
    may_leave = false;
    for (unsigned i = count; i < WORKERS; i++) {
        work_init(&works[i], wait_to_leave, NULL);
        work_submit(&works[i]);
    }
    eventually(arrived == WORKERS - count);
}

void occupy_workers(void)
{
    occupy_workers_but(0);
}

void free_workers(void)
{
    may_leave = true;
    workers_wait_until_idle();
}
