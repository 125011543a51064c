/*
 * The end of a driver's mistake in the NT layer: one line in the log, then abort, so that the core
 * or the debugger shows the place where it happened.
 */
#ifndef WDFUSE_NT_FAULT_H
#define WDFUSE_NT_FAULT_H

_Noreturn void nt_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
