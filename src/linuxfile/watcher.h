/*
 * One thread that waits for all files at once (epoll(7)) and reports each change of their poll(2)
 * state.
 */
#ifndef WDFUSE_LINUXFILE_WATCHER_H
#define WDFUSE_LINUXFILE_WATCHER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct watched {
    /* In the watcher's thread, one call at a time, with the bits of poll(2). */
    void (*changed)(struct watched *watched, unsigned events);
    int descriptor;

    /* The watcher's. */
    uint32_t slot;
    uint32_t generation; /* of the slot */
    _Atomic(bool) has_been_full;
};

/* 0, or -errno: then nothing is running. */
int watcher_start(void);

/* 0 or -errno; -EPERM: such a file can't be watched; it never waits (epoll_ctl(2)). */
int watcher_add(struct watched *watched, int descriptor,
                void (*changed)(struct watched *watched, unsigned events));

/* From now on room for writes is reported, too, and present room at once. While a file is not full,
 * reporting it would wake the thread after each write for nothing. */
void watcher_watch_room(struct watched *watched);

/* When this returns `changed` is not running, unless it is what calls this, and will not run. */
void watcher_remove(struct watched *watched);

/* Makes the thread call blocking_interrupt_again. */
void watcher_look_again(void);

/* No file is watched any more. */
void watcher_end(void);

#endif
