/* INFs for tests: from a test's text, and the complaints about them. */
#ifndef TESTS_UNIT_INFS_H
#define TESTS_UNIT_INFS_H

#include <stddef.h>

#include "inf/package.h"

/* amd64, 10.0, build 99999, product type 1, on 2026-11-29. */
extern const struct inf_system infs_system;

/* The INF read last; closed when the next one is read, or by infs_end. */
struct inf *infs_read(const char *text);
struct inf *infs_read_bytes(const char *path, const void *bytes, size_t size);
void infs_end(void);

/* The same, and its meaning. */
struct inf_package *infs_package(const char *text);

/* The first lines of an INF for one device, and its section [Strings]. */
#define INFS_START                                                                                 \
    "[Version]\n"                                                                                  \
    "Signature = \"$Windows NT$\"\n"                                                               \
    "Class = Sample\n"                                                                             \
    "ClassGuid = {78A1C341-4539-11d3-B88D-00C04FAD5171}\n"                                         \
    "[Manufacturer]\n"                                                                             \
    "Maker = Models, NTamd64\n"                                                                    \
    "[Models.NTamd64]\n"                                                                           \
    "Toaster = Toaster, root\\toaster\n"                                                           \
    "[Toaster.NT]\n"

/* After it: a service with flag 2. */
#define INFS_SERVICE                                                                               \
    "[Toaster.NT.Services]\n"                                                                      \
    "AddService = toaster, 2, toaster_service\n"                                                   \
    "[toaster_service]\n"                                                                          \
    "ServiceType = 1\n"                                                                            \
    "StartType = 3\n"                                                                              \
    "ErrorControl = 1\n"                                                                           \
    "ServiceBinary = %13%\\toaster.sys\n"

/* How many lines these have. */
#define INFS_START_LINES   9
#define INFS_SERVICE_LINES 7

/* The field at that index of that line (from 0) of the section; -1: its key. */
const char *infs_field(const struct inf *inf, const char *section, unsigned line, int index);

/* Asserts that all complaints, one per line, "LINE:COLUMN: SEVERITY: TEXT", are exactly these. */
void infs_expect(const struct inf *inf, const char *complaints);

/* Asserts that this is one of the lines. */
void infs_expect_one(const struct inf *inf, const char *complaint);

/* The drivers of the first device's stack, the lowest first: "lower.so toaster.so". */
void infs_expect_stack(const struct inf_package *package, const char *modules);

#endif
