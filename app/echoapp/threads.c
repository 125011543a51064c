/*
 * The threads engine: each operation has a thread of its own, which sleeps in read(2) or write(2).
 *
 * A thread is interrupted by SIGUSR1, whose handler does nothing. A signal that comes just before
 * the system call has no effect on it; so a cancel must be repeated, as the interface says anyway.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine.h"

/* Enough for a system call and a signal's frame on it, also under a sanitizer. */
#define STACK_SIZE ((size_t)64 * 1024)

struct threads {
    struct engine engine;
    pthread_attr_t attributes;
    pthread_mutex_t lock; /* guards `complete` and the operations in it */
    struct operation *complete;
};

static struct threads *threads_from(struct engine *engine)
{
    return (struct threads *)engine;
}

/* An eventfd's counter does not overflow before 2^64 - 1 operations, and there is no other way to
 * fail. */
static void tell_ready(struct threads *threads)
{
    uint64_t one = 1;
    while (write(threads->engine.ready, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void *serve(void *argument)
{
    struct operation *operation = argument;
    struct threads *threads = threads_from(operation->engine);
    ssize_t result;

    if (operation->is_write)
        result = write(operation->file, operation->buffer, operation->length);
    else
        result = read(operation->file, operation->buffer, operation->length);
    operation->result = result < 0 ? -errno : result;

    pthread_mutex_lock(&threads->lock);
    operation->next_complete = threads->complete;
    threads->complete = operation;
    pthread_mutex_unlock(&threads->lock);
    tell_ready(threads);
    return NULL;
}

static void do_nothing(int signal)
{
    (void)signal;
}

/* Without SA_RESTART: the system call must return. Our parent may have blocked the signal. */
static int prepare_signal(void)
{
    struct sigaction action = {.sa_handler = do_nothing};
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    if (sigaction(SIGUSR1, &action, NULL) != 0)
        return -errno;
    return -pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

static int threads_start(struct engine **engine, size_t capacity)
{
    struct threads *threads;
    int result = prepare_signal();

    (void)capacity; /* how many threads there may be shows when they are made */
    if (result != 0)
        return result;
    threads = calloc(1, sizeof(*threads));
    if (threads == NULL)
        return -ENOMEM;
    threads->engine.type = &threads_engine;
    threads->engine.ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (threads->engine.ready < 0) {
        result = -errno;
        free(threads);
        return result;
    }
    pthread_mutex_init(&threads->lock, NULL);
    pthread_attr_init(&threads->attributes);
    pthread_attr_setstacksize(&threads->attributes, STACK_SIZE);
    *engine = &threads->engine;
    return 0;
}

static int threads_submit(struct engine *engine, struct operation *operation)
{
    operation->engine = engine;
    return -pthread_create(&operation->thread, &threads_from(engine)->attributes, serve, operation);
}

static int threads_flush(struct engine *engine)
{
    (void)engine;
    return 0;
}

static struct operation *take_complete(struct threads *threads)
{
    struct operation *operation;

    pthread_mutex_lock(&threads->lock);
    operation = threads->complete;
    if (operation != NULL)
        threads->complete = operation->next_complete;
    pthread_mutex_unlock(&threads->lock);
    return operation;
}

/* The counter is reset before the list is looked at: what comes in between is seen now or announced
 * again. */
static struct operation *threads_next(struct engine *engine)
{
    struct threads *threads = threads_from(engine);
    struct operation *operation = take_complete(threads);
    uint64_t counter;

    if (operation == NULL && read(engine->ready, &counter, sizeof(counter)) > 0)
        operation = take_complete(threads);
    if (operation != NULL)
        pthread_join(operation->thread, NULL);
    return operation;
}

static void threads_cancel(struct engine *engine, struct operation *operation)
{
    (void)engine;
    pthread_kill(operation->thread, SIGUSR1);
}

static void threads_finish(struct engine *engine)
{
    struct threads *threads = threads_from(engine);

    pthread_attr_destroy(&threads->attributes);
    pthread_mutex_destroy(&threads->lock);
    close(engine->ready);
    free(threads);
}

const struct engine_type threads_engine = {
    .name = "threads",
    .start = threads_start,
    .submit = threads_submit,
    .flush = threads_flush,
    .next = threads_next,
    .cancel = threads_cancel,
    .finish = threads_finish,
};
