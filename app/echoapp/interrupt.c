#include <pthread.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "interrupt.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

/* One that our parent wants ignored (nohup, or a shell's & without job control) would come
 * all the same once it is blocked. */
static int is_ignored(int signal)
{
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int interrupt_open(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (!is_ignored(signals[i]))
            sigaddset(&set, signals[i]);
    errno = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (errno != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int interrupt_take(int interrupt)
{
    struct signalfd_siginfo information;

    if (read(interrupt, &information, sizeof(information)) != sizeof(information))
        return 0;
    return (int)information.ssi_signo;
}
