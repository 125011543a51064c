/* Takes its hardware once, and does not release it: it cannot be stopped and started again. */
#include "bad.h"

static EVT_WDF_DEVICE_PREPARE_HARDWARE PrepareHardware;
static EVT_WDF_IO_QUEUE_IO_DEFAULT Answer;

static LONG Taken;

VOID BadSetUp(PWDFDEVICE_INIT DeviceInit, PWDF_IO_QUEUE_CONFIG Queue)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = PrepareHardware;
    Queue->EvtIoDefault = Answer;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
}

NTSTATUS BadMade(WDFDEVICE Device)
{
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

static NTSTATUS PrepareHardware(WDFDEVICE Device, WDFCMRESLIST ResourcesRaw,
                                WDFCMRESLIST ResourcesTranslated)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(ResourcesRaw);
    UNREFERENCED_PARAMETER(ResourcesTranslated);
    return InterlockedIncrement(&Taken) == 1 ? STATUS_SUCCESS : STATUS_DEVICE_BUSY;
}

static VOID Answer(WDFQUEUE Queue, WDFREQUEST Request)
{
    UNREFERENCED_PARAMETER(Queue);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}
