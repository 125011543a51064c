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

/* Where this thread may run when it is not kept on one CPU. */
static _Thread_local cpu_set_t roaming_cpus;
static _Thread_local bool is_kept;

/* The set has room for 1024 CPUs; on a machine with more the kernel refuses, and threads are just not kept.
 */
static bool read_cpus(cpu_set_t *cpus)
{
    if (!is_kept)
        return sched_getaffinity(0, sizeof(*cpus), cpus) == 0;
    *cpus = roaming_cpus;
    return true;
}

bool port_thread_stay_on(unsigned cpu)
{
    cpu_set_t cpus, one;
    if (cpu >= CPU_SETSIZE || !read_cpus(&cpus) || !CPU_ISSET(cpu, &cpus))
        return false;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof(one), &one) != 0)
        return false;
    roaming_cpus = cpus;
    is_kept = true;
    return true;
}

void port_thread_roam(void)
{
    if (!is_kept)
        return;
    sched_setaffinity(0, sizeof(roaming_cpus), &roaming_cpus);
    is_kept = false;
}

unsigned port_thread_cpu_count(void)
{
    cpu_set_t cpus;
    return read_cpus(&cpus) ? (unsigned)CPU_COUNT(&cpus) : 1;
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
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (is_kept)
        pthread_attr_setaffinity_np(&attributes, sizeof(roaming_cpus), &roaming_cpus);
    int error = pthread_create(&thread->native, &attributes, thread_main, start);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (error != 0) {
        free(start);
        return -error;
    }
    pthread_setname_np(thread->native, name);
    return 0;
}
