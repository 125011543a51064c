/* WDFSTRING: a Unicode string with a handle. */
#ifndef WDFSTRING_H
#define WDFSTRING_H

#include <wdfobject.h>

WDF_EXTERN_C_START

/*
 * WdfStringCreate: makes a string object with a copy of the text.
 *   UnicodeString     the text; NULL for an empty string, which then has no buffer.
 *   StringAttributes  optional; default parent the driver (S1.15).
 *   String            receives the handle; deleted by the driver or with its parent.
 * PASSIVE_LEVEL. Returns STATUS_SUCCESS; the statuses of invalid attributes (S1.25);
 * STATUS_INVALID_PARAMETER: UnicodeString is malformed; STATUS_INVALID_DEVICE_REQUEST: above
 * PASSIVE_LEVEL; STATUS_INTEGER_OVERFLOW: no room for the zero after 65534 bytes;
 * STATUS_INSUFFICIENT_RESOURCES.
 */
NTSTATUS WdfStringCreate(PCUNICODE_STRING UnicodeString, PWDF_OBJECT_ATTRIBUTES StringAttributes,
                         WDFSTRING *String);

/*
 * WdfStringGetUnicodeString: the text, zero-terminated beyond its length; MaximumLength counts the
 * zero. UnicodeString receives a view of it that is valid as long as the object is and nothing else
 * is put into it. PASSIVE_LEVEL; above it nothing is written.
 */
VOID WdfStringGetUnicodeString(WDFSTRING String, PUNICODE_STRING UnicodeString);

WDF_EXTERN_C_END

#endif
