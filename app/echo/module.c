/* The echo driver as a file of its own, for wdfhost: as echod is without options. */
#include "options.h"

struct echo_options echo_options = {.dispatch = WdfIoQueueDispatchSequential,
                                    .sync = WdfSynchronizationScopeQueue};
