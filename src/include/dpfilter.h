/*
 * Components and levels of DbgPrintEx. Every component's messages go to the log; the level decides
 * which of the log's levels they have. Source: WDK documentation.
 */
#ifndef DPFILTER_H
#define DPFILTER_H

typedef enum _DPFLTR_TYPE {
    DPFLTR_SYSTEM_ID = 0,
    DPFLTR_SMSS_ID = 1,
    DPFLTR_SETUP_ID = 2,
    DPFLTR_NTFS_ID = 3,
    DPFLTR_IDE_ID = 17,
    DPFLTR_VIDEO_ID = 21,
    DPFLTR_PNPMEM_ID = 54,
    DPFLTR_DEFAULT_ID = 101,
    DPFLTR_IHVDRIVER_ID = 77,
    DPFLTR_IHVVIDEO_ID = 78,
    DPFLTR_IHVAUDIO_ID = 79,
    DPFLTR_IHVNETWORK_ID = 80,
    DPFLTR_IHVSTREAMING_ID = 81,
    DPFLTR_IHVBUS_ID = 82,
} DPFLTR_TYPE;

#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3
#define DPFLTR_MASK          0x80000000

#endif
