/*
 * How the history of a process lies in memory and in its file: what its threads did last, readable
 * without the process and without symbols.
 *
 *     header | names | objects | modules | rings | records of ring 0 | records of ring 1 | ...
 *
 * All offsets count from the header, which contains its own address in the process, so that it can
 * be found in a core file. A ring belongs to one thread, which alone writes it: a record, then the
 * ring's `head`, which counts all records ever written. Record n lies at n modulo ring_records. So
 * a process may be killed at any moment: what `head` counts is whole.
 *
 * Times are stamps (stamp.h): ticks of the processor's counter, or nanoseconds. The header and each
 * ring have a stamp with the time of CLOCK_MONOTONIC that belongs to it; two of them give the rate.
 */
#ifndef WDFUSE_HISTORY_LAYOUT_H
#define WDFUSE_HISTORY_LAYOUT_H

#include <stdint.h>

#define HISTORY_MAGIC        "WDFHIST\n"
#define HISTORY_VERSION      1
#define HISTORY_RINGS        128
#define HISTORY_NAMES        256
#define HISTORY_OBJECTS      256
#define HISTORY_MODULES      128
#define HISTORY_RECORDS_MIN  64u
#define HISTORY_RECORDS_MAX  (1u << 20)
#define HISTORY_RECORD_BYTES 32u

/*
 * X(NAME, text, object, argument, detail): what is written of an event, and what its fields are.
 * The numbers are part of the format: new ones go to the end. What the driver has COMPLETED is
 * answered in the same step, with that status and information; ANSWERED is what ends otherwise.
 */
#define HISTORY_EVENTS(X)                                                                          \
    X(NONE, "", NONE, NONE, NONE)                                                                  \
    X(RECEIVED, "received", REQUEST, LENGTH_AND_CLIENT, KIND)                                      \
    X(PRESENTED, "presented", REQUEST, QUEUE, NAME)                                                \
    X(RETRIEVED, "retrieved", REQUEST, QUEUE, NONE)                                                \
    X(MARKED, "marked cancelable", REQUEST, CODE_ADDRESS, NONE)                                    \
    X(UNMARKED, "unmarked", REQUEST, NONE, NONE)                                                   \
    X(FORWARDED, "forwarded", REQUEST, QUEUE, NONE)                                                \
    X(REQUEUED, "requeued", REQUEST, QUEUE, NONE)                                                  \
    X(SENT, "sent", REQUEST, LOWER_REQUEST, NONE)                                                  \
    X(CAME_BACK, "came back", REQUEST, NONE, NONE)                                                 \
    X(CANCELLED, "cancelled", REQUEST, NONE, NONE)                                                 \
    X(COMPLETED, "completed", REQUEST, INFORMATION, KIND)                                          \
    X(ANSWERED, "answered", REQUEST, INFORMATION, KIND)                                            \
    X(CALLBACK_IN, "calls", OBJECT, REQUEST, NAME)                                                 \
    X(CALLBACK_OUT, "returned", OBJECT, REQUEST, NAME)                                             \
    X(STATE, "state", OBJECT, NAMES, NAME)                                                         \
    X(TIMER_SET, "timer set", OBJECT, NANOSECONDS, NONE)                                           \
    X(TIMER_STOPPED, "timer stopped", OBJECT, NONE, NONE)                                          \
    X(SUBMITTED, "submitted", OBJECT, NONE, NAME)                                                  \
    X(CREATED, "created", OBJECT, NONE, NAME)                                                      \
    X(DELETED, "deleted", OBJECT, NONE, NAME)

#define HISTORY_EVENT(name, text, object, argument, detail) HISTORY_##name,
enum history_event { HISTORY_EVENTS(HISTORY_EVENT) HISTORY_EVENT_COUNT };
#undef HISTORY_EVENT

/* In `flags` of COMPLETED, set afterwards: the callback that the thread was in has returned, in the
 * same step. */
#define HISTORY_AND_RETURNED 1u

/* Names with fixed numbers, for what every request has. */
#define HISTORY_FIXED_NAMES(X)                                                                     \
    X(EvtIoRead)                                                                                   \
    X(EvtIoWrite)                                                                                  \
    X(EvtIoDeviceControl)                                                                          \
    X(EvtIoInternalDeviceControl)                                                                  \
    X(EvtIoDefault)
#define HISTORY_FIXED_NAME(name) HISTORY_NAME_##name,
enum history_fixed_name {
    HISTORY_NAME_NONE,
    HISTORY_FIXED_NAMES(HISTORY_FIXED_NAME) HISTORY_NAMES_FIXED
};
#undef HISTORY_FIXED_NAME

struct history_record {
    uint64_t time; /* a stamp */
    uint64_t object;
    uint64_t argument;
    int32_t status;
    uint16_t detail; /* a name's number, or a kind of request */
    uint8_t event;   /* enum history_event */
    uint8_t flags;
};
_Static_assert(sizeof(struct history_record) == HISTORY_RECORD_BYTES, "part of the format");

/* Of callbacks and states; a number is a place in the table. Unused ones are empty. */
struct history_name {
    char text[56];
};

/* What an object is called; unused ones are 0. */
struct history_object {
    uint64_t object;
    char text[56];
};

/* A file of code in memory. */
struct history_module {
    uint64_t base;
    uint64_t start;
    uint64_t end;
    uint32_t is_driver;
    uint32_t reserved;
    char path[224];
};

struct history_ring {
    uint64_t head;   /* records ever written */
    uint32_t thread; /* the system's number; 0: nobody's yet */
    uint32_t reserved;
    uint64_t stamp; /* from time to time, of one moment */
    uint64_t monotonic;
    char name[16];  /* the thread's */
    uint64_t first; /* records before it are of an earlier thread */
    uint64_t padding[9];
};
_Static_assert(sizeof(struct history_ring) == 128, "two lines of the cache");

struct history_header {
    char magic[8];
    uint32_t version;
    uint32_t record_bytes;
    uint64_t size;    /* of everything */
    uint64_t address; /* of this header in the process */
    uint32_t process;
    uint32_t ring_count;
    uint32_t ring_records; /* of each; a power of two */
    uint32_t stamps_are_ticks;
    uint64_t stamp; /* of the beginning */
    uint64_t monotonic;
    uint64_t realtime;
    uint32_t name_count;
    uint32_t object_count;
    uint32_t module_count;
    uint32_t module_used;
    uint64_t names; /* offsets */
    uint64_t objects;
    uint64_t modules;
    uint64_t rings;
    uint64_t records;
    char program[64];
    char software[32]; /* wdfuse and its version */
};

#endif
