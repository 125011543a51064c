/*
 * fileprobe: makes one system call on a device, for which shells have no program.
 *
 *   fileprobe ioctl DEVICE COMMAND [no-argument]  COMMAND: a number; the argument points to 16 KiB
 *                                                 of zeros, or is NULL
 *   fileprobe poll DEVICE                         what poll(2) says without waiting
 *   fileprobe poll-and-read DEVICE                waits in poll(2) until there is something, then
 *                                                 reads without waiting: the names of poll's bits,
 *                                                 and the result
 *   fileprobe interrupted-read DEVICE             a read(2) that a signal with a handler interrupts
 *                                                 every 100 ms
 *   fileprobe writev DEVICE PIECE...              the pieces, written by one writev(2)
 *   fileprobe write-null DEVICE SIZE              a write(2) from an unmapped address
 *
 * Prints the result, a number or the error's name such as EINTR. Exit status: 0 the call was made,
 * 1 it was not, 2 wrong usage.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIECES_MAX 64

static void print_result(long result)
{
    if (result < 0)
        puts(strerrorname_np(errno));
    else
        printf("%ld\n", result);
}

static void probe_ioctl(int device, int argc, char **argv)
{
    static char argument[16 * 1024];

    print_result(ioctl(device, strtoul(argv[0], NULL, 0), argc > 1 ? NULL : argument));
}

static void probe_poll(int device, int argc, char **argv)
{
    struct pollfd state = {.fd = device, .events = POLLIN | POLLOUT};

    (void)argc, (void)argv;
    if (poll(&state, 1, 0) < 0)
        err(1, "poll");
    printf("%s %s %s\n", state.revents & POLLIN ? "readable" : "-",
           state.revents & POLLOUT ? "writable" : "-",
           state.revents & ~(POLLIN | POLLOUT) ? "error" : "-");
}

static void print_events(short events)
{
    static const struct {
        short bit;
        const char *name;
    } names[] = {{POLLIN, "in"},   {POLLPRI, "pri"}, {POLLOUT, "out"},
                 {POLLERR, "err"}, {POLLHUP, "hup"}, {POLLNVAL, "nval"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if ((events & names[i].bit) != 0)
            printf("%s ", names[i].name);
}

/* The first read shows that there is nothing, so it is poll that waits. */
static void probe_poll_and_read(int device, int argc, char **argv)
{
    struct pollfd state = {.fd = device, .events = POLLIN};
    char byte;

    (void)argc, (void)argv;
    if (read(device, &byte, 1) >= 0 || errno != EAGAIN)
        errx(1, "there is something already");
    if (poll(&state, 1, -1) < 0)
        err(1, "poll");
    print_events(state.revents);
    print_result(read(device, &byte, 1));
}

static void ignore(int signal)
{
    (void)signal;
}

/* Every 100 ms, because a single signal could come before the read. */
static void probe_interrupted_read(int device, int argc, char **argv)
{
    struct sigaction action = {.sa_handler = ignore}; /* no SA_RESTART */
    struct itimerval often = {.it_interval = {.tv_usec = 100000}, .it_value = {.tv_usec = 100000}};
    char byte;

    (void)argc, (void)argv;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    print_result(read(device, &byte, 1));
}

static void probe_writev(int device, int argc, char **argv)
{
    struct iovec pieces[PIECES_MAX];

    for (int i = 0; i < argc; i++)
        pieces[i] = (struct iovec){.iov_base = argv[i], .iov_len = strlen(argv[i])};
    print_result(writev(device, pieces, argc));
}

static void probe_write_null(int device, int argc, char **argv)
{
    (void)argc;
    print_result(write(device, NULL, strtoul(argv[0], NULL, 0)));
}

static const struct probe {
    const char *name;
    int arguments_min, arguments_max;
    int flags;
    void (*run)(int device, int argc, char **argv);
} probes[] = {
    {"ioctl", 1, 2, O_RDWR, probe_ioctl},
    {"poll", 0, 0, O_RDWR, probe_poll},
    {"poll-and-read", 0, 0, O_RDONLY | O_NONBLOCK, probe_poll_and_read},
    {"interrupted-read", 0, 0, O_RDONLY, probe_interrupted_read},
    {"writev", 1, PIECES_MAX, O_WRONLY, probe_writev},
    {"write-null", 1, 1, O_WRONLY, probe_write_null},
};

static const struct probe *probe_find(const char *name, int arguments)
{
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
        if (strcmp(probes[i].name, name) == 0 && arguments >= probes[i].arguments_min &&
            arguments <= probes[i].arguments_max)
            return &probes[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct probe *probe = argc < 3 ? NULL : probe_find(argv[1], argc - 3);
    int device;

    if (probe == NULL) {
        fputs("usage: fileprobe PROBE DEVICE [ARGUMENT...]; the source says which\n", stderr);
        return 2;
    }
    device = open(argv[2], probe->flags | O_CLOEXEC);
    if (device < 0)
        err(1, "cannot open %s", argv[2]);
    probe->run(device, argc - 3, argv + 3);
    return 0;
}
