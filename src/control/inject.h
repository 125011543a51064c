/* Faults on demand by the control socket (nt/injection.h, framework/inspect.h). */
#ifndef WDFUSE_CONTROL_INJECT_H
#define WDFUSE_CONTROL_INJECT_H

#include "control/call.h"

void list_injections(const struct call *call);
void inject_allocation(const struct call *call);
void inject_completion(const struct call *call);

#endif
