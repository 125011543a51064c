/* The handler of a device, and its providers. See handler.h. */
#include "framework/wmi/handler.h"

#include <stdlib.h>
#include <string.h>

#include "framework/io/iodevice.h"
#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/object/identity.h"
#include "framework/object/verifier.h"
#include "framework/wmi/instance.h"
#include "framework/wmi/request.h"
#include "framework/wmi/watch.h"
#include "nt/tracewords.h"
#include "nt/utf.h"
#include "port/log.h"

struct port_mutex wmi_lock = PORT_MUTEX_INITIALIZER;
static LIST_ENTRY handlers GUARDED_BY(wmi_lock) = {&handlers, &handlers};
static struct port_condition no_requests = PORT_CONDITION_INITIALIZER;

/* ---- the handler ---- */

void wmi_handler_init(struct wmi_handler *handler, struct io_device *device)
{
    port_mutex_is_held(&wmi_lock); /* nobody knows the device yet */
    handler->device = device;
    InitializeListHead(&handler->providers);
}

void wmi_handler_finish(struct wmi_handler *handler)
{
    port_mutex_is_held(&wmi_lock); /* nobody knows the device any more */
    free(handler->mof_name);
}

struct wmi_handler *wmi_next_handler_locked(const struct wmi_handler *previous)
{
    LIST_ENTRY *entry = previous != NULL ? previous->entry.Flink : handlers.Flink;
    return entry != &handlers ? CONTAINING_RECORD(entry, struct wmi_handler, entry) : NULL;
}

static struct wmi_provider *provider_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct wmi_provider, entry);
}

struct wmi_provider *wmi_find_provider_locked(const struct wmi_handler *handler, const GUID *guid)
{
    for (LIST_ENTRY *entry = handler->providers.Flink; entry != &handler->providers;
         entry = entry->Flink) {
        struct wmi_provider *provider = provider_from_entry(entry);
        if (IsEqualGUID(&provider->config.Guid, guid))
            return provider;
    }
    return NULL;
}

/* The next provider behind that one, with a reference for the caller. */
static struct wmi_provider *reference_next(struct wmi_handler *handler, uint64_t *last)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    for (LIST_ENTRY *entry = handler->providers.Flink; entry != &handler->providers;
         entry = entry->Flink) {
        struct wmi_provider *provider = provider_from_entry(entry);
        if (provider->serial <= *last)
            continue;
        *last = provider->serial;
        object_reference(&provider->object);
        return provider;
    }
    return NULL;
}

/* Programs may listen already. */
static void switch_events(struct wmi_handler *handler)
{
    struct wmi_provider *provider;
    uint64_t last = 0;
    while ((provider = reference_next(handler, &last)) != NULL) {
        wmi_provider_switch_events(provider);
        object_release(&provider->object);
    }
}

void wmi_handler_register(struct wmi_handler *handler, const char *name, ULONG provider_id)
{
    port_mutex_lock(&wmi_lock);
    bool is_new = handler->state != WMI_REGISTERED;
    if (is_new) {
        handler->name = name != NULL ? name : "";
        handler->provider_id = provider_id;
        handler->state = WMI_REGISTERED;
        InsertTailList(&handlers, &handler->entry);
    }
    port_mutex_unlock(&wmi_lock);
    if (is_new)
        switch_events(handler);
}

/* S19.11 */
static void await_requests_locked(struct wmi_handler *handler) REQUIRES(wmi_lock)
{
    struct port_patience patience = {0};
    while (handler->requests > 0) {
        if (!port_condition_wait_aloud(&no_requests, &wmi_lock, &patience))
            continue;
        log_warning("removal waits: driver %s has not returned from a WMI callback",
                    object_driver_name(&handler->device->object));
    }
}

/* The marks stay, for a device that starts again (S19.10). */
void wmi_handler_deregister(struct wmi_handler *handler)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    if (handler->state == WMI_REGISTERED)
        RemoveEntryList(&handler->entry);
    if (handler->state != WMI_CLEANED_UP)
        handler->state = WMI_DEREGISTERED;
    for (LIST_ENTRY *entry = handler->providers.Flink; entry != &handler->providers;
         entry = entry->Flink)
        provider_from_entry(entry)->events_were_wanted = false;
    await_requests_locked(handler);
}

void wmi_handler_clean_up(struct wmi_handler *handler)
{
    wmi_handler_deregister(handler);
    PORT_LOCK_SCOPE(&wmi_lock);
    handler->state = WMI_CLEANED_UP;
}

/* The handler of the device, or NULL: a control device has none (S19.2). */
static struct wmi_handler *handler_of(struct io_device *device)
{
    return device->wmi;
}

/* S19.9 */
static NTSTATUS assign_mof_name(struct wmi_handler *handler, char *name)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    if (handler->mof_name != NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    handler->mof_name = name;
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceAssignMofResourceName(WDFDEVICE Device, PCUNICODE_STRING MofResourceName)
{
    struct io_device *device = io_device_from_handle(Device);
    REQUIRE_PARAMETER(MofResourceName);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) || handler_of(device) == NULL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S19.9");
    NTSTATUS status = verifier_unicode_string(MofResourceName, __func__);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S19.9");
    char *name = utf8_duplicate(MofResourceName);
    if (name == NULL)
        return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "S19.9");
    status = assign_mof_name(handler_of(device), name);
    if (!NT_SUCCESS(status))
        free(name);
    return API_RESULT(status, "S19.9");
}

/* ---- providers ---- */

static void provider_dispose(struct wdf_object *object)
{
    struct wmi_provider *provider = CONTAINING_RECORD(object, struct wmi_provider, object);
    PORT_LOCK_SCOPE(&wmi_lock);
    RemoveEntryList(&provider->entry);
    InitializeListHead(&provider->entry);
}

static void provider_free(struct wdf_object *object)
{
    struct wmi_provider *provider = CONTAINING_RECORD(object, struct wmi_provider, object);
    object_release(&provider->handler->device->object);
    free(provider);
}

const struct object_class wmi_provider_class = {
    .name = "WDFWMIPROVIDER",
    .dispose = provider_dispose,
    .free = provider_free,
    .is_framework_owned = true, /* S19.1 */
};

/* S19.3, in that order */
static NTSTATUS check_config(const WDF_WMI_PROVIDER_CONFIG *config,
                             const WDF_OBJECT_ATTRIBUTES *attributes)
{
    static const GUID none;
    NTSTATUS status = attributes_validate(attributes, ATTRIBUTES_PARENT_FORBIDDEN);
    if (!NT_SUCCESS(status))
        return status;
    if (config->Size != sizeof(*config))
        return STATUS_INFO_LENGTH_MISMATCH;
    bool is_tracing = (config->Flags & WdfWmiProviderTracing) != 0;
    bool hears =
        (config->Flags & ((ULONG)WdfWmiProviderTracing | (ULONG)WdfWmiProviderExpensive)) != 0;
    if ((config->Flags & ~(ULONG)WdfWmiProviderValidFlags) != 0 ||
        (is_tracing && config->Flags != WdfWmiProviderTracing) ||
        (config->EvtWmiProviderFunctionControl != NULL && !hears) ||
        IsEqualGUID(&config->Guid, &none))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* *is_taken: it is not linked, and made all the same (S19.3). */
static NTSTATUS link_provider(struct wmi_provider *provider, bool *is_taken)
{
    static uint64_t serials GUARDED_BY(wmi_lock);
    struct wmi_handler *handler = provider->handler;
    PORT_LOCK_SCOPE(&wmi_lock);
    const struct wmi_provider *other = wmi_find_provider_locked(handler, &provider->config.Guid);
    *is_taken = other != NULL && other->own == NULL;
    if (other != NULL)
        return *is_taken ? STATUS_SUCCESS : STATUS_WMI_GUID_DISCONNECTED;
    if (handler->state >= WMI_DEREGISTERED)
        return STATUS_INVALID_DEVICE_STATE; /* S19.4 */
    provider->serial = ++serials;
    InsertTailList(&handler->providers, &provider->entry);
    return STATUS_SUCCESS;
}

static void announce(struct work *work)
{
    struct wmi_provider *provider = CONTAINING_RECORD(work, struct wmi_provider, announcement);
    wmi_provider_switch_events(provider);
    object_release(&provider->object);
}

/* The driver hears of success. */
static void warn_of_second(const struct wmi_provider *provider)
{
    char guid[40];
    trace_guid_text(&provider->config.Guid, guid, sizeof(guid));
    log_warning("driver %s: the device has a WDFWMIPROVIDER of %s already: nobody reaches the "
                "second one (S19.3)",
                object_driver_name(&provider->handler->device->object), guid);
}

/* NULL after a failure. Nobody reaches one whose GUID the device has already (S19.3). */
struct wmi_provider *wmi_provider_create(struct wmi_handler *handler,
                                         const WDF_WMI_PROVIDER_CONFIG *config,
                                         const WDF_OBJECT_ATTRIBUTES *attributes,
                                         const void *creator, NTSTATUS *status)
{
    *status = check_config(config, attributes);
    if (!NT_SUCCESS(*status))
        return NULL;
    struct wmi_provider *provider =
        object_allocate_for(sizeof(*provider), &wmi_provider_class, attributes, creator);
    if (provider == NULL) {
        *status = STATUS_INSUFFICIENT_RESOURCES;
        return NULL;
    }
    port_mutex_is_held(&wmi_lock); /* nobody knows it yet */
    provider->handler = handler;
    provider->config = *config;
    InitializeListHead(&provider->instances);
    InitializeListHead(&provider->entry);
    object_reference(&handler->device->object);
    work_init(&provider->announcement, announce, handler->device->works);
    bool is_taken;
    *status = link_provider(provider, &is_taken);
    NTSTATUS attached =
        NT_SUCCESS(*status) ? object_attach(&provider->object, &handler->device->object) : *status;
    if (NT_SUCCESS(attached)) {
        if (is_taken)
            warn_of_second(provider);
        return provider;
    }
    *status = attached;
    provider_dispose(&provider->object);
    object_discard(&provider->object);
    return NULL;
}

/* Its handler does it, once it is registered. */
static bool is_to_be_announced(struct wmi_provider *provider)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    return provider->handler->state == WMI_REGISTERED;
}

void wmi_provider_announce(struct wmi_provider *provider)
{
    if (!is_to_be_announced(provider))
        return;
    if (KeGetCurrentIrql() == PASSIVE_LEVEL) {
        wmi_provider_switch_events(provider);
        return;
    }
    object_reference(&provider->object);
    work_submit(&provider->announcement);
}

NTSTATUS WdfWmiProviderCreate(WDFDEVICE Device, PWDF_WMI_PROVIDER_CONFIG WmiProviderConfig,
                              PWDF_OBJECT_ATTRIBUTES ProviderAttributes,
                              WDFWMIPROVIDER *WmiProvider)
{
    struct io_device *device = io_device_from_handle(Device);
    NTSTATUS status;
    REQUIRE_PARAMETER(WmiProviderConfig);
    REQUIRE_PARAMETER(WmiProvider);
    *WmiProvider = NULL;
    if (!verifier_irql_is_at_most(DISPATCH_LEVEL, __func__) || handler_of(device) == NULL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S12.1");
    struct wmi_provider *provider =
        wmi_provider_create(handler_of(device), WmiProviderConfig, ProviderAttributes,
                            __builtin_return_address(0), &status);
    if (provider == NULL)
        return API_RESULT(status, "S12.1");
    *WmiProvider = (WDFWMIPROVIDER)&provider->object;
    wmi_provider_announce(provider);
    return API_RESULT(status, "S12.1");
}

WDFDEVICE WdfWmiProviderGetDevice(WDFWMIPROVIDER WmiProvider)
{
    return io_device_handle(wmi_provider_from_handle(WmiProvider)->handler->device);
}

BOOLEAN WdfWmiProviderIsEnabled(WDFWMIPROVIDER WmiProvider,
                                WDF_WMI_PROVIDER_CONTROL ProviderControl)
{
    struct wmi_provider *provider = wmi_provider_from_handle(WmiProvider);
    if (ProviderControl != WdfWmiEventControl && ProviderControl != WdfWmiInstanceControl)
        return FALSE;
    PORT_LOCK_SCOPE(&wmi_lock);
    return provider->is_enabled[ProviderControl];
}

ULONGLONG WdfWmiProviderGetTracingHandle(WDFWMIPROVIDER WmiProvider)
{
    struct wmi_provider *provider = wmi_provider_from_handle(WmiProvider);
    PORT_LOCK_SCOPE(&wmi_lock);
    return provider->tracing_handle;
}

void wmi_request_returned(struct wmi_handler *handler)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    if (--handler->requests == 0)
        port_condition_broadcast(&no_requests);
}
