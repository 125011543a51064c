/*
 * framework WORK REQUESTS
 *
 * What the framework alone costs: a driver and its client in one thread, over the transports' seam
 * (framework/io.h), with a transport that only remembers the answer. Does this many requests of one
 * kind of work, after some for warming up, and prints
 *
 *     ns of CPU, allocations, instructions for each request (0 where the processor does not count
 *     them)
 *
 * Every answer is checked; a wrong one ends the program with status 1.
 *
 * For instructions on any machine: valgrind --tool=callgrind, two lengths, and their difference.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <ntddk.h>
#include <wdf.h>
#include <wdfuse/inproc.h>

#include "counting_heap.h"
#include "framework/io/iodevice.h"
#include "framework/io.h"

#define MESSAGE_SIZE 64
#define WARM_UP      100
#define ECHO_CODE    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

/* ---- the driver ---- */

/* What EvtIoRead does with a request. */
static enum { COMPLETE_AT_ONCE, HOLD_CANCELABLE, FORWARD, MAKE_MEMORY } read_does;

/* What is above the device: nothing, a filter without queues, or a filter that sends every request
 * on, either send-and-forget or with a completion routine. */
static enum { ALONE, BARE_FILTER, FORGETTING_FILTER, SENDING_FILTER } above;
static bool is_filter_next;

/* Whether it has EvtIoInCallerContext, which gives every request to its queue. */
static bool sees_callers;

static WDF_IO_QUEUE_DISPATCH_TYPE dispatch_type;
static WDF_TRI_STATE power_managed = WdfUseDefault; /* the default queue */
static WDFQUEUE manual_queue;
static UCHAR message[MESSAGE_SIZE];

static void require(bool condition, const char *what)
{
    if (!condition)
        errx(1, "%s went wrong", what);
}

static void answer_read(WDFREQUEST Request)
{
    PVOID buffer;
    size_t length;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, &length);
    if (NT_SUCCESS(status))
        RtlCopyMemory(buffer, message, length < MESSAGE_SIZE ? length : MESSAGE_SIZE);
    WdfRequestCompleteWithInformation(Request, status, length);
}

/* An object of the default parent (S1.12): the framework must find out whose code asks for it. */
static void make_memory(void)
{
    WDFMEMORY memory;
    require(WdfMemoryCreate(WDF_NO_OBJECT_ATTRIBUTES, NonPagedPool, 'hcnB', MESSAGE_SIZE, &memory,
                            NULL) == STATUS_SUCCESS,
            "creating memory");
    WdfObjectDelete(memory);
}

static VOID evt_cancel(WDFREQUEST Request)
{
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID evt_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Length);
    switch (read_does) {
    case COMPLETE_AT_ONCE:
        answer_read(Request);
        break;
    case MAKE_MEMORY:
        make_memory();
        answer_read(Request);
        break;
    case HOLD_CANCELABLE:
        WdfRequestMarkCancelable(Request, evt_cancel);
        break;
    case FORWARD:
        require(WdfRequestForwardToIoQueue(Request, manual_queue) == STATUS_SUCCESS, "forwarding");
        break;
    }
}

static VOID evt_io_in_caller_context(WDFDEVICE Device, WDFREQUEST Request)
{
    require(WdfDeviceEnqueueRequest(Device, Request) == STATUS_SUCCESS, "enqueueing");
}

static VOID evt_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    UNREFERENCED_PARAMETER(Queue);
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &buffer, NULL);
    if (NT_SUCCESS(status))
        RtlCopyMemory(message, buffer, Length < MESSAGE_SIZE ? Length : MESSAGE_SIZE);
    WdfRequestCompleteWithInformation(Request, status, Length);
}

/* Returns what it got. */
static VOID evt_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputLength, size_t InputLength,
                        ULONG Code)
{
    PVOID input, output;
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(InputLength);
    UNREFERENCED_PARAMETER(Code);
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, MESSAGE_SIZE, &input, NULL);
    if (NT_SUCCESS(status))
        status = WdfRequestRetrieveOutputBuffer(Request, MESSAGE_SIZE, &output, NULL);
    if (NT_SUCCESS(status))
        RtlMoveMemory(output, input, MESSAGE_SIZE);
    WdfRequestCompleteWithInformation(Request, status, OutputLength);
}

static NTSTATUS create_queues(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, dispatch_type);
    config.PowerManaged = power_managed;
    if (dispatch_type != WdfIoQueueDispatchManual) {
        config.EvtIoRead = evt_read;
        config.EvtIoWrite = evt_write;
        config.EvtIoDeviceControl = evt_control;
    }
    WDFQUEUE default_queue;
    NTSTATUS status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &default_queue);
    if (!NT_SUCCESS(status))
        return status;
    if (dispatch_type == WdfIoQueueDispatchManual) {
        manual_queue = default_queue;
        return STATUS_SUCCESS;
    }
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &manual_queue);
}

static VOID evt_returned(WDFREQUEST Request, WDFIOTARGET Target,
                         PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);
    WdfRequestComplete(Request, Params->IoStatus.Status);
}

static VOID evt_send(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDF_REQUEST_SEND_OPTIONS options;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    WDFIOTARGET target = WdfDeviceGetIoTarget(WdfIoQueueGetDevice(Queue));
    if (above == SENDING_FILTER) {
        WdfRequestFormatRequestUsingCurrentType(Request);
        WdfRequestSetCompletionRoutine(Request, evt_returned, NULL);
    }
    require(WdfRequestSend(Request, target, above == SENDING_FILTER ? NULL : &options), "sending");
}

static NTSTATUS add_filter(PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE filter;
    WdfFdoInitSetFilter(DeviceInit);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &filter);
    if (!NT_SUCCESS(status) || above == BARE_FILTER)
        return status;
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = evt_send;
    return WdfIoQueueCreate(filter, &config, WDF_NO_OBJECT_ATTRIBUTES, NULL);
}

static NTSTATUS evt_device_add(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    UNREFERENCED_PARAMETER(Driver);
    if (is_filter_next)
        return add_filter(DeviceInit);
    is_filter_next = true;
    if (sees_callers)
        WdfDeviceInitSetIoInCallerContextCallback(DeviceInit, evt_io_in_caller_context);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    return NT_SUCCESS(status) ? create_queues(device) : status;
}

static NTSTATUS driver_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, evt_device_add);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* ---- the client, which is its own transport ---- */

static struct io_device *device;
static struct io_file *file;

/* The last answer. */
static struct {
    unsigned long count;
    NTSTATUS status;
    size_t information;
    struct io_file *file;
    UCHAR bytes[MESSAGE_SIZE];
} answer;

static void note_answer(struct io_request *request, NTSTATUS status, size_t information)
{
    answer.count++;
    answer.status = status;
    answer.information = information;
    answer.file = request->file;
    if (request->output != NULL && information > 0)
        memcpy(answer.bytes, request->output, information);
}

static const struct io_transport transport = {.name = "bench", .complete = note_answer};

static struct io_request *new_request(WDF_REQUEST_TYPE type)
{
    bool is_open = type == WdfRequestTypeCreate;
    struct io_request *request =
        io_request_create(is_open ? device : io_file_device(file), &transport);
    require(request != NULL, "creating a request");
    request->type = type;
    request->file = is_open ? NULL : file;
    request->open_flags = O_RDWR;
    request->requestor_pid = 1;
    return request;
}

static struct io_request *new_read(void)
{
    struct io_request *request = new_request(WdfRequestTypeRead);
    request->output_length = MESSAGE_SIZE;
    return request;
}

static void require_answer(unsigned long count, NTSTATUS status, size_t information)
{
    require(answer.count == count && answer.status == status && answer.information == information,
            "an answer");
}

/* ---- the kinds of work; each function does one request ---- */

static void do_read(void)
{
    unsigned long next = answer.count + 1;
    io_request_submit(new_read());
    require_answer(next, STATUS_SUCCESS, MESSAGE_SIZE);
}

static void do_write(void)
{
    static const UCHAR bytes[MESSAGE_SIZE] = "written";
    unsigned long next = answer.count + 1;
    struct io_request *request = new_request(WdfRequestTypeWrite);
    request->input_length = MESSAGE_SIZE;
    request->input = io_request_buffer(request, MESSAGE_SIZE);
    require(request->input != NULL, "a write's memory");
    memcpy(request->input, bytes, MESSAGE_SIZE);
    io_request_submit(request);
    require_answer(next, STATUS_SUCCESS, MESSAGE_SIZE);
}

static void do_control(void)
{
    unsigned long next = answer.count + 1;
    struct io_request *request = new_request(WdfRequestTypeDeviceControl);
    request->control_code = ECHO_CODE;
    request->input_length = MESSAGE_SIZE;
    request->output_length = MESSAGE_SIZE;
    require(io_request_control_buffers(request), "a control's memory");
    memset(request->input, 'c', MESSAGE_SIZE);
    io_request_submit(request);
    require_answer(next, STATUS_SUCCESS, MESSAGE_SIZE);
}

/* Takes a request from the manual queue, and answers it. */
static void answer_retrieved(void)
{
    WDFREQUEST request;
    require(WdfIoQueueRetrieveNextRequest(manual_queue, &request) == STATUS_SUCCESS, "retrieving");
    answer_read(request);
}

static void do_retrieve(void)
{
    unsigned long next = answer.count + 1;
    io_request_submit(new_read());
    answer_retrieved();
    require_answer(next, STATUS_SUCCESS, MESSAGE_SIZE);
}

static void do_cancel(void)
{
    unsigned long next = answer.count + 1;
    struct io_request *request = new_read();
    io_request_reference(request);
    io_request_submit(request);
    io_request_cancel(request);
    io_request_dereference(request);
    require_answer(next, STATUS_CANCELLED, 0);
}

static void open_file(void)
{
    unsigned long next = answer.count + 1;
    struct io_request *request = new_request(WdfRequestTypeCreate);
    io_request_submit(request);
    require_answer(next, STATUS_SUCCESS, 0);
    file = answer.file;
}

static void do_open_close(void)
{
    struct io_file *first = file;
    open_file();
    io_file_release(file);
    file = first;
}

static const struct bench {
    const char *name;
    WDF_IO_QUEUE_DISPATCH_TYPE dispatch_type;
    int read_does;
    void (*once)(void);
    bool sees_callers;
    bool has_other_driver; /* besides its own */
    int above;
    bool is_not_power_managed; /* its queue */
} benches[] = {
    {"sequential", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_read, false, false, ALONE,
     false},
    {"parallel", WdfIoQueueDispatchParallel, COMPLETE_AT_ONCE, do_read, false, false, ALONE, false},
    {"manual", WdfIoQueueDispatchManual, COMPLETE_AT_ONCE, do_retrieve, false, false, ALONE, false},
    {"forward", WdfIoQueueDispatchSequential, FORWARD, do_retrieve, false, false, ALONE, false},
    {"caller-context", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_read, true, false, ALONE,
     false},
    {"write", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_write, false, false, ALONE, false},
    {"ioctl", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_control, false, false, ALONE,
     false},
    {"cancel-queued", WdfIoQueueDispatchManual, COMPLETE_AT_ONCE, do_cancel, false, false, ALONE,
     false},
    {"cancel-marked", WdfIoQueueDispatchSequential, HOLD_CANCELABLE, do_cancel, false, false, ALONE,
     false},
    {"open-close", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_open_close, false, false,
     ALONE, false},
    {"memory", WdfIoQueueDispatchSequential, MAKE_MEMORY, do_read, false, false, ALONE, false},
    {"memory-of-two", WdfIoQueueDispatchSequential, MAKE_MEMORY, do_read, false, true, ALONE,
     false},
    {"sequential-of-two", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_read, false, true,
     ALONE, false},
    {"not-power-managed", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_read, false, false,
     ALONE, true},
    {"below-filter", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_read, false, false,
     BARE_FILTER, false},
    {"forgotten", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_read, false, false,
     FORGETTING_FILTER, false},
    {"sent", WdfIoQueueDispatchSequential, COMPLETE_AT_ONCE, do_read, false, false, SENDING_FILTER,
     false},
};

/* ---- measuring ---- */

/* -1: this processor, or this user, has no counter. */
static int open_instruction_counter(void)
{
    struct perf_event_attr attributes = {
        .size = sizeof(attributes),
        .type = PERF_TYPE_HARDWARE,
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

static uint64_t instructions_now(int counter)
{
    uint64_t value;
    return counter >= 0 && read(counter, &value, sizeof(value)) == sizeof(value) ? value : 0;
}

static uint64_t nanoseconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void repeat(const struct bench *bench, unsigned long times)
{
    for (unsigned long i = 0; i < times; i++)
        bench->once();
}

static void measure(const struct bench *bench, unsigned long requests)
{
    int counter = open_instruction_counter();
    repeat(bench, WARM_UP);

    unsigned long allocations = heap_allocations();
    uint64_t instructions = instructions_now(counter);
    uint64_t start = nanoseconds_now();
    repeat(bench, requests);
    uint64_t end = nanoseconds_now();
    instructions = instructions_now(counter) - instructions;
    allocations = heap_allocations() - allocations;

    printf("%.1f %lu %.0f\n", (double)(end - start) / (double)requests, allocations,
           (double)instructions / (double)requests);
}

static const struct bench *find_bench(const char *name)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(benches); i++) {
        if (strcmp(benches[i].name, name) == 0)
            return &benches[i];
    }
    return NULL;
}

static _Noreturn void fail_usage(void)
{
    fputs("usage: framework WORK REQUESTS\nWORK:", stderr);
    for (size_t i = 0; i < RTL_NUMBER_OF(benches); i++)
        fprintf(stderr, " %s", benches[i].name);
    fputc('\n', stderr);
    exit(2);
}

static unsigned long parse_requests(const char *text)
{
    char *end;
    errno = 0;
    unsigned long requests = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' || requests == 0)
        fail_usage();
    return requests;
}

int main(int argc, char **argv)
{
    const struct bench *bench = argc == 3 ? find_bench(argv[1]) : NULL;
    if (bench == NULL)
        fail_usage();
    unsigned long requests = parse_requests(argv[2]);
    dispatch_type = bench->dispatch_type;
    power_managed = bench->is_not_power_managed ? WdfFalse : WdfUseDefault;
    read_does = bench->read_does;
    sees_callers = bench->sees_callers;
    above = bench->above;

    /* With the timer thread, asleep: in a single-threaded program libc's locks cost less than in
     * a daemon. */
    WDFUSEDEVICE handle, other = NULL;
    if (bench->has_other_driver)
        require(NT_SUCCESS(WdfuseInprocStart(driver_entry, "other", &other)), "starting another");
    is_filter_next = false;
    require(
        NT_SUCCESS(WdfuseInprocStartStack(driver_entry, "bench", above == ALONE ? 1 : 2, &handle)),
        "starting the device");
    device = io_device_from_handle(WdfuseInprocGetDevice(handle));
    open_file();

    measure(bench, requests);

    io_file_release(file);
    WdfuseInprocStop(handle);
    if (other != NULL)
        WdfuseInprocStop(other);
    return 0;
}
