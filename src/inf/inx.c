/* The variables of an INX. See inx.h. */
#include "inf/inx.h"

#include <stdio.h>
#include <string.h>

#include "inf/name.h"

static void print_architecture(const struct inf_system *system, char value[INX_VALUE_SIZE])
{
    snprintf(value, INX_VALUE_SIZE, "%s", system->architecture);
}

static void print_kmdf(const struct inf_system *system, char value[INX_VALUE_SIZE])
{
    (void)system;
    snprintf(value, INX_VALUE_SIZE, "%d.%d", INF_KMDF_MAJOR, INF_KMDF_MINOR);
}

static void print_kmdf_coinstaller(const struct inf_system *system, char value[INX_VALUE_SIZE])
{
    (void)system;
    snprintf(value, INX_VALUE_SIZE, "%02d%03d", INF_KMDF_MAJOR, INF_KMDF_MINOR);
}

static void print_umdf(const struct inf_system *system, char value[INX_VALUE_SIZE])
{
    (void)system;
    snprintf(value, INX_VALUE_SIZE, "%d.%d.0", INF_UMDF_MAJOR, INF_UMDF_MINOR);
}

static void print_umdf_coinstaller(const struct inf_system *system, char value[INX_VALUE_SIZE])
{
    (void)system;
    snprintf(value, INX_VALUE_SIZE, "%02d%03d", INF_UMDF_MAJOR, INF_UMDF_MINOR);
}

static const struct variable {
    const char *name;
    void (*print)(const struct inf_system *system, char value[INX_VALUE_SIZE]);
} variables[] = {
    {"$ARCH$", print_architecture},
    {"$KMDFVERSION$", print_kmdf},
    {"$KMDFCOINSTALLERVERSION$", print_kmdf_coinstaller},
    {"$UMDFVERSION$", print_umdf},
    {"$UMDFCOINSTALLERVERSION$", print_umdf_coinstaller},
};

size_t inx_variable(const struct inf_system *system, const char *text, size_t length,
                    char value[INX_VALUE_SIZE])
{
    if (text[0] != '$')
        return 0;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        size_t name_length = strlen(variables[i].name);
        if (name_length > length || !name_begins(text, variables[i].name, name_length))
            continue;
        variables[i].print(system, value);
        return name_length;
    }
    return 0;
}
