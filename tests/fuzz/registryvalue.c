/*
 * Fuzzing registry values (src/framework/registry/value.h): the input is a type, and bytes, as a
 * driver assigns them. What is accepted comes back from its text unchanged.
 */
#include "framework/registry/value.h"

#include <ntstatus.h>

#include "require.h"

static void check_text(const json_t *json, const struct registry_value *value)
{
    struct registry_value back = {0};
    char error[REGISTRY_VALUE_ERROR_SIZE] = "";
    require(registry_value_is_value(json));
    require(registry_value_decode(json, &back, error) == STATUS_SUCCESS);
    require(back.type == value->type && back.size == value->size);
    require(back.size == 0 || memcmp(back.bytes, value->bytes, back.size) == 0);
    registry_value_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json = NULL;
    if (size == 0)
        return 0;
    char *bytes = text_of(data + 1, size - 1);
    const struct registry_value value = {
        .type = data[0], .size = (ULONG)(size - 1), .bytes = size > 1 ? bytes : NULL};
    NTSTATUS status = registry_value_encode(&value, &json);
    if (NT_SUCCESS(status))
        check_text(json, &value);
    else
        require(status == STATUS_INVALID_PARAMETER);
    json_decref(json);
    free(bytes);
    return 0;
}
