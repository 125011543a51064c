/* The warden. See warden.h. */
#include "transport/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/helper.h"
#include "port/log.h"
#include "transport/child.h"
#include "transport/deadmount.h"

/* It only looks and unmounts, but a loaded machine may be slow. */
#define DEADLINE_NS (10 * UINT64_C(1000000000))

/* What the daemon tells it. */
struct order {
    unsigned major, minor; /* the mount's */
};

/* ---- the warden's side ---- */

struct ward {
    const char *directory;
    bool is_known;
    struct order order;
};

/* If the daemon died before it could tell, its mount is where it was to be made. */
static bool is_ward(const struct mount_entry *entry, const void *context)
{
    const struct ward *ward = context;
    if (!ward->is_known)
        return strcmp(entry->path, ward->directory) == 0;
    return entry->major == ward->order.major && entry->minor == ward->order.minor;
}

/* Returns false if the daemon has gone. */
static bool hear(struct order *order)
{
    ssize_t received;
    do
        received = read(PORT_HELPER_CHANNEL, order, sizeof(*order));
    while (received < 0 && errno == EINTR);
    return received == (ssize_t)sizeof(*order);
}

/* It touches only a dead mount: ours may be unmounted already, or something else may be mounted
 * since. As root it unmounts by itself; a user needs fusermount3, which has its own privileges. */
static _Noreturn void warden_main(const char *directory, int channel)
{
    const struct port_helper helper = {
        .name = "wdfuse-warden",
        .channel = channel,
        .capabilities = 1u << CAP_SYS_ADMIN,
        .starts_privileged = geteuid() != 0,
    };
    port_helper_settle(&helper);
    struct ward ward = {.directory = directory};
    struct order order;
    while (hear(&order)) {
        ward.is_known = true;
        ward.order = order;
    }
    dead_mounts_remove(is_ward, NULL, &ward);
    _exit(0);
}

/* ---- the daemon's side ---- */

int warden_start(struct warden *warden, const char *directory)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    warden->process = fork();
    if (warden->process == 0)
        warden_main(directory, ends[0]);
    int error = warden->process < 0 ? -errno : 0;
    close(ends[0]);
    if (error != 0)
        close(ends[1]);
    warden->leash = ends[1];
    return error;
}

void warden_tell(const struct warden *warden, const char *directory)
{
    struct statx status;
    if (statx(AT_FDCWD, directory, AT_STATX_DONT_SYNC, 0, &status) != 0)
        return;
    const struct order order = {status.stx_dev_major, status.stx_dev_minor};
    if (write(warden->leash, &order, sizeof(order)) != (ssize_t)sizeof(order))
        log_debug("the process that supervises the mount was not told which one that is: %s",
                  strerror(errno));
}

bool warden_end(struct warden *warden)
{
    int status;
    close(warden->leash);
    return child_await(warden->process, DEADLINE_NS, &status);
}
