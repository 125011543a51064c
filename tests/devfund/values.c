/* The values that clients pass. See values.h. */
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define PAGE 4096u

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

size_t values_length(struct chance *chance)
{
    static const size_t edges[] = {0,          1,
                                   2,          3,
                                   4,          7,
                                   8,          9,
                                   16,         32,
                                   255,        PAGE - 1,
                                   PAGE,       PAGE + 1,
                                   2 * PAGE,   31 * PAGE,
                                   65536,      LENGTH_MAX - 1,
                                   LENGTH_MAX, LENGTH_MAX + 1};
    unsigned kind = chance_below(chance, 8);
    if (kind < 4)
        return edges[chance_below(chance, COUNT_OF(edges))];
    return kind < 7 ? chance_below(chance, 512) : chance_below(chance, LENGTH_MAX + 1);
}

uint32_t values_control(struct chance *chance)
{
    static const uint32_t types[] = {0x22, 0x22, 0x22, 0x1B, 0x32, 0x2D, 0x8000, 0x9C40};
    static const uint32_t firsts[] = {0x800, 0x800, 0x900, 0, 0x100};
    if (chance_one_in(chance, 8))
        return (uint32_t)chance_number(chance);
    uint32_t type = types[chance_below(chance, COUNT_OF(types))];
    uint32_t function = firsts[chance_below(chance, COUNT_OF(firsts))] + chance_below(chance, 48);
    return type << 16 | chance_below(chance, 4) << 14 | function << 2 | chance_below(chance, 4);
}

uint32_t values_ioctl(struct chance *chance)
{
    static const uint32_t terminal = 0x5400; /* TCGETS and those after it */
    unsigned kind = chance_below(chance, 4);
    if (kind == 0)
        return (uint32_t)chance_number(chance);
    if (kind == 1)
        return terminal + chance_below(chance, 0x60);
    return _IOC(chance_below(chance, 4), 'A' + chance_below(chance, 58), chance_below(chance, 256),
                chance_below(chance, 300));
}

/* ---- addresses ---- */

static unsigned char *nothing, *constant; /* a page each */

void values_prepare(void)
{
    nothing = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (nothing == MAP_FAILED)
        abort();
    constant = nothing + PAGE;
    if (mprotect(constant, PAGE, PROT_READ) != 0)
        abort();
}

void *values_bad_address(struct chance *chance)
{
    size_t offset = chance_below(chance, PAGE);
    switch (chance_below(chance, 6)) {
    case 0:
        return NULL;
    case 1:
        return (void *)offset; /* the first pages, which are never mapped */
    case 2:
        return nothing + offset;
    case 3:
        return constant + offset;
    case 4:
        return (void *)(UINTPTR_MAX - offset);
    default:
        return (void *)(UINT64_C(0x8000000000000000) | offset);
    }
}

/* ---- names ---- */

const char *values_name(struct chance *chance)
{
    static const char *const odd[] = {
        "",
        ".",
        "..",
        "/",
        "//",
        "../..",
        "-",
        "a b",
        "*?\"<>|",
        "\\",
        "\\\\.\\x",
        "CON",
        "x:y",
        "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xA7",
        "\xFF\xFE",
        "\x01\x1B[0m",
        "%s%n%d",
        "name\n",
        "a/b/c/d/e/f",
        "~",
        "$(x)",
        "NUL.txt",
        "x;y",
    };
    static _Thread_local char made[4200];
    if (!chance_one_in(chance, 3))
        return odd[chance_below(chance, COUNT_OF(odd))];
    size_t length = chance_one_in(chance, 4) ? chance_below(chance, sizeof(made) - 1)
                                             : chance_below(chance, 64);
    for (size_t i = 0; i < length; i++)
        made[i] = (char)(1 + chance_below(chance, 255));
    made[length] = '\0';
    return made;
}
