/* The context of the C fragments that pages show, so that they compile: names that a driver has. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <ntddser.h>
#include <ntstrsafe.h>
#include <wdf.h>
#include <wdfuse/files.h>
#include <wdfuse/inproc.h>
#include <wdfuse/poll.h>
#include <wdfuse/powerpolicy.h>
#include <wdmsec.h>

typedef struct _DEVICE {
    WDFSPINLOCK Lock;
    WDFREQUEST Request;
    size_t Length;
} DEVICE;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE, GetDevice)

typedef struct _HUB_ID {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header;
    ULONG Port;
} HUB_ID;

EVT_WDF_IO_TARGET_REMOVE_COMPLETE EvtGone;
EVT_WDF_REQUEST_CANCEL MyEvtRequestCancel;
EVT_WDF_REQUEST_COMPLETION_ROUTINE EvtReadDone;
EVT_WDF_CHILD_LIST_CREATE_DEVICE EvtCreatePdo;
extern const GUID BusClass, GUID_Toaster;

#define FRAGMENT_PARAMETERS                                                                        \
    WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit, WDFQUEUE Queue, WDFREQUEST Request,              \
        WDFDEVICE device, WDFDEVICE bus, WDFQUEUE queueOfBus, WDFCHILDLIST list, ULONG port,       \
        WDF_OBJECT_ATTRIBUTES attributes, WDF_IO_QUEUE_CONFIG config, WDFIOTARGET target,          \
        DEVICE *state, WDFUSEDEVICE served, WDFUSEFILE file, PVOID buffer, size_t count,           \
        NTSTATUS status
