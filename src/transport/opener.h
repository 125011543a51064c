/* Who opens a file: the kernel names a thread, quotas are of processes (framework/io/quota.h). */
#ifndef WDFUSE_TRANSPORT_OPENER_H
#define WDFUSE_TRANSPORT_OPENER_H

#include <sys/types.h>

/* The process of that thread; the thread itself if that cannot be found. The thread waits for our
 * answer, so its number is still its own. */
pid_t opener_process(pid_t thread);

#endif
