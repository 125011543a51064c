/*
 * Alarms: what is to happen at a time. WDFTIMERs and the time limits of requests that are sent are
 * built on it. One list of alarms, one descriptor; a thread that waits for requests also waits for
 * that (io_timers_descriptor, io.h) and runs what is due (io_timers_run), so an expiry costs no
 * thread switch.
 *
 * One lock guards the list and whatever else belongs to an alarm. It is a leaf, and the function of
 * an expiry drops it.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_ALARM_H
#define WDFUSE_FRAMEWORK_OBJECT_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include <ntdef.h>

#include "port/thread.h"

PORT_LOCK_KIND(alarms_lock);

struct alarms {
    struct port_mutex alarms_lock;
};
extern struct alarms alarms;

struct alarm {
    /* Called when it is due and not armed any more, with the lock held, which it may drop and takes
     * back; the alarm need not be there any more then. Constant. */
    void (*expire_locked)(struct alarm *alarm, uint64_t now);
    LIST_ENTRY entry GUARDED_BY(alarms_lock);
    uint64_t due GUARDED_BY(alarms_lock);
    bool is_armed GUARDED_BY(alarms_lock);
};

/* Any time on port_clock_now's scale; an armed alarm is moved. A change of the earliest is told to
 * those who sleep by alarms_changed_locked. */
void alarm_arm_locked(struct alarm *alarm, uint64_t due) REQUIRES(alarms_lock);
void alarms_changed_locked(void) REQUIRES(alarms_lock);

/* True: it was armed, and does not expire. */
bool alarm_disarm_locked(struct alarm *alarm) REQUIRES(alarms_lock);

/* STATUS_INSUFFICIENT_RESOURCES when the kernel refuses the descriptor. */
NTSTATUS alarms_open(void);
void alarms_close(void);

/*
 * Under the virtual clock: moves time on by that many nanoseconds, stopping at each expiry on the
 * way to run it. Returns when everything due has run, including what went to workers.
 */
void alarms_advance(uint64_t nanoseconds);

#endif
