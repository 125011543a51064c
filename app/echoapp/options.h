/* The command line. */
#ifndef ECHOAPP_OPTIONS_H
#define ECHOAPP_OPTIONS_H

#include <stddef.h>

struct options {
    const char *device; /* path; lives as long as argv */
    size_t size;        /* of the one message to send, in bytes; 0: the usual sizes */
};

enum options_verdict {
    OPTIONS_RUN,      /* do what the options say */
    OPTIONS_ANSWERED, /* --help or --version: all is said */
    OPTIONS_WRONG,    /* one line on stderr has said what is wrong */
};

enum options_verdict options_parse(struct options *options, int argc, char **argv);

#endif
