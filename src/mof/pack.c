/*
 * Blocks from what people write. See pack.h; show.c says how a block is laid out.
 *
 * The items are written one after the other. The place in the old data moves along, so that what
 * keeps its value is found, though what is before it may have another length now.
 */
#include "mof/pack.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mof/value.h"

#define PREFIX_SIZE 256

struct packer {
    const struct mof *mof;
    struct mof_assignment *assignments;
    unsigned count;
    const struct mof_packed *old; /* NULL: there are none */
    size_t old_offset;
    struct mof_packed *packed;
    unsigned depth;
    char *error;
};

/* The first one; false. */
static bool fail(struct packer *packer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct packer *packer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (packer->error[0] == '\0')
        vsnprintf(packer->error, MOF_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- places ---- */

static size_t aligned(size_t offset, size_t alignment)
{
    return (offset + alignment - 1) / alignment * alignment;
}

static bool write_bytes(struct packer *packer, size_t alignment, const void *bytes, size_t size)
{
    struct mof_packed *packed = packer->packed;
    size_t begin = aligned(packed->size, alignment);
    unsigned char *longer = realloc(packed->data, begin + size + 1);
    if (longer == NULL)
        return fail(packer, "there is no memory");
    packed->data = longer;
    memset(longer + packed->size, 0, begin - packed->size);
    if (size > 0)
        memcpy(longer + begin, bytes, size);
    packed->size = begin + size;
    return true;
}

/* The old bytes there; NULL: there are none. */
static const unsigned char *take_old(struct packer *packer, size_t alignment, size_t size)
{
    if (packer->old == NULL)
        return NULL;
    size_t begin = aligned(packer->old_offset, alignment);
    if (begin > packer->old->size || size > packer->old->size - begin)
        return NULL;
    packer->old_offset = begin + size;
    return packer->old->data + begin;
}

static uint64_t number_of(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;
    if (bytes != NULL && size <= sizeof(number))
        memcpy(&number, bytes, size);
    return number;
}

/* ---- values ---- */

static const char *find_value(struct packer *packer, const char *name)
{
    for (unsigned i = 0; i < packer->count; i++) {
        struct mof_assignment *assignment = &packer->assignments[i];
        if (strcasecmp(assignment->name, name) != 0)
            continue;
        assignment->is_used = true;
        return assignment->value;
    }
    return NULL;
}

static bool fail_unnamed(struct packer *packer, const char *name)
{
    return packer->old == NULL ? fail(packer, "%.64s has no value", name)
                               : fail(packer, "the block ends before %.64s", name);
}

/* The old one, whose bytes are those of the new one, too; NULL: there is none. */
static const unsigned char *take_old_value(struct packer *packer, const struct mof_item *item,
                                           size_t *size)
{
    *size = mof_type_size(item->type);
    if (item->type != MOF_STRING)
        return take_old(packer, mof_alignment(packer->mof, item), *size);
    const unsigned char *value = take_old(packer, 2, 2);
    size_t length = value != NULL ? (size_t)number_of(value, 2) : 0;
    *size = 2 + length;
    return take_old(packer, 1, length) != NULL ? value : NULL;
}

/* Its length, and the text. */
static bool write_string(struct packer *packer, const char *name, const char *text)
{
    uint16_t *units, length;
    size_t count;
    if (!mof_read_text(text, &units, &count) || count > UINT16_MAX / sizeof(*units)) {
        free(units);
        return fail(packer, "%.64s: '%.64s' is no text of ASCII and \\uXXXX", name, text);
    }
    length = (uint16_t)(count * sizeof(*units));
    bool is_written =
        write_bytes(packer, 2, &length, sizeof(length)) && write_bytes(packer, 1, units, length);
    free(units);
    return is_written;
}

/* The value of that text, or the old one. */
static bool write_simple(struct packer *packer, const struct mof_item *item, const char *name,
                         const char *text)
{
    unsigned char bytes[64];
    size_t size, alignment = mof_alignment(packer->mof, item);
    const unsigned char *old = take_old_value(packer, item, &size);
    if (text == NULL)
        return old != NULL ? write_bytes(packer, alignment, old, size) : fail_unnamed(packer, name);
    if (item->type == MOF_STRING)
        return write_string(packer, name, text);
    return mof_read_value(item->type, text, bytes)
               ? write_bytes(packer, alignment, bytes, size)
               : fail(packer, "%.64s: '%.64s' is no value of its type", name, text);
}

/* ---- items ---- */

static bool pack_items(struct packer *packer, const struct mof_items *items,
                       enum mof_selection selection, const char *prefix);

static bool pack_object(struct packer *packer, const struct mof_item *item, const char *name)
{
    char prefix[PREFIX_SIZE];
    const struct mof_class *class = mof_class_named(packer->mof, item->class_name);
    size_t alignment = mof_alignment(packer->mof, item);
    int length = snprintf(prefix, sizeof(prefix), "%s.", name);
    if (length >= (int)sizeof(prefix) || packer->depth >= MOF_DEPTH_MAX)
        return fail(packer, "%.64s: its objects are too deep", name);
    (void)take_old(packer, alignment, 0);
    packer->depth++;
    bool is_packed = write_bytes(packer, alignment, NULL, 0) &&
                     pack_items(packer, &class->items, MOF_ALL, prefix);
    packer->depth--;
    return is_packed;
}

static bool pack_one(struct packer *packer, const struct mof_item *item, const char *name,
                     const char *text)
{
    return item->type == MOF_CLASS ? pack_object(packer, item, name)
                                   : write_simple(packer, item, name, text);
}

/* Cuts the next element out of "1, 2}"; NULL: there is none. */
static char *next_element(char **rest)
{
    char *begin = *rest + strspn(*rest, " ,"), *end = begin;
    bool is_quoted = false;
    for (; *end != '\0' && (is_quoted || strchr(",}", *end) == NULL); end++) {
        if (*end == '\\' && end[1] != '\0')
            end++;
        else if (*end == '"')
            is_quoted = !is_quoted;
    }
    if (end == begin)
        return NULL;
    *rest = *end != '\0' ? end + 1 : end;
    while (end > begin && end[-1] == ' ')
        end--;
    *end = '\0';
    return begin;
}

/* A number that was written before, and what it was before that: how long arrays are. */
struct noted {
    uint64_t now, old;
};

static bool fail_count(struct packer *packer, const char *name, uint64_t count)
{
    return fail(packer, "%.64s is an array of %" PRIu64, name, count);
}

/* The values of the list, or those that are named one by one. Behind the old elements there are no
 * old ones. */
static bool pack_elements(struct packer *packer, const struct mof_item *item, const char *name,
                          struct noted count, char *list)
{
    char element[PREFIX_SIZE];
    const struct mof_packed *old = packer->old;
    bool is_list = list != NULL, is_packed = true;
    for (uint64_t i = 0; i < count.now && is_packed; i++) {
        int length = snprintf(element, sizeof(element), "%s[%" PRIu64 "]", name, i);
        packer->old = i < count.old ? old : NULL;
        const char *text = is_list ? next_element(&list) : find_value(packer, element);
        if (length >= (int)sizeof(element))
            is_packed = fail(packer, "%.64s: the name is too long", name);
        else if (is_list && text == NULL)
            is_packed = fail_count(packer, name, count.now);
        else
            is_packed = pack_one(packer, item, element, text);
    }
    packer->old = old;
    if (is_packed && is_list && next_element(&list) != NULL)
        is_packed = fail_count(packer, name, count.now);
    return is_packed;
}

/* The old elements that have no place any more. */
static bool skip_old(struct packer *packer, const struct mof_item *item, const char *name,
                     struct noted count)
{
    size_t size;
    if (packer->old == NULL || count.now >= count.old)
        return true;
    if (item->type == MOF_CLASS)
        return fail(packer, "%.64s has objects: it can't become shorter", name);
    for (uint64_t i = count.now; i < count.old; i++) {
        if (take_old_value(packer, item, &size) == NULL)
            return fail_unnamed(packer, name);
    }
    return true;
}

static bool pack_array(struct packer *packer, const struct mof_item *item, const char *name,
                       struct noted count)
{
    const char *value = item->type != MOF_CLASS ? find_value(packer, name) : NULL;
    size_t length = value != NULL ? strlen(value) : 0;
    char *list = NULL;
    if (value != NULL && (length < 2 || value[0] != '{' || value[length - 1] != '}'))
        return fail(packer, "%.64s is an array: its values stand in braces", name);
    if (value != NULL && (list = strndup(value + 1, length - 2)) == NULL)
        return fail(packer, "there is no memory");
    bool is_packed =
        pack_elements(packer, item, name, count, list) && skip_old(packer, item, name, count);
    free(list);
    return is_packed;
}

static struct noted count_of(const struct mof_item *item, const struct mof_items *items,
                             const struct noted *numbers)
{
    for (unsigned i = 0; item->count == 0 && i < items->count; i++) {
        if (strcasecmp(items->list[i].name, item->size_is) == 0)
            return numbers[i];
    }
    return (struct noted){item->count, item->count};
}

static bool pack_item(struct packer *packer, const struct mof_items *items, unsigned place,
                      const char *prefix, struct noted *numbers)
{
    char name[PREFIX_SIZE];
    const struct mof_item *item = &items->list[place];
    if (snprintf(name, sizeof(name), "%s%s", prefix, item->name) >= (int)sizeof(name))
        return fail(packer, "%.64s: the name is too long", item->name);
    if (item->is_array)
        return pack_array(packer, item, name, count_of(item, items, numbers));
    const char *text = item->type != MOF_CLASS ? find_value(packer, name) : NULL;
    if (!pack_one(packer, item, name, text))
        return false;
    size_t size = mof_type_size(item->type);
    if (size == 0 || size > sizeof(uint64_t))
        return true;
    numbers[place].now = number_of(packer->packed->data + packer->packed->size - size, size);
    if (packer->old != NULL && packer->old_offset >= size)
        numbers[place].old = number_of(packer->old->data + packer->old_offset - size, size);
    return true;
}

static bool pack_items(struct packer *packer, const struct mof_items *items,
                       enum mof_selection selection, const char *prefix)
{
    struct noted *numbers = calloc(items->count + 1, sizeof(*numbers));
    bool is_packed = numbers != NULL || fail(packer, "there is no memory");
    for (unsigned i = 0; i < items->count && is_packed; i++) {
        if (mof_is_selected(&items->list[i], selection))
            is_packed = pack_item(packer, items, i, prefix, numbers);
    }
    free(numbers);
    return is_packed;
}

static bool all_are_used(struct packer *packer)
{
    for (unsigned i = 0; i < packer->count; i++) {
        if (!packer->assignments[i].is_used)
            return fail(packer, "there is no %.64s", packer->assignments[i].name);
    }
    return true;
}

bool mof_pack(const struct mof *mof, const struct mof_items *items, enum mof_selection selection,
              struct mof_assignment *assignments, unsigned count, const struct mof_packed *old,
              struct mof_packed *packed, char error[MOF_ERROR_SIZE])
{
    struct packer packer = {.mof = mof,
                            .assignments = assignments,
                            .count = count,
                            .old = old,
                            .packed = packed,
                            .error = error};
    *packed = (struct mof_packed){.data = NULL};
    error[0] = '\0';
    if (pack_items(&packer, items, selection, "") && all_are_used(&packer))
        return true;
    free(packed->data);
    *packed = (struct mof_packed){.data = NULL};
    return false;
}
