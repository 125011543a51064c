/* Shared by the two drivers with trace messages: control GUIDs, and trace functions in a
 * configuration block. */
#ifndef TESTS_DRIVERS_TRACED_H
#define TESTS_DRIVERS_TRACED_H

#define WPP_CONTROL_GUIDS                                                                          \
    WPP_DEFINE_CONTROL_GUID(TracedGuid, (8a1f3b52, 0d47, 4c11, 9b6e, 5e20c7d3a4f1),                \
                            WPP_DEFINE_BIT(TRACE_START) /* the driver and its devices */           \
                            WPP_DEFINE_BIT(TRACE_REQUEST) /* each request */)                      \
    WPP_DEFINE_CONTROL_GUID(OtherGuid, (8a1f3b52, 0d47, 4c11, 9b6e, 5e20c7d3a4f2),                 \
                            WPP_DEFINE_BIT(TRACE_OTHER))

#define WPP_LEVEL_FLAGS_LOGGER(level, flags) WPP_LEVEL_LOGGER(flags)
#define WPP_LEVEL_FLAGS_ENABLED(level, flags)                                                      \
    (WPP_LEVEL_ENABLED(flags) && WPP_CONTROL(WPP_BIT_##flags).Level >= level)

/* RETURN_IF_FAILED ends its function if Status is a failure, and logs it. */
#define WPP_LEVEL_FLAGS_STATUS_PRE(level, flags, status)                                           \
    do {                                                                                           \
        NTSTATUS statusOfReturn = (status);                                                        \
        if (!NT_SUCCESS(statusOfReturn)) {
#define WPP_LEVEL_FLAGS_STATUS_POST(level, flags, status)                                          \
    ;                                                                                              \
    return statusOfReturn;                                                                         \
    }                                                                                              \
    }                                                                                              \
    while (0)

enum _TRACED_KIND { KindRead = 1, KindWrite, KindControl = 0x10 };

/*
 * begin_wpp config
 * FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);
 * FUNC TraceEntry{LEVEL=TRACE_LEVEL_VERBOSE, FLAGS=TRACE_REQUEST}(...);
 * USESUFFIX(TraceEntry, "--> %!FUNC!");
 * FUNC RETURN_IF_FAILED{LEVEL=TRACE_LEVEL_ERROR, FLAGS=TRACE_START}(STATUS);
 * USEPREFIX(RETURN_IF_FAILED, "%!STDPREFIX!%!FUNC! returns ");
 * USESUFFIX(RETURN_IF_FAILED, "%!STATUS!", statusOfReturn);
 * CUSTOM_TYPE(KIND, ItemEnum(_TRACED_KIND));
 * end_wpp
 */

#endif
