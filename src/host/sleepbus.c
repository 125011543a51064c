/* The system's sleep by sd-bus. See sleepbus.h. */
#include "host/sleepbus.h"

#include <stddef.h>

#ifdef WDFUSE_HAVE_LOGIND

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "port/log.h"

#define LOGIND_NAME      "org.freedesktop.login1"
#define LOGIND_PATH      "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

struct sleep_bus {
    sd_bus *bus;            /* NULL: it has ended */
    int inhibitor;          /* -1: none */
    enum sleep_event event; /* reported by logind and not taken yet */
    const char *who;
};

static int take_inhibitor(struct sleep_bus *bus)
{
    sd_bus_message *reply = NULL;
    int descriptor;
    int error = sd_bus_call_method(bus->bus, LOGIND_NAME, LOGIND_PATH, LOGIND_INTERFACE, "Inhibit",
                                   NULL, &reply, "ssss", "sleep", bus->who,
                                   "devices are put to sleep first", "delay");
    if (error >= 0)
        error = sd_bus_message_read(reply, "h", &descriptor);
    if (error >= 0) {
        bus->inhibitor =
            fcntl(descriptor, F_DUPFD_CLOEXEC, 3); /* that of the reply is closed with it */
        error = bus->inhibitor >= 0 ? 0 : -1;
    }
    sd_bus_message_unref(reply);
    return error;
}

static int note_prepare_for_sleep(sd_bus_message *message, void *context, sd_bus_error *error)
{
    (void)error;
    struct sleep_bus *bus = context;
    int begins;
    if (sd_bus_message_read(message, "b", &begins) >= 0)
        bus->event = begins ? SLEEP_BEGINS : SLEEP_ENDS;
    return 0;
}

static int listen_to_logind(struct sleep_bus *bus)
{
    int error = sd_bus_match_signal(bus->bus, NULL, LOGIND_NAME, LOGIND_PATH, LOGIND_INTERFACE,
                                    "PrepareForSleep", note_prepare_for_sleep, bus);
    return error >= 0 ? take_inhibitor(bus) : error;
}

struct sleep_bus *sleep_bus_open(const char *who)
{
    struct sleep_bus *bus = calloc(1, sizeof(*bus));
    if (bus == NULL)
        return NULL;
    bus->inhibitor = -1;
    bus->who = who;
    int error = sd_bus_open_system(&bus->bus);
    if (error >= 0)
        error = listen_to_logind(bus);
    if (error >= 0)
        return bus;
    log_debug("no word from logind when the system goes to sleep: %s", strerror(-error));
    sleep_bus_close(bus);
    return NULL;
}

void sleep_bus_close(struct sleep_bus *bus)
{
    if (bus == NULL)
        return;
    sleep_bus_go(bus);
    sd_bus_flush_close_unref(bus->bus);
    free(bus);
}

int sleep_bus_descriptor(const struct sleep_bus *bus)
{
    return bus != NULL && bus->bus != NULL ? sd_bus_get_fd(bus->bus) : -1;
}

/* The inhibitor stays open: it may still be polled. */
static void end(struct sleep_bus *bus, int error)
{
    log_warning("the bus of logind has ended: %s; SIGUSR1 and SIGUSR2 suspend and resume",
                strerror(-error));
    bus->bus = sd_bus_unref(bus->bus);
}

enum sleep_event sleep_bus_next(struct sleep_bus *bus)
{
    if (bus == NULL || bus->bus == NULL)
        return SLEEP_NONE;
    int result = 1;
    while (bus->event == SLEEP_NONE && result > 0)
        result = sd_bus_process(bus->bus, NULL);
    if (result < 0)
        end(bus, result);
    enum sleep_event event = bus->event;
    bus->event = SLEEP_NONE;
    return event;
}

void sleep_bus_go(struct sleep_bus *bus)
{
    if (bus->inhibitor >= 0)
        close(bus->inhibitor);
    bus->inhibitor = -1;
}

void sleep_bus_stay(struct sleep_bus *bus)
{
    if (bus->bus == NULL || bus->inhibitor >= 0)
        return;
    int error = take_inhibitor(bus);
    if (error < 0)
        log_warning("logind gives no inhibitor: %s; the system will not wait for the devices when "
                    "it goes to sleep",
                    strerror(-error));
}

#else

struct sleep_bus *sleep_bus_open(const char *who)
{
    (void)who;
    return NULL;
}

void sleep_bus_close(struct sleep_bus *bus)
{
    (void)bus;
}

int sleep_bus_descriptor(const struct sleep_bus *bus)
{
    (void)bus;
    return -1;
}

enum sleep_event sleep_bus_next(struct sleep_bus *bus)
{
    (void)bus;
    return SLEEP_NONE;
}

void sleep_bus_go(struct sleep_bus *bus)
{
    (void)bus;
}

void sleep_bus_stay(struct sleep_bus *bus)
{
    (void)bus;
}

#endif
