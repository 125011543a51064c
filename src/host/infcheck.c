/* wdfhost --check-inf. See infcheck.h. */
#include "host/infcheck.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/messages.h"
#include "inf/package.h"
#include "inf/show.h"

const char *inf_error_text(int error)
{
    switch (-error) {
    case EINVAL:
        return "it is no regular file";
    case EFBIG:
        return "it is larger than any INF, or its strings make it so";
    case ENOMEM:
        return "no memory";
    }
    return strerror(-error);
}

static int show(struct inf *inf)
{
    struct inf_package package;
    int error = inf_package_read(inf, &package);
    if (error != 0)
        return error;
    inf_show(&package, stdout);
    if (fflush(stdout) != 0)
        error = -errno;
    inf_show_complaints(inf, stderr);
    return error;
}

bool inf_check(const char *program, const char *path)
{
    char line[1024];
    struct inf *inf;
    struct inf_system system = inf_system_current();
    int error = inf_open(path, &system, &inf);
    if (error == 0)
        error = show(inf);
    bool is_well = error == 0 && inf->error_count == 0;
    if (error != 0) {
        snprintf(line, sizeof(line), "%s: %s", path, inf_error_text(error));
        messages_print_line(program, line);
    }
    inf_close(inf);
    return is_well;
}
