/*
 * Confinement: what the daemon may do once its devices are open.
 *
 * A list of system calls is allowed (seccomp(2)): any other fails with EPERM, and is logged by
 * name. It holds permanently for all threads and their child processes, and no program that is
 * started gets more privileges. Files opened before stay open; helper processes that were started
 * before are not confined.
 */
#ifndef WDFUSE_HOST_SANDBOX_H
#define WDFUSE_HOST_SANDBOX_H

/* IF_POSSIBLE: without support by the build or the kernel, the daemon runs unconfined, with a
 * warning. */
enum sandbox_mode { SANDBOX_OFF, SANDBOX_IF_POSSIBLE, SANDBOX_ON };

/* "on" or "off". 0, or -1. */
int sandbox_parse(const char *text, enum sandbox_mode *mode);

/* Before sandbox_enter: adds calls to the host's own, as names with blanks between them; `who`
 * needs them. Returns 0, or -errno with a line logged. */
int sandbox_allow_calls(const char *names, const char *who);

/* From now on. Returns 0, or -errno with a line logged. */
int sandbox_enter(enum sandbox_mode mode);

#endif
