/* One child of a child list. See childentry.h. */
#include "framework/device/childentry.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "framework/device/childlist.h"
#include "framework/device/device.h"
#include "framework/object/callback.h"

/* Around each callback of a list: says that its driver's code runs. */
#define CALL_LIST(list, event, ...)                                                                \
    (callback_enter(&(struct callback){0}, #event, &(list)->object),                               \
     (list)->config.event(child_list_handle(list), __VA_ARGS__))
#define END_CALL() callback_leave(callback_innermost)

static NTSTATUS duplicate_id(struct child_list *list,
                             PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER source,
                             PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER destination)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (list->config.EvtChildListIdentificationDescriptionDuplicate == NULL) {
        memcpy(destination, source, list->config.IdentificationDescriptionSize);
        return status;
    }
    destination->IdentificationDescriptionSize = list->config.IdentificationDescriptionSize;
    status = CALL_LIST(list, EvtChildListIdentificationDescriptionDuplicate, source, destination);
    END_CALL();
    return status;
}

static NTSTATUS duplicate_address(struct child_list *list,
                                  PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER source,
                                  PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER destination)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (list->config.EvtChildListAddressDescriptionDuplicate == NULL) {
        memcpy(destination, source, list->config.AddressDescriptionSize);
        return status;
    }
    destination->AddressDescriptionSize = list->config.AddressDescriptionSize;
    status = CALL_LIST(list, EvtChildListAddressDescriptionDuplicate, source, destination);
    END_CALL();
    return status;
}

static size_t aligned(size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

/* The descriptions follow it in memory. */
static struct child_entry *allocate(const struct child_list *list)
{
    size_t id_at = aligned(sizeof(struct child_entry));
    size_t address_at = id_at + aligned(list->config.IdentificationDescriptionSize);
    struct child_entry *entry = calloc(1, address_at + list->config.AddressDescriptionSize);
    if (entry == NULL)
        return NULL;
    entry->id = (void *)((char *)entry + id_at);
    if (list->config.AddressDescriptionSize > 0)
        entry->address = (void *)((char *)entry + address_at);
    return entry;
}

NTSTATUS child_entry_create(struct child_list *list,
                            PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id,
                            PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER address,
                            struct child_entry **result)
{
    struct child_entry *entry = allocate(list);
    *result = entry;
    if (entry == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    entry->is_found = true;
    NTSTATUS status = duplicate_id(list, id, entry->id);
    if (NT_SUCCESS(status) && entry->address != NULL)
        status = duplicate_address(list, address, entry->address);
    return status;
}

void child_entry_free(struct child_list *list, struct child_entry *entry)
{
    if (entry->clone != NULL)
        child_entry_free(list, entry->clone);
    if (entry->address != NULL && list->config.EvtChildListAddressDescriptionCleanup != NULL) {
        CALL_LIST(list, EvtChildListAddressDescriptionCleanup, entry->address);
        END_CALL();
    }
    if (list->config.EvtChildListIdentificationDescriptionCleanup != NULL) {
        CALL_LIST(list, EvtChildListIdentificationDescriptionCleanup, entry->id);
        END_CALL();
    }
    free(entry);
}

bool child_entry_is(struct child_list *list, const struct child_entry *entry,
                    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id)
{
    if (list->config.EvtChildListIdentificationDescriptionCompare == NULL)
        return memcmp(id, entry->id, list->config.IdentificationDescriptionSize) == 0;
    BOOLEAN is_same = CALL_LIST(list, EvtChildListIdentificationDescriptionCompare, id, entry->id);
    END_CALL();
    return is_same;
}

void child_entry_copy_id(struct child_list *list, const struct child_entry *entry,
                         PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id)
{
    if (list->config.EvtChildListIdentificationDescriptionCopy == NULL) {
        memcpy(id, entry->id, list->config.IdentificationDescriptionSize);
        return;
    }
    CALL_LIST(list, EvtChildListIdentificationDescriptionCopy, entry->id, id);
    END_CALL();
}

void child_entry_copy_address(struct child_list *list, PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER source,
                              PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER destination)
{
    if (list->config.EvtChildListAddressDescriptionCopy == NULL) {
        memcpy(destination, source, list->config.AddressDescriptionSize);
        return;
    }
    CALL_LIST(list, EvtChildListAddressDescriptionCopy, source, destination);
    END_CALL();
}
