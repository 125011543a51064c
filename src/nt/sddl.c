/* SDDL to permission bits. See sddl.h. Source of the syntax: Windows documentation, "Security
 * Descriptor String Format" and "ACE Strings". */
#include "nt/sddl.h"

#include <stdlib.h>
#include <string.h>

/* Access mask bits of a file or device that let somebody read, and write, its data. */
#define READ_BITS  (0x80000000u | 0x10000000u | 0x1u)
#define WRITE_BITS (0x40000000u | 0x10000000u | 0x2u)

static const struct right {
    char name[3];
    unsigned mode; /* 4 read, 2 write */
} rights[] = {
    {"GA", 6}, {"FA", 6}, {"GR", 4}, {"FR", 4}, {"GW", 2}, {"FW", 2}, {"GX", 0},
    {"FX", 0}, {"RC", 0}, {"SD", 0}, {"WD", 0}, {"WO", 0}, {"CC", 4}, {"DC", 2},
    {"LC", 0}, {"SW", 0}, {"RP", 0}, {"WP", 0}, {"DT", 0}, {"LO", 0}, {"CR", 0},
};

#define OWNER_BITS  0700u
#define OTHERS_BITS 0077u

/*
 * Whose bits of the node a trustee's are. Owner rights, creators, anonymous sessions and
 * application packages are not here: nobody on Linux is one of them, whether they are allowed or
 * denied something.
 */
static const struct trustee {
    const char *alias;
    const char *sid;
    unsigned bits;
} trustees[] = {
    {"SY", "S-1-5-18", OWNER_BITS},
    {"BA", "S-1-5-32-544", OWNER_BITS},
    {"LA", NULL, OWNER_BITS}, /* its SID is the machine's */
    {"WD", "S-1-1-0", OWNER_BITS | OTHERS_BITS},
    {"AU", "S-1-5-11", OWNER_BITS | OTHERS_BITS},
    {"BU", "S-1-5-32-545", OWNER_BITS | OTHERS_BITS},
    {"IU", "S-1-5-4", OWNER_BITS | OTHERS_BITS},
};

static bool is_same(const char *name, const char *text, size_t length)
{
    return name != NULL && strlen(name) == length && memcmp(name, text, length) == 0;
}

static bool is_trustee(const char *text, size_t length)
{
    if (length > 4 && memcmp(text, "S-1-", 4) == 0)
        return strspn(text + 4, "0123456789-") == length - 4 && text[length - 1] != '-';
    return length == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

/* 0: nobody whom a node knows. */
static unsigned bits_of_trustee(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof(trustees) / sizeof(trustees[0]); i++) {
        if (is_same(trustees[i].alias, text, length) || is_same(trustees[i].sid, text, length))
            return trustees[i].bits;
    }
    return 0;
}

/* "OICI": each two letters; false if one of them is no flag. */
static bool read_flags(const char *text, size_t length, bool *is_inherit_only)
{
    static const char known[][3] = {"OI", "CI", "NP", "IO", "ID", "SA", "FA"};
    *is_inherit_only = false;
    for (; length >= 2; text += 2, length -= 2) {
        size_t i = 0;
        while (i < sizeof(known) / sizeof(known[0]) && memcmp(text, known[i], 2) != 0)
            i++;
        if (i == sizeof(known) / sizeof(known[0]))
            return false;
        if (memcmp(text, "IO", 2) == 0)
            *is_inherit_only = true;
    }
    return length == 0;
}

/* "GRGW" or "0x12019f"; -1: neither. */
static int mode_of_rights(const char *text, size_t length)
{
    int mode = 0;
    if (length > 2 && text[0] == '0' && text[1] == 'x') {
        char *end;
        unsigned long mask = strtoul(text, &end, 16);
        if (end != text + length || mask > 0xffffffffu)
            return -1;
        return ((mask & READ_BITS) != 0 ? 4 : 0) | ((mask & WRITE_BITS) != 0 ? 2 : 0);
    }
    for (; length >= 2; text += 2, length -= 2) {
        size_t i = 0;
        while (i < sizeof(rights) / sizeof(rights[0]) && memcmp(text, rights[i].name, 2) != 0)
            i++;
        if (i == sizeof(rights) / sizeof(rights[0]))
            return -1;
        mode |= (int)rights[i].mode;
    }
    return length == 0 ? mode : -1;
}

enum { ACE_TYPE, ACE_FLAGS, ACE_RIGHTS, ACE_OBJECT, ACE_INHERITED_OBJECT, ACE_TRUSTEE, ACE_FIELDS };

/* One "(A;;GRGW;;;BA)" without its brackets. The first entry that names a right of somebody decides
 * it. */
static bool apply_entry(const char *entry, size_t length, unsigned *decided, unsigned *allowed)
{
    const char *field[ACE_FIELDS];
    size_t size[ACE_FIELDS];
    for (unsigned i = 0; i < ACE_FIELDS; i++) {
        const char *end = memchr(entry, ';', length);
        bool is_last = i == ACE_FIELDS - 1;
        if ((end == NULL) != is_last)
            return false;
        field[i] = entry;
        size[i] = is_last ? length : (size_t)(end - entry);
        entry += size[i] + !is_last;
        length -= size[i] + !is_last;
    }
    int mode = mode_of_rights(field[ACE_RIGHTS], size[ACE_RIGHTS]);
    bool is_inherit_only;
    if (size[ACE_TYPE] != 1 || mode < 0 || !is_trustee(field[ACE_TRUSTEE], size[ACE_TRUSTEE]) ||
        !read_flags(field[ACE_FLAGS], size[ACE_FLAGS], &is_inherit_only))
        return false;
    if (size[ACE_OBJECT] != 0 || size[ACE_INHERITED_OBJECT] != 0)
        /* They belong to types of entries about parts of an object: a node has none */
        return false;
    unsigned bits = (unsigned)mode * 0111u & bits_of_trustee(field[ACE_TRUSTEE], size[ACE_TRUSTEE]);
    if (is_inherit_only)
        bits = 0; /* it is for what is made below, and nothing is below a node */
    if (*field[ACE_TYPE] == 'A')
        *allowed |= bits & ~*decided;
    else if (*field[ACE_TYPE] != 'D')
        return false;
    *decided |= bits;
    return true;
}

/* Protected, inherited from above: of a node, that inherits nothing, they change nothing. */
static const char *skip_flags(const char *text)
{
    for (;;) {
        if (*text == 'P')
            text++;
        else if (strncmp(text, "AI", 2) == 0 || strncmp(text, "AR", 2) == 0)
            text += 2;
        else
            return text;
    }
}

bool sddl_to_mode(const char *text, mode_t *mode)
{
    if (strncmp(text, "D:", 2) != 0)
        return false;
    text = skip_flags(text + 2);
    unsigned decided = 0, allowed = 0;
    while (*text == '(') {
        const char *end = strchr(text, ')');
        if (end == NULL || !apply_entry(text + 1, (size_t)(end - text - 1), &decided, &allowed))
            return false;
        text = end + 1;
    }
    *mode = allowed;
    return *text == '\0';
}
