/* Commands from one thread to another. See command.h. */
#include "control/command.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <wdf.h>

#include "port/thread.h"

/* That wait or run: a client that does not wait for the end could ask for any number. */
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

void command_line_destroy(struct command_line *line)
{
    if (line == NULL)
        return;
    port_lock_is_not_needed(command_lock);
    while (!IsListEmpty(&line->commands))
        free(from_entry(RemoveHeadList(&line->commands)));
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
    if (pending == NULL) /* it was forgotten */
        return NULL;
    pending->state = COMMAND_RUNNING;
    return &pending->command;
}

static void free_locked(struct command_line *line, struct pending_command *pending)
    REQUIRES(command_lock)
{
    line->count--;
    RemoveEntryList(&pending->entry);
    free(pending);
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
        free_locked(line, pending);
    else
        eventfd_write(line->done, 1);
}

struct pending_command *command_ask(struct command_line *line,
                                    const struct control_command *command)
{
    struct pending_command *pending = malloc(sizeof(*pending));
    if (pending == NULL)
        return NULL;
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
    free(pending);
    return NULL;
}

bool command_collect(struct command_line *line, struct pending_command *pending, NTSTATUS *status)
{
    PORT_LOCK_SCOPE_OF(line, command_lock);
    if (pending->state != COMMAND_DONE)
        return false;
    *status = pending->status;
    free_locked(line, pending);
    return true;
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
    else
        free_locked(line, pending);
}
