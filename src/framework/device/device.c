/* WDFDEVICE: creation, start, removal (S3, S11). */
/* Functions of the user-mode framework, too: <wdftypes.h>. */
#define WDFUSE_BOTH_FRAMEWORKS
#include "framework/device/device.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/attributes.h"
#include "framework/device/childlist.h"
#include "framework/device/eject.h"
#include "framework/device/name.h"
#include "framework/device/pdo.h"
#include "framework/device/pnp.h"
#include "framework/device/policy.h"
#include "framework/device/policyother.h"
#include "framework/device/power.h"
#include "framework/device/wdm.h"
#include "framework/device/statewatch.h"
#include "framework/object/verifier.h"
#include "framework/target/target.h"
#include "nt/sddl.h"
#include "port/log.h"

/* ---- state ---- */

static enum io_gate gate_locked(const struct wdf_device *device) REQUIRES(io_lock)
{
    switch (device->state) {
    case DEVICE_REMOVING:
        return IO_GATE_REMOVING;
    case DEVICE_EMPTYING:
        return IO_GATE_EMPTYING;
    case DEVICE_REMOVED:
        return IO_GATE_REMOVED;
    default:
        break;
    }
    bool is_there = device->init.kind == DEVICE_FDO || device->state >= DEVICE_STARTED; /* S3.28 */
    return is_there && !device->is_deleted ? IO_GATE_OPEN : IO_GATE_SHUT;
}

void device_set_state_locked(struct wdf_device *device, enum device_state state)
{
    device->state = state;
    device->io.routes_are_fixed = state != DEVICE_CREATED; /* S3.16 */
    device->io.gate = gate_locked(device);
    io_changed_locked(&device->io);
}

/* ---- deletion ---- */

static void device_free(struct wdf_object *object)
{
    struct wdf_device *device = CONTAINING_RECORD(object, struct wdf_device, io.object);
    device_names_free(device);
    port_mutex_destroy(&device->names_lock);
    offers_free(&device->offers);
    idle_finish(device);
    resources_finish(device);
    wmi_handler_finish(&device->wmi);
    relations_free(&device->relations);
    device_texts_free(&device->init.texts);
    wdm_drop_bus_device(device->init.bus_device);
    if (device->init.child.list != NULL)
        object_release(&device->init.child.list->object);
    state_watches_free(device->init.watches);
    turn_destroy(&device->turn);
    io_device_finish(&device->io);
    free(device);
}

static void device_dispose(struct wdf_object *object)
{
    struct wdf_device *device = CONTAINING_RECORD(object, struct wdf_device, io.object);
    device_names_disable(device); /* S3.20 */
    node_withdraw(device);
    node_forget(device);
    history_name_object(object, NULL);
}

static bool device_delete_by_driver(struct wdf_object *object)
{
    struct wdf_device *device = CONTAINING_RECORD(object, struct wdf_device, io.object);
    if (device->init.kind == DEVICE_FDO)
        return false;
    if (device->init.kind == DEVICE_PDO)
        return family_delete_by_driver(device);
    device_delete_when_closed(device);
    return true;
}

static const struct constraints *device_constraints(struct wdf_object *object)
{
    return &CONTAINING_RECORD(object, struct io_device, object)->constraints;
}

const struct object_class device_class = {
    .name = "WDFDEVICE",
    .base = &object_device_class,
    .dispose = device_dispose,
    .free = device_free,
    .delete_by_driver = device_delete_by_driver,
    .constraints = device_constraints,
    .disposes_at_passive = true,
};

static void delete_lowest_abandoned(struct wdf_device *device)
{
    struct wdf_device *child = device->init.lower;
    pnp_clean_up(device);
    object_delete(&device->io.object);
    object_release(&child->io.object);
}

/* With a reference of the caller. A control device may be under removal by the host at the same
 * time: it has no PnP to be cleaned up. */
static void delete_closed(struct wdf_device *device)
{
    struct wdf_device *lower = device->init.lower;
    if (device->is_abandoned && !lower->is_abandoned) {
        delete_lowest_abandoned(device);
        return;
    }
    bool is_child = family_is_gone(device); /* and had been reported */
    if (is_child || device->init.kind == DEVICE_FDO)
        pnp_clean_up(device);
    if (lower != NULL) {
        object_reference(&lower->io.object);
        node_cover(lower, NULL); /* no turn comes to a child that is gone */
    }
    if (is_child)
        child_list_forget_pdo(device);
    object_delete(&device->io.object);
    if (is_child)
        family_child_deleted(device->family.parent);
    if (lower == NULL)
        return;
    device_delete_when_closed(lower);
    object_release(&lower->io.object);
}

static void delete_after_last_close(struct work *work)
{
    struct wdf_device *device = CONTAINING_RECORD(work, struct wdf_device, deletion);
    delete_closed(device);
    object_release(&device->io.object);
}

static bool is_used_locked(const struct wdf_device *device) REQUIRES(io_lock)
{
    return device->io.open_count > 0 || device->family.undeleted > 0;
}

/* With a reference for the caller, if it is the first one. */
static bool claim_deletion(struct wdf_device *device, bool *is_open)
{
    IO_LOCK_SCOPE(device->io.domain);
    if (device->is_deleted)
        return false;
    device->is_deleted = true;
    object_reference(&device->io.object); /* now the last close, elsewhere, may free it */
    *is_open = is_used_locked(device);
    device->is_ending = !*is_open;
    device->io.gate = gate_locked(device);
    return true;
}

void device_delete_when_closed(struct wdf_device *device)
{
    bool is_open;
    if (!claim_deletion(device, &is_open))
        return;
    device_names_disable(device);
    node_withdraw(device);
    if (!is_open)
        delete_closed(device);
    object_release(&device->io.object);
}

void device_delete_abandoned(struct wdf_device *uppermost, struct wdf_device *child)
{
    object_reference(&child->io.object); /* requests of open files may lead there */
    node_cover(child, NULL);
    for (struct wdf_device *device = uppermost; device != child; device = device->init.lower)
        device->is_abandoned = true;
    device_delete_when_closed(uppermost);
}

void device_delete_if_unused_locked(struct wdf_device *device)
{
    if (!device->is_deleted || device->is_ending || is_used_locked(device))
        return; /* a refused open is counted, too */
    device->is_ending = true;
    /* By a worker: this thread may be handling a request or a file of the device. */
    object_reference(&device->io.object);
    work_submit(&device->deletion);
}

static void delete_when_all_closed_locked(struct io_device *io) REQUIRES(io_lock)
{
    device_delete_if_unused_locked(CONTAINING_RECORD(io, struct wdf_device, io));
}

/* ---- creation ---- */

static void resolve_constraints(struct wdf_device *device, const WDF_OBJECT_ATTRIBUTES *attributes)
{
    device->io.constraints = *constraints_of(device->init.driver->object);
    constraints_override(&device->io.constraints, attributes);
    callback_lock_init(&device->io.lock,
                       io_device_raises_irql(&device->io, device->io.constraints.level));
    device->io.constraints.presentation_lock = &device->io.lock;
}

/* S2.14: file callbacks may block, so that only a lock of a passive device can be around them. */
static NTSTATUS resolve_file_constraints(struct wdf_device *device)
{
    struct constraints *constraints = &device->io.file_constraints;
    *constraints =
        (struct constraints){WdfExecutionLevelPassive, WdfSynchronizationScopeNone, NULL};
    if (!device->io.settings.has_file_attributes)
        return STATUS_SUCCESS;

    constraints->scope = device->io.settings.file_attributes.SynchronizationScope;
    if (constraints->scope == WdfSynchronizationScopeInheritFromParent)
        constraints->scope = device->io.constraints.scope;
    if (constraints->scope == WdfSynchronizationScopeNone)
        return STATUS_SUCCESS;
    if (constraints->scope != WdfSynchronizationScopeDevice ||
        device->io.constraints.level != WdfExecutionLevelPassive)
        return STATUS_INVALID_DEVICE_REQUEST;
    constraints->presentation_lock = &device->io.lock;
    return STATUS_SUCCESS;
}

/* S3.10: the function device of a stack owns its power policy, and so does a raw child. */
static bool owns_policy(const struct WDFDEVICE_INIT *init)
{
    if (init->kind == DEVICE_CONTROL)
        return false;
    if (init->owns_policy != WdfUseDefault)
        return init->owns_policy == WdfTrue;
    return !init->io.is_filter;
}

static void init_power(struct wdf_device *device)
{
    device->is_policy_owner = owns_policy(&device->init);
    device->power_state = WdfPowerDeviceD3Final;
    machine_init(&device->machines[MACHINE_PNP], &pnp_table, WdfDevStatePnpObjectCreated);
    machine_init(&device->machines[MACHINE_POWER], &power_table, WdfDevStatePowerObjectCreated);
    machine_init(&device->machines[MACHINE_POLICY],
                 device->is_policy_owner ? &policy_owner_table : &policy_other_table,
                 WdfDevStatePwrPolObjectCreated);
    device->system_state = PowerSystemWorking;
    device->reference_parent = policy_reference_parent;
    device->dereference_parent = policy_dereference_parent;
    idle_init(device);
}

static struct wdf_device *allocate_device(const struct WDFDEVICE_INIT *init,
                                          const WDF_OBJECT_ATTRIBUTES *attributes)
{
    struct wdf_device *device = object_allocate(sizeof(*device), &device_class, attributes);
    if (device == NULL)
        return NULL;
    /* A copy: until nothing can fail any more, the init and its texts stay the driver's, which may
     * try again. */
    device->init = *init;
    (void)wdm_share_bus_device(init->bus_device);
    if (init->child.list != NULL)
        object_reference(&init->child.list->object);
    device->io.object.driver = init->driver;
    device->io.works = driver_works(init->driver);
    device->io.is_umdf = driver_is_umdf(init->driver);
    struct wdf_device *parent = init->child.parent;
    io_device_init(&device->io, &init->io, parent != NULL ? &parent->io : NULL);
    device->io.all_closed_locked = delete_when_all_closed_locked;
    family_init(&device->family, parent);
    turn_init(&device->turn, device->io.works);
    device->io.power_references_changed_locked = idle_references_changed_locked;
    init_power(device);
    offers_init(&device->offers);
    relations_init(&device->relations);
    wmi_handler_init(&device->wmi, &device->io);
    if (init->kind != DEVICE_CONTROL)
        device->io.wmi = &device->wmi;
    port_mutex_init(&device->names_lock);
    port_lock_is_not_needed(names_lock); /* nobody knows the device yet */
    InitializeListHead(&device->names);
    work_init(&device->deletion, delete_after_last_close, device->io.works);
    work_init(&device->family.ejection, child_eject_later, device->io.works);
    WDF_DEVICE_STATE_INIT(&device->reported_state);
    WDF_DEVICE_PNP_CAPABILITIES_INIT(&device->pnp_capabilities);
    resolve_constraints(device, attributes);
    return device;
}

/* S3.13, S3.14: who may open it, and by what name. */
static NTSTATUS resolve_name(struct WDFDEVICE_INIT *init)
{
    bool is_named =
        init->texts.name != NULL || (init->characteristics & FILE_AUTOGENERATED_DEVICE_NAME) != 0;
    if ((init->texts.sddl != NULL || init->has_class) && !is_named)
        return STATUS_INVALID_SECURITY_DESCR;
    if (init->texts.sddl != NULL && !sddl_to_mode(init->texts.sddl, &init->node_mode)) {
        log_error("driver %s: '%s' is no security descriptor", driver_name(init->driver),
                  init->texts.sddl);
        return STATUS_INVALID_SECURITY_DESCR;
    }
    if (init->kind == DEVICE_FDO)
        return STATUS_SUCCESS; /* its node is named from outside */
    free(init->texts.node);    /* of an attempt before */
    init->texts.node = NULL;
    if (init->kind == DEVICE_PDO && !is_named)
        return STATUS_OBJECT_NAME_INVALID;
    if (init->texts.name != NULL)
        return node_name_of(init->driver, init->texts.name, &init->texts.node);
    return init->kind == DEVICE_PDO ? pdo_make_node_name(init) : STATUS_SUCCESS;
}

/* How reads and writes travel: S8.2, and what the driver asks for. */
static void resolve_methods(struct io_device *device)
{
    device->read_method = device->write_method = METHOD_BUFFERED;
    if (device->is_umdf)
        return;
    if (device->settings.transfer_type == WdfDeviceIoDirect) {
        device->read_method = METHOD_OUT_DIRECT;
        device->write_method = METHOD_IN_DIRECT;
    } else if (device->settings.transfer_type == WdfDeviceIoNeither) {
        device->read_method = device->write_method = METHOD_NEITHER;
    }
}

/* S4.6, S17.6: the type of device follows from its place in the stack. */
static void resolve_place(struct WDFDEVICE_INIT *init)
{
    init->io.forwards_closes = init->kind != DEVICE_CONTROL &&
                               (init->forwards_closes == WdfTrue ||
                                (init->forwards_closes == WdfUseDefault && init->io.is_filter));
    if (!init->io.is_filter || init->lower == NULL)
        return;
    init->device_type = init->lower->init.device_type;
    init->characteristics = init->lower->init.characteristics;
    init->io.transfer_type = init->lower->io.settings.transfer_type;
    if (init->lower->io.settings.has_native_controls)
        init->io.has_native_controls = true;
}

/* The device is not made after all: what it has copied of the init stays the init's. */
static void leave_to_init(struct wdf_device *device)
{
    memset(&device->init.texts, 0, sizeof(device->init.texts));
    device->init.watches = NULL;
}

/* S16.7 */
static NTSTATUS create_default_list(struct wdf_device *device, const struct WDFDEVICE_INIT *init)
{
    return child_list_create(device, &init->child_list,
                             init->child_list_attributes.Size != 0 ? &init->child_list_attributes
                                                                   : NULL,
                             &device->family.default_list);
}

/* "toaster", or the name of its driver. */
static void name_in_history(const struct wdf_device *device)
{
    const char *node = device->init.texts.node;
    history_name_object(&device->io.object, node != NULL ? node : driver_name(device->init.driver));
}

static NTSTATUS create_device(struct WDFDEVICE_INIT *init, const WDF_OBJECT_ATTRIBUTES *attributes,
                              struct wdf_device **result)
{
    NTSTATUS status = resolve_name(init);
    if (!NT_SUCCESS(status))
        return status;
    resolve_place(init);
    struct wdf_device *device = allocate_device(init, attributes);
    if (device == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    port_lock_is_not_needed(io_lock); /* nobody knows the device yet */
    device->io.gate = gate_locked(device);
    resolve_methods(&device->io);
    if (init->kind == DEVICE_CONTROL)
        device->init.pnp = (WDF_PNPPOWER_EVENT_CALLBACKS){0}; /* S3.27 */

    status = resolve_file_constraints(device);
    if (NT_SUCCESS(status) && init->lower != NULL)
        status = io_device_attach(&device->io, &init->lower->io);
    if (NT_SUCCESS(status))
        status = object_attach(&device->io.object, init->driver->object);
    if (!NT_SUCCESS(status)) {
        leave_to_init(device);
        object_discard(&device->io.object);
        return status;
    }
    status = node_claim(device);
    if (NT_SUCCESS(status) && init->kind == DEVICE_FDO)
        status = target_create_default(&device->io); /* S10.1 */
    if (NT_SUCCESS(status) && init->child_list.Size != 0)
        status = create_default_list(device, init);
    if (NT_SUCCESS(status))
        status = io_device_prepare(&device->io);
    if (!NT_SUCCESS(status)) {
        node_forget(device);
        leave_to_init(device);
        object_clear_callbacks(&device->io.object); /* S1.32 */
        object_delete(&device->io.object);
        return status;
    }
    memset(&init->texts, 0, sizeof(init->texts)); /* they are the device's now */
    init->watches = NULL;
    name_in_history(device);
    node_show(device);
    if (init->kind != DEVICE_CONTROL)
        pnp_add(device);
    *result = device;
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceCreate(PWDFDEVICE_INIT *DeviceInit, PWDF_OBJECT_ATTRIBUTES DeviceAttributes,
                         WDFDEVICE *Device)
{
    REQUIRE_PARAMETER(DeviceInit);
    REQUIRE_PARAMETER(*DeviceInit);
    REQUIRE_PARAMETER(Device);
    *Device = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S3.13");
    NTSTATUS status = attributes_validate(DeviceAttributes, ATTRIBUTES_PARENT_FORBIDDEN |
                                                                ATTRIBUTES_LEVEL_ALLOWED |
                                                                ATTRIBUTES_SCOPE_ALLOWED);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S3.13");
    struct WDFDEVICE_INIT *init = *DeviceInit;
    if (init->is_used)
        return API_RESULT(STATUS_INVALID_DEVICE_STATE, "S3.13");

    struct wdf_device *device = NULL;
    status = create_device(init, DeviceAttributes, &device);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S3.13");
    if (device_init_is_drivers(init)) {
        device_init_free(init);
    } else {
        init->is_used = true;
        init->device = device;
    }
    *DeviceInit = NULL; /* S3.8 */
    *Device = device_handle(device);
    return STATUS_SUCCESS;
}

void device_delete(struct wdf_device *device)
{
    for (struct wdf_device *lower; device != NULL; device = lower) {
        lower = device->init.lower;
        device_delete_alone(device);
    }
}

/* From now on the device below is the uppermost. */
static void uncover(struct wdf_device *device)
{
    struct wdf_device *lower = device->init.lower;
    if (lower == NULL)
        return;
    bool is_entered = turn_join(lower);
    node_cover(lower, NULL);
    turn_quit(lower, is_entered);
}

void device_delete_alone(struct wdf_device *device)
{
    io_device_await_closed(&device->io);
    family_wait_for_children(device);
    pnp_clean_up(device);
    uncover(device);
    object_delete(&device->io.object);
}

/* ---- asking ---- */

struct driver *device_driver(const struct wdf_device *device)
{
    return device->init.driver;
}

struct io_device *device_io(struct wdf_device *device)
{
    return &device->io;
}

bool device_is_control(const struct wdf_device *device)
{
    return device->init.kind == DEVICE_CONTROL;
}

WDFDRIVER WdfDeviceGetDriver(WDFDEVICE Device)
{
    return (WDFDRIVER)device_from_handle(Device)->init.driver->object;
}

VOID WdfDeviceGetDeviceStackIoType(WDFDEVICE Device, WDF_DEVICE_IO_TYPE *ReadWriteIoType,
                                   WDF_DEVICE_IO_TYPE *IoControlIoType)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(ReadWriteIoType);
    REQUIRE_PARAMETER(IoControlIoType);
    *ReadWriteIoType = device->io.settings.transfer_type;
    *IoControlIoType = device->io.settings.control_type;
}

ULONG WdfDeviceGetCharacteristics(WDFDEVICE Device)
{
    return device_from_handle(Device)->init.characteristics;
}

VOID WdfDeviceSetCharacteristics(WDFDEVICE Device, ULONG DeviceCharacteristics)
{
    device_from_handle(Device)->init.characteristics =
        DeviceCharacteristics | FILE_DEVICE_SECURE_OPEN; /* S17.7 */
}
