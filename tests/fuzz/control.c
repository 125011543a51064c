/*
 * Fuzzing how the transports check a device control (src/transport/ioctl.h): the input is what a
 * client sends, preceded by what the kernel says about it. What is accepted must fit into the
 * input.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/io.h"
#include "transport/ioctl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* What the kernel says; the client's bytes follow. */
struct heading {
    uint32_t number;
    uint32_t output_size;
    uint8_t can_demand;
};

static bool is_inside(const void *part, size_t length, const uint8_t *bytes, size_t size)
{
    const uint8_t *start = part;
    return start >= bytes && length <= size && (size_t)(start - bytes) <= size - length;
}

/* Input, and an output buffer whose data are input too, lie where they are said to be. */
static void check_accepted(const struct control_call *call, const uint8_t *bytes, size_t size,
                           size_t output_size)
{
    const struct wdfuse_control *control = &call->control;
    unsigned method = io_control_method(NULL, control->code);
    require(control->input_length < IO_TRANSFER_MAX && control->output_length < IO_TRANSFER_MAX);
    require(output_size >= sizeof(control->answer));
    if (call->is_by_address && method == METHOD_NEITHER)
        return;
    if (control->input_length > 0)
        require(is_inside(call->input, control->input_length, bytes, size));
    if (control->output_length > 0 && method == METHOD_IN_DIRECT)
        require(is_inside(call->output, control->output_length, bytes, size));
    else
        require(output_size - sizeof(control->answer) >= control->output_length);
}

/* At most what the kernel carries at once: it would refuse more, and the client would not know
 * why. */
static void check_demand(uint32_t number, const struct control_call *call)
{
    struct control_demand demand;
    size_t input = 0, output = 0;
    control_demand(number, NULL, call, &demand);
    require(demand.input_count <= 3 && demand.output_count <= 2);
    for (size_t i = 0; i < demand.input_count; i++)
        input += demand.input[i].iov_len;
    for (size_t i = 0; i < demand.output_count; i++)
        output += demand.output[i].iov_len;
    require(input > 0 && input <= IO_TRANSFER_MAX);
    require(output > 0 && output <= IO_TRANSFER_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heading heading;
    struct control_call call;
    if (size < sizeof(heading))
        return 0;
    memcpy(&heading, data, sizeof(heading));
    data += sizeof(heading);
    size -= sizeof(heading);

    /* Only these reach control_read. */
    uint32_t number =
        (heading.number & 0xFFFF0000) | WDFUSE_CONTROL_TYPE << 8 |
        (heading.number % 2 == 0 ? WDFUSE_CONTROL_NUMBER : WDFUSE_CONTROL_INLINE_NUMBER);
    size_t output_size = heading.output_size % (IO_TRANSFER_MAX + 1);
    int error = control_read(NULL, number, size > 0 ? data : NULL, size, output_size,
                             heading.can_demand % 2 == 1, &call);
    require(error == 0 || error == EAGAIN || error == EINVAL || error == EMSGSIZE ||
            error == EOPNOTSUPP);
    if (error == 0)
        check_accepted(&call, data, size, output_size);
    if (error == EAGAIN)
        check_demand(number, &call);
    return 0;
}
