/*
 * What clients do, as requests: the operations of the wire that both kinds share.
 */
#ifndef WDFUSE_TRANSPORT_OPERATIONS_H
#define WDFUSE_TRANSPORT_OPERATIONS_H

#include "transport/ioctl.h"
#include "transport/node.h"
#include "transport/wire.h"

/* The node was entered (node_enter), and is left when the open has failed or the file is
 * released. */
void operation_open(const struct wire_call *call, const struct fuse_open_in *open,
                    struct node *node);
/* At that position, whatever the message says. */
void operation_read(const struct wire_call *call, const struct fuse_read_in *read, uint64_t offset);
void operation_write(const struct wire_call *call, const struct fuse_write_in *write,
                     uint64_t offset);
void operation_release(const struct wire_call *call, const struct fuse_release_in *release);
void operation_poll(const struct wire_call *call, const struct fuse_poll_in *poll);
void operation_interrupt(struct wire *wire, uint64_t unique);

/*
 * ioctl(2) with a number of Linux. The message holds what the client passes, as far as the number
 * says so, and how much it takes back at most. Where both are nothing, the driver gets the
 * argument.
 */
void operation_ioctl(const struct wire_call *call, const struct fuse_ioctl_in *control);

/* The device of the open file that an ioctl is for. */
struct io_device *operation_device(const struct fuse_ioctl_in *control);

/* A device control of Windows, all of which is there. */
void operation_control(const struct wire_call *call, const struct fuse_ioctl_in *in,
                       const struct control_call *windows);

/*
 * While it is set, what this thread submits was interrupted before: it is answered as cancelled,
 * and does not enter the driver.
 */
void operation_set_interrupted(bool value);

#endif
