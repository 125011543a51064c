/*
 * Loading, starting and removing a driver: the seam between the host (or a test) and the framework.
 *
 * A PnP device is started, suspended, resumed, removed and deleted together with its children
 * (family.h).
 *
 * Any number of drivers. The calls come from one thread, for each driver in this order, while the
 * others do what they like; but a driver may be loaded by any thread at PASSIVE_LEVEL, such as one
 * that starts a child (child_drivers):
 *
 *     driver_load
 *     driver_add_device, for each PnP device
 *     driver_listen_to_nodes
 *     ... requests, suspend, resume ...
 *     device_end, for each PnP device; driver_end_control_devices
 *     driver_listen_to_nodes(NULL), (transports close)
 *     device_delete, for each PnP device
 *     driver_unload
 */
#ifndef WDFUSE_FRAMEWORK_LIFECYCLE_H
#define WDFUSE_FRAMEWORK_LIFECYCLE_H

#include <stdbool.h>
#include <sys/types.h>

#include <wdf.h>

struct configuration;
struct driver;
struct io_device;
struct wdf_device;

/* Whose device it is. */
struct driver *device_driver(const struct wdf_device *device);

/* The device as transports know it (io.h); it lives as long. */
struct io_device *device_io(struct wdf_device *device);

/*
 * Runs DriverEntry. On failure everything the driver had created is deleted again (S3.6), and the
 * status is the driver's. `service_name` names the driver in messages and in its registry path; it
 * is copied. The configuration (registry/configuration.h) is the driver's registry, and stays until
 * it is unloaded. STATUS_OBJECT_NAME_COLLISION, before anything is run: a driver of that name is
 * loaded.
 */
NTSTATUS driver_load(DRIVER_INITIALIZE *driver_entry, const char *service_name,
                     struct configuration *configuration, struct driver **result);

/*
 * What clients open after the names of the driver's devices, as WdfFileObjectGetFileName tells it:
 * a path without a slash at its beginning. It is copied. Before a device of it is opened.
 */
NTSTATUS driver_set_file_name(struct driver *driver, const char *name);

/* False for a driver that only makes control devices: nothing is to be added to it (S3.2). */
bool driver_is_pnp(const struct driver *driver);

/*
 * Reports one device to the driver: EvtDriverDeviceAdd, then start (S11.1). `node_name` is the name
 * of its node, whatever name the driver gives it (it is copied). On success *result is the device,
 * or NULL when the driver chose not to create one (S3.7).
 */
NTSTATUS driver_add_device(struct driver *driver, const char *node_name,
                           struct wdf_device **result);

/*
 * A stack of devices is built from the lowest to the uppermost, one call for each; then it is
 * started. Its uppermost device stands for the stack: whatever is done to a device below is done to
 * all devices under it as well, in the order of S17.11.
 *
 * driver_stack_device: EvtDriverDeviceAdd of a device on top of `lower` (NULL: it is the lowest;
 * then `installation`, which may be NULL, says what its INF knows of it, and stays as long).
 * On success *device is the uppermost device then: the new one, or `lower` if the driver has made
 * none (S3.7), or is a filter that failed (S17.4). The node's name is that of the stack; it goes to
 * the uppermost device.
 *
 * device_install, of the uppermost device before device_start: what an INF says of the device
 * (S20.28, S20.38). Without it a UMDF driver gets device controls with METHOD_NEITHER as buffered
 * ones.
 *
 * device_start: on failure everything is removed and deleted again. device_abandon does that to a
 * stack that is not to be started after all.
 */
struct device_installation;
NTSTATUS driver_stack_device(struct driver *driver, const char *node_name,
                             const struct device_installation *installation,
                             struct wdf_device *lower, struct wdf_device **result);

/* What an INF says of a device that drivers read as a property (S17.38, S20.46), in UTF-8. */
enum device_fact {
    FACT_DESCRIPTION, /* of the model */
    FACT_MANUFACTURER,
    FACT_HARDWARE_ID, /* of a device that is no child: that it is installed by */
    FACT_CLASS,
    FACT_CLASS_GUID,
    FACT_FRIENDLY_NAME, /* these two by .HW (S20.28) */
    FACT_LOCATION,
    FACT_SERVICE, /* of the function driver */
    FACT_DRIVER_VERSION,
    FACT_PROVIDER,
    FACT_INF,     /* the file's name */
    FACT_SECTION, /* of the model, undecorated */
    FACTS
};

struct device_installation {
    const char *facts[FACTS]; /* each NULL or "": not said */
    ULONG driver_date;        /* 20261129; 0: not said */
    ULONG characteristics;    /* added to those of each device */
    bool has_type;
    DEVICE_TYPE type;
    bool is_exclusive;
    /* UMDF drivers get no METHOD_NEITHER, and nothing without an open file from a KMDF driver. */
    bool rejects_neither;
    bool rejects_no_file;
};
void device_install(struct wdf_device *device, const struct device_installation *installation);
NTSTATUS device_start(struct wdf_device *device);
void device_abandon(struct wdf_device *device);

/*
 * Which drivers are for a child (S17.1, S20.20). `find` is asked when the child is to be started,
 * in any thread at PASSIVE_LEVEL, without locks, and may load drivers. It fills in the drivers of
 * the stack on top of the child, from the lowest to the uppermost, at most CHILD_DRIVERS_MAX, and
 * returns their number. 0: none is, and the child is started only if it is raw. Negative: some are,
 * but can't be had, which has been said; the child is not started. *installation is NULL, or
 * becomes what their INF says (device_install). The drivers stay loaded until all devices are
 * deleted.
 */
#define CHILD_DRIVERS_MAX 40

struct child_drivers {
    void *context;
    int (*find)(void *context, const struct wdf_device *child,
                struct driver *drivers[CHILD_DRIVERS_MAX],
                const struct device_installation **installation);
};

/* It must last until no device is there any more, and is replaced by NULL: no child has drivers. */
void driver_serve_children(const struct child_drivers *drivers);

/* The IDs of a child, each kind in the order in which its driver has given them: the best comes
 * first, and hardware IDs are better than compatible ones. NULL: there are no more. */
const char *device_hardware_id(const struct wdf_device *child, unsigned index);
const char *device_compatible_id(const struct wdf_device *child, unsigned index);

/* One after the other, of either kind. */
const char *device_child_id(const struct wdf_device *child, unsigned index);

/* It is a control device, which no stack is around. */
bool device_is_control(const struct wdf_device *device);

/*
 * Orderly removal: queues stop accepting, queued requests and cancelable ones are cancelled, the
 * other driver-owned ones are awaited. Opens that arrive from now on are answered
 * STATUS_DEVICE_REMOVED, other requests once the device is removed; a little earlier already
 * nothing new comes to the driver. Every request that was submitted has been answered when this
 * returns. The device stays, for files to be released.
 */
void device_remove(struct wdf_device *device);

/* As device_remove, of a device that is gone already: EvtDeviceSurpriseRemoval comes first
 * (S11.20). */
void device_surprise_remove(struct wdf_device *device);

/* True once the driver has given the device up (WdfDeviceSetFailed, S11.34), or a suspend or resume
 * has failed. */
bool device_has_failed(struct wdf_device *device);

/*
 * A device that has failed and is to be started anew (S18.49): its driver has asked for that, or it
 * has failed in a transition of power. The host makes another one of the same drivers and name, if
 * restarts_allow says so, after device_give_way: which removes this one by surprise, and leaves its
 * node to the other one. It is put on a list, from which devices_delete_left deletes what nobody
 * has open any more, nor a child of it; or all, at the end.
 */
struct left_device {
    struct left_device *next; /* each is malloc'ed */
    struct wdf_device *device;
};
bool device_wants_restart(struct wdf_device *device);
void device_give_way(struct wdf_device *device);
void devices_delete_left(struct left_device **list, bool are_open_ones_as_well);

/* Restarts of one device, and of those in its place; zeroed at first. True: one more, and it
 * counts; at most five within a minute of the first. */
struct restarts {
    unsigned count;
    uint64_t first;
};
bool restarts_allow(struct restarts *restarts);

/*
 * Removes the device whatever the driver says: by surprise if it has failed (S11.34) or its driver
 * objects (S11.15), else in order.
 */
void device_end(struct wdf_device *device);

/* The same for the control devices that the driver has not deleted; they stay for EvtDriverUnload
 * (S3.31). */
void driver_end_control_devices(struct driver *driver);

/*
 * The system goes down: control devices of all drivers that asked for it are told (S3.30), before
 * the PnP devices are ended, and once more, those that asked for the last chance, after that.
 */
void driver_shut_down(bool is_last_chance);

/*
 * What the drivers are doing, for a host that waits for them. The first says which callbacks of PnP
 * and of the driver itself have not returned; the second, before a host ends without the driver,
 * also which requests the driver holds. Any thread, at any time between driver_load and
 * driver_unload, and during these; for moments locks are taken, but no driver is called with one.
 */
void driver_report_callbacks(void);
void driver_report_held(void);

/*
 * Asks the drivers (EvtDeviceQueryRemove, S11.15): false if one objects. Else the device is in D0
 * and stays there until it is removed, or the query cancelled.
 */
bool device_query_remove(struct wdf_device *device);
void device_cancel_remove(struct wdf_device *device);

/*
 * Stop for a rebalance of resources (S11.16, S11.22): device_query_stop asks, device_rebalance_stop
 * takes the device out of D0 and has the hardware released, device_rebalance_start starts it again.
 * Requests that arrive meanwhile wait. Return STATUS_SUCCESS; STATUS_INVALID_DEVICE_STATE: not in
 * the state for it, or the driver forbids it (S11.36); what the driver has said no with; a failure
 * of device_rebalance_stop or device_rebalance_start makes the device a failed one.
 */
NTSTATUS device_query_stop(struct wdf_device *device);
void device_cancel_stop(struct wdf_device *device);
NTSTATUS device_rebalance_stop(struct wdf_device *device);
NTSTATUS device_rebalance_start(struct wdf_device *device);

/*
 * The system goes to sleep, to PowerSystemSleeping1 to PowerSystemHibernate, and wakes: the device
 * leaves D0 and comes back (S11.8, S18.29, S18.30). Requests that arrive meanwhile wait.
 * STATUS_INVALID_DEVICE_STATE when it is not started, or not suspended. When a callback of the
 * driver fails, its status is returned and the device has failed (device_has_failed): it is to be
 * removed (S18.47).
 */
NTSTATUS device_suspend(struct wdf_device *device, SYSTEM_POWER_STATE state);
NTSTATUS device_resume(struct wdf_device *device);

/* STATUS_POWER_STATE_INVALID: a device is to wake the system, and could not from that state; a
 * lighter one is to be tried (S18.31). No driver is asked. */
NTSTATUS device_query_sleep(struct wdf_device *device, SYSTEM_POWER_STATE state);

/* For explorations, tests and `wdfctl idle`. device_expire_idle: as if the stack's idle timeout had
 * expired, if it may idle at all; a worker does the rest. device_stop_idles: calls of
 * WdfDeviceStopIdle that have not been given back. */
void device_expire_idle(struct wdf_device *device);
unsigned device_stop_idles(struct wdf_device *device);

/*
 * Waking (S18.5, S18.20). driver_set_wake says from which states of its own and of the system a
 * device can wake that is no child, before devices are added; at first none can. device_wake: what
 * is below the device tells that it has woken (STATUS_SUCCESS), or cannot any more (an error).
 * STATUS_INVALID_PARAMETER: for STATUS_PENDING and STATUS_CANCELLED; STATUS_INVALID_DEVICE_REQUEST:
 * the device does not wait for that.
 */
void driver_set_wake(DEVICE_POWER_STATE device_wake, SYSTEM_POWER_STATE system_wake);
NTSTATUS device_wake(struct wdf_device *device, NTSTATUS status);

/*
 * Has the listener called for each name that clients may find the device by (device interfaces,
 * symbolic links): now for those that are there, and whenever one comes or goes, until removal
 * takes them all away. `path` is relative: "by-interface/{GUID}/REFERENCE" or "by-name/NAME"; a
 * path that ends in a slash leaves the last part to the listener. Called in any thread at
 * PASSIVE_LEVEL, one call at a time; it must not call the framework.
 */
typedef void device_name_listener(void *context, const char *path, bool is_there);
void device_listen_to_names(struct wdf_device *device, device_name_listener *listener,
                            void *context);

/*
 * Nodes: the devices that clients can open by a path of their own. PnP devices and control devices
 * come with names; a control device, or a child, may come and go at any time.
 */

/* True if it can be a node's name: letters, digits and ._-+:@, no dot or dash first, at most 255
 * bytes. */
bool node_name_is_valid(const char *name);

/* True if it can be the name that a user gives a node: such a name, or several with slashes between
 * them, 255 bytes in all. The node is in folders then. */
bool node_name_is_valid_with_folders(const char *name);

/* What the device's path has after /dev, or after the mount's folder; valid as long as the device.
 * NULL: it has none. */
const char *device_node_name(const struct wdf_device *device);

/* The permission bits that the driver's security descriptor asks for; false: it has none. */
bool device_node_mode(const struct wdf_device *device, mode_t *mode);

/* True if the node stays until the driver is unloaded: nobody deletes the device before. */
bool device_node_is_lasting(const struct wdf_device *device);

/*
 * All are called in any thread at PASSIVE_LEVEL, all but is_free one at a time; of the framework
 * they may call what this part of the header declares, and device_listen_to_names.
 */
struct node_listener {
    void *context;
    /* Clients may open it from now on; in the place of one of the same name, if that has given
     * way. */
    void (*came)(void *context, struct wdf_device *device);
    void (*went)(void *context,
                 struct wdf_device *device); /* and not any more; files that are open stay */
    bool (*is_free)(void *context,
                    const char *name); /* whether a node of that name could be made */
    void (*failed)(void *context, struct wdf_device *device); /* the driver gives it up (S11.34) */
    /* While the system sleeps, or goes to sleep: a device wakes it (S18.24). NULL: nobody minds. */
    void (*woken)(void *context);
};

/*
 * Has the listener called: now for each device that has failed already, then for each that is
 * there, then whenever one fails, comes or goes. It must last until it is replaced; NULL: nobody is
 * told any more.
 */
void driver_listen_to_nodes(const struct node_listener *new_listener);

/* The device with that node, with a reference (io.h) for the caller; NULL: there is none. */
struct wdf_device *driver_find_device(const char *name);

/*
 * What happens on a bus. device_plug: something was plugged into it: its drivers look
 * (EvtChildListScanForChildren); STATUS_INVALID_DEVICE_STATE if it is not in D0. device_unplug, of
 * a child: it is missing; device_eject: somebody wants it to be; device_set_lock: it is to be
 * locked against that, or not any more, which its bus answers (S16.53; STATUS_UNSUCCESSFUL if that
 * has no EvtDeviceSetLock). STATUS_INVALID_PARAMETER: it is no child; STATUS_NO_SUCH_DEVICE: it has
 * gone. Of a stack any device stands for all.
 */
NTSTATUS device_plug(struct wdf_device *device);
NTSTATUS device_unplug(struct wdf_device *device);
NTSTATUS device_eject(struct wdf_device *device);
NTSTATUS device_set_lock(struct wdf_device *device, bool is_locked);

/*
 * A special file is put on the device, or taken off again: a file for paging, hibernation, a dump,
 * to boot from, or the device becomes a guest's. The stack is told, with its parents and what
 * depends on it (S17.45). STATUS_NOT_IMPLEMENTED: a driver has not said that it can be used so;
 * STATUS_INVALID_DEVICE_STATE: it is not started, or was not in use so; what
 * EvtDeviceUsageNotificationEx has said no with, and those who were told are told back then.
 */
NTSTATUS device_use(struct wdf_device *device, WDF_SPECIAL_FILE_TYPE file, bool is_in_use);

/* Deletes a removed device and all below it (S11.17 steps 9-11). Every file must have been
 * released. */
void device_delete(struct wdf_device *device);

/* EvtDriverUnload, then the driver object is deleted (S3.5). Every device of it must have been
 * deleted. */
void driver_unload(struct driver *loaded);

#endif
