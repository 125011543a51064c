/* The background. See background.h. */
#include "host/background.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/log.h"

/* The child has closed the pipe without a byte: it has ended, or is about to. */
static void explain_failure(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        log_error("the daemon was killed by signal %d (%s) before the device was ready",
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) == 0)
        log_error("the daemon was told to stop before the device was ready");
    /* Otherwise it has said what failed. */
}

static int await_child(int pipe, pid_t child)
{
    char byte;
    ssize_t received;
    do
        received = read(pipe, &byte, 1);
    while (received < 0 && errno == EINTR);
    close(pipe);
    if (received == 1)
        return 0;
    explain_failure(child);
    return 1;
}

bool background_start(struct background *background, int *status)
{
    int ends[2];
    *status = 1;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        log_error("no pipe to the background: %s", strerror(errno));
        return true;
    }
    pid_t child = fork();
    if (child < 0) {
        log_error("no process for the background: %s; -f stays in the foreground", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return true;
    }
    if (child > 0) {
        close(ends[1]);
        *status = await_child(ends[0], child);
        return true;
    }
    close(ends[0]);
    background->pipe = ends[1];
    return false;
}

static int leave_terminal(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return -errno;
    setsid();
    int error = 0;
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO && error == 0; standard++) {
        if (dup2(null, standard) < 0)
            error = -errno;
    }
    if (null > STDERR_FILENO)
        close(null);
    return error != 0 || chdir("/") == 0 ? error : -errno;
}

int background_ready(struct background *background)
{
    if (background->pipe < 0)
        return 0;

    /* The byte comes last: from then on the parent's terminal may be used for something else. */
    int error = leave_terminal();
    if (error == 0 && write(background->pipe, "", 1) != 1)
        error = -errno;
    close(background->pipe);
    background->pipe = -1;
    return error;
}
