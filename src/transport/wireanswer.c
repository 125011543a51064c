/* Answers to the kernel. See wireanswer.h. */
#include "transport/wireanswer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "port/log.h"
#include "transport/ring.h"

/* The kernel accepts no errno from here on. */
#define ERRNO_END 512

static void show(const struct wire_caller *caller, const struct fuse_out_header *header)
{
    if (header->error == 0)
        log_debug("unique: %llu, success, %u bytes", (unsigned long long)caller->unique,
                  header->len);
    else
        log_debug("unique: %llu, error: %d", (unsigned long long)caller->unique, header->error);
}

/* Returns true if it went to a ring. */
static bool send_specially(const struct wire_caller *caller, const struct fuse_out_header *header,
                           const struct iovec *parts, unsigned count)
{
    if (caller->wire->shows)
        show(caller, header);
    return caller->wire->uses_rings && rings_answer(caller->wire->rings, header, parts, count);
}

/* parts[0] is for the header. Returns 0 or -errno. */
static int send(struct wire_caller caller, int error, struct iovec *parts, unsigned count)
{
    struct fuse_out_header header = {
        .len = sizeof(header), .error = -error, .unique = caller.unique};
    parts[0] = (struct iovec){.iov_base = &header, .iov_len = sizeof(header)};
    for (unsigned i = 1; i < count; i++)
        header.len += (uint32_t)parts[i].iov_len;
    if (atomic_load_explicit(&caller.wire->is_special, memory_order_relaxed) &&
        send_specially(&caller, &header, &parts[1], count - 1))
        return 0;
    return writev(caller.wire->descriptor, parts, (int)count) < 0 ? -errno : 0;
}

/* Otherwise the caller would wait for ever. */
static bool is_to_mend(int error)
{
    return error != 0 && error != -ENOENT && error != -ENODEV;
}

int wire_answer_error(struct wire_caller caller, int error)
{
    struct iovec parts[1];
    assert(error >= 0);
    int result = send(caller, error < ERRNO_END ? error : EIO, parts, 1);
    return is_to_mend(result) ? send(caller, EIO, parts, 1) : result;
}

static int mend(struct wire_caller caller, int error)
{
    if (!is_to_mend(error))
        return error;
    log_debug("unique: %llu: the kernel does not take the answer: %s",
              (unsigned long long)caller.unique, strerror(-error));
    wire_answer_error(caller, EIO);
    return error;
}

int wire_answer_data(struct wire_caller caller, const void *data, size_t size)
{
    struct iovec parts[2] = {[1] = {.iov_base = (void *)(uintptr_t)data, .iov_len = size}};
    return mend(caller, send(caller, 0, parts, size > 0 ? 2 : 1));
}

int wire_answer_parts(struct wire_caller caller, const struct iovec *parts, unsigned count)
{
    struct iovec all[1 + WIRE_PARTS_MAX];
    assert(count <= WIRE_PARTS_MAX);
    memcpy(&all[1], parts, count * sizeof(*parts));
    return mend(caller, send(caller, 0, all, 1 + count));
}

int wire_answer_ioctl(struct wire_caller caller, int result, const struct iovec *parts,
                      unsigned count)
{
    struct fuse_ioctl_out out = {.result = result};
    struct iovec all[3] = {{.iov_base = &out, .iov_len = sizeof(out)}};
    assert(count <= 2);
    memcpy(&all[1], parts, count * sizeof(*parts));
    return wire_answer_parts(caller, all, 1 + count);
}

static size_t add_demand(struct fuse_ioctl_iovec *list, const struct iovec *memory, size_t count)
{
    assert(count <= WIRE_DEMAND_MAX);
    for (size_t i = 0; i < count; i++)
        list[i] = (struct fuse_ioctl_iovec){.base = (uintptr_t)memory[i].iov_base,
                                            .len = memory[i].iov_len};
    return count;
}

int wire_answer_demand(struct wire_caller caller, const struct iovec *in, size_t in_count,
                       const struct iovec *out, size_t out_count)
{
    struct fuse_ioctl_iovec list[2 * WIRE_DEMAND_MAX];
    size_t count = add_demand(list, in, in_count);
    count += add_demand(list + count, out, out_count);
    struct fuse_ioctl_out answer = {
        .flags = FUSE_IOCTL_RETRY, .in_iovs = (uint32_t)in_count, .out_iovs = (uint32_t)out_count};
    struct iovec parts[] = {
        {.iov_base = &answer, .iov_len = sizeof(answer)},
        {.iov_base = list, .iov_len = count * sizeof(list[0])},
    };
    return wire_answer_parts(caller, parts, 2);
}

/* Not an answer but a message of ours, which has no number, and a code instead of an error. */
void wire_wake_poller(const struct wire *wire, uint64_t handle)
{
    struct fuse_notify_poll_wakeup_out wakeup = {.kh = handle};
    struct fuse_out_header header = {.len = sizeof(header) + sizeof(wakeup),
                                     .error = FUSE_NOTIFY_POLL};
    const struct iovec parts[] = {
        {.iov_base = &header, .iov_len = sizeof(header)},
        {.iov_base = &wakeup, .iov_len = sizeof(wakeup)},
    };
    if (writev(wire->descriptor, parts, 2) < 0) {
        /* The file is closed, or the connection has ended: nobody sleeps there. */
    }
}
