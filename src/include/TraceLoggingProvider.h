/*
 * TraceLogging: events whose fields are named where they are written. They go to the log as
 * "Provider.Event: level: name=value, name=value" when --trace asks for the provider, by its name
 * or GUID. Source: Windows documentation.
 */
#ifndef TRACELOGGINGPROVIDER_H
#define TRACELOGGINGPROVIDER_H

#include <evntrace.h>
#include <wdfuse/trace.h>

EXTERN_C_START

/* ---- providers ---- */

/* A provider's variable is this, so that a driver finds what it looks at without a detour. */
typedef WDFUSE_TRACE_CONTROL *TraceLoggingHProvider;

#define TRACELOGGING_DECLARE_PROVIDER(handle)                                                      \
    extern TRACELOGGING_LINKAGE WDFUSE_TRACE_CONTROL handle[1] __attribute__((visibility("hidden")))
#ifdef __cplusplus
#define TRACELOGGING_LINKAGE "C"
#else
#define TRACELOGGING_LINKAGE
#endif

/* TRACELOGGING_DEFINE_PROVIDER(variable, "Name", (eleven numbers of its GUID), options...). */
#define TRACELOGGING_DEFINE_PROVIDER(handle, name, guid, ...)                                      \
    TRACELOGGING_DECLARE_PROVIDER(handle);                                                         \
    static const GUID handle##Guid = TRACELOGGING_GUID guid;                                       \
    static const char *const handle##Flags[] = {0};                                                \
    static const WDFUSE_TRACE_PROVIDER handle##Provider = {name, 0, handle##Flags, &handle##Guid}; \
    WDFUSE_TRACE_CONTROL handle[1] = {{0, {0}, 0, 0, 0, 0, {0}, &handle##Provider, 0}}
#define TRACELOGGING_GUID(l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                               \
    {                                                                                              \
        l, w1, w2,                                                                                 \
        {                                                                                          \
            b1, b2, b3, b4, b5, b6, b7, b8                                                         \
        }                                                                                          \
    }

#define TraceLoggingOptionGroup(...)
#define TraceLoggingOptionMicrosoftTelemetry()

/* From TraceLoggingRegister to TraceLoggingUnregister events are written. They can't fail. */
__attribute__((unused)) static inline LONG TraceLoggingRegister(TraceLoggingHProvider Provider)
{
    WdfuseTraceRegister(Provider, 0, 1);
    return 0;
}

__attribute__((unused)) static inline VOID TraceLoggingUnregister(TraceLoggingHProvider Provider)
{
    WdfuseTraceUnregister(Provider, 1);
}

#define TraceLoggingRegisterEx(handle, callback, context)                                          \
    ((void)(callback), (void)(context), TraceLoggingRegister(handle))

#define TraceLoggingProviderEnabled(handle, level, keyword)                                        \
    ((void)(keyword), (handle)->Level != 0 && (handle)->Level >= (level))
#define TraceLoggingProviderId(handle) (*(handle)->Provider->Id)

/* ---- events ---- */

/* TraceLoggingWrite(provider, "Event", fields...): off, it costs a load and a branch, and the
 * fields are not evaluated. */
#define TraceLoggingWrite(handle, event, ...)                                                      \
    ((void)(__builtin_expect((handle)->Level != 0, 0)                                              \
                ? (WdfuseTraceEvent((handle), event __VA_OPT__(, ) __VA_ARGS__, WdfuseTraceEnd),   \
                   1)                                                                              \
                : 0))
#define TraceLoggingWriteActivity(handle, event, activity, related, ...)                           \
    ((void)(activity), (void)(related), TraceLoggingWrite(handle, event, __VA_ARGS__))

/* ---- what an event has beside fields ---- */

#define TraceLoggingLevel(level)             WdfuseTraceLevel, "", (ULONG)(level)
#define TraceLoggingKeyword(keyword)         WdfuseTraceKeyword, "", (ULONGLONG)(keyword)
#define TraceLoggingOpcode(opcode)           WdfuseTraceIgnored, "", (ULONG)(opcode)
#define TraceLoggingEventTag(tag)            WdfuseTraceIgnored, "", (ULONG)(tag)
#define TraceLoggingDescription(description) WdfuseTraceIgnored, "" description, 0u
#define TraceLoggingChannel(channel)         WdfuseTraceIgnored, "", (ULONG)(channel)

#ifndef WINEVENT_LEVEL_CRITICAL
#define WINEVENT_LEVEL_LOG_ALWAYS 0
#define WINEVENT_LEVEL_CRITICAL   1
#define WINEVENT_LEVEL_ERROR      2
#define WINEVENT_LEVEL_WARNING    3
#define WINEVENT_LEVEL_INFO       4
#define WINEVENT_LEVEL_VERBOSE    5
#endif
#ifndef WINEVENT_OPCODE_INFO
#define WINEVENT_OPCODE_INFO  0
#define WINEVENT_OPCODE_START 1
#define WINEVENT_OPCODE_STOP  2
#endif

/* ---- fields: (value), (value, "name"), (value, "name", "description", tags) ---- */

#define TRACELOGGING_NAME(value, ...)  TRACELOGGING_FIRST(__VA_ARGS__ __VA_OPT__(, ) #value, 0)
#define TRACELOGGING_FIRST(first, ...) first
#define TRACELOGGING_FIELD(kind, type, value, ...)                                                 \
    kind, TRACELOGGING_NAME(value, __VA_ARGS__), (type)(value)

#define TraceLoggingInt8(value, ...)  TRACELOGGING_FIELD(WdfuseTraceInt32, LONG, value, __VA_ARGS__)
#define TraceLoggingInt16(value, ...) TRACELOGGING_FIELD(WdfuseTraceInt32, LONG, value, __VA_ARGS__)
#define TraceLoggingInt32(value, ...) TRACELOGGING_FIELD(WdfuseTraceInt32, LONG, value, __VA_ARGS__)
#define TraceLoggingLong(value, ...)  TRACELOGGING_FIELD(WdfuseTraceInt32, LONG, value, __VA_ARGS__)
#define TraceLoggingUInt8(value, ...)                                                              \
    TRACELOGGING_FIELD(WdfuseTraceUInt32, UCHAR, value, __VA_ARGS__)
#define TraceLoggingUInt16(value, ...)                                                             \
    TRACELOGGING_FIELD(WdfuseTraceUInt32, USHORT, value, __VA_ARGS__)
#define TraceLoggingUInt32(value, ...)                                                             \
    TRACELOGGING_FIELD(WdfuseTraceUInt32, ULONG, value, __VA_ARGS__)
#define TraceLoggingULong(value, ...)                                                              \
    TRACELOGGING_FIELD(WdfuseTraceUInt32, ULONG, value, __VA_ARGS__)
#define TraceLoggingHexInt32(value, ...)                                                           \
    TRACELOGGING_FIELD(WdfuseTraceHexInt32, ULONG, value, __VA_ARGS__)
#define TraceLoggingHexUInt8(value, ...)                                                           \
    TRACELOGGING_FIELD(WdfuseTraceHexInt32, UCHAR, value, __VA_ARGS__)
#define TraceLoggingHexUInt16(value, ...)                                                          \
    TRACELOGGING_FIELD(WdfuseTraceHexInt32, USHORT, value, __VA_ARGS__)
#define TraceLoggingHexUInt32(value, ...)                                                          \
    TRACELOGGING_FIELD(WdfuseTraceHexInt32, ULONG, value, __VA_ARGS__)
#define TraceLoggingHexULong(value, ...)                                                           \
    TRACELOGGING_FIELD(WdfuseTraceHexInt32, ULONG, value, __VA_ARGS__)
#define TraceLoggingInt64(value, ...)                                                              \
    TRACELOGGING_FIELD(WdfuseTraceInt64, LONGLONG, value, __VA_ARGS__)
#define TraceLoggingIntPtr(value, ...)                                                             \
    TRACELOGGING_FIELD(WdfuseTraceInt64, LONGLONG, value, __VA_ARGS__)
#define TraceLoggingUInt64(value, ...)                                                             \
    TRACELOGGING_FIELD(WdfuseTraceUInt64, ULONGLONG, value, __VA_ARGS__)
#define TraceLoggingUIntPtr(value, ...)                                                            \
    TRACELOGGING_FIELD(WdfuseTraceUInt64, ULONGLONG, value, __VA_ARGS__)
#define TraceLoggingHexUInt64(value, ...)                                                          \
    TRACELOGGING_FIELD(WdfuseTraceHexInt64, ULONGLONG, value, __VA_ARGS__)
#define TraceLoggingFloat32(value, ...)                                                            \
    TRACELOGGING_FIELD(WdfuseTraceDouble, double, value, __VA_ARGS__)
#define TraceLoggingFloat64(value, ...)                                                            \
    TRACELOGGING_FIELD(WdfuseTraceDouble, double, value, __VA_ARGS__)
#define TraceLoggingBool(value, ...) TRACELOGGING_FIELD(WdfuseTraceBoolean, int, value, __VA_ARGS__)
#define TraceLoggingBoolean(value, ...)                                                            \
    TRACELOGGING_FIELD(WdfuseTraceBoolean, UCHAR, value, __VA_ARGS__)
#define TraceLoggingChar(value, ...)  TRACELOGGING_FIELD(WdfuseTraceChar, int, value, __VA_ARGS__)
#define TraceLoggingWChar(value, ...) TRACELOGGING_FIELD(WdfuseTraceWChar, int, value, __VA_ARGS__)
#define TraceLoggingNTStatus(value, ...)                                                           \
    TRACELOGGING_FIELD(WdfuseTraceStatus, NTSTATUS, value, __VA_ARGS__)
#define TraceLoggingWinError(value, ...)                                                           \
    TRACELOGGING_FIELD(WdfuseTraceWin32, ULONG, value, __VA_ARGS__)
#define TraceLoggingHResult(value, ...)                                                            \
    TRACELOGGING_FIELD(WdfuseTraceHResult, LONG, value, __VA_ARGS__)
#define TraceLoggingPointer(value, ...)                                                            \
    TRACELOGGING_FIELD(WdfuseTracePointer, const void *, value, __VA_ARGS__)
#define TraceLoggingCodePointer(value, ...)                                                        \
    TRACELOGGING_FIELD(WdfuseTracePointer, const void *, value, __VA_ARGS__)
#define TraceLoggingString(value, ...)                                                             \
    TRACELOGGING_FIELD(WdfuseTraceAnsi, const char *, value, __VA_ARGS__)
#define TraceLoggingUtf8String(value, ...)                                                         \
    TRACELOGGING_FIELD(WdfuseTraceAnsi, const char *, value, __VA_ARGS__)
#define TraceLoggingWideString(value, ...)                                                         \
    TRACELOGGING_FIELD(WdfuseTraceUnicode, const WCHAR *, value, __VA_ARGS__)
#define TraceLoggingUnicodeString(value, ...)                                                      \
    TRACELOGGING_FIELD(WdfuseTraceUnicodeString, const UNICODE_STRING *, value, __VA_ARGS__)
#define TraceLoggingAnsiString(value, ...)                                                         \
    TRACELOGGING_FIELD(WdfuseTraceAnsiString, const ANSI_STRING *, value, __VA_ARGS__)
#define TraceLoggingSid(value, ...)                                                                \
    TRACELOGGING_FIELD(WdfuseTraceSid, const void *, value, __VA_ARGS__)
#define TraceLoggingGuid(value, ...) WdfuseTraceGuid, TRACELOGGING_NAME(value, __VA_ARGS__), (value)
#define TraceLoggingFileTime(value, ...)                                                           \
    WdfuseTraceFileTime, TRACELOGGING_NAME(value, __VA_ARGS__),                                    \
        *(const LONGLONG *)(const void *)&(value)

/* With a count: bytes, or characters. */
#define TraceLoggingBinary(value, size, ...)                                                       \
    WdfuseTraceBinary, TRACELOGGING_NAME(value, __VA_ARGS__), (ULONG)(size), (const void *)(value)
#define TraceLoggingCountedString(value, count, ...)                                               \
    WdfuseTraceCountedAnsi, TRACELOGGING_NAME(value, __VA_ARGS__), (int)(count),                   \
        (const char *)(value)
#define TraceLoggingCountedUtf8String(value, count, ...)                                           \
    TraceLoggingCountedString(value, count, __VA_ARGS__)
#define TraceLoggingCountedWideString(value, count, ...)                                           \
    WdfuseTraceCountedUnicode, TRACELOGGING_NAME(value, __VA_ARGS__), (int)(count),                \
        (const WCHAR *)(value)

EXTERN_C_END

/* TraceLoggingValue(value, "name"): a field of the value's own type. */
#define TraceLoggingValue(value, ...)                                                              \
    TRACELOGGING_KIND(value), TRACELOGGING_NAME(value, __VA_ARGS__), (value)

#ifdef __cplusplus
extern "C++" {
constexpr int WdfuseTraceKindOf(bool)
{
    return WdfuseTraceBoolean;
}
constexpr int WdfuseTraceKindOf(char)
{
    return WdfuseTraceChar;
}
constexpr int WdfuseTraceKindOf(signed char)
{
    return WdfuseTraceInt32;
}
constexpr int WdfuseTraceKindOf(unsigned char)
{
    return WdfuseTraceUInt32;
}
constexpr int WdfuseTraceKindOf(wchar_t)
{
    return WdfuseTraceWChar;
}
constexpr int WdfuseTraceKindOf(short)
{
    return WdfuseTraceInt32;
}
constexpr int WdfuseTraceKindOf(unsigned short)
{
    return WdfuseTraceUInt32;
}
constexpr int WdfuseTraceKindOf(int)
{
    return WdfuseTraceInt32;
}
constexpr int WdfuseTraceKindOf(unsigned)
{
    return WdfuseTraceUInt32;
}
constexpr int WdfuseTraceKindOf(long)
{
    return WdfuseTraceInt64;
}
constexpr int WdfuseTraceKindOf(unsigned long)
{
    return WdfuseTraceUInt64;
}
constexpr int WdfuseTraceKindOf(long long)
{
    return WdfuseTraceInt64;
}
constexpr int WdfuseTraceKindOf(unsigned long long)
{
    return WdfuseTraceUInt64;
}
constexpr int WdfuseTraceKindOf(double)
{
    return WdfuseTraceDouble;
}
constexpr int WdfuseTraceKindOf(float)
{
    return WdfuseTraceDouble;
}
constexpr int WdfuseTraceKindOf(const char *)
{
    return WdfuseTraceAnsi;
}
constexpr int WdfuseTraceKindOf(const wchar_t *)
{
    return WdfuseTraceUnicode;
}
constexpr int WdfuseTraceKindOf(const void *)
{
    return WdfuseTracePointer;
}
inline int WdfuseTraceKindOf(const GUID &)
{
    return WdfuseTraceGuid;
}
}
#define TRACELOGGING_KIND(value) WdfuseTraceKindOf(value)
#else
#define TRACELOGGING_KIND(value)                                                                   \
    _Generic((value),                                                                              \
        _Bool: WdfuseTraceBoolean,                                                                 \
        char: WdfuseTraceChar,                                                                     \
        signed char: WdfuseTraceInt32,                                                             \
        unsigned char: WdfuseTraceUInt32,                                                          \
        short: WdfuseTraceInt32,                                                                   \
        unsigned short: WdfuseTraceUInt32,                                                         \
        int: WdfuseTraceInt32,                                                                     \
        unsigned: WdfuseTraceUInt32,                                                               \
        long: WdfuseTraceInt64,                                                                    \
        unsigned long: WdfuseTraceUInt64,                                                          \
        long long: WdfuseTraceInt64,                                                               \
        unsigned long long: WdfuseTraceUInt64,                                                     \
        float: WdfuseTraceDouble,                                                                  \
        double: WdfuseTraceDouble,                                                                 \
        char *: WdfuseTraceAnsi,                                                                   \
        const char *: WdfuseTraceAnsi,                                                             \
        WCHAR *: WdfuseTraceUnicode,                                                               \
        const WCHAR *: WdfuseTraceUnicode,                                                         \
        GUID: WdfuseTraceGuid,                                                                     \
        default: WdfuseTracePointer)
#endif

#endif
