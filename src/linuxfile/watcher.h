/*
 * One thread that waits for all files at once (epoll(7)): whoever watches a file hears of each
 * change of what poll(2) says of it.
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

/* 0 or -errno, nothing is running then. */
int watcher_start(void);

/* 0 or -errno; -EPERM: such a file can't be watched, it never waits (epoll_ctl(2)). */
int watcher_add(struct watched *watched, int descriptor,
                void (*changed)(struct watched *watched, unsigned events));

/* From now on it hears of room for writes as well, and at once of room that is there. Until a file
 * is full, hearing of it would wake the thread after each write for nothing. */
void watcher_watch_room(struct watched *watched);

/* When this returns `changed` is not running, unless it is what calls this, and will not run. */
void watcher_remove(struct watched *watched);

/* Has the thread look at what blocking.h wants to have repeated. */
void watcher_look_again(void);

/* Nobody watches any more. */
void watcher_end(void);

#endif
