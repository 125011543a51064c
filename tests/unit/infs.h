/* INFs for tests: from the text of a test, and what is complained of. */
#ifndef TESTS_UNIT_INFS_H
#define TESTS_UNIT_INFS_H

#include <stddef.h>

#include "inf/read.h"

/* amd64, 10.0, build 99999, product type 1, on 2026-11-29. */
extern const struct inf_system infs_system;

/* What is read last; closed when the next one is, or by infs_end. */
struct inf *infs_read(const char *text);
struct inf *infs_read_inx(const char *text);
struct inf *infs_read_bytes(const char *path, const void *bytes, size_t size);
void infs_end(void);

/* The field at that index of that line (from 0) of the section; -1: its key. */
const char *infs_field(const struct inf *inf, const char *section, unsigned line, int index);

/* All complaints, a line each, "LINE:COLUMN: SEVERITY: TEXT", are exactly these. */
void infs_expect(const struct inf *inf, const char *complaints);

/* One of the lines is this one. */
void infs_expect_one(const struct inf *inf, const char *complaint);

#endif
