/* What every unit test's main does. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Whether each test has a process of its own. Without (CK_FORK=no), tests that must end by a signal
 * are left out. */
static inline bool unit_forks(void)
{
    const char *fork = getenv("CK_FORK");
    return fork == NULL || strcmp(fork, "no") != 0;
}

/* Runs the suite as the environment says (CK_RUN_CASE, CK_FORK, CK_VERBOSITY ...). Returns main's
 * status. */
static inline int unit_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
