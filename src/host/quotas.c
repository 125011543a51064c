/* Quotas on the command line. See quotas.h. */
#include "host/quotas.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * More than a client needs, and little enough for the daemon. Of the writes that a device accepts
 * in all (OVERLAPPED_WRITES_MAX, 8 MiB), a process has a quarter, and a user half.
 */
const struct io_quota quotas_of_process = {
    .files = 4096, .requests = 4096, .bytes = 128u << 20, .writes = 2u << 20};
const struct io_quota quotas_of_user = {
    .files = 16384, .requests = 16384, .bytes = 256u << 20, .writes = 4u << 20};

#define COUNT_MAX 1000000u
#define BYTES_MAX (UINT64_C(64) << 30)

/* One of "files=10", up to a comma or the end. */
struct item {
    const char *name;
    size_t name_length;
    uint64_t value;
};

static uint64_t scale(const char **end)
{
    static const char units[] = "KMG";
    const char *unit = **end != '\0' ? strchr(units, **end) : NULL;
    if (unit == NULL)
        return 1;
    (*end)++;
    return UINT64_C(1) << 10 * (unit - units + 1);
}

/* Moves `text` to the next one, or to the end. */
static bool read_item(const char **text, struct item *item)
{
    const char *equals = strchr(*text, '=');
    if (equals == NULL || equals[1] < '0' || equals[1] > '9')
        return false;
    char *digits_end;
    item->name = *text;
    item->name_length = (size_t)(equals - *text);
    item->value = strtoull(equals + 1, &digits_end, 10);
    const char *end = digits_end;
    uint64_t factor = scale(&end);
    if (item->value > BYTES_MAX / factor || (*end != '\0' && *end != ','))
        return false;
    item->value *= factor;
    *text = *end == ',' ? end + 1 : end;
    return *end == '\0' || **text != '\0';
}

static bool is_named(const struct item *item, const char *name)
{
    return item->name_length == strlen(name) && strncmp(item->name, name, item->name_length) == 0;
}

static bool set_item(const struct item *item, struct io_quota *quota)
{
    bool is_count = is_named(item, "files") || is_named(item, "requests");
    if (is_count && item->value > COUNT_MAX)
        return false;
    if (is_named(item, "files"))
        quota->files = (unsigned)item->value;
    else if (is_named(item, "requests"))
        quota->requests = (unsigned)item->value;
    else if (is_named(item, "bytes"))
        quota->bytes = item->value;
    else if (is_named(item, "writes"))
        quota->writes = item->value;
    else
        return false;
    return true;
}

int quotas_parse(const char *text, struct io_quota *quota, char *error, size_t size)
{
    struct io_quota changed = *quota;
    struct item item;
    const char *rest = text;
    bool is_good = true;
    if (strcmp(text, "off") == 0) {
        *quota = (struct io_quota){0};
        return 0;
    }
    do
        is_good = read_item(&rest, &item) && set_item(&item, &changed);
    while (is_good && *rest != '\0');
    if (!is_good) {
        snprintf(error, size,
                 "'%s' is neither off nor like files=10,requests=100,bytes=1M,writes=64K", text);
        return -1;
    }
    *quota = changed;
    return 0;
}
