/* Turns. See turn.h. */
#include "framework/device/turn.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "framework/device/device.h"
#include "port/log.h"

static atomic_uint waiters;

/* The lowest device of the stack; of a child, of its parent's. Both live longer. */
static struct wdf_device *root_of(struct wdf_device *device)
{
    for (;;) {
        struct wdf_device *below =
            device->family.parent != NULL ? device->family.parent : device->init.lower;
        if (below == NULL)
            return device;
        device = below;
    }
}

static void run_look(struct work *work);

void turn_init(struct turn *turn, struct work_account *account)
{
    port_mutex_init(&turn->turn_lock);
    port_condition_init(&turn->turn_changed);
    port_lock_is_not_needed(turn_lock); /* nobody knows the device yet */
    InitializeListHead(&turn->wishes);
    InitializeListHead(&turn->later);
    work_init(&turn->look, run_look, account);
}

void turn_destroy(struct turn *turn)
{
    port_condition_destroy(&turn->turn_changed);
    port_mutex_destroy(&turn->turn_lock);
}

void turn_enter(struct wdf_device *device)
{
    struct turn *turn = &root_of(device)->turn;
    struct port_patience patience = {0};
    PORT_LOCK_SCOPE_OF(turn, turn_lock);
    waiters++;
    while (turn->holder != PORT_NO_THREAD) {
        if (!port_condition_wait_aloud(&turn->turn_changed, &turn->turn_lock, &patience))
            continue;
        port_unlock_of(turn, turn_lock);
        log_warning("PnP of %s waits: it, or a device of its stack or a child, is being started, "
                    "removed, powered up or down",
                    device_node_name(device));
        port_lock_of(turn, turn_lock);
    }
    waiters--;
    turn->holder = port_thread_self();
}

static void fulfil_locked(struct turn *turn) REQUIRES(turn_lock)
{
    struct turn_wish *wish =
        CONTAINING_RECORD(RemoveHeadList(&turn->wishes), struct turn_wish, entry);
    struct wdf_device *device = CONTAINING_RECORD(wish, struct wdf_device, wish);
    wish->is_listed = false;
    port_unlock_of(turn, turn_lock);
    family_look(device);
    object_release(&device->io.object);
    port_lock_of(turn, turn_lock);
}

static void send_looker_locked(struct turn *turn) REQUIRES(turn_lock)
{
    struct wdf_device *root = CONTAINING_RECORD(turn, struct wdf_device, turn);
    if (turn->has_looker)
        return;
    turn->has_looker = true;
    object_reference(&root->io.object);
    work_submit(&turn->look);
}

/* Threads that wait for the turn come first. */
static void end_delay_locked(struct turn *turn) REQUIRES(turn_lock)
{
    if (IsListEmpty(&turn->later))
        return;
    while (!IsListEmpty(&turn->later))
        InsertTailList(&turn->wishes, RemoveHeadList(&turn->later));
    send_looker_locked(turn);
}

static void leave(struct turn *turn)
{
    PORT_LOCK_SCOPE_OF(turn, turn_lock);
    while (!IsListEmpty(&turn->wishes))
        fulfil_locked(turn);
    turn->holder = PORT_NO_THREAD;
    end_delay_locked(turn);
    port_condition_broadcast(&turn->turn_changed);
}

void turn_leave(struct wdf_device *device)
{
    leave(&root_of(device)->turn);
}

/* With a reference on the root. */
static void run_look(struct work *work)
{
    struct turn *turn = CONTAINING_RECORD(work, struct turn, look);
    struct wdf_device *root = CONTAINING_RECORD(turn, struct wdf_device, turn);
    port_lock_of(turn, turn_lock);
    turn->has_looker = false;
    bool is_free = turn->holder == PORT_NO_THREAD; /* else whoever has it looks */
    if (is_free)
        turn->holder = port_thread_self();
    port_unlock_of(turn, turn_lock);
    if (is_free)
        leave(turn);
    object_release(&root->io.object);
}

static void list_wish_locked(struct wdf_device *device, LIST_ENTRY *list) REQUIRES(turn_lock)
{
    if (device->wish.is_listed)
        RemoveEntryList(&device->wish.entry);
    else
        object_reference(&device->io.object);
    device->wish.is_listed = true;
    InsertTailList(list, &device->wish.entry);
}

void turn_wish(struct wdf_device *device)
{
    struct turn *turn = &root_of(device)->turn;
    PORT_LOCK_SCOPE_OF(turn, turn_lock);
    list_wish_locked(device, &turn->wishes);
    if (turn->holder == PORT_NO_THREAD)
        send_looker_locked(turn);
}

void turn_wish_again(struct wdf_device *device)
{
    struct turn *turn = &root_of(device)->turn;
    PORT_LOCK_SCOPE_OF(turn, turn_lock);
    if (!device->wish.is_listed)
        list_wish_locked(device, &turn->later);
}

bool turn_is_mine(struct wdf_device *device)
{
    struct turn *turn = &root_of(device)->turn;
    PORT_LOCK_SCOPE_OF(turn, turn_lock);
    return turn->holder == port_thread_self();
}

bool turn_join(struct wdf_device *device)
{
    bool is_mine = turn_is_mine(device);
    if (!is_mine)
        turn_enter(device);
    return !is_mine;
}

void turn_quit(struct wdf_device *device, bool is_entered)
{
    if (is_entered)
        turn_leave(device);
}

/* One order for all threads, so that no two wait for each other. */
static int compare_roots(const void *left, const void *right)
{
    uintptr_t left_root = (uintptr_t)root_of(*(struct wdf_device *const *)left);
    uintptr_t right_root = (uintptr_t)root_of(*(struct wdf_device *const *)right);
    return (left_root > right_root) - (left_root < right_root);
}

static bool is_of_the_one_before(struct wdf_device **devices, unsigned index)
{
    return index > 0 && root_of(devices[index - 1]) == root_of(devices[index]);
}

void turn_enter_all(struct wdf_device **devices, unsigned count)
{
    qsort(devices, count, sizeof(devices[0]), compare_roots);
    for (unsigned i = 0; i < count; i++) {
        if (!is_of_the_one_before(devices, i))
            turn_enter(devices[i]);
    }
}

void turn_leave_all(struct wdf_device **devices, unsigned count)
{
    while (count-- > 0) {
        if (!is_of_the_one_before(devices, count))
            turn_leave(devices[count]);
    }
}

unsigned turn_waiters(void)
{
    return waiters;
}
