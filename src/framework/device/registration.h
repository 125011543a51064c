/*
 * Registrations for notifications (notification.h): between the functions by which drivers make
 * them and the part that tells.
 */
#ifndef WDFUSE_FRAMEWORK_DEVICE_REGISTRATION_H
#define WDFUSE_FRAMEWORK_DEVICE_REGISTRATION_H

#include <stdbool.h>

#include <cfgmgr32.h>
#include <wdf.h>

#include "framework/object/worker.h"
#include "port/thread.h"

struct driver;
struct wdf_device;

/* A leaf: of the list, and of all registrations. */
extern struct port_mutex notifications_lock;

enum registration_kind { OF_PROFILE, OF_INTERFACES, OF_REMOVAL };

/* Freed by the last of its users: the driver, until it unregisters; a thread that tells it; its
 * work. */
struct registration {
    /* Constant. */
    enum registration_kind kind;
    struct driver *driver;
    bool has_every_class;
    GUID class;
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine; /* one of the two */
    PCM_NOTIFY_CALLBACK callback;
    PVOID context;
    PFILE_OBJECT file;
    struct work work;

    /* Whose removal it is about, with a reference, until it is told that the device has gone. */
    struct wdf_device *device GUARDED_BY(notifications_lock);
    bool has_gone GUARDED_BY(notifications_lock);
    LIST_ENTRY entry GUARDED_BY(notifications_lock);
    uint64_t serial GUARDED_BY(notifications_lock);
    LIST_ENTRY events GUARDED_BY(notifications_lock);
    unsigned users GUARDED_BY(notifications_lock);
    bool is_over GUARDED_BY(notifications_lock);
    bool is_held GUARDED_BY(notifications_lock);  /* what is there is told first */
    bool has_work GUARDED_BY(notifications_lock); /* submitted, or running */
    bool was_asked GUARDED_BY(notifications_lock);
    /* In its callback, of one thread at a time, which does not wait for itself. */
    unsigned calls GUARDED_BY(notifications_lock);
    port_thread_id caller GUARDED_BY(notifications_lock);
};

/* One that nobody knows yet, whose constant fields the caller sets; NULL: there is no memory. */
struct registration *registration_create(enum registration_kind kind, struct driver *driver,
                                         PVOID context);
void registration_drop(struct registration *registration);

/* Of whom the file is; false: it is no open file of a driver's device. */
bool registration_watch_file(struct registration *registration, PVOID file);

/* From now on the driver hears, of interfaces that are there already as well if it wants; until
 * its callback has returned for the last time. */
void registration_begin(struct registration *registration, bool has_existing);
void registration_finish(struct registration *registration);

/* In its callback. */
bool registration_is_called_by_me(struct registration *registration);

#endif
