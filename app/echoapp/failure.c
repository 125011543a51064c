#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"

static const char *advice(int error)
{
    switch (error) {
    case ENOENT:
        return "start echod, or say with --device where its device is";
    case EACCES:
    case EPERM:
        return "run this as the device's owner, or start echod with another --mode, --user or "
               "--group";
    case EMSGSIZE:
        return "the echo device takes 126976 bytes (31 pages) in one message; choose a smaller "
               "--size";
    case ENXIO:
    case ENODEV:
    case ENOTCONN:
    case ECONNABORTED:
        return "the device's daemon is gone; start it again";
    case ENOMEM:
        return "choose a smaller --size, or free memory";
    default:
        return "look into the log of the device's daemon";
    }
}

void failure_report(int error, const char *format, ...)
{
    char what[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    warnx("%s: %s; %s", what, strerror(error), advice(error));
}
