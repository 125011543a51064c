/* Hardware resources, and WDFCMRESLIST. See resources.h. */
#include "framework/device/resources.h"

#include <stdlib.h>
#include <string.h>

#include "framework/device/device.h"
#include "framework/device/underway.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "nt/status.h"
#include "port/log.h"

struct port_mutex resources_lock = PORT_MUTEX_INITIALIZER;

static const struct object_class resource_list_class = {.name = "WDFCMRESLIST"};

struct resource {
    LIST_ENTRY entry;
    CM_PARTIAL_RESOURCE_DESCRIPTOR value;
    CM_PARTIAL_RESOURCE_DESCRIPTOR shown; /* to the driver, whose changes have no effect */
};

static struct resource *resource_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct resource, entry);
}

static WDFCMRESLIST handle_of(struct resource_list *list)
{
    return (WDFCMRESLIST)&list->object;
}

static struct resource_list *list_from_handle(WDFCMRESLIST handle, const char *function)
{
    return CONTAINING_RECORD(object_from_handle(handle, &resource_list_class, function),
                             struct resource_list, object);
}

/* ---- a list ---- */

static void list_init(struct resource_list *list, struct wdf_device *device)
{
    object_init_embedded(&list->object, &resource_list_class, &device->io.object);
    PORT_LOCK_SCOPE(&resources_lock);
    InitializeListHead(&list->entries);
}

static void remove_locked(struct resource_list *list, struct resource *resource)
    REQUIRES(resources_lock)
{
    RemoveEntryList(&resource->entry);
    list->count--;
    free(resource);
}

static void clear_locked(struct resource_list *list) REQUIRES(resources_lock)
{
    while (!IsListEmpty(&list->entries))
        remove_locked(list, resource_from_entry(list->entries.Flink));
}

/* The entry at that place, or the head of the list behind the last; NULL: beyond. */
static LIST_ENTRY *place_locked(struct resource_list *list, ULONG index) REQUIRES(resources_lock)
{
    if (index > list->count)
        return NULL;
    LIST_ENTRY *entry = list->entries.Flink;
    while (index-- > 0)
        entry = entry->Flink;
    return entry;
}

static NTSTATUS insert_locked(struct resource_list *list,
                              const CM_PARTIAL_RESOURCE_DESCRIPTOR *value, ULONG index)
    REQUIRES(resources_lock)
{
    LIST_ENTRY *place = place_locked(list, index == WDF_INSERT_AT_END ? list->count : index);
    if (place == NULL)
        return STATUS_ARRAY_BOUNDS_EXCEEDED;
    struct resource *resource = calloc(1, sizeof(*resource));
    if (resource == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    resource->value = *value;
    InsertTailList(place, &resource->entry);
    list->count++;
    return STATUS_SUCCESS;
}

static NTSTATUS copy(struct resource_list *to, struct resource_list *from)
{
    PORT_LOCK_SCOPE(&resources_lock);
    clear_locked(to);
    for (LIST_ENTRY *entry = from->entries.Flink; entry != &from->entries; entry = entry->Flink) {
        NTSTATUS status = insert_locked(to, &resource_from_entry(entry)->value, WDF_INSERT_AT_END);
        if (!NT_SUCCESS(status))
            return status;
    }
    return STATUS_SUCCESS;
}

/* ---- what a device has ---- */

static void make(struct wdf_device *device)
{
    if (device->resources.are_there)
        return;
    list_init(&device->resources.raw, device);
    list_init(&device->resources.translated, device);
    device->resources.are_there = true;
}

/* What is in it when it is closed holds, or nothing does. */
static void open_list(struct resource_list *list, bool is_open, bool holds)
{
    PORT_LOCK_SCOPE(&resources_lock);
    list->is_open = is_open;
    if (!holds)
        clear_locked(list);
}

/* S16.52: a bus driver that fails has said that there is nothing. */
static void ask_bus(struct wdf_device *child)
{
    const WDF_PDO_EVENT_CALLBACKS *events = &child->init.child.events;
    if (child->resources.are_asked || events->EvtDeviceResourcesQuery == NULL)
        return;
    struct resource_list *list = &child->resources.raw;
    child->resources.are_asked = true;
    open_list(list, true, false);
    struct callback callback;
    callback_begin(&child->callback, &callback, "EvtDeviceResourcesQuery", child);
    NTSTATUS status = events->EvtDeviceResourcesQuery(device_handle(child), handle_of(list));
    callback_end(&child->callback);
    open_list(list, false, NT_SUCCESS(status));
    if (!NT_SUCCESS(status))
        log_error("driver %s: EvtDeviceResourcesQuery failed: %s; the child gets no resources",
                  driver_name(child->init.driver), nt_status_name(status));
}

NTSTATUS resources_assign(struct wdf_device *device)
{
    struct wdf_device *lowest = device_lowest(device);
    make(lowest);
    make(device);
    if (lowest->init.kind == DEVICE_PDO)
        ask_bus(lowest);
    NTSTATUS status =
        device != lowest ? copy(&device->resources.raw, &lowest->resources.raw) : STATUS_SUCCESS;
    return NT_SUCCESS(status) ? copy(&device->resources.translated, &device->resources.raw)
                              : status;
}

void resources_finish(struct wdf_device *device)
{
    if (!device->resources.are_there)
        return;
    PORT_LOCK_SCOPE(&resources_lock);
    clear_locked(&device->resources.raw);
    clear_locked(&device->resources.translated);
}

/* ---- for drivers ---- */

static ULONG count_of(struct resource_list *list)
{
    PORT_LOCK_SCOPE(&resources_lock);
    return list->count;
}

ULONG WdfCmResourceListGetCount(WDFCMRESLIST List)
{
    return count_of(list_from_handle(List, __func__));
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR WdfCmResourceListGetDescriptor(WDFCMRESLIST List, ULONG Index)
{
    struct resource_list *list = list_from_handle(List, __func__);
    PORT_LOCK_SCOPE(&resources_lock);
    if (Index >= list->count)
        return NULL;
    struct resource *resource = resource_from_entry(place_locked(list, Index));
    resource->shown = resource->value;
    return &resource->shown;
}

static bool is_open(struct resource_list *list)
{
    PORT_LOCK_SCOPE(&resources_lock);
    return list->is_open;
}

static bool may_change(struct resource_list *list, const char *function)
{
    if (is_open(list))
        return true;
    verifier_break(function, "S16.52", "WDFCMRESLIST %p can only be changed in %s",
                   (void *)handle_of(list), "EvtDeviceResourcesQuery");
    return false;
}

static NTSTATUS insert(struct resource_list *list, const CM_PARTIAL_RESOURCE_DESCRIPTOR *value,
                       ULONG index, const char *function)
{
    if (!may_change(list, function))
        return STATUS_ACCESS_DENIED;
    PORT_LOCK_SCOPE(&resources_lock);
    return insert_locked(list, value, index);
}

NTSTATUS WdfCmResourceListInsertDescriptor(WDFCMRESLIST List,
                                           PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor, ULONG Index)
{
    struct resource_list *list = list_from_handle(List, __func__);
    REQUIRE_PARAMETER(Descriptor);
    return API_RESULT(insert(list, Descriptor, Index, __func__), "S16.52");
}

NTSTATUS WdfCmResourceListAppendDescriptor(WDFCMRESLIST List,
                                           PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor)
{
    struct resource_list *list = list_from_handle(List, __func__);
    REQUIRE_PARAMETER(Descriptor);
    return API_RESULT(insert(list, Descriptor, WDF_INSERT_AT_END, __func__), "S16.52");
}

static bool remove_at(struct resource_list *list, ULONG index)
{
    PORT_LOCK_SCOPE(&resources_lock);
    if (index >= list->count)
        return false;
    remove_locked(list, resource_from_entry(place_locked(list, index)));
    return true;
}

VOID WdfCmResourceListRemove(WDFCMRESLIST List, ULONG Index)
{
    struct resource_list *list = list_from_handle(List, __func__);
    if (may_change(list, __func__) && !remove_at(list, Index))
        verifier_break(__func__, "S16.52", "WDFCMRESLIST %p has no descriptor %u", (void *)List,
                       (unsigned)Index);
}

static void remove_value(struct resource_list *list, const CM_PARTIAL_RESOURCE_DESCRIPTOR *value)
{
    PORT_LOCK_SCOPE(&resources_lock);
    for (LIST_ENTRY *entry = list->entries.Flink; entry != &list->entries; entry = entry->Flink) {
        struct resource *resource = resource_from_entry(entry);
        if (memcmp(&resource->value, value, sizeof(*value)) != 0)
            continue;
        remove_locked(list, resource);
        return;
    }
}

VOID WdfCmResourceListRemoveByDescriptor(WDFCMRESLIST List,
                                         PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor)
{
    struct resource_list *list = list_from_handle(List, __func__);
    REQUIRE_PARAMETER(Descriptor);
    if (may_change(list, __func__))
        remove_value(list, Descriptor);
}
