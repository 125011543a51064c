/*
 * A virtual hub: a bus driver whose children come and go by command, as those of a USB hub do when
 * they are plugged in. A child has the hardware ID hub\KIND; another driver serves it.
 *
 * The hub's own device takes a command by each write,
 *
 *     plug PORT KIND      something of that kind is in the port from now on: hub\echo, say
 *     unplug PORT         it is pulled out, even if in use
 *     eject PORT          it is removed in order, and then out
 *     wake PORT           it gives a wake signal, also while the hub sleeps
 *
 * and answers reads with a line for each port that is in use: PORT KIND.
 *
 * Parameters: Ports, how many there are (default and at most 64).
 */
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>

#define PORTS_MAX    64
#define KIND_SIZE    16
#define COMMAND_SIZE 64
#define TABLE_SIZE   (PORTS_MAX * (KIND_SIZE + 4) + 1)

/* What tells one child from the others: the port, and what is in it. */
typedef struct _HUB_ID {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header;
    ULONG Port;
    CHAR Kind[KIND_SIZE]; /* with its zero */
} HUB_ID, *PHUB_ID;

typedef struct _HUB_CONTEXT {
    ULONG Ports;
} HUB_CONTEXT, *PHUB_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(HUB_CONTEXT, GetHubContext)

/* Of an open file: the table as it was at its first read, and how much of it has been read. */
typedef struct _FILE_CONTEXT {
    CHAR Table[TABLE_SIZE];
    size_t Length;
    size_t Read;
    BOOLEAN IsFilled;
} FILE_CONTEXT, *PFILE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_CONTEXT, GetFileContext)

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_CHILD_LIST_CREATE_DEVICE EvtCreatePdo;
static EVT_WDF_DEVICE_ENABLE_WAKE_AT_BUS EvtEnableWake;
static EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;
static EVT_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;

DECLARE_CONST_UNICODE_STRING(portsName, L"Ports");

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static ULONG ReadPorts(WDFDRIVER Driver)
{
    ULONG ports = PORTS_MAX;
    WDFKEY key;

    if (NT_SUCCESS(
            WdfDriverOpenParametersRegistryKey(Driver, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &key))) {
        (void)WdfRegistryQueryULong(key, &portsName, &ports);
        WdfRegistryClose(key);
    }
    return min(ports, PORTS_MAX);
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_CHILD_LIST_CONFIG children;
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG queue;
    WDFDEVICE hub;
    NTSTATUS status;

    WDF_CHILD_LIST_CONFIG_INIT(&children, sizeof(HUB_ID), EvtCreatePdo);
    WdfFdoInitSetDefaultChildListConfig(DeviceInit, &children, WDF_NO_OBJECT_ATTRIBUTES);

    WDF_FILEOBJECT_CONFIG_INIT(&files, WDF_NO_EVENT_CALLBACK, WDF_NO_EVENT_CALLBACK,
                               WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_CONTEXT);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &files, &attributes);

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, HUB_CONTEXT);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &hub);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    GetHubContext(hub)->Ports = ReadPorts(Driver);

    /* One command at a time; a device that wakes the hub does so while that sleeps. */
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchSequential);
    queue.PowerManaged = WdfFalse;
    queue.EvtIoRead = EvtIoRead;
    queue.EvtIoWrite = EvtIoWrite;
    return WdfIoQueueCreate(hub, &queue, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

/* ---- children ---- */

/* Nothing has to be switched on: an armed child may signal. */
static NTSTATUS EvtEnableWake(WDFDEVICE Device, SYSTEM_POWER_STATE PowerState)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(PowerState);
    return STATUS_SUCCESS;
}

/* It wakes itself from D3, and the system from S3. */
static VOID LetWake(WDFDEVICE Child)
{
    WDF_DEVICE_POWER_CAPABILITIES capabilities;

    WDF_DEVICE_POWER_CAPABILITIES_INIT(&capabilities);
    capabilities.WakeFromD3 = WdfTrue;
    capabilities.DeviceState[PowerSystemWorking] = PowerDeviceD0;
    capabilities.DeviceState[PowerSystemSleeping1] = PowerDeviceD3;
    capabilities.DeviceState[PowerSystemSleeping2] = PowerDeviceD3;
    capabilities.DeviceState[PowerSystemSleeping3] = PowerDeviceD3;
    capabilities.DeviceState[PowerSystemHibernate] = PowerDeviceD3;
    capabilities.DeviceState[PowerSystemShutdown] = PowerDeviceD3;
    capabilities.DeviceWake = PowerDeviceD3;
    capabilities.SystemWake = PowerSystemSleeping3;
    WdfDeviceSetPowerCapabilities(Child, &capabilities);
}

/* The framework asks for the device of a child that was reported, in a thread of its own. */
static NTSTATUS EvtCreatePdo(WDFCHILDLIST ChildList,
                             PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
                             PWDFDEVICE_INIT ChildInit)
{
    PHUB_ID id = CONTAINING_RECORD(IdentificationDescription, HUB_ID, Header);
    DECLARE_UNICODE_STRING_SIZE(hardwareId, 32);
    DECLARE_UNICODE_STRING_SIZE(instanceId, 8);
    WDF_PDO_EVENT_CALLBACKS callbacks;
    WDFDEVICE child;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(ChildList);
    status = RtlUnicodeStringPrintf(&hardwareId, L"hub\\%hs", id->Kind);
    if (NT_SUCCESS(status)) {
        status = RtlUnicodeStringPrintf(&instanceId, L"%u", id->Port);
    }
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAssignDeviceID(ChildInit, &hardwareId);
    }
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAddHardwareID(ChildInit, &hardwareId);
    }
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAssignInstanceID(ChildInit, &instanceId);
    }
    WDF_PDO_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceEnableWakeAtBus = EvtEnableWake;
    WdfPdoInitSetEventCallbacks(ChildInit, &callbacks);
    if (NT_SUCCESS(status)) {
        status = WdfDeviceCreate(&ChildInit, WDF_NO_OBJECT_ATTRIBUTES, &child);
    }
    if (NT_SUCCESS(status)) {
        LetWake(child);
    }
    return status;
}

/* The next child that is in a port: STATUS_NO_MORE_ENTRIES after the last. Its device may be NULL:
 * it is not made yet. */
static NTSTATUS NextChild(WDFCHILDLIST List, PWDF_CHILD_LIST_ITERATOR Iterator, PHUB_ID Id,
                          WDFDEVICE *Device)
{
    WDF_CHILD_RETRIEVE_INFO info;

    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&Id->Header, sizeof(*Id));
    WDF_CHILD_RETRIEVE_INFO_INIT(&info, &Id->Header);
    return WdfChildListRetrieveNextDevice(List, Iterator, Device, &info);
}

static BOOLEAN FindPort(WDFCHILDLIST List, ULONG Port, PHUB_ID Id)
{
    WDF_CHILD_LIST_ITERATOR iterator;
    BOOLEAN isFound = FALSE;
    WDFDEVICE device;

    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrieveAddedChildren);
    WdfChildListBeginIteration(List, &iterator);
    while (!isFound && NT_SUCCESS(NextChild(List, &iterator, Id, &device))) {
        isFound = Id->Port == Port;
    }
    WdfChildListEndIteration(List, &iterator);
    return isFound;
}

/* ---- commands ---- */

static NTSTATUS Plug(WDFCHILDLIST List, ULONG Port, const CHAR *Kind)
{
    HUB_ID id;

    if (FindPort(List, Port, &id)) {
        return STATUS_DEVICE_BUSY;
    }
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&id.Header, sizeof(id));
    id.Port = Port;
    if (!NT_SUCCESS(RtlStringCbCopyA(id.Kind, sizeof(id.Kind), Kind))) {
        return STATUS_INVALID_PARAMETER;
    }
    return WdfChildListAddOrUpdateChildDescriptionAsPresent(List, &id.Header, NULL);
}

static NTSTATUS Unplug(WDFCHILDLIST List, ULONG Port)
{
    HUB_ID id;

    return FindPort(List, Port, &id) ? WdfChildListUpdateChildDescriptionAsMissing(List, &id.Header)
                                     : STATUS_NO_SUCH_DEVICE;
}

static NTSTATUS Eject(WDFCHILDLIST List, ULONG Port)
{
    HUB_ID id;

    return FindPort(List, Port, &id) && WdfChildListRequestChildEject(List, &id.Header)
               ? STATUS_SUCCESS
               : STATUS_NO_SUCH_DEVICE;
}

/* The child's device stays during the iteration. */
static NTSTATUS Wake(WDFCHILDLIST List, ULONG Port)
{
    WDF_CHILD_LIST_ITERATOR iterator;
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;
    WDFDEVICE device = NULL;
    HUB_ID id;

    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrievePresentChildren);
    WdfChildListBeginIteration(List, &iterator);
    while (status == STATUS_NO_SUCH_DEVICE &&
           NT_SUCCESS(NextChild(List, &iterator, &id, &device))) {
        if (id.Port == Port && device != NULL) {
            status = WdfDeviceIndicateWakeStatus(device, STATUS_SUCCESS);
        }
    }
    WdfChildListEndIteration(List, &iterator);
    return status;
}

/* A word of the command, without blanks around it; what is left begins after it. */
static CHAR *NextWord(CHAR **Rest)
{
    CHAR *word = *Rest + strspn(*Rest, " \t\n");
    size_t length = strcspn(word, " \t\n");

    *Rest = word + length;
    if (**Rest != '\0') {
        *(*Rest)++ = '\0';
    }
    return word;
}

/* 0: it is none. */
static ULONG ParsePort(const CHAR *Word, ULONG Ports)
{
    ULONG port = 0;

    for (; *Word >= '0' && *Word <= '9' && port <= Ports; Word++) {
        port = port * 10 + (ULONG)(*Word - '0');
    }
    return *Word == '\0' && port <= Ports ? port : 0;
}

/* It becomes a part of a hardware ID. */
static BOOLEAN IsKind(const CHAR *Word)
{
    size_t length = strspn(Word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    return length > 0 && Word[length] == '\0';
}

static NTSTATUS Obey(WDFDEVICE Hub, CHAR *Command)
{
    WDFCHILDLIST list = WdfFdoGetDefaultChildList(Hub);
    const CHAR *verb = NextWord(&Command);
    ULONG port = ParsePort(NextWord(&Command), GetHubContext(Hub)->Ports);
    const CHAR *kind = NextWord(&Command);

    if (port == 0 || *NextWord(&Command) != '\0') {
        return STATUS_INVALID_PARAMETER;
    }
    if (strcmp(verb, "plug") == 0 && IsKind(kind)) {
        return Plug(list, port, kind);
    }
    if (strcmp(verb, "unplug") == 0 && *kind == '\0') {
        return Unplug(list, port);
    }
    if (strcmp(verb, "eject") == 0 && *kind == '\0') {
        return Eject(list, port);
    }
    if (strcmp(verb, "wake") == 0 && *kind == '\0') {
        return Wake(list, port);
    }
    return STATUS_INVALID_PARAMETER;
}

static VOID EvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    CHAR command[COMMAND_SIZE];
    PVOID data;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, 1, &data, NULL);

    if (NT_SUCCESS(status) && Length >= sizeof(command)) {
        status = STATUS_INVALID_PARAMETER;
    }
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(command, data, Length);
        command[Length] = '\0';
        status = Obey(WdfIoQueueGetDevice(Queue), command);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

/* ---- the table ---- */

static VOID FillTable(WDFDEVICE Hub, PFILE_CONTEXT File)
{
    WDFCHILDLIST list = WdfFdoGetDefaultChildList(Hub);
    WDF_CHILD_LIST_ITERATOR iterator;
    size_t length = 0, added;
    WDFDEVICE device;
    HUB_ID id;

    WDF_CHILD_LIST_ITERATOR_INIT(&iterator, WdfRetrieveAddedChildren);
    WdfChildListBeginIteration(list, &iterator);
    while (NT_SUCCESS(NextChild(list, &iterator, &id, &device)) &&
           NT_SUCCESS(RtlStringCbPrintfA(File->Table + length, TABLE_SIZE - length, "%u %s\n",
                                         id.Port, id.Kind)) &&
           NT_SUCCESS(RtlStringCbLengthA(File->Table + length, TABLE_SIZE - length, &added))) {
        length += added;
    }
    WdfChildListEndIteration(list, &iterator);
    File->Length = length;
    File->IsFilled = TRUE;
}

static VOID EvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PFILE_CONTEXT file = GetFileContext(WdfRequestGetFileObject(Request));
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, 1, &buffer, NULL);

    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    if (!file->IsFilled) {
        FillTable(WdfIoQueueGetDevice(Queue), file);
    }
    Length = min(Length, file->Length - file->Read);
    RtlCopyMemory(buffer, file->Table + file->Read, Length);
    file->Read += Length;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}
