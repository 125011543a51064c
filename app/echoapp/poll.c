/*
 * The poll engine: one thread for all operations, which never sleeps in read(2) or write(2). The
 * files do not block (O_NONBLOCK), and epoll tells which of them to try.
 *
 * A write(2) that does not wait is accepted before the device has done it; that it is done, or has
 * failed, is told by POLLOUT and by the next write(2). So an operation is complete when its file is
 * writable again, and one that has failed is written again to learn why: that one is not given to
 * the device.
 *
 * The device takes an accepted write back for nobody. To cancel one is to stop waiting for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine.h"

struct poll_engine {
    struct engine engine; /* `ready` is the epoll itself */
    int told;             /* an eventfd in it, raised while `complete` has something */
    struct operation *complete;
};

static struct poll_engine *poll_from(struct engine *engine)
{
    return (struct poll_engine *)engine;
}

static void tell_complete(struct poll_engine *poll, struct operation *operation, ssize_t result)
{
    operation->result = result;
    operation->next_complete = poll->complete;
    poll->complete = operation;
    eventfd_write(poll->told, 1);
}

static int watch(struct poll_engine *poll, int file, uint32_t events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};
    int epoll = poll->engine.ready;

    if (epoll_ctl(epoll, EPOLL_CTL_MOD, file, &event) == 0)
        return 0;
    if (errno == ENOENT && epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event) == 0)
        return 0;
    return -errno;
}

static int poll_start(struct engine **engine, size_t capacity)
{
    struct poll_engine *poll = calloc(1, sizeof(*poll));
    int result = -ENOMEM;

    (void)capacity; /* epoll has no limit of its own */
    if (poll == NULL)
        return result;
    poll->engine.type = &poll_engine;
    poll->engine.ready = epoll_create1(EPOLL_CLOEXEC);
    poll->told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    result =
        poll->engine.ready < 0 || poll->told < 0 ? -errno : watch(poll, poll->told, EPOLLIN, NULL);
    if (result != 0) {
        poll_engine.finish(&poll->engine);
        return result;
    }
    *engine = &poll->engine;
    return 0;
}

/* Once: what has been told is looked at again only when it is tried again. */
static int wait_for(struct poll_engine *poll, struct operation *operation, uint32_t events)
{
    return watch(poll, operation->file, events | EPOLLONESHOT, operation);
}

/* 0: the file will be watched, or the operation is complete. A negative errno: neither. */
static int try_read(struct poll_engine *poll, struct operation *operation)
{
    ssize_t result = read(operation->file, operation->buffer, operation->length);

    if (result < 0 && errno == EAGAIN)
        return wait_for(poll, operation, EPOLLIN);
    tell_complete(poll, operation, result < 0 ? -errno : result);
    return 0;
}

static int try_write(struct poll_engine *poll, struct operation *operation)
{
    ssize_t result = write(operation->file, operation->buffer, operation->length);

    if (result < 0 && errno != EAGAIN) {
        tell_complete(poll, operation, -errno);
        return 0;
    }
    operation->is_accepted = result >= 0;
    operation->result = result;
    result = wait_for(poll, operation, EPOLLOUT);
    if (result != -EPERM || !operation->is_accepted)
        return (int)result;
    /* What can't be polled has done what it has taken. */
    tell_complete(poll, operation, operation->result);
    return 0;
}

static int try(struct poll_engine *poll, struct operation *operation)
{
    return operation->is_write ? try_write(poll, operation) : try_read(poll, operation);
}

static int poll_submit(struct engine *engine, struct operation *operation)
{
    int flags = fcntl(operation->file, F_GETFL);

    if (flags < 0 || fcntl(operation->file, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    operation->is_accepted = false;
    operation->is_cancelled = false;
    return try(poll_from(engine), operation);
}

static int poll_flush(struct engine *engine)
{
    (void)engine;
    return 0;
}

/* The device has done what it had accepted; a failure of that is why this write fails. */
static void conclude_write(struct poll_engine *poll, struct operation *operation, uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 &&
        write(operation->file, operation->buffer, operation->length) < 0)
        operation->result = -errno;
    tell_complete(poll, operation, operation->result);
}

static void go_on(struct poll_engine *poll, struct operation *operation, uint32_t events)
{
    int result;

    if (operation->is_cancelled)
        return;
    if (operation->is_accepted) {
        conclude_write(poll, operation, events);
        return;
    }
    result = try(poll, operation);
    if (result != 0)
        tell_complete(poll, operation, result);
}

static void look(struct poll_engine *poll)
{
    struct epoll_event events[64];
    eventfd_t counter;
    int count = epoll_wait(poll->engine.ready, events, sizeof(events) / sizeof(events[0]), 0);

    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr != NULL)
            go_on(poll, events[i].data.ptr, events[i].events);
        else
            eventfd_read(poll->told, &counter);
    }
}

static struct operation *poll_next(struct engine *engine)
{
    struct poll_engine *poll = poll_from(engine);
    struct operation *operation;

    if (poll->complete == NULL)
        look(poll);
    operation = poll->complete;
    if (operation != NULL)
        poll->complete = operation->next_complete;
    return operation;
}

/* A read that is in flight in the device goes when its file is closed. Once is enough. */
static void poll_cancel(struct engine *engine, struct operation *operation)
{
    struct poll_engine *poll = poll_from(engine);

    for (const struct operation *one = poll->complete; one != NULL; one = one->next_complete)
        if (one == operation)
            return;
    operation->is_cancelled = true;
    epoll_ctl(engine->ready, EPOLL_CTL_DEL, operation->file, NULL);
    tell_complete(poll, operation, -ECANCELED);
}

static void poll_finish(struct engine *engine)
{
    struct poll_engine *poll = poll_from(engine);

    if (poll->told >= 0)
        close(poll->told);
    if (engine->ready >= 0)
        close(engine->ready);
    free(poll);
}

const struct engine_type poll_engine = {
    .name = "poll",
    .start = poll_start,
    .submit = poll_submit,
    .flush = poll_flush,
    .next = poll_next,
    .cancel = poll_cancel,
    .finish = poll_finish,
};
