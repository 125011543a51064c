/*
 * store-client: a client of the driver `store` (../drivers/store.h).
 *
 *   store-client DEVICE size [N]          prints how many bytes there are, or sets it
 *   store-client DEVICE read N [OFFSET]   bytes to standard output, and what happened to standard
 *                                         error
 *   store-client DEVICE write N [OFFSET]  from standard input
 *   store-client DEVICE bad-pointers      each gives EFAULT
 *   store-client DEVICE wait [signals]    a control that nobody answers; prints errno and status
 *
 * It is also compiled for 32 bits. Exit status: 0, 1 failed, 2 wrong usage, 77 this client's memory
 * is closed to the daemon.
 */
#include <wdfuse/ioctl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "../drivers/store.h"

static int device;

static void fail(const char *what)
{
    if (errno == EACCES)
        errx(77, "the daemon may not look into this client's memory");
    err(1, "%s", what);
}

static void size_command(const char *wanted)
{
    size_t size = wanted != NULL ? strtoul(wanted, NULL, 0) : 0;
    if (ioctl(device, wanted != NULL ? STORE_SET_SIZE : STORE_GET_SIZE, &size) != 0)
        fail("size");
    if (wanted == NULL)
        printf("%zu\n", size);
}

static void transfer(bool is_read, size_t size, int64_t offset)
{
    STORE_TRANSFER argument = {.Offset = offset, .Buffer = calloc(1, size + 1), .Size = size};
    if (argument.Buffer == NULL)
        err(1, "%zu bytes", size);
    if (!is_read)
        argument.Size = fread(argument.Buffer, 1, size, stdin);
    int count = ioctl(device, is_read ? STORE_READ : STORE_WRITE, &argument);
    if (count < 0)
        fail("transfer");
    if (is_read)
        fwrite(argument.Buffer, 1, (size_t)count, stdout);
    fprintf(stderr, "%d bytes, %zu before, %zu after\n", count, argument.SizeBefore,
            argument.SizeAfter);
    free(argument.Buffer);
}

static void expect_fault(const char *what, unsigned long number, void *argument)
{
    int result = ioctl(device, number, argument);
    if (result < 0 && errno == EACCES)
        fail(what);
    if (result >= 0 || errno != EFAULT)
        errx(1, "%s: %s", what, result >= 0 ? "succeeded" : strerrorname_np(errno));
}

static void bad_pointers(void)
{
    /* One page, behind which there is nothing. */
    const size_t page = 4096;
    STORE_TRANSFER *read_only =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (read_only == MAP_FAILED || munmap((char *)read_only + page, page) != 0)
        err(1, "mmap");
    *read_only = (STORE_TRANSFER){.Buffer = read_only, .Size = 10};
    mprotect(read_only, page, PROT_READ);

    STORE_TRANSFER into_null = {.Size = 10};
    STORE_TRANSFER into_read_only = {.Buffer = read_only, .Size = 10};
    STORE_TRANSFER beyond_end = {.Buffer = (char *)read_only + page - 10, .Size = 11};
    expect_fault("no structure", STORE_READ, NULL);
    expect_fault("no structure to write from", STORE_WRITE, NULL);
    expect_fault("a structure that can't be written", STORE_READ, read_only);
    expect_fault("a buffer nowhere", STORE_READ, &into_null);
    expect_fault("data from nowhere", STORE_WRITE, &into_null);
    expect_fault("a buffer that can't be written", STORE_READ, &into_read_only);
    expect_fault("more data than there are", STORE_WRITE, &beyond_end);
}

static void ignore(int signal)
{
    (void)signal;
}

/* Often, because a single signal could come before the wait. */
static void be_interrupted(void)
{
    struct sigaction action = {.sa_handler = ignore}; /* no SA_RESTART */
    struct itimerval often = {.it_interval = {.tv_usec = 100000}, .it_value = {.tv_usec = 100000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

static void wait_command(bool has_signals)
{
    unsigned char input[100] = "", output[100];
    size_t returned = 1;
    int32_t status;
    if (has_signals)
        be_interrupted();
    int result = wdfuse_ioctl_status(device, IOCTL_STORE_WAIT, input, sizeof(input), output,
                                     sizeof(output), &returned, &status);
    printf("%s 0x%08x %zu\n", result == 0 ? "0" : strerrorname_np(errno), (unsigned)status,
           returned);
}

int main(int argc, char **argv)
{
    const char *command = argc > 2 ? argv[2] : "";
    bool is_read = strcmp(command, "read") == 0;

    device = open(argc > 1 ? argv[1] : "", O_RDWR | O_CLOEXEC);
    if (device < 0)
        err(2, "usage: store-client DEVICE COMMAND...: %s", argc > 1 ? argv[1] : "no device");
    if (strcmp(command, "size") == 0)
        size_command(argc > 3 ? argv[3] : NULL);
    else if ((is_read || strcmp(command, "write") == 0) && argc > 3)
        transfer(is_read, strtoul(argv[3], NULL, 0), argc > 4 ? strtoll(argv[4], NULL, 0) : 0);
    else if (strcmp(command, "bad-pointers") == 0)
        bad_pointers();
    else if (strcmp(command, "wait") == 0)
        wait_command(argc > 3);
    else
        errx(2, "%s: no such command, or it needs a number", command);
    return 0;
}
