/* Signals as events. See stop.h. */
#include "host/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "port/log.h"
#include "port/thread.h"

struct stop {
    int signals;  /* a signalfd of all that is ours */
    int endings;  /* one of SIGTERM and SIGINT alone, for the guard: the others wait for stop_wait */
    int finished; /* readable: the guard shall end */
    bool is_guarded;
    struct port_thread guard;
    void (*last_words)(void *);
    void *argument;
};

/* A signal that is ignored already was so on purpose: nohup, or a shell's background job. It stays ignored.
 */
static void add_unless_ignored(sigset_t *set, int number)
{
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        sigaddset(set, number);
}

static int open_descriptor(const sigset_t *signals)
{
    int descriptor = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor >= 0 ? descriptor : -errno;
}

static int open_signals(struct stop *stop)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    add_unless_ignored(&signals, SIGINT);
    stop->endings = open_descriptor(&signals);

    add_unless_ignored(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    stop->signals = open_descriptor(&signals);
    signal(SIGPIPE, SIG_IGN);
    /* Before the first thread starts: those that follow inherit it. */
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
        return -errno;
    return stop->endings < 0 ? stop->endings : stop->signals < 0 ? stop->signals : 0;
}

int stop_create(struct stop **stop)
{
    struct stop *new = calloc(1, sizeof(*new));
    if (new == NULL) {
        log_error("no memory");
        return -ENOMEM;
    }
    int error = open_signals(new);
    new->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (error == 0 && new->finished < 0)
        error = -errno;
    if (error != 0) {
        log_error("no descriptors for signals: %s", strerror(-error));
        stop_destroy(new);
        return error;
    }
    *stop = new;
    return 0;
}

void stop_destroy(struct stop *stop)
{
    if (stop->signals >= 0)
        close(stop->signals);
    if (stop->endings >= 0)
        close(stop->endings);
    if (stop->finished >= 0)
        close(stop->finished);
    free(stop);
}

/*
 * Blocks until one of these signals is here, or one of two other descriptors is readable (-1: there is none).
 * Returns the signal's number, or which descriptor it was.
 */
enum { FIRST_IS_READABLE = 0, SECOND_IS_READABLE = -1 };

static int next_signal(int signals, int first, int second)
{
    for (;;) {
        struct pollfd events[] = {{.fd = signals, .events = POLLIN},
                                  {.fd = first, .events = POLLIN},
                                  {.fd = second, .events = POLLIN}};
        if (poll(events, 3, -1) < 0 && errno != EINTR)
            return FIRST_IS_READABLE;
        struct signalfd_siginfo information;
        if (read(signals, &information, sizeof(information)) == (ssize_t)sizeof(information))
            return (int)information.ssi_signo;
        if (events[2].revents != 0)
            return SECOND_IS_READABLE;
        if (events[1].revents != 0)
            return FIRST_IS_READABLE;
    }
}

enum stop_event stop_wait(struct stop *stop, int ended, int failed)
{
    int number = next_signal(stop->signals, ended, failed);
    if (number == SECOND_IS_READABLE)
        return STOP_FAILED;
    if (number == SIGUSR1)
        return STOP_SUSPEND;
    if (number == SIGUSR2)
        return STOP_RESUME;
    if (number != FIRST_IS_READABLE)
        log_info("%s: stopping", strsignal(number));
    else
        log_info("the connection to the kernel has ended (unmounted?): stopping");
    return STOP_REMOVE;
}

static void guard_main(void *argument)
{
    struct stop *stop = argument;
    int number = next_signal(stop->endings, stop->finished, -1);
    if (number == FIRST_IS_READABLE)
        return;
    log_error("%s while the driver has not come back to us: ending at once", strsignal(number));
    stop->last_words(stop->argument);
    _exit(1);
}

void stop_guard(struct stop *stop, void (*last_words)(void *), void *argument)
{
    stop->last_words = last_words;
    stop->argument = argument;
    stop->is_guarded = port_thread_start(&stop->guard, "wdfuse-stop", guard_main, stop) == 0;
}

void stop_finish(struct stop *stop)
{
    if (!stop->is_guarded)
        return;
    eventfd_t count;
    eventfd_write(stop->finished, 1);
    port_thread_join(&stop->guard);
    eventfd_read(stop->finished, &count); /* lowered again, for the next guard */
    stop->is_guarded = false;
}
