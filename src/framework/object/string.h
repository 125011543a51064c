/* WDFSTRING: a Unicode string with a handle. */
#ifndef WDFUSE_FRAMEWORK_OBJECT_STRING_H
#define WDFUSE_FRAMEWORK_OBJECT_STRING_H

#include <wdf.h>

#include "framework/object/object.h"

/* A string object, for the driver whose code `creator` is in (S1.12), unless the attributes name a
 * parent. Returns as WdfStringCreate, and STATUS_INTEGER_OVERFLOW as below. */
NTSTATUS string_create_for(PCUNICODE_STRING source, const WDF_OBJECT_ATTRIBUTES *attributes,
                           const void *creator, WDFSTRING *string);

/* Puts a text in the place of the present one: STATUS_SUCCESS; without a change
 * STATUS_INSUFFICIENT_RESOURCES or, of 65534 bytes, STATUS_INTEGER_OVERFLOW. */
NTSTATUS string_set_utf8(WDFSTRING handle, const char *text, const char *function);

/* The same with a counted text. */
NTSTATUS string_set(WDFSTRING handle, PCUNICODE_STRING text, const char *function);

/* The text of an object that is a WDFSTRING, or NULL. */
const UNICODE_STRING *string_text(struct wdf_object *object);

#endif
