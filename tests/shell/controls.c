/*
 * controls: a client of the echo device that makes hostile ioctl(2) calls.
 *
 *   controls DEVICE TEST
 *
 * TEST: `lengths`, `lies`, `addresses`, `neither`, `access`; `unmapping SECONDS`, `changing
 * SECONDS`: for that long, with another thread that unmaps the memory, or changes what was sent;
 * `sizes`: what the limits are. It is also compiled for 32 bits, if the compiler can: then all of
 * it uses the kernel's compat entry.
 *
 * Exit status: 0 all was as expected; 1 something was not, with one line for each; 2 wrong usage;
 * 77 the daemon has no access to this client's memory.
 */
#include <wdfuse/ioctl.h>

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../app/echo/public.h"

#define PAGE 4096u

static const char *path;
static int device;
static bool is_node;
static int failures;

static const char *error_name(int error)
{
    return error == 0 ? "0" : strerrorname_np(error);
}

/* ---- expectations ---- */

static void expect_error(const char *what, int result, int expected)
{
    int error = result >= 0 ? 0 : errno;
    if (error == expected)
        return;
    printf("%s: %s, expected %s\n", what, error_name(error), error_name(expected));
    failures++;
}

static void expect_number(const char *what, unsigned long long actual, unsigned long long expected)
{
    if (actual == expected)
        return;
    printf("%s: 0x%llx, expected 0x%llx\n", what, actual, expected);
    failures++;
}

/* ---- calls ---- */

static size_t limit(void)
{
    return is_node ? WDFUSE_IOCTL_MAX : WDFUSE_IOCTL_FILE_MAX;
}

static struct wdfuse_control make_control(uint32_t code, const void *input, size_t input_length,
                                          void *output, size_t output_length)
{
    struct wdfuse_control control = {
        .size = sizeof(control),
        .code = code,
        .input = (uintptr_t)input,
        .output = (uintptr_t)output,
        .input_length = (uint32_t)input_length,
        .output_length = (uint32_t)output_length,
    };
    return control;
}

/* By address: a file in a mount accepts it only with METHOD_NEITHER. */
static int call(uint32_t code, const void *input, size_t input_length, void *output,
                size_t output_length)
{
    struct wdfuse_control control = make_control(code, input, input_length, output, output_length);
    return ioctl(device, WDFUSE_CONTROL, &control);
}

static unsigned char *allocate(size_t length)
{
    unsigned char *memory = malloc(length > 0 ? length : 1);
    if (memory == NULL)
        err(1, "memory");
    for (size_t i = 0; i < length; i++)
        memory[i] = (unsigned char)(i * 7 + i / 251);
    return memory;
}

static void *map(size_t length, int protection)
{
    void *memory = mmap(NULL, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        err(1, "mmap");
    return memory;
}

/* An unmapped address. */
static void *hole(void)
{
    void *memory = map(PAGE, PROT_NONE);
    munmap(memory, PAGE);
    return memory;
}

/* ---- lengths ---- */

static void echo_length(uint32_t code, size_t length)
{
    unsigned char *sent = allocate(length), *received = allocate(length);
    size_t returned = 0;
    memset(received, 0, length);
    expect_error("a good length",
                 wdfuse_ioctl(device, code, sent, length, received, length, &returned), 0);
    expect_number("bytes returned", returned, length);
    expect_number("difference of the bytes", memcmp(sent, received, length) != 0, 0);
    free(sent);
    free(received);
}

/* The function refuses what can't be sent; the daemon refuses what a client sends all the same. */
static void expect_too_long(size_t input_length, size_t output_length, uint32_t code)
{
    unsigned char *memory = allocate(2 * (limit() + 1));
    expect_error("too long, by the function",
                 wdfuse_ioctl(device, code, memory, input_length, memory, output_length, NULL),
                 EMSGSIZE);
    free(memory);
}

static void expect_too_long_for_daemon(uint32_t input_length, uint32_t output_length, uint32_t code)
{
    static unsigned char memory[256 * 1024];
    expect_error("too long, for the daemon",
                 call(code, memory, input_length, memory, output_length), EMSGSIZE);
}

static void test_lengths(void)
{
    static const uint32_t codes[] = {IOCTL_ECHO_BUFFERED, IOCTL_ECHO_OUT_DIRECT,
                                     IOCTL_ECHO_NEITHER};
    const uint32_t daemon_limit = WDFUSE_IOCTL_MAX;
    size_t returned;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        unsigned char byte = 'x';
        int32_t status;
        expect_error("no input",
                     wdfuse_ioctl_status(device, codes[i], NULL, 0, &byte, 1, &returned, &status),
                     EINVAL);
        expect_number("its status", (uint32_t)status, (uint32_t)WDFUSE_STATUS_BUFFER_TOO_SMALL);
        expect_error("no output",
                     wdfuse_ioctl_status(device, codes[i], &byte, 1, NULL, 0, &returned, &status),
                     EOVERFLOW);
        expect_number("its status", (uint32_t)status, (uint32_t)WDFUSE_STATUS_BUFFER_TOO_SMALL);
        echo_length(codes[i], 1);
        echo_length(codes[i], limit() - 1);
        echo_length(codes[i], limit());
        expect_too_long(limit() + 1, 1, codes[i]);
        expect_too_long(1, limit() + 1, codes[i]);
        expect_too_long(SIZE_MAX, 1, codes[i]);
        expect_too_long_for_daemon(daemon_limit + 1, 1, codes[i]);
        expect_too_long_for_daemon(1, daemon_limit + 1, codes[i]);
        expect_too_long_for_daemon(UINT32_MAX, 1, codes[i]);
        expect_too_long_for_daemon(1, UINT32_MAX, codes[i]);
        expect_too_long_for_daemon(UINT32_MAX, UINT32_MAX, codes[i]);
    }
    expect_too_long(1, limit(), IOCTL_ECHO_IN_DIRECT);
    expect_too_long_for_daemon(1, daemon_limit, IOCTL_ECHO_IN_DIRECT);
    expect_too_long_for_daemon(UINT32_MAX, UINT32_MAX, IOCTL_ECHO_IN_DIRECT);
}

/* ---- lies ---- */

/* Inline, whatever the structure and the number say. */
static void expect_inline(const char *what, struct wdfuse_control control, unsigned long number,
                          int expected)
{
    static unsigned char bytes[_IOC_SIZEMASK + PAGE];
    memcpy(bytes, &control, sizeof(control));
    expect_error(what, ioctl(device, number, bytes), expected);
}

static void test_wrong_versions(void)
{
    static const uint32_t sizes[] = {0, 1, sizeof(struct wdfuse_control) - 1,
                                     sizeof(struct wdfuse_control) + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct wdfuse_control control = make_control(IOCTL_ECHO_CLEAR, NULL, 0, NULL, 0);
        control.size = sizes[i];
        expect_error("another version", ioctl(device, WDFUSE_CONTROL, &control), EINVAL);
        expect_inline("another version in line", control, WDFUSE_CONTROL_INLINE(PAGE), EINVAL);
    }
}

static void test_lying_sizes(void)
{
    const struct wdfuse_control empty = make_control(IOCTL_ECHO_CLEAR, NULL, 0, NULL, 0);
    const struct wdfuse_control ten = make_control(IOCTL_ECHO_BUFFERED, NULL, 10, NULL, 10);
    const struct wdfuse_control data = make_control(IOCTL_ECHO_IN_DIRECT, NULL, 0, NULL, 10);
    const size_t size = sizeof(struct wdfuse_control);

    expect_inline("nothing but the structure", empty, WDFUSE_CONTROL_INLINE(size), 0);
    expect_inline("less than the structure", empty, WDFUSE_CONTROL_INLINE(size - 1), EINVAL);
    expect_inline("a size of 1", empty, WDFUSE_CONTROL_INLINE(1), EINVAL);
    expect_inline("a size of 0", empty, WDFUSE_CONTROL_INLINE(0), EINVAL);
    expect_inline("more than what is said", ten, WDFUSE_CONTROL_INLINE(_IOC_SIZEMASK), 0);
    expect_inline("input that is just there", ten, WDFUSE_CONTROL_INLINE(size + 10), 0);
    expect_inline("input that is not there", ten, WDFUSE_CONTROL_INLINE(size + 9), EINVAL);
    expect_inline("data that are just there", data, WDFUSE_CONTROL_INLINE(size + 10), 0);
    expect_inline("data that are not there", data, WDFUSE_CONTROL_INLINE(size + 9), EINVAL);
    expect_inline("one way only", ten,
                  _IOC(_IOC_WRITE, WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_INLINE_NUMBER, PAGE),
                  EINVAL);
    expect_inline("the other way only", ten,
                  _IOC(_IOC_READ, WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_INLINE_NUMBER, PAGE), EINVAL);
    expect_inline("no way", ten,
                  _IOC(_IOC_NONE, WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_INLINE_NUMBER, PAGE), EINVAL);
    expect_inline(
        "a structure of another size", empty,
        _IOC(_IOC_READ | _IOC_WRITE, WDFUSE_CONTROL_TYPE, WDFUSE_CONTROL_NUMBER, size + 8), EINVAL);
    if (!is_node)
        expect_error("data by address", call(IOCTL_ECHO_BUFFERED, &ten, 1, NULL, 0), EOPNOTSUPP);
}

/* A Linux number whose size is not that of the memory: the kernel fetches what is mapped, or
 * returns EFAULT. */
static void test_lying_numbers(void)
{
    unsigned char *end = (unsigned char *)map(2 * PAGE, PROT_READ | PROT_WRITE) + PAGE;
    munmap(end, PAGE);
    expect_error("more than there is", ioctl(device, _IOC(_IOC_WRITE, 'w', 1, 16), end - 8),
                 EFAULT);
    expect_error("all there is", ioctl(device, _IOC(_IOC_WRITE, 'w', 1, 8), end - 8), ENOTTY);
    expect_error("a number without size", ioctl(device, _IO('w', 1), end), ENOTTY);
    munmap(end - PAGE, PAGE);
}

static void test_lies(void)
{
    test_wrong_versions();
    test_lying_sizes();
    test_lying_numbers();
}

/* ---- addresses ---- */

/* The structure itself. */
static void test_bad_argument(void)
{
    expect_error("no structure", ioctl(device, WDFUSE_CONTROL, NULL), EFAULT);
    expect_error("no structure in line", ioctl(device, WDFUSE_CONTROL_INLINE(PAGE), NULL), EFAULT);
    expect_error("a structure nowhere", ioctl(device, WDFUSE_CONTROL, hole()), EFAULT);
    struct wdfuse_control *read_only = map(PAGE, PROT_READ | PROT_WRITE);
    *read_only = make_control(IOCTL_ECHO_CLEAR, NULL, 0, NULL, 0);
    mprotect(read_only, PAGE, PROT_READ);
    expect_error("no room for the answer", ioctl(device, WDFUSE_CONTROL, read_only), EFAULT);
    munmap(read_only, PAGE);
}

/* What the kernel fetches for a device node. */
static void test_bad_buffers(uint32_t code)
{
    unsigned char good[64] = "good";
    void *read_only = map(PAGE, PROT_READ);
    unsigned char *page = map(2 * PAGE, PROT_READ | PROT_WRITE);
    munmap(page + PAGE, PAGE);

    expect_error("input from nowhere", call(code, hole(), 10, good, 10), EFAULT);
    expect_error("input from NULL", call(code, NULL, 10, good, 10), EFAULT);
    expect_error("input from the kernel", call(code, (void *)(UINTPTR_MAX - 4095), 10, good, 10),
                 EFAULT);
    expect_error("input up to the end of a mapping", call(code, page + PAGE - 10, 10, good, 10), 0);
    expect_error("input beyond the end of a mapping", call(code, page + PAGE - 9, 10, good, 10),
                 EFAULT);
    expect_error("output to nowhere", call(code, good, 10, hole(), 10), EFAULT);
    expect_error("output to NULL", call(code, good, 10, NULL, 10), EFAULT);
    expect_error("output to read-only memory", call(code, good, 10, read_only, 10), EFAULT);
    expect_error("input from read-only memory", call(code, read_only, 10, good, 10), 0);
    munmap(read_only, PAGE);
    munmap(page, PAGE);
}

/* The input is read before the output is written, so they may share memory. */
static void test_overlap(uint32_t code)
{
    unsigned char bytes[16] = "0123456789";
    expect_error("one buffer for both", call(code, bytes, 10, bytes, 10), 0);
    expect_number("one buffer for both", memcmp(bytes, "0123456789", 10) != 0, 0);
    expect_error("buffers that overlap", call(code, bytes, 10, bytes + 2, 10), 0);
    expect_number("buffers that overlap", memcmp(bytes, "010123456789", 12) != 0, 0);
}

/* A program may have its answer overwrite the structure; it harms only itself. */
static void test_output_over_structure(void)
{
    struct wdfuse_control control;
    unsigned char bytes[16] = "0123456789abcde";
    control = make_control(IOCTL_ECHO_BUFFERED, bytes, sizeof(bytes), &control, sizeof(bytes));
    expect_error("output over the structure", ioctl(device, WDFUSE_CONTROL, &control), 0);
}

static void test_addresses(void)
{
    test_bad_argument();
    if (!is_node)
        return; /* the kernel fetches nothing else */
    test_bad_buffers(IOCTL_ECHO_BUFFERED);
    test_bad_buffers(IOCTL_ECHO_OUT_DIRECT);
    test_overlap(IOCTL_ECHO_BUFFERED);
    test_overlap(IOCTL_ECHO_OUT_DIRECT);
    test_output_over_structure();
}

/* METHOD_NEITHER by address, also to a file in a mount: here the framework fetches. */
static void require_open_memory(void)
{
    unsigned char byte = 'x', answer = 0;
    if (call(IOCTL_ECHO_NEITHER, &byte, 1, &answer, 1) == 0 || errno != EACCES)
        return;
    puts("the daemon may not look into this client's memory");
    exit(77);
}

static void test_neither(void)
{
    require_open_memory();
    test_bad_buffers(IOCTL_ECHO_NEITHER);
    test_overlap(IOCTL_ECHO_NEITHER);
}

/* ---- access ---- */

static void expect_access(int flags, uint32_t code, int expected)
{
    /* Whatever size the code has as a Linux number. */
    static unsigned char memory[_IOC_SIZEMASK + 1];
    ECHO_STATISTICS statistics = {0};
    device = open(path, flags | O_CLOEXEC);
    if (device < 0)
        err(1, "%s", path);
    expect_error("access",
                 wdfuse_ioctl(device, code, &statistics, 4, &statistics, sizeof(statistics), NULL),
                 expected);
    /* Without the library it is the same number. As a Linux number it has no buffers; the driver
     * may refuse it, but must get it. */
    int error = ioctl(device, code, memory) == 0 ? 0 : errno;
    expect_number("EACCES of ioctl(2)", error == EACCES, expected == EACCES);
    close(device);
}

static void test_access(void)
{
    expect_access(O_RDONLY, IOCTL_ECHO_GET_STATISTICS, 0);
    expect_access(O_RDONLY, IOCTL_ECHO_BUFFERED, 0);
    expect_access(O_RDONLY, IOCTL_ECHO_CLEAR, EACCES);
    expect_access(O_WRONLY, IOCTL_ECHO_GET_STATISTICS, EACCES);
    expect_access(O_WRONLY, IOCTL_ECHO_BUFFERED, 0);
    expect_access(O_WRONLY, IOCTL_ECHO_CLEAR, 0);
    expect_access(O_RDWR, IOCTL_ECHO_GET_STATISTICS, 0);
    expect_access(O_RDWR, IOCTL_ECHO_CLEAR, 0);
}

/* ---- against another thread ---- */

static atomic_bool is_over;

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The memory is unmapped, mapped again, and made read-only. */
static void *take_memory_away(void *memory)
{
    while (!atomic_load(&is_over)) {
        munmap(memory, PAGE);
        if (mmap(memory, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                 0) != memory)
            err(1, "mmap");
        mprotect(memory, PAGE, PROT_READ);
        mprotect(memory, PAGE, PROT_READ | PROT_WRITE);
    }
    return NULL;
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Everything that the daemon trusts, changed between two reads by the kernel. */
static void *change_structure(void *argument)
{
    static const uint32_t lengths[] = {0,         1, 100, WDFUSE_IOCTL_MAX, WDFUSE_IOCTL_MAX + 1,
                                       UINT32_MAX};
    static const uint32_t codes[] = {IOCTL_ECHO_BUFFERED, IOCTL_ECHO_IN_DIRECT,
                                     IOCTL_ECHO_OUT_DIRECT, IOCTL_ECHO_NEITHER};
    volatile struct wdfuse_control *control = argument;
    unsigned state = 1;
    while (!atomic_load(&is_over)) {
        control->code = codes[next_random(&state) % 4];
        control->input_length = lengths[next_random(&state) % 6];
        control->output_length = lengths[next_random(&state) % 6];
        control->size = next_random(&state) % 16 != 0 ? sizeof(*control) : 0;
    }
    return NULL;
}

static void with_thread(void *(*thread)(void *), void *argument, void (*attempt)(void *),
                        double seconds)
{
    pthread_t other;
    unsigned long count = 0;
    double end = seconds_now() + seconds;
    if (pthread_create(&other, NULL, thread, argument) != 0)
        errx(1, "no thread");
    for (; seconds_now() < end; count++)
        attempt(argument);
    atomic_store(&is_over, true);
    pthread_join(other, NULL);
    printf("%lu attempts\n", count);
}

static void expect_one_of(const char *what, int result, const int *errors, size_t count)
{
    int error = result >= 0 ? 0 : errno;
    for (size_t i = 0; i < count; i++)
        if (errors[i] == error)
            return;
    printf("%s: %s\n", what, error_name(error));
    failures++;
}

static void attempt_unmapped(void *memory)
{
    static const uint32_t codes[] = {IOCTL_ECHO_BUFFERED, IOCTL_ECHO_OUT_DIRECT,
                                     IOCTL_ECHO_NEITHER};
    static const int allowed[] = {0, EFAULT};
    static unsigned turn;
    uint32_t code = is_node ? codes[turn++ % 3] : IOCTL_ECHO_NEITHER;
    unsigned char *bytes = memory;
    expect_one_of("memory that goes away", call(code, bytes, PAGE / 2, bytes + PAGE / 2, PAGE / 2),
                  allowed, 2);
}

static void attempt_changed(void *argument)
{
    static const int allowed[] = {0, EINVAL, EMSGSIZE, EFAULT, EOVERFLOW, EOPNOTSUPP, EACCES};
    expect_one_of("a structure that changes", ioctl(device, WDFUSE_CONTROL, argument), allowed, 7);
}

static void test_unmapping(double seconds)
{
    require_open_memory();
    with_thread(take_memory_away, map(PAGE, PROT_READ | PROT_WRITE), attempt_unmapped, seconds);
}

static void test_changing(double seconds)
{
    struct wdfuse_control *control = map(PAGE, PROT_READ | PROT_WRITE);
    unsigned char *data = map(2 * WDFUSE_IOCTL_MAX, PROT_READ | PROT_WRITE);
    *control = make_control(IOCTL_ECHO_BUFFERED, data, 1, data, 1);
    with_thread(change_structure, control, attempt_changed, seconds);
}

/* ---- which ---- */

static void print_sizes(void)
{
    printf("%zu-bit client, limit %zu\n", 8 * sizeof(void *), limit());
}

static bool run(const char *test, double seconds)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {{"lengths", test_lengths}, {"lies", test_lies},     {"addresses", test_addresses},
                 {"neither", test_neither}, {"access", test_access}, {"sizes", print_sizes}};
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        if (strcmp(test, tests[i].name) == 0) {
            tests[i].run();
            return true;
        }
    }
    if (strcmp(test, "unmapping") == 0 && seconds > 0)
        test_unmapping(seconds);
    else if (strcmp(test, "changing") == 0 && seconds > 0)
        test_changing(seconds);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct stat file;
    path = argc >= 3 ? argv[1] : "";
    device = open(path, O_RDWR | O_CLOEXEC);
    if (device < 0 || fstat(device, &file) != 0)
        err(2, "usage: controls DEVICE TEST [SECONDS]: '%s'", path);
    is_node = S_ISCHR(file.st_mode);
    if (!run(argv[2], argc > 3 ? atof(argv[3]) : 0))
        errx(2, "%s: no such test", argv[2]);
    return failures > 0;
}
