/*
 * Names of statuses, and the errno each of them becomes for a Linux client.
 */
#ifndef WDFUSE_NT_STATUS_H
#define WDFUSE_NT_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include <ntdef.h>

/*
 * The name, "STATUS_CANCELLED", never NULL. A status without a name here gives "0xC0001234", valid
 * until the thread asks for the next one.
 */
const char *nt_status_name(NTSTATUS status);

/*
 * The errno, positive; 0 if the client is to see a success. is_control: the request is an ioctl,
 * for which "no such request" is ENOTTY. What satisfies NT_SUCCESS is 0, STATUS_TIMEOUT among it;
 * so is STATUS_END_OF_FILE of a read or write, the one failure that is an answer on Linux: no
 * bytes. A status without an errno of its own is EIO.
 */
int nt_status_to_errno(NTSTATUS status, bool is_control);

/*
 * The other way, for what Linux has answered a driver: the status that nt_status_to_errno makes
 * that errno of, for every errno but ENOSYS, which no status becomes and which is
 * STATUS_NOT_SUPPORTED. What has no status of Windows is one of the customer's, 0xE1000000 and the
 * errno. 0 is STATUS_SUCCESS.
 */
NTSTATUS nt_status_from_errno(int error, bool is_control);

/* Walks the table, for tests and lists: puts its entry at `index` into *status; false after the
 * last one. */
bool nt_status_at(size_t index, NTSTATUS *status);

#endif
