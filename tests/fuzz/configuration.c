/*
 * Fuzzing configurations (src/framework/registry/configuration.h): the input is the file. It is
 * rejected with a line that says why, or is a registry whose text means the same.
 */
#include "framework/registry/configuration.h"

#include <ntstatus.h>

#include "require.h"

static void check_refused(NTSTATUS status, const char *error)
{
    require(status == STATUS_REGISTRY_CORRUPT);
    require(error[0] != '\0' && strchr(error, '\n') == NULL);
}

static char *text_again(const char *text)
{
    static struct configuration other = CONFIGURATION_INITIALIZER;
    char error[CONFIGURATION_ERROR_SIZE] = "";
    require(configuration_load(&other, text, strlen(text), NULL, error) == STATUS_SUCCESS);
    char *again = configuration_text(&other);
    configuration_unload(&other);
    return again;
}

static void check_loaded(struct configuration *configuration)
{
    char *text = configuration_text(configuration);
    require(text != NULL);
    char *again = text_again(text);
    require(again != NULL && strcmp(text, again) == 0);
    require(NT_SUCCESS(configuration_open(configuration, CONFIGURATION_PARAMETERS)));
    free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct configuration configuration = CONFIGURATION_INITIALIZER;
    char error[CONFIGURATION_ERROR_SIZE] = "";
    char *text = text_of(data, size);
    NTSTATUS status = configuration_load(&configuration, text, size, NULL, error);
    if (NT_SUCCESS(status))
        check_loaded(&configuration);
    else
        check_refused(status, error);
    NTSTATUS as_defaults = configuration_set_defaults(&configuration, text, size, error);
    require(NT_SUCCESS(as_defaults) == NT_SUCCESS(status));
    configuration_unload(&configuration);
    free(text);
    return 0;
}
