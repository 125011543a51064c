/* The stack of a device, put together from services and filters (S20.34, S20.41). */
#ifndef WDFUSE_INF_STACK_H
#define WDFUSE_INF_STACK_H

#include "inf/install.h"

/* Fills in install->stack; everything else of it is there. False: no memory. */
bool inf_stack_build(struct inf *inf, struct inf_install *install);

#endif
