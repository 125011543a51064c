/* The kernel's messages, received and taken apart. See wire.h. */
#include "transport/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/log.h"
#include "transport/wireanswer.h"
#include "transport/wirestart.h"

/* ---- messages that are known ---- */

/* The form of a message, and how it is carried. */
struct opcode {
    const char *name;
    void (*carry)(const struct wire_call *call, const void *fixed);
    /* The minimal size of what follows the header */
    size_t fixed_size;
    /* Only of a file system */
    bool is_of_mount;
};

static const struct wire_operations *operations_of(const struct wire_call *call)
{
    return call->caller.wire->operations;
}

static void carry_open(const struct wire_call *call, const void *fixed)
{
    operations_of(call)->open(call, fixed);
}

static void carry_read(const struct wire_call *call, const void *fixed)
{
    operations_of(call)->read(call, fixed);
}

static void carry_write(const struct wire_call *call, const void *fixed)
{
    const struct fuse_write_in *write = fixed;
    if (write->size > call->data_size)
        wire_answer_error(call->caller, EIO);
    else
        operations_of(call)->write(call, write);
}

static void carry_ioctl(const struct wire_call *call, const void *fixed)
{
    const struct fuse_ioctl_in *control = fixed;
    if (control->in_size > call->data_size)
        wire_answer_error(call->caller, EIO);
    else
        operations_of(call)->ioctl(call, control);
}

static void carry_poll(const struct wire_call *call, const void *fixed)
{
    operations_of(call)->poll(call, fixed);
}

static void carry_release(const struct wire_call *call, const void *fixed)
{
    operations_of(call)->release(call, fixed);
}

static void carry_interrupt(const struct wire_call *call, const void *fixed)
{
    const struct fuse_interrupt_in *interrupt = fixed;
    operations_of(call)->interrupt(call->caller.wire, interrupt->unique);
}

static void carry_lookup(const struct wire_call *call, const void *fixed)
{
    (void)fixed;
    if (memchr(call->data, '\0', call->data_size) == NULL)
        wire_answer_error(call->caller, EIO);
    else
        operations_of(call)->lookup(call, call->data);
}

static void carry_getattr(const struct wire_call *call, const void *fixed)
{
    (void)fixed;
    operations_of(call)->getattr(call);
}

static void carry_setattr(const struct wire_call *call, const void *fixed)
{
    operations_of(call)->setattr(call, fixed);
}

static void carry_readdir(const struct wire_call *call, const void *fixed)
{
    operations_of(call)->readdir(call, fixed);
}

static void carry_statfs(const struct wire_call *call, const void *fixed)
{
    (void)fixed;
    operations_of(call)->statfs(call);
}

/* There is only one directory, and no state to keep for it. */
static void carry_opendir(const struct wire_call *call, const void *fixed)
{
    static const struct fuse_open_out answer;
    (void)fixed;
    wire_answer_data(call->caller, &answer, sizeof(answer));
}

static void carry_nothing(const struct wire_call *call, const void *fixed)
{
    (void)fixed;
    wire_answer_error(call->caller, 0);
}

/* These have no answer: the kernel may forget what it likes. */
static void carry_forget(const struct wire_call *call, const void *fixed)
{
    (void)call;
    (void)fixed;
}

/* Names can be neither made nor removed. Without this the client would read "function not
 * implemented". */
static void refuse(const struct wire_call *call, const void *fixed)
{
    (void)fixed;
    wire_answer_error(call->caller, EPERM);
}

/* Other opcodes get ENOSYS. The kernel turns it into what suits the call, and remembers it where
 * that pays. */
static const struct opcode opcodes[] = {
    [FUSE_LOOKUP] = {"LOOKUP", carry_lookup, 0, true},
    [FUSE_FORGET] = {"FORGET", carry_forget, 0, true},
    [FUSE_GETATTR] = {"GETATTR", carry_getattr, 0, true},
    [FUSE_SETATTR] = {"SETATTR", carry_setattr, sizeof(struct fuse_setattr_in), true},
    [FUSE_SYMLINK] = {"SYMLINK", refuse, 0, true},
    [FUSE_MKNOD] = {"MKNOD", refuse, 0, true},
    [FUSE_MKDIR] = {"MKDIR", refuse, 0, true},
    [FUSE_UNLINK] = {"UNLINK", refuse, 0, true},
    [FUSE_RMDIR] = {"RMDIR", refuse, 0, true},
    [FUSE_RENAME] = {"RENAME", refuse, 0, true},
    [FUSE_LINK] = {"LINK", refuse, 0, true},
    [FUSE_OPEN] = {"OPEN", carry_open, sizeof(struct fuse_open_in), false},
    [FUSE_READ] = {"READ", carry_read, sizeof(struct fuse_read_in), false},
    [FUSE_WRITE] = {"WRITE", carry_write, sizeof(struct fuse_write_in), false},
    [FUSE_STATFS] = {"STATFS", carry_statfs, 0, true},
    [FUSE_RELEASE] = {"RELEASE", carry_release, sizeof(struct fuse_release_in), false},
    [FUSE_OPENDIR] = {"OPENDIR", carry_opendir, 0, true},
    [FUSE_READDIR] = {"READDIR", carry_readdir, sizeof(struct fuse_read_in), true},
    [FUSE_RELEASEDIR] = {"RELEASEDIR", carry_nothing, 0, true},
    [FUSE_CREATE] = {"CREATE", refuse, 0, true},
    [FUSE_INTERRUPT] = {"INTERRUPT", carry_interrupt, sizeof(struct fuse_interrupt_in), false},
    [FUSE_DESTROY] = {"DESTROY", carry_nothing, 0, true},
    [FUSE_IOCTL] = {"IOCTL", carry_ioctl, sizeof(struct fuse_ioctl_in), false},
    [FUSE_POLL] = {"POLL", carry_poll, sizeof(struct fuse_poll_in), false},
    [FUSE_BATCH_FORGET] = {"BATCH_FORGET", carry_forget, 0, true},
    [FUSE_RENAME2] = {"RENAME2", refuse, 0, true},
};

static const struct opcode *find_opcode(const struct wire *wire, uint32_t number)
{
    if (number >= sizeof(opcodes) / sizeof(opcodes[0]) || opcodes[number].carry == NULL)
        return NULL;
    const struct opcode *opcode = &opcodes[number];
    return opcode->is_of_mount && wire->device != NULL ? NULL : opcode;
}

/* ---- taking apart ---- */

static void show(const struct wire *wire, const struct fuse_in_header *header)
{
    const struct opcode *opcode = find_opcode(wire, header->opcode);
    log_debug("unique: %llu, opcode: %s (%u), node %llu, %u bytes, process %u",
              (unsigned long long)header->unique, opcode != NULL ? opcode->name : "",
              header->opcode, (unsigned long long)header->nodeid, header->len, header->pid);
}

/* Interrupts and forgets have no answer: an error to one of them is superfluous, but harmless. */
static void carry_known(struct wire *wire, const struct opcode *opcode,
                        const struct fuse_in_header *header, size_t size)
{
    const unsigned char *fixed = (const unsigned char *)(header + 1);
    struct wire_call call = {.caller = {wire, header->unique}, .header = header};
    size_t rest = size - sizeof(*header);
    if (rest < opcode->fixed_size) {
        wire_answer_error(call.caller, EIO);
        return;
    }
    call.data = fixed + opcode->fixed_size;
    call.data_size = rest - opcode->fixed_size;
    opcode->carry(&call, fixed);
}

/* In two pieces; or not what it says that it is. */
static void carry_unusual(struct wire *wire, const struct fuse_in_header *header,
                          const struct wire_buffer *buffer)
{
    struct wire_call call = {.caller = {wire, header->unique},
                             .header = header,
                             .data = buffer->payload,
                             .data_size = buffer->payload_size};
    const struct opcode *opcode = find_opcode(wire, header->opcode);
    if (buffer->payload == NULL || header->len != buffer->size + buffer->payload_size)
        wire_answer_error(call.caller, EIO);
    else if (opcode == NULL)
        wire_answer_error(call.caller, ENOSYS);
    else if (buffer->size - sizeof(*header) < opcode->fixed_size)
        wire_answer_error(call.caller, EIO);
    else
        opcode->carry(&call, header + 1);
}

void wire_carry(struct wire *wire, const struct wire_buffer *buffer)
{
    const struct fuse_in_header *header = buffer->memory;
    if (buffer->size < sizeof(*header)) {
        log_error("the kernel has sent %zu bytes, which is no message", buffer->size);
        return;
    }
    struct wire_caller caller = {wire, header->unique};
    if (wire->shows)
        show(wire, header);
    if (header->len != buffer->size) {
        carry_unusual(wire, header, buffer);
        return;
    }
    if (!atomic_load_explicit(&wire->is_ready, memory_order_acquire)) {
        wire_start(caller, header, buffer->size);
        return;
    }
    const struct opcode *opcode = find_opcode(wire, header->opcode);
    if (opcode == NULL)
        wire_answer_error(caller, ENOSYS);
    else
        carry_known(wire, opcode, header, buffer->size);
}

/* ---- receiving ---- */

int wire_receive(const struct wire *wire, struct wire_buffer *buffer)
{
    if (buffer->memory == NULL)
        buffer->memory = malloc(WIRE_MESSAGE_MAX);
    if (buffer->memory == NULL)
        return -ENOMEM;
    ssize_t size = read(wire->descriptor, buffer->memory, WIRE_MESSAGE_MAX);
    if (size >= (ssize_t)sizeof(struct fuse_in_header)) {
        buffer->size = (size_t)size;
        return (int)size;
    }
    if (size >= 0)
        return -EIO; /* every message has more */
    switch (errno) {
    case ENODEV: /* unmounted, or aborted */
        return 0;
    case EINTR:
    case ENOENT: /* its client went while it was being copied */
        return -EAGAIN;
    default:
        return -errno;
    }
}

/* ---- creating and destroying ---- */

int wire_create(int descriptor, const struct wire_operations *operations, void *owner,
                const char *device, bool shows, struct wire **wire)
{
    struct wire *new = calloc(1, sizeof(*new));
    if (new == NULL)
        return -ENOMEM;
    new->descriptor = descriptor;
    new->operations = operations;
    new->owner = owner;
    new->device = device;
    new->shows = shows;
    atomic_init(&new->is_special, shows);
    interrupts_init(&new->interrupts);
    *wire = new;
    return 0;
}

void wire_destroy(struct wire *wire)
{
    close(wire->descriptor);
    interrupts_destroy(&wire->interrupts);
    free(wire);
}
