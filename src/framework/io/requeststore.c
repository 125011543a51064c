/* The memory of requests. See requeststore.h. */
#include "framework/io/requeststore.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/io/heapload.h"
#include "framework/io/request.h"
#include "framework/io/sending.h"
#include "framework/object/verifier.h"
#include "port/poison.h"

/* Requests that each device keeps for reuse, beside those that rest; what is beyond goes back to
 * the heap. */
#define KEPT_MAX 64

/* And with how many bytes of their buffers in all. */
#define KEPT_BYTES_MAX (1024 * 1024)

/* A larger buffer does not rest with its request: each device would have it many times over. */
#define RESTING_BUFFER_MAX (16 * 1024)

/* Where in its block a request may begin: at each place what the object keeps of itself when it is
 * dead. */
#define STORE_PLACES 4
#define PLACE_SIZE   OBJECT_GRAVE_SIZE

_Static_assert(PLACE_SIZE % _Alignof(max_align_t) == 0, "each place is as good as the first");

/* ---- blocks and places ---- */

static inline unsigned char *block_of(struct wdf_request *request)
{
    return (unsigned char *)request - request->place * PLACE_SIZE;
}

/* What the request was stays to be read at its place. */
static inline struct wdf_request *move_on(struct wdf_request *request)
{
    struct kept_buffer buffer = request->buffer;
    struct sending *sending = request->sending;
    unsigned place = (request->place + 1) % STORE_PLACES;
    request = (struct wdf_request *)(void *)(block_of(request) + place * PLACE_SIZE);
    request->buffer = buffer;
    request->sending = sending;
    request->place = place;
    return request;
}

static void free_memory(struct wdf_request *request)
{
    request_wake(request);
    sending_free(request->sending);
    heapload_shrink(request->buffer.capacity + sizeof(*request));
    free(request->buffer.memory);
    free(block_of(request));
}

/* ---- rest ---- */

struct range {
    void *start;
    size_t size;
};

/* What the driver may have a pointer to. What tells that a memory object is dead stays to be
 * read. */
enum { RANGES = 6 };
static void list_ranges(struct wdf_request *request, struct range ranges[RANGES])
{
    struct object_context *context = request->object.contexts;
    struct wdf_memory *input = &request->input_memory, *output = &request->output_memory;
    ranges[0] =
        (struct range){(char *)input + OBJECT_GRAVE_SIZE, sizeof(*input) - OBJECT_GRAVE_SIZE};
    ranges[1] =
        (struct range){(char *)output + OBJECT_GRAVE_SIZE, sizeof(*output) - OBJECT_GRAVE_SIZE};
    ranges[2] = (struct range){&request->input_mdl, sizeof(request->input_mdl)};
    ranges[3] = (struct range){&request->output_mdl, sizeof(request->output_mdl)};
    /* To the end of what was allocated for it: the sanitizer knows no half units. */
    size_t context_size = ALIGN_UP_BY(context->size, MEMORY_ALLOCATION_ALIGNMENT);
    ranges[4] = (struct range){context->data, request->reserved_for == NULL ? context_size : 0};
    ranges[5] = (struct range){request->buffer.memory, request->buffer.capacity};
}

static void poison(struct wdf_request *request)
{
    struct range ranges[RANGES];
    list_ranges(request, ranges);
    for (unsigned i = 0; i < RANGES; i++)
        port_poison(ranges[i].start, ranges[i].size);
    if (PORT_POISON_FILLS)
        request->buffer.reader = 0;
}

static inline void bury_memory(struct wdf_memory *memory, const struct wdf_request *request)
{
    if (memory->object.class != NULL)
        object_bury(&memory->object, request->completed_at, request->completed_by);
}

static inline void lay_to_rest(struct wdf_request *request)
{
    bury_memory(&request->input_memory, request);
    bury_memory(&request->output_memory, request);
    object_bury(&request->object, request->completed_at, request->completed_by);
    if (PORT_POISONS)
        poison(request);
}

void request_lay_to_rest(struct wdf_request *request)
{
    lay_to_rest(request);
}

void request_wake(struct wdf_request *request)
{
    struct range ranges[RANGES];
    char doer[384];
    bool is_intact = true;
    if (!PORT_POISONS)
        return;
    list_ranges(request, ranges);
    for (unsigned i = 0; i < RANGES; i++)
        is_intact = port_unpoison(ranges[i].start, ranges[i].size) && is_intact;
    if (!is_intact)
        verifier_bugcheck(
            WDF_REQUEST_FATAL_ERROR, "WdfRequestComplete",
            "the buffer, context, MDL or memory object of WDFREQUEST %p was written to after it "
            "was completed %s (S7.11)",
            (void *)&request->object,
            verifier_doer(request->completed_at, request->completed_by, doer, sizeof(doer)));
}

/* ---- the store ---- */

/* For what few requests need: the others then save no registers for it. */
#define OUT_OF_THE_WAY __attribute__((noinline))

void request_store_init(struct request_store *store)
{
    port_mutex_init(&store->store_lock);
}

static bool keep_beside_spare(struct request_store *store, struct wdf_request *request)
{
    PORT_LOCK_SCOPE_OF(store, store_lock);
    if (store->kept_count >= KEPT_MAX ||
        store->kept_bytes + request->buffer.capacity > KEPT_BYTES_MAX)
        return false;
    request->next = store->kept;
    store->kept = request;
    store->kept_count++;
    store->kept_bytes += request->buffer.capacity;
    return true;
}

OUT_OF_THE_WAY static void keep_or_free(struct request_store *store, struct wdf_request *request)
{
    if (!keep_beside_spare(store, request))
        free_memory(request);
}

static inline void keep(struct request_store *store, struct wdf_request *request)
{
    struct wdf_request *nobody = NULL;
    port_atomic_point(&store->spare);
    if (!atomic_compare_exchange_strong_explicit(&store->spare, &nobody, request,
                                                 memory_order_release, memory_order_relaxed))
        keep_or_free(store, request);
}

static inline struct wdf_request *lay_down(struct request_store *store, unsigned place,
                                           struct wdf_request *request)
{
    return atomic_exchange_explicit(&store->resting[place], request, memory_order_acq_rel);
}

/*
 * Gives the request's buffer to the one that has rested longest, which is the next to be used; or
 * to the heap while there is none, and where the heap is watched.
 */
OUT_OF_THE_WAY static void hand_over_buffer(struct request_store *store,
                                            struct wdf_request *request, unsigned place)
{
    struct wdf_request *rested = PORT_POISONS ? NULL : lay_down(store, place, NULL);
    struct kept_buffer buffer = {0};
    if (rested == NULL) {
        heapload_shrink(request->buffer.capacity);
        free(request->buffer.memory);
    } else {
        buffer = rested->buffer;
        rested->buffer = request->buffer;
        keep(store, rested);
    }
    request->buffer = buffer;
}

static inline void put(struct request_store *store, struct wdf_request *request)
{
    unsigned place =
        atomic_fetch_add_explicit(&store->puts, 1, memory_order_relaxed) % STORE_RESTING;
    if (request->buffer.capacity > RESTING_BUFFER_MAX)
        hand_over_buffer(store, request, place);
    lay_to_rest(request);
    struct wdf_request *rested = lay_down(store, place, request);
    if (rested != NULL)
        keep(store, rested);
}

static struct wdf_request *take_kept(struct request_store *store)
{
    PORT_LOCK_SCOPE_OF(store, store_lock);
    struct wdf_request *request = store->kept;
    if (request != NULL) {
        store->kept = request->next;
        store->kept_count--;
        store->kept_bytes -= request->buffer.capacity;
    }
    return request;
}

/* The one that has rested longest; NULL: none rests. */
static struct wdf_request *take_resting(struct request_store *store)
{
    unsigned puts = atomic_load_explicit(&store->puts, memory_order_relaxed);
    struct wdf_request *request = NULL;
    for (unsigned i = 0; i < STORE_RESTING && request == NULL; i++)
        request = lay_down(store, (puts + i) % STORE_RESTING, NULL);
    return request;
}

static inline struct wdf_request *take_spare(struct request_store *store)
{
    port_atomic_point(&store->spare);
    return atomic_exchange_explicit(&store->spare, NULL, memory_order_acquire);
}

static inline struct wdf_request *wake_elsewhere(struct wdf_request *request)
{
    if (PORT_POISONS)
        request_wake(request);
    return move_on(request);
}

OUT_OF_THE_WAY static struct wdf_request *take_other(struct request_store *store)
{
    struct wdf_request *request = take_kept(store);
    return request != NULL ? wake_elsewhere(request) : NULL;
}

static inline struct wdf_request *take(struct request_store *store)
{
    struct wdf_request *spare = take_spare(store);
    return spare != NULL ? wake_elsewhere(spare) : take_other(store);
}

/* New, or else one that rests: better used too early than not at all. */
static struct wdf_request *add(struct request_store *store, size_t size)
{
    struct wdf_request *request =
        malloc((STORE_PLACES - 1) * PLACE_SIZE + ALIGN_UP_BY(size, MEMORY_ALLOCATION_ALIGNMENT));
    if (request != NULL) {
        request->buffer = (struct kept_buffer){0};
        request->object.driver = NULL; /* it is known by its device (request_driver) */
        request->sending = NULL;
        request->place = 0;
        heapload_grow(sizeof(*request));
        return request;
    }
    request = take_resting(store);
    return request != NULL ? wake_elsewhere(request) : NULL;
}

void request_store_destroy(struct request_store *store)
{
    struct wdf_request *request;
    while ((request = take_spare(store)) != NULL || (request = take_kept(store)) != NULL ||
           (request = take_resting(store)) != NULL)
        free_memory(request);
    port_mutex_destroy(&store->store_lock);
}

/* ---- requests ---- */

/* The last reference is gone. */
void request_free(struct wdf_object *object)
{
    struct wdf_request *request = CONTAINING_RECORD(object, struct wdf_request, object);
    struct io_device *device = request->device;
    put(&device->requests, request);
    object_release(&device->object);
}

static const WDF_OBJECT_ATTRIBUTES *request_attributes(const struct io_device *device)
{
    return device->settings.has_request_attributes ? &device->settings.request_attributes : NULL;
}

void request_clear(struct wdf_request *request)
{
    /* The compiler is not to know the size: it would make a loop of it, which is slower than the
     * call. */
    size_t size = offsetof(struct wdf_request, queue_entry) - offsetof(struct wdf_request, io);
    __asm__("" : "+r"(size));
    memset(&request->io, 0, size);
    request->input_memory.object.class = NULL;
    request->output_memory.object.class = NULL;
    request->input_mdl.MdlFlags = 0;
    request->output_mdl.MdlFlags = 0;
}

struct wdf_request *request_allocate(struct io_device *device, const struct object_class *class)
{
    const WDF_OBJECT_ATTRIBUTES *attributes = request_attributes(device);
    struct wdf_request *request = take(&device->requests);
    if (request == NULL)
        request = add(&device->requests, object_allocation_size(sizeof(*request), attributes));
    if (request == NULL)
        return NULL;

    request_clear(request);
    object_init(&request->object, sizeof(*request), class, attributes);
    object_reference(&device->object);
    request->device = device;
    request->reserved_for = NULL;
    return request;
}
