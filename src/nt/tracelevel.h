/*
 * Levels of trace messages, by name.
 */
#ifndef WDFUSE_NT_TRACELEVEL_H
#define WDFUSE_NT_TRACELEVEL_H

#include <stddef.h>

#include <ntdef.h>

/* "verbose", or the number; valid until the thread asks for the next one. */
const char *trace_level_name(ULONG level);

/* 5 of "verbose", "TRACE_LEVEL_VERBOSE" and "5"; -1 of what is no level. */
int trace_level_from_name(const char *name, size_t length);

#endif
