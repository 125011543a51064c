/* The section .Wdf. See wdf.h. */
#include "inf/wdf.h"

#include <stdio.h>
#include <string.h>

#include "inf/name.h"

/* How long the name of a UMDF service may be. */
#define UMDF_NAME_MAX 31

/* ---- directives for the whole device ---- */

static const struct directive {
    const char *name;
    const char *values[5];
    unsigned fallback;
} directives[INF_UMDF_DIRECTIVES] = {
    [INF_UMDF_METHOD_NEITHER_ACTION] = {"UmdfMethodNeitherAction", {"Copy", "Reject"}, 1},
    [INF_UMDF_FILE_OBJECT_POLICY] = {"UmdfFileObjectPolicy",
                                     {"AllowNullAndUnknownFileObjects",
                                      "RejectNullAndUnknownFileObjects"},
                                     1},
    [INF_UMDF_FS_CONTEXT_USE_POLICY] = {"UmdfFsContextUsePolicy",
                                        {"CanUseFsContext", "CanUseFsContext2",
                                         "CannotUseFsContexts"},
                                        0},
    [INF_UMDF_KERNEL_MODE_CLIENT_POLICY] = {"UmdfKernelModeClientPolicy",
                                            {"AllowKernelModeClients", "RejectKernelModeClients"},
                                            1},
    [INF_UMDF_DIRECT_HARDWARE_ACCESS] = {"UmdfDirectHardwareAccess",
                                         {"AllowDirectHardwareAccess", "RejectDirectHardwareAccess",
                                          "AllowDirectHardwareAccessAndDma"},
                                         1},
    [INF_UMDF_REGISTER_ACCESS_MODE] = {"UmdfRegisterAccessMode",
                                       {"RegisterAccessUsingSystemCall",
                                        "RegisterAccessUsingUserModeMapping"},
                                       0},
    [INF_UMDF_HOST_PROCESS_SHARING] = {"UmdfHostProcessSharing",
                                       {"ProcessSharingEnabled", "ProcessSharingDisabled"},
                                       0},
    [INF_UMDF_DISPATCHER] = {"UmdfDispatcher",
                             {"Reflector", "FileHandle", "WinUsb", "NativeUSB"},
                             0},
    [INF_UMDF_IMPERSONATION_LEVEL] = {"UmdfImpersonationLevel",
                                      {"Anonymous", "Identification", "Impersonation",
                                       "Delegation"},
                                      1},
    [INF_UMDF_HOST_PRIORITY] = {"UmdfHostPriority", {"PriorityNormal", "PriorityHigh"}, 0},
};

const char *inf_umdf_directive_name(enum inf_umdf_directive directive)
{
    return directives[directive].name;
}

const char *inf_umdf_value_name(enum inf_umdf_directive directive, unsigned value)
{
    return directives[directive].values[value];
}

static void set_directive(struct inf *inf, const struct inf_line *line, unsigned index,
                          struct inf_wdf *wdf)
{
    const struct directive *directive = &directives[index];
    const char *text = inf_text(line, 0);
    for (unsigned value = 0; directive->values[value] != NULL; value++) {
        if (!name_is(directive->values[value], text))
            continue;
        wdf->umdf[index] = value;
        wdf->is_given[index] = true;
        return;
    }
    char values[200];
    size_t used = 0;
    for (unsigned value = 0; directive->values[value] != NULL && used < sizeof(values); value++)
        used += (size_t)snprintf(values + used, sizeof(values) - used, "%s%s",
                                 value == 0 ? "" : ", ", directive->values[value]);
    inf_complain(inf, INF_ERROR, inf_place(line, 0), "%s is no value of %s: %s", text,
                 directive->name, values);
}

/* ---- services ---- */

/* "major.minor", of UMDF with a third part. */
static void check_version(struct inf *inf, const struct inf_line *line, bool is_umdf)
{
    unsigned long parts[3] = {0};
    const char *text = inf_text(line, 0);
    const char *name = is_umdf ? "UMDF" : "KMDF";
    unsigned own_major = is_umdf ? INF_UMDF_MAJOR : INF_KMDF_MAJOR;
    unsigned own_minor = is_umdf ? INF_UMDF_MINOR : INF_KMDF_MINOR;
    if (inf_numbers(text, parts, 3) < 2)
        inf_complain(inf, INF_ERROR, inf_place(line, 0), "%s is no version of %s: %s", text, name,
                     is_umdf ? "2.33.0 is one" : "1.33 is one");
    else if (parts[0] > own_major || (parts[0] == own_major && parts[1] > own_minor))
        inf_complain(inf, INF_ERROR, inf_place(line, 0),
                     "the driver wants %s %s; this one is %u.%u", name, text, own_major, own_minor);
    else if (parts[0] < own_major)
        inf_complain(inf, INF_ERROR, inf_place(line, 0),
                     "the driver wants %s %lu, which is another framework than %s %u", name,
                     parts[0], name, own_major);
}

static void note_extensions(struct inf *inf, const struct inf_line *line)
{
    inf_complain(inf, INF_NOTE, line->place,
                 "there are no UmdfExtensions on Linux: they are left out");
}

static void read_service_section(struct inf *inf, const struct inf_line *line,
                                 struct inf_wdf_service *service)
{
    const char *key = service->is_umdf ? "UmdfLibraryVersion" : "KmdfLibraryVersion";
    const struct inf_section *section = inf_section(inf, inf_text(line, 1));
    service->version = inf_value(section, key);
    if (section == NULL) {
        inf_complain(inf, INF_ERROR, inf_place(line, 1), "there is no section [%s] for %s",
                     inf_text(line, 1), service->name);
        return;
    }
    const struct inf_line *version = inf_find(section, key);
    if (version == NULL)
        inf_complain(inf, INF_ERROR, section->place, "[%s] has no %s", section->name, key);
    else
        check_version(inf, version, service->is_umdf);
    const struct inf_line *binary = inf_find(section, "ServiceBinary");
    if (service->is_umdf && binary != NULL)
        service->module = inf_module(inf, inf_text(binary, 0), inf_place(binary, 0));
    else if (service->is_umdf)
        inf_complain(inf, INF_ERROR, section->place, "[%s] has no ServiceBinary", section->name);
    for (const struct inf_line *entry = section->lines; entry != NULL; entry = entry->next) {
        if (entry->has_key && (name_is(entry->key.text, key) ||
                               (service->is_umdf && (name_is(entry->key.text, "ServiceBinary") ||
                                                     name_is(entry->key.text, "DriverCLSID")))))
            continue;
        if (service->is_umdf && entry->has_key && name_is(entry->key.text, "UmdfExtensions")) {
            note_extensions(inf, entry);
            continue;
        }
        inf_complain(inf, INF_WARNING, entry->place, "[%s] knows no %s: it is left out",
                     section->name, entry->has_key ? entry->key.text : inf_text(entry, 0));
    }
}

static const struct inf_wdf_service *find_service(const struct inf_wdf *wdf, const char *name)
{
    const struct inf_wdf_service *service = wdf->first;
    while (service != NULL && (!service->is_umdf || !name_is(service->name, name)))
        service = service->next;
    return service;
}

static bool add_service(struct inf *inf, const struct inf_line *line, bool is_umdf,
                        struct inf_wdf *wdf)
{
    if (wdf->count == INF_SERVICES_MAX) {
        inf_complain(inf, INF_ERROR, line->place, "more than %d services", INF_SERVICES_MAX);
        return true;
    }
    struct inf_wdf_service *service = arena_allocate(&inf->arena, sizeof(*service));
    if (service == NULL)
        return false;
    *service = (struct inf_wdf_service){
        .name = inf_text(line, 0), .is_umdf = is_umdf, .place = inf_place(line, 0)};
    *wdf->end = service;
    wdf->end = &service->next;
    wdf->count++;
    if (is_umdf && strlen(service->name) > UMDF_NAME_MAX)
        inf_complain(inf, INF_ERROR, service->place,
                     "the name of a UMDF service has at most %d characters", UMDF_NAME_MAX);
    read_service_section(inf, line, service);
    return inf->arena.error == 0;
}

/* A KMDF driver is a service of the device. (A filter may be that of another device.) */
static void check_kmdf_services(struct inf *inf, const struct inf_services *services,
                                const struct inf_needs *needs, const struct inf_wdf *wdf)
{
    for (const struct inf_wdf_service *service = wdf->first; service != NULL;
         service = service->next) {
        if (service->is_umdf || needs->has_unknown ||
            inf_services_find(services, service->name) != NULL)
            continue;
        inf_complain(inf, INF_ERROR, service->place,
                     "KmdfService names %s, which no AddService of this device adds",
                     service->name);
    }
}

/* ---- the order of UMDF drivers ---- */

static bool read_order(struct inf *inf, const struct inf_line *line, struct inf_wdf *wdf)
{
    wdf->order = arena_allocate(&inf->arena, (line->field_count + 1) * sizeof(*wdf->order));
    if (wdf->order == NULL)
        return false;
    for (unsigned i = 0; i < line->field_count; i++) {
        const struct inf_wdf_service *service = find_service(wdf, inf_text(line, i));
        bool is_twice = false;
        for (unsigned j = 0; j < wdf->order_count; j++)
            is_twice = is_twice || wdf->order[j] == service;
        if (service == NULL)
            inf_complain(inf, INF_ERROR, inf_place(line, i),
                         "UmdfServiceOrder names %s, which is no UmdfService", inf_text(line, i));
        else if (is_twice)
            inf_complain(inf, INF_ERROR, inf_place(line, i), "UmdfServiceOrder names %s twice",
                         inf_text(line, i));
        else
            wdf->order[wdf->order_count++] = service;
    }
    return true;
}

static bool has_umdf(const struct inf_wdf *wdf)
{
    const struct inf_wdf_service *service = wdf->first;
    while (service != NULL && !service->is_umdf)
        service = service->next;
    return service != NULL;
}

/* Exactly one, of this section itself (S20.37). UmdfExtensions, parts of Windows, may take its
 * place. */
static bool check_order(struct inf *inf, const struct inf_section *section, struct inf_wdf *wdf)
{
    const struct inf_line *line = inf_find(section, "UmdfServiceOrder");
    const struct inf_line *extensions = inf_find(section, "UmdfExtensions");
    if (extensions != NULL)
        note_extensions(inf, extensions);
    if (line == NULL && has_umdf(wdf) && extensions == NULL)
        inf_complain(inf, INF_ERROR, section->place,
                     "[%s] has no UmdfServiceOrder: it is needed for one UMDF driver, too",
                     section->name);
    if (line == NULL)
        return true;
    const struct inf_line *other = inf_find_next(line, "UmdfServiceOrder");
    if (other != NULL)
        inf_complain(inf, INF_ERROR, other->place, "there are two UmdfServiceOrder");
    return read_order(inf, line, wdf);
}

/* ---- the section ---- */

struct reading {
    struct inf *inf;
    struct inf_wdf *wdf;
};

static bool is_known_elsewhere(const char *key)
{
    static const char *const keys[] = {"UmdfServiceOrder", "UmdfExtensions", "Include", "Needs"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (name_is(key, keys[i]))
            return true;
    }
    return false;
}

static bool visit(void *context, const struct inf_line *line, bool is_needed)
{
    const struct reading *reading = context;
    const char *key = line->has_key ? line->key.text : inf_text(line, 0);
    if (line->has_key && (name_is(key, "KmdfService") || name_is(key, "UmdfService")))
        return add_service(reading->inf, line, name_is(key, "UmdfService"), reading->wdf);
    for (unsigned i = 0; i < INF_UMDF_DIRECTIVES && line->has_key; i++) {
        if (!name_is(key, directives[i].name))
            continue;
        set_directive(reading->inf, line, i, reading->wdf);
        return true;
    }
    if (is_needed && line->has_key && name_is(key, "UmdfServiceOrder"))
        inf_complain(
            reading->inf, INF_ERROR, line->place,
            "UmdfServiceOrder stands in the section .Wdf itself, not in one that it needs");
    else if (!line->has_key || !is_known_elsewhere(key))
        inf_complain(reading->inf, INF_WARNING, line->place,
                     "a section .Wdf knows no %s: it is left out", key);
    return true;
}

bool inf_wdf_read(struct inf *inf, const struct inf_section *section,
                  const struct inf_services *services, struct inf_needs *needs, struct inf_wdf *wdf)
{
    *wdf = (struct inf_wdf){.is_there = section != NULL, .end = &wdf->first};
    struct reading reading = {.inf = inf, .wdf = wdf};
    for (unsigned i = 0; i < INF_UMDF_DIRECTIVES; i++)
        wdf->umdf[i] = directives[i].fallback;
    if (!inf_visit_lines(inf, section, needs, visit, &reading))
        return false;
    check_kmdf_services(inf, services, needs, wdf);
    return section == NULL || check_order(inf, section, wdf);
}
