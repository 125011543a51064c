/* Waiting for files. See watcher.h. */
#include "linuxfile/watcher.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "linuxfile/blocking.h"
#include "port/clock.h"
#include "port/thread.h"

#define EVENTS_AT_ONCE 64
#define AGAIN_MS       10

/* So many changes in a row that nobody has waited for, and a file's data are not watched. How often
 * is looked whether it still has traffic. */
#define VAIN_MAX 16
#define MUTED_MS 100

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
    _Atomic(unsigned) muted_count;
    uint64_t next_look; /* for traffic; 0: there is nothing to look at. Of the thread */
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

/* ---- what is watched ---- */

/* With EPOLL_CTL_MOD the kernel looks at the file anew: what is there already is reported. */
static int control_locked(struct watched *watched, int operation, uint32_t events)
    REQUIRES(watched_lock)
{
    struct epoll_event event = {
        .events = EPOLLET | events,
        .data.u64 = (uint64_t)watched->generation << 32 | watched->slot,
    };
    watched->events = events;
    return epoll_ctl(watcher.epoll, operation, watched->descriptor, &event) == 0 ? 0 : -errno;
}

static void set_muted_locked(struct watched *watched, bool is_muted) REQUIRES(watched_lock)
{
    if (watched->is_muted != is_muted)
        watcher.muted_count += is_muted ? 1 : -1u;
    watched->is_muted = is_muted;
}

void watcher_watch(struct watched *watched, unsigned events)
{
    PORT_LOCK_SCOPE_OF(watched, watched_lock);
    if (!watched->is_added)
        return;
    if ((events & POLLIN) != 0)
        set_muted_locked(watched, false);
    if ((watched->events & events) != events)
        (void)control_locked(watched, EPOLL_CTL_MOD, watched->events | events);
}

void watcher_ignore(struct watched *watched, unsigned events)
{
    PORT_LOCK_SCOPE_OF(watched, watched_lock);
    if (!watched->is_added)
        return;
    if ((events & POLLIN) != 0)
        set_muted_locked(watched, true);
    if ((watched->events & events) != 0)
        (void)control_locked(watched, EPOLL_CTL_MOD, watched->events & ~events);
}

bool watcher_note_data(struct watched *watched, bool was_awaited)
{
    watched->vain = was_awaited ? 0 : watched->vain + 1;
    if (watched->vain < VAIN_MAX)
        return false;
    watcher_ignore(watched, POLLIN);
    return true;
}

void watched_init(struct watched *watched,
                  void (*changed)(struct watched *watched, unsigned events))
{
    watched->changed = changed;
    port_mutex_init(&watched->watched_lock);
}

void watched_destroy(struct watched *watched)
{
    port_mutex_destroy(&watched->watched_lock);
}

static int add(struct watched *watched)
{
    PORT_LOCK_SCOPE_OF(watched, watched_lock);
    int error = control_locked(watched, EPOLL_CTL_ADD, EPOLLIN);
    watched->is_added = error == 0;
    return error;
}

int watcher_add(struct watched *watched, int descriptor)
{
    watched->descriptor = descriptor;
    if (!take_slot(watched))
        return -ENOMEM;
    int error = add(watched);
    if (error != 0)
        free_slot(watched);
    return error;
}

/* From then on its descriptor can be closed, and be another file's. */
static void forget(struct watched *watched)
{
    PORT_LOCK_SCOPE_OF(watched, watched_lock);
    (void)epoll_ctl(watcher.epoll, EPOLL_CTL_DEL, watched->descriptor, NULL);
    set_muted_locked(watched, false);
    watched->is_added = false;
}

void watcher_remove(struct watched *watched)
{
    forget(watched);
    free_slot(watched);
}

/* ---- the thread ---- */

/* The file of that slot; NULL: there is none, or it was removed. */
static struct watched *begin_telling_locked(uint32_t number, uint32_t generation)
    REQUIRES(watcher_lock)
{
    const struct slot *slot = &watcher.slots[number];
    struct watched *watched = slot->generation == generation ? slot->watched : NULL;
    watcher.told = watched;
    return watched;
}

static struct watched *begin_telling(uint64_t event)
{
    PORT_LOCK_SCOPE_OF(&watcher, watcher_lock);
    return begin_telling_locked((uint32_t)event, (uint32_t)(event >> 32));
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

/* ---- what is not watched because of its traffic ---- */

/* The file of that slot, as begin_telling; false: there are no more slots. */
static bool begin_slot(uint32_t number, struct watched **watched)
{
    PORT_LOCK_SCOPE_OF(&watcher, watcher_lock);
    if (number >= watcher.slot_count)
        return false;
    *watched = begin_telling_locked(number, watcher.slots[number].generation);
    return true;
}

static bool is_muted(struct watched *watched)
{
    PORT_LOCK_SCOPE_OF(watched, watched_lock);
    return watched->is_muted;
}

static void look_after_traffic(void)
{
    struct watched *watched;
    for (uint32_t i = 0; begin_slot(i, &watched); i++) {
        if (watched == NULL)
            continue;
        if (is_muted(watched) && !atomic_exchange(&watched->is_used, false)) {
            watched->vain = 0;
            watcher_watch(watched, POLLIN);
        }
        end_telling();
    }
}

static bool is_ending(void)
{
    PORT_LOCK_SCOPE_OF(&watcher, watcher_lock);
    return watcher.is_ending;
}

static int sleep_ms(void)
{
    if (blocking_interrupt_again())
        return AGAIN_MS;
    return watcher.muted_count > 0 ? MUTED_MS : -1;
}

static void look_at_times(void)
{
    uint64_t now = watcher.muted_count > 0 ? port_clock_deadline(0) : 0;
    if (now == 0) {
        watcher.next_look = 0;
    } else if (watcher.next_look == 0) {
        watcher.next_look = now + MUTED_MS * 1000000u;
    } else if (now >= watcher.next_look) {
        watcher.next_look = 0;
        look_after_traffic();
    }
}

static void watcher_main(void *unused)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    (void)unused;
    port_lock_of(&watcher, watcher_lock);
    watcher.thread_id = port_thread_self();
    port_unlock_of(&watcher, watcher_lock);
    while (!is_ending()) {
        int count = epoll_wait(watcher.epoll, events, EVENTS_AT_ONCE, sleep_ms());
        for (int i = 0; i < count; i++)
            tell(events[i].data.u64, events[i].events);
        look_at_times();
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
