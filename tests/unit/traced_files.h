/*
 * File objects with a traced life: each of their callbacks adds a word to file_trace.
 *
 *     create cleanup close object-cleanup object-destroy
 *
 * For the driver of holding.h.
 */
#ifndef TESTS_UNIT_TRACED_FILES_H
#define TESTS_UNIT_TRACED_FILES_H

#include <ntddk.h>
#include <wdf.h>

typedef struct _PER_OPEN {
    ULONG Number;
    UCHAR Rest[28];
} PER_OPEN;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(PER_OPEN, GetPerOpen)

/* The configuration of the next device; a test changes what it needs. */
extern WDF_FILEOBJECT_CONFIG file_config;
extern WDF_OBJECT_ATTRIBUTES file_attributes;

/* What the create callback returns. */
extern NTSTATUS create_status;

extern char file_trace[256];

/* The arguments of the last callback. */
extern WDFFILEOBJECT seen_file;
extern WDFDEVICE seen_device;

/* A fixture: resets all of the above, for a device with a parallel default queue. */
void trace_files(void);

void note_file_event(const char *word);

/* The parts, for a test that replaces one of them. */
VOID configure_files(PWDFDEVICE_INIT DeviceInit);
EVT_WDF_FILE_CLEANUP note_cleanup;
EVT_WDF_FILE_CLOSE note_close;

#endif
