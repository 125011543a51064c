/* wdfctl use and unuse: special files on a device. */
#include <stdio.h>

#include "command.h"

int run_use(const struct command *command, const struct invocation *invocation)
{
    char device[300];
    if (invocation->count != 2)
        return complain_of_usage("use DEVICE FILE, or unuse DEVICE FILE, with a FILE of paging, "
                                 "hibernation, dump, boot and guest",
                                 "usage");
    snprintf(device, sizeof(device), "device '%s'", invocation->words[0]);
    json_t *parameters =
        json_pack("{s:s, s:s}", "device", invocation->words[0], "file", invocation->words[1]);
    json_t *answer = ask_daemons(command, invocation, command->method, parameters, device);
    int status = answer != NULL ? STATUS_DONE : STATUS_FAILED;
    json_decref(parameters);
    json_decref(answer);
    return status;
}
