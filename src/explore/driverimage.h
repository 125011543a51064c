/*
 * The drivers' own variables: every schedule must begin with their initial values, not with those
 * that the previous schedule left.
 */
#ifndef WDFUSE_EXPLORE_DRIVERIMAGE_H
#define WDFUSE_EXPLORE_DRIVERIMAGE_H

#include <stdbool.h>

/* Saves the variables of the shared object that contains that address, in addition to those saved
 * before. False when there is no memory. */
bool driver_image_keep(const void *address);

/* Restores them. */
void driver_image_restore(void);

#endif
