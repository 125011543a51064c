/*
 * The IRQL of a thread. Nothing in user space enforces it: it is a number that locks and callbacks
 * raise and lower, and that checks look at (KeGetCurrentIrql).
 */
#ifndef WDFUSE_NT_IRQL_H
#define WDFUSE_NT_IRQL_H

#include <stdbool.h>

#include <wdm.h>

/*
 * Raises the calling thread's level, or leaves it where it is, and returns the level from before
 * for irql_lower.
 */
KIRQL irql_raise(KIRQL irql);

/*
 * Lowers the calling thread's level to what irql_raise returned; aborts if that is higher than the
 * present one.
 */
void irql_lower(KIRQL irql);

/*
 * True while the driver of this process is one for user mode, where there are no levels: all
 * threads stay at PASSIVE_LEVEL, whatever is raised. To be called while no level is raised.
 */
void irql_set_flat(bool value);

#endif
