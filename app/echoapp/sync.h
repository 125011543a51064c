/* One message after the other: written, read back, compared. */
#ifndef ECHOAPP_SYNC_H
#define ECHOAPP_SYNC_H

#include <stdbool.h>

#include "options.h"

/* False if something failed; one line on stderr has said what. */
bool sync_run(const struct options *options);

#endif
