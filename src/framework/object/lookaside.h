/* WDFLOOKASIDE: where a memory object of a lookaside list goes when it is destroyed (S8.28). */
#ifndef WDFUSE_FRAMEWORK_OBJECT_LOOKASIDE_H
#define WDFUSE_FRAMEWORK_OBJECT_LOOKASIDE_H

#include "framework/object/memory.h"

/* Takes back a destroyed memory object of kind MEMORY_FROM_LOOKASIDE. Any thread, IRQL <=
 * DISPATCH_LEVEL. */
void lookaside_put(struct wdf_memory *memory);

#endif
