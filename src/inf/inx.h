/*
 * The variables of an INX, which stampinf would replace (S20.44). Projects have them in files named
 * .inf as well: the name decides nothing.
 */
#ifndef WDFUSE_INF_INX_H
#define WDFUSE_INF_INX_H

#include <stdbool.h>
#include <stddef.h>

#include "inf/system.h"

/* Large enough for what any variable stands for. */
#define INX_VALUE_SIZE 16

/*
 * If a variable begins at `text`, of which `length` bytes are left: its length, and what it stands
 * for in `value`. 0: there is none; other texts between dollars ("$WINDOWS NT$") stay.
 */
size_t inx_variable(const struct inf_system *system, const char *text, size_t length,
                    char value[INX_VALUE_SIZE]);

#endif
