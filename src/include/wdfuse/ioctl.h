/*
 * Device control for Linux programs: what DeviceIoControl is on Windows, over ioctl(2).
 *
 *     #include <wdfuse/ioctl.h>                       // pkg-config --cflags wdfuse-client
 *
 *     #define IOCTL_TOASTER_BROWN                                                       \
 *         CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS)
 *
 *     size_t returned;
 *     if (wdfuse_ioctl(toaster, IOCTL_TOASTER_BROWN, &order, sizeof(order), &toast, sizeof(toast),
 *                      &returned) != 0)
 *         err(1, "toaster");
 *
 * The header needs nothing else of wdfuse, no library and no special flag. It works with C11 and
 * C++11.
 */
#ifndef WDFUSE_IOCTL_H
#define WDFUSE_IOCTL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <wdfuse/controlcodes.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The longest input, and the longest output, of one call on a device node: what the kernel carries
 * at once. With METHOD_IN_DIRECT, where both are data for the device, it bounds their sum.
 */
#define WDFUSE_IOCTL_MAX (128 * 1024 - sizeof(struct wdfuse_control))

/* The same on a file in a FUSE mount, where the kernel takes no more than an ioctl number's size
 * can say. */
#define WDFUSE_IOCTL_FILE_MAX (_IOC_SIZEMASK - sizeof(struct wdfuse_control))

/* Instead of a status: the device has not answered. */
#define WDFUSE_NO_STATUS ((int32_t)-1)

/* A warning: the call fails with an errno, but *returned bytes have come. */
#define WDFUSE_STATUS_IS_WARNING(status) ((uint32_t)(status) >> 30 == 2)

/* The two statuses for an output buffer that is too short: with the beginning of the answer, and
 * without. */
#define WDFUSE_STATUS_BUFFER_OVERFLOW  ((int32_t)0x80000005)
#define WDFUSE_STATUS_BUFFER_TOO_SMALL ((int32_t)0xC0000023)

/*
 * Sends a control code with its input to the driver of `fd`, and waits for the answer.
 *
 *   in, in_length    what the driver gets; NULL for nothing. With METHOD_NEITHER on a device node
 *                    it gets the address, and what happens to the memory is between the driver and
 *                    the caller.
 *   out, out_length  room for the answer; with METHOD_IN_DIRECT more data for the driver, which
 *                    stay unchanged.
 *   returned         optional: how many bytes the driver says it has put into `out`, never more
 *                    than out_length.
 *
 * Returns 0 when the driver has succeeded, else -1 with errno set:
 *     EMSGSIZE   a length is beyond WDFUSE_IOCTL_MAX or, for a file in a FUSE mount,
 *                WDFUSE_IOCTL_FILE_MAX
 *     EFAULT     an address is bad; for the output this is found when the driver has done its work.
 *                (For a file in a FUSE mount the call itself copies: a bad address is a SIGSEGV
 *                there.)
 *     EACCES     the code's access bits ask for more than the file was opened for
 *     EINTR      a signal came, and the driver has given the request up
 *     ENOTTY     the driver does not know the code; or `fd` is no device of wdfuse
 *     EOVERFLOW  `out` is too short: *returned bytes of the answer have come, if it is not 0
 *     EINVAL     `in` is too short (STATUS_BUFFER_TOO_SMALL), or a parameter is wrong
 *     ENOMEM, EBADF, ENODEV and all others that stand for the driver's status (wdfuse's
 *                docs/semantics.md)
 *
 * Thread-safe; no cancellation point of its own besides ioctl(2). It needs up to 17 KiB of stack.
 */
static inline int wdfuse_ioctl(int fd, uint32_t code, const void *in, size_t in_length, void *out,
                               size_t out_length, size_t *returned);

/*
 * The same, and returns the driver's NTSTATUS in *status (values: <ntstatus.h> of wdfuse, or
 * Microsoft's documentation), or WDFUSE_NO_STATUS. A status from 0 to 0x7fffffff is a success, for
 * which it returns 0.
 */
static inline int wdfuse_ioctl_status(int fd, uint32_t code, const void *in, size_t in_length,
                                      void *out, size_t out_length, size_t *returned,
                                      int32_t *status);

/*
 * The rest is how the calls travel: a stable interface to the daemon, for programs that cannot use
 * the functions.
 *
 * The layout is the same for programs of 32 and 64 bits. WDFUSE_CONTROL carries the structure
 * alone, and the kernel fetches input and output from the addresses in it. Only a device node can
 * do that (and a file in a FUSE mount with METHOD_NEITHER, or without data).
 * WDFUSE_CONTROL_INLINE(size) carries `size` bytes: the structure, the input and, with
 * METHOD_IN_DIRECT, the data of the output buffer. They have room for the answer: struct
 * wdfuse_control_answer, followed by the output.
 */
struct wdfuse_control_answer {
    uint32_t size;  /* sizeof(struct wdfuse_control_answer) in an answer; to be set to 0 before */
    int32_t status; /* NTSTATUS */
    uint32_t returned; /* the request's Information */
    uint32_t copied;   /* how many bytes of output have come */
};

struct wdfuse_control {
    struct wdfuse_control_answer answer;
    uint32_t size;  /* sizeof(struct wdfuse_control) */
    uint32_t code;  /* a CTL_CODE */
    uint64_t input; /* addresses, not used by WDFUSE_CONTROL_INLINE */
    uint64_t output;
    uint32_t input_length;
    uint32_t output_length;
};

#define WDFUSE_CONTROL_TYPE          0xDF
#define WDFUSE_CONTROL_NUMBER        0xF0
#define WDFUSE_CONTROL_INLINE_NUMBER 0xF1

#define WDFUSE_CONTROL _IOWR(WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_NUMBER, struct wdfuse_control)
#define WDFUSE_CONTROL_INLINE(size)                                                                \
    _IOC(_IOC_READ | _IOC_WRITE, WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_INLINE_NUMBER, (size))

/* The rest is internal. */

/* True if what the client sends fits: input, and an output buffer that is input, too. */
static inline int wdfuse_control_fits_(const struct wdfuse_control *control, size_t in_length,
                                       size_t out_length, size_t limit)
{
    if (in_length > limit || out_length > limit)
        return 0;
    return METHOD_FROM_CTL_CODE(control->code) != METHOD_IN_DIRECT ||
           in_length + out_length <= limit;
}

__attribute__((noinline, unused)) static int wdfuse_control_inline_(int fd,
                                                                    struct wdfuse_control *control,
                                                                    const void *in, void *out)
{
    unsigned char bytes[_IOC_SIZEMASK];
    size_t sent = sizeof(*control) + control->input_length;
    size_t room = sizeof(*control) + control->output_length;
    int result;

    if ((in == NULL && control->input_length > 0) || (out == NULL && control->output_length > 0)) {
        errno = EFAULT;
        return -1;
    }
    memcpy(bytes, control, sizeof(*control));
    if (control->input_length > 0)
        memcpy(bytes + sizeof(*control), in, control->input_length);
    if (control->output_length > 0 && METHOD_FROM_CTL_CODE(control->code) == METHOD_IN_DIRECT) {
        memcpy(bytes + sent, out, control->output_length);
        sent += control->output_length;
    }
    if (room > sent)
        memset(bytes + sent, 0, room - sent);
    result = ioctl(fd, WDFUSE_CONTROL_INLINE(sent > room ? sent : room), bytes);
    memcpy(&control->answer, bytes, sizeof(control->answer));
    if (control->answer.size == sizeof(control->answer) && control->answer.copied > 0 &&
        control->answer.copied <= control->output_length)
        memcpy(out, bytes + sizeof(control->answer), control->answer.copied);
    return result;
}

static inline int wdfuse_control_send_(int fd, struct wdfuse_control *control, const void *in,
                                       size_t in_length, void *out, size_t out_length)
{
    struct stat file;
    int is_node;

    if (fstat(fd, &file) != 0)
        return -1;
    is_node = S_ISCHR(file.st_mode);
    if (!wdfuse_control_fits_(control, in_length, out_length,
                              is_node ? WDFUSE_IOCTL_MAX : WDFUSE_IOCTL_FILE_MAX)) {
        errno = EMSGSIZE;
        return -1;
    }
    control->input_length = (uint32_t)in_length;
    control->output_length = (uint32_t)out_length;
    return is_node ? ioctl(fd, WDFUSE_CONTROL, control)
                   : wdfuse_control_inline_(fd, control, in, out);
}

static inline int wdfuse_ioctl_status(int fd, uint32_t code, const void *in, size_t in_length,
                                      void *out, size_t out_length, size_t *returned,
                                      int32_t *status)
{
    struct wdfuse_control control;
    int result, is_answered;

    memset(&control, 0, sizeof(control));
    control.size = sizeof(control);
    control.code = code;
    control.input = (uintptr_t)in;
    control.output = (uintptr_t)out;
    result = wdfuse_control_send_(fd, &control, in, in_length, out, out_length);
    is_answered = control.answer.size == sizeof(control.answer);
    if (returned != NULL)
        *returned = is_answered ? control.answer.returned : 0;
    if (status != NULL)
        *status = is_answered ? control.answer.status : WDFUSE_NO_STATUS;
    if (result >= 0 && !is_answered) {
        errno = ENOTTY; /* somebody else's device, for which the number means something */
        return -1;
    }
    return result < 0 ? -1 : 0;
}

static inline int wdfuse_ioctl(int fd, uint32_t code, const void *in, size_t in_length, void *out,
                               size_t out_length, size_t *returned)
{
    return wdfuse_ioctl_status(fd, code, in, in_length, out, out_length, returned, NULL);
}

#ifdef __cplusplus
}
#endif

#endif
