/* What an INF would do, in words. See show.h. */
#include "inf/show.h"

/* Texts of the file go out as they are, but for what a terminal would obey. */
static void put_text(const char *text, FILE *stream)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        fputc(byte < ' ' || byte == 0x7f ? '?' : byte, stream);
    }
}

static void put_line(FILE *stream, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    fprintf(stream, "%s", label);
    put_text(text, stream);
    fputc('\n', stream);
}

/* ---- the package ---- */

static void show_version(const struct inf_version *version, FILE *stream)
{
    put_line(stream, "  class: ", version->class_name);
    put_line(stream, "  provider: ", version->provider);
    if (version->date != 0)
        fprintf(stream, "  version: %u.%u.%u.%u of %04u-%02u-%02u\n",
                (unsigned)(version->version >> 48), (unsigned)(version->version >> 32 & 0xffff),
                (unsigned)(version->version >> 16 & 0xffff), (unsigned)(version->version & 0xffff),
                version->date / 10000, version->date / 100 % 100, version->date % 100);
}

static void show_model(const struct inf_model *model, FILE *stream)
{
    fprintf(stream, "device ");
    put_text(model->description, stream);
    fprintf(stream, " of ");
    put_text(model->manufacturer, stream);
    fputc('\n', stream);
    for (unsigned i = 0; i < model->id_count; i++)
        put_line(stream, i == 0 ? "  hardware ID: " : "  compatible ID: ", model->ids[i].text);
}

/* ---- the stack ---- */

static void show_stack(const struct inf_install *install, FILE *stream)
{
    static const char *const roles[] = {
        [INF_LOWER_FILTER] = "lower filter",
        [INF_FUNCTION] = "function driver",
        [INF_UPPER_FILTER] = "upper filter",
    };
    fprintf(stream, "  stack, the uppermost driver first:%s\n",
            install->stack_count == 0 ? " none" : "");
    for (unsigned i = install->stack_count; i-- > 0;) {
        const struct inf_driver *driver = &install->stack[i];
        fprintf(stream, "    %s ", roles[driver->role]);
        put_text(driver->service, stream);
        fprintf(stream, " (");
        put_text(driver->module, stream);
        fprintf(stream, ")%s\n", driver->is_umdf ? ", UMDF" : "");
    }
}

static void show_services(const struct inf_services *services, FILE *stream)
{
    for (const struct inf_service *service = services->first; service != NULL;
         service = service->next) {
        fprintf(stream, "  service ");
        put_text(service->name, stream);
        fprintf(stream, ": ");
        put_text(service->binary, stream);
        fprintf(stream, "%s\n", service->is_disabled ? ", disabled" : "");
    }
}

static void show_wdf(const struct inf_wdf *wdf, FILE *stream)
{
    for (const struct inf_wdf_service *service = wdf->first; service != NULL;
         service = service->next) {
        fprintf(stream, "  %s %s: ", service->is_umdf ? "UMDF" : "KMDF", service->version);
        put_text(service->name, stream);
        fputc('\n', stream);
    }
    for (unsigned i = 0; i < INF_UMDF_DIRECTIVES; i++) {
        if (wdf->is_given[i])
            fprintf(stream, "  %s: %s\n", inf_umdf_directive_name(i),
                    inf_umdf_value_name(i, wdf->umdf[i]));
    }
}

/* ---- the registry ---- */

static const char *type_name(unsigned type)
{
    static const char *const types[] = {
        "REG_NONE",
        "REG_SZ",
        "REG_EXPAND_SZ",
        "REG_BINARY",
        "REG_DWORD",
        "REG_DWORD_BIG_ENDIAN",
        "REG_LINK",
        "REG_MULTI_SZ",
        "REG_RESOURCE_LIST",
        "REG_FULL_RESOURCE_DESCRIPTOR",
        "REG_RESOURCE_REQUIREMENTS_LIST",
        "REG_QWORD",
    };
    return type <= INF_REG_LAST ? types[type] : "?";
}

static void show_value(const struct inf_change *change, FILE *stream)
{
    fprintf(stream, " = %s", type_name(change->type));
    for (unsigned i = 0; i < change->string_count; i++) {
        fprintf(stream, "%s\"", i == 0 ? " " : ", ");
        put_text(change->strings[i], stream);
        fputc('"', stream);
    }
    for (size_t i = 0; i < change->size; i++)
        fprintf(stream, " %02x", change->bytes[i]);
    if (change->type == INF_REG_DWORD)
        fprintf(stream, " %lu (0x%lx)", change->number, change->number);
    fprintf(stream, "%s%s%s\n", change->keeps_old ? ", unless it is there" : "",
            change->needs_old ? ", only if it is there" : "",
            change->appends ? ", added to what is there" : "");
}

static void show_change(const struct inf_change *change, FILE *stream)
{
    static const char *const keys[] = {
        [INF_KEY_DRIVER] = "driver",    [INF_KEY_DEVICE] = "device",
        [INF_KEY_SERVICE] = "service ", [INF_KEY_INTERFACE] = "interface ",
        [INF_KEY_CLASS] = "class",
    };
    static const char *const kinds[] = {
        [INF_SET_VALUE] = "  value",
        [INF_MAKE_KEY] = "  key",
        [INF_DELETE_VALUE] = "  delete value",
        [INF_DELETE_KEY] = "  delete key",
    };
    fprintf(stream, "%s %s", kinds[change->kind], keys[change->key]);
    put_text(change->owner, stream);
    fprintf(stream, "%s", change->subkey[0] != '\0' ? "\\" : "");
    put_text(change->subkey, stream);
    fprintf(stream, " ");
    put_text(change->name[0] != '\0' || change->kind != INF_SET_VALUE ? change->name : "(default)",
             stream);
    if (change->kind == INF_SET_VALUE)
        show_value(change, stream);
    else
        fputc('\n', stream);
}

/* ---- the device ---- */

static void show_device(const struct inf_install *install, FILE *stream)
{
    const struct inf_device *device = &install->device;
    if (device->security != NULL)
        put_line(stream, "  security: ", device->security);
    if (device->has_type)
        fprintf(stream, "  device type: 0x%lx\n", device->type);
    if (device->characteristics != 0)
        fprintf(stream, "  characteristics: 0x%lx\n", device->characteristics);
    if (device->is_exclusive)
        fprintf(stream, "  one open file at a time\n");
    for (const struct inf_interface *interface = install->interfaces; interface != NULL;
         interface = interface->next)
        put_line(stream, "  interface: ", interface->guid);
}

static void show_install(const struct inf_install *install, FILE *stream)
{
    show_model(install->model, stream);
    if (install->section == NULL)
        return;
    put_line(stream, "  install section: ", install->section);
    show_stack(install, stream);
    show_services(&install->services, stream);
    show_wdf(&install->wdf, stream);
    show_device(install, stream);
    for (const struct inf_change *change = install->registry.first; change != NULL;
         change = change->next)
        show_change(change, stream);
}

void inf_show(const struct inf_package *package, FILE *stream)
{
    put_line(stream, "", package->inf->path);
    show_version(&package->version, stream);
    for (unsigned i = 0; i < package->models.count; i++) {
        if (package->installs[i] != NULL)
            show_install(package->installs[i], stream);
    }
}

/* ---- complaints ---- */

void inf_complaint_text(const struct inf *inf, const struct inf_complaint *complaint, char *text,
                        size_t size)
{
    char place[32] = "";
    if (complaint->place.line != 0)
        snprintf(place, sizeof(place), "%u:%u:", complaint->place.line, complaint->place.column);
    snprintf(text, size, "%s:%s %s: %s", inf->path, place, inf_severity_name(complaint->severity),
             complaint->text);
}

void inf_show_complaints(const struct inf *inf, FILE *stream)
{
    unsigned shown = 0;
    for (const struct inf_complaint *complaint = inf->complaints; complaint != NULL;
         complaint = complaint->next, shown++) {
        char text[1024];
        inf_complaint_text(inf, complaint, text, sizeof(text));
        fprintf(stream, "%s\n", text);
    }
    if (inf->complaint_count > shown)
        fprintf(stream, "%s: %u more\n", inf->path, inf->complaint_count - shown);
}
