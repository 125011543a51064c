/*
 * The flight recorder: the last trace messages of a driver, kept in memory, and written to the log
 * when the driver crashes, breaks a rule, or does not come to its end. Messages get there by WPP
 * trace functions where ENABLE_WPP_RECORDER is defined (<wdfuse/wpp.h>). Source: WDK documentation.
 */
#ifndef WPPRECORDER_H
#define WPPRECORDER_H

#include <ntdef.h>

EXTERN_C_START

DECLARE_HANDLE(RECORDER_LOG);

#define RECORDER_LOG_IDENTIFIER_MAX_CHARS 16

typedef struct _RECORDER_CONFIGURE_PARAMS {
    ULONG Size;
    BOOLEAN CreateDefaultLog; /* for messages that name no log; TRUE unless the driver says else */
} RECORDER_CONFIGURE_PARAMS, *PRECORDER_CONFIGURE_PARAMS;

FORCEINLINE VOID RECORDER_CONFIGURE_PARAMS_INIT(PRECORDER_CONFIGURE_PARAMS Params)
{
    Params->Size = sizeof(*Params);
    Params->CreateDefaultLog = TRUE;
}

typedef struct _RECORDER_LOG_CREATE_PARAMS {
    ULONG Size;
    ULONG TotalBufferSize;    /* in bytes; 0: as many as the default log has */
    ULONG ErrorPartitionSize; /* of these, for errors alone */
    CHAR LogIdentifier[RECORDER_LOG_IDENTIFIER_MAX_CHARS];
} RECORDER_LOG_CREATE_PARAMS, *PRECORDER_LOG_CREATE_PARAMS;

FORCEINLINE VOID RECORDER_LOG_CREATE_PARAMS_INIT(PRECORDER_LOG_CREATE_PARAMS Params,
                                                 PCSTR LogIdentifier)
{
    memset(Params, 0, sizeof(*Params));
    Params->Size = sizeof(*Params);
    for (ULONG i = 0; LogIdentifier != NULL && LogIdentifier[i] != '\0' &&
                      i < RECORDER_LOG_IDENTIFIER_MAX_CHARS - 1;
         i++)
        Params->LogIdentifier[i] = LogIdentifier[i];
}

/* WppRecorderConfigure: before WPP_INIT_TRACING: whether there is a default log. */
VOID WppRecorderConfigure(PRECORDER_CONFIGURE_PARAMS ConfigureParams);

/* WppRecorderIsDefaultLogAvailable, WppRecorderLogGetDefault: NULL unless there is one. */
BOOLEAN WppRecorderIsDefaultLogAvailable(VOID);
RECORDER_LOG WppRecorderLogGetDefault(VOID);

/*
 * WppRecorderLogCreate: a log of the driver's own, which it deletes. IRQL <= DISPATCH_LEVEL.
 * Returns STATUS_INVALID_PARAMETER for a structure of another size, or a partition for errors that
 * is larger than the whole; STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WppRecorderLogCreate(PRECORDER_LOG_CREATE_PARAMS CreateParams, RECORDER_LOG *RecorderLog);
VOID WppRecorderLogDelete(RECORDER_LOG RecorderLog);

EXTERN_C_END

#endif
