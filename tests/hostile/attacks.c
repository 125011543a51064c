/* The attacks. See attacks.h. */
#include "attacks.h"

#include <wdfuse/ioctl.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "../../app/echo/public.h"

#define CANNOT  77
#define LONGEST 126976u

/* ---- shared ---- */

static _Thread_local unsigned long random_state;

static unsigned long random_number(void)
{
    if (random_state == 0)
        random_state = (unsigned long)syscall(SYS_gettid) * 2654435761u + 1;
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void pause_us(long microseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = microseconds * 1000}, NULL);
}

/* Until the device can be opened: an attack may hold more of it than it should. */
static int open_patiently(const char *path, int flags)
{
    int device;
    while ((device = open(path, flags | O_CLOEXEC)) < 0)
        pause_us(1000);
    return device;
}

static int open_device(const struct target *target, int flags)
{
    return open_patiently(target->device, flags);
}

/* The device decides what a refusal is, and how much was done. */
static void ignore(long result)
{
    (void)result;
}

/* Hides the address from the compiler, which would reject some of these calls of write(2). */
static void write_anything(int device, uintptr_t address, size_t length)
{
    ignore(syscall(SYS_write, device, address, length));
}

static pid_t start_child(void)
{
    pid_t child = fork();
    if (child == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return child;
}

static void kill_child(pid_t child)
{
    if (child <= 0)
        return;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

struct thread_work {
    const struct target *target;
    void (*body)(const struct target *target);
};

static void *run_thread(void *argument)
{
    const struct thread_work *work = argument;
    work->body(work->target);
    return NULL;
}

/* Runs it in this many threads, of which this is one. */
static void run_threads(const struct target *target, unsigned count,
                        void (*body)(const struct target *target))
{
    static struct thread_work work;
    pthread_attr_t attributes;
    pthread_t thread;
    work = (struct thread_work){target, body};
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    for (unsigned i = 1; i < count; i++)
        ignore(pthread_create(&thread, &attributes, run_thread, &work));
    body(target);
}

/* ---- floods ---- */

static void read_for_ever(const struct target *target)
{
    char bytes[64];
    int device = open_device(target, O_RDONLY);
    for (;;)
        ignore(read(device, bytes, 1 + random_number() % sizeof(bytes)));
}

static void flood_reads(const struct target *target)
{
    run_threads(target, 200, read_for_ever);
}

static void flood_large_writes(const struct target *target)
{
    static char bytes[2 * LONGEST];
    int device = open_device(target, O_WRONLY);
    for (;;)
        ignore(write(device, bytes, random_number() % sizeof(bytes)));
}

static void open_and_close(const struct target *target)
{
    for (;;)
        close(open_device(target, (int)(random_number() % 3)));
}

static void flood_opens(const struct target *target)
{
    run_threads(target, 8, open_and_close);
}

/* As many as possible, held, and released at once. */
static void hoard_files(const struct target *target)
{
    static int files[8192];
    for (;;) {
        unsigned count = 0;
        while (count < 8192 && (files[count] = open(target->device, O_RDWR | O_CLOEXEC)) >= 0)
            count++;
        pause_us(20000);
        while (count > 0)
            close(files[--count]);
    }
}

static void write_without_waiting(const struct target *target)
{
    static const char bytes[4096] = "";
    int devices[64];
    for (unsigned i = 0; i < 64; i++)
        devices[i] = open_device(target, O_WRONLY | O_NONBLOCK);
    for (;;) {
        unsigned which = random_number() % 64;
        ignore(write(devices[which], bytes, random_number() % sizeof(bytes)));
    }
}

/* ---- nonsense ---- */

static void send_random_codes(const struct target *target)
{
    static unsigned char bytes[16384];
    int device = open_device(target, O_RDWR);
    for (;;) {
        for (unsigned i = 0; i < 64; i++)
            bytes[i] = (unsigned char)random_number();
        void *argument = random_number() % 4 == 0 ? (void *)random_number() : bytes;
        ignore(ioctl(device, (unsigned)random_number(), argument));
    }
}

/* A structure of the right size with wrong contents, and codes that the driver knows. */
static void send_random_controls(const struct target *target)
{
    static unsigned char memory[4096];
    int device = open_device(target, O_RDWR);
    for (;;) {
        struct wdfuse_control control = {
            .size = sizeof(control),
            .code = random_number() % 2 ? IOCTL_ECHO_NEITHER : (uint32_t)random_number(),
            .input = random_number() % 2 ? (uintptr_t)memory : random_number(),
            .input_length =
                (uint32_t)(random_number() % 2 ? random_number() % 4096 : random_number()),
            .output = random_number() % 2 ? (uintptr_t)memory : random_number(),
            .output_length =
                (uint32_t)(random_number() % 2 ? random_number() % 4096 : random_number()),
        };
        ignore(ioctl(device, WDFUSE_CONTROL, &control));
    }
}

static void give_bad_addresses(const struct target *target)
{
    int device = open_device(target, O_RDWR);
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page + 4096, 4096, PROT_NONE);
    for (;;) {
        char *edge = page + random_number() % 8192;
        ignore(read(device, edge, random_number() % 8192));
        ignore(write(device, edge, random_number() % 8192));
        write_anything(device, 8, 100);
    }
}

static void give_odd_lengths(const struct target *target)
{
    static char bytes[4096];
    static struct iovec parts[1024];
    int device = open_device(target, O_RDWR);
    for (unsigned i = 0; i < 1024; i++)
        parts[i] = (struct iovec){bytes + i, random_number() % 200};
    for (;;) {
        ignore(writev(device, parts, (int)(random_number() % 1025)));
        ignore(readv(device, parts, (int)(random_number() % 1025)));
        ignore(read(device, bytes, 0));
        write_anything(device, (uintptr_t)bytes, SSIZE_MAX);
        ignore(pread(device, bytes, sizeof(bytes), (off_t)(random_number() >> 1)));
        ignore(pwrite(device, bytes, 1, (off_t)(random_number() >> 1)));
    }
}

/* ---- dying, stopping, being interrupted ---- */

static void die_while_at_it(const struct target *target)
{
    for (;;) {
        pid_t child = start_child();
        if (child == 0)
            run_threads(target, 4, random_number() % 2 ? read_for_ever : flood_large_writes);
        pause_us((long)(random_number() % 3000));
        kill_child(child);
    }
}

static void stop_and_go(const struct target *target)
{
    pid_t children[8];
    for (unsigned i = 0; i < 8; i++) {
        children[i] = start_child();
        if (children[i] == 0)
            read_for_ever(target);
    }
    for (;;) {
        pid_t child = children[random_number() % 8];
        ignore(kill(child, SIGSTOP));
        pause_us((long)(random_number() % 5000));
        ignore(kill(child, SIGCONT));
    }
}

static void do_nothing(int signal)
{
    (void)signal;
}

static void be_interrupted(const struct target *target)
{
    struct sigaction action = {.sa_handler = do_nothing};
    const struct itimerval often = {.it_interval = {.tv_usec = 300}, .it_value = {.tv_usec = 300}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    read_for_ever(target);
}

static void end_without_closing(const struct target *target)
{
    for (;;) {
        pid_t child = start_child();
        if (child == 0) {
            for (unsigned i = 0; i < 32; i++)
                ignore(write(open_device(target, O_RDWR | O_NONBLOCK), "end", 3));
            _exit(0);
        }
        if (child > 0)
            waitpid(child, NULL, 0);
    }
}

/* ---- invalid memory and files ---- */

static void *memory_that_never_answers(size_t length)
{
    struct uffdio_api api = {.api = UFFD_API};
    int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct uffdio_register range = {.range = {.start = (uintptr_t)memory, .len = length},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (faults < 0 || ioctl(faults, UFFDIO_API, &api) != 0 ||
        ioctl(faults, UFFDIO_REGISTER, &range) != 0)
        _exit(CANNOT);
    return memory;
}

static unsigned char *stuck_page;

static void show_stuck_memory(const struct target *target)
{
    unsigned char answer[16];
    int device = open_device(target, O_RDWR);
    struct wdfuse_control control = {.size = sizeof(control),
                                     .code = IOCTL_ECHO_NEITHER,
                                     .input = (uintptr_t)stuck_page,
                                     .input_length = sizeof(answer),
                                     .output = (uintptr_t)answer,
                                     .output_length = sizeof(answer)};
    for (;;)
        ignore(ioctl(device, WDFUSE_CONTROL, &control));
}

static void have_stuck_memory(const struct target *target)
{
    stuck_page = memory_that_never_answers(4096);
    run_threads(target, 8, show_stuck_memory);
}

static void use_as_file(const struct target *target)
{
    int device = open_device(target, O_RDWR);
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) != 0)
        _exit(CANNOT);
    for (;;) {
        void *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, device, 0);
        if (mapped != MAP_FAILED)
            munmap(mapped, 4096);
        ignore(posix_fadvise(device, 0, 1 << 20, POSIX_FADV_WILLNEED));
        ignore(readahead(device, 0, 1 << 20));
        ignore(splice(device, NULL, pipes[1], NULL, 4096, SPLICE_F_NONBLOCK));
        ignore(splice(pipes[0], NULL, device, NULL, 4096, SPLICE_F_NONBLOCK));
        ignore(sendfile(pipes[1], device, NULL, 4096));
        ignore(fallocate(device, 0, 0, 4096));
        ignore(ftruncate(device, 1 << 20));
        ignore(fsync(device));
        ignore(lseek(device, 100, SEEK_SET));
    }
}

static void change_flags(const struct target *target)
{
    char byte;
    int device = open_device(target, O_RDWR);
    for (;;) {
        ignore(fcntl(device, F_SETFL, random_number() % 2 ? O_NONBLOCK : O_ASYNC));
        ignore(flock(device, LOCK_EX | LOCK_NB));
        ignore(flock(device, LOCK_UN));
        ignore(fcntl(device, F_SETOWN, getpid()));
        ignore(fcntl(device, F_SETLEASE, F_RDLCK));
        ignore(read(device, &byte, 1));
    }
}

static void pass_files_on(const struct target *target)
{
    for (;;) {
        int device = open_device(target, O_RDWR);
        pid_t child = start_child();
        if (child == 0) {
            for (unsigned i = 0; i < 100; i++)
                close(dup(device));
            _exit(0);
        }
        close(device);
        if (child > 0)
            waitpid(child, NULL, 0);
    }
}

/* ---- waiting ---- */

static void poll_for_ever(const struct target *target)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    int device = open_device(target, O_RDWR | O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    for (;;) {
        struct pollfd poller = {.fd = device, .events = (short)random_number()};
        ignore(poll(&poller, 1, 0));
        ignore(epoll_ctl(set, EPOLL_CTL_ADD, device, &event));
        ignore(epoll_wait(set, &event, 1, 0));
        ignore(epoll_ctl(set, EPOLL_CTL_DEL, device, &event));
        ignore(read(device, &poller, sizeof(poller)));
    }
}

static void flood_polls(const struct target *target)
{
    run_threads(target, 16, poll_for_ever);
}

/* ---- around the device ---- */

static void meddle_with_names(const struct target *target)
{
    char path[4096];
    struct stat status;
    for (;;) {
        snprintf(path, sizeof(path), "%s/%lx", target->folder, random_number());
        ignore(stat(path, &status));
        ignore(stat(target->device, &status));
        ignore(access(target->device, R_OK | X_OK));
        ignore(utimensat(AT_FDCWD, target->device, NULL, 0));
        ignore(getxattr(target->device, "user.x", path, 16));
        if (!target->is_mount)
            continue;
        ignore(open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        ignore(mkdir(path, 0700));
        ignore(rename(target->device, path));
        ignore(link(target->device, path));
        ignore(truncate(target->device, 100));
        DIR *folder = opendir(target->folder);
        while (folder != NULL && readdir(folder) != NULL)
            ;
        if (folder != NULL)
            closedir(folder);
    }
}

static void speak_nonsense_to_control(const struct target *target)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char bytes[256];
    if (target->control == NULL)
        _exit(CANNOT);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", target->control);
    for (;;) {
        int sockets[16];
        for (unsigned i = 0; i < 16; i++) {
            sockets[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            ignore(connect(sockets[i], (const struct sockaddr *)&address, sizeof(address)));
            int length = snprintf(bytes, sizeof(bytes), "{\"method\":\"org.wdfuse.control.%lx\"%c",
                                  random_number(), (int)(random_number() % 2 ? '\0' : '}'));
            ignore(send(sockets[i], bytes, (size_t)length + random_number() % 2, MSG_NOSIGNAL));
        }
        for (unsigned i = 0; i < 16; i++)
            close(sockets[i]);
        pause_us(2000);
    }
}

const struct attack attacks[] = {
    {"flood-reads", flood_reads},
    {"flood-large-writes", flood_large_writes},
    {"flood-opens", flood_opens},
    {"hoard-files", hoard_files},
    {"write-without-waiting", write_without_waiting},
    {"random-codes", send_random_codes},
    {"random-controls", send_random_controls},
    {"bad-addresses", give_bad_addresses},
    {"odd-lengths", give_odd_lengths},
    {"die-while-at-it", die_while_at_it},
    {"stop-and-go", stop_and_go},
    {"be-interrupted", be_interrupted},
    {"end-without-closing", end_without_closing},
    {"stuck-memory", have_stuck_memory},
    {"use-as-file", use_as_file},
    {"change-flags", change_flags},
    {"pass-files-on", pass_files_on},
    {"flood-polls", flood_polls},
    {"meddle-with-names", meddle_with_names},
    {"nonsense-to-control", speak_nonsense_to_control},
};
const unsigned attack_count = sizeof(attacks) / sizeof(attacks[0]);
