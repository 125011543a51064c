/* Routes of requests by their type (S5). */
#ifndef WDFUSE_FRAMEWORK_IO_ROUTE_H
#define WDFUSE_FRAMEWORK_IO_ROUTE_H

#include <stdbool.h>

struct wdf_queue;

/* S1.35: the default queue, or one that WdfDeviceConfigureRequestDispatching has named. */
bool queue_is_routed(const struct wdf_queue *queue);

#endif
