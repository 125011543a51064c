/*
 * The control socket: inspecting and commanding a daemon by varlink (org.wdfuse.control.varlink).
 *
 * One thread serves it. It is not a worker, takes locks of the framework only for bounded copies
 * (framework/inspect.h) and never calls a driver, so it answers even while every worker is stuck.
 * Operations that may call a driver are commands, which the host's main thread takes and executes.
 */
#ifndef WDFUSE_CONTROL_CONTROL_H
#define WDFUSE_CONTROL_CONTROL_H

#include <stdint.h>
#include <sys/types.h>

#include <ntdef.h>

struct control;

/*
 * Makes the socket in `folder`, PID.socket. Clients are not served yet. Returns 0, or -errno with a
 * line logged; then, and when `folder` is NULL, *result is NULL, and the other functions do
 * nothing.
 */
int control_open(const char *folder, const char *program, struct control **result);

/* The socket's path; NULL: there is none. Others than control_close may remove it at any time. */
const char *control_path(const struct control *control);

/* Besides root, the daemon's user and group, present or future, may inspect and command it. */
void control_allow(struct control *control, uid_t user, gid_t group);

/* Starts the thread. 0, or -errno with a line logged. */
int control_start(struct control *control);

/* Ends the thread: from now on devices may be deleted. Clients that wait for a command are told
 * that the daemon ends. */
void control_stop(struct control *control);

/* The same, unless that was done, and removes the socket. */
void control_close(struct control *control);

/* ---- commands ---- */

enum control_verb {
    CONTROL_SUSPEND,
    CONTROL_RESUME,
    CONTROL_WAKE,
    CONTROL_IDLE,
    CONTROL_STOP,
    CONTROL_START,
    CONTROL_REMOVE,
    CONTROL_SURPRISE_REMOVE,
    CONTROL_FAIL,
    CONTROL_PLUG,
    CONTROL_UNPLUG,
    CONTROL_EJECT,
    CONTROL_USE,
    CONTROL_UNUSE,
    CONTROL_CANCEL_REQUEST,
    CONTROL_WMI_GET,
    CONTROL_WMI_SET,
    CONTROL_WMI_SET_ITEM,
    CONTROL_WMI_EXECUTE,
    CONTROL_WMI_WATCH,
    CONTROL_WMI_UNWATCH, /* of a client that has disconnected */
};

struct control_wmi;

struct control_command {
    enum control_verb verb;
    char device[256];  /* a node's name, or a handle; for verbs about one device */
    uintptr_t request; /* of CONTROL_CANCEL_REQUEST */
    int file;          /* of CONTROL_USE and CONTROL_UNUSE: a WDF_SPECIAL_FILE_TYPE */
    /* Of CONTROL_WMI_...: malloc'ed, owned by the command; else NULL */
    struct control_wmi *wmi;
};

/* Readable while there is a command; -1: there never is. */
int control_descriptor(const struct control *control);

/* The oldest command, which is the main thread's until control_finish_command; NULL: there is
 * none. */
const struct control_command *control_take_command(struct control *control);

/* Executes one of CONTROL_WMI_.... In the main thread: it calls the driver. */
NTSTATUS control_execute_wmi(const struct control_command *command);

/* STATUS_NO_SUCH_DEVICE and STATUS_NOT_FOUND: there is no device, or no request, of that name. */
void control_finish_command(struct control *control, NTSTATUS status);

#endif
