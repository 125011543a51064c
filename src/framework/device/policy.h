/*
 * The power policy of a device: when it is started, sleeps and wakes. One device of a stack owns
 * the policy, and decides when the stack goes to Dx and comes back (S17.14); the others follow.
 * docs/states.md shows both machines.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_POLICY_H
#define WDFUSE_FRAMEWORK_DEVICE_POLICY_H

#include <stdbool.h>

#include <wdf.h>

struct machine_table;
struct wdf_device;

extern const struct machine_table policy_owner_table; /* the others' is in policyother.h */

/* The device is put on top of others, before the stack starts: if it owns its policy they follow it
 * (S17.14). */
void policy_cover(struct wdf_device *device);

/* Of PnP. False: a power callback has failed. */
bool policy_start(struct wdf_device *device);
bool policy_stop(struct wdf_device *device, bool is_by_surprise);
void policy_remove(struct wdf_device *device);

/* The device with which the stack begins that `device` is in, and its owner or NULL. */
struct wdf_device *policy_owner_of(struct wdf_device *top);

/* The system goes to sleep, and wakes (S18.29, S18.30). False: not in a state for it. */
bool policy_sleep(struct wdf_device *top);
bool policy_wake(struct wdf_device *top);

/* Does what the idle machine asks for, of an owner. */
void policy_look(struct wdf_device *device);

/* Brings an owner to D0 if it idles in Dx (S11.15). False: that has failed. */
bool policy_ensure_awake(struct wdf_device *device);

/* S18.36: a child in D0 keeps its parent in D0, if that owns its policy. */
NTSTATUS policy_reference_parent(struct wdf_device *child);
void policy_dereference_parent(struct wdf_device *child);

#endif
