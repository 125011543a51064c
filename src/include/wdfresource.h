/*
 * The hardware resources of a device (S11.5). It has none here: the lists that
 * EvtDevicePrepareHardware is given are valid and empty.
 */
#ifndef WDFRESOURCE_H
#define WDFRESOURCE_H

#include <wdftypes.h>

WDF_EXTERN_C_START

/* Where a descriptor is put into a list: after the others. */
#define WDF_INSERT_AT_END ((ULONG)-1)

/* WdfCmResourceListGetCount: how many descriptors the list has. IRQL <= DISPATCH_LEVEL. Returns
 * 0. */
ULONG WdfCmResourceListGetCount(WDFCMRESLIST List);

/*
 * WdfCmResourceListGetDescriptor: the descriptor at that place; NULL beyond the end, which every
 * place is. IRQL
 * <= DISPATCH_LEVEL.
 */
PCM_PARTIAL_RESOURCE_DESCRIPTOR WdfCmResourceListGetDescriptor(WDFCMRESLIST List, ULONG Index);

WDF_EXTERN_C_END

#endif
