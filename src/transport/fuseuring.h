/*
 * What <linux/fuse.h> has of FUSE over io_uring from version 7.42 on, for builds with an older one:
 * the kernel's words, which are the same for ever. In a submission for IORING_OP_URING_CMD on
 * /dev/fuse, cmd_op is the command; REGISTER has an entry's two places as an array of iovecs: the
 * header and the payload.
 */
#ifndef WDFUSE_TRANSPORT_FUSEURING_H
#define WDFUSE_TRANSPORT_FUSEURING_H

#include <linux/fuse.h>

#include <stdint.h>

/* Both sides want it: a bit of flags2 in the first message and its answer. */
#define FUSEURING_FLAG2 (1u << 9)

#if FUSE_KERNEL_MINOR_VERSION < 42

enum {
    FUSE_IO_URING_CMD_REGISTER = 1,
    FUSE_IO_URING_CMD_COMMIT_AND_FETCH = 2,
};

struct fuse_uring_ent_in_out {
    uint64_t flags;
    /* By which the answer names its message */
    uint64_t commit_id;
    uint32_t payload_sz;
    uint32_t padding;
    uint64_t reserved;
};

struct fuse_uring_req_header {
    /* fuse_in_header, and of the answer fuse_out_header */
    char in_out[128];
    /* The operation's fixed part */
    char op_in[128];
    struct fuse_uring_ent_in_out ring_ent_in_out;
};

struct fuse_uring_cmd_req {
    uint64_t flags;
    uint64_t commit_id;
    /* The queue: a CPU's number */
    uint16_t qid;
    uint8_t padding[6];
};

#endif

#endif
