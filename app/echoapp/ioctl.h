/* The device's control codes: each is used, and what comes back is verified. */
#ifndef ECHOAPP_IOCTL_H
#define ECHOAPP_IOCTL_H

#include <stdbool.h>

#include "options.h"

/* True if there is a test of that name; "all" stands for every one of them. */
bool ioctl_is_known(const char *name);

/* Their names, for the help: "all, statistics, ...". */
const char *ioctl_names(void);

/* Runs what options->ioctl says. False if something failed; one line on stderr has said what. */
bool ioctl_run(const struct options *options);

#endif
