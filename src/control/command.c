/* Commands from one thread to another. See command.h. */
#include "control/command.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <wdf.h>

#include "control/wmi.h"
#include "port/thread.h"

/* Of all clients together, open watches included: a client that does not wait for the end could ask
 * for any number. */
#define COMMANDS_MAX 64

enum command_state { COMMAND_WAITING, COMMAND_RUNNING, COMMAND_DONE };

struct pending_command {
    struct control_command command; /* constant */
    enum command_state state;       /* of these two, under the line's lock */
    bool is_forgotten;
    NTSTATUS status; /* DONE */
    LIST_ENTRY entry;
};

PORT_LOCK_KIND(command_lock);

struct command_line {
    int done;    /* the socket's thread polls it */
    int waiting; /* the main thread does; a semaphore: one for each command that waits */
    struct port_mutex command_lock;
    LIST_ENTRY commands GUARDED_BY(command_lock); /* the oldest first */
    unsigned count GUARDED_BY(command_lock);
};

struct command_line *command_line_create(int done)
{
    struct command_line *line = calloc(1, sizeof(*line));
    if (line == NULL)
        return NULL;
    line->done = done;
    line->waiting = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (line->waiting < 0) {
        free(line);
        return NULL;
    }
    port_mutex_init(&line->command_lock);
    port_lock_is_not_needed(command_lock); /* nobody else knows it */
    InitializeListHead(&line->commands);
    return line;
}

static struct pending_command *from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct pending_command, entry);
}

static void dispose(struct pending_command *pending)
{
    free(pending->command.wmi);
    free(pending);
}

void command_line_destroy(struct command_line *line)
{
    if (line == NULL)
        return;
    port_lock_is_not_needed(command_lock);
    while (!IsListEmpty(&line->commands))
        dispose(from_entry(RemoveHeadList(&line->commands)));
    port_mutex_destroy(&line->command_lock);
    close(line->waiting);
    free(line);
}

int command_line_descriptor(const struct command_line *line)
{
    return line->waiting;
}

static struct pending_command *find_locked(struct command_line *line, enum command_state state)
    REQUIRES(command_lock)
{
    for (LIST_ENTRY *entry = line->commands.Flink; entry != &line->commands; entry = entry->Flink) {
        if (from_entry(entry)->state == state)
            return from_entry(entry);
    }
    return NULL;
}

const struct control_command *command_line_take(struct command_line *line)
{
    eventfd_t count;
    if (eventfd_read(line->waiting, &count) != 0)
        return NULL;
    PORT_LOCK_SCOPE_OF(line, command_lock);
    struct pending_command *pending = find_locked(line, COMMAND_WAITING);
    if (pending == NULL) /* its client is gone */
        return NULL;
    pending->state = COMMAND_RUNNING;
    return &pending->command;
}

static void free_locked(struct command_line *line, struct pending_command *pending)
    REQUIRES(command_lock)
{
    line->count--;
    RemoveEntryList(&pending->entry);
    dispose(pending);
}

/* No client waits for it. A watch that it has begun is ended by the thread that began it: by
 * another command in its place. */
static void forget_done_locked(struct command_line *line, struct pending_command *pending)
    REQUIRES(command_lock)
{
    if (!wmi_is_watching(&pending->command)) {
        free_locked(line, pending);
        return;
    }
    pending->command.verb = CONTROL_WMI_UNWATCH;
    pending->state = COMMAND_WAITING;
    pending->is_forgotten = true;
    eventfd_write(line->waiting, 1);
}

void command_line_finish(struct command_line *line, NTSTATUS status)
{
    PORT_LOCK_SCOPE_OF(line, command_lock);
    struct pending_command *pending = find_locked(line, COMMAND_RUNNING);
    if (pending == NULL)
        return;
    pending->state = COMMAND_DONE;
    pending->status = status;
    if (pending->is_forgotten)
        forget_done_locked(line, pending);
    else
        eventfd_write(line->done, 1);
}

static struct wmi_watch *next_watch(struct command_line *line)
{
    PORT_LOCK_SCOPE_OF(line, command_lock);
    for (LIST_ENTRY *entry = line->commands.Flink; entry != &line->commands; entry = entry->Flink) {
        struct control_command *command = &from_entry(entry)->command;
        if (wmi_is_watching(command))
            return wmi_take_watch(command);
    }
    return NULL;
}

void command_line_end_watches(struct command_line *line)
{
    struct wmi_watch *watch;
    while ((watch = next_watch(line)) != NULL)
        wmi_watch_end(watch);
}

struct pending_command *command_ask(struct command_line *line,
                                    const struct control_command *command)
{
    struct pending_command *pending = malloc(sizeof(*pending));
    if (pending == NULL) {
        free(command->wmi);
        return NULL;
    }
    *pending = (struct pending_command){.command = *command};
    port_lock_of(line, command_lock);
    bool has_room = line->count < COMMANDS_MAX;
    if (has_room) {
        line->count++;
        InsertTailList(&line->commands, &pending->entry);
        eventfd_write(line->waiting, 1);
    }
    port_unlock_of(line, command_lock);
    if (has_room)
        return pending;
    dispose(pending);
    return NULL;
}

bool command_is_done(struct command_line *line, struct pending_command *pending, NTSTATUS *status)
{
    PORT_LOCK_SCOPE_OF(line, command_lock);
    *status = pending->status;
    return pending->state == COMMAND_DONE;
}

void command_free(struct command_line *line, struct pending_command *pending)
{
    PORT_LOCK_SCOPE_OF(line, command_lock);
    free_locked(line, pending);
}

const struct control_command *command_of(const struct pending_command *pending)
{
    return &pending->command;
}

void command_leave(struct command_line *line, struct pending_command *pending)
{
    PORT_LOCK_SCOPE_OF(line, command_lock);
    if (pending->state == COMMAND_DONE)
        free_locked(line, pending);
    else
        pending->is_forgotten = true;
}

void command_forget(struct command_line *line, struct pending_command *pending)
{
    PORT_LOCK_SCOPE_OF(line, command_lock);
    if (pending->state == COMMAND_RUNNING)
        pending->is_forgotten = true;
    else if (pending->state == COMMAND_DONE)
        forget_done_locked(line, pending);
    else
        free_locked(line, pending);
}
