/* Who the driver is. See identity.h. */
#include "framework/object/identity.h"

#include <stdio.h>

/* Written by the thread that loads and unloads, before and after all others run. */
static struct {
    char name[64];
    struct wdf_object *object;
    bool is_umdf;
} identity;

void driver_identity_set_name(const char *name)
{
    snprintf(identity.name, sizeof(identity.name), "%s", name);
}

void driver_identity_set_object(struct wdf_object *object, bool is_umdf)
{
    identity.object = object;
    identity.is_umdf = is_umdf;
}

const char *driver_name(void)
{
    return identity.name;
}

struct wdf_object *driver_object(void)
{
    return identity.object;
}

bool driver_is_umdf(void)
{
    return identity.is_umdf;
}
