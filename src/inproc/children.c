/* Drivers for children, by hardware ID. See <wdfuse/inproc.h>. */
#include <wdfuse/inproc.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "framework/lifecycle.h"
#include "framework/registry/configuration.h"
#include "port/thread.h"

/* Written while there are no devices; the list is in the order of the calls. */
struct serving {
    struct serving *next;
    char *hardware_id;
    struct driver *driver;
    struct configuration configuration;
};
static struct serving *servings;

/* The drivers for the child's first ID that has any. */
static int find_drivers(void *context, const struct wdf_device *child,
                        struct driver *drivers[CHILD_DRIVERS_MAX],
                        const struct device_installation **installation)
{
    int count = 0;
    const char *id;
    (void)context, (void)installation;
    for (unsigned i = 0; count == 0 && (id = device_child_id(child, i)) != NULL; i++) {
        for (struct serving *serving = servings; serving != NULL; serving = serving->next) {
            if (strcasecmp(serving->hardware_id, id) == 0 && count < CHILD_DRIVERS_MAX)
                drivers[count++] = serving->driver;
        }
    }
    return count;
}

static const struct child_drivers by_hardware_id = {.find = find_drivers};

static void free_serving(struct serving *serving)
{
    configuration_unload(&serving->configuration);
    free(serving->hardware_id);
    free(serving);
}

NTSTATUS WdfuseInprocServeChildren(PCSTR HardwareId, PDRIVER_INITIALIZE DriverEntry,
                                   PCSTR ServiceName)
{
    struct serving *serving = calloc(1, sizeof(*serving));
    if (serving == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    port_mutex_init(&serving->configuration.configuration_lock);
    serving->hardware_id = strdup(HardwareId);
    NTSTATUS status =
        serving->hardware_id != NULL
            ? driver_load(DriverEntry, ServiceName, &serving->configuration, &serving->driver)
            : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        free_serving(serving);
        return status;
    }
    struct serving **link = &servings;
    while (*link != NULL)
        link = &(*link)->next;
    *link = serving;
    driver_serve_children(&by_hardware_id);
    return STATUS_SUCCESS;
}

/* The last one first. */
static void unload_from(struct serving *serving)
{
    if (serving == NULL)
        return;
    unload_from(serving->next);
    driver_unload(serving->driver);
    free_serving(serving);
}

VOID WdfuseInprocStopServingChildren(VOID)
{
    driver_serve_children(NULL);
    unload_from(servings);
    servings = NULL;
}
