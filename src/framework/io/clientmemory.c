/* The memory of a client. See clientmemory.h. */
#include "framework/io/clientmemory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include <ntstatus.h>

/* ---- copying ---- */

typedef ssize_t vm_copy(pid_t pid, const struct iovec *local, unsigned long local_count,
                        const struct iovec *remote, unsigned long remote_count,
                        unsigned long flags);

static NTSTATUS failed_copy(int error)
{
    switch (error) {
    case EPERM:
    case ENOSYS:
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
        return failed_copy(EPERM);
    struct iovec local = {.iov_base = buffer, .iov_len = length};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = length};
    ssize_t copied = vm_copy(client, &local, 1, &remote, 1, 0);
    if (copied < 0)
        return failed_copy(errno);
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

/* ---- looking at mappings ---- */

/* /proc/PID/maps, read without a stream of the C library, which allocates. */
struct maps {
    int file;
    size_t next, end;
    char bytes[4096];
};

struct mapping {
    uint64_t start, end;
    bool is_writable;
};

/* '\0' at the end. */
static char next_character(struct maps *maps)
{
    if (maps->next == maps->end) {
        ssize_t count = read(maps->file, maps->bytes, sizeof(maps->bytes));
        if (count <= 0)
            return '\0';
        maps->next = 0;
        maps->end = (size_t)count;
    }
    return maps->bytes[maps->next++];
}

/* A number of hexadecimal digits, and what stands behind it. */
static uint64_t next_number(struct maps *maps)
{
    uint64_t number = 0;
    for (;;) {
        char digit = next_character(maps);
        if (digit >= '0' && digit <= '9')
            number = number * 16 + (unsigned)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            number = number * 16 + (unsigned)(digit - 'a' + 10);
        else
            return number;
    }
}

/* "START-END rwxp ...". False at the end. */
static bool next_mapping(struct maps *maps, struct mapping *mapping)
{
    mapping->start = next_number(maps);
    mapping->end = next_number(maps);
    next_character(maps);
    mapping->is_writable = next_character(maps) == 'w';
    for (;;) {
        char character = next_character(maps);
        if (character == '\n')
            return true;
        if (character == '\0')
            return false;
    }
}

/* The mappings come sorted by address. */
static bool is_writable(struct maps *maps, uint64_t address, uint64_t end)
{
    struct mapping mapping;
    while (address < end && next_mapping(maps, &mapping)) {
        if (address < mapping.start || address >= mapping.end)
            continue;
        if (!mapping.is_writable)
            return false;
        address = mapping.end;
    }
    return address >= end;
}

bool client_memory_may_be_written(pid_t client, uint64_t address, size_t length)
{
    if (address + length < address)
        return false;
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/maps", (int)client);
    struct maps maps = {.file = open(path, O_RDONLY | O_CLOEXEC)};
    if (maps.file < 0)
        return true; /* writing will tell */
    bool result = is_writable(&maps, address, address + length);
    close(maps.file);
    return result;
}
