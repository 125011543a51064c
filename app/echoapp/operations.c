#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "failure.h"
#include "operations.h"

/* Enough for the greatest count of the longest messages that the echo device takes. */
#define MEMORY_LIMIT ((size_t)1 << 30)

/* Open files that are not operations: the standard streams, the engine's, and some that we
 * inherit. */
#define OTHER_FILES 64

static struct operation *one_of(struct operations *operations, size_t index)
{
    return &operations->reads[index];
}

static bool make_room_for_files(size_t needed)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return true;
    if (limit.rlim_max < needed) {
        warnx(
            "%zu open files are needed, the limit is %ju; choose a smaller --count, or raise it (ulimit -Hn)",
            needed, (uintmax_t)limit.rlim_max);
        return false;
    }
    limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return true;
    warn("cannot raise the limit of open files to %zu", needed);
    return false;
}

static bool allocate(struct operations *operations, const struct message_set *set)
{
    size_t size = operations->count * (2 * set->size + 1);

    if (size > MEMORY_LIMIT) {
        warnx("%zu messages of %zu bytes are too much memory; choose a smaller --count or --size",
              operations->count, set->size);
        return false;
    }
    /* One array, reads first, so that both can be walked through together. */
    operations->reads = calloc(2 * operations->count, sizeof(*operations->reads));
    operations->bytes = calloc(1, size);
    if (operations->reads == NULL || operations->bytes == NULL) {
        failure_report(ENOMEM, "cannot make %zu messages of %zu bytes", operations->count,
                       set->size);
        free(operations->reads);
        free(operations->bytes);
        return false;
    }
    operations->writes = operations->reads + operations->count;
    return true;
}

static void describe(struct operations *operations, const struct message_set *set)
{
    unsigned char *bytes = operations->bytes;

    for (size_t i = 0; i < operations->count; i++) {
        operations->reads[i] =
            (struct operation){.file = -1, .buffer = bytes, .length = set->size + 1};
        bytes += set->size + 1;
        operations->writes[i] =
            (struct operation){.is_write = true, .file = -1, .buffer = bytes, .length = set->size};
        message_fill(set, (uint32_t)(i + 1), bytes);
        bytes += set->size;
    }
}

bool operation_reopen(struct operation *operation, const char *device)
{
    if (operation->file >= 0)
        close(operation->file);
    operation->file = open(device, O_RDWR | O_CLOEXEC);
    if (operation->file < 0)
        failure_report(errno, "cannot open %s", device);
    return operation->file >= 0;
}

static bool open_files(struct operations *operations, const char *device)
{
    for (size_t i = 0; i < 2 * operations->count; i++)
        if (!operation_reopen(one_of(operations, i), device))
            return false;
    return true;
}

bool operations_make(struct operations *operations, const char *device,
                     const struct message_set *set)
{
    operations->count = set->count;
    if (!make_room_for_files(2 * operations->count + OTHER_FILES) || !allocate(operations, set))
        return false;
    describe(operations, set);
    if (open_files(operations, device))
        return true;
    operations_free(operations);
    return false;
}

void operations_free(struct operations *operations)
{
    for (size_t i = 0; i < 2 * operations->count; i++)
        if (one_of(operations, i)->file >= 0)
            close(one_of(operations, i)->file);
    free(operations->reads);
    free(operations->bytes);
}
