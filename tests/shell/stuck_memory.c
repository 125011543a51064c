/*
 * stuck-memory: a client whose memory does not answer: it handles its page faults itself
 * (userfaultfd(2)), and does not answer them.
 *
 *   stuck-memory DEVICE read COUNT   this many threads have the echo device read such a page,
 *                                    METHOD_NEITHER
 *   stuck-memory DEVICE write COUNT  and the driver `store` write to one: the first fault of each
 *                                    is handled (the daemon's check), and the page
 *                                    is removed again
 *
 * Each does so over and over. Prints "ready" when the first call has returned, as it must: with
 * EFAULT, or with EBUSY because too many wait already. Ends when it is killed; 1 at any other
 * result; 77 without userfaultfd, or if the daemon has no access to this client's memory.
 */
#include <wdfuse/ioctl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../app/echo/public.h"
#include "../drivers/store.h"

#define PAGE        4096u
#define THREADS_MAX 64

static int device;
static int faults;
static bool is_read;
static unsigned char *pages;

static void watch_pages(size_t length)
{
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
    faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    if (faults < 0 || ioctl(faults, UFFDIO_API, &api) != 0)
        err(77, "userfaultfd");
    pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        err(1, "mmap");
    range.range = (struct uffdio_range){.start = (uintptr_t)pages, .len = length};
    if (ioctl(faults, UFFDIO_REGISTER, &range) != 0)
        err(77, "userfaultfd");
}

/* Handles the first fault of each page, and drops the page again at once. */
static void *handle_first_faults(void *argument)
{
    static bool was_handled[THREADS_MAX];
    struct uffd_msg message;
    (void)argument;
    while (read(faults, &message, sizeof(message)) == (ssize_t)sizeof(message)) {
        unsigned char *page =
            (unsigned char *)(uintptr_t)(message.arg.pagefault.address & ~(uint64_t)(PAGE - 1));
        struct uffdio_zeropage zero = {.range = {.start = (uintptr_t)page, .len = PAGE}};
        bool *handled = &was_handled[(size_t)(page - pages) / PAGE];
        if (*handled)
            continue;
        *handled = true;
        if (ioctl(faults, UFFDIO_ZEROPAGE, &zero) != 0 || madvise(page, PAGE, MADV_DONTNEED) != 0)
            err(1, "the first fault");
    }
    return NULL;
}

static int call(unsigned char *page)
{
    unsigned char answer[16];
    if (is_read) {
        struct wdfuse_control control = {.size = sizeof(control),
                                         .code = IOCTL_ECHO_NEITHER,
                                         .input = (uintptr_t)page,
                                         .input_length = sizeof(answer),
                                         .output = (uintptr_t)answer,
                                         .output_length = sizeof(answer)};
        return ioctl(device, WDFUSE_CONTROL, &control);
    }
    STORE_TRANSFER transfer = {.Buffer = page, .Size = 16};
    return ioctl(device, STORE_READ, &transfer);
}

static void *call_for_ever(void *page)
{
    for (bool is_first = true;; is_first = false) {
        int result = call(page);
        if (result < 0 && errno == EACCES)
            errx(77, "the daemon may not look into this client's memory");
        bool is_end = result < 0 && (errno == ENODEV || errno == ENOTCONN || errno == ECONNABORTED);
        if (is_end)
            exit(0); /* the daemon has been stopped */
        bool is_refused = result < 0 && (errno == EFAULT || errno == EBUSY);
        if (!is_refused && (is_read || result < 0))
            errx(1, "%s",
                 result < 0 ? strerrorname_np(errno) : "memory that does not answer was read");
        if (is_first) {
            puts("ready");
            fflush(stdout);
        }
    }
}

int main(int argc, char **argv)
{
    pthread_t thread;
    size_t count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (count == 0 || count > THREADS_MAX)
        errx(2, "usage: stuck-memory DEVICE read|write COUNT");
    device = open(argv[1], O_RDWR | O_CLOEXEC);
    if (device < 0)
        err(1, "%s", argv[1]);
    is_read = strcmp(argv[2], "read") == 0;
    watch_pages(count * PAGE);
    if (!is_read && pthread_create(&thread, NULL, handle_first_faults, NULL) != 0)
        errx(1, "no thread");
    for (size_t i = 0; i < count; i++)
        if (pthread_create(&thread, NULL, call_for_ever, pages + i * PAGE) != 0)
            errx(1, "no thread");
    pause();
    return 1;
}
