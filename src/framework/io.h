/*
 * The I/O manager: the seam between transports and the framework.
 *
 * A transport turns what a client did into an io_request, submits it, and is called back exactly
 * once with the result. It knows devices, files and requests only through these functions, and
 * knows nothing of queues.
 *
 *     io_request_create --> fill in --> io_request_submit --> ... --> transport->complete (once)
 *            |                              ^
 *            +--- io_request_discard        +--- io_request_cancel, any number of times, any time
 *
 * Lifetime: the transport owns the request from create until submit or discard. From submit on the
 * framework owns it; the transport may keep using the pointer (to cancel) until its complete
 * callback returns, and beyond that only while it holds a reference of its own.
 */
#ifndef WDFUSE_FRAMEWORK_IO_H
#define WDFUSE_FRAMEWORK_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ntdef.h>
#include <wdf.h>

#include "port/ioctl.h"

struct io_device;
struct io_file;
struct io_request;

/*
 * The largest read or write that arrives as one request: what the kernel's FUSE client sends at
 * most, 32 pages. A client's longer transfer arrives as several requests.
 */
#define IO_TRANSFER_MAX (128 * 1024)

/* The room that a request has for the transport's structure. */
#define IO_CLIENT_SIZE (6 * sizeof(void *))

/* What a transport provides. One static instance for each kind of transport. */
struct io_transport {
    const char *name;

    /* The answer goes to a driver above, which is told the Information of an error, too (S7.6). */
    bool is_driver;

    /* Its clients are threads of this very process. */
    bool is_in_process;

    /*
     * Answers the client. Called exactly once for each submitted request, from any thread, without
     * any lock of the framework held, possibly before io_request_submit returns. For a read or a
     * device control with a success or warning status, the first `information` bytes of
     * request->output go to the client (S7.6); `information` never exceeds request->output_length
     * there, nor the length of a write. Of a bare control it is no count of bytes but what ioctl(2)
     * returns, at most INT_MAX.
     */
    void (*complete)(struct io_request *request, NTSTATUS status, size_t information);

    /*
     * The end of a handle that io_file_poll was given: one of the two is called, once, from any
     * thread, perhaps above PASSIVE_LEVEL and with locks of the driver held, but none of the
     * framework. The handle is the transport's again. The file may be closed by then.
     */
    void (*wake_poller)(void *handle);   /* something has changed: ask again */
    void (*forget_poller)(void *handle); /* it is not needed */

    /*
     * Called at most once for a request, when somebody wants to write to `output` and it is NULL:
     * sets it to memory of the transport's own that stays until complete is called. False when
     * there is no memory. NULL: the framework makes it.
     */
    bool (*make_output)(struct io_request *request);
};

/*
 * Set by the transport between create and submit; constant afterwards.
 *
 * Where the data of a request are: `input` is what the client sends, in memory of the request's own
 * (io_request_buffer, io_request_control_buffers) or in the transport's, which then leaves it alone
 * until complete is called. `output` is where the answer will be: the framework makes that memory
 * when the driver asks for it.
 *
 * A read or write whose open_flags have O_NONBLOCK does not wait (overlapped.h).
 */
struct io_request {
    const struct io_transport *transport;
    WDF_REQUEST_TYPE type; /* Create, Read, Write, DeviceControl or DeviceControlInternal */
    /* The open file, of the device that the request was created for; for a create, set by the
     * framework before it completes with success */
    struct io_file *file;
    size_t input_length;  /* write, device control: bytes from the client, present in `input` */
    size_t output_length; /* read, device control: most bytes the client takes */
    void *input;          /* NULL when input_length is 0, and with METHOD_NEITHER by address */
    void *output;         /* NULL when there is nothing to send: not asked for, or METHOD_NEITHER */
    ULONG control_code;   /* device control: a CTL_CODE, or an ioctl number of Linux */
    bool is_native_control; /* it is the latter: no METHOD in its bits */
    int control_result;     /* the latter, in its answer: what ioctl(2) returns beside the bytes */
    bool input_was_short;   /* the driver has asked for more input than there is (S8.7) */
    /* METHOD_IN_DIRECT: `output` came from the client, nothing goes back to it */
    bool output_is_data;
    /* METHOD_NEITHER, or an unsized ioctl: no bytes, but the two addresses, good or bad, */
    bool is_by_address;
    /* An internal control whose parameters are not lengths: client_input, client_output and offset
     * are its arguments 1, 2 and 4 */
    bool has_arguments;
    bool is_from_driver; /* a driver has made it: no process asks (S7.44) */
    /* Of what the client passes, or the ioctl's argument, in the client's memory */
    uint64_t client_input;
    uint64_t client_output;
    uint64_t offset;     /* read, write: position, as far as the transport knows one */
    uint32_t open_flags; /* create: the flags of open(2); others: the file's flags at this moment */
    pid_t requestor_pid; /* who asks; 0 when unknown */
    bool requestor_is_32bit; /* a 32-bit process on a 64-bit system */
    /* create: whose the open file will be (io_set_quota); others: 0 */
    uid_t requestor_user;
    pid_t requestor_process; /* requestor_pid may be a thread of it */

    /* The transport's own: io_request_client. */
    _Alignas(void *) unsigned char client[IO_CLIENT_SIZE];
};

/*
 * What the transport needs to answer the client of a request: a structure of its own, of at most
 * IO_CLIENT_SIZE bytes. All zero at first.
 */
static inline void *io_request_client(struct io_request *request)
{
    return request->client;
}

static inline bool io_is_control(WDF_REQUEST_TYPE type)
{
    return type == WdfRequestTypeDeviceControl || type == WdfRequestTypeDeviceControlInternal;
}

/*
 * An ioctl(2) whose number names no data. Only driver and client know what the argument is: the
 * driver gets it as both addresses, and its Information is what ioctl(2) returns.
 */
static inline bool io_control_is_bare(const struct io_request *request)
{
    return request->is_native_control && request->input_length == 0 && request->output_length == 0;
}

/*
 * How much of a device one client may take (io/quota.h); 0: as much as it likes. A write that does
 * not wait is accepted as long as less than `writes` bytes are. Before the first device is made;
 * without it there are no limits.
 */
struct io_quota {
    unsigned files;    /* open at a time */
    unsigned requests; /* pending */
    size_t bytes;      /* of pending requests: what they send, and what they have room for */
    size_t writes;     /* bytes of writes that were accepted and are not done */
};
void io_set_quota(const struct io_quota *process, const struct io_quota *user);

/*
 * Takes a request from the device's store: everything zero but `transport`. No allocation once the
 * store is warm. Returns NULL when there is no memory.
 */
struct io_request *io_request_create(struct io_device *device,
                                     const struct io_transport *transport);

/*
 * For when io_request_create has returned NULL: a request that the queue for that type keeps in
 * reserve, of that type and for a file with those flags (S6.78). Waits until one is free.
 * STATUS_INSUFFICIENT_RESOURCES: the queue keeps none; STATUS_CANT_WAIT: it is for those who wait,
 * since a non-blocking call could keep its request for as long as its client likes;
 * STATUS_UNSUCCESSFUL: it keeps them for others; STATUS_DEVICE_REMOVED: the device went while this
 * waited.
 */
NTSTATUS io_request_create_reserved(struct io_device *device, const struct io_transport *transport,
                                    WDF_REQUEST_TYPE type, uint32_t open_flags,
                                    struct io_request **io);

/*
 * Memory of the request's own for `length` bytes from the client, valid until the request is gone.
 * Returns NULL when there is no memory. The caller stores it in `input`.
 */
void *io_request_buffer(struct io_request *io, size_t length);

/*
 * How the data of a Windows control code travel to the driver of that device: METHOD_*, and
 * METHOD_BUFFERED for every code but those of METHOD_IN_DIRECT if the driver is one of the
 * user-mode framework (S8.15). A transport brings
 *     METHOD_BUFFERED, METHOD_OUT_DIRECT: the input;
 *     METHOD_IN_DIRECT: the input, and the output buffer's bytes, which are data for the device;
 *     METHOD_NEITHER: the two addresses and lengths and no bytes, or, if it knows no addresses, the
 *                     input.
 */
unsigned io_control_method(const struct io_device *device, ULONG code);

/*
 * What the argument of a number of ioctl(2) leads to, and which way it goes, as the number says it:
 * what a transport brings. Of a device that is one of Linux (<wdfuse/deviceinit.h>) also what is
 * known of the numbers that do not say it.
 */
struct port_ioctl io_control_memory(const struct io_device *device, unsigned number);

/*
 * Device control, with code and both lengths set: memory for what the transport brings. Sets
 * `input`, and with METHOD_IN_DIRECT `output` and `output_is_data`. False when there is no memory.
 * To be called by transports for every control whose bytes they bring.
 */
bool io_request_control_buffers(struct io_request *io);

/*
 * True if the data of this write, whose length and open_flags are set, shall stay where the
 * transport has received them, until complete is called: the device does direct I/O, and the write
 * is long enough for a copy to cost more. Never for a write that does not wait: its client has its
 * answer before the driver is done.
 */
bool io_write_is_direct(const struct io_request *io);

/* Hands the request to the framework. The request may be answered, and gone, when this returns. The
 * transport makes sure that the device stays until then. */
void io_request_submit(struct io_request *io);

/*
 * As io_request_submit, of what another device sends down: its opener's rights were checked where
 * it came in, and what does not wait does not wait there. A `file` of NULL: of no file that is open
 * here.
 */
void io_request_submit_sent(struct io_request *io);

/* Gives back a request that was never submitted. */
void io_request_discard(struct io_request *io);

/*
 * The client has given up (signal, kill). Allowed any time between create and the return of
 * complete, or while a reference is held; harmless when the request is answered already. Before
 * submit it makes submit complete the request with STATUS_CANCELLED (S6.26). May call the driver
 * (EvtRequestCancel, EvtIoCanceledOnQueue): hold no lock that the complete callback or the driver
 * could need.
 */
void io_request_cancel(struct io_request *io);

/* True once the transport has called io_request_cancel: its way to tell EINTR from ECANCELED. */
bool io_request_is_cancelled(const struct io_request *io);

/* Keep the memory of a request beyond its completion. */
void io_request_reference(struct io_request *io);
void io_request_dereference(struct io_request *io);

/*
 * The client closed the file for the last time: a read in flight is cancelled; when no accepted
 * write is in flight, which usually is now, cleanup (EvtFileCleanup, queued requests of the file
 * are cancelled, S4.18), close as soon as no request of the file is outstanding (S4.20). The
 * pointer is dead afterwards.
 */
void io_file_release(struct io_file *file);

/*
 * What poll(2) is to say of the file now: POLLIN and the other bits, with Linux's values. If
 * `handle` is not NULL it is kept, and its poller is woken as soon as the events change. All
 * handles of a file mean the same: one is kept, others are forgotten at once. With NULL for it the
 * transport only asks. Never waits; calls nothing but forget_poller, and of the driver only what
 * has it say its readiness (io/readiness.h). At PASSIVE_LEVEL.
 */
uint32_t io_file_poll(struct io_file *file, const struct io_transport *transport, void *handle);

/* The device that transfers of the file are created for: that which was opened, or one below it in
 * its stack, when those above only pass requests on. */
struct io_device *io_file_device(const struct io_file *file);

/* Keep the memory of a device, whatever becomes of it. */
void io_device_reference(struct io_device *device);
void io_device_dereference(struct io_device *device);

/* Waits until each request of the device, and of those below it in its stack, is answered, and its
 * complete callback has returned. */
void io_device_await_quiet(struct io_device *device);

/*
 * Threads that wait for requests also run timers, so an expiry costs no switch to another thread. A
 * thread that is awake looks whether something is due, which takes no system call, and runs it. A
 * thread that goes to sleep in poll has the descriptor among what it polls (POLLIN), and says so:
 * the descriptor becomes readable only for sleepers. It is -1 under the virtual clock. Any number
 * of threads may do so.
 */
int io_timers_descriptor(void);
void io_timers_sleep_begin(void);
void io_timers_sleep_end(void);
bool io_timers_are_due(void);
void io_timers_run(void);

/* For a thread that handles requests while another one sleeps: with true it promises to look, as
 * those that are awake do, after each. Timers that it makes due at once then wake nobody, unless it
 * takes long. */
void io_timers_set_looks_soon(bool value);

/* Call it in an idle moment: returns free memory of the heap to the system, which takes some 100
 * us. Any thread, without locks. */
void io_give_memory_back(void);

#endif
