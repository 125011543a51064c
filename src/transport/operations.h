/* The clients' operations as requests: those of the wire that both kinds share. */
#ifndef WDFUSE_TRANSPORT_OPERATIONS_H
#define WDFUSE_TRANSPORT_OPERATIONS_H

#include "transport/ioctl.h"
#include "transport/node.h"
#include "transport/wire.h"

/* The node was entered (node_enter). It is left when the open has failed or the file is
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

/* ioctl(2) with a Linux number. The message holds what the client passes, as far as the number
 * says, and how much it takes back at most. If both are nothing, the driver gets the argument. */
void operation_ioctl(const struct wire_call *call, const struct fuse_ioctl_in *control);

/* The device of the open file that an ioctl is for. */
struct io_device *operation_device(const struct fuse_ioctl_in *control);

/* A complete device control of Windows. */
void operation_control(const struct wire_call *call, const struct fuse_ioctl_in *in,
                       const struct control_call *windows);

/* While this is set, requests that this thread submits count as already interrupted: they are
 * answered as cancelled, and do not enter the driver. */
void operation_set_interrupted(bool value);

#endif
