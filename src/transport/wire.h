/*
 * The kernel's protocol: messages of FUSE and CUSE as in <linux/fuse.h>, received, parsed and
 * answered.
 *
 *     wire_receive --> wire_carry --> an operation --> ... --> wireanswer.h (once)
 *
 * Nothing in a message is trusted: its length must be the number of bytes received, what an
 * operation gets lies inside it, a name ends inside it, and an unknown opcode or protocol version
 * gets an error. Only `fh`, our own word that the kernel keeps for an open file, is used as it is.
 *
 * There is no lock, and no memory except the buffer that a message is received in. interrupts.h
 * keeps what an interrupt has to find.
 */
#ifndef WDFUSE_TRANSPORT_WIRE_H
#define WDFUSE_TRANSPORT_WIRE_H

#include <linux/fuse.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framework/io.h"
#include "transport/interrupts.h"

/* The maximal size of a message: the data of a write, and a page for what precedes them. */
#define WIRE_MESSAGE_MAX (IO_TRANSFER_MAX + 4096)

/* An interrupt is a message with the number of the message that it is about, and this bit. */
#define WIRE_INTERRUPT_BIT UINT64_C(1)

struct rings;
struct wire;

/* Identifies who waits for an answer. A copy may be kept until the answer is given. */
struct wire_caller {
    struct wire *wire;
    uint64_t unique;
};

/* A message inside an operation. Its pointers are valid until the operation returns; see also
 * message_store_keep. */
struct wire_call {
    struct wire_caller caller;
    const struct fuse_in_header *header;
    /* What follows the fixed part */
    const void *data;
    size_t data_size;
};

/*
 * What is done with messages. Each but `ready` and `interrupt` answers its caller once, now or
 * later. `data` holds what the fixed part says: the bytes of a write, the input of an ioctl. CUSE
 * sends open, read, write, ioctl, poll, release and interrupt.
 */
struct wire_operations {
    /* The kernel's first message has been answered: the kernel uses the connection. */
    void (*ready)(struct wire *wire);
    void (*open)(const struct wire_call *call, const struct fuse_open_in *open);
    void (*read)(const struct wire_call *call, const struct fuse_read_in *read);
    void (*write)(const struct wire_call *call, const struct fuse_write_in *write);
    void (*ioctl)(const struct wire_call *call, const struct fuse_ioctl_in *control);
    void (*poll)(const struct wire_call *call, const struct fuse_poll_in *poll);
    void (*release)(const struct wire_call *call, const struct fuse_release_in *release);
    /* The request of that number is no longer wanted. */
    void (*interrupt)(struct wire *wire, uint64_t unique);

    void (*lookup)(const struct wire_call *call, const char *name);
    void (*getattr)(const struct wire_call *call);
    void (*setattr)(const struct wire_call *call, const struct fuse_setattr_in *change);
    void (*readdir)(const struct wire_call *call, const struct fuse_read_in *read);
    void (*statfs)(const struct wire_call *call);
};

/* Constant from wire_create on, except `is_ready` and `interrupts`. */
struct wire {
    int descriptor;
    const struct wire_operations *operations;
    void *owner;
    /* A CUSE device's name; NULL: a file system */
    const char *device;
    /* Each message is logged */
    bool shows;
    /* By which its messages come, once the first one is answered; NULL: none. */
    struct rings *rings;
    /* Both sides want the rings: written with the first message. */
    bool uses_rings;
    /* An answer has to be shown, or may go to a ring. */
    _Atomic(bool) is_special;
    /* The first message was answered: written by the thread that received it */
    _Atomic(bool) is_ready;
    struct interrupts interrupts;
};

/* Takes over the descriptor, which must not block. `device` must outlive it. Returns 0, or -errno;
 * then the descriptor still belongs to the caller. */
int wire_create(int descriptor, const struct wire_operations *operations, void *owner,
                const char *device, bool shows, struct wire **wire);
/* Closes the descriptor: the kernel then treats the node or mount as dead. */
void wire_destroy(struct wire *wire);

/* A message and its memory: WIRE_MESSAGE_MAX bytes, or NULL until a message is received. */
struct wire_buffer {
    void *memory;
    size_t size;
    /* What follows, of a message in a ring: there until it is answered. */
    const void *payload;
    size_t payload_size;
};

/* Receives the next message. Returns its size; 0: the kernel has ended the connection; -EAGAIN:
 * there is no message; -ENOMEM: no memory for one; or another -errno. */
int wire_receive(const struct wire *wire, struct wire_buffer *buffer);

/* Parses a message and calls its operation; answers it if there is none. */
void wire_carry(struct wire *wire, const struct wire_buffer *buffer);

#endif
