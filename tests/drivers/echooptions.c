/* The options of the echo driver (app/echo) as a file of its own, for which no command line is
 * read. */
#include "../../app/echo/options.h"

struct echo_options echo_options = {.dispatch = ECHO_DISPATCH,
                                    .sync = WdfSynchronizationScopeQueue};
