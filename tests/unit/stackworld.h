/*
 * The stack of stackmodel.h in the framework: clients, and drivers that do what an operation says
 * and note what happens. One at a time.
 */
#ifndef TESTS_UNIT_STACKWORLD_H
#define TESTS_UNIT_STACKWORLD_H

#include "stackmodel.h"

/* In the operation that is being done. */
extern struct stack_events stack_happened;

/* The devices are made as the model's are, which stays. False: they are not. With `tells`, warnings
 * of the log are shown. */
bool stack_world_start(const struct stack_model *beside, bool tells);

/* Before the model has done it. */
void stack_world_operate(const struct stack_operation *operation);

/* Afterwards: its queues and targets are in the state that the model says, or nothing is left. Says
 * what is not so. */
bool stack_world_agrees(void);

#endif
