/* The functions of WDFCHILDLIST (S16.5-S16.28). What happens to the children is in childlist.c and
 * family.c. */
#include <wdf.h>

#include "framework/device/childlist.h"
#include "framework/device/device.h"
#include "framework/device/eject.h"
#include "framework/object/apiresult.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"

#define list_from_handle(handle)                                                                   \
    CONTAINING_RECORD(object_from_handle((handle), &child_list_class, __func__),                   \
                      struct child_list, object)

NTSTATUS WdfChildListCreate(WDFDEVICE Device, PWDF_CHILD_LIST_CONFIG Config,
                            PWDF_OBJECT_ATTRIBUTES ChildListAttributes, WDFCHILDLIST *ChildList)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(Config);
    REQUIRE_PARAMETER(ChildList);
    *ChildList = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) || device->init.kind == DEVICE_CONTROL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S16.5");
    struct child_list *list;
    NTSTATUS status = child_list_check(Config, ChildListAttributes);
    if (NT_SUCCESS(status))
        status = child_list_create(device, Config, ChildListAttributes, &list);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S16.5");
    *ChildList = child_list_handle(list);
    return STATUS_SUCCESS;
}

WDFDEVICE WdfChildListGetDevice(WDFCHILDLIST ChildList)
{
    return device_handle(list_from_handle(ChildList)->device);
}

VOID WdfFdoInitSetDefaultChildListConfig(PWDFDEVICE_INIT DeviceInit, PWDF_CHILD_LIST_CONFIG Config,
                                         PWDF_OBJECT_ATTRIBUTES DefaultDeviceListAttributes)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(Config);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return;
    if (DeviceInit->kind != DEVICE_FDO ||
        !NT_SUCCESS(child_list_check(Config, DefaultDeviceListAttributes))) {
        verifier_break(__func__, "S16.7",
                       "ignored: DeviceInit is no function device's, or Config or the attributes "
                       "are wrong");
        return;
    }
    DeviceInit->child_list = *Config;
    if (DefaultDeviceListAttributes != NULL)
        DeviceInit->child_list_attributes = *DefaultDeviceListAttributes;
}

WDFCHILDLIST WdfFdoGetDefaultChildList(WDFDEVICE Fdo)
{
    struct wdf_device *device = device_from_handle(Fdo);
    if (device->init.kind != DEVICE_FDO) {
        verifier_break(__func__, "S16.7", "device %p is no function device", (void *)Fdo);
        return NULL;
    }
    struct child_list *list = device->family.default_list;
    return list != NULL ? child_list_handle(list) : NULL;
}

/* ---- descriptions from the driver ---- */

static bool is_id(const struct child_list *list, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id)
{
    return id->IdentificationDescriptionSize == list->config.IdentificationDescriptionSize;
}

/* NULL if, and only if, the list has none. */
static bool is_address(const struct child_list *list,
                       const WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *address)
{
    ULONG size = list->config.AddressDescriptionSize;
    return address != NULL ? size > 0 && address->AddressDescriptionSize == size : size == 0;
}

/* ---- reporting ---- */

static NTSTATUS insert_locked(struct child_list *list,
                              PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id,
                              PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER address)
{
    struct child_entry *entry;
    if (list->is_closed)
        return STATUS_SUCCESS; /* S16.37: it would be dropped */
    NTSTATUS status = child_entry_create(list, id, address, &entry);
    if (NT_SUCCESS(status))
        child_list_insert_locked(list, entry);
    else if (entry != NULL)
        child_list_discard_locked(list, entry);
    return status;
}

/* S16.13. Of an entry that is to be made anew, its clone counts. */
static NTSTATUS update_locked(struct child_list *list, struct child_entry *entry,
                              PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER address)
{
    entry->is_found = true;
    if (address != NULL)
        child_entry_copy_address(list, address,
                                 entry->clone != NULL ? entry->clone->address : entry->address);
    return STATUS_OBJECT_NAME_EXISTS;
}

static NTSTATUS add_or_update_locked(struct child_list *list,
                                     PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id,
                                     PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER address)
{
    struct child_entry *entry = child_list_find_change_locked(list, id);
    if (entry != NULL && entry->change != CHILD_REMOVE)
        return update_locked(list, entry, address);
    if (entry == NULL)
        entry = child_list_find_locked(list, id);
    if (entry != NULL && entry->change != CHILD_REMOVE && child_entry_is_there(entry))
        return update_locked(list, entry, address);
    return insert_locked(list, id, address);
}

NTSTATUS WdfChildListAddOrUpdateChildDescriptionAsPresent(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription)
{
    struct child_list *list = list_from_handle(ChildList);
    REQUIRE_PARAMETER(IdentificationDescription);
    if (!is_id(list, IdentificationDescription) || !is_address(list, AddressDescription))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S16.13");
    child_list_lock(list);
    NTSTATUS status = add_or_update_locked(list, IdentificationDescription, AddressDescription);
    child_list_unlock(list);
    return API_RESULT(status, "S16.13");
}

static NTSTATUS miss_locked(struct child_list *list,
                            PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id)
{
    struct child_entry *entry = child_list_find_change_locked(list, id);
    if (entry != NULL) {
        child_list_withdraw_locked(list, entry);
        return STATUS_SUCCESS;
    }
    entry = child_list_find_locked(list, id);
    if (entry == NULL)
        return STATUS_NO_SUCH_DEVICE;
    if (child_entry_is_there(entry))
        child_list_remove_locked(list, entry);
    return STATUS_SUCCESS;
}

NTSTATUS WdfChildListUpdateChildDescriptionAsMissing(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription)
{
    struct child_list *list = list_from_handle(ChildList);
    REQUIRE_PARAMETER(IdentificationDescription);
    if (!is_id(list, IdentificationDescription))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S16.15");
    child_list_lock(list);
    NTSTATUS status = miss_locked(list, IdentificationDescription);
    child_list_unlock(list);
    return API_RESULT(status, "S16.15");
}

/* ---- scans ---- */

static struct child_entry *entry_of_description(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct child_entry, description);
}

static struct child_entry *entry_of_modification(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct child_entry, modification);
}

/* Missing children stay missing (S16.20). */
static void mark_all_locked(struct child_list *list, bool is_found)
{
    for (LIST_ENTRY *at = list->descriptions.Flink; at != &list->descriptions; at = at->Flink) {
        struct child_entry *entry = entry_of_description(at);
        entry->is_found = is_found && entry->change != CHILD_REMOVE;
    }
    for (LIST_ENTRY *at = list->modifications.Flink; at != &list->modifications; at = at->Flink) {
        if (entry_of_modification(at)->change == CHILD_INSERT)
            entry_of_modification(at)->is_found = is_found;
    }
}

/* S16.17: a child that the scan has not found is gone. */
static void miss_unfound_locked(struct child_list *list)
{
    for (LIST_ENTRY *at = list->modifications.Flink, *next; at != &list->modifications; at = next) {
        struct child_entry *entry = entry_of_modification(at);
        next = at->Flink;
        if (!entry->is_found)
            child_list_withdraw_locked(list, entry);
    }
    for (LIST_ENTRY *at = list->descriptions.Flink; at != &list->descriptions; at = at->Flink) {
        struct child_entry *entry = entry_of_description(at);
        if (!entry->is_found && entry->change == CHILD_UNCHANGED && child_entry_is_there(entry))
            child_list_remove_locked(list, entry);
    }
}

VOID WdfChildListBeginScan(WDFCHILDLIST ChildList)
{
    struct child_list *list = list_from_handle(ChildList);
    child_list_lock(list);
    mark_all_locked(list, false);
    list->open_count++;
    child_list_unlock(list);
}

/* False, after a break: nothing is open (S16.19). */
static bool close_locked(struct child_list *list, const char *function)
{
    if (list->open_count == 0) {
        verifier_find(function, "S16.19", "ignored: the list %p has no scan or iteration open",
                      (void *)&list->object);
        return false;
    }
    list->open_count--;
    return true;
}

VOID WdfChildListEndScan(WDFCHILDLIST ChildList)
{
    struct child_list *list = list_from_handle(ChildList);
    child_list_lock(list);
    if (close_locked(list, __func__) && list->open_count == 0)
        miss_unfound_locked(list);
    child_list_unlock(list);
    verifier_say();
}

VOID WdfChildListUpdateAllChildDescriptionsAsPresent(WDFCHILDLIST ChildList)
{
    struct child_list *list = list_from_handle(ChildList);
    child_list_lock(list);
    mark_all_locked(list, true);
    child_list_unlock(list);
}

/* ---- iterations ---- */

static bool are_flags(ULONG flags)
{
    return (flags & ~(ULONG)WdfRetrieveAllChildren) == 0;
}

static bool is_iterator(const WDF_CHILD_LIST_ITERATOR *iterator, const char *function)
{
    if (iterator->Size == sizeof(*iterator) && are_flags(iterator->Flags))
        return true;
    verifier_break(function, "S16.22", "ignored: the iterator has a wrong Size or Flags");
    return false;
}

VOID WdfChildListBeginIteration(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator)
{
    struct child_list *list = list_from_handle(ChildList);
    REQUIRE_PARAMETER(Iterator);
    if (!is_iterator(Iterator, __func__))
        return;
    RtlZeroMemory(Iterator->Reserved, sizeof(Iterator->Reserved));
    child_list_lock(list);
    list->open_count++;
    child_list_unlock(list);
}

VOID WdfChildListEndIteration(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator)
{
    struct child_list *list = list_from_handle(ChildList);
    REQUIRE_PARAMETER(Iterator);
    if (!is_iterator(Iterator, __func__))
        return;
    child_list_lock(list);
    (void)close_locked(list, __func__);
    child_list_unlock(list);
    verifier_say();
}

/* Where a walk is: after the description, then after the pending one, with that serial. */
static uintptr_t position_of(const WDF_CHILD_LIST_ITERATOR *iterator, unsigned walk)
{
    return (uintptr_t)iterator->Reserved[walk];
}

static bool is_wanted(const struct child_entry *entry, ULONG flags)
{
    if (entry->is_gone)
        return false;
    switch (entry->state) {
    case CHILD_ENTRY_INSERTED:
    case CHILD_ENTRY_WANTED:
        return (flags & WdfRetrievePendingChildren) != 0;
    case CHILD_ENTRY_PRESENT:
        return (flags & WdfRetrievePresentChildren) != 0;
    case CHILD_ENTRY_LEAVING:
    case CHILD_ENTRY_REPORTED:
        return (flags & WdfRetrieveMissingChildren) != 0;
    }
    return false;
}

/* The filter of the caller, called as the list's own compare function is. */
static bool passes_locked(struct child_list *list, const struct child_entry *entry,
                          const WDF_CHILD_RETRIEVE_INFO *info)
{
    if (info == NULL || info->EvtChildListIdentificationDescriptionCompare == NULL)
        return true;
    struct callback callback;
    callback_enter(&callback, "EvtChildListIdentificationDescriptionCompare", &list->object);
    BOOLEAN passes = info->EvtChildListIdentificationDescriptionCompare(
        child_list_handle(list), info->IdentificationDescription, entry->id);
    callback_leave(&callback);
    return passes;
}

/* S16.24: descriptions first, then those that wait to become one. */
static struct child_entry *next_locked(struct child_list *list, WDF_CHILD_LIST_ITERATOR *iterator,
                                       const WDF_CHILD_RETRIEVE_INFO *info)
{
    for (LIST_ENTRY *at = list->descriptions.Flink; at != &list->descriptions; at = at->Flink) {
        struct child_entry *entry = entry_of_description(at);
        if (entry->serial <= position_of(iterator, 0))
            continue;
        iterator->Reserved[0] = (PVOID)(uintptr_t)entry->serial;
        if (is_wanted(entry, iterator->Flags) && passes_locked(list, entry, info))
            return entry;
    }
    for (LIST_ENTRY *at = list->modifications.Flink; at != &list->modifications; at = at->Flink) {
        struct child_entry *entry = entry_of_modification(at);
        if (entry->change != CHILD_INSERT || entry->serial <= position_of(iterator, 1))
            continue;
        iterator->Reserved[1] = (PVOID)(uintptr_t)entry->serial;
        if (is_wanted(entry, iterator->Flags) && passes_locked(list, entry, info))
            return entry;
    }
    return NULL;
}

/* Of an Info whose descriptions may be missing; S16.23. */
static NTSTATUS check_info(const struct child_list *list, const WDF_CHILD_RETRIEVE_INFO *info)
{
    if (info->IdentificationDescription != NULL && !is_id(list, info->IdentificationDescription))
        return STATUS_INVALID_PARAMETER;
    if (info->AddressDescription == NULL)
        return STATUS_SUCCESS;
    if (list->config.AddressDescriptionSize == 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    return is_address(list, info->AddressDescription) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS check_retrieval(const struct child_list *list,
                                const WDF_CHILD_LIST_ITERATOR *iterator,
                                const WDF_CHILD_RETRIEVE_INFO *info)
{
    if (iterator->Size != sizeof(*iterator) || (info != NULL && info->Size != sizeof(*info)))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (!are_flags(iterator->Flags))
        return STATUS_INVALID_PARAMETER;
    return info != NULL ? check_info(list, info) : STATUS_SUCCESS;
}

static void tell_locked(struct child_list *list, const struct child_entry *entry,
                        WDF_CHILD_RETRIEVE_INFO *info)
{
    info->Status = entry->pdo != NULL ? WdfChildListRetrieveDeviceSuccess
                                      : WdfChildListRetrieveDeviceNotYetCreated;
    if (info->AddressDescription != NULL)
        child_entry_copy_address(list, entry->address, info->AddressDescription);
}

static NTSTATUS retrieve_next_locked(struct child_list *list, WDF_CHILD_LIST_ITERATOR *iterator,
                                     WDFDEVICE *device, WDF_CHILD_RETRIEVE_INFO *info)
{
    if (list->open_count == 0)
        return STATUS_INVALID_DEVICE_STATE;
    struct child_entry *entry = next_locked(list, iterator, info);
    if (entry == NULL)
        return STATUS_NO_MORE_ENTRIES;
    if (info != NULL) {
        tell_locked(list, entry, info);
        if (info->IdentificationDescription != NULL)
            child_entry_copy_id(list, entry, info->IdentificationDescription);
    }
    *device = child_list_give_locked(list, entry);
    return STATUS_SUCCESS;
}

NTSTATUS WdfChildListRetrieveNextDevice(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator,
                                        WDFDEVICE *Device, PWDF_CHILD_RETRIEVE_INFO Info)
{
    struct child_list *list = list_from_handle(ChildList);
    REQUIRE_PARAMETER(Iterator);
    REQUIRE_PARAMETER(Device);
    *Device = NULL;
    NTSTATUS status = check_retrieval(list, Iterator, Info);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S16.23");
    child_list_lock(list);
    status = retrieve_next_locked(list, Iterator, Device, Info);
    child_list_unlock(list);
    return API_RESULT(status, "S16.23");
}

/* ---- one child ---- */

static WDFDEVICE retrieve_locked(struct child_list *list, WDF_CHILD_RETRIEVE_INFO *info)
{
    struct child_entry *entry =
        child_list_find_change_locked(list, info->IdentificationDescription);
    if (entry == NULL)
        entry = child_list_find_locked(list, info->IdentificationDescription);
    info->Status = WdfChildListRetrieveDeviceNoSuchDevice;
    if (entry == NULL)
        return NULL;
    tell_locked(list, entry, info);
    return child_list_give_locked(list, entry);
}

WDFDEVICE WdfChildListRetrievePdo(WDFCHILDLIST ChildList, PWDF_CHILD_RETRIEVE_INFO RetrieveInfo)
{
    struct child_list *list = list_from_handle(ChildList);
    REQUIRE_PARAMETER(RetrieveInfo);
    if (RetrieveInfo->Size != sizeof(*RetrieveInfo) ||
        RetrieveInfo->IdentificationDescription == NULL ||
        !NT_SUCCESS(check_info(list, RetrieveInfo)))
        return NULL;
    child_list_lock(list);
    WDFDEVICE device = retrieve_locked(list, RetrieveInfo);
    child_list_unlock(list);
    return device;
}

NTSTATUS WdfChildListRetrieveAddressDescription(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription)
{
    struct child_list *list = list_from_handle(ChildList);
    REQUIRE_PARAMETER(IdentificationDescription);
    REQUIRE_PARAMETER(AddressDescription);
    if (!is_id(list, IdentificationDescription) || !is_address(list, AddressDescription))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S16.27");
    WDF_CHILD_RETRIEVE_INFO info;
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, IdentificationDescription);
    info.AddressDescription = AddressDescription;
    child_list_lock(list);
    (void)retrieve_locked(list, &info);
    child_list_unlock(list);
    return API_RESULT(info.Status != WdfChildListRetrieveDeviceNoSuchDevice ? STATUS_SUCCESS
                                                                            : STATUS_NO_SUCH_DEVICE,
                      "S16.27");
}

/* The entry of a PDO in its list. On success the list stays locked. */
static NTSTATUS lock_entry(struct wdf_device *pdo, struct child_entry **entry)
{
    struct child_list *list = pdo->init.child.list;
    if (pdo->init.kind != DEVICE_PDO)
        return STATUS_INVALID_PARAMETER;
    if (list == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    child_list_lock(list);
    *entry = child_list_find_pdo_locked(list, pdo);
    if (*entry != NULL)
        return STATUS_SUCCESS;
    child_list_unlock(list);
    return STATUS_INVALID_DEVICE_REQUEST;
}

NTSTATUS WdfPdoRetrieveIdentificationDescription(
    WDFDEVICE Device, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription)
{
    struct wdf_device *pdo = device_from_handle(Device);
    struct child_list *list = pdo->init.child.list;
    struct child_entry *entry;
    REQUIRE_PARAMETER(IdentificationDescription);
    NTSTATUS status = list != NULL && !is_id(list, IdentificationDescription)
                          ? STATUS_INVALID_DEVICE_REQUEST
                          : lock_entry(pdo, &entry);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S16.27");
    child_entry_copy_id(list, entry, IdentificationDescription);
    child_list_unlock(list);
    return STATUS_SUCCESS;
}

/* The same, with a description that is as long as the list's. */
static NTSTATUS lock_addressed(struct wdf_device *pdo,
                               const WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *address,
                               struct child_entry **entry)
{
    const struct child_list *list = pdo->init.child.list;
    return list != NULL && !is_address(list, address) ? STATUS_INVALID_DEVICE_REQUEST
                                                      : lock_entry(pdo, entry);
}

NTSTATUS WdfPdoRetrieveAddressDescription(WDFDEVICE Device,
                                          PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription)
{
    struct wdf_device *pdo = device_from_handle(Device);
    struct child_list *list = pdo->init.child.list;
    struct child_entry *entry;
    REQUIRE_PARAMETER(AddressDescription);
    NTSTATUS status = lock_addressed(pdo, AddressDescription, &entry);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S16.27");
    child_entry_copy_address(list, entry->address, AddressDescription);
    child_list_unlock(list);
    return STATUS_SUCCESS;
}

NTSTATUS WdfPdoUpdateAddressDescription(WDFDEVICE Device,
                                        PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription)
{
    struct wdf_device *pdo = device_from_handle(Device);
    struct child_list *list = pdo->init.child.list;
    struct child_entry *entry;
    REQUIRE_PARAMETER(AddressDescription);
    NTSTATUS status = lock_addressed(pdo, AddressDescription, &entry);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S16.27");
    child_entry_copy_address(list, AddressDescription, entry->address);
    child_list_unlock(list);
    return STATUS_SUCCESS;
}

/* ---- ejecting ---- */

VOID WdfPdoRequestEject(WDFDEVICE Device)
{
    struct wdf_device *pdo = device_from_handle(Device);
    if (pdo->init.kind != DEVICE_PDO || !child_wish_ejection(pdo))
        verifier_break(__func__, "S16.28", "ignored: device %p is no child that is there",
                       (void *)Device);
}

BOOLEAN WdfChildListRequestChildEject(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription)
{
    struct child_list *list = list_from_handle(ChildList);
    REQUIRE_PARAMETER(IdentificationDescription);
    if (!is_id(list, IdentificationDescription))
        return FALSE;
    child_list_lock(list);
    const struct child_entry *entry = child_list_find_locked(list, IdentificationDescription);
    bool is_wished = entry != NULL && entry->pdo != NULL && child_wish_ejection(entry->pdo);
    child_list_unlock(list);
    return is_wished;
}
