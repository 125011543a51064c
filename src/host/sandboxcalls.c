/*
 * The list of calls. See sandboxcalls.h.
 *
 * A call that is not on the list traps (SIGSYS) in the thread that makes it: the handler logs its
 * name and makes it fail. The daemon goes on. Ending it would not be safer: the call was not made,
 * and all clients would suffer for a driver that only tries something.
 */
#include "host/sandboxcalls.h"

#include <errno.h>

#ifndef WDFUSE_HAVE_SECCOMP

int sandbox_calls_allow(const char *name)
{
    (void)name;
    return 0;
}

int sandbox_calls_enter(void)
{
    return -ENOSYS;
}

#else

#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>

#include "port/log.h"

/* ---- the list ---- */

/*
 * The calls that the host, the framework and the C library need to serve devices, and those that
 * are harmless within the other protections and the rights of the daemon's user. A call that this
 * kernel or processor does not have is skipped.
 */
static const char *const lists[] = {
    /* Memory; mmap and mprotect: below. */
    "brk madvise membarrier mincore mlock mlock2 mremap msync munlock munmap",
    /* Threads. */
    "arch_prctl exit exit_group futex futex_waitv get_robust_list getcpu getpid getppid gettid "
    "prctl restart_syscall rseq sched_get_priority_max sched_get_priority_min sched_getaffinity "
    "sched_getattr sched_getparam sched_getscheduler sched_setaffinity sched_setattr "
    "sched_setparam sched_setscheduler sched_yield set_robust_list set_tid_address",
    /* Signals and time. */
    "alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday kill nanosleep pause "
    "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
    "rt_sigtimedwait rt_tgsigqueueinfo setitimer sigaltstack sigreturn tgkill time timer_create "
    "timer_delete timer_getoverrun timer_gettime timer_settime times tkill",
    /* Waiting. */
    "epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 "
    "inotify_add_watch inotify_init inotify_init1 inotify_rm_watch poll ppoll pselect6 select "
    "signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime",
    /* Descriptors and I/O; the devices of Linux that stacks are on. */
    "close close_range copy_file_range dup dup2 dup3 fcntl fcntl64 flock ioctl lseek _llseek pipe "
    "pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readv sendfile splice tee "
    "vmsplice write writev",
    /* The rings by which the kernel's messages may come, once they are made. */
    "io_uring_enter",
    /* Files. */
    "access chdir chmod chown creat faccessat faccessat2 fadvise64 fallocate fchdir fchmod "
    "fchmodat fchown fchownat fdatasync fstat fstat64 fstatfs fsync ftruncate getcwd getdents "
    "getdents64 getxattr fgetxattr lgetxattr lchown link linkat lstat memfd_create mkdir mkdirat "
    "newfstatat open openat openat2 readahead readlink readlinkat rename renameat renameat2 rmdir "
    "stat statfs statx symlink symlinkat sync_file_range truncate umask unlink unlinkat utime "
    "utimensat utimes",
    /* Sockets of this machine; socket(2): below. */
    "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg "
    "recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketpair",
    /* Identity and limits. */
    "capget capset getegid geteuid getgid getgroups getpgid getpgrp getpriority getrandom "
    "getresgid getresuid getrlimit getrusage getsid getuid prlimit64 setpriority setrlimit setsid "
    "sysinfo uname ugetrlimit",
    /* Processes that copy clients' memory (framework/io/copier.h); clone: below. */
    "fork process_vm_readv process_vm_writev setgroups vfork wait4 waitid waitpid",
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    "personality ptrace",
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    "personality ptrace",
#endif
#endif
};

#define ALLOWED_MAX 256

static struct {
    char *names[ALLOWED_MAX];
    unsigned count;
} further;

int sandbox_calls_allow(const char *name)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return -EINVAL;
    if (further.count == ALLOWED_MAX || (further.names[further.count] = strdup(name)) == NULL)
        return -ENOMEM;
    further.count++;
    return 0;
}

static int allow(scmp_filter_ctx filter, const char *name)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return 0; /* a library older than the call */
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

static int allow_list(scmp_filter_ctx filter, const char *list)
{
    char name[64];
    int error = 0;
    for (const char *next = list; *next != '\0' && error == 0;) {
        size_t length = strcspn(next, " ");
        memcpy(name, next, length);
        name[length] = '\0';
        error = allow(filter, name);
        next += length + strspn(next + length, " ");
    }
    return error;
}

/* A condition on one argument, with two numbers: the mask and the value, or the value and 0. */
static struct scmp_arg_cmp condition(unsigned argument, enum scmp_compare compare,
                                     scmp_datum_t first, scmp_datum_t second)
{
    return (struct scmp_arg_cmp){argument, compare, first, second};
}

/* Executable memory is not writable. */
static int allow_mapping(scmp_filter_ctx filter, int number)
{
    static const scmp_datum_t good[] = {0, PROT_WRITE, PROT_EXEC};
    int error = 0;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]) && error == 0; i++)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1,
                                 condition(2, SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, good[i]));
    return error;
}

#define NEW_NAMESPACES                                                                             \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

/* Calls that a driver names have no condition. */
static bool is_named(const char *name)
{
    for (unsigned i = 0; i < further.count; i++) {
        if (strcmp(further.names[i], name) == 0)
            return true;
    }
    return false;
}

/* Calls whose arguments count. clone3 has its arguments in memory, which no filter can read: the C
 * library falls back to clone. */
static int allow_conditionally(scmp_filter_ctx filter)
{
    int error = allow_mapping(filter, SCMP_SYS(mmap));
    if (error == 0)
        error = allow_mapping(filter, SCMP_SYS(mmap2));
    if (error == 0)
        error = allow_mapping(filter, SCMP_SYS(mprotect));
    if (error == 0)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                 condition(0, SCMP_CMP_MASKED_EQ, NEW_NAMESPACES, 0));
    if (error == 0 && !is_named("clone3"))
        error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (error == 0)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                 condition(0, SCMP_CMP_EQ, AF_UNIX, 0));
    return error;
}

static int allow_all(scmp_filter_ctx filter)
{
    int error = 0;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && error == 0; i++)
        error = allow_list(filter, lists[i]);
    for (unsigned i = 0; i < further.count && error == 0; i++)
        error = allow(filter, further.names[i]);
    return error == 0 ? allow_conditionally(filter) : error;
}

/* ---- calls not on the list ---- */

#define NUMBERS_MAX 1024

/* Looked up before: a handler can't. */
static char *names[NUMBERS_MAX];
static atomic_flag is_told[NUMBERS_MAX];

static void note_names(void)
{
    for (int number = 0; number < NUMBERS_MAX; number++)
        names[number] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
}

/* Sets the result that the thread gets. */
static void set_result(ucontext_t *context, long result)
{
#if defined(__x86_64__)
    context->uc_mcontext.gregs[REG_RAX] = result;
#elif defined(__aarch64__)
    context->uc_mcontext.regs[0] = (unsigned long long)result;
#else
#error "no sandbox for this processor: build with -Dseccomp=disabled"
#endif
}

/* Runs in the thread that made the call, so the log may be written: the calls for that are on the
 * list. Once for each call: a driver may try it often. */
static void refuse(int signal, siginfo_t *information, void *context)
{
    static _Thread_local bool is_inside;
    int before = errno;
    int number = information->si_syscall;
    bool is_known = number >= 0 && number < NUMBERS_MAX;
    (void)signal;
    set_result(context, -EPERM);
    if (is_inside || (is_known && atomic_flag_test_and_set(&is_told[number])))
        return;
    is_inside = true;
    log_error("the sandbox refuses the system call %s (number %d): a driver that needs it names it "
              "(<wdfuse/sandbox.h>); --sandbox=off lets everything pass",
              is_known && names[number] != NULL ? names[number] : "without a name", number);
    is_inside = false;
    errno = before;
}

/* ---- entering ---- */

/* With the least cost for each call and for the processor: the daemon keeps no secrets from its own
 * driver. */
static int load(scmp_filter_ctx filter)
{
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    return error == 0 ? seccomp_load(filter) : error;
}

int sandbox_calls_enter(void)
{
    struct sigaction action = {.sa_sigaction = refuse, .sa_flags = SA_SIGINFO | SA_NODEFER};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    if (filter == NULL)
        return -ENOSYS;
    note_names();
    sigemptyset(&action.sa_mask);
    sigaction(SIGSYS, &action, NULL);
    int error = allow_all(filter);
    if (error == 0)
        error = load(filter);
    seccomp_release(filter);
    /* EOPNOTSUPP: a filter that is there already, such as a unit's, forbids further ones. */
    bool has_none = error == -ECANCELED || error == -EINVAL || error == -EOPNOTSUPP;
    return has_none ? -ENOSYS : error;
}

#endif
