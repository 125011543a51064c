/* Names of levels. See tracelevel.h. */
#include "nt/tracelevel.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const level_names[] = {
    "none", "critical", "error", "warning", "information", "verbose",
};

const char *trace_level_name(ULONG level)
{
    static _Thread_local char number[sizeof("4294967295")];

    if (level < RTL_NUMBER_OF(level_names))
        return level_names[level];
    snprintf(number, sizeof(number), "%u", level);
    return number;
}

static int level_from_number(const char *text, size_t length)
{
    int level = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || level > 255)
            return -1;
        level = level * 10 + (text[i] - '0');
    }
    return length > 0 && level <= 255 ? level : -1;
}

int trace_level_from_name(const char *name, size_t length)
{
    static const char prefix[] = "TRACE_LEVEL_";
    static const struct {
        const char *name;
        int level;
    } others[] = {{"fatal", 1}, {"info", 4}};

    if (length > strlen(prefix) && strncmp(name, prefix, strlen(prefix)) == 0) {
        name += strlen(prefix);
        length -= strlen(prefix);
    }
    for (int level = 0; level < (int)RTL_NUMBER_OF(level_names); level++)
        if (strlen(level_names[level]) == length &&
            strncasecmp(name, level_names[level], length) == 0)
            return level;
    for (size_t i = 0; i < RTL_NUMBER_OF(others); i++)
        if (strlen(others[i].name) == length && strncasecmp(name, others[i].name, length) == 0)
            return others[i].level;
    return level_from_number(name, length);
}
