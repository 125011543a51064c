/* Waiting for files. See watcher.h. */
#include "linuxfile/watcher.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "linuxfile/blocking.h"
#include "port/thread.h"

#define EVENTS_AT_ONCE 64
#define AGAIN_MS       10

/* The epoll data of the eventfd; a file's is its slot and generation, and no slot is as large. */
#define WAKE_UP UINT64_MAX

PORT_LOCK_KIND(watcher_lock);

struct slot {
    struct watched *watched; /* NULL: free */
    uint32_t generation;
    uint32_t next_free; /* a slot's number plus 1; 0: no more */
};

static struct {
    struct port_mutex watcher_lock;
    struct port_condition returned; /* `changed` has */
    struct slot *slots GUARDED_BY(watcher_lock);
    uint32_t slot_count GUARDED_BY(watcher_lock);
    uint32_t first_free GUARDED_BY(watcher_lock);
    const struct watched *told GUARDED_BY(watcher_lock); /* whose `changed` runs */
    bool is_ending GUARDED_BY(watcher_lock);
    int epoll, wake_up; /* constant while the thread runs */
    struct port_thread thread;
    port_thread_id thread_id GUARDED_BY(watcher_lock);
} watcher = {.watcher_lock = PORT_MUTEX_INITIALIZER, .returned = PORT_CONDITION_INITIALIZER};

/* ---- slots ---- */

static bool grow_locked(void) REQUIRES(watcher_lock)
{
    uint32_t count = watcher.slot_count > 0 ? watcher.slot_count * 2 : 16;
    struct slot *slots = realloc(watcher.slots, count * sizeof(*slots));
    if (slots == NULL)
        return false;
    for (uint32_t i = watcher.slot_count; i < count; i++)
        slots[i] = (struct slot){.next_free = i + 1 < count ? i + 2 : 0};
    watcher.first_free = watcher.slot_count + 1;
    watcher.slots = slots;
    watcher.slot_count = count;
    return true;
}

static bool take_slot(struct watched *watched)
{
    PORT_LOCK_SCOPE_OF(&watcher, watcher_lock);
    if (watcher.first_free == 0 && !grow_locked())
        return false;
    watched->slot = watcher.first_free - 1;
    struct slot *slot = &watcher.slots[watched->slot];
    watcher.first_free = slot->next_free;
    slot->watched = watched;
    watched->generation = slot->generation;
    return true;
}

static void free_slot(const struct watched *watched)
{
    PORT_LOCK_SCOPE_OF(&watcher, watcher_lock);
    struct slot *slot = &watcher.slots[watched->slot];
    slot->watched = NULL;
    slot->generation++;
    slot->next_free = watcher.first_free;
    watcher.first_free = watched->slot + 1;
    while (watcher.told == watched && watcher.thread_id != port_thread_self())
        port_condition_wait(&watcher.returned, &watcher.watcher_lock);
}

/* ---- the thread ---- */

/* The file of that event; NULL: it was removed. */
static struct watched *begin_telling(uint64_t event)
{
    PORT_LOCK_SCOPE_OF(&watcher, watcher_lock);
    const struct slot *slot = &watcher.slots[event & UINT32_MAX];
    struct watched *watched = slot->generation == event >> 32 ? slot->watched : NULL;
    watcher.told = watched;
    return watched;
}

static void end_telling(void)
{
    PORT_LOCK_SCOPE_OF(&watcher, watcher_lock);
    watcher.told = NULL;
    port_condition_broadcast(&watcher.returned);
}

static void tell(uint64_t event, unsigned events)
{
    uint64_t count;
    if (event == WAKE_UP) {
        (void)!read(watcher.wake_up, &count, sizeof(count));
        return;
    }
    struct watched *watched = begin_telling(event);
    if (watched == NULL)
        return;
    watched->changed(watched, events); /* which may remove it */
    end_telling();
}

static bool is_ending(void)
{
    PORT_LOCK_SCOPE_OF(&watcher, watcher_lock);
    return watcher.is_ending;
}

static void watcher_main(void *unused)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    (void)unused;
    port_lock_of(&watcher, watcher_lock);
    watcher.thread_id = port_thread_self();
    port_unlock_of(&watcher, watcher_lock);
    while (!is_ending()) {
        int timeout = blocking_interrupt_again() ? AGAIN_MS : -1;
        int count = epoll_wait(watcher.epoll, events, EVENTS_AT_ONCE, timeout);
        for (int i = 0; i < count; i++)
            tell(events[i].data.u64, events[i].events);
    }
}

static void close_all(void)
{
    close(watcher.epoll);
    close(watcher.wake_up);
}

int watcher_start(void)
{
    watcher.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (watcher.epoll < 0)
        return -errno;
    watcher.wake_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = WAKE_UP};
    int error =
        watcher.wake_up < 0 || epoll_ctl(watcher.epoll, EPOLL_CTL_ADD, watcher.wake_up, &event) != 0
            ? -errno
            : port_thread_start(&watcher.thread, "wdf-files", watcher_main, NULL);
    if (error != 0)
        close_all();
    return error;
}

void watcher_end(void)
{
    port_lock_of(&watcher, watcher_lock);
    watcher.is_ending = true;
    port_unlock_of(&watcher, watcher_lock);
    watcher_look_again();
    port_thread_join(&watcher.thread);
    close_all();
    port_lock_of(&watcher, watcher_lock);
    watcher.is_ending = false;
    free(watcher.slots);
    watcher.slots = NULL;
    watcher.slot_count = watcher.first_free = 0;
    port_unlock_of(&watcher, watcher_lock);
}

void watcher_look_again(void)
{
    const uint64_t one = 1;
    (void)!write(watcher.wake_up, &one, sizeof(one));
}

/* ---- watching ---- */

static int control(const struct watched *watched, int operation, unsigned events)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET | events,
        .data.u64 = (uint64_t)watched->generation << 32 | watched->slot,
    };
    return epoll_ctl(watcher.epoll, operation, watched->descriptor, &event) == 0 ? 0 : -errno;
}

int watcher_add(struct watched *watched, int descriptor,
                void (*changed)(struct watched *watched, unsigned events))
{
    watched->changed = changed;
    watched->descriptor = descriptor;
    watched->has_been_full = false;
    if (!take_slot(watched))
        return -ENOMEM;
    int error = control(watched, EPOLL_CTL_ADD, 0);
    if (error != 0)
        free_slot(watched);
    return error;
}

void watcher_watch_room(struct watched *watched)
{
    if (!atomic_exchange(&watched->has_been_full, true))
        (void)control(watched, EPOLL_CTL_MOD, EPOLLOUT);
}

void watcher_remove(struct watched *watched)
{
    (void)epoll_ctl(watcher.epoll, EPOLL_CTL_DEL, watched->descriptor, NULL);
    free_slot(watched);
}
