/* Reading statistics. See statistics.h. */
#include "framework/io/statistics.h"

#include <string.h>

#include "framework/io/statisticscount.h"
#include "history/stamp.h"

const char *statistics_kind_name(enum statistics_kind kind)
{
    static const char *const names[] = {
        [STATISTICS_CREATE] = "create",
        [STATISTICS_READ] = "read",
        [STATISTICS_WRITE] = "write",
        [STATISTICS_CONTROL] = "device control",
        [STATISTICS_INTERNAL] = "internal device control",
    };
    return names[kind];
}

uint64_t statistics_bound(unsigned bucket)
{
    return bucket < STATISTICS_BUCKETS - 1 ? stamp_nanoseconds(128ull << bucket) : UINT64_MAX;
}

/* No time is as long as the last bucket says: it was a little less than nothing. */
static void correct_times(uint64_t buckets[STATISTICS_BUCKETS])
{
    buckets[0] += buckets[STATISTICS_BUCKETS - 1];
    buckets[STATISTICS_BUCKETS - 1] = 0;
}

static void correct(struct kind_statistics *kind)
{
    correct_times(kind->queued);
    correct_times(kind->in_driver);
    correct_times(kind->answered);
}

void statistics_correct(struct queue_statistics *copy)
{
    for (unsigned i = 0; i < STATISTICS_KINDS; i++)
        correct(&copy->kinds[i]);
}

void queue_statistics_read(struct wdf_queue *queue, struct queue_statistics *copy)
{
    io_lock(queue->device->domain);
    *copy = queue->statistics;
    io_unlock(queue->device->domain);
    statistics_correct(copy);
}

static void add_kind(struct kind_statistics *sum, const struct kind_statistics *kind)
{
    sum->errors += kind->errors;
    sum->cancelled += kind->cancelled;
    sum->forwarded += kind->forwarded;
    for (unsigned i = 0; i < STATISTICS_BUCKETS; i++) {
        sum->queued[i] += kind->queued[i];
        sum->in_driver[i] += kind->in_driver[i];
        sum->answered[i] += kind->answered[i];
    }
}

void device_statistics_read(struct io_device *device, struct queue_statistics *sum)
{
    memset(sum, 0, sizeof(*sum));
    io_lock(device->domain);
    for (LIST_ENTRY *entry = device->queues.Flink; entry != &device->queues; entry = entry->Flink) {
        const struct wdf_queue *queue = CONTAINING_RECORD(entry, struct wdf_queue, device_entry);
        if (queue->statistics.in_driver_most > sum->in_driver_most)
            sum->in_driver_most = queue->statistics.in_driver_most;
        for (unsigned i = 0; i < STATISTICS_KINDS; i++)
            add_kind(&sum->kinds[i], &queue->statistics.kinds[i]);
    }
    io_unlock(device->domain);
    statistics_correct(sum);
}

static uint64_t add_up(const uint64_t buckets[STATISTICS_BUCKETS])
{
    uint64_t total = 0;
    for (unsigned i = 0; i < STATISTICS_BUCKETS; i++)
        total += buckets[i];
    return total;
}

uint64_t statistics_count(const struct kind_statistics *kind)
{
    return add_up(kind->answered);
}

uint64_t statistics_presented(const struct kind_statistics *kind)
{
    return add_up(kind->in_driver);
}

uint64_t statistics_quantile(const uint64_t buckets[STATISTICS_BUCKETS], double fraction)
{
    uint64_t total = add_up(buckets), below = 0;
    for (unsigned i = 0; i < STATISTICS_BUCKETS && total > 0; i++) {
        below += buckets[i];
        if ((double)below >= fraction * (double)total)
            return statistics_bound(i);
    }
    return 0;
}
