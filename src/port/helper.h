/*
 * Helper processes: forks of the daemon that do one task for it.
 *
 * A helper gets its work through a channel, whose end of file means that the daemon has ended. It
 * outlives the daemon for a moment, to take away what that leaves, so only SIGKILL ends it: a
 * daemon that is stopped with all its processes, as systemd does it, still ends in order.
 */
#ifndef WDFUSE_PORT_HELPER_H
#define WDFUSE_PORT_HELPER_H

#include <stdbool.h>
#include <stdint.h>

/* The channel's number in a helper. */
#define PORT_HELPER_CHANNEL 3

struct port_helper {
    /* As ps(1) shows it; up to 15 characters. */
    const char *name;
    /* The daemon's number of the channel, behind standard error; -1: it has none. */
    int channel;
    /* What it keeps of the daemon's capabilities: bits, 1 << CAP_*. */
    uint64_t capabilities;
    /* It starts a program that has privileges of its own (set-user-ID). */
    bool starts_privileged;
};

/*
 * The process is a helper from now on. It holds nothing of the daemon: no terminal, no device, no
 * folder, no descriptor except the channel, and no privilege that it does not need. For the child
 * after fork(2), of a process with threads as well: nothing is allocated, locked or logged. It
 * ends the process if a privilege can't be given up.
 */
void port_helper_settle(const struct port_helper *helper);

#endif
