/* A client of a scenario: a logical thread that does to the device what a process would do. */
#ifndef WDFUSE_EXPLORE_CLIENT_H
#define WDFUSE_EXPLORE_CLIENT_H

#include <stdbool.h>

#include <ntdef.h>

#include "explore/scenario.h"
#include "framework/io.h"
#include "port/explore/scheduler.h"
#include "port/thread.h"

struct client_request {
    struct client *client;
    const struct scenario_step *step; /* NULL: not in use */
    struct io_request *io;            /* with a reference if it was begun */
    struct explore_event answered;
    NTSTATUS status;
    size_t count;
    struct io_file *file; /* of an open that succeeded */
    struct port_thread submitter;
    bool has_submitter;
};

/* What clients open: the device itself, or a child of it, by what its node's name has after that
 * of the device (with a reference; NULL: it is not there). */
struct client_devices {
    struct io_device *device;
    struct io_device *(*find_child)(const char *name);
};

struct client {
    const struct scenario_thread *scenario;
    const struct client_devices *devices;
    struct port_thread thread;
    struct io_file *file;                            /* NULL: not open */
    uint32_t open_flags;                             /* of the file */
    struct client_request waiting;                   /* what the thread itself has asked for */
    struct client_request begun[SCENARIO_BEGUN_MAX]; /* and what it goes on beside */
    struct explore_event woken;                      /* what it polls has changed */
    const struct scenario_step *polling;             /* NULL: it does not */
    const struct scenario_step *step;                /* where it is */
    void (*ended)(void);
};

/* Begins the client's thread, which calls ended at its end. False when there are too many. */
bool client_start(struct client *client, const struct scenario_thread *scenario,
                  const struct client_devices *devices, void (*ended)(void));
void client_join(struct client *client);

/* A request that is not answered yet, or NULL. */
const struct client_request *client_unanswered(const struct client *client);

/* What it polls has happened, and it sleeps. */
bool client_missed_wakeup(const struct client *client);

#endif
