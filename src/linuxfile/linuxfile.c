/* The driver. See linuxfile.h. */
#include "linuxfile/linuxfile.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <wdf.h>
#include <wdfuse/deviceinit.h>

#include "framework/device/device.h"
#include "framework/device/find.h"
#include "framework/registry/configuration.h"
#include "linuxfile/call.h"
#include "linuxfile/devicecontrol.h"
#include "linuxfile/linuxdevice.h"
#include "linuxfile/opening.h"
#include "linuxfile/openfile.h"
#include "linuxfile/transfer.h"
#include "nt/driver.h"
#include "nt/status.h"
#include "port/log.h"

/* ---- devices ---- */

static struct {
    char *path; /* of the next device; of the thread that adds it */
    bool passes_all_controls;
} next;

int linuxfile_next(const char *path, bool passes_all_controls)
{
    struct linux_device found;
    int error = linux_device_check(path, &found);
    if (error != 0)
        return -error;
    free(next.path);
    next.path = strdup(path);
    next.passes_all_controls = passes_all_controls;
    if (next.path == NULL)
        log_error("%s: no memory", path);
    return next.path != NULL ? 0 : -ENOMEM;
}

static VOID EvtDeviceCleanup(WDFOBJECT Object)
{
    free(linux_device_of(Object)->path);
}

static NTSTATUS create_queue(WDFDEVICE device, WDF_IO_QUEUE_CONFIG *config, WDFQUEUE *queue)
{
    return WdfIoQueueCreate(device, config, WDF_NO_OBJECT_ATTRIBUTES, queue);
}

static NTSTATUS create_queues(WDFDEVICE device, struct linux_device *context)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoRead = transfer_read;
    config.EvtIoWrite = transfer_write;
    config.EvtIoDeviceControl = device_control;
    config.EvtIoInternalDeviceControl = device_control;
    config.EvtIoStop = transfer_stop;
    config.AllowZeroLengthRequests = TRUE;
    NTSTATUS status = create_queue(device, &config, WDF_NO_HANDLE);
    /* The file stays open while the device sleeps: requests that wait for it keep waiting. */
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.PowerManaged = WdfFalse;
    if (NT_SUCCESS(status))
        status = create_queue(device, &config, &context->reads);
    config.EvtIoCanceledOnQueue = transfer_write_given_up;
    if (NT_SUCCESS(status))
        status = create_queue(device, &config, &context->writes);
    return status;
}

static void describe(PWDFDEVICE_INIT init)
{
    WDF_FILEOBJECT_CONFIG files;
    WDF_OBJECT_ATTRIBUTES attributes;
    WdfuseDeviceInitSetNativeControls(init);
    WdfDeviceInitSetIoType(init, WdfDeviceIoDirect);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, call);
    WdfDeviceInitSetRequestAttributes(init, &attributes);
    WDF_FILEOBJECT_CONFIG_INIT(&files, opening_create, opening_close, WDF_NO_EVENT_CALLBACK);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, open_file);
    attributes.EvtCleanupCallback = opening_cleanup;
    attributes.EvtDestroyCallback = opening_destroy;
    WdfDeviceInitSetFileObjectConfig(init, &files, &attributes);
}

/* Takes over the path. */
static NTSTATUS create_device(PWDFDEVICE_INIT *init, char *path, bool passes_all_controls,
                              WDFDEVICE *device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    describe(*init);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, linux_device);
    attributes.EvtCleanupCallback = EvtDeviceCleanup;
    NTSTATUS status = WdfDeviceCreate(init, &attributes, device);
    if (!NT_SUCCESS(status)) {
        free(path);
        return status;
    }
    struct linux_device *context = linux_device_of(*device);
    context->path = path;
    context->passes_all_controls = passes_all_controls;
    device_from_handle(*device)->io.readiness.asked = open_file_begin_to_tell;
    int error = linux_device_check(path, context);
    return error == 0 ? create_queues(*device, context) : nt_status_from_errno(error, false);
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    char *path = next.path;
    WDFDEVICE device;
    UNREFERENCED_PARAMETER(Driver);
    next.path = NULL;
    if (path == NULL)
        return STATUS_NO_SUCH_DEVICE;
    return create_device(&DeviceInit, path, next.passes_all_controls, &device);
}

/* ---- the driver ---- */

/* The loaded driver; NULL: it is not loaded. */
static _Atomic(struct driver *) instance;

static VOID EvtUnload(WDFDRIVER Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    instance = NULL;
    blocking_end();
    watcher_end();
    free(next.path);
    next.path = NULL;
}

/* A write to a pipe without readers fails; its signal would end the whole process. */
static void ignore_broken_pipes(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        (void)signal(SIGPIPE, SIG_IGN);
}

NTSTATUS linuxfile_entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    int error = watcher_start();
    if (error != 0) {
        log_error("files can't be watched: %s", strerror(-error));
        return nt_status_from_errno(-error, false);
    }
    ignore_broken_pipes();
    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    config.EvtDriverUnload = EvtUnload;
    NTSTATUS status = WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                                      WDF_NO_HANDLE);
    if (NT_SUCCESS(status))
        instance = CONTAINING_RECORD(nt_driver_of_object(DriverObject), struct driver, nt);
    else
        watcher_end();
    return status;
}

/* ---- for targets ---- */

/* Outside all locks of the framework: it is held while a driver is loaded and a device made. */
static struct port_mutex targets_lock = PORT_MUTEX_INITIALIZER;
static struct configuration configuration = CONFIGURATION_INITIALIZER;
static struct driver *own_driver GUARDED_BY(targets_lock); /* NULL: not loaded here */

static struct wdf_device *make_device(struct driver *by, const char *path)
{
    DECLARE_CONST_UNICODE_STRING(sddl, L"D:P");
    WDFDRIVER driver = (WDFDRIVER)by->object;
    PWDFDEVICE_INIT init = WdfControlDeviceInitAllocate(driver, &sddl);
    char *copy = strdup(path);
    WDFDEVICE device = NULL;
    if (init == NULL || copy == NULL) {
        free(copy);
        if (init != NULL)
            WdfDeviceInitFree(init);
        return NULL;
    }
    init->is_hidden = true;
    NTSTATUS status = create_device(&init, copy, false, &device);
    if (init != NULL)
        WdfDeviceInitFree(init);
    if (!NT_SUCCESS(status)) {
        if (device != NULL)
            WdfObjectDelete(device);
        return NULL;
    }
    WdfControlFinishInitializing(device);
    return device_from_handle(device);
}

struct search {
    const char *path;
    const struct driver *driver;
    struct wdf_device *found;
};

static void look_at(struct wdf_device *device, void *context)
{
    struct search *search = context;
    if (search->found != NULL || device_driver(device) != search->driver ||
        device->init.kind != DEVICE_CONTROL)
        return;
    const struct linux_device *file = linux_device_of(device_handle(device));
    if (file->path == NULL || file->is_gone || strcmp(file->path, search->path) != 0)
        return;
    object_reference(&device->io.object);
    search->found = device;
}

/* The driver that stacks use, or one for targets alone. NULL: it can't be loaded. */
static struct driver *find_driver_locked(void) REQUIRES(targets_lock)
{
    if (instance == NULL)
        (void)driver_load(linuxfile_entry, LINUXFILE_SERVICE, &configuration, &own_driver);
    return instance;
}

/* With a reference for the caller; NULL: nothing there can be opened. */
static struct wdf_device *device_of_path(const char *path)
{
    PORT_LOCK_SCOPE(&targets_lock);
    struct driver *driver = find_driver_locked();
    if (driver == NULL)
        return NULL;
    struct search search = {.path = path, .driver = driver};
    node_for_each_device(NODE_WALK_PRESENT, look_at, &search);
    if (search.found == NULL) {
        search.found = make_device(driver, path);
        if (search.found != NULL)
            object_reference(&search.found->io.object);
    }
    return search.found;
}

void linuxfile_serve_targets(void)
{
    device_find_files_by(device_of_path);
}

void linuxfile_unload_if_alone(void)
{
    PORT_LOCK_SCOPE(&targets_lock);
    if (own_driver == NULL || nt_driver_only != &own_driver->nt)
        return;
    driver_end_control_devices(own_driver);
    driver_unload(own_driver);
    own_driver = NULL;
}
