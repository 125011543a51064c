/*
 * Commands on their way from the socket's thread to the host's main thread, and back.
 *
 *     WAITING --taken--> RUNNING --finished--> DONE --collected--> (freed)
 *
 * The client may disconnect at any time: a waiting command is dropped then, a running one is
 * finished.
 */
#ifndef WDFUSE_CONTROL_COMMAND_H
#define WDFUSE_CONTROL_COMMAND_H

#include <stdbool.h>

#include "control/control.h"

struct command_line; /* a queue of them */
struct pending_command;

/* `done` becomes readable when a command is done. NULL when there is no memory or descriptor. */
struct command_line *command_line_create(int done);
void command_line_destroy(struct command_line *line);

/* The host's side (control.h). */
int command_line_descriptor(const struct command_line *line);
const struct control_command *command_line_take(struct command_line *line);
void command_line_finish(struct command_line *line, NTSTATUS status);

/* At the end, by the host's main thread: ends all watches. */
void command_line_end_watches(struct command_line *line);

/* The socket's side. Takes over what the command owns. NULL when there is no memory, or too many
 * wait. */
struct pending_command *command_ask(struct command_line *line,
                                    const struct control_command *command);

/* True once it is done: its status. It stays until it is freed. */
bool command_is_done(struct command_line *line, struct pending_command *pending, NTSTATUS *status);
void command_free(struct command_line *line, struct pending_command *pending);
const struct control_command *command_of(const struct pending_command *pending);

/* Its status is not wanted: it is executed all the same, */
void command_leave(struct command_line *line, struct pending_command *pending);

/* or, unless it runs already, it is not executed. A watch that it has begun is ended. */
void command_forget(struct command_line *line, struct pending_command *pending);

#endif
