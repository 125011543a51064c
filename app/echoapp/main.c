/*
 * echoapp: writes a pattern to the echo device, reads it back and compares; or has the device's
 * control codes echo it.
 *
 * Exit status: 0 everything came back as it was written, 1 something did not, 2 wrong usage, 128 +
 * N ended by signal N.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "async.h"
#include "find.h"
#include "ioctl.h"
#include "options.h"
#include "sync.h"

/* What could not be printed was not reported: a full disk behind standard output is a failure. */
static int output_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    warnx("cannot write to standard output: %s; make room there, or send it elsewhere",
          strerror(errno));
    return EXIT_FAILURE;
}

static int run(struct options *options)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (options->device == NULL)
        options->device = find_device();
    if (options->is_async)
        return async_run(options);
    if (options->ioctl != NULL)
        return ioctl_run(options) ? EXIT_SUCCESS : EXIT_FAILURE;
    return sync_run(options) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options;

    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_ANSWERED:
        return output_finish(EXIT_SUCCESS);
    case OPTIONS_WRONG:
        return 2;
    case OPTIONS_RUN:
        break;
    }
    return output_finish(run(&options));
}
