/*
 * A test's own logind, on the bus of DBUS_SYSTEM_BUS_ADDRESS: it gives inhibitors, and sends the
 * system to sleep and wakes it as its standard input says.
 *
 *     sleep   PrepareForSleep(true); writes "asleep" when every inhibitor has been given back
 *     wake    PrepareForSleep(false); writes "awake" when one has been taken again
 *
 * Begins with "ready". Ends with its input; status 77 if it was built without libsystemd.
 */
#ifndef WDFUSE_HAVE_LOGIND
int main(void)
{
    return 77;
}
#else

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define DEADLINE_MS 20000

static int inhibitor = -1; /* our end: it hangs up when the daemon releases its own */

static int inhibit(sd_bus_message *message, void *context, sd_bus_error *error)
{
    (void)context, (void)error;
    const char *what, *who, *why, *mode;
    int ends[2];
    if (sd_bus_message_read(message, "ssss", &what, &who, &why, &mode) < 0 ||
        strcmp(what, "sleep") != 0 || strcmp(mode, "delay") != 0 || pipe(ends) != 0)
        return -1;
    if (inhibitor >= 0)
        close(inhibitor);
    inhibitor = ends[0];
    int result = sd_bus_reply_method_return(message, "h", ends[1]);
    close(ends[1]);
    return result;
}

static const sd_bus_vtable methods[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Inhibit", "ssss", "h", inhibit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("PrepareForSleep", "b", 0),
    SD_BUS_VTABLE_END,
};

static bool is_given_back(void)
{
    struct pollfd event = {.fd = inhibitor};
    return inhibitor < 0 || (poll(&event, 1, 0) > 0 && (event.revents & POLLHUP) != 0);
}

/* Serves the bus until then. False: it did not happen in time. */
static bool await(sd_bus *bus, bool given_back)
{
    for (int waited = 0; waited < DEADLINE_MS; waited += 10) {
        while (sd_bus_process(bus, NULL) > 0)
            continue;
        if (is_given_back() == given_back)
            return true;
        sd_bus_wait(bus, 10000);
    }
    return false;
}

static bool obey(sd_bus *bus, const char *line)
{
    bool sleeps = strcmp(line, "sleep\n") == 0;
    if (sd_bus_emit_signal(bus, "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                           "PrepareForSleep", "b", sleeps) < 0 ||
        !await(bus, sleeps))
        return false;
    printf("%s\n", sleeps ? "asleep" : "awake");
    return fflush(stdout) == 0;
}

static bool serve(sd_bus *bus)
{
    char line[16];
    for (;;) {
        while (sd_bus_process(bus, NULL) > 0)
            continue;
        struct pollfd events[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                  {.fd = sd_bus_get_fd(bus), .events = POLLIN}};
        if (poll(events, 2, -1) < 0)
            return false;
        if (events[0].revents == 0)
            continue;
        ssize_t length = read(STDIN_FILENO, line, sizeof(line) - 1);
        if (length <= 0)
            return true;
        line[length] = '\0';
        if (!obey(bus, line))
            return false;
    }
}

int main(void)
{
    sd_bus *bus;
    if (sd_bus_open_system(&bus) < 0 ||
        sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/login1",
                                 "org.freedesktop.login1.Manager", methods, NULL) < 0 ||
        sd_bus_request_name(bus, "org.freedesktop.login1", 0) < 0) {
        fprintf(stderr, "fake-logind: the bus does not take it\n");
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    bool is_well = serve(bus);
    sd_bus_flush_close_unref(bus);
    return is_well ? 0 : 1;
}
#endif
