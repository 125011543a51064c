/*
 * Drivers as NT knows them: a name, a driver object, the file whose code they are, and what they
 * have allocated; and whose code it is that calls.
 *
 * Several may be loaded. Most calls that matter come from the code of one file, whose driver is
 * found by the address that the call returns to. Where one file holds several drivers (a program of
 * tests), and for code of no driver's file (a library), it is the driver whose callback runs on the
 * thread.
 */
#ifndef WDFUSE_NT_DRIVER_H
#define WDFUSE_NT_DRIVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <wdm.h>

#include "port/thread.h"

struct pool_account;

/* How many may be loaded at a time. */
#define NT_DRIVERS_MAX 256

struct nt_driver {
    /* Constant while it is loaded. */
    char name[64]; /* of its service */
    DRIVER_OBJECT object;
    UNICODE_STRING registry_path; /* zero-terminated */
    uintptr_t image_begin;        /* the file's code and data; none if both are 0 */
    uintptr_t image_end;
    struct pool_account *pool;
    unsigned place; /* among those that are loaded */

    /* It is one for user mode, where there are no IRQLs. Before it has a thread or a request. */
    bool is_user_mode;
};

/*
 * Enters a driver among those that are loaded. The name is copied, and cut at 63 bytes; `code` is
 * an address in the file. STATUS_OBJECT_NAME_COLLISION: another one has the name;
 * STATUS_INSUFFICIENT_RESOURCES. Any thread; this and nt_driver_leave take nt_drivers_lock.
 */
NTSTATUS nt_driver_enter(struct nt_driver *driver, const char *name, const void *code);
void nt_driver_leave(struct nt_driver *driver);

/* The driver with that object, or NULL. It stays only if it is known to. */
struct nt_driver *nt_driver_of_object(const DRIVER_OBJECT *object);

/* Drivers neither come nor go while it is held. A leaf: nothing is called back under it. */
extern struct port_mutex nt_drivers_lock;

/* The next one that is loaded, in any order; NULL: the first, and at the end. */
struct nt_driver *nt_driver_next_locked(const struct nt_driver *previous) REQUIRES(nt_drivers_lock);

/* Says whose callback runs on the calling thread: NULL, nobody's. Given by the framework. */
void nt_driver_set_thread_driver(struct nt_driver *(*of_thread)(void));

/*
 * Whose code returns to that address: the driver of the file; among several, or of none, the one
 * whose callback runs on this thread; among several without one, the one that was loaded last.
 * NULL: nobody's.
 */
struct nt_driver *nt_driver_search(const void *code);

/* The only one that is loaded: all code is its. */
extern _Atomic(struct nt_driver *) nt_driver_only;

static inline struct nt_driver *nt_driver_of_caller(const void *address)
{
    struct nt_driver *only = atomic_load_explicit(&nt_driver_only, memory_order_acquire);
    return __builtin_expect(only != NULL, 1) ? only : nt_driver_search(address);
}

/* Of the caller of the public function that uses this. */
#define NT_DRIVER_CALLING() nt_driver_of_caller(__builtin_return_address(0))

#endif
