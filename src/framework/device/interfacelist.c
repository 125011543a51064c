/* Present device interfaces. See interfacelist.h. */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/device/interfacelist.h"

#include <stdlib.h>
#include <string.h>

#include <cfgmgr32.h>

#include "framework/device/device.h"
#include "framework/device/name.h"
#include "framework/device/node.h"
#include "framework/device/wdm.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "nt/utf.h"

/* ---- taking ---- */

struct search {
    struct interface_list *list;
    const GUID *class;
    bool with_inactive;
    PDEVICE_OBJECT physical;
};

static struct interface_name *name_from_entry(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct interface_name, entry);
}

static void note_name(void *context, const char *text)
{
    struct search *search = context;
    struct interface_name *name = malloc(sizeof(*name));
    if (name != NULL && unicode_string_from_utf8(&name->name, text)) {
        InsertTailList(&search->list->names, &name->entry);
        return;
    }
    free(name);
    search->list->is_out_of_memory = true;
}

static void look_at_device(struct wdf_device *device, void *context)
{
    struct search *search = context;
    if (search->physical == NULL ||
        WdfDeviceWdmGetPhysicalDevice(device_handle(device)) == search->physical)
        device_for_each_interface(device, search->class, search->with_inactive, note_name, search);
}

void interface_list_take(struct interface_list *list, const GUID *class, bool with_inactive,
                         PDEVICE_OBJECT physical)
{
    struct search search = {list, class, with_inactive, physical};
    InitializeListHead(&list->names);
    list->is_out_of_memory = false;
    node_for_each_device(NODE_WALK_PRESENT, look_at_device, &search);
}

struct interface_name *interface_list_remove_first(struct interface_list *list)
{
    return IsListEmpty(&list->names) ? NULL : name_from_entry(RemoveHeadList(&list->names));
}

void interface_name_free(struct interface_name *name)
{
    free(name->name.Buffer);
    free(name);
}

static void free_names(struct interface_list *list)
{
    struct interface_name *name;
    while ((name = interface_list_remove_first(list)) != NULL)
        interface_name_free(name);
}

/* ---- as one text ---- */

/* UTF-16 units of all names, each with a zero, and of the last zero. */
static size_t units_of(struct interface_list *list)
{
    size_t units = 1;
    for (LIST_ENTRY *entry = list->names.Flink; entry != &list->names; entry = entry->Flink)
        units += name_from_entry(entry)->name.Length / sizeof(WCHAR) + 1;
    return units;
}

static void write_names(struct interface_list *list, PWSTR text)
{
    for (LIST_ENTRY *entry = list->names.Flink; entry != &list->names; entry = entry->Flink) {
        const UNICODE_STRING *name = &name_from_entry(entry)->name;
        memcpy(text, name->Buffer, name->Length);
        text += name->Length / sizeof(WCHAR);
        *text++ = 0;
    }
    *text = 0;
}

NTSTATUS IoGetDeviceInterfaces(const GUID *InterfaceClassGuid, PDEVICE_OBJECT PhysicalDeviceObject,
                               ULONG Flags, PWSTR *SymbolicLinkList)
{
    REQUIRE_PARAMETER(InterfaceClassGuid);
    REQUIRE_PARAMETER(SymbolicLinkList);
    *SymbolicLinkList = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "wdm.h");
    if (PhysicalDeviceObject != NULL)
        (void)wdm_device_of(PhysicalDeviceObject); /* a bug check, if it is none */
    struct interface_list names;
    interface_list_take(&names, InterfaceClassGuid,
                        (Flags & DEVICE_INTERFACE_INCLUDE_NONACTIVE) != 0, PhysicalDeviceObject);
    PWSTR list = names.is_out_of_memory
                     ? NULL
                     : ExAllocatePoolWithTag(PagedPool, units_of(&names) * sizeof(WCHAR), 'fIpP');
    if (list != NULL)
        write_names(&names, list);
    free_names(&names);
    *SymbolicLinkList = list;
    return API_RESULT(list != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES, "wdm.h");
}

static CONFIGRET list_interfaces(const GUID *class, const WCHAR *device, ULONG flags, PWCHAR buffer,
                                 ULONG capacity, ULONG *units)
{
    if (class == NULL)
        return CR_INVALID_POINTER;
    if (device != NULL && device[0] != 0)
        return CR_INVALID_DATA;
    struct interface_list names;
    interface_list_take(&names, class, flags == CM_GET_DEVICE_INTERFACE_LIST_ALL_DEVICES, NULL);
    *units = (ULONG)units_of(&names);
    CONFIGRET result = names.is_out_of_memory ? CR_OUT_OF_MEMORY : CR_SUCCESS;
    if (result == CR_SUCCESS && buffer != NULL && *units > capacity)
        result = CR_BUFFER_SMALL;
    if (result == CR_SUCCESS && buffer != NULL)
        write_names(&names, buffer);
    free_names(&names);
    return result;
}

CONFIGRET CM_Get_Device_Interface_List_SizeW(ULONG *pulLen, GUID *InterfaceClassGuid,
                                             DEVINSTID_W pDeviceID, ULONG ulFlags)
{
    if (pulLen == NULL)
        return CR_INVALID_POINTER;
    return list_interfaces(InterfaceClassGuid, pDeviceID, ulFlags, NULL, 0, pulLen);
}

CONFIGRET CM_Get_Device_Interface_ListW(GUID *InterfaceClassGuid, DEVINSTID_W pDeviceID,
                                        PWCHAR Buffer, ULONG BufferLen, ULONG ulFlags)
{
    ULONG units;
    if (Buffer == NULL)
        return CR_INVALID_POINTER;
    return list_interfaces(InterfaceClassGuid, pDeviceID, ulFlags, Buffer, BufferLen, &units);
}
