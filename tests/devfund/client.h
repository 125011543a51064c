/* A client of a device in this process: a thread that acts at random. */
#ifndef DEVFUND_CLIENT_H
#define DEVFUND_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>

#include <wdfuse/inproc.h>

#include "chance.h"

#define NODES_MAX 16
#define TEXTS_MAX 16

/* What the clients of a round open, and their progress. */
struct clients_target {
    WDFUSEDEVICE device; /* NULL or without a PnP device: only the nodes */
    bool has_device;
    const char *nodes[NODES_MAX];
    unsigned node_count;
    const char *texts[TEXTS_MAX]; /* what they write now and then */
    unsigned text_count;
    unsigned operations;          /* of each client */
    _Atomic(unsigned long) *done; /* by all of them */
    /* The device is changing its state: nobody gives up meanwhile, because the change must not need
     * it. */
    _Atomic(bool) is_in_transition;
};

struct client;

/* Starts client number N of the round with that seed. */
struct client *client_start(struct clients_target *target, uint64_t seed, unsigned number);

/* Waits until it has done all its operations, given up what is left and closed its files. */
void client_join(struct client *client);

#endif
