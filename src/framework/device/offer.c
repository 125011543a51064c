/* The interfaces that a device offers. See offer.h. */
#include "framework/device/offer.h"

#include <stdlib.h>
#include <string.h>

void offers_init(struct offers *offers)
{
    port_mutex_init(&offers->offers_lock);
    port_lock_is_not_needed(offers_lock); /* nobody knows the device yet */
    InitializeListHead(&offers->list);
}

static void offer_free(struct offer *offer)
{
    free(offer->table);
    free(offer);
}

void offers_free(struct offers *offers)
{
    port_lock_is_not_needed(offers_lock); /* nobody knows the device any more */
    while (!IsListEmpty(&offers->list))
        offer_free(CONTAINING_RECORD(RemoveHeadList(&offers->list), struct offer, entry));
    port_mutex_destroy(&offers->offers_lock);
}

VOID WdfDeviceInterfaceReferenceNoOp(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
}

VOID WdfDeviceInterfaceDereferenceNoOp(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
}

/* S17.22: as it is now, with functions for those that are missing. */
static PINTERFACE copy_table(const INTERFACE *table)
{
    PINTERFACE copy = malloc(table->Size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, table, table->Size);
    if (copy->InterfaceReference == NULL)
        copy->InterfaceReference = WdfDeviceInterfaceReferenceNoOp;
    if (copy->InterfaceDereference == NULL)
        copy->InterfaceDereference = WdfDeviceInterfaceDereferenceNoOp;
    return copy;
}

struct offer *offer_create(const WDF_QUERY_INTERFACE_CONFIG *config)
{
    struct offer *offer = calloc(1, sizeof(*offer));
    if (offer == NULL)
        return NULL;
    offer->type = *config->InterfaceType;
    offer->is_parents = config->SendQueryToParentStack;
    offer->is_import = config->ImportInterface;
    offer->evt_process = config->EvtDeviceProcessQueryInterfaceRequest;
    if (config->Interface != NULL && (offer->table = copy_table(config->Interface)) == NULL) {
        free(offer);
        return NULL;
    }
    return offer;
}

void offers_add(struct offers *offers, struct offer *offer)
{
    PORT_LOCK_SCOPE_OF(offers, offers_lock);
    InsertTailList(&offers->list, &offer->entry);
}

const struct offer *offers_find(struct offers *offers, const GUID *type)
{
    PORT_LOCK_SCOPE_OF(offers, offers_lock);
    for (const LIST_ENTRY *entry = offers->list.Flink; entry != &offers->list;
         entry = entry->Flink) {
        const struct offer *offer = CONTAINING_RECORD(entry, struct offer, entry);
        if (IsEqualGUID(&offer->type, type))
            return offer;
    }
    return NULL;
}
