/*
 * Finding a history in a file. See image.h.
 *
 * Nothing in the file is believed before it is checked: it may be cut off, of another program, or
 * made by somebody who wishes us ill.
 */
#include "history/image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/text.h"

#define SIZE_MAX_BYTES (8ull << 30)
#define PAGE           4096u

struct file {
    int descriptor;
    const char *bytes;
    size_t size;
};

/* ---- checking ---- */

static bool is_within(uint64_t offset, uint64_t count, uint64_t each, uint64_t size)
{
    return offset <= size && offset % 8 == 0 && count <= UINT32_MAX &&
           count * each <= size - offset;
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
    if (header->ring_count > HISTORY_RINGS || records < HISTORY_RECORDS_MIN ||
        records > HISTORY_RECORDS_MAX || (records & (records - 1)) != 0 || !tables_fit(header))
        return "its tables do not fit into it: it is damaged";
    return NULL;
}

/* ---- a file of rings ---- */

static bool copy_rings(const struct file *file, struct history_view *view, const char **problem)
{
    *problem = history_image_problem((const void *)file->bytes, file->size);
    if (*problem != NULL)
        return false;
    view->size = ((const struct history_header *)(const void *)file->bytes)->size;
    view->memory = malloc(view->size);
    if (view->memory == NULL) {
        *problem = "there is no memory to read it into";
        return false;
    }
    memcpy(view->memory, file->bytes, view->size);
    return true;
}

/* ---- a core ---- */

static const Elf64_Phdr *segment_at(const struct file *file, unsigned index)
{
    const Elf64_Ehdr *elf = (const void *)file->bytes;
    uint64_t offset = elf->e_phoff + (uint64_t)index * sizeof(Elf64_Phdr);
    bool is_there = elf->e_phentsize == sizeof(Elf64_Phdr) && offset % 8 == 0 &&
                    offset <= file->size && file->size - offset >= sizeof(Elf64_Phdr);
    return is_there ? (const void *)(file->bytes + offset) : NULL;
}

/* As many bytes of the segment as are in the file. */
static uint64_t segment_bytes(const struct file *file, const Elf64_Phdr *segment)
{
    if (segment->p_type != PT_LOAD || segment->p_offset > file->size)
        return 0;
    uint64_t there = file->size - segment->p_offset;
    return segment->p_filesz < there ? segment->p_filesz : there;
}

static bool is_header_at(const struct history_header *header, uint64_t address, uint64_t left)
{
    return left >= sizeof(*header) &&
           memcmp(header->magic, HISTORY_MAGIC, sizeof(header->magic)) == 0 &&
           header->address == address;
}

static const struct history_header *find_in_segment(const struct file *file,
                                                    const Elf64_Phdr *segment)
{
    uint64_t bytes = segment_bytes(file, segment);
    if (segment->p_offset % 8 != 0)
        return NULL;
    for (uint64_t at = 0; at < bytes; at += PAGE) {
        const struct history_header *header = (const void *)(file->bytes + segment->p_offset + at);
        if (is_header_at(header, segment->p_vaddr + at, bytes - at))
            return header;
    }
    return NULL;
}

/* A mapping may be in several segments. What is not in the core is zero. */
static void copy_segment(const struct file *file, const Elf64_Phdr *segment, uint64_t address,
                         char *memory, uint64_t size)
{
    uint64_t bytes = segment_bytes(file, segment);
    uint64_t begin = segment->p_vaddr > address ? segment->p_vaddr : address;
    uint64_t end = segment->p_vaddr + bytes;
    end = end > address + size ? address + size : end;
    if (bytes == 0 || end < segment->p_vaddr || begin >= end)
        return;
    memcpy(memory + (begin - address), file->bytes + segment->p_offset + (begin - segment->p_vaddr),
           end - begin);
}

static bool is_core(const struct file *file)
{
    const Elf64_Ehdr *elf = (const void *)file->bytes;
    return file->size >= sizeof(*elf) && memcmp(elf->e_ident, ELFMAG, SELFMAG) == 0 &&
           elf->e_ident[EI_CLASS] == ELFCLASS64 && elf->e_type == ET_CORE;
}

/* The count of more than 65534 segments stands elsewhere (PN_XNUM). */
static unsigned segment_count(const struct file *file)
{
    const Elf64_Ehdr *elf = (const void *)file->bytes;
    if (elf->e_phnum != PN_XNUM)
        return elf->e_phnum;
    if (elf->e_shoff % 8 != 0 || elf->e_shoff > file->size ||
        file->size - elf->e_shoff < sizeof(Elf64_Shdr))
        return 0;
    return ((const Elf64_Shdr *)(const void *)(file->bytes + elf->e_shoff))->sh_info;
}

static bool copy_from_core(const struct file *file, struct history_view *view, const char **problem)
{
    const struct history_header *found = NULL;
    unsigned count = segment_count(file);
    const Elf64_Phdr *segment;
    for (unsigned i = 0; i < count && found == NULL && (segment = segment_at(file, i)) != NULL; i++)
        found = find_in_segment(file, segment);
    *problem = "it is a core without a recorder's memory: of another program, cut off, or written "
               "without shared memory (core(5), coredump_filter)";
    if (found == NULL)
        return false;
    *problem = history_image_problem(found, found->size < SIZE_MAX_BYTES ? found->size : 0);
    if (*problem != NULL)
        return false;
    view->size = found->size;
    view->memory = calloc(1, view->size);
    *problem = "there is no memory to read it into";
    if (view->memory == NULL)
        return false;
    for (unsigned i = 0; i < count && (segment = segment_at(file, i)) != NULL; i++)
        copy_segment(file, segment, found->address, view->memory, view->size);
    *problem = history_image_problem(view->memory, view->size);
    return *problem == NULL;
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

static bool read_file(const struct file *file, struct history_view *view, const char **problem)
{
    bool is_read =
        is_core(file) ? copy_from_core(file, view, problem) : copy_rings(file, view, problem);
    if (!is_read) {
        free(view->memory);
        view->memory = NULL;
        return false;
    }
    end_strings(view->memory);
    view->header = view->memory;
    view->is_ended = is_core(file) || !is_locked(file->descriptor);
    return true;
}

/* Returns what is wrong, or NULL. */
static const char *map_and_read(int descriptor, struct history_view *view)
{
    struct stat status;
    const char *problem = NULL;
    if (fstat(descriptor, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "it is no file";
    if (status.st_size < (off_t)sizeof(struct history_header))
        return "it is too short for a file of rings or a core";
    struct file file = {.descriptor = descriptor, .size = (size_t)status.st_size};
    void *bytes = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return strerror(errno);
    file.bytes = bytes;
    (void)read_file(&file, view, &problem);
    munmap(bytes, file.size);
    return problem;
}

bool history_image_read(const char *path, struct history_view *view, char *error, size_t size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *problem = descriptor >= 0 ? map_and_read(descriptor, view) : strerror(errno);
    if (problem != NULL)
        snprintf(error, size, "%s: %s", path, problem);
    if (descriptor >= 0)
        close(descriptor);
    return problem == NULL;
}
