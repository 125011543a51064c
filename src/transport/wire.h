/*
 * The kernel's words: messages of FUSE and CUSE as <linux/fuse.h> has them, received, taken apart
 * and answered.
 *
 *     wire_receive --> wire_carry --> an operation --> ... --> wireanswer.h (once)
 *
 * Nothing that a message says of itself is believed: its length is what was received, what an
 * operation is given lies inside it, a name ends inside it, and an opcode or a protocol that is not
 * known gets an error. Only `fh`, a word of our own that the kernel keeps for an open file, is
 * taken as it was given.
 *
 * No lock, and no memory but the buffer that a message is received in. What has to be found again,
 * for an interrupt, is interrupts.h's.
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

/* What a message takes at most: the data of a write, and a page for what is in front of them. */
#define WIRE_MESSAGE_MAX (IO_TRANSFER_MAX + 4096)

/* An interrupt is a message with the number of the one it is about, and this bit. */
#define WIRE_INTERRUPT_BIT UINT64_C(1)

struct rings;
struct wire;

/* Who waits for an answer. A copy may be kept until it is given. */
struct wire_caller {
    struct wire *wire;
    uint64_t unique;
};

/* A message inside an operation. What it points to is the receiver's, until the operation returns;
 * but see message_store_keep. */
struct wire_call {
    struct wire_caller caller;
    const struct fuse_in_header *header;
    /* What follows the fixed part: as much as there is */
    const void *data;
    size_t data_size;
};

/*
 * What becomes of messages. Each but `ready` and `interrupt` answers its caller, now or later,
 * once. `data` holds what the fixed part says: the bytes of a write, the input of an ioctl. Of CUSE
 * come open, read, write, ioctl, poll, release and interrupt.
 */
struct wire_operations {
    /* The kernel's first message is answered: it uses the connection. */
    void (*ready)(struct wire *wire);
    void (*open)(const struct wire_call *call, const struct fuse_open_in *open);
    void (*read)(const struct wire_call *call, const struct fuse_read_in *read);
    void (*write)(const struct wire_call *call, const struct fuse_write_in *write);
    void (*ioctl)(const struct wire_call *call, const struct fuse_ioctl_in *control);
    void (*poll)(const struct wire_call *call, const struct fuse_poll_in *poll);
    void (*release)(const struct wire_call *call, const struct fuse_release_in *release);
    /* The request of that number is not wanted any more. */
    void (*interrupt)(struct wire *wire, uint64_t unique);

    void (*lookup)(const struct wire_call *call, const char *name);
    void (*getattr)(const struct wire_call *call);
    void (*setattr)(const struct wire_call *call, const struct fuse_setattr_in *change);
    void (*readdir)(const struct wire_call *call, const struct fuse_read_in *read);
    void (*statfs)(const struct wire_call *call);
};

/* Constant from wire_create on, but for what others write. */
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
    /* The first message was answered: written by who received it */
    _Atomic(bool) is_ready;
    struct interrupts interrupts;
};

/* Takes the descriptor, which must not block, over. `device` must outlive it. Returns 0, or -errno
 * with the descriptor still the caller's. */
int wire_create(int descriptor, const struct wire_operations *operations, void *owner,
                const char *device, bool shows, struct wire **wire);
/* Closes the descriptor: the kernel takes node or mount for dead. */
void wire_destroy(struct wire *wire);

/* A message, and the memory it is in: of WIRE_MESSAGE_MAX bytes, or NULL until one is received. */
struct wire_buffer {
    void *memory;
    size_t size;
    /* What follows, of a message in a ring: there until it is answered. */
    const void *payload;
    size_t payload_size;
};

/*
 * The next message. Returns its size; 0: the kernel has ended the connection; -EAGAIN: there is
 * none; -ENOMEM: there is no memory for one; another -errno.
 */
int wire_receive(const struct wire *wire, struct wire_buffer *buffer);

/* Takes a message apart and has the operation called; answers it when there is none. */
void wire_carry(struct wire *wire, const struct wire_buffer *buffer);

#endif
