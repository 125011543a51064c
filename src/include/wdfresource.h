/*
 * The hardware resources of a device (S11.5). A device that is no child has none here: the lists
 * that EvtDevicePrepareHardware is given are valid and empty. A child has what its bus driver has
 * said in EvtDeviceResourcesQuery (<wdfpdo.h>).
 */
#ifndef WDFRESOURCE_H
#define WDFRESOURCE_H

#include <wdftypes.h>

WDF_EXTERN_C_START

/* Where a descriptor is put into a list: after the others. */
#define WDF_INSERT_AT_END ((ULONG)-1)

/* WdfCmResourceListGetCount: how many descriptors the list has. IRQL <= DISPATCH_LEVEL. */
ULONG WdfCmResourceListGetCount(WDFCMRESLIST List);

/*
 * WdfCmResourceListGetDescriptor: a copy of the descriptor at that place, which is the list's;
 * NULL: beyond the end. IRQL <= DISPATCH_LEVEL.
 */
PCM_PARTIAL_RESOURCE_DESCRIPTOR WdfCmResourceListGetDescriptor(WDFCMRESLIST List, ULONG Index);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfCmResourceListInsertDescriptor, WdfCmResourceListAppendDescriptor: put a copy of the
 * descriptor into the list, before the one at that place, or behind all. In EvtDeviceResourcesQuery
 * alone. IRQL <= DISPATCH_LEVEL. Return STATUS_SUCCESS; STATUS_ARRAY_BOUNDS_EXCEEDED: there is no
 * such place; STATUS_ACCESS_DENIED, with a break: in another callback;
 * STATUS_INSUFFICIENT_RESOURCES (all S16.52). (WDF documentation.)
 */
NTSTATUS WdfCmResourceListInsertDescriptor(WDFCMRESLIST List,
                                           PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor, ULONG Index);
NTSTATUS WdfCmResourceListAppendDescriptor(WDFCMRESLIST List,
                                           PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor);

/*
 * WdfCmResourceListRemove, WdfCmResourceListRemoveByDescriptor: take a descriptor out: that at a
 * place, which there has to be, or the first with that value, if there is one. In
 * EvtDeviceResourcesQuery alone: elsewhere a break, and ignored (S16.52). IRQL <= DISPATCH_LEVEL.
 */
VOID WdfCmResourceListRemove(WDFCMRESLIST List, ULONG Index);
VOID WdfCmResourceListRemoveByDescriptor(WDFCMRESLIST List,
                                         PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor);
#endif

WDF_EXTERN_C_END

#endif
