/*
 * Watching for requests whose client has given up and which the driver does not complete: the
 * client hangs until it does, and the log should say why (docs/operation.md).
 */
#ifndef WDFUSE_FRAMEWORK_IO_HELDWATCH_H
#define WDFUSE_FRAMEWORK_IO_HELDWATCH_H

#include <wdf.h>

#include "framework/io/domain.h"

struct io_device;
struct wdf_request;

/* For a new device. STATUS_INSUFFICIENT_RESOURCES when there is no memory. */
NTSTATUS heldwatch_create(struct io_device *device);

/* The client of a request that the driver has gives up. With the device's io_lock held. */
void heldwatch_begin_locked(struct wdf_request *request) REQUIRES(io_lock);

#endif
