/* The system calls that a confined daemon may make. */
#ifndef WDFUSE_HOST_SANDBOXCALLS_H
#define WDFUSE_HOST_SANDBOXCALLS_H

/* Adds one to the host's own, by name. 0, -ENOMEM, or -EINVAL: there is no such call. */
int sandbox_calls_allow(const char *name);

/* For all threads of the process, permanently. 0 or -errno; -ENOSYS: not in this build, or not in
 * this kernel. */
int sandbox_calls_enter(void);

#endif
