/*
 * The I/O domain: shared by devices whose requests may move from one to the other, a parent and its
 * children (family.h). Every other device has one of its own.
 *
 * Its lock, io_lock, guards the state of all queues, requests and open files of its devices.
 */
#ifndef WDFUSE_FRAMEWORK_IO_DOMAIN_H
#define WDFUSE_FRAMEWORK_IO_DOMAIN_H

#include "port/thread.h"

PORT_LOCK_KIND(io_lock);

struct io_domain {
    struct port_mutex io_lock;
    /* A request was answered, a queue became quiet, PnP is over: io_changed_locked. */
    struct port_condition io_changed;
    unsigned io_waiters GUARDED_BY(io_lock); /* threads in io_wait_locked */
};

static inline void io_domain_init(struct io_domain *domain)
{
    port_mutex_init(&domain->io_lock);
    port_condition_init(&domain->io_changed);
    port_lock_is_not_needed(io_lock);
    domain->io_waiters = 0;
}

static inline void io_domain_destroy(struct io_domain *domain)
{
    port_condition_destroy(&domain->io_changed);
    port_mutex_destroy(&domain->io_lock);
}

#define io_lock(domain)   port_lock_of(domain, io_lock)
#define io_unlock(domain) port_unlock_of(domain, io_lock)

/* For the rest of the function. */
#define IO_LOCK_SCOPE(domain) PORT_LOCK_SCOPE_OF(domain, io_lock)

#endif
