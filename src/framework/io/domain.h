/*
 * The I/O domain: what devices share whose requests may move from one to the other, a parent and its children
 * (family.h). Every other device has one of its own.
 *
 * Its lock, io_lock, guards the state of all queues, requests and open files of its devices.
 */
#ifndef WDFUSE_FRAMEWORK_IO_DOMAIN_H
#define WDFUSE_FRAMEWORK_IO_DOMAIN_H

#include "port/thread.h"

/* Not annotated yet, so that nothing is checked in files that know this lock. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

struct io_domain {
    struct port_mutex lock;
    /* A request was answered, a queue became quiet, PnP is over: io_changed_locked. */
    struct port_condition io_changed;
    unsigned io_waiters; /* threads in io_wait_locked */
};

static inline void io_domain_init(struct io_domain *domain)
{
    port_mutex_init(&domain->lock);
    port_condition_init(&domain->io_changed);
    domain->io_waiters = 0;
}

static inline void io_domain_destroy(struct io_domain *domain)
{
    port_condition_destroy(&domain->io_changed);
    port_mutex_destroy(&domain->lock);
}

static inline void io_lock(struct io_domain *domain)
{
    port_mutex_lock(&domain->lock);
}

static inline void io_unlock(struct io_domain *domain)
{
    port_mutex_unlock(&domain->lock);
}

/* Until the end of the block. */
#define IO_LOCK_SCOPE(domain) PORT_LOCK_SCOPE(&(domain)->lock)

#endif
