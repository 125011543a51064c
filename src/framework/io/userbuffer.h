/*
 * What METHOD_NEITHER leaves to the driver (S8.18 to S8.20): the client's addresses as they came, and memory
 * objects for what the driver probes and locks of it.
 *
 * A page of another process cannot be mapped into this one. "Locked" memory is a copy: taken when it is
 * locked, which is the probe at the same time, and written back, if it is for writing, when the memory object
 * goes, with the request at the latest. The client cannot change it under the driver's hands.
 */
#ifndef WDFUSE_FRAMEWORK_IO_USERBUFFER_H
#define WDFUSE_FRAMEWORK_IO_USERBUFFER_H

#include "framework/object/memory.h"

/* For a WDFMEMORY of kind MEMORY_LOCKED that is being disposed. */
void user_buffer_unlock(struct wdf_memory *memory);

#endif
