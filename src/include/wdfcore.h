/*
 * Times, alignment and pointer arithmetic as WDF drivers write them.
 */
#ifndef WDFCORE_H
#define WDFCORE_H

#include <wdfassert.h>
#include <wdftypes.h>

/*
 * Whether the framework that runs the driver has a function, structure or field that the driver was
 * compiled with. It always has, because a driver that was built for a later version is not loaded.
 * What is not declared does not exist.
 */
#define WDF_IS_FUNCTION_AVAILABLE(_function)   ((void)sizeof(&(_function)), TRUE)
#define WDF_IS_STRUCTURE_AVAILABLE(_structure) ((void)sizeof(_structure), TRUE)
#define WDF_IS_FIELD_AVAILABLE(_structure, _field)                                                 \
    ((void)sizeof(((_structure *)NULL)->_field), TRUE)

/* Times are in units of 100 ns. Negative: from now on; positive: since 1 January 1601 UTC. */
#define WDF_TIMEOUT_TO_US  ((LONGLONG)10)
#define WDF_TIMEOUT_TO_MS  ((LONGLONG)10 * 1000)
#define WDF_TIMEOUT_TO_SEC ((LONGLONG)10 * 1000 * 1000)

FORCEINLINE LONGLONG WDF_REL_TIMEOUT_IN_SEC(ULONGLONG Time)
{
    return (LONGLONG)Time * -WDF_TIMEOUT_TO_SEC;
}

FORCEINLINE LONGLONG WDF_REL_TIMEOUT_IN_MS(ULONGLONG Time)
{
    return (LONGLONG)Time * -WDF_TIMEOUT_TO_MS;
}

FORCEINLINE LONGLONG WDF_REL_TIMEOUT_IN_US(ULONGLONG Time)
{
    return (LONGLONG)Time * -WDF_TIMEOUT_TO_US;
}

FORCEINLINE LONGLONG WDF_ABS_TIMEOUT_IN_SEC(ULONGLONG Time)
{
    return (LONGLONG)Time * WDF_TIMEOUT_TO_SEC;
}

FORCEINLINE LONGLONG WDF_ABS_TIMEOUT_IN_MS(ULONGLONG Time)
{
    return (LONGLONG)Time * WDF_TIMEOUT_TO_MS;
}

FORCEINLINE LONGLONG WDF_ABS_TIMEOUT_IN_US(ULONGLONG Time)
{
    return (LONGLONG)Time * WDF_TIMEOUT_TO_US;
}

/* The multiple of AlignTo, a power of two, at or below Length; at or above it. In bytes. */
FORCEINLINE size_t WDF_ALIGN_SIZE_DOWN(size_t Length, size_t AlignTo)
{
    return Length & ~(AlignTo - 1);
}

FORCEINLINE size_t WDF_ALIGN_SIZE_UP(size_t Length, size_t AlignTo)
{
    return WDF_ALIGN_SIZE_DOWN(Length + AlignTo - 1, AlignTo);
}

/* Offsets are in bytes. */
#define WDF_PTR_ADD_OFFSET_TYPE(_ptr, _offset, _type) ((_type)(((PUCHAR)(_ptr)) + (_offset)))
#define WDF_PTR_ADD_OFFSET(_ptr, _offset)             WDF_PTR_ADD_OFFSET_TYPE(_ptr, _offset, PVOID)
#define WDF_PTR_GET_OFFSET(_base, _ptr)               ((ULONG)(((PUCHAR)(_ptr)) - ((PUCHAR)(_base))))

#endif
