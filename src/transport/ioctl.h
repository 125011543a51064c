/*
 * Windows device controls that arrive through ioctl(2): the two forms of <wdfuse/ioctl.h>, read and
 * checked. The client is not trusted: it may lie about every length, and change its structure
 * between two reads by the kernel.
 */
#ifndef WDFUSE_TRANSPORT_IOCTL_H
#define WDFUSE_TRANSPORT_IOCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include <wdfuse/ioctl.h>

struct io_device;

/* One call, as far as it is known yet. */
struct control_call {
    const struct io_device *device; /* the call's; NULL: one of the kernel-mode framework */
    struct wdfuse_control control;  /* a copy, which the client can't change any more */
    bool is_by_address;
    const void *input;  /* input_length bytes, if they have been fetched; else NULL */
    const void *output; /* the output buffer's bytes, if they are data for the device; else NULL */
};

/* The memory that a call needs beyond its structure: what the kernel must fetch, and what it must
 * take. */
struct control_demand {
    struct iovec input[3];
    size_t input_count;
    struct iovec output[2];
    size_t output_count;
};

/* True for the numbers of <wdfuse/ioctl.h>; this module gets no others. */
bool control_is_call(unsigned number);

/*
 * Reads a call for that device from what the kernel has brought: `input_size` bytes, with room for
 * `output_size` in the answer. `can_demand`: the kernel fetches memory if asked to. `call` refers
 * to `input`. Returns
 *     0           all is there
 *     EAGAIN      control_demand says what is to be asked for
 *     EINVAL      a length does not fit the others, or another version
 *     EMSGSIZE    more than there can be
 *     EOPNOTSUPP  it needs memory that can't be asked for
 */
int control_read(const struct io_device *device, unsigned number, const void *input,
                 size_t input_size, size_t output_size, bool can_demand, struct control_call *call);

/* What to ask for when control_read has said EAGAIN. `argument` is the address of the client's
 * structure. */
void control_demand(unsigned number, void *argument, const struct control_call *call,
                    struct control_demand *demand);

#endif
