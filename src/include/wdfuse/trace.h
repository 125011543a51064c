/*
 * Trace messages: the sink of WPP, of TraceLogging and of ETW. Drivers do not call it by these
 * names: <NAME.tmh>, which wdfuse-wpp generates, <TraceLoggingProvider.h> and <evntprov.h> do.
 *
 * A provider has flags (or keywords) and is off until one of them is selected, by `--trace` of
 * wdfhost or by WdfuseTraceEnable. A message that is off costs its driver a load and a branch; one
 * that is on becomes a line of the log. Nothing is allocated.
 */
#ifndef WDFUSE_TRACE_H
#define WDFUSE_TRACE_H

#include <ntdef.h>
#include <wpprecorder.h>

EXTERN_C_START

/*
 * WdfuseTraceEnable: selects messages, of providers that exist and of those that come later.
 * Specification is FLAG or FLAG,LEVEL: FLAG is the name of a flag or of a provider, the provider's
 * GUID, or * for all; LEVEL is critical, error, warning, information, verbose, or a number from 0
 * to 255 (default: verbose). 0 undoes an earlier selection of the same FLAG. Not while another
 * thread traces. Returns 0, or -1 with the reason in Error.
 */
int WdfuseTraceEnable(const char *Specification, char *Error, size_t ErrorSize);

/* ---- what the headers above share with the sink ---- */

#define WDFUSE_TRACE_FLAG_WORDS 4
#define WDFUSE_TRACE_FLAGS_MAX  (32 * WDFUSE_TRACE_FLAG_WORDS)

/* What does not change of a provider. */
typedef struct _WDFUSE_TRACE_PROVIDER {
    const char *Name;
    const char *Guid;         /* 32 digits with their dashes; NULL: see Id */
    const char *const *Flags; /* names in the order of the bits; ends with NULL */
    const GUID *Id;           /* or NULL */
} WDFUSE_TRACE_PROVIDER;

/*
 * What drivers look at before they trace: WPP_CONTROL(bit) is one. Flags has a bit for each flag
 * that is asked for, Level the highest level among them.
 */
typedef struct _WDFUSE_TRACE_CONTROL {
    ULONG64 Logger; /* the address of this; 0 unless it is registered */
    ULONG Flags[WDFUSE_TRACE_FLAG_WORDS];
    UCHAR Level;
    /* The flight recorder's (<wpprecorder.h>). */
    UCHAR AutoLogVerboseEnabled;
    USHORT AutoLogAttachToMiniDump;
    PVOID AutoLogContext;
    /* The sink's. */
    UCHAR Levels[WDFUSE_TRACE_FLAGS_MAX];
    const WDFUSE_TRACE_PROVIDER *Provider;
    struct _WDFUSE_TRACE_CONTROL *Next;
} WDFUSE_TRACE_CONTROL;

/* Registers the controls with the sink, and takes them from it. Controls that are there already,
 * or not, are left alone. */
VOID WdfuseTraceRegister(WDFUSE_TRACE_CONTROL *Controls, const WDFUSE_TRACE_PROVIDER *Providers,
                         ULONG Count);
VOID WdfuseTraceUnregister(WDFUSE_TRACE_CONTROL *Controls, ULONG Count);

/* Where the value of a format word of the driver's own is written. */
typedef struct _WDFUSE_TRACE_TEXT WDFUSE_TRACE_TEXT;

/* A name for a value: of an enumeration, of a list, or of bits that are set. */
typedef struct _WDFUSE_TRACE_NAME {
    LONGLONG Value;
    const char *Name;
} WDFUSE_TRACE_NAME;

/*
 * A format word of the driver's own, %!Word!: CUSTOM_TYPE has Names, which end with a NULL, or a
 * Word of the sink's that it is shown like (Like); DEFINE_CPLX_TYPE has a function that takes the
 * argument from Arguments, whose type it alone knows, and gives its bytes to WdfuseTraceBytes.
 */
typedef struct _WDFUSE_TRACE_WORD {
    const char *Word;
    const char *Like;
    const WDFUSE_TRACE_NAME *Names;
    VOID (*Render)(WDFUSE_TRACE_TEXT *Text, va_list *Arguments);
} WDFUSE_TRACE_WORD;

/* What a unit of a driver has in common for all its messages. */
typedef struct _WDFUSE_TRACE_UNIT {
    const char *File;
    const char *Module;
    const WDFUSE_TRACE_WORD *Words; /* ends with one without Word; NULL: none */
} WDFUSE_TRACE_UNIT;

/*
 * Pairs of a size_t and an address, the last one of size 0: the bytes of an argument, as WPP_LOG...
 * macros name them. Item says how they are shown: "ItemHEXDump", "ItemPString" and others.
 */
VOID WdfuseTraceBytes(WDFUSE_TRACE_TEXT *Text, const char *Item, ...);

/*
 * One message. Level 0: Flag says it, if anything does ("TRACE_LEVEL_ERROR"). Format has
 * Microsoft's conversions and the words of WPP.
 */
VOID WdfuseTraceMessage(ULONG64 Logger, const WDFUSE_TRACE_UNIT *Unit, ULONG Line,
                        const char *Function, ULONG Level, const char *Flag, const char *Format,
                        ...) __attribute__((cold));

/*
 * The same, for a message that may also go to the flight recorder: what is Traced goes to the log,
 * what is Recorded to Log. Bit is the flag's number.
 */
VOID WdfuseTraceRecord(BOOLEAN Traced, ULONG64 Logger, BOOLEAN Recorded, RECORDER_LOG Log,
                       ULONG Level, ULONG Bit, const WDFUSE_TRACE_UNIT *Unit, ULONG Line,
                       const char *Function, const char *Flag, const char *Format, ...)
    __attribute__((cold));

/* ---- events with fields: TraceLogging, and what wdfuse-mc makes from manifests ---- */

/* What the value of a field is, and is passed as. */
typedef enum _WDFUSE_TRACE_KIND {
    WdfuseTraceEnd,
    WdfuseTraceLevel,    /* ULONG: the event's; the name is ignored, as it is of the next two */
    WdfuseTraceKeyword,  /* ULONGLONG */
    WdfuseTraceIgnored,  /* ULONG */
    WdfuseTraceInt32,    /* LONG; smaller ones, too */
    WdfuseTraceUInt32,   /* ULONG */
    WdfuseTraceHexInt32, /* ULONG */
    WdfuseTraceInt64,    /* LONGLONG */
    WdfuseTraceUInt64,   /* ULONGLONG */
    WdfuseTraceHexInt64, /* ULONGLONG */
    WdfuseTraceDouble,   /* double */
    WdfuseTraceBoolean,  /* int */
    WdfuseTraceChar,     /* int */
    WdfuseTraceWChar,    /* int */
    WdfuseTraceAnsi,     /* const char * */
    WdfuseTraceUnicode,  /* const WCHAR * */
    WdfuseTraceAnsiString,
    WdfuseTraceUnicodeString, /* const UNICODE_STRING * */
    WdfuseTraceCountedAnsi,   /* const char *, int */
    WdfuseTraceCountedUnicode,
    WdfuseTracePointer,  /* const void * */
    WdfuseTraceStatus,   /* NTSTATUS */
    WdfuseTraceWin32,    /* ULONG */
    WdfuseTraceHResult,  /* LONG */
    WdfuseTraceGuid,     /* GUID */
    WdfuseTraceGuidAt,   /* const GUID * */
    WdfuseTraceFileTime, /* LONGLONG */
    WdfuseTraceSid,      /* const void * */
    WdfuseTraceBinary,   /* const void *, ULONG: how many bytes */
} WDFUSE_TRACE_KIND;

/*
 * One event: its name, and fields, each a WDFUSE_TRACE_KIND, a name and a value; WdfuseTraceEnd
 * ends them. Its flags are those of the provider whose keywords it has.
 */
VOID WdfuseTraceEvent(const WDFUSE_TRACE_CONTROL *Control, const char *Event, ...)
    __attribute__((cold));

EXTERN_C_END

#endif
