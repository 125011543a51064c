/* The recorder of trace messages: its handle. Source: WDK documentation. */
#ifndef WPPRECORDER_H
#define WPPRECORDER_H

#include <ntdef.h>

DECLARE_HANDLE(RECORDER_LOG);

#endif
