/*
 * The verifier: what happens when a driver breaks the rules (S13).
 *
 * A violation that the framework survives is a break: it is logged and the call goes on as its rule
 * says. A violation that it cannot survive is a bug check: it is logged and the process ends
 * (S13.24). The verifier is always on.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_VERIFIER_H
#define WDFUSE_FRAMEWORK_OBJECT_VERIFIER_H

#include <stdbool.h>

#include <wdfbugcodes.h>

#include "port/thread.h"

/* Where they are: io/domain.h, object/alarm.h, object/deferred.c. */
extern struct port_lock_kind io_lock, alarms_lock, deferred_lock;

/*
 * At the end of a public function whose last act is a call: keeps the function in the stack
 * meanwhile, where the message looks for it. A compiler would else leave by a jump.
 */
#define VERIFIER_KEEP_CALLER() __asm__ volatile("" ::: "memory")

/*
 * Logs "function: message (rule), called from PLACE" and, if WDFUSE_BREAK is set in the
 * environment, stops in the debugger (S13.2).
 *
 * Another process looks up the line of a place, which may take seconds. So it is called without a
 * lock; for the busiest locks clang checks that.
 */
void verifier_break(const char *function, const char *rule, const char *format, ...)
    EXCLUDES(io_lock, alarms_lock, deferred_lock) __attribute__((format(printf, 3, 4)));

/*
 * The same with a lock: what is wrong is written down, and logged when the lock has been given
 * back, by verifier_say or at the end of the function:
 *
 *     VERIFIER_SAYS_AT_END();
 *     IO_LOCK_SCOPE(device->domain);
 *
 * verifier_find_doer ends the message with who did it (verifier_doer). A thread finds one thing at
 * a time.
 */
void verifier_find(const char *function, const char *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void verifier_find_doer(const char *function, const char *rule, const void *doer, unsigned thread,
                        const char *format, ...) __attribute__((format(printf, 5, 6)));
extern PORT_THREAD_LOCAL bool verifier_has_found;
void verifier_say_found(void);

static inline void verifier_say(void) EXCLUDES(io_lock, alarms_lock, deferred_lock)
{
    if (!verifier_has_found)
        return;
    verifier_say_found();
    VERIFIER_KEEP_CALLER();
}

static inline void verifier_end_scope(const bool *unused)
{
    (void)unused;
    verifier_say();
}
#define VERIFIER_SAYS_AT_END()                                                                     \
    __attribute__((unused, cleanup(verifier_end_scope))) const bool verifier_scope = true

/* Logs the bug check, the first parameter of WDF_VIOLATION (S13.22), with its message and ends the
 * process by abort(). */
_Noreturn void verifier_bugcheck(WDF_BUGCHECK_CODES violation, const char *function,
                                 const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Checks the calling thread's IRQL (S13.7). False, after a break, when it is above the given
 * one. */
bool verifier_irql_is_at_most(unsigned char irql, const char *function);

/*
 * A string from the driver; NULL is none, and good. STATUS_INVALID_PARAMETER, after a break, when
 * it is not well-formed: its Buffer must not be read then (FxValidateUnicodeString).
 */
NTSTATUS verifier_unicode_string(const UNICODE_STRING *string, const char *function);

/* A bug check has written its last words: what ends the process now has been told. */
bool verifier_has_ended(void);

/* Writes where in which module a code address lies, with function and line where they are known.
 * Returns the buffer. */
const char *verifier_place(const void *address, char *buffer, unsigned size);

/* The same of who has ended something: "at PLACE by thread N", or "by the framework" if no place is
 * known. */
const char *verifier_doer(const void *address, unsigned thread, char *buffer, unsigned size);

/* A required pointer parameter (S1.3). Evaluates its argument once. */
#define REQUIRE_PARAMETER(pointer)                                                                 \
    ((pointer) != NULL ? (void)0                                                                   \
                       : verifier_bugcheck(WDF_REQUIRED_PARAMETER_IS_NULL, __func__,               \
                                           "required parameter %s is NULL (S1.3)", #pointer))

#endif
