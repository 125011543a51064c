/*
 * Collections: ordered lists of objects, each held by a reference (S1.41). An object can be in
 * several, and several times in one. Every call is atomic; a driver that walks through a collection
 * by index while others change it needs a lock of its own.
 */
#ifndef WDFCOLLECTION_H
#define WDFCOLLECTION_H

#include <wdfobject.h>

WDF_EXTERN_C_START

/*
 * WdfCollectionCreate: makes an empty collection.
 *   CollectionAttributes  optional; the parent is the driver unless they name another.
 *   Collection            receives the handle; deleting it drops its references and deletes no
 *                         object.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; refusals of the attributes (S1.25);
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfCollectionCreate(PWDF_OBJECT_ATTRIBUTES CollectionAttributes,
                             WDFCOLLECTION *Collection);

/* WdfCollectionGetCount: how many entries it has. IRQL <= DISPATCH_LEVEL. */
ULONG WdfCollectionGetCount(WDFCOLLECTION Collection);

/*
 * WdfCollectionAdd: appends an object and takes a reference on it. IRQL <= DISPATCH_LEVEL.
 * Returns STATUS_SUCCESS; STATUS_UNSUCCESSFUL: no memory (S1.41).
 */
NTSTATUS WdfCollectionAdd(WDFCOLLECTION Collection, WDFOBJECT Object);

/*
 * WdfCollectionRemove: removes the first entry of that object and drops its reference; without one
 * the verifier breaks. IRQL <= DISPATCH_LEVEL.
 */
VOID WdfCollectionRemove(WDFCOLLECTION Collection, WDFOBJECT Item);

/*
 * WdfCollectionRemoveItem: removes the entry at that index, counted from 0, and drops its
 * reference; without one the verifier breaks. IRQL <= DISPATCH_LEVEL.
 */
VOID WdfCollectionRemoveItem(WDFCOLLECTION Collection, ULONG Index);

/*
 * WdfCollectionGetItem, WdfCollectionGetFirstItem, WdfCollectionGetLastItem: the object there, or
 * NULL. No reference is added for the caller. IRQL <= DISPATCH_LEVEL.
 */
WDFOBJECT WdfCollectionGetItem(WDFCOLLECTION Collection, ULONG Index);
WDFOBJECT WdfCollectionGetFirstItem(WDFCOLLECTION Collection);
WDFOBJECT WdfCollectionGetLastItem(WDFCOLLECTION Collection);

WDF_EXTERN_C_END

#endif
