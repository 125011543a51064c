/*
 * Counting, for what moves requests. See statistics.h. With the io_lock held.
 */
#ifndef WDFUSE_FRAMEWORK_IO_STATISTICSCOUNT_H
#define WDFUSE_FRAMEWORK_IO_STATISTICSCOUNT_H

#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "framework/io/statistics.h"

/* By WDF_REQUEST_TYPE. */
extern const uint8_t statistics_kind_of_type[WdfRequestTypeDeviceControlInternal + 1];

/* Less than 128 ticks are the first bucket's. */
static inline unsigned statistics_bucket(uint64_t ticks)
{
    return (unsigned)(63 ^ __builtin_clzll(ticks | 127)) - 6;
}

/* A thread may take its stamp before the lock, and so before another one that was first: readers
 * add the last bucket, of negative times, to the first. */
static inline void statistics_add_time(uint64_t *buckets, uint64_t ticks)
{
    buckets[statistics_bucket(ticks)]++;
}

static inline struct kind_statistics *statistics_of_locked(struct wdf_queue *queue,
                                                           const struct wdf_request *request)
    REQUIRES(io_lock)
{
    return &queue->statistics.kinds[statistics_kind_of_type[request->io.type]];
}

static inline void statistics_owned_locked(struct wdf_queue *queue) REQUIRES(io_lock)
{
    if (queue->driver_count > queue->statistics.in_driver_most)
        queue->statistics.in_driver_most = queue->driver_count;
}

static inline void statistics_end_locked(struct kind_statistics *kind, NTSTATUS status)
    REQUIRES(io_lock)
{
    if (__builtin_expect(NT_ERROR(status), 0)) {
        if (status == STATUS_CANCELLED)
            kind->cancelled++;
        else
            kind->errors++;
    }
}

/* The driver gives it away: what it was for, and for how long. */
static inline void statistics_left_locked(struct kind_statistics *kind,
                                          const struct wdf_request *request, uint64_t now)
    REQUIRES(io_lock)
{
    statistics_add_time(kind->queued, request->owned_at - request->queued_at);
    statistics_add_time(kind->in_driver, now - request->owned_at);
}

/* By the driver. */
static inline void statistics_completed_locked(struct wdf_queue *queue,
                                               const struct wdf_request *request, uint64_t now,
                                               NTSTATUS status) REQUIRES(io_lock)
{
    struct kind_statistics *kind = statistics_of_locked(queue, request);
    statistics_end_locked(kind, status);
    statistics_left_locked(kind, request, now);
    statistics_add_time(kind->answered, now - request->received_at);
}

/* To another queue, or for good to another device. */
static inline void statistics_forwarded_locked(struct wdf_queue *queue,
                                               const struct wdf_request *request) REQUIRES(io_lock)
{
    struct kind_statistics *kind = statistics_of_locked(queue, request);
    kind->forwarded++;
    statistics_left_locked(kind, request, history_here.now);
}

/* By the queue, without the driver. */
static inline void statistics_ended_locked(struct wdf_queue *queue,
                                           const struct wdf_request *request, NTSTATUS status)
    REQUIRES(io_lock)
{
    struct kind_statistics *kind = statistics_of_locked(queue, request);
    statistics_end_locked(kind, status);
    statistics_add_time(kind->answered, history_step() - request->received_at);
}

#endif
