/* The memory of a client. See clientmemory.h. */
#include "framework/clientmemory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

#include <ntstatus.h>

#include "port/log.h"

typedef ssize_t vm_copy(pid_t pid, const struct iovec *local, unsigned long local_count,
                        const struct iovec *remote, unsigned long remote_count, unsigned long flags);

static NTSTATUS failed_copy(pid_t client, int error)
{
    switch (error) {
    case EPERM:
    case ENOSYS:
        log_warning(
            "the memory of process %d is closed to this one: run the daemon as root or as the client's "
            "user, and see kernel.yama.ptrace_scope",
            (int)client);
        return STATUS_ACCESS_DENIED;
    case ENOMEM:
        return STATUS_INSUFFICIENT_RESOURCES;
    default:
        return STATUS_ACCESS_VIOLATION;
    }
}

static NTSTATUS copy(vm_copy *vm_copy, pid_t client, uint64_t address, void *buffer, size_t length)
{
    if (client <= 0) /* of another pid namespace */
        return failed_copy(client, EPERM);
    struct iovec local = {.iov_base = buffer, .iov_len = length};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = length};
    ssize_t copied = vm_copy(client, &local, 1, &remote, 1, 0);
    if (copied < 0)
        return failed_copy(client, errno);
    return (size_t)copied == length ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

NTSTATUS client_memory_read(pid_t client, uint64_t address, void *buffer, size_t length)
{
    return copy(process_vm_readv, client, address, buffer, length);
}

NTSTATUS client_memory_write(pid_t client, uint64_t address, const void *data, size_t length)
{
    return copy(process_vm_writev, client, address, (void *)(uintptr_t)data, length);
}

/* Moves *address on past a writable mapping that contains it. False: the mapping is not writable. */
static bool skip_mapping(const char *line, uint64_t *address)
{
    uint64_t start, end;
    char permissions[5];
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &start, &end, permissions) != 3)
        return true;
    if (*address < start || *address >= end)
        return true;
    if (permissions[1] != 'w')
        return false;
    *address = end;
    return true;
}

bool client_memory_may_be_written(pid_t client, uint64_t address, size_t length)
{
    uint64_t end = address + length;
    if (end < address)
        return false;
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/maps", (int)client);
    FILE *maps = fopen(path, "re");
    if (maps == NULL)
        return true; /* writing will tell */

    char *line = NULL;
    size_t capacity = 0;
    bool is_writable = true;
    /* The lines are sorted by address. */
    while (is_writable && address < end && getline(&line, &capacity, maps) > 0)
        is_writable = skip_mapping(line, &address);
    free(line);
    fclose(maps);
    return is_writable && address >= end;
}
