/* What keeps a device in D0. See powertags.h. */
#include "framework/device/powertags.h"

#include <stdio.h>
#include <string.h>

static bool is_same_place(const struct power_tag *one, const struct power_tag *other)
{
    return one->tag == other->tag && one->line == other->line &&
           (one->file == other->file ||
            (one->file != NULL && other->file != NULL && strcmp(one->file, other->file) == 0));
}

/* Its row, else a free one, or NULL. */
static struct power_tag *find_row_locked(struct power_tags *tags, const struct power_tag *tag)
    REQUIRES(io_lock)
{
    struct power_tag *free_row = NULL;
    for (size_t i = 0; i < POWER_TAGS_MAX; i++) {
        struct power_tag *row = &tags->rows[i];
        if (row->count > 0 && is_same_place(row, tag))
            return row;
        if (row->count == 0 && free_row == NULL)
            free_row = row;
    }
    return free_row;
}

void power_tags_add_locked(struct power_tags *tags, const struct power_tag *tag)
{
    struct power_tag *row = find_row_locked(tags, tag);
    if (row == NULL) {
        tags->others++;
        return;
    }
    unsigned count = row->count;
    *row = *tag;
    row->count = count + 1;
}

bool power_tags_remove_locked(struct power_tags *tags, const void *tag)
{
    struct power_tag *another = NULL;
    for (size_t i = 0; i < POWER_TAGS_MAX; i++) {
        struct power_tag *row = &tags->rows[i];
        if (row->count == 0)
            continue;
        another = row;
        if (row->tag == tag) {
            row->count--;
            return true;
        }
    }
    if (tags->others > 0) { /* it may have that tag */
        tags->others--;
        return true;
    }
    if (another != NULL)
        another->count--;
    return false;
}

const char *power_tag_file(const struct power_tag *tag)
{
    const char *slash = tag->file != NULL ? strrchr(tag->file, '/') : NULL;
    return slash != NULL ? slash + 1 : tag->file;
}

static int describe_row(const struct power_tag *row, const char *separator, char *text, size_t size)
{
    char place[128] = "a place that is not known";
    if (row->file != NULL)
        snprintf(place, sizeof(place), "%s:%ld", power_tag_file(row), (long)row->line);
    return snprintf(text, size, "%stag %p, %s (%u time%s)", separator, row->tag, place, row->count,
                    row->count == 1 ? "" : "s");
}

void power_tags_describe_locked(const struct power_tags *tags, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < POWER_TAGS_MAX && length < size; i++) {
        if (tags->rows[i].count > 0)
            length += (size_t)describe_row(&tags->rows[i], length > 0 ? "; " : "", text + length,
                                           size - length);
    }
    if (tags->others > 0 && length < size)
        snprintf(text + length, size - length, "; %u more", tags->others);
}
