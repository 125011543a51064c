/*
 * One child of a child list: its descriptions and its state in the list (S16.9).
 *
 *     INSERTED --apply--> WANTED --create--> PRESENT --apply Remove--> LEAVING --look--> REPORTED
 *
 * An entry is in the list of descriptions from WANTED on, and in that of modifications while a
 * change of it waits. The driver's callbacks for descriptions are called with the list's lock held,
 * which is one that drivers can observe (object/lock.h); Cleanup is called without it (S16.3).
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_CHILDENTRY_H
#define WDFUSE_FRAMEWORK_DEVICE_CHILDENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include <wdf.h>

#include "framework/lifecycle.h"

struct child_list;
struct wdf_device;

enum child_entry_state {
    CHILD_ENTRY_INSERTED, /* reported, and not taken into the list yet */
    CHILD_ENTRY_WANTED,   /* its PDO is to be made */
    CHILD_ENTRY_PRESENT,  /* its PDO is there */
    CHILD_ENTRY_LEAVING,  /* gone, and the parent has not been told yet */
    CHILD_ENTRY_REPORTED, /* its PDO is being removed */
};

enum child_change { CHILD_UNCHANGED, CHILD_INSERT, CHILD_REMOVE, CHILD_CLONE };

struct child_entry {
    LIST_ENTRY description;
    LIST_ENTRY modification;
    enum child_entry_state state;
    enum child_change change;
    bool is_found;             /* reported in the scan that is open */
    bool is_gone;              /* its PDO was removed while the list was open: freed afterwards */
    uint64_t serial;           /* ascends in each list */
    struct child_entry *clone; /* of CHILD_CLONE: its replacement */
    struct restarts restarts;  /* of those that it has replaced */
    struct wdf_device *pdo;    /* NULL: not made yet, or gone */
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id;
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER address; /* NULL: the list has none */
};

/* With copies of the descriptions, which the driver may refuse. On failure *result is NULL, or an
 * entry that must be freed by child_entry_free all the same (S16.4). With the list's lock held. */
NTSTATUS child_entry_create(struct child_list *list,
                            PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id,
                            PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER address,
                            struct child_entry **result);

/* Without the list's lock. */
void child_entry_free(struct child_list *list, struct child_entry *entry);

/* With the list's lock held. */
bool child_entry_is(struct child_list *list, const struct child_entry *entry,
                    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id);
void child_entry_copy_id(struct child_list *list, const struct child_entry *entry,
                         PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id);
void child_entry_copy_address(struct child_list *list, PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER source,
                              PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER destination);

#endif
