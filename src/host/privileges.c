/*
 * Privileges. See privileges.h.
 *
 * glibc changes the IDs of all threads at once. "No new privileges" is a thread's own and only
 * inherited, which is why it is set at the very beginning. The kernel makes a process that has
 * changed its user undumpable: that is kept, since its memory may hold data that only root could
 * read.
 */
#include "host/privileges.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "port/log.h"
#include "port/thread.h"

static bool will_drop(const struct host_options *options)
{
    return options->has_user && geteuid() == 0 && options->user != 0;
}

/*
 * A thread that lowers its priority (port/thread.h) may restore it if this limit allows its nice
 * value, or as root. If the limit can't be raised and root is given up, no thread lowers its
 * priority.
 */
static void keep_own_nice_value(void)
{
    struct rlimit limit;
    rlim_t own = (rlim_t)(20 - getpriority(PRIO_PROCESS, 0));
    if (getrlimit(RLIMIT_NICE, &limit) == 0 && limit.rlim_cur >= own)
        return;
    limit = (struct rlimit){own, own};
    if (setrlimit(RLIMIT_NICE, &limit) == 0)
        return;
    log_debug("RLIMIT_NICE can't be raised to %lu: no worker runs behind its client",
              (unsigned long)own);
    port_thread_forbid_staying_behind();
}

int privileges_prepare(const struct host_options *options)
{
    if (options->has_user && geteuid() != 0 && options->user != geteuid()) {
        log_error(
            "--user: only root can become another user; start it as root, or leave the option out");
        return -EPERM;
    }
    if (!will_drop(options))
        return 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        int error = -errno;
        log_error("--user: giving up privileges failed: %s", strerror(-error));
        return error;
    }
    keep_own_nice_value();
    return 0;
}

static int change_identity(const struct host_options *options)
{
    uid_t user = options->user;
    gid_t group = options->user_group;
    int groups = options->user_name[0] != '\0' ? initgroups(options->user_name, group)
                                               : setgroups(1, &group);
    if (groups != 0 || setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0)
        return -errno;
    return 0;
}

/* A way back would mean that the change was not complete. */
static bool can_return(const struct host_options *options)
{
    return setresuid((uid_t)-1, 0, (uid_t)-1) == 0 ||
           setresgid((gid_t)-1, (gid_t)-1, (gid_t)-1) != 0 || geteuid() != options->user ||
           getuid() != options->user || getegid() != options->user_group;
}

int privileges_drop(const struct host_options *options)
{
    if (!will_drop(options))
        return 0;
    int error = change_identity(options);
    if (error == 0 && can_return(options))
        error = -EPERM;
    if (error != 0)
        log_error("--user: becoming user %lu failed: %s", (unsigned long)options->user,
                  strerror(-error));
    return error;
}
