/*
 * Pool: ExAllocatePool2 and related functions over the C heap.
 *
 * Each block is preceded by a header, by which a block that is freed twice, under the wrong tag, or
 * was never allocated is recognised. The block ends where the heap's own block ends, so that ASan
 * and Valgrind see an overrun of one byte.
 */
#include "nt/pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <wdm.h>

#include "nt/driver.h"
#include "nt/fault.h"
#include "nt/injection.h"

#define POOL_ALIGNMENT  16
#define CACHE_LINE_SIZE 64

#define POOL_BLOCK_ALLOCATED 0x504f4f4cu
#define POOL_BLOCK_FREED     0x46524545u

/*
 * The mark comes last, since the heap writes into the beginning of what is freed; volatile, since
 * the compiler would leave out a store before free.
 */
struct pool_header {
    size_t size;
    struct pool_account *account; /* with a reference */
    uint32_t offset;              /* of the block in the heap's */
    ULONG tag;
    bool is_paged;
    volatile uint32_t mark;
};

static _Atomic size_t blocks_in_use;
static _Atomic size_t bytes_in_use;

struct pool_usage pool_usage(void)
{
    return (struct pool_usage){
        .blocks = atomic_load_explicit(&blocks_in_use, memory_order_relaxed),
        .bytes = atomic_load_explicit(&bytes_in_use, memory_order_relaxed),
    };
}

/* A tag as its owner wrote it: 'ohcE' is spelled backwards in the source and read in memory
 * order. */
static const char *tag_text(ULONG tag, char text[5])
{
    for (int i = 0; i < 4; i++) {
        char character = (char)(tag >> (8 * i));
        text[i] = character >= ' ' && character <= '~' ? character : '.';
    }
    text[4] = '\0';
    return text;
}

/*
 * What is in use of each tag: a hash table that only grows. A tag that finds no place counts in the
 * first one, which is of no tag.
 */
#define TAG_SLOTS  256
#define TAG_PROBES 8

struct tag_slot {
    _Atomic ULONG tag;
    _Atomic size_t blocks;
    _Atomic size_t bytes;
    _Atomic(const void *) place;
};

struct pool_account {
    _Atomic size_t references; /* its blocks, and the driver */
    struct tag_slot slots[TAG_SLOTS];
};

/* Of code that is no driver's. */
static struct pool_account nobodys = {.references = 1};

struct pool_account *pool_account_open(void)
{
    struct pool_account *account = calloc(1, sizeof(*account));
    if (account != NULL)
        atomic_init(&account->references, 1);
    return account;
}

void pool_account_close(struct pool_account *account)
{
    if (atomic_fetch_sub_explicit(&account->references, 1, memory_order_acq_rel) == 1)
        free(account);
}

static struct pool_account *account_of(const void *place)
{
    const struct nt_driver *driver = nt_driver_of_caller(place);
    return driver != NULL ? driver->pool : &nobodys;
}

static struct tag_slot *slot_of(struct pool_account *account, ULONG tag)
{
    for (unsigned probe = 0; probe < TAG_PROBES; probe++) {
        struct tag_slot *slot =
            &account->slots[1 + (tag * 2654435761u / 65536 + probe) % (TAG_SLOTS - 1)];
        ULONG found = atomic_load_explicit(&slot->tag, memory_order_relaxed);
        if (found == 0 && atomic_compare_exchange_strong(&slot->tag, &found, tag))
            return slot;
        if (found == tag)
            return slot;
    }
    return &account->slots[0];
}

static void count_block(const struct pool_header *header, const void *place)
{
    struct tag_slot *slot = slot_of(header->account, header->tag);
    if (atomic_fetch_add_explicit(&slot->blocks, 1, memory_order_relaxed) == 0)
        atomic_store_explicit(&slot->place, place, memory_order_relaxed);
    atomic_fetch_add_explicit(&slot->bytes, header->size, memory_order_relaxed);
    atomic_fetch_add_explicit(&header->account->references, 1, memory_order_relaxed);
}

static void uncount_block(const struct pool_header *header)
{
    struct tag_slot *slot = slot_of(header->account, header->tag);
    atomic_fetch_sub_explicit(&slot->blocks, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&slot->bytes, header->size, memory_order_relaxed);
    pool_account_close(header->account);
}

unsigned pool_usage_by_tag(const struct pool_account *account, struct pool_tag_usage *usage,
                           unsigned capacity)
{
    unsigned count = 0;
    if (account == NULL)
        account = &nobodys;
    for (unsigned i = 0; i < TAG_SLOTS && count < capacity; i++) {
        const struct tag_slot *slot = &account->slots[i];
        if (slot->blocks == 0)
            continue;
        usage[count] = (struct pool_tag_usage){
            .blocks = slot->blocks, .bytes = slot->bytes, .place = slot->place};
        tag_text(slot->tag, usage[count].tag);
        count++;
    }
    return count;
}

static void check_level(bool is_paged, const char *function)
{
    if (is_paged && KeGetCurrentIrql() > APC_LEVEL)
        nt_fault("%s: paged pool at IRQL %u, allowed up to APC_LEVEL", function,
                 KeGetCurrentIrql());
}

static size_t block_alignment(size_t size, bool is_cache_aligned)
{
    if (size >= PAGE_SIZE)
        return PAGE_SIZE;
    return is_cache_aligned ? CACHE_LINE_SIZE : POOL_ALIGNMENT;
}

static PVOID pool_allocate(size_t size, ULONG tag, bool is_paged, bool is_cache_aligned,
                           const void *place)
{
    size_t alignment = block_alignment(size, is_cache_aligned);
    size_t offset = (sizeof(struct pool_header) + alignment - 1) / alignment * alignment;
    void *heap_block;

    if (injection_fails(INJECTION_POOL))
        return NULL;
    if (size > SIZE_MAX / 2 || posix_memalign(&heap_block, alignment, offset + size) != 0)
        return NULL;

    UCHAR *block = (UCHAR *)heap_block + offset;
    struct pool_header *header = (struct pool_header *)block - 1;
    *header = (struct pool_header){
        .size = size,
        .account = account_of(place),
        .offset = (uint32_t)offset,
        .tag = tag,
        .is_paged = is_paged,
        .mark = POOL_BLOCK_ALLOCATED,
    };
    atomic_fetch_add_explicit(&blocks_in_use, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&bytes_in_use, size, memory_order_relaxed);
    count_block(header, place);
    return block;
}

/* Exactly one of the three kinds of memory must be asked for. */
static bool flags_are_valid(POOL_FLAGS flags)
{
    POOL_FLAGS kind = flags & (POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED);

    return kind != 0 && (kind & (kind - 1)) == 0;
}

PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    bool is_paged = (Flags & POOL_FLAG_PAGED) != 0;
    PVOID block = NULL;

    check_level(is_paged, __func__);
    if (flags_are_valid(Flags) && Tag != 0)
        block = pool_allocate(NumberOfBytes, Tag, is_paged, (Flags & POOL_FLAG_CACHE_ALIGNED) != 0,
                              __builtin_return_address(0));
    if (block == NULL && (Flags & POOL_FLAG_RAISE_ON_FAILURE))
        nt_fault("%s: no %zu bytes, and POOL_FLAG_RAISE_ON_FAILURE asks for an exception", __func__,
                 NumberOfBytes);
    if (block != NULL && !(Flags & POOL_FLAG_UNINITIALIZED))
        memset(block, 0, NumberOfBytes);
    return block;
}

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    bool is_paged = (PoolType & PagedPool) != 0;
    bool is_cache_aligned = (PoolType & NonPagedPoolCacheAligned) != 0;

    check_level(is_paged, __func__);
    return pool_allocate(NumberOfBytes, Tag, is_paged, is_cache_aligned,
                         __builtin_return_address(0));
}

static void check_block(const struct pool_header *header, const VOID *block, ULONG tag)
{
    char expected[5];
    char given[5];

    if ((uintptr_t)block % POOL_ALIGNMENT != 0)
        nt_fault("ExFreePool: %p is not a pool block", block);
    if (header->mark == POOL_BLOCK_FREED)
        nt_fault("ExFreePool: %p, allocated with tag '%s', is freed twice", block,
                 tag_text(header->tag, expected));
    if (header->mark != POOL_BLOCK_ALLOCATED)
        nt_fault("ExFreePool: %p is not a pool block, or what stands before it was overwritten",
                 block);
    if (tag != 0 && tag != header->tag)
        nt_fault("ExFreePoolWithTag: %p was allocated with tag '%s' and is freed with '%s'", block,
                 tag_text(header->tag, expected), tag_text(tag, given));
    check_level(header->is_paged, "ExFreePool");
}

VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    if (P == NULL)
        nt_fault("ExFreePool: NULL is not a pool block");
    struct pool_header *header = (struct pool_header *)P - 1;
    check_block(header, P, Tag);
    header->mark = POOL_BLOCK_FREED;
    atomic_fetch_sub_explicit(&blocks_in_use, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&bytes_in_use, header->size, memory_order_relaxed);
    uncount_block(header);
    free((UCHAR *)P - header->offset);
}

VOID ExFreePool(PVOID P)
{
    ExFreePoolWithTag(P, 0);
}
