/*
 * Finding a history in a file. See image.h.
 *
 * Nothing in the file is believed before it is checked: it may be cut off, of another program, or
 * made by an attacker.
 */
#include "history/image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/text.h"

#define SIZE_MAX_BYTES (8ull << 30)
#define PAGE           4096u

struct file {
    int descriptor;
    uint64_t size;
};

/* ---- checking ---- */

/* Not within the header, which would change when strings are ended. */
static bool is_within(uint64_t offset, uint64_t count, uint64_t each, uint64_t size)
{
    return offset >= sizeof(struct history_header) && offset <= size && offset % 8 == 0 &&
           count <= UINT32_MAX && count * each <= size - offset;
}

static bool tables_fit(const struct history_header *header)
{
    uint64_t records = header->ring_records;
    return is_within(header->names, header->name_count, sizeof(struct history_name),
                     header->size) &&
           is_within(header->objects, header->object_count, sizeof(struct history_object),
                     header->size) &&
           is_within(header->modules, header->module_count, sizeof(struct history_module),
                     header->size) &&
           is_within(header->rings, header->ring_count, sizeof(struct history_ring),
                     header->size) &&
           is_within(header->records, header->ring_count, records * HISTORY_RECORD_BYTES,
                     header->size);
}

const char *history_image_problem(const struct history_header *header, size_t size)
{
    uint64_t records = header->ring_records;
    if (size < sizeof(*header) || memcmp(header->magic, HISTORY_MAGIC, sizeof(header->magic)) != 0)
        return "it is no file of rings and no core of a daemon with a recorder";
    if (header->version != HISTORY_VERSION || header->record_bytes != HISTORY_RECORD_BYTES)
        return "it was written by another version of wdfuse";
    if (header->size > size)
        return "it is cut off";
    if (header->size > SIZE_MAX_BYTES || header->ring_count > HISTORY_RINGS ||
        records < HISTORY_RECORDS_MIN || records > HISTORY_RECORDS_MAX ||
        (records & (records - 1)) != 0 || !tables_fit(header))
        return "its tables do not fit into it: it is damaged";
    return NULL;
}

/* ---- a file of rings ---- */

/* Whoever writes the file may change it at any moment, or cut it off. So it is not mapped, and what
 * is checked is the copy. */
static bool read_at(const struct file *file, uint64_t offset, void *buffer, uint64_t size)
{
    char *to = buffer;
    while (size > 0) {
        ssize_t count = pread(file->descriptor, to, size, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        to += count;
        offset += (uint64_t)count;
        size -= (uint64_t)count;
    }
    return true;
}

/* What is in the memory is no more than the header says, and the header is of what is there. */
static const char *check_copy(struct history_view *view)
{
    const char *problem = history_image_problem(view->memory, view->size);
    if (problem == NULL)
        view->size = ((const struct history_header *)view->memory)->size;
    return problem;
}

static const char *copy_rings(const struct file *file, struct history_view *view)
{
    struct history_header header;
    if (!read_at(file, 0, &header, sizeof(header)))
        return "it can't be read";
    const char *problem = history_image_problem(&header, file->size);
    if (problem != NULL)
        return problem;
    view->size = header.size;
    view->memory = malloc(view->size);
    if (view->memory == NULL)
        return "there is no memory to read it into";
    if (!read_at(file, 0, view->memory, view->size))
        return "it is cut off";
    return check_copy(view);
}

/* ---- a core ---- */

static bool read_segment(const struct file *file, const Elf64_Ehdr *elf, unsigned index,
                         Elf64_Phdr *segment)
{
    return elf->e_phentsize == sizeof(*segment) && elf->e_phoff <= file->size &&
           read_at(file, elf->e_phoff + (uint64_t)index * sizeof(*segment), segment,
                   sizeof(*segment));
}

/* As many bytes of the segment as are in the file. */
static uint64_t segment_bytes(const struct file *file, const Elf64_Phdr *segment)
{
    if (segment->p_type != PT_LOAD || segment->p_offset > file->size)
        return 0;
    uint64_t there = file->size - segment->p_offset;
    return segment->p_filesz < there ? segment->p_filesz : there;
}

static bool is_header_at(const struct history_header *header, uint64_t address)
{
    return memcmp(header->magic, HISTORY_MAGIC, sizeof(header->magic)) == 0 &&
           header->address == address;
}

static bool find_in_segment(const struct file *file, const Elf64_Phdr *segment,
                            struct history_header *header)
{
    uint64_t bytes = segment_bytes(file, segment);
    for (uint64_t at = 0; at < bytes && bytes - at >= sizeof(*header); at += PAGE) {
        if (!read_at(file, segment->p_offset + at, header, sizeof(*header)))
            return false;
        if (is_header_at(header, segment->p_vaddr + at))
            return true;
    }
    return false;
}

/* A mapping may be in several segments. What is not in the core is zero. */
static bool copy_segment(const struct file *file, const Elf64_Phdr *segment, uint64_t address,
                         char *memory, uint64_t size)
{
    uint64_t bytes = segment_bytes(file, segment);
    uint64_t begin = segment->p_vaddr > address ? segment->p_vaddr : address;
    uint64_t end = segment->p_vaddr + bytes;
    end = end > address + size ? address + size : end;
    if (bytes == 0 || end < segment->p_vaddr || begin >= end)
        return true;
    return read_at(file, segment->p_offset + (begin - segment->p_vaddr), memory + (begin - address),
                   end - begin);
}

static bool is_core(const struct file *file, Elf64_Ehdr *elf)
{
    return read_at(file, 0, elf, sizeof(*elf)) && memcmp(elf->e_ident, ELFMAG, SELFMAG) == 0 &&
           elf->e_ident[EI_CLASS] == ELFCLASS64 && elf->e_type == ET_CORE;
}

/* The count of more than 65534 segments stands elsewhere (PN_XNUM). */
static unsigned segment_count(const struct file *file, const Elf64_Ehdr *elf)
{
    Elf64_Shdr section;
    if (elf->e_phnum != PN_XNUM)
        return elf->e_phnum;
    return elf->e_shoff <= file->size && read_at(file, elf->e_shoff, &section, sizeof(section))
               ? section.sh_info
               : 0;
}

static const char *copy_from_core(const struct file *file, const Elf64_Ehdr *elf,
                                  struct history_view *view)
{
    struct history_header found;
    bool is_found = false;
    unsigned count = segment_count(file, elf);
    Elf64_Phdr segment;
    for (unsigned i = 0; i < count && !is_found && read_segment(file, elf, i, &segment); i++)
        is_found = find_in_segment(file, &segment, &found);
    if (!is_found)
        return "it is a core without a recorder's memory: of another program, cut off, or written "
               "without shared memory (core(5), coredump_filter)";
    const char *problem = history_image_problem(&found, SIZE_MAX);
    if (problem != NULL)
        return problem;
    view->size = found.size;
    view->memory = calloc(1, view->size);
    if (view->memory == NULL)
        return "there is no memory to read it into";
    for (unsigned i = 0; i < count && read_segment(file, elf, i, &segment); i++) {
        if (!copy_segment(file, &segment, found.address, view->memory, view->size))
            return "it is cut off";
    }
    return check_copy(view);
}

/* ---- both ---- */

/* Strings end, whatever stands there. */
static void end_strings(struct history_header *header)
{
    char *bytes = (char *)header;
    struct history_name *names = (void *)(bytes + header->names);
    struct history_object *objects = (void *)(bytes + header->objects);
    struct history_module *modules = (void *)(bytes + header->modules);
    header->program[sizeof(header->program) - 1] = '\0';
    header->software[sizeof(header->software) - 1] = '\0';
    for (unsigned i = 0; i < header->name_count; i++)
        names[i].text[sizeof(names[i].text) - 1] = '\0';
    for (unsigned i = 0; i < header->object_count; i++)
        objects[i].text[sizeof(objects[i].text) - 1] = '\0';
    for (unsigned i = 0; i < header->module_count; i++)
        modules[i].path[sizeof(modules[i].path) - 1] = '\0';
}

/* The daemon holds its file locked for as long as it lives. */
static bool is_locked(int descriptor)
{
    if (flock(descriptor, LOCK_SH | LOCK_NB) != 0)
        return true;
    flock(descriptor, LOCK_UN);
    return false;
}

/* Returns what is wrong, or NULL. */
static const char *read_file(const struct file *file, struct history_view *view)
{
    Elf64_Ehdr elf;
    bool is_of_core = is_core(file, &elf);
    const char *problem = is_of_core ? copy_from_core(file, &elf, view) : copy_rings(file, view);
    if (problem != NULL) {
        free(view->memory);
        view->memory = NULL;
        return problem;
    }
    end_strings(view->memory);
    view->header = view->memory;
    view->is_ended = is_of_core || !is_locked(file->descriptor);
    return NULL;
}

static const char *check_and_read(int descriptor, struct history_view *view)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "it is no file";
    if (status.st_size < (off_t)sizeof(struct history_header))
        return "it is too short for a file of rings or a core";
    struct file file = {.descriptor = descriptor, .size = (uint64_t)status.st_size};
    return read_file(&file, view);
}

bool history_image_read(const char *path, struct history_view *view, char *error, size_t size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *problem = descriptor >= 0 ? check_and_read(descriptor, view) : strerror(errno);
    if (problem != NULL)
        snprintf(error, size, "%s: %s", path, problem);
    if (descriptor >= 0)
        close(descriptor);
    return problem == NULL;
}
