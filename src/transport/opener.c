/* The process of a thread. See opener.h. */
#include "transport/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Usually it is the process's first thread, which has the same number: one call tells, without a
 * file. */
static bool is_first_thread(pid_t thread)
{
    return syscall(SYS_tgkill, thread, thread, 0) == 0 || errno == EPERM;
}

pid_t opener_process(pid_t thread)
{
    char text[512];
    if (thread <= 0 || is_first_thread(thread))
        return thread;
    snprintf(text, sizeof(text), "/proc/%d/status", (int)thread);
    int status = open(text, O_RDONLY | O_CLOEXEC);
    ssize_t length = status >= 0 ? read(status, text, sizeof(text) - 1) : -1;
    if (status >= 0)
        close(status);
    text[length > 0 ? length : 0] = '\0';
    const char *line = strstr(text, "\nTgid:");
    pid_t process = line != NULL ? (pid_t)atoi(line + strlen("\nTgid:")) : 0;
    return process > 0 ? process : thread;
}
