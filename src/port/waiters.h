/*
 * Who waits for a lock: written down by those who are about to sleep, for whoever looks. Whoever
 * gets a lock at once writes nothing. In explorations nobody looks.
 */
#ifndef WDFUSE_PORT_WAITERS_H
#define WDFUSE_PORT_WAITERS_H

#ifdef PORT_EXPLORE
#define waiters_add(lock)                   ((void)(lock), 0u)
#define waiters_remove(place)               ((void)(place))
#define waiters_of(lock, threads, capacity) ((void)(lock), (void)(threads), (void)(capacity), 0u)
#else

/* The calling thread waits for that lock, until it takes its place back. More than WAITERS_MAX at
 * once are not written down, and have the place WAITERS_MAX. Any thread, without a lock. */
#define WAITERS_MAX 256
unsigned waiters_add(const void *lock);
void waiters_remove(unsigned place);

/* The threads (port_thread_number) that wait for it, up to `capacity` of them; returns how many
 * there are. */
unsigned waiters_of(const void *lock, unsigned *threads, unsigned capacity);

#endif
#endif
