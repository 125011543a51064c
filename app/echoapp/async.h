/* Many reads and writes at once, each verified. */
#ifndef ECHOAPP_ASYNC_H
#define ECHOAPP_ASYNC_H

#include "options.h"

/* The program's exit status: 0 all was well, 1 something failed and one line on stderr has said
 * what, 128 + N ended by signal N. */
int async_run(const struct options *options);

#endif
