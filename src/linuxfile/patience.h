/*
 * Whether a read that finds nothing waits for a moment where it is, before it is queued.
 *
 * Who waits in a queue is woken by way of the watcher's thread, which costs more than the read. A
 * device that answers at once, as a terminal behind a quick program does, is better awaited in the
 * thread that serves the client, as a blocking read(2) would. But that thread serves nobody else
 * meanwhile: what the data depend on may come from another client of the same daemon.
 *
 * So a read waits in place, for PATIENCE_NS at most, if the last one has had its data that soon.
 * One that has waited there for nothing costs that time; the next ones, twice as many each time,
 * are queued at once.
 *
 * Of one file's reads; one thread at a time, the one that serves them.
 */
#ifndef WDFUSE_LINUXFILE_PATIENCE_H
#define WDFUSE_LINUXFILE_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* What a cancellation, and another client, may have to wait for. Not more than what the transport
 * takes for long (transport/carry.c). */
#define PATIENCE_NS UINT64_C(200000)

#define PATIENCE_PENALTY_MIN 2
#define PATIENCE_PENALTY_MAX 256

struct patience {
    bool is_soon;      /* the last read's data have come soon */
    unsigned penalty;  /* what the last wait in vain has cost */
    unsigned left_out; /* reads that are queued at once yet */
};

/* Whether the read that has found nothing waits in place; patience_note_place follows then. */
bool patience_is_called_for(struct patience *patience);

/* It has waited there. */
void patience_note_place(struct patience *patience, bool has_data);

/* A queued read has had its data that long after it had found nothing. */
void patience_note_queue(struct patience *patience, uint64_t nanoseconds);

#endif
