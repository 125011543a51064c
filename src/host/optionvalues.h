/*
 * Values of options, parsed strictly: the whole text counts, and values out of range are refused.
 * Each function returns 0, or -1 with the reason in `error`.
 */
#ifndef WDFUSE_HOST_OPTIONVALUES_H
#define WDFUSE_HOST_OPTIONVALUES_H

#include <stddef.h>
#include <sys/types.h>

/* Permission bits in octal. */
int option_value_mode(const char *text, mode_t *mode, char *error, size_t size);

/* A user by name or number. For a number without an entry `name` is left empty, and *group is
 * (gid_t)-1. */
int option_value_user(const char *text, uid_t *user, gid_t *group, char *name, size_t name_size,
                      char *error, size_t size);

/* A group by name or number. */
int option_value_group(const char *text, gid_t *group, char *error, size_t size);

#endif
