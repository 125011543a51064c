/* Strict values. See optionvalues.h and <wdfuse/host.h>. */
#include "host/optionvalues.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wdfuse/host.h>

/* strtoul takes blanks, signs and trailing text: none of these is a number here. */
static bool read_number(const char *text, int base, unsigned long maximum, unsigned long *number)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end;
    errno = 0;
    *number = strtoul(text, &end, base);
    return errno == 0 && *end == '\0' && *number <= maximum;
}

int WdfuseHostParseNumber(const char *Value, unsigned long Minimum, unsigned long Maximum,
                          unsigned long *Number, char *Error, size_t ErrorSize)
{
    if (read_number(Value, 10, Maximum, Number) && *Number >= Minimum)
        return 0;
    snprintf(Error, ErrorSize, "'%s' is not a number from %lu to %lu", Value, Minimum, Maximum);
    return -1;
}

int WdfuseHostParseChoice(const char *Value, const char *const Names[], size_t Count, size_t *Index,
                          char *Error, size_t ErrorSize)
{
    for (size_t i = 0; i < Count; i++) {
        if (strcmp(Value, Names[i]) == 0) {
            *Index = i;
            return 0;
        }
    }
    size_t used = (size_t)snprintf(Error, ErrorSize, "'%s' is none of", Value);
    for (size_t i = 0; i < Count && used < ErrorSize; i++)
        used +=
            (size_t)snprintf(Error + used, ErrorSize - used, "%s %s", i == 0 ? "" : ",", Names[i]);
    return -1;
}

int option_value_mode(const char *text, mode_t *mode, char *error, size_t size)
{
    unsigned long number;
    if (!read_number(text, 8, 0777, &number)) {
        snprintf(error, size, "'%s' is not a mode in octal, 0 to 0777", text);
        return -1;
    }
    *mode = (mode_t)number;
    return 0;
}

/* (uid_t)-1 and (gid_t)-1 mean "no change" to the kernel, and are nobody's. */
#define LARGEST_ID 0xFFFFFFFEul

int option_value_user(const char *text, uid_t *user, gid_t *group, char *name, size_t name_size,
                      char *error, size_t size)
{
    unsigned long number = 0;
    bool is_number = read_number(text, 10, LARGEST_ID, &number);
    const struct passwd *entry = is_number ? getpwuid((uid_t)number) : getpwnam(text);
    if (entry == NULL && !is_number) {
        snprintf(error, size, "there is no user '%s'", text);
        return -1;
    }
    if (entry != NULL && strlen(entry->pw_name) >= name_size) {
        snprintf(error, size, "the name of user '%s' is too long", text);
        return -1;
    }
    *user = entry != NULL ? entry->pw_uid : (uid_t)number;
    *group = entry != NULL ? entry->pw_gid : (gid_t)-1;
    snprintf(name, name_size, "%s", entry != NULL ? entry->pw_name : "");
    return 0;
}

int option_value_group(const char *text, gid_t *group, char *error, size_t size)
{
    unsigned long number;
    if (read_number(text, 10, LARGEST_ID, &number)) {
        *group = (gid_t)number;
        return 0;
    }
    const struct group *entry = getgrnam(text);
    if (entry == NULL) {
        snprintf(error, size, "there is no group '%s'", text);
        return -1;
    }
    *group = entry->gr_gid;
    return 0;
}
