/* Mounts of dead daemons. See deadmount.h. */
#include "transport/deadmount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/helper.h"
#include "port/log.h"
#include "transport/child.h"

/* It only looks and unmounts, but a loaded machine may be slow. */
#define UNMOUNT_DEADLINE_NS (5 * UINT64_C(1000000000))

/* A dead mount answers at once. */
#define PROBE_DEADLINE_NS UINT64_C(1000000000)

/* Several dead mounts may lie on the same directory. */
#define PASSES_MAX 64

/* ---- is it dead? ---- */

static bool tells_death(int error)
{
    return error == ENOTCONN || error == ECONNABORTED;
}

/* Asks for something that the kernel can't answer from memory. */
static bool does_not_answer(void)
{
    char entries[1024];
    int root = openat(PORT_HELPER_CHANNEL, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return (root < 0 || syscall(SYS_getdents64, root, entries, sizeof(entries)) < 0) &&
           tells_death(errno);
}

/* In a process of its own. A user's mount keeps out everybody else, even root. */
static _Noreturn void probe_main(int place, uid_t user, gid_t group)
{
    const struct port_helper probe = {
        .name = "wdfuse-probe",
        .channel = place,
        .capabilities = 1u << CAP_SETUID | 1u << CAP_SETGID,
    };
    port_helper_settle(&probe);
    if ((user != geteuid() || group != getegid()) &&
        (syscall(SYS_setresgid, group, group, group) != 0 ||
         syscall(SYS_setresuid, user, user, user) != 0))
        _exit(0);
    _exit(does_not_answer() ? 1 : 0);
}

/* A mount that does not answer is not dead. Its probe remains as long as the kernel keeps it. */
static bool is_dead(int place, const struct mount_entry *entry)
{
    pid_t probe = fork();
    if (probe == 0)
        probe_main(place, entry->user, entry->group);
    int status;
    if (probe < 0 || !child_await(probe, PROBE_DEADLINE_NS, &status)) {
        if (probe > 0)
            kill(probe, SIGKILL);
        return false;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/* Opens the mount without asking its daemon; -1 if something else now lies above it. */
static int open_place(const struct mount_entry *entry)
{
    struct statx status;
    int place = open(entry->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0)
        return -1;
    if (statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &status) == 0 &&
        status.stx_dev_major == entry->major && status.stx_dev_minor == entry->minor)
        return place;
    close(place);
    return -1;
}

/* ---- removing it ---- */

static int unmount_as_user(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        const struct port_helper helper = {
            .name = "wdfuse-unmount", .channel = -1, .starts_privileged = true};
        port_helper_settle(&helper);
        execlp(FUSERMOUNT, FUSERMOUNT, "-u", "-z", "-q", "--", path, NULL);
        _exit(1);
    }
    int status;
    if (child < 0)
        return -errno;
    if (!child_await(child, UNMOUNT_DEADLINE_NS, &status))
        return -ETIMEDOUT;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

/* The path in /proc leads to that mount, not to another one above it. */
static int unmount(int place, const char *path)
{
    char exact[32];
    snprintf(exact, sizeof(exact), "/proc/self/fd/%d", place);
    int error = umount2(exact, MNT_DETACH) == 0 ? 0 : -errno;
    return error == -EPERM ? unmount_as_user(path) : error;
}

/* Another process may have been faster: what counts is that the mount is gone. */
static bool remove_if_dead(const struct mount_entry *entry, dead_mount_report *report,
                           void *context)
{
    int place = open_place(entry);
    bool is_removed = false;
    if (place >= 0 && is_dead(place, entry)) {
        int error = unmount(place, entry->path);
        close(place);
        place = error != 0 ? open_place(entry) : -1;
        is_removed = place < 0;
        if (report != NULL)
            report(entry->path, is_removed ? 0 : error, context);
    }
    if (place >= 0)
        close(place);
    return is_removed;
}

/* True: one has gone, and what the table said about the others may be out of date. */
static bool remove_one(dead_mount_filter *is_meant, dead_mount_report *report, void *context)
{
    struct mount_table table;
    struct mount_entry entry;
    bool is_removed = false;
    if (mount_table_open(&table) != 0)
        return false;
    while (!is_removed && mount_table_next(&table, &entry)) {
        if ((geteuid() == 0 || entry.user == geteuid()) && is_meant(&entry, context))
            is_removed = remove_if_dead(&entry, report, context);
    }
    mount_table_close(&table);
    return is_removed;
}

void dead_mounts_remove(dead_mount_filter *is_meant, dead_mount_report *report, void *context)
{
    for (unsigned pass = 0; pass < PASSES_MAX && remove_one(is_meant, report, context); pass++)
        ;
}

bool dead_mount_is_excluded(const struct mount_entry *entry)
{
    char path[32], status[256];
    snprintf(path, sizeof(path), "/proc/%u/stat", entry->daemon);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    ssize_t length = read(descriptor, status, sizeof(status) - 1);
    close(descriptor);
    status[length > 0 ? length : 0] = '\0';
    const char *name_end = strrchr(status, ')'); /* the state follows: ") Z " */
    return name_end != NULL && name_end[1] == ' ' && strchr("ZXx", name_end[2]) == NULL;
}

/* ---- the one at a directory ---- */

bool dead_mount_is_at(const char *directory)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return tells_death(errno);
    close(descriptor);
    return false;
}

int dead_mount_remove(const char *directory)
{
    int error = umount2(directory, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 ? 0 : -errno;
    if (error == -EPERM)
        error = unmount_as_user(directory);

    /* The dead daemon's warden may have been faster: what counts is that the mount is gone. */
    if (dead_mount_is_at(directory)) {
        log_error(
            "%s is the mount of a daemon that is gone, and can't be unmounted: %s; try `" FUSERMOUNT
            " -u %s`",
            directory, strerror(error != 0 ? -error : EPERM), directory);
        return error != 0 ? error : -EPERM;
    }
    log_info("unmounted %s, whose daemon is gone", directory);
    return 0;
}
