/* The framework's own blocks. See toggle.h. */
#include "framework/wmi/toggle.h"

#include "framework/io/iodevice.h"
#include "framework/wmi/handler.h"
#include "framework/wmi/instance.h"

/* ---- showing ---- */

/* The device's provider of that GUID with a reference for the caller, or NULL. *is_taken: it is the
 * driver's, which has instances of its own. */
static struct wmi_provider *reference_provider(struct wmi_handler *handler, const GUID *guid,
                                               bool *is_taken)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    struct wmi_provider *provider = wmi_find_provider_locked(handler, guid);
    if (provider == NULL)
        return NULL;
    *is_taken = provider->own == NULL && !IsListEmpty(&provider->instances);
    object_reference(&provider->object);
    return provider;
}

/* Likewise; it is made if there is none. */
static struct wmi_provider *obtain_provider(struct wmi_handler *handler, const GUID *guid,
                                            NTSTATUS *status)
{
    bool is_taken = false;
    struct wmi_provider *provider = reference_provider(handler, guid, &is_taken);
    *status = is_taken ? STATUS_WMI_GUID_DISCONNECTED : STATUS_SUCCESS;
    if (provider != NULL)
        return provider;
    WDF_WMI_PROVIDER_CONFIG config;
    WDF_WMI_PROVIDER_CONFIG_INIT(&config, guid);
    config.MinInstanceBufferSize = sizeof(BOOLEAN);
    provider = wmi_provider_create(handler, &config, NULL, NULL, status);
    if (provider != NULL) {
        object_reference(&provider->object);
        wmi_provider_announce(provider);
    }
    return provider;
}

/* With a reference for the caller, or NULL. */
static struct wmi_instance *reference_own(struct wmi_provider *provider)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    if (provider->own != NULL)
        object_reference(&provider->own->object);
    return provider->own;
}

/* False: another thread was faster. */
static bool become_own(struct wmi_provider *provider, struct wmi_instance *instance)
{
    PORT_LOCK_SCOPE(&wmi_lock);
    if (provider->own != NULL)
        return false;
    provider->own = instance;
    return true;
}

static NTSTATUS make_own(struct wmi_provider *provider, const struct wmi_toggle *toggle)
{
    NTSTATUS status;
    struct wmi_instance *instance = wmi_instance_create_own(provider, toggle, &status);
    if (instance != NULL && !become_own(provider, instance))
        object_delete(&instance->object);
    return status;
}

static NTSTATUS show_in(struct wmi_provider *provider, const struct wmi_toggle *toggle)
{
    struct wmi_instance *instance;
    while ((instance = reference_own(provider)) == NULL) {
        NTSTATUS status = make_own(provider, toggle);
        if (!NT_SUCCESS(status))
            return status;
    }
    NTSTATUS status = wmi_instance_register(instance);
    object_release(&instance->object);
    return status == STATUS_INVALID_DEVICE_REQUEST ? STATUS_SUCCESS : status; /* it is there */
}

NTSTATUS wmi_toggle_show(struct wmi_handler *handler, const struct wmi_toggle *toggle)
{
    NTSTATUS status;
    struct wmi_provider *provider = obtain_provider(handler, &toggle->guid, &status);
    if (provider == NULL)
        return status == STATUS_OBJECT_NAME_EXISTS ? wmi_toggle_show(handler, toggle) : status;
    if (NT_SUCCESS(status))
        status = show_in(provider, toggle);
    object_release(&provider->object);
    return status;
}

void wmi_toggle_hide(struct wmi_handler *handler, const struct wmi_toggle *toggle)
{
    bool is_taken;
    struct wmi_provider *provider = reference_provider(handler, &toggle->guid, &is_taken);
    if (provider == NULL)
        return;
    struct wmi_instance *instance = reference_own(provider);
    if (instance != NULL) {
        wmi_instance_deregister(instance);
        object_release(&instance->object);
    }
    object_release(&provider->object);
}

/* ---- requests ---- */

void wmi_toggle_read(const struct wmi_toggle *toggle, struct io_device *device, void *buffer,
                     ULONG *used)
{
    *(BOOLEAN *)buffer = toggle->is_on(device);
    *used = sizeof(BOOLEAN);
}

NTSTATUS wmi_toggle_write(const struct wmi_toggle *toggle, struct io_device *device,
                          const void *buffer)
{
    toggle->turn(device, *(const BOOLEAN *)buffer != FALSE);
    return STATUS_SUCCESS;
}

NTSTATUS wmi_toggle_write_item(const struct wmi_toggle *toggle, struct io_device *device,
                               ULONG item, const void *buffer, ULONG size)
{
    if (item != 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (size < sizeof(BOOLEAN))
        return STATUS_BUFFER_TOO_SMALL;
    return wmi_toggle_write(toggle, device, buffer);
}
