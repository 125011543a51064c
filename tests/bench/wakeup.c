/*
 * wakeup DEVICE FILES RUNG SECONDS
 *
 * The cost of waking one of many pollers. DEVICE is that of tests/drivers/bell.c. Each of FILES
 * open files has a read in flight, and one epoll waits for all of them. The first RUNG of them, one
 * after another in random order, get what they wait for: a write(2) by another open file rings,
 * epoll_wait(2) returns, a read takes the result, another read is put in flight. Prints the median
 * duration of a round in microseconds.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 2000000

static int *files;
static uint32_t *samples; /* ns */

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void put_in_flight(int file)
{
    uint32_t number;

    if (read(file, &number, sizeof(number)) >= 0 || errno != EAGAIN)
        err(1, "a read should stay in flight");
}

static int open_device(const char *device)
{
    int file = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (file < 0)
        err(1, "%s", device);
    return file;
}

static int wait_for_all(const char *device, uint32_t count)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    for (uint32_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        uint64_t number = i;
        files[i] = open_device(device);
        if (write(files[i], &number, sizeof(number)) != sizeof(number))
            err(1, "taking number %u", i);
        put_in_flight(files[i]);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, files[i], &event) != 0)
            err(1, "epoll_ctl");
    }
    return epoll;
}

static uint64_t ring(int bell, int epoll, uint32_t index)
{
    struct epoll_event event;
    uint32_t number = index;
    uint64_t begin = now();

    if (write(bell, &number, sizeof(number)) != sizeof(number))
        err(1, "ringing");
    if (epoll_wait(epoll, &event, 1, 10000) != 1 || event.data.u32 != index)
        errx(1, "nobody is woken, or somebody else");
    if (read(files[index], &number, sizeof(number)) != sizeof(number) || number != index)
        err(1, "the result");
    put_in_flight(files[index]);
    return now() - begin;
}

static int compare(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static void raise_limit(uint32_t count)
{
    struct rlimit limit = {.rlim_cur = count + 64, .rlim_max = count + 64};
    struct rlimit present;

    if (getrlimit(RLIMIT_NOFILE, &present) == 0 && present.rlim_cur >= limit.rlim_cur)
        return;
    limit.rlim_max = present.rlim_max > limit.rlim_cur ? present.rlim_max : limit.rlim_cur;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        err(1, "%u open files", count);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        errx(2, "usage: wakeup DEVICE FILES RUNG SECONDS");
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
    uint32_t rung = (uint32_t)strtoul(argv[3], NULL, 10);
    uint64_t end = now() + (uint64_t)(strtod(argv[4], NULL) * 1e9);
    size_t rounds = 0;
    uint32_t choice = 1;

    if (count < 1 || count > 4000 || rung < 1 || rung > count)
        errx(2, "FILES: 1 to 4000; RUNG: 1 to FILES");
    files = calloc(count, sizeof(*files));
    samples = calloc(ROUNDS_MAX, sizeof(*samples));
    if (files == NULL || samples == NULL)
        err(1, "memory");
    raise_limit(count);
    int bell = open_device(argv[1]);
    int epoll = wait_for_all(argv[1], count);
    while (rounds < ROUNDS_MAX && (now() < end || rounds < 100)) {
        choice = choice * 1664525 + 1013904223;
        samples[rounds++] = (uint32_t)ring(bell, epoll, (choice >> 8) % rung);
    }
    qsort(samples, rounds, sizeof(*samples), compare);
    printf("%.1f\n", samples[rounds / 2] / 1000.0);
    return 0;
}
