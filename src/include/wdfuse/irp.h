/*
 * Packets: what a driver sees of a request before the framework routes it (<wdfuse/deviceirp.h>). A
 * part of <wdm.h>. A packet says what is requested, and by whom, and completes a request that the
 * driver ends itself. It has no buffers, and only the framework creates packets: there are none
 * behind WDFREQUESTs. WDK documentation.
 */
#ifndef WDFUSE_IRP_H
#define WDFUSE_IRP_H

#include <ntdef.h>

#include <wdfuse/files.h>

EXTERN_C_START

#define IO_NO_INCREMENT 0

/*
 *   MajorFunction  IRP_MJ_CREATE, _READ, _WRITE, _DEVICE_CONTROL, _INTERNAL_DEVICE_CONTROL.
 *   MinorFunction  0.
 *   Parameters     of that function.
 *   FileObject     as WdfFileObjectWdmGetFileObject gives it; NULL for a create, and for what a
 *                  driver has sent without a file.
 */
typedef struct _IO_STACK_LOCATION {
    UCHAR MajorFunction;
    UCHAR MinorFunction;
    UCHAR Flags;
    UCHAR Control;
    union {
        struct {
            ULONG Length;
            ULONG Key;
            LARGE_INTEGER ByteOffset;
        } Read;
        struct {
            ULONG Length;
            ULONG Key;
            LARGE_INTEGER ByteOffset;
        } Write;
        struct {
            ULONG OutputBufferLength;
            ULONG InputBufferLength;
            ULONG IoControlCode;
            PVOID Type3InputBuffer; /* NULL */
        } DeviceIoControl;
    } Parameters;
    struct _DEVICE_OBJECT *DeviceObject;
    struct _FILE_OBJECT *FileObject;
} IO_STACK_LOCATION, *PIO_STACK_LOCATION;

/*
 *   IoStatus       how the request ends, for IoCompleteRequest.
 *   RequestorMode  UserMode (1), or KernelMode (0) for what a driver has sent.
 *   Current        for IoGetCurrentIrpStackLocation.
 */
typedef struct _IRP {
    IO_STATUS_BLOCK IoStatus;
    CCHAR RequestorMode;
    IO_STACK_LOCATION Current;
} IRP, *PIRP;

FORCEINLINE PIO_STACK_LOCATION IoGetCurrentIrpStackLocation(PIRP Irp)
{
    return &Irp->Current;
}

/* There is one stack location, and WdfDeviceWdmDispatchPreprocessedIrp goes on with it. */
FORCEINLINE VOID IoSkipCurrentIrpStackLocation(PIRP Irp)
{
    (void)Irp;
}

FORCEINLINE VOID IoCopyCurrentIrpStackLocationToNext(PIRP Irp)
{
    (void)Irp;
}

/* A packet that its driver keeps is pending; the mark is not needed. */
FORCEINLINE VOID IoMarkIrpPending(PIRP Irp)
{
    (void)Irp;
}

/*
 * IoCompleteRequest: ends the request as Irp->IoStatus says, instead of handing it on; the packet
 * is invalid afterwards. Information counts only for a write, which the driver thereby accepts
 * without seeing its data; other requests transfer no data.
 *   PriorityBoost  without effect.
 * IRQL <= DISPATCH_LEVEL.
 */
VOID IoCompleteRequest(PIRP Irp, CCHAR PriorityBoost);
#define IofCompleteRequest IoCompleteRequest

EXTERN_C_END

#endif
