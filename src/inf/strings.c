/*
 * The strings. See strings.h.
 *
 * A string's value is not substituted again, so strings that name each other do not loop.
 */
#include "inf/strings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "inf/name.h"

#define TABLE_SIZE 1024

struct string {
    struct string *same_hash;
    const char *name, *value;
};

struct strings {
    struct inf *inf;
    struct string *table[TABLE_SIZE];
    char *buffer; /* one field */
};

static bool is_strings_section(const char *name)
{
    return name_begins(name, "Strings", 7) && (name[7] == '\0' || name[7] == '.');
}

static const struct string *find(const struct strings *strings, const char *name)
{
    const struct string *string = strings->table[name_hash(name) % TABLE_SIZE];
    while (string != NULL && !name_is(string->name, name))
        string = string->same_hash;
    return string;
}

/* Defined twice, the first counts (S20.9). */
static bool add(struct strings *strings, const struct inf_line *line)
{
    if (!line->has_key) {
        inf_complain(strings->inf, INF_WARNING, line->place,
                     "a string is NAME = \"VALUE\": this line is left out");
        return true;
    }
    if (find(strings, line->key.text) != NULL) {
        inf_complain(strings->inf, INF_WARNING, line->key.place,
                     "the string %s is there already: the first one counts", line->key.text);
        return true;
    }
    if (line->field_count > 1)
        inf_complain(strings->inf, INF_WARNING, line->fields[1].place,
                     "the string ends at its comma: put it in quotes");
    struct string *string = arena_allocate(&strings->inf->arena, sizeof(*string));
    if (string == NULL)
        return false;
    struct string **bucket = &strings->table[name_hash(line->key.text) % TABLE_SIZE];
    *string =
        (struct string){.name = line->key.text, .value = inf_text(line, 0), .same_hash = *bucket};
    *bucket = string;
    return true;
}

static bool read_strings(struct strings *strings)
{
    const struct inf_section *section = inf_section(strings->inf, "Strings");
    if (section == NULL)
        section = inf_section(strings->inf, "Strings.0409"); /* English of the United States */
    for (const struct inf_line *line = section != NULL ? section->lines : NULL; line != NULL;
         line = line->next) {
        if (!add(strings, line))
            return false;
    }
    /* Sections of other languages are not complained about. */
    for (struct inf_section *other = strings->inf->sections; other != NULL; other = other->next)
        other->is_used = other->is_used || is_strings_section(other->name);
    return true;
}

/* %10% and %-1% are folders (S20.52). */
static bool is_folder(const char *name, size_t length)
{
    size_t start = length > 1 && name[0] == '-';
    for (size_t i = start; i < length; i++) {
        if (!isdigit((unsigned char)name[i]))
            return false;
    }
    return length > 0;
}

/* Room for a field of the longest kind, in bytes. */
#define BUFFER_SIZE (INF_FIELD_MAX * 4 + 1)

static size_t put(struct strings *strings, size_t length, const char *bytes, size_t count)
{
    if (count > BUFFER_SIZE - 1 - length)
        count = BUFFER_SIZE - 1 - length;
    memcpy(strings->buffer + length, bytes, count);
    return length + count;
}

/* The token of `count` bytes with its percent signs; returns the new length. */
static size_t put_token(struct strings *strings, size_t length, const struct inf_field *field,
                        const char *token, size_t count)
{
    char name[INF_FIELD_MAX + 1];
    if (count == 2)
        return put(strings, length, "%", 1);
    if (is_folder(token + 1, count - 2) || count - 2 > INF_FIELD_MAX)
        return put(strings, length, token, count);
    snprintf(name, sizeof(name), "%.*s", (int)(count - 2), token + 1);
    const struct string *string = find(strings, name);
    if (string != NULL)
        return put(strings, length, string->value, strlen(string->value));
    inf_complain(strings->inf, INF_WARNING, field->place,
                 "there is no string %.*s in [Strings]: it stays as it is", (int)count, token);
    return put(strings, length, token, count);
}

static size_t characters_of(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

static bool put_into(struct strings *strings, struct inf_field *field)
{
    size_t length = 0;
    const char *at = field->text;
    if (strchr(at, '%') == NULL)
        return true;
    for (const char *start; (start = strchr(at, '%')) != NULL;) {
        length = put(strings, length, at, (size_t)(start - at));
        const char *end = strchr(start + 1, '%');
        if (end == NULL) {
            at = start;
            break;
        }
        length = put_token(strings, length, field, start, (size_t)(end - start) + 1);
        at = end + 1;
    }
    length = put(strings, length, at, strlen(at));
    field->text = arena_text(&strings->inf->arena, strings->buffer, length);
    if (field->text == NULL)
        return false;
    if (length == BUFFER_SIZE - 1 || characters_of(field->text) > INF_FIELD_MAX)
        inf_complain(strings->inf, INF_ERROR, field->place,
                     "with its strings put in, the field has more than %d characters",
                     INF_FIELD_MAX);
    return true;
}

static bool put_into_line(struct strings *strings, struct inf_line *line)
{
    bool is_well = !line->has_key || put_into(strings, &line->key);
    for (unsigned i = 0; i < line->field_count && is_well; i++)
        is_well = put_into(strings, &line->fields[i]);
    return is_well;
}

static bool put_into_all(struct strings *strings)
{
    for (struct inf_section *section = strings->inf->sections; section != NULL;
         section = section->next) {
        if (is_strings_section(section->name))
            continue;
        for (struct inf_line *line = section->lines; line != NULL; line = line->next) {
            if (!put_into_line(strings, line))
                return false;
        }
    }
    return true;
}

int inf_put_strings(struct inf *inf)
{
    struct strings *strings = arena_allocate(&inf->arena, sizeof(*strings));
    if (strings == NULL)
        return inf->arena.error;
    strings->inf = inf;
    strings->buffer = arena_allocate(&inf->arena, BUFFER_SIZE);
    if (strings->buffer != NULL && read_strings(strings))
        (void)put_into_all(strings);
    return inf->arena.error;
}
