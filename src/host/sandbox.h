/*
 * Confinement: what the daemon may still do once its devices are open.
 *
 * There is a list of system calls (seccomp(2)): any other fails with EPERM, and is logged by its
 * name. It holds for all threads, for what these start, and for good, and no program that is
 * started gets further privileges. What was opened before stays open; helper processes that were
 * started before are free of it.
 */
#ifndef WDFUSE_HOST_SANDBOX_H
#define WDFUSE_HOST_SANDBOX_H

/* IF_POSSIBLE: where the build or the kernel has none, the daemon goes without, and says so. */
enum sandbox_mode { SANDBOX_OFF, SANDBOX_IF_POSSIBLE, SANDBOX_ON };

/* "on" or "off". 0, or -1. */
int sandbox_parse(const char *text, enum sandbox_mode *mode);

/* Before sandbox_enter: what is needed beyond the host's own calls, names with blanks between them,
 * and who needs that. Returns 0, or -errno with a line logged. */
int sandbox_allow_calls(const char *names, const char *who);

/* From now on. Returns 0, or -errno with a line logged. */
int sandbox_enter(enum sandbox_mode mode);

#endif
