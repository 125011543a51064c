/*
 * The io_uring engine: every operation is one entry of the ring.
 *
 * The kernel serves a FUSE file or a CUSE device with one worker thread for each operation that
 * waits, and by its own choice with few of them (for a file: four for each processor). Reads that
 * wait for a write that waits for a worker would wait for ever; so the engine asks for as many
 * workers as there are operations, and where the kernel does not know how (before 5.15), it does
 * not start.
 */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

#include "engine.h"

struct uring {
    struct engine engine;
    struct io_uring ring;
};

static struct uring *uring_from(struct engine *engine)
{
    return (struct uring *)engine;
}

static int ask_for_workers(struct io_uring *ring, size_t capacity)
{
    /* Those for files, and those for everything else, devices among it. */
    unsigned int workers[] = {(unsigned int)capacity, (unsigned int)capacity};
    return io_uring_register_iowq_max_workers(ring, workers);
}

/* The kernel rounds up to a power of two, and makes room for twice as many completions: enough for
 * those of the cancels as well. */
static int uring_start(struct engine **engine, size_t capacity)
{
    struct uring *uring = calloc(1, sizeof(*uring));
    int result;

    if (uring == NULL)
        return -ENOMEM;
    result = io_uring_queue_init((unsigned int)capacity, &uring->ring, 0);
    if (result != 0) {
        free(uring);
        return result;
    }
    result = ask_for_workers(&uring->ring, capacity);
    if (result != 0) {
        io_uring_queue_exit(&uring->ring);
        free(uring);
        return result;
    }
    uring->engine.type = &uring_engine;
    uring->engine.ready = uring->ring.ring_fd;
    *engine = &uring->engine;
    return 0;
}

static int uring_flush(struct engine *engine)
{
    struct io_uring *ring = &uring_from(engine)->ring;

    while (io_uring_sq_ready(ring) > 0) {
        int result = io_uring_submit(ring);
        if (result < 0 && result != -EINTR)
            return result;
    }
    return 0;
}

static struct io_uring_sqe *free_entry(struct uring *uring)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&uring->ring);

    if (entry == NULL && uring_flush(&uring->engine) == 0)
        entry = io_uring_get_sqe(&uring->ring);
    return entry;
}

/* At the file's own position, as read(2) does; by a worker from the beginning, since trying first
 * whether the operation would wait is one more request to the device. */
static int uring_submit(struct engine *engine, struct operation *operation)
{
    struct io_uring_sqe *entry = free_entry(uring_from(engine));
    unsigned int length = (unsigned int)operation->length;

    if (entry == NULL)
        return -EBUSY;
    if (operation->is_write)
        io_uring_prep_write(entry, operation->file, operation->buffer, length, (__u64)-1);
    else
        io_uring_prep_read(entry, operation->file, operation->buffer, length, (__u64)-1);
    io_uring_sqe_set_flags(entry, IOSQE_ASYNC);
    io_uring_sqe_set_data(entry, operation);
    return 0;
}

/* What a cancel says about itself, with no operation, is of no interest: the operation's own end
 * tells. */
static struct operation *uring_next(struct engine *engine)
{
    struct io_uring *ring = &uring_from(engine)->ring;
    struct io_uring_cqe *completion;

    while (io_uring_peek_cqe(ring, &completion) == 0) {
        struct operation *operation = io_uring_cqe_get_data(completion);
        if (operation != NULL)
            operation->result = completion->res;
        io_uring_cqe_seen(ring, completion);
        if (operation != NULL)
            return operation;
    }
    return NULL;
}

static void uring_cancel(struct engine *engine, struct operation *operation)
{
    struct io_uring_sqe *entry = free_entry(uring_from(engine));

    if (entry == NULL)
        return;
    io_uring_prep_cancel(entry, operation, 0);
    io_uring_sqe_set_data(entry, NULL);
}

static void uring_finish(struct engine *engine)
{
    io_uring_queue_exit(&uring_from(engine)->ring);
    free(engine);
}

const struct engine_type uring_engine = {
    .name = "uring",
    .treats_files_as_files = true,
    .start = uring_start,
    .submit = uring_submit,
    .flush = uring_flush,
    .next = uring_next,
    .cancel = uring_cancel,
    .finish = uring_finish,
};
