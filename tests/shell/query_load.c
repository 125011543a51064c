/*
 * usage: query-load SOCKET QUERIES RATE
 *
 * Asks a daemon's control socket this many questions, one after another, at most RATE per second,
 * about its devices, queues, requests, files, statistics and log alternately. Prints how many were
 * answered, in which time, and the slowest. Exit status: 0; 1 one was not answered.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char *const methods[] = {"ListDevices", "ListQueues",     "ListRequests",
                                      "ListFiles",   "ListStatistics", "GetLog"};

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof(address.sun_path))
        errx(1, "%s: too long", path);
    strcpy(address.sun_path, path);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0)
        err(1, "%s", path);
    return descriptor;
}

static uint64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void sleep_until(uint64_t when)
{
    const struct timespec until = {.tv_sec = (time_t)(when / 1000000000u),
                                   .tv_nsec = (long)(when % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* Up to the zero byte; no more comes, since nothing more was asked. */
static void expect_answer(int descriptor, const char *method)
{
    static const char beginning[] = "{\"parameters\":";
    char bytes[65536];
    char first[sizeof(beginning)] = "";
    size_t length = 0;
    ssize_t count;
    do {
        count = recv(descriptor, bytes, sizeof(bytes), 0);
        if (count <= 0)
            errx(1, "%s: no answer", method);
        for (ssize_t i = 0; i < count && length + (size_t)i < sizeof(first) - 1; i++)
            first[length + (size_t)i] = bytes[i];
        length += (size_t)count;
    } while (bytes[count - 1] != '\0');
    if (strcmp(first, beginning) != 0)
        errx(1, "%s: the answer begins with '%s'", method, first);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(1, "usage: query-load SOCKET QUERIES RATE");
    int descriptor = open_socket(argv[1]);
    unsigned long queries = strtoul(argv[2], NULL, 10), rate = strtoul(argv[3], NULL, 10);
    uint64_t period = 1000000000u / (rate > 0 ? rate : 1);
    uint64_t began = nanoseconds_now(), slowest = 0;
    for (unsigned long i = 0; i < queries; i++) {
        char call[128];
        const char *method = methods[i % (sizeof(methods) / sizeof(methods[0]))];
        int length = snprintf(call, sizeof(call), "{\"method\":\"org.wdfuse.control.%s\"}", method);
        sleep_until(began + i * period);
        uint64_t asked = nanoseconds_now();
        if (send(descriptor, call, (size_t)length + 1, MSG_NOSIGNAL) != length + 1)
            err(1, "%s", method);
        expect_answer(descriptor, method);
        uint64_t taken = nanoseconds_now() - asked;
        slowest = taken > slowest ? taken : slowest;
    }
    printf("%lu answers in %.1f s, the slowest after %.1f ms\n", queries,
           (double)(nanoseconds_now() - began) / 1e9, (double)slowest / 1e6);
    return 0;
}
