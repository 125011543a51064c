/*
 * How drivers of the user-mode framework access registers and ports: the types. The functions do
 * not exist, and are not declared: there is no hardware (docs/api.md). Kernel-mode drivers use
 * READ_REGISTER_ULONG and the like.
 */
#ifndef WDFHWACCESS_H
#define WDFHWACCESS_H

#include <wdftypes.h>

#ifdef UMDF_VERSION_MAJOR

#define WDF_NO_BUFFER         (NULL)
#define WDF_ZERO_BUFFER_COUNT (0)
#define WDF_UNUSED_VALUE      (0)

typedef enum _WDF_DEVICE_HWACCESS_TARGET_TYPE {
    WdfDeviceHwAccessTargetTypeInvalid = 0,
    WdfDeviceHwAccessTargetTypeRegister,
    WdfDeviceHwAccessTargetTypeRegisterBuffer,
    WdfDeviceHwAccessTargetTypePort,
    WdfDeviceHwAccessTargetTypePortBuffer,
    WdfDeviceHwAccessTargetTypeMaximum,
} WDF_DEVICE_HWACCESS_TARGET_TYPE,
    *PWDF_DEVICE_HWACCESS_TARGET_TYPE;

typedef enum _WDF_DEVICE_HWACCESS_TARGET_SIZE {
    WdfDeviceHwAccessTargetSizeInvalid = 0,
    WdfDeviceHwAccessTargetSizeUchar,
    WdfDeviceHwAccessTargetSizeUshort,
    WdfDeviceHwAccessTargetSizeUlong,
    WdfDeviceHwAccessTargetSizeUlong64,
    WdfDeviceHwAccessTargetSizeMaximum,
} WDF_DEVICE_HWACCESS_TARGET_SIZE,
    *PWDF_DEVICE_HWACCESS_TARGET_SIZE;

#endif

#endif
