/* The command line. */
#ifndef ECHOAPP_OPTIONS_H
#define ECHOAPP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine.h"

struct options {
    const char *device; /* path; lives as long as argv; NULL: to be found */
    size_t size;        /* of the messages to send, in bytes; 0: the usual sizes */

    const char *ioctl; /* which control codes to use; NULL: none. Lives as long as argv */

    bool is_async;
    size_t count;                     /* of reads, and of writes as many */
    const struct engine_type *engine; /* NULL: the best there is */
    bool is_verbose;
};

enum options_verdict {
    OPTIONS_RUN,      /* do what the options say */
    OPTIONS_ANSWERED, /* --help or --version: all is said */
    OPTIONS_WRONG,    /* one line on stderr has said what is wrong */
};

enum options_verdict options_parse(struct options *options, int argc, char **argv);

#endif
