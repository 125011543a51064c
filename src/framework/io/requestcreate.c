/* Requests that the driver makes: their memory. See requestcreate.h. */
#include "framework/io/requestcreate.h"

#include <stdlib.h>

#include <wdf.h>

#include "framework/io/request.h"
#include "framework/io/sending.h"
#include "framework/object/creation.h"
#include "framework/object/verifier.h"

static void dispose_created(struct wdf_object *object)
{
    struct wdf_request *request = CONTAINING_RECORD(object, struct wdf_request, object);
    if (request->sending != NULL && request->sending->is_away(request->sending))
        verifier_break("WdfObjectDelete", "S7.58", "WDFREQUEST %p is deleted while it is sent",
                       (void *)object);
}

static void free_created(struct wdf_object *object)
{
    struct wdf_request *request = CONTAINING_RECORD(object, struct wdf_request, object);
    sending_free(request->sending);
    free(request);
}

const struct object_class created_request_class = {
    .name = "WDFREQUEST",
    .dispose = dispose_created,
    .free = free_created,
};

NTSTATUS request_create(const WDF_OBJECT_ATTRIBUTES *attributes, const void *creator,
                        struct wdf_request **result)
{
    struct wdf_object *object;
    NTSTATUS status = creation_allocate_for(sizeof(struct wdf_request), &created_request_class,
                                            attributes, 0, creator, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct wdf_request *request = CONTAINING_RECORD(object, struct wdf_request, object);
    request->io.type = WdfRequestTypeNoFormat;
    status = creation_adopt(object, attributes);
    if (NT_SUCCESS(status))
        *result = request;
    return status;
}
