/*
 * Loading a driver. See driverfile.h.
 *
 * A file is looked at before the dynamic linker gets it, since what the linker says of a file that
 * is no shared object, or one of another machine, helps nobody. Then it is opened twice: lazily, so
 * that a driver of a later version can be told from one that is broken (it would miss symbols,
 * too), and then with every symbol bound: nothing may be found missing while the driver runs.
 */
#include "driverfile.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wdf.h>

/* The oldest and the latest version of drivers that this host can run. */
#define OLDEST_ABI 1
#define LATEST_ABI WDFUSE_DRIVER_ABI

/* What is known of a file before it is loaded. Nothing of a file that is none: a folder, a
 * device. */
struct file_start {
    off_t length;
    Elf64_Ehdr header; /* of a 32-bit file, identity, type and machine are at the same places */
    size_t count;
    Elf64_Phdr segments[64]; /* the first ones; linkers make about ten */
};

static int read_headers(int file, struct file_start *start)
{
    if (pread(file, &start->header, sizeof(start->header), 0) < 0)
        return -errno;
    if (start->header.e_phentsize != sizeof(start->segments[0]))
        return 0;
    size_t length = start->header.e_phnum * sizeof(start->segments[0]);
    if (length > sizeof(start->segments))
        length = sizeof(start->segments);
    ssize_t got = pread(file, start->segments, length, (off_t)start->header.e_phoff);
    start->count = got > 0 ? (size_t)got / sizeof(start->segments[0]) : 0;
    return 0;
}

/* Returns 0 or -errno. What a short file does not have is zero. */
static int read_start(const char *path, struct file_start *start)
{
    memset(start, 0, sizeof(*start));
    /* Without waiting: opening a FIFO would. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return -errno;
    struct stat status;
    int error = fstat(file, &status) != 0 ? -errno : 0;
    if (error == 0 && S_ISREG(status.st_mode)) {
        start->length = status.st_size;
        error = read_headers(file, start);
    }
    close(file);
    return error;
}

static bool is_elf(const struct file_start *start)
{
    return memcmp(start->header.e_ident, ELFMAG, SELFMAG) == 0;
}

/* Whether this program could have been built for the same machine. */
static bool is_for_this_machine(const struct file_start *start)
{
    struct file_start own;
    if (read_start("/proc/self/exe", &own) != 0)
        return true; /* the dynamic linker will see */
    return start->header.e_machine == own.header.e_machine &&
           start->header.e_ident[EI_CLASS] == own.header.e_ident[EI_CLASS] &&
           start->header.e_ident[EI_DATA] == own.header.e_ident[EI_DATA];
}

/* The linker maps what the headers promise, and dies of SIGBUS when it is not there. */
static bool is_whole(const struct file_start *start)
{
    if (start->count < start->header.e_phnum &&
        start->count < sizeof(start->segments) / sizeof(start->segments[0]))
        return false;
    for (size_t i = 0; i < start->count; i++) {
        Elf64_Off end;
        if (__builtin_add_overflow(start->segments[i].p_offset, start->segments[i].p_filesz,
                                   &end) ||
            end > (Elf64_Off)start->length)
            return false;
    }
    return true;
}

static bool file_is_good(const char *path, char *error, size_t size)
{
    struct file_start start;
    int failure = read_start(path, &start);
    if (failure != 0)
        snprintf(error, size, "%s: %s", path, strerror(-failure));
    else if (is_elf(&start) && !is_for_this_machine(&start))
        snprintf(error, size,
                 "%s: it is built for another processor (ELF machine %u): build it on this one",
                 path, (unsigned)start.header.e_machine);
    else if (!is_elf(&start) || start.header.e_type != ET_DYN)
        snprintf(error, size,
                 "%s: it is no driver: not an ELF shared object (link it with -shared)", path);
    else if (!is_whole(&start))
        snprintf(error, size, "%s: it can't be loaded: the file is not whole", path);
    else
        return true;
    return false;
}

/* The linker's own words, without the path that stands before everything we say. */
static void describe_failure(const char *path, const char *absolute, char *error, size_t size)
{
    const char *text = dlerror();
    size_t length = strlen(absolute);
    if (text != NULL && strncmp(text, absolute, length) == 0 &&
        strncmp(text + length, ": ", 2) == 0)
        text += length + 2;
    snprintf(error, size, "%s: it can't be loaded: %s", path,
             text != NULL ? text : "no reason given");
}

static bool version_is_good(void *driver, const char *path, char *error, size_t size)
{
    const ULONG *version = dlsym(driver, "wdfuse_driver_abi");
    if (version == NULL)
        snprintf(error, size,
                 "%s: it is no driver: nothing in it was compiled with wdfuse's <wdf.h>", path);
    else if (*version > LATEST_ABI)
        snprintf(
            error, size,
            "%s: it was built for a later wdfuse (drivers of version %u; this one knows up to %u): "
            "update wdfuse, or build it anew",
            path, *version, LATEST_ABI);
    else if (*version < OLDEST_ABI)
        snprintf(
            error, size,
            "%s: it was built for an older wdfuse (drivers of version %u; this one knows %u and later): "
            "build it anew",
            path, *version, OLDEST_ABI);
    else
        return true;
    return false;
}

/* A driver of a later version may miss symbols, too; what it misses is then not the point. */
static void explain_by_version(const char *path, const char *absolute, char *error, size_t size)
{
    void *driver = dlopen(absolute, RTLD_LAZY | RTLD_LOCAL);
    if (driver != NULL)
        (void)version_is_good(driver, path, error, size);
}

static DRIVER_INITIALIZE *load(const char *path, const char *absolute, char *error, size_t size)
{
    /* All symbols now: nothing may be found missing while the driver runs. */
    void *driver = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
    if (driver == NULL) {
        describe_failure(path, absolute, error, size);
        explain_by_version(path, absolute, error, size);
        return NULL;
    }
    if (!version_is_good(driver, path, error, size))
        return NULL;
    DRIVER_INITIALIZE *driver_entry = (DRIVER_INITIALIZE *)dlsym(driver, "DriverEntry");
    if (driver_entry == NULL)
        snprintf(
            error, size,
            "%s: it is no driver: it has no function DriverEntry that can be seen from outside",
            path);
    return driver_entry;
}

DRIVER_INITIALIZE *driver_file_load(const char *path, char *error, size_t size)
{
    if (!file_is_good(path, error, size))
        return NULL;
    /* A name without a slash would be searched for in the system's folders. */
    char *absolute = realpath(path, NULL);
    if (absolute == NULL) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        return NULL;
    }
    DRIVER_INITIALIZE *driver_entry = load(path, absolute, error, size);
    free(absolute);
    return driver_entry;
}
