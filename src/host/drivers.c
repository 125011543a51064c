/* The drivers of the process. See drivers.h. */
#include "host/drivers.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "framework/lifecycle.h"
#include "framework/registry/configuration.h"
#include "host/configfile.h"
#include "host/crash.h"
#include "host/options.h"
#include "host/sandbox.h"
#include "host/statefolder.h"
#include "nt/status.h"
#include "nt/trace.h"
#include "port/log.h"

struct drivers {
    const WDFUSE_HOST *description;
    unsigned maximum;
    unsigned count;
    struct host_driver all[];
};

int drivers_create(const WDFUSE_HOST *description, unsigned maximum, struct drivers **result)
{
    struct drivers *drivers = calloc(1, sizeof(*drivers) + maximum * sizeof(drivers->all[0]));
    *result = drivers;
    if (drivers == NULL) {
        log_error("no memory for %u drivers", maximum);
        return -ENOMEM;
    }
    drivers->description = description;
    drivers->maximum = maximum;
    return 0;
}

struct host_driver *drivers_enter(struct drivers *drivers, const char *path, const char *name,
                                  const char *config_path, const char *defaults)
{
    if (drivers->count == drivers->maximum) {
        log_error("%s: there is no room for the driver %s: %u are enough",
                  path != NULL ? path : "--on", name, drivers->maximum);
        return NULL;
    }
    struct host_driver *driver = &drivers->all[drivers->count++];
    driver->path = path;
    driver->config_path = config_path;
    driver->defaults = defaults;
    snprintf(driver->name, sizeof(driver->name), "%s", name);
    return driver;
}

struct host_driver *drivers_enter_own(struct drivers *drivers, const char *name,
                                      DRIVER_INITIALIZE *entry)
{
    for (unsigned i = 0; i < drivers->count; i++) {
        if (drivers->all[i].entry == entry)
            return &drivers->all[i];
    }
    struct host_driver *driver = drivers_enter(drivers, NULL, name, NULL, NULL);
    if (driver != NULL)
        driver->entry = entry;
    return driver;
}

static bool are_one_file(const char *one, const char *other)
{
    struct stat status, other_status;
    if (strcmp(one, other) == 0)
        return true;
    return stat(one, &status) == 0 && stat(other, &other_status) == 0 &&
           status.st_dev == other_status.st_dev && status.st_ino == other_status.st_ino;
}

struct host_driver *drivers_of_file(struct drivers *drivers, const char *path)
{
    for (unsigned i = 0; i < drivers->count; i++) {
        struct host_driver *driver = &drivers->all[i];
        if (driver->path != NULL && are_one_file(driver->path, path))
            return driver;
    }
    return NULL;
}

void drivers_warn_of_defaults(const struct host_driver *known, const char *defaults)
{
    if (defaults == NULL || (known->defaults != NULL && strcmp(known->defaults, defaults) == 0))
        return;
    log_warning(
        "%s: the driver %s is in a stack already, with other registry values: it keeps those",
        known->path, known->name);
}

/* ---- configurations ---- */

static int set_defaults(const struct host_driver *driver)
{
    char reason[CONFIGURATION_ERROR_SIZE];
    if (driver->defaults == NULL)
        return 0;
    NTSTATUS status =
        configuration_set_defaults(config_file_configuration(driver->config), driver->defaults,
                                   strlen(driver->defaults), reason);
    if (NT_SUCCESS(status))
        return 0;
    log_error("the registry values of the INF for the driver %s: %s", driver->name,
              status == STATUS_REGISTRY_CORRUPT ? reason : nt_status_name(status));
    return status == STATUS_REGISTRY_CORRUPT ? -EINVAL : -ENOMEM;
}

/* The record lock on a file keeps processes apart, not drivers of one
 * process (configfile.h). */
static int open_configuration(const struct drivers *drivers, struct host_driver *driver)
{
    int error = config_file_open(driver->config_path, &driver->config);
    for (const struct host_driver *other = drivers->all; other < driver && error == 0; other++) {
        if (!config_file_is_same(other->config, driver->config))
            continue;
        log_error("--config: %s is the driver %s's already: give %s a file of its own",
                  driver->config_path, other->name, driver->name);
        error = -EBUSY;
    }
    return error == 0 ? set_defaults(driver) : error;
}

int drivers_open_configurations(struct drivers *drivers)
{
    int error = 0;
    for (unsigned i = 0; i < drivers->count && error == 0; i++)
        error = open_configuration(drivers, &drivers->all[i]);
    return error;
}

/* ---- files ---- */

/* A file has one set of variables: it is one driver. A driver is identified by its name. */
static bool is_another_driver(const struct drivers *drivers, const struct host_driver *driver)
{
    for (const struct host_driver *other = drivers->all; other < driver; other++) {
        if (other->entry == driver->entry) {
            log_error("%s: it is the file %s, which is loaded already: one file is one driver",
                      driver->path, other->path);
            return false;
        }
        if (strcasecmp(other->name, driver->name) == 0) {
            log_error("%s: the driver %s is that of %s: give the file another name", driver->path,
                      driver->name, other->path);
            return false;
        }
    }
    return true;
}

static bool find(const struct drivers *drivers, struct host_driver *driver)
{
    const WDFUSE_HOST *description = drivers->description;
    char error[HOST_ERROR_SIZE] = "";
    if (driver->entry == NULL)
        driver->entry = driver->path == NULL
                            ? description->DriverEntry
                            : description->FindDriver(driver->path, error, sizeof(error));
    if (driver->entry == NULL)
        log_error("%s", error);
    return driver->entry != NULL && is_another_driver(drivers, driver);
}

/* The calls that it names (<wdfuse/sandbox.h>). The file is loaded already. */
static int allow_calls(const struct host_driver *driver)
{
    Dl_info information;
    if (driver->path == NULL || dladdr((void *)(uintptr_t)driver->entry, &information) == 0)
        return 0;
    void *file = dlopen(information.dli_fname, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    const char *names = file != NULL ? dlsym(file, "WdfuseSandboxCalls") : NULL;
    int error = names != NULL ? sandbox_allow_calls(names, driver->path) : 0;
    if (file != NULL)
        dlclose(file);
    return error;
}

int drivers_find(struct drivers *drivers)
{
    for (unsigned i = 0; i < drivers->count; i++) {
        if (!find(drivers, &drivers->all[i]) || allow_calls(&drivers->all[i]) != 0)
            return -ENOEXEC;
    }
    crash_report_start(drivers->description->ProgramName);
    for (unsigned i = 0; i < drivers->count; i++)
        crash_report_driver(drivers->all[i].entry);
    return 0;
}

/* ---- loading ---- */

static int load(struct host_driver *driver)
{
    int error = state_folder_make(driver->name);
    if (error != 0)
        return error;
    NTSTATUS status = driver_load(driver->entry, driver->name,
                                  config_file_configuration(driver->config), &driver->driver);
    if (NT_SUCCESS(status))
        return 0;
    log_error("the driver %s does not start: DriverEntry returned %s", driver->name,
              nt_status_name(status));
    return -EIO;
}

int drivers_load(struct drivers *drivers)
{
    int error = 0;
    for (unsigned i = 0; i < drivers->count && error == 0; i++)
        error = load(&drivers->all[i]);
    if (error == 0)
        trace_warn_of_unknown_flags();
    return error;
}

static int find_and_load(struct drivers *drivers, struct host_driver *driver)
{
    int error = open_configuration(drivers, driver);
    if (error != 0)
        return error;
    if (!find(drivers, driver) || allow_calls(driver) != 0)
        return -ENOEXEC;
    crash_report_driver(driver->entry);
    return load(driver);
}

int drivers_load_later(struct drivers *drivers, struct host_driver *driver)
{
    if (driver->driver != NULL)
        return 0;
    if (driver->has_failed) {
        log_error("%s: the driver %s could not be loaded before", driver->path, driver->name);
        return -EIO;
    }
    int error = find_and_load(drivers, driver);
    driver->has_failed = error != 0;
    return error;
}

void drivers_end_control_devices(struct drivers *drivers)
{
    for (unsigned i = drivers->count; i-- > 0;) {
        if (drivers->all[i].driver != NULL)
            driver_end_control_devices(drivers->all[i].driver);
    }
}

void drivers_unload(struct drivers *drivers)
{
    for (unsigned i = drivers->count; i-- > 0;) {
        if (drivers->all[i].driver != NULL)
            driver_unload(drivers->all[i].driver);
        drivers->all[i].driver = NULL;
    }
}

void drivers_destroy(struct drivers *drivers)
{
    if (drivers == NULL)
        return;
    for (unsigned i = 0; i < drivers->count; i++)
        config_file_close(drivers->all[i].config);
    free(drivers);
}
