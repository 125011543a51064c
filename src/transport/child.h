/*
 * Starting programs from a process with threads: posix_spawn, with the few settings that mount.c
 * needs.
 */
#ifndef WDFUSE_TRANSPORT_CHILD_H
#define WDFUSE_TRANSPORT_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The number under which a child finds the socket that it is given. */
#define CHILD_SOCKET 3

/* What a child has instead of all our descriptors. -1 stands for /dev/null, and for no socket at
 * all. */
struct child_descriptors {
    int input;
    int errors;
    int socket;
};

/*
 * Starts the program arguments[0], looked for in PATH, in a session of its own. `environment` NULL
 * means ours. Returns 0, or a positive errno value, as posix_spawn does.
 */
int child_spawn(const char *const arguments[], const struct child_descriptors *descriptors,
                char *const environment[], pid_t *child);

/* Waits for a child's end; it may run as another user, so that there is no killing it. False: too
 * slow. `status` is as waitpid(2) says, 0 if it can't tell. */
bool child_await(pid_t child, uint64_t nanoseconds, int *status);

#endif
