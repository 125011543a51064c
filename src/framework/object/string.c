/* WDFSTRING. See string.h. */
#include "framework/object/string.h"

#include <stdlib.h>
#include <string.h>

#include <wdf.h>

#include "framework/object/apiresult.h"
#include "framework/object/creation.h"
#include "framework/object/verifier.h"
#include "nt/utf.h"

struct wdf_string {
    struct wdf_object object;
    /* Its buffer is malloc'ed and zero-terminated; NULL: none was ever given */
    UNICODE_STRING text;
};

static void string_free(struct wdf_object *object)
{
    struct wdf_string *string = CONTAINING_RECORD(object, struct wdf_string, object);
    free(string->text.Buffer);
    free(string);
}

static const struct object_class string_class = {.name = "WDFSTRING", .free = string_free};

static struct wdf_string *string_from_handle(WDFSTRING handle, const char *function)
{
    return CONTAINING_RECORD(object_from_handle(handle, &string_class, function), struct wdf_string,
                             object);
}

/*
 * As Microsoft's framework assigns: an empty text has a buffer, too, the zero counts in
 * MaximumLength, and a buffer that is large enough is used again, so that MaximumLength does not
 * shrink.
 */
static NTSTATUS assign(PUNICODE_STRING text, PCUNICODE_STRING source)
{
    size_t size = source->Length + sizeof(WCHAR);
    if (size > MAXUSHORT)
        return STATUS_INTEGER_OVERFLOW;
    if (text->MaximumLength < size) {
        PWCH buffer = malloc(size);
        if (buffer == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        free(text->Buffer);
        text->Buffer = buffer;
        text->MaximumLength = (USHORT)size;
    }
    text->Length = source->Length;
    if (source->Length > 0)
        memmove(text->Buffer, source->Buffer, source->Length);
    text->Buffer[source->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS string_create_for(PCUNICODE_STRING source, const WDF_OBJECT_ATTRIBUTES *attributes,
                           const void *creator, WDFSTRING *string)
{
    UNICODE_STRING text = {0};
    struct wdf_object *object;
    NTSTATUS status = source != NULL ? assign(&text, source) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status))
        return status;
    status = creation_allocate_for(sizeof(struct wdf_string), &string_class, attributes, 0, creator,
                                   &object);
    if (!NT_SUCCESS(status)) {
        free(text.Buffer);
        return status;
    }
    CONTAINING_RECORD(object, struct wdf_string, object)->text = text;
    status = creation_adopt(object, attributes);
    if (NT_SUCCESS(status))
        *string = (WDFSTRING)object;
    return status;
}

NTSTATUS WdfStringCreate(PCUNICODE_STRING UnicodeString, PWDF_OBJECT_ATTRIBUTES StringAttributes,
                         WDFSTRING *String)
{
    REQUIRE_PARAMETER(String);
    *String = NULL;
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return API_RESULT(STATUS_INVALID_DEVICE_REQUEST, "S1.15");
    NTSTATUS status = attributes_validate(StringAttributes, 0);
    if (NT_SUCCESS(status))
        status = verifier_unicode_string(UnicodeString, __func__);
    if (NT_SUCCESS(status))
        status =
            string_create_for(UnicodeString, StringAttributes, __builtin_return_address(0), String);
    return API_RESULT(status, "S1.15");
}

VOID WdfStringGetUnicodeString(WDFSTRING String, PUNICODE_STRING UnicodeString)
{
    struct wdf_string *string = string_from_handle(String, __func__);
    REQUIRE_PARAMETER(UnicodeString);
    if (!verifier_irql_is_at_most(PASSIVE_LEVEL, __func__))
        return;
    *UnicodeString = string->text;
}

NTSTATUS string_set(WDFSTRING handle, PCUNICODE_STRING text, const char *function)
{
    return assign(&string_from_handle(handle, function)->text, text);
}

const UNICODE_STRING *string_text(struct wdf_object *object)
{
    if (object->class != &string_class)
        return NULL;
    return &CONTAINING_RECORD(object, struct wdf_string, object)->text;
}

NTSTATUS string_set_utf8(WDFSTRING handle, const char *text, const char *function)
{
    struct wdf_string *string = string_from_handle(handle, function);
    UNICODE_STRING copy;
    if (!unicode_string_from_utf8(&copy, text))
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = assign(&string->text, &copy);
    free(copy.Buffer);
    return status;
}
