/*
 * One message after the other: written, read back through the same open file, compared.
 *
 * A message is one write(2): what the device does not take with it is lost to the message, so that
 * a short write is a failure. Reading may take several: the device says with 0 that the message
 * ends.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "failure.h"
#include "pattern.h"
#include "sync.h"

/* A message that fits every buffer, and one of many pages. */
static const size_t usual_sizes[] = {512, 30 * 1024};

static bool write_message(int device, const char *path, const unsigned char *bytes, size_t size)
{
    ssize_t written = write(device, bytes, size);

    if (written < 0) {
        failure_report(errno, "cannot write %zu bytes to %s", size, path);
        return false;
    }
    if ((size_t)written != size) {
        warnx("%s took only %zd of %zu bytes: the message is cut; choose a smaller --size", path,
              written, size);
        return false;
    }
    printf("%s: wrote %zu bytes\n", path, size);
    return true;
}

static bool read_message(int device, const char *path, unsigned char *bytes, size_t size)
{
    size_t total = 0;

    while (total < size) {
        ssize_t count = read(device, bytes + total, size - total);
        if (count < 0) {
            failure_report(errno, "cannot read from %s", path);
            return false;
        }
        if (count == 0) {
            warnx("%s returned only %zu of %zu bytes; does another program write to it?", path,
                  total, size);
            return false;
        }
        total += (size_t)count;
    }
    printf("%s: read %zu bytes\n", path, size);
    return true;
}

static bool verify_message(const char *path, const unsigned char *bytes, size_t size)
{
    size_t place = pattern_first_difference(bytes, size);

    if (place < size) {
        warnx(
            "%s: byte %zu of %zu is 0x%02x, written was 0x%02x; does another program write to it?",
            path, place, size, bytes[place], pattern_byte(place));
        return false;
    }
    printf("%s: the %zu bytes are those written\n", path, size);
    return true;
}

static bool round_trip(int device, const char *path, size_t size)
{
    unsigned char *bytes = malloc(size);
    bool done;

    if (bytes == NULL) {
        failure_report(ENOMEM, "cannot make a message of %zu bytes", size);
        return false;
    }
    pattern_fill(bytes, size);
    done = write_message(device, path, bytes, size);
    if (done) {
        /* What the device does not fill must not look like what was written. */
        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)~bytes[i];
        done = read_message(device, path, bytes, size) && verify_message(path, bytes, size);
    }
    free(bytes);
    return done;
}

static bool round_trips(int device, const struct options *options)
{
    if (options->size != 0)
        return round_trip(device, options->device, options->size);
    for (size_t i = 0; i < sizeof(usual_sizes) / sizeof(usual_sizes[0]); i++)
        if (!round_trip(device, options->device, usual_sizes[i]))
            return false;
    return true;
}

bool sync_run(const struct options *options)
{
    int device = open(options->device, O_RDWR | O_CLOEXEC);
    bool done;

    if (device < 0) {
        failure_report(errno, "cannot open %s", options->device);
        return false;
    }
    done = round_trips(device, options);
    close(device);
    return done;
}
