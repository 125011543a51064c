/* The drivers' own variables. See driverimage.h. */
#include "explore/driverimage.h"

#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* One or two for each driver of a stack. */
#define PIECES_MAX 64

/* Byte by byte, because AddressSanitizer may have put redzones between a driver's variables. */
static __attribute__((no_sanitize("address"))) void copy(volatile unsigned char *to,
                                                         const volatile unsigned char *from,
                                                         size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = from[i];
}

static struct {
    unsigned char *memory;
    unsigned char *original;
    size_t size;
} pieces[PIECES_MAX];
static unsigned piece_count;

static bool keep_piece(uintptr_t start, uintptr_t end)
{
    if (start >= end)
        return true;
    if (piece_count == PIECES_MAX)
        return false;
    unsigned char *original = malloc(end - start);
    if (original == NULL)
        return false;
    copy(original, (const unsigned char *)start, end - start);
    pieces[piece_count].memory = (unsigned char *)start;
    pieces[piece_count].original = original;
    pieces[piece_count++].size = end - start;
    return true;
}

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && address >= start &&
            address < start + info->dlpi_phdr[i].p_memsz)
            return true;
    }
    return false;
}

/* The linker makes this part of the first writable segment read-only, rounded to pages. */
static uintptr_t end_of_read_only(const struct dl_phdr_info *info)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_GNU_RELRO)
            return (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz) &
                   ~(page - 1);
    }
    return 0;
}

/* Returns 0 to go on, 1 when done, -1 without memory. */
static int look(struct dl_phdr_info *info, size_t size, void *address)
{
    (void)size;
    if (!holds(info, (uintptr_t)address))
        return 0;
    uintptr_t read_only = end_of_read_only(info);
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) == 0)
            continue;
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        uintptr_t end = start + segment->p_memsz;
        if (read_only > start && read_only <= end)
            start = read_only;
        if (!keep_piece(start, end))
            return -1;
    }
    return 1;
}

bool driver_image_keep(const void *address)
{
    return dl_iterate_phdr(look, (void *)(uintptr_t)address) >= 0;
}

void driver_image_restore(void)
{
    for (unsigned i = 0; i < piece_count; i++)
        copy(pieces[i].memory, pieces[i].original, pieces[i].size);
}
