/*
 * The system's sleep, by logind (org.freedesktop.login1): the daemon holds an inhibitor that delays
 * the sleep until its devices are in Dx, and is told when the sleep is over.
 *
 * Without a bus, logind, or libsystemd at build time, there are no events.
 */
#ifndef WDFUSE_HOST_SLEEPBUS_H
#define WDFUSE_HOST_SLEEPBUS_H

struct sleep_bus;

enum sleep_event {
    SLEEP_NONE,
    SLEEP_BEGINS, /* sleep_bus_go is due when the devices are ready */
    SLEEP_ENDS,   /* sleep_bus_stay when they have woken */
};

/* NULL: there is none. `who` is what logind shows. */
struct sleep_bus *sleep_bus_open(const char *who);
void sleep_bus_close(struct sleep_bus *bus); /* NULL: nothing */

/* To be polled for reading; -1: nothing will come. */
int sleep_bus_descriptor(const struct sleep_bus *bus);

/* The next event; SLEEP_NONE: no more. */
enum sleep_event sleep_bus_next(struct sleep_bus *bus);

/* Gives the inhibitor back, or takes one again. */
void sleep_bus_go(struct sleep_bus *bus);
void sleep_bus_stay(struct sleep_bus *bus);

#endif
