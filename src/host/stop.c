/* Signals as events. See stop.h. */
#include "host/stop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "host/servicemanager.h"
#include "nt/recorder.h"
#include "port/clock.h"
#include "port/duration.h"
#include "port/log.h"
#include "port/thread.h"

#define NANOSECONDS_PER_SECOND      1000000000ull
#define NANOSECONDS_PER_MILLISECOND 1000000ull

/* How long the last messages may take: they need locks, and a log that may block. */
#define LAST_WORDS_S 5

struct stop {
    int signals;        /* a signalfd of all signals that are handled */
    int endings;        /* of those that end the daemon, for the guard */
    int finished;       /* readable: the guard is to end */
    unsigned timeout_s; /* 0: none */

    /* For the guard while there is one, else for the main thread. */
    bool was_asked; /* a signal has asked for the end */
    uint64_t limit; /* when the end must be over; 0: it has not begun */

    bool is_guarded;
    struct port_thread guard;
    struct stop_listener listener;
};

/* A signal that is ignored already stays ignored: that was on purpose (nohup, or a background job
 * of a shell). */
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
    add_unless_ignored(&signals, SIGHUP);
    stop->endings = open_descriptor(&signals);

    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    stop->signals = open_descriptor(&signals);
    signal(SIGPIPE, SIG_IGN);
    /* Before the first thread starts: those that follow inherit it. */
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
        return -errno;
    return stop->endings < 0 ? stop->endings : stop->signals < 0 ? stop->signals : 0;
}

int stop_create(unsigned timeout_s, struct stop **stop)
{
    struct stop *new = calloc(1, sizeof(*new));
    if (new == NULL) {
        log_error("no memory");
        return -ENOMEM;
    }
    new->timeout_s = timeout_s;
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
 * Blocks until one of these signals is here, a descriptor is readable (-1: there is none), or that
 * point of time. Returns the signal's number, or IS_READABLE less the index of the descriptor.
 */
enum { IS_READABLE = 0, TIME_IS_OVER = INT_MIN };

#define DESCRIPTORS_MAX 6

static int milliseconds_until(uint64_t until)
{
    uint64_t now = port_clock_deadline(0);
    if (until == PORT_CLOCK_NEVER)
        return -1;
    uint64_t milliseconds =
        until > now ? (until - now + NANOSECONDS_PER_MILLISECOND - 1) / NANOSECONDS_PER_MILLISECOND
                    : 0;
    return milliseconds < INT_MAX ? (int)milliseconds : INT_MAX;
}

static int next_signal(int signals, const int *descriptors, unsigned count, uint64_t until)
{
    for (;;) {
        struct pollfd events[DESCRIPTORS_MAX + 1] = {{.fd = signals, .events = POLLIN}};
        for (unsigned i = 0; i < count; i++)
            events[i + 1] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
        int ready = poll(events, count + 1, milliseconds_until(until));
        if (ready < 0 && errno != EINTR)
            return IS_READABLE;
        struct signalfd_siginfo information;
        if (read(signals, &information, sizeof(information)) == (ssize_t)sizeof(information))
            return (int)information.ssi_signo;
        if (ready == 0)
            return TIME_IS_OVER;
        for (unsigned i = count; i-- > 0;) {
            if (ready > 0 && events[i + 1].revents != 0)
                return IS_READABLE - (int)i;
        }
    }
}

bool stop_was_asked(const struct stop *stop)
{
    return stop->was_asked;
}

/* Tells the service manager that this thread is alive. */
static int next_event(const struct stop *stop, const int descriptors[DESCRIPTORS_MAX])
{
    uint64_t interval = service_manager_interval();
    int number = TIME_IS_OVER;
    while (number == TIME_IS_OVER) {
        service_manager_tell_alive();
        uint64_t until = interval != 0 ? port_clock_now() + interval : PORT_CLOCK_NEVER;
        number = next_signal(stop->signals, descriptors, DESCRIPTORS_MAX, until);
    }
    return number;
}

enum stop_event stop_wait(struct stop *stop, const struct stop_sources *sources)
{
    if (stop->was_asked)
        return STOP_REMOVE;
    const int descriptors[DESCRIPTORS_MAX] = {sources->ended,  sources->wake,    sources->sleep,
                                              sources->failed, sources->command, sources->woken};
    int number = next_event(stop, descriptors);
    switch (number) {
    case IS_READABLE:
        log_info("the connection to the kernel has ended (unmounted?): stopping");
        return STOP_REMOVE;
    case IS_READABLE - 1:
        return STOP_WAKE;
    case IS_READABLE - 2:
        return STOP_SLEEP;
    case IS_READABLE - 3:
        return STOP_FAILED;
    case IS_READABLE - 4:
        return STOP_COMMAND;
    case IS_READABLE - 5:
        return STOP_WOKEN;
    case SIGUSR1:
        return STOP_SUSPEND;
    case SIGUSR2:
        return STOP_RESUME;
    default:
        stop->was_asked = true;
        log_info("%s: stopping", strsignal(number));
        return STOP_REMOVE;
    }
}

void stop_begin(struct stop *stop)
{
    if (stop->limit != 0)
        return;
    uint64_t timeout = stop->timeout_s * NANOSECONDS_PER_SECOND;
    stop->limit = stop->timeout_s != 0 ? port_clock_deadline(timeout) : PORT_CLOCK_NEVER;
}

/* ---- the guard ---- */

/* Not by exit(3): the driver still runs. The rest is cleaned up as for a killed daemon. */
static _Noreturn void end_at_once(struct stop *stop, const char *reason)
{
    /* If this hangs, the kernel ends the process. */
    signal(SIGALRM, SIG_DFL);
    alarm(LAST_WORDS_S);
    log_error("%s: ending at once", reason);
    stop->listener.last_words(stop->listener.argument);
    recorder_report();
    _exit(1);
}

static void take_signal(struct stop *stop, int number)
{
    char reason[128];
    if (stop->was_asked && number == SIGHUP)
        return; /* some send it along with SIGTERM: not a second request */
    if (stop->was_asked) {
        snprintf(reason, sizeof(reason), "%s while the driver has not come back to us",
                 strsignal(number));
        end_at_once(stop, reason);
    }
    log_info("%s: stopping when the driver comes back to us", strsignal(number));
    stop->was_asked = true;
    stop_begin(stop);
}

static const char *what_helps(const struct stop *stop)
{
    if (stop->was_asked)
        return "a second SIGTERM ends this daemon at once";
    return stop->limit != 0 ? "SIGTERM twice ends this daemon at once"
                            : "SIGTERM ends this daemon in order, a second one at once";
}

static void warn(struct stop *stop, uint64_t now)
{
    char limit[64] = "";
    if (stop->limit != 0 && stop->limit != PORT_CLOCK_NEVER)
        snprintf(limit, sizeof(limit), ", for at most %u s more",
                 port_clock_seconds(stop->limit - now));
    stop->listener.report(stop->listener.argument);
    log_warning("waiting for the driver%s; %s", limit, what_helps(stop));
}

static void look_at_time(struct stop *stop, struct port_patience *patience)
{
    uint64_t now = port_clock_deadline(0);
    char reason[128];
    if (stop->limit != 0 && now >= stop->limit) {
        snprintf(reason, sizeof(reason),
                 "the driver has not come back to us within %u s (--stop-timeout)",
                 stop->timeout_s);
        end_at_once(stop, reason);
    }
    if (port_patience_is_over(patience, now))
        warn(stop, now);
}

static void guard_main(void *argument)
{
    struct stop *stop = argument;
    struct port_patience patience = {0};
    port_patience_begin(&patience, port_clock_deadline(0));
    for (;;) {
        uint64_t until = port_patience_deadline(&patience);
        if (stop->limit != 0 && stop->limit < until)
            until = stop->limit;
        int number = next_signal(stop->endings, &stop->finished, 1, until);
        if (number == IS_READABLE)
            return;
        if (number == TIME_IS_OVER)
            look_at_time(stop, &patience);
        else
            take_signal(stop, number);
    }
}

void stop_guard(struct stop *stop, const struct stop_listener *listener)
{
    stop->listener = *listener;
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
