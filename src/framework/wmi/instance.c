/* Instances of WMI blocks: making, registering, deleting (S12.3 to S12.6). See instance.h. */
#include "framework/wmi/instance.h"

#include <stdlib.h>

#include "framework/io/iodevice.h"
#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/object/verifier.h"
#include "framework/wmi/watch.h"

/* ---- registering ---- */

void wmi_instance_deregister(struct wmi_instance *instance)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    if (instance->is_registered)
        RemoveEntryList(&instance->entry);
    instance->is_registered = false;
}

/* S12.5 */
NTSTATUS wmi_instance_register(struct wmi_instance *instance)
{
    struct wmi_provider *provider = instance->provider;
    PORT_LOCK_SCOPE(&wmi_lock);
    if (instance->is_registered || (provider->config.Flags & WdfWmiProviderTracing) != 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (provider->handler->state == WMI_CLEANED_UP)
        return STATUS_INVALID_DEVICE_STATE;
    InsertTailList(&provider->instances, &instance->entry);
    instance->is_registered = true;
    return STATUS_SUCCESS;
}

ULONG wmi_index_locked(const struct wmi_instance *instance)
{
    ULONG index = 0;
    const LIST_ENTRY *list = &instance->provider->instances;
    for (const LIST_ENTRY *entry = list->Flink; entry != list && entry != &instance->entry;
         entry = entry->Flink)
        index++;
    return index;
}

/* ---- the object ---- */

static void instance_dispose(struct wdf_object *object)
{
    struct wmi_instance *instance = CONTAINING_RECORD(object, struct wmi_instance, object);
    wmi_instance_deregister(instance);
    PORT_LOCK_SCOPE(&wmi_lock);
    if (instance->provider->own == instance)
        instance->provider->own = NULL;
}

static void instance_free(struct wdf_object *object)
{
    struct wmi_instance *instance = CONTAINING_RECORD(object, struct wmi_instance, object);
    object_release(&instance->provider->object);
    free(instance);
}

static const struct object_class instance_class = {
    .name = "WDFWMIINSTANCE", .dispose = instance_dispose, .free = instance_free};

#define instance_from_handle(handle)                                                               \
    CONTAINING_RECORD(object_from_handle((handle), &instance_class, __func__),                     \
                      struct wmi_instance, object)

/* S12.4, S19.5, in that order */
static NTSTATUS check_config(const struct wmi_provider *provider,
                             const WDF_WMI_INSTANCE_CONFIG *config,
                             const WDF_OBJECT_ATTRIBUTES *attributes)
{
    bool has_callback =
        config->EvtWmiInstanceQueryInstance != NULL || config->EvtWmiInstanceSetInstance != NULL ||
        config->EvtWmiInstanceSetItem != NULL || config->EvtWmiInstanceExecuteMethod != NULL;
    if ((provider->config.Flags & WdfWmiProviderEventOnly) != 0 &&
        (has_callback || config->UseContextForQuery))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = attributes_validate(attributes, ATTRIBUTES_PARENT_FORBIDDEN);
    if (!NT_SUCCESS(status) || !config->UseContextForQuery)
        return status;
    if (config->EvtWmiInstanceSetInstance != NULL || config->EvtWmiInstanceSetItem != NULL ||
        attributes == NULL || attributes->ContextTypeInfo == NULL)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* S12.13 */
static size_t context_size(const WDF_OBJECT_ATTRIBUTES *attributes)
{
    return attributes->ContextSizeOverride != 0 ? attributes->ContextSizeOverride
                                                : attributes->ContextTypeInfo->ContextSize;
}

static struct wmi_instance *allocate(struct wmi_provider *provider,
                                     const WDF_WMI_INSTANCE_CONFIG *config,
                                     const WDF_OBJECT_ATTRIBUTES *attributes, const void *creator)
{
    struct wmi_instance *instance =
        object_allocate_for(sizeof(*instance), &instance_class, attributes, creator);
    if (instance == NULL)
        return NULL;
    instance->provider = provider;
    object_reference(&provider->object);
    instance->config = *config;
    if (config->UseContextForQuery) {
        instance->context_type = attributes->ContextTypeInfo->UniqueType;
        instance->context_size = context_size(attributes);
    }
    return instance;
}

static NTSTATUS create(struct wmi_provider *provider, const WDF_WMI_INSTANCE_CONFIG *config,
                       const WDF_OBJECT_ATTRIBUTES *attributes, const void *creator,
                       WDFWMIINSTANCE *handle)
{
    NTSTATUS status = check_config(provider, config, attributes);
    if (!NT_SUCCESS(status))
        return status;
    if (config->UseContextForQuery &&
        context_size(attributes) < provider->config.MinInstanceBufferSize)
        return STATUS_BUFFER_TOO_SMALL;
    struct wmi_instance *instance = allocate(provider, config, attributes, creator);
    if (instance == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = object_attach(&instance->object, &provider->object);
    if (!NT_SUCCESS(status)) {
        object_discard(&instance->object);
        return status;
    }
    status = config->Register ? wmi_instance_register(instance) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status)) {
        object_clear_callbacks(&instance->object); /* S1.32 */
        object_delete(&instance->object);
        return status;
    }
    if (handle != NULL)
        *handle = (WDFWMIINSTANCE)&instance->object;
    return STATUS_SUCCESS;
}

struct wmi_instance *wmi_instance_create_own(struct wmi_provider *provider,
                                             const struct wmi_toggle *toggle, NTSTATUS *status)
{
    static const WDF_WMI_INSTANCE_CONFIG nothing;
    *status = STATUS_INSUFFICIENT_RESOURCES;
    struct wmi_instance *instance = allocate(provider, &nothing, NULL, NULL);
    if (instance == NULL)
        return NULL;
    instance->toggle = toggle;
    *status = object_attach(&instance->object, &provider->object);
    if (NT_SUCCESS(*status))
        return instance;
    object_discard(&instance->object);
    return NULL;
}

/* With a provider of its own, which goes again if the instance is not made. */
static NTSTATUS create_with_provider(struct io_device *device,
                                     const WDF_WMI_INSTANCE_CONFIG *config,
                                     const WDF_OBJECT_ATTRIBUTES *attributes, const void *creator,
                                     WDFWMIINSTANCE *handle)
{
    NTSTATUS status;
    struct wmi_provider *provider =
        wmi_provider_create(device->wmi, config->ProviderConfig, NULL, creator, &status);
    if (provider == NULL)
        return status;
    status = create(provider, config, attributes, creator, handle);
    if (NT_SUCCESS(status))
        wmi_provider_announce(provider);
    else
        object_delete(&provider->object);
    return status;
}

NTSTATUS WdfWmiInstanceCreate(WDFDEVICE Device, PWDF_WMI_INSTANCE_CONFIG InstanceConfig,
                              PWDF_OBJECT_ATTRIBUTES InstanceAttributes, WDFWMIINSTANCE *Instance)
{
    struct io_device *device = io_device_from_handle(Device);
    const void *creator = __builtin_return_address(0);
    NTSTATUS status;
    REQUIRE_PARAMETER(InstanceConfig);
    if (Instance != NULL)
        *Instance = NULL;
    if (!verifier_irql_is_at_most(DISPATCH_LEVEL, __func__) || device->wmi == NULL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S12.3");
    if (InstanceConfig->Size != sizeof(*InstanceConfig))
        return API_RESULT(STATUS_INFO_LENGTH_MISMATCH, "S12.3");
    if ((InstanceConfig->Provider != NULL) == (InstanceConfig->ProviderConfig != NULL))
        return API_RESULT(STATUS_INVALID_PARAMETER, "S12.3");
    if (InstanceConfig->Provider != NULL)
        status = create(wmi_provider_from_handle(InstanceConfig->Provider), InstanceConfig,
                        InstanceAttributes, creator, Instance);
    else
        status =
            create_with_provider(device, InstanceConfig, InstanceAttributes, creator, Instance);
    return API_RESULT(status, "S12.3");
}

NTSTATUS WdfWmiInstanceRegister(WDFWMIINSTANCE WmiInstance)
{
    struct wmi_instance *instance = instance_from_handle(WmiInstance);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S12.5");
    return API_RESULT(wmi_instance_register(instance), "S12.5");
}

VOID WdfWmiInstanceDeregister(WDFWMIINSTANCE WmiInstance)
{
    struct wmi_instance *instance = instance_from_handle(WmiInstance);
    if (verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        wmi_instance_deregister(instance);
}

WDFDEVICE WdfWmiInstanceGetDevice(WDFWMIINSTANCE WmiInstance)
{
    return io_device_handle(instance_from_handle(WmiInstance)->provider->handler->device);
}

WDFWMIPROVIDER WdfWmiInstanceGetProvider(WDFWMIINSTANCE WmiInstance)
{
    return (WDFWMIPROVIDER)&instance_from_handle(WmiInstance)->provider->object;
}

NTSTATUS WdfWmiInstanceFireEvent(WDFWMIINSTANCE WmiInstance, ULONG EventDataSize, PVOID EventData)
{
    struct wmi_instance *instance = instance_from_handle(WmiInstance);
    if (!verifier_irql_is_at_most(APC_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S12.11");
    return API_RESULT(wmi_fire(instance, EventData != NULL ? EventDataSize : 0, EventData),
                      "S12.11");
}
