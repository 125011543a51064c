/* Services. See services.h. */
#include "inf/services.h"

#include <string.h>

#include "inf/name.h"

#define ASSOCIATED 0x2ul /* SPSVCINST_ASSOCSERVICE */
#define DISABLED   4ul   /* SERVICE_DISABLED */

struct reading {
    struct inf *inf;
    struct inf_services *services;
    struct inf_registry *registry;
};

/* ---- binaries ---- */

static bool is_separator(char character)
{
    return character == '\\' || character == '/';
}

static const char *last_part(const char *path)
{
    const char *part = path;
    for (; *path != '\0'; path++) {
        if (is_separator(*path))
            part = path + 1;
    }
    return part;
}

/* "..\" anywhere: whatever it leads to, it is not in the package. */
static bool leaves_its_folder(const char *path)
{
    for (const char *at = path; (at = strstr(at, "..")) != NULL; at += 2) {
        bool begins = at == path || is_separator(at[-1]);
        if (begins && (at[2] == '\0' || is_separator(at[2])))
            return true;
    }
    return false;
}

const char *inf_module(struct inf *inf, const char *binary, struct inf_place place)
{
    const char *file = last_part(binary);
    size_t length = strlen(file);
    if (leaves_its_folder(binary)) {
        inf_complain(inf, INF_ERROR, place, "%s leaves the folder of the package", binary);
        return NULL;
    }
    if (length >= 4 && (name_is(file + length - 4, ".sys") || name_is(file + length - 4, ".dll")))
        length -= 4;
    else if (length >= 3 && name_is(file + length - 3, ".so"))
        length -= 3;
    if (length == 0 || file[0] == '.' || strchr(file, '%') != NULL) {
        inf_complain(inf, INF_ERROR, place, "%s names no file", binary);
        return NULL;
    }
    return arena_print(&inf->arena, "%.*s.so", (int)length, file);
}

/* ---- services ---- */

/* The four that Windows wants of every service (S20.31). */
static void check_required(struct inf *inf, const struct inf_section *section)
{
    static const char *const required[] = {"ServiceType", "StartType", "ErrorControl",
                                           "ServiceBinary"};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (inf_find(section, required[i]) == NULL)
            inf_complain(inf, i == 3 ? INF_ERROR : INF_WARNING, section->place,
                         "the service's section [%s] has no %s", section->name, required[i]);
    }
}

static bool is_disabled(struct inf *inf, const struct inf_section *section)
{
    const struct inf_line *line = inf_find(section, "StartType");
    unsigned long type;
    if (line == NULL || inf_text(line, 0)[0] == '\0')
        return false;
    if (!inf_number(inf_text(line, 0), &type)) {
        inf_complain(inf, INF_WARNING, inf_place(line, 0), "the StartType %s is no number",
                     inf_text(line, 0));
        return false;
    }
    return type == DISABLED;
}

static bool read_section(struct reading *reading, const struct inf_line *line,
                         struct inf_service *service)
{
    struct inf *inf = reading->inf;
    const char *name = inf_text(line, 2);
    const struct inf_section *section = inf_section(inf, name);
    service->binary = service->display = "";
    if (section == NULL) {
        inf_complain(inf, INF_ERROR, inf_place(line, 2),
                     "there is no section [%s] for the service %s", name, service->name);
        return true;
    }
    check_required(inf, section);
    const struct inf_line *binary = inf_find(section, "ServiceBinary");
    service->display = inf_value(section, "DisplayName");
    service->binary = inf_text(binary, 0);
    service->is_disabled = is_disabled(inf, section);
    if (binary != NULL)
        service->module = inf_module(inf, service->binary, inf_place(binary, 0));
    for (const struct inf_line *entry = section->lines; entry != NULL; entry = entry->next) {
        if (!inf_registry_line(inf, entry, INF_KEY_SERVICE, service->name, reading->registry))
            return false;
    }
    return inf->arena.error == 0;
}

/* A flag that is a token without a string has been complained of. */
static unsigned long read_flags(struct inf *inf, const struct inf_line *line)
{
    unsigned long flags = 0;
    const char *text = inf_text(line, 1);
    if (text[0] == '\0' || inf_number(text, &flags))
        return flags;
    if (strchr(text, '%') == NULL)
        inf_complain(inf, INF_WARNING, inf_place(line, 1), "the flags %s are no number", text);
    return 0;
}

static void set_function(struct reading *reading, const struct inf_service *service,
                         struct inf_place place)
{
    struct inf_services *services = reading->services;
    if (services->function != NULL || services->is_null)
        inf_complain(reading->inf, INF_ERROR, place,
                     "there are two services with flag 2: a device has one function driver");
    if (services->function == NULL)
        services->function = service;
    services->is_null = services->is_null || service == NULL;
}

static bool add_service(struct reading *reading, const struct inf_line *line)
{
    struct inf_services *services = reading->services;
    unsigned long flags = read_flags(reading->inf, line);
    if (inf_text(line, 0)[0] == '\0') {
        inf_complain(reading->inf, INF_NOTE, line->place, "the device has no function driver");
        if ((flags & ASSOCIATED) != 0)
            set_function(reading, NULL, line->place);
        return true;
    }
    if (services->count == INF_SERVICES_MAX) {
        inf_complain(reading->inf, INF_ERROR, line->place, "more than %d services",
                     INF_SERVICES_MAX);
        return true;
    }
    struct inf_service *service = arena_allocate(&reading->inf->arena, sizeof(*service));
    if (service == NULL)
        return false;
    service->name = inf_text(line, 0);
    service->place = inf_place(line, 0);
    *services->end = service;
    services->end = &service->next;
    services->count++;
    service->is_function = (flags & ASSOCIATED) != 0;
    if (service->is_function)
        set_function(reading, service, inf_place(line, 1));
    return read_section(reading, line, service);
}

static bool visit(void *context, const struct inf_line *line, bool is_needed)
{
    (void)is_needed;
    return !line->has_key || !name_is(line->key.text, "AddService") || add_service(context, line);
}

bool inf_services_read(struct inf *inf, const struct inf_section *section, struct inf_needs *needs,
                       struct inf_services *services, struct inf_registry *registry)
{
    *services = (struct inf_services){.end = &services->first};
    struct reading reading = {.inf = inf, .services = services, .registry = registry};
    return inf_visit_lines(inf, section, needs, visit, &reading);
}

const struct inf_service *inf_services_find(const struct inf_services *services, const char *name)
{
    const struct inf_service *service = services->first;
    while (service != NULL && !name_is(service->name, name))
        service = service->next;
    return service;
}
