/*
 * A bus driver for the shell tests, structured like the Windows samples whose children are raw
 * devices that the parent serves. The children are mailboxes: what is written to one is read from
 * it once, and a read waits for it.
 *
 * The parent answers the first read of an open file with the numbers of its children, and takes
 * commands by write:
 *
 *     plug N      child N, from 0 to 7; 0 and 1 exist from the start
 *     unplug N    removes it
 */
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>
#include <wdmsec.h>

#define SLOTS          8
#define MESSAGE_LENGTH 64

typedef struct _BUS_CONTEXT {
    WDFQUEUE Work;    /* children's requests, one after the other */
    WDFQUEUE Waiting; /* reads of empty mailboxes */
    struct {
        CHAR Text[MESSAGE_LENGTH];
        size_t Length; /* 0: empty */
    } Messages[SLOTS]; /* guarded by Work's being sequential */
} BUS_CONTEXT, *PBUS_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(BUS_CONTEXT, GetBusContext)

typedef struct _CHILD_CONTEXT {
    ULONG Slot;
} CHILD_CONTEXT, *PCHILD_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(CHILD_CONTEXT, GetChildContext)

/* Of a child's request: its child. */
typedef struct _REQUEST_CONTEXT {
    ULONG Slot;
} REQUEST_CONTEXT, *PREQUEST_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_CONTEXT, GetRequestContext)

typedef struct _FILE_CONTEXT {
    BOOLEAN WasRead;
} FILE_CONTEXT, *PFILE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_CONTEXT, GetFileContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD BusDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ BusIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE BusIoWrite;
EVT_WDF_IO_QUEUE_IO_READ MailRead;
EVT_WDF_IO_QUEUE_IO_WRITE MailWrite;
EVT_WDF_IO_QUEUE_IO_DEFAULT ChildIoDefault;
EVT_WDF_OBJECT_CONTEXT_CLEANUP ChildCleanup;

static const GUID BusClass = {
    0x3e1f5a52, 0x4a06, 0x47a9, {0x9a, 0x66, 0x0d, 0x21, 0x0c, 0x5e, 0x7b, 0x11}};

/* ---- children ---- */

VOID ChildIoDefault(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDFDEVICE child = WdfIoQueueGetDevice(Queue);
    GetRequestContext(Request)->Slot = GetChildContext(child)->Slot;
    WDF_REQUEST_FORWARD_OPTIONS options;
    WDF_REQUEST_FORWARD_OPTIONS_INIT(&options);
    NTSTATUS status = WdfRequestForwardToParentDeviceIoQueue(
        Request, GetBusContext(WdfPdoGetParent(child))->Work, &options);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

VOID ChildCleanup(WDFOBJECT Child)
{
    KdPrint(("bus: child %d is cleaned up\n", (int)GetChildContext(Child)->Slot));
}

static NTSTATUS DescribeChild(PWDFDEVICE_INIT Init, ULONG Slot)
{
    DECLARE_CONST_UNICODE_STRING(deviceId, L"wdfuse\\mailbox");
    DECLARE_CONST_UNICODE_STRING(location, L"wdfuse test bus");
    DECLARE_CONST_UNICODE_STRING(kind, L"wdfuse\\box");
    WCHAR digits[] = {(WCHAR)(L'0' + Slot), 0}, text[] = L"wdfuse\\mailboxN";
    UNICODE_STRING instance, own;
    RtlInitUnicodeString(&instance, digits);
    text[sizeof(text) / sizeof(text[0]) - 2] = digits[0];
    RtlInitUnicodeString(&own, text);
    NTSTATUS status = WdfPdoInitAssignRawDevice(Init, &BusClass);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAssignDeviceID(Init, &deviceId);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAddHardwareID(Init, &own);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAddHardwareID(Init, &deviceId);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAddCompatibleID(Init, &kind);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAssignInstanceID(Init, &instance);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAddDeviceText(Init, &deviceId, &location, 0x409);
    if (NT_SUCCESS(status))
        status = WdfDeviceInitAssignSDDLString(Init, &SDDL_DEVOBJ_SYS_ALL_ADM_ALL);
    WdfPdoInitSetDefaultLocale(Init, 0x409);
    WdfPdoInitAllowForwardingRequestToParent(Init);
    return status;
}

static NTSTATUS CreateChildQueue(WDFDEVICE Child)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = ChildIoDefault;
    return WdfIoQueueCreate(Child, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static NTSTATUS Plug(WDFDEVICE Bus, ULONG Slot)
{
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(Bus);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_CONTEXT);
    WdfDeviceInitSetRequestAttributes(init, &attributes);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, CHILD_CONTEXT);
    attributes.EvtCleanupCallback = ChildCleanup;

    WDFDEVICE child;
    NTSTATUS status = DescribeChild(init, Slot);
    if (NT_SUCCESS(status))
        status = WdfDeviceCreate(&init, &attributes, &child);
    if (!NT_SUCCESS(status)) {
        WdfDeviceInitFree(init);
        return status;
    }
    GetChildContext(child)->Slot = Slot;
    status = CreateChildQueue(child);
    if (NT_SUCCESS(status))
        status = WdfFdoAddStaticChild(Bus, child);
    if (!NT_SUCCESS(status))
        WdfObjectDelete(child);
    return status;
}

static NTSTATUS Unplug(WDFDEVICE Bus, ULONG Slot)
{
    WDFDEVICE child = NULL;
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;
    WdfFdoLockStaticChildListForIteration(Bus);
    while ((child = WdfFdoRetrieveNextStaticChild(Bus, child, WdfRetrieveAddedChildren)) != NULL) {
        if (GetChildContext(child)->Slot == Slot)
            status = WdfPdoMarkMissing(child);
    }
    WdfFdoUnlockStaticChildListFromIteration(Bus);
    return status;
}

/* ---- their requests ---- */

static VOID Deliver(PBUS_CONTEXT Bus, WDFREQUEST Request)
{
    ULONG slot = GetRequestContext(Request)->Slot;
    PVOID buffer;
    size_t length;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, &length);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    if (length > Bus->Messages[slot].Length)
        length = Bus->Messages[slot].Length;
    RtlCopyMemory(buffer, Bus->Messages[slot].Text, length);
    Bus->Messages[slot].Length = 0;
    WdfRequestCompleteWithInformation(Request, status, length);
}

VOID MailRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    PBUS_CONTEXT bus = GetBusContext(WdfIoQueueGetDevice(Queue));
    if (bus->Messages[GetRequestContext(Request)->Slot].Length > 0) {
        Deliver(bus, Request);
        return;
    }
    NTSTATUS status = WdfRequestForwardToIoQueue(Request, bus->Waiting);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

/* The oldest read that waits for that mailbox; NULL: there is none. */
static WDFREQUEST TakeWaiting(PBUS_CONTEXT Bus, ULONG Slot)
{
    WDFREQUEST found, previous = NULL, request;
    for (;;) {
        NTSTATUS status = WdfIoQueueFindRequest(Bus->Waiting, previous, NULL, NULL, &found);
        if (previous != NULL)
            WdfObjectDereference(previous);
        previous = NULL;
        if (status == STATUS_NOT_FOUND)
            continue; /* that one was cancelled: start again */
        if (!NT_SUCCESS(status))
            return NULL;
        if (GetRequestContext(found)->Slot != Slot) {
            previous = found;
            continue;
        }
        status = WdfIoQueueRetrieveFoundRequest(Bus->Waiting, found, &request);
        WdfObjectDereference(found);
        if (status != STATUS_NOT_FOUND) /* that one as well */
            return NT_SUCCESS(status) ? request : NULL;
    }
}

VOID MailWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PBUS_CONTEXT bus = GetBusContext(WdfIoQueueGetDevice(Queue));
    ULONG slot = GetRequestContext(Request)->Slot;
    PVOID data;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL);
    if (NT_SUCCESS(status) && Length > MESSAGE_LENGTH)
        status = STATUS_INVALID_BUFFER_SIZE;
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    RtlCopyMemory(bus->Messages[slot].Text, data, Length);
    bus->Messages[slot].Length = Length;
    WDFREQUEST reader = TakeWaiting(bus, slot);
    if (reader != NULL)
        Deliver(bus, reader);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

/* ---- the parent's own ---- */

VOID BusIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Length);
    WDFDEVICE bus = WdfIoQueueGetDevice(Queue), child = NULL;
    PFILE_CONTEXT file = GetFileContext(WdfRequestGetFileObject(Request));
    PCHAR buffer;
    size_t size, length = 0;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, SLOTS + 1, (PVOID *)&buffer, &size);
    if (!NT_SUCCESS(status) || file->WasRead) {
        WdfRequestCompleteWithInformation(Request, status, 0);
        return;
    }
    file->WasRead = TRUE;
    WdfFdoLockStaticChildListForIteration(bus);
    while ((child = WdfFdoRetrieveNextStaticChild(bus, child, WdfRetrieveAddedChildren)) != NULL &&
           length < SLOTS)
        buffer[length++] = (CHAR)('0' + GetChildContext(child)->Slot);
    WdfFdoUnlockStaticChildListFromIteration(bus);
    buffer[length++] = '\n';
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, length);
}

/* One command, as echo writes it. */
VOID BusIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    static const CHAR plug[] = "plug ", unplug[] = "unplug ";
    WDFDEVICE bus = WdfIoQueueGetDevice(Queue);
    PVOID data;
    CHAR command[16] = "";
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL);
    if (NT_SUCCESS(status) && Length < sizeof(command))
        RtlCopyMemory(command, data, Length);
    const CHAR *number = command + (command[0] == 'p' ? strlen(plug) : strlen(unplug));
    ULONG slot = (ULONG)(number[0] - '0');
    if (NT_SUCCESS(status))
        status = STATUS_INVALID_PARAMETER;
    if (slot < SLOTS && strncmp(command, plug, strlen(plug)) == 0)
        status = Plug(bus, slot);
    else if (slot < SLOTS && strncmp(command, unplug, strlen(unplug)) == 0)
        status = Unplug(bus, slot);
    WdfRequestCompleteWithInformation(Request, status, Length);
}

static NTSTATUS CreateBusQueues(WDFDEVICE Bus)
{
    PBUS_CONTEXT context = GetBusContext(Bus);
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = BusIoRead;
    config.EvtIoWrite = BusIoWrite;
    NTSTATUS status = WdfIoQueueCreate(Bus, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = MailRead;
    config.EvtIoWrite = MailWrite;
    status = WdfIoQueueCreate(Bus, &config, WDF_NO_OBJECT_ATTRIBUTES, &context->Work);
    if (!NT_SUCCESS(status))
        return status;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.PowerManaged = WdfFalse; /* or nothing could be retrieved once Work is restarted */
    return WdfIoQueueCreate(Bus, &config, WDF_NO_OBJECT_ATTRIBUTES, &context->Waiting);
}

NTSTATUS BusDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_FILEOBJECT_CONFIG_INIT(&files, WDF_NO_EVENT_CALLBACK, WDF_NO_EVENT_CALLBACK,
                               WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_CONTEXT);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, &attributes);

    WDFDEVICE bus;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, BUS_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &bus);
    if (NT_SUCCESS(status))
        status = CreateBusQueues(bus);
    for (ULONG slot = 0; slot < 2 && NT_SUCCESS(status); slot++)
        status = Plug(bus, slot);
    return status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, BusDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
