/*
 * Blocks as people read them. See show.h.
 *
 * In a block an item is aligned as its type is; a string is two bytes of length and UTF-16, aligned
 * to two; an object is aligned as its largest item is.
 */
#include "mof/show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PREFIX_SIZE 256

struct reader {
    const struct mof *mof;
    const unsigned char *data;
    size_t size, offset;
    FILE *out;
    unsigned depth;
};

/* The bytes there; NULL: the data end before. */
static const unsigned char *take(struct reader *reader, size_t alignment, size_t size)
{
    size_t begin = (reader->offset + alignment - 1) / alignment * alignment;
    if (begin > reader->size || size > reader->size - begin)
        return NULL;
    reader->offset = begin + size;
    return reader->data + begin;
}

static uint64_t number_of(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;
    memcpy(&number, bytes, size); /* a machine whose first byte is the lowest, as Windows has */
    return number;
}

static int64_t signed_number_of(const unsigned char *bytes, size_t size)
{
    unsigned shift = (unsigned)(64 - 8 * size);
    return (int64_t)(number_of(bytes, size) << shift) >> shift;
}

/* Characters of UTF-16 up to a zero; what is no ASCII is written as \uXXXX. */
static void write_text(FILE *out, const unsigned char *bytes, size_t size)
{
    fputc('"', out);
    for (size_t i = 0; i + 1 < size; i += 2) {
        unsigned unit = bytes[i] | (unsigned)bytes[i + 1] << 8;
        if (unit == 0)
            break;
        if (unit == '"' || unit == '\\')
            fprintf(out, "\\%c", (char)unit);
        else if (unit >= ' ' && unit < 0x7f)
            fputc((char)unit, out);
        else
            fprintf(out, "\\u%04x", unit);
    }
    fputc('"', out);
}

static bool write_string(struct reader *reader)
{
    const unsigned char *length = take(reader, 2, 2);
    if (length == NULL)
        return false;
    size_t size = (size_t)number_of(length, 2);
    const unsigned char *text = take(reader, 1, size);
    if (text != NULL)
        write_text(reader->out, text, size);
    return text != NULL;
}

static bool write_simple(struct reader *reader, enum mof_type type)
{
    size_t size = mof_type_size(type);
    const unsigned char *bytes;
    float single;
    double real;
    if (type == MOF_STRING)
        return write_string(reader);
    bytes = take(reader, type == MOF_DATETIME ? 2 : size, size);
    if (bytes == NULL)
        return false;
    switch (type) {
    case MOF_BOOLEAN:
        fputs(bytes[0] != 0 ? "true" : "false", reader->out);
        break;
    case MOF_REAL32:
        memcpy(&single, bytes, sizeof(single));
        fprintf(reader->out, "%.9g", (double)single);
        break;
    case MOF_REAL64:
        memcpy(&real, bytes, sizeof(real));
        fprintf(reader->out, "%.17g", real);
        break;
    case MOF_CHAR16:
    case MOF_DATETIME:
        write_text(reader->out, bytes, size);
        break;
    case MOF_SINT8:
    case MOF_SINT16:
    case MOF_SINT32:
    case MOF_SINT64:
        fprintf(reader->out, "%" PRId64, signed_number_of(bytes, size));
        break;
    default:
        fprintf(reader->out, "%" PRIu64, number_of(bytes, size));
    }
    return true;
}

static bool write_items(struct reader *reader, const struct mof_items *items,
                        enum mof_selection selection, const char *prefix);

static bool write_object(struct reader *reader, const struct mof_item *item, const char *name)
{
    char prefix[PREFIX_SIZE];
    const struct mof_class *class = mof_class_named(reader->mof, item->class_name);
    snprintf(prefix, sizeof(prefix), "%s.", name);
    if (reader->depth >= MOF_DEPTH_MAX || take(reader, mof_alignment(reader->mof, item), 0) == NULL)
        return false;
    reader->depth++;
    bool is_whole = write_items(reader, &class->items, MOF_ALL, prefix);
    reader->depth--;
    return is_whole;
}

/* A number that was written before. */
struct noted {
    const struct mof_items *items;
    uint64_t *numbers;
};

static uint64_t count_of(const struct mof_item *item, const struct noted *noted)
{
    if (item->count != 0)
        return item->count;
    for (unsigned i = 0; i < noted->items->count; i++) {
        if (strcasecmp(noted->items->list[i].name, item->size_is) == 0)
            return noted->numbers[i];
    }
    return 0;
}

static bool write_array(struct reader *reader, const struct mof_item *item, const char *name,
                        uint64_t count)
{
    bool is_whole = true;
    if (item->type == MOF_CLASS) {
        char element[PREFIX_SIZE];
        for (uint64_t i = 0; i < count && is_whole; i++) {
            /* A name that is too long is cut. */
            int length = snprintf(element, sizeof(element), "%s[%" PRIu64 "]", name, i);
            is_whole = length > 0 && write_object(reader, item, element);
        }
        return is_whole;
    }
    fprintf(reader->out, "%s = {", name);
    for (uint64_t i = 0; i < count && is_whole; i++) {
        fputs(i > 0 ? ", " : "", reader->out);
        is_whole = write_simple(reader, item->type);
    }
    fputs("}\n", reader->out);
    return is_whole;
}

static bool write_item(struct reader *reader, const struct mof_item *item, const char *prefix,
                       const struct noted *noted, uint64_t *number)
{
    char name[PREFIX_SIZE];
    snprintf(name, sizeof(name), "%s%s", prefix, item->name);
    if (item->is_array)
        return write_array(reader, item, name, count_of(item, noted));
    if (item->type == MOF_CLASS)
        return write_object(reader, item, name);
    fprintf(reader->out, "%s = ", name);
    bool is_whole = write_simple(reader, item->type);
    fputc('\n', reader->out);
    size_t size = mof_type_size(item->type);
    if (is_whole && size > 0 && size <= sizeof(*number))
        *number = number_of(reader->data + reader->offset - size, size);
    return is_whole;
}

static bool write_items(struct reader *reader, const struct mof_items *items,
                        enum mof_selection selection, const char *prefix)
{
    uint64_t *numbers = calloc(items->count + 1, sizeof(*numbers));
    const struct noted noted = {items, numbers};
    bool is_whole = numbers != NULL;
    for (unsigned i = 0; i < items->count && is_whole; i++) {
        if (mof_is_selected(&items->list[i], selection))
            is_whole = write_item(reader, &items->list[i], prefix, &noted, &numbers[i]);
    }
    free(numbers);
    return is_whole;
}

bool mof_show(const struct mof *mof, const struct mof_items *items, enum mof_selection selection,
              const void *data, size_t size, FILE *out)
{
    struct reader reader = {.mof = mof, .data = data, .size = size, .out = out};
    return write_items(&reader, items, selection, "");
}
