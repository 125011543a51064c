/* SDDL to permission bits. See sddl.h. Source of the syntax: Windows documentation, "Security Descriptor
 * String Format" and "ACE Strings". */
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

/* Which of the node's bits a trustee's are. 0: nobody whom a node knows. */
static unsigned bits_of_trustee(const char *sid, size_t length)
{
    static const char administrators[][3] = {"SY", "BA", "LA", "CO"};
    static const char everyone[][3] = {"WD", "AU", "BU", "IU", "AN", "AC"};
    if (length != 2)
        return 0;
    for (size_t i = 0; i < sizeof(administrators) / sizeof(administrators[0]); i++) {
        if (memcmp(sid, administrators[i], 2) == 0)
            return OWNER_BITS;
    }
    for (size_t i = 0; i < sizeof(everyone) / sizeof(everyone[0]); i++) {
        if (memcmp(sid, everyone[i], 2) == 0)
            return OWNER_BITS | OTHERS_BITS;
    }
    return 0;
}

/* "GRGW" or "0x12019f"; -1: neither. */
static int mode_of_rights(const char *text, size_t length)
{
    int mode = 0;
    if (length > 2 && text[0] == '0' && text[1] == 'x') {
        char *end;
        unsigned long mask = strtoul(text, &end, 16);
        if (end != text + length)
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

/* One "(A;;GRGW;;;BA)" without its brackets. The first entry that names a right of somebody decides it. */
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
    if (size[ACE_TYPE] != 1 || mode < 0 || size[ACE_TRUSTEE] == 0)
        return false;
    unsigned bits = (unsigned)mode * 0111u & bits_of_trustee(field[ACE_TRUSTEE], size[ACE_TRUSTEE]);
    if (*field[ACE_TYPE] == 'A')
        *allowed |= bits & ~*decided;
    else if (*field[ACE_TYPE] != 'D')
        return false;
    *decided |= bits;
    return true;
}

bool sddl_to_mode(const char *text, mode_t *mode)
{
    if (strncmp(text, "D:", 2) != 0)
        return false;
    text += 2;
    text += strspn(text, "PAIR"); /* protected, auto-inherited: a node inherits nothing */
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
