/* Who listens to WMI events (S12.11, S19.21). See consumer.h. */
#include "framework/wmi/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/io/iodevice.h"
#include "framework/wmi/consumer.h"
#include "framework/wmi/instance.h"
#include "framework/wmi/request.h"

/* So many wait for a watch at most; then new ones are lost. */
#define EVENTS_MAX 1000

struct wmi_watch {
    /* Constant. */
    GUID guid;
    void (*arrived)(void *context);
    void *context;

    LIST_ENTRY entry GUARDED_BY(wmi_lock);
    LIST_ENTRY events GUARDED_BY(wmi_lock);
    unsigned count GUARDED_BY(wmi_lock);
    ULONG lost GUARDED_BY(wmi_lock); /* since the last that was kept */
};

static LIST_ENTRY watches GUARDED_BY(wmi_lock) = {&watches, &watches};

static struct wmi_watch *watch_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct wmi_watch, entry);
}

bool wmi_is_watched_locked(const GUID *guid)
{
    for (LIST_ENTRY *entry = watches.Flink; entry != &watches; entry = entry->Flink) {
        if (IsEqualGUID(&watch_from_entry(entry)->guid, guid))
            return true;
    }
    return false;
}

/* Whose event it is. */
struct origin {
    const GUID *guid;
    const struct wmi_handler *handler;
    ULONG index;
};

static struct wmi_event *create_event_locked(const struct origin *origin, ULONG size,
                                             const void *data) REQUIRES(wmi_lock)
{
    struct wmi_event *event = malloc(sizeof(*event) + size);
    if (event == NULL)
        return NULL;
    event->guid = *origin->guid;
    snprintf(event->device, sizeof(event->device), "%s", origin->handler->name);
    event->provider_id = origin->handler->provider_id;
    event->index = origin->index;
    KeQuerySystemTime(&event->time);
    event->lost = 0;
    event->size = size;
    if (size > 0)
        memcpy(event->data, data, size);
    return event;
}

/* False: there is no memory. */
static bool give_locked(struct wmi_watch *watch, const struct origin *origin, ULONG size,
                        const void *data) REQUIRES(wmi_lock)
{
    struct wmi_event *event =
        watch->count < EVENTS_MAX ? create_event_locked(origin, size, data) : NULL;
    if (event == NULL) {
        watch->lost++;
        return watch->count >= EVENTS_MAX;
    }
    event->lost = watch->lost;
    watch->lost = 0;
    watch->count++;
    InsertTailList(&watch->events, &event->entry);
    if (watch->arrived != NULL)
        watch->arrived(watch->context);
    return true;
}

static NTSTATUS give_all_locked(const struct origin *origin, ULONG size, const void *data)
    REQUIRES(wmi_lock)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (size > WMI_EVENT_SIZE_MAX)
        return STATUS_BUFFER_OVERFLOW;
    for (LIST_ENTRY *entry = watches.Flink; entry != &watches; entry = entry->Flink) {
        struct wmi_watch *watch = watch_from_entry(entry);
        if (IsEqualGUID(&watch->guid, origin->guid) && !give_locked(watch, origin, size, data))
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    return status;
}

NTSTATUS wmi_fire(const struct wmi_instance *instance, ULONG size, const void *data)
{
    const struct wmi_provider *provider = instance->provider;
    PORT_LOCK_SCOPE(&wmi_lock);
    if (provider->handler->state != WMI_REGISTERED)
        return STATUS_UNSUCCESSFUL;
    const struct origin origin = {&provider->config.Guid, provider->handler,
                                  wmi_index_locked(instance)};
    return give_all_locked(&origin, size, data);
}

NTSTATUS wmi_fire_of(ULONG provider_id, const GUID *guid, ULONG index, ULONG size, const void *data)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    struct wmi_handler *handler = NULL;
    while ((handler = wmi_next_handler_locked(handler)) != NULL) {
        if (handler->provider_id != provider_id)
            continue;
        const struct origin origin = {guid, handler, index};
        return give_all_locked(&origin, size, data);
    }
    return STATUS_UNSUCCESSFUL;
}

static void list(struct wmi_watch *watch)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    InsertTailList(&watches, &watch->entry);
}

struct wmi_watch *wmi_watch_begin(const GUID *guid, void (*arrived)(void *context), void *context)
{
    struct wmi_watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        return NULL;
    port_mutex_is_held(&wmi_lock); /* it need not be: nobody knows it yet */
    watch->guid = *guid;
    watch->arrived = arrived;
    watch->context = context;
    InitializeListHead(&watch->events);
    list(watch);
    wmi_switch_events_of(guid);
    return watch;
}

struct wmi_event *wmi_watch_take_locked(struct wmi_watch *watch)
{
    if (IsListEmpty(&watch->events))
        return NULL;
    watch->count--;
    return CONTAINING_RECORD(RemoveHeadList(&watch->events), struct wmi_event, entry);
}

struct wmi_event *wmi_watch_take(struct wmi_watch *watch)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    return wmi_watch_take_locked(watch);
}

static void unlist(struct wmi_watch *watch)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    RemoveEntryList(&watch->entry);
}

void wmi_watch_end(struct wmi_watch *watch)
{
    struct wmi_event *event;
    unlist(watch);
    wmi_switch_events_of(&watch->guid);
    while ((event = wmi_watch_take(watch)) != NULL)
        free(event);
    free(watch);
}
