/*
 * Query interfaces (S17.20 to S17.28): drivers ask for interfaces that devices offer (offer.h).
 *
 * A query begins at the top of a stack and goes down, device by device.
 */
#include <string.h>

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/device/opentarget.h"
#include "framework/object/apiresult.h"
#include "framework/object/verifier.h"
#include "framework/target/target.h"

/* A query. */
struct question {
    const GUID *type;
    PINTERFACE answer;
    USHORT size;
    USHORT version;
    PVOID data;
};

/* ---- offering ---- */

/* S17.21 */
static NTSTATUS check_config(const struct wdf_device *device,
                             const WDF_QUERY_INTERFACE_CONFIG *config)
{
    if (device->init.kind == DEVICE_CONTROL)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (config->Size != sizeof(*config))
        return STATUS_INFO_LENGTH_MISMATCH;
    if ((config->SendQueryToParentStack && device->init.kind != DEVICE_PDO) ||
        (config->Interface == NULL && !config->SendQueryToParentStack &&
         !config->ImportInterface) ||
        (config->ImportInterface && config->EvtDeviceProcessQueryInterfaceRequest == NULL) ||
        (config->Interface != NULL && config->Interface->Size < sizeof(INTERFACE)) ||
        config->InterfaceType == NULL)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

NTSTATUS WdfDeviceAddQueryInterface(WDFDEVICE Device, PWDF_QUERY_INTERFACE_CONFIG InterfaceConfig)
{
    struct wdf_device *device = device_from_handle(Device);
    REQUIRE_PARAMETER(InterfaceConfig);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S17.21");
    NTSTATUS status = check_config(device, InterfaceConfig);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S17.21");
    struct offer *offer = offer_create(InterfaceConfig);
    if (offer == NULL)
        return API_RESULT(STATUS_INSUFFICIENT_RESOURCES, "S17.21");
    offers_add(&device->offers, offer);
    return STATUS_SUCCESS;
}

/* ---- asking ---- */

/* A newer version than the provider's and a larger size than it needs are accepted (S17.24). */
static bool has_room(const struct offer *offer, const struct question *question)
{
    return offer->table == NULL ||
           (offer->table->Size <= question->size && offer->table->Version <= question->version);
}

/* S17.23, steps 3 and 4. */
static NTSTATUS fill_in(struct wdf_device *device, const struct offer *offer,
                        const struct question *question)
{
    if (!offer->is_import && offer->table != NULL)
        memcpy(question->answer, offer->table, offer->table->Size);
    if (offer->evt_process == NULL)
        return STATUS_SUCCESS;
    GUID type = offer->type;
    struct callback callback;
    callback_enter(&callback, "EvtDeviceProcessQueryInterfaceRequest", device);
    NTSTATUS status =
        offer->evt_process(device_handle(device), &type, question->answer, question->data);
    callback_leave(&callback);
    return status;
}

static NTSTATUS ask_stack(struct wdf_device *device, const struct question *question);

/*
 * Asks one device. *is_over: no device further down is asked. *status is the answer so far, and
 * stays if the device has none.
 */
static void ask_device(struct wdf_device *device, const struct question *question, NTSTATUS *status,
                       bool *is_over)
{
    bool is_pdo = device->init.kind == DEVICE_PDO;
    const struct offer *offer = offers_find(&device->offers, question->type);
    *is_over = is_pdo;
    if (offer == NULL)
        return;
    if (!has_room(offer, question)) {
        if (is_pdo)
            *status = STATUS_INVALID_BUFFER_SIZE;
        return;
    }
    NTSTATUS said = fill_in(device, offer, question);
    if (!NT_SUCCESS(said) && said != STATUS_NOT_SUPPORTED) {
        *status = said;
        *is_over = true;
        return;
    }
    if (offer->is_parents) {
        said = ask_stack(device->family.parent, question);
        if (said != STATUS_NOT_SUPPORTED)
            *status = said;
        return;
    }
    if (question->answer->InterfaceReference != NULL)
        question->answer->InterfaceReference(question->answer->Context);
    *status = said;
}

/* From the uppermost device of the stack down. */
static NTSTATUS ask_stack(struct wdf_device *device, const struct question *question)
{
    struct wdf_device *top = node_reference_top(device);
    NTSTATUS status = STATUS_NOT_SUPPORTED;
    bool is_over = false;
    for (struct wdf_device *asked = top; asked != NULL && !is_over; asked = asked->init.lower)
        ask_device(asked, question, &status, &is_over);
    object_release(&top->io.object);
    return status;
}

NTSTATUS WdfFdoQueryForInterface(WDFDEVICE Fdo, LPCGUID InterfaceType, PINTERFACE Interface,
                                 USHORT Size, USHORT Version, PVOID InterfaceSpecificData)
{
    struct wdf_device *device = device_from_handle(Fdo);
    REQUIRE_PARAMETER(InterfaceType);
    REQUIRE_PARAMETER(Interface);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S17.26");
    if (device->init.kind != DEVICE_FDO)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S17.26");
    const struct question question = {InterfaceType, Interface, Size, Version,
                                      InterfaceSpecificData};
    return API_RESULT(ask_stack(device, &question), "S17.26");
}

NTSTATUS WdfIoTargetQueryForInterface(WDFIOTARGET IoTarget, LPCGUID InterfaceType,
                                      PINTERFACE Interface, USHORT Size, USHORT Version,
                                      PVOID InterfaceSpecificData)
{
    struct wdf_target *target = target_from_handle(IoTarget);
    REQUIRE_PARAMETER(InterfaceType);
    REQUIRE_PARAMETER(Interface);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S17.27");
    struct wdf_device *device = target_is_open(target) ? target_reference_device(target) : NULL;
    if (device == NULL)
        return API_RESULT(
            target_is_open(target) ? STATUS_NOT_SUPPORTED : STATUS_INVALID_DEVICE_STATE, "S17.27");
    const struct question question = {InterfaceType, Interface, Size, Version,
                                      InterfaceSpecificData};
    NTSTATUS status = ask_stack(device, &question);
    object_release(&device->io.object);
    return API_RESULT(status, "S17.27");
}
