/*
 * Stacks on top of children. See childstacks.h.
 *
 * Children appear in the threads that have their parents' turns, several at a time. The thread that
 * looks for their drivers has the *loading turn*: an INF is read, and a file loaded, once for all
 * children that need it, while the others wait. A driver's DriverEntry is called in that turn, but
 * without a lock: it may do anything that a DriverEntry may, and waits for no child.
 */
#include "host/childstacks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "framework/lifecycle.h"
#include "host/drivers.h"
#include "host/infinstall.h"
#include "host/infstore.h"
#include "host/stack.h"
#include "port/log.h"
#include "port/thread.h"

/* The number of IDs of each kind that are looked up for a child. */
#define IDS_MAX 64

static_assert(HOST_FILTERS_MAX + 1 <= CHILD_DRIVERS_MAX, "a stack's drivers fit");

struct child_stack {
    struct child_stack *next;
    struct stack *stack; /* of the command line, or `installed` */

    /* Of the store alone: */
    struct host_driver_options options;
    struct stack installed;
    char *inf;      /* its path, malloc'ed; NULL: from the command line */
    bool is_broken; /* it could not be loaded, which was logged */
};

PORT_LOCK_KIND(child_stacks_lock);

struct child_stacks {
    const struct host_options *options;
    struct drivers *drivers;
    struct child_drivers for_children;

    struct port_mutex child_stacks_lock; /* a leaf; guards: */
    struct port_condition turn_is_over;
    bool is_loading GUARDED_BY(child_stacks_lock);
    /* In the order of their arrival; only appended to, by the thread with the turn. */
    struct child_stack *first GUARDED_BY(child_stacks_lock);

    struct inf_store_said said; /* of the thread with the turn */
};

/* ---- the turn ---- */

static void begin_turn(struct child_stacks *children)
{
    PORT_LOCK_SCOPE_OF(children, child_stacks_lock);
    while (children->is_loading)
        port_condition_wait(&children->turn_is_over, &children->child_stacks_lock);
    children->is_loading = true;
}

static void end_turn(struct child_stacks *children)
{
    PORT_LOCK_SCOPE_OF(children, child_stacks_lock);
    children->is_loading = false;
    port_condition_signal(&children->turn_is_over);
}

/* ---- known stacks ---- */

static void append(struct child_stacks *children, struct child_stack *added)
{
    PORT_LOCK_SCOPE_OF(children, child_stacks_lock);
    struct child_stack **link = &children->first;
    while (*link != NULL)
        link = &(*link)->next;
    *link = added;
}

static bool is_of_inf(const struct child_stack *stack, const char *inf, const char *section)
{
    return stack->inf != NULL && strcmp(stack->inf, inf) == 0 &&
           strcasecmp(stack->options.installation->section, section) == 0;
}

static struct child_stack *find_named(struct child_stacks *children, const char *id)
{
    PORT_LOCK_SCOPE_OF(children, child_stacks_lock);
    struct child_stack *each = children->first;
    while (each != NULL &&
           (each->inf != NULL || strcasecmp(each->stack->options->child_id, id) != 0))
        each = each->next;
    return each;
}

static struct child_stack *find_installed(struct child_stacks *children, const char *inf,
                                          const char *section)
{
    PORT_LOCK_SCOPE_OF(children, child_stacks_lock);
    struct child_stack *each = children->first;
    while (each != NULL && !is_of_inf(each, inf, section))
        each = each->next;
    return each;
}

/* ---- from the store; for the thread with the turn ---- */

static void forget(struct child_stack *stack)
{
    inf_forget(&stack->options);
    free(stack->inf);
    free(stack);
}

/* An error is logged once: it is not tried again. */
static void load(struct child_stacks *children, struct child_stack *added)
{
    int error = stack_enter(&added->installed, children->drivers, NULL);
    for (unsigned i = 0; i < added->installed.layer_count && error == 0; i++)
        error = drivers_load_later(children->drivers, added->installed.layers[i]);
    added->is_broken = error != 0 || !stack_is_pnp(&added->installed);
}

static struct child_stack *install(struct child_stacks *children, char *path,
                                   const struct inf_device_ids *ids)
{
    struct child_stack *added = calloc(1, sizeof(*added));
    if (added == NULL) {
        log_error("%s: no memory for its drivers", path);
        free(path);
        return NULL;
    }
    added->inf = path;
    added->options.operand = path;
    added->stack = &added->installed;
    added->installed.options = &added->options;
    added->installed.is_for_children = true;
    if (inf_install(children->options, ids, &added->options) != 0) {
        forget(added);
        return NULL;
    }
    struct child_stack *known =
        find_installed(children, path, added->options.installation->section);
    if (known != NULL) {
        forget(added);
        return known;
    }
    load(children, added);
    append(children, added); /* its drivers use what is in it */
    return added;
}

/* 0 with *stack NULL: no INF is for the child. */
static int find_in_store(struct child_stacks *children, const struct inf_device_ids *ids,
                         struct child_stack **stack)
{
    char *path;
    *stack = NULL;
    int error = inf_store_search(children->options, ids, &children->said, &path);
    if (error != 0 || path == NULL)
        return error;
    *stack = install(children, path, ids);
    return *stack != NULL ? 0 : -EINVAL;
}

/* ---- a child ---- */

static unsigned list_ids(const struct wdf_device *child,
                         const char *(*get)(const struct wdf_device *child, unsigned index),
                         const char *ids[IDS_MAX])
{
    unsigned count = 0;
    while (count < IDS_MAX && (ids[count] = get(child, count)) != NULL)
        count++;
    return count;
}

static int find_stack(struct child_stacks *children, const struct wdf_device *child,
                      struct child_stack **stack)
{
    const char *hardware[IDS_MAX], *compatible[IDS_MAX], *id;
    *stack = NULL;
    for (unsigned i = 0; *stack == NULL && (id = device_child_id(child, i)) != NULL; i++)
        *stack = find_named(children, id);
    if (*stack != NULL || children->options->inf_path_count == 0)
        return 0;
    const struct inf_device_ids ids = {
        .hardware = hardware,
        .hardware_count = list_ids(child, device_hardware_id, hardware),
        .compatible = compatible,
        .compatible_count = list_ids(child, device_compatible_id, compatible),
    };
    begin_turn(children);
    int error = find_in_store(children, &ids, stack);
    end_turn(children);
    return error;
}

static int give_up(const struct wdf_device *child, const struct child_stack *stack)
{
    if (stack != NULL)
        log_warning("the child %s stays without a driver: %s could not be installed",
                    device_node_name(child), stack->inf);
    else
        log_warning("the child %s stays without a driver", device_node_name(child));
    return -1;
}

static int find_drivers(void *context, const struct wdf_device *child,
                        struct driver *drivers[CHILD_DRIVERS_MAX],
                        const struct device_installation **installation)
{
    struct child_stack *found;
    int error = find_stack(context, child, &found);
    if (error != 0 || (found != NULL && found->is_broken))
        return give_up(child, found);
    if (found == NULL)
        return 0;
    const struct stack *stack = found->stack;
    for (unsigned i = 0; i < stack->layer_count; i++)
        drivers[i] = stack->layers[i]->driver;
    if (stack->options->installation != NULL)
        *installation = &stack->options->installation->device;
    return (int)stack->layer_count;
}

/* ---- all of them ---- */

int child_stacks_create(const struct host_options *options, struct drivers *drivers,
                        struct child_stacks **result)
{
    struct child_stacks *children = calloc(1, sizeof(*children));
    *result = children;
    if (children == NULL) {
        log_error("no memory for the drivers of children");
        return -ENOMEM;
    }
    children->options = options;
    children->drivers = drivers;
    children->for_children = (struct child_drivers){.context = children, .find = find_drivers};
    port_mutex_init(&children->child_stacks_lock);
    port_condition_init(&children->turn_is_over);
    return 0;
}

int child_stacks_add(struct child_stacks *children, struct stack *stack)
{
    struct child_stack *added = calloc(1, sizeof(*added));
    if (added == NULL) {
        log_error("no memory for the drivers of children");
        return -ENOMEM;
    }
    added->stack = stack;
    append(children, added);
    return 0;
}

void child_stacks_serve(struct child_stacks *children)
{
    driver_serve_children(&children->for_children);
}

void child_stacks_stop(void)
{
    driver_serve_children(NULL);
}

const struct stack *child_stacks_of_driver(struct child_stacks *children,
                                           const struct driver *driver)
{
    PORT_LOCK_SCOPE_OF(children, child_stacks_lock);
    for (const struct child_stack *each = children->first; each != NULL; each = each->next) {
        if (stack_has_driver(each->stack, driver))
            return each->stack;
    }
    return NULL;
}

void child_stacks_destroy(struct child_stacks *children)
{
    if (children == NULL)
        return;
    port_lock_is_not_needed(child_stacks_lock);
    for (struct child_stack *each = children->first, *next; each != NULL; each = next) {
        next = each->next;
        forget(each);
    }
    inf_store_said_clear(&children->said);
    port_condition_destroy(&children->turn_is_over);
    port_mutex_destroy(&children->child_stacks_lock);
    free(children);
}
