/*
 * Where the rings lie, and whose they are. See history.h.
 *
 * No locks: threads claim rings, names and objects by atomic exchange, and the way to a ring is
 * walked once by each thread.
 */
#include "history/history.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "port/clock.h"

/* The end that a thread without a ring is at. */
static struct history_record no_ring[1];

#ifdef PORT_EXPLORE
struct history_thread history_here = {.next = no_ring + 1, .end = no_ring + 1};
#else
PORT_THREAD_LOCAL struct history_thread history_here = {.next = no_ring + 1, .end = no_ring + 1};
#endif

_Atomic(const char *) history_name_addresses[HISTORY_NAMES];

/* NULL: not begun. Set once, when all of it is there. */
static _Atomic(struct history_header *) own;
static atomic_bool is_off;
static int own_file = -1; /* while threads may still take room in it */

const struct history_header *history_own(void)
{
    return atomic_load_explicit(&own, memory_order_acquire);
}

static struct history_ring *rings_of(struct history_header *header)
{
    return (struct history_ring *)(void *)((char *)header + header->rings);
}

static struct history_record *records_of(struct history_header *header, unsigned ring)
{
    return (struct history_record *)(void *)((char *)header + header->records +
                                             (uint64_t)ring * header->ring_records *
                                                 HISTORY_RECORD_BYTES);
}

/* ---- beginning ---- */

static uint64_t round_to_page(uint64_t bytes)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

static struct history_header describe(uint32_t records)
{
    struct history_header header = {
        .magic = HISTORY_MAGIC,
        .version = HISTORY_VERSION,
        .record_bytes = HISTORY_RECORD_BYTES,
        .ring_count = HISTORY_RINGS,
        .ring_records = records,
        .process = (uint32_t)getpid(),
        .name_count = HISTORY_NAMES,
        .object_count = HISTORY_OBJECTS,
        .module_count = HISTORY_MODULES,
        .software = "wdfuse " WDFUSE_VERSION,
    };
    header.names = sizeof(header);
    header.objects = header.names + sizeof(struct history_name) * HISTORY_NAMES;
    header.modules = header.objects + sizeof(struct history_object) * HISTORY_OBJECTS;
    header.rings =
        (header.modules + sizeof(struct history_module) * HISTORY_MODULES + 127) & ~127ull;
    header.records = round_to_page(header.rings + sizeof(struct history_ring) * HISTORY_RINGS);
    header.size =
        header.records + round_to_page((uint64_t)records * HISTORY_RECORD_BYTES * HISTORY_RINGS);
    return header;
}

/* The tables have room from the start; a ring takes it with its thread. A write where the file
 * system has no room would raise SIGBUS. */
static void *map_file(int file, const struct history_header *header, int *error)
{
    if (ftruncate(file, (off_t)header->size) != 0) {
        *error = -errno;
        return NULL;
    }
    *error = -posix_fallocate(file, 0, (off_t)header->records);
    if (*error != 0)
        return NULL;
    void *memory = mmap(NULL, header->size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    *error = memory != MAP_FAILED ? 0 : -errno;
    return memory != MAP_FAILED ? memory : NULL;
}

static void *map_memory(const struct history_header *header)
{
    void *memory = mmap(NULL, header->size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

static struct history_name *names_of(struct history_header *header)
{
    return (struct history_name *)(void *)((char *)header + header->names);
}

static void fix_names(struct history_name *names)
{
#define FIX_NAME(name) strcpy(names[HISTORY_NAME_##name].text, #name);
    HISTORY_FIXED_NAMES(FIX_NAME)
#undef FIX_NAME
}

static void fill_in(struct history_header *header, const struct history_header *description,
                    const char *program)
{
    struct timespec now = {0};
    struct stamp_pair pair = stamp_pair_now();
    clock_gettime(CLOCK_REALTIME, &now);
    *header = *description;
    header->address = (uint64_t)(uintptr_t)header;
    header->stamps_are_ticks = stamp_is_ticks();
    header->stamp = pair.stamp;
    header->monotonic = pair.monotonic;
    header->realtime = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    strncpy(header->program, program, sizeof(header->program) - 1);
    fix_names(names_of(header));
}

static bool begin_at(struct history_header *header)
{
    struct history_header *nobody = NULL;
    if (atomic_compare_exchange_strong(&own, &nobody, header))
        return true;
    munmap(header, header->size); /* another thread was faster */
    return false;
}

int history_start(const char *program, uint32_t records, int file)
{
    struct history_header description = describe(records);
    int error = 0;
    struct history_header *header = NULL;
    if (file >= 0)
        header = map_file(file, &description, &error);
    bool is_in_file = header != NULL;
    if (header == NULL)
        header = map_memory(&description);
    if (header == NULL) {
        is_off = true;
        return -ENOMEM;
    }
    fill_in(header, &description, program);
    if (!begin_at(header))
        return file >= 0 ? -EBUSY : 0;
    own_file = is_in_file ? file : -1;
    return error;
}

void history_turn_off(void)
{
    is_off = true;
}

static struct history_header *begun(void)
{
    struct history_header *header = atomic_load_explicit(&own, memory_order_acquire);
    if (header == NULL && !is_off) {
        (void)history_start(program_invocation_short_name, HISTORY_DEFAULT_RECORDS, -1);
        header = atomic_load_explicit(&own, memory_order_acquire);
    }
    return is_off ? NULL : header;
}

/* ---- rings ---- */

static bool has_ended(uint32_t thread)
{
    return syscall(SYS_tgkill, getpid(), thread, 0) != 0 && errno == ESRCH;
}

static bool claim(struct history_ring *ring, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(&ring->thread, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static uint32_t thread_of(const struct history_ring *ring)
{
    return __atomic_load_n(&ring->thread, __ATOMIC_ACQUIRE);
}

static struct history_ring *claim_unused(struct history_ring *rings, unsigned count, uint32_t self)
{
    for (unsigned i = 0; i < count; i++) {
        if (thread_of(&rings[i]) == 0 && claim(&rings[i], 0, self))
            return &rings[i];
    }
    return NULL;
}

/* The ring that was longest without a record. *owner: the thread that is known to have ended. */
static struct history_ring *find_oldest_ended(struct history_ring *rings, unsigned count,
                                              uint32_t *owner)
{
    struct history_ring *oldest = NULL;
    uint64_t since = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t thread = thread_of(&rings[i]);
        uint64_t stamp = __atomic_load_n(&rings[i].stamp, __ATOMIC_RELAXED);
        if ((oldest != NULL && stamp >= since) || !has_ended(thread))
            continue;
        oldest = &rings[i];
        since = stamp;
        *owner = thread;
    }
    return oldest;
}

/* The first that nobody has had; else the oldest of an ended thread. Another thread may take that
 * one first; then there may be another one. */
static struct history_ring *claim_ring(struct history_header *header, uint32_t self)
{
    struct history_ring *rings = rings_of(header);
    struct history_ring *ring = claim_unused(rings, header->ring_count, self);
    uint32_t owner = 0;
    while (ring == NULL) {
        ring = find_oldest_ended(rings, header->ring_count, &owner);
        if (ring == NULL)
            return NULL;
        if (!claim(ring, owner, self))
            ring = NULL;
    }
    return ring;
}

/* A full file system: this ring is in memory alone, and in a core. A small one shares its page with
 * others, which would lose what they have in the file: it is not used. */
static bool make_room(struct history_header *header, struct history_record *records)
{
    uint64_t bytes = (uint64_t)header->ring_records * HISTORY_RECORD_BYTES;
    off_t offset = (char *)records - (char *)header;
    if (own_file < 0 || posix_fallocate(own_file, offset, (off_t)bytes) == 0)
        return true;
    if (bytes != round_to_page(bytes))
        return false;
    return mmap(records, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                0) != MAP_FAILED;
}

/* From time to time, for readers that do not have the process. */
static void note_time(struct history_ring *ring)
{
    struct stamp_pair pair = stamp_pair_now();
    __atomic_store_n(&ring->stamp, pair.stamp, __ATOMIC_RELAXED);
    __atomic_store_n(&ring->monotonic, pair.monotonic, __ATOMIC_RELAXED);
}

static struct history_record *attach(void)
{
    struct history_header *header = begun();
    if (header == NULL || history_here.has_none)
        return NULL;
    struct history_ring *ring = claim_ring(header, (uint32_t)gettid());
    struct history_record *records =
        ring != NULL ? records_of(header, (unsigned)(ring - rings_of(header))) : NULL;
    if (ring == NULL || !make_room(header, records)) {
        history_here.has_none = true;
        return NULL;
    }
    /* An earlier thread's records end here, wherever that is. */
    uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
    head = (head + header->ring_records - 1) & ~(uint64_t)(header->ring_records - 1);
    prctl(PR_GET_NAME, ring->name, 0, 0, 0);
    __atomic_store_n(&ring->first, head, __ATOMIC_RELEASE);
    __atomic_store_n(&ring->head, head, __ATOMIC_RELEASE);
    history_here.ring = ring;
    history_here.end = records + header->ring_records;
    return records;
}

struct history_record *history_turn(void)
{
    struct history_thread *here = &history_here;
    struct history_record *records =
        here->ring != NULL ? here->end - history_own()->ring_records : attach();
    if (records == NULL)
        return NULL;
    note_time(here->ring);
    if (here->now == 0)
        history_step();
    return records;
}

/* ---- names ---- */

unsigned history_name_slow(const char *name)
{
    struct history_header *header = begun();
    if (name == NULL || header == NULL)
        return 0;
    struct history_name *names = names_of(header);
    unsigned place = history_name_hash(name);
    for (unsigned tries = HISTORY_NAMES_FIXED; tries < HISTORY_NAMES; tries++) {
        const char *there = NULL;
        if (atomic_compare_exchange_strong(&history_name_addresses[place], &there, name)) {
            strncpy(names[place].text, name, sizeof(names[place].text) - 1);
            return place;
        }
        if (there == name)
            return place;
        place = place + 1 < HISTORY_NAMES ? place + 1 : HISTORY_NAMES_FIXED;
    }
    return 0;
}

/* ---- objects ---- */

/* Writers of one object do not meet: it is named when it is made and when it goes. */
void history_name_object(const void *object, const char *text)
{
    struct history_header *header = begun();
    if (header == NULL)
        return;
    struct history_object *objects = (void *)((char *)header + header->objects);
    for (unsigned i = 0; i < header->object_count; i++) {
        uint64_t there = text != NULL ? 0 : (uint64_t)(uintptr_t)object;
        uint64_t wanted = text != NULL ? UINT64_MAX : 0; /* taken, and not to be read yet */
        if (!__atomic_compare_exchange_n(&objects[i].object, &there, wanted, false,
                                         __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
        if (text == NULL)
            return;
        memset(objects[i].text, 0, sizeof(objects[i].text));
        strncpy(objects[i].text, text, sizeof(objects[i].text) - 1);
        __atomic_store_n(&objects[i].object, (uint64_t)(uintptr_t)object, __ATOMIC_RELEASE);
        return;
    }
}

/* ---- modules ---- */

struct modules {
    struct history_header *header;
    bool (*is_driver)(uintptr_t address);
};

static struct history_module describe_module(const struct dl_phdr_info *info)
{
    struct history_module module = {.base = info->dlpi_addr, .start = UINT64_MAX};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        uint64_t end = start + info->dlpi_phdr[i].p_memsz;
        module.start = start < module.start ? start : module.start;
        module.end = end > module.end ? end : module.end;
    }
    if (info->dlpi_name[0] != '\0')
        strncpy(module.path, info->dlpi_name, sizeof(module.path) - 1);
    else if (readlink("/proc/self/exe", module.path, sizeof(module.path) - 1) < 0)
        strncpy(module.path, program_invocation_short_name, sizeof(module.path) - 1);
    return module;
}

static int note_module(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    const struct modules *modules = context;
    struct history_header *header = modules->header;
    struct history_module *table = (void *)((char *)header + header->modules);
    struct history_module module = describe_module(info);
    module.is_driver = modules->is_driver != NULL && modules->is_driver(module.start);
    unsigned used = header->module_used;
    for (unsigned i = 0; i < used; i++) {
        if (table[i].start == module.start) {
            table[i] = module;
            return 0;
        }
    }
    if (used == header->module_count)
        return 1;
    table[used] = module;
    __atomic_store_n(&header->module_used, used + 1, __ATOMIC_RELEASE);
    return 0;
}

void history_note_modules(bool (*is_driver)(uintptr_t address))
{
    struct modules modules = {begun(), is_driver};
    if (modules.header != NULL)
        dl_iterate_phdr(note_module, &modules);
}
