/*
 * The drivers' own variables: every schedule must begin with what their files say, not with what
 * the schedule before has left.
 */
#ifndef WDFUSE_EXPLORE_DRIVERIMAGE_H
#define WDFUSE_EXPLORE_DRIVERIMAGE_H

#include <stdbool.h>

/* Remembers the variables of the shared object that holds that address, with those of others that
 * were kept before. False when there is no memory. */
bool driver_image_keep(const void *address);

/* Puts them back. */
void driver_image_restore(void);

#endif
