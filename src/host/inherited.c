/* Inherited descriptors. See inherited.h. */
#include "host/inherited.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "port/log.h"

static struct {
    int *descriptors;
    size_t count;
} inherited;

static void note(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0)
        return;
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    int *more = reallocarray(inherited.descriptors, inherited.count + 1, sizeof(*more));
    if (more == NULL) {
        log_warning("no memory: descriptor %d of whoever started this stays open", descriptor);
        return;
    }
    inherited.descriptors = more;
    more[inherited.count++] = descriptor;
}

void inherited_note(void)
{
    /* The end of a helper process would go unnoticed. */
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        signal(SIGCHLD, SIG_DFL);
    DIR *stream = opendir("/proc/self/fd");
    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        int descriptor = atoi(entry->d_name);
        if (descriptor > STDERR_FILENO)
            note(descriptor);
    }
    closedir(stream);
}

void inherited_close(void)
{
    for (size_t i = 0; i < inherited.count; i++)
        close(inherited.descriptors[i]);
    free(inherited.descriptors);
    inherited.descriptors = NULL;
    inherited.count = 0;
}
