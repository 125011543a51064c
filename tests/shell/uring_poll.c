/*
 * uring-poll read|cancel-read|cancel-splice|cancel-poll DEVICE
 *
 *     read           waits by IORING_OP_POLL_ADD until the device is readable, and reads by a
 *                    linked IORING_OP_READ; prints what it has read
 *     cancel-read    cancels a read that waits in the device, and prints how it ended: EINTR or
 *                    ECANCELED
 *     cancel-splice  the same with a read by which the kernel fills a pipe: on a device node the
 *                    kernel asks for it whatever the size of the file
 *     cancel-poll    the same with a poll of a device that is not readable
 *
 * Prints "waiting" on standard error when the kernel has been asked to wait. Exit status: 0; 1
 * something failed; 2 wrong usage; 77 no io_uring.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS 60

static struct io_uring ring;
/* Read whole: if the device is a regular file, in a FUSE mount, io_uring continues a short read. */
static char buffer[sizeof("hello")];

static struct io_uring_sqe *entry(int name)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

    if (sqe == NULL)
        errx(1, "the ring is full");
    sqe->user_data = (__u64)name;
    return sqe;
}

static void submit(void)
{
    int result = io_uring_submit(&ring);

    if (result < 0)
        errx(1, "submitting: %s", strerror(-result));
}

/* The result of the entry of that name; they end in this order. */
static int result_of(int name)
{
    struct __kernel_timespec limit = {.tv_sec = SECONDS};
    struct io_uring_cqe *completion;
    int result = io_uring_wait_cqe_timeout(&ring, &completion, &limit);

    if (result != 0)
        errx(1, "waiting for completion %d: %s", name, strerror(-result));
    if (completion->user_data != (__u64)name)
        errx(1, "completion %d comes instead of %d", (int)completion->user_data, name);
    result = completion->res;
    io_uring_cqe_seen(&ring, completion);
    return result;
}

static void prepare_poll(int name, int device)
{
    struct io_uring_sqe *sqe = entry(name);

    io_uring_prep_poll_add(sqe, device, POLLIN);
    sqe->user_data = (__u64)name;
}

static void prepare_read(int name, int device, unsigned flags)
{
    struct io_uring_sqe *sqe = entry(name);

    io_uring_prep_read(sqe, device, buffer, sizeof(buffer), (__u64)-1);
    io_uring_sqe_set_flags(sqe, flags);
    sqe->user_data = (__u64)name;
}

/* O_DIRECT, otherwise the kernel reads what it has cached of the file. */
static void prepare_splice(int name, const char *device)
{
    struct io_uring_sqe *sqe = entry(name);
    int ends[2], file = open(device, O_RDWR | O_DIRECT);

    if (file < 0 || pipe(ends) != 0)
        err(1, "a pipe from %s", device);
    io_uring_prep_splice(sqe, file, -1, ends[1], -1, sizeof(buffer), 0);
    sqe->user_data = (__u64)name;
}

static int wait_and_read(int device)
{
    struct io_uring_sqe *sqe = entry(1);
    int events, count;

    io_uring_prep_poll_add(sqe, device, POLLIN);
    io_uring_sqe_set_flags(sqe, IOSQE_IO_LINK);
    sqe->user_data = 1;
    prepare_read(2, device, 0);
    submit();
    fputs("waiting\n", stderr);
    events = result_of(1);
    count = result_of(2);
    if (events < 0 || (events & POLLIN) == 0)
        errx(1, "the poll ended with 0x%x", (unsigned)events);
    if (count < 0)
        errx(1, "the read ended with %s", strerrorname_np(-count));
    fwrite(buffer, 1, (size_t)count, stdout);
    return 0;
}

/* Repeated until it has an effect: it may come before there is something to cancel. */
static int cancel(void)
{
    struct __kernel_timespec moment = {.tv_nsec = 100000000};
    struct io_uring_cqe *completion;
    int result = 0;

    fputs("waiting\n", stderr);
    getchar(); /* until we are told */
    for (int tries = 0; tries < 10 * SECONDS; tries++) {
        struct io_uring_sqe *sqe = entry(2);
        io_uring_prep_cancel64(sqe, 1, 0);
        sqe->user_data = 2;
        submit();
        while (io_uring_wait_cqe_timeout(&ring, &completion, &moment) == 0) {
            bool is_it = completion->user_data == 1;
            result = completion->res;
            io_uring_cqe_seen(&ring, completion);
            if (!is_it)
                continue;
            puts(result < 0 ? strerrorname_np(-result) : "it was not cancelled");
            return 0;
        }
    }
    errx(1, "it can't be cancelled");
}

int main(int argc, char **argv)
{
    int device, result;

    if (argc != 3)
        errx(2, "usage: uring-poll read|cancel-read|cancel-splice|cancel-poll DEVICE");
    result = io_uring_queue_init(8, &ring, 0);
    if (result != 0) {
        printf("no io_uring here: %s\n", strerror(-result));
        return 77;
    }
    device = open(argv[2], O_RDWR);
    if (device < 0)
        err(1, "%s", argv[2]);
    if (strcmp(argv[1], "read") == 0)
        return wait_and_read(device);
    if (strcmp(argv[1], "cancel-read") == 0)
        prepare_read(1, device, IOSQE_ASYNC);
    else if (strcmp(argv[1], "cancel-splice") == 0)
        prepare_splice(1, argv[2]);
    else
        prepare_poll(1, device);
    submit();
    return cancel();
}
