/* What every unit test's main does. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_ENDS_TAG "ends"

/*
 * Marks a test case, and returns it, whose tests end their process by a signal or leave it in a
 * state that no other test may find. They have a process each even when the others share one
 * (CK_FORK=no): under a debugger, and under tools that make a fork expensive.
 */
static inline TCase *unit_ends(TCase *tests)
{
    tcase_set_tags(tests, UNIT_ENDS_TAG);
    return tests;
}

/* Runs the suite as the environment says (CK_RUN_CASE, CK_FORK, CK_VERBOSITY ...). Returns the exit
 * status. */
static inline int unit_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    const char *fork = getenv("CK_FORK");
    if (fork == NULL || strcmp(fork, "no") != 0) {
        srunner_run_all(runner, CK_ENV);
    } else {
        /* First, while the process is still unchanged. The second run counts and shows both. */
        srunner_set_fork_status(runner, CK_FORK);
        srunner_run_tagged(runner, NULL, NULL, UNIT_ENDS_TAG, NULL, CK_SILENT);
        srunner_set_fork_status(runner, CK_NOFORK);
        srunner_run_tagged(runner, NULL, NULL, NULL, UNIT_ENDS_TAG, CK_ENV);
    }
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
