/* Answers to the kernel's messages. Each is one write. */
#ifndef WDFUSE_TRANSPORT_WIREANSWER_H
#define WDFUSE_TRANSPORT_WIREANSWER_H

#include <stddef.h>
#include <sys/uio.h>

#include "transport/wire.h"

/* The maximal number of pieces of an answer, and of pieces of memory that an ioctl demands, each
 * way. */
#define WIRE_PARTS_MAX  4
#define WIRE_DEMAND_MAX 3

/* All return 0 or -errno: -ENOENT if the kernel no longer waits for the answer; after any other
 * error the caller has got an error instead. An error of 0 means success without data. */
int wire_answer_error(struct wire_caller caller, int error);
int wire_answer_data(struct wire_caller caller, const void *data, size_t size);
int wire_answer_parts(struct wire_caller caller, const struct iovec *parts, unsigned count);

/* An ioctl's answer: its result (-errno: an error that still brings bytes), and its bytes in at
 * most two pieces. */
int wire_answer_ioctl(struct wire_caller caller, int result, const struct iovec *parts,
                      unsigned count);

/* An ioctl's demand on a CUSE device: the kernel must come again with what lies at these addresses,
 * and with room for these, at most WIRE_DEMAND_MAX each. */
int wire_answer_demand(struct wire_caller caller, const struct iovec *in, size_t in_count,
                       const struct iovec *out, size_t out_count);

/* Tells the kernel to wake the sleepers in poll(2) with that handle (fuse_poll_in.kh). */
void wire_wake_poller(const struct wire *wire, uint64_t handle);

#endif
