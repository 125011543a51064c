/*
 * Calling the driver's PnP and power callbacks. Called by the thread that has the turn (turn.h),
 * without locks.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_CALL_H
#define WDFUSE_FRAMEWORK_DEVICE_CALL_H

#include <wdf.h>

#include "framework/device/device.h"

/* Ends what callback_begin began; a failure is logged (S11.6) and kept (device->first_failure). */
NTSTATUS call_end(struct wdf_device *device, NTSTATUS status, const char *event);

/* Calls an event callback of a table if the driver has it; without one the step succeeds. */
#define CALL_OF(device, table, event, ...)                                                         \
    ((device)->init.table.event != NULL                                                            \
         ? (callback_begin(&(device)->callback, &(struct callback){0}, #event, (device)),          \
            call_end((device),                                                                     \
                     (device)->init.table.event(device_handle(device) __VA_OPT__(, ) __VA_ARGS__), \
                     #event))                                                                      \
         : STATUS_SUCCESS)
#define CALL_VOID_OF(device, table, event, ...)                                                    \
    do {                                                                                           \
        if ((device)->init.table.event == NULL)                                                    \
            break;                                                                                 \
        callback_begin(&(device)->callback, &(struct callback){0}, #event, (device));              \
        (device)->init.table.event(device_handle(device) __VA_OPT__(, ) __VA_ARGS__);              \
        callback_end(&(device)->callback);                                                         \
    } while (0)
#define CALL(device, event, ...)      CALL_OF(device, pnp, event __VA_OPT__(, ) __VA_ARGS__)
#define CALL_VOID(device, event, ...) CALL_VOID_OF(device, pnp, event __VA_OPT__(, ) __VA_ARGS__)

#endif
