/*
 * File objects with a traced life: every callback of theirs writes a word into file_trace.
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

/* What the next device gets; a test changes what it needs. */
extern WDF_FILEOBJECT_CONFIG file_config;
extern WDF_OBJECT_ATTRIBUTES file_attributes;

/* What the create callback answers. */
extern NTSTATUS create_status;

extern char file_trace[256];

/* What the last callback was given. */
extern WDFFILEOBJECT seen_file;
extern WDFDEVICE seen_device;

/* A fixture: all of the above anew, for a device with a parallel default queue. */
void trace_files(void);

void note_file_event(const char *word);

/* The parts, for a test that replaces one of them. */
VOID configure_files(PWDFDEVICE_INIT DeviceInit);
EVT_WDF_FILE_CLEANUP note_cleanup;
EVT_WDF_FILE_CLOSE note_close;

#endif
