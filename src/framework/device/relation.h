/*
 * Relations between devices of different stacks: what is removed with a device, what is ejected
 * with it, and what is used when it is (S17.39 to S17.44). Devices are listed by what is below
 * their stack, and are not kept by it: one that is gone is no relation any more.
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
};

void relations_init(struct relations *relations);
void relations_free(struct relations *relations);

/*
 * Calls the function for the uppermost device of each related stack that is there, of all devices
 * of that one's stack, until it returns false: then no. At PASSIVE_LEVEL, without locks.
 */
bool relations_for_each(struct wdf_device *top, enum relation_kind kind,
                        bool (*function)(struct wdf_device *related));

#endif
