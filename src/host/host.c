/*
 * A driver as a daemon, from the command line to the exit status. See <wdfuse/host.h>.
 *
 * What is started in serve() ends there, in the opposite order, whatever failed in between.
 */
#include <wdfuse/host.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "framework/lifecycle.h"
#include "host/background.h"
#include "host/configfile.h"
#include "host/crash.h"
#include "host/links.h"
#include "host/messages.h"
#include "host/nodes.h"
#include "host/options.h"
#include "host/pidfile.h"
#include "host/privileges.h"
#include "host/stop.h"
#include "nt/status.h"
#include "nt/trace.h"
#include "port/log.h"
#include "transport/transport.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

struct host_driver {
    const struct host_driver_options *options;
    const char *service; /* its name */
    DRIVER_INITIALIZE *entry;
    struct config_file *config;
    struct driver *driver;                      /* NULL: not loaded */
    struct wdf_device *devices[HOST_NAMES_MAX]; /* that were added, in order */
    unsigned device_count;
};

/* One run. */
struct host {
    const WDFUSE_HOST *description;
    struct host_options options;
    char *mount_dir; /* absolute; NULL: CUSE */
    char *pid_path;  /* absolute; NULL: none */
    struct background background;
    struct stop *stop;
    struct host_driver drivers[HOST_DRIVERS_MAX];
    unsigned driver_count;
    struct nodes *nodes;
    struct pidfile *pidfile;
    struct links *links;
};

static int show_help(const WDFUSE_HOST *description)
{
    host_options_print_help(description, stdout);
    return fflush(stdout) == 0 ? STATUS_OK : STATUS_FAILED;
}

static int show_version(const WDFUSE_HOST *description)
{
    printf("%s %s (wdfuse " WDFUSE_VERSION ")\n", description->ProgramName, description->Version);
    return fflush(stdout) == 0 ? STATUS_OK : STATUS_FAILED;
}

static int show_usage_error(const WDFUSE_HOST *description, const char *error)
{
    messages_print_line(description->ProgramName, error);
    fprintf(stderr, "Try '%s --help' for more information.\n", description->ProgramName);
    return STATUS_USAGE;
}

/* The daemon will leave the folder that the user's paths are relative to. */
static int make_paths_absolute(struct host *host)
{
    if (host->options.mount != NULL) {
        host->mount_dir = realpath(host->options.mount, NULL);
        if (host->mount_dir == NULL) {
            log_error("--mount: %s: %s%s", host->options.mount, strerror(errno),
                      errno == ENOENT ? "; make the directory first" : "");
            return -errno;
        }
    }
    if (host->options.pidfile != NULL) {
        host->pid_path = pidfile_absolute_path(host->options.pidfile);
        if (host->pid_path == NULL) {
            log_error("--pidfile: %s: %s", host->options.pidfile, strerror(errno));
            return -errno;
        }
    }
    return 0;
}

/* A file has one set of variables: it is one driver; and a driver is known by its name. */
static bool is_another_driver(const struct host *host, const struct host_driver *driver)
{
    for (const struct host_driver *other = host->drivers; other < driver; other++) {
        const char *file = driver->options->operand, *other_file = other->options->operand;
        if (other->entry == driver->entry) {
            log_error("%s: it is the file %s, which is loaded already: one file is one driver",
                      file, other_file);
            return false;
        }
        if (strcasecmp(other->service, driver->service) == 0) {
            log_error("%s: the driver %s is that of %s: give the file another name", file,
                      driver->service, other_file);
            return false;
        }
    }
    return true;
}

static bool find_driver(const struct host *host, struct host_driver *driver)
{
    const WDFUSE_HOST *description = host->description;
    char error[HOST_ERROR_SIZE] = "";
    driver->entry = driver->options->operand == NULL
                        ? description->DriverEntry
                        : description->FindDriver(driver->options->operand, error, sizeof(error));
    if (driver->entry == NULL)
        log_error("%s", error);
    return driver->entry != NULL && is_another_driver(host, driver);
}

static int add_device(struct host_driver *driver, const char *name)
{
    struct wdf_device *device;
    NTSTATUS status = driver_add_device(driver->driver, name, &device);
    if (NT_SUCCESS(status) && device != NULL) {
        driver->devices[driver->device_count++] = device;
        return 0;
    }
    if (NT_SUCCESS(status))
        log_error("the driver %s has added no device", driver->service);
    else
        log_error("the driver %s does not add its device: %s", driver->service,
                  nt_status_name(status));
    return -EIO;
}

/* What is not whole in the end is nobody's: a device that fails takes those before it with it. */
static int add_devices(struct host_driver *driver)
{
    const struct host_driver_options *options = driver->options;
    if (!driver_is_pnp(driver->driver)) {
        if (options->name_count > 0)
            log_warning("--name: the driver %s names its devices itself", driver->service);
        return 0;
    }
    int error = options->name_count == 0 ? add_device(driver, options->default_name) : 0;
    for (unsigned i = 0; i < options->name_count && error == 0; i++)
        error = add_device(driver, options->names[i]);
    return error;
}

/* It can't fail: the options have been checked, and there is room for as many. */
static void ask_for_traces(const struct host_options *options)
{
    char error[HOST_ERROR_SIZE];
    for (unsigned i = 0; i < options->trace_count; i++)
        (void)WdfuseTraceEnable(options->traces[i], error, sizeof(error));
}

static int start_driver(struct host_driver *driver)
{
    NTSTATUS status = driver_load(driver->entry, driver->service,
                                  config_file_configuration(driver->config), &driver->driver);
    if (!NT_SUCCESS(status)) {
        log_error("the driver %s does not start: DriverEntry returned %s", driver->service,
                  nt_status_name(status));
        return -EIO;
    }
    return add_devices(driver);
}

/* All files are looked at before the code of any runs. */
static int start_drivers(struct host *host)
{
    int error = 0;
    for (unsigned i = 0; i < host->driver_count; i++) {
        if (!find_driver(host, &host->drivers[i]))
            return -ENOEXEC;
    }
    crash_report_start(host->description->ProgramName, host->drivers[0].entry);
    for (unsigned i = 0; i < host->driver_count && error == 0; i++)
        error = start_driver(&host->drivers[i]);
    if (error == 0)
        trace_warn_of_unknown_flags();
    return error;
}

static bool mode_is_given(const void *context, const struct driver *driver, mode_t *mode)
{
    const struct host *host = context;
    for (unsigned i = 0; i < host->driver_count; i++) {
        const struct host_driver_options *options = host->drivers[i].options;
        if (host->drivers[i].driver != driver || !options->mode_is_given)
            continue;
        *mode = options->mode;
        return true;
    }
    return false;
}

static int open_nodes(struct host *host)
{
    const struct host_options *options = &host->options;
    struct nodes_options settings = {
        .transport =
            {
                .mount_dir = host->mount_dir,
                .mode = options->drivers[0].mode,
                .owner = options->has_user ? options->user : (uid_t)-1,
                .group = options->has_group  ? options->group
                         : options->has_user ? options->user_group
                                             : (gid_t)-1,
                .workers = options->workers,
                .spin_us = options->spin_us,
                .debug = options->debug,
            },
        .mode_is_given = mode_is_given,
        .mode_context = host,
        .links = host->links,
    };
    return nodes_open(&settings, &host->nodes);
}

/* The devices are open: what is left to do before the world may know. */
static int become_daemon(struct host *host)
{
    int error = host->pid_path != NULL ? pidfile_create(host->pid_path, &host->pidfile) : 0;
    if (error == 0)
        error = privileges_drop(&host->options);
    if (error != 0)
        return error;
    if (!host->options.foreground) {
        messages_use_syslog(host->description->ProgramName);
        crash_report_to_syslog();
    }
    nodes_log_ready(host->nodes);
    error = background_ready(&host->background);
    if (error != 0)
        log_error("going to the background failed: %s", strerror(-error));
    return error;
}

static void report_driver(void *argument)
{
    (void)argument;
    driver_report_callbacks();
}

static void report_and_forget_pidfile(void *argument)
{
    struct host *host = argument;
    driver_report_held();
    pidfile_remove(host->pidfile);
}

/* From here to stop_finish the driver may keep this thread for as long as it likes. */
static void guard(struct host *host)
{
    const struct stop_listener listener = {
        .argument = host, .report = report_driver, .last_words = report_and_forget_pidfile};
    stop_guard(host->stop, &listener);
}

/* What one device's suspend or resume has returned: false if that has failed, and the device is to
 * be removed. */
static bool end_transition(struct wdf_device *device, NTSTATUS status, const char *transition,
                           const char *success)
{
    const char *name = device_node_name(device);
    if (NT_SUCCESS(status)) {
        log_info("%s is %s", name, success);
        return true;
    }
    if (!device_has_failed(device))
        return true; /* it was not started, or not suspended */
    log_error("%s does not %s: %s; the device is removed", name, transition,
              nt_status_name(status));
    return false;
}

/* In order of their start; NULL: the first, and at the end. */
static struct wdf_device *next_device(const struct host *host, const struct wdf_device *previous)
{
    bool is_next = previous == NULL;
    for (unsigned i = 0; i < host->driver_count; i++) {
        const struct host_driver *driver = &host->drivers[i];
        for (unsigned j = 0; j < driver->device_count; j++) {
            if (is_next)
                return driver->devices[j];
            is_next = driver->devices[j] == previous;
        }
    }
    return NULL;
}

/* The first that fails is the answer (S11.12, S18.47). */
static int suspend_devices(struct host *host)
{
    bool is_well = true;
    guard(host);
    struct wdf_device *device = NULL;
    while (is_well && (device = next_device(host, device)) != NULL) {
        NTSTATUS status = device_suspend(device);
        is_well = end_transition(device, status, "suspend", "suspended: requests wait for SIGUSR2");
    }
    stop_finish(host->stop);
    return is_well ? 0 : -EIO;
}

static int resume_devices(struct host *host)
{
    bool is_well = true;
    guard(host);
    struct wdf_device *device = NULL;
    while (is_well && (device = next_device(host, device)) != NULL) {
        NTSTATUS status = device_resume(device);
        is_well = end_transition(device, status, "resume", "resumed");
    }
    stop_finish(host->stop);
    return is_well ? 0 : -EIO;
}

/*
 * Sleep and wake-up of the PnP devices by signal, as long as there is no other way to ask. A device
 * that does not go to sleep, or not wake up, is removed, and the daemon ends with it.
 */
static int run_devices(struct host *host)
{
    int error = 0;
    while (error == 0) {
        switch (stop_wait(host->stop, nodes_ended_descriptor(host->nodes),
                          nodes_failed_descriptor(host->nodes))) {
        case STOP_REMOVE:
            return 0;
        case STOP_SUSPEND:
            error = suspend_devices(host);
            break;
        case STOP_RESUME:
            error = resume_devices(host);
            break;
        case STOP_FAILED:
            error = -EIO;
            break;
        }
    }
    return error;
}

static void end_driver(struct host_driver *driver)
{
    for (unsigned i = 0; i < driver->device_count; i++)
        device_end(driver->devices[i]);
}

static void unload_driver(struct host_driver *driver)
{
    if (driver->driver == NULL)
        return;
    for (unsigned i = 0; i < driver->device_count; i++)
        device_delete(driver->devices[i]);
    driver_unload(driver->driver);
}

/* The workers serve until the last request is answered: a cancelled client hears of it. The driver
 * that was loaded last goes first. */
static void remove_devices(struct host *host)
{
    stop_begin(host->stop);
    guard(host);
    driver_shut_down(false);
    for (unsigned i = host->driver_count; i-- > 0;)
        end_driver(&host->drivers[i]);
    driver_shut_down(true);
    for (unsigned i = host->driver_count; i-- > 0;) {
        if (host->drivers[i].driver != NULL)
            driver_end_control_devices(host->drivers[i].driver);
    }
    nodes_close(host->nodes);
    for (unsigned i = host->driver_count; i-- > 0;)
        unload_driver(&host->drivers[i]);
    stop_finish(host->stop);
}

static int serve_devices(struct host *host)
{
    int error = open_nodes(host);
    if (error == 0)
        error = become_daemon(host);
    return error == 0 ? run_devices(host) : error;
}

static int serve(struct host *host)
{
    guard(host);
    int error = start_drivers(host);
    stop_finish(host->stop);
    if (error == 0 && !stop_was_asked(host->stop))
        error = serve_devices(host);
    remove_devices(host);
    pidfile_remove(host->pidfile);
    return error;
}

static void name_drivers(struct host *host)
{
    host->driver_count = host->options.driver_count;
    for (unsigned i = 0; i < host->driver_count; i++) {
        const struct host_driver_options *options = &host->options.drivers[i];
        host->drivers[i].options = options;
        host->drivers[i].service =
            options->operand != NULL ? options->operand_name : host->description->ServiceName;
    }
}

/* The record lock on a file keeps processes apart, not two drivers of one (configfile.h). */
static int open_configuration(const struct host *host, struct host_driver *driver)
{
    int error = config_file_open(driver->options->config, &driver->config);
    for (const struct host_driver *other = host->drivers; other < driver && error == 0; other++) {
        if (!config_file_is_same(other->config, driver->config))
            continue;
        log_error("--config: %s is the driver %s's already: give %s a file of its own",
                  driver->options->config, other->service, driver->service);
        error = -EBUSY;
    }
    return error;
}

static int open_configurations(struct host *host)
{
    int error = 0;
    for (unsigned i = 0; i < host->driver_count && error == 0; i++)
        error = open_configuration(host, &host->drivers[i]);
    return error;
}

static int run(struct host *host)
{
    int status;
    if (privileges_prepare(&host->options) != 0 || make_paths_absolute(host) != 0 ||
        open_configurations(host) != 0)
        return STATUS_FAILED;
    if (!host->options.foreground && background_start(&host->background, &status))
        return status;
    if (stop_create(host->options.stop_timeout_s, &host->stop) != 0)
        return STATUS_FAILED;
    status = links_start(&host->links) == 0 && serve(host) == 0 ? STATUS_OK : STATUS_FAILED;
    links_stop(host->links);
    stop_destroy(host->stop);
    return status;
}

/* Whatever we open must not become somebody's stdin, stdout or stderr. */
static void open_standard_descriptors(void)
{
    int descriptor;
    do
        descriptor = open("/dev/null", O_RDWR);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

/*
 * The heap of many workers would have many arenas, each with memory of its own that the others
 * can't use. Requests come from a store, and small blocks from each thread's cache: one arena is
 * not in anybody's way.
 */
static void keep_heap_small(void)
{
    mallopt(M_ARENA_MAX, 1);
}

int WdfuseHostMain(int Argc, char **Argv, const WDFUSE_HOST *Host)
{
    static struct host host;
    host = (struct host){.description = Host, .background.pipe = -1};
    char error[HOST_ERROR_SIZE];
    open_standard_descriptors();
    keep_heap_small();
    if (host_options_parse(Argc, Argv, Host, &host.options, error, sizeof(error)) != 0)
        return show_usage_error(Host, error);
    if (host.options.action == HOST_SHOW_HELP)
        return show_help(Host);
    if (host.options.action == HOST_SHOW_VERSION)
        return show_version(Host);

    name_drivers(&host);
    messages_use_stderr(Host->ProgramName);
    log_set_level(host.options.log_level);
    ask_for_traces(&host.options);
    int status = run(&host);
    for (unsigned i = 0; i < host.driver_count; i++)
        config_file_close(host.drivers[i].config);
    free(host.mount_dir);
    free(host.pid_path);
    return status;
}
