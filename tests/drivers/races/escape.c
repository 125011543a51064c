/* What can't be explored: a driver that sleeps in real time, blocks for ever, or starts a thread of
 * its own. */
#include <pthread.h>
#include <unistd.h>

#include "race.h"

EVT_WDF_IO_QUEUE_IO_WRITE Write;

const RACE_DRIVER RaceDriver = {.Dispatch = WdfIoQueueDispatchParallel, .Write = Write};

#ifdef ESCAPE_THREAD
static void *Run(void *Argument)
{
    return Argument;
}
#endif

VOID Write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
#if defined(ESCAPE_THREAD)
    pthread_t thread;
    if (pthread_create(&thread, NULL, Run, NULL) == 0)
        pthread_join(thread, NULL);
#elif defined(ESCAPE_SLEEP)
    usleep(1000);
#else
    pause();
#endif
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
