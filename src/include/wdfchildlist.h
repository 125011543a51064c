/*
 * Child lists: children that a bus driver reports, by descriptions, as it finds them. When the
 * parent has started, the driver is asked to create a device for each; from then on it is a child
 * like a static one (<wdffdo.h>).
 *
 * All functions except WdfChildListCreate may be called at any time in any thread. What they change
 * while a scan or an iteration is open, or while devices are being created, takes effect
 * afterwards.
 */
#ifndef WDFCHILDLIST_H
#define WDFCHILDLIST_H

#include <wdfobject.h>

WDF_EXTERN_C_START

/* The result of a search for a child. */
typedef enum _WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS {
    WdfChildListRetrieveDeviceUndefined = 0,
    WdfChildListRetrieveDeviceSuccess,
    WdfChildListRetrieveDeviceNotYetCreated,
    WdfChildListRetrieveDeviceNoSuchDevice,
} WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS,
    *PWDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS;

/*
 * Which children of a list are wanted: existing ones, those marked missing and not yet removed,
 * those added and not yet processed.
 */
typedef enum _WDF_RETRIEVE_CHILD_FLAGS {
    WdfRetrieveUnspecified = 0x0000,
    WdfRetrievePresentChildren = 0x0001,
    WdfRetrieveMissingChildren = 0x0002,
    WdfRetrievePendingChildren = 0x0004,
    WdfRetrieveAddedChildren = (WdfRetrievePresentChildren | WdfRetrievePendingChildren),
    WdfRetrieveAllChildren =
        (WdfRetrievePresentChildren | WdfRetrievePendingChildren | WdfRetrieveMissingChildren),
} WDF_RETRIEVE_CHILD_FLAGS;

/* The first member of the driver's structure that tells one child from the others. */
typedef struct _WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER {
    ULONG IdentificationDescriptionSize;
} WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER, *PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER;

/* WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT: zeroes the whole structure. */
FORCEINLINE VOID WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header, ULONG IdentificationDescriptionSize)
{
    RtlZeroMemory(Header, IdentificationDescriptionSize);
    Header->IdentificationDescriptionSize = IdentificationDescriptionSize;
}

/* The first member of the driver's structure that says where a child is. */
typedef struct _WDF_CHILD_ADDRESS_DESCRIPTION_HEADER {
    ULONG AddressDescriptionSize;
} WDF_CHILD_ADDRESS_DESCRIPTION_HEADER, *PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER;

/* WDF_CHILD_ADDRESS_DESCRIPTION_HEADER_INIT: zeroes the whole structure. */
FORCEINLINE VOID WDF_CHILD_ADDRESS_DESCRIPTION_HEADER_INIT(
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER Header, ULONG AddressDescriptionSize)
{
    RtlZeroMemory(Header, AddressDescriptionSize);
    Header->AddressDescriptionSize = AddressDescriptionSize;
}

/* A child was found: the driver creates its device from ChildInit. */
typedef NTSTATUS EVT_WDF_CHILD_LIST_CREATE_DEVICE(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDFDEVICE_INIT ChildInit);
typedef EVT_WDF_CHILD_LIST_CREATE_DEVICE *PFN_WDF_CHILD_LIST_CREATE_DEVICE;

/* The driver scans its bus again, and reports what is there. */
typedef VOID EVT_WDF_CHILD_LIST_SCAN_FOR_CHILDREN(WDFCHILDLIST ChildList);
typedef EVT_WDF_CHILD_LIST_SCAN_FOR_CHILDREN *PFN_WDF_CHILD_LIST_SCAN_FOR_CHILDREN;

/*
 * Descriptions that hold pointers: how they are copied, made anew, compared (TRUE: the same
 * child) and emptied.
 */
typedef VOID EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY(
    WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER SourceIdentificationDescription,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER DestinationIdentificationDescription);
typedef EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY
    *PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY;

typedef NTSTATUS EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE(
    WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER SourceIdentificationDescription,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER DestinationIdentificationDescription);
typedef EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE
    *PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE;

typedef BOOLEAN EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE(
    WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER FirstIdentificationDescription,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER SecondIdentificationDescription);
typedef EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE
    *PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE;

typedef VOID EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription);
typedef EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP
    *PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP;

/* The same of addresses. */
typedef VOID EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY(
    WDFCHILDLIST ChildList, PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER SourceAddressDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER DestinationAddressDescription);
typedef EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY *PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY;

typedef NTSTATUS EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE(
    WDFCHILDLIST ChildList, PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER SourceAddressDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER DestinationAddressDescription);
typedef EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE
    *PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE;

typedef VOID EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP(
    WDFCHILDLIST ChildList, PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription);
typedef EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP
    *PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP;

/* A child is to be created again. TRUE: at NewAddressDescription. */
typedef BOOLEAN EVT_WDF_CHILD_LIST_DEVICE_REENUMERATED(
    WDFCHILDLIST ChildList, WDFDEVICE OldDevice,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER OldAddressDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER NewAddressDescription);
typedef EVT_WDF_CHILD_LIST_DEVICE_REENUMERATED *PFN_WDF_CHILD_LIST_DEVICE_REENUMERATED;

/* A child that is looked for, and what is known of it. */
typedef struct _WDF_CHILD_RETRIEVE_INFO {
    ULONG Size;
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription;
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription;
    WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS Status;
    PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE
    EvtChildListIdentificationDescriptionCompare;
} WDF_CHILD_RETRIEVE_INFO, *PWDF_CHILD_RETRIEVE_INFO;

/* WDF_CHILD_RETRIEVE_INFO_INIT: by its description. */
FORCEINLINE VOID
WDF_CHILD_RETRIEVE_INFO_INIT(PWDF_CHILD_RETRIEVE_INFO Info,
                             PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription)
{
    RtlZeroMemory(Info, sizeof(*Info));
    Info->Size = sizeof(*Info);
    Info->IdentificationDescription = IdentificationDescription;
}

/* How to create a list. Sizes in bytes; AddressDescriptionSize 0: there are no addresses. */
typedef struct _WDF_CHILD_LIST_CONFIG {
    ULONG Size;
    ULONG IdentificationDescriptionSize;
    ULONG AddressDescriptionSize;
    PFN_WDF_CHILD_LIST_CREATE_DEVICE EvtChildListCreateDevice;
    PFN_WDF_CHILD_LIST_SCAN_FOR_CHILDREN EvtChildListScanForChildren;
    PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY EvtChildListIdentificationDescriptionCopy;
    PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE
    EvtChildListIdentificationDescriptionDuplicate;
    PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP
    EvtChildListIdentificationDescriptionCleanup;
    PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE
    EvtChildListIdentificationDescriptionCompare;
    PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY EvtChildListAddressDescriptionCopy;
    PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE EvtChildListAddressDescriptionDuplicate;
    PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP EvtChildListAddressDescriptionCleanup;
    PFN_WDF_CHILD_LIST_DEVICE_REENUMERATED EvtChildListDeviceReenumerated;
} WDF_CHILD_LIST_CONFIG, *PWDF_CHILD_LIST_CONFIG;

/* WDF_CHILD_LIST_CONFIG_INIT: descriptions without pointers, no addresses. */
FORCEINLINE VOID
WDF_CHILD_LIST_CONFIG_INIT(PWDF_CHILD_LIST_CONFIG Config, ULONG IdentificationDescriptionSize,
                           PFN_WDF_CHILD_LIST_CREATE_DEVICE EvtChildListCreateDevice)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->IdentificationDescriptionSize = IdentificationDescriptionSize;
    Config->EvtChildListCreateDevice = EvtChildListCreateDevice;
}

/*
 * The position of an iteration.
 *   Flags  of WDF_RETRIEVE_CHILD_FLAGS.
 */
typedef struct _WDF_CHILD_LIST_ITERATOR {
    ULONG Size;
    ULONG Flags;
    PVOID Reserved[4];
} WDF_CHILD_LIST_ITERATOR, *PWDF_CHILD_LIST_ITERATOR;

/* WDF_CHILD_LIST_ITERATOR_INIT: at the beginning. */
FORCEINLINE VOID WDF_CHILD_LIST_ITERATOR_INIT(PWDF_CHILD_LIST_ITERATOR Iterator, ULONG Flags)
{
    RtlZeroMemory(Iterator, sizeof(*Iterator));
    Iterator->Size = sizeof(*Iterator);
    Iterator->Flags = Flags;
}

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfChildListCreate: a further list of children of a device, which is its parent: it lives as
 * long, and cannot be deleted. A bus driver has a first one by WdfFdoInitSetDefaultChildListConfig
 * (<wdffdo.h>).
 *   Config               copied. Of its callbacks those for descriptions are called with the list
 *                        locked, at DISPATCH_LEVEL: they may not call for the same list. The
 *                        *Cleanup ones, EvtChildListCreateDevice and EvtChildListScanForChildren
 *                        are called without; the last two at PASSIVE_LEVEL (S16.3).
 *   ChildListAttributes  without a parent.
 * IRQL PASSIVE_LEVEL. Returns STATUS_SUCCESS; STATUS_INVALID_DEVICE_REQUEST: a control device, or
 * above PASSIVE_LEVEL; STATUS_INFO_LENGTH_MISMATCH: Config's Size; STATUS_INVALID_PARAMETER: a size
 * in it, or no EvtChildListCreateDevice; STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED;
 * STATUS_INSUFFICIENT_RESOURCES. (WDF documentation.)
 */
NTSTATUS WdfChildListCreate(WDFDEVICE Device, PWDF_CHILD_LIST_CONFIG Config,
                            PWDF_OBJECT_ATTRIBUTES ChildListAttributes, WDFCHILDLIST *ChildList);

/* WdfChildListGetDevice: whose list it is. IRQL <= DISPATCH_LEVEL. (WDF documentation.) */
WDFDEVICE WdfChildListGetDevice(WDFCHILDLIST ChildList);

/*
 * WdfChildListBeginScan, WdfChildListEndScan: in between the driver reports every child that
 * exists; what it has not reported is missing when the last scan or iteration ends. Reports take
 * effect then, too. Nests. An end without a beginning is a break, and ignored (S16.19). IRQL <=
 * DISPATCH_LEVEL. (WDF documentation.)
 */
VOID WdfChildListBeginScan(WDFCHILDLIST ChildList);
VOID WdfChildListEndScan(WDFCHILDLIST ChildList);

/*
 * WdfChildListAddOrUpdateChildDescriptionAsPresent: that child exists. For a new one a worker asks
 * the driver to create a device (EvtChildListCreateDevice); a known one gets the address.
 *   IdentificationDescription  copied, as the address. All of it counts, also what lies between its
 *                              members: the INIT function zeroes it (S16.2).
 *   AddressDescription         NULL if, and only if, the list has none.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS: it is new, or back; STATUS_OBJECT_NAME_EXISTS, a
 * success, too: it is there already; STATUS_INVALID_DEVICE_REQUEST: a description of a wrong size;
 * what a Duplicate callback has failed with; STATUS_INSUFFICIENT_RESOURCES. (WDF documentation.)
 */
NTSTATUS WdfChildListAddOrUpdateChildDescriptionAsPresent(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription);

/*
 * WdfChildListUpdateChildDescriptionAsMissing: that child no longer exists. A worker removes it by
 * surprise (EvtDeviceReportedMissing, S11.20); one without a device never gets one. IRQL <=
 * DISPATCH_LEVEL. Returns STATUS_SUCCESS, also for one that is missing already;
 * STATUS_NO_SUCH_DEVICE; STATUS_INVALID_DEVICE_REQUEST: a wrong size. (WDF documentation.)
 */
NTSTATUS WdfChildListUpdateChildDescriptionAsMissing(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription);

/* WdfChildListUpdateAllChildDescriptionsAsPresent: a scan has found all children that are known.
 * IRQL <= DISPATCH_LEVEL. (WDF documentation.) */
VOID WdfChildListUpdateAllChildDescriptionsAsPresent(WDFCHILDLIST ChildList);

/*
 * WdfChildListBeginIteration, WdfChildListEndIteration: in between the list can be iterated, and
 * does not change: what is reported meanwhile takes effect afterwards. A device that was retrieved
 * in between stays a valid object until the end, also if it is removed meanwhile. A wrong Size or
 * Flags: ignored, with a break (S16.22). IRQL <= DISPATCH_LEVEL. (WDF documentation.)
 */
VOID WdfChildListBeginIteration(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator);
VOID WdfChildListEndIteration(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator);

/*
 * WdfChildListRetrieveNextDevice: the next child that the iterator's Flags want, in the order of
 * their reporting.
 *   Device  becomes its device, good until the iteration ends; NULL: it is not made yet.
 *   Info    NULL, or becomes what is known of it, as far as there is room. With a compare function
 *           in it, children that this says FALSE to, of Info's description, are left out.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; STATUS_NO_MORE_ENTRIES;
 * STATUS_INFO_LENGTH_MISMATCH: a Size; STATUS_INVALID_PARAMETER: the Flags, or a description of a
 * wrong size; STATUS_INVALID_DEVICE_REQUEST: the list has no addresses;
 * STATUS_INVALID_DEVICE_STATE: no scan or iteration is open. (WDF documentation.)
 */
NTSTATUS WdfChildListRetrieveNextDevice(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator,
                                        WDFDEVICE *Device, PWDF_CHILD_RETRIEVE_INFO Info);

/*
 * WdfChildListRetrievePdo: the device of the child that RetrieveInfo describes; RetrieveInfo's
 * Status and address receive what is known of it. Only within a scan or an iteration is the handle
 * sure to stay valid. IRQL <= DISPATCH_LEVEL. Returns NULL: there is none (yet), or, with the
 * Status unchanged, a size is wrong. (WDF documentation.)
 */
WDFDEVICE WdfChildListRetrievePdo(WDFCHILDLIST ChildList, PWDF_CHILD_RETRIEVE_INFO RetrieveInfo);

/*
 * WdfChildListRetrieveAddressDescription: where that child is. IRQL <= DISPATCH_LEVEL. Returns
 * STATUS_SUCCESS; STATUS_NO_SUCH_DEVICE; STATUS_INVALID_DEVICE_REQUEST: a wrong size, or the list
 * has no addresses. (WDF documentation.)
 */
NTSTATUS WdfChildListRetrieveAddressDescription(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription);

/* WdfChildListRequestChildEject: as WdfPdoRequestEject (<wdfpdo.h>) of the child with that
 * description. IRQL <= DISPATCH_LEVEL. Returns FALSE: there is none. (WDF documentation.) */
BOOLEAN WdfChildListRequestChildEject(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription);
#endif

WDF_EXTERN_C_END

#endif
