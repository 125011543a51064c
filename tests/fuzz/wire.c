/*
 * Fuzzing the checks of the kernel's messages (src/transport/wire.h): the input is a message,
 * preceded by a byte that says whether it comes to a device or a file system, as the first or
 * later, and whether its length is corrected; with a wrong one it rarely gets far. What an
 * operation is given must be what arrived.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/log.h"
#include "transport/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { TO_DEVICE = 1, COMES_FIRST = 2, KEEPS_LENGTH = 4 };

static const uint8_t *message;
static size_t message_size;
static unsigned calls;

static void check_inside(const void *part, size_t length)
{
    const uint8_t *start = part;
    require(start >= message && length <= message_size &&
            (size_t)(start - message) <= message_size - length);
}

static void check(const struct wire_call *call, const void *fixed, size_t size)
{
    calls++;
    check_inside(call->header, sizeof(*call->header));
    check_inside(fixed, size);
    check_inside(call->data, call->data_size);
    require(call->caller.unique == call->header->unique);
}

static void check_ready(struct wire *wire)
{
    (void)wire;
    calls++;
}

static void check_open(const struct wire_call *call, const struct fuse_open_in *in)
{
    check(call, in, sizeof(*in));
}

static void check_read(const struct wire_call *call, const struct fuse_read_in *in)
{
    check(call, in, sizeof(*in));
}

static void check_write(const struct wire_call *call, const struct fuse_write_in *in)
{
    check(call, in, sizeof(*in));
    require(in->size <= call->data_size);
}

static void check_ioctl(const struct wire_call *call, const struct fuse_ioctl_in *in)
{
    check(call, in, sizeof(*in));
    require(in->in_size <= call->data_size);
}

static void check_poll(const struct wire_call *call, const struct fuse_poll_in *in)
{
    check(call, in, sizeof(*in));
}

static void check_release(const struct wire_call *call, const struct fuse_release_in *in)
{
    check(call, in, sizeof(*in));
}

static void check_interrupt(struct wire *wire, uint64_t unique)
{
    (void)wire;
    (void)unique;
    calls++;
}

static void check_lookup(const struct wire_call *call, const char *name)
{
    check(call, name, strlen(name) + 1);
}

static void check_header(const struct wire_call *call)
{
    check(call, call->header, sizeof(*call->header));
}

static void check_setattr(const struct wire_call *call, const struct fuse_setattr_in *in)
{
    check(call, in, sizeof(*in));
}

static const struct wire_operations operations = {
    .ready = check_ready,
    .open = check_open,
    .read = check_read,
    .write = check_write,
    .ioctl = check_ioctl,
    .poll = check_poll,
    .release = check_release,
    .interrupt = check_interrupt,
    .lookup = check_lookup,
    .getattr = check_header,
    .setattr = check_setattr,
    .readdir = check_read,
    .statfs = check_header,
};

static void say_nothing(enum log_level level, const char *text)
{
    (void)level;
    (void)text;
}

/* Where the answers go. */
static struct wire *open_wire(bool is_device)
{
    struct wire *wire;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    require(nowhere >= 0);
    require(wire_create(nowhere, &operations, NULL, is_device ? "fuzz" : NULL, false, &wire) == 0);
    return wire;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    uint8_t how = data[0];
    /* Of exactly that length: an access beyond it is detected. */
    message_size = size - 1;
    uint8_t *copy = malloc(message_size > 0 ? message_size : 1);
    require(copy != NULL);
    memcpy(copy, data + 1, message_size);
    if ((how & KEEPS_LENGTH) == 0 && message_size >= sizeof(struct fuse_in_header))
        ((struct fuse_in_header *)copy)->len = (uint32_t)message_size;

    log_set_sink(say_nothing);
    struct wire *wire = open_wire((how & TO_DEVICE) != 0);
    atomic_store(&wire->is_ready, (how & COMES_FIRST) == 0);
    const struct wire_buffer buffer = {.memory = copy, .size = message_size};
    message = copy;
    calls = 0;
    wire_carry(wire, &buffer);
    require(calls <= 1);
    wire_destroy(wire);
    free(copy);
    return 0;
}
