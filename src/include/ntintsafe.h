/*
 * Arithmetic that notices when the result does not fit: STATUS_INTEGER_OVERFLOW then, and all bits
 * of *Result are set. Source of names and behaviour: WDK documentation.
 */
#ifndef NTINTSAFE_H
#define NTINTSAFE_H

#include <wdm.h>

/* The three operations of one type: RtlULongAdd(Augend, Addend, Result), RtlULongSub,
 * RtlULongMult. */
#define NTINTSAFE_OPERATION(_function, _type, _builtin)                                            \
    FORCEINLINE NTSTATUS _function(_type Left, _type Right, _type *Result)                         \
    {                                                                                              \
        if (!_builtin(Left, Right, Result))                                                        \
            return STATUS_SUCCESS;                                                                 \
        *Result = (_type)-1;                                                                       \
        return STATUS_INTEGER_OVERFLOW;                                                            \
    }
#define NTINTSAFE_OPERATIONS(_name, _type)                                                         \
    NTINTSAFE_OPERATION(Rtl##_name##Add, _type, __builtin_add_overflow)                            \
    NTINTSAFE_OPERATION(Rtl##_name##Sub, _type, __builtin_sub_overflow)                            \
    NTINTSAFE_OPERATION(Rtl##_name##Mult, _type, __builtin_mul_overflow)

NTINTSAFE_OPERATIONS(UInt8, UINT8)
NTINTSAFE_OPERATIONS(UShort, USHORT)
NTINTSAFE_OPERATIONS(UInt, UINT)
NTINTSAFE_OPERATIONS(ULong, ULONG)
NTINTSAFE_OPERATIONS(ULongLong, ULONGLONG)
NTINTSAFE_OPERATIONS(ULongPtr, ULONG_PTR)
NTINTSAFE_OPERATIONS(SizeT, SIZE_T)
NTINTSAFE_OPERATIONS(Int, INT)
NTINTSAFE_OPERATIONS(Long, LONG)
NTINTSAFE_OPERATIONS(LongLong, LONGLONG)

/* Conversions to a type that may be too small: RtlSizeTToULong(Operand, Result). */
#define NTINTSAFE_CONVERSION(_function, _from, _to)                                                \
    FORCEINLINE NTSTATUS _function(_from Operand, _to *Result)                                     \
    {                                                                                              \
        if (!__builtin_add_overflow(Operand, (_from)0, Result))                                    \
            return STATUS_SUCCESS;                                                                 \
        *Result = (_to)-1;                                                                         \
        return STATUS_INTEGER_OVERFLOW;                                                            \
    }

NTINTSAFE_CONVERSION(RtlUShortToUChar, USHORT, UCHAR)
NTINTSAFE_CONVERSION(RtlUIntToUShort, UINT, USHORT)
NTINTSAFE_CONVERSION(RtlULongToUChar, ULONG, UCHAR)
NTINTSAFE_CONVERSION(RtlULongToUShort, ULONG, USHORT)
NTINTSAFE_CONVERSION(RtlULongToLong, ULONG, LONG)
NTINTSAFE_CONVERSION(RtlLongToULong, LONG, ULONG)
NTINTSAFE_CONVERSION(RtlLongToUShort, LONG, USHORT)
NTINTSAFE_CONVERSION(RtlIntToUInt, INT, UINT)
NTINTSAFE_CONVERSION(RtlLongLongToLong, LONGLONG, LONG)
NTINTSAFE_CONVERSION(RtlLongLongToULong, LONGLONG, ULONG)
NTINTSAFE_CONVERSION(RtlLongLongToULongLong, LONGLONG, ULONGLONG)
NTINTSAFE_CONVERSION(RtlULongLongToULong, ULONGLONG, ULONG)
NTINTSAFE_CONVERSION(RtlULongLongToUShort, ULONGLONG, USHORT)
NTINTSAFE_CONVERSION(RtlULongLongToLongLong, ULONGLONG, LONGLONG)
NTINTSAFE_CONVERSION(RtlULongPtrToULong, ULONG_PTR, ULONG)
NTINTSAFE_CONVERSION(RtlSizeTToUShort, SIZE_T, USHORT)
NTINTSAFE_CONVERSION(RtlSizeTToULong, SIZE_T, ULONG)
NTINTSAFE_CONVERSION(RtlSizeTToLong, SIZE_T, LONG)
NTINTSAFE_CONVERSION(RtlSizeTToInt, SIZE_T, INT)
NTINTSAFE_CONVERSION(RtlSizeTToUInt, SIZE_T, UINT)

#endif
