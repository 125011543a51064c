/*
 * A driver that crashes: a few lines that say where, before the signal takes its course (a core
 * dump).
 *
 * SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT are handled on a separate stack, so that an overflow
 * of a thread's stack is reported, too. The handler calls only async-signal-safe functions and
 * takes no lock and no memory: what it needs to know about the mapped files is noted before.
 * Another process finds function and line (history/place.h).
 */
#ifndef WDFUSE_HOST_CRASH_H
#define WDFUSE_HOST_CRASH_H

#include <wdm.h>

/*
 * Call it when the files of all drivers are mapped: before a DriverEntry is called, and before the
 * threads that call drivers start. `program` is put before each line, and must last. A signal that
 * has a handler already keeps it; under a sanitizer all do.
 */
void crash_report_start(const char *program);

/* After that, for each driver: reports name the file of this function as a driver. By one thread at
 * a time. */
void crash_report_driver(DRIVER_INITIALIZE *driver_entry);

/* From now on also the system log gets the lines. */
void crash_report_to_syslog(void);

#endif
