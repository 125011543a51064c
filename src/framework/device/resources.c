/*
 * WDFCMRESLIST: the hardware resources of a device, of which there are none here. The lists are
 * objects of their own all the same, inside their device: a driver checks and passes on their
 * handles.
 */
#include "framework/device/resources.h"

#include <wdf.h>

#include "framework/device/device.h"
#include "framework/object/verifier.h"

static const struct object_class resource_list_class = {.name = "WDFCMRESLIST"};

void resources_make(struct wdf_device *device)
{
    if (device->raw_resources.class != NULL)
        return;
    object_init_embedded(&device->raw_resources, &resource_list_class, &device->io.object);
    object_init_embedded(&device->translated_resources, &resource_list_class, &device->io.object);
}

ULONG WdfCmResourceListGetCount(WDFCMRESLIST List)
{
    (void)object_from_handle(List, &resource_list_class, __func__);
    return 0;
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR WdfCmResourceListGetDescriptor(WDFCMRESLIST List, ULONG Index)
{
    (void)object_from_handle(List, &resource_list_class, __func__);
    (void)Index;
    return NULL;
}
