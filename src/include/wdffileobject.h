/*
 * File objects: one for each open of the device, unless the device wants none (S4).
 */
#ifndef WDFFILEOBJECT_H
#define WDFFILEOBJECT_H

#include <wdfobject.h>

WDF_EXTERN_C_START

/* WdfFileObjectGetDevice: the device that was opened (S4.23). IRQL <= DISPATCH_LEVEL. */
WDFDEVICE WdfFileObjectGetDevice(WDFFILEOBJECT FileObject);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfFileObjectGetFlags: FO_* flags of the open; FO_SYNCHRONOUS_IO and others (S4.23). IRQL <=
 * DISPATCH_LEVEL.
 */
ULONG WdfFileObjectGetFlags(WDFFILEOBJECT FileObject);
#endif

/*
 * WdfFileObjectGetFileName: what the client opened below the device; may be NULL or empty. The file
 * object owns it and keeps it as long as it lives (S4.23). IRQL PASSIVE_LEVEL; above it NULL.
 */
PUNICODE_STRING WdfFileObjectGetFileName(WDFFILEOBJECT FileObject);

/* WdfFileObjectGetInitiatorProcessId: the process that opened the file (S4.23). IRQL <=
 * DISPATCH_LEVEL. */
ULONG WdfFileObjectGetInitiatorProcessId(WDFFILEOBJECT FileObject);

#ifndef UMDF_VERSION_MAJOR
/*
 * WdfFileObjectWdmGetFileObject: the file as the rest of the system would see it: a pointer for
 * WdfDeviceGetFileObject, and for nothing else. IRQL <= DISPATCH_LEVEL.
 */
PFILE_OBJECT WdfFileObjectWdmGetFileObject(WDFFILEOBJECT FileObject);
#endif

#if defined(UMDF_VERSION_MAJOR) || defined(WDFUSE_BOTH_FRAMEWORKS)
/* WdfFileObjectGetRelatedFileObject: NULL: no file is opened relative to another one (S4.23). */
WDFFILEOBJECT WdfFileObjectGetRelatedFileObject(WDFFILEOBJECT FileObject);
#endif

#ifdef UMDF_VERSION_MAJOR
/* What is asked, or said, of a file. Of functions that are not there. */
typedef enum _WDF_FILE_INFORMATION_CLASS {
    WdfFileInformationDirectory = 1,
    WdfFileInformationFullDirectory,
    WdfFileInformationBothDirectory,
    WdfFileInformationBasic,
    WdfFileInformationStandard,
    WdfFileInformationInternal,
    WdfFileInformationEa,
    WdfFileInformationAccess,
    WdfFileInformationName,
    WdfFileInformationRename,
    WdfFileInformationLink,
    WdfFileInformationNames,
    WdfFileInformationDisposition,
    WdfFileInformationPosition,
    WdfFileInformationFullEa,
    WdfFileInformationMode,
    WdfFileInformationAlignment,
    WdfFileInformationAll,
    WdfFileInformationAllocation,
    WdfFileInformationEndOfFile,
    WdfFileInformationAlternateName,
    WdfFileInformationStream,
    WdfFileInformationPipe,
    WdfFileInformationPipeLocal,
    WdfFileInformationPipeRemote,
    WdfFileInformationMailslotQuery,
    WdfFileInformationMailslotSet,
    WdfFileInformationCompression,
    WdfFileInformationObjectId,
    WdfFileInformationCompletion,
    WdfFileInformationMoveCluster,
    WdfFileInformationQuota,
    WdfFileInformationReparsePoint,
    WdfFileInformationNetworkOpen,
    WdfFileInformationAttributeTag,
    WdfFileInformationTracking,
    WdfFileInformationIdBothDirectory,
    WdfFileInformationIdFullDirectory,
    WdfFileInformationValidDataLength,
    WdfFileInformationShortName,
    WdfFileInformationIoCompletionNotification,
    WdfFileInformationIoStatusBlockRange,
    WdfFileInformationIoPriorityHint,
    WdfFileInformationSfioReserve,
    WdfFileInformationSfioVolume,
    WdfFileInformationHardLink,
    WdfFileInformationProcessIdsUsingFile,
    WdfFileInformationNormalizedName,
    WdfFileInformationNetworkPhysicalName,
    WdfFileInformationIdGlobalTxDirectory,
    WdfFileInformationIsRemoteDevice,
    WdfFileInformationAttributeCache,
    WdfFileInformationMaximum,
} WDF_FILE_INFORMATION_CLASS,
    *PWDF_FILE_INFORMATION_CLASS;
#endif

WDF_EXTERN_C_END

#endif
