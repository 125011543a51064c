/* A client of a scenario: a logical thread that uses the device like a process. */
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

/* The devices that clients open: the device itself, or a child, found by the part of its node's
 * name after the device's (with a reference; NULL: not there). */
struct client_devices {
    struct io_device *device;
    struct io_device *(*find_child)(const char *name);
};

struct client {
    const struct scenario_thread *scenario;
    const struct client_devices *devices;
    struct port_thread thread;
    struct io_file *file;          /* NULL: not open */
    uint32_t open_flags;           /* of the file */
    struct client_request waiting; /* the request that the thread itself waits for */
    struct client_request begun[SCENARIO_BEGUN_MAX]; /* and those that it does not wait for */
    struct explore_event woken;                      /* the polled state has changed */
    const struct scenario_step *polling;             /* NULL: it does not poll */
    const struct scenario_step *step;                /* the step that it executes */
    void (*ended)(void);
};

/* Begins the client's thread, which calls ended at its end. False when there are too many. */
bool client_start(struct client *client, const struct scenario_thread *scenario,
                  const struct client_devices *devices, void (*ended)(void));
void client_join(struct client *client);

/* A request that is not answered yet, or NULL. */
const struct client_request *client_unanswered(const struct client *client);

/* The polled event has happened, and the thread sleeps. */
bool client_missed_wakeup(const struct client *client);

#endif
