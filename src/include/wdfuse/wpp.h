/*
 * WPP: what each NAME.tmh begins with, which wdfuse-wpp makes (docs/porting.md). It turns the
 * driver's WPP_CONTROL_GUIDS into the variable that trace functions look at, and has the macros
 * that drivers define their conditions by. Names: WDK documentation.
 */
#ifndef WDFUSE_WPP_H
#define WDFUSE_WPP_H

#include <evntrace.h>
#include <wdfuse/trace.h>

/* ---- the driver's control GUIDs and flags ---- */

#ifdef WPP_CONTROL_GUIDS

/* Their numbers. */
#define WPP_DEFINE_CONTROL_GUID(Name, Guid, Bits) WPP_CTRL_##Name,
enum { WPP_CONTROL_GUIDS WPP_LAST_CTRL };
#undef WPP_DEFINE_CONTROL_GUID

/* Of each flag: the number of its GUID, and its own, from 1. */
#define WPP_DEFINE_CONTROL_GUID(Name, Guid, Bits)                                                  \
    WPP_BLOCK_START_##Name = WPP_CTRL_##Name * 0x10000, Bits WPP_BLOCK_END_##Name,
#define WPP_DEFINE_BIT(Name) WPP_BIT_##Name,
enum { WPP_CONTROL_GUIDS WPP_LAST_BIT };
#undef WPP_DEFINE_BIT
#undef WPP_DEFINE_CONTROL_GUID

/* Names, for --trace and the log. */
#define WPP_DEFINE_CONTROL_GUID(Name, Guid, Bits)                                                  \
    static const char *const WPP_FLAGS_##Name[] __attribute__((unused)) = {Bits 0};
#define WPP_DEFINE_BIT(Name) #Name,
WPP_CONTROL_GUIDS
#undef WPP_DEFINE_BIT
#undef WPP_DEFINE_CONTROL_GUID

#define WPP_GUID_TEXT(First, Second, Third, Fourth, Fifth)                                         \
#First "-" #Second "-" #Third "-" #Fourth "-" #Fifth
#define WPP_DEFINE_CONTROL_GUID(Name, Guid, Bits) {#Name, WPP_GUID_TEXT Guid, WPP_FLAGS_##Name, 0},
static const WDFUSE_TRACE_PROVIDER WPP_PROVIDERS[] __attribute__((unused)) = {WPP_CONTROL_GUIDS};
#undef WPP_DEFINE_CONTROL_GUID

/*
 * One for the whole driver, whichever of its units begins with it: hidden, so that another driver
 * of the process has its own, and the compiler finds it without a detour.
 */
#ifndef WPP_CB
#define WPP_CB WPP_MAIN_CB
#endif
typedef struct _WPP_CB_TYPE {
    WDFUSE_TRACE_CONTROL Control;
} WPP_CB_TYPE;

EXTERN_C_START
extern WPP_CB_TYPE WPP_CB[WPP_LAST_CTRL] __attribute__((weak, visibility("hidden")));
WPP_CB_TYPE WPP_CB[WPP_LAST_CTRL];
EXTERN_C_END

/* WPP_INIT_TRACING(DriverObject, RegistryPath), or (Name) in user mode: from here on the driver
 * traces what is asked for. WPP_CLEANUP ends it. */
#define WPP_INIT_TRACING(...) WppInitTracing(0 __VA_OPT__(, ) __VA_ARGS__)
#define WPP_CLEANUP(...)      WppCleanup(0 __VA_OPT__(, ) __VA_ARGS__)

__attribute__((unused)) static void WppInitTracing(int Unused, ...)
{
    (void)Unused;
    WdfuseTraceRegister(&WPP_CB[0].Control, WPP_PROVIDERS, WPP_LAST_CTRL);
#ifdef ENABLE_WPP_RECORDER
    for (int i = 0; i < WPP_LAST_CTRL; i++)
        WPP_CB[i].Control.AutoLogContext = (PVOID)WppRecorderLogGetDefault();
#endif
}

__attribute__((unused)) static void WppCleanup(int Unused, ...)
{
    (void)Unused;
    WdfuseTraceUnregister(&WPP_CB[0].Control, WPP_LAST_CTRL);
}

#endif

/* ---- conditions ---- */

#define WPP_CTRL_NO(Bit) ((Bit) >> 16)
#define WPP_FLAG_NO(Bit) ((0xFFFF & ((Bit)-1)) / 32)
#define WPP_MASK(Bit)    (1u << (((Bit)-1) & 31))
#define WPP_CONTROL(Bit) (WPP_CB[WPP_CTRL_NO(Bit)].Control)

/* A driver may have its own. */
#ifndef WPP_LEVEL_ENABLED
#define WPP_LEVEL_ENABLED(Flag)                                                                    \
    (WPP_CONTROL(WPP_BIT_##Flag).Flags[WPP_FLAG_NO(WPP_BIT_##Flag)] & WPP_MASK(WPP_BIT_##Flag))
#endif
#ifndef WPP_LEVEL_LOGGER
#define WPP_LEVEL_LOGGER(Flag) (WPP_CONTROL(WPP_BIT_##Flag).Logger),
#endif
#ifndef WPP_FLAG_ENABLED
#define WPP_FLAG_ENABLED(Flag) WPP_LEVEL_ENABLED(Flag)
#endif
#ifndef WPP_FLAG_LOGGER
#define WPP_FLAG_LOGGER(Flag) WPP_LEVEL_LOGGER(Flag)
#endif
#ifndef WPP_FLAGS_ENABLED
#define WPP_FLAGS_ENABLED(Flag) WPP_LEVEL_ENABLED(Flag)
#endif
#ifndef WPP_FLAGS_LOGGER
#define WPP_FLAGS_LOGGER(Flag) WPP_LEVEL_LOGGER(Flag)
#endif
#ifndef WPP_ENABLED
#define WPP_ENABLED() 1
#endif
#ifndef WPP_LOGGER
#define WPP_LOGGER() (WPP_CB[0].Control.Logger),
#endif

/*
 * What the flight recorder keeps of a flag, in which log: all but what is verbose, in the default
 * log. A driver may have its own.
 */
#ifndef WPP_RECORDER_LEVEL_FLAGS_FILTER
#define WPP_RECORDER_LEVEL_FLAGS_FILTER(Level_, Flag)                                              \
    WPP_RECORDER_KEEPS(WPP_CONTROL(WPP_BIT_##Flag).AutoLogContext, Level_, Flag)
#endif
#ifndef WPP_RECORDER_LEVEL_FLAGS_ARGS
#define WPP_RECORDER_LEVEL_FLAGS_ARGS(Level_, Flag)                                                \
    WPP_RECORDER_TO(WPP_CONTROL(WPP_BIT_##Flag).AutoLogContext, Level_, Flag)
#endif
#define WPP_RECORDER_KEEPS(Log, Level_, Flag)                                                      \
    ((Log) != 0 &&                                                                                 \
     ((Level_) < TRACE_LEVEL_VERBOSE || WPP_CONTROL(WPP_BIT_##Flag).AutoLogVerboseEnabled))
#define WPP_RECORDER_TO(Log, Level_, Flag)                                                         \
    (RECORDER_LOG)(Log), (ULONG)(Level_), (ULONG)(WPP_BIT_##Flag)

/* ---- messages ---- */

/*
 * A trace function, but for what its driver wants done before and after: Names is the beginning of
 * its conditions' names, RecorderNames those of the recorder, and Arguments what they are called
 * with.
 */
#ifdef ENABLE_WPP_RECORDER
#define WPP_TRACE(Names, RecorderNames, Arguments, Level, Flag, ...)                               \
    ((void)(__builtin_expect((Names##_ENABLED Arguments) || (RecorderNames##_FILTER Arguments), 0) \
                ? (WdfuseTraceRecord(                                                              \
                       !!(Names##_ENABLED Arguments),                                              \
                       Names##_LOGGER Arguments !!(RecorderNames##_FILTER Arguments),              \
                       RecorderNames##_ARGS Arguments, WPP_UNIT, __LINE__, __func__, Flag,         \
                       __VA_ARGS__),                                                               \
                   1)                                                                              \
                : 0))
#else
#define WPP_TRACE(Names, RecorderNames, Arguments, Level, Flag, ...)                               \
    ((void)(__builtin_expect(!!(Names##_ENABLED Arguments), 0)                                     \
                ? (WdfuseTraceMessage(Names##_LOGGER Arguments WPP_UNIT, __LINE__, __func__,       \
                                      Level, Flag, __VA_ARGS__),                                   \
                   1)                                                                              \
                : 0))
#endif

/* For a function whose message is in parentheses of its own. */
#define WPP_APPLY(Function, ...) Function(__VA_ARGS__)
#define WPP_OPEN(...)            __VA_ARGS__

/* What the WPP_LOG... macros of DEFINE_CPLX_TYPE are made of. */
#define WPP_LOGPAIR(Size, Address)  (size_t)(Size), (const void *)(Address),
#define WPP_LOGTYPEVAL(Type, Value) WPP_LOGPAIR(sizeof(Type), &(Value))
#define WPP_LOGTYPEPTR(Pointer)     WPP_LOGPAIR(sizeof(*(Pointer)), Pointer)

/* Queries by WMI: there are none. */
#define WPP_SYSTEMCONTROL(DriverObject)          ((void)(DriverObject))
#define WPP_SYSTEMCONTROL2(DriverObject, Offset) ((void)(DriverObject), (void)(Offset))

#endif
