/*
 * The service manager that has started the daemon, if any: systemd, or another one with its
 * protocol (sd_notify(3)). It is told when the devices can be opened, what the daemon does, and, if
 * it asks for that, that the daemon's main thread is alive; otherwise it kills the daemon.
 */
#ifndef WDFUSE_HOST_SERVICEMANAGER_H
#define WDFUSE_HOST_SERVICEMANAGER_H

#include <stdint.h>

/* Finds it in the environment, and removes it from there: child processes must not notify it.
 * Without one the other functions do nothing. */
void service_manager_find(void);

/* The devices can be opened. */
void service_manager_tell_ready(void);
/* A line about what the daemon does. */
void service_manager_tell_status(const char *status);
void service_manager_tell_stopping(void);

/* How often the main thread reports that it is alive, in nanoseconds; 0: never. */
uint64_t service_manager_interval(void);
/* Does nothing unless the manager asked for it. */
void service_manager_tell_alive(void);

#endif
