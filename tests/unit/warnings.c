/* Listening to warnings. See warnings.h. */
#include "warnings.h"

#include <stdio.h>

unsigned warnings;
char last_warning[1024];

void keep_warning(enum log_level level, const char *line)
{
    if (level != LOG_LEVEL_WARNING)
        return;
    warnings++;
    snprintf(last_warning, sizeof(last_warning), "%s", line);
}

void listen_to_warnings(void)
{
    warnings = 0;
    last_warning[0] = '\0';
    log_set_sink(keep_warning);
}
