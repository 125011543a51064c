/*
 * The handles of the framework and the words that all its headers share. A handle is opaque; NULL
 * is never one (S1.1). Source of all names in the wdf*.h headers: WDF documentation. docs/rules has
 * the rules such as S6.1, docs/semantics.md the differences from Windows.
 *
 * What holds for every function unless its comment says otherwise: a NULL handle, a handle of
 * another type, or NULL for a pointer that is not marked optional is a bug check (S1.2, S1.3);
 * above the IRQL given, the verifier refuses the call: STATUS_INVALID_DEVICE_REQUEST, FALSE, or no
 * effect (S13.7); handles are not owned by the caller but live until they, or their parents, are
 * deleted (S1.7).
 *
 * A driver sees the functions of the framework that it is built for: with UMDF_VERSION_MAJOR those
 * of the user-mode framework, else those of the kernel's. WDFUSE_BOTH_FRAMEWORKS shows it the
 * user-mode ones beside the kernel's, as the framework itself needs them.
 */
#ifndef WDFTYPES_H
#define WDFTYPES_H

#include <ntddk.h>

/* What is declared between these has the names of C, in C++ too. */
#define WDF_EXTERN_C       EXTERN_C
#define WDF_EXTERN_C_START EXTERN_C_START
#define WDF_EXTERN_C_END   EXTERN_C_END

typedef enum _WDF_TRI_STATE {
    WdfFalse = FALSE,
    WdfTrue = TRUE,
    WdfUseDefault = 2,
} WDF_TRI_STATE,
    *PWDF_TRI_STATE;

typedef PVOID WDFCONTEXT;

/* Any handle: converts from and to each of the typed ones. */
typedef HANDLE WDFOBJECT, *PWDFOBJECT;

DECLARE_HANDLE(WDFDRIVER);
DECLARE_HANDLE(WDFDEVICE);
DECLARE_HANDLE(WDFFILEOBJECT);
DECLARE_HANDLE(WDFQUEUE);
DECLARE_HANDLE(WDFREQUEST);
DECLARE_HANDLE(WDFMEMORY);
DECLARE_HANDLE(WDFLOOKASIDE);
DECLARE_HANDLE(WDFCOLLECTION);
DECLARE_HANDLE(WDFKEY);
DECLARE_HANDLE(WDFIOTARGET);
DECLARE_HANDLE(WDFSTRING);
DECLARE_HANDLE(WDFCMRESLIST);
DECLARE_HANDLE(WDFIORESREQLIST);
DECLARE_HANDLE(WDFTIMER);
DECLARE_HANDLE(WDFDPC);
DECLARE_HANDLE(WDFWORKITEM);
DECLARE_HANDLE(WDFSPINLOCK);
DECLARE_HANDLE(WDFWAITLOCK);

/* Some of these are types only, of what needs hardware or a second half of the driver: nothing
 * creates such objects. Child lists and WMI have headers of their own. */
DECLARE_HANDLE(WDFCHILDLIST);
DECLARE_HANDLE(WDFINTERRUPT);
DECLARE_HANDLE(WDFIORESLIST);
DECLARE_HANDLE(WDFUSBDEVICE);
DECLARE_HANDLE(WDFUSBINTERFACE);
DECLARE_HANDLE(WDFUSBPIPE);
DECLARE_HANDLE(WDFWMIINSTANCE);
DECLARE_HANDLE(WDFWMIPROVIDER);
DECLARE_HANDLE(WDFDMAENABLER);
DECLARE_HANDLE(WDFDMATRANSACTION);
DECLARE_HANDLE(WDFCOMMONBUFFER);
#ifndef UMDF_VERSION_MAJOR
DECLARE_HANDLE(WDFCOMPANIONTARGET);
#else
DECLARE_HANDLE(WDFCOMPANION);
DECLARE_HANDLE(WDFTASKQUEUE);
#endif

/* A device that does not exist yet. Opaque; the WdfDeviceInit* functions fill it in. */
typedef struct WDFDEVICE_INIT *PWDFDEVICE_INIT;

/* The same of a class extension, of which there are none. */
typedef struct WDFCXDEVICE_INIT *PWDFCXDEVICE_INIT;

typedef size_t *WDF_STRUCT_INFO;

/* Before a declaration: nothing. */
#define WDFAPI

/* For optional parameters: says what is being left out. */
#define WDF_NULL_POINTER      NULL
#define WDF_NO_HANDLE         (NULL)
#define WDF_NO_CONTEXT        (NULL)
#define WDF_NO_EVENT_CALLBACK (NULL)
#define WDF_NO_SEND_OPTIONS   (NULL)

#endif
