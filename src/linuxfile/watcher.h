/*
 * One thread that waits for all files at once (epoll(7)) and reports each change of their poll(2)
 * state.
 *
 * Each wake-up of the thread costs as much as a read. So a file says which changes somebody waits
 * for (watcher_watch), and when it was told of one in vain (watcher_ignore). POLLIN is watched from
 * the start, and ignored only if it comes in vain many times in a row: a terminal that hangs up
 * tells those who wait for data or room (tty_ldisc_hangup in the kernel), and nobody else. So of a
 * file without traffic POLLIN is always watched; of one with traffic its calls hear of the hang-up,
 * and a moment after the last one it is watched again.
 */
#ifndef WDFUSE_LINUXFILE_WATCHER_H
#define WDFUSE_LINUXFILE_WATCHER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "port/thread.h"

/* Inside of the file's other locks. */
PORT_LOCK_KIND(watched_lock);

struct watched {
    /* In the watcher's thread, one call at a time, with the bits of poll(2). */
    void (*changed)(struct watched *watched, unsigned events);
    int descriptor;

    /* The watcher's. */
    uint32_t slot;
    uint32_t generation; /* of the slot */
    struct port_mutex watched_lock;
    bool is_added GUARDED_BY(watched_lock);
    uint32_t events GUARDED_BY(watched_lock); /* that are watched */
    bool is_muted GUARDED_BY(watched_lock);   /* POLLIN is not */
    unsigned vain;                            /* changes in a row; of the watcher's thread */
    _Atomic(bool) is_used;                    /* since the thread has looked */
};

/* 0, or -errno: then nothing is running. */
int watcher_start(void);

/* Before it is added, and after it was removed. */
void watched_init(struct watched *watched,
                  void (*changed)(struct watched *watched, unsigned events));
void watched_destroy(struct watched *watched);

/* 0 or -errno; -EPERM: such a file can't be watched; it never waits (epoll_ctl(2)). */
int watcher_add(struct watched *watched, int descriptor);

/*
 * Somebody waits for these (POLLIN, POLLPRI, POLLOUT): each change is reported from now on, and at
 * once what is there already. To be called after the request that waits was put where `changed`
 * finds it; nothing, if the file was removed meanwhile.
 */
void watcher_watch(struct watched *watched, unsigned events);

/* Nobody waits for these. Somebody may begin to at the same moment: look afterwards, and watch them
 * again. */
void watcher_ignore(struct watched *watched, unsigned events);

/* In `changed`: whether somebody has waited for this POLLIN. True: it is ignored from now on, and
 * the same applies. */
bool watcher_note_data(struct watched *watched, bool was_awaited);

/* There is traffic: to be called for each read and write. */
static inline void watcher_note_use(struct watched *watched)
{
    if (!atomic_load_explicit(&watched->is_used, memory_order_relaxed))
        atomic_store_explicit(&watched->is_used, true, memory_order_relaxed);
}

/* When this returns `changed` is not running, unless it is what calls this, and will not run. */
void watcher_remove(struct watched *watched);

/* Makes the thread call blocking_interrupt_again. */
void watcher_look_again(void);

/* No file is watched any more. */
void watcher_end(void);

#endif
