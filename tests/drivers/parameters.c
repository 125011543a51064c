/*
 * A driver with parameters: reads a number, a text and a list from its key Parameters, counts its
 * starts in its key State, and writes what a client writes to the device into its parameters.
 *
 *     read    "number=5 text=hello list=red,green starts=2"
 *     write   the text becomes the value Written; its length, WrittenLength
 */
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>

#define TEXT_MAX 256

/* The trial version starts only this often. */
#ifdef PARAMETERS_TRIAL
#define STARTS_MAX 100
#else
#define STARTS_MAX MAXULONG
#endif

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;
static EVT_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;

DECLARE_CONST_UNICODE_STRING(numberName, L"Number");
DECLARE_CONST_UNICODE_STRING(textName, L"Text");
DECLARE_CONST_UNICODE_STRING(listName, L"List");
DECLARE_CONST_UNICODE_STRING(startsName, L"Starts");
DECLARE_CONST_UNICODE_STRING(writtenName, L"Written");
DECLARE_CONST_UNICODE_STRING(writtenLengthName, L"WrittenLength");

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* One more than last time; a start that cannot be stored is not counted. */
static NTSTATUS CountStart(VOID)
{
    WDFKEY state;
    ULONG starts = 0;
    NTSTATUS status = WdfDriverOpenPersistentStateRegistryKey(
        WdfGetDriver(), KEY_READ | KEY_SET_VALUE, WDF_NO_OBJECT_ATTRIBUTES, &state);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = WdfRegistryQueryULong(state, &startsName, &starts);
    if (NT_SUCCESS(status) && starts >= STARTS_MAX) {
        status = STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    if (NT_SUCCESS(status) || status == STATUS_OBJECT_NAME_NOT_FOUND) {
        status = WdfRegistryAssignULong(state, &startsName, starts + 1);
    }
    WdfRegistryClose(state);
    return status;
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    /* The registry needs PASSIVE_LEVEL. */
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = EvtIoRead;
    config.EvtIoWrite = EvtIoWrite;
    status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = CountStart();
    if (status == STATUS_DEVICE_CONFIGURATION_ERROR) {
        return status;
    }
    if (!NT_SUCCESS(status)) {
        DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "this start is not counted\n");
    }
    return STATUS_SUCCESS;
}

static NTSTATUS AppendList(WDFKEY Key, PSTR Text)
{
    WDFCOLLECTION strings;
    ULONG index;
    NTSTATUS status = WdfCollectionCreate(WDF_NO_OBJECT_ATTRIBUTES, &strings);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = WdfRegistryQueryMultiString(Key, &listName, WDF_NO_OBJECT_ATTRIBUTES, strings);
    for (index = 0; NT_SUCCESS(status) && index < WdfCollectionGetCount(strings); index++) {
        CHAR one[TEXT_MAX];
        UNICODE_STRING string;
        WdfStringGetUnicodeString(WdfCollectionGetItem(strings, index), &string);
        status = RtlStringCbPrintfA(one, sizeof(one), "%s%wZ", index > 0 ? "," : "", &string);
        if (NT_SUCCESS(status)) {
            status = RtlStringCbCatA(Text, TEXT_MAX, one);
        }
    }
    while (WdfCollectionGetCount(strings) > 0) {
        WDFOBJECT string = WdfCollectionGetFirstItem(strings);
        WdfCollectionRemoveItem(strings, 0);
        WdfObjectDelete(string);
    }
    WdfObjectDelete(strings);
    return status;
}

static NTSTATUS DescribeParameters(WDFKEY Parameters, WDFKEY State, PSTR Text)
{
    WCHAR buffer[64];
    UNICODE_STRING string = {0, sizeof(buffer), buffer};
    ULONG number = 0, starts = 0;
    CHAR rest[64];
    NTSTATUS status = WdfRegistryQueryULong(Parameters, &numberName, &number);

    if (NT_SUCCESS(status)) {
        status = WdfRegistryQueryUnicodeString(Parameters, &textName, NULL, &string);
    }
    if (NT_SUCCESS(status)) {
        status = RtlStringCbPrintfA(Text, TEXT_MAX, "number=%u text=%wZ list=", number, &string);
    }
    if (NT_SUCCESS(status)) {
        status = AppendList(Parameters, Text);
    }
    if (NT_SUCCESS(status) &&
        WdfRegistryQueryULong(State, &startsName, &starts) == STATUS_OBJECT_TYPE_MISMATCH) {
        status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    if (NT_SUCCESS(status)) {
        status = RtlStringCbPrintfA(rest, sizeof(rest), " starts=%u\n", starts);
    }
    return NT_SUCCESS(status) ? RtlStringCbCatA(Text, TEXT_MAX, rest) : status;
}

static NTSTATUS ReadParameters(PSTR Text)
{
    WDFKEY parameters, state;
    NTSTATUS status = WdfDriverOpenParametersRegistryKey(WdfGetDriver(), KEY_READ,
                                                         WDF_NO_OBJECT_ATTRIBUTES, &parameters);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = WdfDriverOpenPersistentStateRegistryKey(WdfGetDriver(), KEY_READ,
                                                     WDF_NO_OBJECT_ATTRIBUTES, &state);
    if (NT_SUCCESS(status)) {
        status = DescribeParameters(parameters, state, Text);
        WdfRegistryClose(state);
    }
    WdfRegistryClose(parameters);
    return status;
}

static VOID EvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    CHAR text[TEXT_MAX] = "";
    size_t size = 0;
    WDFMEMORY memory;
    NTSTATUS status = ReadParameters(text);

    UNREFERENCED_PARAMETER(Queue);
    if (NT_SUCCESS(status)) {
        status = RtlStringCbLengthA(text, sizeof(text), &size);
    }
    if (NT_SUCCESS(status)) {
        status = WdfRequestRetrieveOutputMemory(Request, &memory);
    }
    size = size < Length ? size : Length;
    if (NT_SUCCESS(status)) {
        status = WdfMemoryCopyFromBuffer(memory, 0, text, size);
    }
    WdfRequestCompleteWithInformation(Request, status, size);
}

static NTSTATUS WriteParameter(PVOID Data, size_t Length)
{
    WDFKEY key;
    CHAR bytes[TEXT_MAX];
    WCHAR wide[TEXT_MAX];
    UNICODE_STRING string = {0, sizeof(wide), wide};
    size_t index;
    NTSTATUS status;

    if (Length > TEXT_MAX) {
        return STATUS_INVALID_BUFFER_SIZE;
    }
    RtlCopyMemory(bytes, Data, Length);
    for (index = 0; index < Length; index++) {
        wide[index] = (UCHAR)bytes[index];
    }
    string.Length = (USHORT)(Length * sizeof(WCHAR));
    status = WdfDriverOpenParametersRegistryKey(WdfGetDriver(), KEY_SET_VALUE,
                                                WDF_NO_OBJECT_ATTRIBUTES, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = WdfRegistryAssignUnicodeString(key, &writtenName, &string);
    if (NT_SUCCESS(status)) {
        status = WdfRegistryAssignULong(key, &writtenLengthName, (ULONG)Length);
    }
    WdfRegistryClose(key);
    return status;
}

static VOID EvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID data;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL);

    UNREFERENCED_PARAMETER(Queue);
    if (NT_SUCCESS(status)) {
        status = WriteParameter(data, Length);
    }
    WdfRequestCompleteWithInformation(Request, status, Length);
}
