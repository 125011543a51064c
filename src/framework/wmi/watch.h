/* Events on their way to the programs that listen (consumer.h). */
#ifndef WDFUSE_FRAMEWORK_WMI_WATCH_H
#define WDFUSE_FRAMEWORK_WMI_WATCH_H

#include <stdbool.h>

#include <wdf.h>

#include "framework/wmi/handler.h"

struct wmi_instance;

/* Delivers an event. Statuses of WdfWmiInstanceFireEvent. */
NTSTATUS wmi_fire(const struct wmi_instance *instance, ULONG size, const void *data);

/* The same for a device by its number in events, whether or not it has a provider of that GUID. */
NTSTATUS wmi_fire_of(ULONG provider_id, const GUID *guid, ULONG index, ULONG size,
                     const void *data);

/* wmi_watch_take (consumer.h), with the lock held. */
struct wmi_watch;
struct wmi_event;
struct wmi_event *wmi_watch_take_locked(struct wmi_watch *watch) REQUIRES(wmi_lock);

/* Whether anybody listens to that GUID (watch.c). */
bool wmi_is_watched_locked(const GUID *guid) REQUIRES(wmi_lock);

#endif
