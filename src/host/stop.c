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
    int signals;  /* a signalfd */
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

static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    add_unless_ignored(&signals, SIGINT);
    add_unless_ignored(&signals, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    /* Before the first thread starts: those that follow inherit it. */
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
        return -errno;
    int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor >= 0 ? descriptor : -errno;
}

int stop_create(struct stop **stop)
{
    struct stop *new = calloc(1, sizeof(*new));
    if (new == NULL) {
        log_error("no memory");
        return -ENOMEM;
    }
    new->signals = open_signals();
    new->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (new->signals < 0 || new->finished < 0) {
        log_error("no descriptors for signals: %s", strerror(new->signals < 0 ? -new->signals : errno));
        stop_destroy(new);
        return -EMFILE;
    }
    *stop = new;
    return 0;
}

void stop_destroy(struct stop *stop)
{
    if (stop->signals >= 0)
        close(stop->signals);
    if (stop->finished >= 0)
        close(stop->finished);
    free(stop);
}

/* Blocks until a signal is here or `other` is readable. Returns the signal's number, or 0. */
static int next_signal(const struct stop *stop, int other)
{
    for (;;) {
        struct pollfd events[] = {{.fd = stop->signals, .events = POLLIN}, {.fd = other, .events = POLLIN}};
        if (poll(events, 2, -1) < 0 && errno != EINTR)
            return 0;
        struct signalfd_siginfo information;
        if (read(stop->signals, &information, sizeof(information)) == (ssize_t)sizeof(information))
            return (int)information.ssi_signo;
        if (events[1].revents != 0)
            return 0;
    }
}

enum stop_event stop_wait(struct stop *stop, int ended)
{
    int number = next_signal(stop, ended);
    if (number == SIGUSR1)
        return STOP_SUSPEND;
    if (number == SIGUSR2)
        return STOP_RESUME;
    if (number != 0)
        log_info("%s: stopping", strsignal(number));
    else
        log_info("the connection to the kernel has ended (unmounted?): stopping");
    return STOP_REMOVE;
}

static void guard_main(void *argument)
{
    struct stop *stop = argument;
    int number;
    do
        number = next_signal(stop, stop->finished);
    while (number != 0 && number != SIGTERM && number != SIGINT);
    if (number == 0)
        return;
    log_error("%s while the driver still holds requests: ending at once", strsignal(number));
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
