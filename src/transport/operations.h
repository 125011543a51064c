/*
 * What clients do, as requests: the operations of libfuse that both kinds share, in CUSE's form. The userdata
 * of the libfuse session is the struct transport.
 */
#ifndef WDFUSE_TRANSPORT_OPERATIONS_H
#define WDFUSE_TRANSPORT_OPERATIONS_H

#include "transport/internal.h"

void operation_open(fuse_req_t handle, struct fuse_file_info *info);
void operation_read(fuse_req_t handle, size_t size, off_t offset, struct fuse_file_info *info);
void operation_write(fuse_req_t handle, const char *data, size_t size, off_t offset,
                     struct fuse_file_info *info);
void operation_release(fuse_req_t handle, struct fuse_file_info *info);
void operation_poll(fuse_req_t handle, struct fuse_file_info *info, struct fuse_pollhandle *poll_handle);

/* `input` holds what the client's code says it passes; `output_size` is what it takes back at most. */
void operation_ioctl(fuse_req_t handle, unsigned code, struct fuse_file_info *info, unsigned flags,
                     const void *input, size_t input_size, size_t output_size);

/*
 * Cancels the request whose interrupt this thread has just received, if it has. To be called after each
 * message: it can't be done while libfuse processes it (see operations.c).
 */
void operation_cancel_interrupted(void);

#endif
