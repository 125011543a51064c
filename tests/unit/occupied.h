/*
 * Worker threads that are all busy, so that what a test enqueues stays queued until the test frees
 * them.
 *
 *     occupy_workers();
 *     WdfDpcEnqueue(dpc); // does not begin
 *     free_workers();     // now it runs
 */
#ifndef TESTS_UNIT_OCCUPIED_H
#define TESTS_UNIT_OCCUPIED_H

/* Returns when every worker is busy. With a count, the test has made that many busy already. */
void occupy_workers(void);
void occupy_workers_but(unsigned count);

/* Returns when the workers have done all that was queued. */
void free_workers(void);

#endif
