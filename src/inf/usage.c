/*
 * Unused sections. See usage.h.
 *
 * A section is used if it was looked up, if Windows knows its name, or if a field names it or its
 * beginning: "Device.NT.Wdf" belongs to "Device". That leaves out no directive that is not known
 * here.
 */
#include "inf/usage.h"

#include <string.h>

#include "inf/name.h"

#define TABLE_SIZE 4096

struct word {
    struct word *same_hash;
    const char *text;
};

struct usage {
    struct inf *inf;
    struct word *table[TABLE_SIZE];
};

/* With anything behind a dot. */
static const char *const known[] = {
    "Version",          "Strings",          "Manufacturer",       "DestinationDirs",
    "SourceDisksNames", "SourceDisksFiles", "ControlFlags",       "ClassInstall32",
    "DefaultInstall",   "DefaultUninstall", "InterfaceInstall32", "SignatureAttributes",
    "autorun",
};

static bool is_known(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i]) == length && name_begins(name, known[i], length))
            return true;
    }
    return false;
}

static bool has_word(const struct usage *usage, const char *text)
{
    const struct word *word = usage->table[name_hash(text) % TABLE_SIZE];
    while (word != NULL && !name_is(word->text, text))
        word = word->same_hash;
    return word != NULL;
}

static bool add_word(struct usage *usage, const char *text)
{
    if (text[0] == '\0' || strlen(text) > INF_SECTION_MAX || has_word(usage, text))
        return true;
    struct word *word = arena_allocate(&usage->inf->arena, sizeof(*word));
    if (word == NULL)
        return false;
    struct word **bucket = &usage->table[name_hash(text) % TABLE_SIZE];
    *word = (struct word){.same_hash = *bucket, .text = text};
    *bucket = word;
    return true;
}

/* A manufacturer may stand alone, with its models behind a decoration. */
static bool add_words(struct usage *usage, const struct inf_line *line)
{
    if (line->has_key && line->field_count == 0 && !add_word(usage, line->key.text))
        return false;
    for (unsigned i = 0; i < line->field_count; i++) {
        if (!add_word(usage, line->fields[i].text))
            return false;
    }
    return true;
}

static bool collect(struct usage *usage)
{
    for (const struct inf_section *section = usage->inf->sections; section != NULL;
         section = section->next) {
        for (const struct inf_line *line = section->lines; line != NULL; line = line->next) {
            if (!add_words(usage, line))
                return false;
        }
    }
    return true;
}

/* The name, or what stands before one of its dots. */
static bool is_named(const struct usage *usage, const char *name)
{
    char start[INF_SECTION_MAX * 4 + 1];
    size_t length = strlen(name);
    if (length >= sizeof(start))
        return true; /* that has been complained of */
    memcpy(start, name, length + 1);
    while (length > 0) {
        start[length] = '\0';
        if (is_known(start, length) || has_word(usage, start))
            return true;
        do
            length--;
        while (length > 0 && start[length] != '.');
    }
    return false;
}

int inf_warn_of_unused(struct inf *inf)
{
    struct usage *usage = arena_allocate(&inf->arena, sizeof(*usage));
    if (usage == NULL)
        return inf->arena.error;
    usage->inf = inf;
    if (!collect(usage))
        return inf->arena.error;
    for (const struct inf_section *section = inf->sections; section != NULL;
         section = section->next) {
        if (!section->is_used && !is_named(usage, section->name))
            inf_complain(inf, INF_WARNING, section->place, "nothing names the section [%s]",
                         section->name);
    }
    return inf->arena.error;
}
