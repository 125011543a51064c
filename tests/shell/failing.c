/*
 * failing: a library to be preloaded, which makes one call of a program and its children fail.
 *
 * Environment:
 *   WDFUSE_FAIL       KIND:N, the Nth call of that kind: `memory` (allocations), `thread`
 *                     (pthread_create), `call` (system calls by the C library's functions below)
 *   WDFUSE_FAIL_FROM  a file: calls count once it exists
 *   WDFUSE_FAIL_NOT   a library whose calls do not count
 *   WDFUSE_FAIL_LOG   a file: a line is appended with what has failed, and in which function
 *
 * The processes count together, so that only one call fails in all of them.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

/* Shared with the children. */
static struct {
    atomic_long counted;
    atomic_bool has_begun;
} * state;

static const char *kind = "";
static long failing_call;
static const char *from, *library_not, *log_file;

static void *real_of(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL)
        abort();
    return function;
}

/* The library's own calls do not count. */
#define REAL(name) ((__typeof__(&name))real_of(#name))

__attribute__((constructor)) static void begin(void)
{
    const char *wanted = getenv("WDFUSE_FAIL");
    const char *colon = wanted != NULL ? strchr(wanted, ':') : NULL;
    if (colon == NULL)
        return;
    failing_call = strtol(colon + 1, NULL, 10);
    from = getenv("WDFUSE_FAIL_FROM");
    library_not = getenv("WDFUSE_FAIL_NOT");
    log_file = getenv("WDFUSE_FAIL_LOG");
    kind = wanted;
    void *shared =
        REAL(mmap)(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    state = shared;
}

static bool has_begun(void)
{
    if (from == NULL || atomic_load(&state->has_begun))
        return true;
    int error = errno;
    bool is_there = access(from, F_OK) == 0;
    errno = error;
    atomic_store(&state->has_begun, is_there);
    return is_there;
}

static bool counts(const void *caller)
{
    Dl_info where = {0};
    return library_not == NULL || dladdr(caller, &where) == 0 || where.dli_fname == NULL ||
           strstr(where.dli_fname, library_not) == NULL;
}

static void tell(const char *name, const void *caller)
{
    char line[256];
    Dl_info where = {0};
    (void)dladdr(caller, &where);
    int length = snprintf(line, sizeof(line), "%s for %s+%#tx in %s\n", name,
                          where.dli_sname != NULL ? where.dli_sname : "?",
                          (const char *)caller - (const char *)where.dli_fbase,
                          where.dli_fname != NULL ? where.dli_fname : "?");
    int file = log_file != NULL
                   ? REAL(open)(log_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)
                   : -1;
    if (file >= 0) {
        (void)!REAL(write)(file, line, (size_t)length);
        close(file);
    }
}

static bool fails(const char *wanted, const char *name, const void *caller)
{
    size_t length = strlen(wanted);
    if (state == NULL || strncmp(kind, wanted, length) != 0 || kind[length] != ':' ||
        !has_begun() || !counts(caller) || atomic_fetch_add(&state->counted, 1) + 1 != failing_call)
        return false;
    tell(name, caller);
    return true;
}

#define FAILS(kind, name) fails(kind, name, __builtin_return_address(0))

/* ---- memory ---- */

/* dlsym itself may allocate before it has found anything. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* FAILING_MEMORY(FUNCTION, REAL, (PARAMETERS), (ARGUMENTS)); */
#define FAILING_MEMORY(name, real, parameters, arguments)                                          \
    void *name parameters                                                                          \
    {                                                                                              \
        if (!FAILS("memory", #name))                                                               \
            return real arguments;                                                                 \
        errno = ENOMEM;                                                                            \
        return NULL;                                                                               \
    }                                                                                              \
    struct failing_ends_with_a_semicolon

FAILING_MEMORY(malloc, __libc_malloc, (size_t size), (size));
FAILING_MEMORY(calloc, __libc_calloc, (size_t count, size_t size), (count, size));
FAILING_MEMORY(realloc, __libc_realloc, (void *block, size_t size), (block, size));
FAILING_MEMORY(aligned_alloc, __libc_memalign, (size_t alignment, size_t size), (alignment, size));

int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (FAILS("memory", "posix_memalign"))
        return ENOMEM;
    *block = __libc_memalign(alignment, size);
    return *block != NULL ? 0 : ENOMEM;
}

/* ---- threads ---- */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *),
                   void *argument)
{
    return FAILS("thread", "pthread_create")
               ? EAGAIN
               : REAL(pthread_create)(thread, attributes, function, argument);
}

/* ---- system calls ---- */

/* FAILING(RESULT, FUNCTION, ERROR, (PARAMETERS), (ARGUMENTS)); */
#define FAILING(type, name, error, parameters, arguments)                                          \
    type name parameters                                                                           \
    {                                                                                              \
        if (!FAILS("call", #name))                                                                 \
            return REAL(name) arguments;                                                           \
        errno = error;                                                                             \
        return (type)-1;                                                                           \
    }                                                                                              \
    struct failing_ends_with_a_semicolon

/* What follows the parameter `first`, if anything, is a number or an address. */
#define FAILING_MORE(error, name, first, ...)                                                      \
    do {                                                                                           \
        va_list list;                                                                              \
        va_start(list, first);                                                                     \
        unsigned long more = va_arg(list, unsigned long);                                          \
        va_end(list);                                                                              \
        if (!FAILS("call", #name))                                                                 \
            return REAL(name)(__VA_ARGS__, more);                                                  \
        errno = error;                                                                             \
        return -1;                                                                                 \
    } while (0)

int open(const char *path, int flags, ...)
{
    FAILING_MORE(EMFILE, open, flags, path, flags);
}

int openat(int folder, const char *path, int flags, ...)
{
    FAILING_MORE(EMFILE, openat, flags, folder, path, flags);
}

int fcntl(int file, int command, ...)
{
    FAILING_MORE(EINVAL, fcntl, command, file, command);
}

int ioctl(int file, unsigned long request, ...)
{
    FAILING_MORE(ENOTTY, ioctl, request, file, request);
}

FAILING(ssize_t, read, EIO, (int file, void *buffer, size_t size), (file, buffer, size));
FAILING(ssize_t, write, EIO, (int file, const void *data, size_t size), (file, data, size));
FAILING(ssize_t, writev, EIO, (int file, const struct iovec *parts, int count),
        (file, parts, count));
FAILING(ssize_t, pread, EIO, (int file, void *buffer, size_t size, off_t offset),
        (file, buffer, size, offset));
FAILING(ssize_t, pwrite, ENOSPC, (int file, const void *data, size_t size, off_t offset),
        (file, data, size, offset));
FAILING(int, poll, ENOMEM, (struct pollfd * files, nfds_t count, int timeout),
        (files, count, timeout));
FAILING(int, epoll_create1, EMFILE, (int flags), (flags));
FAILING(int, epoll_ctl, ENOSPC, (int epoll, int operation, int file, struct epoll_event *event),
        (epoll, operation, file, event));
FAILING(int, eventfd, EMFILE, (unsigned int value, int flags), (value, flags));
FAILING(int, timerfd_create, EMFILE, (int clock, int flags), (clock, flags));
FAILING(int, signalfd, EMFILE, (int file, const sigset_t *mask, int flags), (file, mask, flags));
FAILING(int, pipe2, EMFILE, (int files[2], int flags), (files, flags));
FAILING(int, socket, EMFILE, (int domain, int type, int protocol), (domain, type, protocol));
FAILING(int, socketpair, EMFILE, (int domain, int type, int protocol, int files[2]),
        (domain, type, protocol, files));
FAILING(int, bind, EADDRINUSE, (int file, const struct sockaddr *address, socklen_t length),
        (file, address, length));
FAILING(int, listen, EOPNOTSUPP, (int file, int backlog), (file, backlog));
FAILING(int, connect, ECONNREFUSED, (int file, const struct sockaddr *address, socklen_t length),
        (file, address, length));
FAILING(ssize_t, send, ENOBUFS, (int file, const void *data, size_t size, int flags),
        (file, data, size, flags));
FAILING(ssize_t, sendmsg, ENOBUFS, (int file, const struct msghdr *message, int flags),
        (file, message, flags));
FAILING(ssize_t, recv, ENOMEM, (int file, void *buffer, size_t size, int flags),
        (file, buffer, size, flags));
FAILING(ssize_t, recvmsg, ENOMEM, (int file, struct msghdr *message, int flags),
        (file, message, flags));
FAILING(void *, mmap, ENOMEM,
        (void *address, size_t size, int protection, int flags, int file, off_t offset),
        (address, size, protection, flags, file, offset));
FAILING(int, ftruncate, ENOSPC, (int file, off_t size), (file, size));
FAILING(int, fallocate, ENOSPC, (int file, int mode, off_t offset, off_t size),
        (file, mode, offset, size));
FAILING(int, mkdir, EACCES, (const char *path, mode_t mode), (path, mode));
FAILING(int, symlink, EACCES, (const char *target, const char *path), (target, path));
FAILING(int, rename, EACCES, (const char *path, const char *new_path), (path, new_path));
FAILING(int, unlink, EACCES, (const char *path), (path));
FAILING(int, chmod, EPERM, (const char *path, mode_t mode), (path, mode));
FAILING(int, chown, EPERM, (const char *path, uid_t user, gid_t group), (path, user, group));
FAILING(int, mount, EPERM,
        (const char *source, const char *path, const char *type, unsigned long flags,
         const void *options),
        (source, path, type, flags, options));
FAILING(int, umount2, EBUSY, (const char *path, int flags), (path, flags));
FAILING(pid_t, fork, EAGAIN, (void), ());
FAILING(int, dup2, EMFILE, (int file, int as), (file, as));
FAILING(ssize_t, readlink, EACCES, (const char *path, char *target, size_t size),
        (path, target, size));
