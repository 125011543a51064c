/*
 * Copies of clients' memory that come to an end.
 *
 * A page of a client may lie in a file on a file system that does not answer, or be one whose
 * faults another of its threads handles when it likes: a thread that touches it sleeps for as long
 * as somebody else likes. So none of the daemon's threads does. Small processes copy, one piece at
 * a time, and the one that has not come back in time is killed and replaced.
 */
#ifndef WDFUSE_FRAMEWORK_IO_COPIER_H
#define WDFUSE_FRAMEWORK_IO_COPIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ntdef.h>

/*
 * How many copies may be under way at once, of one process, of all processes of one user, and in
 * all; and how long one may take, in nanoseconds. A client whose memory does not answer only uses
 * up its own share. A process that was killed and has not ended counts for the user and in all: the
 * kernel may keep it until the file system that it waits for has gone.
 */
#define COPIER_SHARE         2
#define COPIER_SHARE_OF_USER 8
#define COPIERS_MAX          64
#define COPIER_PATIENCE      1000000000u

/* How many processes stay when there is nothing to copy. */
#define COPIER_HELPERS 4

/* Whose memory it is: the thread that waits for the request, and the process and user that have
 * opened the file. */
struct copier_client {
    pid_t thread;
    pid_t process;
    uid_t user;
};

/*
 * Before the driver is loaded, and after it is unloaded. No process is made before the first copy,
 * which has then no more rights than the daemon.
 */
void copier_start(void);
void copier_stop(void);

/*
 * Copy from and to the memory of `client`. copier_probe fails as well if `for_write` and the client
 * could not write there itself. In any thread at PASSIVE_LEVEL, with no lock of the framework held.
 *     STATUS_SUCCESS
 *     STATUS_ACCESS_VIOLATION        the client could not do it itself, or its memory did not
 *                                    answer in time; some may be copied
 *     STATUS_DEVICE_BUSY             too many copies of that client wait for such memory
 *     STATUS_ACCESS_DENIED           this process may not look into the client
 *     STATUS_INSUFFICIENT_RESOURCES
 */
NTSTATUS copier_probe(const struct copier_client *client, uint64_t address, void *buffer,
                      size_t length, bool for_write);
NTSTATUS copier_write(const struct copier_client *client, uint64_t address, const void *data,
                      size_t length);

#endif
