/*
 * Locks: the presentation lock of an object, and the driver's own spin and wait locks (S2, S9.22 to
 * S9.27).
 */
#ifndef WDFSYNC_H
#define WDFSYNC_H

#include <wdfobject.h>

WDF_EXTERN_C_START

/*
 * WdfObjectAcquireLock: takes the lock that serialises the callbacks of a driver, device, queue, or
 * file object with scope Device (S1.40). Not recursive: holding it already, as its own callbacks
 * do, is a bug check (S2.12), and so is an object without such a lock (S1.40). IRQL: an object of
 * level Passive PASSIVE_LEVEL; else <= DISPATCH_LEVEL, and the call raises to it (S9.26).
 */
VOID WdfObjectAcquireLock(WDFOBJECT Object);

/* WdfObjectReleaseLock: gives that lock back and restores the level (S1.40). By the thread that
 * took it. */
VOID WdfObjectReleaseLock(WDFOBJECT Object);

/*
 * WdfSpinLockCreate: makes a lock for code that must not block (S9.22).
 *   SpinLockAttributes  optional; without level and scope (S1.26); the parent is the driver unless
 *                       they name another.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; what the attributes are refused with (S1.25);
 * STATUS_INSUFFICIENT_RESOURCES (S9.22).
 */
NTSTATUS WdfSpinLockCreate(PWDF_OBJECT_ATTRIBUTES SpinLockAttributes, WDFSPINLOCK *SpinLock);

/*
 * WdfSpinLockAcquire: takes the lock and raises to DISPATCH_LEVEL; not recursive (S9.23). IRQL <=
 * DISPATCH_LEVEL.
 */
VOID WdfSpinLockAcquire(WDFSPINLOCK SpinLock);

/*
 * WdfSpinLockRelease: gives the lock back and restores the level from before (S9.23). IRQL
 * DISPATCH_LEVEL, in the thread that took it; the verifier makes any other release a bug check
 * (S13.17).
 */
VOID WdfSpinLockRelease(WDFSPINLOCK SpinLock);

/*
 * WdfWaitLockCreate: makes a lock for code that may block (S9.22).
 *   LockAttributes  as for WdfSpinLockCreate.
 * IRQL <= DISPATCH_LEVEL. Returns STATUS_SUCCESS; what the attributes are refused with (S1.25);
 * STATUS_INSUFFICIENT_RESOURCES (S9.22).
 */
NTSTATUS WdfWaitLockCreate(PWDF_OBJECT_ATTRIBUTES LockAttributes, WDFWAITLOCK *Lock);

/*
 * WdfWaitLockAcquire: takes the lock; not recursive, owned by the thread (S9.25).
 *   Timeout  optional, in units of 100 ns: none waits for ever, 0 tries, negative is relative,
 *            positive absolute.
 * IRQL PASSIVE_LEVEL; with a Timeout of 0 <= DISPATCH_LEVEL. Returns STATUS_SUCCESS: the lock is
 * held; STATUS_TIMEOUT: it is not, though NT_SUCCESS says yes (S9.24);
 * STATUS_INVALID_DEVICE_REQUEST: waiting above PASSIVE_LEVEL (S9.24).
 */
NTSTATUS WdfWaitLockAcquire(WDFWAITLOCK Lock, PLONGLONG Timeout);

/* WdfWaitLockRelease: gives the lock back (S9.25). IRQL <= DISPATCH_LEVEL, in the thread that took
 * it. */
VOID WdfWaitLockRelease(WDFWAITLOCK Lock);

WDF_EXTERN_C_END

#endif
