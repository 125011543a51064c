/*
 * A driver as a daemon, from the command line to the exit status. See <wdfuse/host.h>.
 *
 * Everything that serve() starts it also ends, in the opposite order, whatever failed
 * in between. */
#include <wdfuse/host.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/control.h"
#include "framework/io.h"
#include "framework/lifecycle.h"
#include "host/background.h"
#include "host/commands.h"
#include "host/crash.h"
#include "host/historyfile.h"
#include "host/infcheck.h"
#include "host/infinstall.h"
#include "host/inherited.h"
#include "host/leftovers.h"
#include "host/links.h"
#include "host/messages.h"
#include "host/nodes.h"
#include "host/options.h"
#include "host/pidfile.h"
#include "host/privileges.h"
#include "host/runtimefolder.h"
#include "host/servicemanager.h"
#include "host/stacks.h"
#include "host/sandbox.h"
#include "host/sleepbus.h"
#include "host/statefolder.h"
#include "host/stop.h"
#include "host/wakesource.h"
#include "nt/trace.h"
#include "port/log.h"
#include "transport/transport.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* One run. */
struct host {
    const WDFUSE_HOST *description;
    struct host_options options;
    char *mount_dir; /* absolute; NULL: CUSE */
    char *pid_path;  /* absolute; NULL: none */
    /* Absolute, of --inf-path and --driver-path; NULL after the last. */
    char *folders[2 * HOST_DRIVER_PATHS_MAX + 1];
    struct background background;
    struct stop *stop;
    struct stacks *stacks;
    struct nodes *nodes;
    struct links *links;
    struct wake_source *wake_source; /* NULL: none */
    struct sleep_bus *sleep_bus;     /* NULL: none */
    struct control *control;         /* NULL: none */
    bool is_suspended;
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

static int make_folder_absolute(struct host *host, const char **path, const char *option)
{
    char *absolute = realpath(*path, NULL);
    if (absolute == NULL) {
        log_error("%s: %s: %s", option, *path, strerror(errno));
        return -errno;
    }
    char **last = host->folders;
    while (*last != NULL)
        last++;
    *last = absolute;
    *path = absolute;
    return 0;
}

/* INFs and drivers are looked up whenever a child appears. */
static int make_folders_absolute(struct host *host)
{
    struct host_options *options = &host->options;
    int error = 0;
    for (unsigned i = 0; i < options->inf_path_count && error == 0; i++)
        error = make_folder_absolute(host, &options->inf_paths[i], "--inf-path");
    for (unsigned i = 0; i < options->driver_path_count && error == 0; i++)
        error = make_folder_absolute(host, &options->driver_paths[i], "--driver-path");
    return error;
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

/* A stack must not be on a node of this daemon. */
static int check_own_nodes(const struct host *host)
{
    const struct host_options *options = &host->options;
    const char *folder = host->mount_dir != NULL ? host->mount_dir : "/dev";
    for (unsigned i = 0; i < options->driver_count; i++) {
        const char *on = options->drivers[i].on;
        char *path = on != NULL ? realpath(on, NULL) : NULL;
        size_t length = strlen(folder);
        bool is_own = path != NULL && strncmp(path, folder, length) == 0 && path[length] == '/' &&
                      host_options_have_name(options, path + length + 1);
        free(path);
        if (is_own) {
            log_error("--on=%s: that is a device of this daemon itself", on);
            return -ELOOP;
        }
    }
    return 0;
}

/* It can't fail: the options were checked, and there is room for all. */
static void ask_for_traces(const struct host_options *options)
{
    char error[HOST_ERROR_SIZE];
    for (unsigned i = 0; i < options->trace_count; i++)
        (void)WdfuseTraceEnable(options->traces[i], error, sizeof(error));
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
                .uring = options->uring,
                .debug = options->shows_wire,
            },
        .mode_is_given = stacks_mode_is_given,
        .mode_context = host->stacks,
        .links = host->links,
    };
    return nodes_open(&settings, &host->nodes);
}

/* The devices are open: the last steps before the daemon reports ready. */
static int become_daemon(struct host *host)
{
    int error = host->pid_path != NULL ? pidfile_create(host->pid_path) : 0;
    inherited_close();
    links_settle(host->links);
    if (error == 0)
        error = privileges_drop(&host->options);
    if (error == 0)
        error = stacks_check_access(host->stacks);
    if (error == 0)
        error = sandbox_enter(host->options.sandbox);
    if (error != 0)
        return error;
    if (!host->options.foreground) {
        messages_use_syslog(host->description->ProgramName);
        crash_report_to_syslog();
    }
    nodes_log_ready(host->nodes);
    error = background_ready(&host->background);
    if (error == 0)
        service_manager_tell_ready();
    else
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
    pidfile_remove(host->pid_path, getpid());
}

/* From here to stop_finish the driver may block this thread for any time. */
static void guard(struct host *host)
{
    const struct stop_listener listener = {
        .argument = host, .report = report_driver, .last_words = report_and_forget_pidfile};
    stop_guard(host->stop, &listener);
}

static int suspend_devices(struct host *host)
{
    guard(host);
    int error = stacks_suspend(host->stacks);
    host->is_suspended = true;
    stop_finish(host->stop);
    service_manager_tell_status("the devices are suspended");
    return error;
}

static int resume_devices(struct host *host)
{
    guard(host);
    int error = stacks_resume(host->stacks);
    host->is_suspended = false;
    stop_finish(host->stop);
    service_manager_tell_status("the devices work");
    return error;
}

static NTSTATUS command_guarded(struct host *host, const struct control_command *command)
{
    guard(host);
    NTSTATUS status = command_execute(command);
    stop_finish(host->stop);
    return status;
}

/* The system waits for us, up to its own limit: then it sleeps all the same. */
static int follow_system(struct host *host)
{
    enum sleep_event event;
    int error = 0;
    while (error == 0 && (event = sleep_bus_next(host->sleep_bus)) != SLEEP_NONE) {
        if (event == SLEEP_BEGINS) {
            log_info("the system goes to sleep");
            error = suspend_devices(host);
            sleep_bus_go(host->sleep_bus);
        } else {
            log_info("the system wakes");
            error = resume_devices(host);
            sleep_bus_stay(host->sleep_bus);
        }
    }
    return error;
}

static void wake_devices(struct host *host)
{
    if (wake_source_take(host->wake_source) && !stacks_wake(host->stacks))
        log_info("a wake signal: no device waits for one");
}

/* An armed device, children included, wakes the whole daemon, as it would
 * the system. */
static int end_sleep(struct host *host)
{
    nodes_take_waking(host->nodes);
    return host->is_suspended ? resume_devices(host) : 0;
}

static NTSTATUS execute(struct host *host, const struct control_command *command)
{
    switch (command->verb) {
    case CONTROL_SUSPEND:
        return suspend_devices(host) == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
    case CONTROL_RESUME:
        return resume_devices(host) == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
    case CONTROL_WAKE:
        return stacks_wake(host->stacks) ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_REQUEST;
    default:
        return command_guarded(host, command);
    }
}

/* A permanent failure ends the daemon, as with a signal. */
static int run_command(struct host *host)
{
    const struct control_command *command = control_take_command(host->control);
    if (command == NULL)
        return 0;
    bool is_of_all = command->verb == CONTROL_SUSPEND || command->verb == CONTROL_RESUME;
    NTSTATUS status = execute(host, command);
    control_finish_command(host->control, status);
    return is_of_all && !NT_SUCCESS(status) ? -EIO : 0;
}

/* S18.49: or the daemon ends with the device. */
static int restart_devices(struct host *host)
{
    if (!nodes_take_failures(host->nodes))
        return -EIO;
    guard(host);
    int error = stacks_restart_failed(host->stacks);
    stop_finish(host->stop);
    return error;
}

/*
 * Sleep and wake-up of the PnP devices by signal, or with the system. A device that fails is
 * restarted, or the daemon ends with it.
 */
static int run_devices(struct host *host)
{
    int error = 0;
    while (error == 0) {
        const struct stop_sources sources = {
            .ended = nodes_ended_descriptor(host->nodes),
            .failed = nodes_failed_descriptor(host->nodes),
            .wake = wake_source_descriptor(host->wake_source),
            .sleep = sleep_bus_descriptor(host->sleep_bus),
            .command = control_descriptor(host->control),
            .woken = nodes_woken_descriptor(host->nodes),
        };
        switch (stop_wait(host->stop, &sources)) {
        case STOP_REMOVE:
            return 0;
        case STOP_SUSPEND:
            error = suspend_devices(host);
            break;
        case STOP_RESUME:
            error = resume_devices(host);
            break;
        case STOP_WAKE:
            wake_devices(host);
            break;
        case STOP_WOKEN:
            error = end_sleep(host);
            break;
        case STOP_SLEEP:
            error = follow_system(host);
            break;
        case STOP_COMMAND:
            error = run_command(host);
            if (error == 0 && !command_has_left_devices())
                return 0;
            break;
        case STOP_FAILED:
            error = restart_devices(host);
            break;
        }
    }
    return error;
}

/* S18.5: a device with a wake source can wake from any state, and wake
 * the system. */
static int offer_wake(struct host *host)
{
    if (host->options.wake_source == NULL)
        return 0;
    driver_set_wake(PowerDeviceD3, PowerSystemSleeping3);
    return wake_source_open(host->options.wake_source, &host->wake_source);
}

/* The workers serve until the last request is answered: cancelled clients get their answers. */
static void remove_devices(struct host *host)
{
    service_manager_tell_stopping();
    stop_begin(host->stop);
    guard(host);
    stacks_end(host->stacks);
    nodes_close(host->nodes);
    control_stop(host->control);
    stacks_delete(host->stacks);
    stop_finish(host->stop);
}

static int serve_devices(struct host *host)
{
    int error = open_nodes(host);
    if (error == 0)
        error = become_daemon(host);
    if (error != 0)
        return error;
    host->sleep_bus = sleep_bus_open(host->description->ProgramName);
    error = follow_system(host); /* events that came while it was opened */
    if (error == 0)
        error = run_devices(host);
    sleep_bus_close(host->sleep_bus);
    return error;
}

/* A daemon works without it: a failure was logged already. */
static void open_control(struct host *host)
{
    const struct host_options *options = &host->options;
    char folder[PATH_MAX];
    if (!options->has_control || runtime_folder_make(folder, sizeof(folder)) != 0 ||
        control_open(folder, host->description->ProgramName, &host->control) != 0)
        return;
    control_allow(host->control, options->has_user ? options->user : geteuid(),
                  options->has_group  ? options->group
                  : options->has_user ? options->user_group
                                      : getegid());
}

static void log_leftover(const char *path, int error, void *context)
{
    (void)context;
    if (error == 0)
        log_info("removed %s, whose daemon is gone", path);
    else
        log_warning("%s, whose daemon is gone, can't be removed: %s", path, strerror(-error));
}

/* The helper processes of a daemon may have been killed with it. */
static int start_links(struct host *host)
{
    leftovers_remove(host->mount_dir, log_leftover, NULL);
    open_control(host);
    const struct links_left left = {.nodes = host->mount_dir != NULL ? host->mount_dir : "/dev",
                                    .socket = control_path(host->control),
                                    .pidfile = host->pid_path,
                                    .daemon = getpid()};
    return links_start(&left, &host->links);
}

static int serve(struct host *host)
{
    (void)control_start(host->control);
    guard(host);
    int error = stacks_start(host->stacks);
    stop_finish(host->stop);
    if (error == 0 && !stop_was_asked(host->stop))
        error = serve_devices(host);
    remove_devices(host);
    pidfile_remove(host->pid_path, getpid());
    return error;
}

static int run(struct host *host)
{
    int status;
    if (privileges_prepare(&host->options) != 0 || make_paths_absolute(host) != 0 ||
        check_own_nodes(host) != 0 || offer_wake(host) != 0 || make_folders_absolute(host) != 0 ||
        state_folder_choose(&host->options) != 0 || infs_install(&host->options) != 0 ||
        stacks_create(host->description, &host->options, &host->stacks) != 0)
        return STATUS_FAILED;
    if (!host->options.foreground && background_start(&host->background, &status))
        return status;
    history_file_start(host->description->ProgramName, host->options.recorder_records);
    if (stop_create(host->options.stop_timeout_s, &host->stop) != 0)
        return STATUS_FAILED;
    status = start_links(host) == 0 && serve(host) == 0 ? STATUS_OK : STATUS_FAILED;
    control_close(host->control);
    links_stop(host->links);
    stop_destroy(host->stop);
    wake_source_close(host->wake_source);
    return status;
}

/* No descriptor that we open may become stdin, stdout or stderr. */
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
 * With many workers the heap would have many arenas, whose free memory the others can't use.
 * Requests come from a store, and small blocks from each thread's cache: one arena is no
 * bottleneck.
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
    inherited_note();
    service_manager_find();
    open_standard_descriptors();
    keep_heap_small();
    if (host_options_parse(Argc, Argv, Host, &host.options, error, sizeof(error)) != 0)
        return show_usage_error(Host, error);
    if (host.options.action == HOST_SHOW_HELP)
        return show_help(Host);
    if (host.options.action == HOST_SHOW_VERSION)
        return show_version(Host);
    if (host.options.action == HOST_CHECK_INF)
        return inf_check(Host->ProgramName, host.options.checked_inf) ? STATUS_OK : STATUS_FAILED;

    messages_use_stderr(Host->ProgramName);
    log_set_level(host.options.log_level);
    if (host.options.debug)
        messages_show_time();
    ask_for_traces(&host.options);
    io_set_quota(&host.options.process_quota, &host.options.user_quota);
    int status = run(&host);
    stacks_destroy(host.stacks);
    infs_forget(&host.options);
    for (char **folder = host.folders; *folder != NULL; folder++)
        free(*folder);
    free(host.mount_dir);
    free(host.pid_path);
    return status;
}
