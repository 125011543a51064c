/* Starting a thread. See thread.h. */
#include "port/thread.h"

#include <signal.h>
#include <stdlib.h>

struct thread_start {
    void (*body)(void *);
    void *argument;
};

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
