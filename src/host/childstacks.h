/*
 * The stacks on top of children that bus drivers report: those of the command line, and those of
 * the INFs in --inf-path (S20.20), whose drivers are loaded for the first child that needs them.
 */
#ifndef WDFUSE_HOST_CHILDSTACKS_H
#define WDFUSE_HOST_CHILDSTACKS_H

#include <stdbool.h>

#include "host/options.h"

struct child_stacks;
struct driver;
struct drivers;
struct stack;

/* Returns 0 or -ENOMEM with a line logged. The options and the drivers must last. */
int child_stacks_create(const struct host_options *options, struct drivers *drivers,
                        struct child_stacks **result);

/* A stack of the command line, for children with its options' child_id; it comes before any INF.
 * Returns 0 or -ENOMEM with a line logged. */
int child_stacks_add(struct child_stacks *children, struct stack *stack);

/* From now on children are served. Call child_stacks_stop when there are no devices any more,
 * before the drivers are unloaded. */
void child_stacks_serve(struct child_stacks *children);
void child_stacks_stop(void);

/* The first stack with that driver, in any thread; NULL: there is none. It stays. */
const struct stack *child_stacks_of_driver(struct child_stacks *children,
                                           const struct driver *driver);

/* After the drivers; NULL: nothing. */
void child_stacks_destroy(struct child_stacks *children);

#endif
