/* AddReg and DelReg. See registry.h. */
#include "inf/registry.h"

#include <ctype.h>
#include <string.h>

#include "inf/name.h"

enum flags {
    NO_CLOBBER = 0x2,
    DELETE_VALUE = 0x4,
    APPEND = 0x8,
    KEY_ONLY = 0x10,
    OVERWRITE_ONLY = 0x20,
    KEY_ONLY_COMMON = 0x2000,
};

/* The bits that say the type: with the lowest one, the bytes of type `high word`. */
#define TYPE_MASK     0xffff0001u
#define TYPE_SZ       0x00000u
#define TYPE_MULTI_SZ 0x10000u
#define TYPE_EXPAND   0x20000u
#define TYPE_BINARY   0x00001u
#define TYPE_DWORD    0x10001u
#define TYPE_NONE     0x20001u

/* Where the values begin in a line of AddReg. */
#define FIRST_VALUE 4

void inf_registry_init(struct inf_registry *registry)
{
    *registry = (struct inf_registry){.end = &registry->first};
}

/* ---- values ---- */

/* From the field `first` on. */
static bool read_strings(struct inf *inf, const struct inf_line *line, unsigned count,
                         struct inf_change *change)
{
    change->strings = arena_allocate(&inf->arena, (count + 1) * sizeof(*change->strings));
    if (change->strings == NULL)
        return false;
    for (unsigned i = 0; i < count; i++) {
        const char *text = inf_text(line, FIRST_VALUE + i);
        /* An empty one would end the list. */
        if (change->type != INF_REG_MULTI_SZ || text[0] != '\0')
            change->strings[change->string_count++] = text;
    }
    return true;
}

static bool read_byte(const char *text, unsigned char *byte)
{
    unsigned value = 0;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2;
    size_t length = strlen(text);
    if (length < 1 || length > 2)
        return false;
    for (; *text != '\0'; text++) {
        if (!isxdigit((unsigned char)*text))
            return false;
        unsigned digit = isdigit((unsigned char)*text)
                             ? (unsigned)(*text - '0')
                             : (unsigned)(tolower((unsigned char)*text) - 'a') + 10;
        value = value * 16 + digit;
    }
    *byte = (unsigned char)value;
    return true;
}

/* Each field is a byte in hexadecimal. */
static bool read_bytes(struct inf *inf, const struct inf_line *line, unsigned count,
                       struct inf_change *change)
{
    unsigned char *bytes = arena_allocate(&inf->arena, count + 1);
    if (bytes == NULL)
        return false;
    change->bytes = bytes;
    for (unsigned i = 0; i < count; i++) {
        if (read_byte(inf_text(line, FIRST_VALUE + i), &bytes[change->size])) {
            change->size++;
            continue;
        }
        inf_complain(inf, INF_WARNING, inf_place(line, FIRST_VALUE + i),
                     "%s is no byte: it is one or two hexadecimal digits",
                     inf_text(line, FIRST_VALUE + i));
    }
    return true;
}

static bool read_long(const char *text, unsigned long *number)
{
    bool is_negative = text[0] == '-';
    if (!inf_number(text + is_negative, number))
        return false;
    if (is_negative)
        *number = -*number & 0xffffffffu;
    return true;
}

/* A number, or its four bytes, the lowest first. */
static void read_number(struct inf *inf, const struct inf_line *line, unsigned count,
                        struct inf_change *change)
{
    unsigned char bytes[4];
    bool is_well = count == 4;
    for (unsigned i = 0; i < 4 && is_well; i++)
        is_well = read_byte(inf_text(line, FIRST_VALUE + i), &bytes[i]);
    if (is_well)
        change->number = (unsigned long)bytes[3] << 24 | (unsigned long)bytes[2] << 16 |
                         (unsigned long)bytes[1] << 8 | bytes[0];
    else if (count != 1 || !read_long(inf_text(line, FIRST_VALUE), &change->number))
        inf_complain(inf, INF_WARNING, inf_place(line, FIRST_VALUE),
                     "this is no REG_DWORD: it is a number of 32 bits, or its four bytes; it is "
                     "taken for 0");
}

static bool read_text(struct inf *inf, const struct inf_line *line, unsigned count,
                      struct inf_change *change)
{
    if (count > 1)
        inf_complain(inf, INF_WARNING, inf_place(line, FIRST_VALUE + 1),
                     "a REG_SZ is one string: put it in quotes, or give the flags of a "
                     "REG_MULTI_SZ (0x10000)");
    return read_strings(inf, line, 1, change);
}

/* The value, by its type; one that there is not stays as an empty one. */
static bool read_value(struct inf *inf, const struct inf_line *line, unsigned flags,
                       struct inf_change *change)
{
    unsigned count = line->field_count > FIRST_VALUE ? line->field_count - FIRST_VALUE : 0;
    switch (flags & TYPE_MASK) {
    case TYPE_SZ:
        change->type = INF_REG_SZ;
        return read_text(inf, line, count, change);
    case TYPE_EXPAND:
        change->type = INF_REG_EXPAND_SZ;
        return read_text(inf, line, count, change);
    case TYPE_MULTI_SZ:
        change->type = INF_REG_MULTI_SZ;
        return read_strings(inf, line, count, change);
    case TYPE_DWORD:
        change->type = count > 0 ? INF_REG_DWORD : INF_REG_NONE;
        if (count > 0)
            read_number(inf, line, count, change);
        return true;
    case TYPE_BINARY:
        change->type = INF_REG_BINARY;
        return read_bytes(inf, line, count, change);
    case TYPE_NONE:
        change->type = INF_REG_NONE;
        return read_bytes(inf, line, count, change);
    default:
        change->type = flags >> 16;
        return read_bytes(inf, line, count, change);
    }
}

/* ---- lines ---- */

static bool add(struct inf *inf, struct inf_registry *registry, const struct inf_change *change)
{
    struct inf_change *copy = arena_allocate(&inf->arena, sizeof(*copy));
    if (copy == NULL)
        return false;
    *copy = *change;
    *registry->end = copy;
    registry->end = &copy->next;
    return true;
}

/* A token that is no string has been complained of. */
static unsigned read_flags(struct inf *inf, const struct inf_line *line)
{
    unsigned long flags = 0;
    const char *text = inf_text(line, 3);
    if (text[0] != '\0' && !inf_number(text, &flags)) {
        if (strchr(text, '%') == NULL)
            inf_complain(inf, INF_WARNING, inf_place(line, 3),
                         "the flags %s are no number: they are taken for 0", text);
        return 0;
    }
    return (unsigned)flags;
}

/* False: Linux has no such key. */
static bool root_is_ours(struct inf *inf, const struct inf_line *line)
{
    static const char *const others[] = {"HKLM", "HKCR", "HKCU", "HKU"};
    const char *root = inf_text(line, 0);
    if (name_is(root, "HKR"))
        return true;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (!name_is(root, others[i]))
            continue;
        inf_complain(inf, INF_NOTE, inf_place(line, 0),
                     "there is no %s on Linux: values below it are left out", others[i]);
        return false;
    }
    inf_complain(inf, INF_ERROR, inf_place(line, 0),
                 "a registry line begins with HKR, HKLM, HKCR, HKCU or HKU, not %s", root);
    return false;
}

static bool type_is_known(struct inf *inf, const struct inf_line *line, unsigned flags)
{
    unsigned type = flags >> 16;
    bool is_known = (flags & 1) != 0 ? type <= INF_REG_LAST : type <= 2;
    if (!is_known)
        inf_complain(inf, INF_WARNING, inf_place(line, 3),
                     "the flags 0x%x have a type that there is not: the value is left out", flags);
    return is_known;
}

static bool add_line(struct inf *inf, const struct inf_line *line, enum inf_key key,
                     const char *owner, struct inf_registry *registry)
{
    struct inf_change change = {
        .key = key,
        .owner = owner,
        .subkey = inf_text(line, 1),
        .name = inf_text(line, 2),
        .place = line->place,
    };
    if (!root_is_ours(inf, line))
        return true;
    unsigned flags = read_flags(inf, line);
    change.keeps_old = (flags & NO_CLOBBER) != 0;
    change.needs_old = (flags & OVERWRITE_ONLY) != 0;
    change.appends = (flags & APPEND) != 0 && (flags & TYPE_MASK) == TYPE_MULTI_SZ;
    if ((flags & (KEY_ONLY | KEY_ONLY_COMMON)) != 0)
        change.kind = INF_MAKE_KEY;
    else if ((flags & DELETE_VALUE) != 0)
        change.kind = INF_DELETE_VALUE;
    else if (!type_is_known(inf, line, flags))
        return true;
    else if (!read_value(inf, line, flags, &change))
        return false;
    return add(inf, registry, &change);
}

/* `root, subkey [, name [, flags]]`: without a name, or with the flag, the key goes (S20.27). */
static bool delete_line(struct inf *inf, const struct inf_line *line, enum inf_key key,
                        const char *owner, struct inf_registry *registry)
{
    if (!root_is_ours(inf, line))
        return true;
    bool is_key = inf_text(line, 2)[0] == '\0' || (read_flags(inf, line) & KEY_ONLY_COMMON) != 0;
    struct inf_change change = {
        .kind = is_key ? INF_DELETE_KEY : INF_DELETE_VALUE,
        .key = key,
        .owner = owner,
        .subkey = inf_text(line, 1),
        .name = is_key ? "" : inf_text(line, 2),
        .place = line->place,
    };
    return add(inf, registry, &change);
}

static bool read_section(struct inf *inf, const struct inf_line *line, unsigned index,
                         enum inf_key key, const char *owner, struct inf_registry *registry)
{
    bool is_deletion = name_is(line->key.text, "DelReg");
    const char *name = inf_text(line, index);
    const struct inf_section *section = inf_section(inf, name);
    if (section == NULL) {
        inf_complain(inf, INF_ERROR, inf_place(line, index), "there is no section [%s]", name);
        return true;
    }
    for (const struct inf_line *entry = section->lines; entry != NULL; entry = entry->next) {
        if (registry->line_count == INF_REGISTRY_MAX) {
            inf_complain(inf, INF_ERROR, entry->place, "more than %d registry lines for one device",
                         INF_REGISTRY_MAX);
            return true;
        }
        registry->line_count++;
        bool is_well = is_deletion ? delete_line(inf, entry, key, owner, registry)
                                   : add_line(inf, entry, key, owner, registry);
        if (!is_well)
            return false;
    }
    return true;
}

bool inf_registry_line(struct inf *inf, const struct inf_line *line, enum inf_key key,
                       const char *owner, struct inf_registry *registry)
{
    if (!line->has_key ||
        (!name_is(line->key.text, "AddReg") && !name_is(line->key.text, "DelReg")))
        return true;
    for (unsigned i = 0; i < line->field_count; i++) {
        if (!read_section(inf, line, i, key, owner, registry))
            return false;
    }
    return true;
}

const struct inf_change *inf_registry_value(const struct inf_registry *registry, enum inf_key key,
                                            const char *name)
{
    const struct inf_change *found = NULL;
    for (const struct inf_change *change = registry->first; change != NULL; change = change->next) {
        if (change->kind == INF_SET_VALUE && change->key == key && change->subkey[0] == '\0' &&
            name_is(change->name, name))
            found = change;
    }
    return found;
}
