/* WMI from the side of a program that asks. See <wdfuse/inproc.h>. */
#include <wdfuse/inproc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/wmi/consumer.h"

struct block_list {
    PWDFUSE_WMI_BLOCK blocks;
    ULONG capacity;
    ULONG count;
};

static void note_block(void *context, const struct wmi_block *block)
{
    struct block_list *list = context;
    if (list->count < list->capacity) {
        PWDFUSE_WMI_BLOCK entry = &list->blocks[list->count];
        entry->Guid = block->guid;
        entry->Flags = block->flags;
        entry->Instances = block->instances;
        snprintf(entry->Device, sizeof(entry->Device), "%s", block->device);
    }
    list->count++;
}

ULONG WdfuseInprocWmiList(PWDFUSE_WMI_BLOCK Blocks, ULONG Capacity)
{
    struct block_list list = {.blocks = Blocks, .capacity = Capacity};
    wmi_for_each_block(note_block, &list);
    return list.count;
}

NTSTATUS WdfuseInprocWmiGet(const GUID *Guid, PCSTR Device, ULONG Index, PVOID Buffer, ULONG Size,
                            PULONG Used)
{
    const struct wmi_address address = {Guid, Device, Index};
    return wmi_query(&address, Buffer, Size, Used);
}

NTSTATUS WdfuseInprocWmiGetAll(const GUID *Guid, PCSTR Device, PVOID Buffer, ULONG Size,
                               PWDFUSE_WMI_PIECE Pieces, ULONG Capacity, PULONG Count, PULONG Used)
{
    struct wmi_piece pieces[64];
    struct wmi_all all = {Buffer, Size, pieces, RTL_NUMBER_OF(pieces), 0, 0};
    NTSTATUS status = wmi_query_all(Guid, Device, &all);
    *Count = all.count;
    *Used = all.used;
    for (ULONG i = 0; i < all.count && i < Capacity && i < RTL_NUMBER_OF(pieces); i++)
        Pieces[i] = (WDFUSE_WMI_PIECE){pieces[i].offset, pieces[i].length};
    return status;
}

NTSTATUS WdfuseInprocWmiSet(const GUID *Guid, PCSTR Device, ULONG Index, PVOID Buffer, ULONG Size)
{
    const struct wmi_address address = {Guid, Device, Index};
    return wmi_set_instance(&address, Buffer, Size);
}

NTSTATUS WdfuseInprocWmiSetItem(const GUID *Guid, PCSTR Device, ULONG Index, ULONG ItemId,
                                PVOID Buffer, ULONG Size)
{
    const struct wmi_address address = {Guid, Device, Index};
    return wmi_set_item(&address, ItemId, Buffer, Size);
}

NTSTATUS WdfuseInprocWmiExecute(const GUID *Guid, PCSTR Device, ULONG Index, ULONG MethodId,
                                PVOID Buffer, ULONG InputSize, ULONG OutputSize, PULONG Used)
{
    const struct wmi_address address = {Guid, Device, Index};
    return wmi_execute(&address, MethodId, Buffer, InputSize, OutputSize, Used);
}

NTSTATUS WdfuseInprocWmiTrace(const GUID *Guid, ULONGLONG Handle, BOOLEAN Enable)
{
    return wmi_trace(Guid, Handle, Enable);
}

/* ---- events ---- */

NTSTATUS WdfuseInprocWmiWatch(const GUID *Guid, WDFUSEWATCH *Watch)
{
    struct wmi_watch *watch = wmi_watch_begin(Guid, NULL, NULL);
    *Watch = (WDFUSEWATCH)watch;
    return watch != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

BOOLEAN WdfuseInprocWmiNextEvent(WDFUSEWATCH Watch, PWDFUSE_WMI_EVENT Event)
{
    struct wmi_event *event = wmi_watch_take((struct wmi_watch *)Watch);
    if (event == NULL)
        return FALSE;
    Event->Guid = event->guid;
    Event->Index = event->index;
    Event->Time = event->time;
    Event->Lost = event->lost;
    Event->Size = event->size;
    snprintf(Event->Device, sizeof(Event->Device), "%s", event->device);
    memcpy(Event->Data, event->data, event->size);
    free(event);
    return TRUE;
}

VOID WdfuseInprocWmiEndWatch(WDFUSEWATCH Watch)
{
    wmi_watch_end((struct wmi_watch *)Watch);
}
