/* FUSE over io_uring. See ring.h. */
#include "transport/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "framework/io.h"
#include "port/clock.h"
#include "port/log.h"
#include "transport/lead.h"
#include "transport/nudge.h"
#include "transport/order.h"

/* What a message carries beside its header, and an answer, at most: what the first message's answer
 * has said (wirestart.c). */
#define PAYLOAD_SIZE IO_TRANSFER_MAX

/* How many entries are made, and added, at a time. */
#define BLOCK_ENTRIES 16

/* A queue has so many free entries, and one more for each so many that are taken. */
#define FREE_LEAST       8
#define TAKEN_FOR_A_FREE 8
#define FREE_LAST        2

/* After so many that were lost none is added before a message comes. */
#define LOSSES_MAX 64

/* Between two enters, as many answers and new entries. */
#define SUBMISSIONS 64

/* The kernel keeps a list of more. */
#define COMPLETIONS 1024

/* Registering takes a fraction of a millisecond. */
#define REGISTER_DEADLINE_NS (5 * UINT64_C(1000000000))

/* Completions that are no entry's. */
enum { DATA_WAKE = 1 };

/* ---- memory ---- */

/* Of the payloads as much is resident as was ever used. */
struct ring_block {
    struct ring_block *next;
    unsigned char *payloads;
    /* How many have been given out. */
    unsigned used;
    struct ring_entry entries[BLOCK_ENTRIES];
};

static struct ring_block *block_create(void)
{
    struct ring_block *block = calloc(1, sizeof(*block));
    if (block == NULL)
        return NULL;
    size_t size = (size_t)BLOCK_ENTRIES * PAYLOAD_SIZE;
    void *payloads = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (payloads == MAP_FAILED) {
        free(block);
        return NULL;
    }
    madvise(payloads, size, MADV_NOHUGEPAGE);
    block->payloads = payloads;
    for (unsigned i = 0; i < BLOCK_ENTRIES; i++)
        block->entries[i].payload = block->payloads + (size_t)i * PAYLOAD_SIZE;
    return block;
}

static void block_free(struct ring_block *block)
{
    munmap(block->payloads, (size_t)BLOCK_ENTRIES * PAYLOAD_SIZE);
    free(block);
}

static bool has_unused_locked(const struct rings *rings) REQUIRES(rings_lock)
{
    return rings->blocks != NULL && rings->blocks->used < BLOCK_ENTRIES;
}

/* NULL: no memory, or there are as many as may be. */
static struct ring_entry *new_entry(struct rings *rings)
{
    if (atomic_load_explicit(&rings->count, memory_order_relaxed) >= RING_ENTRIES_MAX)
        return NULL;
    PORT_LOCK_SCOPE_OF(rings, rings_lock);
    struct ring_entry *entry = rings->lost;
    if (entry != NULL) {
        rings->lost = entry->next;
        atomic_fetch_add_explicit(&rings->count, 1, memory_order_relaxed);
        return entry;
    }
    if (!has_unused_locked(rings)) {
        struct ring_block *block = block_create();
        if (block == NULL)
            return NULL;
        block->next = rings->blocks;
        rings->blocks = block;
    }
    atomic_fetch_add_explicit(&rings->count, 1, memory_order_relaxed);
    return &rings->blocks->entries[rings->blocks->used++];
}

/* ---- messages without an answer ---- */

static struct ring_row *row_of(struct rings *rings, uint64_t unique)
{
    return &rings->rows[unique / 2 % RING_ROWS];
}

static void note_message(struct rings *rings, struct ring_entry *entry)
{
    struct ring_row *row = row_of(rings, entry->unique);
    PORT_LOCK_SCOPE_OF(row, row_lock);
    entry->next = row->first;
    row->first = entry;
}

static struct ring_entry *take_message(struct rings *rings, uint64_t unique)
{
    struct ring_row *row = row_of(rings, unique);
    PORT_LOCK_SCOPE_OF(row, row_lock);
    struct ring_entry **link = &row->first;
    while (*link != NULL && (*link)->unique != unique)
        link = &(*link)->next;
    struct ring_entry *entry = *link;
    if (entry != NULL)
        *link = entry->next;
    return entry;
}

void rings_trim(struct rings *rings, struct ring_entry *entry)
{
    struct ring_row *row = row_of(rings, entry->unique);
    PORT_LOCK_SCOPE_OF(row, row_lock);
    const struct ring_entry *listed = row->first;
    while (listed != NULL && listed != entry)
        listed = listed->next;
    if (listed == NULL || !entry->is_used || entry->header.ring_ent_in_out.payload_sz > 0)
        return;
    madvise(entry->payload, PAYLOAD_SIZE, MADV_DONTNEED);
    entry->is_used = false;
}

/* ---- answers ---- */

void ring_wake(struct ring_server *server)
{
    uint64_t one = 1;
    if (write(server->wake_event, &one, sizeof(one)) < 0) {
        /* EAGAIN: it is raised to the limit, and certainly readable. */
    }
}

/* Whoever puts an answer looks then whether the worker sleeps, which looks for answers once it has
 * said that it does: one of the two sees the other. */
static void put_answer(struct ring_entry *entry)
{
    struct ring_server *server = entry->queue->server;
    order_note_reply();
    struct ring_entry *first = atomic_load_explicit(&server->answers, memory_order_relaxed);
    do
        entry->next = first;
    while (!atomic_compare_exchange_weak(&server->answers, &first, entry));
    if (lead_activity(atomic_load(&server->lead)) == ASLEEP)
        ring_wake(server);
}

static size_t copy_parts(unsigned char *payload, const struct iovec *parts, unsigned count)
{
    size_t size = 0;
    for (unsigned i = 0; i < count; i++) {
        if (parts[i].iov_len > PAYLOAD_SIZE - size)
            return SIZE_MAX;
        if (parts[i].iov_len > 0)
            memcpy(payload + size, parts[i].iov_base, parts[i].iov_len);
        size += parts[i].iov_len;
    }
    return size;
}

bool rings_answer(struct rings *rings, const struct fuse_out_header *header,
                  const struct iovec *parts, unsigned count)
{
    struct ring_entry *entry = take_message(rings, header->unique);
    if (entry == NULL)
        return false;
    struct fuse_out_header answer = *header;
    entry->is_used = true;
    size_t size = copy_parts(entry->payload, parts, count);
    if (size == SIZE_MAX) {
        answer = (struct fuse_out_header){
            .len = sizeof(answer), .error = -EIO, .unique = header->unique};
        size = 0;
    }
    memcpy(entry->header.in_out, &answer, sizeof(answer));
    atomic_store_explicit(&entry->is_answered, true, memory_order_relaxed);
    entry->header.ring_ent_in_out.payload_sz = (uint32_t)size;
    put_answer(entry);
    return true;
}

/* ---- commands ---- */

/* What there is no room for is told now. */
static struct io_uring_sqe *prepare(struct ring_server *server)
{
    struct io_uring_sqe *submission = uring_prepare(&server->uring);
    while (submission == NULL) {
        int error = uring_enter(&server->uring, URING_NOT);
        submission = uring_prepare(&server->uring);
        if (submission == NULL && error != 0 && error != -EINTR)
            port_thread_sleep(1000000); /* no memory; it has to be told */
    }
    return submission;
}

static void prepare_command(struct ring_server *server, struct ring_entry *entry, uint32_t command,
                            uint64_t commit_id)
{
    struct io_uring_sqe *submission = prepare(server);
    struct fuse_uring_cmd_req request = {.commit_id = commit_id,
                                         .qid = (uint16_t)entry->queue->cpu};
    submission->opcode = IORING_OP_URING_CMD;
    submission->fd = server->rings->wire->descriptor;
    submission->cmd_op = command;
    submission->user_data = (uintptr_t)entry;
    if (command == FUSE_IO_URING_CMD_REGISTER) {
        submission->addr = (uintptr_t)entry->places;
        submission->len = 2;
    }
    memcpy(submission->cmd, &request, sizeof(request));
    entry->is_taken = false;
    entry->queue->free++;
}

/* False: there are no more. */
static bool prepare_entry(struct ring_queue *queue)
{
    struct ring_entry *entry = new_entry(queue->server->rings);
    if (entry == NULL)
        return false;
    entry->queue = queue;
    entry->places[0] = (struct iovec){.iov_base = &entry->header, .iov_len = sizeof(entry->header)};
    entry->places[1] = (struct iovec){.iov_base = entry->payload, .iov_len = PAYLOAD_SIZE};
    queue->count++;
    prepare_command(queue->server, entry, FUSE_IO_URING_CMD_REGISTER, 0);
    return true;
}

/* The eventfd is looked at as long as the thread lives that asks for it. */
static void prepare_wake(struct ring_server *server)
{
    struct io_uring_sqe *submission = prepare(server);
    submission->opcode = IORING_OP_POLL_ADD;
    submission->fd = server->wake_event;
    submission->poll32_events = EPOLLIN;
    submission->len = IORING_POLL_ADD_MULTI;
    submission->user_data = DATA_WAKE;
}

/* ---- growing ---- */

/* Not one too late: what comes while there is none waits for a nudge. */
static void grow(struct ring_queue *queue)
{
    unsigned taken = queue->count - queue->free;
    if (queue->free >= FREE_LEAST + taken / TAKEN_FOR_A_FREE)
        return;
    bool was_dry = queue->free == 0;
    unsigned wanted = BLOCK_ENTRIES + taken / TAKEN_FOR_A_FREE;
    while (wanted > 0 && prepare_entry(queue))
        wanted--;
    if (!was_dry)
        return;
    queue->probe = NULL;
    atomic_store(&queue->is_dry, true);
    nudge(queue->server->rings->nudger);
}

/* What was committed last would have been given a message, if one had waited. */
static void look_at_probe(struct ring_queue *queue)
{
    if (queue->probe != NULL && !queue->probe->is_taken)
        atomic_store(&queue->is_dry, false);
    queue->probe = NULL;
}

void ring_note_empty(struct ring_server *server)
{
    struct rings *rings = server->rings;
    for (unsigned i = 0; i < rings->queue_count; i++) {
        struct ring_queue *queue = &rings->queues[i];
        if (queue->server == server && atomic_load_explicit(&queue->is_dry, memory_order_relaxed))
            look_at_probe(queue);
    }
}

/* ---- the worker's ---- */

/* In the order in which they were given. */
static struct ring_entry *take_answers(struct ring_server *server)
{
    if (atomic_load_explicit(&server->answers, memory_order_relaxed) == NULL)
        return NULL;
    struct ring_entry *entry = atomic_exchange(&server->answers, NULL);
    struct ring_entry *first = NULL;
    while (entry != NULL) {
        struct ring_entry *next = entry->next;
        entry->next = first;
        first = entry;
        entry = next;
    }
    return first;
}

void ring_commit(struct ring_server *server)
{
    struct ring_entry *entry = take_answers(server);
    while (entry != NULL) {
        struct ring_entry *next = entry->next;
        prepare_command(server, entry, FUSE_IO_URING_CMD_COMMIT_AND_FETCH,
                        entry->header.ring_ent_in_out.commit_id);
        if (atomic_load_explicit(&entry->queue->is_dry, memory_order_relaxed))
            entry->queue->probe = entry;
        entry = next;
    }
}

/*
 * Header and fixed part next to each other, as in a message that is read. False: that is no message
 * of ours; the kernel is told so.
 */
static bool join_message(struct ring_entry *entry, struct wire_buffer *buffer)
{
    struct fuse_in_header header;
    memcpy(&header, entry->header.in_out, sizeof(header));
    size_t payload = entry->header.ring_ent_in_out.payload_sz;
    size_t room = sizeof(header) + sizeof(entry->header.op_in);
    entry->unique = header.unique;
    if (payload > PAYLOAD_SIZE || header.len < sizeof(header) + payload ||
        header.len - payload > room)
        return false;
    struct fuse_in_header *start = ring_entry_message(entry);
    *start = header;
    *buffer = (struct wire_buffer){.memory = start,
                                   .size = header.len - payload,
                                   .payload = entry->payload,
                                   .payload_size = payload};
    return true;
}

static void put_lost(struct rings *rings, struct ring_entry *entry)
{
    PORT_LOCK_SCOPE_OF(rings, rings_lock);
    entry->next = rings->lost;
    rings->lost = entry;
    atomic_fetch_sub_explicit(&rings->count, 1, memory_order_relaxed);
}

/* With the connection, or the thread that has submitted it. Once the connection has ended there is
 * no use in others. */
static void lose_entry(struct ring_entry *entry, int error)
{
    struct ring_queue *queue = entry->queue;
    queue->count--;
    queue->free--;
    if (error != -ENOTCONN && error != -ECONNABORTED)
        log_debug("an entry of ring %u is lost: %s", queue->cpu, strerror(-error));
    if (queue->probe == entry)
        queue->probe = NULL;
    put_lost(queue->server->rings, entry);
    if (++queue->losses <= LOSSES_MAX)
        grow(queue);
}

static void refuse(struct ring_entry *entry, int error)
{
    const struct fuse_out_header refusal = {
        .len = sizeof(refusal), .error = -error, .unique = entry->unique};
    rings_answer(entry->queue->server->rings, &refusal, NULL, 0);
}

/* There are no more entries: what may wait for long leaves the last ones to what ends a wait. */
static bool is_one_too_many(const struct ring_entry *entry)
{
    struct fuse_in_header header;
    if (entry->queue->free >= FREE_LAST)
        return false;
    memcpy(&header, entry->header.in_out, sizeof(header));
    if (header.opcode != FUSE_READ && header.opcode != FUSE_IOCTL && header.opcode != FUSE_OPEN)
        return false;
    log_warning_rarely(
        "%u requests wait for their answers, and there is no room for another one",
        atomic_load_explicit(&entry->queue->server->rings->count, memory_order_relaxed));
    return true;
}

/* Returns the entry if the completion is a message. */
static struct ring_entry *complete(struct ring_server *server,
                                   const struct uring_completion *completion,
                                   struct wire_buffer *buffer)
{
    if (completion->data == DATA_WAKE) {
        if ((completion->flags & IORING_CQE_F_MORE) == 0 && completion->result >= 0)
            prepare_wake(server);
        return NULL;
    }
    struct ring_entry *entry = (struct ring_entry *)(uintptr_t)completion->data;
    if (completion->result != 0) {
        lose_entry(entry, completion->result);
        return NULL;
    }
    entry->is_taken = true;
    entry->queue->free--;
    entry->queue->losses = 0;
    atomic_store_explicit(&entry->is_answered, false, memory_order_relaxed);
    grow(entry->queue);
    bool is_message = join_message(entry, buffer);
    note_message(server->rings, entry);
    if (!is_message)
        refuse(entry, EIO);
    else if (is_one_too_many(entry))
        refuse(entry, ENOBUFS);
    else
        return entry;
    return NULL;
}

struct ring_entry *ring_take(struct ring_server *server, struct wire_buffer *buffer)
{
    struct uring_completion completion;
    while (uring_take(&server->uring, &completion)) {
        struct ring_entry *entry = complete(server, &completion, buffer);
        if (entry != NULL)
            return entry;
    }
    return NULL;
}

/* ---- registering ---- */

/* What the kernel does not take comes back at once. Returns 0 or -errno. */
static int find_failure(const struct ring_server *server)
{
    struct uring_completion completion;
    for (uint32_t i = 0; uring_look(&server->uring, i, &completion); i++) {
        if (completion.data != DATA_WAKE && completion.result < 0)
            return completion.result;
    }
    return 0;
}

static void report_registered(struct rings *rings, int error)
{
    PORT_LOCK_SCOPE_OF(rings, rings_lock);
    rings->ready++;
    if (rings->error == 0)
        rings->error = error;
    port_condition_signal(&rings->state_changed);
}

/*
 * One entry for each queue, and then, for a CPU of its own, what it shall have. When the last queue
 * has one the kernel uses the rings; when one can't be registered it never does, and uses
 * /dev/fuse.
 */
static void register_queues(struct ring_server *server)
{
    struct rings *rings = server->rings;
    bool has_memory = true;
    for (unsigned i = 0; i < rings->queue_count; i++) {
        struct ring_queue *queue = &rings->queues[i];
        if (queue->server != server)
            continue;
        unsigned wanted = queue->cpu == server->cpu ? BLOCK_ENTRIES : 1;
        for (unsigned j = 0; j < wanted && has_memory; j++)
            has_memory = prepare_entry(queue) || j > 0;
    }
    int error = uring_enter(&server->uring, URING_NOT);
    if (error == 0 || error == -EINTR)
        error = has_memory ? find_failure(server) : -ENOMEM;
    server->is_registered = true;
    report_registered(rings, error);
}

void ring_begin(struct ring_server *server)
{
    prepare_wake(server);
    if (!server->is_registered)
        register_queues(server);
}

/* The kernel gives up what has failed once. So it is asked for a queue that there can't be. */
void rings_refuse(const struct rings *rings)
{
    const struct fuse_uring_cmd_req request = {.qid = UINT16_MAX};
    struct uring uring;
    int error = uring_open(&uring, 1, 2);
    struct io_uring_sqe *submission = error == 0 ? uring_prepare(&uring) : NULL;
    if (submission != NULL) {
        submission->opcode = IORING_OP_URING_CMD;
        submission->fd = rings->wire->descriptor;
        submission->cmd_op = FUSE_IO_URING_CMD_REGISTER;
        memcpy(submission->cmd, &request, sizeof(request));
        error = uring_enter(&uring, URING_EVER);
    }
    uring_close(&uring);
    if (error != 0)
        log_error("the kernel waits for rings that there are none of: %s", strerror(-error));
}

int rings_await(struct rings *rings)
{
    uint64_t deadline = port_clock_now() + REGISTER_DEADLINE_NS;
    PORT_LOCK_SCOPE_OF(rings, rings_lock);
    while (rings->ready < rings->server_count && rings->error == 0) {
        if (!port_condition_wait_until(&rings->state_changed, &rings->rings_lock, deadline))
            return -ETIMEDOUT;
    }
    return rings->error;
}

/* ---- beginning and end ---- */

static int open_server(struct ring_server *server)
{
    server->wake_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->wake_event < 0)
        return -errno;
    int error = uring_open(&server->uring, SUBMISSIONS, COMPLETIONS);
    /* A filter of system calls may let it be made, and not used. */
    return error == 0 ? uring_enter(&server->uring, URING_NOT) : error;
}

static void init_server(struct rings *rings, struct ring_server *server, unsigned cpu)
{
    server->rings = rings;
    server->cpu = cpu;
    server->wake_event = -1;
    server->uring.descriptor = -1;
    server->last_listed = &server->listed;
}

/* A server for each CPU that the daemon may run on, and the other CPUs' queues are shared out. */
static void assign(struct rings *rings, unsigned servers)
{
    for (unsigned cpu = 0; cpu < rings->queue_count; cpu++) {
        struct ring_queue *queue = &rings->queues[cpu];
        queue->cpu = cpu;
        if (rings->server_count == servers || !port_thread_may_run_on(cpu))
            continue;
        queue->server = &rings->servers[rings->server_count++];
        init_server(rings, queue->server, cpu);
    }
    if (rings->server_count == 0)
        init_server(rings, &rings->servers[rings->server_count++], 0);
    for (unsigned cpu = 0; cpu < rings->queue_count; cpu++) {
        struct ring_queue *queue = &rings->queues[cpu];
        if (queue->server == NULL)
            queue->server = &rings->servers[cpu % rings->server_count];
    }
}

static void init_locks(struct rings *rings)
{
    port_mutex_init(&rings->rings_lock);
    port_condition_init(&rings->state_changed);
    for (unsigned i = 0; i < RING_ROWS; i++)
        port_mutex_init(&rings->rows[i].row_lock);
}

static int open_all(struct rings *rings, unsigned servers, const char *path)
{
    rings->queue_count = port_thread_cpu_count_possible();
    rings->queues = calloc(rings->queue_count, sizeof(rings->queues[0]));
    if (rings->queues == NULL)
        return -ENOMEM;
    assign(rings, servers < RING_SERVERS_MAX ? servers : RING_SERVERS_MAX);
    int error = nudger_create(rings, path, &rings->nudger);
    for (unsigned i = 0; error == 0 && i < rings->server_count; i++)
        error = open_server(&rings->servers[i]);
    return error;
}

int rings_create(struct wire *wire, unsigned servers, const char *path, struct rings **rings)
{
    struct rings *new = calloc(1, sizeof(*new));
    if (new == NULL)
        return -ENOMEM;
    new->wire = wire;
    init_locks(new);
    int error = open_all(new, servers, path);
    if (error != 0) {
        rings_destroy(new);
        return error;
    }
    *rings = new;
    return 0;
}

static void close_server(struct ring_server *server)
{
    uring_close(&server->uring);
    if (server->wake_event >= 0)
        close(server->wake_event);
}

void rings_destroy(struct rings *rings)
{
    if (rings == NULL)
        return;
    nudger_destroy(rings->nudger);
    for (unsigned i = 0; i < rings->server_count; i++)
        close_server(&rings->servers[i]);
    port_lock_is_not_needed(rings_lock);
    for (struct ring_block *block = rings->blocks, *next; block != NULL; block = next) {
        next = block->next;
        block_free(block);
    }
    for (unsigned i = 0; i < RING_ROWS; i++)
        port_mutex_destroy(&rings->rows[i].row_lock);
    port_condition_destroy(&rings->state_changed);
    port_mutex_destroy(&rings->rings_lock);
    free(rings->queues);
    free(rings);
}
