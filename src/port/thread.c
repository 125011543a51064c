/* Starting a thread, and where it runs. See thread.h. */
#include "port/thread.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>

struct thread_start {
    void (*body)(void *);
    void *argument;
};

/* ---- where it runs ---- */

/*
 * Where threads may run that are not kept on one CPU: where the first one that was kept might before. What a
 * kept thread starts would inherit its one CPU, so that this becomes the default of all new threads, of
 * whoever starts them. The set has room for 1024 CPUs; on a machine with more the kernel refuses, and nobody
 * is kept.
 */
static cpu_set_t roaming_cpus;
static bool can_keep;
static pthread_once_t roaming_once = PTHREAD_ONCE_INIT;

static _Thread_local bool is_kept;

static void prepare_roaming(void)
{
    pthread_attr_t attributes;
    if (sched_getaffinity(0, sizeof(roaming_cpus), &roaming_cpus) != 0 ||
        pthread_getattr_default_np(&attributes) != 0)
        return;
    can_keep = pthread_attr_setaffinity_np(&attributes, sizeof(roaming_cpus), &roaming_cpus) == 0 &&
               pthread_setattr_default_np(&attributes) == 0;
    pthread_attr_destroy(&attributes);
}

bool port_thread_stay_on(unsigned cpu)
{
    pthread_once(&roaming_once, prepare_roaming);
    if (!can_keep || cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &roaming_cpus))
        return false;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    is_kept = sched_setaffinity(0, sizeof(one), &one) == 0 || is_kept;
    return is_kept;
}

void port_thread_roam(void)
{
    if (is_kept)
        sched_setaffinity(0, sizeof(roaming_cpus), &roaming_cpus);
    is_kept = false;
}

void port_thread_let_roam(const struct port_thread *thread)
{
    pthread_setaffinity_np(thread->native, sizeof(roaming_cpus), &roaming_cpus);
}

unsigned port_thread_cpu_count(void)
{
    cpu_set_t cpus;
    return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
}

/* ---- starting ---- */

static void *thread_main(void *argument)
{
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    start.body(start.argument);
    return NULL;
}

int port_thread_start(struct port_thread *thread, const char *name, void (*body)(void *), void *argument)
{
    struct thread_start *start = malloc(sizeof(*start));
    if (start == NULL)
        return -ENOMEM;
    *start = (struct thread_start){.body = body, .argument = argument};

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread->native, NULL, thread_main, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (error != 0) {
        free(start);
        return -error;
    }
    pthread_setname_np(thread->native, name);
    return 0;
}
