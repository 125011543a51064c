/* Executes the commands of the control socket's clients (control/control.h). */
#ifndef WDFUSE_HOST_COMMANDS_H
#define WDFUSE_HOST_COMMANDS_H

#include <stdbool.h>

#include <ntdef.h>

struct control_command;

/* Executes a command about one device or one request, and returns its status. In the host's main
 * thread. */
NTSTATUS command_execute(const struct control_command *command);

/* False: after removals no device is left that could be opened. */
bool command_has_left_devices(void);

#endif
