/*
 * idioms: does once to a device what programs do with files and shells have no program for.
 *
 *   idioms NAME DEVICE
 *
 * Prints the result: "works", or the system's error, such as "Illegal seek". Exit status: 0 it was
 * tried, 1 the device can't be opened, 2 wrong usage.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

/* A negative result is an error. */
static void say(long result)
{
    puts(result < 0 ? strerror(errno) : "works");
}

/* A read that should return the message "hello". */
static void say_message(long count, const char *buffer)
{
    if (count < 0)
        say(count);
    else if (count >= 5 && memcmp(buffer, "hello", 5) == 0)
        puts("works");
    else
        printf("%ld bytes\n", count);
}

static void try_pread(int device)
{
    char buffer[64];
    say_message(pread(device, buffer, sizeof(buffer), 0), buffer);
}

static void try_pwrite(int device)
{
    say(pwrite(device, "hello", 5, 0));
}

static void try_write(int device)
{
    say(write(device, "hello", 5));
}

static void try_lseek(int device)
{
    say(lseek(device, 0, SEEK_SET));
}

static void try_readv(int device)
{
    char first[3], rest[64], whole[68] = "";
    struct iovec pieces[] = {{first, sizeof(first)}, {rest, sizeof(rest)}};
    ssize_t count = readv(device, pieces, 2);
    memcpy(whole, first, sizeof(first));
    memcpy(whole + 3, rest, sizeof(rest));
    say_message(count, whole);
}

static int pipe_end(bool is_out)
{
    int ends[2];
    if (pipe(ends) != 0)
        err(1, "pipe");
    if (!is_out && write(ends[1], "hello", 5) != 5)
        err(1, "write");
    return ends[is_out];
}

static void try_sendfile_from(int device)
{
    say(sendfile(pipe_end(true), device, NULL, 64));
}

static void try_sendfile_to(int device)
{
    FILE *file = tmpfile();
    if (file == NULL || fputs("hello", file) < 0 || fflush(file) != 0)
        err(1, "tmpfile");
    off_t begin = 0;
    say(sendfile(device, fileno(file), &begin, 5));
}

static void try_splice_from(int device)
{
    say(splice(device, NULL, pipe_end(true), NULL, 64, 0));
}

static void try_splice_to(int device)
{
    say(splice(pipe_end(false), NULL, device, NULL, 5, 0));
}

static void try_copy_file_range(int device)
{
    FILE *file = tmpfile();
    say(file == NULL ? -1 : copy_file_range(device, NULL, fileno(file), NULL, 64, 0));
}

static void try_mmap_shared(int device)
{
    say(mmap(NULL, 4096, PROT_READ, MAP_SHARED, device, 0) == MAP_FAILED ? -1 : 0);
}

static void try_mmap_private(int device)
{
    say(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, device, 0) == MAP_FAILED ? -1 : 0);
}

static void try_o_async(int device)
{
    say(fcntl(device, F_SETFL, O_ASYNC));
}

static void try_fioasync(int device)
{
    int on = 1;
    say(ioctl(device, FIOASYNC, &on));
}

static void try_fionbio(int device)
{
    int on = 1;
    say(ioctl(device, FIONBIO, &on));
}

static void try_nonblock(int device)
{
    say(fcntl(device, F_SETFL, O_NONBLOCK));
}

static void try_fionread(int device)
{
    int count;
    say(ioctl(device, FIONREAD, &count));
}

static void try_tcgets(int device)
{
    say(isatty(device) ? 0 : -1);
}

static void try_epoll(int device)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0);
    if (epoll_ctl(set, EPOLL_CTL_ADD, device, &event) != 0)
        say(-1);
    else
        puts(epoll_wait(set, &event, 1, 5000) == 1 ? "works" : "no event");
}

static void try_flock(int device)
{
    say(flock(device, LOCK_EX | LOCK_NB));
}

static void try_fcntl_lock(int device)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    say(fcntl(device, F_SETLK, &lock));
}

static void try_lease(int device)
{
    say(fcntl(device, F_SETLEASE, F_WRLCK));
}

static void try_fsync(int device)
{
    say(fsync(device));
}

static void try_fallocate(int device)
{
    say(fallocate(device, 0, 0, 4096));
}

static void try_ftruncate(int device)
{
    say(ftruncate(device, 0));
}

static void try_fadvise(int device)
{
    errno = posix_fadvise(device, 0, 4096, POSIX_FADV_WILLNEED);
    say(errno != 0 ? -1 : 0);
}

static void try_futimens(int device)
{
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    say(futimens(device, times));
}

static void try_fchmod(int device)
{
    say(fchmod(device, 0644));
}

static void try_dup(int device)
{
    char buffer[64];
    int copy = dup(device);
    say_message(read(copy, buffer, sizeof(buffer)), buffer);
}

static void try_stdio(int device)
{
    char buffer[64] = "";
    FILE *file = fdopen(device, "r");
    say_message(file != NULL && fgets(buffer, sizeof(buffer), file) != NULL ? 5 : -1, buffer);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
    (void)signal;
    alarms++;
}

/* For a driver without data: the read waits, is interrupted five times, and waits again. */
static void try_restart(int device)
{
    struct sigaction action = {.sa_handler = count_alarm, .sa_flags = SA_RESTART};
    struct itimerval often = {.it_interval = {.tv_usec = 20000}, .it_value = {.tv_usec = 20000}};
    char byte;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    ssize_t count = read(device, &byte, 1);
    if (count == 1 && alarms >= 5)
        puts("works");
    else
        say(count);
}

static const struct idiom {
    const char *name;
    int flags;
    void (*run)(int device);
} idioms[] = {
    {"pread", O_RDWR, try_pread},
    {"pwrite", O_RDWR, try_pwrite},
    {"lseek", O_RDWR, try_lseek},
    {"readv", O_RDWR, try_readv},
    {"sendfile-from", O_RDWR, try_sendfile_from},
    {"sendfile-to", O_RDWR, try_sendfile_to},
    {"splice-from", O_RDWR, try_splice_from},
    {"splice-to", O_RDWR, try_splice_to},
    {"copy_file_range", O_RDWR, try_copy_file_range},
    {"mmap-shared", O_RDWR, try_mmap_shared},
    {"mmap-private", O_RDWR, try_mmap_private},
    {"o-async", O_RDWR, try_o_async},
    {"fioasync", O_RDWR, try_fioasync},
    {"fionbio", O_RDWR, try_fionbio},
    {"nonblock", O_RDWR, try_nonblock},
    {"fionread", O_RDWR, try_fionread},
    {"tcgets", O_RDWR, try_tcgets},
    {"epoll", O_RDWR, try_epoll},
    {"flock", O_RDWR, try_flock},
    {"fcntl-lock", O_RDWR, try_fcntl_lock},
    {"lease", O_RDWR, try_lease},
    {"fsync", O_RDWR, try_fsync},
    {"fallocate", O_RDWR, try_fallocate},
    {"ftruncate", O_RDWR, try_ftruncate},
    {"fadvise", O_RDWR, try_fadvise},
    {"futimens", O_RDWR, try_futimens},
    {"fchmod", O_RDWR, try_fchmod},
    {"dup", O_RDWR, try_dup},
    {"stdio", O_RDONLY, try_stdio},
    {"o-append", O_WRONLY | O_APPEND, try_write},
    {"o-direct", O_RDWR | O_DIRECT, try_dup},
    {"o-sync", O_RDWR | O_SYNC, try_dup},
    {"restart", O_RDONLY, try_restart},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < sizeof(idioms) / sizeof(idioms[0]); i++) {
        if (strcmp(idioms[i].name, argv[1]) != 0)
            continue;
        int device = open(argv[2], idioms[i].flags | O_CLOEXEC);
        if (device < 0)
            err(1, "cannot open %s", argv[2]);
        idioms[i].run(device);
        return 0;
    }
    fputs("usage: idioms NAME DEVICE; the source says which\n", stderr);
    return 2;
}
