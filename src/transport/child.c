/* Child processes. See child.h. */
#include "transport/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "port/clock.h"

/* In a session of its own, so that Ctrl-C reaches only us; no signal is blocked or ignored. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    int error = posix_spawnattr_init(attributes);
    if (error != 0)
        return error;
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &defaults);
    posix_spawnattr_setflags(attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    return 0;
}

static int prepare_actions(posix_spawn_file_actions_t *actions,
                           const struct child_descriptors *descriptors)
{
    int error = posix_spawn_file_actions_init(actions);
    if (error != 0)
        return error;
    if (descriptors->input >= 0)
        posix_spawn_file_actions_adddup2(actions, descriptors->input, STDIN_FILENO);
    else
        posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(
        actions, descriptors->errors >= 0 ? descriptors->errors : STDOUT_FILENO, STDERR_FILENO);
    if (descriptors->socket >= 0)
        posix_spawn_file_actions_adddup2(actions, descriptors->socket, CHILD_SOCKET);
    int first_foreign = descriptors->socket >= 0 ? CHILD_SOCKET + 1 : CHILD_SOCKET;
    posix_spawn_file_actions_addclosefrom_np(actions, first_foreign);
    return 0;
}

int child_spawn(const char *const arguments[], const struct child_descriptors *descriptors,
                char *const environment[], pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = prepare_actions(&actions, descriptors);
    if (error != 0)
        return error;
    error = prepare_attributes(&attributes);
    if (error == 0) {
        error = posix_spawnp(child, arguments[0], &actions, &attributes, (char *const *)arguments,
                             environment != NULL ? environment : environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

bool child_await(pid_t child, uint64_t nanoseconds, int *status)
{
    uint64_t deadline = port_clock_now() + nanoseconds;
    struct timespec pause = {.tv_nsec = 500000};
    *status = 0;
    while (waitpid(child, status, WNOHANG) == 0) {
        if (port_clock_now() > deadline)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}
