/* Resource requirements. See requirements.h. */
#include "framework/device/requirements.h"

#include <stdlib.h>

#include "framework/device/device.h"
#include "framework/device/resources.h"
#include "framework/object/apiresult.h"
#include "framework/object/creation.h"
#include "framework/object/verifier.h"

/* WDFIORESREQLIST */
struct requirements {
    struct wdf_object object;
    LIST_ENTRY sets GUARDED_BY(resources_lock); /* the best first */
    ULONG count GUARDED_BY(resources_lock);
    INTERFACE_TYPE interface_type GUARDED_BY(resources_lock);
    ULONG slot_number GUARDED_BY(resources_lock);
};

/* WDFIORESLIST */
struct requirement_set {
    struct wdf_object object;
    struct requirements *owner;                          /* constant; its parent */
    LIST_ENTRY entry GUARDED_BY(resources_lock);         /* empty: it is in no list yet */
    struct value_list values GUARDED_BY(resources_lock); /* IO_RESOURCE_DESCRIPTOR */
};

static struct requirement_set *set_from_entry(const LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct requirement_set, entry);
}

static void set_free(struct wdf_object *object)
{
    struct requirement_set *set = CONTAINING_RECORD(object, struct requirement_set, object);
    port_mutex_is_held(&resources_lock); /* it need not be: nobody knows the set any more */
    value_list_clear(&set->values);
    free(set);
}

/* Neither is the driver's to delete: a set is removed from its list. */
static const struct object_class requirements_class = {.name = "WDFIORESREQLIST",
                                                       .is_framework_owned = true};
static const struct object_class set_class = {
    .name = "WDFIORESLIST", .free = set_free, .is_framework_owned = true};

#define requirements_from_handle(handle)                                                           \
    CONTAINING_RECORD(object_from_handle((handle), &requirements_class, __func__),                 \
                      struct requirements, object)
#define set_from_handle(handle)                                                                    \
    CONTAINING_RECORD(object_from_handle((handle), &set_class, __func__), struct requirement_set,  \
                      object)

WDFIORESREQLIST requirements_handle(struct requirements *requirements)
{
    return (WDFIORESREQLIST)&requirements->object;
}

static WDFIORESLIST set_handle(struct requirement_set *set)
{
    return (WDFIORESLIST)&set->object;
}

bool requirements_are_empty(const struct requirements *requirements)
{
    PORT_LOCK_SCOPE(&resources_lock);
    return requirements->count == 0;
}

/* ---- making them ---- */

static NTSTATUS create_set(struct requirements *owner, const WDF_OBJECT_ATTRIBUTES *attributes,
                           const void *creator, struct requirement_set **result)
{
    struct wdf_object *object;
    NTSTATUS status = creation_allocate_for(sizeof(struct requirement_set), &set_class, attributes,
                                            ATTRIBUTES_PARENT_FORBIDDEN, creator, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct requirement_set *set = CONTAINING_RECORD(object, struct requirement_set, object);
    set->owner = owner;
    port_mutex_lock(&resources_lock);
    InitializeListHead(&set->entry);
    value_list_init(&set->values, sizeof(IO_RESOURCE_DESCRIPTOR));
    port_mutex_unlock(&resources_lock);
    status = object_attach(&set->object, &owner->object);
    if (!NT_SUCCESS(status)) {
        object_discard(&set->object);
        return status;
    }
    *result = set;
    return STATUS_SUCCESS;
}

static void append_locked(struct requirements *owner, struct requirement_set *set)
    REQUIRES(resources_lock)
{
    InsertTailList(&owner->sets, &set->entry);
    owner->count++;
}

static struct requirement_set *next_set(const struct requirements *requirements,
                                        const struct requirement_set *previous)
{
    PORT_LOCK_SCOPE(&resources_lock);
    LIST_ENTRY *next = previous != NULL ? previous->entry.Flink : requirements->sets.Flink;
    return next != &requirements->sets ? set_from_entry(next) : NULL;
}

static NTSTATUS copy_set(struct requirements *to, const struct requirement_set *original)
{
    struct requirement_set *set;
    NTSTATUS status = create_set(to, NULL, NULL, &set);
    if (!NT_SUCCESS(status))
        return status;
    PORT_LOCK_SCOPE(&resources_lock);
    append_locked(to, set); /* from now on it goes with the list */
    return value_list_append_all(&set->values, &original->values);
}

static NTSTATUS copy_sets(struct requirements *to, const struct requirements *from)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (const struct requirement_set *set = next_set(from, NULL);
         set != NULL && NT_SUCCESS(status); set = next_set(from, set))
        status = copy_set(to, set);
    return status;
}

static void init(struct requirements *requirements, const struct requirements *original)
{
    PORT_LOCK_SCOPE(&resources_lock);
    InitializeListHead(&requirements->sets);
    requirements->interface_type = original != NULL ? original->interface_type : Internal;
    requirements->slot_number = original != NULL ? original->slot_number : 0;
}

struct requirements *requirements_create(struct wdf_device *device,
                                         const struct requirements *original)
{
    struct requirements *requirements =
        object_allocate(sizeof(*requirements), &requirements_class, NULL);
    if (requirements == NULL)
        return NULL;
    init(requirements, original);
    if (!NT_SUCCESS(object_attach(&requirements->object, &device->io.object))) {
        object_discard(&requirements->object);
        return NULL;
    }
    if (original != NULL && !NT_SUCCESS(copy_sets(requirements, original))) {
        object_delete(&requirements->object);
        return NULL;
    }
    return requirements;
}

void requirements_delete(struct requirements *requirements)
{
    if (requirements != NULL)
        object_delete(&requirements->object);
}

/* ---- choosing ---- */

struct range {
    ULONGLONG length, alignment, first, last;
};

/* How the lengths of large memory are counted (IO_RESOURCE_DESCRIPTOR). */
static unsigned length_shift(const IO_RESOURCE_DESCRIPTOR *wish)
{
    if (wish->Type != CmResourceTypeMemoryLarge)
        return 0;
    if ((wish->Flags & CM_RESOURCE_MEMORY_LARGE_40) != 0)
        return 8;
    if ((wish->Flags & CM_RESOURCE_MEMORY_LARGE_48) != 0)
        return 16;
    return (wish->Flags & CM_RESOURCE_MEMORY_LARGE_64) != 0 ? 32 : 0;
}

/* What has a range, and a length in it; the members of the union have one layout. */
static bool range_of(const IO_RESOURCE_DESCRIPTOR *wish, struct range *range)
{
    if (wish->Type != CmResourceTypePort && wish->Type != CmResourceTypeMemory &&
        wish->Type != CmResourceTypeMemoryLarge)
        return false;
    unsigned shift = length_shift(wish);
    *range = (struct range){
        .length = (ULONGLONG)wish->u.Generic.Length << shift,
        .alignment = (ULONGLONG)wish->u.Generic.Alignment << shift,
        .first = (ULONGLONG)wish->u.Generic.MinimumAddress.QuadPart,
        .last = (ULONGLONG)wish->u.Generic.MaximumAddress.QuadPart,
    };
    return true;
}

static bool fits(const struct range *range, ULONGLONG start)
{
    return range->length > 0 && start >= range->first && start <= range->last &&
           range->last - start >= range->length - 1 &&
           (range->alignment == 0 || start % range->alignment == 0);
}

/* Where it is by itself, if the device could have it there. */
static bool start_of_boot(const struct value_list *boot, const IO_RESOURCE_DESCRIPTOR *wish,
                          const struct range *range, ULONGLONG *start)
{
    for (ULONG i = 0; i < boot->count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *had = value_list_at(boot, i);
        *start = (ULONGLONG)had->u.Generic.Start.QuadPart;
        if (had->Type == wish->Type && had->u.Generic.Length == wish->u.Generic.Length &&
            fits(range, *start))
            return true;
    }
    return false;
}

static bool choose_start(const struct value_list *boot, const IO_RESOURCE_DESCRIPTOR *wish,
                         const struct range *range, ULONGLONG *start)
{
    if (start_of_boot(boot, wish, range, start))
        return true;
    ULONGLONG rest = range->alignment != 0 ? range->first % range->alignment : 0;
    *start = range->first + (rest != 0 ? range->alignment - rest : 0);
    return fits(range, *start);
}

/* What the device gets for one wish; false: it can't be had. */
static bool satisfy(const IO_RESOURCE_DESCRIPTOR *wish, const struct value_list *boot,
                    CM_PARTIAL_RESOURCE_DESCRIPTOR *got)
{
    struct range range;
    RtlZeroMemory(got, sizeof(*got));
    got->Type = wish->Type;
    got->ShareDisposition = wish->ShareDisposition;
    got->Flags = wish->Flags;
    if (range_of(wish, &range)) {
        ULONGLONG start;
        if (!choose_start(boot, wish, &range, &start))
            return false;
        got->u.Generic.Start.QuadPart = (LONGLONG)start;
        got->u.Generic.Length = wish->u.Generic.Length;
        return true;
    }
    switch (wish->Type) {
    case CmResourceTypeInterrupt:
        got->u.Interrupt.Level = wish->u.Interrupt.MinimumVector;
        got->u.Interrupt.Vector = wish->u.Interrupt.MinimumVector;
        got->u.Interrupt.Affinity = (KAFFINITY)-1;
        return wish->u.Interrupt.MinimumVector <= wish->u.Interrupt.MaximumVector;
    case CmResourceTypeDma:
        got->u.Dma.Channel = wish->u.Dma.MinimumChannel;
        return wish->u.Dma.MinimumChannel <= wish->u.Dma.MaximumChannel;
    case CmResourceTypeBusNumber:
        got->u.BusNumber.Start = wish->u.BusNumber.MinBusNumber;
        got->u.BusNumber.Length = wish->u.BusNumber.Length;
        return wish->u.BusNumber.MinBusNumber <= wish->u.BusNumber.MaxBusNumber;
    default: /* of the driver's own kinds: as it stands */
        RtlCopyMemory(got->u.DevicePrivate.Data, wish->u.DevicePrivate.Data,
                      sizeof(got->u.DevicePrivate.Data));
        return true;
    }
}

/* The wish at that place, or the first of its alternatives that can be had. *index: behind them. */
static NTSTATUS choose_one(const struct value_list *wishes, const struct value_list *boot,
                           ULONG *index, struct value_list *chosen)
{
    CM_PARTIAL_RESOURCE_DESCRIPTOR got;
    const IO_RESOURCE_DESCRIPTOR *wish = value_list_at(wishes, *index);
    bool is_had = false;
    if (wish->Type == CmResourceTypeConfigData) { /* for who chooses, and nothing to be had */
        ++*index;
        return STATUS_SUCCESS;
    }
    do {
        is_had = is_had || satisfy(wish, boot, &got);
        wish = value_list_at(wishes, ++*index);
    } while (wish != NULL && (wish->Option & IO_RESOURCE_ALTERNATIVE) != 0);
    return is_had ? value_list_insert(chosen, &got, WDF_INSERT_AT_END)
                  : STATUS_CONFLICTING_ADDRESSES;
}

static NTSTATUS choose_set(const struct value_list *wishes, const struct value_list *boot,
                           struct value_list *chosen)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (ULONG index = 0; index < wishes->count && NT_SUCCESS(status);)
        status = choose_one(wishes, boot, &index, chosen);
    if (!NT_SUCCESS(status))
        value_list_clear(chosen);
    return status;
}

NTSTATUS requirements_choose(const struct requirements *requirements, const struct value_list *boot,
                             struct value_list *chosen)
{
    NTSTATUS status = STATUS_CONFLICTING_ADDRESSES;
    PORT_LOCK_SCOPE(&resources_lock);
    for (const LIST_ENTRY *entry = requirements->sets.Flink;
         entry != &requirements->sets && status == STATUS_CONFLICTING_ADDRESSES;
         entry = entry->Flink)
        status = choose_set(&set_from_entry(entry)->values, boot, chosen);
    return status;
}

/* ---- for drivers: the list of sets ---- */

NTSTATUS WdfIoResourceListCreate(WDFIORESREQLIST RequirementsList,
                                 PWDF_OBJECT_ATTRIBUTES Attributes, WDFIORESLIST *ResourceList)
{
    struct requirements *requirements = requirements_from_handle(RequirementsList);
    struct requirement_set *set;
    REQUIRE_PARAMETER(ResourceList);
    *ResourceList = NULL;
    NTSTATUS status = create_set(requirements, Attributes, __builtin_return_address(0), &set);
    if (NT_SUCCESS(status))
        *ResourceList = set_handle(set);
    return API_RESULT(status, "S16.52");
}

/* One that stands in it already would have two places. */
static NTSTATUS insert_set(struct requirements *requirements, struct requirement_set *set,
                           ULONG index)
{
    PORT_LOCK_SCOPE(&resources_lock);
    if (set->owner != requirements || !IsListEmpty(&set->entry))
        return STATUS_INVALID_DEVICE_REQUEST;
    LIST_ENTRY *place = list_place(&requirements->sets, requirements->count, index);
    if (place == NULL)
        return STATUS_ARRAY_BOUNDS_EXCEEDED;
    InsertTailList(place, &set->entry);
    requirements->count++;
    return STATUS_SUCCESS;
}

NTSTATUS WdfIoResourceRequirementsListInsertIoResList(WDFIORESREQLIST RequirementsList,
                                                      WDFIORESLIST IoResList, ULONG Index)
{
    struct requirements *requirements = requirements_from_handle(RequirementsList);
    struct requirement_set *set = set_from_handle(IoResList);
    return API_RESULT(insert_set(requirements, set, Index), "S16.52");
}

NTSTATUS WdfIoResourceRequirementsListAppendIoResList(WDFIORESREQLIST RequirementsList,
                                                      WDFIORESLIST IoResList)
{
    struct requirements *requirements = requirements_from_handle(RequirementsList);
    struct requirement_set *set = set_from_handle(IoResList);
    return API_RESULT(insert_set(requirements, set, WDF_INSERT_AT_END), "S16.52");
}

ULONG WdfIoResourceRequirementsListGetCount(WDFIORESREQLIST RequirementsList)
{
    struct requirements *requirements = requirements_from_handle(RequirementsList);
    PORT_LOCK_SCOPE(&resources_lock);
    return requirements->count;
}

static struct requirement_set *set_at(struct requirements *requirements, ULONG index)
{
    PORT_LOCK_SCOPE(&resources_lock);
    if (index >= requirements->count)
        return NULL;
    return set_from_entry(list_place(&requirements->sets, requirements->count, index));
}

WDFIORESLIST WdfIoResourceRequirementsListGetIoResList(WDFIORESREQLIST RequirementsList,
                                                       ULONG Index)
{
    struct requirement_set *set = set_at(requirements_from_handle(RequirementsList), Index);
    return set != NULL ? set_handle(set) : NULL;
}

/* False: it is not in that list. */
static bool take_out(struct requirements *requirements, struct requirement_set *set)
{
    PORT_LOCK_SCOPE(&resources_lock);
    if (set == NULL || set->owner != requirements || IsListEmpty(&set->entry))
        return false;
    RemoveEntryList(&set->entry);
    requirements->count--;
    return true;
}

VOID WdfIoResourceRequirementsListRemove(WDFIORESREQLIST RequirementsList, ULONG Index)
{
    struct requirements *requirements = requirements_from_handle(RequirementsList);
    struct requirement_set *set = set_at(requirements, Index);
    if (take_out(requirements, set))
        object_delete(&set->object);
    else
        verifier_break(__func__, "S16.52", "WDFIORESREQLIST %p has no WDFIORESLIST %u",
                       (void *)RequirementsList, (unsigned)Index);
}

VOID WdfIoResourceRequirementsListRemoveByIoResList(WDFIORESREQLIST RequirementsList,
                                                    WDFIORESLIST IoResList)
{
    struct requirement_set *set = set_from_handle(IoResList);
    if (take_out(requirements_from_handle(RequirementsList), set))
        object_delete(&set->object);
}

VOID WdfIoResourceRequirementsListSetSlotNumber(WDFIORESREQLIST RequirementsList, ULONG SlotNumber)
{
    struct requirements *requirements = requirements_from_handle(RequirementsList);
    PORT_LOCK_SCOPE(&resources_lock);
    requirements->slot_number = SlotNumber;
}

VOID WdfIoResourceRequirementsListSetInterfaceType(WDFIORESREQLIST RequirementsList,
                                                   INTERFACE_TYPE InterfaceType)
{
    struct requirements *requirements = requirements_from_handle(RequirementsList);
    PORT_LOCK_SCOPE(&resources_lock);
    requirements->interface_type = InterfaceType;
}

/* ---- for drivers: a set ---- */

static NTSTATUS insert_descriptor(struct requirement_set *set,
                                  const IO_RESOURCE_DESCRIPTOR *descriptor, ULONG index)
{
    PORT_LOCK_SCOPE(&resources_lock);
    return value_list_insert(&set->values, descriptor, index);
}

NTSTATUS WdfIoResourceListInsertDescriptor(WDFIORESLIST ResourceList,
                                           PIO_RESOURCE_DESCRIPTOR Descriptor, ULONG Index)
{
    struct requirement_set *set = set_from_handle(ResourceList);
    REQUIRE_PARAMETER(Descriptor);
    return API_RESULT(insert_descriptor(set, Descriptor, Index), "S16.52");
}

NTSTATUS WdfIoResourceListAppendDescriptor(WDFIORESLIST ResourceList,
                                           PIO_RESOURCE_DESCRIPTOR Descriptor)
{
    struct requirement_set *set = set_from_handle(ResourceList);
    REQUIRE_PARAMETER(Descriptor);
    return API_RESULT(insert_descriptor(set, Descriptor, WDF_INSERT_AT_END), "S16.52");
}

static void break_for_place(struct requirement_set *set, ULONG index, const char *function)
{
    verifier_break(function, "S16.52", "WDFIORESLIST %p has no descriptor %u",
                   (void *)set_handle(set), (unsigned)index);
}

static bool set_descriptor(struct requirement_set *set, const IO_RESOURCE_DESCRIPTOR *descriptor,
                           ULONG index)
{
    PORT_LOCK_SCOPE(&resources_lock);
    return value_list_set(&set->values, index, descriptor);
}

VOID WdfIoResourceListUpdateDescriptor(WDFIORESLIST ResourceList,
                                       PIO_RESOURCE_DESCRIPTOR Descriptor, ULONG Index)
{
    struct requirement_set *set = set_from_handle(ResourceList);
    REQUIRE_PARAMETER(Descriptor);
    if (!set_descriptor(set, Descriptor, Index))
        break_for_place(set, Index, __func__);
}

ULONG WdfIoResourceListGetCount(WDFIORESLIST ResourceList)
{
    struct requirement_set *set = set_from_handle(ResourceList);
    PORT_LOCK_SCOPE(&resources_lock);
    return set->values.count;
}

PIO_RESOURCE_DESCRIPTOR WdfIoResourceListGetDescriptor(WDFIORESLIST ResourceList, ULONG Index)
{
    struct requirement_set *set = set_from_handle(ResourceList);
    PORT_LOCK_SCOPE(&resources_lock);
    return value_list_show(&set->values, Index);
}

static bool remove_descriptor(struct requirement_set *set, ULONG index)
{
    PORT_LOCK_SCOPE(&resources_lock);
    return value_list_remove_at(&set->values, index);
}

VOID WdfIoResourceListRemove(WDFIORESLIST ResourceList, ULONG Index)
{
    struct requirement_set *set = set_from_handle(ResourceList);
    if (!remove_descriptor(set, Index))
        break_for_place(set, Index, __func__);
}

VOID WdfIoResourceListRemoveByDescriptor(WDFIORESLIST ResourceList,
                                         PIO_RESOURCE_DESCRIPTOR Descriptor)
{
    struct requirement_set *set = set_from_handle(ResourceList);
    REQUIRE_PARAMETER(Descriptor);
    PORT_LOCK_SCOPE(&resources_lock);
    (void)value_list_remove(&set->values, Descriptor);
}
