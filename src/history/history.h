/*
 * The history of this process: the last events of each thread, always written.
 *
 * A thread has a ring of records of fixed size (layout.h), which it alone writes, without a lock
 * and without memory: what it costs is a dozen instructions. Several events of one step have one
 * stamp, the thread's: history_step takes it, whatever follows uses it.
 *
 * The rings lie in a file if the host has given one (host/historyfile.h), else in memory. Readers:
 * read.h. Records of trace messages are something else (nt/recorder.h).
 */
#ifndef WDFUSE_HISTORY_HISTORY_H
#define WDFUSE_HISTORY_HISTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "history/layout.h"
#include "history/probe.h"
#include "history/stamp.h"
#include "port/thread.h"

#define HISTORY_DEFAULT_RECORDS 1024u

/*
 * Before other threads run, once: the rings have so many records each, a power of two from
 * HISTORY_RECORDS_MIN to HISTORY_RECORDS_MAX, and lie in the file, which must be empty; -1: in
 * memory. Without a call the first event does it, in memory. The descriptor stays the caller's.
 * Returns 0, or -errno if the file can't be used; then they lie in memory.
 */
int history_start(const char *program, uint32_t records, int file);

/* Instead of that: nothing is written. */
void history_turn_off(void);

/* The files of code that are in memory now, so that addresses can be told without the process.
 * is_driver: says it of an address. May be called again when there are more. */
void history_note_modules(bool (*is_driver)(uintptr_t address));

/* What the calling thread has of its own. */
struct history_thread {
    /* Where the next record goes; the last one lies before it. At the end of the ring, or of no
     * ring, the slow way leads on. */
    struct history_record *next;
    struct history_record *end;
    struct history_ring *ring;
    uint64_t now;  /* the stamp of this step */
    bool has_none; /* there was no ring for it */
};
#ifdef PORT_EXPLORE
extern struct history_thread history_here; /* one thread plays all */
#else
extern PORT_THREAD_LOCAL struct history_thread history_here;
#endif

/* For a thread without a ring, or at its end: where the next record goes. NULL: nowhere. */
struct history_record *history_turn(void);

/* A new step of this thread begins. Returns its stamp. */
static inline uint64_t history_step(void)
{
    return history_here.now = stamp_now();
}

static inline void history_write(enum history_event event, const void *object, uint64_t argument,
                                 int32_t status, unsigned detail)
{
    struct history_thread *here = &history_here;
    struct history_record *record = here->next;
    if (__builtin_expect(record == here->end, 0) && (record = history_turn()) == NULL)
        return;
    uint64_t rest = (uint32_t)status | (uint64_t)(uint16_t)detail << 32 | (uint64_t)event << 48;
    uint64_t *words = (uint64_t *)(void *)record;
    /* A reader that sees a word of this record also sees the head, which says that the oldest one
     * is going. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&words[0], here->now, __ATOMIC_RELAXED);
    __atomic_store_n(&words[1], (uint64_t)(uintptr_t)object, __ATOMIC_RELAXED);
    __atomic_store_n(&words[2], argument, __ATOMIC_RELAXED);
    __atomic_store_n(&words[3], rest, __ATOMIC_RELAXED);
    here->next = record + 1;
    __atomic_store_n(&here->ring->head, here->ring->head + 1, __ATOMIC_RELEASE);
}

/* The callback that got the request returns. True, if its completion is the thread's last record,
 * which then carries it: usually nothing came between, and that is not worth a record. */
static inline bool history_has_returned(const void *request)
{
    struct history_record *last = history_here.next - 1;
    uint16_t event_and_flags;
    memcpy(&event_and_flags, &last->event, sizeof(event_and_flags));
    if (event_and_flags != HISTORY_COMPLETED || last->object != (uint64_t)(uintptr_t)request)
        return false;
    __atomic_store_n(&last->flags, HISTORY_AND_RETURNED, __ATOMIC_RELAXED);
    return true;
}

/*
 * An event of the step that the thread is in: history_add(MARKED, object, argument, status,
 * detail). The detail is a number of layout.h, the name's for events that have one.
 */
#define history_add(event, object, argument, status, detail)                                       \
    do {                                                                                           \
        const void *const history_object = (object);                                               \
        const uint64_t history_argument = (uint64_t)(argument);                                    \
        const unsigned history_detail = (detail);                                                  \
        HISTORY_PROBE(event, history_object, history_argument, (status), history_detail);          \
        history_write(HISTORY_##event, history_object, history_argument, (status),                 \
                      history_detail);                                                             \
    } while (0)

/* An event that is a step of its own. */
#define history_add_step(event, object, argument, status, detail)                                  \
    do {                                                                                           \
        history_step();                                                                            \
        history_add(event, object, argument, status, detail);                                      \
    } while (0)

/* ---- names ---- */

/* By the address of the string, a literal, whose copy has this number. */
extern _Atomic(const char *) history_name_addresses[HISTORY_NAMES];
unsigned history_name_slow(const char *name);

/* One of the places after those of fixed names. */
static inline unsigned history_name_hash(const char *name)
{
    uint64_t scattered = (uint64_t)(uintptr_t)name * 0x9E3779B97F4A7C15ull >> 32;
    return HISTORY_NAMES_FIXED +
           (unsigned)(scattered * (HISTORY_NAMES - HISTORY_NAMES_FIXED) >> 32);
}

static inline bool history_name_is_at(unsigned place, const char *name)
{
    return atomic_load_explicit(&history_name_addresses[place], memory_order_relaxed) == name;
}

/* Where a program is loaded is chance, and so is which names meet in a place: the place after it is
 * looked at, too. */
static inline unsigned history_name(const char *name)
{
    unsigned place = history_name_hash(name);
    if (__builtin_expect(history_name_is_at(place, name), 1))
        return place;
    place++;
    return place < HISTORY_NAMES && history_name_is_at(place, name) ? place
                                                                    : history_name_slow(name);
}

/* The name of an object for readers from now on; NULL: it goes. Any thread; what
 * does not fit into the table has no name. */
void history_name_object(const void *object, const char *text);

/* The header of this process's history; NULL: there is none (yet). For read.h. */
const struct history_header *history_own(void);

#endif
