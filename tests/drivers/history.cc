/*
 * A driver in C++: what clients write is kept, line by line, and each file reads all lines at its
 * own pace. A read after the last line waits for the next one. The contexts are classes with
 * constructors and destructors, called by the objects' callbacks.
 */
#include <new>

#include <initguid.h>
#include <ntddk.h>
#include <wdf.h>
#include "history.h"

DEFINE_GUID(GUID_DEVINTERFACE_HISTORY, 0x5b2f6d31, 0x9c0e, 0x4a7d, 0x8e, 0x11, 0x3a, 0x60, 0xd4,
            0x27, 0xb9, 0x05);

namespace history
{

DECLARE_CONST_UNICODE_STRING(ReferenceString, L"lines");

/* Of the device. The default queue's presentation lock guards everything but the count. */
class History
{
  public:
    explicit History(WDFQUEUE Waiting) : m_Waiting(Waiting)
    {
    }

    ~History()
    {
        NT_ASSERT(m_Readers == 0);
    }

    History(const History &) = delete;
    History &operator=(const History &) = delete;

    ULONGLONG Oldest() const
    {
        return m_End - min(m_End, HISTORY_LINES);
    }

    void ReaderCame()
    {
        InterlockedExchangeAdd(&m_Readers, 1);
    }

    void ReaderWent()
    {
        InterlockedDecrement(&m_Readers);
    }

    ULONG Readers() const
    {
        return static_cast<ULONG>(ReadNoFence(&m_Readers));
    }

    void Append(const VOID *Text, size_t Length)
    {
        Line &line = m_Lines[m_End++ % RTL_NUMBER_OF(m_Lines)];
        line.Length = min(Length, sizeof(line.Text));
        RtlCopyMemory(line.Text, Text, line.Length);
    }

    /* The read of the first line from Position on; FALSE when there is none yet. */
    bool Answer(WDFREQUEST Request, ULONGLONG &Position)
    {
        ULONGLONG position = max(Position, Oldest());
        if (position == m_End)
            return false;
        Position = position + 1;
        Complete(Request, m_Lines[position % RTL_NUMBER_OF(m_Lines)]);
        return true;
    }

    WDFQUEUE Waiting() const
    {
        return m_Waiting;
    }

  private:
    struct Line {
        size_t Length;
        CHAR Text[HISTORY_LINE_SIZE];
    };

    static void Complete(WDFREQUEST Request, const Line &Line)
    {
        WDFMEMORY memory;
        NTSTATUS status = WdfRequestRetrieveOutputMemory(Request, &memory);
        size_t length = 0;
        if (NT_SUCCESS(status)) {
            size_t room;
            WdfMemoryGetBuffer(memory, &room);
            length = min(room, Line.Length);
            status = WdfMemoryCopyFromBuffer(memory, 0, const_cast<PCHAR>(Line.Text), length);
        }
        WdfRequestCompleteWithInformation(Request, status, length);
    }

    WDFQUEUE m_Waiting;
    LONG m_Readers = 0;
    ULONGLONG m_End = 0;
    Line m_Lines[HISTORY_LINES];
};

/* Of an open file. One whose create request was never answered is all zeros. */
class Reader
{
  public:
    explicit Reader(History &History) : m_History(&History)
    {
        m_History->ReaderCame();
    }

    ~Reader()
    {
        if (m_History != nullptr)
            m_History->ReaderWent();
    }

    bool Answer(WDFREQUEST Request)
    {
        return m_History->Answer(Request, m_Position);
    }

  private:
    History *m_History;
    ULONGLONG m_Position = 0;
};

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(History, GetHistory)
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(Reader, GetReader)

template <typename Context, Context *Get(WDFOBJECT)> static VOID Destruct(WDFOBJECT Object)
{
    Get(Object)->~Context();
}

static History &HistoryOf(WDFQUEUE Queue)
{
    return *GetHistory(WdfIoQueueGetDevice(Queue));
}

static VOID HistoryCreate(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    new (GetReader(FileObject)) Reader(*GetHistory(Device));
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID HistoryRead(WDFQUEUE Queue, WDFREQUEST Request, size_t)
{
    if (GetReader(WdfRequestGetFileObject(Request))->Answer(Request))
        return;
    NTSTATUS status = WdfRequestForwardToIoQueue(Request, HistoryOf(Queue).Waiting());
    if (!NT_SUCCESS(status))
        WdfRequestComplete(Request, status);
}

static VOID HistoryWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t)
{
    History &history = HistoryOf(Queue);
    PVOID text;
    size_t length = 0;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &text, &length);
    if (NT_SUCCESS(status))
        history.Append(text, length);
    WdfRequestCompleteWithInformation(Request, status, length);

    WDFREQUEST read;
    while (NT_SUCCESS(status) &&
           NT_SUCCESS(WdfIoQueueRetrieveNextRequest(history.Waiting(), &read))) {
        if (!GetReader(WdfRequestGetFileObject(read))->Answer(read))
            WdfRequestComplete(read, STATUS_INTERNAL_ERROR); /* it waited, and a line has come */
    }
}

static VOID HistoryControl(WDFQUEUE Queue, WDFREQUEST Request, size_t, size_t, ULONG IoControlCode)
{
    PVOID count;
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;
    if (IoControlCode == IOCTL_HISTORY_COUNT_READERS)
        status = WdfRequestRetrieveOutputBuffer(Request, sizeof(ULONG), &count, nullptr);
    if (NT_SUCCESS(status))
        *static_cast<PULONG>(count) = HistoryOf(Queue).Readers();
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? sizeof(ULONG) : 0);
}

static NTSTATUS CreateQueues(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFQUEUE waiting;

    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    /* A write that began before the device left D0 must find the reads that wait. */
    config.PowerManaged = WdfFalse;
    NTSTATUS status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &waiting);
    if (!NT_SUCCESS(status))
        return status;
    new (GetHistory(Device)) History(waiting);

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = HistoryRead;
    config.EvtIoWrite = HistoryWrite;
    config.EvtIoDeviceControl = HistoryControl;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = WdfSynchronizationScopeQueue;
    return WdfIoQueueCreate(Device, &config, &attributes, WDF_NO_HANDLE);
}

static NTSTATUS HistoryDeviceAdd(WDFDRIVER, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_FILEOBJECT_CONFIG files;
    WDFDEVICE device;

    WDF_FILEOBJECT_CONFIG_INIT(&files, HistoryCreate, WDF_NO_EVENT_CALLBACK, WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, Reader);
    attributes.EvtCleanupCallback = Destruct<Reader, GetReader>;
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, &attributes);

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, History);
    attributes.EvtCleanupCallback = Destruct<History, GetHistory>;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (NT_SUCCESS(status))
        status = CreateQueues(device);
    if (NT_SUCCESS(status))
        status =
            WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_HISTORY, &ReferenceString);
    return status;
}

} // namespace history

extern "C" DRIVER_INITIALIZE DriverEntry;

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, history::HistoryDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
