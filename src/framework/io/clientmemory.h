/*
 * The memory of a client, which is another process as a rule (S8.19).
 *
 * The kernel copies, with the client's own page tables and protections and with a check that this
 * process may look into that one: an address that the client could not use itself is an error,
 * never a fault of ours. The client waits in its system call for as long as its request is
 * unanswered, even if it is being killed; until then its thread number is nobody else's.
 *
 * All of it may sleep for as long as the client likes (copier.h), and may be called in the child of
 * a process with threads: nothing is allocated, locked or logged.
 */
#ifndef WDFUSE_FRAMEWORK_IO_CLIENTMEMORY_H
#define WDFUSE_FRAMEWORK_IO_CLIENTMEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ntdef.h>

/*
 * Copy from and to a client's memory, `client` being the thread that waits for the request.
 *     STATUS_SUCCESS
 *     STATUS_ACCESS_VIOLATION        the client itself could not read or write all of it; some may
 *                                    be copied
 *     STATUS_ACCESS_DENIED           this process may not look into the client
 *     STATUS_INSUFFICIENT_RESOURCES
 */
NTSTATUS client_memory_read(pid_t client, uint64_t address, void *buffer, size_t length);
NTSTATUS client_memory_write(pid_t client, uint64_t address, const void *data, size_t length);

/* False if the client certainly has no writable memory there at this moment. */
bool client_memory_may_be_written(pid_t client, uint64_t address, size_t length);

#endif
