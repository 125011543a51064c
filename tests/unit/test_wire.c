/* The kernel's messages, parsed and answered: the test plays the kernel. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/wire.h"
#include "transport/wireanswer.h"

/* The test's side of the connection. */
static int kernel;
static struct wire *wire;
static struct wire_buffer buffer;

/* The arguments of the operations. */
static struct {
    unsigned ready;
    unsigned calls;
    uint32_t opcode;
    uint64_t interrupted;
    char name[16];
    char data[16];
    size_t data_size;
} seen;

static void note(const struct wire_call *call)
{
    seen.calls++;
    seen.opcode = call->header->opcode;
    seen.data_size = call->data_size;
    memcpy(seen.data, call->data, seen.data_size < 16 ? seen.data_size : 16);
}

static void note_ready(struct wire *ready)
{
    ck_assert_ptr_eq(ready, wire);
    seen.ready++;
}

static void note_open(const struct wire_call *call, const struct fuse_open_in *in)
{
    (void)in;
    note(call);
}

static void note_read(const struct wire_call *call, const struct fuse_read_in *in)
{
    (void)in;
    note(call);
}

static void note_write(const struct wire_call *call, const struct fuse_write_in *in)
{
    (void)in;
    note(call);
}

static void note_ioctl(const struct wire_call *call, const struct fuse_ioctl_in *in)
{
    (void)in;
    note(call);
}

static void note_poll(const struct wire_call *call, const struct fuse_poll_in *in)
{
    (void)in;
    note(call);
}

static void note_release(const struct wire_call *call, const struct fuse_release_in *in)
{
    (void)in;
    note(call);
}

static void note_interrupt(struct wire *interrupted, uint64_t unique)
{
    ck_assert_ptr_eq(interrupted, wire);
    seen.interrupted = unique;
}

static void note_lookup(const struct wire_call *call, const char *name)
{
    note(call);
    snprintf(seen.name, sizeof(seen.name), "%s", name);
}

static void note_setattr(const struct wire_call *call, const struct fuse_setattr_in *in)
{
    (void)in;
    note(call);
}

static const struct wire_operations operations = {
    .ready = note_ready,
    .open = note_open,
    .read = note_read,
    .write = note_write,
    .ioctl = note_ioctl,
    .poll = note_poll,
    .release = note_release,
    .interrupt = note_interrupt,
    .lookup = note_lookup,
    .getattr = note,
    .setattr = note_setattr,
    .readdir = note_read,
    .statfs = note,
};

/* A message of the kernel. */
static struct {
    struct fuse_in_header header;
    char body[200];
} message;

static size_t put(uint32_t opcode, const void *body, size_t size)
{
    memset(&message, 0, sizeof(message));
    message.header.opcode = opcode;
    message.header.unique = 42;
    message.header.nodeid = 7;
    message.header.len = (uint32_t)(sizeof(message.header) + size);
    memcpy(message.body, body, size);
    return message.header.len;
}

static void send_bytes(size_t size)
{
    ck_assert_int_eq(write(kernel, &message, size), (ssize_t)size);
    ck_assert_int_eq(wire_receive(wire, &buffer), (int)size);
    memset(&seen, 0, sizeof(seen));
    wire_carry(wire, &buffer);
}

static void send_message(uint32_t opcode, const void *body, size_t size)
{
    send_bytes(put(opcode, body, size));
}

/* The answer to it. */
static struct {
    struct fuse_out_header header;
    char body[200];
} reply;

static bool receive_answer(void)
{
    memset(&reply, 0, sizeof(reply));
    ssize_t size = read(kernel, &reply, sizeof(reply));
    if (size < 0)
        return false;
    ck_assert_int_ge(size, (ssize_t)sizeof(reply.header));
    ck_assert_uint_eq(reply.header.len, (uint32_t)size);
    return true;
}

static void expect_error(int error)
{
    ck_assert(receive_answer());
    ck_assert_int_eq(reply.header.error, -error);
    ck_assert_uint_eq(reply.header.unique, 42);
    ck_assert_uint_eq(reply.header.len, sizeof(reply.header));
    ck_assert_uint_eq(seen.calls, 0);
    ck_assert(!receive_answer());
}

static void connect_wire(const char *device)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
                     0);
    kernel = ends[0];
    ck_assert_int_eq(wire_create(ends[1], &operations, &kernel, device, false, &wire), 0);
    ck_assert_ptr_eq(wire->owner, &kernel);
}

static void disconnect(void)
{
    wire_destroy(wire);
    close(kernel);
    free(buffer.memory);
    buffer = (struct wire_buffer){0};
}

static void begin_mount(uint32_t minor)
{
    const struct fuse_init_in in = {
        .major = FUSE_KERNEL_VERSION, .minor = minor, .max_readahead = 4096, .flags = ~UINT32_C(0)};
    send_message(FUSE_INIT, &in, sizeof(in));
}

static void setup(void)
{
    connect_wire(NULL);
    begin_mount(FUSE_KERNEL_MINOR_VERSION);
    ck_assert(receive_answer());
    ck_assert_uint_eq(seen.ready, 1);
}

static void begin_device(void)
{
    const struct cuse_init_in in = {
        .major = FUSE_KERNEL_VERSION, .minor = 38, .flags = CUSE_UNRESTRICTED_IOCTL};
    connect_wire("echo");
    send_message(CUSE_INIT, &in, sizeof(in));
    ck_assert(receive_answer());
}

/* ---- the beginning ---- */

START_TEST(a_file_system_agrees_upon_sizes_and_upon_what_it_knows)
{
    const struct fuse_init_out *out = (const void *)reply.body;
    connect_wire(NULL);
    begin_mount(45);
    ck_assert(receive_answer());
    ck_assert_int_eq(reply.header.error, 0);
    ck_assert_uint_eq(out->major, FUSE_KERNEL_VERSION);
    ck_assert_uint_eq(out->max_write, IO_TRANSFER_MAX);
    ck_assert_uint_eq(out->max_pages * (unsigned)getpagesize(), IO_TRANSFER_MAX);
    ck_assert_uint_eq(out->flags & (FUSE_ASYNC_DIO | FUSE_SPLICE_READ | FUSE_WRITEBACK_CACHE |
                                    FUSE_INIT_EXT | FUSE_NO_OPEN_SUPPORT),
                      0);
    ck_assert_uint_ne(out->flags & FUSE_ATOMIC_O_TRUNC, 0);
    ck_assert_uint_eq(seen.ready, 1);
    disconnect();
}
END_TEST

START_TEST(a_kernel_that_offers_nothing_is_asked_for_nothing)
{
    const struct fuse_init_in in = {.major = FUSE_KERNEL_VERSION, .minor = 23};
    const struct fuse_init_out *out = (const void *)reply.body;
    connect_wire(NULL);
    send_message(FUSE_INIT, &in, offsetof(struct fuse_init_in, flags2));
    ck_assert(receive_answer());
    ck_assert_int_eq(reply.header.error, 0);
    ck_assert_uint_eq(out->flags, 0);
    disconnect();
}
END_TEST

START_TEST(a_device_is_named_and_takes_any_ioctl)
{
    const struct cuse_init_out *out = (const void *)reply.body;
    begin_device();
    ck_assert_int_eq(reply.header.error, 0);
    ck_assert_uint_eq(out->flags, CUSE_UNRESTRICTED_IOCTL);
    ck_assert_uint_eq(out->max_read, IO_TRANSFER_MAX);
    ck_assert_str_eq(reply.body + sizeof(*out), "DEVNAME=echo");
    ck_assert_uint_eq(reply.header.len,
                      sizeof(reply.header) + sizeof(*out) + sizeof("DEVNAME=echo"));
    disconnect();
}
END_TEST

START_TEST(a_kernel_that_is_too_old_or_too_new_is_refused)
{
    const struct fuse_init_in in = {.major = FUSE_KERNEL_VERSION + 1};
    connect_wire(NULL);
    begin_mount(22);
    expect_error(EPROTO);
    send_message(FUSE_INIT, &in, sizeof(in));
    expect_error(EPROTO);
    ck_assert_uint_eq(seen.ready, 0);
    disconnect();
}
END_TEST

START_TEST(nothing_comes_before_the_first_message)
{
    const struct fuse_read_in in = {0};
    connect_wire(NULL);
    send_message(FUSE_READ, &in, sizeof(in));
    expect_error(EIO);
    send_message(CUSE_INIT, &in, sizeof(in));
    expect_error(EIO);
    send_message(FUSE_INIT, &in, 4);
    expect_error(EIO);
    disconnect();
}
END_TEST

START_TEST(the_first_message_comes_once)
{
    begin_mount(FUSE_KERNEL_MINOR_VERSION);
    expect_error(ENOSYS);
}
END_TEST

/* ---- lengths ---- */

/* Of those that have a fixed part, its size. */
static const struct {
    uint32_t opcode;
    size_t size;
} fixed[] = {
    {FUSE_OPEN, sizeof(struct fuse_open_in)},       {FUSE_READ, sizeof(struct fuse_read_in)},
    {FUSE_WRITE, sizeof(struct fuse_write_in)},     {FUSE_IOCTL, sizeof(struct fuse_ioctl_in)},
    {FUSE_POLL, sizeof(struct fuse_poll_in)},       {FUSE_RELEASE, sizeof(struct fuse_release_in)},
    {FUSE_SETATTR, sizeof(struct fuse_setattr_in)}, {FUSE_READDIR, sizeof(struct fuse_read_in)},
};

START_TEST(a_message_that_is_too_short_is_refused)
{
    static const char zeros[100];
    send_message(fixed[_i].opcode, zeros, fixed[_i].size);
    ck_assert_uint_eq(seen.calls, 1);
    ck_assert_uint_eq(seen.opcode, fixed[_i].opcode);
    ck_assert(!receive_answer());
    send_message(fixed[_i].opcode, zeros, fixed[_i].size - 1);
    expect_error(EIO);
    send_message(fixed[_i].opcode, zeros, 0);
    expect_error(EIO);
}
END_TEST

START_TEST(a_length_that_is_not_that_of_the_message_is_refused)
{
    const struct fuse_read_in in = {0};
    size_t size = put(FUSE_READ, &in, sizeof(in));
    message.header.len++;
    send_bytes(size);
    expect_error(EIO);
    message.header.len = 1;
    send_bytes(size);
    expect_error(EIO);
}
END_TEST

START_TEST(what_is_no_message_ends_the_connection)
{
    ck_assert_int_eq(write(kernel, &message, sizeof(message.header) - 1),
                     (ssize_t)sizeof(message.header) - 1);
    ck_assert_int_eq(wire_receive(wire, &buffer), -EIO);
    ck_assert_int_eq(wire_receive(wire, &buffer), -EAGAIN);
}
END_TEST

START_TEST(a_write_brings_the_bytes_that_it_says)
{
    struct {
        struct fuse_write_in in;
        char data[5];
    } body = {.in.size = 5, .data = "hello"};
    send_message(FUSE_WRITE, &body, sizeof(body.in) + 5);
    ck_assert_uint_eq(seen.data_size, 5);
    ck_assert_mem_eq(seen.data, "hello", 5);
    body.in.size = 6;
    send_message(FUSE_WRITE, &body, sizeof(body.in) + 5);
    expect_error(EIO);
    body.in.size = UINT32_MAX;
    send_message(FUSE_WRITE, &body, sizeof(body.in) + 5);
    expect_error(EIO);
}
END_TEST

START_TEST(an_ioctl_brings_the_bytes_that_it_says)
{
    struct {
        struct fuse_ioctl_in in;
        char data[4];
    } body = {.in.in_size = 4, .data = "abc"};
    send_message(FUSE_IOCTL, &body, sizeof(body.in) + 4);
    ck_assert_uint_eq(seen.calls, 1);
    ck_assert_str_eq(seen.data, "abc");
    body.in.in_size = 5;
    send_message(FUSE_IOCTL, &body, sizeof(body.in) + 4);
    expect_error(EIO);
}
END_TEST

/* As a message in a ring: header and fixed part here, what follows there. */
static void carry_in_two(uint32_t opcode, const void *fixed, size_t fixed_size, const char *rest,
                         size_t rest_size)
{
    size_t size = put(opcode, fixed, fixed_size);
    message.header.len += (uint32_t)rest_size;
    const struct wire_buffer pieces = {
        .memory = &message, .size = size, .payload = rest, .payload_size = rest_size};
    memset(&seen, 0, sizeof(seen));
    wire_carry(wire, &pieces);
}

START_TEST(a_message_in_two_pieces_brings_what_it_says)
{
    const struct fuse_write_in write = {.size = 5};
    carry_in_two(FUSE_WRITE, &write, sizeof(write), "hello", 5);
    ck_assert_uint_eq(seen.data_size, 5);
    ck_assert_mem_eq(seen.data, "hello", 5);
    carry_in_two(FUSE_LOOKUP, "", 0, "echo", 5);
    ck_assert_str_eq(seen.name, "echo");
    ck_assert(!receive_answer());
}
END_TEST

START_TEST(a_message_in_two_pieces_is_no_longer_than_they_are)
{
    const struct fuse_write_in write = {.size = 6};
    carry_in_two(FUSE_WRITE, &write, sizeof(write), "hello", 5);
    expect_error(EIO);
    carry_in_two(FUSE_WRITE, &write, sizeof(write) - 1, "hello!", 6);
    expect_error(EIO);
    carry_in_two(FUSE_LOOKUP, "", 0, "echo", 4);
    expect_error(EIO);
    carry_in_two(9999, "", 0, "what", 4);
    expect_error(ENOSYS);
}
END_TEST

START_TEST(a_name_ends_inside_its_message)
{
    send_message(FUSE_LOOKUP, "echo", 5);
    ck_assert_str_eq(seen.name, "echo");
    send_message(FUSE_LOOKUP, "echo", 4);
    expect_error(EIO);
    send_message(FUSE_LOOKUP, "", 0);
    expect_error(EIO);
}
END_TEST

/* ---- opcodes ---- */

static bool is_known_of_device(uint32_t opcode)
{
    return opcode == FUSE_OPEN || opcode == FUSE_READ || opcode == FUSE_WRITE ||
           opcode == FUSE_IOCTL || opcode == FUSE_POLL || opcode == FUSE_RELEASE ||
           opcode == FUSE_INTERRUPT;
}

START_TEST(a_device_knows_no_operation_of_a_file_system)
{
    begin_device();
    for (uint32_t opcode = 0; opcode < 5000; opcode++) {
        if (is_known_of_device(opcode))
            continue;
        send_message(opcode, "name", 5);
        expect_error(ENOSYS);
    }
    disconnect();
}
END_TEST

START_TEST(an_opcode_that_is_not_known_has_no_function)
{
    static const uint32_t unknown[] = {
        0,  FUSE_READLINK, 7,  19, FUSE_FSYNC, FUSE_GETXATTR, FUSE_FLUSH, FUSE_ACCESS, FUSE_BMAP,
        47, FUSE_LSEEK,    52, 53, CUSE_INIT,  UINT32_MAX};
    for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        send_message(unknown[i], "name", 5);
        expect_error(ENOSYS);
    }
}
END_TEST

START_TEST(names_are_neither_made_nor_removed)
{
    static const uint32_t refused[] = {FUSE_SYMLINK, FUSE_MKNOD,   FUSE_MKDIR,
                                       FUSE_UNLINK,  FUSE_RMDIR,   FUSE_LINK,
                                       FUSE_RENAME,  FUSE_RENAME2, FUSE_CREATE};
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        send_message(refused[i], "name", 5);
        expect_error(EPERM);
    }
}
END_TEST

START_TEST(what_is_forgotten_wants_no_answer)
{
    send_message(FUSE_FORGET, "12345678", 8);
    send_message(FUSE_BATCH_FORGET, "", 0);
    ck_assert(!receive_answer());
}
END_TEST

START_TEST(an_interrupt_names_a_message_and_wants_no_answer)
{
    const struct fuse_interrupt_in in = {.unique = 1234};
    send_message(FUSE_INTERRUPT, &in, sizeof(in));
    ck_assert_uint_eq(seen.interrupted, 1234);
    ck_assert(!receive_answer());
}
END_TEST

/* ---- answers ---- */

#define CALLER ((struct wire_caller){wire, 42})

START_TEST(an_answer_says_whose_it_is_and_how_long)
{
    ck_assert_int_eq(wire_answer_data(CALLER, "hello", 5), 0);
    ck_assert(receive_answer());
    ck_assert_uint_eq(reply.header.len, sizeof(reply.header) + 5);
    ck_assert_int_eq(reply.header.error, 0);
    ck_assert_uint_eq(reply.header.unique, 42);
    ck_assert_mem_eq(reply.body, "hello", 5);
    wire_answer_data(CALLER, NULL, 0);
    ck_assert(receive_answer());
    ck_assert_uint_eq(reply.header.len, sizeof(reply.header));
}
END_TEST

START_TEST(an_errno_that_the_kernel_does_not_take_is_an_io_error)
{
    memset(&seen, 0, sizeof(seen));
    wire_answer_error(CALLER, 511);
    expect_error(511);
    wire_answer_error(CALLER, 512);
    expect_error(EIO);
}
END_TEST

START_TEST(an_answer_that_is_not_taken_is_an_error_for_who_waits)
{
    int size = 4096;
    static char data[IO_TRANSFER_MAX];
    memset(&seen, 0, sizeof(seen));
    ck_assert_int_eq(setsockopt(wire->descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
    ck_assert_int_eq(wire_answer_data(CALLER, data, sizeof(data)), -EMSGSIZE);
    expect_error(EIO);
}
END_TEST

START_TEST(an_ioctl_returns_a_number_and_bytes)
{
    const struct fuse_ioctl_out *out = (const void *)reply.body;
    const struct iovec parts[] = {{"ab", 2}, {"cd", 2}};
    wire_answer_ioctl(CALLER, -ENOSPC, parts, 2);
    ck_assert(receive_answer());
    ck_assert_int_eq(reply.header.error, 0);
    ck_assert_int_eq(out->result, -ENOSPC);
    ck_assert_uint_eq(out->flags, 0);
    ck_assert_mem_eq(out + 1, "abcd", 4);
}
END_TEST

START_TEST(an_ioctl_demands_memory_each_way)
{
    const struct fuse_ioctl_out *out = (const void *)reply.body;
    const struct fuse_ioctl_iovec *list = (const void *)(out + 1);
    const struct iovec in[] = {{(void *)0x1000, 8}, {(void *)0x2000, 16}};
    const struct iovec to[] = {{(void *)0x3000, 32}};
    wire_answer_demand(CALLER, in, 2, to, 1);
    ck_assert(receive_answer());
    ck_assert_uint_eq(out->flags, FUSE_IOCTL_RETRY);
    ck_assert_uint_eq(out->in_iovs, 2);
    ck_assert_uint_eq(out->out_iovs, 1);
    ck_assert_uint_eq(reply.header.len, sizeof(reply.header) + sizeof(*out) + 3 * sizeof(list[0]));
    ck_assert_uint_eq(list[1].base, 0x2000);
    ck_assert_uint_eq(list[2].len, 32);
}
END_TEST

START_TEST(who_sleeps_in_poll_is_told_by_the_kernels_name)
{
    const struct fuse_notify_poll_wakeup_out *wakeup = (const void *)reply.body;
    wire_wake_poller(wire, 99);
    ck_assert(receive_answer());
    ck_assert_uint_eq(reply.header.unique, 0);
    ck_assert_int_eq(reply.header.error, FUSE_NOTIFY_POLL);
    ck_assert_uint_eq(wakeup->kh, 99);
}
END_TEST

/* ---- interrupts ---- */

static unsigned kept;

static void keep(struct interruptible *request)
{
    (void)request;
    kept++;
}

START_TEST(an_interrupt_finds_its_request_until_that_is_answered)
{
    struct interruptible requests[3] = {
        {.unique = 2}, {.unique = 4}, {.unique = 2 + 2 * INTERRUPTS_ROWS}};
    uint64_t displaced;
    kept = 0;
    for (unsigned i = 0; i < 3; i++)
        ck_assert(!interrupts_add(&wire->interrupts, &requests[i]));
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_ptr_eq(interrupts_find(&wire->interrupts, requests[i].unique, keep, &displaced),
                         &requests[i]);
        ck_assert_uint_eq(displaced, 0);
    }
    ck_assert_uint_eq(kept, 3);
    interrupts_remove(&wire->interrupts, &requests[0]);
    ck_assert_ptr_null(interrupts_find(&wire->interrupts, 2, keep, &displaced));
    ck_assert_ptr_eq(interrupts_find(&wire->interrupts, requests[2].unique, keep, &displaced),
                     &requests[2]);
    ck_assert_uint_eq(kept, 4);
}
END_TEST

START_TEST(an_interrupt_that_comes_first_is_remembered)
{
    struct interruptible request = {.unique = 2}, other = {.unique = 2 + 2 * INTERRUPTS_ROWS};
    uint64_t displaced;
    ck_assert_ptr_null(interrupts_find(&wire->interrupts, 2, keep, &displaced));
    ck_assert_ptr_null(interrupts_find(&wire->interrupts, 2, keep, &displaced));
    ck_assert_uint_eq(displaced, 0);
    ck_assert(!interrupts_add(&wire->interrupts, &other));
    ck_assert(interrupts_add(&wire->interrupts, &request));
}
END_TEST

START_TEST(an_interrupt_that_is_forgotten_for_another_is_told)
{
    struct interruptible request = {.unique = 2};
    uint64_t displaced;
    interrupts_find(&wire->interrupts, 2, keep, &displaced);
    interrupts_find(&wire->interrupts, 2 + 2 * INTERRUPTS_ROWS, keep, &displaced);
    ck_assert_uint_eq(displaced, 2);
    ck_assert(!interrupts_add(&wire->interrupts, &request));
}
END_TEST

static void add_case(Suite *suite, const char *name, void (*add)(TCase *tests))
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, disconnect);
    add(tests);
    suite_add_tcase(suite, tests);
}

static void add_messages(TCase *tests)
{
    tcase_add_test(tests, the_first_message_comes_once);
    tcase_add_loop_test(tests, a_message_that_is_too_short_is_refused, 0,
                        (int)(sizeof(fixed) / sizeof(fixed[0])));
    tcase_add_test(tests, a_length_that_is_not_that_of_the_message_is_refused);
    tcase_add_test(tests, what_is_no_message_ends_the_connection);
    tcase_add_test(tests, a_write_brings_the_bytes_that_it_says);
    tcase_add_test(tests, an_ioctl_brings_the_bytes_that_it_says);
    tcase_add_test(tests, a_message_in_two_pieces_brings_what_it_says);
    tcase_add_test(tests, a_message_in_two_pieces_is_no_longer_than_they_are);
    tcase_add_test(tests, a_name_ends_inside_its_message);
    tcase_add_test(tests, an_opcode_that_is_not_known_has_no_function);
    tcase_add_test(tests, names_are_neither_made_nor_removed);
    tcase_add_test(tests, what_is_forgotten_wants_no_answer);
    tcase_add_test(tests, an_interrupt_names_a_message_and_wants_no_answer);
}

static void add_answers(TCase *tests)
{
    tcase_add_test(tests, an_answer_says_whose_it_is_and_how_long);
    tcase_add_test(tests, an_errno_that_the_kernel_does_not_take_is_an_io_error);
    tcase_add_test(tests, an_answer_that_is_not_taken_is_an_error_for_who_waits);
    tcase_add_test(tests, an_ioctl_returns_a_number_and_bytes);
    tcase_add_test(tests, an_ioctl_demands_memory_each_way);
    tcase_add_test(tests, who_sleeps_in_poll_is_told_by_the_kernels_name);
}

static void add_interrupts(TCase *tests)
{
    tcase_add_test(tests, an_interrupt_finds_its_request_until_that_is_answered);
    tcase_add_test(tests, an_interrupt_that_comes_first_is_remembered);
    tcase_add_test(tests, an_interrupt_that_is_forgotten_for_another_is_told);
}

int main(void)
{
    Suite *suite = suite_create("wire");
    TCase *beginning = tcase_create("beginning");
    tcase_add_test(beginning, a_file_system_agrees_upon_sizes_and_upon_what_it_knows);
    tcase_add_test(beginning, a_kernel_that_offers_nothing_is_asked_for_nothing);
    tcase_add_test(beginning, a_device_is_named_and_takes_any_ioctl);
    tcase_add_test(beginning, a_kernel_that_is_too_old_or_too_new_is_refused);
    tcase_add_test(beginning, nothing_comes_before_the_first_message);
    tcase_add_test(beginning, a_device_knows_no_operation_of_a_file_system);
    suite_add_tcase(suite, beginning);
    add_case(suite, "messages", add_messages);
    add_case(suite, "answers", add_answers);
    add_case(suite, "interrupts", add_interrupts);
    return unit_run(suite);
}
