/*
 * A driver that reads what its INF says of its device: as properties, before the device exists and
 * from it. A read returns all of them, one per line; "absent" stands for a missing one.
 */
#include <initguid.h>
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>

#include <devpkey.h>

#define TEXT_MAX 1024

static CHAR before[TEXT_MAX]; /* EvtDeviceAdd: one device */

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* Properties by number: texts, the first of a list. */
static VOID AppendText(PSTR Lines, PCSTR Name, NTSTATUS Status, WDFMEMORY Memory)
{
    size_t length = 0;

    RtlStringCbLengthA(Lines, TEXT_MAX, &length);
    if (NT_SUCCESS(Status) && Memory != NULL) {
        RtlStringCbPrintfA(Lines + length, TEXT_MAX - length, "%s=%ws\n", Name,
                           (PCWSTR)WdfMemoryGetBuffer(Memory, NULL));
        WdfObjectDelete(Memory);
    } else {
        RtlStringCbPrintfA(Lines + length, TEXT_MAX - length, "%s absent\n", Name);
    }
}

static const struct {
    DEVICE_REGISTRY_PROPERTY Property;
    PCSTR Name;
} numbered[] = {
    {DevicePropertyDeviceDescription, "description"},
    {DevicePropertyManufacturer, "manufacturer"},
    {DevicePropertyHardwareID, "id"},
    {DevicePropertyCompatibleIDs, "compatible"},
    {DevicePropertyClassName, "class"},
    {DevicePropertyClassGuid, "guid"},
    {DevicePropertyFriendlyName, "friendly"},
    {DevicePropertyLocationInformation, "location"},
    {DevicePropertyDriverKeyName, "key"},
};

static VOID AppendNumbered(PSTR Lines, WDFDEVICE Device)
{
    WDFMEMORY memory;
    NTSTATUS status;
    ULONG i;

    for (i = 0; i < RTL_NUMBER_OF(numbered); i++) {
        status = WdfDeviceAllocAndQueryProperty(Device, numbered[i].Property, PagedPool,
                                                WDF_NO_OBJECT_ATTRIBUTES, &memory);
        AppendText(Lines, numbered[i].Name, status, memory);
    }
}

static VOID AppendByKey(PSTR Lines, WDFDEVICE Device, const DEVPROPKEY *Key, PCSTR Name)
{
    WDF_DEVICE_PROPERTY_DATA data;
    DEVPROPTYPE type;
    WDFMEMORY memory;
    NTSTATUS status;

    WDF_DEVICE_PROPERTY_DATA_INIT(&data, Key);
    status = WdfDeviceAllocAndQueryPropertyEx(Device, &data, PagedPool, WDF_NO_OBJECT_ATTRIBUTES,
                                              &memory, &type);
    if (NT_SUCCESS(status) && type != DEVPROP_TYPE_STRING) {
        status = STATUS_OBJECT_TYPE_MISMATCH;
        WdfObjectDelete(memory);
    }
    AppendText(Lines, Name, status, memory);
}

static VOID AppendDate(PSTR Lines, WDFDEVICE Device)
{
    WDF_DEVICE_PROPERTY_DATA data;
    DEVPROPTYPE type;
    ULONGLONG date;
    ULONG required;
    size_t length;
    NTSTATUS status;

    WDF_DEVICE_PROPERTY_DATA_INIT(&data, &DEVPKEY_Device_DriverDate);
    status = WdfDeviceQueryPropertyEx(Device, &data, sizeof(date), &date, &required, &type);
    RtlStringCbLengthA(Lines, TEXT_MAX, &length);
    if (NT_SUCCESS(status) && type == DEVPROP_TYPE_FILETIME) {
        RtlStringCbPrintfA(Lines + length, TEXT_MAX - length, "date=%I64u\n", date);
    } else {
        RtlStringCbPrintfA(Lines + length, TEXT_MAX - length, "date absent\n");
    }
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    WDFMEMORY memory;
    WDF_OBJECT_ATTRIBUTES attributes;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    status = WdfFdoInitAllocAndQueryProperty(DeviceInit, DevicePropertyDeviceDescription, PagedPool,
                                             WDF_NO_OBJECT_ATTRIBUTES, &memory);
    AppendText(before, "before", status, memory);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = EvtIoRead;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

static VOID EvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDFDEVICE device = WdfIoQueueGetDevice(Queue);
    CHAR lines[TEXT_MAX] = "";
    WDF_DEVICE_PROPERTY_DATA data;
    DEVPROPTYPE type;
    GUID class;
    ULONG required;
    size_t length;
    PVOID buffer;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Length);
    RtlStringCbCopyA(lines, sizeof(lines), before);
    AppendNumbered(lines, device);
    AppendByKey(lines, device, &DEVPKEY_Device_Service, "service");
    AppendByKey(lines, device, &DEVPKEY_Device_DriverVersion, "version");
    AppendDate(lines, device);
    AppendByKey(lines, device, &DEVPKEY_Device_DriverProvider, "provider");
    AppendByKey(lines, device, &DEVPKEY_Device_DriverInfSection, "section");
    AppendByKey(lines, device, &DEVPKEY_Device_DriverInfPath, "inf");
    WDF_DEVICE_PROPERTY_DATA_INIT(&data, &DEVPKEY_Device_ClassGuid);
    status = WdfDeviceQueryPropertyEx(device, &data, sizeof(class), &class, &required, &type);
    RtlStringCbLengthA(lines, sizeof(lines), &length);
    if (NT_SUCCESS(status) && type == DEVPROP_TYPE_GUID) {
        RtlStringCbPrintfA(lines + length, sizeof(lines) - length, "class guid %08x\n",
                           (unsigned)class.Data1);
    }
    RtlStringCbLengthA(lines, sizeof(lines), &length);
    status = WdfRequestRetrieveOutputBuffer(Request, length, &buffer, NULL);
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(buffer, lines, length);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? length : 0);
}
