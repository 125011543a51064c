/* WDFDRIVER, and loading and unloading a driver (S3.1-S3.7). See driver.h and lifecycle.h. */
#include "framework/io/copier.h"
#include "framework/device/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/device/device.h"
#include "framework/device/family.h"
#include "framework/object/leaks.h"
#include "framework/object/string.h"
#include "framework/object/timer.h"
#include "framework/object/verifier.h"
#include "framework/object/worker.h"
#include "nt/irql.h"
#include "nt/status.h"
#include "nt/utf.h"
#include "port/log.h"

/* Written by the thread that loads and unloads, before and after all others run. */
static struct {
    struct wdf_driver *driver;
    DRIVER_OBJECT driver_object;
    UNICODE_STRING registry_path;
    struct callback_note callback; /* any thread may look */
} loaded;

struct wdf_driver *driver_current(void)
{
    return loaded.driver;
}

PCWSTR driver_registry_path(void)
{
    return loaded.registry_path.Buffer;
}

const struct callback_note *driver_callback_note(void)
{
    return &loaded.callback;
}

/* ---- the object ---- */

static void driver_free(struct wdf_object *object)
{
    struct wdf_driver *driver = CONTAINING_RECORD(object, struct wdf_driver, object);
    callback_lock_destroy(&driver->lock);
    free(driver);
    loaded.driver = NULL;
    driver_identity_set_object(NULL, false);
    irql_set_flat(false);
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
static NTSTATUS validate_config(const WDF_DRIVER_CONFIG *config)
{
    const ULONG known_flags = WdfDriverInitNonPnpDriver | WdfDriverInitNoDispatchOverride |
                              WdfVerifyOn | WdfVerifierOn | WdfDriverInitCompanion;
    if (config->Size != sizeof(*config))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (config->DriverInitFlags & ~known_flags)
        return STATUS_INVALID_PARAMETER;
    if ((config->DriverInitFlags & WdfDriverInitNonPnpDriver) && config->EvtDriverDeviceAdd != NULL)
        return STATUS_INVALID_PARAMETER;
    if (loaded.driver != NULL)
        return STATUS_DRIVER_INTERNAL_ERROR;
    return STATUS_SUCCESS;
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
    NTSTATUS status = validate_config(DriverConfig);
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
    irql_set_flat(is_umdf);
    loaded.driver = driver;
    driver_identity_set_object(&driver->object, is_umdf);
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
    return loaded.driver != NULL ? (WDFDRIVER)&loaded.driver->object : NULL;
}

PWSTR WdfDriverGetRegistryPath(WDFDRIVER Driver)
{
    (void)object_from_handle(Driver, &driver_class, __func__);
    return verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) ? loaded.registry_path.Buffer : NULL;
}

BOOLEAN WdfDriverIsVersionAvailable(WDFDRIVER Driver,
                                    PWDF_DRIVER_VERSION_AVAILABLE_PARAMS VersionAvailableParams)
{
    (void)object_from_handle(Driver, &driver_class, __func__);
    REQUIRE_PARAMETER(VersionAvailableParams);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return FALSE;
    if (VersionAvailableParams->Size != sizeof(*VersionAvailableParams)) {
        verifier_break(__func__, "S1.5", "VersionAvailableParams->Size is %u, not %zu",
                       VersionAvailableParams->Size, sizeof(*VersionAvailableParams));
        return FALSE;
    }
    /* The version whose behaviour this framework has. */
    const ULONG major = driver_is_umdf() ? 2 : 1, minor = 33;
    return VersionAvailableParams->MajorVersion == major &&
           VersionAvailableParams->MinorVersion <= minor;
}

NTSTATUS WdfDriverRetrieveVersionString(WDFDRIVER Driver, WDFSTRING String)
{
    (void)object_from_handle(Driver, &driver_class, __func__);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdfdriver.h");
    const char *version = driver_is_umdf()
                              ? "wdfuse " WDFUSE_VERSION " (User Mode Driver Framework 2.33)"
                              : "wdfuse " WDFUSE_VERSION " (Kernel Mode Driver Framework 1.33)";
    return API_RESULT(string_set_utf8(String, version, __func__), "wdfdriver.h");
}

PDRIVER_OBJECT WdfDriverWdmGetDriverObject(WDFDRIVER Driver)
{
    (void)object_from_handle(Driver, &driver_class, __func__);
    return &loaded.driver_object;
}

WDFDRIVER WdfWdmDriverGetWdfDriverHandle(PDRIVER_OBJECT DriverObject)
{
    REQUIRE_PARAMETER(DriverObject);
    return DriverObject == &loaded.driver_object ? WdfGetDriver() : NULL;
}

/* ---- loading ---- */

static NTSTATUS make_registry_path(const char *service_name)
{
    char path[160];
    driver_identity_set_name(service_name);
    snprintf(path, sizeof(path), "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\%s",
             driver_name());
    return unicode_string_from_utf8(&loaded.registry_path, path) ? STATUS_SUCCESS
                                                                 : STATUS_INSUFFICIENT_RESOURCES;
}

/* What driver_load has made beside the driver itself. */
static void release_loaded(void)
{
    workers_stop();
    timers_close();
    copier_stop();
    free(loaded.registry_path.Buffer);
}

static void delete_driver(void)
{
    if (loaded.driver != NULL)
        object_delete(&loaded.driver->object);
    release_loaded();
    leaks_report();
}

NTSTATUS driver_load(DRIVER_INITIALIZE *driver_entry, const char *service_name)
{
    NTSTATUS status = make_registry_path(service_name);
    if (!NT_SUCCESS(status))
        return status;
    status = timers_open();
    if (!NT_SUCCESS(status)) {
        free(loaded.registry_path.Buffer);
        return status;
    }
    status = workers_start();
    if (!NT_SUCCESS(status)) {
        timers_close();
        free(loaded.registry_path.Buffer);
        return status;
    }

    copier_start();
    loaded.callback.is_start = true; /* and what adds devices */
    struct callback callback;
    callback_begin(&loaded.callback, &callback, "DriverEntry", NULL);
    status = driver_entry(&loaded.driver_object, &loaded.registry_path);
    callback_end(&loaded.callback);
    if (NT_SUCCESS(status) && loaded.driver == NULL) {
        log_error("driver %s: DriverEntry succeeded without a call of WdfDriverCreate",
                  driver_name());
        status = STATUS_DRIVER_INTERNAL_ERROR;
    }
    if (!NT_SUCCESS(status))
        delete_driver(); /* S3.6: EvtDriverUnload is not called */
    return status;
}

/* EvtDriverDeviceAdd, under the driver's lock if its scope asks for it (S2.5). */
static NTSTATUS call_device_add(struct wdf_driver *driver, struct WDFDEVICE_INIT *init)
{
    struct callback_lock *lock =
        driver->constraints.scope == WdfSynchronizationScopeNone ? NULL : &driver->lock;
    callback_lock_acquire(lock, &driver->object);
    struct callback callback;
    callback_begin(&loaded.callback, &callback, "EvtDriverDeviceAdd", driver);
    NTSTATUS status = driver->config.EvtDriverDeviceAdd((WDFDRIVER)&driver->object, init);
    callback_end(&loaded.callback);
    callback_lock_release(lock, &driver->object);
    return status;
}

bool driver_is_pnp(void)
{
    return (loaded.driver->config.DriverInitFlags & WdfDriverInitNonPnpDriver) == 0;
}

static struct WDFDEVICE_INIT *describe_device(const char *node_name)
{
    struct WDFDEVICE_INIT *init = device_init_create(DEVICE_FDO);
    if (init == NULL)
        return NULL;
    init->texts.node = device_text_duplicate(node_name);
    if (init->texts.node != NULL)
        return init;
    device_init_free(init);
    return NULL;
}

NTSTATUS driver_add_device(const char *node_name, struct wdf_device **result)
{
    struct wdf_driver *driver = loaded.driver;
    *result = NULL;
    if (driver->config.EvtDriverDeviceAdd == NULL)
        return STATUS_SUCCESS;
    struct WDFDEVICE_INIT *init = describe_device(node_name);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;

    NTSTATUS status = call_device_add(driver, init);
    struct wdf_device *device = init->device;
    device_init_free(init);
    /* S3.7 */
    if (device != NULL && NT_SUCCESS(status))
        status = family_start(device);
    if (device != NULL && !NT_SUCCESS(status)) {
        family_remove_children(device);
        device_delete(device);
    }
    *result = NT_SUCCESS(status) ? device : NULL;
    return status;
}

void driver_unload(void)
{
    struct wdf_driver *driver = loaded.driver;
    workers_wait_until_idle(); /* a deletion that is under way */
    loaded.callback.is_start = false;
    if (driver->config.EvtDriverUnload != NULL) {
        struct callback callback;
        callback_begin(&loaded.callback, &callback, "EvtDriverUnload", driver);
        driver->config.EvtDriverUnload((WDFDRIVER)&driver->object);
        callback_end(&loaded.callback);
    }
    delete_driver();
}
