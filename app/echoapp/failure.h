/* How a system call's failure is told: one line that says what failed, why, and what to do. */
#ifndef ECHOAPP_FAILURE_H
#define ECHOAPP_FAILURE_H

/* For example failure_report(ENOENT, "cannot open %s", path). */
void failure_report(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
