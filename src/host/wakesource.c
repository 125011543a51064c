/* A file that wakes devices. See wakesource.h. */
#include "host/wakesource.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/log.h"

struct wake_source {
    int descriptor; /* -1: it has ended */
};

/* A FIFO is opened for writing as well: so it has no end of file when its writers close it. */
static int open_file(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return -errno;
    int access = S_ISFIFO(status.st_mode) ? O_RDWR : O_RDONLY;
    int descriptor = open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int wake_source_open(const char *path, struct wake_source **source)
{
    struct wake_source *new = calloc(1, sizeof(*new));
    if (new == NULL) {
        log_error("no memory");
        return -ENOMEM;
    }
    new->descriptor = open_file(path);
    if (new->descriptor < 0) {
        int error = new->descriptor;
        log_error("--wake-source: %s: %s%s", path, strerror(-error),
                  error == -ENOENT ? "; make it first, with mkfifo for example" : "");
        free(new);
        return error;
    }
    *source = new;
    return 0;
}

static void end(struct wake_source *source)
{
    if (source->descriptor >= 0)
        close(source->descriptor);
    source->descriptor = -1;
}

void wake_source_close(struct wake_source *source)
{
    if (source == NULL)
        return;
    end(source);
    free(source);
}

int wake_source_descriptor(const struct wake_source *source)
{
    return source != NULL ? source->descriptor : -1;
}

bool wake_source_take(struct wake_source *source)
{
    char bytes[512];
    ssize_t count;
    bool has_come = false;
    while ((count = read(source->descriptor, bytes, sizeof(bytes))) > 0 ||
           (count < 0 && errno == EINTR))
        has_come = has_come || count > 0;
    if (count < 0 && errno == EAGAIN)
        return has_come;
    log_warning("the wake source has ended%s%s: devices are woken by requests alone from now on",
                count < 0 ? ": " : "", count < 0 ? strerror(errno) : "");
    end(source);
    return has_come;
}
