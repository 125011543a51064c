/*
 * WMI (S12, S19): blocks of data that drivers offer, methods and events. A device that is not a
 * control device has a handler, which has providers (one per GUID), which have instances. Programs
 * use consumer.h.
 *
 * Programs see the GUIDs of a device while the device is started:
 *
 *     CREATED --register--> REGISTERED --deregister--> DEREGISTERED --clean up--> CLEANED_UP
 *                               ^------------register------------'
 */
#ifndef WDFUSE_FRAMEWORK_WMI_HANDLER_H
#define WDFUSE_FRAMEWORK_WMI_HANDLER_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/object/object.h"
#include "framework/object/worker.h"
#include "port/thread.h"

struct io_device;
struct wmi_instance;

/* Guards all data of this room; a leaf. Drivers are called without it. */
extern struct port_mutex wmi_lock;

enum wmi_state { WMI_CREATED, WMI_REGISTERED, WMI_DEREGISTERED, WMI_CLEANED_UP };

/* Part of the device. */
struct wmi_handler {
    struct io_device *device; /* constant */
    /* Constant while it is registered: the name of the device's node, and its number in events. */
    const char *name GUARDED_BY(wmi_lock);
    ULONG provider_id GUARDED_BY(wmi_lock);
    enum wmi_state state GUARDED_BY(wmi_lock);
    LIST_ENTRY entry GUARDED_BY(wmi_lock); /* while it is registered */
    LIST_ENTRY providers GUARDED_BY(wmi_lock);
    unsigned requests GUARDED_BY(wmi_lock); /* that its driver has */
    char *mof_name GUARDED_BY(wmi_lock);    /* in UTF-8; NULL: none (S19.9) */
};

struct wmi_provider {
    struct wdf_object object;
    /* Constant. */
    struct wmi_handler *handler; /* its device has a reference of this */
    WDF_WMI_PROVIDER_CONFIG config;

    /* A provider whose GUID the device has already is in no list (S19.3). */
    LIST_ENTRY entry GUARDED_BY(wmi_lock);
    uint64_t serial GUARDED_BY(wmi_lock);      /* rises in the list; iterations continue by it */
    LIST_ENTRY instances GUARDED_BY(wmi_lock); /* registered ones, in order (S12.6) */
    struct wmi_instance *own GUARDED_BY(wmi_lock); /* the framework's (toggle.h); NULL: none */
    bool is_enabled[WdfWmiInstanceControl + 1] GUARDED_BY(wmi_lock);
    ULONGLONG tracing_handle GUARDED_BY(wmi_lock);
    /* What the driver was told last, and how many collect (request.c). */
    bool events_were_wanted GUARDED_BY(wmi_lock);
    unsigned collectors GUARDED_BY(wmi_lock);
    bool is_switching GUARDED_BY(wmi_lock); /* one switch at a time */
    struct work announcement;               /* if it was created above PASSIVE_LEVEL */
};

/* ---- for the device ---- */

void wmi_handler_init(struct wmi_handler *handler, struct io_device *device);
void wmi_handler_finish(struct wmi_handler *handler);

/* The device has started, or is being removed; removal waits for requests that its driver has. Each
 * may be called any number of times. `name` stays valid as long as the device. */
void wmi_handler_register(struct wmi_handler *handler, const char *name, ULONG provider_id);
void wmi_handler_deregister(struct wmi_handler *handler);
void wmi_handler_clean_up(struct wmi_handler *handler);

/* ---- inside ---- */

/* The next registered handler; NULL stands for the beginning, and for the end. */
struct wmi_handler *wmi_next_handler_locked(const struct wmi_handler *previous) REQUIRES(wmi_lock);

extern const struct object_class wmi_provider_class;

struct wmi_provider *wmi_provider_create(struct wmi_handler *handler,
                                         const WDF_WMI_PROVIDER_CONFIG *config,
                                         const WDF_OBJECT_ATTRIBUTES *attributes,
                                         const void *creator, NTSTATUS *status);

/* Programs may listen to it already. IRQL <= DISPATCH_LEVEL, without a lock. */
void wmi_provider_announce(struct wmi_provider *provider);

#define wmi_provider_from_handle(handle)                                                           \
    CONTAINING_RECORD(object_from_handle((handle), &wmi_provider_class, __func__),                 \
                      struct wmi_provider, object)

/* The provider of that GUID that programs reach, or NULL. */
struct wmi_provider *wmi_find_provider_locked(const struct wmi_handler *handler, const GUID *guid)
    REQUIRES(wmi_lock);

/* A request that the handler counts has left the driver. */
void wmi_request_returned(struct wmi_handler *handler);

#endif
