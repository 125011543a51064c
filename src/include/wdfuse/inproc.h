/*
 * The in-process transport: a driver and its client in one process, without a kernel between them.
 *
 * For a driver's own tests, for fuzzing and for benchmarks: the driver runs exactly as behind a
 * device node, and a test controls the time.
 *
 *     WdfuseInprocUseVirtualClock(); // optional: timers fire when the test says so
 *     WdfuseInprocStart(DriverEntry, "echo", &device);
 *     WdfuseInprocOpen(device, O_RDWR, &file);
 *     WdfuseInprocWrite(file, "hello", 5, &count);              // waits for the driver
 *     io = WdfuseInprocBeginRead(file, buffer, sizeof(buffer)); // does not wait
 *     WdfuseInprocCancel(io);
 *     status = WdfuseInprocFinish(io, &count);                  // waits, and frees the handle
 *     WdfuseInprocClose(file);
 *     WdfuseInprocStop(device);
 *
 * All functions are called at PASSIVE_LEVEL, by any thread unless they say otherwise.
 *
 * A second WdfuseInprocStart, with another service name, loads another driver beside the first.
 * Each has its own objects, registry and devices, and is stopped separately. If their code is in
 * one program, a driver is identified by the callback that runs: what a thread does outside of any
 * callback is attributed to the driver that was started last. One thread starts and stops drivers.
 */
#ifndef WDFUSE_INPROC_H
#define WDFUSE_INPROC_H

#include <ntddk.h>
#include <wdf.h>
#include <wdfuse/poll.h>

WDF_EXTERN_C_START

DECLARE_HANDLE(WDFUSEDEVICE);
DECLARE_HANDLE(WDFUSEFILE);
DECLARE_HANDLE(WDFUSEIO);
DECLARE_HANDLE(WDFUSEWATCH);

/*
 * Stops the time, for the life of the process: only WdfuseInprocAdvanceClock moves it. Call it
 * before WdfuseInprocStart.
 */
VOID WdfuseInprocUseVirtualClock(VOID);

/*
 * Moves the virtual clock on by that many units of 100 ns, and runs each timer that expires on the
 * way, in this thread. When it returns, everything that was due has run, including passive timers.
 * Not from a driver's callback.
 */
VOID WdfuseInprocAdvanceClock(ULONGLONG Time);

/* Waits until the framework's worker threads have nothing to do. Not from a driver's callback. */
VOID WdfuseInprocWaitForWorkers(VOID);

/*
 * Sets the registry of drivers that have none of their own: the text of a configuration file
 * (docs/configuration.md) of Length bytes; NULL for an empty one. Every driver that is started
 * later uses it, with the changes that drivers make. Not while a driver runs. Returns
 * STATUS_SUCCESS; STATUS_REGISTRY_CORRUPT: the text is no configuration, and the log says why;
 * STATUS_INSUFFICIENT_RESOURCES. A failure changes nothing.
 */
NTSTATUS WdfuseInprocSetConfiguration(PCSTR Text, size_t Length);

/* The same for the driver of that service name alone, which then has a registry of its own. */
NTSTATUS WdfuseInprocSetConfigurationOf(PCSTR ServiceName, PCSTR Text, size_t Length);

/*
 * Copies the current text, with a terminating zero, into a buffer of Size bytes, truncated to fit.
 * Returns the length of the whole text without the zero, or 0 when there is no memory.
 */
size_t WdfuseInprocGetConfiguration(PSTR Buffer, size_t Size);
size_t WdfuseInprocGetConfigurationOf(PCSTR ServiceName, PSTR Buffer, size_t Size);

/*
 * Loads the driver and adds one device: DriverEntry, EvtDriverDeviceAdd, start. *Device receives
 * the device. Returns the status of whatever failed, with everything undone; STATUS_NO_SUCH_DEVICE
 * when the driver created no device; STATUS_OBJECT_NAME_COLLISION when one of that ServiceName is
 * started already. A driver that only makes control devices (WdfDriverInitNonPnpDriver) starts
 * without a device: *Device then stands for the driver, and WdfuseInprocOpenNode opens its devices.
 */
NTSTATUS WdfuseInprocStart(PDRIVER_INITIALIZE DriverEntry, PCSTR ServiceName, WDFUSEDEVICE *Device);

/*
 * The same with a stack of devices: EvtDriverDeviceAdd is called Layers times, for the lowest
 * device first, and each device is attached above the one before. Then all are started. *Device
 * stands for the stack, and its files are those of the uppermost device.
 */
NTSTATUS WdfuseInprocStartStack(PDRIVER_INITIALIZE DriverEntry, PCSTR ServiceName, ULONG Layers,
                                WDFUSEDEVICE *Device);

/* A layer of a stack, and its driver: layers of one ServiceName are devices of one driver. */
typedef struct _WDFUSE_LAYER {
    PDRIVER_INITIALIZE DriverEntry;
    PCSTR ServiceName;
} WDFUSE_LAYER, *PWDFUSE_LAYER;

/*
 * The same with a driver for each layer: all of the Count Layers are loaded, the lowest first, then
 * the stack is built and started. The name of its node is the last ServiceName. Returns the status
 * of whatever failed, with everything undone; STATUS_NO_SUCH_DEVICE when no driver created a
 * device; STATUS_INVALID_PARAMETER: a Count of 0. A filter whose EvtDriverDeviceAdd fails is left
 * out, as on Windows. WdfuseInprocStop unloads the drivers, the uppermost first.
 */
NTSTATUS WdfuseInprocStartLayers(const WDFUSE_LAYER *Layers, ULONG Count, WDFUSEDEVICE *Device);

/*
 * Adds a further device to the driver of the first one (of a stack: to its lowest layer):
 * EvtDriverDeviceAdd, start. Name is its node's name; that of the first one is ServiceName. It is
 * removed with the first one. Returns the status of whatever failed, with everything of this device
 * undone; STATUS_NO_SUCH_DEVICE when the driver created none.
 */
NTSTATUS WdfuseInprocAddDevice(WDFUSEDEVICE First, PCSTR Name, WDFUSEDEVICE *Device);

/*
 * Removes all devices, in the order in which they were added, and unloads the driver. Every file
 * must have been closed. Outstanding I/O of closed files is cancelled and awaited.
 */
VOID WdfuseInprocStop(WDFUSEDEVICE Device);

/*
 * Takes the device out of D0 and back, as the system's sleep does. Requests that arrive meanwhile
 * wait. Return STATUS_INVALID_DEVICE_STATE when the device is in no state for it; otherwise what
 * the driver's callbacks returned. After a failure the device has failed: it can only be removed,
 * which WdfuseInprocStop does by surprise. Called by the thread that started the device.
 */
NTSTATUS WdfuseInprocSuspend(WDFUSEDEVICE Device);
NTSTATUS WdfuseInprocResume(WDFUSEDEVICE Device);

/* WdfuseInprocSuspend, which is the system's sleep in PowerSystemSleeping3, for any state from
 * PowerSystemSleeping1 to PowerSystemHibernate. */
NTSTATUS WdfuseInprocSleep(WDFUSEDEVICE Device, SYSTEM_POWER_STATE State);

/* The question before it: STATUS_SUCCESS; or STATUS_POWER_STATE_INVALID if a device is to wake the
 * system and cannot do so from that state. */
NTSTATUS WdfuseInprocQuerySleep(WDFUSEDEVICE Device, SYSTEM_POWER_STATE State);

/* Behaves as if the idle timeout had expired: the device goes to Dx if it may; a worker does it. */
VOID WdfuseInprocIdle(WDFUSEDEVICE Device);

/*
 * Wake without hardware. WdfuseInprocSetWake says, before devices are started, from which states a
 * device that is not a child can wake itself, and the system; by default it cannot
 * (PowerDeviceUnspecified, PowerSystemUnspecified). WdfuseInprocWake gives the wake signal
 * (STATUS_SUCCESS), or says that none will come (an error); a worker does the rest. Returns
 * STATUS_SUCCESS; STATUS_INVALID_PARAMETER: STATUS_PENDING or STATUS_CANCELLED was given;
 * STATUS_INVALID_DEVICE_REQUEST: the device is not armed.
 */
VOID WdfuseInprocSetWake(DEVICE_POWER_STATE DeviceWake, SYSTEM_POWER_STATE SystemWake);
NTSTATUS WdfuseInprocWake(WDFUSEDEVICE Device, NTSTATUS Status);

/*
 * Asks the driver whether the device may be removed, or stopped for a rebalance of resources, and
 * cancels the question. An idle device comes to D0 for it and stays there. Return STATUS_SUCCESS;
 * QueryRemove: STATUS_UNSUCCESSFUL: the driver objects, or forbids it
 * (WdfDeviceSetStaticStopRemove); QueryStop: STATUS_INVALID_DEVICE_STATE: it is not started, or the
 * driver forbids it, or what EvtDeviceQueryStop has returned.
 */
NTSTATUS WdfuseInprocQueryRemove(WDFUSEDEVICE Device);
VOID WdfuseInprocCancelRemove(WDFUSEDEVICE Device);
NTSTATUS WdfuseInprocQueryStop(WDFUSEDEVICE Device);
VOID WdfuseInprocCancelStop(WDFUSEDEVICE Device);

/*
 * After a successful WdfuseInprocQueryStop: takes the device out of D0 and has its hardware
 * released, then starts it again, while requests wait. Return STATUS_SUCCESS;
 * STATUS_INVALID_DEVICE_STATE: the device is in no state for it; or the failure of the driver,
 * after which the device has failed.
 */
NTSTATUS WdfuseInprocRebalanceStop(WDFUSEDEVICE Device);
NTSTATUS WdfuseInprocRebalanceStart(WDFUSEDEVICE Device);

/* As WdfuseInprocStop, for a device that has vanished: the driver's EvtDeviceSurpriseRemoval comes
 * first. */
VOID WdfuseInprocSurpriseStop(WDFUSEDEVICE Device);

/*
 * Removes the device while its clients go on. Their calls fail from now on, and all their requests
 * have been answered when these functions return. A device that has failed is removed by surprise
 * in any case. Clients close their files before WdfuseInprocStop, the only function that may then
 * be called for the device. Called by the thread that started the device.
 */
VOID WdfuseInprocRemove(WDFUSEDEVICE Device);
VOID WdfuseInprocSurpriseRemove(WDFUSEDEVICE Device);

/*
 * Sets what clients open after the names of the device's drivers, as WdfFileObjectGetFileName
 * returns it: a path without a slash at its beginning. Before such a device is opened. Returns
 * STATUS_SUCCESS; STATUS_NAME_TOO_LONG; STATUS_INSUFFICIENT_RESOURCES: there is no memory, or it is
 * no UTF-8.
 */
NTSTATUS WdfuseInprocSetFileName(WDFUSEDEVICE Device, PCSTR Name);

/*
 * Notifies the driver's control devices that the system shuts down, as the daemon does when it
 * ends: those that asked for it, and with IsLastChance those that asked for the last chance.
 */
VOID WdfuseInprocShutDown(BOOLEAN IsLastChance);

/* TRUE once the driver has given the device up (WdfDeviceSetFailed), or a transition of power has
 * failed. WdfuseInprocStop removes it by surprise. */
BOOLEAN WdfuseInprocHasFailed(WDFUSEDEVICE Device);

/*
 * Does what the system does with a failed device, unless its driver forbids that
 * (WdfDeviceFailedNoRestart): removes it by surprise, and adds and starts another one with the same
 * drivers and name. Open files fail, and are closed as usual. Returns STATUS_SUCCESS;
 * STATUS_INVALID_DEVICE_STATE: it has not failed, must not be restarted, or was restarted five
 * times within a minute; STATUS_INSUFFICIENT_RESOURCES; otherwise the failure of its drivers, after
 * which it is removed. Called by the thread that started the device.
 */
NTSTATUS WdfuseInprocRestart(WDFUSEDEVICE Device);

/* The driver's device object, for calls of WdfDevice* functions in a test. */
WDFDEVICE WdfuseInprocGetDevice(WDFUSEDEVICE Device);

/*
 * Loads a driver for children: its EvtDriverDeviceAdd is called for each child with that hardware
 * or compatible ID that a bus driver reports from now on. Several drivers for one ID form the stack
 * on top of the child, in the order of these calls. A child is opened by its node's name
 * (WdfuseInprocOpenNode), and its files are those of its uppermost device. Not while a device is
 * started. Returns what DriverEntry returns; STATUS_OBJECT_NAME_COLLISION when one of that
 * ServiceName is loaded already; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfuseInprocServeChildren(PCSTR HardwareId, PDRIVER_INITIALIZE DriverEntry,
                                   PCSTR ServiceName);

/* Unloads them, the last first, when all devices are stopped. */
VOID WdfuseInprocStopServingChildren(VOID);

/*
 * Opens the device as open(2) with these flags does: waits for the create request. Returns its
 * status; *File is valid with a success.
 */
NTSTATUS WdfuseInprocOpen(WDFUSEDEVICE Device, int Flags, WDFUSEFILE *File);

/*
 * Changes the file's flags as fcntl(F_SETFL) does, for reads and writes that begin from now on.
 * Only O_NONBLOCK has a meaning: with it, set here or at the open, a read or write does not wait
 * for the driver. A read that the driver does not complete at once returns STATUS_CANT_WAIT, which
 * is EAGAIN, and stays in flight: the next read takes its result. A write that the driver does not
 * complete at once is accepted; the next write reports its failure (docs/polling.md).
 */
VOID WdfuseInprocSetFlags(WDFUSEFILE File, int Flags);

/* What poll(2) reports for the file now: WDFUSE_POLL_EVENTS. Does not wait. */
ULONG WdfuseInprocPoll(WDFUSEFILE File);

/*
 * Waits, as poll(2) does, for one of Events, or for WdfusePollError or WdfusePollHangup. Returns
 * those that are there, or 0 after so many milliseconds: of real time, also with the virtual clock.
 * Any number of threads may wait for one file, which must not be closed meanwhile.
 */
ULONG WdfuseInprocWaitForEvents(WDFUSEFILE File, ULONG Events, ULONG Milliseconds);

/*
 * WdfuseInprocOpen by the name of the device's node: a control device, a child, or any other device
 * of the driver. Before WdfControlFinishInitializing, or the start of the child, the status is
 * STATUS_NO_SUCH_DEVICE; it is STATUS_OBJECT_NAME_NOT_FOUND when there is no such device (any
 * more).
 */
NTSTATUS WdfuseInprocOpenNode(PCSTR Name, int Flags, WDFUSEFILE *File);

/*
 * Events of a child of a bus driver, by its node's name. WdfuseInprocPlug: something is plugged
 * into a bus, whose own node this is: the driver scans the bus (EvtChildListScanForChildren, as at
 * an entry of D0). WdfuseInprocUnplug: the child is pulled out, as if its driver had marked it
 * missing. WdfuseInprocEject: the user wants to remove it (WdfPdoRequestEject).
 * WdfuseInprocSetLock: the user locks it against that, or unlocks it (EvtDeviceSetLock). The
 * consequences are complete when these functions return, except for what other threads do. Return
 * STATUS_SUCCESS; STATUS_OBJECT_NAME_NOT_FOUND: there is no such device (any more);
 * STATUS_INVALID_PARAMETER: it is no child (not Plug); STATUS_INVALID_DEVICE_STATE: it is not in D0
 * (Plug); STATUS_UNSUCCESSFUL: it can't be locked (SetLock, S16.53), or what the driver answers.
 */
NTSTATUS WdfuseInprocPlug(PCSTR Name);
NTSTATUS WdfuseInprocUnplug(PCSTR Name);
NTSTATUS WdfuseInprocEject(PCSTR Name);
NTSTATUS WdfuseInprocSetLock(PCSTR Name, BOOLEAN IsLocked);

/*
 * Somebody puts a special file on the device with that node, or takes it off again: the drivers of
 * its stack, of its parents' and of what depends on it are told (EvtDeviceUsageNotification(Ex),
 * S17.45). Returns STATUS_SUCCESS; STATUS_NOT_IMPLEMENTED: a driver has not said that its device
 * can be used so (WdfDeviceSetSpecialFileSupport); STATUS_INVALID_DEVICE_STATE: it is not started,
 * or was not in use so; STATUS_OBJECT_NAME_NOT_FOUND: there is no such node; what a driver has said
 * no with.
 */
NTSTATUS WdfuseInprocUse(PCSTR Name, WDF_SPECIAL_FILE_TYPE FileType, BOOLEAN IsInUse);

/*
 * The last close(2): cleanup, then close when no request of the file is outstanding. An accepted
 * write that is in flight is completed first. The handle is invalid afterwards.
 */
VOID WdfuseInprocClose(WDFUSEFILE File);

/*
 * Read, write and ioctl that wait for the driver. *Count (optional) receives the bytes transferred.
 * Return the driver's status. At most 128 KiB at a time, as from the kernel:
 * STATUS_INVALID_PARAMETER beyond.
 *
 * Ioctl is a device control of Windows: Code is a CTL_CODE, whose METHOD and access count. With
 * METHOD_NEITHER the driver gets the addresses, which may be bad: they are probed like a client's.
 */
NTSTATUS WdfuseInprocRead(WDFUSEFILE File, PVOID Buffer, size_t Length, size_t *Count);
NTSTATUS WdfuseInprocWrite(WDFUSEFILE File, const VOID *Buffer, size_t Length, size_t *Count);
NTSTATUS WdfuseInprocIoctl(WDFUSEFILE File, ULONG Code, const VOID *Input, size_t InputLength,
                           PVOID Output, size_t OutputLength, size_t *Count);

/*
 * The same without waiting. The driver has been called as far as possible when they return. Return
 * NULL when there is no memory or a length is too large. The buffers must stay valid until
 * WdfuseInprocFinish has returned; also that of a write, because with direct I/O the driver sees
 * the buffer itself.
 *
 * NativeIoctl is ioctl(2) with a number of Linux (_IO, _IOR, _IOW, _IOWR), whose bits give the
 * direction and the number of bytes at Argument. For a number that gives neither, the driver gets
 * no lengths and the address alone.
 */
WDFUSEIO WdfuseInprocBeginOpen(WDFUSEDEVICE Device, int Flags);
WDFUSEIO WdfuseInprocBeginRead(WDFUSEFILE File, PVOID Buffer, size_t Length);
WDFUSEIO WdfuseInprocBeginWrite(WDFUSEFILE File, const VOID *Buffer, size_t Length);
WDFUSEIO WdfuseInprocBeginIoctl(WDFUSEFILE File, ULONG Code, const VOID *Input, size_t InputLength,
                                PVOID Output, size_t OutputLength);
WDFUSEIO WdfuseInprocBeginNativeIoctl(WDFUSEFILE File, ULONG Code, PVOID Argument);

/* TRUE once the driver has completed it. */
BOOLEAN WdfuseInprocIsComplete(WDFUSEIO Io);

/* Waits for that, at most so many milliseconds of real time. Returns what IsComplete does. */
BOOLEAN WdfuseInprocWait(WDFUSEIO Io, ULONG Milliseconds);

/* The client gives up, as a signal makes it do. Harmless when the request is already complete. */
VOID WdfuseInprocCancel(WDFUSEIO Io);

/* Waits for completion and frees the handle. *Count is optional. */
NTSTATUS WdfuseInprocFinish(WDFUSEIO Io, size_t *Count);

/* As WdfuseInprocFinish, for an open: *File is valid with a success. */
NTSTATUS WdfuseInprocFinishOpen(WDFUSEIO Io, WDFUSEFILE *File);

/*
 * WMI (<wdfwmi.h>) from the side of a client. A block is one provider of one device; Device is the
 * name of the device's node, or NULL for the first device that has such a block, and Index counts
 * its registered instances.
 */
typedef struct _WDFUSE_WMI_BLOCK {
    GUID Guid;
    CHAR Device[256];
    /* WMIREG_FLAG_* of <wmistr.h> */
    ULONG Flags;
    ULONG Instances;
} WDFUSE_WMI_BLOCK, *PWDFUSE_WMI_BLOCK;

/* The blocks of all devices that have started, at most Capacity of them. Returns how many there
 * are. */
ULONG WdfuseInprocWmiList(PWDFUSE_WMI_BLOCK Blocks, ULONG Capacity);

/*
 * Reads an instance. *Used receives its size; if that is more than Size, nothing was read, and the
 * status is a success all the same (S19.14). Return the driver's status, or: STATUS_SUCCESS;
 * STATUS_WMI_GUID_NOT_FOUND; STATUS_WMI_INSTANCE_NOT_FOUND; STATUS_INVALID_DEVICE_REQUEST: it can't
 * be read, or has no methods; STATUS_WMI_READ_ONLY; STATUS_WMI_SET_FAILURE: less than the driver
 * takes (S12.9).
 */
NTSTATUS WdfuseInprocWmiGet(const GUID *Guid, PCSTR Device, ULONG Index, PVOID Buffer, ULONG Size,
                            PULONG Used);

typedef struct _WDFUSE_WMI_PIECE {
    ULONG Offset;
    ULONG Length;
} WDFUSE_WMI_PIECE, *PWDFUSE_WMI_PIECE;

/*
 * Reads all instances of a block into one buffer, each aligned to 16 bytes (S19.13). *Count
 * receives their number, Pieces the places of the first Capacity of them; one that can't be read
 * has length 0. *Used and the status are as for WmiGet; an instance that fails makes it a failure.
 */
NTSTATUS WdfuseInprocWmiGetAll(const GUID *Guid, PCSTR Device, PVOID Buffer, ULONG Size,
                               PWDFUSE_WMI_PIECE Pieces, ULONG Capacity, PULONG Count, PULONG Used);

/* Writes an instance, or one item of it. */
NTSTATUS WdfuseInprocWmiSet(const GUID *Guid, PCSTR Device, ULONG Index, PVOID Buffer, ULONG Size);
NTSTATUS WdfuseInprocWmiSetItem(const GUID *Guid, PCSTR Device, ULONG Index, ULONG ItemId,
                                PVOID Buffer, ULONG Size);

/* Calls a method. Buffer has InputSize bytes of input, and room for OutputSize bytes of output. */
NTSTATUS WdfuseInprocWmiExecute(const GUID *Guid, PCSTR Device, ULONG Index, ULONG MethodId,
                                PVOID Buffer, ULONG InputSize, ULONG OutputSize, PULONG Used);

/* Switches tracing providers of that GUID on, with a handle for what they write, or off. Returns
 * STATUS_SUCCESS; STATUS_WMI_GUID_NOT_FOUND; or the status of a driver. */
NTSTATUS WdfuseInprocWmiTrace(const GUID *Guid, ULONGLONG Handle, BOOLEAN Enable);

#define WDFUSE_WMI_EVENT_SIZE 1024

typedef struct _WDFUSE_WMI_EVENT {
    GUID Guid;
    CHAR Device[256];
    ULONG Index;
    LARGE_INTEGER Time;
    /* of events that came before this one and had no room */
    ULONG Lost;
    ULONG Size;
    UCHAR Data[WDFUSE_WMI_EVENT_SIZE];
} WDFUSE_WMI_EVENT, *PWDFUSE_WMI_EVENT;

/*
 * Listens for events of that GUID, of every device. The first listener switches the drivers'
 * events on, the last one switches them off. WmiNextEvent takes the oldest event; FALSE: there is
 * none. Returns STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfuseInprocWmiWatch(const GUID *Guid, WDFUSEWATCH *Watch);
BOOLEAN WdfuseInprocWmiNextEvent(WDFUSEWATCH Watch, PWDFUSE_WMI_EVENT Event);
VOID WdfuseInprocWmiEndWatch(WDFUSEWATCH Watch);

WDF_EXTERN_C_END

#endif
