/*
 * without-uring: runs a program for which io_uring_setup(2) fails.
 *
 *   without-uring ERROR PROGRAM [ARGUMENT...]     ERROR: ENOSYS, EPERM or EINVAL
 *
 * Exit status: the program's; 125 if it was not run.
 */
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int error_named(const char *name)
{
    static const int errors[] = {ENOSYS, EPERM, EINVAL};

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (strcmp(strerrorname_np(errors[i]), name) == 0)
            return errors[i];
    errx(125, "%s: not one of ENOSYS, EPERM, EINVAL", name);
}

static void forbid(unsigned int system_call, int error)
{
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, system_call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned int)error & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(instructions) / sizeof(instructions[0]),
                                 .filter = instructions};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        err(125, "cannot forbid a system call");
}

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(125, "usage: without-uring ERROR PROGRAM [ARGUMENT...]");
    forbid(SYS_io_uring_setup, error_named(argv[1]));
    execvp(argv[2], argv + 2);
    err(125, "%s", argv[2]);
}
