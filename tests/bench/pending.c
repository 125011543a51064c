/*
 * pending DEVICE COUNT [LENGTH]
 *
 * Has this many reads of 64 bytes, or of that length, wait for a device, each in its own thread and
 * open file. Prints a line once the daemon has them all, and waits for a signal. Shows the memory
 * that pending requests take.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX  4096
#define LENGTH_MAX (128 * 1024)
#define STACK_SIZE (64 * 1024)
#define DEADLINE_S 60

static const char *device_path;
static size_t length = 64;
/* All of them read into it: no read returns. */
static char bytes[LENGTH_MAX];
static atomic_int thread_ids[COUNT_MAX];
static int devices[COUNT_MAX];

static void *read_one(void *argument)
{
    size_t index = (size_t)argument;
    atomic_store(&thread_ids[index], (int)syscall(SYS_gettid));
    ssize_t count = read(devices[index], bytes, length);
    if (count < 0)
        err(1, "a read from %s did not wait", device_path);
    errx(1, "a read from %s did not wait: it returned %zd bytes", device_path, count);
}

/* In a read of the device, not on its way there: the kernel shows the system call of a sleeping
 * thread. */
static bool thread_sleeps_in_read(int id, int device)
{
    char path[64], text[128];
    long number;
    unsigned long first;
    snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", id);
    FILE *file = fopen(path, "r");
    bool is_there = file != NULL && fgets(text, sizeof(text), file) != NULL;
    if (file != NULL)
        fclose(file);
    return is_there && sscanf(text, "%ld 0x%lx", &number, &first) == 2 && number == SYS_read &&
           first == (unsigned long)device;
}

static void await_sleep(size_t index)
{
    time_t end = time(NULL) + DEADLINE_S;
    while (thread_ids[index] == 0 || !thread_sleeps_in_read(thread_ids[index], devices[index])) {
        if (time(NULL) > end)
            errx(1, "read %zu is not pending after %d s", index, DEADLINE_S);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static int open_device(void)
{
    int device = open(device_path, O_RDWR);
    if (device < 0)
        err(1, "cannot open %s", device_path);
    return device;
}

static void start_reads(size_t count)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    for (size_t i = 0; i < count; i++) {
        devices[i] = open_device();
        if (pthread_create(&thread, &attributes, read_one, (void *)i) != 0)
            errx(1, "cannot start thread %zu", i);
    }
    pthread_attr_destroy(&attributes);
}

int main(int argc, char **argv)
{
    size_t count = argc == 3 || argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    if (argc == 4)
        length = strtoul(argv[3], NULL, 10);
    if (count == 0 || count > COUNT_MAX || length == 0 || length > LENGTH_MAX) {
        fprintf(stderr, "usage: pending DEVICE COUNT [LENGTH]\nCOUNT: 1 to %d\n", COUNT_MAX);
        return 2;
    }
    device_path = argv[1];
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    start_reads(count);
    for (size_t i = 0; i < count; i++)
        await_sleep(i);
    /* The kernel hands requests out in order: once an open is answered, the daemon has all earlier
     * ones. */
    close(open_device());
    printf("%zu reads are pending\n", count);
    fflush(stdout);
    for (;;)
        pause();
}
