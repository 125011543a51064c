/* What programs ask of instances (S12.8 to S12.10, S19.12 to S19.20). See consumer.h. */
#include "framework/wmi/request.h"

#include <string.h>
#include <strings.h>

#include <wmistr.h>

#include "framework/io/iodevice.h"
#include "framework/object/callback.h"
#include "framework/object/identity.h"
#include "framework/object/verifier.h"
#include "framework/wmi/consumer.h"
#include "framework/wmi/instance.h"
#include "framework/wmi/toggle.h"
#include "framework/wmi/watch.h"

/* One switch of a provider at a time. */
static struct port_condition switched = PORT_CONDITION_INITIALIZER;

/* ---- finding ---- */

static struct wmi_provider *find_locked(const GUID *guid, const char *device) REQUIRES(wmi_lock)
{
    struct wmi_handler *handler = NULL;
    while ((handler = wmi_next_handler_locked(handler)) != NULL) {
        struct wmi_provider *provider = wmi_find_provider_locked(handler, guid);
        if (provider != NULL && (device == NULL || strcasecmp(device, handler->name) == 0))
            return provider;
    }
    return NULL;
}

static struct wmi_instance *instance_at_locked(const struct wmi_provider *provider, ULONG index)
    REQUIRES(wmi_lock)
{
    for (LIST_ENTRY *entry = provider->instances.Flink; entry != &provider->instances;
         entry = entry->Flink) {
        if (index-- == 0)
            return CONTAINING_RECORD(entry, struct wmi_instance, entry);
    }
    return NULL;
}

static ULONG count_locked(const struct wmi_provider *provider) REQUIRES(wmi_lock)
{
    ULONG count = 0;
    for (const LIST_ENTRY *entry = provider->instances.Flink; entry != &provider->instances;
         entry = entry->Flink)
        count++;
    return count;
}

/* Keeps the instance, and its device from being removed, until end_request. */
static NTSTATUS begin_request(const struct wmi_address *address, struct wmi_instance **instance)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    const struct wmi_provider *provider = find_locked(address->guid, address->device);
    if (provider == NULL)
        return STATUS_WMI_GUID_NOT_FOUND;
    *instance = instance_at_locked(provider, address->index);
    if (*instance == NULL)
        return STATUS_WMI_INSTANCE_NOT_FOUND;
    object_reference(&(*instance)->object);
    provider->handler->requests++;
    return STATUS_SUCCESS;
}

static void end_request(struct wmi_instance *instance)
{
    struct wmi_handler *handler = instance->provider->handler;
    object_release(&instance->object);
    wmi_request_returned(handler); /* last: with the count, the device may go */
}

/* ---- the driver's answer ---- */

#define CALL(instance, event, ...)                                                                 \
    ({                                                                                             \
        struct callback callback_;                                                                 \
        callback_enter(&callback_, #event, &(instance)->object);                                   \
        NTSTATUS status_ =                                                                         \
            (instance)->config.event((WDFWMIINSTANCE) & (instance)->object, __VA_ARGS__);          \
        callback_leave(&callback_);                                                                \
        status_ == STATUS_PENDING ? STATUS_UNSUCCESSFUL : status_;                                 \
    })

/* A buffer that is too small is no failure to who asks: *used says how much it takes. */
static NTSTATUS too_small(ULONG size, ULONG *used)
{
    if (*used <= size)
        *used = size + 1;
    return STATUS_SUCCESS;
}

/* S12.13 */
static NTSTATUS read_context(struct wmi_instance *instance, void *buffer, ULONG size, ULONG *used)
{
    *used = (ULONG)instance->context_size;
    if (size >= *used)
        memcpy(buffer, object_find_context(&instance->object, instance->context_type), *used);
    return STATUS_SUCCESS;
}

/* S19.15 */
static NTSTATUS ask(struct wmi_instance *instance, void *buffer, ULONG size, ULONG *used)
{
    static const char name[] = "EvtWmiInstanceQueryInstance";
    unsigned char dummy;
    ULONG minimum = instance->provider->config.MinInstanceBufferSize;
    bool is_dummy = minimum == 0 && size == 0;
    *used = 0;
    NTSTATUS status = CALL(instance, EvtWmiInstanceQueryInstance, is_dummy ? 1 : size,
                           is_dummy ? &dummy : buffer, used);
    if (status == STATUS_BUFFER_TOO_SMALL) {
        if (minimum != 0)
            verifier_break(name, "S19.15",
                           "WDFWMIINSTANCE %p: STATUS_BUFFER_TOO_SMALL, though "
                           "MinInstanceBufferSize is %u",
                           (void *)&instance->object, (unsigned)minimum);
        return too_small(size, used);
    }
    if (!NT_SUCCESS(status) || is_dummy || *used <= size)
        return status;
    verifier_break(name, "S12.9", "WDFWMIINSTANCE %p: BufferUsed is %u, of %u",
                   (void *)&instance->object, (unsigned)*used, (unsigned)size);
    return STATUS_UNSUCCESSFUL;
}

static ULONG minimum_of(const struct wmi_instance *instance)
{
    return instance->toggle != NULL ? sizeof(BOOLEAN)
                                    : instance->provider->config.MinInstanceBufferSize;
}

static bool is_readable(const struct wmi_instance *instance)
{
    return instance->toggle != NULL || instance->config.UseContextForQuery ||
           instance->config.EvtWmiInstanceQueryInstance != NULL;
}

static NTSTATUS query_instance(struct wmi_instance *instance, void *buffer, ULONG size, ULONG *used)
{
    const WDF_WMI_INSTANCE_CONFIG *config = &instance->config;
    ULONG minimum = minimum_of(instance);
    *used = 0;
    if (!is_readable(instance)) /* S19.19 */
        return config->EvtWmiInstanceExecuteMethod != NULL ? STATUS_SUCCESS
                                                           : STATUS_INVALID_DEVICE_REQUEST;
    if (size < minimum) { /* S19.16: the driver is not asked */
        *used = minimum;
        return STATUS_SUCCESS;
    }
    if (instance->toggle != NULL) {
        wmi_toggle_read(instance->toggle, instance->provider->handler->device, buffer, used);
        return STATUS_SUCCESS;
    }
    return config->UseContextForQuery ? read_context(instance, buffer, size, used)
                                      : ask(instance, buffer, size, used);
}

/* S12.9 */
static NTSTATUS set_result(NTSTATUS status)
{
    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_WMI_SET_FAILURE : status;
}

/* S19.17 */
static NTSTATUS change_instance(struct wmi_instance *instance, void *buffer, ULONG size)
{
    if (instance->config.EvtWmiInstanceSetInstance == NULL && instance->toggle == NULL)
        return STATUS_WMI_READ_ONLY;
    if (size < minimum_of(instance))
        return STATUS_WMI_SET_FAILURE;
    if (instance->toggle != NULL)
        return wmi_toggle_write(instance->toggle, instance->provider->handler->device, buffer);
    return set_result(CALL(instance, EvtWmiInstanceSetInstance, size, size > 0 ? buffer : NULL));
}

static NTSTATUS change_item(struct wmi_instance *instance, ULONG item, void *buffer, ULONG size)
{
    if (instance->toggle != NULL)
        return set_result(wmi_toggle_write_item(
            instance->toggle, instance->provider->handler->device, item, buffer, size));
    if (instance->config.EvtWmiInstanceSetItem == NULL)
        return STATUS_WMI_READ_ONLY;
    return set_result(CALL(instance, EvtWmiInstanceSetItem, item, size, buffer));
}

/* S19.18 */
static NTSTATUS execute(struct wmi_instance *instance, ULONG method, void *buffer, ULONG in_size,
                        ULONG out_size, ULONG *used)
{
    if (instance->config.EvtWmiInstanceExecuteMethod == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = CALL(instance, EvtWmiInstanceExecuteMethod, method, in_size, out_size,
                           in_size == 0 && out_size == 0 ? NULL : buffer, used);
    return status == STATUS_BUFFER_TOO_SMALL ? too_small(out_size, used) : status;
}

/* ---- switching (S12.10, S19.20) ---- */

static void begin_switch(struct wmi_provider *provider)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    while (provider->is_switching)
        port_condition_wait(&switched, &wmi_lock);
    provider->is_switching = true;
}

static void end_switch(struct wmi_provider *provider)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    provider->is_switching = false;
    port_condition_broadcast(&switched);
}

static void mark(struct wmi_provider *provider, WDF_WMI_PROVIDER_CONTROL control, bool enable,
                 ULONGLONG handle)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    provider->is_enabled[control] = enable;
    if ((provider->config.Flags & WdfWmiProviderTracing) != 0 && control == WdfWmiEventControl)
        provider->tracing_handle = handle;
}

/* Of who has the switch. The mark is set before the driver is told. */
NTSTATUS wmi_provider_control(struct wmi_provider *provider, WDF_WMI_PROVIDER_CONTROL control,
                              bool enable, ULONGLONG handle)
{
    mark(provider, control, enable, handle);
    if (provider->config.EvtWmiProviderFunctionControl == NULL)
        return STATUS_SUCCESS;
    struct callback callback;
    callback_enter(&callback, "EvtWmiProviderFunctionControl", &provider->object);
    NTSTATUS status = provider->config.EvtWmiProviderFunctionControl(
        (WDFWMIPROVIDER)&provider->object, control, enable);
    callback_leave(&callback);
    if (!NT_SUCCESS(status))
        mark(provider, control, false, 0);
    return status;
}

static bool is_marked(struct wmi_provider *provider, WDF_WMI_PROVIDER_CONTROL control)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    return provider->is_enabled[control];
}

/* Who has refused to begin has nothing to end. */
static NTSTATUS switch_control(struct wmi_provider *provider, WDF_WMI_PROVIDER_CONTROL control,
                               bool enable)
{
    if (!enable && !is_marked(provider, control))
        return STATUS_SUCCESS;
    return wmi_provider_control(provider, control, enable, 0);
}

/* Whether the driver is to be told something else than before. */
static bool events_change(struct wmi_provider *provider, bool *are_wanted)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    if ((provider->config.Flags & WdfWmiProviderTracing) != 0 ||
        provider->handler->state != WMI_REGISTERED || IsListEmpty(&provider->entry))
        return false;
    *are_wanted = wmi_is_watched_locked(&provider->config.Guid);
    bool is_change = *are_wanted != provider->events_were_wanted;
    provider->events_were_wanted = *are_wanted;
    if (is_change)
        provider->handler->requests++; /* its device stays meanwhile */
    return is_change;
}

void wmi_provider_switch_events(struct wmi_provider *provider)
{
    bool are_wanted;
    begin_switch(provider);
    while (events_change(provider, &are_wanted)) {
        (void)switch_control(provider, WdfWmiEventControl, are_wanted);
        wmi_request_returned(provider->handler);
    }
    end_switch(provider);
}

static struct wmi_provider *find_next_locked(const GUID *guid, uint64_t last) REQUIRES(wmi_lock)
{
    struct wmi_provider *next = NULL;
    struct wmi_handler *handler = NULL;
    while ((handler = wmi_next_handler_locked(handler)) != NULL) {
        struct wmi_provider *provider = wmi_find_provider_locked(handler, guid);
        if (provider != NULL && provider->serial > last &&
            (next == NULL || provider->serial < next->serial))
            next = provider;
    }
    return next;
}

/* The next provider of that GUID, whatever comes and goes meanwhile, with a reference and a request
 * of its handler. */
static struct wmi_provider *next_provider(const GUID *guid, uint64_t *last)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    struct wmi_provider *provider = find_next_locked(guid, *last);
    if (provider == NULL)
        return NULL;
    *last = provider->serial;
    object_reference(&provider->object);
    provider->handler->requests++;
    return provider;
}

static void release_provider(struct wmi_provider *provider)
{
    struct wmi_handler *handler = provider->handler;
    object_release(&provider->object);
    wmi_request_returned(handler);
}

void wmi_switch_events_of(const GUID *guid)
{
    struct wmi_provider *provider;
    uint64_t last = 0;
    while ((provider = next_provider(guid, &last)) != NULL) {
        wmi_provider_switch_events(provider);
        release_provider(provider);
    }
}

NTSTATUS wmi_trace(const GUID *guid, ULONGLONG handle, bool enable)
{
    NTSTATUS status = STATUS_WMI_GUID_NOT_FOUND;
    struct wmi_provider *provider;
    uint64_t last = 0;
    while ((provider = next_provider(guid, &last)) != NULL) {
        if ((provider->config.Flags & WdfWmiProviderTracing) != 0) {
            begin_switch(provider);
            NTSTATUS said = wmi_provider_control(provider, WdfWmiEventControl, enable, handle);
            end_switch(provider);
            if (status == STATUS_WMI_GUID_NOT_FOUND || !NT_SUCCESS(said))
                status = said;
        }
        release_provider(provider);
    }
    return status;
}

/* The first who collects, and the last. */
static bool count_collector(struct wmi_provider *provider, int change)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    provider->collectors += (unsigned)change;
    return provider->collectors == (change > 0 ? 1 : 0);
}

/* Only a provider that is expensive wants to know of it. */
static NTSTATUS collect(struct wmi_provider *provider, int change)
{
    NTSTATUS status = STATUS_SUCCESS;
    if ((provider->config.Flags & WdfWmiProviderExpensive) == 0)
        return STATUS_SUCCESS;
    begin_switch(provider);
    if (count_collector(provider, change))
        status = switch_control(provider, WdfWmiInstanceControl, change > 0);
    end_switch(provider);
    return status;
}

/* ---- for programs ---- */

NTSTATUS wmi_query(const struct wmi_address *address, void *buffer, ULONG size, ULONG *used)
{
    struct wmi_instance *instance;
    *used = 0;
    NTSTATUS status = begin_request(address, &instance);
    if (!NT_SUCCESS(status))
        return status;
    status = collect(instance->provider, 1);
    if (NT_SUCCESS(status))
        status = query_instance(instance, buffer, size, used);
    (void)collect(instance->provider, -1);
    end_request(instance);
    if (!NT_SUCCESS(status))
        *used = 0;
    return status;
}

/* ---- all instances (S19.13) ---- */

static size_t aligned(size_t size)
{
    return (size + MEMORY_ALLOCATION_ALIGNMENT - 1) & ~(size_t)(MEMORY_ALLOCATION_ALIGNMENT - 1);
}

/* Keeps the provider, and its device from being removed, until release_provider. */
static struct wmi_provider *reference_provider(const GUID *guid, const char *device)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    struct wmi_provider *provider = find_locked(guid, device);
    if (provider == NULL)
        return NULL;
    object_reference(&provider->object);
    provider->handler->requests++;
    return provider;
}

static struct wmi_instance *reference_instance(const struct wmi_provider *provider, ULONG index)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    struct wmi_instance *instance = instance_at_locked(provider, index);
    if (instance != NULL)
        object_reference(&instance->object);
    return instance;
}

/* What it takes at least; with a minimum nobody is asked for less. */
static bool has_room(const struct wmi_provider *provider, struct wmi_all *all)
{
    size_t minimum = provider->config.MinInstanceBufferSize;
    PORT_LOCK_SCOPE(&wmi_lock);
    ULONG count = count_locked(provider);
    if (minimum == 0 || count == 0 || (count - 1) * aligned(minimum) + minimum <= all->size)
        return true;
    all->count = count;
    all->used = (ULONG)((count - 1) * aligned(minimum) + minimum);
    return false;
}

/* The next begins at *offset. It is asked behind one that was too large, too: how much all take is
 * to be known. */
static NTSTATUS append(struct wmi_all *all, struct wmi_instance *instance, size_t *offset)
{
    ULONG used = 0;
    ULONG rest = *offset < all->size ? all->size - (ULONG)*offset : 0;
    void *place = rest > 0 ? (char *)all->buffer + *offset : NULL;
    NTSTATUS status =
        is_readable(instance) ? query_instance(instance, place, rest, &used) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status))
        return status;
    if (all->count < all->capacity)
        all->pieces[all->count] = (struct wmi_piece){(ULONG)*offset, used};
    all->count++;
    all->used = (ULONG)(*offset + used);
    *offset = aligned(all->used);
    return STATUS_SUCCESS;
}

static NTSTATUS append_all(struct wmi_all *all, const struct wmi_provider *provider)
{
    struct wmi_instance *instance;
    size_t offset = 0;
    NTSTATUS status = STATUS_SUCCESS;
    if (!has_room(provider, all))
        return STATUS_SUCCESS;
    for (ULONG i = 0; NT_SUCCESS(status) && (instance = reference_instance(provider, i)) != NULL;
         i++) {
        status = append(all, instance, &offset);
        object_release(&instance->object);
    }
    return NT_SUCCESS(status) && all->count == 0 ? STATUS_WMI_INSTANCE_NOT_FOUND : status;
}

NTSTATUS wmi_query_all(const GUID *guid, const char *device, struct wmi_all *all)
{
    all->count = all->used = 0;
    struct wmi_provider *provider = reference_provider(guid, device);
    if (provider == NULL)
        return STATUS_WMI_GUID_NOT_FOUND;
    NTSTATUS status = collect(provider, 1);
    if (NT_SUCCESS(status))
        status = append_all(all, provider);
    (void)collect(provider, -1);
    release_provider(provider);
    if (!NT_SUCCESS(status))
        all->count = all->used = 0;
    return status;
}

/* ---- changes ---- */

NTSTATUS wmi_set_instance(const struct wmi_address *address, void *buffer, ULONG size)
{
    struct wmi_instance *instance;
    NTSTATUS status = begin_request(address, &instance);
    if (!NT_SUCCESS(status))
        return status;
    status = change_instance(instance, buffer, size);
    end_request(instance);
    return status;
}

NTSTATUS wmi_set_item(const struct wmi_address *address, ULONG item, void *buffer, ULONG size)
{
    struct wmi_instance *instance;
    NTSTATUS status = begin_request(address, &instance);
    if (!NT_SUCCESS(status))
        return status;
    status = change_item(instance, item, buffer, size);
    end_request(instance);
    return status;
}

NTSTATUS wmi_execute(const struct wmi_address *address, ULONG method, void *buffer, ULONG in_size,
                     ULONG out_size, ULONG *used)
{
    struct wmi_instance *instance;
    *used = 0;
    NTSTATUS status = begin_request(address, &instance);
    if (!NT_SUCCESS(status))
        return status;
    status = execute(instance, method, buffer, in_size, out_size, used);
    end_request(instance);
    if (!NT_SUCCESS(status))
        *used = 0;
    return status;
}

/* S19.8 */
static ULONG flags_of(const WDF_WMI_PROVIDER_CONFIG *config)
{
    ULONG flags = WMIREG_FLAG_INSTANCE_PDO;
    if ((config->Flags & WdfWmiProviderTracing) != 0)
        return WMIREG_FLAG_TRACED_GUID | WMIREG_FLAG_TRACE_CONTROL_GUID;
    if ((config->Flags & WdfWmiProviderExpensive) != 0)
        flags |= WMIREG_FLAG_EXPENSIVE;
    if ((config->Flags & WdfWmiProviderEventOnly) != 0)
        flags |= WMIREG_FLAG_EVENT_ONLY_GUID;
    return flags;
}

/* S19.9: a child without a name has its parent's. */
static const char *mof_name_locked(const struct wmi_handler *handler) REQUIRES(wmi_lock)
{
    while (handler->mof_name == NULL && handler->device->parent != NULL &&
           handler->device->parent->wmi != NULL)
        handler = handler->device->parent->wmi;
    return handler->mof_name;
}

void wmi_for_each_block(void (*visit)(void *context, const struct wmi_block *block), void *context)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    struct wmi_handler *handler = NULL;
    while ((handler = wmi_next_handler_locked(handler)) != NULL) {
        for (LIST_ENTRY *entry = handler->providers.Flink; entry != &handler->providers;
             entry = entry->Flink) {
            const struct wmi_provider *provider =
                CONTAINING_RECORD(entry, struct wmi_provider, entry);
            const struct wmi_block block = {
                .guid = provider->config.Guid,
                .device = handler->name,
                .driver = object_driver_name(&handler->device->object),
                .mof_name = mof_name_locked(handler),
                .flags = flags_of(&provider->config),
                .instances = count_locked(provider),
            };
            visit(context, &block);
        }
    }
}
