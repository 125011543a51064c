/*
 * An open file of Linux behind an open file of ours: what is asked of one is done to the other.
 *
 * A file that can be polled is read and written without waiting; what would wait lies in a queue of
 * the driver until the watcher tells that it is worth another try. Everything else that may wait is
 * a call of a thread of its own (blocking.h).
 */
#ifndef WDFUSE_LINUXFILE_OPENFILE_H
#define WDFUSE_LINUXFILE_OPENFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include <wdf.h>

#include "framework/object/worker.h"
#include "linuxfile/blocking.h"
#include "linuxfile/watcher.h"
#include "port/thread.h"

PORT_LOCK_KIND(events_lock);
PORT_LOCK_KIND(serving_lock);

/* One direction. Who serves it tries what lies in the queue; others have him look once more. */
struct waiting {
    struct port_mutex serving_lock;
    bool is_served GUARDED_BY(serving_lock);
    bool looks_again GUARDED_BY(serving_lock);
};

/* The context of a file object. */
typedef struct open_file {
    WDFFILEOBJECT handle;
    WDFDEVICE device;
    int descriptor; /* -1: not open yet */
    bool is_watched;
    bool is_terminal;
    bool has_offset;
    bool is_of_driver; /* a driver has opened it, for an I/O target */
    struct watched watched;
    struct port_mutex events_lock; /* around asking and telling what poll(2) says */
    struct waiting reads, writes;
} open_file;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(open_file, open_file_of)

/* The context of a request. */
typedef struct call {
    struct blocking blocking;
    WDFREQUEST request;
    struct open_file *file;
    size_t done; /* of a write: bytes that are written */
    NTSTATUS status;
    size_t information;
} call;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(call, call_of)

/* What the driver gives its device. */
typedef struct linux_device {
    char *path;
    dev_t number; /* what was there when the device was made */
    ino_t inode;
    mode_t type;
    WDFQUEUE reads, writes; /* what waits until the file can be read, written */
    bool passes_all_controls;
    struct work ending; /* of a target's */
    _Atomic(bool) is_gone;
    _Atomic(bool) has_warned; /* of a number that nobody knows */
} linux_device;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(linux_device, linux_device_of)

EVT_WDF_DEVICE_FILE_CREATE open_file_create;
EVT_WDF_FILE_CLOSE open_file_close;
EVT_WDF_OBJECT_CONTEXT_CLEANUP open_file_cleanup;
EVT_WDF_OBJECT_CONTEXT_DESTROY open_file_destroy;
EVT_WDF_IO_QUEUE_IO_READ open_file_read;
EVT_WDF_IO_QUEUE_IO_WRITE open_file_write;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL open_file_control;
EVT_WDF_IO_QUEUE_IO_STOP open_file_stop;
EVT_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE open_file_write_given_up;

/* 0, or the errno with a line logged: whether it is a file that can be served. */
int open_file_check(const char *path, struct linux_device *device);

#endif
