/* Lengths, codes, addresses and names that clients should not pass, but may. */
#ifndef DEVFUND_VALUES_H
#define DEVFUND_VALUES_H

#include "chance.h"

/* The maximal size of one call of a client (docs/semantics.md). */
#define LENGTH_MAX (128u * 1024)

/* Often near a limit; at most LENGTH_MAX + 1. */
size_t values_length(struct chance *chance);

/* A device control code of Windows: of any device type, but more often of the usual ones. */
uint32_t values_control(struct chance *chance);

/* A number of ioctl(2). */
uint32_t values_ioctl(struct chance *chance);

/* Unmapped or read-only addresses. Call values_prepare first. */
void values_prepare(void);
void *values_bad_address(struct chance *chance);

/* A name to open, possibly with a path. Valid until the next call of the same thread. */
const char *values_name(struct chance *chance);

#endif
