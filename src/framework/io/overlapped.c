/*
 * Non-blocking reads and writes. See overlapped.h.
 *
 * A request that is tried has this module for its transport; the client's own is answered when the
 * request is completed in dispatch, or else as soon as dispatch has returned. The request itself,
 * with its buffer, then belongs to the file until the driver completes it, and the buffer of a read
 * until somebody has taken it.
 */
#include "framework/io/overlapped.h"

#include <fcntl.h>

#include <wdf.h>
#include <wdfuse/poll.h>

#include "framework/io/cancel.h"
#include "framework/io/dispatch.h"
#include "framework/io/fileobject.h"
#include "framework/io/iodevice.h"
#include "framework/io/queue.h"
#include "framework/io/request.h"
#include "nt/status.h"
#include "port/log.h"

static const struct io_transport overlapped_transport;

/* What an accepted write takes besides its bytes: the request, and the file, which may be closed
 * already. */
#define WRITE_OVERHEAD 1024

/* Full: one more write of the largest size could go beyond the limit. No longer full: well below,
 * so that those who wait are not woken for each single write. */
#define FULL_ABOVE (OVERLAPPED_WRITES_MAX - IO_TRANSFER_MAX - WRITE_OVERHEAD)
#define ROOM_BELOW (OVERLAPPED_WRITES_MAX / 2)

static void dispatch_released(struct work *work);

static void transfer_init(struct transfer *transfer, struct io_file *file)
{
    transfer->file = file;
    InitializeListHead(&transfer->waiting);
    InitializeListHead(&transfer->released);
    work_init(&transfer->release, dispatch_released, file->device->works);
}

void overlapped_init(struct io_file *file)
{
    transfer_init(&file->overlapped.read, file);
    transfer_init(&file->overlapped.write, file);
}

static bool is_read(const struct io_request *io)
{
    return io->type == WdfRequestTypeRead;
}

static struct transfer *transfer_of(const struct io_request *io)
{
    return is_read(io) ? &io->file->overlapped.read : &io->file->overlapped.write;
}

/* ---- outcomes ---- */

/* The reference of the transfer becomes the caller's. */
static struct wdf_request *reset_locked(struct transfer *transfer) REQUIRES(io_lock)
{
    struct wdf_request *request = transfer->request;
    transfer->state = TRANSFER_IDLE;
    transfer->request = NULL;
    transfer->is_awaited = false;
    transfer->taken = 0;
    return request;
}

/*
 * Gives what there is, or as much as fits, to a request that asks in state DONE. The bytes stay
 * where the driver has put them: `source` holds them until the request is answered.
 */
static void take_locked(struct transfer *transfer, struct wdf_request *request) REQUIRES(io_lock)
{
    struct io_request *io = &request->io;
    struct wdf_request *source = transfer->request;
    size_t left = transfer->length - transfer->taken;

    request->status = transfer->status;
    request->information = is_read(io) && left > io->output_length ? io->output_length : left;
    if (request->information > 0)
        io->output = (unsigned char *)source->io.output + transfer->taken;
    transfer->taken += request->information;
    if (transfer->taken == transfer->length) {
        request->source = reset_locked(transfer);
    } else {
        object_reference(&source->object);
        request->source = source;
    }
}

/* Answers a request that goes to no queue, with its status and information. It is COMPLETED: that
 * was decided and set under the same lock, since a cancellation may be looking. */
static void answer(struct wdf_request *request)
{
    struct wdf_request *source = request->source;
    request_finish(request, request->status, request->information);
    if (source != NULL)
        object_release(&source->object);
}

/* ---- what a client can make the device remember ---- */

static size_t weight_of(const struct io_request *io)
{
    return io->input_length + WRITE_OVERHEAD;
}

static void enter_write_locked(struct io_device *device, const struct io_request *io)
    REQUIRES(io_lock)
{
    struct device_overlapped *accepted = &device->overlapped;
    quota_enter_write_locked(io->file->quota.account, weight_of(io));
    accepted->bytes += weight_of(io);
    if (accepted->bytes > FULL_ABOVE)
        accepted->is_full = true;
}

/* True: there is room again, and readiness_wake_for_room is called without the lock. */
static bool leave_write_locked(struct io_device *device, const struct io_request *io)
    REQUIRES(io_lock)
{
    struct device_overlapped *accepted = &device->overlapped;
    bool has_room = quota_leave_write_locked(io->file->quota.account, weight_of(io));
    accepted->bytes -= weight_of(io);
    if (!accepted->is_full || accepted->bytes > ROOM_BELOW)
        return has_room;
    accepted->is_full = false;
    return true;
}

static bool has_no_room_locked(struct io_file *file) REQUIRES(io_lock)
{
    bool is_full = file->device->overlapped.is_full || !quota_has_room_locked(file->quota.account);
    if (is_full)
        file->overlapped.awaits_room = true;
    return is_full;
}

/* ---- submitting ---- */

bool overlapped_is_asked(WDF_REQUEST_TYPE type, uint32_t open_flags)
{
    bool is_transfer = type == WdfRequestTypeRead || type == WdfRequestTypeWrite;
    return is_transfer && (open_flags & O_NONBLOCK) != 0;
}

static bool may_wait(const struct io_request *io)
{
    return !overlapped_is_asked(io->type, io->open_flags);
}

bool overlapped_concerns_locked(const struct io_request *io)
{
    if (io->type != WdfRequestTypeRead && io->type != WdfRequestTypeWrite)
        return false;
    return !may_wait(io) || transfer_of(io)->state >= TRANSFER_IN_FLIGHT;
}

/* Where a request goes. */
enum course {
    COURSE_ANSWER,   /* to its client, with what was stored in it */
    COURSE_WAIT,     /* to the end of the line */
    COURSE_DISPATCH, /* to the driver, as any */
    COURSE_TRY,      /* to the driver, as one that does not wait */
};

static enum course answer_with(struct wdf_request *request, NTSTATUS status)
{
    request->status = status;
    return COURSE_ANSWER;
}

/* The driver has said that it would have to wait (<wdfuse/poll.h>). An error, or the end, it shall
 * tell. */
static bool is_hopeless_locked(const struct io_request *io) REQUIRES(io_lock)
{
    ULONG hopeful = is_read(io) ? WdfusePollIn : WdfusePollOut;
    hopeful |= WdfusePollError | WdfusePollHangup;
    return (readiness_of_driver_locked(io->file) & hopeful) == 0;
}

static enum course wait_locked(struct transfer *transfer, struct wdf_request *request)
    REQUIRES(io_lock)
{
    if (request->is_cancelled)
        return answer_with(request, STATUS_CANCELLED);
    request->state = REQUEST_WAITING;
    InsertTailList(&transfer->waiting, &request->queue_entry);
    return COURSE_WAIT;
}

static enum course try_locked(struct transfer *transfer, struct wdf_request *request)
    REQUIRES(io_lock)
{
    if (transfer->state != TRANSFER_IDLE || is_hopeless_locked(&request->io)) {
        transfer->is_awaited = transfer->is_awaited || transfer->state == TRANSFER_TRYING;
        return answer_with(request, STATUS_CANT_WAIT);
    }
    if (!is_read(&request->io)) {
        if (has_no_room_locked(request->io.file))
            return answer_with(request, STATUS_CANT_WAIT);
        enter_write_locked(request->device, &request->io);
    }
    transfer->state = TRANSFER_TRYING;
    transfer->request = request;
    object_reference(&request->object); /* the transfer's */
    request->trial = TRIAL_RUNNING;
    request->client = request->io.transport;
    request->io.transport = &overlapped_transport;
    return COURSE_TRY;
}

static enum course choose_locked(struct transfer *transfer, struct wdf_request *request)
    REQUIRES(io_lock)
{
    if (transfer->state == TRANSFER_DONE) {
        take_locked(transfer, request);
        return COURSE_ANSWER;
    }
    if (may_wait(&request->io))
        return transfer->state == TRANSFER_IN_FLIGHT ? wait_locked(transfer, request)
                                                     : COURSE_DISPATCH;
    if (io_device_is_closing_locked(request->device))
        return answer_with(request, STATUS_DEVICE_REMOVED);
    return try_locked(transfer, request);
}

/*
 * Dispatch is over. What the driver has not completed is in flight from now on, and its client is
 * answered here. The file must not be looked at when the trial is over: its client may have closed
 * it.
 */
static void conclude_trial(struct wdf_request *request)
{
    struct io_request *io = &request->io;
    io_lock(request->device->domain);
    bool is_in_flight = request->trial == TRIAL_RUNNING;
    bool is_unwanted = is_in_flight && is_read(io) && io->file->overlapped.is_ended;
    if (is_in_flight) {
        request->trial = TRIAL_DETACHED;
        transfer_of(io)->state = TRANSFER_IN_FLIGHT;
    }
    io_unlock(request->device->domain);
    if (!is_in_flight)
        return;
    if (is_read(io))
        request->client->complete(io, STATUS_CANT_WAIT, 0);
    else
        request->client->complete(io, STATUS_SUCCESS, io->input_length);
    if (is_unwanted) /* closed while it was being tried: not what a kernel lets happen */
        request_cancel(request);
}

void overlapped_submit(struct wdf_request *request)
{
    struct io_device *device = request->device;
    if (!may_wait(&request->io))
        readiness_ask(request->io.file);
    io_lock(device->domain);
    enum course course = choose_locked(transfer_of(&request->io), request);
    if (course == COURSE_ANSWER)
        request->state = REQUEST_COMPLETED;
    io_unlock(device->domain);
    switch (course) {
    case COURSE_ANSWER:
        answer(request);
        return;
    case COURSE_WAIT:
        return;
    case COURSE_DISPATCH:
        dispatch_transfer(request);
        return;
    case COURSE_TRY:
        object_reference(&request->object); /* until the trial is over */
        dispatch_transfer(request);
        conclude_trial(request);
        object_release(&request->object);
        return;
    }
}

void overlapped_give_up_locked(struct wdf_request *request)
{
    RemoveEntryList(&request->queue_entry);
    request->state = REQUEST_COMPLETED;
}

/* ---- to the driver after all ---- */

/*
 * A thread that completes a request must not give another one to the driver: it may hold the
 * driver's locks, be above PASSIVE_LEVEL, and be inside the queue's loop. So a worker does it, one
 * thread for each request, since the driver keeps it for as long as its callback takes. Meanwhile
 * file and device count it.
 */
static void begin_release_locked(struct transfer *transfer) REQUIRES(io_lock)
{
    if (transfer->is_releasing)
        return;
    transfer->is_releasing = true;
    transfer->file->outstanding++;
    transfer->file->device->outstanding++;
    work_submit(&transfer->release);
}

static void dispatch_released(struct work *work)
{
    struct transfer *transfer = CONTAINING_RECORD(work, struct transfer, release);
    struct io_file *file = transfer->file;
    struct io_device *device = file->device;
    object_reference(&device->object);
    io_lock(device->domain);
    transfer->is_releasing = false;
    if (IsListEmpty(&transfer->released)) { /* they have given up */
        io_unlock(device->domain);
    } else {
        struct wdf_request *request = request_from_queue_entry(RemoveHeadList(&transfer->released));
        request->state = REQUEST_NEW;
        if (!IsListEmpty(&transfer->released))
            begin_release_locked(transfer);
        dispatch_transfer_and_unlock(request);
    }
    request_count_answered(device, file); /* as begin_release_locked has counted it */
    object_release(&device->object);
}

/* ---- completion ---- */

/* What the driver has done with a request in flight. */
struct completion {
    NTSTATUS status;
    size_t information;
};

/* Bytes that write(2) has taken and the driver has not are as lost as those of a failure. */
static NTSTATUS outcome_status(const struct io_request *io, const struct completion *completion)
{
    bool is_short = !is_read(io) && completion->information < io->input_length;
    return is_short && NT_SUCCESS(completion->status) ? STATUS_DATA_NOT_ACCEPTED
                                                      : completion->status;
}

/*
 * Whether somebody will be told. Not when the file is closed, nor of what the removal has
 * cancelled, which every further call says in its own way; nor of a write that has succeeded, nor
 * of a read that was cancelled because its client was interrupted: that is as if it had never been
 * tried.
 */
static bool has_outcome_locked(const struct wdf_request *request, NTSTATUS status) REQUIRES(io_lock)
{
    bool is_cancelled = status == STATUS_CANCELLED;
    if (request->io.file->overlapped.is_ended)
        return false;
    if (is_cancelled && io_device_is_closing_locked(request->device))
        return false;
    return is_read(&request->io) ? !(is_cancelled && request->is_cancelled) : !NT_SUCCESS(status);
}

static void keep_outcome_locked(struct transfer *transfer, const struct io_request *io,
                                NTSTATUS status, size_t information) REQUIRES(io_lock)
{
    transfer->state = TRANSFER_DONE;
    transfer->status = status;
    transfer->length = is_read(io) && NT_SUCCESS(status) ? information : 0;
    transfer->taken = 0;
}

/* Nobody is there to be told. */
static void report_lost_write(const struct io_request *io, NTSTATUS status)
{
    log_warning(
        "a write of %zu bytes by process %d was accepted, and has failed without anybody's being told: "
        "%s",
        io->input_length, (int)io->requestor_pid, nt_status_name(status));
}

/* The requests that get a piece of the outcome, on a list of their own, and the others, which go to
 * the driver. */
static void release_waiting_locked(struct transfer *transfer, LIST_ENTRY *served) REQUIRES(io_lock)
{
    while (!IsListEmpty(&transfer->waiting)) {
        LIST_ENTRY *entry = RemoveHeadList(&transfer->waiting);
        struct wdf_request *request = request_from_queue_entry(entry);
        if (transfer->state != TRANSFER_DONE) {
            InsertTailList(&transfer->released, entry);
            continue;
        }
        request->state = REQUEST_COMPLETED;
        take_locked(transfer, request);
        InsertTailList(served, entry);
    }
    if (!IsListEmpty(&transfer->released))
        begin_release_locked(transfer);
}

static void answer_all(LIST_ENTRY *served)
{
    while (!IsListEmpty(served))
        answer(request_from_queue_entry(RemoveHeadList(served)));
}

/* The pollers to be told that something is over. */
struct news {
    struct poll_waiter waiter; /* of the file */
    bool has_room;             /* and whoever waits for room */
};

static void tell(struct io_device *device, const struct news *news)
{
    readiness_wake(news->waiter);
    if (news->has_room)
        readiness_wake_for_room(device);
}

/* The file stays until the request is counted as answered, which is after this. */
static void complete_in_flight(struct wdf_request *request, const struct completion *completion)
{
    struct io_request *io = &request->io;
    struct io_file *file = io->file;
    struct transfer *transfer = transfer_of(io);
    struct wdf_request *unwanted = NULL;
    NTSTATUS status = outcome_status(io, completion);
    struct news news = {0};
    LIST_ENTRY served;
    InitializeListHead(&served);

    io_lock(request->device->domain);
    request->trial = TRIAL_OVER;
    if (has_outcome_locked(request, status))
        keep_outcome_locked(transfer, io, status, completion->information);
    else
        unwanted = reset_locked(transfer);
    release_waiting_locked(transfer, &served);
    news.waiter = readiness_take_locked(file);
    news.has_room = !is_read(io) && leave_write_locked(request->device, io);
    bool cleanup_is_due = !is_read(io) && file->overlapped.owes_cleanup;
    io_unlock(request->device->domain);

    answer_all(&served);
    tell(request->device, &news);
    if (cleanup_is_due)
        file_clean_up_later(file);
    if (unwanted == NULL)
        return;
    if (!is_read(io) && !NT_SUCCESS(status))
        report_lost_write(io, status);
    object_release(&unwanted->object);
}

/*
 * A request that is completed in dispatch is answered as any. Others that were told meanwhile that
 * they can't try, or that there is nothing, are told that this is over.
 */
static struct news end_trial_locked(struct wdf_request *request) REQUIRES(io_lock)
{
    struct io_request *io = &request->io;
    struct news news = {0};
    bool is_awaited = transfer_of(io)->is_awaited;
    request->trial = TRIAL_OVER;
    reset_locked(transfer_of(io)); /* the reference is dropped with the last look at the request */
    if (is_awaited)
        news.waiter = readiness_take_locked(io->file);
    news.has_room = !is_read(io) && leave_write_locked(request->device, io);
    return news;
}

static void complete(struct io_request *io, NTSTATUS status, size_t information)
{
    struct wdf_request *request = request_from_io(io);
    struct completion completion = {.status = status, .information = information};
    struct news news = {0};

    io_lock(request->device->domain);
    bool is_trial = request->trial == TRIAL_RUNNING;
    if (is_trial)
        news = end_trial_locked(request);
    io_unlock(request->device->domain);
    if (!is_trial) {
        complete_in_flight(request, &completion);
        return;
    }
    request->client->complete(io, status, information);
    tell(request->device, &news);
    object_release(&request->object);
}

static const struct io_transport overlapped_transport = {.name = "overlapped",
                                                         .complete = complete};

/* ---- closing ---- */

/* What a file leaves when it is closed. */
struct remains {
    struct wdf_request *in_flight; /* a read; with a reference */
    struct wdf_request *was_read;  /* and nobody has taken it; likewise */
    struct wdf_request *failed;    /* a write of which nobody has been told; likewise */
    NTSTATUS write_status;         /* its */
    LIST_ENTRY waiting;
    struct poll_waiter poller;
};

static void take_all_locked(LIST_ENTRY *from, LIST_ENTRY *to) REQUIRES(io_lock)
{
    while (!IsListEmpty(from)) {
        LIST_ENTRY *entry = RemoveHeadList(from);
        request_from_queue_entry(entry)->state = REQUEST_COMPLETED;
        InsertTailList(to, entry);
    }
}

static void take_waiting_locked(struct transfer *transfer, LIST_ENTRY *waiting) REQUIRES(io_lock)
{
    take_all_locked(&transfer->released, waiting);
    take_all_locked(&transfer->waiting, waiting);
}

static void end_locked(struct io_file *file, struct remains *remains) REQUIRES(io_lock)
{
    struct transfer *read = &file->overlapped.read;
    struct transfer *write = &file->overlapped.write;
    file->overlapped.is_ended = true;
    if (read->state == TRANSFER_IN_FLIGHT) {
        remains->in_flight = read->request;
        object_reference(&read->request->object);
    } else if (read->state == TRANSFER_DONE) {
        remains->was_read = reset_locked(read);
    }
    if (write->state == TRANSFER_DONE) {
        remains->write_status = write->status;
        remains->failed = reset_locked(write);
    }
    take_waiting_locked(read, &remains->waiting);
    take_waiting_locked(write, &remains->waiting);
    remains->poller = readiness_take_locked(file);
}

static void settle_remains(struct remains *remains)
{
    readiness_forget(remains->poller);
    while (!IsListEmpty(&remains->waiting)) {
        struct wdf_request *request = request_from_queue_entry(RemoveHeadList(&remains->waiting));
        request->status = STATUS_CANCELLED;
        answer(request);
    }
    if (remains->was_read != NULL)
        object_release(&remains->was_read->object);
    if (remains->failed != NULL) {
        report_lost_write(&remains->failed->io, remains->write_status);
        object_release(&remains->failed->object);
    }
    if (remains->in_flight != NULL) {
        request_cancel(remains->in_flight);
        object_release(&remains->in_flight->object);
    }
}

bool overlapped_end(struct io_file *file)
{
    struct io_device *device = file->device;
    struct remains remains = {0};
    InitializeListHead(&remains.waiting);
    io_lock(device->domain);
    end_locked(file, &remains);
    io_unlock(device->domain);
    settle_remains(&remains);

    IO_LOCK_SCOPE(device->domain);
    file->overlapped.owes_cleanup = file->overlapped.write.state == TRANSFER_IN_FLIGHT;
    return file->overlapped.owes_cleanup;
}

/* ---- poll ---- */

/* An outcome is there to be taken; a failure is POLLERR as well, as that of a socket is. */
static ULONG events_of_locked(struct transfer *transfer, ULONG event, ULONG if_idle)
    REQUIRES(io_lock)
{
    switch (transfer->state) {
    case TRANSFER_IDLE:
        return if_idle;
    case TRANSFER_TRYING:
        transfer->is_awaited = true;
        return 0;
    case TRANSFER_IN_FLIGHT:
        return 0;
    case TRANSFER_DONE:
        return NT_SUCCESS(transfer->status) ? event : event | WdfusePollError;
    }
    return 0;
}

/* Whether there is room is asked only where it matters: a client that is told so is woken when
 * there is. */
static ULONG writable_locked(struct io_file *file, ULONG driver_events) REQUIRES(io_lock)
{
    ULONG event = driver_events & WdfusePollOut;
    bool is_idle = file->overlapped.write.state == TRANSFER_IDLE;
    return event != 0 && is_idle && has_no_room_locked(file) ? 0 : event;
}

ULONG overlapped_events_locked(struct io_file *file, ULONG driver_events)
{
    return (driver_events & ~WDFUSE_POLL_BY_TRYING) |
           events_of_locked(&file->overlapped.read, WdfusePollIn, driver_events & WdfusePollIn) |
           events_of_locked(&file->overlapped.write, WdfusePollOut,
                            writable_locked(file, driver_events));
}
