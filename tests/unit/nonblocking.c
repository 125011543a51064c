/* A client that does not wait. See nonblocking.h. */
#include "nonblocking.h"

#include <fcntl.h>
#include <string.h>

WDFUSEFILE file;
unsigned cleanups, closes;

/* ---- the device ---- */

void open_nonblocking(void)
{
    file = open_file();
    WdfuseInprocSetFlags(file, O_RDWR | O_NONBLOCK);
}

void nonblocking_setup(void)
{
    start_queue(WdfIoQueueDispatchParallel);
    open_nonblocking();
}

void restart_prepared(VOID (*prepare)(PWDFDEVICE_INIT DeviceInit), WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    holding_stop();
    prepare_init = prepare;
    start_queue(type);
    open_nonblocking();
}

void restart(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    restart_prepared(NULL, type);
}

void restart_driven_by(PFN_WDF_IO_QUEUE_IO_DEFAULT io_default, WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    holding_stop();
    describe_queue(type);
    queue_config.EvtIoDefault = io_default;
    start_device();
    open_nonblocking();
}

static VOID count_cleanup(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    cleanups++;
}

static VOID count_close(WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    closes++;
}

static VOID count_ends(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, count_close, count_cleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

void restart_counting_ends(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    restart_prepared(count_ends, type);
    cleanups = closes = 0;
}

static void (*look_at_removed)(void);
static unsigned looks;

static NTSTATUS look_in_exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE TargetState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(TargetState);
    looks++;
    look_at_removed();
    return STATUS_SUCCESS;
}

static VOID look_when_removed(PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceD0Exit = look_in_exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

void restart_looking(WDF_IO_QUEUE_DISPATCH_TYPE type, void (*look)(void))
{
    restart_prepared(look_when_removed, type);
    look_at_removed = look;
    looks = 0;
}

void remove_and_look(void)
{
    WdfuseInprocStop(device);
    device = NULL;
    ck_assert_uint_eq(looks, 1);
}

/* ---- the client ---- */

static char buffer[64];

void let_wait(bool waits)
{
    WdfuseInprocSetFlags(file, waits ? O_RDWR : O_RDWR | O_NONBLOCK);
}

void read_expecting(NTSTATUS expected)
{
    size_t count;
    ck_status_eq(WdfuseInprocRead(file, buffer, 8, &count), expected);
}

const char *read_text(size_t length)
{
    size_t count = 0;
    ck_assert_uint_lt(length, sizeof(buffer));
    ck_status_eq(WdfuseInprocRead(file, buffer, length, &count), STATUS_SUCCESS);
    buffer[count] = '\0';
    return buffer;
}

void write_expecting(const char *text, NTSTATUS expected)
{
    size_t count;
    ck_status_eq(WdfuseInprocWrite(file, text, strlen(text), &count), expected);
    ck_assert_uint_eq(count, NT_SUCCESS(expected) ? strlen(text) : 0);
}

WDFUSEIO begin_waiting_read(char *bytes)
{
    let_wait(true);
    WDFUSEIO io = remember(WdfuseInprocBeginRead(file, bytes, 8));
    let_wait(false);
    return io;
}

WDFUSEIO begin_waiting_write(void)
{
    let_wait(true);
    WDFUSEIO io = begin_write(file, 8);
    let_wait(false);
    return io;
}

/* ---- the driver ---- */

void complete_read(const char *text)
{
    PVOID output;
    WDFREQUEST request = take_held();
    if (text[0] != '\0') {
        ck_status_eq(WdfRequestRetrieveOutputBuffer(request, strlen(text), &output, NULL),
                     STATUS_SUCCESS);
        memcpy(output, text, strlen(text));
    }
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, strlen(text));
}

static WDF_REQUEST_PARAMETERS parameters_of(WDFREQUEST request)
{
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
    return parameters;
}

void complete_write(NTSTATUS status)
{
    WDFREQUEST request = take_held();
    size_t length = parameters_of(request).Parameters.Write.Length;
    WdfRequestCompleteWithInformation(request, status, NT_SUCCESS(status) ? length : 0);
}

/* An EvtRequestCancel that completes the request, as most do. */
static VOID complete_cancelled(WDFREQUEST Request)
{
    counts.cancelled++;
    ck_assert_ptr_eq(take_held(), Request);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

void make_cancelable(void)
{
    ck_status_eq(WdfRequestMarkCancelableEx(held(), complete_cancelled), STATUS_SUCCESS);
}

/* EvtIoDefault of a driver that has the answer at once. */
static NTSTATUS prompt_status;
static VOID answer_promptly(WDFQUEUE Queue, WDFREQUEST Request)
{
    hold_request(Queue, Request);
    if (parameters_of(Request).Type == WdfRequestTypeWrite)
        complete_write(prompt_status);
    else if (prompt_status == STATUS_SUCCESS)
        complete_read("prompt");
    else
        complete_held(prompt_status);
}

void restart_prompt(NTSTATUS status)
{
    prompt_status = status;
    restart_driven_by(answer_promptly, WdfIoQueueDispatchSequential);
}
