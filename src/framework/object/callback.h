/*
 * The driver's callback that a thread is in: what a crash, a bug check and the rules about its
 * return need to know about it.
 *
 * Every callback is entered and left here:
 *
 *     struct callback callback;
 *     callback_enter(&callback, "EvtDpcFunc", deferred);
 *     ... the driver ...
 *     callback_leave(&callback);
 *
 * After the callback's presentation lock is taken, and before it is released.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_CALLBACK_H
#define WDFUSE_FRAMEWORK_OBJECT_CALLBACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "history/history.h"
#include "nt/held.h"
#include "port/thread.h"

/* Nested callbacks of one thread: endless nesting ends in a stack overflow. */
#define CALLBACK_DEPTH_MAX 100

struct callback {
    struct callback *outer;
    const char *name; /* "EvtIoRead" */
    /* Whose callback it is, an object that stays while it runs; NULL: DriverEntry. */
    const void *object;
    /* The request that the driver is given, or NULL. For messages, not to be followed, since it may
     * be gone by then. */
    const void *request;
    pid_t client;   /* of that request; 0: nobody */
    unsigned depth; /* 1: in no other */
    uint32_t held;  /* by the thread, when it began */
};

/* The calling thread's, or NULL. */
extern PORT_THREAD_LOCAL struct callback *callback_innermost;

_Noreturn void callback_is_too_deep(const struct callback *callback);
void callback_check_return(const struct callback *callback);

/* Without a word in the history, which the caller has. */
static inline void callback_push(struct callback *callback, const char *name, const void *object,
                                 const void *request, pid_t client)
{
    struct callback *outer = callback_innermost;
    callback->outer = outer;
    callback->name = name;
    callback->object = object;
    callback->request = request;
    callback->client = client;
    callback->depth = outer != NULL ? outer->depth + 1 : 1;
    if (callback->depth > CALLBACK_DEPTH_MAX)
        callback_is_too_deep(callback);
    callback->held = held_now;
    callback_innermost = callback;
}

static inline void callback_enter_request(struct callback *callback, const char *name,
                                          const void *object, const void *request, pid_t client)
{
    callback_push(callback, name, object, request, client);
    history_add_step(CALLBACK_IN, object, (uintptr_t)request, 0, history_name(name));
}

static inline void callback_enter(struct callback *callback, const char *name, const void *object)
{
    callback_enter_request(callback, name, object, NULL, 0);
}

/* A callback that has just completed its request usually ends at once: that is not worth reading a
 * clock. */
static inline void callback_note_return(const struct callback *callback)
{
    if (history_has_returned(callback->request))
        return;
    history_add_step(CALLBACK_OUT, callback->object, (uintptr_t)callback->request, 0,
                     history_name(callback->name));
}

/* A bug check when the driver holds a lock that it did not hold before, or is at a higher IRQL
 * (S13.14). */
static inline void callback_leave(const struct callback *callback)
{
    if (held_now != callback->held)
        callback_check_return(callback);
    callback_innermost = callback->outer;
    callback_note_return(callback);
}

/* A callback of PnP, or of the driver itself, that is under way (device/underway.h). */
struct callback_note {
    _Atomic(const char *) callback; /* NULL: none runs */
    _Atomic(uint64_t) began;        /* port_clock_rough */
    /* What is called belongs to a start: failures that it meets are told (apiresult.h). Of the
     * thread that calls. */
    bool is_start;
};

#endif
