/* Lists of values. See valuelist.h. */
#include "framework/device/valuelist.h"

#include <stdlib.h>
#include <string.h>

struct value {
    LIST_ENTRY entry;
    unsigned char *shown; /* behind the value itself */
    _Alignas(max_align_t) unsigned char bytes[];
};

static struct value *value_from_entry(const LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct value, entry);
}

void value_list_init(struct value_list *list, size_t size)
{
    InitializeListHead(&list->entries);
    list->count = 0;
    list->size = size;
}

static void drop(struct value_list *list, struct value *value)
{
    RemoveEntryList(&value->entry);
    list->count--;
    free(value);
}

void value_list_clear(struct value_list *list)
{
    while (!IsListEmpty(&list->entries))
        drop(list, value_from_entry(list->entries.Flink));
}

LIST_ENTRY *list_place(const LIST_ENTRY *entries, ULONG count, ULONG index)
{
    if (index == WDF_INSERT_AT_END)
        return entries->Blink->Flink;
    if (index > count)
        return NULL;
    LIST_ENTRY *entry = entries->Flink;
    while (index-- > 0)
        entry = entry->Flink;
    return entry;
}

static struct value *find(const struct value_list *list, ULONG index)
{
    if (index >= list->count)
        return NULL;
    return value_from_entry(list_place(&list->entries, list->count, index));
}

static size_t distance_of_shown(const struct value_list *list)
{
    const size_t alignment = _Alignof(max_align_t);
    return (list->size + alignment - 1) / alignment * alignment;
}

NTSTATUS value_list_insert(struct value_list *list, const void *value, ULONG index)
{
    LIST_ENTRY *place = list_place(&list->entries, list->count, index);
    if (place == NULL)
        return STATUS_ARRAY_BOUNDS_EXCEEDED;
    struct value *copy = malloc(sizeof(*copy) + distance_of_shown(list) + list->size);
    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    copy->shown = copy->bytes + distance_of_shown(list);
    memcpy(copy->bytes, value, list->size);
    InsertTailList(place, &copy->entry);
    list->count++;
    return STATUS_SUCCESS;
}

NTSTATUS value_list_append_all(struct value_list *list, const struct value_list *other)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (const LIST_ENTRY *entry = other->entries.Flink;
         entry != &other->entries && NT_SUCCESS(status); entry = entry->Flink)
        status = value_list_insert(list, value_from_entry(entry)->bytes, WDF_INSERT_AT_END);
    return status;
}

const void *value_list_at(const struct value_list *list, ULONG index)
{
    const struct value *value = find(list, index);
    return value != NULL ? value->bytes : NULL;
}

void *value_list_show(struct value_list *list, ULONG index)
{
    struct value *value = find(list, index);
    return value != NULL ? memcpy(value->shown, value->bytes, list->size) : NULL;
}

bool value_list_set(struct value_list *list, ULONG index, const void *value)
{
    struct value *old = find(list, index);
    if (old != NULL)
        memcpy(old->bytes, value, list->size);
    return old != NULL;
}

bool value_list_remove_at(struct value_list *list, ULONG index)
{
    struct value *value = find(list, index);
    if (value != NULL)
        drop(list, value);
    return value != NULL;
}

bool value_list_remove(struct value_list *list, const void *value)
{
    for (LIST_ENTRY *entry = list->entries.Flink; entry != &list->entries; entry = entry->Flink) {
        if (memcmp(value_from_entry(entry)->bytes, value, list->size) != 0)
            continue;
        drop(list, value_from_entry(entry));
        return true;
    }
    return false;
}
