/*
 * A device's power references of WdfDeviceStopIdle, by tag and place (S18.14). For inspection only:
 * to find out why a device does not idle.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_POWERTAGS_H
#define WDFUSE_FRAMEWORK_DEVICE_POWERTAGS_H

#include <stdbool.h>
#include <stddef.h>

#include <wdf.h>

#include "framework/io/domain.h"

/* Different tags and places of one device. Beyond these only the number is known. */
#define POWER_TAGS_MAX 16

struct power_tag {
    const void *tag;
    const char *file; /* the driver's; NULL: the driver has not said it */
    LONG line;
    unsigned count; /* of references; 0: a free row */
};

/* Part of the device. */
struct power_tags {
    struct power_tag rows[POWER_TAGS_MAX] GUARDED_BY(io_lock);
    unsigned others GUARDED_BY(io_lock); /* that found no row */
};

/* The count is not by tag. */
void power_tags_add_locked(struct power_tags *tags, const struct power_tag *tag) REQUIRES(io_lock);

/* Removes a reference with that tag, wherever it was taken; false: there is none, and one with
 * another tag was removed. There is a reference. */
bool power_tags_remove_locked(struct power_tags *tags, const void *tag) REQUIRES(io_lock);

/* "tag 0x12, driver.c:34 (2 times); ..." */
void power_tags_describe_locked(const struct power_tags *tags, char *text, size_t size)
    REQUIRES(io_lock);

/* The last part of the file's name. */
const char *power_tag_file(const struct power_tag *tag);

#endif
