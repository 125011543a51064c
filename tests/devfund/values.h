/* Lengths, codes, addresses and names as clients should not, but may, give them. */
#ifndef DEVFUND_VALUES_H
#define DEVFUND_VALUES_H

#include "chance.h"

/* The most that comes over one call of a client (docs/semantics.md). */
#define LENGTH_MAX (128u * 1024)

/* Near the edges more often than elsewhere; at most LENGTH_MAX + 1. */
size_t values_length(struct chance *chance);

/* Of a device control of Windows: of any device type, but more often of the usual ones. */
uint32_t values_control(struct chance *chance);

/* A number of ioctl(2). */
uint32_t values_ioctl(struct chance *chance);

/* Where nothing is, or nothing can be written. Before the first, values_prepare. */
void values_prepare(void);
void *values_bad_address(struct chance *chance);

/* A name to open; a path may be in it. Valid until the next call of the same thread. */
const char *values_name(struct chance *chance);

#endif
