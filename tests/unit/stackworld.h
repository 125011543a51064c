/*
 * The stack of stackmodel.h in the framework: clients, and drivers that do what an operation says
 * and record what happens. One at a time.
 */
#ifndef TESTS_UNIT_STACKWORLD_H
#define TESTS_UNIT_STACKWORLD_H

#include "stackmodel.h"

/* In the operation that is being done. */
extern struct stack_events stack_happened;

/* Creates the devices like those of the model, which must stay valid. False: they could not be
 * created. With `tells`, warnings of the log are shown. */
bool stack_world_start(const struct stack_model *beside, bool tells);

/* Call it before the model does it. */
void stack_world_operate(const struct stack_operation *operation);

/* Afterwards: checks that queues and targets are in the model's state, or that nothing is left.
 * Prints what is different. */
bool stack_world_agrees(void);

#endif
