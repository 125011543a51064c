/*
 * Going to the background, and telling the parent when the device is ready.
 *
 *     parent                                   child
 *     background_start ------ fork ----------- background_start
 *       waits for one byte                       starts the driver and the device
 *       exit 0  <------------- byte ------------ background_ready: own session, /, no stdio
 *       exit 1  <--------- end of file ---------  ends; the reason stands on the stderr that both
 *                                                 share
 */
#ifndef WDFUSE_HOST_BACKGROUND_H
#define WDFUSE_HOST_BACKGROUND_H

#include <stdbool.h>

struct background {
    int pipe; /* -1: in the foreground */
};

/*
 * Splits in two. In the parent, returns true once the child is ready or has failed, with the exit
 * status in *status. Returns false in the child. To be called before any thread is started. Without
 * a fork (no more processes) it is the parent that fails.
 */
bool background_start(struct background *background, int *status);

/*
 * The device is ready: leaves the terminal and lets the parent go. Returns -EPIPE when the parent
 * is gone: nobody waits for this daemon any more.
 */
int background_ready(struct background *background);

#endif
