/*
 *   page-cache-client                           lists the ways, one per line
 *   page-cache-client DEVICE WAY                goes that way
 *   page-cache-client DEVICE random SEED STEPS  takes STEPS of them, in any order, and reads and
 *                                               writes between
 *   page-cache-client DEVICE innocent           what any client may expect: stat, open, poll, write
 *                                               and read
 *
 * A client of a device whose reads wait. It leads the kernel into the file's page cache, to its
 * size or to its locks, as far as a system call can. First it writes a message and reads it, so
 * that the kernel's size is not 0, and the next read waits. If DEVICE is -, standard input is such
 * a file. Results of calls are printed, but do not matter. Exit status: 0 done; 1 the device does
 * not serve; 2 wrong usage.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/loop.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SIZE    8192
#define PAGE    4096
#define TICK_US 20000

static const char *path;
static char message[SIZE] __attribute__((aligned(PAGE)));

static void tell(const char *what, long result)
{
    if (result < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, result);
    fflush(stdout);
}

/* posix_fadvise returns its error. */
static long with_errno(int error)
{
    errno = error;
    return error == 0 ? 0 : -1;
}

static int open_device(int flags)
{
    int device = open(path, flags | O_CLOEXEC);
    tell("open", device);
    return device;
}

/* ---- into the page cache ---- */

static void go_fadvise(int device)
{
    tell("WILLNEED", with_errno(posix_fadvise(device, 0, PAGE, POSIX_FADV_WILLNEED)));
}

static void go_readahead(int device)
{
    tell("readahead", readahead(device, 0, PAGE));
}

/* Of another open file, which has its own position in the message. */
static void go_readahead_other(int device)
{
    (void)device;
    int other = open_device(O_RDONLY);
    tell("read", read(other, message, SIZE));
    tell("readahead", readahead(other, 0, SIZE));
}

static sigjmp_buf after_fault;

static void leave_fault(int signal)
{
    siglongjmp(after_fault, signal);
}

/* Where the file has no data, it is a SIGBUS. */
static void load(const volatile char *mapping)
{
    signal(SIGBUS, leave_fault);
    if (sigsetjmp(after_fault, 1) == 0)
        tell("load", mapping[0]);
    else
        tell("load, SIGBUS", 0);
}

static char *map(int device, int flags)
{
    char *mapping = mmap(NULL, SIZE, PROT_READ, flags, device, 0);
    tell("mmap", mapping == MAP_FAILED ? -1 : 0);
    return mapping == MAP_FAILED ? NULL : mapping;
}

static void go_map_private(int device)
{
    const char *mapping = map(device, MAP_PRIVATE);
    if (mapping != NULL)
        load(mapping);
}

static void go_map_shared(int device)
{
    const char *mapping = map(device, MAP_SHARED);
    if (mapping != NULL)
        load(mapping);
}

static void go_map_populate(int device)
{
    map(device, MAP_PRIVATE | MAP_POPULATE);
}

static void go_madvise(int device)
{
    char *mapping = map(device, MAP_PRIVATE);
    if (mapping != NULL)
        tell("madvise", madvise(mapping, SIZE, MADV_WILLNEED));
}

/* The kernel itself takes the fault. */
static void go_map_write(int device)
{
    const char *mapping = map(device, MAP_PRIVATE);
    int out = memfd_create("out", MFD_CLOEXEC);
    if (mapping != NULL)
        tell("write of the mapping", write(out, mapping, SIZE));
}

static void go_sendfile(int device)
{
    off_t offset = 0;
    int out = memfd_create("out", MFD_CLOEXEC);
    tell("sendfile from 0", sendfile(out, device, &offset, PAGE));
    tell("sendfile", sendfile(out, device, NULL, PAGE));
}

static void go_splice(int device)
{
    loff_t offset = 0;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        err(1, "pipe");
    tell("splice from 0", splice(device, &offset, ends[1], NULL, PAGE, 0));
    tell("splice", splice(device, NULL, ends[1], NULL, PAGE, 0));
}

/* From the open file's position in the kernel, which is before the end of all that was written. */
static void go_splice_other(int device)
{
    int other = open_device(O_RDWR);
    tell("read", read(other, message, SIZE));
    tell("write", write(device, message, SIZE));
    tell("read", read(other, message, SIZE));
    go_splice(other);
}

static void go_copy_range(int device)
{
    loff_t from = 0, to = 0;
    int out = memfd_create("out", MFD_CLOEXEC);
    tell("copy from 0", copy_file_range(device, &from, out, &to, PAGE, 0));
    tell("copy", copy_file_range(device, NULL, out, NULL, PAGE, 0));
    from = 0;
    to = PAGE;
    tell("copy to itself", copy_file_range(device, &from, device, &to, PAGE, 0));
}

static void go_exec(int device)
{
    (void)device;
    tell("exec", execl(path, path, (char *)NULL));
}

static void go_swapon(int device)
{
    (void)device;
    tell("swapon", swapon(path, 0));
}

static void go_loop(int device)
{
    struct loop_config configuration = {.fd = (unsigned)device,
                                        .info.lo_flags = LO_FLAGS_AUTOCLEAR};
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    int number = control >= 0 ? ioctl(control, LOOP_CTL_GET_FREE) : -1;
    char name[32];
    snprintf(name, sizeof(name), "/dev/loop%d", number);
    int loop = number >= 0 ? open(name, O_RDWR | O_CLOEXEC) : -1;
    int result = loop >= 0 ? ioctl(loop, LOOP_CONFIGURE, &configuration) : -1;
    tell("loop", result);
    if (result == 0)
        tell("read of the loop device", read(loop, message, PAGE));
}

static void go_direct(int device)
{
    tell("O_DIRECT", fcntl(device, F_SETFL, O_DIRECT));
    tell("read", read(device, message, PAGE));
}

/* ---- to the size, and to locks ---- */

static void go_grow(int device)
{
    tell("pwrite", pwrite(device, message, SIZE, 1 << 20));
    tell("ftruncate", ftruncate(device, 1 << 20));
    tell("truncate", truncate(path, 1 << 20));
    tell("fallocate", fallocate(device, 0, 0, 1 << 20));
    tell("punch", fallocate(device, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE));
    tell("write at the end", write(open_device(O_WRONLY | O_APPEND), message, SIZE));
    go_fadvise(device);
}

static void go_truncate(int device)
{
    go_fadvise(device);
    open_device(O_RDWR | O_TRUNC);
    tell("ftruncate", ftruncate(device, 0));
    tell("utimes", utimes(path, NULL));
    tell("fsync", fsync(device));
    tell("sync_file_range", sync_file_range(device, 0, SIZE, SYNC_FILE_RANGE_WAIT_AFTER));
    tell("DONTNEED", with_errno(posix_fadvise(device, 0, 0, POSIX_FADV_DONTNEED)));
}

static void go_seek(int device)
{
    tell("SEEK_DATA", lseek(device, 0, SEEK_DATA));
    tell("SEEK_HOLE", lseek(device, 0, SEEK_HOLE));
    tell("SEEK_END", lseek(device, 0, SEEK_END));
    tell("pread", pread(device, message, PAGE, 0));
}

static void go_attributes(int device)
{
    struct statx status;
    tell("statx", statx(device, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_ALL, &status));
    tell("setxattr", fsetxattr(device, "user.a", "b", 1, 0));
    tell("getxattr", fgetxattr(device, "user.a", message, 1));
    tell("listxattr", flistxattr(device, message, SIZE));
    tell("chmod", fchmod(device, 0600));
}

static void go_locks(int device)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    tell("flock", flock(device, LOCK_EX));
    tell("F_SETLK", fcntl(device, F_SETLK, &whole));
    tell("F_OFD_SETLK", fcntl(device, F_OFD_SETLK, &whole));
    pause();
}

static void go_watch(int device)
{
    (void)device;
    int watch = inotify_init1(IN_CLOEXEC);
    tell("inotify", inotify_add_watch(watch, path, IN_ALL_EVENTS));
    pause();
}

/* Two clients share an open file. One reads and waits; the other writes, which ends that. */
static void go_shared(int device)
{
    pid_t reader = fork();
    if (reader == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        tell("read of the shared file", read(device, message, SIZE));
        _exit(0);
    }
    usleep(10 * TICK_US);
    tell("write to the shared file", write(device, message, SIZE));
    waitpid(reader, NULL, 0);
}

static const struct way {
    const char *name;
    void (*go)(int device);
} ways[] = {
    {"fadvise", go_fadvise},
    {"readahead", go_readahead},
    {"readahead-other", go_readahead_other},
    {"map-private", go_map_private},
    {"map-shared", go_map_shared},
    {"map-populate", go_map_populate},
    {"map-write", go_map_write},
    {"madvise", go_madvise},
    {"sendfile", go_sendfile},
    {"splice", go_splice},
    {"splice-other", go_splice_other},
    {"copy-range", go_copy_range},
    {"exec", go_exec},
    {"swapon", go_swapon},
    {"loop", go_loop},
    {"direct", go_direct},
    {"grow", go_grow},
    {"truncate", go_truncate},
    {"seek", go_seek},
    {"attributes", go_attributes},
    {"locks", go_locks},
    {"watch", go_watch},
    {"shared", go_shared},
};

#define WAY_COUNT (sizeof(ways) / sizeof(ways[0]))

static void expect(bool is_true, const char *what)
{
    if (!is_true)
        err(1, "%s", what);
}

static int open_used(void)
{
    int device = open_device(O_RDWR);
    expect(device >= 0, path);
    expect(write(device, message, SIZE) == SIZE, "write");
    expect(read(device, message, SIZE) == SIZE, "read");
    return device;
}

static void go(const char *name)
{
    size_t i = 0;
    while (i < WAY_COUNT && strcmp(ways[i].name, name) != 0)
        i++;
    if (i == WAY_COUNT)
        errx(2, "there is no way '%s'", name);
    ways[i].go(strcmp(path, "-") == 0 ? STDIN_FILENO : open_used());
}

/* ---- any of them, in any order ---- */

static void ignore(int signal)
{
    (void)signal;
}

/* A call that waits is interrupted at the next tick, and the client goes on. */
static void start_ticking(void)
{
    struct sigaction action = {.sa_handler = ignore};
    struct itimerval often = {.it_interval.tv_usec = TICK_US, .it_value.tv_usec = TICK_US};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

static void read_or_write(int device)
{
    size_t size = (size_t)random() % SIZE;
    if (random() % 2 == 0)
        tell("write", write(device, message, size));
    else
        tell("read", read(device, message, size));
}

/* The others stay open for a while, with what they have locked. */
static void close_some(void)
{
    for (int descriptor = 3; descriptor < 64; descriptor++)
        if (random() % 4 == 0)
            close(descriptor);
}

static void go_at_random(unsigned seed, int steps)
{
    srandom(seed);
    start_ticking();
    for (int i = 0; i < steps; i++) {
        const struct way *way = &ways[(size_t)random() % WAY_COUNT];
        int device = open_device(random() % 2 == 0 ? O_RDWR : O_RDWR | O_NONBLOCK);
        read_or_write(device);
        tell(way->name, i);
        way->go(device);
        read_or_write(device);
        close_some();
    }
}

/* ---- the other client ---- */

static void be_innocent(void)
{
    struct stat status;
    expect(stat(path, &status) == 0, "stat");
    int device = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);
    expect(device >= 0, "open");
    struct pollfd polled = {.fd = device, .events = POLLIN | POLLOUT};
    expect(poll(&polled, 1, 0) == 1 && (polled.revents & POLLERR) == 0, "poll");
    expect(write(device, "hello", 5) == 5, "write");
    expect(read(device, message, SIZE) > 0, "read");
}

int main(int argc, char **argv)
{
    path = argc > 1 ? argv[1] : "";
    if (argc == 1)
        for (size_t i = 0; i < WAY_COUNT; i++)
            puts(ways[i].name);
    else if (argc == 5 && strcmp(argv[2], "random") == 0)
        go_at_random((unsigned)atoi(argv[3]), atoi(argv[4]));
    else if (argc != 3)
        errx(2, "usage: page-cache-client [DEVICE WAY|innocent|random SEED STEPS]");
    else if (strcmp(argv[2], "innocent") == 0)
        be_innocent();
    else
        go(argv[2]);
    return 0;
}
