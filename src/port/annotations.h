/*
 * What the compiler checks about locks: clang's thread-safety analysis. Other compilers see nothing
 * of it.
 *
 *     struct port_mutex lock;
 *     int count GUARDED_BY(lock);                      the lock has to be held to read or write it
 *     static void count_locked(void) REQUIRES(lock);   the caller holds it
 *     static void stop_locked(void) RELEASES(lock);    ... and no longer does afterwards
 *     void count(void) EXCLUDES(lock);                 the caller doesn't
 *
 * A lock is named by its variable. A lock that is a field has a name of its own (PORT_LOCK_KIND in
 * port/lock.h), since in C an annotation can't name a neighbour in the same structure.
 *
 * Not seen are accesses through the address of a guarded field, and calls through pointers to
 * functions.
 */
#ifndef WDFUSE_PORT_ANNOTATIONS_H
#define WDFUSE_PORT_ANNOTATIONS_H

#ifdef __clang__
#define PORT_ANNOTATION(attribute) __attribute__((attribute))
#else
#define PORT_ANNOTATION(attribute)
#endif

/* Of a type: it is a lock, and this is what messages call it. */
#define CAPABILITY(what) PORT_ANNOTATION(capability(what))

/* Of a variable or a field; the second: of what a pointer points to. */
#define GUARDED_BY(lock)         PORT_ANNOTATION(guarded_by(lock))
#define POINTEE_GUARDED_BY(lock) PORT_ANNOTATION(pt_guarded_by(lock))

/* Of a function: what its caller holds, or does not hold. */
#define REQUIRES(...) PORT_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) PORT_ANNOTATION(locks_excluded(__VA_ARGS__))

/* Of a function: what is held when it returns, and was not before; or the other way round. */
#define ACQUIRES(...) PORT_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASES(...) PORT_ANNOTATION(release_capability(__VA_ARGS__))

/* Of a function: held if it has returned true. */
#define TRIES_TO_ACQUIRE(...) PORT_ANNOTATION(try_acquire_capability(1, __VA_ARGS__))

/* Of a function: held from here to the end of the caller, whatever the compiler has seen of it. */
#define ASSERTS_HELD(...) PORT_ANNOTATION(assert_capability(__VA_ARGS__))

/* Of a function that carries such an operation out. */
#define NO_THREAD_SAFETY_ANALYSIS PORT_ANNOTATION(no_thread_safety_analysis)

#endif
