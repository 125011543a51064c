/*
 * polling-clients DEVICE FILES SECONDS PATIENCE
 *
 * Clients of the driver tests/drivers/late.c that do not sleep in read(2), each in its own way, for
 * SECONDS seconds. Two processes, each with threads:
 *
 *     one thread has FILES open files in an epoll, every other one edge-triggered, reads and writes
 *         them;
 *     four sleep in poll(2) for their files, one in select(2);
 *     one switches O_NONBLOCK on and off, so that a read(2) that waits meets one that is in flight;
 *     one opens, tries, and closes while a call is in flight;
 *     and one shares an open file with the other process.
 *
 * Every number must come in order, every failure once. A client that gets nothing for PATIENCE
 * seconds has missed a wake-up: the device never takes that long. A client that is woken for
 * nothing again and again is busy, which is a failure, too. Exit status: 0 success; 1 failure, with
 * a line.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 2

/* late.c's. */
#define CYCLE    16
#define FAIL_AT  7
#define EMPTY_AT 11

/* One open file, and what its client has seen. */
struct stream {
    const char *kind; /* for messages */
    int file;
    bool is_edge_triggered;
    bool is_read_only; /* a completed write would hide a missed wake-up */
    uint64_t next_read, next_write;
    bool is_told;
    _Atomic(time_t) progress;
    uint64_t results, refusals; /* of reads: with an outcome, with EAGAIN */
};

/* In memory that the processes share. */
struct shared {
    pthread_mutex_t lock; /* guards the stream */
    struct stream stream;
    _Atomic(uint64_t) results;
    _Atomic(uint64_t) wakes;
};

static const char *device;
static size_t file_count;
static int patience;
static time_t end;
static struct shared *shared;

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static bool is_over(void)
{
    return now() >= end;
}

static void stream_open(struct stream *stream, const char *kind)
{
    stream->kind = kind;
    stream->file = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (stream->file < 0)
        err(1, "open %s", device);
    stream->progress = now();
}

/* A read must return what comes next. */
static void stream_check(struct stream *stream, ssize_t result, uint64_t number)
{
    uint64_t place = stream->next_read % CYCLE;

    stream->progress = now();
    stream->results++;
    shared->results++;
    if ((place == FAIL_AT || place == EMPTY_AT) && !stream->is_told) {
        stream->is_told = true;
        if (result != (place == FAIL_AT ? -EPROTO : 0))
            errx(1, "%s: before number %ju a read gave %zd", stream->kind,
                 (uintmax_t)stream->next_read, result);
        return;
    }
    if (result != sizeof(number) || number != stream->next_read)
        errx(1, "%s: number %ju should come, a read gave %zd and %ju", stream->kind,
             (uintmax_t)stream->next_read, result, (uintmax_t)number);
    stream->is_told = false;
    stream->next_read++;
}

/* False: there is nothing now. A blocking file always has something. */
static bool stream_read(struct stream *stream)
{
    uint64_t number = 0;
    ssize_t result = read(stream->file, &number, sizeof(number));

    if (result < 0 && errno == EAGAIN) {
        stream->refusals++;
        return false;
    }
    stream_check(stream, result < 0 ? -errno : result, number);
    return true;
}

static bool stream_write(struct stream *stream)
{
    ssize_t result = write(stream->file, &stream->next_write, sizeof(stream->next_write));

    if (result < 0 && errno == EAGAIN)
        return false;
    if (result != sizeof(stream->next_write))
        err(1, "%s: write %ju gave %zd", stream->kind, (uintmax_t)stream->next_write, result);
    stream->next_write++;
    return true;
}

/* Each result is tried for once in vain; wake-ups for others explain a few more. */
static void stream_conclude(struct stream *stream, uint64_t allowed)
{
    if (stream->refusals > allowed * stream->results + 100)
        errx(1, "%s: busy: %ju of its reads gave something, %ju did not", stream->kind,
             (uintmax_t)stream->results, (uintmax_t)stream->refusals);
    close(stream->file);
}

/* ---- many files, one thread ---- */

static void watch(int epoll, struct stream *stream, int operation)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = stream};

    if (stream->is_edge_triggered)
        event.events |= EPOLLET;
    if (stream->is_read_only)
        event.events &= ~(uint32_t)EPOLLOUT;
    if (epoll_ctl(epoll, operation, stream->file, &event) != 0)
        err(1, "epoll_ctl");
}

/* A level-triggered file does one thing at a time, an edge-triggered one all there is to do. */
static void serve(struct stream *stream, uint32_t events)
{
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
        while (stream_read(stream) && stream->is_edge_triggered)
            ;
    if ((events & EPOLLOUT) != 0)
        while (stream_write(stream) && stream->is_edge_triggered)
            ;
}

static void check_progress(struct stream *streams)
{
    for (size_t i = 0; i < file_count; i++)
        if (now() - streams[i].progress > patience)
            errx(1, "%s: a wake-up was missed: nothing for %d s after number %ju", streams[i].kind,
                 patience, (uintmax_t)streams[i].next_read);
}

static void run_epoll(void)
{
    struct epoll_event events[64];
    struct stream *streams = calloc(file_count, sizeof(*streams));
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (streams == NULL || epoll < 0)
        err(1, "epoll");
    for (size_t i = 0; i < file_count; i++) {
        streams[i].is_edge_triggered = i % 2 != 0;
        streams[i].is_read_only = i % 4 < 2;
        stream_open(&streams[i], i % 2 != 0 ? "edge-triggered" : "level-triggered");
        watch(epoll, &streams[i], EPOLL_CTL_ADD);
    }
    while (!is_over()) {
        int count = epoll_wait(epoll, events, sizeof(events) / sizeof(events[0]), 500);
        shared->wakes++;
        for (int i = 0; i < count; i++)
            serve(events[i].data.ptr, events[i].events);
        check_progress(streams);
    }
    for (size_t i = 0; i < file_count; i++)
        stream_conclude(&streams[i], 3);
    close(epoll);
    free(streams);
}

/* ---- a thread and a file each ---- */

/* The kernel looks once more when the time is over, so a wake-up this late was missed all the
 * same. */
static void check_wait(const struct stream *stream, time_t began)
{
    if (now() - began >= patience)
        errx(1, "%s: a wake-up was missed after number %ju", stream->kind,
             (uintmax_t)stream->next_read);
}

static void wait_in_poll(struct stream *stream)
{
    struct pollfd wait = {.fd = stream->file, .events = POLLIN};
    time_t began = now();

    poll(&wait, 1, patience * 1000);
    check_wait(stream, began);
}

static void *run_poll(void *argument)
{
    struct stream stream = {0};

    (void)argument;
    stream_open(&stream, "poll");
    while (!is_over())
        if (!stream_read(&stream))
            wait_in_poll(&stream);
    stream_conclude(&stream, 2);
    return NULL;
}

static void *run_select(void *argument)
{
    struct stream stream = {0};

    (void)argument;
    stream_open(&stream, "select");
    while (!is_over()) {
        struct timeval limit = {.tv_sec = patience};
        fd_set files;
        time_t began;
        if (stream_read(&stream))
            continue;
        FD_ZERO(&files);
        FD_SET(stream.file, &files);
        began = now();
        select(stream.file + 1, &files, NULL, NULL, &limit);
        check_wait(&stream, began);
    }
    stream_conclude(&stream, 2);
    return NULL;
}

/* A thread in read(2) waits as long as the device takes: the watch below sees it. */
static void *run_switching(void *argument)
{
    struct stream *stream = argument;

    while (!is_over()) {
        bool has_result = stream_read(stream);
        if (has_result)
            continue;
        if (fcntl(stream->file, F_SETFL, O_RDWR) != 0)
            err(1, "fcntl");
        if (!stream_read(stream))
            errx(1, "a read that waits gave EAGAIN");
        if (fcntl(stream->file, F_SETFL, O_RDWR | O_NONBLOCK) != 0)
            err(1, "fcntl");
    }
    stream_conclude(stream, 2);
    return NULL;
}

/* What is in flight or done goes with the file: each one begins again. */
static void *run_closing(void *argument)
{
    (void)argument;
    for (unsigned round = 0; !is_over(); round++) {
        struct stream stream = {0};
        stream_open(&stream, "closing");
        stream_read(&stream);
        if (round % 2 != 0)
            stream_write(&stream);
        if (round % 3 != 0)
            wait_in_poll(&stream);
        if (round % 5 == 0)
            stream_read(&stream);
        close(stream.file);
    }
    return NULL;
}

/* Several processes wait for one open file; the first one reads. */
static void *run_shared(void *argument)
{
    struct stream *stream = &shared->stream;

    (void)argument;
    while (!is_over()) {
        pthread_mutex_lock(&shared->lock);
        bool has_result = stream_read(stream);
        pthread_mutex_unlock(&shared->lock);
        if (!has_result)
            wait_in_poll(stream);
    }
    return NULL;
}

static pthread_t start(void *(*run)(void *), void *argument)
{
    pthread_t thread;

    errno = pthread_create(&thread, NULL, run, argument);
    if (errno != 0)
        err(1, "pthread_create");
    return thread;
}

static void run_process(void)
{
    struct stream switching = {0};
    stream_open(&switching, "switching");
    pthread_t last = start(run_switching, &switching);
    pthread_t threads[] = {start(run_poll, NULL),   start(run_poll, NULL),
                           start(run_poll, NULL),   start(run_poll, NULL),
                           start(run_select, NULL), start(run_closing, NULL),
                           start(run_shared, NULL)};

    run_epoll();
    for (time_t limit = now() + patience; pthread_tryjoin_np(last, NULL) != 0;) {
        if (now() > limit)
            errx(1, "switching: who waits in read(2) was not answered after number %ju",
                 (uintmax_t)switching.next_read);
        usleep(1000);
    }
    for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
        pthread_join(threads[i], NULL);
}

static void share(void)
{
    pthread_mutexattr_t attributes;

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        err(1, "mmap");
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->lock, &attributes);
    stream_open(&shared->stream, "shared");
}

static int number(const char *text)
{
    char *rest;
    long value = strtol(text, &rest, 10);

    if (*text == '\0' || *rest != '\0' || value < 1 || value > 100000)
        errx(2, "%s: not a number from 1 to 100000", text);
    return (int)value;
}

int main(int argc, char **argv)
{
    int status, failures = 0;

    if (argc != 5)
        errx(2, "usage: polling-clients DEVICE FILES SECONDS PATIENCE");
    device = argv[1];
    file_count = (size_t)number(argv[2]);
    end = now() + number(argv[3]);
    patience = number(argv[4]);
    share();
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        if (child < 0)
            err(1, "fork");
        if (child == 0) {
            run_process();
            exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++)
        failures += wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    printf("%ju results, %ju wake-ups of the epolls\n", (uintmax_t)shared->results,
           (uintmax_t)shared->wakes);
    if (failures == 0 && shared->results == 0)
        errx(1, "nothing was read");
    return failures != 0;
}
