/*
 * Scenarios: what clients and the system do to the device, in a small text format
 * (docs/explore.md).
 *
 *     client A
 *         open
 *         write 64
 *         begin read 64
 *         cancel
 *         close
 *     main
 *         suspend
 *         resume
 */
#ifndef WDFUSE_EXPLORE_SCENARIO_H
#define WDFUSE_EXPLORE_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCENARIO_CLIENTS_MAX 16
#define SCENARIO_TIMERS_MAX  4

/* The number of requests that a client may begin before it waits for them. */
#define SCENARIO_BEGUN_MAX 16

enum scenario_verb {
    SCENARIO_OPEN,
    SCENARIO_READ,
    SCENARIO_WRITE,
    SCENARIO_IOCTL,
    SCENARIO_POLL,
    SCENARIO_CANCEL,
    SCENARIO_WAIT,
    SCENARIO_CLOSE,
    SCENARIO_SUSPEND,
    SCENARIO_RESUME,
    SCENARIO_IDLE,
    SCENARIO_WAKE,
    SCENARIO_REBALANCE,
    SCENARIO_REMOVE,
    SCENARIO_SURPRISE_REMOVE,
    SCENARIO_PLUG,
    SCENARIO_UNPLUG,
    SCENARIO_EJECT,
};

struct scenario_step {
    enum scenario_verb verb;
    bool is_begun; /* another thread submits it, and the client goes on */
    int open_flags;
    uint32_t events; /* of poll(2) */
    uint32_t control_code;
    size_t input_length;
    size_t output_length;
    char child[24]; /* which is opened, or removed; empty: the device itself */
    unsigned line;
    char text[64]; /* as it was written */
};

struct scenario_thread {
    char name[24];
    char helper_name[32]; /* of the threads that submit what it begins */
    unsigned repeat;
    struct scenario_step *steps;
    unsigned count;
};

struct scenario {
    struct scenario_thread main;
    struct scenario_thread clients[SCENARIO_CLIENTS_MAX];
    unsigned client_count;
    unsigned timers; /* threads that run timers */
};

/*
 * Reads a scenario. NULL, with one line in `error` that names the line of the file, if it is
 * invalid or can't be read.
 */
struct scenario *scenario_read(const char *path, char *error, size_t size);

/* As scenario_read, of text; `name` stands for the file in errors. */
struct scenario *scenario_parse(const char *name, const char *text, char *error, size_t size);
void scenario_free(struct scenario *scenario);

#endif
