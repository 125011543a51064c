/*
 * The service manager that has started the daemon, if one has: systemd, or what speaks its protocol
 * (sd_notify(3)). It hears when the devices can be opened, what the daemon does, and, if it wants
 * to, that the daemon's main thread comes round; one that does not is killed by it.
 */
#ifndef WDFUSE_HOST_SERVICEMANAGER_H
#define WDFUSE_HOST_SERVICEMANAGER_H

#include <stdint.h>

/* Finds it in the environment, and takes it out of there: what the daemon starts has nothing to
 * tell. Without one the other functions do nothing. */
void service_manager_find(void);

/* The devices can be opened. */
void service_manager_tell_ready(void);
/* A line about what the daemon does. */
void service_manager_tell_status(const char *status);
void service_manager_tell_stopping(void);

/* How often the main thread says that it is well, in nanoseconds; 0: nobody wants to hear. */
uint64_t service_manager_interval(void);
/* Does nothing if nobody wants to hear. */
void service_manager_tell_alive(void);

#endif
