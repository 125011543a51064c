/*
 * The drivers of the process: their files, names and configurations; found, loaded and unloaded.
 *
 * A file is one driver, however many stacks it is in.
 */
#ifndef WDFUSE_HOST_DRIVERS_H
#define WDFUSE_HOST_DRIVERS_H

#include <stdbool.h>

#include <wdfuse/host.h>

struct config_file;
struct driver;
struct drivers;

struct host_driver {
    const char *path; /* of its file, as given; NULL: it is the program's own */
    char name[128];   /* in messages and in its registry path */
    const char *config_path;
    const char *defaults;     /* the defaults of its configuration; NULL: none */
    DRIVER_INITIALIZE *entry; /* given, or found */
    struct config_file *config;
    struct driver *driver; /* NULL: not loaded */
    bool has_own_devices;  /* it is the function driver of a stack on no child */
    bool has_failed;       /* drivers_load_later: it is not tried again */
};

/* Room for that many. Returns 0 or -ENOMEM with a line logged; drivers_destroy is due. */
int drivers_create(const WDFUSE_HOST *description, unsigned maximum, struct drivers **result);

/* Adds one more at the end: they are loaded in that order. NULL, with a line
 * logged: there is no room. */
struct host_driver *drivers_enter(struct drivers *drivers, const char *path, const char *name,
                                  const char *config_path, const char *defaults);

/* A driver of wdfuse's own, once. NULL: as above. */
struct host_driver *drivers_enter_own(struct drivers *drivers, const char *name,
                                      DRIVER_INITIALIZE *entry);

/* The driver of that file, by whatever path; NULL: none. */
struct host_driver *drivers_of_file(struct drivers *drivers, const char *path);

/* Each returns 0 or -errno with a line logged, in the order of their calls: reads the files of
 * --config; looks at the files of all drivers, before the code of any runs; runs DriverEntry of
 * each. */
int drivers_open_configurations(struct drivers *drivers);
int drivers_find(struct drivers *drivers);
int drivers_load(struct drivers *drivers);

/* The same for one that was entered later, by one thread at a time. 0 if it is loaded already. */
int drivers_load_later(struct drivers *drivers, struct host_driver *driver);

/* One file has one registry: a further INF that names it is ignored, with a warning. */
void drivers_warn_of_defaults(const struct host_driver *known, const char *defaults);

/* The driver that was loaded last goes first. */
void drivers_end_control_devices(struct drivers *drivers);
void drivers_unload(struct drivers *drivers);

/* NULL: nothing. */
void drivers_destroy(struct drivers *drivers);

#endif
