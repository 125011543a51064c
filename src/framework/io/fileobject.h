/*
 * WDFFILEOBJECT and the open file behind it (S4).
 *
 * A struct io_file is one open(2), as the transport knows it. It owns the WDFFILEOBJECT, if the
 * device wants one.
 */
#ifndef WDFUSE_FRAMEWORK_IO_FILEOBJECT_H
#define WDFUSE_FRAMEWORK_IO_FILEOBJECT_H

#include <stdbool.h>

#include "framework/io/domain.h"
#include "framework/io.h"
#include "framework/object/object.h"
#include "framework/io/overlapped.h"
#include "framework/io/quota.h"
#include "framework/io/readiness.h"
#include "framework/object/worker.h"

struct wdf_file_object {
    struct wdf_object object;
    struct io_device *device;
    uint64_t serial;           /* of the open file, which it may outlive by a reference */
    struct io_file *open_file; /* guarded by the device's io_lock; NULL once it is closed */
    uint32_t open_flags;
    pid_t opener_pid;
};

struct io_file {
    struct io_device *device;
    struct wdf_file_object *object; /* NULL with class NotRequired (S4.3) */
    _Atomic(uint32_t) open_flags; /* only the in-process transport changes them, as F_SETFL does */
    pid_t opener_pid;
    /* The process of that thread, and its user; 0: not known. Constant once the file is made. */
    pid_t opener_process;
    uid_t opener_user;
    /* The same open at the next lower device, if the create was sent there; released with this.
     * Constant once the create has succeeded */
    struct io_file *lower;
    /*
     * Transfers enter a stack at the uppermost device that may want to see them. `entry`: the file
     * there; `opened`: of that one, the file that was opened, of the uppermost device. Both are
     * usually the file itself. Constant once the create has succeeded.
     */
    struct io_file *entry;
    struct io_file *opened;
    uint64_t serial; /* no other file has ever had it; not 0 */
    /* Constant once the create has succeeded */
    struct quota_share quota;

    /* Guarded by the device's io_lock. */
    LIST_ENTRY entry_of_device GUARDED_BY(io_lock);
    /* Requests submitted on this file and not answered; close waits for them (S4.20) */
    unsigned outstanding GUARDED_BY(io_lock);
    /* Cleanup is done, close is due when nothing is outstanding */
    bool is_released GUARDED_BY(io_lock);
    struct overlapped overlapped;
    struct file_readiness readiness;
    struct work close_work;
    struct work cleanup_work;
};

/* The open file of a create request: with its WDFFILEOBJECT (S4.7 step 2). NULL when there is no
 * memory. */
struct io_file *file_create(struct io_device *device, uint32_t open_flags, pid_t opener_pid);

/* For what a device gets by none of its open files: without WDFFILEOBJECT, never closed. NULL when
 * there is no memory. */
struct io_file *file_create_none(struct io_device *device);
void file_free_none(struct io_file *file);

/* The create that was sent down has succeeded, too: with this file there. */
void file_adopt_lower(struct io_file *file, struct io_file *lower);

/* The create of this file has succeeded: the file that transfers are to be made of. */
struct io_file *file_choose_entry(struct io_file *file);

/* After a create that failed: S4.12 when the driver has seen it, S4.13 when not. The open count is
 * the caller's. */
void file_destroy_after_failed_create(struct io_file *file, bool was_presented);

/*
 * Counts a request of the file as answered. With the io_lock held. True: it was the last one of a
 * released file, and the caller calls file_close_later after it has dropped the lock.
 */
static inline bool file_request_answered_locked(struct io_file *file) REQUIRES(io_lock)
{
    file->outstanding--;
    return file->is_released && file->outstanding == 0;
}
void file_close_later(struct io_file *file);

/* The open file behind that object, which is not closed before it is let go again; NULL: it is
 * closed. */
struct io_file *file_hold(struct wdf_file_object *object);
void file_let_go(struct io_file *file);

/* The cleanup that overlapped_end has put off. */
void file_clean_up_later(struct io_file *file);

extern const struct object_class file_object_class;

#define file_object_from_handle(handle)                                                            \
    CONTAINING_RECORD(object_from_handle((handle), &file_object_class, __func__),                  \
                      struct wdf_file_object, object)

/* NULL without a file, or when the device wants no WDFFILEOBJECT. */
WDFFILEOBJECT file_handle(const struct io_file *file);

#endif
