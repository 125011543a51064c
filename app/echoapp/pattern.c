#include "pattern.h"

/* A prime just below 256: pages, sectors or blocks of a device that change places do not go
 * unnoticed. */
#define PATTERN_PERIOD 251

unsigned char pattern_byte(size_t place)
{
    return (unsigned char)(place % PATTERN_PERIOD);
}

void pattern_fill(unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = pattern_byte(i);
}

size_t pattern_first_difference(const unsigned char *bytes, size_t length)
{
    size_t i = 0;

    while (i < length && bytes[i] == pattern_byte(i))
        i++;
    return i;
}
