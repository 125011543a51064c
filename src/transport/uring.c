/* An io_uring. See uring.h. */
#include "transport/uring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The flags of Linux 5.18 and 5.19, at least. */
#define SETUP_FLAGS                                                                                \
    (IORING_SETUP_SQE128 | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN |                   \
     IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP)
#define FEATURES (IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG)

static void *map(int descriptor, size_t size, off_t offset)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, offset);
    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, size, MADV_DONTFORK);
    return memory;
}

static void *at(const struct uring *uring, uint32_t offset)
{
    return (unsigned char *)uring->queues + offset;
}

static size_t greater(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Submissions are handed over in the order in which they lie. */
static void number_submissions(const struct uring *uring, uint32_t offset)
{
    uint32_t *numbers = at(uring, offset);
    for (uint32_t i = 0; i < uring->submission_count; i++)
        numbers[i] = i;
}

static int map_queues(struct uring *uring, const struct io_uring_params *parameters)
{
    const struct io_sqring_offsets *sq = &parameters->sq_off;
    const struct io_cqring_offsets *cq = &parameters->cq_off;
    uring->submission_count = parameters->sq_entries;
    uring->completion_mask = parameters->cq_entries - 1;
    uring->queues_size = greater(sq->array + parameters->sq_entries * sizeof(uint32_t),
                                 cq->cqes + parameters->cq_entries * sizeof(struct io_uring_cqe));
    uring->submissions_size = (size_t)parameters->sq_entries * URING_SUBMISSION_SIZE;
    uring->queues = map(uring->descriptor, uring->queues_size, IORING_OFF_SQ_RING);
    uring->submissions = map(uring->descriptor, uring->submissions_size, IORING_OFF_SQES);
    if (uring->queues == NULL || uring->submissions == NULL)
        return -ENOMEM;
    uring->submission_head = at(uring, sq->head);
    uring->submission_tail = at(uring, sq->tail);
    uring->completion_head = at(uring, cq->head);
    uring->completion_tail = at(uring, cq->tail);
    uring->completions = at(uring, cq->cqes);
    number_submissions(uring, sq->array);
    return 0;
}

int uring_open(struct uring *uring, unsigned submissions, unsigned completions)
{
    struct io_uring_params parameters = {.flags = SETUP_FLAGS, .cq_entries = completions};
    *uring = (struct uring){0};
    uring->descriptor = (int)syscall(SYS_io_uring_setup, submissions, &parameters);
    if (uring->descriptor < 0)
        return -errno;
    int error =
        (parameters.features & FEATURES) == FEATURES ? map_queues(uring, &parameters) : -EOPNOTSUPP;
    if (error != 0)
        uring_close(uring);
    return error;
}

void uring_close(struct uring *uring)
{
    if (uring->descriptor < 0)
        return;
    if (uring->queues != NULL)
        munmap(uring->queues, uring->queues_size);
    if (uring->submissions != NULL)
        munmap(uring->submissions, uring->submissions_size);
    close(uring->descriptor);
    *uring = (struct uring){.descriptor = -1};
}

unsigned uring_prepared(const struct uring *uring)
{
    return uring->prepared - atomic_load_explicit(uring->submission_head, memory_order_acquire);
}

struct io_uring_sqe *uring_prepare(struct uring *uring)
{
    if (uring_prepared(uring) == uring->submission_count)
        return NULL;
    size_t place = uring->prepared++ & (uring->submission_count - 1);
    void *submission = uring->submissions + place * URING_SUBMISSION_SIZE;
    return memset(submission, 0, URING_SUBMISSION_SIZE);
}

int uring_enter(struct uring *uring, int64_t nanoseconds)
{
    struct __kernel_timespec time = {.tv_sec = nanoseconds / 1000000000,
                                     .tv_nsec = nanoseconds % 1000000000};
    struct io_uring_getevents_arg argument = {.ts = nanoseconds > 0 ? (uintptr_t)&time : 0};
    atomic_store_explicit(uring->submission_tail, uring->prepared, memory_order_release);
    long result =
        syscall(SYS_io_uring_enter, uring->descriptor, uring_prepared(uring),
                nanoseconds != URING_NOT ? 1 : 0, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
                &argument, sizeof(argument));
    return result < 0 ? -errno : 0;
}

unsigned uring_ready(const struct uring *uring)
{
    return atomic_load_explicit(uring->completion_tail, memory_order_acquire) -
           atomic_load_explicit(uring->completion_head, memory_order_relaxed);
}

bool uring_look(const struct uring *uring, uint32_t distance, struct uring_completion *completion)
{
    uint32_t head = atomic_load_explicit(uring->completion_head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(uring->completion_tail, memory_order_acquire);
    if (tail - head <= distance)
        return false;
    const struct io_uring_cqe *entry =
        &uring->completions[(head + distance) & uring->completion_mask];
    *completion = (struct uring_completion){entry->user_data, entry->res, entry->flags};
    return true;
}

bool uring_take(struct uring *uring, struct uring_completion *completion)
{
    if (!uring_look(uring, 0, completion))
        return false;
    uint32_t head = atomic_load_explicit(uring->completion_head, memory_order_relaxed);
    atomic_store_explicit(uring->completion_head, head + 1, memory_order_release);
    return true;
}
