/*
 * A transport that the test controls: each step of a completion, and of a poll, is a call that the
 * test makes or gets. Its client is that of nonblocking.h.
 *
 *     try_to_read();
 *     look();
 *     complete_read("r");
 *     ck_assert_uint_eq(heard.woken, 1);
 */
#ifndef TESTS_UNIT_SCRIPTED_H
#define TESTS_UNIT_SCRIPTED_H

#include "nonblocking.h"

/* A fixture: nonblocking_setup, and nothing heard. */
void scripted_setup(void);

/* The calls of the transport so far. */
extern struct heard {
    unsigned woken;
    unsigned forgotten;
    unsigned answers;
    NTSTATUS status;
    ULONG events; /* what was seen by the last look */
} heard;

/* What to do when a poller is woken, and, once, when a call is answered. */
extern void (*when_woken)(void);
extern void (*when_answered)(void);

/* Submits a call of one byte that does not wait. */
void submit(WDF_REQUEST_TYPE type);
void try_to_read(void);

/* Polls like a client that will sleep if there is nothing: leaves a handle, the next number. */
void look(void);
/* Whether it has not come back yet, and how many have not. Asserts that each comes back once. */
bool handle_is_kept(unsigned number);
unsigned kept_handles(void);

#endif
