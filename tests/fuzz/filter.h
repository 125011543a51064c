/* The filter on top of a driver that is fuzzed. */
#ifndef TESTS_FUZZ_FILTER_H
#define TESTS_FUZZ_FILTER_H

#include <ntddk.h>

extern DRIVER_INITIALIZE FilterDriverEntry;

/* Half of the requests are sent and forgotten. Otherwise all return to a completion routine, and
 * some have a time limit. Constant while the driver runs. */
extern BOOLEAN filter_forgets;

#endif
