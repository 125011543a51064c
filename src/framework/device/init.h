/* WDFDEVICE_INIT: what a driver says about a device before it exists (S3.8-S3.12, S4.1). */
#ifndef WDFUSE_FRAMEWORK_DEVICE_INIT_H
#define WDFUSE_FRAMEWORK_DEVICE_INIT_H

#include <stdbool.h>
#include <sys/types.h>

#include <wdf.h>

#include "framework/io/iodevice.h"

struct bus_device;
struct child_list;
struct device_installation;
struct wdf_device;
struct state_watch;

enum device_kind {
    DEVICE_FDO,     /* the one that EvtDriverDeviceAdd makes */
    DEVICE_CONTROL, /* without PnP and power (S3.25 to S3.32) */
    DEVICE_PDO,     /* a child of an FDO */
};

/* Its allocated texts, in UTF-8; each may be NULL. It moves as a whole from the init to the
 * device. */
struct device_texts {
    char *name;     /* as the driver gave it: "\Device\Foo" */
    char *node;     /* the node's name */
    char *sddl;     /* the security descriptor */
    char *instance; /* a child's instance ID */
    /* A child's IDs, the best first: each with a zero after it, and one more after the last */
    char *hardware_ids;
    char *compatible_ids;
    /* What else a bus driver says about a child (property.c) */
    char *device_id;
    char *description;
    char *location;
};

struct WDFDEVICE_INIT {
    enum device_kind kind;
    struct driver *driver; /* whose it is */
    bool is_used;          /* WdfDeviceCreate has succeeded with it */
    /* Of the lowest device of a stack: what its INF says, or NULL. Of a child it comes when its
     * drivers have been found. */
    _Atomic(const struct device_installation *) installation;
    struct wdf_device *device; /* then: what was created */
    struct io_settings io;
    /* Of an FDO: the device that it is put on top of, which lives longer; NULL: none of ours */
    struct wdf_device *lower;
    /* Of an FDO that is the lowest: the device object below it (wdm.h), as one of its users */
    struct bus_device *bus_device;
    DEVICE_TYPE device_type;
    ULONG characteristics;
    struct device_texts texts;
    mode_t node_mode; /* follows from texts.sddl, once that is parsed */
    bool has_class;   /* WdfDeviceInitSetDeviceClass */
    bool is_not_pageable;
    bool releases_after_descendants; /* WdfDeviceInitSetReleaseHardwareOrderOnFailure */
    WDF_TRI_STATE forwards_closes;   /* AutoForwardCleanupClose (S4.6) */

    WDF_PNPPOWER_EVENT_CALLBACKS pnp; /* all NULL: the driver wants to hear of nothing */
    WDF_TRI_STATE owns_policy;        /* WdfDeviceInitSetPowerPolicyOwnership; default: S3.10 */
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    struct state_watch *watches; /* moves to the device, as the texts do */

    /* Of a child (pdo.c). */
    struct {
        struct wdf_device *parent;  /* with a reference, which the device does not take over */
        bool is_raw;                /* it needs no function driver */
        bool ignores_parents_power; /* WdfPdoInitRemovePowerDependencyOnParent */
        WDF_PDO_EVENT_CALLBACKS events;
        struct child_list *list; /* the list that it is in; NULL: a static child */
    } child;

    WDF_FDO_EVENT_CALLBACKS fdo; /* of an FDO; all NULL: the driver wants to hear of nothing */

    /* Of an FDO: its default child list (S16.7); Size 0: it has none. */
    WDF_CHILD_LIST_CONFIG child_list;
    WDF_OBJECT_ATTRIBUTES child_list_attributes; /* Size 0: none */

    bool is_hidden; /* a control device without a node */

    /* Of a control device (S3.30). */
    PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION evt_shutdown;
    UCHAR shutdown_flags;
};

/* With the defaults of S3.10; NULL when there is no memory. */
struct WDFDEVICE_INIT *device_init_create(enum device_kind kind, struct driver *driver);
void device_init_free(struct WDFDEVICE_INIT *init);

/* A successful WdfDeviceCreate frees a driver's own init (S3.8), not one of the framework's. */
bool device_init_is_drivers(const struct WDFDEVICE_INIT *init);

void device_texts_free(struct device_texts *texts);

/* A copy that device_texts_free frees; NULL when there is no memory. */
char *device_text_duplicate(const char *text);

#endif
