/* An INF from a file, or from memory. See read.h. */
#include "inf/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inf/lexer.h"
#include "inf/strings.h"
#include "inf/text.h"

/* For all data of one INF. The largest ordinary file needs less. */
#define MEMORY_MAX ((size_t)256 << 20)

static int read_into(struct inf *inf, const void *bytes, size_t size)
{
    struct inf_text text;
    int error = inf_text_decode(&inf->arena, bytes, size, &text);
    if (error == 0 && text.fault != NULL)
        inf_complain(inf, INF_ERROR, (struct inf_place){0}, "%s", text.fault);
    if (error == 0)
        error = inf_lex(inf, &text);
    return error == 0 ? inf_put_strings(inf) : error;
}

int inf_read(const char *path, const void *bytes, size_t size, const struct inf_system *system,
             struct inf **result)
{
    *result = NULL;
    if (size > INF_FILE_MAX)
        return -EFBIG;
    struct inf *inf = calloc(1, sizeof(*inf));
    if (inf == NULL)
        return -ENOMEM;
    arena_init(&inf->arena, MEMORY_MAX);
    inf->system = *system;
    inf->sections_end = &inf->sections;
    inf->path = arena_text(&inf->arena, path, strlen(path));
    int error = inf->path != NULL ? read_into(inf, bytes, size) : inf->arena.error;
    if (error != 0) {
        inf_close(inf);
        return error;
    }
    *result = inf;
    return 0;
}

static int read_all(int descriptor, char *bytes, size_t size, size_t *length)
{
    for (*length = 0; *length < size;) {
        ssize_t count = read(descriptor, bytes + *length, size - *length);
        if (count < 0 && errno != EINTR)
            return -errno;
        if (count == 0)
            break;
        *length += count > 0 ? (size_t)count : 0;
    }
    return 0;
}

static int read_descriptor(int descriptor, char **bytes, size_t *length)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    if (status.st_size > (off_t)INF_FILE_MAX)
        return -EFBIG;
    *bytes = malloc((size_t)status.st_size + 1);
    return *bytes != NULL ? read_all(descriptor, *bytes, (size_t)status.st_size, length) : -ENOMEM;
}

int inf_open(const char *path, const struct inf_system *system, struct inf **result)
{
    char *bytes = NULL;
    size_t length = 0;
    *result = NULL;
    /* Without waiting: opening a FIFO would. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return -errno;
    int error = read_descriptor(descriptor, &bytes, &length);
    close(descriptor);
    if (error == 0)
        error = inf_read(path, bytes, length, system, result);
    free(bytes);
    return error;
}

void inf_close(struct inf *inf)
{
    if (inf == NULL)
        return;
    arena_free(&inf->arena);
    free(inf);
}
