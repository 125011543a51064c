/*
 * The names of present device interfaces, by class: for drivers that ask instead of waiting for
 * notifications (notification.h).
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_INTERFACELIST_H
#define WDFUSE_FRAMEWORK_DEVICE_INTERFACELIST_H

#include <stdbool.h>

#include <wdf.h>

struct interface_name {
    LIST_ENTRY entry;
    UNICODE_STRING name; /* its buffer is the name's own */
};

struct interface_list {
    LIST_ENTRY names;
    bool is_out_of_memory; /* some names are missing */
};

/* Those of one stack, by its physical device; NULL: all. At PASSIVE_LEVEL, without
 * locks. */
void interface_list_take(struct interface_list *list, const GUID *class, bool with_inactive,
                         PDEVICE_OBJECT physical);

/* The caller frees it; NULL: there are no more. */
struct interface_name *interface_list_remove_first(struct interface_list *list);
void interface_name_free(struct interface_name *name);

#endif
