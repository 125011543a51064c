/* What a thread has. See held.h. */
#include "nt/held.h"

PORT_THREAD_LOCAL uint32_t held_now = PASSIVE_LEVEL;
PORT_THREAD_LOCAL struct held_lock held_last = {NULL, NULL};
