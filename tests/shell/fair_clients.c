/*
 * fair-clients: what share of a device a client gets beside a process with many threads.
 *
 *   fair-clients DEVICE THREADS PERCENT
 *
 * Counts one-byte reads per second (a mount lets only one write at a time through to the daemon):
 * those of this process alone, which has one thread, and those of it beside another process with
 * that many threads doing the same. The share of a process is half of all, or what it can do alone
 * if that is less. Exits with 1 if this process gets less than PERCENT of its share.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEASURED_NS UINT64_C(700000000)

static const char *path;
static _Atomic(unsigned long) *flood; /* shared: operations of the other process */

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int open_device(void)
{
    int device = open(path, O_RDONLY | O_CLOEXEC);
    if (device < 0)
        err(1, "%s", path);
    return device;
}

static void *read_for_ever(void *argument)
{
    char byte;
    int device = open_device();
    (void)argument;
    for (;;) {
        if (read(device, &byte, 1) < 0)
            _exit(1);
        atomic_fetch_add(flood, 1);
    }
}

static _Noreturn void be_many(unsigned count)
{
    pthread_attr_t attributes;
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    for (unsigned i = 0; i < count; i++) {
        if (pthread_create(&thread, &attributes, read_for_ever, NULL) != 0)
            errx(1, "no thread");
    }
    for (;;)
        pause();
}

/* Operations per second. */
static double measure(int device)
{
    char byte;
    unsigned long count = 0;
    uint64_t began = now();
    while (now() - began < MEASURED_NS) {
        if (read(device, &byte, 1) < 0)
            err(1, "read");
        count++;
    }
    return (double)count * 1e9 / (double)(now() - began);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: fair-clients DEVICE THREADS PERCENT");
    path = argv[1];
    unsigned threads = (unsigned)strtoul(argv[2], NULL, 10);
    double percent = strtod(argv[3], NULL);
    flood = mmap(NULL, sizeof(*flood), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (flood == MAP_FAILED)
        err(1, "mmap");
    int device = open_device();
    double alone = measure(device);
    pid_t other = fork();
    if (other == 0)
        be_many(threads);
    while (atomic_load(flood) < 10ul * threads && waitpid(other, NULL, WNOHANG) == 0)
        usleep(1000);
    unsigned long before = atomic_load(flood);
    uint64_t began = now();
    double beside = measure(device);
    double others = (double)(atomic_load(flood) - before) * 1e9 / (double)(now() - began);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    double half = (beside + others) / 2;
    double share = alone < half ? alone : half;
    printf("alone %.0f, beside %u threads %.0f, these %.0f: %.0f %% of its share\n", alone, threads,
           beside, others, 100 * beside / share);
    return 100 * beside >= percent * share ? 0 : 1;
}
