/* The log's warnings, for tests of what it says. Other lines are dropped while a test listens. */
#ifndef TESTS_UNIT_WARNINGS_H
#define TESTS_UNIT_WARNINGS_H

#include <string.h>

#include "port/log.h"

/* Since the test began to listen. */
extern unsigned warnings;
extern char last_warning[1024];

void listen_to_warnings(void);

/* The sink that counts them, for a sink that does more. */
void keep_warning(enum log_level level, const char *line);

#define ck_says(words)                                                                             \
    ck_assert_msg(strstr(last_warning, (words)) != NULL, "\"%s\" does not say \"%s\"",             \
                  last_warning, (words))

#endif
