/* Relations between devices. See relation.h. */
#include "framework/device/relation.h"

#include <stdlib.h>

#include "framework/device/call.h"
#include "framework/device/device.h"
#include "framework/device/opentarget.h"
#include "framework/device/wdm.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"

struct port_mutex relations_lock = PORT_MUTEX_INITIALIZER;

struct relation {
    LIST_ENTRY entry;
    uint64_t serial; /* rises in a list */
    PDEVICE_OBJECT physical;
};

static struct relation *relation_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct relation, entry);
}

void relations_init(struct relations *relations)
{
    port_mutex_is_held(&relations_lock); /* it need not be: nobody knows the device yet */
    for (int kind = 0; kind < RELATION_KINDS; kind++)
        InitializeListHead(&relations->lists[kind]);
}

static void clear_locked(LIST_ENTRY *list) REQUIRES(relations_lock)
{
    while (!IsListEmpty(list))
        free(relation_from_entry(RemoveHeadList(list)));
}

void relations_free(struct relations *relations)
{
    port_mutex_is_held(&relations_lock); /* it need not be: nobody knows the device any more */
    for (int kind = 0; kind < RELATION_KINDS; kind++)
        clear_locked(&relations->lists[kind]);
}

/* ---- the lists ---- */

static struct relation *find_locked(LIST_ENTRY *list, PDEVICE_OBJECT physical)
    REQUIRES(relations_lock)
{
    for (LIST_ENTRY *entry = list->Flink; entry != list; entry = entry->Flink) {
        if (relation_from_entry(entry)->physical == physical)
            return relation_from_entry(entry);
    }
    return NULL;
}

/* S17.39 */
static NTSTATUS add(struct wdf_device *device, enum relation_kind kind, PDEVICE_OBJECT physical)
{
    static uint64_t serials GUARDED_BY(relations_lock);
    LIST_ENTRY *list = &device->relations.lists[kind];
    PORT_LOCK_SCOPE(&relations_lock);
    if (find_locked(list, physical) != NULL)
        return STATUS_DUPLICATE_OBJECTID;
    struct relation *relation = malloc(sizeof(*relation));
    if (relation == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    relation->physical = physical;
    relation->serial = ++serials;
    InsertTailList(list, &relation->entry);
    device->relations.were_there[kind] = true;
    return STATUS_SUCCESS;
}

static void take_away(struct wdf_device *device, enum relation_kind kind, PDEVICE_OBJECT physical)
{
    PORT_LOCK_SCOPE(&relations_lock);
    struct relation *relation = find_locked(&device->relations.lists[kind], physical);
    if (relation == NULL)
        return;
    RemoveEntryList(&relation->entry);
    free(relation);
}

static void clear(struct wdf_device *device, enum relation_kind kind)
{
    PORT_LOCK_SCOPE(&relations_lock);
    clear_locked(&device->relations.lists[kind]);
}

/* ---- the related devices ---- */

/* The next one after that: drivers may change the list during the walk. */
static bool next_relation(struct wdf_device *device, enum relation_kind kind, uint64_t *last,
                          PDEVICE_OBJECT *physical)
{
    LIST_ENTRY *list = &device->relations.lists[kind];
    PORT_LOCK_SCOPE(&relations_lock);
    for (LIST_ENTRY *entry = list->Flink; entry != list; entry = entry->Flink) {
        const struct relation *relation = relation_from_entry(entry);
        if (relation->serial <= *last)
            continue;
        *last = relation->serial;
        *physical = relation->physical;
        return true;
    }
    return false;
}

struct search {
    PDEVICE_OBJECT physical;
    struct wdf_device *top; /* with a reference */
};

static void look_at(struct wdf_device *device, void *context)
{
    struct search *search = context;
    if (search->top == NULL &&
        WdfDeviceWdmGetPhysicalDevice(device_handle(device)) == search->physical)
        search->top = node_reference_top(device);
}

/* The stack itself, and what it is below, is nothing that could go with it. */
static bool call(const struct wdf_device *device, PDEVICE_OBJECT physical, relation_visitor *visit,
                 void *context)
{
    struct search search = {.physical = physical};
    node_for_each_device(NODE_WALK_PRESENT, look_at, &search);
    if (search.top == NULL)
        return true;
    bool goes_on = device_falls_with(device, search.top) || visit(search.top, context);
    object_release(&search.top->io.object);
    return goes_on;
}

bool relations_of_device(struct wdf_device *device, enum relation_kind kind,
                         relation_visitor *visit, void *context)
{
    PDEVICE_OBJECT physical;
    uint64_t last = 0;
    while (next_relation(device, kind, &last, &physical)) {
        if (!call(device, physical, visit, context))
            return false;
    }
    return true;
}

bool relations_for_each(struct wdf_device *top, enum relation_kind kind, relation_visitor *visit,
                        void *context)
{
    for (; top != NULL; top = top->init.lower) {
        if (!relations_of_device(top, kind, visit, context))
            return false;
    }
    return true;
}

static bool were_there(struct wdf_device *device, enum relation_kind kind)
{
    PORT_LOCK_SCOPE(&relations_lock);
    return device->relations.were_there[kind];
}

void relations_query(struct wdf_device *top, enum relation_kind kind)
{
    DEVICE_RELATION_TYPE type = kind == RELATION_REMOVAL ? RemovalRelations : EjectionRelations;
    for (; top != NULL; top = top->init.lower) {
        if (were_there(top, kind))
            CALL_VOID(top, EvtDeviceRelationsQuery, type);
    }
}

/* ---- for drivers ---- */

/* A pointer to no device object is a bug check. */
static NTSTATUS add_for_driver(struct wdf_device *device, enum relation_kind kind,
                               PDEVICE_OBJECT physical, const char *function)
{
    if (!verifier_irql_is_at_most(DISPATCH_LEVEL, function) || device->init.kind == DEVICE_CONTROL)
        return STATUS_INVALID_DEVICE_REQUEST;
    (void)wdm_device_of(physical);
    return add(device, kind, physical);
}

NTSTATUS WdfDeviceAddRemovalRelationsPhysicalDevice(WDFDEVICE Device, PDEVICE_OBJECT PhysicalDevice)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(PhysicalDevice);
    return API_RESULT(add_for_driver(device, RELATION_REMOVAL, PhysicalDevice, __func__), "S17.39");
}

VOID WdfDeviceRemoveRemovalRelationsPhysicalDevice(WDFDEVICE Device, PDEVICE_OBJECT PhysicalDevice)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(PhysicalDevice);
    take_away(device, RELATION_REMOVAL, PhysicalDevice);
}

VOID WdfDeviceClearRemovalRelationsDevices(WDFDEVICE Device)
{
    clear(device_from_handle(Device), RELATION_REMOVAL);
}

NTSTATUS WdfPdoAddEjectionRelationsPhysicalDevice(WDFDEVICE Device, PDEVICE_OBJECT PhysicalDevice)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(PhysicalDevice);
    if (device->init.kind != DEVICE_PDO)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S17.39");
    return API_RESULT(add_for_driver(device, RELATION_EJECTION, PhysicalDevice, __func__),
                      "S17.39");
}

VOID WdfPdoRemoveEjectionRelationsPhysicalDevice(WDFDEVICE Device, PDEVICE_OBJECT PhysicalDevice)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(PhysicalDevice);
    take_away(device, RELATION_EJECTION, PhysicalDevice);
}

VOID WdfPdoClearEjectionRelationsDevices(WDFDEVICE Device)
{
    clear(device_from_handle(Device), RELATION_EJECTION);
}

NTSTATUS WdfDeviceAddDependentUsageDeviceObject(WDFDEVICE Device, PDEVICE_OBJECT DependentDevice)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(DependentDevice);
    return API_RESULT(add_for_driver(device, RELATION_USAGE, DependentDevice, __func__), "S17.44");
}

VOID WdfDeviceRemoveDependentUsageDeviceObject(WDFDEVICE Device, PDEVICE_OBJECT DependentDevice)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(DependentDevice);
    take_away(device, RELATION_USAGE, DependentDevice);
}

/* S17.42 */
VOID WdfDeviceSetBusInformationForChildren(WDFDEVICE Device, PPNP_BUS_INFORMATION BusInformation)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(BusInformation);
    IO_LOCK_SCOPE(device->io.domain);
    device->children_bus = *BusInformation;
}
