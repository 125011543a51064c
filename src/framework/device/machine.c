/* Running the tables. See machine.h. */
#include "framework/device/machine.h"

#include <assert.h>
#include <stddef.h>

#include "framework/device/device.h"
#include "framework/device/statewatch.h"
#include "history/history.h"

#define MACHINE_EVENT_NAME(name, text) [EVENT_##name] = (text),
static const char *const event_names[] = {MACHINE_EVENTS(MACHINE_EVENT_NAME)};
#undef MACHINE_EVENT_NAME

const char *machine_event_name(enum machine_event event)
{
    return event_names[event];
}

void machine_init(struct machine *machine, const struct machine_table *table, unsigned state)
{
    port_lock_is_not_needed(io_lock); /* nobody knows the device yet */
    machine->table = table;
    machine->state = state;
}

unsigned machine_state(struct wdf_device *device, enum machine_id id)
{
    IO_LOCK_SCOPE(device->io.domain);
    return device->machines[id].state;
}

static const struct machine_row *find_row(const struct machine_table *table, unsigned state)
{
    for (unsigned i = 0; i < table->count; i++) {
        if (table->rows[i].state == state)
            return &table->rows[i];
    }
    return NULL;
}

/* 0: there is none. */
static unsigned next_state(const struct machine_row *row, enum machine_event event)
{
    for (const struct machine_edge *edge = row->edges; edge->event != EVENT_NONE; edge++) {
        if (edge->event == event)
            return edge->next;
    }
    return 0;
}

static const char *row_name(const struct machine_table *table, unsigned state)
{
    const struct machine_row *row = find_row(table, state);
    return row != NULL ? row->name : NULL;
}

static void set_state(struct wdf_device *device, enum machine_id id, unsigned current,
                      const struct machine_row *row)
{
    const char *before = row_name(device->machines[id].table, current);
    IO_LOCK_SCOPE(device->io.domain);
    device->machines[id].state = row->state;
    history_add_step(STATE, &device->io.object, history_name(before), 0, history_name(row->name));
}

/* S18.41: leave, enter, work, post-process. Returns the event that the work has led to. */
static enum machine_event enter(struct wdf_device *device, enum machine_id id, unsigned current,
                                const struct machine_row *row)
{
    state_watch_tell(device, id, StateNotificationLeaveState, current, row->state);
    state_watch_tell(device, id, StateNotificationEnterState, current, row->state);
    set_state(device, id, current, row);
    enum machine_event event = row->work != NULL ? row->work(device) : EVENT_NONE;
    state_watch_tell(device, id, StateNotificationPostProcessState, row->state, 0);
    return event;
}

bool machine_send(struct wdf_device *device, enum machine_id id, enum machine_event event)
{
    struct machine *machine = &device->machines[id];
    const struct machine_row *row = find_row(machine->table, machine_state(device, id));
    unsigned next = row != NULL ? next_state(row, event) : 0;
    if (next == 0)
        return false;
    assert(!machine->is_running);
    machine->is_running = true;
    while (next != 0) {
        unsigned current = row->state;
        row = find_row(machine->table, next);
        assert(row != NULL);
        event = enter(device, id, current, row);
        next = event != EVENT_NONE ? next_state(row, event) : 0;
        assert(event == EVENT_NONE || next != 0);
    }
    machine->is_running = false;
    return true;
}

enum machine_event machine_pass(struct wdf_device *device)
{
    (void)device;
    return EVENT_DONE;
}
