/* The driver that holds what it gets. See holding.h. */
#include "holding.h"

#include <stdlib.h>
#include <string.h>

#define REQUESTS_MAX 8192

WDF_OBJECT_ATTRIBUTES device_attributes;
WDF_OBJECT_ATTRIBUTES queue_attributes;
WDF_IO_QUEUE_CONFIG queue_config;
VOID (*prepare_init)(PWDFDEVICE_INIT DeviceInit);
VOID (*prepare_device)(WDFDEVICE Device);

VOID want_file_objects(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
}
WDFQUEUE queue;
struct counts counts;

static WDFREQUEST held_requests[REQUESTS_MAX];
static unsigned held_count;
static WDFUSEIO begun[REQUESTS_MAX];
static unsigned begun_count;
static char client_buffer[128 * 1024];

/* ---- the device ---- */

static NTSTATUS add_device(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    if (prepare_init != NULL)
        prepare_init(DeviceInit);
    WDFDEVICE created;
    PWDF_OBJECT_ATTRIBUTES of_device = device_attributes.Size != 0 ? &device_attributes : NULL;
    PWDF_OBJECT_ATTRIBUTES of_queue = queue_attributes.Size != 0 ? &queue_attributes : NULL;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, of_device, &created);
    if (NT_SUCCESS(status) && queue_config.Size != 0)
        status = WdfIoQueueCreate(created, &queue_config, of_queue, &queue);
    if (NT_SUCCESS(status) && prepare_device != NULL)
        prepare_device(created);
    return status;
}

static void describe(WDF_IO_QUEUE_CONFIG *config, WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    WDF_IO_QUEUE_CONFIG_INIT(config, type);
    if (type != WdfIoQueueDispatchManual)
        config->EvtIoDefault = hold_request;
}

void describe_queue(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    describe(&queue_config, type);
    queue_config.DefaultQueue = TRUE;
}

void describe_constraints(WDF_OBJECT_ATTRIBUTES *attributes, WDF_EXECUTION_LEVEL level,
                          WDF_SYNCHRONIZATION_SCOPE scope)
{
    WDF_OBJECT_ATTRIBUTES_INIT(attributes);
    attributes->ExecutionLevel = level;
    attributes->SynchronizationScope = scope;
}

void start_device(void)
{
    device_start_with(add_device);
}

NTSTATUS try_start_device(void)
{
    return device_try_start_with(add_device);
}

void start_queue(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    describe_queue(type);
    start_device();
}

WDFQUEUE create_queue_with(WDF_IO_QUEUE_CONFIG *config)
{
    WDFQUEUE created;
    ck_status_eq(WdfIoQueueCreate(wdf_device(), config, WDF_NO_OBJECT_ATTRIBUTES, &created),
                 STATUS_SUCCESS);
    return created;
}

WDFQUEUE create_queue(WDF_IO_QUEUE_DISPATCH_TYPE type)
{
    WDF_IO_QUEUE_CONFIG config;
    describe(&config, type);
    return create_queue_with(&config);
}

WDFDEVICE wdf_device(void)
{
    return WdfuseInprocGetDevice(device);
}

void holding_stop(void)
{
    /* A request in the client's hands may still become the driver's, hence in turn. */
    for (unsigned i = 0; i < begun_count; i++)
        WdfuseInprocCancel(begun[i]);
    while (held_count > 0)
        WdfRequestComplete(take_held(), STATUS_CANCELLED);
    for (unsigned i = 0; i < begun_count; i++)
        WdfuseInprocFinish(begun[i], NULL);
    begun_count = 0;
    device_stop();
    memset(&device_attributes, 0, sizeof(device_attributes));
    memset(&queue_attributes, 0, sizeof(queue_attributes));
    memset(&queue_config, 0, sizeof(queue_config));
    memset(&counts, 0, sizeof(counts));
    prepare_init = NULL;
    prepare_device = NULL;
    queue = NULL;
}

/* ---- the driver ---- */

void hold(WDFREQUEST request)
{
    ck_assert_uint_lt(held_count, REQUESTS_MAX);
    held_requests[held_count++] = request;
}

VOID hold_request(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    counts.presented++;
    hold(Request);
}

static VOID hold_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(FileObject);
    hold(Request);
}

VOID hold_creates(PWDFDEVICE_INIT DeviceInit)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, hold_create, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

VOID hold_cancelled_on_queue(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    counts.cancelled_on_queue++;
    hold(Request);
}

VOID note_cancel(WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Request);
    counts.cancelled++;
}

VOID note_state(WDFQUEUE Queue, WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(Context);
    counts.states++;
}

WDFREQUEST held(void)
{
    ck_assert_msg(held_count > 0, "the driver holds no request");
    return held_requests[0];
}

WDFREQUEST take_held(void)
{
    WDFREQUEST request = held();
    held_count--;
    memmove(held_requests, held_requests + 1, held_count * sizeof(held_requests[0]));
    return request;
}

void complete_held(NTSTATUS status)
{
    WdfRequestComplete(take_held(), status);
}

WDFREQUEST retrieve(WDFQUEUE from)
{
    WDFREQUEST request;
    ck_status_eq(WdfIoQueueRetrieveNextRequest(from, &request), STATUS_SUCCESS);
    return request;
}

char mark_of(WDFREQUEST request)
{
    PVOID data;
    ck_status_eq(WdfRequestRetrieveInputBuffer(request, 1, &data, NULL), STATUS_SUCCESS);
    return *(const char *)data;
}

/* ---- the client ---- */

WDFUSEIO remember(WDFUSEIO io)
{
    ck_assert_ptr_nonnull(io);
    ck_assert_uint_lt(begun_count, REQUESTS_MAX);
    begun[begun_count++] = io;
    return io;
}

WDFUSEIO begin_read(WDFUSEFILE file, size_t length)
{
    return remember(WdfuseInprocBeginRead(file, client_buffer, length));
}

WDFUSEIO begin_write(WDFUSEFILE file, size_t length)
{
    return remember(WdfuseInprocBeginWrite(file, client_buffer, length));
}

WDFUSEIO begin_marked_write(WDFUSEFILE file, char mark)
{
    return remember(WdfuseInprocBeginWrite(file, &mark, 1));
}

WDFUSEIO begin_control(WDFUSEFILE file, ULONG code, size_t input_length, size_t output_length)
{
    return remember(WdfuseInprocBeginIoctl(file, code, client_buffer, input_length, client_buffer,
                                           output_length));
}

size_t check_answer(WDFUSEIO io, NTSTATUS expected, const char *expression, const char *file,
                    int line)
{
    ck_assert_msg(WdfuseInprocIsComplete(io), "%s:%d: %s is not answered", file, line, expression);
    unsigned i = 0;
    while (i < begun_count && begun[i] != io)
        i++;
    ck_assert_msg(i < begun_count, "%s:%d: %s was not begun here", file, line, expression);
    begun[i] = begun[--begun_count];

    size_t count;
    check_status(WdfuseInprocFinish(io, &count), expected, expression, file, line);
    return count;
}

void check_queue(WDFQUEUE of, unsigned queued, unsigned owned, const char *file, int line)
{
    ULONG queued_now, owned_now;
    WdfIoQueueGetState(of, &queued_now, &owned_now);
    ck_assert_msg(queued_now == queued && owned_now == owned,
                  "%s:%d: %u are queued and %u are the driver's, not %u and %u", file, line,
                  queued_now, owned_now, queued, owned);
}

unsigned repetitions(unsigned count)
{
    const char *preload = getenv("LD_PRELOAD");
    bool is_valgrind = preload != NULL && strstr(preload, "vgpreload") != NULL;
    return is_valgrind ? count / 50 + 1 : count;
}
