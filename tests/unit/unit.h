/* What every unit test's main does. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>

/* Runs the suite as the environment says (CK_RUN_CASE, CK_FORK, CK_VERBOSITY ...). Returns main's status. */
static inline int unit_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
