/* WDFDRIVER, and loading and unloading a driver (S3.1-S3.7). See driver.h and lifecycle.h. */
#include "framework/io/copier.h"
#include "framework/device/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/wmi/kernelwatch.h"
#include "framework/device/device.h"
#include "framework/device/family.h"
#include "framework/device/node.h"
#include "framework/device/notification.h"
#include "framework/device/policy.h"
#include "framework/device/wdm.h"
#include "framework/object/leaks.h"
#include "framework/object/string.h"
#include "framework/object/alarm.h"
#include "framework/object/verifier.h"
#include "framework/object/worker.h"
#include "nt/status.h"
#include "nt/utf.h"
#include "port/log.h"

/* Longest path after a device's name, in UTF-8. */
#define FILE_NAME_SIZE 512

/* ---- the object ---- */

static void driver_free(struct wdf_object *object)
{
    struct wdf_driver *driver = CONTAINING_RECORD(object, struct wdf_driver, object);
    callback_lock_destroy(&driver->lock);
    free(driver);
}

static const struct constraints *driver_constraints(struct wdf_object *object)
{
    return &CONTAINING_RECORD(object, struct wdf_driver, object)->constraints;
}

const struct object_class driver_class = {
    .name = "WDFDRIVER",
    .free = driver_free,
    .constraints = driver_constraints,
    .disposes_at_passive = true,
    .is_framework_owned = true,
};

/* ---- WdfDriver* ---- */

/* S3.2 */
static NTSTATUS validate_config(const struct driver *driver, const WDF_DRIVER_CONFIG *config)
{
    const ULONG known_flags = WdfDriverInitNonPnpDriver | WdfDriverInitNoDispatchOverride |
                              WdfVerifyOn | WdfVerifierOn | WdfDriverInitCompanion;
    if (config->Size != sizeof(*config))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (config->DriverInitFlags & ~known_flags)
        return STATUS_INVALID_PARAMETER;
    if ((config->DriverInitFlags & WdfDriverInitNonPnpDriver) && config->EvtDriverDeviceAdd != NULL)
        return STATUS_INVALID_PARAMETER;
    if (driver == NULL || driver->object != NULL)
        return STATUS_DRIVER_INTERNAL_ERROR;
    return STATUS_SUCCESS;
}

/* The driver that the driver object belongs to. */
static struct driver *loaded_of_object(const DRIVER_OBJECT *object)
{
    struct nt_driver *driver = nt_driver_of_object(object);
    return driver != NULL ? CONTAINING_RECORD(driver, struct driver, nt) : NULL;
}

static NTSTATUS create_driver(PDRIVER_OBJECT DriverObject, PCUNICODE_STRING RegistryPath,
                              PWDF_OBJECT_ATTRIBUTES DriverAttributes,
                              PWDF_DRIVER_CONFIG DriverConfig, WDFDRIVER *Driver, bool is_umdf)
{
    REQUIRE_PARAMETER(DriverObject);
    REQUIRE_PARAMETER(RegistryPath);
    REQUIRE_PARAMETER(DriverConfig);
    if (Driver != NULL)
        *Driver = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, "WdfDriverCreate"))
        return STATUS_INVALID_DEVICE_REQUEST;
    struct driver *loaded = loaded_of_object(DriverObject);
    NTSTATUS status = validate_config(loaded, DriverConfig);
    if (NT_SUCCESS(status))
        status = verifier_unicode_string(RegistryPath,
                                         is_umdf ? "WdfuseDriverCreateUmdf" : "WdfDriverCreate");
    if (NT_SUCCESS(status))
        status = attributes_validate(DriverAttributes, ATTRIBUTES_PARENT_FORBIDDEN |
                                                           ATTRIBUTES_LEVEL_ALLOWED |
                                                           ATTRIBUTES_SCOPE_ALLOWED);
    if (!NT_SUCCESS(status))
        return status;

    struct wdf_driver *driver = object_allocate(sizeof(*driver), &driver_class, DriverAttributes);
    if (driver == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    driver->config = *DriverConfig;
    driver->constraints = (struct constraints){
        .level = is_umdf ? WdfExecutionLevelPassive : WdfExecutionLevelDispatch, /* S2.2 */
        .scope = WdfSynchronizationScopeNone,
        .presentation_lock = &driver->lock,
    };
    constraints_override(&driver->constraints, DriverAttributes);
    callback_lock_init(&driver->lock, false); /* S2.4: a mutex, whatever the level */
    driver->object.driver = loaded;
    loaded->nt.is_user_mode = is_umdf;
    loaded->object = &driver->object;
    if (Driver != NULL)
        *Driver = (WDFDRIVER)&driver->object;
    return STATUS_SUCCESS;
}

NTSTATUS WdfDriverCreate(PDRIVER_OBJECT DriverObject, PCUNICODE_STRING RegistryPath,
                         PWDF_OBJECT_ATTRIBUTES DriverAttributes, PWDF_DRIVER_CONFIG DriverConfig,
                         WDFDRIVER *Driver)
{
    return API_RESULT(
        create_driver(DriverObject, RegistryPath, DriverAttributes, DriverConfig, Driver, false),
        "S3.2");
}

NTSTATUS WdfuseDriverCreateUmdf(PDRIVER_OBJECT DriverObject, PCUNICODE_STRING RegistryPath,
                                PWDF_OBJECT_ATTRIBUTES DriverAttributes,
                                PWDF_DRIVER_CONFIG DriverConfig, WDFDRIVER *Driver)
{
    return api_result(
        create_driver(DriverObject, RegistryPath, DriverAttributes, DriverConfig, Driver, true),
        "WdfDriverCreate", "S3.2");
}

WDFDRIVER WdfGetDriver(VOID)
{
    const struct driver *driver = DRIVER_CALLING();
    return driver != NULL ? (WDFDRIVER)driver->object : NULL;
}

#define loaded_from_handle(handle)                                                                 \
    object_driver(object_from_handle((handle), &driver_class, __func__))

PWSTR WdfDriverGetRegistryPath(WDFDRIVER Driver)
{
    const struct driver *driver = loaded_from_handle(Driver);
    return verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) ? driver->nt.registry_path.Buffer
                                                             : NULL;
}

BOOLEAN WdfDriverIsVersionAvailable(WDFDRIVER Driver,
                                    PWDF_DRIVER_VERSION_AVAILABLE_PARAMS VersionAvailableParams)
{
    const struct driver *driver = loaded_from_handle(Driver);
    REQUIRE_PARAMETER(VersionAvailableParams);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return FALSE;
    if (VersionAvailableParams->Size != sizeof(*VersionAvailableParams)) {
        verifier_break(__func__, "S1.5", "VersionAvailableParams->Size is %u, not %zu",
                       VersionAvailableParams->Size, sizeof(*VersionAvailableParams));
        return FALSE;
    }
    /* The version whose behaviour this framework has. */
    const ULONG major = driver_is_umdf(driver) ? 2 : 1, minor = 33;
    return VersionAvailableParams->MajorVersion == major &&
           VersionAvailableParams->MinorVersion <= minor;
}

NTSTATUS WdfDriverRetrieveVersionString(WDFDRIVER Driver, WDFSTRING String)
{
    const struct driver *driver = loaded_from_handle(Driver);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdriver.h");
    const char *version = driver_is_umdf(driver)
                              ? "wdfuse " WDFUSE_VERSION " (User Mode Driver Framework 2.33)"
                              : "wdfuse " WDFUSE_VERSION " (Kernel Mode Driver Framework 1.33)";
    return API_RESULT(string_set_utf8(String, version, __func__), "wdfdriver.h");
}

PDRIVER_OBJECT WdfDriverWdmGetDriverObject(WDFDRIVER Driver)
{
    return &loaded_from_handle(Driver)->nt.object;
}

WDFDRIVER WdfWdmDriverGetWdfDriverHandle(PDRIVER_OBJECT DriverObject)
{
    REQUIRE_PARAMETER(DriverObject);
    const struct driver *driver = loaded_of_object(DriverObject);
    return driver != NULL ? (WDFDRIVER)driver->object : NULL;
}

/* ---- loading ---- */

/* Drivers share workers, timers and copiers, from the first one loaded to the last one unloaded.
 * The second driver waits until the first has started them. */
static struct port_mutex services_lock = PORT_MUTEX_INITIALIZER;
static unsigned loaded_count GUARDED_BY(services_lock);

static NTSTATUS start_services(void)
{
    PORT_LOCK_SCOPE(&services_lock);
    if (loaded_count++ > 0)
        return STATUS_SUCCESS;
    NTSTATUS status = alarms_open();
    if (NT_SUCCESS(status))
        status = workers_start();
    if (!NT_SUCCESS(status)) {
        alarms_close();
        loaded_count--;
        return status;
    }
    copier_start();
    return STATUS_SUCCESS;
}

static void stop_services(void)
{
    PORT_LOCK_SCOPE(&services_lock);
    if (--loaded_count > 0)
        return;
    workers_stop();
    alarms_close();
    copier_stop();
}

static NTSTATUS create_loaded(const void *code, const char *service_name, struct driver **result)
{
    struct driver *driver = calloc(1, sizeof(*driver));
    if (driver == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = nt_driver_enter(&driver->nt, service_name, code);
    if (status == STATUS_OBJECT_NAME_COLLISION)
        log_error("driver %s: a driver of that name is loaded already", service_name);
    if (!NT_SUCCESS(status)) {
        free(driver);
        return status;
    }
    *result = driver;
    return STATUS_SUCCESS;
}

static void destroy_loaded(struct driver *driver)
{
    free(driver->file_name.Buffer);
    nt_driver_leave(&driver->nt);
    free(driver);
}

static void delete_driver(struct driver *driver)
{
    notifications_forget(driver);
    wmi_forget_driver(driver);
    if (driver->object != NULL)
        object_delete(driver->object);
    driver->object = NULL;
    workers_wait_for(&driver->works); /* destructions */
    stop_services();
    leaks_report(driver);
    destroy_loaded(driver);
}

/* Everything that the driver itself does at its start. */
static NTSTATUS call_entry(struct driver *driver, DRIVER_INITIALIZE *driver_entry)
{
    struct callback callback;
    driver->callback.is_start = true; /* and what adds devices */
    struct driver *outer = driver_entry_begin(driver);
    callback_begin(&driver->callback, &callback, "DriverEntry", NULL);
    NTSTATUS status = driver_entry(&driver->nt.object, &driver->nt.registry_path);
    callback_end(&driver->callback);
    driver_entry_end(outer);
    if (NT_SUCCESS(status) && driver->object == NULL) {
        log_error("driver %s: DriverEntry succeeded without a call of WdfDriverCreate",
                  driver_name(driver));
        status = STATUS_DRIVER_INTERNAL_ERROR;
    }
    return status;
}

NTSTATUS driver_load(DRIVER_INITIALIZE *driver_entry, const char *service_name,
                     struct configuration *configuration, struct driver **result)
{
    struct driver *driver;
    *result = NULL;
    NTSTATUS status = create_loaded((const void *)(uintptr_t)driver_entry, service_name, &driver);
    if (!NT_SUCCESS(status))
        return status;
    driver->configuration = configuration;
    status = start_services();
    if (!NT_SUCCESS(status)) {
        destroy_loaded(driver);
        return status;
    }
    status = call_entry(driver, driver_entry);
    if (NT_SUCCESS(status))
        *result = driver;
    else
        delete_driver(driver); /* S3.6: EvtDriverUnload is not called */
    return status;
}

/* As Windows writes it: with a backslash before each part. */
NTSTATUS driver_set_file_name(struct driver *driver, const char *name)
{
    char path[FILE_NAME_SIZE];
    int length = snprintf(path, sizeof(path), "\\%s", name);
    if (length < 0 || (size_t)length >= sizeof(path))
        return STATUS_NAME_TOO_LONG;
    for (char *slash = path; (slash = strchr(slash, '/')) != NULL;)
        *slash = '\\';
    free(driver->file_name.Buffer);
    return unicode_string_from_utf8(&driver->file_name, path) ? STATUS_SUCCESS
                                                              : STATUS_INSUFFICIENT_RESOURCES;
}

static struct wdf_driver *driver_of_loaded(const struct driver *driver)
{
    return CONTAINING_RECORD(driver->object, struct wdf_driver, object);
}

/* EvtDriverDeviceAdd, under the driver's lock if its scope asks for it (S2.5). */
static NTSTATUS call_device_add(struct driver *loaded, struct WDFDEVICE_INIT *init)
{
    struct wdf_driver *driver = driver_of_loaded(loaded);
    struct callback_lock *lock =
        driver->constraints.scope == WdfSynchronizationScopeNone ? NULL : &driver->lock;
    callback_lock_acquire(lock, &driver->object);
    struct callback callback;
    callback_begin(&loaded->callback, &callback, "EvtDriverDeviceAdd", driver);
    NTSTATUS status = driver->config.EvtDriverDeviceAdd((WDFDRIVER)&driver->object, init);
    callback_end(&loaded->callback);
    callback_lock_release(lock, &driver->object);
    return status;
}

bool driver_is_pnp(const struct driver *driver)
{
    return (driver_of_loaded(driver)->config.DriverInitFlags & WdfDriverInitNonPnpDriver) == 0;
}

static struct WDFDEVICE_INIT *describe_device(struct driver *driver, const char *node_name,
                                              struct wdf_device *lower)
{
    struct WDFDEVICE_INIT *init = device_init_create(DEVICE_FDO, driver);
    if (init == NULL)
        return NULL;
    init->lower = lower;
    if (lower == NULL)
        init->bus_device = wdm_create_bus_device();
    if (node_name != NULL)
        init->texts.node = device_text_duplicate(node_name);
    if ((lower != NULL || init->bus_device != NULL) &&
        (node_name == NULL || init->texts.node != NULL))
        return init;
    device_init_free(init);
    return NULL;
}

/* S17.4: the stack is built without a filter of the kernel's that fails. */
static bool is_dispensable(const struct wdf_device *device)
{
    return device->io.settings.is_filter && !device->io.is_umdf;
}

static void cover(struct wdf_device *lower, struct wdf_device *upper)
{
    node_cover(lower, upper);
    policy_cover(upper);
}

NTSTATUS driver_stack_device(struct driver *driver, const char *node_name,
                             const struct device_installation *installation,
                             struct wdf_device *lower, struct wdf_device **result)
{
    *result = lower;
    if (driver_of_loaded(driver)->config.EvtDriverDeviceAdd == NULL)
        return STATUS_SUCCESS;
    struct WDFDEVICE_INIT *init = describe_device(driver, node_name, lower);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    init->installation = lower == NULL ? installation : NULL;

    NTSTATUS status = call_device_add(driver, init);
    struct wdf_device *device = init->device;
    device_init_free(init);
    if (device == NULL) /* S3.7, S17.5 */
        return status;
    if (NT_SUCCESS(status)) {
        if (lower != NULL)
            cover(lower, device);
        *result = device;
        return STATUS_SUCCESS;
    }
    bool is_built_without = is_dispensable(device);
    if (is_built_without)
        log_warning("driver %s: EvtDriverDeviceAdd of the filter failed: %s; the stack is built "
                    "without it",
                    driver_name(driver), nt_status_name(status));
    device_abandon_alone(device);
    return is_built_without ? STATUS_SUCCESS : status;
}

NTSTATUS driver_add_device(struct driver *driver, const char *node_name, struct wdf_device **result)
{
    NTSTATUS status = driver_stack_device(driver, node_name, NULL, NULL, result);
    if (NT_SUCCESS(status) && *result != NULL)
        status = device_start(*result);
    if (!NT_SUCCESS(status))
        *result = NULL;
    return status;
}

/* The thread that ends a file's last request closes the file, and may be late. PnP devices have
 * been waited for: they are deleted. */
static void await_closed(struct wdf_device *device, void *loaded)
{
    if (device->init.driver == loaded && device->init.kind == DEVICE_CONTROL)
        io_device_await_closed(&device->io);
}

void driver_unload(struct driver *loaded)
{
    struct wdf_driver *driver = driver_of_loaded(loaded);
    node_for_each_device(NODE_WALK_ALL, await_closed, loaded);
    workers_wait_for(&loaded->works); /* a deletion that is under way */
    loaded->callback.is_start = false;
    if (driver->config.EvtDriverUnload != NULL) {
        struct callback callback;
        callback_begin(&loaded->callback, &callback, "EvtDriverUnload", driver);
        driver->config.EvtDriverUnload((WDFDRIVER)&driver->object);
        callback_end(&loaded->callback);
    }
    delete_driver(loaded);
}
