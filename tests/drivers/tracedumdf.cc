/*
 * The same trace functions (traced.h) in C++, in a user-mode driver: messages of member functions,
 * and of both. A read returns the number of reads.
 */
#include <new>

#include <windows.h>
#include <wdf.h>
#include "traced.h"
#include "tracedumdf.tmh"

namespace traced
{

class Counter
{
  public:
    ULONG Next()
    {
        m_Count++;
        TraceEvents(TRACE_LEVEL_VERBOSE, TRACE_OTHER, "%!MOD! %!FUNC! counts %u", m_Count);
        return m_Count;
    }

  private:
    ULONG m_Count = 0;
};

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(Counter, GetCounter)

}

using namespace traced;

extern "C" DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD DeviceAdd;
static EVT_WDF_DRIVER_UNLOAD Unload;
static EVT_WDF_IO_QUEUE_IO_READ Read;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WPP_INIT_TRACING(DriverObject, RegistryPath);
    WDF_DRIVER_CONFIG_INIT(&config, DeviceAdd);
    config.EvtDriverUnload = Unload;
    RETURN_IF_FAILED(WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                                     WDF_NO_HANDLE));
    TraceEvents(TRACE_LEVEL_INFORMATION, TRACE_START, "%!FUNC! with HRESULT %!HRESULT!", S_OK);
    return STATUS_SUCCESS;
}

static VOID Unload(WDFDRIVER)
{
    WPP_CLEANUP(nullptr);
}

static NTSTATUS DeviceAdd(WDFDRIVER, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, Counter);
    RETURN_IF_FAILED(WdfDeviceCreate(&DeviceInit, &attributes, &device));
    new (GetCounter(device)) Counter;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = Read;
    RETURN_IF_FAILED(WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE));
    return STATUS_SUCCESS;
}

static VOID Read(WDFQUEUE Queue, WDFREQUEST Request, size_t)
{
    PVOID buffer;

    TraceEntry();
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, nullptr);
    if (NT_SUCCESS(status))
        *static_cast<CHAR *>(buffer) =
            static_cast<CHAR>('0' + GetCounter(WdfIoQueueGetDevice(Queue))->Next() % 10);
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? 1 : 0);
}
