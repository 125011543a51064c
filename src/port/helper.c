/* Helper processes. See helper.h. */
#include "port/helper.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void hold_nothing_but(int channel)
{
    unsigned first_foreign = STDERR_FILENO + 1;
    if (channel >= 0) {
        if (channel != PORT_HELPER_CHANNEL)
            dup2(channel, PORT_HELPER_CHANNEL);
        first_foreign = PORT_HELPER_CHANNEL + 1;
    }
    close_range(first_foreign, ~0u, 0);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++) {
        if (null < 0 || dup2(null, standard) < 0)
            close(standard);
    }
    if (null > STDERR_FILENO)
        close(null);
}

/* The system call: libc's function would want to tell other threads. */
static bool keep_capabilities(uint64_t kept)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        sets[i].permitted &= (uint32_t)(kept >> (32 * i));
        sets[i].effective = sets[i].permitted;
        sets[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, sets) == 0;
}

/* What is started may have no privileges either: user 0 would get all of them back by exec. */
static bool give_up_privileges(const struct port_helper *helper)
{
    if (geteuid() == 0)
        (void)syscall(SYS_setgroups, 0, NULL); /* a container may forbid it */
    if (!helper->starts_privileged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    return keep_capabilities(helper->capabilities);
}

void port_helper_settle(const struct port_helper *helper)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    umask(022);
    prctl(PR_SET_NAME, helper->name);
    hold_nothing_but(helper->channel);
    if (chdir("/") != 0) {
        /* It stays where it is: no harm but to whoever wants to unmount that. */
    }
    if (!give_up_privileges(helper))
        _exit(1);
}
