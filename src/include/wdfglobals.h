/*
 * What the framework of Windows keeps for each driver, as a type. Here a driver cannot read it:
 * WdfDriverGlobals is not declared, and WdfGetDriver returns the calling driver.
 */
#ifndef WDFGLOBALS_H
#define WDFGLOBALS_H

#include <wdftypes.h>

#define WDF_DRIVER_GLOBALS_NAME_LEN (32)

typedef struct _WDF_DRIVER_GLOBALS {
    WDFDRIVER Driver;
    /* WDF_DRIVER_INIT_FLAGS of <wdfdriver.h>. */
    ULONG DriverFlags;
    ULONG DriverTag;
    CHAR DriverName[WDF_DRIVER_GLOBALS_NAME_LEN];
    BOOLEAN DisplaceDriverUnload;
} WDF_DRIVER_GLOBALS, *PWDF_DRIVER_GLOBALS;

#endif
