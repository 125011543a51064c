/*
 * WDFDEVICE (S3): the device behind a node in the file system. Its io_device (io/iodevice.h)
 * receives its requests; the io_lock of that guards the rest as well.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_DEVICE_H
#define WDFUSE_FRAMEWORK_DEVICE_DEVICE_H

#include <stdbool.h>

#include "framework/device/driver.h"
#include "framework/device/family.h"
#include "framework/device/idle.h"
#include "framework/device/init.h"
#include "framework/device/machine.h"
#include "framework/device/node.h"
#include "framework/device/offer.h"
#include "framework/device/powerframework.h"
#include "framework/device/relation.h"
#include "framework/device/resources.h"
#include "framework/device/turn.h"
#include "framework/device/usage.h"
#include "framework/device/underway.h"
#include "framework/device/wake.h"
#include "framework/io/iodevice.h"
#include "framework/lifecycle.h"
#include "framework/wmi/handler.h"

enum device_state {
    DEVICE_CREATED,  /* power-managed queues are held (S6.5) */
    DEVICE_STARTING, /* the driver is being told */
    DEVICE_STARTED,  /* it is there */
    DEVICE_REMOVING, /* queues are being shut down */
    DEVICE_EMPTYING, /* no new requests; those outstanding are awaited */
    DEVICE_REMOVED,  /* nothing is outstanding */
};

PORT_LOCK_KIND(names_lock);

struct wdf_device {
    struct io_device io;

    /* Constant once the device is created. From then on, io.settings is what requests are served
     * by. */
    struct WDFDEVICE_INIT init;

    /* What EvtDevicePrepareHardware is given. */
    struct resources resources;

    /* The device on top of it in its stack; NULL: it is the uppermost. Written in a turn and with
     * the nodes' lock held (node_cover): either is enough to read it. */
    struct wdf_device *upper;
    struct turn turn;
    struct turn_wish wish;
    struct machine machines[MACHINE_COUNT];
    struct idle idle;
    struct power_framework power_framework;
    struct wake wake;
    bool is_policy_owner; /* of its stack; constant once that starts */
    /* Constant: the functions that the power machine calls on its way to and from D0 (policy.h) */
    NTSTATUS (*reference_parent)(struct wdf_device *device);
    void (*dereference_parent)(struct wdf_device *device);

    /* For the thread that has the turn. */
    SYSTEM_POWER_STATE system_state;     /* that the system is in, or goes to */
    WDF_POWER_DEVICE_STATE power_state;  /* that the driver knows the device to be in */
    WDF_POWER_DEVICE_STATE power_target; /* of the transition to Dx */
    enum machine_event power_failure;    /* POWER_UP_FAILED, POWER_DOWN_FAILED or NONE */
    NTSTATUS first_failure;              /* of a callback, in the current operation */
    NTSTATUS pnp_status;                 /* of the PnP event, if it is not the callback's */
    bool io_stop_has_failed;
    bool stop_has_failed;
    bool holds_parent; /* a power reference of the parent */
    bool holds_itself; /* a power reference of its own, since a query (S11.15) */
    bool hardware_is_prepared;
    bool self_managed_io_was_started;
    bool self_managed_io_is_running;
    bool self_managed_io_was_flushed;

    struct callback_note callback; /* of PnP, under way (underway.h) */

    /* Guarded by the io_lock. */
    struct family family;
    enum device_state state GUARDED_BY(io_lock); /* written by device_set_state_locked */
    /* Deleted, and waiting for the last close: it cannot be opened any more (S3.29) */
    bool is_deleted GUARDED_BY(io_lock);
    /* Then: its stack was given up before it had started, and the child below stays. Constant. */
    bool is_abandoned;
    /* Then: no client has it open any more, and its deletion is under way */
    bool is_ending GUARDED_BY(io_lock);
    /* Given up by the driver (S11.34), or by a failed transition (S18.47) */
    bool is_failed GUARDED_BY(io_lock);
    /* Then: it is to be started anew (S18.49) */
    bool wants_restart GUARDED_BY(io_lock);
    bool is_asleep GUARDED_BY(io_lock);          /* the system sleeps */
    unsigned removal_vetoes GUARDED_BY(io_lock); /* S11.36 */
    WDF_DEVICE_STATE reported_state GUARDED_BY(io_lock);
    WDF_DEVICE_PNP_CAPABILITIES pnp_capabilities GUARDED_BY(io_lock);
    ULONG alignment GUARDED_BY(io_lock);
    /* The bus of its children; unknown while the first 32 bits are 0 (S17.42) */
    PNP_BUS_INFORMATION children_bus GUARDED_BY(io_lock);
    POWER_ACTION system_action GUARDED_BY(io_lock);
    struct work deletion;

    struct offers offers;
    struct wmi_handler wmi;
    struct relations relations;
    struct usage usage;

    struct node_claim node; /* guarded by the nodes' lock (node.h) */

    /* Held around the listener as well, which so hears of each name in order; the outermost of the
     * device's locks. */
    struct port_mutex names_lock;
    LIST_ENTRY names GUARDED_BY(names_lock);    /* struct device_name */
    bool names_are_over GUARDED_BY(names_lock); /* it is removed: no name is added any more */
    device_name_listener *name_listener GUARDED_BY(names_lock);
    void *name_listener_context GUARDED_BY(names_lock);
};

extern const struct object_class device_class;

#define device_from_handle(handle)                                                                 \
    CONTAINING_RECORD(object_from_handle((handle), &device_class, __func__), struct wdf_device,    \
                      io.object)

static inline WDFDEVICE device_handle(struct wdf_device *device)
{
    return (WDFDEVICE)&device->io.object;
}

/* By its place in its parent's list of children. */
static inline struct wdf_device *device_from_family_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct wdf_device, family.entry);
}

/* The ends of its stack. */
static inline struct wdf_device *device_top(struct wdf_device *device)
{
    while (device->upper != NULL)
        device = device->upper;
    return device;
}

static inline struct wdf_device *device_lowest(const struct wdf_device *device)
{
    while (device->init.lower != NULL)
        device = device->init.lower;
    return (struct wdf_device *)(uintptr_t)device;
}

/* A value that a driver has given. */
static inline bool device_is_tri_state(WDF_TRI_STATE value)
{
    return value == WdfFalse || value == WdfTrue || value == WdfUseDefault;
}

/* With the io_lock held: which requests may come in follows from it (io_device.gate). */
void device_set_state_locked(struct wdf_device *device, enum device_state state) REQUIRES(io_lock);

/* device_delete of one device, with no other one left on top of it. */
void device_delete_alone(struct wdf_device *device);

/* Deletes a device that waits for that, once no client has it open and it has no children. */
void device_delete_if_unused_locked(struct wdf_device *device) REQUIRES(io_lock);

/*
 * Deletes a device that is a driver's or its parent's to delete: no open from now on, and its names
 * and node go. The objects go at once if no file is open, else after the last one is closed
 * (S3.29). Then those below it in its stack follow.
 */
void device_delete_when_closed(struct wdf_device *device);

/* The same of the devices of a child's stack that has not started, from the uppermost to the one
 * above the child, which is the uppermost from now on, and stays. In a turn. */
void device_delete_abandoned(struct wdf_device *uppermost, struct wdf_device *child);

#endif
