/*
 * The arithmetic of <ntintsafe.h> as user-mode drivers call it: without Rtl, and with an HRESULT.
 * Source of names and behaviour: Win32 documentation.
 */
#ifndef INTSAFE_H
#define INTSAFE_H

#include <ntintsafe.h>
#include <windows.h>

#define INTSAFE_E_ARITHMETIC_OVERFLOW ((HRESULT)0x80070216)

/* Not to be called by drivers. */
#define INTSAFE_RESULT(_status) (NT_SUCCESS(_status) ? S_OK : INTSAFE_E_ARITHMETIC_OVERFLOW)

#define UShortAdd(_left, _right, _result)    INTSAFE_RESULT(RtlUShortAdd(_left, _right, _result))
#define UShortSub(_left, _right, _result)    INTSAFE_RESULT(RtlUShortSub(_left, _right, _result))
#define UShortMult(_left, _right, _result)   INTSAFE_RESULT(RtlUShortMult(_left, _right, _result))
#define UIntAdd(_left, _right, _result)      INTSAFE_RESULT(RtlUIntAdd(_left, _right, _result))
#define UIntSub(_left, _right, _result)      INTSAFE_RESULT(RtlUIntSub(_left, _right, _result))
#define UIntMult(_left, _right, _result)     INTSAFE_RESULT(RtlUIntMult(_left, _right, _result))
#define ULongAdd(_left, _right, _result)     INTSAFE_RESULT(RtlULongAdd(_left, _right, _result))
#define ULongSub(_left, _right, _result)     INTSAFE_RESULT(RtlULongSub(_left, _right, _result))
#define ULongMult(_left, _right, _result)    INTSAFE_RESULT(RtlULongMult(_left, _right, _result))
#define DWordAdd                             ULongAdd
#define DWordSub                             ULongSub
#define DWordMult                            ULongMult
#define ULongLongAdd(_left, _right, _result) INTSAFE_RESULT(RtlULongLongAdd(_left, _right, _result))
#define ULongLongSub(_left, _right, _result) INTSAFE_RESULT(RtlULongLongSub(_left, _right, _result))
#define ULongLongMult(_left, _right, _result)                                                      \
    INTSAFE_RESULT(RtlULongLongMult(_left, _right, _result))
#define SizeTAdd(_left, _right, _result)  INTSAFE_RESULT(RtlSizeTAdd(_left, _right, _result))
#define SizeTSub(_left, _right, _result)  INTSAFE_RESULT(RtlSizeTSub(_left, _right, _result))
#define SizeTMult(_left, _right, _result) INTSAFE_RESULT(RtlSizeTMult(_left, _right, _result))

#define SizeTToUShort(_operand, _result)    INTSAFE_RESULT(RtlSizeTToUShort(_operand, _result))
#define SizeTToULong(_operand, _result)     INTSAFE_RESULT(RtlSizeTToULong(_operand, _result))
#define SizeTToDWord                        SizeTToULong
#define ULongToUShort(_operand, _result)    INTSAFE_RESULT(RtlULongToUShort(_operand, _result))
#define ULongLongToULong(_operand, _result) INTSAFE_RESULT(RtlULongLongToULong(_operand, _result))
#define LongLongToULong(_operand, _result)  INTSAFE_RESULT(RtlLongLongToULong(_operand, _result))
#define LongToULong(_operand, _result)      INTSAFE_RESULT(RtlLongToULong(_operand, _result))

#endif
