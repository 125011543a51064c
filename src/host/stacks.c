/* Stacks of devices. See stacks.h. */
#include "host/stacks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <fcntl.h>

#include "framework/lifecycle.h"
#include "host/drivers.h"
#include "host/infinstall.h"
#include "linuxfile/linuxfile.h"
#include "nt/status.h"
#include "port/log.h"

/* The drivers of one stack, and a device for each of its names. */
struct stack {
    const struct host_driver_options *options;
    struct host_driver *layers[HOST_FILTERS_MAX + 1]; /* from the lowest to the uppermost */
    unsigned layer_count;
    struct host_driver *function;
    struct wdf_device *devices[HOST_NAMES_MAX]; /* the uppermost of each, in order */
    unsigned device_count;
};

struct stacks {
    struct drivers *drivers;
    struct child_drivers for_children;
    struct host_driver *linuxfile; /* of stacks that are on a device of Linux; NULL: none is */
    unsigned count;
    struct stack all[];
};

/* ---- from the command line ---- */

static unsigned count_files(const struct host_options *options)
{
    unsigned count = options->driver_count + 1; /* that of files of Linux */
    for (unsigned i = 0; i < options->driver_count; i++)
        count += options->drivers[i].filter_count;
    return count;
}

static int put_layer(struct stack *stack, struct host_driver *driver)
{
    for (unsigned i = 0; i < stack->layer_count; i++) {
        if (stack->layers[i] != driver)
            continue;
        log_error("%s: the driver %s is in the stack already: once is enough", driver->path,
                  driver->name);
        return -EINVAL;
    }
    stack->layers[stack->layer_count++] = driver;
    return 0;
}

static bool is_for_children(const struct stack *stack)
{
    return stack->options != NULL && stack->options->child_id[0] != '\0';
}

/* Of a stack that has devices of its own. */
static bool is_function(const struct stacks *stacks, const struct host_driver *driver)
{
    for (unsigned i = 0; i < stacks->count; i++) {
        if (stacks->all[i].function == driver && !is_for_children(&stacks->all[i]))
            return true;
    }
    return false;
}

/* A driver that is known already, or a new one. */
static int put_file(struct stacks *stacks, struct stack *stack, struct host_driver *known,
                    const char *path, const char *name, const char *config, const char *defaults)
{
    if (known == NULL)
        return put_layer(stack, drivers_enter(stacks->drivers, path, name, config, defaults));
    if (config == NULL)
        return put_layer(stack, known);
    log_error("--config: the driver %s is in an earlier stack: say its file there", known->name);
    return -EINVAL;
}

static int put_filter(struct stacks *stacks, struct stack *stack,
                      const struct host_filter_options *filter)
{
    char name[HOST_DRIVER_NAME_SIZE];
    if (filter->service != NULL)
        snprintf(name, sizeof(name), "%s", filter->service);
    else
        host_driver_name(filter->path, name);
    return put_file(stacks, stack, drivers_of_file(stacks->drivers, filter->path), filter->path,
                    name, filter->config, filter->defaults);
}

/* The function driver of two stacks is entered twice, which drivers_find refuses: --name is the way
 * to have several devices of a driver. */
static int put_function(struct stacks *stacks, struct stack *stack, const char *program_service)
{
    const struct host_driver_options *options = stack->options;
    const char *path = options->operand;
    struct host_driver *known = path != NULL ? drivers_of_file(stacks->drivers, path) : NULL;
    if (known != NULL && is_function(stacks, known) && !is_for_children(stack))
        known = NULL;
    int error =
        put_file(stacks, stack, known, path, path != NULL ? options->operand_name : program_service,
                 options->config, options->defaults);
    if (error == 0)
        stack->function = stack->layers[stack->layer_count - 1];
    return error;
}

static int put_filters(struct stacks *stacks, struct stack *stack, bool are_upper)
{
    int error = 0;
    for (unsigned i = 0; i < stack->options->filter_count && error == 0; i++) {
        const struct host_filter_options *filter = &stack->options->filters[i];
        if (filter->is_upper == are_upper)
            error = put_filter(stacks, stack, filter);
    }
    return error;
}

/* The driver of all devices of Linux that stacks are on. */
static int put_linuxfile(struct stacks *stacks, struct stack *stack)
{
    if (stacks->linuxfile == NULL) {
        stacks->linuxfile = drivers_enter(stacks->drivers, NULL, LINUXFILE_SERVICE, NULL, NULL);
        stacks->linuxfile->entry = linuxfile_entry;
    }
    stack->function = stacks->linuxfile; /* unless there is another one */
    return put_layer(stack, stacks->linuxfile);
}

/* As Windows loads them: those of the lower filters first. */
static int put_layers(struct stacks *stacks, struct stack *stack, const char *program_service)
{
    int error = stack->options->on != NULL ? put_linuxfile(stacks, stack) : 0;
    if (error == 0)
        error = put_filters(stacks, stack, false);
    bool is_copy = stack->options->on != NULL && stack->options->operand == NULL;
    if (error == 0 && !is_copy)
        error = put_function(stacks, stack, program_service);
    return error == 0 ? put_filters(stacks, stack, true) : error;
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
    for (unsigned i = 0; i < count && error == 0; i++) {
        stacks->all[i].options = &options->drivers[i];
        error = put_layers(stacks, &stacks->all[i], description->ServiceName);
    }
    return error == 0 ? drivers_open_configurations(stacks->drivers) : error;
}

void stacks_destroy(struct stacks *stacks)
{
    if (stacks == NULL)
        return;
    drivers_destroy(stacks->drivers);
    free(stacks);
}

/* ---- building and starting ---- */

/* A driver with control devices alone has nothing to be put into a stack. */
static bool are_layers_pnp(const struct stack *stack)
{
    for (unsigned i = 0; i < stack->layer_count; i++) {
        if (driver_is_pnp(stack->layers[i]->driver))
            continue;
        log_error("the driver %s makes control devices alone: it can't be in a stack",
                  stack->layers[i]->name);
        return false;
    }
    return true;
}

static void log_not_added(const struct host_driver *driver, NTSTATUS status)
{
    if (NT_SUCCESS(status))
        log_error("the driver %s has added no device", driver->name);
    else
        log_error("the driver %s does not add its device: %s", driver->name,
                  nt_status_name(status));
}

/* What a filter does not want to be in is built without it (S3.7); of nothing but filters nobody
 * has a use. */
static int build(const struct stack *stack, const char *name, struct wdf_device **result)
{
    *result = NULL;
    const struct host_driver_options *options = stack->options;
    if (options->on != NULL) {
        int error = linuxfile_next(options->on, options->passes_all_controls);
        if (error != 0)
            return error;
    }
    for (unsigned i = 0; i < stack->layer_count; i++) {
        struct host_driver *driver = stack->layers[i];
        struct wdf_device *lower = *result;
        NTSTATUS status = driver_stack_device(driver->driver, name, lower, result);
        if (NT_SUCCESS(status) && (*result != lower || driver != stack->function))
            continue;
        log_not_added(driver, status);
        device_abandon(lower);
        *result = NULL;
        return -EIO;
    }
    return 0;
}

static int add_device(struct stack *stack, const char *name)
{
    struct wdf_device *device;
    int error = build(stack, name, &device);
    if (error != 0)
        return error;
    if (stack->options->installation != NULL)
        device_install(device, &stack->options->installation->device);
    NTSTATUS status = device_start(device);
    if (NT_SUCCESS(status)) {
        stack->devices[stack->device_count++] = device;
        return 0;
    }
    log_not_added(stack->function, status);
    return -EIO;
}

/* The drivers of the best ID that the command line names (S20.20). */
static unsigned find_child_drivers(void *context, const struct wdf_device *child,
                                   struct driver *drivers[CHILD_DRIVERS_MAX],
                                   const struct device_installation **installation)
{
    const struct stacks *stacks = context;
    const char *id;
    static_assert(HOST_FILTERS_MAX + 1 <= CHILD_DRIVERS_MAX, "they fit");
    for (unsigned i = 0; (id = device_child_id(child, i)) != NULL; i++) {
        for (unsigned j = 0; j < stacks->count; j++) {
            const struct stack *stack = &stacks->all[j];
            if (!is_for_children(stack) || strcasecmp(stack->options->child_id, id) != 0)
                continue;
            for (unsigned k = 0; k < stack->layer_count; k++)
                drivers[k] = stack->layers[k]->driver;
            if (stack->options->installation != NULL)
                *installation = &stack->options->installation->device;
            return stack->layer_count;
        }
    }
    return 0;
}

/* What is not whole in the end is nobody's: a device that fails takes those before it with it. */
static int add_devices(struct stack *stack)
{
    const struct host_driver_options *options = stack->options;
    if (is_for_children(stack)) /* they come from their bus driver */
        return are_layers_pnp(stack) ? 0 : -EINVAL;
    if (stack->layer_count == 1 && !driver_is_pnp(stack->function->driver)) {
        if (options->name_count > 0)
            log_warning("--name: the driver %s names its devices itself", stack->function->name);
        return 0;
    }
    if (!are_layers_pnp(stack))
        return -EINVAL;
    int error = options->name_count == 0 ? add_device(stack, options->default_name) : 0;
    for (unsigned i = 0; i < options->name_count && error == 0; i++)
        error = add_device(stack, options->names[i]);
    return error;
}

int stacks_start(struct stacks *stacks)
{
    linuxfile_serve_targets();
    int error = drivers_find(stacks->drivers);
    if (error == 0)
        error = drivers_load(stacks->drivers);
    stacks->for_children = (struct child_drivers){.context = stacks, .find = find_child_drivers};
    driver_serve_children(&stacks->for_children);
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

/* ---- what is said of their nodes ---- */

static bool has_layer(const struct stack *stack, const struct driver *driver)
{
    for (unsigned i = 0; i < stack->layer_count; i++) {
        if (stack->layers[i]->driver == driver)
            return true;
    }
    return false;
}

static bool has_device(const struct stack *stack, const struct wdf_device *device)
{
    for (unsigned i = 0; i < stack->device_count; i++) {
        if (stack->devices[i] == device)
            return true;
    }
    return false;
}

/* A filter of several stacks has devices in each; control devices and children are those of the
 * function driver. */
bool stacks_mode_is_given(const void *context, const struct wdf_device *device, mode_t *mode)
{
    const struct stacks *stacks = context;
    const struct stack *of_driver = NULL, *of_device = NULL;
    for (unsigned i = 0; i < stacks->count; i++) {
        const struct stack *stack = &stacks->all[i];
        if (stack->function->driver == device_driver(device) ||
            (is_for_children(stack) && has_layer(stack, device_driver(device))))
            of_driver = stack;
        if (has_device(stack, device))
            of_device = stack;
    }
    const struct stack *found = of_device != NULL ? of_device : of_driver;
    if (found == NULL)
        return false;
    const struct host_installation *installation = found->options->installation;
    bool is_installed = (of_device != NULL || is_for_children(found)) && installation != NULL &&
                        installation->has_mode;
    *mode =
        found->options->mode_is_given || !is_installed ? found->options->mode : installation->mode;
    return found->options->mode_is_given || is_installed;
}

/* ---- power ---- */

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

static bool suspend(struct wdf_device *device)
{
    return end_transition(device, device_suspend(device, PowerSystemSleeping3), "suspend",
                          "suspended: requests wait for SIGUSR2");
}

static bool resume(struct wdf_device *device)
{
    return end_transition(device, device_resume(device), "resume", "resumed");
}

/* In order of their start, until one fails. */
static int for_each_device(struct stacks *stacks, bool (*action)(struct wdf_device *device))
{
    for (unsigned i = 0; i < stacks->count; i++) {
        const struct stack *stack = &stacks->all[i];
        for (unsigned j = 0; j < stack->device_count; j++) {
            if (!action(stack->devices[j]))
                return -EIO;
        }
    }
    return 0;
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
    driver_serve_children(NULL);
    drivers_unload(stacks->drivers);
    linuxfile_unload_if_alone();
}
