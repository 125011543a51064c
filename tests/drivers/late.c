/*
 * A driver that knows nothing of polling, for clients that do not wait. It completes a request at
 * once, from its work item, or some beats of a timer later; the number of beats varies. All of them
 * can be cancelled.
 *
 * Each open file reads the numbers 0, 1, 2 ... as 8 bytes, and must write the same. So a client
 * sees what is lost, doubled or out of order. Before a number that is 7 modulo 16 one read fails
 * with STATUS_DEVICE_PROTOCOL_ERROR, before one that is 11 modulo 16 one read is empty; a write out
 * of order fails with STATUS_DATA_ERROR.
 */
#include <ntddk.h>
#include <wdf.h>

#define BEAT_MS      2
#define STALL_MAX_US 64

#define FAIL_AT  7
#define EMPTY_AT 11
#define CYCLE    16

typedef struct _DEVICE_CONTEXT {
    WDFSPINLOCK Lock; /* guards what follows, and the contexts of files and requests */
    LIST_ENTRY Kept;  /* REQUEST_CONTEXT.Entry, cancelable requests */
    ULONG Chance;
    WDFTIMER Timer;
    WDFWORKITEM WorkItem;
} DEVICE_CONTEXT, *PDEVICE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, GetDeviceContext)

typedef struct _FILE_CONTEXT {
    ULONGLONG NextRead;
    ULONGLONG NextWrite;
    BOOLEAN IsTold; /* the failure or empty read before NextRead */
} FILE_CONTEXT, *PFILE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_CONTEXT, GetFileContext)

typedef struct _REQUEST_CONTEXT {
    WDFREQUEST Request;
    LIST_ENTRY Entry;
    ULONG Beats; /* of the timer, until it is due; 0: the work item completes it */
} REQUEST_CONTEXT, *PREQUEST_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_CONTEXT, GetRequestContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD LateDeviceAdd;
EVT_WDF_IO_QUEUE_IO_DEFAULT LateDefault;
EVT_WDF_REQUEST_CANCEL LateCancel;
EVT_WDF_TIMER LateBeat;
EVT_WDF_WORKITEM LateWork;

NTSTATUS DriverEntry(IN PDRIVER_OBJECT DriverObject, IN PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, LateDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* ---- creation ---- */

static NTSTATUS CreateHelpers(WDFDEVICE Device, PDEVICE_CONTEXT Context)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Device;
    NTSTATUS status = WdfSpinLockCreate(&attributes, &Context->Lock);
    if (!NT_SUCCESS(status))
        return status;

    WDF_TIMER_CONFIG timer;
    WDF_TIMER_CONFIG_INIT_PERIODIC(&timer, LateBeat, BEAT_MS);
    timer.AutomaticSerialization = FALSE;
    status = WdfTimerCreate(&timer, &attributes, &Context->Timer);
    if (!NT_SUCCESS(status))
        return status;

    WDF_WORKITEM_CONFIG work;
    WDF_WORKITEM_CONFIG_INIT(&work, LateWork);
    work.AutomaticSerialization = FALSE;
    return WdfWorkItemCreate(&work, &attributes, &Context->WorkItem);
}

NTSTATUS LateDeviceAdd(IN WDFDRIVER Driver, IN PWDFDEVICE_INIT DeviceInit)
{
    UNREFERENCED_PARAMETER(Driver);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_CONTEXT);
    WdfDeviceInitSetRequestAttributes(DeviceInit, &attributes);
    WDF_FILEOBJECT_CONFIG files;
    WDF_FILEOBJECT_CONFIG_INIT(&files, WDF_NO_EVENT_CALLBACK, WDF_NO_EVENT_CALLBACK,
                               WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_CONTEXT);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, &attributes);

    WDFDEVICE device;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status))
        return status;
    PDEVICE_CONTEXT context = GetDeviceContext(device);
    InitializeListHead(&context->Kept);
    status = CreateHelpers(device, context);
    if (!NT_SUCCESS(status))
        return status;

    WDF_IO_QUEUE_CONFIG queue;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchParallel);
    queue.EvtIoDefault = LateDefault;
    status = WdfIoQueueCreate(device, &queue, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (NT_SUCCESS(status))
        WdfTimerStart(context->Timer, WDF_REL_TIMEOUT_IN_MS(BEAT_MS));
    return status;
}

static ULONG TakeChance(PDEVICE_CONTEXT Device)
{
    Device->Chance = Device->Chance * 1103515245 + 12345;
    return Device->Chance >> 16;
}

/* ---- completing ---- */

/* The result of this read. With the lock held. */
static NTSTATUS NextNumber(PFILE_CONTEXT File, PULONGLONG Number, PULONG_PTR Length)
{
    ULONGLONG place = File->NextRead % CYCLE;
    *Length = 0;
    if ((place == FAIL_AT || place == EMPTY_AT) && !File->IsTold) {
        File->IsTold = TRUE;
        return place == FAIL_AT ? STATUS_DEVICE_PROTOCOL_ERROR : STATUS_SUCCESS;
    }
    File->IsTold = FALSE;
    *Number = File->NextRead++;
    *Length = sizeof(*Number);
    return STATUS_SUCCESS;
}

static VOID CompleteRead(PDEVICE_CONTEXT Device, PFILE_CONTEXT File, WDFREQUEST Request)
{
    PVOID buffer;
    ULONGLONG number = 0;
    ULONG_PTR length = 0;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, sizeof(number), &buffer, NULL);
    if (NT_SUCCESS(status)) {
        WdfSpinLockAcquire(Device->Lock);
        status = NextNumber(File, &number, &length);
        WdfSpinLockRelease(Device->Lock);
        RtlCopyMemory(buffer, &number, length);
    }
    WdfRequestCompleteWithInformation(Request, status, length);
}

static VOID CompleteWrite(PDEVICE_CONTEXT Device, PFILE_CONTEXT File, WDFREQUEST Request)
{
    PVOID buffer;
    ULONGLONG number;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, sizeof(number), &buffer, NULL);
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(&number, buffer, sizeof(number));
        WdfSpinLockAcquire(Device->Lock);
        if (number == File->NextWrite)
            File->NextWrite++;
        else
            status = STATUS_DATA_ERROR;
        WdfSpinLockRelease(Device->Lock);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? sizeof(number) : 0);
}

static VOID Complete(PDEVICE_CONTEXT Device, WDFREQUEST Request)
{
    PFILE_CONTEXT file = GetFileContext(WdfRequestGetFileObject(Request));
    WDF_REQUEST_PARAMETERS parameters;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    if (parameters.Type == WdfRequestTypeRead)
        CompleteRead(Device, file, Request);
    else if (parameters.Type == WdfRequestTypeWrite)
        CompleteWrite(Device, file, Request);
    else
        WdfRequestComplete(Request, STATUS_INVALID_DEVICE_REQUEST);
}

/* Completes requests with this many beats left, and counts down for the others. */
static VOID CompleteDue(PDEVICE_CONTEXT Device, ULONG Beats)
{
    LIST_ENTRY due;
    InitializeListHead(&due);
    WdfSpinLockAcquire(Device->Lock);
    for (PLIST_ENTRY entry = Device->Kept.Flink; entry != &Device->Kept;) {
        PREQUEST_CONTEXT context = CONTAINING_RECORD(entry, REQUEST_CONTEXT, Entry);
        entry = entry->Flink;
        if (context->Beats > Beats)
            context->Beats -= Beats;
        /* A request that is being cancelled stays in the list for LateCancel. */
        else if (context->Beats == Beats &&
                 NT_SUCCESS(WdfRequestUnmarkCancelable(context->Request))) {
            RemoveEntryList(&context->Entry);
            InsertTailList(&due, &context->Entry);
        }
    }
    WdfSpinLockRelease(Device->Lock);
    while (!IsListEmpty(&due))
        Complete(Device, CONTAINING_RECORD(RemoveHeadList(&due), REQUEST_CONTEXT, Entry)->Request);
}

VOID LateBeat(IN WDFTIMER Timer)
{
    CompleteDue(GetDeviceContext(WdfTimerGetParentObject(Timer)), 1);
}

/* For about this many microseconds: until the client has got EAGAIN, or calls poll. */
static VOID Stall(ULONG Microseconds)
{
    LARGE_INTEGER frequency;
    LONGLONG end = KeQueryPerformanceCounter(&frequency).QuadPart;
    end += frequency.QuadPart * Microseconds / 1000000;
    while (KeQueryPerformanceCounter(NULL).QuadPart < end)
        ;
}

VOID LateWork(IN WDFWORKITEM WorkItem)
{
    PDEVICE_CONTEXT device = GetDeviceContext(WdfWorkItemGetParentObject(WorkItem));
    WdfSpinLockAcquire(device->Lock);
    ULONG microseconds = TakeChance(device) % STALL_MAX_US;
    WdfSpinLockRelease(device->Lock);
    Stall(microseconds);
    CompleteDue(device, 0);
}

/* ---- keeping ---- */

VOID LateCancel(IN WDFREQUEST Request)
{
    PDEVICE_CONTEXT device = GetDeviceContext(WdfIoQueueGetDevice(WdfRequestGetIoQueue(Request)));
    WdfSpinLockAcquire(device->Lock);
    RemoveEntryList(&GetRequestContext(Request)->Entry);
    WdfSpinLockRelease(device->Lock);
    KdPrint(("late: EvtRequestCancel\n"));
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

VOID LateDefault(IN WDFQUEUE Queue, IN WDFREQUEST Request)
{
    PDEVICE_CONTEXT device = GetDeviceContext(WdfIoQueueGetDevice(Queue));
    PREQUEST_CONTEXT context = GetRequestContext(Request);
    context->Request = Request;

    WdfSpinLockAcquire(device->Lock);
    ULONG chance = TakeChance(device) % 8;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG beats = chance < 4 ? 0 : chance - 3;
    context->Beats = beats;
    if (chance > 0) {
        status = WdfRequestMarkCancelableEx(Request, LateCancel);
        if (NT_SUCCESS(status))
            InsertTailList(&device->Kept, &context->Entry);
    }
    WdfSpinLockRelease(device->Lock);
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
    else if (chance == 0)
        Complete(device, Request);
    else if (beats == 0)
        WdfWorkItemEnqueue(device->WorkItem);
}
