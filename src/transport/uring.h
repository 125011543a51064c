/*
 * An io_uring(7) of large submissions, by its system calls: what is prepared goes to the kernel
 * with the next enter, completions are taken from shared memory. One thread at a time.
 */
#ifndef WDFUSE_TRANSPORT_URING_H
#define WDFUSE_TRANSPORT_URING_H

#include <linux/io_uring.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uring {
    int descriptor; /* -1: not open */
    void *queues;   /* both, as the kernel shares them */
    size_t queues_size;
    unsigned char *submissions; /* of URING_SUBMISSION_SIZE each */
    size_t submissions_size;
    uint32_t submission_count; /* a power of two */
    uint32_t prepared;         /* the tail, with what the kernel has not been told of */
    _Atomic(uint32_t) *submission_head;
    _Atomic(uint32_t) *submission_tail;
    _Atomic(uint32_t) *completion_head;
    _Atomic(uint32_t) *completion_tail;
    uint32_t completion_mask;
    const struct io_uring_cqe *completions;
};

#define URING_SUBMISSION_SIZE 128
/* A command's own bytes in a submission. */
#define URING_COMMAND_SIZE 80

/* Room for so many submissions between two enters, and so many completions; of more the kernel
 * keeps a list. Returns 0 or -errno. */
int uring_open(struct uring *uring, unsigned submissions, unsigned completions);
/* What is pending is cancelled. Also of one that is not open. */
void uring_close(struct uring *uring);

/* A submission, all zero, to be filled in before the next call; NULL: enter first. */
struct io_uring_sqe *uring_prepare(struct uring *uring);
/* How many are prepared. */
unsigned uring_prepared(const struct uring *uring);

/* In the place of a timeout. */
#define URING_NOT  INT64_C(0)
#define URING_EVER INT64_C(-1)

/* Submits what is prepared, and waits that long for a completion. Returns 0, or -errno: -EINTR and
 * -ETIME as well. */
int uring_enter(struct uring *uring, int64_t nanoseconds);

struct uring_completion {
    uint64_t data;
    int32_t result;
    uint32_t flags;
};

/* How many completions there are. */
unsigned uring_ready(const struct uring *uring);
/* False: there is none. */
bool uring_take(struct uring *uring, struct uring_completion *completion);
/* The one that is as far from being the next, and stays; false: there are not as many. */
bool uring_look(const struct uring *uring, uint32_t distance, struct uring_completion *completion);

#endif
