/*
 * A nudge: a message of our own to a queue that had no free entry.
 *
 * What came to the queue meanwhile waits in the kernel. Entries that are added then do not take it;
 * it is fetched with the answer of another message. So a thread looks up a name that is not there,
 * from the queue's CPU: with its answer the kernel gives out one of those that have waited.
 */
#ifndef WDFUSE_TRANSPORT_NUDGE_H
#define WDFUSE_TRANSPORT_NUDGE_H

struct nudger;
struct rings;

/* For these rings, of the mount at that path, which must outlive it. Returns 0 or -errno. */
int nudger_create(struct rings *rings, const char *path, struct nudger **nudger);
/* It nudges no more. While its messages are still answered. */
void nudger_stop(struct nudger *nudger);
/* Once it is stopped, or has never been called. NULL is nothing. */
void nudger_destroy(struct nudger *nudger);

/* Some queue is dry: it is nudged until it is not. Any thread. */
void nudge(struct nudger *nudger);

#endif
