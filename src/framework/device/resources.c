/* Hardware resources, and WDFCMRESLIST. See resources.h. */
#include "framework/device/resources.h"

#include "framework/device/device.h"
#include "framework/device/requirements.h"
#include "framework/device/underway.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "nt/status.h"
#include "port/log.h"

struct port_mutex resources_lock = PORT_MUTEX_INITIALIZER;

static const struct object_class resource_list_class = {.name = "WDFCMRESLIST"};

static WDFCMRESLIST handle_of(struct resource_list *list)
{
    return (WDFCMRESLIST)&list->object;
}

#define list_from_handle(handle)                                                                   \
    CONTAINING_RECORD(object_from_handle((handle), &resource_list_class, __func__),                \
                      struct resource_list, object)

/* ---- what a device has ---- */

static void list_init(struct resource_list *list, struct wdf_device *device)
{
    object_init_embedded(&list->object, &resource_list_class, &device->io.object);
    PORT_LOCK_SCOPE(&resources_lock);
    value_list_init(&list->values, sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR));
}

static void make(struct wdf_device *device)
{
    if (device->resources.are_there)
        return;
    list_init(&device->resources.raw, device);
    list_init(&device->resources.translated, device);
    list_init(&device->resources.assigned, device);
    device->resources.are_there = true;
}

void resources_finish(struct wdf_device *device)
{
    if (!device->resources.are_there)
        return;
    PORT_LOCK_SCOPE(&resources_lock);
    value_list_clear(&device->resources.raw.values);
    value_list_clear(&device->resources.translated.values);
    value_list_clear(&device->resources.assigned.values);
}

static NTSTATUS copy(struct resource_list *to, const struct resource_list *from)
{
    PORT_LOCK_SCOPE(&resources_lock);
    value_list_clear(&to->values);
    return value_list_append_all(&to->values, &from->values);
}

static void set_open(struct resource_list *list, bool is_open)
{
    PORT_LOCK_SCOPE(&resources_lock);
    list->is_open = is_open;
}

static void clear(struct resource_list *list)
{
    PORT_LOCK_SCOPE(&resources_lock);
    value_list_clear(&list->values);
}

/* ---- what a stack gets ---- */

static void begin(struct wdf_device *device, struct callback *callback, const char *event)
{
    callback_begin(&device->callback, callback, event, device);
}

/* A driver that fails has said nothing. */
static bool end(struct wdf_device *device, NTSTATUS status, const char *event)
{
    callback_end(&device->callback);
    if (!NT_SUCCESS(status))
        log_error("driver %s: %s failed: %s; what it says of resources is left out",
                  driver_name(device->init.driver), event, nt_status_name(status));
    return NT_SUCCESS(status);
}

static void ask_what_it_has(struct wdf_device *child)
{
    PFN_WDF_DEVICE_RESOURCES_QUERY query = child->init.child.events.EvtDeviceResourcesQuery;
    struct resource_list *list = &child->resources.assigned;
    struct callback callback;
    if (query == NULL)
        return;
    set_open(list, true);
    begin(child, &callback, "EvtDeviceResourcesQuery");
    NTSTATUS status = query(device_handle(child), handle_of(list));
    bool holds = end(child, status, "EvtDeviceResourcesQuery");
    set_open(list, false);
    if (!holds)
        clear(list);
}

/* Both kinds of callbacks have one type. */
typedef NTSTATUS requirements_callback(WDFDEVICE device, WDFIORESREQLIST list);

/* The driver changes a copy, which replaces the list if it succeeds. */
static NTSTATUS ask_driver(struct wdf_device *device, requirements_callback *ask, const char *event,
                           struct requirements **list)
{
    struct callback callback;
    if (ask == NULL)
        return STATUS_SUCCESS;
    struct requirements *changed = requirements_create(device, *list);
    if (changed == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    begin(device, &callback, event);
    if (!end(device, ask(device_handle(device), requirements_handle(changed)), event)) {
        requirements_delete(changed);
        return STATUS_SUCCESS;
    }
    requirements_delete(*list);
    *list = changed;
    return STATUS_SUCCESS;
}

/* S17.11: those who take away on the way down, those who add on the way up. */
static NTSTATUS ask_stack(struct wdf_device *device, struct requirements **list)
{
    if (device == NULL)
        return STATUS_SUCCESS;
    const WDF_FDO_EVENT_CALLBACKS *fdo = &device->init.fdo;
    NTSTATUS status = ask_driver(device, fdo->EvtDeviceFilterRemoveResourceRequirements,
                                 "EvtDeviceFilterRemoveResourceRequirements", list);
    if (NT_SUCCESS(status))
        status = ask_stack(device->init.lower, list);
    if (NT_SUCCESS(status))
        status = ask_driver(device, fdo->EvtDeviceFilterAddResourceRequirements,
                            "EvtDeviceFilterAddResourceRequirements", list);
    return status;
}

static NTSTATUS choose(struct wdf_device *lowest, const struct requirements *list)
{
    struct resource_list *assigned = &lowest->resources.assigned;
    struct value_list chosen;
    value_list_init(&chosen, sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR));
    NTSTATUS status = requirements_choose(list, &assigned->values, &chosen);
    PORT_LOCK_SCOPE(&resources_lock);
    if (NT_SUCCESS(status)) {
        value_list_clear(&assigned->values);
        status = value_list_append_all(&assigned->values, &chosen);
    }
    value_list_clear(&chosen);
    return status;
}

static NTSTATUS ask_what_it_needs(struct wdf_device *lowest)
{
    struct requirements *list = NULL;
    NTSTATUS status =
        ask_driver(lowest, lowest->init.child.events.EvtDeviceResourceRequirementsQuery,
                   "EvtDeviceResourceRequirementsQuery", &list);
    if (NT_SUCCESS(status))
        status = ask_stack(device_top(lowest), &list);
    if (NT_SUCCESS(status) && list != NULL && !requirements_are_empty(list))
        status = choose(lowest, list);
    requirements_delete(list);
    if (status == STATUS_CONFLICTING_ADDRESSES)
        log_error("driver %s: the resources that the device requires do not exist",
                  driver_name(lowest->init.driver));
    return status;
}

static NTSTATUS find_out(struct wdf_device *lowest)
{
    if (lowest->resources.are_assigned)
        return STATUS_SUCCESS;
    clear(&lowest->resources.assigned);
    ask_what_it_has(lowest);
    NTSTATUS status = ask_what_it_needs(lowest);
    lowest->resources.are_assigned = NT_SUCCESS(status);
    return status;
}

/* ---- handing it down ---- */

static NTSTATUS give(struct wdf_device *device, const struct resource_list *raw)
{
    make(device);
    NTSTATUS status = copy(&device->resources.raw, raw);
    return NT_SUCCESS(status) ? copy(&device->resources.translated, raw) : status;
}

static void set_both_open(struct wdf_device *device, bool are_open)
{
    set_open(&device->resources.raw, are_open);
    set_open(&device->resources.translated, are_open);
}

/* S17.11: on the way down. What the driver leaves is for those below, and it has all itself. */
static NTSTATUS take_out_added(struct wdf_device *device)
{
    struct resources *resources = &device->resources;
    struct wdf_device *lower = device->init.lower;
    PFN_WDF_DEVICE_REMOVE_ADDED_RESOURCES remove = device->init.fdo.EvtDeviceRemoveAddedResources;
    struct callback callback;
    if (remove == NULL || WdfCmResourceListGetCount(handle_of(&resources->raw)) == 0)
        return lower != NULL ? give(lower, &resources->raw) : STATUS_SUCCESS;
    NTSTATUS status = copy(&resources->assigned, &resources->raw);
    if (!NT_SUCCESS(status))
        return status;
    set_both_open(device, true);
    begin(device, &callback, "EvtDeviceRemoveAddedResources");
    status = remove(device_handle(device), handle_of(&resources->raw),
                    handle_of(&resources->translated));
    callback_end(&device->callback);
    set_both_open(device, false);
    if (NT_SUCCESS(status) && lower != NULL)
        status = give(lower, &resources->raw);
    return NT_SUCCESS(status) ? give(device, &resources->assigned) : status;
}

static NTSTATUS hand_down(struct wdf_device *lowest)
{
    struct wdf_device *device = device_top(lowest);
    NTSTATUS status = give(device, &lowest->resources.assigned);
    for (; device != NULL && NT_SUCCESS(status); device = device->init.lower)
        status = take_out_added(device);
    return status;
}

/* The lowest starts first. One that is put on top of it when that has started is given all. */
NTSTATUS resources_assign(struct wdf_device *device)
{
    struct wdf_device *lowest = device_lowest(device);
    make(lowest);
    if (device != lowest)
        return device->resources.are_there ? STATUS_SUCCESS
                                           : give(device, &lowest->resources.assigned);
    NTSTATUS status = find_out(lowest);
    return NT_SUCCESS(status) ? hand_down(lowest) : status;
}

/* ---- for drivers ---- */

ULONG WdfCmResourceListGetCount(WDFCMRESLIST List)
{
    struct resource_list *list = list_from_handle(List);
    PORT_LOCK_SCOPE(&resources_lock);
    return list->values.count;
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR WdfCmResourceListGetDescriptor(WDFCMRESLIST List, ULONG Index)
{
    struct resource_list *list = list_from_handle(List);
    PORT_LOCK_SCOPE(&resources_lock);
    return value_list_show(&list->values, Index);
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
                   (void *)handle_of(list),
                   "EvtDeviceResourcesQuery and EvtDeviceRemoveAddedResources");
    return false;
}

static NTSTATUS insert(struct resource_list *list, const CM_PARTIAL_RESOURCE_DESCRIPTOR *value,
                       ULONG index, const char *function)
{
    if (!may_change(list, function))
        return STATUS_ACCESS_DENIED;
    PORT_LOCK_SCOPE(&resources_lock);
    return value_list_insert(&list->values, value, index);
}

NTSTATUS WdfCmResourceListInsertDescriptor(WDFCMRESLIST List,
                                           PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor, ULONG Index)
{
    struct resource_list *list = list_from_handle(List);
    REQUIRE_PARAMETER(Descriptor);
    return API_RESULT(insert(list, Descriptor, Index, __func__), "S16.52");
}

NTSTATUS WdfCmResourceListAppendDescriptor(WDFCMRESLIST List,
                                           PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor)
{
    struct resource_list *list = list_from_handle(List);
    REQUIRE_PARAMETER(Descriptor);
    return API_RESULT(insert(list, Descriptor, WDF_INSERT_AT_END, __func__), "S16.52");
}

static bool remove_at(struct resource_list *list, ULONG index)
{
    PORT_LOCK_SCOPE(&resources_lock);
    return value_list_remove_at(&list->values, index);
}

VOID WdfCmResourceListRemove(WDFCMRESLIST List, ULONG Index)
{
    struct resource_list *list = list_from_handle(List);
    if (may_change(list, __func__) && !remove_at(list, Index))
        verifier_break(__func__, "S16.52", "WDFCMRESLIST %p has no descriptor %u", (void *)List,
                       (unsigned)Index);
}

static void remove_value(struct resource_list *list, const CM_PARTIAL_RESOURCE_DESCRIPTOR *value)
{
    PORT_LOCK_SCOPE(&resources_lock);
    (void)value_list_remove(&list->values, value);
}

VOID WdfCmResourceListRemoveByDescriptor(WDFCMRESLIST List,
                                         PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor)
{
    struct resource_list *list = list_from_handle(List);
    REQUIRE_PARAMETER(Descriptor);
    if (may_change(list, __func__))
        remove_value(list, Descriptor);
}
