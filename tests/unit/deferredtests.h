/*
 * Tests that WDFDPC and WDFWORKITEM share: test_dpc.c and test_workitem.c each run them with their
 * kind of object, besides tests of their own.
 *
 *     create_deferred(flush_oneself);
 *     enqueue_and_wait();
 *     ck_assert_uint_eq(calls(), 1);
 */
#ifndef TESTS_UNIT_DEFERREDTESTS_H
#define TESTS_UNIT_DEFERREDTESTS_H

#include <stdatomic.h>

#include "holding.h"
#include "port/thread.h"

/* ---- the kind of object; a test's main sets it ---- */

struct deferred_kind {
    /* An object whose callback calls run_deferred. */
    NTSTATUS(*create)
    (WDF_OBJECT_ATTRIBUTES *attributes, BOOLEAN is_serialized, WDFOBJECT *created);
    /* Whether this call queued it. A kind that does not tell returns TRUE. */
    BOOLEAN (*enqueue)(WDFOBJECT object);
    /* Returns when everything enqueued has run. */
    void (*wait)(WDFOBJECT object);
    WDFOBJECT (*parent_of)(WDFOBJECT object);
    /* Execution levels: of devices and queues that it may be serialized with, and of the others. */
    WDF_EXECUTION_LEVEL level;
    WDF_EXECUTION_LEVEL other_level;
};
extern const struct deferred_kind *deferred_kind;

/* ---- the object under test ---- */

/* Its context: what its callback should do, and what it has seen. */
typedef struct _SEEN {
    void (*Action)(WDFOBJECT Object);
    KIRQL Irql;
    port_thread_id Thread;
    atomic_uint Calls; /* that have returned */
} SEEN;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SEEN, GetSeen)

extern WDFOBJECT deferred;

/* Called by its callback. */
void run_deferred(WDFOBJECT object);

/* Attributes with a SEEN context. */
WDF_OBJECT_ATTRIBUTES deferred_attributes(WDFOBJECT parent);
NTSTATUS try_create_deferred_below(WDFOBJECT parent, BOOLEAN is_serialized);
/* The same, serialized. */
void create_deferred_below(WDFOBJECT parent);
/* Creates one below the device, whose callback does that (NULL: nothing). */
void create_deferred(void (*action)(WDFOBJECT Object));

/* How many of its callbacks have returned. */
unsigned calls(void);
void enqueue_and_wait(void);

/* Creates and enqueues one that stays in its callback until let_callback_end. */
void enter_callback(void);
void let_callback_end(void);

/* Calls a function that waits in another thread, and once it waits, ends its wait from here.
 * Returns how many callbacks had returned when the function did. */
unsigned calls_after(void (*function)(void), void (*end_wait)(void));

/* Its holder is at DISPATCH_LEVEL. */
WDFSPINLOCK create_spin_lock(void);

/* ---- test cases with the shared tests, to which a kind adds its own ---- */

/* An empty one: a device with a parallel queue, and time for threads. */
TCase *deferred_case(const char *name);
TCase *deferred_creation_case(void);
TCase *deferred_runs_case(void);
TCase *deferred_serialization_case(void);
TCase *deferred_deletion_case(void);

#endif
