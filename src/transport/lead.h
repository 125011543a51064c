/*
 * Who leads, as one atomic word: the leader's index, what it is doing, and the number of its
 * message.
 *
 * Only the leader changes it, except that the watcher may take a lead that stays BUSY. So the
 * leader just stores, and compares only when it leaves BUSY. The number keeps the watcher from
 * mistaking the next message for the one it saw.
 */
#ifndef WDFUSE_TRANSPORT_LEAD_H
#define WDFUSE_TRANSPORT_LEAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum activity {
    NOBODY,
    AWAKE,
    BUSY,   /* with a message or a timer */
    ASLEEP, /* until there is one */
};

#define LEAD_ACTIVITY_BITS 2
#define LEAD_INDEX_BITS    8
#define LEAD_NUMBER_ONE    (UINT64_C(1) << (LEAD_ACTIVITY_BITS + LEAD_INDEX_BITS))

static inline enum activity lead_activity(uint64_t lead)
{
    return (enum activity)(lead & ((1u << LEAD_ACTIVITY_BITS) - 1));
}

static inline unsigned lead_index(uint64_t lead)
{
    return (unsigned)(lead >> LEAD_ACTIVITY_BITS) & ((1u << LEAD_INDEX_BITS) - 1);
}

/* The same message number, with this worker and activity. */
static inline uint64_t lead_with(uint64_t lead, unsigned index, enum activity activity)
{
    return (lead & ~(LEAD_NUMBER_ONE - 1)) | (uint64_t)index << LEAD_ACTIVITY_BITS | activity;
}

/* Called by the leader while it is not BUSY, when nobody else writes. Returns the word that it
 * wrote. */
static inline uint64_t lead_set(_Atomic(uint64_t) *word, unsigned index, enum activity activity)
{
    uint64_t lead = atomic_load_explicit(word, memory_order_relaxed);
    if (activity == BUSY)
        lead += LEAD_NUMBER_ONE;
    lead = lead_with(lead, index, activity);
    atomic_store(word, lead);
    return lead;
}

/* Takes a lead that nobody has, or that has not moved since `seen`. */
static inline bool lead_take(_Atomic(uint64_t) *word, unsigned index, uint64_t seen)
{
    return atomic_compare_exchange_strong(word, &seen, lead_with(seen, index, AWAKE));
}

/* Ends BUSY, which began with that result of lead_set. Returns false if the watcher has taken the
 * lead meanwhile. */
static inline bool lead_keep(_Atomic(uint64_t) *word, unsigned index, uint64_t busy)
{
    return atomic_compare_exchange_strong(word, &busy, lead_with(busy, index, AWAKE));
}

#endif
