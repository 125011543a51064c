/* An INF as it is written. See inf.h. */
#include "inf/inf.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "inf/name.h"

const struct inf_section *inf_look_for(const struct inf *inf, const char *name)
{
    const struct inf_section *section = inf->table[name_hash(name) % INF_TABLE_SIZE];
    while (section != NULL && !name_is(section->name, name))
        section = section->same_hash;
    return section;
}

struct inf_section *inf_section(struct inf *inf, const char *name)
{
    struct inf_section *section = (struct inf_section *)inf_look_for(inf, name);
    if (section != NULL)
        section->is_used = true;
    return section;
}

static const struct inf_line *find_from(const struct inf_line *line, const char *key)
{
    while (line != NULL && (!line->has_key || !name_is(line->key.text, key)))
        line = line->next;
    return line;
}

const struct inf_line *inf_find(const struct inf_section *section, const char *key)
{
    return section != NULL ? find_from(section->lines, key) : NULL;
}

const struct inf_line *inf_find_next(const struct inf_line *line, const char *key)
{
    return find_from(line->next, key);
}

const char *inf_text(const struct inf_line *line, unsigned index)
{
    return line != NULL && index < line->field_count ? line->fields[index].text : "";
}

struct inf_place inf_place(const struct inf_line *line, unsigned index)
{
    return index < line->field_count ? line->fields[index].place : line->place;
}

const char *inf_value(const struct inf_section *section, const char *key)
{
    return inf_text(inf_find(section, key), 0);
}

bool inf_number(const char *text, unsigned long *number)
{
    char *end;
    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    /* Not octal: 010 is ten. */
    *number = strtoul(text, &end, text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10);
    return *end == '\0' && errno == 0 && *number <= 0xfffffffful;
}

unsigned inf_numbers(const char *text, unsigned long *numbers, unsigned most)
{
    for (unsigned count = 0; count < most && isdigit((unsigned char)*text); text++) {
        char *end;
        numbers[count++] = strtoul(text, &end, 10);
        text = end;
        if (*text == '\0')
            return count;
        if (*text != '.')
            break;
    }
    return 0;
}
