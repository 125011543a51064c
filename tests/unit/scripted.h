/*
 * A transport that is told what to do when it is called: each step of a completion and of who polls
 * is a call that the test makes, or one that it gets. Its client is that of nonblocking.h.
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

/* What the transport was called with so far. */
extern struct heard {
    unsigned woken;
    unsigned forgotten;
    unsigned answers;
    NTSTATUS status;
    ULONG events; /* what was seen by the last look */
} heard;

/* What to do when somebody is woken, and, once, when a call is answered. */
extern void (*when_woken)(void);
extern void (*when_answered)(void);

/* Submits a call of one byte that does not wait. */
void submit(WDF_REQUEST_TYPE type);
void try_to_read(void);

/* Poll, as somebody does who is going to sleep if there is nothing: leaves a handle, the next
 * number's. */
void look(void);
/* Whether it has not come back yet, and how many have not. That each comes back once is
 * asserted. */
bool handle_is_kept(unsigned number);
unsigned kept_handles(void);

#endif
