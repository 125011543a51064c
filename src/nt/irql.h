/*
 * The IRQL of a thread. Nothing in user space enforces it: it is a number that locks and callbacks
 * raise and lower, and that checks look at (KeGetCurrentIrql).
 *
 * For a driver of user mode there are no levels: what is its raises none, and its threads stay at
 * PASSIVE_LEVEL.
 */
#ifndef WDFUSE_NT_IRQL_H
#define WDFUSE_NT_IRQL_H

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

#endif
