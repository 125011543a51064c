/* Stacks of devices. See stacks.h. */
#include "host/stacks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/lifecycle.h"
#include "host/childstacks.h"
#include "host/drivers.h"
#include "host/infinstall.h"
#include "host/stack.h"
#include "linuxfile/linuxfile.h"
#include "nt/status.h"
#include "port/log.h"

struct stacks {
    struct drivers *drivers;
    struct child_stacks *children;
    struct left_device *left;
    unsigned count;
    struct stack all[];
};

/* ---- from the command line ---- */

/* Including those of INFs that children may need later. */
static unsigned count_files(const struct host_options *options)
{
    unsigned count = options->driver_count + 1; /* that of files of Linux */
    for (unsigned i = 0; i < options->driver_count; i++)
        count += options->drivers[i].filter_count;
    return options->inf_path_count > 0 ? count + HOST_DRIVERS_MAX : count;
}

static int enter(struct stacks *stacks, struct stack *stack,
                 const struct host_driver_options *options, const char *program_service)
{
    stack->options = options;
    stack->is_for_children = options->child_id[0] != '\0';
    int error = stack_enter(stack, stacks->drivers, program_service);
    return error == 0 && stack->is_for_children ? child_stacks_add(stacks->children, stack) : error;
}

int stacks_create(const WDFUSE_HOST *description, const struct host_options *options,
                  struct stacks **result)
{
    unsigned count = options->driver_count;
    struct stacks *stacks = calloc(1, sizeof(*stacks) + count * sizeof(stacks->all[0]));
    *result = stacks;
    if (stacks == NULL) {
        log_error("no memory for %u stacks of devices", count);
        return -ENOMEM;
    }
    stacks->count = count;
    int error = drivers_create(description, count_files(options), &stacks->drivers);
    if (error == 0)
        error = child_stacks_create(options, stacks->drivers, &stacks->children);
    for (unsigned i = 0; i < count && error == 0; i++)
        error = enter(stacks, &stacks->all[i], &options->drivers[i], description->ServiceName);
    return error == 0 ? drivers_open_configurations(stacks->drivers) : error;
}

void stacks_destroy(struct stacks *stacks)
{
    if (stacks == NULL)
        return;
    drivers_destroy(stacks->drivers);
    child_stacks_destroy(stacks->children);
    free(stacks);
}

/* ---- building and starting ---- */

static void log_not_added(const struct host_driver *driver, NTSTATUS status)
{
    if (NT_SUCCESS(status))
        log_error("the driver %s has added no device", driver->name);
    else
        log_error("the driver %s does not add its device: %s", driver->name,
                  nt_status_name(status));
}

/* A filter that refuses is left out of the stack (S3.7); a stack of only filters is useless. */
static int build(const struct stack *stack, const char *name, struct wdf_device **result)
{
    *result = NULL;
    const struct host_driver_options *options = stack->options;
    if (options->on != NULL) {
        int error = linuxfile_next(options->on, options->passes_all_controls);
        if (error != 0)
            return error;
    }
    const struct device_installation *installation =
        options->installation != NULL ? &options->installation->device : NULL;
    for (unsigned i = 0; i < stack->layer_count; i++) {
        struct host_driver *driver = stack->layers[i];
        struct wdf_device *lower = *result;
        NTSTATUS status = driver_stack_device(driver->driver, name, installation, lower, result);
        if (NT_SUCCESS(status) && (*result != lower || driver != stack->function))
            continue;
        log_not_added(driver, status);
        device_abandon(lower);
        *result = NULL;
        return -EIO;
    }
    return 0;
}

static int start_device(struct stack *stack, const char *name, struct wdf_device **device)
{
    int error = build(stack, name, device);
    if (error != 0)
        return error;
    if (stack->options->installation != NULL)
        device_install(*device, &stack->options->installation->device);
    NTSTATUS status = device_start(*device);
    if (NT_SUCCESS(status))
        return 0;
    log_not_added(stack->function, status);
    return -EIO;
}

static int add_device(struct stack *stack, const char *name)
{
    int error = start_device(stack, name, &stack->devices[stack->device_count]);
    if (error == 0)
        stack->device_count++;
    return error;
}

/* No partial stacks: if a device fails, those before it are removed, too. */
static int add_devices(struct stack *stack)
{
    const struct host_driver_options *options = stack->options;
    if (stack->is_for_children) /* they come from their bus driver */
        return stack_is_pnp(stack) ? 0 : -EINVAL;
    if (stack->layer_count == 1 && !driver_is_pnp(stack->function->driver)) {
        if (options->name_count > 0)
            log_warning("--name: the driver %s names its devices itself", stack->function->name);
        return 0;
    }
    if (!stack_is_pnp(stack))
        return -EINVAL;
    int error = options->name_count == 0 ? add_device(stack, options->default_name) : 0;
    for (unsigned i = 0; i < options->name_count && error == 0; i++)
        error = add_device(stack, options->names[i]);
    return error;
}

/* All layers see the same file; none has been opened yet. */
static int tell_file_name(const struct stack *stack)
{
    const char *file_name = stack->options->behind_name;
    for (unsigned i = 0; i < stack->layer_count && file_name != NULL; i++) {
        NTSTATUS status = driver_set_file_name(stack->layers[i]->driver, file_name);
        if (NT_SUCCESS(status))
            continue;
        log_error("--file-name: %s: %s", file_name, nt_status_name(status));
        return -EINVAL;
    }
    return 0;
}

int stacks_start(struct stacks *stacks)
{
    linuxfile_serve_targets();
    int error = drivers_find(stacks->drivers);
    if (error == 0)
        error = drivers_load(stacks->drivers);
    for (unsigned i = 0; i < stacks->count && error == 0; i++)
        error = tell_file_name(&stacks->all[i]);
    child_stacks_serve(stacks->children);
    for (unsigned i = 0; i < stacks->count && error == 0; i++)
        error = add_devices(&stacks->all[i]);
    return error;
}

int stacks_check_access(const struct stacks *stacks)
{
    for (unsigned i = 0; i < stacks->count; i++) {
        const char *path = stacks->all[i].options->on;
        if (path == NULL || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 ||
            faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
            continue;
        int error = errno;
        log_error("--on=%s: %s: the daemon's user and group must be allowed to open it", path,
                  strerror(error));
        return -error;
    }
    return 0;
}

/* ---- settings of their nodes ---- */

static bool has_device(const struct stack *stack, const struct wdf_device *device)
{
    for (unsigned i = 0; i < stack->device_count; i++) {
        if (stack->devices[i] == device)
            return true;
    }
    return false;
}

/* A filter may have devices in several stacks; control devices and children belong to the function
 * driver. */
static const struct stack *stack_of(const struct stacks *stacks, const struct wdf_device *device)
{
    const struct stack *of_driver = NULL;
    for (unsigned i = 0; i < stacks->count; i++) {
        const struct stack *stack = &stacks->all[i];
        if (has_device(stack, device))
            return stack;
        if (stack->function->driver == device_driver(device) && !stack->is_for_children)
            of_driver = stack;
    }
    return of_driver != NULL ? of_driver
                             : child_stacks_of_driver(stacks->children, device_driver(device));
}

/* An INF's settings are for the devices that it installs, not for control devices of their drivers
 * or for children. */
static bool is_installed(const struct stack *stack, const struct wdf_device *device)
{
    const struct host_installation *installation = stack->options->installation;
    return installation != NULL && installation->has_mode &&
           (has_device(stack, device) || (stack->is_for_children && !device_is_control(device)));
}

bool stacks_mode_is_given(const void *context, const struct wdf_device *device, mode_t *mode)
{
    const struct stack *stack = stack_of(context, device);
    if (stack == NULL)
        return false;
    bool is_by_inf = !stack->options->mode_is_given && is_installed(stack, device);
    *mode = is_by_inf ? stack->options->installation->mode : stack->options->mode;
    return stack->options->mode_is_given || is_by_inf;
}

/* ---- devices that fail ---- */

static void forget_device(struct stack *stack, unsigned index)
{
    stack->device_count--;
    for (unsigned i = index; i < stack->device_count; i++) {
        stack->devices[i] = stack->devices[i + 1];
        stack->restarts[i] = stack->restarts[i + 1];
    }
}

static bool may_restart(struct stack *stack, unsigned index)
{
    struct wdf_device *device = stack->devices[index];
    if (!device_wants_restart(device))
        return false;
    bool may = restarts_allow(&stack->restarts[index]);
    if (!may)
        log_error("%s has failed too often within a minute: it is given up",
                  device_node_name(device));
    return may;
}

/* Its node stays, and leads to the device that replaces it. */
static int restart(struct stacks *stacks, struct stack *stack, unsigned index)
{
    struct wdf_device *device = stack->devices[index], *next;
    if (!may_restart(stack, index))
        return -EIO;
    struct left_device *left = calloc(1, sizeof(*left));
    if (left == NULL) {
        log_error("no memory to start %s anew", device_node_name(device));
        return -ENOMEM;
    }
    const char *name = device_node_name(device);
    log_warning("%s has failed: it is removed, and started anew", name);
    device_give_way(device);
    *left = (struct left_device){.next = stacks->left, .device = device};
    stacks->left = left;
    int error = start_device(stack, name, &next);
    if (error == 0) {
        stack->devices[index] = next;
        log_info("%s is there again", name);
    } else {
        forget_device(stack, index);
    }
    devices_delete_left(&stacks->left, false);
    return error;
}

int stacks_restart_failed(struct stacks *stacks)
{
    int error = 0;
    for (unsigned i = 0; i < stacks->count; i++) {
        struct stack *stack = &stacks->all[i];
        for (unsigned j = 0; j < stack->device_count && error == 0; j++) {
            if (device_has_failed(stack->devices[j]))
                error = restart(stacks, stack, j);
        }
    }
    return error;
}

/* ---- power ---- */

/* The result of one device's suspend or resume: false if the device has failed in it. */
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
    log_error("%s does not %s: %s", name, transition, nt_status_name(status));
    return false;
}

static bool suspend(struct wdf_device *device)
{
    return end_transition(device, device_suspend(device, PowerSystemSleeping3), "suspend",
                          "suspended: requests wait for SIGUSR2");
}

static bool resume(struct wdf_device *device)
{
    return end_transition(device, device_resume(device), "resume", "resumed");
}

/* In order of their start, until one fails and can't be started anew. */
static int for_each_device(struct stacks *stacks, bool (*action)(struct wdf_device *device))
{
    int error = 0;
    for (unsigned i = 0; i < stacks->count; i++) {
        struct stack *stack = &stacks->all[i];
        for (unsigned j = 0; j < stack->device_count && error == 0; j++) {
            if (!action(stack->devices[j]))
                error = restart(stacks, stack, j);
        }
    }
    return error;
}

int stacks_suspend(struct stacks *stacks)
{
    return for_each_device(stacks, suspend);
}

int stacks_resume(struct stacks *stacks)
{
    return for_each_device(stacks, resume);
}

bool stacks_wake(struct stacks *stacks)
{
    bool is_heard = false;
    for (unsigned i = 0; i < stacks->count; i++) {
        const struct stack *stack = &stacks->all[i];
        for (unsigned j = 0; j < stack->device_count; j++)
            is_heard |= NT_SUCCESS(device_wake(stack->devices[j], STATUS_SUCCESS));
    }
    return is_heard;
}

/* ---- the end ---- */

void stacks_end(struct stacks *stacks)
{
    driver_shut_down(false);
    for (unsigned i = stacks->count; i-- > 0;) {
        for (unsigned j = 0; j < stacks->all[i].device_count; j++)
            device_end(stacks->all[i].devices[j]);
    }
    driver_shut_down(true);
    drivers_end_control_devices(stacks->drivers);
}

void stacks_delete(struct stacks *stacks)
{
    for (unsigned i = stacks->count; i-- > 0;) {
        for (unsigned j = 0; j < stacks->all[i].device_count; j++)
            device_delete(stacks->all[i].devices[j]);
    }
    devices_delete_left(&stacks->left, true);
    child_stacks_stop();
    drivers_unload(stacks->drivers);
    linuxfile_unload_if_alone();
}
