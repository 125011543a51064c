/*
 * WMI from the side of programs, for whatever brings their requests: a control socket or a test.
 * All functions: any thread, PASSIVE_LEVEL, without locks; the driver's callbacks are called in
 * that thread.
 *
 * A block is one provider of one device; `device` is the name of the device's node, or NULL for the
 * first that has the GUID. Statuses are those of S12.9.
 */
#ifndef WDFUSE_FRAMEWORK_WMI_CONSUMER_H
#define WDFUSE_FRAMEWORK_WMI_CONSUMER_H

#include <stdbool.h>

#include <wdf.h>

struct wmi_block {
    GUID guid;
    const char *device;   /* valid during the visit */
    const char *driver;   /* likewise: the name of its service */
    const char *mof_name; /* likewise: where the block is described; NULL: unknown (S19.9) */
    ULONG flags;          /* WMIREG_FLAG_* */
    ULONG instances;      /* registered ones */
};

/* Visits each block of the started devices, with a lock held: the visitor copies what it needs and
 * calls nothing. */
void wmi_for_each_block(void (*visit)(void *context, const struct wmi_block *block), void *context);

/* Names an instance. */
struct wmi_address {
    const GUID *guid;
    const char *device;
    ULONG index;
};

/* Reads. *used is the data's size; if it is more than `size`, nothing was read, but the status is a
 * success (S19.14). */
NTSTATUS wmi_query(const struct wmi_address *address, void *buffer, ULONG size, ULONG *used);

/* The position of an instance's data. One that can't be read has none. */
struct wmi_piece {
    ULONG offset;
    ULONG length;
};

struct wmi_all {
    /* The caller's. */
    void *buffer;
    ULONG size;
    struct wmi_piece *pieces; /* of the first `capacity` instances */
    ULONG capacity;
    /* The results; `used` is like *used of wmi_query. */
    ULONG count;
    ULONG used;
};

/* Reads all instances of a block, one after the other, each aligned to 16 bytes (S19.13). If one
 * fails, the call fails. */
NTSTATUS wmi_query_all(const GUID *guid, const char *device, struct wmi_all *all);

NTSTATUS wmi_set_instance(const struct wmi_address *address, void *buffer, ULONG size);
NTSTATUS wmi_set_item(const struct wmi_address *address, ULONG item, void *buffer, ULONG size);

/* One buffer, of the larger of both sizes. *used is as for wmi_query. */
NTSTATUS wmi_execute(const struct wmi_address *address, ULONG method, void *buffer, ULONG in_size,
                     ULONG out_size, ULONG *used);

/* Switches each tracing provider of that GUID. */
NTSTATUS wmi_trace(const GUID *guid, ULONGLONG handle, bool enable);

/* ---- events ---- */

/* Larger ones are refused (S19.21). */
#define WMI_EVENT_SIZE_MAX 1024

struct wmi_event {
    LIST_ENTRY entry;
    GUID guid;
    char device[256];
    ULONG provider_id;
    ULONG index;
    LARGE_INTEGER time;
    ULONG lost; /* earlier ones that found no room */
    ULONG size;
    unsigned char data[];
};

struct wmi_watch;

/*
 * Listens to a GUID, of any device, now or later. `arrived`, which may be NULL, says that there is
 * an event to take. It runs in the thread of the driver that fires, with a lock held: it may wake
 * another thread, and nothing else. Returns NULL without memory.
 */
struct wmi_watch *wmi_watch_begin(const GUID *guid, void (*arrived)(void *context), void *context);

/* The oldest event, which the caller frees; NULL: there is none. */
struct wmi_event *wmi_watch_take(struct wmi_watch *watch);

/* `arrived` is no longer called when it has returned. */
void wmi_watch_end(struct wmi_watch *watch);

#endif
