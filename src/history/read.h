/*
 * Reading histories: the own process's while it runs, one in a file, one in a core.
 *
 * Nothing here but history_open_* takes memory, and nothing takes a lock, so that the handler of a
 * crash may use the rest. What was read from a file is checked once, when it is opened: a foreign
 * or truncated file is refused, with a line that says so.
 */
#ifndef WDFUSE_HISTORY_READ_H
#define WDFUSE_HISTORY_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/layout.h"
#include "history/stamp.h"
#include "history/text.h"

struct history_view {
    const struct history_header *header;
    size_t size;
    bool is_own;   /* of this process, which goes on writing */
    bool is_ended; /* nobody writes any more */
    struct stamp_pair from;
    struct stamp_pair to;
    void *memory; /* the view's own, or NULL */
};

/* This process's. False: there is none (--recorder=off, or no event yet). */
bool history_open_own(struct history_view *view);

/* A file of rings (of a process that has ended, or goes on), or a core file. False, with a line in
 * `error`: it is none, it is cut off, or there is no memory. */
bool history_open_file(const char *path, struct history_view *view, char *error, size_t size);
void history_close(struct history_view *view);

/* ---- threads ---- */

struct history_thread_info {
    unsigned thread; /* the system's number */
    char name[16];
    uint64_t begin; /* the first record that is still there */
    uint64_t end;   /* behind the last one */
};

/* False: nobody has that ring. `ring` is less than view->header->ring_count. */
bool history_thread_at(const struct history_view *view, unsigned ring,
                       struct history_thread_info *info);

/* Record number `index` of the ring. False: it is overwritten, or not written yet. */
bool history_record_at(const struct history_view *view, unsigned ring, uint64_t index,
                       struct history_record *record);

/* ---- all threads, in order of time; snapshot and follow ---- */

struct history_cursor {
    const struct history_view *view;
    uint64_t next[HISTORY_RINGS];
};

/* At the last `count` records of each thread; 0: after all, so that only new ones come (follow);
 * UINT64_MAX: at the first. */
void history_cursor_begin(struct history_cursor *cursor, const struct history_view *view,
                          uint64_t count);

/* The earliest record that the cursor has not given yet, and the ring that it is of. False: there
 * is none now; more may come, of a process that goes on. */
bool history_cursor_next(struct history_cursor *cursor, struct history_record *record,
                         unsigned *ring);

/* ---- what a record says ---- */

/* Nanoseconds of CLOCK_MONOTONIC, or of CLOCK_REALTIME. */
uint64_t history_monotonic(const struct history_view *view, uint64_t stamp);
uint64_t history_realtime(const struct history_view *view, uint64_t stamp);

/* As a structure, for JSON. Strings are constant or the view's; NULL: there is none. */
struct history_facts {
    uint64_t monotonic;
    uint64_t realtime;
    bool is_returned;  /* COMPLETED: and the callback that the thread was in returned then */
    const char *event; /* "presented" */
    uint64_t object;   /* handle of what it happened to */
    const char *object_name;
    uint64_t request;       /* 0: none, else a handle */
    uint64_t queue;         /* or the destination, likewise */
    uint64_t lower_request; /* SENT: as which request */
    uint64_t code;          /* an address in the driver */
    const char *name;       /* callback, state */
    const char *before;     /* the state before */
    const char *kind;       /* "read", "device control", ... */
    unsigned client;        /* process that asks; 0: unknown */
    uint64_t length;        /* RECEIVED: bytes; ANSWERED: Information */
    bool has_length;
    uint32_t control_code;
    bool has_control_code;
    int32_t status;
    bool has_status;
    uint64_t nanoseconds; /* TIMER_SET: from now */
};
void history_explain(const struct history_view *view, const struct history_record *record,
                     struct history_facts *facts);

/* As a line without a newline: "+0.000012345 presented ...". `since` is the monotonic time that the
 * line's time is counted from. For the handler of a crash, too. */
void history_put_record(struct text *text, const struct history_view *view,
                        const struct history_record *record, uint64_t since);

/* The last records of the calling thread, as such lines, the time counted back from now. */
void history_say_last(unsigned count, void (*say)(const char *line));

/* "echo.so+0x1a2b", or the bare address. */
void history_put_place(struct text *text, const struct history_view *view, uint64_t address);

#endif
