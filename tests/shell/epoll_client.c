/*
 * epoll-client DEVICE FILES ROUNDS PATIENCE
 *
 * One thread that waits only in epoll_wait(2), a client of the driver tests/drivers/autosync.c: all
 * its open files write to the one message and read it back, one beat of the driver later. Numbers
 * are written in order, so no file may read a smaller one than before, or than its own last. In
 * every eighth round a file writes more than the driver accepts: it must be told once, by that
 * write or by the next.
 *
 * Nothing for PATIENCE seconds: it is stuck. More calls than a client needs that is woken only when
 * there is something: it is kept busy. Exit status: 0 success; 1 failure, with a line.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The driver's. */
#define MESSAGE_MAX 4096

#define FAIL_EVERY 8

struct stream {
    int file;
    bool is_reading; /* else it is its turn to write */
    unsigned rounds; /* done */
    bool owes_error; /* too much was accepted; the error is due */
    uint64_t written, seen;
};

/* A number, after a byte that is not the driver's MESSAGE_KEEP. */
struct message {
    char kind;
    char rest[MESSAGE_MAX];
};

static int poller;
static unsigned rounds;
static uint64_t last_number;
static struct {
    unsigned long wakes, refusals, results, too_long, errors;
} counts;

static void await(struct stream *stream, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = stream};
    if (epoll_ctl(poller, EPOLL_CTL_MOD, stream->file, &event) < 0)
        err(1, "epoll_ctl");
}

/* False: EAGAIN. */
static bool write_length(struct stream *stream, size_t length)
{
    struct message message = {.kind = 'n'};
    uint64_t number = ++last_number;
    memcpy(message.rest, &number, sizeof(number));
    ssize_t result = write(stream->file, &message, length);
    if (result < 0 && errno == EAGAIN) {
        counts.refusals++;
        return false;
    }
    bool is_too_long = length > MESSAGE_MAX;
    counts.too_long += is_too_long;
    counts.errors += result < 0;
    if (result < 0 && !is_too_long && !stream->owes_error)
        err(1, "round %u: a write that is no error", stream->rounds);
    if (result >= 0 && stream->owes_error)
        errx(1, "round %u: the failure of an accepted write is not told", stream->rounds);
    if (result >= 0 && (size_t)result != length)
        errx(1, "round %u: %zd of %zu bytes are written", stream->rounds, result, length);
    stream->owes_error = is_too_long && result >= 0;
    if (result >= 0 && !is_too_long)
        stream->written = number;
    return true;
}

/* True when it is done. */
static bool go_on_writing(struct stream *stream)
{
    bool is_failing = stream->rounds % FAIL_EVERY == FAIL_EVERY - 1;
    bool owed = stream->owes_error;
    if (!write_length(stream, is_failing && !owed ? MESSAGE_MAX + 1 : 1 + sizeof(uint64_t))) {
        await(stream, EPOLLOUT);
        return false;
    }
    stream->is_reading = !owed; /* a file that was told writes again */
    return true;
}

static bool go_on_reading(struct stream *stream)
{
    struct message message;
    uint64_t number;
    ssize_t result = read(stream->file, &message, sizeof(message));
    if (result < 0 && errno == EAGAIN) {
        counts.refusals++;
        await(stream, EPOLLIN);
        return false;
    }
    if (result != 1 + sizeof(number) || message.kind != 'n')
        errx(1, "round %u: a read gives %zd", stream->rounds, result);
    memcpy(&number, message.rest, sizeof(number));
    if (number < stream->seen || number < stream->written)
        errx(1, "round %u: %ju comes after %ju was read and %ju was written", stream->rounds,
             (uintmax_t)number, (uintmax_t)stream->seen, (uintmax_t)stream->written);
    stream->seen = number;
    stream->rounds++;
    counts.results++;
    stream->is_reading = false;
    return true;
}

/* EPOLLERR stays until a write has returned the error, whatever else the client waits for. */
static void take_error(struct stream *stream)
{
    if (!stream->owes_error)
        errx(1, "round %u: EPOLLERR of a write that is no error", stream->rounds);
    if (!write_length(stream, 1 + sizeof(uint64_t)))
        errx(1, "round %u: EPOLLERR, and a write is refused", stream->rounds);
}

/* Until it would block. */
static void go_on(struct stream *stream)
{
    while (stream->rounds < rounds) {
        if (!(stream->is_reading ? go_on_reading(stream) : go_on_writing(stream)))
            return;
    }
    await(stream, 0);
}

static void open_stream(struct stream *stream, const char *device)
{
    struct epoll_event event = {.data.ptr = stream};
    stream->file = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (stream->file < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, stream->file, &event) < 0)
        err(1, "%s", device);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        errx(2, "usage: epoll-client DEVICE FILES ROUNDS PATIENCE");
    size_t files = strtoul(argv[2], NULL, 10);
    rounds = (unsigned)strtoul(argv[3], NULL, 10);
    int patience = (int)strtol(argv[4], NULL, 10) * 1000;
    struct stream *streams = calloc(files, sizeof(*streams));
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (streams == NULL || poller < 0)
        err(1, "preparing");
    for (size_t i = 0; i < files; i++)
        open_stream(&streams[i], argv[1]);
    for (size_t i = 0; i < files; i++)
        go_on(&streams[i]);

    while (counts.results < files * rounds) {
        struct epoll_event event;
        int woken = epoll_wait(poller, &event, 1, patience);
        if (woken < 0)
            err(1, "epoll_wait");
        if (woken == 0)
            errx(1, "stuck after %lu of %zu results", counts.results, files * rounds);
        counts.wakes++;
        if ((event.events & EPOLLERR) != 0)
            take_error(event.data.ptr);
        if ((event.events & ~EPOLLERR) != 0)
            go_on(event.data.ptr);
    }
    printf("%lu results, %lu wakes, %lu refusals, %lu too long, %lu errors\n", counts.results,
           counts.wakes, counts.refusals, counts.too_long, counts.errors);
    for (size_t i = 0; i < files; i++)
        counts.errors += streams[i].owes_error; /* nobody has written after it */
    if (counts.errors != counts.too_long)
        errx(1, "%lu errors are told of %lu writes that are too long", counts.errors,
             counts.too_long);
    /* A round is a write and a read, each refused once at most, and an error one more write. */
    unsigned long enough = 2 * counts.results + counts.too_long + files;
    if (counts.wakes > enough || counts.refusals > enough)
        errx(1, "kept busy: %lu are enough", enough);
    free(streams);
    return 0;
}
