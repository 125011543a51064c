/* The bytes that are sent: each place of a message has a value that its neighbours do not have. */
#ifndef ECHOAPP_PATTERN_H
#define ECHOAPP_PATTERN_H

#include <stddef.h>

void pattern_fill(unsigned char *bytes, size_t length);

/* The first place that does not hold the pattern; `length` if all of them do. */
size_t pattern_first_difference(const unsigned char *bytes, size_t length);

/* What belongs at that place. */
unsigned char pattern_byte(size_t place);

#endif
