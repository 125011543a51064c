/*
 * What makes the daemon stop: signals, and the end of the connection.
 *
 * All signals are blocked in all threads; they are read from a descriptor.
 */
#ifndef WDFUSE_HOST_STOP_H
#define WDFUSE_HOST_STOP_H

struct stop;

/* To be called before any thread is started. Returns 0, or -errno with a line logged. */
int stop_create(struct stop **stop);
void stop_destroy(struct stop *stop);

enum stop_event {
    STOP_REMOVE,  /* SIGTERM, SIGINT, SIGHUP, or the end of the connection */
    STOP_SUSPEND, /* SIGUSR1 */
    STOP_RESUME,  /* SIGUSR2 */
    STOP_FAILED,  /* the other descriptor */
};

/*
 * Blocks until there is something to do: a signal, `ended` is readable (STOP_REMOVE), or `failed` is; says in
 * the log what ends the daemon, but of `failed`, whose reason is known already.
 */
enum stop_event stop_wait(struct stop *stop, int ended, int failed);

/*
 * From here to stop_finish this thread may have to wait for a driver that holds a request. A SIGINT or
 * SIGTERM in this time ends the process at once, with status 1 and a line that says so, after
 * last_words(argument). Failure to watch is no failure to stop.
 */
void stop_guard(struct stop *stop, void (*last_words)(void *), void *argument);
void stop_finish(struct stop *stop);

#endif
