/* Device interfaces and symbolic links. See name.h. */
#include "framework/device/name.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/device/device.h"
#include "framework/device/notification.h"
#include "framework/object/string.h"
#include "framework/object/verifier.h"
#include "nt/utf.h"
#include "port/log.h"

/* Of a name, and of a node's name after it. */
#define DEVICE_PATH_SIZE (DEVICE_NAME_PATH_SIZE + NAME_MAX)

/* ---- telling the host ---- */

static void tell_locked(struct wdf_device *device, const struct device_name *name)
    REQUIRES(names_lock)
{
    if (device->name_listener != NULL)
        device->name_listener(device->name_listener_context, name->path, name->is_enabled);
}

static int whole_path(const struct wdf_device *device, const struct device_name *name, char *path,
                      size_t size);

/* To drivers that have asked for it. */
static void announce_locked(const struct wdf_device *device, struct device_name *name,
                            bool is_there) REQUIRES(names_lock)
{
    char path[DEVICE_PATH_SIZE];
    if (!name->is_interface || name->is_announced == is_there)
        return;
    name->is_announced = is_there;
    whole_path(device, name, path, sizeof(path));
    notification_post(&name->class, path, is_there);
}

static void set_enabled_locked(struct wdf_device *device, struct device_name *name, bool is_enabled)
    REQUIRES(names_lock)
{
    if (name->is_enabled == is_enabled || (is_enabled && device->names_are_over))
        return;
    name->is_enabled = is_enabled;
    tell_locked(device, name);
    if (!is_enabled)
        announce_locked(device, name, false);
}

static struct device_name *name_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct device_name, entry);
}

static void listen(struct wdf_device *device, device_name_listener *listener, void *context)
{
    PORT_LOCK_SCOPE_OF(device, names_lock);
    device->name_listener = listener;
    device->name_listener_context = context;
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink) {
        if (name_from_entry(entry)->is_enabled)
            tell_locked(device, name_from_entry(entry));
    }
}

/* A name of any device of the stack leads to the uppermost (S17.16). */
void device_listen_to_names(struct wdf_device *device, device_name_listener *listener,
                            void *context)
{
    for (; device != NULL; device = device->init.lower)
        listen(device, listener, context);
}

void device_names_enable(struct wdf_device *device)
{
    PORT_LOCK_SCOPE_OF(device, names_lock);
    device->names_are_over = false; /* it may have been removed, and start again */
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink) {
        if (!name_from_entry(entry)->waits)
            set_enabled_locked(device, name_from_entry(entry), true);
    }
}

void device_names_disable(struct wdf_device *device)
{
    PORT_LOCK_SCOPE_OF(device, names_lock);
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink)
        set_enabled_locked(device, name_from_entry(entry), false);
    device->names_are_over = true; /* whatever its driver asks for */
    device->name_listener = NULL;
}

static void announce_enabled(struct wdf_device *device)
{
    PORT_LOCK_SCOPE_OF(device, names_lock);
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink) {
        if (name_from_entry(entry)->is_enabled)
            announce_locked(device, name_from_entry(entry), true);
    }
}

void device_names_announce(struct wdf_device *device)
{
    struct wdf_device *opened = node_reference_opened(device);
    if (opened == NULL)
        return; /* announced later, when the uppermost of the stack has started */
    for (struct wdf_device *named = opened; named != NULL; named = named->init.lower)
        announce_enabled(named);
    object_release(&opened->io.object);
}

void device_names_free(struct wdf_device *device)
{
    port_lock_is_not_needed(names_lock); /* nobody knows the device any more */
    while (!IsListEmpty(&device->names))
        free(name_from_entry(RemoveHeadList(&device->names)));
}

/* ---- asking ---- */

/* Where clients find it: an interface without a reference string has the name of its node. */
static int whole_path(const struct wdf_device *device, const struct device_name *name, char *path,
                      size_t size)
{
    const char *node = device->init.texts.node;
    bool has_reference = name->path[strlen(name->path) - 1] != '/';
    return snprintf(path, size, "%s%s", name->path, has_reference || node == NULL ? "" : node);
}

static bool is_called(const struct wdf_device *device, const struct device_name *name,
                      const char *link, const char *interface_path)
{
    if (!name->is_interface)
        return strcasecmp(name->path + strlen("by-name/"), link) == 0;
    char path[DEVICE_PATH_SIZE];
    whole_path(device, name, path, sizeof(path));
    return name->is_enabled &&
           (strcasecmp(path, interface_path) == 0 || strcasecmp(name->path, interface_path) == 0);
}

bool device_has_name(struct wdf_device *device, const char *link, const char *interface_path)
{
    PORT_LOCK_SCOPE_OF(device, names_lock);
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink) {
        if (is_called(device, name_from_entry(entry), link, interface_path))
            return true;
    }
    return false;
}

void device_for_each_interface(struct wdf_device *device, const GUID *class, bool with_inactive,
                               void (*function)(void *context, const char *name), void *context)
{
    char path[DEVICE_PATH_SIZE];
    PORT_LOCK_SCOPE_OF(device, names_lock);
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink) {
        const struct device_name *name = name_from_entry(entry);
        if (!name->is_interface || !IsEqualGUID(&name->class, class) ||
            !(name->is_announced || with_inactive))
            continue;
        whole_path(device, name, path, sizeof(path));
        function(context, path);
    }
}

/* ---- making names ---- */

/* One part of a path: what a driver writes into it must not lead elsewhere. */
static bool is_plain(const char *part)
{
    return strchr(part, '/') == NULL && strcmp(part, ".") != 0 && strcmp(part, "..") != 0;
}

NTSTATUS device_interface_path(const GUID *class, PCUNICODE_STRING reference,
                               char path[DEVICE_NAME_PATH_SIZE], const char *function)
{
    NTSTATUS status = verifier_unicode_string(reference, function);
    if (!NT_SUCCESS(status))
        return status;
    char *reference_text = NULL;
    if (reference != NULL && reference->Length > 0) {
        reference_text = utf8_duplicate(reference);
        if (reference_text == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    const char *last = reference_text != NULL ? reference_text : "";
    bool has_separator = strpbrk(last, "\\/") != NULL; /* the PnP manager refuses it */
    int length = snprintf(path, DEVICE_NAME_PATH_SIZE,
                          "by-interface/{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}/%s",
                          (unsigned)class->Data1, class->Data2, class->Data3, class->Data4[0],
                          class->Data4[1], class->Data4[2], class->Data4[3], class->Data4[4],
                          class->Data4[5], class->Data4[6], class->Data4[7], last);
    bool is_good = is_plain(last) && length > 0 && length < DEVICE_NAME_PATH_SIZE;
    free(reference_text);
    if (has_separator)
        return STATUS_INVALID_DEVICE_REQUEST;
    return is_good ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
}

static struct device_name *find_locked(struct wdf_device *device, const char *path)
    REQUIRES(names_lock)
{
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink) {
        if (strcmp(name_from_entry(entry)->path, path) == 0)
            return name_from_entry(entry);
    }
    return NULL;
}

bool device_has_interface(struct wdf_device *device, const char *path)
{
    PORT_LOCK_SCOPE_OF(device, names_lock);
    const struct device_name *name = find_locked(device, path);
    return name != NULL && name->is_interface;
}

/* NULL: a link, which exists at once. */
static NTSTATUS add_name(struct wdf_device *device, const char *path, const GUID *class)
{
    struct device_name *name = calloc(1, sizeof(*name));
    if (name == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    snprintf(name->path, sizeof(name->path), "%s", path);
    name->is_interface = class != NULL;
    name->is_enabled = class == NULL;
    if (class != NULL)
        name->class = *class;

    PORT_LOCK_SCOPE_OF(device, names_lock);
    InsertTailList(&device->names, &name->entry);
    if (name->is_enabled)
        tell_locked(device, name);
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceCreateDeviceInterface(WDFDEVICE Device, const GUID *InterfaceClassGUID,
                                        PCUNICODE_STRING ReferenceString)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(InterfaceClassGUID);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) || device->init.kind == DEVICE_CONTROL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.21");
    char path[DEVICE_NAME_PATH_SIZE];
    NTSTATUS status = device_interface_path(InterfaceClassGUID, ReferenceString, path, __func__);
    /* S3.24: one that comes after the start waits for WdfDeviceSetDeviceInterfaceState. */
    return API_RESULT(NT_SUCCESS(status) ? add_name(device, path, InterfaceClassGUID) : status,
                      "S3.21");
}

/* S3.22 */
static void set_interface_state(struct wdf_device *device, const GUID *class,
                                PCUNICODE_STRING reference, bool is_enabled, bool is_for_driver,
                                const char *function)
{
    char path[DEVICE_NAME_PATH_SIZE];
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, function) ||
        !NT_SUCCESS(device_interface_path(class, reference, path, function)))
        return;
    port_lock_of(device, names_lock);
    struct device_name *name = find_locked(device, path);
    if (name != NULL) {
        name->waits |= is_for_driver;
        set_enabled_locked(device, name, is_enabled);
    }
    port_unlock_of(device, names_lock);
    if (is_enabled)
        device_names_announce(device);
}

VOID WdfDeviceSetDeviceInterfaceState(WDFDEVICE Device, const GUID *InterfaceClassGUID,
                                      PCUNICODE_STRING ReferenceString, BOOLEAN IsInterfaceEnabled)
{
    REQUIRE_PARAMETER(InterfaceClassGUID);
    set_interface_state(device_from_handle(Device), InterfaceClassGUID, ReferenceString,
                        IsInterfaceEnabled, false, __func__);
    VERIFIER_KEEP_CALLER();
}

VOID WdfDeviceSetDeviceInterfaceStateEx(WDFDEVICE Device, const GUID *InterfaceClassGUID,
                                        PCUNICODE_STRING ReferenceString,
                                        BOOLEAN IsInterfaceEnabled)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(InterfaceClassGUID);
    if (device->init.kind == DEVICE_CONTROL)
        verifier_break(__func__, "S18.52", "ignored: %p is a control device", (void *)Device);
    else
        set_interface_state(device, InterfaceClassGUID, ReferenceString, IsInterfaceEnabled, true,
                            __func__);
    VERIFIER_KEEP_CALLER();
}

NTSTATUS WdfDeviceRetrieveDeviceInterfaceString(WDFDEVICE Device, const GUID *InterfaceClassGUID,
                                                PCUNICODE_STRING ReferenceString, WDFSTRING String)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(InterfaceClassGUID);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__) || device->init.kind == DEVICE_CONTROL)
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.23");
    char path[DEVICE_NAME_PATH_SIZE];
    NTSTATUS status = device_interface_path(InterfaceClassGUID, ReferenceString, path, __func__);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S3.23");
    char whole[DEVICE_PATH_SIZE];
    port_lock_of(device, names_lock);
    const struct device_name *name = find_locked(device, path);
    if (name != NULL)
        whole_path(device, name, whole, sizeof(whole));
    port_unlock_of(device, names_lock);
    if (name == NULL)
        return API_RESULT(STATUS_OBJECT_NAME_NOT_FOUND, "S3.23");
    return API_RESULT(string_set_utf8(String, whole, __func__), "S3.23");
}

static bool has_link(struct wdf_device *device)
{
    PORT_LOCK_SCOPE_OF(device, names_lock);
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink) {
        if (!name_from_entry(entry)->is_interface)
            return true;
    }
    return false;
}

/* Held while a link is made, so that two devices never get the same one; the outermost lock. */
static struct port_mutex links_lock = PORT_MUTEX_INITIALIZER;

struct search {
    const char *path;
    const struct wdf_device *found;
};

/* NT's names do not tell capitals from small letters. */
static void look_for_link(struct wdf_device *device, void *context)
{
    struct search *search = context;
    PORT_LOCK_SCOPE_OF(device, names_lock);
    for (LIST_ENTRY *entry = device->names.Flink; entry != &device->names; entry = entry->Flink) {
        const struct device_name *name = name_from_entry(entry);
        if (!name->is_interface && strcasecmp(name->path, search->path) == 0)
            search->found = device;
    }
}

/* A name belongs to one device, whatever its driver. */
static NTSTATUS add_link(struct wdf_device *device, const char *path)
{
    struct search search = {.path = path};
    PORT_LOCK_SCOPE(&links_lock);
    node_for_each_device(NODE_WALK_PRESENT, look_for_link, &search);
    if (search.found == NULL)
        return add_name(device, path, NULL);
    log_error("driver %s: the symbolic link %s is a device's of the driver %s already",
              driver_name(device->init.driver), strrchr(path, '/') + 1,
              driver_name(search.found->init.driver));
    return STATUS_OBJECT_NAME_COLLISION;
}

/* The folder of the object manager that a link is made in. */
static NTSTATUS check_link_folder(const char *name, const char *last)
{
    static const char *const folders[] = {
        "\\", "\\??\\", "\\GLOBAL??\\", "\\Device\\", "\\DosDevices\\", "\\DosDevices\\Global\\",
    };
    size_t length = (size_t)(last - name);
    if (*name != '\\')
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    for (size_t i = 0; i < RTL_NUMBER_OF(folders); i++) {
        if (strlen(folders[i]) == length && strncasecmp(name, folders[i], length) == 0)
            return STATUS_SUCCESS;
    }
    return STATUS_OBJECT_PATH_NOT_FOUND;
}

NTSTATUS WdfDeviceCreateSymbolicLink(WDFDEVICE Device, PCUNICODE_STRING SymbolicLinkName)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(SymbolicLinkName);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.19");
    NTSTATUS status = verifier_unicode_string(SymbolicLinkName, __func__);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S3.19");
    if (SymbolicLinkName->Length == 0 || has_link(device))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.19");
    if (device->init.kind == DEVICE_CONTROL && device->init.texts.name == NULL)
        return API_RESULT(STATUS_INVALID_DEVICE_STATE, "S3.19");
    char *name = utf8_duplicate(SymbolicLinkName);
    if (name == NULL)
        return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "S3.19");
    const char *separator = strrchr(name, '\\');
    const char *last = separator != NULL ? separator + 1 : name;

    char path[DEVICE_NAME_PATH_SIZE];
    int length = snprintf(path, sizeof(path), "by-name/%s", last);
    status = STATUS_OBJECT_NAME_INVALID;
    if (*last != '\0' && is_plain(last) && (size_t)length < sizeof(path))
        status = check_link_folder(name, last);
    if (NT_SUCCESS(status))
        status = add_link(device, path);
    free(name);
    return API_RESULT(status, "S3.19");
}
