/*
 * A driver that crashes: a few lines that say where, before the signal does what it does (a core
 * dump).
 *
 * SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT are handled on a stack of their own, so that also an
 * overflow of a thread's stack is told. The handler calls nothing that is not async-signal-safe,
 * takes no lock and no memory: what it needs to know of the files in memory is written down before.
 * Another process tells function and line (history/place.h).
 */
#ifndef WDFUSE_HOST_CRASH_H
#define WDFUSE_HOST_CRASH_H

#include <wdm.h>

/*
 * When the files of all drivers are in memory: before a DriverEntry is called, and before the
 * threads that call drivers start. `program` stands before each line, and must last. A signal that
 * somebody handles already stays theirs; under a sanitizer all of them do.
 */
void crash_report_start(const char *program);

/* Thereupon, for each driver: the file of this function is to be called one in reports. By one
 * thread at a time. */
void crash_report_driver(DRIVER_INITIALIZE *driver_entry);

/* From now on also the system log gets the lines. */
void crash_report_to_syslog(void);

#endif
