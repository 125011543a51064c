/* The filter that stands on top of a driver that is fuzzed. */
#ifndef TESTS_FUZZ_FILTER_H
#define TESTS_FUZZ_FILTER_H

#include <ntddk.h>

extern DRIVER_INITIALIZE FilterDriverEntry;

/* Half of what comes is sent and forgotten; else all of it comes back to a completion routine, and
 * some of it has a time limit. Constant while the driver runs. */
extern BOOLEAN filter_forgets;

#endif
