/* WDFWORKITEM (S9.17 to S9.21). */
#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/deferred.h"
#include "framework/object/verifier.h"

struct wdf_work_item {
    struct deferred deferred;
    PFN_WDF_WORKITEM evt_work_item;
};

static const struct object_class work_item_class = {
    .name = "WDFWORKITEM",
    .dispose = deferred_dispose,
    .disposes_at_passive = true,
};

static struct deferred *deferred_from_handle(WDFWORKITEM handle, const char *function)
{
    return CONTAINING_RECORD(object_from_handle(handle, &work_item_class, function),
                             struct deferred, object);
}

static void call_driver(struct deferred *deferred)
{
    CONTAINING_RECORD(deferred, struct wdf_work_item, deferred)
        ->evt_work_item((WDFWORKITEM)&deferred->object);
}

NTSTATUS WdfWorkItemCreate(PWDF_WORKITEM_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes,
                           WDFWORKITEM *WorkItem)
{
    REQUIRE_PARAMETER(Config);
    REQUIRE_PARAMETER(WorkItem);
    *WorkItem = NULL;
    if (Config->Size != sizeof(*Config))
        return API_RESULT(STATUS_INFO_LENGTH_MISMATCH, "S9.17");
    if (Config->EvtWorkItemFunc == NULL)
        return API_RESULT(STATUS_INVALID_PARAMETER, "S9.17");

    struct deferred *deferred;
    NTSTATUS status = deferred_create(sizeof(struct wdf_work_item), &work_item_class, Attributes,
                                      true, Config->AutomaticSerialization, &deferred);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S9.17");
    deferred->callback = call_driver;
    CONTAINING_RECORD(deferred, struct wdf_work_item, deferred)->evt_work_item =
        Config->EvtWorkItemFunc;
    *WorkItem = (WDFWORKITEM)&deferred->object;
    return STATUS_SUCCESS;
}

VOID WdfWorkItemEnqueue(WDFWORKITEM WorkItem)
{
    deferred_enqueue(deferred_from_handle(WorkItem, __func__), __func__);
}

WDFOBJECT WdfWorkItemGetParentObject(WDFWORKITEM WorkItem)
{
    return deferred_from_handle(WorkItem, __func__)->parent;
}

VOID WdfWorkItemFlush(WDFWORKITEM WorkItem)
{
    struct deferred *deferred = deferred_from_handle(WorkItem, __func__);
    if (verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        deferred_flush(deferred, __func__, "S9.19");
}
