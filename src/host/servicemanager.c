/* Messages to the service manager. See servicemanager.h. */
#include "host/servicemanager.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "port/log.h"

static struct {
    struct sockaddr_un address;
    socklen_t length; /* 0: there is none */
    uint64_t interval;
} manager;

/* A path, or with '@' an abstract name. */
static void find_socket(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t length = name != NULL ? strlen(name) : 0;
    if (length < 2 || (name[0] != '/' && name[0] != '@') ||
        length >= sizeof(manager.address.sun_path))
        return;
    manager.address.sun_family = AF_UNIX;
    strcpy(manager.address.sun_path, name);
    if (name[0] == '@')
        manager.address.sun_path[0] = '\0';
    manager.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* It may be meant for another process. */
static void find_interval(void)
{
    const char *microseconds = getenv("WATCHDOG_USEC");
    const char *process = getenv("WATCHDOG_PID");
    if (microseconds != NULL && (process == NULL || atoi(process) == (int)getpid()))
        manager.interval = strtoull(microseconds, NULL, 10) * 1000 / 2;
}

void service_manager_find(void)
{
    find_socket();
    if (manager.length > 0)
        find_interval();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

/* It is not worth waiting for. */
static void tell(const char *text)
{
    if (manager.length == 0)
        return;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0 || sendto(descriptor, text, strlen(text), MSG_NOSIGNAL,
                                 (struct sockaddr *)&manager.address, manager.length) < 0)
        log_warning_rarely("the service manager was not told: %s", strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
}

void service_manager_tell_ready(void)
{
    char text[128];
    snprintf(text, sizeof(text), "READY=1\nMAINPID=%d\nSTATUS=the devices can be opened\n",
             (int)getpid());
    tell(text);
}

void service_manager_tell_status(const char *status)
{
    char text[256];
    snprintf(text, sizeof(text), "STATUS=%s\n", status);
    tell(text);
}

void service_manager_tell_stopping(void)
{
    tell("STOPPING=1\nSTATUS=the devices are being removed\n");
}

uint64_t service_manager_interval(void)
{
    return manager.interval;
}

void service_manager_tell_alive(void)
{
    if (manager.interval != 0)
        tell("WATCHDOG=1\n");
}
