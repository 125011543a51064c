/*
 * A list of values of one size, such as descriptors of resources: what lists of drivers are made
 * of. Its owner has a lock for it.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_VALUELIST_H
#define WDFUSE_FRAMEWORK_DEVICE_VALUELIST_H

#include <stdbool.h>
#include <stddef.h>

#include <wdf.h>

struct value_list {
    LIST_ENTRY entries;
    ULONG count;
    size_t size; /* of a value */
};

void value_list_init(struct value_list *list, size_t size);
void value_list_clear(struct value_list *list);

/* Puts a copy before the one at that place, or, with WDF_INSERT_AT_END, behind the last.
 * STATUS_ARRAY_BOUNDS_EXCEEDED: there is no such place; STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS value_list_insert(struct value_list *list, const void *value, ULONG index);

/* Appends copies of all values of the other list. After a failure some may be there. */
NTSTATUS value_list_append_all(struct value_list *list, const struct value_list *other);

/* The value at that place; NULL: beyond the end. */
const void *value_list_at(const struct value_list *list, ULONG index);

/* A copy of it, which is the list's, and stays as long as the value: for a driver, whose changes
 * have no effect. */
void *value_list_show(struct value_list *list, ULONG index);

/* False: there is no such value. */
bool value_list_set(struct value_list *list, ULONG index, const void *value);
bool value_list_remove_at(struct value_list *list, ULONG index);
bool value_list_remove(struct value_list *list, const void *value);

/* In any list of `count` entries: the entry at that place; the list's head behind the last one, and
 * for WDF_INSERT_AT_END; NULL: beyond. What is inserted before it gets that place. */
LIST_ENTRY *list_place(const LIST_ENTRY *entries, ULONG count, ULONG index);

#endif
