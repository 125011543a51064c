/* WDFDPC (S9.15, S9.16). */
#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/deferred.h"
#include "framework/object/verifier.h"

struct wdf_dpc {
    struct deferred deferred;
    PFN_WDF_DPC evt_dpc;
};

static const struct object_class dpc_class = {
    .name = "WDFDPC",
    .dispose = deferred_dispose,
    .disposes_at_passive = true,
};

static struct deferred *deferred_from_handle(WDFDPC handle, const char *function)
{
    return CONTAINING_RECORD(object_from_handle(handle, &dpc_class, function), struct deferred,
                             object);
}

static void call_driver(struct deferred *deferred)
{
    CONTAINING_RECORD(deferred, struct wdf_dpc, deferred)->evt_dpc((WDFDPC)&deferred->object);
}

NTSTATUS WdfDpcCreate(PWDF_DPC_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes, WDFDPC *Dpc)
{
    REQUIRE_PARAMETER(Config);
    REQUIRE_PARAMETER(Dpc);
    *Dpc = NULL;
    if (Config->Size != sizeof(*Config))
        return API_RESULT(STATUS_INFO_LENGTH_MISMATCH, "S9.15");

    struct deferred *deferred;
    NTSTATUS status = deferred_create(sizeof(struct wdf_dpc), &dpc_class, Attributes, false,
                                      Config->AutomaticSerialization, &deferred);
    if (!NT_SUCCESS(status))
        return API_RESULT(status, "S9.15");
    deferred->callback = call_driver;
    CONTAINING_RECORD(deferred, struct wdf_dpc, deferred)->evt_dpc = Config->EvtDpcFunc;
    *Dpc = (WDFDPC)&deferred->object;
    return STATUS_SUCCESS;
}

BOOLEAN WdfDpcEnqueue(WDFDPC Dpc)
{
    return deferred_enqueue(deferred_from_handle(Dpc, __func__), __func__);
}

BOOLEAN WdfDpcCancel(WDFDPC Dpc, BOOLEAN Wait)
{
    struct deferred *deferred = deferred_from_handle(Dpc, __func__);
    if (Wait && !verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return FALSE;
    bool is_cancelled = deferred_cancel(deferred);
    if (Wait)
        deferred_flush(deferred, __func__, "S9.16");
    return is_cancelled;
}

WDFOBJECT WdfDpcGetParentObject(WDFDPC Dpc)
{
    return deferred_from_handle(Dpc, __func__)->parent;
}
