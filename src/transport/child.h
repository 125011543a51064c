/*
 * Starting programs from a process with threads: posix_spawn, with the few settings that mount.c
 * needs.
 */
#ifndef WDFUSE_TRANSPORT_CHILD_H
#define WDFUSE_TRANSPORT_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The descriptor under which a child finds its socket. */
#define CHILD_SOCKET 3

/* A child's descriptors; it inherits no others. -1 stands for /dev/null, or for no socket at
 * all. */
struct child_descriptors {
    int input;
    int errors;
    int socket;
};

/* Starts the program arguments[0], searched in PATH, in a session of its own. `environment` NULL
 * means ours. Returns 0, or a positive errno value, as posix_spawn does. */
int child_spawn(const char *const arguments[], const struct child_descriptors *descriptors,
                char *const environment[], pid_t *child);

/* Waits for a child to end; it may run as another user, so it cannot be killed. Returns false on
 * timeout. `status` is that of waitpid(2), or 0 if unknown. */
bool child_await(pid_t child, uint64_t nanoseconds, int *status);

#endif
