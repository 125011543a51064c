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

/* One run. */
struct host {
    const WDFUSE_HOST *description;
    struct host_options options;
    struct config_file *config;
    const char *service; /* the driver's name */
    char *mount_dir;     /* absolute; NULL: CUSE */
    char *pid_path;      /* absolute; NULL: none */
    struct background background;
    struct stop *stop;
    struct driver *driver;                      /* NULL: not loaded */
    struct wdf_device *devices[HOST_NAMES_MAX]; /* that were added, in order */
    unsigned device_count;
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

static DRIVER_INITIALIZE *find_driver(const struct host *host)
{
    const WDFUSE_HOST *description = host->description;
    if (host->options.operand == NULL)
        return description->DriverEntry;
    char error[HOST_ERROR_SIZE] = "";
    DRIVER_INITIALIZE *driver_entry =
        description->FindDriver(host->options.operand, error, sizeof(error));
    if (driver_entry == NULL)
        log_error("%s", error);
    return driver_entry;
}

static int add_device(struct host *host, const char *name)
{
    struct wdf_device *device;
    NTSTATUS status = driver_add_device(host->driver, name, &device);
    if (NT_SUCCESS(status) && device != NULL) {
        host->devices[host->device_count++] = device;
        return 0;
    }
    if (NT_SUCCESS(status))
        log_error("the driver %s has added no device", host->service);
    else
        log_error("the driver %s does not add its device: %s", host->service,
                  nt_status_name(status));
    return -EIO;
}

/* What is not whole in the end is nobody's: a device that fails takes those before it with it. */
static int add_devices(struct host *host)
{
    const struct host_options *options = &host->options;
    if (!driver_is_pnp(host->driver)) {
        if (options->name_count > 0)
            log_warning("--name: the driver %s names its devices itself", host->service);
        return 0;
    }
    int error = options->name_count == 0 ? add_device(host, options->default_name) : 0;
    for (unsigned i = 0; i < options->name_count && error == 0; i++)
        error = add_device(host, options->names[i]);
    return error;
}

/* It can't fail: the options have been checked, and there is room for as many. */
static void ask_for_traces(const struct host_options *options)
{
    char error[HOST_ERROR_SIZE];
    for (unsigned i = 0; i < options->trace_count; i++)
        (void)WdfuseTraceEnable(options->traces[i], error, sizeof(error));
}

static int start_driver(struct host *host)
{
    DRIVER_INITIALIZE *driver_entry = find_driver(host);
    if (driver_entry == NULL)
        return -ENOEXEC;
    crash_report_start(host->description->ProgramName, driver_entry);
    NTSTATUS status = driver_load(driver_entry, host->service, &host->driver);
    if (!NT_SUCCESS(status)) {
        log_error("the driver %s does not start: DriverEntry returned %s", host->service,
                  nt_status_name(status));
        return -EIO;
    }
    trace_warn_of_unknown_flags();
    return add_devices(host);
}

static int open_nodes(struct host *host)
{
    const struct host_options *options = &host->options;
    struct nodes_options settings = {
        .transport =
            {
                .mount_dir = host->mount_dir,
                .mode = options->mode,
                .owner = options->has_user ? options->user : (uid_t)-1,
                .group = options->has_group  ? options->group
                         : options->has_user ? options->user_group
                                             : (gid_t)-1,
                .workers = options->workers,
                .spin_us = options->spin_us,
                .debug = options->debug,
            },
        .mode_is_given = options->mode_is_given,
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

/* The first that fails is the answer (S11.12, S18.47). */
static int suspend_devices(struct host *host)
{
    bool is_well = true;
    guard(host);
    for (unsigned i = 0; i < host->device_count && is_well; i++) {
        NTSTATUS status = device_suspend(host->devices[i]);
        is_well = end_transition(host->devices[i], status, "suspend",
                                 "suspended: requests wait for SIGUSR2");
    }
    stop_finish(host->stop);
    return is_well ? 0 : -EIO;
}

static int resume_devices(struct host *host)
{
    bool is_well = true;
    guard(host);
    for (unsigned i = 0; i < host->device_count && is_well; i++) {
        NTSTATUS status = device_resume(host->devices[i]);
        is_well = end_transition(host->devices[i], status, "resume", "resumed");
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

/* The workers serve until the last request is answered: a cancelled client hears of it. */
static void remove_devices(struct host *host)
{
    stop_begin(host->stop);
    guard(host);
    driver_shut_down(false);
    for (unsigned i = 0; i < host->device_count; i++)
        device_end(host->devices[i]);
    driver_shut_down(true);
    driver_end_control_devices(host->driver);
    nodes_close(host->nodes);
    for (unsigned i = 0; i < host->device_count; i++)
        device_delete(host->devices[i]);
    driver_unload(host->driver);
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
    int error = start_driver(host);
    stop_finish(host->stop);
    if (error == 0 && !stop_was_asked(host->stop))
        error = serve_devices(host);
    if (host->driver != NULL)
        remove_devices(host);
    pidfile_remove(host->pidfile);
    return error;
}

static int run(struct host *host)
{
    int status;
    if (privileges_prepare(&host->options) != 0 || make_paths_absolute(host) != 0 ||
        config_file_open(host->options.config, &host->config) != 0)
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
    struct host host = {.description = Host, .background.pipe = -1};
    char error[HOST_ERROR_SIZE];
    open_standard_descriptors();
    keep_heap_small();
    if (host_options_parse(Argc, Argv, Host, &host.options, error, sizeof(error)) != 0)
        return show_usage_error(Host, error);
    if (host.options.action == HOST_SHOW_HELP)
        return show_help(Host);
    if (host.options.action == HOST_SHOW_VERSION)
        return show_version(Host);

    host.service = host.options.operand != NULL ? host.options.operand_name : Host->ServiceName;
    messages_use_stderr(Host->ProgramName);
    log_set_level(host.options.log_level);
    ask_for_traces(&host.options);
    int status = run(&host);
    config_file_close(host.config);
    free(host.mount_dir);
    free(host.pid_path);
    return status;
}
