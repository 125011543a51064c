/*
 * Device controls through ioctl(2). See ioctl.h.
 *
 * On a device node a call by address is brought in two or three rounds:
 *
 *     nothing --demand--> structure --(data are wanted)--demand--> structure and data
 *
 * The kernel remembers nothing from one round to the next, and neither do we: each begins with the
 * client's structure, read again. The sizes tell the rounds apart. A structure that has changed
 * meanwhile no longer fits its own sizes.
 */
#include "transport/ioctl.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "framework/io.h"

/* The kernel's limit is for the structure and the data together. */
#define DATA_MAX (IO_TRANSFER_MAX - sizeof(struct wdfuse_control))

/* How much of a call's data comes with it, and how much room its output needs. */
struct extent {
    size_t input;
    size_t output_data;
    size_t output;
};

bool control_is_call(unsigned number)
{
    return _IOC_TYPE(number) == WDFUSE_CONTROL_TYPE &&
           (_IOC_NR(number) == WDFUSE_CONTROL_NUMBER ||
            _IOC_NR(number) == WDFUSE_CONTROL_INLINE_NUMBER);
}

/* By address: the kernel fetches what the driver will see (io_control_method). */
static struct extent extent_by_address(const struct control_call *call)
{
    const struct wdfuse_control *control = &call->control;
    switch (io_control_method(call->device, control->code)) {
    case METHOD_NEITHER:
        return (struct extent){0};
    case METHOD_IN_DIRECT:
        return (struct extent){.input = control->input_length,
                               .output_data = control->output_length};
    default:
        return (struct extent){.input = control->input_length, .output = control->output_length};
    }
}

/* Inline: the client has chosen what to send by the code, and a driver of either framework may
 * answer. */
static struct extent extent_inline(const struct wdfuse_control *control)
{
    bool has_data = METHOD_FROM_CTL_CODE(control->code) == METHOD_IN_DIRECT;
    return (struct extent){.input = control->input_length,
                           .output_data = has_data ? control->output_length : 0,
                           .output = control->output_length};
}

static int check_lengths(const struct wdfuse_control *control)
{
    uint64_t input = control->input_length;
    uint64_t output = control->output_length;
    if (control->size != sizeof(*control))
        return EINVAL;
    if (METHOD_FROM_CTL_CODE(control->code) == METHOD_IN_DIRECT)
        return input + output <= DATA_MAX ? 0 : EMSGSIZE;
    return input <= DATA_MAX && output <= DATA_MAX ? 0 : EMSGSIZE;
}

/* The data behind the structure. */
static void locate_data(struct control_call *call, const void *input, const struct extent *extent)
{
    const unsigned char *data = (const unsigned char *)input + sizeof(call->control);
    if (extent->input > 0)
        call->input = data;
    if (extent->output_data > 0)
        call->output = data + extent->input;
}

static int read_by_address(const void *input, size_t input_size, size_t output_size,
                           bool can_demand, struct control_call *call)
{
    struct extent extent = extent_by_address(call);
    size_t data = extent.input + extent.output_data;
    if (!can_demand && data + extent.output > 0)
        return EOPNOTSUPP;
    if (input_size == sizeof(call->control) + data &&
        output_size >= sizeof(call->control.answer) + extent.output) {
        locate_data(call, input, &extent);
        return 0;
    }
    bool is_first_look = input_size == sizeof(call->control) &&
                         output_size == sizeof(call->control.answer) && can_demand;
    return is_first_look ? EAGAIN : EINVAL;
}

static int read_inline(const void *input, size_t input_size, size_t output_size,
                       struct control_call *call)
{
    struct extent extent = extent_inline(&call->control);
    if (input_size < sizeof(call->control) + extent.input + extent.output_data ||
        output_size < sizeof(call->control.answer) + extent.output)
        return EINVAL;
    locate_data(call, input, &extent);
    return 0;
}

int control_read(const struct io_device *device, unsigned number, const void *input,
                 size_t input_size, size_t output_size, bool can_demand, struct control_call *call)
{
    *call = (struct control_call){.device = device,
                                  .is_by_address = _IOC_NR(number) == WDFUSE_CONTROL_NUMBER};
    if (call->is_by_address && number != WDFUSE_CONTROL)
        return EINVAL;
    if (input_size == 0 && output_size == 0 && can_demand && _IOC_SIZE(number) != 0 &&
        _IOC_DIR(number) == (_IOC_READ | _IOC_WRITE))
        return EAGAIN;
    if (input_size < sizeof(call->control))
        return EINVAL;
    memcpy(&call->control, input, sizeof(call->control));
    int error = check_lengths(&call->control);
    if (error != 0)
        return error;
    return call->is_by_address ? read_by_address(input, input_size, output_size, can_demand, call)
                               : read_inline(input, input_size, output_size, call);
}

static struct iovec memory_at(uint64_t address, size_t length)
{
    return (struct iovec){.iov_base = (void *)(uintptr_t)address, .iov_len = length};
}

static void add_memory(struct iovec *list, size_t *count, uint64_t address, size_t length)
{
    if (length > 0)
        list[(*count)++] = memory_at(address, length);
}

void control_demand(unsigned number, void *argument, const struct control_call *call,
                    struct control_demand *demand)
{
    const struct wdfuse_control *control = &call->control;
    *demand = (struct control_demand){0};
    size_t sent = call->is_by_address ? sizeof(*control) : _IOC_SIZE(number);
    size_t answer = call->is_by_address ? sizeof(control->answer) : _IOC_SIZE(number);
    add_memory(demand->input, &demand->input_count, (uintptr_t)argument, sent);
    add_memory(demand->output, &demand->output_count, (uintptr_t)argument, answer);
    if (control->size == 0)
        return; /* the structure itself comes first */
    struct extent extent = extent_by_address(call);
    add_memory(demand->input, &demand->input_count, control->input, extent.input);
    add_memory(demand->input, &demand->input_count, control->output, extent.output_data);
    add_memory(demand->output, &demand->output_count, control->output, extent.output);
}
