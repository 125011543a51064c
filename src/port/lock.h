/*
 * Taking locks, so that clang sees it (port/annotations.h). A part of port/thread.h, which says how
 * they are taken: there are two, for production and for explorations.
 *
 * A lock that stands alone:
 *
 *     static struct port_mutex tree_lock = PORT_MUTEX_INITIALIZER;
 *     static unsigned tree_size GUARDED_BY(tree_lock);
 *
 *     PORT_LOCK_SCOPE(&tree_lock);                   for the rest of the function
 *     port_mutex_lock(&tree_lock); ... port_mutex_unlock(&tree_lock);
 *
 * A lock that is a field has the name of that field, of which the program has only one:
 *
 *     PORT_LOCK_KIND(session_lock);
 *     struct session {
 *         struct port_mutex session_lock;
 *         unsigned inside GUARDED_BY(session_lock);
 *     };
 *     static void enter_locked(struct session *session) REQUIRES(session_lock);
 *
 *     PORT_LOCK_SCOPE_OF(session, session_lock);
 *     port_lock_of(session, session_lock); ... port_unlock_of(session, session_lock);
 *
 * All locks of a kind are one to the compiler: it sees that a lock is missing, not that it is
 * another session's.
 *
 * To the compiler a scope ends with its function, or where the branch that it is in meets another
 * one. So a block that only ends the scope earlier has no scope, but locks and unlocks
 * (tests/source/test-locks.sh).
 */
#ifndef WDFUSE_PORT_LOCK_H
#define WDFUSE_PORT_LOCK_H

#include "port/annotations.h"

/* ---- locks that stand alone ---- */

static inline void port_mutex_is_taken(const struct port_mutex *mutex)
    ACQUIRES(*mutex) NO_THREAD_SAFETY_ANALYSIS
{
    (void)mutex;
}

static inline bool port_mutex_is_taken_if(const struct port_mutex *mutex, bool result)
    TRIES_TO_ACQUIRE(*mutex) NO_THREAD_SAFETY_ANALYSIS
{
    (void)mutex;
    return result;
}

static inline void port_mutex_is_given_back(const struct port_mutex *mutex)
    RELEASES(*mutex) NO_THREAD_SAFETY_ANALYSIS
{
    (void)mutex;
}

static inline void port_mutex_is_not_held(const struct port_mutex *mutex) EXCLUDES(*mutex)
{
    (void)mutex;
}

static inline void port_mutex_is_held(const struct port_mutex *mutex) ASSERTS_HELD(*mutex)
{
    (void)mutex;
}

#define port_mutex_lock(mutex)     (port_mutex_is_taken(mutex), port_raw_lock(mutex))
#define port_mutex_try_lock(mutex) port_mutex_is_taken_if((mutex), port_raw_try_lock(mutex))
#define port_mutex_unlock(mutex)   (port_mutex_is_given_back(mutex), port_raw_unlock(mutex))
#define PORT_LOCK_SCOPE(mutex)                                                                     \
    PORT_RAW_SCOPE((port_mutex_is_not_held(mutex), port_mutex_is_held(mutex)), mutex, __COUNTER__)

/* ---- locks that are fields ---- */

struct CAPABILITY("lock") port_lock_kind {
    char unused;
};

/* Declares what the compiler knows by that name. There is no such variable. */
#define PORT_LOCK_KIND(lock)                                                                       \
    extern struct port_lock_kind lock;                                                             \
    PORT_LOCK_KIND_SAYS void lock##_is_taken(void) ACQUIRES(lock) NO_THREAD_SAFETY_ANALYSIS        \
    {                                                                                              \
    }                                                                                              \
    PORT_LOCK_KIND_SAYS bool lock##_is_taken_if(bool result) TRIES_TO_ACQUIRE(lock)                \
        NO_THREAD_SAFETY_ANALYSIS                                                                  \
    {                                                                                              \
        return result;                                                                             \
    }                                                                                              \
    PORT_LOCK_KIND_SAYS void lock##_is_given_back(void) RELEASES(lock) NO_THREAD_SAFETY_ANALYSIS   \
    {                                                                                              \
    }                                                                                              \
    PORT_LOCK_KIND_SAYS void lock##_is_not_held(void) EXCLUDES(lock)                               \
    {                                                                                              \
    }                                                                                              \
    PORT_LOCK_KIND_SAYS void lock##_is_held(void) ASSERTS_HELD(lock)                               \
    {                                                                                              \
    }                                                                                              \
    extern struct port_lock_kind lock
#define PORT_LOCK_KIND_SAYS __attribute__((unused)) static inline

#define port_lock_of(object, lock)     (lock##_is_taken(), port_raw_lock(&(object)->lock))
#define port_try_lock_of(object, lock) lock##_is_taken_if(port_raw_try_lock(&(object)->lock))
#define port_unlock_of(object, lock)   (lock##_is_given_back(), port_raw_unlock(&(object)->lock))
#define PORT_LOCK_SCOPE_OF(object, lock)                                                           \
    PORT_RAW_SCOPE((lock##_is_not_held(), lock##_is_held()), &(object)->lock, __COUNTER__)

/* Where no other thread knows the structure yet, or any more: what the lock guards may be touched
 * without. */
#define port_lock_is_not_needed(lock) lock##_is_held()

#endif
