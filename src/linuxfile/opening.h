/*
 * Each open of ours opens the file of Linux with the client's flags; its last close closes it.
 */
#ifndef WDFUSE_LINUXFILE_OPENING_H
#define WDFUSE_LINUXFILE_OPENING_H

#include <wdf.h>

EVT_WDF_DEVICE_FILE_CREATE opening_create;
EVT_WDF_FILE_CLOSE opening_close;
EVT_WDF_OBJECT_CONTEXT_CLEANUP opening_cleanup;
EVT_WDF_OBJECT_CONTEXT_DESTROY opening_destroy;

#endif
