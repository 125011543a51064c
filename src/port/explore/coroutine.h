/*
 * Coroutines: a stack each, and the switch from one to another without a system call.
 */
#ifndef WDFUSE_PORT_EXPLORE_COROUTINE_H
#define WDFUSE_PORT_EXPLORE_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a coroutine's stack; below it lies a page that nobody may touch. */
#define COROUTINE_STACK_SIZE (256 * 1024)

struct coroutine {
    void *stack_pointer; /* while it does not run */
    void *stack;         /* the lowest byte, NULL of the thread that was there before */
    void *fake_stack;    /* AddressSanitizer's */
    void (*body)(void *);
    void *argument;
};

/* Gives it a stack, which it keeps through any number of uses. False when there is no memory. */
bool coroutine_create(struct coroutine *coroutine);

/* The next switch to it calls body(argument), which must never return. */
void coroutine_prepare(struct coroutine *coroutine, void (*body)(void *), void *argument);

/* Leaves `from`, which is the one that runs, for `to`. Returns when somebody switches back. */
void coroutine_switch(struct coroutine *from, struct coroutine *to);

/* As coroutine_switch, for one that will not be switched to before it is prepared anew. */
void coroutine_leave(struct coroutine *from, struct coroutine *to);

#endif
