/* The requests that an interrupt may be about, found by the kernel's number. An interrupt that
 * overtakes its message, which happens when several workers receive, is remembered. */
#ifndef WDFUSE_TRANSPORT_INTERRUPTS_H
#define WDFUSE_TRANSPORT_INTERRUPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "port/thread.h"

/* A leaf. */
PORT_LOCK_KIND(interrupts_lock);

/* A request in the table: a part of the transport's data for it. */
struct interruptible {
    /* In the same row */
    struct interruptible *next;
    uint64_t unique;
};

/* The kernel increments its numbers by two; consecutive ones are in different rows. */
#define INTERRUPTS_ROWS 256

struct interrupts_row {
    struct port_mutex interrupts_lock;
    struct interruptible *first GUARDED_BY(interrupts_lock);
    /* The last interrupt whose request was not here; 0: none. Numbers are never reused, so a stale
     * one does no harm. */
    uint64_t early GUARDED_BY(interrupts_lock);
};

struct interrupts {
    struct interrupts_row rows[INTERRUPTS_ROWS];
};

void interrupts_init(struct interrupts *interrupts);
void interrupts_destroy(struct interrupts *interrupts);

/* From now on its interrupt finds it. Returns true if the interrupt has already come. */
bool interrupts_add(struct interrupts *interrupts, struct interruptible *request);
/* No interrupt finds it any more. */
void interrupts_remove(struct interrupts *interrupts, struct interruptible *request);

/*
 * Finds the request of that number, and calls `keep` before anybody can remove it. NULL: it is not
 * here, and the number is remembered; *displaced is the number that was remembered before and is
 * now forgotten, or 0.
 */
struct interruptible *interrupts_find(struct interrupts *interrupts, uint64_t unique,
                                      void (*keep)(struct interruptible *request),
                                      uint64_t *displaced);

#endif
