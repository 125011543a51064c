/*
 * What makes the daemon stop: signals, and the end of the connection.
 *
 * All signals are blocked in all threads; they are read from a descriptor.
 */
#ifndef WDFUSE_HOST_STOP_H
#define WDFUSE_HOST_STOP_H

#include <stdbool.h>

struct stop;

/*
 * To be called before any thread is started. Returns 0, or -errno with a line logged. `timeout_s`
 * is how long the end may take (stop_begin); 0: no limit.
 */
int stop_create(unsigned timeout_s, struct stop **stop);
void stop_destroy(struct stop *stop);

enum stop_event {
    STOP_REMOVE,  /* SIGTERM, SIGINT, SIGHUP, or the end of the connection */
    STOP_SUSPEND, /* SIGUSR1 */
    STOP_RESUME,  /* SIGUSR2 */
    STOP_FAILED,  /* struct stop_sources */
    STOP_WAKE,    /* the same */
    STOP_SLEEP,   /* the same */
    STOP_COMMAND, /* the same */
    STOP_WOKEN,   /* the same */
};

/* Descriptors beside the signals; -1: there is none. */
struct stop_sources {
    int ended;   /* readable: STOP_REMOVE */
    int failed;  /* STOP_FAILED */
    int wake;    /* STOP_WAKE */
    int sleep;   /* STOP_SLEEP */
    int command; /* STOP_COMMAND */
    int woken;   /* STOP_WOKEN */
};

/*
 * Blocks until there is something to do: a signal, or a descriptor is readable; logs what ends the
 * daemon, except for `failed`, whose reason was logged already.
 */
enum stop_event stop_wait(struct stop *stop, const struct stop_sources *sources);

/* A signal has asked for the end: stop_wait has returned that, or will at once. Not while there is
 * a guard. */
bool stop_was_asked(const struct stop *stop);

/* The end begins, and its time, if it has not begun yet. Not while there is a guard. */
void stop_begin(struct stop *stop);

struct stop_listener {
    void *argument;
    void (*report)(void *argument);     /* says what the driver is doing: it takes long */
    void (*last_words)(void *argument); /* before the process ends at once, in seconds */
};

/*
 * From here to stop_finish this thread may have to wait for the driver. A thread of its own
 * watches:
 *
 *     first SIGTERM, SIGINT or SIGHUP    the end has begun; stop_wait returns STOP_REMOVE at once
 *     a second SIGTERM or SIGINT         the process ends at once, with status 1, after last_words
 *     the end takes too long             the same
 *     after 5 s, 10 s, 20 s ...          report, and a line that says what helps
 *
 * If it cannot watch, stopping goes on without it.
 */
void stop_guard(struct stop *stop, const struct stop_listener *listener);
void stop_finish(struct stop *stop);

#endif
