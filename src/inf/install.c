/* What an INF means for one device. See install.h. */
#include "inf/install.h"

#include <stdlib.h>
#include <string.h>

#include "inf/name.h"
#include "inf/stack.h"

#define DEFAULT_FEATURE_SCORE 0xff

struct reading {
    struct inf *inf;
    struct inf_install *install;
    const char *undecorated; /* the name of the install section, as the model gives it */
};

static struct inf_section *part(struct reading *reading, const char *suffix)
{
    return inf_part(reading->inf, reading->install->section, reading->undecorated, suffix);
}

/* ---- registry ---- */

struct keyed {
    struct reading *reading;
    enum inf_key key;
};

static bool visit_registry(void *context, const struct inf_line *line, bool is_needed)
{
    const struct keyed *keyed = context;
    (void)is_needed;
    return inf_registry_line(keyed->reading->inf, line, keyed->key, "",
                             &keyed->reading->install->registry);
}

static bool read_registry(struct reading *reading, const struct inf_section *section,
                          enum inf_key key)
{
    struct keyed keyed = {.reading = reading, .key = key};
    return inf_visit_lines(reading->inf, section, &reading->install->needs, visit_registry, &keyed);
}

static bool read_class(struct reading *reading)
{
    const char *name = inf_install_section(reading->inf, "ClassInstall32");
    return name == NULL || read_registry(reading, inf_section(reading->inf, name), INF_KEY_CLASS);
}

static void read_feature_score(struct reading *reading, const struct inf_section *section)
{
    const struct inf_line *line = inf_find(section, "FeatureScore");
    char *end;
    reading->install->feature_score = DEFAULT_FEATURE_SCORE;
    if (line == NULL)
        return;
    unsigned long score = strtoul(inf_text(line, 0), &end, 16);
    if (*end != '\0' || end == inf_text(line, 0) || score > DEFAULT_FEATURE_SCORE)
        inf_complain(reading->inf, INF_WARNING, inf_place(line, 0),
                     "the FeatureScore %s is no number from 00 to FF", inf_text(line, 0));
    else
        reading->install->feature_score = (unsigned)score;
}

/* ---- the device ---- */

/* The device's own value, else its class's. */
static const struct inf_change *value_of(const struct inf_install *install, const char *name)
{
    const struct inf_change *change = inf_registry_value(&install->registry, INF_KEY_DEVICE, name);
    return change != NULL ? change : inf_registry_value(&install->registry, INF_KEY_CLASS, name);
}

static bool read_number(struct reading *reading, const char *name, unsigned long *number)
{
    const struct inf_change *change = value_of(reading->install, name);
    if (change == NULL)
        return false;
    if (change->type != INF_REG_DWORD) {
        inf_complain(reading->inf, INF_WARNING, change->place,
                     "%s is a REG_DWORD: flags 0x00010001; the value is left out", name);
        return false;
    }
    *number = change->number;
    return true;
}

static void read_security(struct reading *reading)
{
    const struct inf_change *change = value_of(reading->install, "Security");
    if (change == NULL)
        return;
    if (change->type == INF_REG_SZ && change->string_count == 1)
        reading->install->device.security = change->strings[0];
    else if (change->type == INF_REG_BINARY)
        inf_complain(reading->inf, INF_NOTE, change->place,
                     "a Security in binary form is left out; write it as a string");
    else
        inf_complain(reading->inf, INF_WARNING, change->place,
                     "Security is a REG_SZ: the value is left out");
}

static void read_device(struct reading *reading)
{
    struct inf_device *device = &reading->install->device;
    unsigned long exclusive = 0;
    read_security(reading);
    device->has_type = read_number(reading, "DeviceType", &device->type);
    read_number(reading, "DeviceCharacteristics", &device->characteristics);
    device->is_exclusive = read_number(reading, "Exclusive", &exclusive) && exclusive != 0;
}

/* ---- interfaces ---- */

static bool read_interface_section(struct reading *reading, const struct inf_line *line)
{
    const char *name = inf_text(line, 2);
    const struct inf_section *section = name[0] != '\0' ? inf_section(reading->inf, name) : NULL;
    if (section == NULL && name[0] != '\0')
        inf_complain(reading->inf, INF_ERROR, inf_place(line, 2),
                     "there is no section [%s] for the interface", name);
    for (const struct inf_line *entry = section != NULL ? section->lines : NULL; entry != NULL;
         entry = entry->next) {
        if (!inf_registry_line(reading->inf, entry, INF_KEY_INTERFACE, inf_text(line, 0),
                               &reading->install->registry))
            return false;
    }
    return true;
}

static bool visit_interface(void *context, const struct inf_line *line, bool is_needed)
{
    struct reading *reading = context;
    struct inf_install *install = reading->install;
    (void)is_needed;
    if (!line->has_key || !name_is(line->key.text, "AddInterface"))
        return true;
    if (install->interface_count++ == INF_SERVICES_MAX) {
        inf_complain(reading->inf, INF_ERROR, line->place, "more than %d interfaces",
                     INF_SERVICES_MAX);
        return true;
    }
    if (install->interface_count > INF_SERVICES_MAX)
        return true;
    struct inf_interface *interface = arena_allocate(&reading->inf->arena, sizeof(*interface));
    if (interface == NULL)
        return false;
    interface->guid = inf_text(line, 0);
    interface->reference = inf_text(line, 1);
    *install->interfaces_end = interface;
    install->interfaces_end = &interface->next;
    return read_interface_section(reading, line);
}

/* ---- services and filters ---- */

/* Classes whose devices have a driver of Windows, or are none. */
static bool class_brings_driver(const struct inf_version *version)
{
    static const char *const classes[] = {"Modem", "NetTrans", "NetService", "NetClient"};
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (name_is(version->class_name, classes[i]))
            return true;
    }
    return false;
}

/* A device needs a function driver, if only from a file of Windows that is not here. */
static void check_function(struct reading *reading, const struct inf_version *version,
                           const struct inf_section *section)
{
    const struct inf_install *install = reading->install;
    if (install->services.function != NULL || install->services.is_null ||
        install->needs.has_function || install->needs.has_unknown || version->is_extension)
        return;
    if (class_brings_driver(version))
        inf_complain(reading->inf, INF_NOTE, install->model->line->place,
                     "the function driver of class %s is Windows' own: Linux has none",
                     version->class_name);
    else if (section != NULL)
        inf_complain(reading->inf, INF_ERROR, section->place,
                     "[%s] has no service with flag 2, a function driver", section->name);
    else
        inf_complain(reading->inf, INF_ERROR, install->model->line->fields[0].place,
                     "there is no section [%s.Services], which would name the function driver",
                     install->section);
}

/* Notes the directives that have no effect on Linux. */
static void note_others(struct reading *reading)
{
    static const char *const suffixes[] = {".CoInstallers", ".Software", ".Components",
                                           ".Events",       ".FactDef",  ".LogConfigOverride"};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        const struct inf_section *section = part(reading, suffixes[i]);
        if (section != NULL)
            inf_complain(reading->inf, INF_NOTE, section->place,
                         "Linux has nothing for sections %s: they are left out", suffixes[i]);
    }
}

static bool read_services(struct reading *reading, const struct inf_version *version)
{
    struct inf_install *install = reading->install;
    struct inf_section *section = part(reading, ".Services");
    if (!inf_services_read(reading->inf, section, &install->needs, &install->services,
                           &install->registry))
        return false;
    check_function(reading, version, section);
    return true;
}

static bool read_filters(struct reading *reading)
{
    struct inf_install *install = reading->install;
    return inf_filters_read(reading->inf, &install->registry, INF_KEY_DEVICE,
                            part(reading, ".Filters"), &install->needs, &install->filters) &&
           inf_filters_read(reading->inf, &install->registry, INF_KEY_CLASS, NULL, &install->needs,
                            &install->class_filters);
}

static bool read_parts(struct reading *reading, const struct inf_version *version)
{
    struct inf *inf = reading->inf;
    struct inf_install *install = reading->install;
    const struct inf_section *section = inf_section(inf, install->section);
    read_feature_score(reading, section);
    if (!read_class(reading) || !read_registry(reading, section, INF_KEY_DRIVER) ||
        !read_registry(reading, part(reading, ".HW"), INF_KEY_DEVICE) ||
        !read_services(reading, version) || !read_filters(reading) ||
        !inf_wdf_read(inf, part(reading, ".Wdf"), &install->services, &install->needs,
                      &install->wdf) ||
        !inf_visit_lines(inf, part(reading, ".Interfaces"), &install->needs, visit_interface,
                         reading))
        return false;
    read_device(reading);
    note_others(reading);
    return inf_stack_build(inf, install);
}

int inf_install_read(struct inf *inf, const struct inf_version *version,
                     const struct inf_model *model, struct inf_install **result)
{
    struct inf_install *install = arena_allocate(&inf->arena, sizeof(*install));
    *result = install;
    if (install == NULL)
        return inf->arena.error;
    *install = (struct inf_install){.model = model, .interfaces_end = &install->interfaces};
    inf_registry_init(&install->registry);
    install->section = inf_install_section(inf, model->install);
    struct reading reading = {.inf = inf, .install = install, .undecorated = model->install};
    if (install->section != NULL)
        (void)read_parts(&reading, version);
    else if (inf->arena.error == 0)
        inf_complain(inf, INF_ERROR, model->line->fields[0].place,
                     "there is no install section [%s.NT]", model->install);
    return inf->arena.error;
}
