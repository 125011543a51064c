/*
 * What is going on in the framework, for observers outside: the third seam besides lifecycle.h and
 * io.h.
 *
 * Observers get copies, which are made with one lock held: the nodes' lock, a device's io_lock or
 * the tree lock, none of which is held while a driver is called. So all of this works while every
 * worker is inside a driver, and may be called in any thread that holds no lock of the framework.
 *
 * A copy may be out of date at once. Its texts are valid during the call of the visitor; its
 * handles are names, not to be followed.
 */
#ifndef WDFUSE_FRAMEWORK_INSPECT_H
#define WDFUSE_FRAMEWORK_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ntdef.h>

#include "framework/io/statistics.h"

struct io_device;
struct wdf_device;

struct inspect_device {
    struct wdf_device *device; /* valid during the call of the visitor */
    const void *handle;        /* as drivers and messages call it */
    const void *lower;         /* the next lower device of its stack; NULL: it is the lowest */
    const void *parent;        /* of a stack on a child: the bus; else NULL */
    const char *driver;
    const char *kind; /* "function", "filter", "child" or "control" */
    const char *name; /* its NT name; NULL: none */
    const char *node; /* the name of its node; NULL: none */
    bool is_covered;  /* another device of its stack is on top of it: that one is opened */
    const char *pnp;  /* the states of its machines, by their public names; NULL: it has none */
    const char *power;
    const char *policy;
    bool has_failed;
    bool is_removed; /* nobody can open it any more */
    unsigned open_files;
    unsigned outstanding; /* requests that were submitted and not answered */
    unsigned power_references;
    const char *callback;  /* of PnP or power that its driver is in; NULL: none */
    uint64_t callback_age; /* in nanoseconds, since it was called */
};

/* Each device, in the order of their creation, with a reference. */
void inspect_devices(void (*visit)(const struct inspect_device *device, void *context),
                     void *context);

struct inspect_queue {
    const void *handle;
    const char *dispatch; /* "sequential", "parallel" or "manual" */
    bool is_default;
    bool is_internal; /* the framework's own: for EvtDeviceFileCreate and EvtIoInCallerContext */
    bool is_power_managed;
    bool is_powered;
    bool accepts;
    bool dispatches;
    unsigned queued;
    unsigned with_driver;
    unsigned presented_most; /* NumberOfPresentedRequests; 0: no limit */
};

/* The queues of a device, at most that many; returns how many there are. */
unsigned inspect_queues(struct io_device *device, struct inspect_queue *queues, unsigned capacity);

struct inspect_statistics {
    const void *queue;
    struct queue_statistics counts;
};

/* What the queues of a device have counted; likewise. */
unsigned inspect_statistics(struct io_device *device, struct inspect_statistics *statistics,
                            unsigned capacity);

struct inspect_request {
    const void *handle;
    const void *queue;  /* NULL: it is with the device below */
    const char *driver; /* who has it, or whose queue it is in; lives as long as its device */
    const char *type;   /* "read", "write", ... */
    uint32_t code;      /* of a control */
    size_t input_length;
    size_t output_length;
    uint64_t offset;
    uint64_t age;  /* in nanoseconds, since it was submitted */
    pid_t process; /* 0: unknown, or none */
    const char *state;
    const char *since; /* of one that a driver has: the callback, or the call, that gave it */
    bool is_cancelable;
    bool is_given_up; /* its client waits for it no longer */
};

/* The requests that are in queues of the device, with its driver, or with the device below; at most
 * that many; returns how many there are. */
unsigned inspect_requests(struct io_device *device, struct inspect_request *requests,
                          unsigned capacity);

/* As if the request's client had given up, except that it gets an error. In the host's main thread:
 * it may call the driver. False: the device has no request with that handle. */
bool inspect_cancel_request(struct io_device *device, const void *handle);

/* ---- files ---- */

struct inspect_file {
    const void *handle; /* its WDFFILEOBJECT; NULL: the driver wants none */
    pid_t process;      /* that has opened it; 0: unknown */
    uint32_t flags;     /* of open(2) */
    unsigned outstanding;
    bool is_released; /* its client has closed it, or has ended */
};

/* Those of a device that are open, being opened or closed; at most that many; returns how many
 * there are. */
unsigned inspect_files(struct io_device *device, struct inspect_file *files, unsigned capacity);

/* ---- timers and locks ---- */

struct inspect_timer {
    const void *handle;
    const void *parent;
    bool is_armed;
    int64_t due;        /* in nanoseconds from now, if it is armed; of one that is late, negative */
    uint32_t period_ms; /* 0: it fires once */
    unsigned running;   /* callbacks that run, or are on their way */
    const void *callback;
};

/* Those of the device's driver, as inspect_objects. */
unsigned inspect_timers(struct io_device *device, struct inspect_timer *timers, unsigned capacity);

#define INSPECT_WAITERS_MAX 8

struct inspect_lock {
    const void *object;     /* the lock; of a presentation lock, whose it is */
    const char *class_name; /* of that object */
    bool is_presentation;
    unsigned thread; /* who holds it */
    unsigned waiter_count;
    unsigned waiters[INSPECT_WAITERS_MAX]; /* threads that wait for it: the first ones */
};

/* Those that are held, of the device's driver: its wait locks and spin locks; and the presentation
 * locks of the driver, the device and its queues. */
unsigned inspect_locks(struct io_device *device, struct inspect_lock *locks, unsigned capacity);

/* ---- faults on demand ---- */

#define IO_TYPE_ANY (-1)

struct inspect_injection {
    int type;          /* WDF_REQUEST_TYPE of the requests that are meant; or IO_TYPE_ANY */
    unsigned passing;  /* completions that are left alone, before */
    unsigned failing;  /* these are not; 0: none */
    NTSTATUS status;   /* with which they end; a success: as they would */
    unsigned delay_ms; /* so much later */
};

/* "read", "write", "control", "internal control", "create"; "any", and from NULL, is
 * IO_TYPE_ANY. */
const char *inspect_type_name(int type);
bool inspect_type_from_name(const char *name, int *type);

/* Replaces what was injected before (io/injected.h). Looking: false if nothing is. */
void inspect_inject(struct io_device *device, const struct inspect_injection *injection);
bool inspect_injected(struct io_device *device, struct inspect_injection *injection);

/* ---- objects ---- */

struct inspect_object {
    const void *handle;
    const void *parent; /* NULL: it is a driver */
    unsigned depth;
    const char *class_name; /* "WDFQUEUE" */
    unsigned references;
    bool is_deleted;        /* and referenced still, or on its way */
    const void *creator;    /* return addresses in drivers; NULL: unknown, or the framework */
    const void *referencer; /* of the last WdfObjectReference */
};

/* The tree of objects that the device is in, its driver's, parents before children, at most that
 * many; returns how many there are. */
unsigned inspect_objects(struct io_device *device, struct inspect_object *objects,
                         unsigned capacity);

/* References of WdfDeviceStopIdle that were not given back, by tag and place. */
struct inspect_power_reference {
    const void *tag;
    const char *file; /* lives as long as the driver; NULL: unknown */
    long line;
    unsigned count;
};

/* At most that many; returns how many there are. */
unsigned inspect_power_references(struct wdf_device *device,
                                  struct inspect_power_reference *references, unsigned capacity);

/* ---- the calling thread ---- */

struct inspect_here {
    const char *callback; /* that it is inside of */
    const char *driver;
    const char *node;    /* of the device; NULL: it is about none, or is not known at once */
    const void *request; /* the innermost that the driver was given here; NULL: none was */
    pid_t client;        /* of that request; 0: nobody */
};

/* Takes no lock. False: the thread is in no callback of a driver. */
bool inspect_here(struct inspect_here *here);

/* Where a return address is: "driver.so+0x1a2b". addr2line(1) knows the line. */
#define INSPECT_PLACE_SIZE 256
void inspect_place(const void *address, char *place, size_t size);

#endif
