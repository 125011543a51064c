/* A parent and its children under test. See bus.h. */
#include "bus.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FILES_MAX 8

VOID (*prepare_child_init)(PWDFDEVICE_INIT DeviceInit);
WDF_OBJECT_ATTRIBUTES child_attributes;
WDF_IO_QUEUE_CONFIG child_queue_config;
WDFDEVICE children[CHILDREN_MAX];
WDFQUEUE child_queues[CHILDREN_MAX];

static WDFUSEFILE files[FILES_MAX];
static unsigned first_count; /* children made with the parent */

/* ---- the driver ---- */

PWDFDEVICE_INIT describe_child(WDFDEVICE parent, unsigned number)
{
    static const GUID class = {0x5a1f7a3e, 0x1c0b, 0x4a53, {1, 2, 3, 4, 5, 6, 7, 8}};
    WCHAR digits[] = {(WCHAR)('0' + number), 0};
    UNICODE_STRING instance;
    RtlInitUnicodeString(&instance, digits);
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(parent);
    ck_assert_ptr_nonnull(init);
    ck_status_eq(WdfPdoInitAssignInstanceID(init, &instance), STATUS_SUCCESS);
    ck_status_eq(WdfPdoInitAssignRawDevice(init, &class), STATUS_SUCCESS);
    WdfPdoInitAllowForwardingRequestToParent(init);
    WDF_FILEOBJECT_CONFIG config;
    WDF_FILEOBJECT_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK, WDF_NO_EVENT_CALLBACK,
                               WDF_NO_EVENT_CALLBACK);
    WdfDeviceInitSetFileObjectConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
    if (prepare_child_init != NULL)
        prepare_child_init(init);
    return init;
}

NTSTATUS try_create_child(PWDFDEVICE_INIT init, unsigned number)
{
    PWDF_OBJECT_ATTRIBUTES attributes = child_attributes.Size != 0 ? &child_attributes : NULL;
    NTSTATUS status = WdfDeviceCreate(&init, attributes, &children[number]);
    if (!NT_SUCCESS(status)) {
        WdfDeviceInitFree(init);
        return status;
    }
    WDF_IO_QUEUE_CONFIG config = child_queue_config;
    if (config.Size == 0) {
        WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
        config.EvtIoDefault = hold_request;
    }
    config.DefaultQueue = TRUE;
    return WdfIoQueueCreate(children[number], &config, WDF_NO_OBJECT_ATTRIBUTES,
                            &child_queues[number]);
}

static void create_child_of(WDFDEVICE parent, unsigned number)
{
    ck_status_eq(try_create_child(describe_child(parent, number), number), STATUS_SUCCESS);
}

void create_child(unsigned number)
{
    create_child_of(wdf_device(), number);
}

void add_child(unsigned number)
{
    create_child(number);
    ck_status_eq(WdfFdoAddStaticChild(wdf_device(), children[number]), STATUS_SUCCESS);
    WdfuseInprocWaitForWorkers();
}

static VOID make_first_children(WDFDEVICE parent)
{
    for (unsigned i = 0; i < first_count; i++) {
        create_child_of(parent, i);
        ck_status_eq(WdfFdoAddStaticChild(parent, children[i]), STATUS_SUCCESS);
    }
}

void start_bus(unsigned count)
{
    first_count = count;
    prepare_device = make_first_children;
    if (queue_config.Size == 0)
        describe_queue(WdfIoQueueDispatchManual);
    start_device();
}

void bus_stop(void)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (files[i] != NULL)
            close_child_file(files[i]);
    }
    holding_stop();
    prepare_child_init = NULL;
    memset(&child_attributes, 0, sizeof(child_attributes));
    memset(&child_queue_config, 0, sizeof(child_queue_config));
    memset(children, 0, sizeof(children));
    memset(child_queues, 0, sizeof(child_queues));
}

NTSTATUS forward_to_parent(WDFREQUEST request, WDFQUEUE to)
{
    WDF_REQUEST_FORWARD_OPTIONS options;
    WDF_REQUEST_FORWARD_OPTIONS_INIT(&options);
    return WdfRequestForwardToParentDeviceIoQueue(request, to, &options);
}

void forward_held(WDFQUEUE to)
{
    ck_status_eq(forward_to_parent(take_held(), to), STATUS_SUCCESS);
}

/* ---- the client ---- */

static NTSTATUS open_node(unsigned number, WDFUSEFILE *file)
{
    char name[16];
    snprintf(name, sizeof(name), "test.%u", number);
    return WdfuseInprocOpenNode(name, O_RDWR, file);
}

NTSTATUS try_open_child(unsigned number)
{
    WDFUSEFILE file;
    NTSTATUS status = open_node(number, &file);
    if (NT_SUCCESS(status))
        WdfuseInprocClose(file);
    return status;
}

WDFUSEFILE open_child(unsigned number)
{
    unsigned slot = 0;
    while (slot < FILES_MAX && files[slot] != NULL)
        slot++;
    ck_assert_uint_lt(slot, FILES_MAX);
    ck_status_eq(open_node(number, &files[slot]), STATUS_SUCCESS);
    return files[slot];
}

void close_child_file(WDFUSEFILE file)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (files[i] == file)
            files[i] = NULL;
    }
    WdfuseInprocClose(file);
}
