/*
 * Trace messages, for the rest of the NT layer and for hosts. What drivers call is in
 * <wdfuse/trace.h>.
 */
#ifndef WDFUSE_NT_TRACE_H
#define WDFUSE_NT_TRACE_H

#include <stdbool.h>

#include <wdfuse/trace.h>

/* True if messages of that level and flag are wanted of the control: it is registered, and it is
 * asked for the flag, if it knows it. */
bool trace_is_wanted(const WDFUSE_TRACE_CONTROL *control, ULONG level, const char *flag);

/* Writes one message, without asking whether it is wanted. */
void trace_write(ULONG level, const char *place, const char *flag, const char *text);

/* For a driver that is going to begin anew without having ended. What was asked for stays. */
void trace_forget_providers(void);

/* Whether WdfuseTraceEnable would take that specification: 0, or -1 with the reason in `error`. */
int trace_check(const char *specification, char *error, size_t size);

/* Warns of each flag that was asked for and that no provider has had: to be called once drivers
 * have started. */
void trace_warn_of_unknown_flags(void);

#endif
