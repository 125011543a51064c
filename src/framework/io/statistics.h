/*
 * What a queue counts of its requests, by kind: how many, how they ended, and how long they waited,
 * were with the driver, and took in all.
 *
 * Counted with the io_lock held, in sections that there are anyway. Times are stamps
 * (history/stamp.h), sorted into powers of two; readers get nanoseconds.
 */
#ifndef WDFUSE_FRAMEWORK_IO_STATISTICS_H
#define WDFUSE_FRAMEWORK_IO_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include <wdf.h>

#include "framework/io/domain.h"

struct io_device;
struct wdf_queue;

enum statistics_kind {
    STATISTICS_CREATE,
    STATISTICS_READ,
    STATISTICS_WRITE,
    STATISTICS_CONTROL,
    STATISTICS_INTERNAL,
    STATISTICS_KINDS
};

/* Bucket b counts what took less than statistics_bound(b), and not less than that of b - 1; the
 * last one has no bound. */
#define STATISTICS_BUCKETS 58

struct kind_statistics {
    uint64_t errors;    /* of these, with an error other than STATUS_CANCELLED */
    uint64_t cancelled; /* with STATUS_CANCELLED */
    uint64_t
        forwarded; /* by the driver, to another queue, or for good to a target: not ended here */
    uint64_t queued[STATISTICS_BUCKETS];
    uint64_t in_driver[STATISTICS_BUCKETS];
    uint64_t answered[STATISTICS_BUCKETS]; /* from when they came */
};

/* That have ended; and that the driver got, and gave away again. */
uint64_t statistics_count(const struct kind_statistics *kind);
uint64_t statistics_presented(const struct kind_statistics *kind);

struct queue_statistics {
    uint64_t in_driver_most; /* at once */
    struct kind_statistics kinds[STATISTICS_KINDS];
};

/* "create", "read", "write", "device control", "internal device control" */
const char *statistics_kind_name(enum statistics_kind kind);

/* The bucket's upper bound in nanoseconds; UINT64_MAX: none. */
uint64_t statistics_bound(unsigned bucket);

/* Copies a queue's; adds up those of a device's queues. Any thread that has a reference; take and
 * drop the io_lock for a copy. A device: `most` is the largest of a queue. */
void queue_statistics_read(struct wdf_queue *queue, struct queue_statistics *copy);
void device_statistics_read(struct io_device *device, struct queue_statistics *sum);

/* For raw copies of a queue's counts (statisticscount.h says what is wrong with them); the two
 * above have done it. Once for a copy. */
void statistics_correct(struct queue_statistics *copy);

/* In nanoseconds, the bound of the bucket that the fraction (0.5, 0.99) lies in; 0: nothing was
 * counted. */
uint64_t statistics_quantile(const uint64_t buckets[STATISTICS_BUCKETS], double fraction);

#endif
