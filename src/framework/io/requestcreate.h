/*
 * Requests that the driver makes (S7.51 to S7.62). One has no device, no queue and no packet: there
 * is nothing to complete, it is sent to a target (target/) and ends by WdfObjectDelete.
 */
#ifndef WDFUSE_FRAMEWORK_IO_REQUESTCREATE_H
#define WDFUSE_FRAMEWORK_IO_REQUESTCREATE_H

#include "framework/object/object.h"

struct wdf_request;

extern const struct object_class created_request_class;

/* By the code at that address. STATUS_INSUFFICIENT_RESOURCES, the attributes' statuses,
 * STATUS_DELETE_PENDING. */
NTSTATUS request_create(const WDF_OBJECT_ATTRIBUTES *attributes, const void *creator,
                        struct wdf_request **result);

#endif
