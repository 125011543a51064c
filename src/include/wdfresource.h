/*
 * The hardware resources of a device (S11.5): what it gets (WDFCMRESLIST), and what it could do
 * with (WDFIORESREQLIST). A child has what its bus driver has said in EvtDeviceResourcesQuery, or
 * what is chosen of its requirements (<wdfpdo.h>). A device that is no child has none, unless its
 * drivers require some (<wdffdo.h>): the lists that EvtDevicePrepareHardware is given are valid
 * and empty.
 */
#ifndef WDFRESOURCE_H
#define WDFRESOURCE_H

#include <wdfobject.h>
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
 * and EvtDeviceRemoveAddedResources alone. IRQL <= DISPATCH_LEVEL. Return STATUS_SUCCESS;
 * STATUS_ARRAY_BOUNDS_EXCEEDED: there is no such place; STATUS_ACCESS_DENIED, with a break: in
 * another callback; STATUS_INSUFFICIENT_RESOURCES (all S16.52). (WDF documentation.)
 */
NTSTATUS WdfCmResourceListInsertDescriptor(WDFCMRESLIST List,
                                           PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor, ULONG Index);
NTSTATUS WdfCmResourceListAppendDescriptor(WDFCMRESLIST List,
                                           PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor);

/*
 * WdfCmResourceListRemove, WdfCmResourceListRemoveByDescriptor: take a descriptor out: that at a
 * place, which there has to be, or the first with that value, if there is one. Where the others may
 * be called alone: elsewhere a break, and ignored (S16.52). IRQL <= DISPATCH_LEVEL.
 */
VOID WdfCmResourceListRemove(WDFCMRESLIST List, ULONG Index);
VOID WdfCmResourceListRemoveByDescriptor(WDFCMRESLIST List,
                                         PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor);

/*
 * Of requirements: the list that EvtDeviceResourceRequirementsQuery (<wdfpdo.h>) and
 * EvtDeviceFilter...ResourceRequirements (<wdffdo.h>) are given is theirs until they return. It
 * holds sets (WDFIORESLIST), each of which would do, the best first. A set holds descriptors, of
 * which one with IO_RESOURCE_ALTERNATIVE in its Option stands for the one before. All functions:
 * IRQL <= DISPATCH_LEVEL. (WDF documentation.)
 *
 * WdfIoResourceRequirementsListGetCount: how many sets there are.
 * WdfIoResourceRequirementsListGetIoResList: the one at that place; NULL: beyond the end.
 */
ULONG WdfIoResourceRequirementsListGetCount(WDFIORESREQLIST RequirementsList);
WDFIORESLIST WdfIoResourceRequirementsListGetIoResList(WDFIORESREQLIST RequirementsList,
                                                       ULONG Index);

/*
 * WdfIoResourceRequirementsListInsertIoResList, WdfIoResourceRequirementsListAppendIoResList: put a
 * set that was made for this list (WdfIoResourceListCreate) before the one at that place, or behind
 * all. Return STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: it was made for another list, or is in
 * this one; STATUS_ARRAY_BOUNDS_EXCEEDED: there is no such place.
 */
NTSTATUS WdfIoResourceRequirementsListInsertIoResList(WDFIORESREQLIST RequirementsList,
                                                      WDFIORESLIST IoResList, ULONG Index);
NTSTATUS WdfIoResourceRequirementsListAppendIoResList(WDFIORESREQLIST RequirementsList,
                                                      WDFIORESLIST IoResList);

/*
 * WdfIoResourceRequirementsListRemove, WdfIoResourceRequirementsListRemoveByIoResList: take a set
 * out, and delete it: that at a place, which there has to be (a break), or that one, if it is
 * there.
 */
VOID WdfIoResourceRequirementsListRemove(WDFIORESREQLIST RequirementsList, ULONG Index);
VOID WdfIoResourceRequirementsListRemoveByIoResList(WDFIORESREQLIST RequirementsList,
                                                    WDFIORESLIST IoResList);

/*
 * WdfIoResourceRequirementsListSetSlotNumber, WdfIoResourceRequirementsListSetInterfaceType: where
 * the device is, for who hands resources out. Kept with the list, and without effect here.
 */
VOID WdfIoResourceRequirementsListSetSlotNumber(WDFIORESREQLIST RequirementsList, ULONG SlotNumber);
VOID WdfIoResourceRequirementsListSetInterfaceType(WDFIORESREQLIST RequirementsList,
                                                   INTERFACE_TYPE InterfaceType);

/*
 * WdfIoResourceListCreate: an empty set, to be put into that list; it is deleted with it.
 *   Attributes  optional; without a parent.
 * Returns STATUS_SUCCESS; what WDF_OBJECT_ATTRIBUTES are refused with;
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfIoResourceListCreate(WDFIORESREQLIST RequirementsList,
                                 PWDF_OBJECT_ATTRIBUTES Attributes, WDFIORESLIST *ResourceList);

/* WdfIoResourceListGetCount: how many descriptors the set has. WdfIoResourceListGetDescriptor: a
 * copy of the one at that place, which is the set's; NULL: beyond the end. */
ULONG WdfIoResourceListGetCount(WDFIORESLIST ResourceList);
PIO_RESOURCE_DESCRIPTOR WdfIoResourceListGetDescriptor(WDFIORESLIST ResourceList, ULONG Index);

/*
 * WdfIoResourceListInsertDescriptor, WdfIoResourceListAppendDescriptor: as
 * WdfCmResourceListInsertDescriptor and WdfCmResourceListAppendDescriptor.
 * WdfIoResourceListUpdateDescriptor: in the place of the one there, which there has to be (a
 * break).
 */
NTSTATUS WdfIoResourceListInsertDescriptor(WDFIORESLIST ResourceList,
                                           PIO_RESOURCE_DESCRIPTOR Descriptor, ULONG Index);
NTSTATUS WdfIoResourceListAppendDescriptor(WDFIORESLIST ResourceList,
                                           PIO_RESOURCE_DESCRIPTOR Descriptor);
VOID WdfIoResourceListUpdateDescriptor(WDFIORESLIST ResourceList,
                                       PIO_RESOURCE_DESCRIPTOR Descriptor, ULONG Index);

/* WdfIoResourceListRemove, WdfIoResourceListRemoveByDescriptor: as WdfCmResourceListRemove and
 * WdfCmResourceListRemoveByDescriptor. */
VOID WdfIoResourceListRemove(WDFIORESLIST ResourceList, ULONG Index);
VOID WdfIoResourceListRemoveByDescriptor(WDFIORESLIST ResourceList,
                                         PIO_RESOURCE_DESCRIPTOR Descriptor);
#endif

WDF_EXTERN_C_END

#endif
