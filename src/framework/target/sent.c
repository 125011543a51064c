/*
 * Sending (S10.12-S10.25): a request goes to its target, and comes back.
 *
 *     DRIVER --sent_submit--> (PENDED --sent_launch-->) AWAY --complete--> DRIVER
 *
 * The target's lock decides what takes it back: from AWAY the answer below, from PENDED a start, a
 * cancellation or the end of the target. Its completion routine is called without locks.
 */
#include "framework/target/sent.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wdf.h>

#include "framework/io/buffer.h"
#include "framework/io/cancel.h"
#include "framework/io/fileobject.h"
#include "framework/io/pass.h"
#include "framework/object/apiresult.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"
#include "framework/target/format.h"
#include "port/clock.h"
#include "port/log.h"

/* What the device below has got knows what it is here. */
struct sent_client {
    struct sent *sent;
};

static struct sent_client *client_of(struct io_request *below)
{
    static_assert(sizeof(struct sent_client) <= IO_CLIENT_SIZE, "it fits");
    return io_request_client(below);
}

/* ---- time limits (S10.18) ---- */

static void expire_locked(struct alarm *alarm, uint64_t now) REQUIRES(alarms_lock)
{
    struct sent *sent = CONTAINING_RECORD(alarm, struct sent, alarm);
    struct wdf_request *request = sent->request;
    struct wdf_target *target = sent->target; /* it is not back, so both are there */
    unsigned serial = sent->alarm_serial;
    UNREFERENCED_PARAMETER(now);
    sent->is_too_late = true;
    object_reference(&request->object);
    object_reference(&target->object);
    port_unlock_of(&alarms, alarms_lock);
    (void)sent_cancel(sent, target, &serial);
    object_release(&target->object);
    object_release(&request->object);
    port_lock_of(&alarms, alarms_lock);
}

/* Under the target's lock: whoever takes it out of the target lifts the limit, and must find it. */
static void set_limit_locked(struct sent *sent, unsigned serial, LONGLONG timeout)
    REQUIRES(target_lock)
{
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    sent->alarm_serial = serial;
    sent->is_too_late = false;
    alarm_arm_locked(&sent->alarm, port_clock_add(port_clock_now(), port_clock_until(timeout)));
    alarms_changed_locked();
}

/* True: the time was over. */
static bool lift_limit(struct sent *sent)
{
    PORT_LOCK_SCOPE_OF(&alarms, alarms_lock);
    bool was_too_late = sent->is_too_late;
    sent->is_too_late = false;
    (void)alarm_disarm_locked(&sent->alarm);
    sent->alarm_serial = 0;
    return was_too_late;
}

/* ---- coming back ---- */

/* Out of the target's lists, with what it was sent as; NULL: it never went on. */
static struct io_request *take_back(struct sent *sent, struct wdf_target *target)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    if (sent->place == PLACE_AWAY)
        RemoveEntryList(&sent->entry);
    sent->place = PLACE_DRIVER;
    struct io_request *below = sent->below;
    sent->below = NULL;
    return below;
}

static void set_owned(struct wdf_request *request)
{
    if (request->device == NULL)
        return;
    IO_LOCK_SCOPE(request->device->domain);
    request->state = REQUEST_OWNED;
}

static void count_back(struct wdf_target *target, bool was_awaited)
{
    if (was_awaited)
        target->awaited--;
    target->outstanding--;
    if (target->waiters > 0) {
        PORT_LOCK_SCOPE_OF(target, target_lock);
        port_condition_broadcast(&target->changed);
    }
}

static void call_routine(struct sent *sent, struct wdf_target *target)
{
    PFN_WDF_REQUEST_COMPLETION_ROUTINE routine = sent->routine;
    WDFREQUEST request = request_handle(sent->request);
    sent->routine = NULL; /* S10.21 */
    if (routine == NULL)
        return;
    WDF_REQUEST_COMPLETION_PARAMS params;
    format_describe_completion(sent, &params);
    struct callback callback;
    callback_enter_request(&callback, "EvtRequestCompletionRoutine", target, sent->request,
                           sent->request->io.requestor_pid);
    port_callback("the completion routine gets request", request);
    routine(request, target_handle(target), &params, sent->context);
    callback_leave(&callback);
}

/* The request is the driver's again, and perhaps gone when this returns. */
static void come_back(struct sent *sent)
{
    struct wdf_target *target = sent->target;
    struct wdf_request *request = sent->request;
    object_reference(&target->object);
    struct io_request *below = take_back(sent, target);
    bool was_awaited = below != NULL && !sent->ignores_state;
    if (below != NULL)
        io_request_dereference(below);
    if (sent->is_limited && lift_limit(sent) && sent->status == STATUS_CANCELLED)
        sent->status = STATUS_IO_TIMEOUT;
    request->status = sent->status;
    request->information = sent->information;
    history_add_step(CAME_BACK, &request->object, 0, sent->status, 0);
    set_owned(request);
    call_routine(sent, target);
    count_back(target, was_awaited);
    object_release(&request->object);
    object_release(&target->object);
}

static void make_delivery(struct delivery *delivery)
{
    come_back(CONTAINING_RECORD(delivery, struct sent, delivery));
}

/* To the thread that waits in WdfRequestSend, or to the completion routine. */
static void return_to_sender(struct sent *sent, NTSTATUS status, size_t information)
{
    struct wdf_target *target = sent->target;
    sent->status = status;
    sent->information = information;
    if (!sent->is_synchronous) {
        deliver(&sent->delivery);
        return;
    }
    PORT_LOCK_SCOPE_OF(target, target_lock);
    sent->is_back = true;
    port_condition_broadcast(&target->changed);
}

void sent_refuse(struct sent *sent, NTSTATUS status)
{
    return_to_sender(sent, status, 0);
}

/* The answer of the device below, in whatever thread. */
static void complete(struct io_request *below, NTSTATUS status, size_t information)
{
    struct sent *sent = client_of(below)->sent;
    if (sent->format == FORMAT_CURRENT)
        pass_adopt_answer(sent->request, below, status);
    size_t count = min(information, below->output_length);
    if (sent->is_copied && !NT_ERROR(status) && count > 0 && below->output != NULL)
        memcpy(sent->output.address, below->output, count);
    return_to_sender(sent, status, information);
}

static bool make_output(struct io_request *below)
{
    struct wdf_request *request = client_of(below)->sent->request;
    bool is_there = request_prepare_output(request);
    below->output = request->io.output;
    return is_there;
}

/* Of a request that goes on as it came: its output is where the client's will be. */
static const struct io_transport sending_current = {
    .name = "I/O target",
    .is_driver = true,
    .complete = complete,
    .make_output = make_output,
};

static const struct io_transport sending_new = {
    .name = "I/O target", .is_driver = true, .complete = complete};

/* ---- going ---- */

static void *address_of(const struct sent_buffer *buffer)
{
    return buffer->length > 0 ? buffer->address : NULL;
}

static void describe_new(struct io_request *below, const struct sent *sent)
{
    const struct io_request *io = &sent->request->io;
    below->type = sent->type;
    below->control_code = sent->control_code;
    below->offset = sent->device_offset;
    below->is_from_driver = sent->request->device == NULL || io->is_from_driver;
    below->requestor_pid = below->is_from_driver ? getpid() : io->requestor_pid;
    below->requestor_is_32bit = io->requestor_is_32bit;
    if (sent->request->device != NULL)
        below->file = io->file != NULL ? io->file->lower : NULL;
    if (sent->has_arguments) {
        below->has_arguments = true;
        below->client_input = (uintptr_t)sent->input.address;
        below->client_output = (uintptr_t)sent->output.address;
        below->offset = (uintptr_t)sent->fourth.address;
    } else {
        below->input_length = sent->input.length;
        below->output_length = sent->output.length;
    }
}

static bool copy_input(struct io_request *below, const struct sent *sent)
{
    if (io_is_control(below->type)) {
        if (!io_request_control_buffers(below))
            return false;
    } else if (below->input_length > 0) {
        below->input = io_request_buffer(below, below->input_length);
        if (below->input == NULL)
            return false;
    }
    if (below->input_length > 0)
        memcpy(below->input, sent->input.address, below->input_length);
    return true;
}

/* S10.28: as the device below wants to have it. False: no memory. */
static bool fill_new(struct io_request *below, struct sent *sent)
{
    describe_new(below, sent);
    sent->is_copied = false;
    if (sent->has_arguments)
        return true;
    unsigned method = request_method(request_from_io(below));
    if (method == METHOD_NEITHER) {
        below->is_by_address = true;
        below->client_input = (uintptr_t)address_of(&sent->input);
        below->client_output = (uintptr_t)address_of(&sent->output);
        below->requestor_pid = getpid();
        return true;
    }
    bool is_direct = method == METHOD_IN_DIRECT || method == METHOD_OUT_DIRECT;
    if (is_direct && below->type == WdfRequestTypeWrite) {
        below->input = address_of(&sent->input);
        return true;
    }
    if (!copy_input(below, sent))
        return false;
    if (is_direct) {
        below->output = address_of(&sent->output);
        below->output_is_data = method == METHOD_IN_DIRECT && io_is_control(below->type);
    }
    sent->is_copied = !is_direct;
    return true;
}

static bool fill(struct io_request *below, struct sent *sent)
{
    if (sent->format == FORMAT_NEW)
        return fill_new(below, sent);
    sent->is_copied = false;
    pass_describe(below, sent->request);
    return true;
}

/* A request of the device below that nobody knows yet but by its cancellation. NULL: there is no
 * device, or no memory. */
static struct io_request *depart_locked(struct sent *sent, struct wdf_target *target)
    REQUIRES(target_lock)
{
    if (target->place.device == NULL)
        return NULL;
    struct io_request *below = io_request_create(
        target->place.device, sent->format == FORMAT_NEW ? &sending_new : &sending_current);
    if (below == NULL)
        return NULL;
    client_of(below)->sent = sent;
    io_request_reference(below);
    sent->below = below;
    sent->place = PLACE_AWAY;
    sent->cancel_round = target->cancel_round;
    InsertTailList(sent->ignores_state ? &target->ignoring : &target->sent, &sent->entry);
    if (!sent->ignores_state)
        target->awaited++;
    return below;
}

static bool is_given_up(const struct sent *sent)
{
    return sent->is_cancelled || sent->request->is_cancelled;
}

/* On its way, without the lock: `below` is what depart_locked has returned. It may be back, and
 * gone, when this returns. */
static void go(struct sent *sent, struct io_request *below, struct io_file *file, bool is_lowest)
{
    if (below == NULL) {
        sent_refuse(sent, is_lowest ? STATUS_INVALID_DEVICE_REQUEST /* S5.2 */
                                    : STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    if (!fill(below, sent)) {
        io_request_discard(below);
        sent_refuse(sent, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    if (file != NULL)
        below->file = file;
    history_add_step(SENT, &sent->request->object, (uintptr_t)&request_from_io(below)->object, 0,
                     0);
    if (log_is_enabled(LOG_LEVEL_DEBUG))
        request_log_sent(sent->request, below, "sent");
    if (is_given_up(sent))
        io_request_cancel(below);
    io_request_submit_sent(below);
}

/* Started, and with something that waits for that: under one lock with its departure, so that a
 * thread that stops the target finds it on one side or the other. */
static struct sent *take_pended_locked(struct wdf_target *target) REQUIRES(target_lock)
{
    if (target->state != WdfIoTargetStarted || IsListEmpty(&target->pended))
        return NULL;
    struct sent *sent = CONTAINING_RECORD(RemoveHeadList(&target->pended), struct sent, entry);
    sent->place = PLACE_DRIVER;
    return sent;
}

bool sent_launch_next(struct wdf_target *target)
{
    port_lock_of(target, target_lock);
    struct sent *sent = take_pended_locked(target);
    bool is_lowest = target->place.device == NULL;
    struct io_file *file = target->place.file;
    struct io_request *below =
        sent != NULL && !is_given_up(sent) ? depart_locked(sent, target) : NULL;
    port_unlock_of(target, target_lock);
    if (sent == NULL)
        return false;
    if (is_given_up(sent) && below == NULL)
        sent_refuse(sent, STATUS_CANCELLED);
    else
        go(sent, below, file, is_lowest);
    return true;
}

/* ---- cancelling ---- */

/* What there is to be cancelled, with a reference; or it was pended, and is the caller's. */
static struct io_request *find(struct sent *sent, struct wdf_target *target, const unsigned *serial,
                               bool *was_pended)
{
    PORT_LOCK_SCOPE_OF(target, target_lock);
    *was_pended = false;
    if (serial != NULL && *serial != sent->serial)
        return NULL;
    if (sent->place == PLACE_PENDED) {
        RemoveEntryList(&sent->entry);
        sent->place = PLACE_DRIVER;
        *was_pended = true;
    } else if (sent->place == PLACE_AWAY) {
        io_request_reference(sent->below);
        return sent->below;
    }
    return NULL;
}

bool sent_cancel(struct sent *sent, struct wdf_target *target, const unsigned *serial)
{
    bool was_pended;
    struct io_request *below = find(sent, target, serial, &was_pended);
    if (was_pended)
        sent_refuse(sent, STATUS_CANCELLED); /* S7.37 */
    if (below == NULL)
        return was_pended;
    bool was_told = request_cancel_told(request_from_io(below));
    io_request_dereference(below);
    return was_told;
}

/* The target that is set stays until the request is back, which takes the lock that is held. */
static struct wdf_object *reference_holder(struct sending *sending)
{
    struct wdf_target *target = CONTAINING_RECORD(sending, struct sent, sending)->target;
    if (target == NULL)
        return NULL;
    object_reference(&target->object);
    return &target->object;
}

static bool give_up(struct sending *sending, struct wdf_object *holder)
{
    return sent_cancel(CONTAINING_RECORD(sending, struct sent, sending),
                       CONTAINING_RECORD(holder, struct wdf_target, object), NULL);
}

/* ---- the memory ---- */

static bool is_away(const struct sending *sending)
{
    port_lock_is_not_needed(target_lock); /* a moment's answer */
    return CONTAINING_RECORD(sending, const struct sent, sending)->place != PLACE_DRIVER;
}

static void release(struct sending *sending)
{
    sent_reset(CONTAINING_RECORD(sending, struct sent, sending));
}

static void free_sent(struct sending *sending)
{
    struct sent *sent = CONTAINING_RECORD(sending, struct sent, sending);
    sent_reset(sent);
    free(sent);
}

struct sent *sent_of(struct wdf_request *request)
{
    struct sent *sent = request->sending != NULL
                            ? CONTAINING_RECORD(request->sending, struct sent, sending)
                            : calloc(1, sizeof(*sent));
    if (sent == NULL)
        return NULL;
    if (request->sending == NULL) {
        sent->sending.reference_holder = reference_holder;
        sent->sending.give_up = give_up;
        sent->sending.is_away = is_away;
        sent->sending.release = release;
        sent->sending.free = free_sent;
        sent->delivery.make = make_delivery;
        sent->alarm.expire_locked = expire_locked;
        request->sending = &sent->sending;
    }
    if (!sent->sending.is_used) { /* else the target may look at it in this moment */
        sent->request = request;
        sent->sending.is_used = true;
    }
    return sent;
}

void sent_reset(struct sent *sent)
{
    struct wdf_target *target = sent->target;
    format_release(sent);
    sent->routine = NULL;
    sent->is_cancelled = false;
    sent->target = NULL;
    sent->sending.is_used = false;
    if (target != NULL)
        object_release(&target->object);
}

/* ---- WdfRequestSend ---- */

/* From the driver's hands; a bug check if it is not in them. */
static void claim(struct wdf_request *request, const struct sent *sent)
{
    bool is_drivers;
    if (request->device != NULL) {
        IO_LOCK_SCOPE(request->device->domain);
        is_drivers = request->state == REQUEST_OWNED;
        if (is_drivers)
            request_set_sent_locked(request);
    } else {
        port_lock_is_not_needed(target_lock); /* only the driver's own calls meet here */
        is_drivers = sent->place == PLACE_DRIVER;
    }
    if (!is_drivers)
        verifier_bugcheck(WDF_REQUEST_FATAL_ERROR, "WdfRequestSend",
                          "WDFREQUEST %p is not the driver's: it was sent already, or is queued or "
                          "marked cancelable (S10.15)",
                          (void *)&request->object);
}

/* S10.5: STATUS_SUCCESS, STATUS_WDF_QUEUED: it waits; STATUS_INVALID_DEVICE_STATE,
 * STATUS_CANCELLED. */
static NTSTATUS accept_locked(const struct sent *sent, const struct wdf_target *target)
    REQUIRES(target_lock)
{
    bool is_open = target->state == WdfIoTargetStarted || target->state == WdfIoTargetStopped ||
                   (target->state == WdfIoTargetPurged && sent->ignores_state);
    if (!is_open)
        return STATUS_INVALID_DEVICE_STATE;
    if (sent->is_cancelled)
        return STATUS_CANCELLED; /* S7.36 */
    return target->state == WdfIoTargetStopped && !sent->ignores_state ? STATUS_WDF_QUEUED
                                                                       : STATUS_SUCCESS;
}

static void set_target(struct sent *sent, struct wdf_target *target)
{
    struct wdf_target *last = sent->target;
    if (last == target)
        return;
    object_reference(&target->object);
    sent->target = target;
    if (last != NULL)
        object_release(&last->object);
}

static void await_return(struct sent *sent, struct wdf_target *target)
{
    deliveries_make();
    PORT_LOCK_SCOPE_OF(target, target_lock);
    while (!sent->is_back)
        port_condition_wait(&target->changed, &target->target_lock);
}

/* Others may take it out, and have it back at its driver, as soon as the lock is dropped: the
 * sender, which has more to do, gets references on both. */
static void pend_locked(struct sent *sent, struct wdf_target *target) REQUIRES(target_lock)
{
    sent->place = PLACE_PENDED;
    InsertTailList(&target->pended, &sent->entry);
    object_reference(&sent->request->object);
    object_reference(&target->object);
}

bool sent_submit(struct sent *sent, struct wdf_target *target,
                 const WDF_REQUEST_SEND_OPTIONS *options)
{
    struct wdf_request *request = sent->request;
    ULONG flags = options != NULL ? options->Flags : 0;
    LONGLONG timeout =
        (flags & WDF_REQUEST_SEND_OPTION_TIMEOUT) != 0 ? options->Timeout : 0; /* 0: no limit */
    bool is_synchronous = (flags & WDF_REQUEST_SEND_OPTION_SYNCHRONOUS) != 0;
    set_target(sent, target); /* before anybody may ask who has the request */
    claim(request, sent);
    sent->is_synchronous = is_synchronous;
    sent->ignores_state = (flags & WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE) != 0;
    sent->is_limited = timeout != 0;
    object_reference(&request->object);
    target->outstanding++;

    port_lock_of(target, target_lock);
    NTSTATUS status = accept_locked(sent, target);
    struct io_request *below = status == STATUS_SUCCESS ? depart_locked(sent, target) : NULL;
    bool is_lowest = target->place.device == NULL;
    struct io_file *file = target->place.file;
    unsigned serial = ++sent->serial;
    sent->is_back = false;
    if (timeout != 0 && NT_SUCCESS(status))
        set_limit_locked(sent, serial, timeout);
    if (status == STATUS_WDF_QUEUED)
        pend_locked(sent, target);
    port_unlock_of(target, target_lock);

    if (!NT_SUCCESS(status)) {
        request->status = status;
        set_owned(request);
        count_back(target, false);
        object_release(&request->object);
        return false;
    }
    if (status == STATUS_SUCCESS)
        go(sent, below, file, is_lowest);
    else if (request->is_cancelled)
        (void)sent_cancel(sent, target, &serial);
    if (is_synchronous) {
        await_return(sent, target);
        come_back(sent);
    }
    if (status == STATUS_WDF_QUEUED) {
        object_release(&request->object);
        object_release(&target->object);
    }
    return true;
}

static const char *problem_of_options(const WDF_REQUEST_SEND_OPTIONS *options,
                                      const struct wdf_request *request, bool is_of_umdf)
{
    const ULONG impersonation = WDF_REQUEST_SEND_OPTION_IMPERSONATE_CLIENT |
                                WDF_REQUEST_SEND_OPTION_IMPERSONATION_IGNORE_FAILURE;
    const ULONG known = WDF_REQUEST_SEND_OPTION_TIMEOUT | WDF_REQUEST_SEND_OPTION_SYNCHRONOUS |
                        WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE |
                        WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET;
    if (options->Size != sizeof(*options))
        return "their Size is wrong";
    ULONG allowed = is_of_umdf ? known | impersonation : known;
    if ((options->Flags & ~allowed) != 0)
        return "they have unknown Flags";
    ULONG others = options->Flags & known & ~(ULONG)WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET;
    if ((options->Flags & WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET) != 0 && others != 0)
        return "SEND_AND_FORGET goes with no other flag";
    if ((options->Flags & impersonation) != 0 && request->io.type != WdfRequestTypeCreate)
        return "only a create can impersonate its client";
    return NULL;
}

/* S10.15. False: not sent, with that status. */
static bool forget(struct wdf_request *request, struct wdf_target *target, NTSTATUS *status)
{
    const struct sent *sent =
        request->sending != NULL ? CONTAINING_RECORD(request->sending, struct sent, sending) : NULL;
    if (request->device == NULL) {
        *status = STATUS_INVALID_DEVICE_STATE;
        return false;
    }
    if (sent != NULL && sent->format == FORMAT_NEW) {
        verifier_break("WdfRequestSend", "S10.15",
                       "WDFREQUEST %p was formatted anew: it can't be sent and forgotten",
                       (void *)&request->object);
        *status = STATUS_INVALID_DEVICE_REQUEST;
        return false;
    }
    if (request->io.type == WdfRequestTypeCreate &&
        request->device->settings.file_class != WdfFileObjectNotRequired)
        verifier_break("WdfRequestSend", "S4.15",
                       "the create %p is sent and forgotten by a driver that has file objects",
                       (void *)&request->object);
    port_lock_of(target, target_lock);
    struct io_device *device = target->place.device;
    struct io_file *file = target->place.file;
    port_unlock_of(target, target_lock);
    *status = pass_and_forget(request, device, file);
    return NT_SUCCESS(*status);
}

/* What speaks against sending it: S10.15. */
static NTSTATUS check_sendable(const struct sent *sent, ULONG flags)
{
    const struct wdf_request *request = sent->request;
    bool is_asynchronous = (flags & WDF_REQUEST_SEND_OPTION_SYNCHRONOUS) == 0;
    if (is_asynchronous && request->device != NULL && sent->routine == NULL) {
        verifier_break("WdfRequestSend", "S10.15",
                       "WDFREQUEST %p is a queue's, and has no completion routine",
                       (const void *)&request->object);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (sent->format == FORMAT_NONE) {
        verifier_break("WdfRequestSend", "S10.15", "WDFREQUEST %p is not formatted",
                       (const void *)&request->object);
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    if (!is_asynchronous && !verifier_irql_is_at_most(PASSIVE_LEVEL, "WdfRequestSend"))
        return STATUS_INVALID_DEVICE_REQUEST;
    return STATUS_SUCCESS;
}

static bool send(struct wdf_request *request, struct wdf_target *target,
                 const WDF_REQUEST_SEND_OPTIONS *options, NTSTATUS *status)
{
    ULONG flags = options != NULL ? options->Flags : 0;
    const char *problem =
        options != NULL ? problem_of_options(options, request, target->owner->is_umdf) : NULL;
    *status = STATUS_INVALID_PARAMETER;
    if (problem != NULL) {
        verifier_break("WdfRequestSend", "S10.15", "the Options are refused: %s", problem);
        return false;
    }
    if ((flags & WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET) != 0)
        return forget(request, target, status);
    struct sent *sent = sent_of(request);
    *status = sent != NULL ? check_sendable(sent, flags) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(*status))
        return false;
    bool was_sent = sent_submit(sent, target, options);
    if (!was_sent)
        *status = request->status;
    return was_sent;
}

BOOLEAN WdfRequestSend(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_SEND_OPTIONS Options)
{
    struct wdf_request *request = request_from_handle(Request);
    struct wdf_target *target = target_from_handle(Target);
    NTSTATUS status;
    if (!request_is_alive(request, __func__))
        return FALSE;
    if (send(request, target, Options, &status))
        return TRUE;
    request->status = status;
    (void)API_RESULT(status, "S10.12");
    return FALSE;
}

BOOLEAN WdfRequestCancelSentRequest(WDFREQUEST Request)
{
    struct wdf_request *request = request_from_handle(Request);
    struct sent *sent = sent_of(request);
    if (sent == NULL)
        return FALSE;
    sent->is_cancelled = true;
    struct wdf_target *target = sent->target;
    if (target == NULL)
        return FALSE;
    object_reference(&request->object);
    bool was_told = sent_cancel(sent, target, NULL);
    object_release(&request->object);
    return was_told;
}
