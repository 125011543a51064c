/* WDFCHILDLIST: what the framework does with it. See childlist.h; its functions are in
 * childlistapi.c. */
#include "framework/device/childlist.h"

#include <stdlib.h>

#include "framework/device/device.h"
#include "framework/device/turn.h"
#include "framework/object/attributes.h"
#include "framework/object/callback.h"
#include "framework/object/verifier.h"
#include "nt/status.h"
#include "port/log.h"

/* ---- the object ---- */

static struct child_list *list_from_object(struct wdf_object *object)
{
    return CONTAINING_RECORD(object, struct child_list, object);
}

static struct child_entry *entry_of_description(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct child_entry, description);
}

static struct child_entry *entry_of_modification(LIST_ENTRY *entry)
{
    return CONTAINING_RECORD(entry, struct child_entry, modification);
}

/* The device and its children are being deleted: no other thread uses the list any more. */
static void dispose(struct wdf_object *object)
{
    struct child_list *list = list_from_object(object);
    child_list_lock(list);
    while (!IsListEmpty(&list->modifications)) {
        struct child_entry *entry = entry_of_modification(RemoveHeadList(&list->modifications));
        bool is_listed = entry->state != CHILD_ENTRY_INSERTED;
        entry->change = CHILD_UNCHANGED;
        if (!is_listed)
            InsertTailList(&list->freed, &entry->modification);
    }
    while (!IsListEmpty(&list->descriptions)) {
        struct child_entry *entry = entry_of_description(RemoveHeadList(&list->descriptions));
        InsertTailList(&list->freed, &entry->modification);
    }
    list->open_count = 0;
    child_list_unlock(list);
    IO_LOCK_SCOPE(list->device->io.domain);
    RemoveEntryList(&list->entry);
    InitializeListHead(&list->entry);
}

static void free_list(struct wdf_object *object)
{
    struct child_list *list = list_from_object(object);
    callback_lock_destroy(&list->lock);
    free(list);
}

const struct object_class child_list_class = {
    .name = "WDFCHILDLIST",
    .dispose = dispose,
    .free = free_list,
    .is_framework_owned = true,
};

NTSTATUS child_list_check(const WDF_CHILD_LIST_CONFIG *config,
                          const WDF_OBJECT_ATTRIBUTES *attributes)
{
    if (config->Size != sizeof(*config))
        return STATUS_INFO_LENGTH_MISMATCH;
    const ULONG limit = MAXULONG - 64;
    if (config->IdentificationDescriptionSize <
            sizeof(WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER) ||
        config->IdentificationDescriptionSize > limit || config->AddressDescriptionSize > limit ||
        (config->AddressDescriptionSize > 0 &&
         config->AddressDescriptionSize < sizeof(WDF_CHILD_ADDRESS_DESCRIPTION_HEADER)) ||
        config->EvtChildListCreateDevice == NULL)
        return STATUS_INVALID_PARAMETER;
    return attributes_validate(attributes, ATTRIBUTES_PARENT_FORBIDDEN);
}

NTSTATUS child_list_create(struct wdf_device *device, const WDF_CHILD_LIST_CONFIG *config,
                           const WDF_OBJECT_ATTRIBUTES *attributes, struct child_list **result)
{
    struct child_list *list = object_allocate(sizeof(*list), &child_list_class, attributes);
    if (list == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    list->device = device;
    list->config = *config;
    callback_lock_init(&list->lock, true);
    InitializeListHead(&list->descriptions);
    InitializeListHead(&list->modifications);
    InitializeListHead(&list->freed);
    InitializeListHead(&list->held);
    io_lock(device->io.domain);
    InsertTailList(&device->family.lists, &list->entry);
    list->is_closed = device->family.is_closed;
    io_unlock(device->io.domain);
    NTSTATUS status = object_attach(&list->object, &device->io.object);
    if (!NT_SUCCESS(status)) {
        io_lock(device->io.domain);
        RemoveEntryList(&list->entry);
        io_unlock(device->io.domain);
        object_discard(&list->object);
        return status;
    }
    *result = list;
    return STATUS_SUCCESS;
}

/* ---- searching (S16.10) ---- */

struct child_entry *child_list_find_change_locked(struct child_list *list,
                                                  PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id)
{
    for (LIST_ENTRY *at = list->modifications.Blink; at != &list->modifications; at = at->Blink) {
        if (child_entry_is(list, entry_of_modification(at), id))
            return entry_of_modification(at);
    }
    return NULL;
}

struct child_entry *child_list_find_locked(struct child_list *list,
                                           PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id)
{
    for (LIST_ENTRY *at = list->descriptions.Blink; at != &list->descriptions; at = at->Blink) {
        struct child_entry *entry = entry_of_description(at);
        if (!entry->is_gone && child_entry_is(list, entry, id))
            return entry;
    }
    return NULL;
}

struct child_entry *child_list_find_pdo_locked(struct child_list *list,
                                               const struct wdf_device *pdo)
{
    for (LIST_ENTRY *at = list->descriptions.Flink; at != &list->descriptions; at = at->Flink) {
        if (entry_of_description(at)->pdo == pdo)
            return entry_of_description(at);
    }
    return NULL;
}

/* ---- modifications ---- */

void child_list_discard_locked(struct child_list *list, struct child_entry *entry)
{
    InsertTailList(&list->freed, &entry->modification);
}

static void change_locked(struct child_list *list, struct child_entry *entry,
                          enum child_change change)
{
    entry->change = change;
    InsertTailList(&list->modifications, &entry->modification);
}

void child_list_insert_locked(struct child_list *list, struct child_entry *entry)
{
    entry->serial = ++list->serials;
    change_locked(list, entry, CHILD_INSERT);
}

void child_list_remove_locked(struct child_list *list, struct child_entry *entry)
{
    change_locked(list, entry, CHILD_REMOVE);
}

static void drop_clone_locked(struct child_list *list, struct child_entry *entry)
{
    if (entry->clone != NULL)
        child_list_discard_locked(list, entry->clone);
    entry->clone = NULL;
}

void child_list_withdraw_locked(struct child_list *list, struct child_entry *entry)
{
    if (entry->change == CHILD_INSERT) {
        RemoveEntryList(&entry->modification);
        entry->change = CHILD_UNCHANGED;
        child_list_discard_locked(list, entry);
    } else if (entry->change == CHILD_CLONE) {
        drop_clone_locked(list, entry);
        entry->change = CHILD_REMOVE;
    }
}

static void describe_locked(struct child_list *list, struct child_entry *entry)
{
    entry->state = CHILD_ENTRY_WANTED;
    InsertTailList(&list->descriptions, &entry->description);
}

/* S16.11. True: the parent is to be looked at. */
static bool apply_change_locked(struct child_list *list, struct child_entry *entry)
{
    enum child_change change = entry->change;
    struct child_entry *clone = entry->clone;
    entry->change = CHILD_UNCHANGED;
    entry->clone = NULL;
    if (change == CHILD_INSERT) {
        describe_locked(list, entry);
        return true;
    }
    if (entry->state == CHILD_ENTRY_WANTED) {
        RemoveEntryList(&entry->description);
        child_list_discard_locked(list, entry);
        return false;
    }
    entry->state = CHILD_ENTRY_LEAVING;
    list->has_leaving = true;
    if (clone != NULL)
        describe_locked(list, clone);
    return true;
}

static bool is_open_locked(const struct child_list *list)
{
    return list->open_count > 0 || list->is_making;
}

static void apply_locked(struct child_list *list)
{
    bool is_news = false;
    while (!IsListEmpty(&list->modifications) && !list->is_closed) {
        LIST_ENTRY *first = RemoveHeadList(&list->modifications);
        is_news |= apply_change_locked(list, entry_of_modification(first));
    }
    if (is_news)
        family_invalidate(list->device);
}

/* Those whose PDOs were removed while an iteration might have been looking at them (S16.40). */
static void sweep_locked(struct child_list *list)
{
    for (LIST_ENTRY *at = list->descriptions.Flink, *next; at != &list->descriptions; at = next) {
        struct child_entry *entry = entry_of_description(at);
        next = at->Flink;
        if (!entry->is_gone)
            continue;
        RemoveEntryList(at);
        child_list_discard_locked(list, entry);
    }
}

/* ---- PDOs that a driver was given ---- */

WDFDEVICE child_list_give_locked(struct child_list *list, struct child_entry *entry)
{
    struct wdf_device *pdo = entry->pdo;
    if (pdo == NULL)
        return NULL;
    if (list->open_count > 0 && IsListEmpty(&pdo->family.held)) {
        object_reference(&pdo->io.object);
        InsertTailList(&list->held, &pdo->family.held);
    }
    return device_handle(pdo);
}

/* NULL: none is held, or another walk has begun. */
static struct wdf_device *take_held_locked(struct child_list *list)
{
    if (list->open_count > 0 || IsListEmpty(&list->held))
        return NULL;
    LIST_ENTRY *first = RemoveHeadList(&list->held);
    InitializeListHead(first);
    return CONTAINING_RECORD(first, struct wdf_device, family.held);
}

/* Without the lock around the release, which may be the end of the PDO. */
static void release_held(struct child_list *list)
{
    struct wdf_device *held;
    do {
        callback_lock_enter(&list->lock, &list->object);
        held = take_held_locked(list);
        callback_lock_leave(&list->lock, &list->object);
        if (held != NULL)
            object_release(&held->io.object);
    } while (held != NULL);
}

/* ---- the lock ---- */

void child_list_lock(struct child_list *list)
{
    callback_lock_enter(&list->lock, &list->object);
}

void child_list_unlock(struct child_list *list)
{
    LIST_ENTRY freed;
    InitializeListHead(&freed);
    if (!is_open_locked(list)) {
        apply_locked(list);
        sweep_locked(list);
    }
    while (list->open_count == 0 && !IsListEmpty(&list->freed))
        InsertTailList(&freed, RemoveHeadList(&list->freed));
    bool releases = list->open_count == 0 && !IsListEmpty(&list->held);
    callback_lock_leave(&list->lock, &list->object);
    if (releases)
        release_held(list);
    while (!IsListEmpty(&freed))
        child_entry_free(list, entry_of_modification(RemoveHeadList(&freed)));
}

/* ---- the lists of a device ---- */

/* NULL: the first. Lists are added while the device exists, never removed. */
static struct child_list *next_list(struct wdf_device *device, struct child_list *previous)
{
    IO_LOCK_SCOPE(device->io.domain);
    LIST_ENTRY *next = previous != NULL ? previous->entry.Flink : device->family.lists.Flink;
    return next != &device->family.lists ? CONTAINING_RECORD(next, struct child_list, entry) : NULL;
}

void child_lists_scan(struct wdf_device *device)
{
    for (struct child_list *list = NULL; (list = next_list(device, list)) != NULL;) {
        if (list->config.EvtChildListScanForChildren == NULL)
            continue;
        struct callback callback;
        callback_begin(&device->callback, &callback, "EvtChildListScanForChildren", device);
        list->config.EvtChildListScanForChildren(child_list_handle(list));
        callback_end(&device->callback);
    }
}

/* A child that its family no longer has is gone. */
static void mark_missing_in_family(struct wdf_device *pdo)
{
    IO_LOCK_SCOPE(pdo->io.domain);
    if (pdo->family.state == CHILD_PENDING || pdo->family.state == CHILD_PRESENT)
        pdo->family.state = CHILD_MISSING;
}

static void mark_missing_locked(struct child_list *list)
{
    if (!list->has_leaving)
        return;
    for (LIST_ENTRY *at = list->descriptions.Flink; at != &list->descriptions; at = at->Flink) {
        struct child_entry *entry = entry_of_description(at);
        if (entry->state != CHILD_ENTRY_LEAVING)
            continue;
        entry->state = CHILD_ENTRY_REPORTED;
        if (entry->pdo != NULL)
            mark_missing_in_family(entry->pdo);
    }
    list->has_leaving = false;
}

void child_lists_mark_missing(struct wdf_device *device)
{
    for (struct child_list *list = NULL; (list = next_list(device, list)) != NULL;) {
        child_list_lock(list);
        mark_missing_locked(list);
        child_list_unlock(list);
    }
}

void child_lists_close(struct wdf_device *device)
{
    for (struct child_list *list = NULL; (list = next_list(device, list)) != NULL;) {
        child_list_lock(list);
        list->is_closed = true;
        child_list_unlock(list);
    }
}

/* ---- making PDOs ---- */

static struct WDFDEVICE_INIT *describe_pdo(struct child_list *list)
{
    struct wdf_device *parent = list->device;
    struct WDFDEVICE_INIT *init = device_init_create(DEVICE_PDO, parent->init.driver);
    if (init == NULL)
        return NULL;
    object_reference(&parent->io.object);
    init->child.parent = parent;
    init->child.list = list;
    init->characteristics |= FILE_AUTOGENERATED_DEVICE_NAME;
    return init;
}

/* Calls EvtChildListCreateDevice: *pdo is the device that it made, the result what it returned
 * (S16.31). */
static NTSTATUS call_create(struct child_list *list, const struct child_entry *entry,
                            struct wdf_device **pdo)
{
    struct wdf_device *parent = list->device;
    struct WDFDEVICE_INIT *init = describe_pdo(list);
    *pdo = NULL;
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct callback callback;
    callback_begin(&parent->callback, &callback, "EvtChildListCreateDevice", parent);
    NTSTATUS status =
        list->config.EvtChildListCreateDevice(child_list_handle(list), entry->id, init);
    callback_end(&parent->callback);
    *pdo = init->device;
    device_init_free(init);
    if (!NT_SUCCESS(status) || *pdo != NULL)
        return status;
    verifier_break("EvtChildListCreateDevice", "S16.31", "it has succeeded, and made no device");
    return STATUS_UNSUCCESSFUL;
}

static void enter_family(struct wdf_device *pdo)
{
    struct wdf_device *parent = pdo->family.parent;
    IO_LOCK_SCOPE(parent->io.domain);
    pdo->family.state = CHILD_PENDING;
    InsertTailList(&parent->family.children, &pdo->family.entry);
    parent->family.undeleted++;
}

static void give_up(struct child_list *list, struct child_entry *entry, NTSTATUS status)
{
    log_error("driver %s: a child of %s is not made: %s", driver_name(list->device->init.driver),
              device_node_name(list->device), nt_status_name(status));
    child_list_lock(list);
    if (entry->change != CHILD_UNCHANGED)
        RemoveEntryList(&entry->modification);
    drop_clone_locked(list, entry);
    RemoveEntryList(&entry->description);
    child_list_discard_locked(list, entry);
    child_list_unlock(list);
}

/* S16.31. The entry stays while PDOs are being made. */
static void make(struct child_list *list, struct child_entry *entry)
{
    struct wdf_device *pdo;
    NTSTATUS status = call_create(list, entry, &pdo);
    if (NT_SUCCESS(status)) {
        child_list_lock(list);
        entry->state = CHILD_ENTRY_PRESENT;
        entry->pdo = pdo;
        child_list_unlock(list);
        enter_family(pdo);
        return;
    }
    if (pdo != NULL)
        device_delete_when_closed(pdo);
    if (status == STATUS_RETRY)
        family_invalidate_later(list->device);
    else
        give_up(list, entry, status);
}

/*
 * Each once: one that is to be tried again waits for the next time. Only the entry itself may leave
 * the list. If another child has left meanwhile, a new one may have its name: the parent is looked
 * at once more in any case.
 */
static void make_all(struct child_list *list)
{
    child_list_lock(list);
    list->is_making = true;
    for (LIST_ENTRY *at = list->descriptions.Flink, *next;
         at != &list->descriptions && !list->is_closed && !list->has_leaving; at = next) {
        struct child_entry *entry = entry_of_description(at);
        next = at->Flink;
        if (entry->state != CHILD_ENTRY_WANTED)
            continue;
        child_list_unlock(list);
        make(list, entry);
        child_list_lock(list);
    }
    list->is_making = false;
    child_list_unlock(list);
}

void child_lists_make(struct wdf_device *device)
{
    for (struct child_list *list = NULL; (list = next_list(device, list)) != NULL;)
        make_all(list);
}

/* ---- PDOs that go ---- */

static void forget_locked(struct child_list *list, struct child_entry *entry)
{
    entry->pdo = NULL;
    entry->state = CHILD_ENTRY_REPORTED;
    if (entry->change != CHILD_UNCHANGED)
        RemoveEntryList(&entry->modification);
    entry->change = CHILD_UNCHANGED;
    drop_clone_locked(list, entry);
    entry->is_gone = true;
}

void child_list_forget_pdo(struct wdf_device *pdo)
{
    struct child_list *list = pdo->init.child.list;
    if (list == NULL)
        return;
    child_list_lock(list);
    struct child_entry *entry = child_list_find_pdo_locked(list, pdo);
    if (entry != NULL)
        forget_locked(list, entry);
    child_list_unlock(list);
}

NTSTATUS child_list_mark_pdo_missing(struct wdf_device *pdo)
{
    struct child_list *list = pdo->init.child.list;
    child_list_lock(list);
    struct child_entry *entry = child_list_find_pdo_locked(list, pdo);
    if (entry != NULL && entry->change != CHILD_UNCHANGED)
        child_list_withdraw_locked(list, entry);
    else if (entry != NULL && child_entry_is_there(entry))
        child_list_remove_locked(list, entry);
    child_list_unlock(list);
    return entry != NULL ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
}

/* ---- once more (S16.41) ---- */

static bool is_allowed_locked(struct child_list *list, const struct child_entry *entry,
                              const struct child_entry *clone)
{
    if (list->config.EvtChildListDeviceReenumerated == NULL)
        return true;
    struct callback callback;
    callback_enter(&callback, "EvtChildListDeviceReenumerated", &list->object);
    BOOLEAN is_allowed = list->config.EvtChildListDeviceReenumerated(
        child_list_handle(list), device_handle(entry->pdo), entry->address, clone->address);
    callback_leave(&callback);
    return is_allowed;
}

static bool clone_locked(struct child_list *list, struct child_entry *entry)
{
    struct restarts restarts = entry->restarts;
    if (!restarts_allow(&restarts)) /* S18.49 */
        return false;
    struct child_entry *clone;
    NTSTATUS status = child_entry_create(list, entry->id, entry->address, &clone);
    if (NT_SUCCESS(status) && is_allowed_locked(list, entry, clone)) {
        clone->serial = ++list->serials;
        clone->restarts = entry->restarts = restarts; /* a refused clone does not count */
        entry->clone = clone;
        change_locked(list, entry, CHILD_CLONE);
        return true;
    }
    if (clone != NULL)
        child_list_discard_locked(list, clone);
    return false;
}

bool child_list_reenumerate(struct wdf_device *pdo)
{
    struct child_list *list = pdo->init.child.list;
    if (list == NULL)
        return false;
    child_list_lock(list);
    struct child_entry *entry = child_list_find_pdo_locked(list, pdo);
    bool is_cloned = entry != NULL && entry->state == CHILD_ENTRY_PRESENT &&
                     entry->change == CHILD_UNCHANGED && !list->is_closed &&
                     clone_locked(list, entry);
    child_list_unlock(list);
    return is_cloned;
}
