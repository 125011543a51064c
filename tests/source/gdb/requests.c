/* A driver and its client for test-gdb.sh: when look() is called, there is a request of each kind
 * that wdf-request shows. */
#include <assert.h>
#include <fcntl.h>
#include <wdf.h>
#include <wdfuse/inproc.h>

#define CODE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

static WDFQUEUE manual; /* writes wait here */
static WDFREQUEST held, given_up, completed, controlled, queued, created;

/* gdb stops here. */
__attribute__((noinline)) static void look(void)
{
    __asm__ volatile("" : : : "memory");
}

/* The driver keeps reads and device controls: the client sends one after another. */
static WDFREQUEST last;
static VOID EvtRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    last = Request;
}

static VOID EvtControl(WDFQUEUE Queue, WDFREQUEST Request, size_t Out, size_t In, ULONG Code)
{
    last = Request;
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = EvtRead;
    config.EvtIoDeviceControl = EvtControl;
    if (NT_SUCCESS(status))
        status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, NULL);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    if (NT_SUCCESS(status))
        status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &manual);
    if (NT_SUCCESS(status))
        status = WdfDeviceConfigureRequestDispatching(device, manual, WdfRequestTypeWrite);
    return status;
}

static NTSTATUS Entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, NULL);
}

static WDFREQUEST asked(WDFUSEIO io)
{
    assert(io != NULL && last != NULL);
    return last;
}

int main(void)
{
    static char bytes[16];
    WDFUSEDEVICE device;
    WDFUSEFILE file;
    assert(WdfuseInprocStart(Entry, "requests", &device) == STATUS_SUCCESS);
    assert(WdfuseInprocOpen(device, O_RDWR, &file) == STATUS_SUCCESS);

    WDFUSEIO reads[3];
    for (int i = 0; i < 3; i++) {
        reads[i] = WdfuseInprocBeginRead(file, bytes, 8 + i);
        *(WDFREQUEST *[]){&held, &given_up, &completed}[i] = asked(reads[i]);
    }
    WdfuseInprocCancel(reads[1]);
    WdfObjectReference(completed);
    WdfRequestComplete(completed, STATUS_SUCCESS);

    WDFUSEIO control = WdfuseInprocBeginIoctl(file, CODE, "four", 4, bytes, sizeof(bytes));
    controlled = asked(control);
    WDFUSEIO write = WdfuseInprocBeginWrite(file, "hello", 5);
    assert(WdfIoQueueFindRequest(manual, NULL, NULL, NULL, &queued) == STATUS_SUCCESS);
    assert(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL, &created) == STATUS_SUCCESS);
    look();

    WdfObjectDelete(created);
    WdfObjectDereference(queued);
    WdfObjectDereference(completed);
    WdfRequestComplete(held, STATUS_SUCCESS);
    WdfRequestComplete(given_up, STATUS_CANCELLED);
    WdfRequestComplete(controlled, STATUS_SUCCESS);
    WdfuseInprocCancel(write);
    for (int i = 0; i < 5; i++)
        WdfuseInprocFinish((WDFUSEIO[]){reads[0], reads[1], reads[2], control, write}[i], NULL);
    WdfuseInprocClose(file);
    WdfuseInprocStop(device);
    return 0;
}
