/* Answers to the kernel's messages, each one write. */
#ifndef WDFUSE_TRANSPORT_WIREANSWER_H
#define WDFUSE_TRANSPORT_WIREANSWER_H

#include <stddef.h>
#include <sys/uio.h>

#include "transport/wire.h"

/* The pieces of one answer, at most, and of the memory that an ioctl asks for, each way. */
#define WIRE_PARTS_MAX  4
#define WIRE_DEMAND_MAX 3

/*
 * 0: done, and there is nothing to bring. All return 0 or -errno: -ENOENT when the kernel does not
 * wait for it any more; anything else was said to the caller as an error.
 */
int wire_answer_error(struct wire_caller caller, int error);
int wire_answer_data(struct wire_caller caller, const void *data, size_t size);
int wire_answer_parts(struct wire_caller caller, const struct iovec *parts, unsigned count);

/* An ioctl's: what it returns (-errno: an error that brings bytes all the same), and its bytes, at
 * most two pieces. */
int wire_answer_ioctl(struct wire_caller caller, int result, const struct iovec *parts,
                      unsigned count);

/* An ioctl's on a CUSE device: the kernel shall come again with what lies at these addresses, and
 * with room for these, WIRE_DEMAND_MAX each at most. */
int wire_answer_demand(struct wire_caller caller, const struct iovec *in, size_t in_count,
                       const struct iovec *out, size_t out_count);

/* Whoever sleeps in poll(2) with that handle (fuse_poll_in.kh) shall ask again. */
void wire_wake_poller(const struct wire *wire, uint64_t handle);

#endif
