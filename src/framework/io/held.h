/*
 * What the log says of requests that the driver has: whose they are, since when, and since which
 * callback.
 *
 * They are described with the io_lock held and written without it: the system log may block, and a
 * request may be gone when its line is written.
 */
#ifndef WDFUSE_FRAMEWORK_IO_HELD_H
#define WDFUSE_FRAMEWORK_IO_HELD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "framework/io/domain.h"

struct io_device;
struct wdf_queue;
struct wdf_request;

struct held_request {
    pid_t process;
    const char *type;
    const void *handle;
    const void *queue;
    const char *driver; /* that has it; stays as long as its device */
    const char *since;  /* the callback, or the call, that gave it to the driver */
    const char *state;  /* why its client can't have it back */
    uint64_t age;       /* in nanoseconds, since it was submitted */
};

/* As many as a log wants to show; the others are counted. */
#define HELD_LIST_MAX 16

struct held_list {
    struct held_request requests[HELD_LIST_MAX];
    unsigned count;
    unsigned left_out;
};

/* Of a request that a driver has. With the io_lock held. */
struct held_request held_describe_locked(const struct wdf_request *request) REQUIRES(io_lock);

/*
 * Those in a queue, or in all queues of a device; with `of` only those that were sent to that
 * device, which may be a child of it. With the io_lock held.
 */
void held_list_add_queue_locked(struct held_list *list, struct wdf_queue *queue,
                                const struct io_device *of) REQUIRES(io_lock);
void held_list_add_device_locked(struct held_list *list, struct io_device *device,
                                 const struct io_device *of) REQUIRES(io_lock);

/* A line for each, which begins with `what`. Without locks. */
void held_list_log(const struct held_list *list, const char *what);

/* The lines for a queue that is referenced. The io_lock is held, and dropped while they are
 * written. */
void held_report_locked(struct wdf_queue *queue, const char *what) REQUIRES(io_lock);

#endif
