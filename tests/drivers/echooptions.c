/* The options of the echo driver (app/echo) as a file of its own, whose command line nobody has
 * read. */
#include "../../app/echo/options.h"

struct echo_options echo_options = {.dispatch = ECHO_DISPATCH,
                                    .sync = WdfSynchronizationScopeQueue};
