/* Decorations. See decoration.h. */
#include "inf/decoration.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inf/name.h"

static const char *const architectures[] = {"amd64", "arm64", "arm", "x86", "ia64"};

/* Moves *text behind the architecture; NULL: there is none. */
static const char *read_architecture(const char **text)
{
    size_t length = strcspn(*text, ".");
    for (size_t i = 0; i < sizeof(architectures) / sizeof(architectures[0]); i++) {
        if (strlen(architectures[i]) != length || !name_begins(*text, architectures[i], length))
            continue;
        *text += length;
        return architectures[i];
    }
    return NULL;
}

/* Dots, each followed by a number; an empty one is 0. */
static bool read_numbers(const char *text, unsigned long numbers[5])
{
    for (unsigned i = 0; *text == '.'; i++) {
        char *end = (char *)++text;
        if (i == 5)
            return false;
        if (isdigit((unsigned char)*text))
            numbers[i] = strtoul(text, &end, text[1] == 'x' || text[1] == 'X' ? 16 : 10);
        text = end;
    }
    return *text == '\0';
}

static bool fits(const struct inf_decoration *decoration, const struct inf_system *system)
{
    if (decoration->product_type != 0 && decoration->product_type != system->product_type)
        return false;
    if (decoration->suite != 0)
        return false; /* this system belongs to none */
    if (decoration->major != system->major)
        return decoration->major < system->major;
    if (decoration->minor != system->minor)
        return decoration->minor < system->minor;
    return decoration->build <= system->build;
}

enum inf_decoration_kind inf_decoration_read(const char *text, const struct inf_system *system,
                                             struct inf_decoration *decoration)
{
    unsigned long numbers[5] = {0};
    if (!name_begins(text, "NT", 2))
        return INF_DECORATION_BAD;
    text += 2;
    const char *architecture = read_architecture(&text);
    if (!read_numbers(text, numbers))
        return INF_DECORATION_BAD;
    *decoration = (struct inf_decoration){
        .has_architecture = architecture != NULL,
        .major = (unsigned)numbers[0],
        .minor = (unsigned)numbers[1],
        .product_type = (unsigned)numbers[2],
        .suite = (unsigned)numbers[3],
        .build = (unsigned)numbers[4],
    };
    if (architecture != NULL && !name_is(architecture, system->architecture))
        return INF_DECORATION_OTHER;
    return fits(decoration, system) ? INF_DECORATION_FITS : INF_DECORATION_OTHER;
}

bool inf_decoration_is_closer(const struct inf_decoration *one, const struct inf_decoration *other)
{
    if (one->major != other->major)
        return one->major > other->major;
    if (one->minor != other->minor)
        return one->minor > other->minor;
    if (one->build != other->build)
        return one->build > other->build;
    if (one->product_type != other->product_type)
        return one->product_type > other->product_type;
    return one->has_architecture && !other->has_architecture;
}
