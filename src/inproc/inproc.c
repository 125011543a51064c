/*
 * The in-process transport. See wdfuse/inproc.h.
 *
 * A WDFUSEFILE is an io_file; a WDFUSEDEVICE is the framework's device with the thread that runs
 * its timers. A WDFUSEIO is one request under way.
 */
#include <wdfuse/inproc.h>

#include <fcntl.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "framework/registry/configuration.h"
#include "framework/device/device.h"
#include "framework/io/clientmemory.h"
#include "framework/io/fileobject.h"
#include "framework/io.h"
#include "framework/lifecycle.h"
#include "framework/object/alarm.h"
#include "framework/object/worker.h"
#include "history/stamp.h"
#include "inproc/device.h"
#include "linuxfile/linuxfile.h"
#include "port/log.h"
#include "port/thread.h"

/* A leaf. */
PORT_LOCK_KIND(call_lock);

/* One request under way. */
struct WDFUSEIO__ {
    /* With a reference, for cancelling. */
    struct io_request *request;
    /* Where the output goes. */
    void *buffer;
    /* The client's addresses are checked, though the driver does not see them. */
    bool is_probed;
    /* It was answered without the driver. */
    bool is_refused;
    struct port_mutex call_lock;
    struct port_condition completed;
    bool is_complete GUARDED_BY(call_lock);
    NTSTATUS status GUARDED_BY(call_lock);
    size_t count GUARDED_BY(call_lock);
    /* Of a create that succeeded. */
    struct io_file *file GUARDED_BY(call_lock);
};

static struct io_file *file_from_handle(WDFUSEFILE handle)
{
    return (struct io_file *)handle;
}

/* ---- time ---- */

VOID WdfuseInprocUseVirtualClock(VOID)
{
    port_clock_use_virtual();
    stamp_follow_clock();
}

VOID WdfuseInprocAdvanceClock(ULONGLONG Time)
{
    alarms_advance(Time * 100);
}

VOID WdfuseInprocWaitForWorkers(VOID)
{
    workers_wait_until_idle();
}

static void run_timers(void *argument)
{
    WDFUSEDEVICE device = argument;
    struct pollfd wait[] = {
        {.fd = device->stop_event, .events = POLLIN},
        {.fd = io_timers_descriptor(), .events = POLLIN},
    };
    io_timers_sleep_begin();
    while (wait[0].revents == 0) {
        if (poll(wait, RTL_NUMBER_OF(wait), -1) > 0 && wait[1].revents != 0)
            io_timers_run();
    }
    io_timers_sleep_end();
}

static NTSTATUS start_timer_thread(WDFUSEDEVICE device)
{
    device->stop_event = -1;
    if (port_clock_is_virtual())
        return STATUS_SUCCESS;
    device->stop_event = eventfd(0, EFD_CLOEXEC);
    if (device->stop_event < 0)
        return STATUS_INSUFFICIENT_RESOURCES;
    device->has_timer_thread =
        port_thread_start(&device->timer_thread, "wdf-timers", run_timers, device) == 0;
    return device->has_timer_thread ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static void stop_timer_thread(WDFUSEDEVICE device)
{
    if (device->has_timer_thread) {
        eventfd_write(device->stop_event, 1);
        port_thread_join(&device->timer_thread);
    }
    if (device->stop_event >= 0)
        close(device->stop_event);
}

/* ---- the configurations ---- */

/* Of one driver by its service name, or of all others. They stay for drivers that are started
 * later. */
struct named_configuration {
    struct named_configuration *next;
    char name[64];
    struct configuration configuration;
};
static struct named_configuration *named_configurations;
static struct configuration common_configuration = CONFIGURATION_INITIALIZER;

static struct configuration *configuration_of(PCSTR service_name)
{
    for (struct named_configuration *named = named_configurations; named != NULL;
         named = named->next) {
        if (strcmp(named->name, service_name) == 0)
            return &named->configuration;
    }
    return &common_configuration;
}

static struct configuration *make_configuration_of(PCSTR service_name)
{
    struct configuration *there = configuration_of(service_name);
    struct named_configuration *named;
    if (there != &common_configuration || (named = calloc(1, sizeof(*named))) == NULL)
        return there != &common_configuration ? there : NULL;
    snprintf(named->name, sizeof(named->name), "%s", service_name);
    port_mutex_init(&named->configuration.configuration_lock);
    named->next = named_configurations;
    named_configurations = named;
    return &named->configuration;
}

static NTSTATUS set_configuration(struct configuration *configuration, PCSTR text, size_t length)
{
    char error[CONFIGURATION_ERROR_SIZE];
    if (configuration == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = configuration_load(configuration, text, length, NULL, error);
    if (status == STATUS_REGISTRY_CORRUPT)
        log_error("configuration: %s", error);
    return status;
}

static size_t get_configuration(struct configuration *configuration, PSTR buffer, size_t size)
{
    char *text = configuration_text(configuration);
    size_t length = 0;
    if (text != NULL)
        length = (size_t)snprintf(buffer, size, "%s", text);
    free(text);
    return length;
}

NTSTATUS WdfuseInprocSetConfiguration(PCSTR Text, size_t Length)
{
    return set_configuration(&common_configuration, Text, Length);
}

NTSTATUS WdfuseInprocSetConfigurationOf(PCSTR ServiceName, PCSTR Text, size_t Length)
{
    return set_configuration(make_configuration_of(ServiceName), Text, Length);
}

size_t WdfuseInprocGetConfiguration(PSTR Buffer, size_t Size)
{
    return get_configuration(&common_configuration, Buffer, Size);
}

size_t WdfuseInprocGetConfigurationOf(PCSTR ServiceName, PSTR Buffer, size_t Size)
{
    return get_configuration(configuration_of(ServiceName), Buffer, Size);
}

/* ---- start and stop ---- */

/* A driver is handled once, however many layers it has. */
static bool is_lowest_of_driver(WDFUSEDEVICE first, ULONG layer)
{
    ULONG lower = 0;
    while (first->drivers[lower] != first->drivers[layer])
        lower++;
    return lower == layer && first->drivers[layer] != NULL;
}

/* For devices that are removed, or were never made. */
static void unload(WDFUSEDEVICE first)
{
    stop_timer_thread(first);
    for (WDFUSEDEVICE device = first, next; device != NULL; device = next) {
        next = device->next;
        if (device->device != NULL)
            device_delete(device->device);
        devices_delete_left(&device->left, true);
        port_mutex_destroy(&device->device_lock);
        if (device != first)
            free(device);
    }
    for (ULONG i = first->layer_count; i-- > 0;) {
        if (is_lowest_of_driver(first, i))
            driver_unload(first->drivers[i]);
    }
    linuxfile_unload_if_alone();
    free(first);
}

/* `stride` 0: all layers are the first one. */
static NTSTATUS load_layers(WDFUSEDEVICE device, const WDFUSE_LAYER *layers, ULONG stride)
{
    for (ULONG i = 0; i < device->layer_count; i++) {
        const WDFUSE_LAYER *layer = &layers[i * stride];
        ULONG lower = 0;
        while (strcmp(layers[lower * stride].ServiceName, layer->ServiceName) != 0)
            lower++;
        NTSTATUS status = STATUS_SUCCESS;
        if (lower < i)
            device->drivers[i] = device->drivers[lower];
        else
            status = driver_load(layer->DriverEntry, layer->ServiceName,
                                 configuration_of(layer->ServiceName), &device->drivers[i]);
        if (!NT_SUCCESS(status))
            return status;
    }
    return STATUS_SUCCESS;
}

/* One layer on the other, then all are started. */
static NTSTATUS start_stack(WDFUSEDEVICE first, const char *name)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct wdf_device *device = NULL;
    bool is_pnp = false;
    for (ULONG i = 0; i < first->layer_count && NT_SUCCESS(status); i++) {
        status = driver_stack_device(first->drivers[i], name, NULL, device, &device);
        is_pnp = is_pnp || driver_is_pnp(first->drivers[i]);
    }
    if (!NT_SUCCESS(status) && device != NULL)
        device_abandon(device);
    else if (device != NULL)
        status = device_start(device);
    else if (NT_SUCCESS(status) && is_pnp)
        status = STATUS_NO_SUCH_DEVICE;
    first->device = NT_SUCCESS(status) ? device : NULL;
    return status;
}

static NTSTATUS start_layers(const WDFUSE_LAYER *layers, ULONG count, ULONG stride,
                             WDFUSEDEVICE *result)
{
    *result = NULL;
    if (count == 0)
        return STATUS_INVALID_PARAMETER;
    WDFUSEDEVICE device = calloc(1, sizeof(*device) + count * sizeof(device->drivers[0]));
    if (device == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    port_mutex_init(&device->device_lock);
    device->stop_event = -1;
    device->layer_count = count;
    linuxfile_serve_targets();
    NTSTATUS status = load_layers(device, layers, stride);
    if (NT_SUCCESS(status))
        status = start_timer_thread(device);
    if (NT_SUCCESS(status))
        status = start_stack(device, layers[(count - 1) * stride].ServiceName);
    if (!NT_SUCCESS(status)) {
        unload(device);
        return status;
    }
    inproc_set_opened(device);
    *result = device;
    return STATUS_SUCCESS;
}

NTSTATUS WdfuseInprocStart(PDRIVER_INITIALIZE DriverEntry, PCSTR ServiceName, WDFUSEDEVICE *Device)
{
    return WdfuseInprocStartStack(DriverEntry, ServiceName, 1, Device);
}

NTSTATUS WdfuseInprocStartStack(PDRIVER_INITIALIZE DriverEntry, PCSTR ServiceName, ULONG Layers,
                                WDFUSEDEVICE *Device)
{
    const WDFUSE_LAYER layer = {.DriverEntry = DriverEntry, .ServiceName = ServiceName};
    return start_layers(&layer, Layers, 0, Device);
}

NTSTATUS WdfuseInprocStartLayers(const WDFUSE_LAYER *Layers, ULONG Count, WDFUSEDEVICE *Device)
{
    return start_layers(Layers, Count, 1, Device);
}

NTSTATUS WdfuseInprocAddDevice(WDFUSEDEVICE First, PCSTR Name, WDFUSEDEVICE *Device)
{
    *Device = NULL;
    WDFUSEDEVICE device = calloc(1, sizeof(*device));
    if (device == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    port_mutex_init(&device->device_lock);
    device->stop_event = -1;
    NTSTATUS status = driver_add_device(First->drivers[0], Name, &device->device);
    if (NT_SUCCESS(status) && device->device == NULL)
        status = STATUS_NO_SUCH_DEVICE;
    if (!NT_SUCCESS(status)) {
        port_mutex_destroy(&device->device_lock);
        free(device);
        return status;
    }
    inproc_set_opened(device);
    while (First->next != NULL)
        First = First->next;
    First->next = device;
    *Device = device;
    return STATUS_SUCCESS;
}

static void stop(WDFUSEDEVICE first, VOID (*remove)(WDFUSEDEVICE device))
{
    for (WDFUSEDEVICE device = first; device != NULL; device = device->next)
        remove(device);
    for (ULONG i = first->layer_count; i-- > 0;) {
        if (is_lowest_of_driver(first, i))
            driver_end_control_devices(first->drivers[i]);
    }
    unload(first);
}

NTSTATUS WdfuseInprocSetFileName(WDFUSEDEVICE Device, PCSTR Name)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Device->layer_count && NT_SUCCESS(status); i++)
        status = driver_set_file_name(Device->drivers[i], Name);
    return status;
}

VOID WdfuseInprocStop(WDFUSEDEVICE Device)
{
    stop(Device, WdfuseInprocRemove);
}

VOID WdfuseInprocSurpriseStop(WDFUSEDEVICE Device)
{
    stop(Device, WdfuseInprocSurpriseRemove);
}

VOID WdfuseInprocShutDown(BOOLEAN IsLastChance)
{
    driver_shut_down(IsLastChance);
}

WDFDEVICE WdfuseInprocGetDevice(WDFUSEDEVICE Device)
{
    return Device->device != NULL ? device_handle(Device->device) : NULL;
}

/* ---- requests ---- */

struct inproc_client {
    WDFUSEIO io;
};

static struct inproc_client *client_of(struct io_request *request)
{
    static_assert(sizeof(struct inproc_client) <= IO_CLIENT_SIZE, "it fits");
    return io_request_client(request);
}

static bool put_output(WDFUSEIO io, size_t length)
{
    const void *output = io->request->output;
    if (io->is_probed)
        return NT_SUCCESS(client_memory_write(getpid(), (uintptr_t)io->buffer, output, length));
    memcpy(io->buffer, output, length);
    return true;
}

/* The framework's answer, in any thread. */
static void complete(struct io_request *request, NTSTATUS status, size_t information)
{
    WDFUSEIO io = client_of(request)->io;
    /* Of a read that stays in flight the output is the driver's. */
    bool has_output = !NT_ERROR(status) && information > 0 && request->output != NULL;
    if (has_output && !request->output_is_data && !put_output(io, information)) {
        status = STATUS_ACCESS_VIOLATION;
        information = 0;
    }
    PORT_LOCK_SCOPE_OF(io, call_lock);
    io->status = status;
    io->count = information;
    io->file = request->type == WdfRequestTypeCreate ? request->file : NULL;
    io->is_complete = true;
    port_condition_broadcast(&io->completed);
}

/* ---- polling ---- */

static struct port_mutex pollers_lock = PORT_MUTEX_INITIALIZER; /* a leaf */

/* A thread that waits for a change of a file. */
struct poller {
    void *file;
    struct port_condition woken;
    LIST_ENTRY entry GUARDED_BY(pollers_lock);
    bool is_woken GUARDED_BY(pollers_lock);
};

static LIST_ENTRY pollers GUARDED_BY(pollers_lock) = {&pollers, &pollers};

/* The handle that the framework keeps is the file itself, for all threads that poll it. */
static void wake_poller(void *file)
{
    PORT_LOCK_SCOPE(&pollers_lock);
    for (LIST_ENTRY *entry = pollers.Flink; entry != &pollers; entry = entry->Flink) {
        struct poller *poller = CONTAINING_RECORD(entry, struct poller, entry);
        if (poller->file != file)
            continue;
        poller->is_woken = true;
        port_condition_signal(&poller->woken);
    }
}

static void forget_poller(void *file)
{
    (void)file;
}

static const struct io_transport inproc_transport = {
    .name = "inproc",
    .is_in_process = true,
    .complete = complete,
    .wake_poller = wake_poller,
    .forget_poller = forget_poller,
};

/* True once the file's state has changed; false when the time is over. */
static bool wait_until_woken(struct poller *poller, uint64_t deadline)
{
    PORT_LOCK_SCOPE(&pollers_lock);
    while (!poller->is_woken) {
        if (!port_condition_wait_until(&poller->woken, &pollers_lock, deadline))
            return poller->is_woken;
    }
    poller->is_woken = false;
    return true;
}

static void begin_polling(struct poller *poller, WDFUSEFILE file)
{
    poller->file = file_from_handle(file);
    port_condition_init(&poller->woken);
    PORT_LOCK_SCOPE(&pollers_lock);
    poller->is_woken = false;
    InsertTailList(&pollers, &poller->entry);
}

static void end_polling(struct poller *poller)
{
    port_mutex_lock(&pollers_lock);
    RemoveEntryList(&poller->entry);
    port_mutex_unlock(&pollers_lock);
    port_condition_destroy(&poller->woken);
}

ULONG WdfuseInprocPoll(WDFUSEFILE File)
{
    return io_file_poll(file_from_handle(File), &inproc_transport, NULL);
}

ULONG WdfuseInprocWaitForEvents(WDFUSEFILE File, ULONG Events, ULONG Milliseconds)
{
    struct io_file *file = file_from_handle(File);
    uint64_t deadline = port_clock_deadline((uint64_t)Milliseconds * 1000000);
    Events |= WdfusePollError | WdfusePollHangup;
    struct poller poller;
    begin_polling(&poller, File);
    ULONG events;
    do
        events = io_file_poll(file, &inproc_transport, file) & Events;
    while (events == 0 && wait_until_woken(&poller, deadline));
    end_polling(&poller);
    return events;
}

/* ---- requests under way ---- */

static void free_io(WDFUSEIO io)
{
    io_request_dereference(io->request);
    port_condition_destroy(&io->completed);
    port_mutex_destroy(&io->call_lock);
    free(io);
}

static WDFUSEIO new_io(struct io_device *device, WDF_REQUEST_TYPE type, int flags)
{
    WDFUSEIO io = calloc(1, sizeof(*io));
    if (io == NULL)
        return NULL;
    io->request = io_request_create(device, &inproc_transport);
    if (io->request == NULL &&
        !NT_SUCCESS(io_request_create_reserved(device, &inproc_transport, type, (uint32_t)flags,
                                               &io->request))) {
        free(io);
        return NULL;
    }
    io_request_reference(io->request);
    port_mutex_init(&io->call_lock);
    port_condition_init(&io->completed);
    client_of(io->request)->io = io;
    io->request->type = type;
    io->request->open_flags = (uint32_t)flags;
    io->request->requestor_pid = getpid();
    return io;
}

/* A write's data: copied, or used in place if the device does direct I/O. */
static bool take_data(struct io_request *request, const void *data)
{
    if (request->input_length == 0)
        return true;
    if (io_write_is_direct(request)) {
        request->input = (void *)(uintptr_t)data;
        return true;
    }
    request->input = io_request_buffer(request, request->input_length);
    if (request->input != NULL)
        memcpy(request->input, data, request->input_length);
    return request->input != NULL;
}

static NTSTATUS take_input(const WDFUSEIO io, const void *input)
{
    const struct io_request *request = io->request;
    if (io->is_probed)
        return client_memory_read(getpid(), (uintptr_t)input, request->input,
                                  request->input_length);
    memcpy(request->input, input, request->input_length);
    return STATUS_SUCCESS;
}

/* Takes the data as the method of the control code demands (io.h). */
static NTSTATUS take_control(const WDFUSEIO io, const void *input, const void *output)
{
    struct io_request *request = io->request;
    const struct io_device *device = request->file->device;
    if (!request->is_native_control &&
        io_control_method(device, request->control_code) == METHOD_NEITHER) {
        request->is_by_address = true;
        request->client_input = (uintptr_t)input;
        request->client_output = (uintptr_t)output;
        return STATUS_SUCCESS;
    }
    if (!io_request_control_buffers(request))
        return STATUS_INSUFFICIENT_RESOURCES;
    if (request->output_is_data)
        memcpy(request->output, output, request->output_length);
    return request->input_length > 0 ? take_input(io, input) : STATUS_SUCCESS;
}

/* Submits the request with its data; NULL when there is no memory for them. */
static WDFUSEIO submit(WDFUSEIO io, bool has_data)
{
    if (has_data) {
        io_request_submit(io->request);
        return io;
    }
    io_request_discard(io->request);
    free_io(io);
    return NULL;
}

/* A request that the kernel would refuse is answered without the driver. */
static WDFUSEIO submit_control(WDFUSEIO io, NTSTATUS status)
{
    if (status != STATUS_ACCESS_VIOLATION)
        return submit(io, NT_SUCCESS(status));
    port_lock_is_not_needed(call_lock); /* nobody else knows it */
    io_request_discard(io->request);
    io->is_refused = io->is_complete = true;
    io->status = status;
    return io;
}

static WDFUSEIO begin(WDFUSEFILE file, WDF_REQUEST_TYPE type, size_t input_length, void *output,
                      size_t output_length)
{
    if (input_length > IO_TRANSFER_MAX || output_length > IO_TRANSFER_MAX)
        return NULL;
    struct io_file *open_file = file_from_handle(file);
    WDFUSEIO io = new_io(io_file_device(open_file), type, (int)open_file->open_flags);
    if (io == NULL)
        return NULL;
    io->buffer = output;
    io->request->file = open_file;
    io->request->input_length = input_length;
    io->request->output_length = output_length;
    return io;
}

static WDFUSEIO begin_open(struct io_device *device, int flags)
{
    WDFUSEIO io = new_io(device, WdfRequestTypeCreate, flags);
    if (io == NULL)
        return NULL;
    io->request->requestor_process = io->request->requestor_pid;
    io->request->requestor_user = getuid();
    io_request_submit(io->request);
    return io;
}

/* With a reference: the device may be replaced. */
static struct io_device *reference_device(WDFUSEDEVICE device)
{
    PORT_LOCK_SCOPE_OF(device, device_lock);
    io_device_reference(device->opened);
    return device->opened;
}

WDFUSEIO WdfuseInprocBeginOpen(WDFUSEDEVICE Device, int Flags)
{
    struct io_device *device = reference_device(Device);
    WDFUSEIO io = begin_open(device, Flags);
    io_device_dereference(device);
    return io;
}

WDFUSEIO WdfuseInprocBeginRead(WDFUSEFILE File, PVOID Buffer, size_t Length)
{
    WDFUSEIO io = begin(File, WdfRequestTypeRead, 0, Buffer, Length);
    return io != NULL ? submit(io, true) : NULL;
}

WDFUSEIO WdfuseInprocBeginWrite(WDFUSEFILE File, const VOID *Buffer, size_t Length)
{
    WDFUSEIO io = begin(File, WdfRequestTypeWrite, Length, NULL, 0);
    return io != NULL ? submit(io, take_data(io->request, Buffer)) : NULL;
}

WDFUSEIO WdfuseInprocBeginIoctl(WDFUSEFILE File, ULONG Code, const VOID *Input, size_t InputLength,
                                PVOID Output, size_t OutputLength)
{
    WDFUSEIO io = begin(File, WdfRequestTypeDeviceControl, InputLength, Output, OutputLength);
    if (io == NULL)
        return NULL;
    io->request->control_code = Code;
    io->is_probed = METHOD_FROM_CTL_CODE(Code) == METHOD_NEITHER;
    return submit_control(io, take_control(io, Input, Output));
}

WDFUSEIO WdfuseInprocBeginNativeIoctl(WDFUSEFILE File, ULONG Code, PVOID Argument)
{
    struct port_ioctl memory = io_control_memory(io_file_device(file_from_handle(File)), Code);
    WDFUSEIO io = begin(File, WdfRequestTypeDeviceControl, memory.in, Argument, memory.out);
    if (io == NULL)
        return NULL;
    io->request->control_code = Code;
    io->request->is_native_control = true;
    if (memory.in == 0 && memory.out == 0) {
        io->request->is_by_address = true;
        io->request->client_input = io->request->client_output = (uintptr_t)Argument;
    }
    return submit_control(io, take_control(io, Argument, Argument));
}

BOOLEAN WdfuseInprocIsComplete(WDFUSEIO Io)
{
    PORT_LOCK_SCOPE_OF(Io, call_lock);
    return Io->is_complete;
}

BOOLEAN WdfuseInprocWait(WDFUSEIO Io, ULONG Milliseconds)
{
    uint64_t deadline = port_clock_deadline((uint64_t)Milliseconds * 1000000);
    PORT_LOCK_SCOPE_OF(Io, call_lock);
    while (!Io->is_complete) {
        if (!port_condition_wait_until(&Io->completed, &Io->call_lock, deadline))
            break;
    }
    return Io->is_complete;
}

VOID WdfuseInprocCancel(WDFUSEIO Io)
{
    if (!Io->is_refused)
        io_request_cancel(Io->request);
}

static void wait_for(WDFUSEIO io)
{
    PORT_LOCK_SCOPE_OF(io, call_lock);
    while (!io->is_complete)
        port_condition_wait(&io->completed, &io->call_lock);
}

NTSTATUS WdfuseInprocFinish(WDFUSEIO Io, size_t *Count)
{
    wait_for(Io);
    port_lock_is_not_needed(call_lock); /* it is complete */
    NTSTATUS status = Io->status;
    if (Count != NULL)
        *Count = Io->count;
    free_io(Io);
    return status;
}

NTSTATUS WdfuseInprocFinishOpen(WDFUSEIO Io, WDFUSEFILE *File)
{
    wait_for(Io);
    port_lock_is_not_needed(call_lock); /* it is complete */
    NTSTATUS status = Io->status;
    *File = (WDFUSEFILE)Io->file;
    free_io(Io);
    return status;
}

/* ---- the waiting forms ---- */

NTSTATUS WdfuseInprocOpen(WDFUSEDEVICE Device, int Flags, WDFUSEFILE *File)
{
    *File = NULL;
    WDFUSEIO io = WdfuseInprocBeginOpen(Device, Flags);
    return io != NULL ? WdfuseInprocFinishOpen(io, File) : STATUS_INSUFFICIENT_RESOURCES;
}

VOID WdfuseInprocSetFlags(WDFUSEFILE File, int Flags)
{
    file_from_handle(File)->open_flags = (uint32_t)Flags;
}

NTSTATUS WdfuseInprocOpenNode(PCSTR Name, int Flags, WDFUSEFILE *File)
{
    *File = NULL;
    struct wdf_device *device = driver_find_device(Name);
    if (device == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    WDFUSEIO io = begin_open(device_io(device), Flags);
    io_device_dereference(device_io(device));
    return io != NULL ? WdfuseInprocFinishOpen(io, File) : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS happen(PCSTR name, NTSTATUS (*what)(struct wdf_device *device))
{
    struct wdf_device *device = driver_find_device(name);
    if (device == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS status = what(device);
    io_device_dereference(device_io(device));
    WdfuseInprocWaitForWorkers();
    return status;
}

NTSTATUS WdfuseInprocPlug(PCSTR Name)
{
    return happen(Name, device_plug);
}

NTSTATUS WdfuseInprocUnplug(PCSTR Name)
{
    return happen(Name, device_unplug);
}

NTSTATUS WdfuseInprocEject(PCSTR Name)
{
    return happen(Name, device_eject);
}

static NTSTATUS lock(struct wdf_device *device)
{
    return device_set_lock(device, true);
}

static NTSTATUS unlock(struct wdf_device *device)
{
    return device_set_lock(device, false);
}

NTSTATUS WdfuseInprocSetLock(PCSTR Name, BOOLEAN IsLocked)
{
    return happen(Name, IsLocked ? lock : unlock);
}

NTSTATUS WdfuseInprocUse(PCSTR Name, WDF_SPECIAL_FILE_TYPE FileType, BOOLEAN IsInUse)
{
    struct wdf_device *device = driver_find_device(Name);
    if (device == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    NTSTATUS status = device_use(device, FileType, IsInUse);
    io_device_dereference(device_io(device));
    return status;
}

VOID WdfuseInprocClose(WDFUSEFILE File)
{
    io_file_release(file_from_handle(File));
}

static NTSTATUS finish(WDFUSEIO io, size_t input_length, size_t output_length, size_t *count)
{
    if (count != NULL)
        *count = 0;
    if (io != NULL)
        return WdfuseInprocFinish(io, count);
    bool is_too_large = input_length > IO_TRANSFER_MAX || output_length > IO_TRANSFER_MAX;
    return is_too_large ? STATUS_INVALID_PARAMETER : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS WdfuseInprocRead(WDFUSEFILE File, PVOID Buffer, size_t Length, size_t *Count)
{
    return finish(WdfuseInprocBeginRead(File, Buffer, Length), 0, Length, Count);
}

NTSTATUS WdfuseInprocWrite(WDFUSEFILE File, const VOID *Buffer, size_t Length, size_t *Count)
{
    return finish(WdfuseInprocBeginWrite(File, Buffer, Length), Length, 0, Count);
}

NTSTATUS WdfuseInprocIoctl(WDFUSEFILE File, ULONG Code, const VOID *Input, size_t InputLength,
                           PVOID Output, size_t OutputLength, size_t *Count)
{
    WDFUSEIO io = WdfuseInprocBeginIoctl(File, Code, Input, InputLength, Output, OutputLength);
    return finish(io, InputLength, OutputLength, Count);
}
