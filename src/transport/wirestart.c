/* The first message. See wirestart.h. */
#include "transport/wirestart.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "port/log.h"
#include "transport/fuseuring.h"
#include "transport/wireanswer.h"

/*
 * For a file system. With FUSE_ATOMIC_O_TRUNC, O_TRUNC comes with the open, not as a change of size
 * before it. Not requested: FUSE_ASYNC_DIO, which would have io_uring's reads answered from the
 * file's size, few at a time, and not cancellable; splicing, which pays for pages, not for the
 * small messages of a device.
 */
#define WANTED                                                                                     \
    (FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES | FUSE_AUTO_INVAL_DATA |              \
     FUSE_MAX_PAGES)

/* The part that every version of the kernel sends; later ones send more. */
#define FUSE_INIT_LEAST offsetof(struct fuse_init_in, flags2)

/* Linux 3.15; older versions have other lengths of answers. CUSE has never changed. */
#define FUSE_MINOR_LEAST 23
#define CUSE_MINOR_LEAST 11

/* Returns whether the version is supported; if not, its caller has got an answer. */
static bool check_version(struct wire_caller caller, uint32_t major, uint32_t minor, uint32_t least)
{
    if (major == FUSE_KERNEL_VERSION && minor >= least)
        return true;
    log_error("the kernel speaks FUSE %u.%u, and %d.%u or later is needed", major, minor,
              FUSE_KERNEL_VERSION, least);
    wire_answer_error(caller, EPROTO);
    return false;
}

static void note_ready(struct wire *wire)
{
    atomic_store_explicit(&wire->is_ready, true, memory_order_release);
}

/* Whether the messages come by rings from now on. Several may look for names at once then, so that
 * a nudge does not wait for others. */
static void agree_on_rings(struct wire *wire, const struct fuse_init_in *in,
                           struct fuse_init_out *out)
{
    wire->uses_rings = wire->rings != NULL && (in->flags & FUSE_INIT_EXT) != 0 &&
                       (in->flags2 & FUSEURING_FLAG2) != 0;
    if (!wire->uses_rings)
        return;
    out->flags |= FUSE_INIT_EXT | (in->flags & FUSE_PARALLEL_DIROPS);
    out->flags2 = FUSEURING_FLAG2;
    atomic_store_explicit(&wire->is_special, true, memory_order_relaxed);
}

static void start_file_system(struct wire_caller caller, const struct fuse_init_in *in, size_t size)
{
    if (!check_version(caller, in->major, in->minor, FUSE_MINOR_LEAST))
        return;
    struct fuse_init_out out = {
        .major = FUSE_KERNEL_VERSION,
        .minor = FUSE_KERNEL_MINOR_VERSION,
        .max_readahead = in->max_readahead,
        .flags = in->flags & WANTED,
        .max_write = IO_TRANSFER_MAX,
        .time_gran = 1,
        .max_pages = (uint16_t)(IO_TRANSFER_MAX / getpagesize()),
    };
    if (size >= offsetof(struct fuse_init_in, unused))
        agree_on_rings(caller.wire, in, &out);
    note_ready(caller.wire); /* first: the next message may come at once */
    if (wire_answer_data(caller, &out, sizeof(out)) == 0)
        caller.wire->operations->ready(caller.wire);
}

/* The kernel makes device and node before the answer's write returns. */
static void start_device(struct wire_caller caller, const struct cuse_init_in *in)
{
    static const char name_is[] = "DEVNAME=";
    if (!check_version(caller, in->major, in->minor, CUSE_MINOR_LEAST))
        return;
    struct cuse_init_out out = {
        .major = FUSE_KERNEL_VERSION,
        .minor = FUSE_KERNEL_MINOR_VERSION,
        .flags = CUSE_UNRESTRICTED_IOCTL,
        .max_read = IO_TRANSFER_MAX,
        .max_write = IO_TRANSFER_MAX,
    };
    const char *device = caller.wire->device;
    struct iovec parts[] = {
        {.iov_base = &out, .iov_len = sizeof(out)},
        {.iov_base = (void *)(uintptr_t)name_is, .iov_len = sizeof(name_is) - 1},
        {.iov_base = (void *)(uintptr_t)device, .iov_len = strlen(device) + 1},
    };
    note_ready(caller.wire);
    if (wire_answer_parts(caller, parts, 3) == 0)
        caller.wire->operations->ready(caller.wire);
}

void wire_start(struct wire_caller caller, const struct fuse_in_header *header, size_t size)
{
    bool is_device = caller.wire->device != NULL;
    uint32_t expected = is_device ? CUSE_INIT : FUSE_INIT;
    size_t least = is_device ? sizeof(struct cuse_init_in) : FUSE_INIT_LEAST;
    const void *in = header + 1;
    if (header->opcode != expected || size - sizeof(*header) < least)
        wire_answer_error(caller, EIO);
    else if (is_device)
        start_device(caller, in);
    else
        start_file_system(caller, in, size - sizeof(*header));
}
