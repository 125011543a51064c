/*
 * DMA: memory that driver and device share. Of the kernel-mode framework only. The functions do not
 * exist, and are not declared: there is no device to share with (docs/api.md).
 */
#ifndef WDFCOMMONBUFFER_H
#define WDFCOMMONBUFFER_H

#include <wdfdmaenabler.h>

WDF_EXTERN_C_START

#ifndef UMDF_VERSION_MAJOR

/*
 *   AlignmentRequirement  a mask: 0 for none, FILE_LONG_ALIGNMENT and so on.
 */
typedef struct _WDF_COMMON_BUFFER_CONFIG {
    ULONG Size;
    ULONG AlignmentRequirement;
} WDF_COMMON_BUFFER_CONFIG, *PWDF_COMMON_BUFFER_CONFIG;

FORCEINLINE VOID WDF_COMMON_BUFFER_CONFIG_INIT(PWDF_COMMON_BUFFER_CONFIG Config,
                                               ULONG AlignmentRequirement)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->AlignmentRequirement = AlignmentRequirement;
}

#endif

WDF_EXTERN_C_END

#endif
