/* Devices by name. See find.h. */
#include "framework/device/find.h"

#include <string.h>
#include <strings.h>

#include "framework/device/device.h"
#include "framework/device/name.h"

/* One name in the forms in which it is looked up. */
struct search {
    const char *whole;   /* "\Device\Foo" */
    const char *last;    /* "Foo": what stands behind the last backslash; or "" */
    const char *path;    /* "by-interface/...": without a prefix */
    bool is_device_name; /* \Device\Foo: no link of that name is meant */
    struct wdf_device *found;
};

/* What follows the prefix that leads to links; NULL: no such prefix. */
static const char *behind_prefix(const char *name)
{
    static const char *const prefixes[] = {
        "\\DosDevices\\Global\\", "\\DosDevices\\", "\\??\\Global\\", "\\??\\",
        "\\Global??\\",           "\\\\.\\",        "\\\\?\\",
    };
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t length = strlen(prefixes[i]);
        if (strncasecmp(name, prefixes[i], length) == 0)
            return name + length;
    }
    return NULL;
}

static bool is_called(struct wdf_device *device, const struct search *search)
{
    const struct device_texts *texts = &device->init.texts;
    if (texts->name != NULL && strcasecmp(texts->name, search->whole) == 0)
        return true;
    if (texts->node != NULL && strcasecmp(texts->node, search->last) == 0)
        return true;
    return !search->is_device_name && device_has_name(device, search->last, search->path);
}

static void look_at(struct wdf_device *device, void *context)
{
    struct search *search = context;
    if (search->found == NULL && is_called(device, search))
        search->found = node_reference_opened(device);
}

static struct wdf_device *(*find_file)(const char *path);

void device_find_files_by(struct wdf_device *(*find)(const char *path))
{
    find_file = find;
}

struct wdf_device *device_find(const char *name)
{
    static const char device_folder[] = "\\Device\\";
    const char *link = behind_prefix(name);
    bool is_device_name = strncasecmp(name, device_folder, strlen(device_folder)) == 0;
    struct search search = {
        .whole = name,
        .last = link != NULL || is_device_name ? strrchr(name, '\\') + 1 : "",
        .path = link != NULL ? link : name,
        .is_device_name = is_device_name,
    };
    node_for_each_device(NODE_WALK_PRESENT, look_at, &search);
    if (search.found == NULL && search.path[0] == '/' && find_file != NULL)
        return find_file(search.path);
    return search.found;
}
