/* The drivers of one stack. See stack.h. */
#include "host/stack.h"

#include <errno.h>
#include <stdio.h>

#include "framework/lifecycle.h"
#include "host/drivers.h"
#include "linuxfile/linuxfile.h"
#include "port/log.h"

static int put_layer(struct stack *stack, struct host_driver *driver)
{
    if (driver == NULL)
        return -ENOSPC;
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

/* A driver already known, or a new one. */
static int put_file(struct drivers *drivers, struct stack *stack, struct host_driver *known,
                    const char *path, const char *name, const char *config, const char *defaults)
{
    if (known == NULL)
        return put_layer(stack, drivers_enter(drivers, path, name, config, defaults));
    if (config != NULL) {
        log_error("--config: the driver %s is in an earlier stack: say its file there",
                  known->name);
        return -EINVAL;
    }
    drivers_warn_of_defaults(known, defaults);
    return put_layer(stack, known);
}

static int put_filter(struct drivers *drivers, struct stack *stack,
                      const struct host_filter_options *filter)
{
    char name[HOST_DRIVER_NAME_SIZE];
    if (filter->service != NULL)
        snprintf(name, sizeof(name), "%s", filter->service);
    else
        host_driver_name(filter->path, name);
    return put_file(drivers, stack, drivers_of_file(drivers, filter->path), filter->path, name,
                    filter->config, filter->defaults);
}

/* The function driver of two stacks with devices of their own is entered twice, which drivers_find
 * refuses: --name is the way to have several devices of a driver. */
static int put_function(struct drivers *drivers, struct stack *stack, const char *program_service)
{
    const struct host_driver_options *options = stack->options;
    const char *path = options->operand;
    struct host_driver *known = path != NULL ? drivers_of_file(drivers, path) : NULL;
    if (known != NULL && known->has_own_devices && !stack->is_for_children)
        known = NULL;
    int error = put_file(drivers, stack, known, path,
                         path != NULL ? options->operand_name : program_service, options->config,
                         options->defaults);
    if (error != 0)
        return error;
    stack->function = stack->layers[stack->layer_count - 1];
    stack->function->has_own_devices |= !stack->is_for_children;
    return 0;
}

static int put_filters(struct drivers *drivers, struct stack *stack, bool are_upper)
{
    int error = 0;
    for (unsigned i = 0; i < stack->options->filter_count && error == 0; i++) {
        const struct host_filter_options *filter = &stack->options->filters[i];
        if (filter->is_upper == are_upper)
            error = put_filter(drivers, stack, filter);
    }
    return error;
}

/* The lowest layer, on a device of Linux. */
static int put_linuxfile(struct drivers *drivers, struct stack *stack)
{
    struct host_driver *driver = drivers_enter_own(drivers, LINUXFILE_SERVICE, linuxfile_entry);
    stack->function = driver; /* unless another one follows */
    return put_layer(stack, driver);
}

/* As Windows loads them: those of the lower filters first. */
int stack_enter(struct stack *stack, struct drivers *drivers, const char *program_service)
{
    bool is_copy = stack->options->on != NULL && stack->options->operand == NULL;
    int error = stack->options->on != NULL ? put_linuxfile(drivers, stack) : 0;
    if (error == 0)
        error = put_filters(drivers, stack, false);
    if (error == 0 && !is_copy)
        error = put_function(drivers, stack, program_service);
    return error == 0 ? put_filters(drivers, stack, true) : error;
}

bool stack_is_pnp(const struct stack *stack)
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

bool stack_has_driver(const struct stack *stack, const struct driver *driver)
{
    for (unsigned i = 0; i < stack->layer_count; i++) {
        if (stack->layers[i]->driver == driver)
            return true;
    }
    return false;
}
