/*
 * What clients do, as requests: the operations of libfuse that both kinds share, in CUSE's form.
 */
#ifndef WDFUSE_TRANSPORT_OPERATIONS_H
#define WDFUSE_TRANSPORT_OPERATIONS_H

#include "transport/ioctl.h"
#include "transport/node.h"

/* The node was entered (node_enter), and is left when the open has failed or the file is
 * released. */
void operation_open(fuse_req_t handle, struct node *node, struct fuse_file_info *info);
void operation_read(fuse_req_t handle, size_t size, off_t offset, struct fuse_file_info *info);
void operation_write(fuse_req_t handle, const char *data, size_t size, off_t offset,
                     struct fuse_file_info *info);
void operation_release(fuse_req_t handle, struct fuse_file_info *info);
void operation_poll(fuse_req_t handle, struct fuse_file_info *info,
                    struct fuse_pollhandle *poll_handle);

/*
 * ioctl(2) with a number of Linux. `input` holds what the client passes, as far as the number says
 * so; `output_size` is what it takes back at most. Where both are nothing, the driver gets the
 * argument.
 */
void operation_ioctl(fuse_req_t handle, unsigned code, void *argument, struct fuse_file_info *info,
                     unsigned flags, const void *input, size_t input_size, size_t output_size);

/* The device of an open file. */
struct io_device *operation_device(const struct fuse_file_info *info);

/* A device control of Windows, all of which is there. */
void operation_control(fuse_req_t handle, struct fuse_file_info *info, unsigned flags,
                       const struct control_call *call);

/*
 * While it is set, what this thread submits was interrupted before: it is answered as cancelled,
 * and does not enter the driver.
 */
void operation_set_interrupted(bool value);

/*
 * Cancels the request whose interrupt this thread has just received, if it has. To be called after
 * each message: it can't be done while libfuse processes it (see operations.c).
 */
void operation_cancel_interrupted(void);

#endif
