/*
 * Passing: a request of one device becomes one of the next lower device, and that one's answer is
 * its answer. This is what a filter does with all that it has no queue for (S5.12), and what
 * WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET asks for (S10.16). What a driver wants to have back goes
 * through an I/O target (target/).
 *
 * The request above stays where it is, in state SENT, for the transport to cancel and to answer; of
 * its data nothing is copied.
 */
#ifndef WDFUSE_FRAMEWORK_IO_PASS_H
#define WDFUSE_FRAMEWORK_IO_PASS_H

#include "framework/io/request.h"

/*
 * To that device, by that open file of it; NULL: by the one that belongs to the file above. Two
 * steps, the first in the section of the lock that decides about it: a request in state SENT,
 * on no list, with one of the device below that may be cancelled from then on; the second without
 * the lock. They are answered when that returns, or later. pass_begin_locked returns false when
 * there is no memory: the request is as it was.
 */
bool pass_begin_locked(struct wdf_request *request, struct io_device *device, struct io_file *file)
    REQUIRES(io_lock);
void pass_submit(struct wdf_request *request);

/*
 * The same of a request that the driver has (S10.16): for the driver it ends here, before the
 * device below sees it. `device` NULL: there is none. STATUS_INVALID_DEVICE_REQUEST, after a break:
 * it is not the driver's; STATUS_INSUFFICIENT_RESOURCES: it still is.
 */
NTSTATUS pass_and_forget(struct wdf_request *request, struct io_device *device,
                         struct io_file *file);

/* The holder of a request in state SENT, the device below or a target: with references. */
struct passed_to {
    struct wdf_request *request;
    struct io_request *below;
    struct wdf_object *holder;
};
struct passed_to pass_find_locked(struct wdf_request *request) REQUIRES(io_lock);

/* The client gives it up: its holder is told, and the references are dropped. True if that one
 * can let go of it (S7.35). Without locks. */
bool pass_give_up(const struct passed_to *to);

/* What goes down with a request as it is: its kind, lengths, data and client, and its file at the
 * next lower device. */
void pass_describe(struct io_request *below, const struct wdf_request *request);

/* What an answer from below brings beside its bytes: of a create the file, which belongs to the one
 * that was opened above. */
void pass_adopt_answer(struct wdf_request *request, struct io_request *below, NTSTATUS status);

#endif
