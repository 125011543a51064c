/* Drivers that are installed by an INF. See infinstall.h. */
#include "host/infinstall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/infcheck.h"
#include "host/infregistry.h"
#include "host/infstore.h"
#include "host/modulefile.h"
#include "inf/name.h"
#include "inf/package.h"
#include "inf/show.h"
#include "nt/sddl.h"
#include "port/log.h"

/* One INF being put into the options. */
struct installing {
    const struct host_options *options;
    struct host_driver_options *driver;
    const char *path;                 /* of the INF, as given */
    const struct inf_device_ids *ids; /* of the child that it is for; NULL: for no child */
    struct inf *inf;
    struct inf_package package;
    const struct inf_install *install; /* of the device that is served */
    const char *folder;                /* of the INF */
};

static bool is_inf(const char *path)
{
    size_t length = path != NULL ? strlen(path) : 0;
    return length >= 4 &&
           (name_is(path + length - 4, ".inf") || name_is(path + length - 4, ".inx"));
}

static int fail_without_memory(const struct installing *installing)
{
    int error = installing->inf->arena.error;
    log_error("%s: %s", installing->path, inf_error_text(error));
    return error;
}

/* ---- reading ---- */

static void log_complaint(const struct inf *inf, const struct inf_complaint *complaint)
{
    static const enum log_level levels[] = {
        [INF_ERROR] = LOG_LEVEL_ERROR,
        [INF_WARNING] = LOG_LEVEL_WARNING,
        [INF_NOTE] = LOG_LEVEL_INFO,
    };
    char text[1024];
    inf_complaint_text(inf, complaint, text, sizeof(text));
    log_message(levels[complaint->severity], "%s", text);
}

/* One error is enough: --check-inf shows all. */
static int check(const struct inf *inf)
{
    const struct inf_complaint *complaint = inf->complaints;
    char text[1024] = "";
    if (inf->error_count == 0)
        return 0;
    while (complaint != NULL && complaint->severity != INF_ERROR)
        complaint = complaint->next;
    if (complaint != NULL)
        inf_complaint_text(inf, complaint, text, sizeof(text));
    if (inf->error_count > 1)
        log_error("%s (and %u more: see --check-inf)", text, inf->error_count - 1);
    else
        log_error("%s", text);
    return -EINVAL;
}

static int read_package(struct installing *installing)
{
    struct inf_system system = inf_system_current();
    int error = inf_open(installing->path, &system, &installing->inf);
    if (error == 0)
        error = inf_package_read(installing->inf, &installing->package);
    if (error != 0)
        log_error("%s: %s", installing->path, inf_error_text(error));
    return error != 0 ? error : check(installing->inf);
}

/* The device that --hardware-id or --driver names, or the first. */
static int choose_device(struct installing *installing)
{
    const struct inf_package *package = &installing->package;
    const char *id = installing->driver->hardware_id;
    if (id == NULL && installing->driver->child_id[0] != '\0')
        id = installing->driver->child_id;
    const struct inf_device_ids named = {.hardware = &id, .hardware_count = 1};
    const struct inf_device_ids *ids = installing->ids != NULL ? installing->ids
                                       : id != NULL            ? &named
                                                               : NULL;
    struct inf_rank rank;
    installing->install =
        ids != NULL ? inf_package_match(package, ids, &rank) : package->installs[0];
    if (installing->install == NULL) {
        log_error("%s has no model for %s: --check-inf shows those that it has", installing->path,
                  id != NULL ? id : "the child");
        return -ENODEV;
    }
    return 0;
}

/* ---- files ---- */

static const char *find_in(const struct installing *installing, const char *file)
{
    const struct host_options *options = installing->options;
    struct arena *arena = &installing->inf->arena;
    const char *path = module_file_find(arena, installing->folder, file);
    for (unsigned i = 0; i < options->driver_path_count && path == NULL; i++)
        path = module_file_find(arena, options->driver_paths[i], file);
    return path;
}

/* The binary's name, else the service's (S20.32). */
static const char *find_module(const struct installing *installing, const struct inf_driver *driver)
{
    struct arena *arena = &installing->inf->arena;
    const char *path = find_in(installing, driver->module);
    const char *other = arena_print(arena, "%s.so", driver->service);
    if (path == NULL && other != NULL && strchr(driver->service, '/') == NULL)
        path = find_in(installing, other);
    if (path == NULL && arena->error != 0)
        (void)fail_without_memory(installing);
    else if (path == NULL)
        log_error("%s: there is no %s for the driver %s in %s%s", installing->path, driver->module,
                  driver->service, installing->folder,
                  installing->options->driver_path_count > 0
                      ? " nor in --driver-path"
                      : "; --driver-path names another folder");
    return path;
}

static int set_folder(struct installing *installing)
{
    const char *separator = strrchr(installing->path, '/');
    size_t length = separator != NULL ? (size_t)(separator - installing->path) : 0;
    installing->folder = separator == NULL ? "."
                         : length == 0
                             ? "/"
                             : arena_text(&installing->inf->arena, installing->path, length);
    return installing->folder != NULL ? 0 : fail_without_memory(installing);
}

/* ---- the stack ---- */

static const char *defaults_for(const struct installing *installing, const char *service)
{
    char *text;
    if (inf_registry_defaults(installing->path, &installing->install->registry, service, &text) !=
        0)
        return NULL;
    const char *kept = arena_text(&installing->inf->arena, text, strlen(text));
    if (kept == NULL)
        (void)fail_without_memory(installing);
    free(text);
    return kept;
}

static int put_filter(const struct installing *installing, const struct inf_driver *layer,
                      bool is_upper, struct host_filter_options *filter)
{
    filter->path = find_module(installing, layer);
    filter->service = layer->service;
    filter->is_upper = is_upper;
    filter->defaults = filter->path != NULL ? defaults_for(installing, layer->service) : NULL;
    return filter->defaults != NULL ? 0 : -EINVAL;
}

static int put_function(const struct installing *installing, const struct inf_driver *layer)
{
    struct host_driver_options *driver = installing->driver;
    driver->operand = find_module(installing, layer);
    snprintf(driver->operand_name, sizeof(driver->operand_name), "%s", layer->service);
    driver->defaults = driver->operand != NULL ? defaults_for(installing, layer->service) : NULL;
    return driver->defaults != NULL ? 0 : -EINVAL;
}

/* Of several UMDF drivers in its place, the lowest is the
 * function driver. */
static int find_function(const struct inf_install *install)
{
    for (unsigned i = 0; i < install->stack_count; i++) {
        if (install->stack[i].role == INF_FUNCTION)
            return (int)i;
    }
    return -1;
}

/* The filters of the command line are around those of the INF. */
static int put_stack(const struct installing *installing, unsigned function)
{
    struct host_driver_options *driver = installing->driver;
    const struct inf_install *install = installing->install;
    const struct host_driver_options given = *driver;
    unsigned own = install->stack_count - 1;
    int error = 0;
    if (own + given.filter_count > HOST_FILTERS_MAX) {
        log_error("%s: a stack has no more than %d filters", installing->path, HOST_FILTERS_MAX);
        return -E2BIG;
    }
    driver->filter_count = 0;
    for (unsigned i = 0; i < given.filter_count; i++) {
        if (!given.filters[i].is_upper)
            driver->filters[driver->filter_count++] = given.filters[i];
    }
    for (unsigned i = 0; i < install->stack_count && error == 0; i++) {
        const struct inf_driver *layer = &install->stack[i];
        error = i == function ? put_function(installing, layer)
                              : put_filter(installing, layer, i > function,
                                           &driver->filters[driver->filter_count++]);
    }
    for (unsigned i = 0; i < given.filter_count; i++) {
        if (given.filters[i].is_upper)
            driver->filters[driver->filter_count++] = given.filters[i];
    }
    return error;
}

static int install_stack(const struct installing *installing)
{
    int function = find_function(installing->install);
    if (function < 0) {
        log_error("%s: the device has no function driver: there is nothing to load",
                  installing->path);
        return -ENODEV;
    }
    return put_stack(installing, (unsigned)function);
}

/* ---- settings ---- */

static bool has_umdf(const struct inf_install *install)
{
    for (unsigned i = 0; i < install->stack_count; i++) {
        if (install->stack[i].is_umdf)
            return true;
    }
    return false;
}

/* S20.38: one process for each wdfhost. */
static int check_sharing(const struct installing *installing)
{
    const struct inf_install *install = installing->install;
    if (!has_umdf(install) || install->wdf.umdf[INF_UMDF_HOST_PROCESS_SHARING] != INF_PROCESS_OWN ||
        (installing->options->driver_count == 1 && installing->ids == NULL))
        return 0;
    log_error(
        "%s: its drivers want a process of their own (UmdfHostProcessSharing): give the other "
        "drivers another one",
        installing->path);
    return -EBUSY;
}

static const char *fact_of_device(const struct inf_install *install, const char *name)
{
    const struct inf_change *change = inf_registry_value(&install->registry, INF_KEY_DEVICE, name);
    return change != NULL && change->string_count > 0 ? change->strings[0] : NULL;
}

/* The ID that the device was created with; else the model's. */
static const char *installed_id(const struct installing *installing)
{
    const struct inf_model *model = installing->install->model;
    if (installing->driver->hardware_id != NULL)
        return installing->driver->hardware_id;
    return model->id_count > 0 ? model->ids[0].text : NULL;
}

static const char *version_text(const struct installing *installing)
{
    uint64_t version = installing->package.version.version;
    if (version == 0)
        return NULL;
    return arena_print(&installing->inf->arena, "%u.%u.%u.%u", (unsigned)(version >> 48),
                       (unsigned)(version >> 32) & 0xffff, (unsigned)(version >> 16) & 0xffff,
                       (unsigned)version & 0xffff);
}

/* S17.38, S20.46: what drivers read as properties. */
static void install_facts(const struct installing *installing,
                          struct device_installation *installation)
{
    const struct inf_install *install = installing->install;
    const struct inf_version *version = &installing->package.version;
    const struct inf_service *function = install->services.function;
    const char *separator = strrchr(installing->path, '/');
    const char **facts = installation->facts;
    facts[FACT_DESCRIPTION] = install->model->description;
    facts[FACT_MANUFACTURER] = install->model->manufacturer;
    facts[FACT_HARDWARE_ID] = installed_id(installing);
    facts[FACT_CLASS] = version->class_name;
    facts[FACT_CLASS_GUID] = version->class_guid;
    facts[FACT_FRIENDLY_NAME] = fact_of_device(install, "FriendlyName");
    facts[FACT_LOCATION] = fact_of_device(install, "LocationInformationOverride");
    facts[FACT_SERVICE] = function != NULL ? function->name : NULL;
    facts[FACT_DRIVER_VERSION] = version_text(installing);
    facts[FACT_PROVIDER] = version->provider;
    facts[FACT_INF] = separator != NULL ? separator + 1 : installing->path;
    facts[FACT_SECTION] = install->model->install;
    installation->driver_date = version->date;
}

static int install_settings(struct installing *installing)
{
    const struct inf_install *install = installing->install;
    const struct inf_device *device = &install->device;
    struct host_installation *installation =
        arena_allocate(&installing->inf->arena, sizeof(*installation));
    if (installation == NULL)
        return fail_without_memory(installing);
    installation->inf = installing->inf;
    installation->section = install->section;
    installation->device = (struct device_installation){
        .characteristics = (ULONG)device->characteristics,
        .has_type = device->has_type,
        .type = (DEVICE_TYPE)device->type,
        .is_exclusive = device->is_exclusive,
        .rejects_neither = has_umdf(install) &&
                           install->wdf.umdf[INF_UMDF_METHOD_NEITHER_ACTION] == INF_NEITHER_REJECT,
        .rejects_no_file = has_umdf(install) &&
                           install->wdf.umdf[INF_UMDF_FILE_OBJECT_POLICY] == INF_FILE_OBJECT_REJECT,
    };
    install_facts(installing, &installation->device);
    installation->has_mode = device->security != NULL;
    installing->driver->installation = installation;
    if (device->security == NULL || sddl_to_mode(device->security, &installation->mode))
        return check_sharing(installing);
    log_error("%s: the Security %s is no descriptor that a node can have", installing->path,
              device->security);
    return -EINVAL;
}

/* ---- all of them ---- */

/* Logs the remaining messages, once there are no errors. */
static void log_rest(const struct installing *installing)
{
    const struct inf_install *install = installing->install;
    unsigned count = installing->package.models.count;
    for (const struct inf_complaint *complaint = installing->inf->complaints; complaint != NULL;
         complaint = complaint->next)
        log_complaint(installing->inf, complaint);
    if (!install->wdf.is_there)
        log_warning("%s: there is no section [%s.Wdf], which would say for which framework the "
                    "driver is",
                    installing->path, install->section);
    if (installing->ids == NULL && installing->driver->hardware_id == NULL &&
        installing->driver->child_id[0] == '\0' && count > 1)
        log_info("%s: the device is %s, the first of %u: --hardware-id names another",
                 installing->path, install->model->description, count);
}

int inf_install(const struct host_options *options, const struct inf_device_ids *ids,
                struct host_driver_options *driver)
{
    struct installing installing = {
        .options = options, .driver = driver, .path = driver->operand, .ids = ids};
    int error = read_package(&installing);
    if (error == 0)
        error = choose_device(&installing);
    if (error == 0)
        error = set_folder(&installing);
    if (error == 0)
        error = install_settings(&installing);
    if (error == 0)
        error = install_stack(&installing);
    if (error == 0)
        log_rest(&installing);
    if (driver->installation == NULL)
        inf_close(installing.inf);
    return error;
}

/* S20.22: the ID that a device is created with leads to its INF, and to the model in it. */
static int install_by_id(const struct host_options *options, struct host_driver_options *driver)
{
    driver->hardware_id = driver->operand;
    int error = inf_store_find(options, driver->operand, &driver->found_inf);
    driver->operand = driver->found_inf;
    return error == 0 ? inf_install(options, NULL, driver) : error;
}

static int install_one(const struct host_options *options, struct host_driver_options *driver)
{
    if (is_inf(driver->operand))
        return inf_install(options, NULL, driver);
    if (driver->hardware_id != NULL) {
        log_error("--hardware-id: %s is no INF", driver->operand);
        return -EINVAL;
    }
    return inf_store_is_id(driver->operand) ? install_by_id(options, driver) : 0;
}

int infs_install(struct host_options *options)
{
    int error = 0;
    for (unsigned i = 0; i < options->driver_count && error == 0; i++)
        error = install_one(options, &options->drivers[i]);
    return error;
}

void inf_forget(struct host_driver_options *driver)
{
    const struct host_installation *installation = driver->installation;
    driver->installation = NULL;
    free(driver->found_inf);
    driver->found_inf = NULL;
    if (installation != NULL)
        inf_close(installation->inf);
}

void infs_forget(struct host_options *options)
{
    for (unsigned i = 0; i < options->driver_count; i++)
        inf_forget(&options->drivers[i]);
}
