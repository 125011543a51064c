/* Instances of a block, which its provider counts (S12.3 to S12.6). */
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
    const WDF_OBJECT_CONTEXT_TYPE_INFO *context_type; /* that is read (S12.13); NULL: none is */
    size_t context_size;
    const struct wmi_toggle *toggle; /* the framework's own; NULL: the driver's */

    LIST_ENTRY entry GUARDED_BY(wmi_lock);
    bool is_registered GUARDED_BY(wmi_lock);
};

/* One that is not registered; NULL after a failure. */
struct wmi_instance *wmi_instance_create_own(struct wmi_provider *provider,
                                             const struct wmi_toggle *toggle, NTSTATUS *status);

/* S12.5. STATUS_INVALID_DEVICE_REQUEST: it is registered; STATUS_INVALID_DEVICE_STATE: too late. */
NTSTATUS wmi_instance_register(struct wmi_instance *instance);
void wmi_instance_deregister(struct wmi_instance *instance);

/* Where an instance is counted; of one that is not registered, behind the last (S19.21). */
ULONG wmi_index_locked(const struct wmi_instance *instance) REQUIRES(wmi_lock);

#endif
