/* File objects with a traced life. See traced_files.h. */
#include "traced_files.h"

#include <string.h>

#include "holding.h"

WDF_FILEOBJECT_CONFIG file_config;
WDF_OBJECT_ATTRIBUTES file_attributes;
char file_trace[256];

void note_file_event(const char *what)
{
    strcat(file_trace, what);
    strcat(file_trace, " ");
}

WDFFILEOBJECT seen_file;
WDFDEVICE seen_device;
NTSTATUS create_status;

static VOID complete_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    note_file_event("create");
    seen_device = Device;
    seen_file = FileObject;
    WdfRequestComplete(Request, create_status);
}

VOID note_cleanup(WDFFILEOBJECT FileObject)
{
    note_file_event("cleanup");
    seen_file = FileObject;
}

VOID note_close(WDFFILEOBJECT FileObject)
{
    note_file_event("close");
    seen_file = FileObject;
}

static VOID note_object_cleanup(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note_file_event("object-cleanup");
}

static VOID note_object_destroy(WDFOBJECT Object)
{
    UNREFERENCED_PARAMETER(Object);
    note_file_event("object-destroy");
}

VOID configure_files(PWDFDEVICE_INIT DeviceInit)
{
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &file_config, &file_attributes);
}

void trace_files(void)
{
    file_trace[0] = '\0';
    create_status = STATUS_SUCCESS;
    seen_file = (WDFFILEOBJECT)&file_trace;
    WDF_FILEOBJECT_CONFIG_INIT(&file_config, complete_create, note_close, note_cleanup);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&file_attributes, PER_OPEN);
    file_attributes.EvtCleanupCallback = note_object_cleanup;
    file_attributes.EvtDestroyCallback = note_object_destroy;
    prepare_init = configure_files;
    describe_queue(WdfIoQueueDispatchParallel);
}
