/* One round with a node: clients use system calls while its daemon is suspended and resumed. */
#ifndef DEVFUND_NODE_H
#define DEVFUND_NODE_H

#include <sys/types.h>

#include "round.h"

struct node_options {
    const char *path;
    pid_t daemon; /* gets SIGUSR1 and SIGUSR2 (wdfhost(8)); 0: nobody does */
    unsigned clients;
    unsigned operations; /* of each client */
    unsigned events;
    unsigned patience_s;
};

/* Like round_run. */
void node_run(const struct node_options *options, uint64_t seed, struct round_counts *counts);

#endif
