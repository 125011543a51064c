/* Instances of a block, which its provider numbers (S12.3 to S12.6). */
#ifndef WDFUSE_FRAMEWORK_WMI_INSTANCE_H
#define WDFUSE_FRAMEWORK_WMI_INSTANCE_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/object/object.h"
#include "framework/wmi/handler.h"

struct wmi_provider;
struct wmi_toggle;

struct wmi_instance {
    struct wdf_object object;
    /* Constant. */
    struct wmi_provider *provider; /* has a reference of this */
    WDF_WMI_INSTANCE_CONFIG config;
    const WDF_OBJECT_CONTEXT_TYPE_INFO *context_type; /* what is read (S12.13); NULL: none */
    size_t context_size;
    const struct wmi_toggle *toggle; /* the framework's; NULL: a driver's instance */

    LIST_ENTRY entry GUARDED_BY(wmi_lock);
    bool is_registered GUARDED_BY(wmi_lock);
};

/* Creates one that is not registered; NULL after a failure. */
struct wmi_instance *wmi_instance_create_own(struct wmi_provider *provider,
                                             const struct wmi_toggle *toggle, NTSTATUS *status);

/* S12.5. STATUS_INVALID_DEVICE_REQUEST: it is already registered; STATUS_INVALID_DEVICE_STATE: too
 * late. */
NTSTATUS wmi_instance_register(struct wmi_instance *instance);
void wmi_instance_deregister(struct wmi_instance *instance);

/* The number of an instance; if it is not registered, the one after the last (S19.21). */
ULONG wmi_index_locked(const struct wmi_instance *instance) REQUIRES(wmi_lock);

#endif
