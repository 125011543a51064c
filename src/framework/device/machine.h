/*
 * State machines of a device as tables: PnP (pnp.c), power (power.c) and power policy (policy.c),
 * with the states' public names and numbers.
 *
 * A row is a state: the work done in it, and the state that each event leads to. The work returns
 * an event; EVENT_NONE: the state waits for one from outside. The thread that has the turn of the
 * device's tree (turn.h) runs all machines of the tree, so events never collide. One direction of
 * calls: PnP sends to the policy, the policy to the power machines of the stack (stack.h).
 *
 * docs/states.md shows the tables; test_states.c compares them.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_MACHINE_H
#define WDFUSE_FRAMEWORK_DEVICE_MACHINE_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/io/domain.h"

struct wdf_device;

/* X(NAME, name in tables) */
#define MACHINE_EVENTS(X)                                                                          \
    X(NONE, "")                                                                                    \
    X(DONE, "done")                                                                                \
    X(FAILED, "failed")                                                                            \
    X(IS_CHILD, "is a child")                                                                      \
    X(POWER_FAILED, "power failed")                                                                \
    X(ADD, "added")                                                                                \
    X(START, "start")                                                                              \
    X(QUERY_STOP, "query stop")                                                                    \
    X(CANCEL_STOP, "cancel stop")                                                                  \
    X(STOP, "stop")                                                                                \
    X(QUERY_REMOVE, "query remove")                                                                \
    X(CANCEL_REMOVE, "cancel remove")                                                              \
    X(REMOVE, "remove")                                                                            \
    X(SURPRISE_REMOVE, "surprise remove")                                                          \
    X(CLOSED, "closed")                                                                            \
    X(POWER_UP_FAILED, "power-up failed")                                                          \
    X(POWER_DOWN_FAILED, "power-down failed")                                                      \
    X(IMPLICIT_D0, "implicit D0")                                                                  \
    X(IMPLICIT_D3, "implicit D3")                                                                  \
    X(D0, "D0")                                                                                    \
    X(COMPLETE_D0, "complete D0")                                                                  \
    X(DX, "Dx")                                                                                    \
    X(COMPLETE_DX, "complete Dx")                                                                  \
    X(IDLE_CAPABLE, "can idle")                                                                    \
    X(WAKE_CAPABLE, "can wake")                                                                    \
    X(USB, "over USB")                                                                             \
    X(WAKE_ARRIVAL, "wake request")                                                                \
    X(WAKE_SUCCEEDED, "woken")                                                                     \
    X(WAKE_FAILED, "wake failed")                                                                  \
    X(WAKE_CANCELED, "wake canceled")                                                              \
    X(IDLE, "idle")                                                                                \
    X(IO_PRESENT, "I/O present")                                                                   \
    X(POLICY_CHANGED, "policy changed")                                                            \
    X(SX, "Sx")                                                                                    \
    X(S0, "S0")

#define MACHINE_EVENT(name, text) EVENT_##name,
enum machine_event { MACHINE_EVENTS(MACHINE_EVENT) EVENT_COUNT };
#undef MACHINE_EVENT

#define MACHINE_EDGES_MAX 9

struct machine_row {
    const char *name; /* the state's, without WdfDevState and the machine's */
    unsigned state;
    enum machine_event (*work)(struct wdf_device *device); /* NULL: none, and it waits */
    struct machine_edge {
        enum machine_event event; /* EVENT_NONE ends the list */
        unsigned next;
    } edges[MACHINE_EDGES_MAX + 1];
};

/* In a table: MACHINE_ROW(Pnp, Started, NULL, MACHINE_EDGE(Pnp, REMOVE, StartedRemoving), ...) */
#define MACHINE_ROW(machine, state, work, ...)                                                     \
    {                                                                                              \
#state, (unsigned)WdfDevState##machine##state, work,                                       \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define MACHINE_EDGE(machine, event, state)                                                        \
    {                                                                                              \
        EVENT_##event, (unsigned)WdfDevState##machine##state                                       \
    }

enum machine_id { MACHINE_PNP, MACHINE_POWER, MACHINE_POLICY, MACHINE_COUNT };

struct machine_table {
    enum machine_id id;
    const char *name;
    const struct machine_row *rows;
    unsigned count;
};

/* Part of the device. */
struct machine {
    const struct machine_table *table;  /* constant */
    unsigned state GUARDED_BY(io_lock); /* written in a turn */
    bool is_running;                    /* inside machine_send; used in a turn */
};

void machine_init(struct machine *machine, const struct machine_table *table, unsigned state);

/* False: the state has no such event, and nothing happens. */
bool machine_send(struct wdf_device *device, enum machine_id id, enum machine_event event);

/* For any thread. */
unsigned machine_state(struct wdf_device *device, enum machine_id id);

const char *machine_event_name(enum machine_event event);

/* The work of a state that only leads to the next one. */
enum machine_event machine_pass(struct wdf_device *device);

/* The event that tells how a step has ended. */
static inline enum machine_event machine_result(NTSTATUS status)
{
    return NT_SUCCESS(status) ? EVENT_DONE : EVENT_FAILED;
}

#endif
