/*
 * The device's control codes (../echo/public.h), by <wdfuse/ioctl.h>.
 *
 * Each test prints a line when it has passed. What a test changes (delay, message) is its own to
 * restore, as far as it can: the message is lost.
 */
#include <wdfuse/ioctl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../echo/public.h"
#include "failure.h"
#include "ioctl.h"
#include "pattern.h"

#define USUAL_SIZE 512

struct device {
    const char *path;
    int file;
    size_t size; /* of what is echoed */
    unsigned char *sent, *received;
};

/* What a call shall give, and what it gave. */
struct outcome {
    int error;
    int32_t status;
    size_t returned;
};

static struct outcome control(const struct device *device, uint32_t code, const void *in,
                              size_t in_length, void *out, size_t out_length)
{
    struct outcome outcome;
    int result = wdfuse_ioctl_status(device->file, code, in, in_length, out, out_length,
                                     &outcome.returned, &outcome.status);
    outcome.error = result == 0 ? 0 : errno;
    return outcome;
}

/* Says what is wrong with an outcome. */
static bool is_as_expected(const struct device *device, const char *what, struct outcome outcome,
                           struct outcome expected)
{
    if (outcome.error != 0 && expected.error == 0) {
        failure_report(outcome.error, "%s: %s failed", device->path, what);
        return false;
    }
    if (outcome.error == expected.error && outcome.status == expected.status &&
        outcome.returned == expected.returned)
        return true;
    warnx("%s: %s gave errno %d, status 0x%08x and %zu bytes; expected were %d, 0x%08x and %zu",
          device->path, what, outcome.error, (unsigned)outcome.status, outcome.returned,
          expected.error, (unsigned)expected.status, expected.returned);
    return false;
}

static bool has_succeeded(const struct device *device, const char *what, struct outcome outcome,
                          size_t returned)
{
    return is_as_expected(device, what, outcome, (struct outcome){.returned = returned});
}

static bool get_statistics(const struct device *device, ECHO_STATISTICS *statistics)
{
    struct outcome outcome =
        control(device, IOCTL_ECHO_GET_STATISTICS, NULL, 0, statistics, sizeof(*statistics));
    return has_succeeded(device, "IOCTL_ECHO_GET_STATISTICS", outcome, sizeof(*statistics));
}

/* ---- the tests ---- */

static bool test_statistics(const struct device *device)
{
    ECHO_STATISTICS first, second;
    if (!get_statistics(device, &first) || !get_statistics(device, &second))
        return false;
    if (second.Controls <= first.Controls) {
        warnx("%s: the device does not count its controls: %llu after %llu", device->path,
              (unsigned long long)second.Controls, (unsigned long long)first.Controls);
        return false;
    }
    printf(
        "%s: %llu messages (%llu bytes), %llu reads (%llu bytes), %llu controls; the message has %u bytes, "
        "the delay is %u ms\n",
        device->path, (unsigned long long)second.Messages, (unsigned long long)second.BytesWritten,
        (unsigned long long)second.Reads, (unsigned long long)second.BytesRead,
        (unsigned long long)second.Controls, second.MessageLength, second.Delay);
    return true;
}

static bool expect_message_length(const struct device *device, size_t length)
{
    ECHO_STATISTICS statistics;
    if (!get_statistics(device, &statistics))
        return false;
    if (statistics.MessageLength == length)
        return true;
    warnx("%s: the message has %u bytes, not %zu; does another program write to it?", device->path,
          statistics.MessageLength, length);
    return false;
}

static bool test_clear(const struct device *device)
{
    struct outcome outcome = control(device, IOCTL_ECHO_CLEAR, NULL, 0, NULL, 0);
    if (!has_succeeded(device, "IOCTL_ECHO_CLEAR", outcome, 0) || !expect_message_length(device, 0))
        return false;
    printf("%s: the message is cleared\n", device->path);
    return true;
}

static bool set_delay(const struct device *device, uint32_t milliseconds)
{
    struct outcome outcome =
        control(device, IOCTL_ECHO_SET_DELAY, &milliseconds, sizeof(milliseconds), NULL, 0);
    return has_succeeded(device, "IOCTL_ECHO_SET_DELAY", outcome, 0);
}

static bool test_delay(const struct device *device)
{
    ECHO_STATISTICS before, after;
    const uint32_t too_long = ECHO_DELAY_MAX + 1;
    if (!get_statistics(device, &before) || !set_delay(device, before.Delay + 1) ||
        !get_statistics(device, &after) || !set_delay(device, before.Delay))
        return false;
    if (after.Delay != before.Delay + 1) {
        warnx("%s: the delay is %u ms, set was %u", device->path, after.Delay, before.Delay + 1);
        return false;
    }
    struct outcome refused =
        control(device, IOCTL_ECHO_SET_DELAY, &too_long, sizeof(too_long), NULL, 0);
    if (!is_as_expected(device, "a delay that is too long", refused,
                        (struct outcome){.error = EINVAL, .status = (int32_t)0xC000000D}))
        return false;
    printf("%s: the delay was set, and set back to %u ms\n", device->path, before.Delay);
    return true;
}

/* All of it comes back; and its beginning, if there is no room for more. */
static bool echo_through(const struct device *device, const char *name, uint32_t code, size_t room,
                         struct outcome expected)
{
    pattern_fill(device->sent, device->size);
    memset(device->received, 0, device->size);
    struct outcome outcome =
        control(device, code, device->sent, device->size, device->received, room);
    if (!is_as_expected(device, name, outcome, expected))
        return false;
    size_t place = pattern_first_difference(device->received, expected.returned);
    if (place == expected.returned)
        return true;
    warnx("%s: %s: byte %zu of %zu came back as 0x%02x, sent was 0x%02x", device->path, name, place,
          expected.returned, device->received[place], device->sent[place]);
    return false;
}

static bool test_echo(const struct device *device, const char *name, uint32_t code)
{
    const struct outcome cut = {
        .error = EOVERFLOW, .status = WDFUSE_STATUS_BUFFER_OVERFLOW, .returned = device->size - 1};
    if (!echo_through(device, name, code, device->size, (struct outcome){.returned = device->size}))
        return false;
    if (device->size > 1 && !echo_through(device, name, code, device->size - 1, cut))
        return false;
    printf("%s: %zu bytes came back through %s\n", device->path, device->size, name);
    return true;
}

static bool test_buffered(const struct device *device)
{
    return test_echo(device, "METHOD_BUFFERED", IOCTL_ECHO_BUFFERED);
}

static bool test_out_direct(const struct device *device)
{
    return test_echo(device, "METHOD_OUT_DIRECT", IOCTL_ECHO_OUT_DIRECT);
}

static bool test_neither(const struct device *device)
{
    return test_echo(device, "METHOD_NEITHER", IOCTL_ECHO_NEITHER);
}

/* What goes in by the output buffer is the message, for a file that has read nothing of it. */
static bool test_in_direct(const struct device *device)
{
    pattern_fill(device->sent, device->size);
    struct outcome outcome =
        control(device, IOCTL_ECHO_IN_DIRECT, NULL, 0, device->sent, device->size);
    if (!has_succeeded(device, "METHOD_IN_DIRECT", outcome, device->size))
        return false;
    ssize_t count = read(device->file, device->received, device->size);
    if (count < 0) {
        failure_report(errno, "cannot read from %s", device->path);
        return false;
    }
    if ((size_t)count != device->size ||
        pattern_first_difference(device->received, device->size) < device->size) {
        warnx(
            "%s: the message is not what METHOD_IN_DIRECT has brought; does another program write to it?",
            device->path);
        return false;
    }
    printf("%s: %zu bytes became the message through METHOD_IN_DIRECT\n", device->path,
           device->size);
    return true;
}

/* Two statuses for a buffer that is too short: no room for a part of the answer, and no use of
 * one. */
static bool test_short(const struct device *device)
{
    ECHO_STATISTICS statistics;
    const struct outcome too_small = {.error = EOVERFLOW, .status = WDFUSE_STATUS_BUFFER_TOO_SMALL};
    if (!is_as_expected(device, "a short buffer for the statistics",
                        control(device, IOCTL_ECHO_GET_STATISTICS, NULL, 0, &statistics,
                                sizeof(statistics) - 1),
                        too_small) ||
        !is_as_expected(device, "no buffer for what is echoed",
                        control(device, IOCTL_ECHO_BUFFERED, device->sent, 1, NULL, 0), too_small))
        return false;
    printf("%s: a short output buffer is STATUS_BUFFER_TOO_SMALL or STATUS_BUFFER_OVERFLOW\n",
           device->path);
    return true;
}

static bool test_unknown(const struct device *device)
{
    const uint32_t code = CTL_CODE(FILE_DEVICE_ECHO, 0xFFF, METHOD_BUFFERED, FILE_ANY_ACCESS);
    const struct outcome unknown = {.error = ENOTTY, .status = (int32_t)0xC0000010};
    if (!is_as_expected(device, "an unknown code", control(device, code, NULL, 0, NULL, 0),
                        unknown))
        return false;
    printf("%s: an unknown code is STATUS_INVALID_DEVICE_REQUEST\n", device->path);
    return true;
}

static const struct {
    const char *name;
    bool (*run)(const struct device *device);
} tests[] = {
    {"statistics", test_statistics}, {"delay", test_delay},           {"buffered", test_buffered},
    {"in-direct", test_in_direct},   {"out-direct", test_out_direct}, {"neither", test_neither},
    {"short", test_short},           {"unknown", test_unknown},       {"clear", test_clear},
};

/* ---- running them ---- */

bool ioctl_is_known(const char *name)
{
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if (strcmp(name, tests[i].name) == 0)
            return true;
    return strcmp(name, "all") == 0;
}

const char *ioctl_names(void)
{
    return "all, statistics, delay, buffered, in-direct, out-direct, neither, short, unknown or "
           "clear";
}

static bool run_tests(const struct device *device, const char *name)
{
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if ((strcmp(name, "all") == 0 || strcmp(name, tests[i].name) == 0) && !tests[i].run(device))
            return false;
    return true;
}

bool ioctl_run(const struct options *options)
{
    struct device device = {.path = options->device,
                            .size = options->size != 0 ? options->size : USUAL_SIZE,
                            .file = open(options->device, O_RDWR | O_CLOEXEC)};
    if (device.file < 0) {
        failure_report(errno, "cannot open %s", options->device);
        return false;
    }
    device.sent = malloc(device.size);
    device.received = malloc(device.size);
    bool done = device.sent != NULL && device.received != NULL;
    if (done)
        done = run_tests(&device, options->ioctl);
    else
        failure_report(ENOMEM, "cannot make buffers of %zu bytes", device.size);
    free(device.sent);
    free(device.received);
    close(device.file);
    return done;
}
