/*
 * Relations between devices of different stacks: what is removed with a device, what is ejected
 * with it, and what is used when it is (S17.39 to S17.44). A list names the device object below
 * each stack and holds no reference: a device that is gone is no relation any more.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_RELATION_H
#define WDFUSE_FRAMEWORK_DEVICE_RELATION_H

#include <stdbool.h>

#include <wdf.h>

#include "port/thread.h"

struct wdf_device;

enum relation_kind { RELATION_REMOVAL, RELATION_EJECTION, RELATION_USAGE, RELATION_KINDS };

/* Of all lists; a leaf. */
extern struct port_mutex relations_lock;

/* Part of each device. */
struct relations {
    LIST_ENTRY lists[RELATION_KINDS] GUARDED_BY(relations_lock);
    bool were_there[RELATION_KINDS] GUARDED_BY(relations_lock); /* ever one of that kind */
};

void relations_init(struct relations *relations);
void relations_free(struct relations *relations);

/* False: the others are left out. */
typedef bool relation_visitor(struct wdf_device *related, void *context);

/*
 * Calls the function for the uppermost device of each related stack that is there, of that device,
 * or of all devices of that one's stack, until it returns false: then no. At PASSIVE_LEVEL, without
 * locks.
 */
bool relations_of_device(struct wdf_device *device, enum relation_kind kind,
                         relation_visitor *visit, void *context);
bool relations_for_each(struct wdf_device *top, enum relation_kind kind, relation_visitor *visit,
                        void *context);

/* S17.40: asks the drivers of a stack that have ever had such relations to bring them up to date
 * (EvtDeviceRelationsQuery). In a turn. */
void relations_query(struct wdf_device *top, enum relation_kind kind);

#endif
