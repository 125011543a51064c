/*
 * The statuses that public functions return to the driver. A failure is logged, with the function
 * and the rule that names the function's statuses (or, if no rule does, the header). While the
 * driver starts it is always logged, since a start that fails must say what has failed; later at
 * level debug.
 */
#ifndef WDFUSE_FRAMEWORK_OBJECT_APIRESULT_H
#define WDFUSE_FRAMEWORK_OBJECT_APIRESULT_H

#include <wdf.h>

/* Around a callback of a start, in its thread, by whoever notes it (underway.h). They nest. */
void api_start_begin(void);
void api_start_end(void);

/* Logs a failure, and whose code at that address has called. */
void api_failed(NTSTATUS status, const char *function, const char *rule, const void *caller);

/* Always in the public function itself, whose caller it tells. */
__attribute__((always_inline)) static inline NTSTATUS api_result(NTSTATUS status,
                                                                 const char *function,
                                                                 const char *rule)
{
    if (__builtin_expect(!NT_SUCCESS(status), 0))
        api_failed(status, function, rule, __builtin_return_address(0));
    return status;
}

/* Every public function that returns an NTSTATUS returns STATUS_SUCCESS or this
 * (tests/source/test-results.sh). */
#define API_RESULT(status, rule) api_result((status), __func__, (rule))

#endif
